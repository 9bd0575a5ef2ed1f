//! Loading what commands about the timetable, people and places are decided on.

use std::collections::BTreeSet;

use chrono::NaiveDateTime;
use diesel::prelude::*;
use gym_core::club::Key;
use gym_core::command::{Command, Scope};
use gym_core::id::{LocationId, SeriesId};
use gym_core::schedule::claim::Resource;
use gym_core::schedule::class::{ClassSeries, Offering};
use gym_core::time::{Period, resolve};

use super::Load;
use crate::error::StoreError;
use crate::schedule::claim;
use crate::schedule::class::{ClassRow, SeriesRow};
use crate::schema::*;

impl Load<'_> {
    pub(super) fn others(&mut self, command: &Command) -> Result<(), StoreError> {
        match command {
            Command::AddSeries { offering, until, .. } => {
                self.lock("locations", BTreeSet::from([offering.location.get()]))?;
                let window = self.ahead(*until);
                self.placing(offering, window)
            }
            Command::Materialise { series, until } => self.materialising(*series, self.ahead(*until)),
            Command::AddClass { offering, start } => {
                self.lock("locations", BTreeSet::from([offering.location.get()]))?;
                self.location(offering.location)?;
                let window = self.around(offering.location, *start);
                self.placing(offering, window)
            }
            Command::MoveClass {
                class,
                scope,
                start,
                room,
                ..
            } => self.revising(*class, *scope, None, *room, Some(*start)),
            Command::CancelClass { class, scope } => self.revising(*class, *scope, None, None, None),
            Command::Substitute {
                class,
                scope,
                trainer,
            } => self.revising(*class, *scope, Some(*trainer), None, None),
            Command::SetCapacity { class, .. } => self.revising(*class, Scope::This, None, None, None),
            Command::CloseLocation {
                location,
                from,
                until,
                ..
            } => self.closing(*location, *from, *until),
            Command::LiftClosure { closure } => self.lifting(*closure),
            Command::StartMaintenance { unit, period, .. } => self.maintaining(*unit, *period),
            Command::EndMaintenance { maintenance } => self.ending_maintenance(maintenance.get()),
            Command::ResizeRoom { room, .. } => self.resizing(*room),
            Command::BookSession { .. }
            | Command::MoveSession { .. }
            | Command::CancelSession { .. }
            | Command::CompleteSession { .. } => self.session_command(command),
            Command::Membership(command) => self.membership_command(command),
            Command::Entitlement(command) => match *command {},
            Command::Door(command) => match *command {},
            Command::Billing(command) => match *command {},
            Command::Payment(command) => match *command {},
            Command::Ledger(command) => match *command {},
            Command::Shop(command) => match *command {},
            Command::Pay(command) => match *command {},
            command => self.people(command),
        }
    }

    pub(super) fn ahead(&self, until: gym_core::time::Instant) -> Option<Period> {
        Period::new(self.now, until)
            .ok()
            .map(|period| period.padded(2 * 1440, 2 * 1440))
    }

    /// Returns two days on either side of a civil start at a location.
    pub(super) fn around(&self, location: LocationId, start: NaiveDateTime) -> Option<Period> {
        let zone = self.club.locations.get(location)?.zone;
        Some(Period::lasting(resolve(zone, start).instant, 1).padded(2 * 1440, 3 * 1440))
    }

    /// Loads what an offering names, locks what it needs, and loads what is claimed of that in a window.
    pub(super) fn placing(&mut self, offering: &Offering, window: Option<Period>) -> Result<(), StoreError> {
        self.location(offering.location)?;
        if let Some(trainer) = offering.trainer {
            self.lock("trainers", BTreeSet::from([trainer.get()]))?;
            self.trainer(trainer)?;
        }
        if let Some(room) = offering.room {
            self.lock("rooms", BTreeSet::from([room.get()]))?;
            self.room(room)?;
        }
        let mut resources: Vec<Resource> = Vec::new();
        resources.extend(offering.trainer.map(Resource::Trainer));
        resources.extend(offering.room.map(Resource::Room));
        if let Some(equipment) = offering.equipment {
            self.equipment(equipment)?;
            let units: Vec<_> = self
                .club
                .units
                .of(Key::Equipment(equipment))
                .map(|unit| unit.id)
                .collect();
            self.lock("equipment_units", units.iter().map(|unit| unit.get()).collect())?;
            resources.extend(units.into_iter().map(Resource::Unit));
        }
        window.map_or(Ok(()), |window| self.claims_during(resources, window))
    }

    pub(super) fn claims_during(
        &mut self,
        resources: impl IntoIterator<Item = Resource>,
        window: Period,
    ) -> Result<(), StoreError> {
        for resource in resources {
            for row in claim::during(self.connection, resource, window)? {
                self.club.claims.insert(row.try_into()?);
            }
        }
        Ok(())
    }

    pub(super) fn series(&mut self, series: SeriesId) -> Result<Option<ClassSeries>, StoreError> {
        let row = class_series::table
            .find(series.get())
            .select(SeriesRow::as_select());
        let row: Option<SeriesRow> = row.first(self.connection).optional()?;
        let found: Option<ClassSeries> = row.map(TryInto::try_into).transpose()?;
        if let Some(series) = &found {
            self.club.series.insert(series.clone());
        }
        Ok(found)
    }

    pub(super) fn materialising(&mut self, id: SeriesId, window: Option<Period>) -> Result<(), StoreError> {
        self.lock("class_series", BTreeSet::from([id.get()]))?;
        let Some(series) = self.series(id)? else {
            return Ok(());
        };
        self.lock("locations", BTreeSet::from([series.offering.location.get()]))?;
        self.placing(&series.offering, window)?;
        self.classes_of(id.get())
    }

    /// Loads the dated classes of a series, without who booked them.
    pub(super) fn classes_of(&mut self, series: i64) -> Result<(), StoreError> {
        let made = classes::table
            .filter(classes::series_id.eq(series))
            .select(ClassRow::as_select());
        for row in made.load::<ClassRow>(self.connection)? {
            self.club.classes.insert(row.try_into()?);
        }
        Ok(())
    }
}
