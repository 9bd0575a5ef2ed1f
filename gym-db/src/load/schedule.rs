//! Loading what commands about the timetable, people and places are decided on.

use std::collections::BTreeSet;

use chrono::{Duration, NaiveDateTime};
use diesel::prelude::*;
use gym_core::booking::WaitlistState;
use gym_core::club::Key;
use gym_core::command::{Command, Scope};
use gym_core::id::{ClassId, ClosureId, Id, LocationId, SeriesId, SessionId, TrainerId};
use gym_core::schedule::claim::{Owner, Resource};
use gym_core::schedule::class::{ClassSeries, Offering};
use gym_core::time::{Period, resolve};

use super::{Load, Reach};
use crate::booking::{BanRow, PenaltyRow};
use crate::equipment::MaintenanceRow;
use crate::error::StoreError;
use crate::location::ClosureRow;
use crate::member::AccessRow;
use crate::row::{id, stamp};
use crate::schedule::claim;
use crate::schedule::class::{ClassRow, SeriesRow};
use crate::schedule::session::SessionRow;
use crate::schema::*;
use crate::trainer::AssignmentRow;
use crate::user::{GrantRow, UserRow};

impl Load<'_> {
    pub(super) fn others(&mut self, command: &Command) -> Result<(), StoreError> {
        match command {
            Command::AddSeries { offering, until, .. } => {
                let window = self.ahead(*until);
                self.placing(offering, window)
            }
            Command::Materialise { series, until } => self.materialising(*series, self.ahead(*until)),
            Command::AddClass { offering, start } => {
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
            } => {
                let shift = self.shift(*class, *start)?;
                self.revising(*class, *scope, None, *room, shift)
            }
            Command::CancelClass { class, scope } => {
                self.revising(*class, *scope, None, None, Duration::zero())
            }
            Command::Substitute {
                class,
                scope,
                trainer,
            } => self.revising(*class, *scope, Some(*trainer), None, Duration::zero()),
            Command::SetCapacity { class, .. } => {
                self.revising(*class, Scope::This, None, None, Duration::zero())
            }
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
            command => self.people(command),
        }
    }

    fn people(&mut self, command: &Command) -> Result<(), StoreError> {
        match command {
            Command::GrantRole { user, location, .. } => {
                self.user(user.get())?;
                self.maybe_location(*location)?;
            }
            Command::EndRole { grant, .. } => {
                let rows = role_grants::table.find(grant.get()).select(GrantRow::as_select());
                for row in rows.load::<GrantRow>(self.connection)? {
                    self.club.grants.insert(row.try_into()?);
                }
            }
            Command::AddMember { user, home, .. } | Command::AddTrainer { user, home, .. } => {
                self.location(*home)?;
                if let Command::AddTrainer { also_at, .. } = command {
                    also_at.iter().try_for_each(|place| self.location(*place))?;
                }
                if let Some(user) = user {
                    self.user(user.get())?;
                }
            }
            Command::GrantAccess { member, location, .. } => {
                self.location(*location)?;
                self.member(*member, self.now)?;
            }
            Command::EndAccess { access, .. } => {
                let rows = member_location_access::table
                    .find(access.get())
                    .select(AccessRow::as_select());
                for row in rows.load::<AccessRow>(self.connection)? {
                    self.club.access.insert(row.into());
                }
            }
            Command::SetAvailability { trainer, .. } => {
                self.lock("trainers", BTreeSet::from([trainer.get()]))?;
                self.trainer(*trainer)?;
            }
            Command::AssignTrainer { trainer, member, .. } => {
                self.lock_members(&BTreeSet::from([*member]))?;
                self.trainer(*trainer)?;
                self.member(*member, self.now)?;
                let of = trainer_members::table.filter(trainer_members::member_id.eq(member.get()));
                let rows = of.select(AssignmentRow::as_select()).load(self.connection)?;
                self.assignments(rows)?;
            }
            Command::EndAssignment { assignment, .. } => {
                let one = trainer_members::table
                    .find(assignment.get())
                    .select(AssignmentRow::as_select());
                let rows = one.load(self.connection)?;
                self.assignments(rows)?;
            }
            Command::AddRoom { location, .. } | Command::AddEquipment { location, .. } => {
                self.location(*location)?
            }
            Command::SetPolicy { location, .. } => self.maybe_location(*location)?,
            _ => {}
        }
        Ok(())
    }

    fn maybe_location(&mut self, location: Option<LocationId>) -> Result<(), StoreError> {
        location.map_or(Ok(()), |location| self.location(location))
    }

    fn user(&mut self, user: i64) -> Result<(), StoreError> {
        let rows = users::table.find(user).select(UserRow::as_select());
        for row in rows.load::<UserRow>(self.connection)? {
            self.club.users.insert(row.into());
        }
        let linked = members::table
            .filter(members::user_id.eq(user))
            .select(members::id);
        for member in linked.load::<i64>(self.connection)? {
            self.member(id(member), self.now)?;
        }
        let linked = trainers::table
            .filter(trainers::user_id.eq(user))
            .select(trainers::id);
        for trainer in linked.load::<i64>(self.connection)? {
            self.trainer(id(trainer))?;
        }
        Ok(())
    }

    fn assignments(&mut self, rows: Vec<AssignmentRow>) -> Result<(), StoreError> {
        for row in rows {
            self.club.assignments.insert(row.try_into()?);
        }
        Ok(())
    }

    fn ahead(&self, until: gym_core::time::Instant) -> Option<Period> {
        Period::new(self.now, until)
            .ok()
            .map(|period| period.padded(2 * 1440, 2 * 1440))
    }

    /// Returns two days on either side of a civil start at a location.
    fn around(&self, location: LocationId, start: NaiveDateTime) -> Option<Period> {
        let zone = self.club.locations.get(location)?.zone;
        Some(Period::lasting(resolve(zone, start).instant, 1).padded(2 * 1440, 3 * 1440))
    }

    /// Loads what an offering names, locks what it needs, and loads what is claimed of that in a window.
    fn placing(&mut self, offering: &Offering, window: Option<Period>) -> Result<(), StoreError> {
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

    fn series(&mut self, series: SeriesId) -> Result<Option<ClassSeries>, StoreError> {
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

    fn materialising(&mut self, id: SeriesId, window: Option<Period>) -> Result<(), StoreError> {
        let Some(series) = self.series(id)? else {
            return Ok(());
        };
        self.placing(&series.offering, window)?;
        self.classes_of(id.get())
    }

    /// Loads the dated classes of a series, without who booked them.
    fn classes_of(&mut self, series: i64) -> Result<(), StoreError> {
        let made = classes::table
            .filter(classes::series_id.eq(series))
            .select(ClassRow::as_select());
        for row in made.load::<ClassRow>(self.connection)? {
            self.club.classes.insert(row.try_into()?);
        }
        Ok(())
    }

    fn shift(&mut self, class: ClassId, start: NaiveDateTime) -> Result<Duration, StoreError> {
        let at = classes::table.find(class.get()).select(classes::starts_at);
        let at: Option<NaiveDateTime> = at.first(self.connection).optional()?;
        Ok(at.map_or(Duration::zero(), |at| start - at))
    }

    /// Loads the classes that a change reaches, who booked and waits, and what is claimed where they go.
    fn revising(
        &mut self,
        class: ClassId,
        scope: Scope,
        trainer: Option<TrainerId>,
        room: Option<gym_core::id::RoomId>,
        shift: Duration,
    ) -> Result<(), StoreError> {
        let series = classes::table.find(class.get()).select(classes::series_id);
        let series: Option<i64> = series.first(self.connection).optional()?.flatten();
        let mut reached = vec![class];
        if let Some(series) = series.filter(|_| scope != Scope::This) {
            let to_come = classes::table
                .filter(classes::series_id.eq(series))
                .filter(classes::starts_at.gt(stamp(self.now)))
                .order(classes::id)
                .select(classes::id);
            reached.extend(
                to_come
                    .load::<i64>(self.connection)?
                    .into_iter()
                    .map(id::<ClassId>),
            );
            self.series(id(series))?;
            self.classes_of(series)?;
        }
        self.with_people(reached.clone())?;
        let dated = reached
            .iter()
            .filter_map(|id| self.club.classes.get(*id))
            .cloned()
            .collect::<Vec<_>>();
        for class in &dated {
            let offering = Offering {
                trainer: trainer.or(class.offering.trainer),
                room: room.or(class.offering.room),
                ..class.offering.clone()
            };
            let moved = class.period.start() + shift;
            let window = Period::lasting(moved, 1).padded(3 * 1440, 3 * 1440);
            self.placing(&offering, Some(window))?;
            let members: Vec<_> = self
                .reached(class.id, Reach::All)
                .into_iter()
                .map(Resource::Member)
                .collect();
            self.claims_during(members, window)?;
        }
        Ok(())
    }

    /// Locks and loads classes with who booked them, who waits, and what was penalised for them.
    pub(super) fn with_people(&mut self, mut ids: Vec<ClassId>) -> Result<(), StoreError> {
        ids.sort_unstable();
        ids.dedup();
        self.lock_classes(&ids)?;
        let mut people = BTreeSet::new();
        for class in &ids {
            self.class(*class)?;
            self.claims_of(Owner::Class(*class))?;
            self.penalties_for(class.get())?;
            people.extend(self.reached(*class, Reach::All));
        }
        self.lock_members(&people)?;
        for class in ids {
            for member in self.reached(class, Reach::All) {
                self.member_for(member, class)?;
                let booked = self
                    .club
                    .registrations
                    .of(Key::Member(member))
                    .filter(|it| it.class == class);
                let owners: Vec<_> = booked
                    .filter(|it| it.state.is_live())
                    .map(|it| Owner::Registration(it.id))
                    .collect();
                owners.into_iter().try_for_each(|owner| self.claims_of(owner))?;
            }
        }
        Ok(())
    }

    fn penalties_for(&mut self, class: i64) -> Result<(), StoreError> {
        let rows = penalties::table
            .filter(penalties::class_id.eq(class))
            .select(PenaltyRow::as_select());
        for row in rows.load::<PenaltyRow>(self.connection)? {
            let penalty: gym_core::booking::Penalty = row.try_into()?;
            let led = bans::table
                .filter(bans::penalty_id.eq(penalty.id.get()))
                .select(BanRow::as_select());
            let led = led.load::<BanRow>(self.connection)?;
            led.into_iter().for_each(|row| self.club.bans.insert(row.into()));
            self.club.penalties.insert(penalty);
        }
        Ok(())
    }

    fn closing(
        &mut self,
        location: LocationId,
        from: chrono::NaiveDate,
        until: chrono::NaiveDate,
    ) -> Result<(), StoreError> {
        self.lock("locations", BTreeSet::from([location.get()]))?;
        self.location(location)?;
        // Every zone is within a day of UTC.
        let first = from.and_time(chrono::NaiveTime::MIN) - Duration::days(2);
        let last = until.and_time(chrono::NaiveTime::MIN) + Duration::days(3);
        let there = classes::table
            .filter(classes::location_id.eq(location.get()))
            .filter(classes::starts_at.gt(first.max(stamp(self.now))))
            .filter(classes::starts_at.lt(last))
            .filter(classes::state.eq("scheduled"))
            .order(classes::id)
            .select(classes::id);
        let there: Vec<i64> = there.load(self.connection)?;
        self.with_people(there.into_iter().map(id).collect())?;
        let rows = sessions::table
            .filter(sessions::location_id.eq(location.get()))
            .filter(sessions::starts_at.gt(first))
            .filter(sessions::starts_at.lt(last))
            .select(SessionRow::as_select());
        for row in rows.load::<SessionRow>(self.connection)? {
            self.club.sessions.insert(row.try_into()?);
        }
        Ok(())
    }

    fn lifting(&mut self, closure: ClosureId) -> Result<(), StoreError> {
        let row = closures::table
            .find(closure.get())
            .select(ClosureRow::as_select());
        let Some(row) = row.first::<ClosureRow>(self.connection).optional()? else {
            return Ok(());
        };
        let closure: gym_core::location::Closure = row.into();
        self.lock("locations", BTreeSet::from([closure.location.get()]))?;
        self.location(closure.location)?;
        let closed = classes::table
            .filter(classes::closure_id.eq(closure.id.get()))
            .order(classes::id);
        let closed: Vec<i64> = closed.select(classes::id).load(self.connection)?;
        let ids: Vec<ClassId> = closed.into_iter().map(id).collect();
        self.with_people(ids.clone())?;
        for dated in ids
            .iter()
            .filter_map(|id| self.club.classes.get(*id))
            .cloned()
            .collect::<Vec<_>>()
        {
            let window = dated.period.padded(3 * 1440, 3 * 1440);
            self.placing(&dated.offering, Some(window))?;
            let key = Key::Class(dated.id);
            let back = self
                .club
                .registrations
                .of(key)
                .filter(|it| it.closure == Some(closure.id));
            let waited = self
                .club
                .waitlist
                .of(key)
                .filter(|it| it.state == WaitlistState::Ended);
            let members: BTreeSet<_> = back
                .map(|it| it.member)
                .chain(waited.map(|it| it.member))
                .collect();
            self.lock_members(&members)?;
            members
                .iter()
                .try_for_each(|member| self.member_for(*member, dated.id))?;
            let members: Vec<_> = members.into_iter().map(Resource::Member).collect();
            self.claims_during(members, window)?;
        }
        let rows = sessions::table
            .filter(sessions::closure_id.eq(closure.id.get()))
            .order(sessions::id);
        for row in rows
            .select(SessionRow::as_select())
            .load::<SessionRow>(self.connection)?
        {
            let session: gym_core::schedule::session::Session = row.try_into()?;
            let window = session.period.padded(3 * 1440, 3 * 1440);
            self.claims_during(
                session.resources().into_iter().map(|(resource, _)| resource),
                window,
            )?;
            self.club.sessions.insert(session);
        }
        self.club.closures.insert(closure);
        Ok(())
    }

    fn maintaining(&mut self, unit: gym_core::id::UnitId, period: Period) -> Result<(), StoreError> {
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

    fn ending_maintenance(&mut self, job: i64) -> Result<(), StoreError> {
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

    fn resizing(&mut self, room: gym_core::id::RoomId) -> Result<(), StoreError> {
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

    fn session_command(&mut self, command: &Command) -> Result<(), StoreError> {
        match command {
            Command::BookSession {
                trainer,
                member,
                location,
                room,
                start,
                ..
            } => {
                self.location(*location)?;
                let Some(window) = self.around(*location, *start) else {
                    return Ok(());
                };
                let trainers = match trainer {
                    Some(trainer) => {
                        self.lock("trainers", BTreeSet::from([trainer.get()]))?;
                        self.trainer(*trainer)?;
                        vec![*trainer]
                    }
                    None => {
                        let trainers = self.trainers_at(*location)?;
                        self.turns(&trainers, window)?;
                        trainers
                    }
                };
                if let Some(room) = room {
                    self.lock("rooms", BTreeSet::from([room.get()]))?;
                    self.room(*room)?;
                }
                self.lock_members(&BTreeSet::from([*member]))?;
                self.member(*member, self.now.min(window.start()))?;
                let resources = trainers.into_iter().map(Resource::Trainer);
                let resources = resources
                    .chain(room.map(Resource::Room))
                    .chain([Resource::Member(*member)]);
                self.claims_during(resources.collect::<Vec<_>>(), window)
            }
            Command::MoveSession { session, start } => self.one_session(*session, Some(*start)),
            Command::CancelSession { session } | Command::CompleteSession { session, .. } => {
                self.one_session(*session, None)
            }
            _ => Ok(()),
        }
    }

    /// Loads the sessions that fair rotation counts.
    fn turns(&mut self, trainers: &[TrainerId], window: Period) -> Result<(), StoreError> {
        let ids: Vec<i64> = trainers.iter().map(|it| it.get()).collect();
        let rows = sessions::table
            .filter(sessions::trainer_id.eq_any(ids))
            .filter(sessions::starts_at.gt(stamp(window.start() - Duration::days(32))))
            .select(SessionRow::as_select());
        for row in rows.load::<SessionRow>(self.connection)? {
            let session: gym_core::schedule::session::Session = row.try_into()?;
            self.location(session.location)?;
            self.club.sessions.insert(session);
        }
        Ok(())
    }

    fn one_session(&mut self, session: SessionId, start: Option<NaiveDateTime>) -> Result<(), StoreError> {
        let row = sessions::table
            .find(session.get())
            .select(SessionRow::as_select());
        let Some(row) = row.first::<SessionRow>(self.connection).optional()? else {
            return Ok(());
        };
        let found: gym_core::schedule::session::Session = row.try_into()?;
        self.location(found.location)?;
        self.lock("trainers", BTreeSet::from([found.trainer.get()]))?;
        self.trainer(found.trainer)?;
        if let Some(room) = found.room {
            self.lock("rooms", BTreeSet::from([room.get()]))?;
            self.room(room)?;
        }
        self.lock_members(&BTreeSet::from([found.member]))?;
        self.member(
            found.member,
            self.now.min(found.period.start() - Duration::days(7)),
        )?;
        // Read again: it may have changed before the locks were there.
        let row: SessionRow = sessions::table
            .find(session.get())
            .select(SessionRow::as_select())
            .first(self.connection)?;
        self.club.sessions.insert(row.try_into()?);
        self.claims_of(Owner::Session(session))?;
        let window = start.and_then(|start| self.around(found.location, start));
        let resources: Vec<_> = found
            .resources()
            .into_iter()
            .map(|(resource, _)| resource)
            .collect();
        window.map_or(Ok(()), |window| self.claims_during(resources, window))
    }
}
