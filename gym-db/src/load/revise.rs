//! Loading what changes of classes are decided on: who booked, who waits, and what is claimed where they go.

use std::collections::BTreeSet;

use chrono::{Duration, NaiveDateTime};
use diesel::prelude::*;
use gym_core::club::Key;
use gym_core::command::Scope;
use gym_core::id::{ClassId, MemberId, RoomId, SeriesId, TrainerId};
use gym_core::schedule::claim::Owner;
use gym_core::schedule::class::{Class, Offering};
use gym_core::time::Period;

use super::lock::{Lock, Locks, Table};
use super::{Load, Reach};
use crate::booking::{BanRow, PenaltyRow};
use crate::error::StoreError;
use crate::row::{id, stamp};
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
        let row = classes::table
            .find(class.get())
            .select((classes::series_id, classes::location_id));
        let row: Option<(Option<i64>, i64)> = row.first(self.connection).optional()?;
        let Some((series, place)) = row else { return Ok(()) };
        let series: Option<SeriesId> = series.filter(|_| scope != Scope::This).map(id);
        // A day is not closed while a class is moved to it.
        let place = start.map(|_| (Table::Location, place));
        let of = series.map(|series| (Table::Series, series.get()));
        self.lock(of.into_iter().chain(place))?;
        let mut reached = BTreeSet::from([class]);
        if let Some(series) = series {
            reached.extend(self.coming_of(series)?);
            self.series(series)?;
            self.classes_of(series.get())?;
        }
        let trainer_too = trainer.map(|it| (Table::Trainer, it.get()));
        let room_too = room.map(|it| (Table::Room, it.get()));
        self.with_people(&reached, Reach::All, trainer_too.into_iter().chain(room_too))?;
        // Only under its lock does the class stay in its series, and where it is.
        let named = self.club.classes.get(class);
        let now_of = named
            .and_then(|class| class.series)
            .filter(|_| scope != Scope::This);
        let from = named.map(|class| class.period.start());
        self.lock(now_of.map(|series| (Table::Series, series.get())))?;
        let shift = match (start, from) {
            (Some(start), Some(from)) => start - from.naive_utc(),
            _ => Duration::zero(),
        };
        let dated = reached.iter().filter_map(|id| self.club.classes.get(*id));
        let dated: Vec<Class> = dated.cloned().collect();
        for class in &dated {
            self.revised(class, trainer, room, shift)?;
        }
        self.earlier(&dated, shift)
    }

    /// Lists the classes of a series that are to come.
    fn coming_of(&mut self, series: SeriesId) -> Result<Vec<ClassId>, StoreError> {
        let to_come = classes::table
            .filter(classes::series_id.eq(series.get()))
            .filter(classes::starts_at.gt(stamp(self.now)))
            .select(classes::id);
        let to_come: Vec<i64> = to_come.load(self.connection)?;
        Ok(to_come.into_iter().map(id).collect())
    }

    /// Loads what is claimed where a class goes, and where it is, as one that was moved on its own stays there: of what it
    /// will need and of its members.
    fn revised(
        &mut self,
        class: &Class,
        trainer: Option<TrainerId>,
        room: Option<RoomId>,
        shift: Duration,
    ) -> Result<(), StoreError> {
        let offering = Offering {
            trainer: trainer.or(class.offering.trainer),
            room: room.or(class.offering.room),
            ..class.offering.clone()
        };
        let start = class.period.start();
        let starts = BTreeSet::from([start, start + shift]);
        let members = self.reached(class.id, Reach::All);
        for start in starts {
            let window = Period::lasting(start, 1).padded(3 * 1440, 3 * 1440);
            self.placing(&offering, Some(window))?;
            self.claimed_of(&members, window)?;
        }
        Ok(())
    }

    /// Loads the diaries of who booked or waits from where they matter to the classes once these have moved.
    fn earlier(&mut self, classes: &[Class], shift: Duration) -> Result<(), StoreError> {
        if shift.is_zero() {
            return Ok(());
        }
        // The shift is between a civil time and an instant, which differ by less than a day.
        let start = |class: &Class| class.period.start() + shift - Duration::days(1);
        let from = classes
            .iter()
            .map(|class| self.diary_from(class, start(class)))
            .min();
        let people = classes
            .iter()
            .flat_map(|class| self.reached(class.id, Reach::All))
            .collect();
        from.map_or(Ok(()), |from| self.members(&people, from))
    }

    /// Loads the classes that a query names, with their people, under locks; and has the command begin again if under
    /// these the query names other classes, which were added or moved meanwhile.
    pub(super) fn steady(
        &mut self,
        named: impl Fn(&mut Self) -> Result<BTreeSet<ClassId>, StoreError>,
        reach: Reach,
        also: impl IntoIterator<Item = Lock>,
    ) -> Result<BTreeSet<ClassId>, StoreError> {
        let ids = named(self)?;
        self.with_people(&ids, reach, also)?;
        let now = named(self)?;
        self.lock_classes(&now)?;
        Ok(ids)
    }

    /// Locks classes and what else is given, and loads them with whom a decision about them may reach, and with what
    /// was penalised for them.
    fn with_people(
        &mut self,
        ids: &BTreeSet<ClassId>,
        reach: Reach,
        also: impl IntoIterator<Item = Lock>,
    ) -> Result<(), StoreError> {
        self.lock_classes(ids)?;
        let mut people = BTreeSet::new();
        for class in ids {
            self.class(*class)?;
            self.claims_of(Owner::Class(*class))?;
            self.penalties_for(class.get())?;
            people.extend(self.reached(*class, reach));
        }
        let mut locks: Locks = also.into_iter().collect();
        locks.extend(self.resources_of(ids)?);
        locks.extend(people.iter().map(|member| (Table::Member, member.get())));
        // Who has what a penalty took given back may have other visits covered by it.
        let fined: BTreeSet<MemberId> = self.club.penalties.iter().map(|it| it.member).collect();
        locks.extend(fined.iter().map(|member| (Table::Member, member.get())));
        self.lock(locks)?;
        self.fees(|fee| ids.contains(&fee.class))?;
        ids.iter().try_for_each(|class| self.waitlist(*class))?;
        let dated = || ids.iter().filter_map(|id| self.club.classes.get(*id));
        let from = dated()
            .map(|class| self.diary_from(class, class.period.start()))
            .min();
        let first = dated().map(|class| class.period.start()).min();
        let last = dated().map(|class| class.period.end()).max();
        self.members(&people, from.unwrap_or(self.now))?;
        ids.iter().try_for_each(|class| self.uses_of_class(*class))?;
        self.holdings_for(ids, &people.union(&fined).copied().collect())?;
        match first
            .zip(last)
            .and_then(|(first, last)| Period::new(first, last).ok())
        {
            Some(span) => self.claimed_of(&people, span),
            None => Ok(()),
        }
    }

    /// Lists the locks of what classes take: trainers, rooms and all units of the kinds that they need.
    fn resources_of(&mut self, ids: &BTreeSet<ClassId>) -> Result<Locks, StoreError> {
        let (mut locks, mut kinds) = (Locks::new(), BTreeSet::new());
        for class in ids.iter().filter_map(|id| self.club.classes.get(*id)) {
            let (trainer, room) = (class.offering.trainer, class.offering.room);
            locks.extend(trainer.map(|it| (Table::Trainer, it.get())));
            locks.extend(room.map(|it| (Table::Room, it.get())));
            kinds.extend(class.offering.equipment);
        }
        for kind in kinds {
            self.equipment(kind)?;
            let units = self.club.units.of(Key::Equipment(kind));
            locks.extend(units.map(|unit| (Table::Unit, unit.id.get())));
        }
        Ok(locks)
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
}
