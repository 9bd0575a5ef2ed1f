//! Loading what a closure is decided on, and what is brought back when it is lifted.

use std::collections::BTreeSet;

use chrono::{Duration, NaiveDate, NaiveDateTime, NaiveTime};
use diesel::prelude::*;
use gym_core::id::{ClassId, ClosureId, LocationId};
use gym_core::location::Closure;
use gym_core::schedule::claim::Resource;
use gym_core::schedule::class::Class;
use gym_core::schedule::session::Session;

use super::lock::{Lock, Table};
use super::{Load, Reach};
use crate::error::StoreError;
use crate::location::ClosureRow;
use crate::row::{id, stamp};
use crate::schedule::session::SessionRow;
use crate::schema::*;

impl Load<'_> {
    pub(super) fn closing(
        &mut self,
        location: LocationId,
        from: NaiveDate,
        until: NaiveDate,
    ) -> Result<(), StoreError> {
        self.lock([(Table::Location, location.get())])?;
        self.location(location)?;
        // Every zone is within a day of UTC.
        let first = from.and_time(NaiveTime::MIN) - Duration::days(2);
        let last = until.and_time(NaiveTime::MIN) + Duration::days(3);
        let locks = locks_of(&self.sessions_at(location, first, last)?);
        self.steady(|load| load.classes_at(location, first, last), Reach::All, locks)?;
        // Read again: they may have been settled before the locks were there.
        let sessions = self.sessions_at(location, first, last)?;
        self.with_uses(sessions)
    }

    fn classes_at(
        &mut self,
        location: LocationId,
        first: NaiveDateTime,
        last: NaiveDateTime,
    ) -> Result<BTreeSet<ClassId>, StoreError> {
        let there = classes::table
            .filter(classes::location_id.eq(location.get()))
            .filter(classes::starts_at.gt(stamp(first.and_utc().max(self.now))))
            .filter(classes::starts_at.lt(stamp(last.and_utc())))
            .filter(classes::state.eq("scheduled"))
            .select(classes::id);
        let there: Vec<i64> = there.load(self.connection)?;
        Ok(there.into_iter().map(id).collect())
    }

    fn sessions_at(
        &mut self,
        location: LocationId,
        first: NaiveDateTime,
        last: NaiveDateTime,
    ) -> Result<Vec<Session>, StoreError> {
        let rows = sessions::table
            .filter(sessions::location_id.eq(location.get()))
            .filter(sessions::starts_at.gt(stamp(first.and_utc())))
            .filter(sessions::starts_at.lt(stamp(last.and_utc())))
            .select(SessionRow::as_select());
        let rows: Vec<SessionRow> = rows.load(self.connection)?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    pub(super) fn lifting(&mut self, closure: ClosureId) -> Result<(), StoreError> {
        let Some(found) = self.closure(closure)? else {
            return Ok(());
        };
        self.lock([(Table::Location, found.location.get())])?;
        self.location(found.location)?;
        // Read again: it may have been lifted before the lock was there.
        if let Some(closure) = self.closure(closure)? {
            self.club.closures.insert(closure);
        }
        let locks = locks_of(&self.sessions_closed_by(closure)?);
        let ids = self.steady(|load| load.closed_by(closure), Reach::Closed(closure), locks)?;
        let dated = ids.iter().filter_map(|id| self.club.classes.get(*id));
        for dated in dated.cloned().collect::<Vec<Class>>() {
            let window = dated.period.padded(3 * 1440, 3 * 1440);
            self.placing(&dated.offering, Some(window))?;
            let members = self.reached(dated.id, Reach::Closed(closure));
            self.claimed_of(&members, window)?;
        }
        let sessions = self.sessions_closed_by(closure)?;
        for session in &sessions {
            let window = session.period.padded(3 * 1440, 3 * 1440);
            let resources = session.resources().into_iter();
            self.claims_during(resources.map(|(resource, _)| resource), window)?;
        }
        self.with_uses(sessions)
    }

    /// Keeps sessions, with what they took from lots.
    fn with_uses(&mut self, sessions: Vec<Session>) -> Result<(), StoreError> {
        let members = sessions.iter().map(|session| session.member).collect();
        for session in sessions {
            self.uses_of_session(session.id)?;
            self.club.sessions.insert(session);
        }
        self.holdings(&members)
    }

    fn closure(&mut self, closure: ClosureId) -> Result<Option<Closure>, StoreError> {
        let row = closures::table
            .find(closure.get())
            .select(ClosureRow::as_select());
        let row: Option<ClosureRow> = row.first(self.connection).optional()?;
        Ok(row.map(Into::into))
    }

    fn closed_by(&mut self, closure: ClosureId) -> Result<BTreeSet<ClassId>, StoreError> {
        let closed = classes::table
            .filter(classes::closure_id.eq(closure.get()))
            .select(classes::id);
        let closed: Vec<i64> = closed.load(self.connection)?;
        Ok(closed.into_iter().map(id).collect())
    }

    fn sessions_closed_by(&mut self, closure: ClosureId) -> Result<Vec<Session>, StoreError> {
        let rows = sessions::table
            .filter(sessions::closure_id.eq(closure.get()))
            .select(SessionRow::as_select());
        let rows: Vec<SessionRow> = rows.load(self.connection)?;
        rows.into_iter().map(TryInto::try_into).collect()
    }
}

/// Lists the locks of sessions, and of what they take.
fn locks_of(sessions: &[Session]) -> Vec<Lock> {
    let resource = |resource| match resource {
        Resource::Trainer(id) => (Table::Trainer, id.get()),
        Resource::Room(id) => (Table::Room, id.get()),
        Resource::Unit(id) => (Table::Unit, id.get()),
        Resource::Member(id) => (Table::Member, id.get()),
    };
    let of = |session: &Session| {
        let taken = session.resources().into_iter().map(move |(it, _)| resource(it));
        let taken: Vec<Lock> = taken.collect();
        taken.into_iter().chain([(Table::Session, session.id.get())])
    };
    sessions.iter().flat_map(of).collect()
}
