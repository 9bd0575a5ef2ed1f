//! A [`Setup`] says what club to build, in commands, and lets it live in memory.

use chrono::{Duration, NaiveDate, NaiveTime};
use chrono_tz::Tz;

use super::Sim;
use super::opening::Opening;
use crate::club::Club;
use crate::command::{Command, Context};
use crate::replay::Recorded;
use crate::time::Instant;
use crate::user::Actor;

/// What club to build.
///
/// ```
/// use gym_core::club::Club;
/// use gym_core::sim::Setup;
///
/// let setup = Setup::new(7, "2026-01-05".parse()?, 30);
/// let mut club = Club::default();
/// for (context, command) in setup.opening() {
///     let events = club.decide(&command, &context)?;
///     let ids = club.allot(&events);
///     club.apply(&events, &ids);
/// }
/// assert_eq!((club.locations.len(), club.members.len()), (3, 30));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setup {
    /// What everything is drawn from.
    pub seed: u64,
    /// The first day.
    pub start: NaiveDate,
    /// How many members there are at the start.
    pub members: u32,
    /// The zones of the locations, one each; a zone may be named more than once.
    pub zones: Vec<Tz>,
}

impl Setup {
    /// Makes a setup with three locations, whose clocks change on three different days.
    pub fn new(seed: u64, start: NaiveDate, members: u32) -> Self {
        let zones = vec![Tz::Europe__Berlin, Tz::America__New_York, Tz::Pacific__Chatham];
        Self {
            seed,
            start,
            members,
            zones,
        }
    }

    /// Returns the time of the first command: midnight UTC of the first day.
    pub fn opens_at(&self) -> Instant {
        self.start.and_time(NaiveTime::MIN).and_utc()
    }

    /// Returns the time from which on the club is built and a [`Sim`](super::Sim) can start.
    pub fn ready_at(&self) -> Instant {
        self.opens_at() + Duration::hours(1)
    }

    /// Lists the commands that build the club, for a store that is empty and gives ids from 1 on.
    ///
    /// All are given by [`Actor::System`] in the first hour and none is refused.
    pub fn opening(&self) -> impl Iterator<Item = (Context, Command)> + use<> {
        let commands = Opening::new(self).commands();
        let (opens, every) = (self.opens_at(), commands.len().max(1) as i64);
        let pause = Duration::microseconds(3_000_000_000 / every);
        commands.into_iter().zip(0i32..).map(move |(command, n)| {
            let (now, actor) = (opens + pause * n, Actor::System);
            (Context { now, actor }, command)
        })
    }

    /// Lets the club live in memory for some days, and returns it with its journal.
    ///
    /// ```
    /// use gym_core::replay::replay;
    /// use gym_core::sim::Setup;
    ///
    /// let (club, journal) = Setup::new(7, "2026-01-05".parse()?, 20).live(5);
    /// assert_eq!(replay(&journal)?, club);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn live(&self, days: u32) -> (Club, Vec<Recorded>) {
        let (mut club, mut journal) = (Club::default(), Vec::new());
        for (number, (context, command)) in (1..).zip(self.opening()) {
            journal.push(Recorded::enact(&mut club, number, context, command));
        }
        let from = self.ready_at();
        let mut sim = Sim::new(self.seed, from, from + Duration::days(i64::from(days)));
        while let Some(step) = sim.next(&club) {
            let number = journal.len() as u64 + 1;
            journal.extend(Recorded::enact_all(&mut club, number, step.context, step.command));
        }
        (club, journal)
    }
}
