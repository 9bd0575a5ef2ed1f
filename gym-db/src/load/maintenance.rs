//! Loading what maintenance and resizing are decided on.

use std::collections::BTreeSet;

use chrono::Duration;
use diesel::prelude::*;
use gym_core::club::Key;
use gym_core::id::Id;
use gym_core::schedule::claim::{Owner, Resource};
use gym_core::time::Period;

use super::Load;
use crate::equipment::MaintenanceRow;
use crate::error::StoreError;
use crate::row::{id, stamp};
use crate::schedule::claim;
use crate::schema::*;

impl Load<'_> {
    pub(super) fn maintaining(
        &mut self,
        unit: gym_core::id::UnitId,
        period: Period,
    ) -> Result<(), StoreError> {
        let Some(kind) = self.unit(unit)? else {
            return Ok(());
        };
        let held = claim::during(self.connection, Resource::Unit(unit), period)?;
        let mut classes = Vec::new();
        for row in held {
            let claim: gym_core::schedule::claim::Claim = row.try_into()?;
            if let Owner::Class(class) = claim.owner {
                classes.push(class);
            }
            self.club.claims.insert(claim);
        }
        self.with_people(classes)?;
        let units: Vec<_> = self
            .club
            .units
            .of(Key::Equipment(kind))
            .map(|unit| unit.id)
            .collect();
        self.lock("equipment_units", units.iter().map(|unit| unit.raw()).collect())?;
        self.claims_during(
            units.into_iter().map(Resource::Unit),
            period.padded(2 * 1440, 2 * 1440),
        )
    }

    pub(super) fn ending_maintenance(&mut self, job: i64) -> Result<(), StoreError> {
        let row = maintenance_logs::table
            .find(job)
            .select(MaintenanceRow::as_select());
        let Some(row) = row.first::<MaintenanceRow>(self.connection).optional()? else {
            return Ok(());
        };
        let job: gym_core::equipment::MaintenanceLog = row.try_into()?;
        let Some(kind) = self.unit(job.unit)? else {
            return Ok(());
        };
        let wants = classes::table
            .filter(classes::equipment_id.eq(kind.get()))
            .filter(classes::starts_at.gt(stamp(self.now.max(job.period.start() - Duration::days(2)))))
            .filter(classes::starts_at.lt(stamp(job.period.end())))
            .order(classes::id)
            .select(classes::id);
        let wants: Vec<i64> = wants.load(self.connection)?;
        self.with_people(wants.into_iter().map(id).collect())?;
        self.lock("equipment_units", BTreeSet::from([job.unit.get()]))?;
        self.claims_during([Resource::Unit(job.unit)], job.period.padded(2 * 1440, 2 * 1440))?;
        self.claims_of(Owner::Maintenance(job.id))?;
        self.club.maintenance.insert(job);
        Ok(())
    }

    pub(super) fn resizing(&mut self, room: gym_core::id::RoomId) -> Result<(), StoreError> {
        self.room(room)?;
        let Some(place) = self.club.rooms.get(room).map(|room| room.location) else {
            return Ok(());
        };
        self.location(place)?;
        let to_come = classes::table
            .filter(classes::room_id.eq(room.get()))
            .filter(classes::starts_at.gt(stamp(self.now)))
            .order(classes::id)
            .select(classes::id);
        let to_come: Vec<i64> = to_come.load(self.connection)?;
        self.with_people(to_come.into_iter().map(id).collect())
    }
}
