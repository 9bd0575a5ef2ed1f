//! A [`Sim`] is a seeded, deterministic club: a [`Setup`] that builds it, and a stream of commands over months.
//!
//! Members with habits look at the timetable, book, wait, cancel, come or stay away; staff mark absence, find
//! cover, move and cancel classes, repair bikes, close for holidays and change the rules. What somebody does
//! depends on the state of the club, which the driver keeps: in memory, as here, or in a database with a
//! mirror. Refusals are part of life. The same seed and the same answers give the same commands on every
//! machine: all draws are integers of ChaCha8.
//!
//! ```
//! use chrono::Duration;
//! use gym_core::club::Club;
//! use gym_core::sim::{Setup, Sim};
//!
//! let setup = Setup::new(7, "2026-01-05".parse()?, 20);
//! let mut club = Club::default();
//! for (context, command) in setup.opening() {
//!     let events = club.decide(&command, &context)?;
//!     let ids = club.allot(&events);
//!     club.apply(&events, &ids);
//! }
//! let mut sim = Sim::new(setup.seed, setup.ready_at(), setup.ready_at() + Duration::days(3));
//! while let Some(step) = sim.next(&club) {
//!     if let Ok(events) = club.decide(&step.command, &step.context) {
//!         let ids = club.allot(&events);
//!         club.apply(&events, &ids);
//!     }
//! }
//! assert!(!club.registrations.is_empty());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod chore;
mod draw;
mod habit;
mod opening;
mod setup;
pub mod teacher;
mod train;
mod visit;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Duration, NaiveDate, NaiveTime};

pub use self::setup::Setup;

use self::chore::Chore;
use self::draw::Draws;
use self::habit::Habit;
use crate::club::{Club, Row, Table};
use crate::command::{Command, Context};
use crate::id::{ClassId, ClosureId, Id, LocationId, MaintenanceId, MemberId, SeriesId, SessionId, UserId};
use crate::time::{Instant, resolve};
use crate::user::Actor;

/// How far ahead dated classes are made, in days.
const HORIZON_DAYS: i64 = 28;

/// One command of the stream.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// What makes a repetition recognisable: ascending, and different in sims that start at different minutes.
    pub key: u64,
    /// Who and when; times never go back.
    pub context: Context,
    /// What.
    pub command: Command,
}

/// What somebody will do at a time.
#[derive(Debug, Clone, Copy)]
enum Task {
    /// A member looks at the timetable.
    Look(MemberId),
    /// A member books the seats that they hold.
    Confirm(ClassId, MemberId),
    /// A member cancels.
    Waver(ClassId, MemberId),
    /// The doors open: who booked comes, or does not.
    Doors(ClassId),
    /// A member comes in.
    Arrive(ClassId, MemberId),
    /// A class is over.
    Over(ClassId),
    /// Seats that have become free are given to who waits.
    Tick(ClassId),
    /// A member thinks of training with a trainer.
    Train(MemberId),
    /// A member changes their mind about a session.
    Rethink(SessionId),
    /// A session is over.
    Trained(SessionId),
    /// A unit is repaired.
    Repaired(MaintenanceId),
    /// A closure is taken back.
    Reopen(ClosureId),
    /// A day begins at a location.
    Morning(LocationId),
    /// Somebody else has to give a class.
    Cover(ClassId),
    /// More dated classes of a series are made.
    Extend(SeriesId),
    /// Staff do something.
    Chore(LocationId, Chore),
}

/// A stream of commands over months; see the [module](self).
#[derive(Debug, Clone)]
pub struct Sim {
    seed: u64,
    draws: Draws,
    from: Instant,
    until: Instant,
    now: Instant,
    key: u64,
    agenda: BTreeMap<(Instant, u64), Task>,
    filed: u64,
    seen: Seen,
    timetable: BTreeSet<(LocationId, Instant, ClassId)>,
    habits: BTreeMap<MemberId, Habit>,
    desks: BTreeMap<LocationId, Option<UserId>>,
}

/// The last of each kind that the sim has taken notice of.
#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    location: i64,
    member: i64,
    class: i64,
    session: i64,
    maintenance: i64,
    closure: i64,
}

/// Returns the rows that came since, the oldest first.
fn fresh<'a, T: Row>(table: &'a Table<T>, seen: &mut i64) -> Vec<&'a T> {
    let since = *seen;
    let mut rows: Vec<&T> = table
        .iter()
        .rev()
        .take_while(|row| row.id().raw() > since)
        .collect();
    rows.reverse();
    if let Some(last) = rows.last() {
        *seen = last.id().raw();
    }
    rows
}

impl Sim {
    /// Starts a sim that runs from one time to another.
    ///
    /// It takes the club as it finds it at the first [`next`](Self::next): the one of a [`Setup`], one that was
    /// imported, or one that an earlier sim has left. A sim that starts later makes other commands. After 120
    /// days the house gets stricter rules, after 220 days the last location its own.
    pub fn new(seed: u64, from: Instant, until: Instant) -> Self {
        let minute = from.timestamp().div_euclid(60).unsigned_abs();
        Self {
            seed,
            draws: Draws::of(seed, minute.max(1)),
            from,
            until,
            now: from,
            key: minute << 24,
            agenda: BTreeMap::new(),
            filed: 0,
            seen: Seen::default(),
            timetable: BTreeSet::new(),
            habits: BTreeMap::new(),
            desks: BTreeMap::new(),
        }
    }

