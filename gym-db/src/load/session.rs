//! Loading what commands about training sessions are decided on.

use std::collections::BTreeSet;

use chrono::{Duration, NaiveDateTime};
use diesel::prelude::*;
use gym_core::command::Command;
use gym_core::id::{SessionId, TrainerId};
use gym_core::schedule::claim::{Owner, Resource};
use gym_core::schedule::slots::SlotSearch;
use gym_core::time::Instant;

use super::Load;
use super::lock::{Locks, Table};
use crate::error::StoreError;
use crate::row::stamp;
use crate::schedule::session::SessionRow;
use crate::schema::*;

impl Load<'_> {
    pub(super) fn session_command(&mut self, command: &Command) -> Result<(), StoreError> {
        match command {
            Command::BookSession {
                trainer,
                member,
                location,
                room,
                start,
                ..
            } => {
                self.lock([(Table::Location, location.get())])?;
                self.location(*location)?;
                let Some(window) = self.around(*location, *start) else {
                    return Ok(());
                };
                let trainers = match trainer {
                    Some(trainer) => BTreeSet::from([*trainer]),
                    None => self.trainers_at(*location)?,
                };
                let mut locks: Locks = trainers.iter().map(|it| (Table::Trainer, it.get())).collect();
                locks.extend(room.map(|room| (Table::Room, room.get())));
                locks.insert((Table::Member, member.get()));
                self.lock(locks)?;
                trainers.iter().try_for_each(|it| self.trainer(*it))?;
                if trainer.is_none() {
                    self.turns(&trainers, window.start())?;
                }
                room.map_or(Ok(()), |room| self.room(room))?;
                self.member(*member, self.now.min(window.start()))?;
                self.holdings(&BTreeSet::from([*member]))?;
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

    /// Loads what a search for free slots looks at.
    pub(crate) fn slots(&mut self, search: &SlotSearch) -> Result<(), StoreError> {
        self.location(search.location)?;
        let trainers = match search.trainer {
            Some(trainer) => BTreeSet::from([trainer]),
            None => self.trainers_at(search.location)?,
        };
        self.team(&trainers)?;
        if search.trainer.is_none() {
            self.turns(&trainers, search.during.start())?;
        }
        search.room.map_or(Ok(()), |room| self.room(room))?;
        search
            .member
            .map_or(Ok(()), |member| self.member(member, self.now))?;
        let resources = trainers.into_iter().map(Resource::Trainer);
        let resources = resources
            .chain(search.room.map(Resource::Room))
            .chain(search.member.map(Resource::Member));
        self.claims_during(resources.collect::<Vec<_>>(), search.reach())
    }

    /// Loads the sessions that fair rotation counts at an instant.
    pub(super) fn turns(&mut self, trainers: &BTreeSet<TrainerId>, at: Instant) -> Result<(), StoreError> {
        let ids: Vec<i64> = trainers.iter().map(|it| it.get()).collect();
        let rows = sessions::table
            .filter(sessions::trainer_id.eq_any(ids))
            .filter(sessions::starts_at.gt(stamp(at - Duration::days(32))))
            .select(SessionRow::as_select());
        for row in rows.load::<SessionRow>(self.connection)? {
            let session: gym_core::schedule::session::Session = row.try_into()?;
            self.location(session.location)?;
            self.club.sessions.insert(session);
        }
        Ok(())
    }

    pub(super) fn one_session(
        &mut self,
        session: SessionId,
        start: Option<NaiveDateTime>,
    ) -> Result<(), StoreError> {
        let row = sessions::table
            .find(session.get())
            .select(SessionRow::as_select());
        let Some(row) = row.first::<SessionRow>(self.connection).optional()? else {
            return Ok(());
        };
        let found: gym_core::schedule::session::Session = row.try_into()?;
        let mut locks = Locks::from([
            (Table::Session, session.get()),
            (Table::Trainer, found.trainer.get()),
            (Table::Member, found.member.get()),
        ]);
        locks.extend(found.room.map(|room| (Table::Room, room.get())));
        // A day is not closed while a session is moved to it.
        locks.extend(start.map(|_| (Table::Location, found.location.get())));
        self.lock(locks)?;
        self.location(found.location)?;
        self.trainer(found.trainer)?;
        found.room.map_or(Ok(()), |room| self.room(room))?;
        let window = start.and_then(|start| self.around(found.location, start));
        let since = self.now.min(found.period.start() - Duration::days(7));
        // What is in the way at the new time is told by its title, also in the past.
        let since = window.map_or(since, |window| since.min(window.start()));
        self.member(found.member, since)?;
        // Read again: it may have changed before the locks were there.
        let row: SessionRow = sessions::table
            .find(session.get())
            .select(SessionRow::as_select())
            .first(self.connection)?;
        self.club.sessions.insert(row.try_into()?);
        self.claims_of(Owner::Session(session))?;
        self.uses_of_session(session)?;
        self.holdings(&BTreeSet::from([found.member]))?;
        let resources: Vec<_> = found
            .resources()
            .into_iter()
            .map(|(resource, _)| resource)
            .collect();
        window.map_or(Ok(()), |window| self.claims_during(resources, window))
    }
}
