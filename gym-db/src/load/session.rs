//! Loading what commands about training sessions are decided on.

use std::collections::BTreeSet;

use chrono::{Duration, NaiveDateTime};
use diesel::prelude::*;
use gym_core::command::Command;
use gym_core::id::{SessionId, TrainerId};
use gym_core::schedule::claim::{Owner, Resource};
use gym_core::time::Period;

use super::Load;
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
                self.lock("locations", BTreeSet::from([location.get()]))?;
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
                self.holdings(&BTreeSet::from([*member]))?;
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
    pub(super) fn turns(&mut self, trainers: &[TrainerId], window: Period) -> Result<(), StoreError> {
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
        self.location(found.location)?;
        self.lock("trainers", BTreeSet::from([found.trainer.get()]))?;
        self.trainer(found.trainer)?;
        if let Some(room) = found.room {
            self.lock("rooms", BTreeSet::from([room.get()]))?;
            self.room(room)?;
        }
        self.lock_members(&BTreeSet::from([found.member]))?;
        self.holdings(&BTreeSet::from([found.member]))?;
        self.uses_of_session(found.id)?;
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
