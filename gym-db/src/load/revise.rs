//! Loading what changes of classes are decided on: who booked, who waits, and what is claimed where they go.

use std::collections::BTreeSet;

use chrono::{Duration, NaiveDateTime};
use diesel::prelude::*;
use gym_core::booking::WaitlistState;
use gym_core::club::Key;
use gym_core::command::Scope;
use gym_core::id::{ClassId, ClosureId, LocationId, RoomId, TrainerId};
use gym_core::schedule::claim::{Owner, Resource};
use gym_core::schedule::class::Offering;
use gym_core::time::Period;

use super::{Load, Reach};
use crate::booking::{BanRow, PenaltyRow};
use crate::error::StoreError;
use crate::location::ClosureRow;
use crate::row::{id, stamp};
use crate::schedule::session::SessionRow;
use crate::schema::*;

impl Load<'_> {
    /// Loads the classes that a change reaches, who booked and waits, and what is claimed where they go.
    pub(super) fn revising(
        &mut self,
        class: ClassId,
        scope: Scope,
        trainer: Option<TrainerId>,
        room: Option<RoomId>,
        start: Option<NaiveDateTime>,
    ) -> Result<(), StoreError> {
        let series = classes::table.find(class.get()).select(classes::series_id);
        let series: Option<i64> = series.first(self.connection).optional()?.flatten();
        let mut reached = vec![class];
        if let Some(series) = series.filter(|_| scope != Scope::This) {
            self.lock("class_series", BTreeSet::from([series]))?;
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
        self.with_people_and(reached.clone(), trainer, room)?;
        // Only under its lock does the class stay where it is.
        let from = self.club.classes.get(class).map(|class| class.period.start());
        let shift = match (start, from) {
            (Some(start), Some(from)) => start - from.naive_utc(),
            _ => Duration::zero(),
        };
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
    pub(super) fn with_people(&mut self, ids: Vec<ClassId>) -> Result<(), StoreError> {
        self.with_people_and(ids, None, None)
    }

    /// As [`with_people`](Self::with_people), for classes that are to get another trainer or room.
    fn with_people_and(
        &mut self,
        mut ids: Vec<ClassId>,
        trainer: Option<TrainerId>,
        room: Option<RoomId>,
    ) -> Result<(), StoreError> {
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
        self.lock_resources(&ids, trainer, room)?;
        self.lock_members(&people)?;
        for class in ids {
            self.waitlist(class)?;
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

    /// Locks what classes take, and what they are to get: trainers, then rooms, then units.
    fn lock_resources(
        &mut self,
        ids: &[ClassId],
        trainer: Option<TrainerId>,
        room: Option<RoomId>,
    ) -> Result<(), StoreError> {
        let mut trainers: BTreeSet<i64> = trainer.iter().map(|it| it.get()).collect();
        let mut rooms: BTreeSet<i64> = room.iter().map(|it| it.get()).collect();
        let (mut kinds, mut units) = (BTreeSet::new(), BTreeSet::new());
        for class in ids.iter().filter_map(|id| self.club.classes.get(*id)) {
            trainers.extend(class.offering.trainer.map(|it| it.get()));
            rooms.extend(class.offering.room.map(|it| it.get()));
            kinds.extend(class.offering.equipment);
        }
        for kind in kinds {
            self.equipment(kind)?;
            units.extend(self.club.units.of(Key::Equipment(kind)).map(|unit| unit.id.get()));
        }
        self.lock("trainers", trainers)?;
        self.lock("rooms", rooms)?;
        self.lock("equipment_units", units)
    }

    pub(super) fn penalties_for(&mut self, class: i64) -> Result<(), StoreError> {
        let rows = penalties::table
            .filter(penalties::class_id.eq(class))
            .select(PenaltyRow::as_select());
        for row in rows.load::<PenaltyRow>(self.connection)? {
            let penalty: gym_core::booking::Penalty = row.into();
            let led = bans::table
                .filter(bans::penalty_id.eq(penalty.id.get()))
                .select(BanRow::as_select());
            let led = led.load::<BanRow>(self.connection)?;
            led.into_iter().for_each(|row| self.club.bans.insert(row.into()));
            self.club.penalties.insert(penalty);
        }
        Ok(())
    }

    pub(super) fn closing(
        &mut self,
        location: LocationId,
        from: chrono::NaiveDate,
        until: chrono::NaiveDate,
    ) -> Result<(), StoreError> {
        self.lock("locations", BTreeSet::from([location.get()]))?;
        self.location(location)?;
        // Every zone is within a day of UTC.
        let midnight = |day: chrono::NaiveDate| day.and_time(chrono::NaiveTime::MIN).and_utc();
        let first = stamp(midnight(from) - Duration::days(2));
        let last = stamp(midnight(until) + Duration::days(3));
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

    pub(super) fn lifting(&mut self, closure: ClosureId) -> Result<(), StoreError> {
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
}
