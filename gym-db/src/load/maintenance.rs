//! Loading what maintenance and resizing are decided on.

use std::collections::BTreeSet;

use chrono::Duration;
use diesel::prelude::*;
use gym_core::club::Key;
use gym_core::equipment::MaintenanceLog;
use gym_core::id::{ClassId, EquipmentId, RoomId, UnitId};
use gym_core::schedule::claim::{Claim, Owner, Resource};
use gym_core::time::Period;

use super::lock::Table;
use super::{Load, Reach};
use crate::equipment::MaintenanceRow;
use crate::error::StoreError;
use crate::row::{id, stamp};
use crate::schedule::claim;
use crate::schema::*;

impl Load<'_> {
    pub(super) fn maintaining(&mut self, unit: UnitId, period: Period) -> Result<(), StoreError> {
        let Some(kind) = self.unit(unit)? else {
            return Ok(());
        };
        let units = self.club.units.of(Key::Equipment(kind));
        let units: Vec<UnitId> = units.map(|unit| unit.id).collect();
        let locks = units.iter().map(|unit| (Table::Unit, unit.get()));
        self.steady(|load| load.holding(unit, period), Reach::All, locks)?;
        self.claims_during(
            units.into_iter().map(Resource::Unit),
            // A class with its buffers takes three days at most.
            period.padded(3 * 1440, 3 * 1440),
        )
    }

    /// Lists the classes that hold a unit in a period.
    fn holding(&mut self, unit: UnitId, period: Period) -> Result<BTreeSet<ClassId>, StoreError> {
        let mut classes = BTreeSet::new();
        for row in claim::during(self.connection, &[Resource::Unit(unit)], period)? {
            let claim: Claim = row.try_into()?;
            if let Owner::Class(class) = claim.owner {
                classes.insert(class);
            }
        }
        Ok(classes)
    }

    pub(super) fn ending_maintenance(&mut self, job: i64) -> Result<(), StoreError> {
        let Some(found) = self.job(job)? else {
            return Ok(());
        };
        let Some(kind) = self.unit(found.unit)? else {
            return Ok(());
        };
        let locks = [(Table::Unit, found.unit.get())];
        self.steady(|load| load.wanting(kind, found.period), Reach::All, locks)?;
        // Read again: it may have ended before the locks were there.
        let Some(job) = self.job(job)? else { return Ok(()) };
        self.claims_during([Resource::Unit(job.unit)], job.period.padded(3 * 1440, 3 * 1440))?;
        self.claims_of(Owner::Maintenance(job.id))?;
        self.club.maintenance.insert(job);
        Ok(())
    }

    fn job(&mut self, job: i64) -> Result<Option<MaintenanceLog>, StoreError> {
        let row = maintenance_logs::table
            .find(job)
            .select(MaintenanceRow::as_select());
        let row: Option<MaintenanceRow> = row.first(self.connection).optional()?;
        row.map(TryInto::try_into).transpose()
    }

    /// Lists the classes to come that need a kind of equipment in a period, with buffers of a day at most.
    fn wanting(&mut self, kind: EquipmentId, period: Period) -> Result<BTreeSet<ClassId>, StoreError> {
        let wants = classes::table
            .filter(classes::equipment_id.eq(kind.get()))
            .filter(classes::starts_at.gt(stamp(self.now.max(period.start() - Duration::days(2)))))
            .filter(classes::starts_at.lt(stamp(period.end() + Duration::days(1))))
            .select(classes::id);
        let wants: Vec<i64> = wants.load(self.connection)?;
        Ok(wants.into_iter().map(id).collect())
    }

    pub(super) fn resizing(&mut self, room: RoomId) -> Result<(), StoreError> {
        self.room(room)?;
        let Some(place) = self.club.rooms.get(room).map(|room| room.location) else {
            return Ok(());
        };
        self.location(place)?;
        self.steady(
            |load| load.coming_in(room),
            Reach::All,
            [(Table::Room, room.get())],
        )?;
        self.room(room)
    }

    /// Lists the classes to come in a room.
    fn coming_in(&mut self, room: RoomId) -> Result<BTreeSet<ClassId>, StoreError> {
        let to_come = classes::table
            .filter(classes::room_id.eq(room.get()))
            .filter(classes::starts_at.gt(stamp(self.now)))
            .select(classes::id);
        let to_come: Vec<i64> = to_come.load(self.connection)?;
        Ok(to_come.into_iter().map(id).collect())
    }
}
