//! Loading what commands about the timetable, people and places are decided on.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use gym_core::club::Key;
use gym_core::command::{Command, Scope};
use gym_core::id::{LocationId, SeriesId};
use gym_core::schedule::claim::Resource;
use gym_core::schedule::class::{ClassSeries, Offering};
use gym_core::time::{Period, resolve};

use super::Load;
use super::lock::{Locks, Table};
use crate::error::StoreError;
use crate::schedule::claim;
use crate::schedule::class::{ClassRow, SeriesRow};
use crate::schema::*;

impl Load<'_> {
    pub(super) fn others(&mut self, command: &Command) -> Result<(), StoreError> {
        match command {
            Command::AddSeries { offering, until, .. } => {
                self.lock([(Table::Location, offering.location.get())])?;
                let window = self.ahead(*until);
                self.placing(offering, window)
            }
            Command::Materialise { series, until } => self.materialising(*series, self.ahead(*until)),
            Command::AddClass { offering, start } => {
                self.lock([(Table::Location, offering.location.get())])?;
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
            Command::Entitlement(command) => self.entitlement(command),
            Command::Door(command) => self.door(command),
            Command::Billing(command) => self.bill(command),
            Command::Payment(command) => self.pay(command),
            Command::Ledger(command) => self.book(command),
            Command::Shop(command) => self.shop(command),
            Command::Pay(command) => self.payroll(command),
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
        self.levied(offering.location)?;
        let mut resources: Vec<Resource> = Vec::new();
        let mut locks = Locks::new();
        resources.extend(offering.trainer.map(Resource::Trainer));
        locks.extend(offering.trainer.map(|trainer| (Table::Trainer, trainer.get())));
        resources.extend(offering.room.map(Resource::Room));
        locks.extend(offering.room.map(|room| (Table::Room, room.get())));
        if let Some(equipment) = offering.equipment {
            self.equipment(equipment)?;
            for unit in self.club.units.of(Key::Equipment(equipment)) {
                resources.push(Resource::Unit(unit.id));
                locks.insert((Table::Unit, unit.id.get()));
            }
        }
        self.lock(locks)?;
        offering.trainer.map_or(Ok(()), |trainer| self.trainer(trainer))?;
        offering.room.map_or(Ok(()), |room| self.room(room))?;
        window.map_or(Ok(()), |window| self.claims_during(resources, window))
    }

    pub(super) fn claims_during(
        &mut self,
        resources: impl IntoIterator<Item = Resource>,
        window: Period,
    ) -> Result<(), StoreError> {
        let resources: Vec<Resource> = resources.into_iter().collect();
        for row in claim::during(self.connection, &resources, window)? {
            self.club.claims.insert(row.try_into()?);
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
        self.lock([(Table::Series, id.get())])?;
        let Some(series) = self.series(id)? else {
            return Ok(());
        };
        self.lock([(Table::Location, series.offering.location.get())])?;
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