    /// Returns the next command for a club that has answered all those before; none when the time is over.
    pub fn next(&mut self, club: &Club) -> Option<Step> {
        loop {
            self.notice(club);
            let ((at, _), task) = self.agenda.pop_first()?;
            if at >= self.until {
                return None;
            }
            self.now = at.max(self.now);
            if let Some((actor, command)) = self.act(task, club) {
                self.key += 1;
                let context = Context { now: self.now, actor };
                return Some(Step {
                    key: self.key,
                    context,
                    command,
                });
            }
        }
    }

    /// Returns the time of the last command.
    pub const fn now(&self) -> Instant {
        self.now
    }

    fn act(&mut self, task: Task, club: &Club) -> Option<(Actor, Command)> {
        match task {
            Task::Look(member) => self.look(member, club),
            Task::Confirm(class, member) => self.confirm(class, member, club),
            Task::Waver(class, member) => self.waver(class, member, club),
            Task::Doors(class) => self.doors(class, club),
            Task::Arrive(class, member) => self.arrive(class, member, club),
            Task::Over(class) => self.over(class, club),
            Task::Tick(class) => self.tick(class, club),
            Task::Train(member) => self.train(member, club),
            Task::Rethink(session) => self.rethink(session, club),
            Task::Trained(session) => self.trained(session, club),
            Task::Repaired(job) => self.repaired(job, club),
            Task::Reopen(closure) => self.reopen(closure, club),
            Task::Morning(location) => self.morning(location, club),
            Task::Cover(class) => self.cover(class, club),
            Task::Extend(series) => self.extend(series, club),
            Task::Chore(location, chore) => self.chore(location, chore, club),
        }
    }

    fn file(&mut self, at: Instant, task: Task) {
        self.filed += 1;
        self.agenda.insert((at, self.filed), task);
    }

    /// Files a task after some minutes, at a random second.
    fn soon(&mut self, low: i64, high: i64, task: Task) {
        let wait = Duration::seconds(self.draws.between(low * 60, high * 60));
        self.file(self.now + wait, task);
    }

    /// Takes notice of what is new in the club.
    fn notice(&mut self, club: &Club) {
        for location in fresh(&club.locations, &mut self.seen.location) {
            let today = location.date(self.now);
            self.dawn(club, location.id, today);
        }
        for member in fresh(&club.members, &mut self.seen.member) {
            let habit = Habit::of(self.seed, member.id);
            self.habits.insert(member.id, habit);
            self.soon(0, habit.pause(member.joined_on, 0), Task::Look(member.id));
            if habit.trains {
                self.soon(60, 14 * 24 * 60, Task::Train(member.id));
            }
        }
        for class in fresh(&club.classes, &mut self.seen.class) {
            self.list(class, club);
        }
        for session in fresh(&club.sessions, &mut self.seen.session) {
            self.expect(session);
        }
        for job in fresh(&club.maintenance, &mut self.seen.maintenance) {
            if !job.done {
                let slip = Duration::minutes(self.draws.between(-600, 600));
                self.file((job.period.end() + slip).max(self.now), Task::Repaired(job.id));
            }
        }
        for closure in fresh(&club.closures, &mut self.seen.closure) {
            let days = (closure.from - self.now.date_naive()).num_days();
            if days > 2 && !closure.lifted && self.draws.chance(300) {
                self.soon(60, (days - 1) * 24 * 60, Task::Reopen(closure.id));
            }
        }
    }

    /// Files the morning of a day at a location.
    fn dawn(&mut self, club: &Club, location: LocationId, date: NaiveDate) {
        let five = NaiveTime::from_hms_opt(5, 0, 0).unwrap_or(NaiveTime::MIN);
        if let Some(place) = club.locations.get(location) {
            let at = resolve(place.zone, date.and_time(five)).instant;
            self.file(at.max(self.now), Task::Morning(location));
        }
    }

    fn habit(&self, member: MemberId) -> Habit {
        let known = self.habits.get(&member).copied();
        known.unwrap_or_else(|| Habit::of(self.seed, member))
    }

    /// Returns who stands at the desk of a location: somebody with that role, or any staff, or the program.
    fn desk(&mut self, location: LocationId, club: &Club) -> Actor {
        let now = self.now;
        let find = || {
            let today = club.locations.get(location)?.date(now);
            let staff = |desk: bool| {
                let fits = move |role: crate::user::Role| {
                    role.is_staff() && (!desk || role == crate::user::Role::FrontDesk)
                };
                let mut grants = club.grants.iter();
                grants.find(|grant| fits(grant.role) && grant.holds(location, today))
            };
            staff(true).or_else(|| staff(false)).map(|grant| grant.user)
        };
        let user = *self.desks.entry(location).or_insert_with(find);
        user.map_or(Actor::System, Actor::User)
    }

    /// Returns a member as who acts for themselves, or the desk of a location if they have no login.
    fn oneself(&mut self, member: MemberId, at: LocationId, club: &Club) -> Actor {
        match club.members.get(member).and_then(|member| member.user) {
            Some(user) => Actor::User(user),
            None => self.desk(at, club),
        }
    }
}
