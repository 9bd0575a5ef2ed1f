//! Loading places: a location with its hours, closures and policy, rooms, equipment and trainers.

use std::collections::BTreeSet;

use diesel::dsl::max;
use diesel::prelude::*;
use gym_core::id::{EquipmentId, LocationId, RoomId, TrainerId, UnitId};

use super::{Load, fetch};
use crate::booking::PolicyRow;
use crate::equipment::{EquipmentRow, UnitRow};
use crate::error::StoreError;
use crate::location::{self, ClosureRow, RoomRow};
use crate::schema::*;
use crate::trainer;

diesel::alias!(policies as newest: Newest);

impl Load<'_> {
    /// Loads all locations, without what is at them: what day it is there.
    pub(super) fn every_location(&mut self) -> Result<(), StoreError> {
        for location in location::load(self.connection, None)? {
            self.club.locations.insert(location);
        }
        Ok(())
    }

    /// Loads a location with its open closures and the policies that hold there, once.
    pub(crate) fn location(&mut self, id: LocationId) -> Result<(), StoreError> {
        if self.club.locations.get(id).is_some() {
            return Ok(());
        }
        for location in location::load(self.connection, Some(id.get()))? {
            self.club.locations.insert(location);
        }
        let rows = closures::table
            .filter(closures::location_id.eq(id.get()))
            .filter(closures::lifted.eq(false));
        let rows: Vec<ClosureRow> = fetch!(self, rows.select(ClosureRow::as_select()), [id.get(), false]);
        for row in rows {
            self.club.closures.insert(row.into());
        }
        self.policies(Some(id))
    }

    /// Loads the newest policy of a location, and the newest for all.
    pub(crate) fn policies(&mut self, location: Option<LocationId>) -> Result<(), StoreError> {
        let (place, last) = (
            newest.field(policies::location_id),
            max(newest.field(policies::id)),
        );
        let general = newest.filter(place.is_null()).select(last);
        let location = location.map(|id| id.get());
        let own = newest.filter(place.eq(location)).select(last);
        let id = policies::id.nullable();
        let rows = policies::table.filter(id.eq(general.single_value()).or(id.eq(own.single_value())));
        let rows: Vec<PolicyRow> = fetch!(
            self,
            rows.select(PolicyRow::as_select()),
            [1_i64, location, 1_i64]
        );
        for row in rows {
            self.club.policies.insert(row.try_into()?);
        }
        Ok(())
    }

    pub(crate) fn room(&mut self, id: RoomId) -> Result<(), StoreError> {
        let rows = rooms::table.find(id.get());
        let rows: Vec<RoomRow> = fetch!(self, rows.select(RoomRow::as_select()), [id.get()]);
        for row in rows {
            self.club.rooms.insert(row.try_into()?);
        }
        Ok(())
    }

    /// Loads a kind of equipment and its units.
    pub(crate) fn equipment(&mut self, id: EquipmentId) -> Result<(), StoreError> {
        let rows = equipment::table.find(id.get()).select(EquipmentRow::as_select());
        for row in rows.load::<EquipmentRow>(self.connection)? {
            self.club.equipment.insert(row.into());
        }
        let rows = equipment_units::table.filter(equipment_units::equipment_id.eq(id.get()));
        for row in rows
            .select(UnitRow::as_select())
            .load::<UnitRow>(self.connection)?
        {
            self.club.units.insert(row.into());
        }
        Ok(())
    }

    /// Loads a unit, its kind with all units, and their location.
    pub(crate) fn unit(&mut self, id: UnitId) -> Result<Option<EquipmentId>, StoreError> {
        let kind = equipment_units::table
            .find(id.get())
            .select(equipment_units::equipment_id);
        let Some(kind) = kind.first::<i64>(self.connection).optional()? else {
            return Ok(None);
        };
        let kind: EquipmentId = crate::row::id(kind);
        self.equipment(kind)?;
        if let Some(place) = self.club.equipment.get(kind).map(|kind| kind.location) {
            self.location(place)?;
        }
        Ok(Some(kind))
    }

    pub(crate) fn trainer(&mut self, id: TrainerId) -> Result<(), StoreError> {
        self.team(&BTreeSet::from([id]))
    }

    /// Loads trainers, each with the place where they are at home.
    pub(crate) fn team(&mut self, ids: &BTreeSet<TrainerId>) -> Result<(), StoreError> {
        let ids: Vec<i64> = ids.iter().map(|id| id.get()).collect();
        for trainer in trainer::load(self.connection, Some(&ids))? {
            self.location(trainer.home)?;
            self.club.trainers.insert(trainer);
        }
        Ok(())
    }

    /// Lists the trainers who work at a location.
    pub(crate) fn trainers_at(&mut self, id: LocationId) -> Result<BTreeSet<TrainerId>, StoreError> {
        let home = trainers::table
            .filter(trainers::home_id.eq(id.get()))
            .select(trainers::id);
        let mut ids: Vec<i64> = home.load(self.connection)?;
        let also = trainer_locations::table.filter(trainer_locations::location_id.eq(id.get()));
        ids.extend(
            also.select(trainer_locations::trainer_id)
                .load::<i64>(self.connection)?,
        );
        Ok(ids.into_iter().map(crate::row::id).collect())
    }
}
