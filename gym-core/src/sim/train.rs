//! Training sessions: booked, moved, cancelled, attended or missed.

use chrono::{Days, Duration, NaiveDateTime, NaiveTime};

use super::{Sim, Task};
use crate::club::{Club, Key};
use crate::command::Command;
use crate::id::{LocationId, MemberId, SessionId};
use crate::schedule::claim::Buffers;
use crate::schedule::session::{Session, SessionState};
use crate::time::civil;
use crate::user::Actor;

impl Sim {
    /// Files what happens around a session that is new.
    pub(super) fn expect(&mut self, session: &Session) {
        if session.state != SessionState::Booked || session.period.end() + Duration::hours(48) < self.now {
            return;
        }
        let over = session.period.end() + Duration::minutes(self.draws.between(2, 90));
        self.file(over.max(self.now), Task::Trained(session.id));
        let left = (session.period.start() - self.now).num_minutes();
        if left > 60 && self.draws.chance(220) {
            self.soon(5, left - 15, Task::Rethink(session.id));
        }
    }

    pub(super) fn train(&mut self, member: MemberId, club: &Club) -> Option<(Actor, Command)> {
        self.soon(4 * 24 * 60, 16 * 24 * 60, Task::Train(member));
        let location = club.members.get(member)?.home;
        let care = club.assignments.of(Key::Member(member)).next();
        let trainer = care.map(|care| care.trainer);
        let (ahead, minutes) = (self.draws.between(1, 9), 45 + 15 * (self.draws.below(2) as u32));
        let start = self.hour(location, ahead, club)?;
        let actor = self.oneself(member, location, club);
        let buffers = Buffers {
            before_minutes: 0,
            after_minutes: 10,
        };
        let (room, overriding) = (None, None);
        Some((
            actor,
            Command::BookSession {
                trainer,
                member,
                location,
                room,
                start,
                minutes,
                buffers,
                overriding,
            },
        ))
    }

    /// Draws a civil time so many days ahead, on the half hour.
    pub(super) fn hour(&mut self, location: LocationId, ahead: i64, club: &Club) -> Option<NaiveDateTime> {
        let today = club.locations.get(location)?.date(self.now);
        let date = today.checked_add_days(Days::new(ahead.unsigned_abs()))?;
        let half = self.draws.between(15, 40) as u32;
        Some(date.and_time(NaiveTime::from_hms_opt(half / 2, half % 2 * 30, 0)?))
    }

    pub(super) fn rethink(&mut self, id: SessionId, club: &Club) -> Option<(Actor, Command)> {
        let session = club
            .sessions
            .get(id)
            .filter(|it| it.state == SessionState::Booked)?;
        let actor = self.oneself(session.member, session.location, club);
        if self.draws.chance(450) {
            return Some((actor, Command::CancelSession { session: id }));
        }
        let ahead = self.draws.between(1, 6);
        let start = self.hour(session.location, ahead, club)?;
        Some((actor, Command::MoveSession { session: id, start }))
    }

    pub(super) fn trained(&mut self, id: SessionId, club: &Club) -> Option<(Actor, Command)> {
        let session = club
            .sessions
            .get(id)
            .filter(|it| it.state == SessionState::Booked)?;
        if self.now < session.period.end() {
            self.file(session.period.end() + Duration::minutes(5), Task::Trained(id));
            return None;
        }
        let attended = !self.draws.chance(60);
        let user = club
            .trainers
            .get(session.trainer)
            .and_then(|trainer| trainer.user);
        let actor = match user {
            Some(user) => Actor::User(user),
            None => self.desk(session.location, club),
        };
        Some((
            actor,
            Command::CompleteSession {
                session: id,
                attended,
            },
        ))
    }

    /// Returns what the wall clock of a location shows.
    pub(super) fn wall(&self, location: LocationId, club: &Club) -> Option<NaiveDateTime> {
        Some(civil(club.locations.get(location)?.zone, self.now))
    }
}
