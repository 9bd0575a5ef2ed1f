//! [`Question`]: which classes to put into which slots, rooms and hands, so that most people find what they want.
//!
//! It is a mixed-integer program, solved by branch and bound over linear relaxations (microlp, pure Rust; a bound says
//! how good an answer is at best), within a limit of nodes, time and gap. Where the limit is reached before anything
//! better than the first guess is found, the answer says that it is [`Proof::Greedy`]. Every answer is checked against
//! the question before it is given.
//!
//! With the feature `highs`, `Solver::Highs` solves the same program by HiGHS, which is C++ and wants cmake and libclang to
//! build.
//!
//! What a class is worth does not depend on the others: two of a kind on one evening share nobody here.
//!
//! ```
//! use gym_analytics::timetable::{Kind, Limits, Proof, Question, Room, Slot, Trainer};
//!
//! let question = Question {
//!     slots: vec![Slot { starts: 18 * 60, minutes: 60 }, Slot { starts: 19 * 60, minutes: 60 }],
//!     rooms: vec![Room { seats: 12 }, Room { seats: 20 }],
//!     kinds: vec![Kind { worth: 1.0, least: 0, most: 2 }, Kind { worth: 1.0, least: 1, most: 1 }],
//!     trainers: vec![Trainer { teaches: vec![0, 1], free: vec![0, 1], most: 2, cost: 3.0 }],
//!     demand: vec![vec![18.0, 9.0], vec![15.0, 14.0]],
//! };
//! let answer = question.answer(Limits::default())?;
//! assert_eq!(answer.worth, 18.0 + 14.0 - 2.0 * 3.0);
//! assert_eq!(answer.proof, Proof::Optimal);
//! # Ok::<(), gym_analytics::timetable::TimetableError>(())
//! ```

mod greedy;
#[cfg(feature = "highs")]
mod highs;
mod program;
mod search;
mod week;

use std::time::Duration;

use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use self::week::Week;

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum TimetableError {
    /// A number is out of its range.
    #[error("{what} {at} has {field} {value}, expected {expected}")]
    Number {
        /// What kind of thing.
        what: &'static str,
        /// Which one, from 0.
        at: usize,
        /// Its field.
        field: &'static str,
        /// The value.
        value: f64,
        /// The range in words.
        expected: &'static str,
    },
    /// A reference to something that is not there.
    #[error("trainer {trainer} refers to {what} {at}, expected one of {count}")]
    Unknown {
        /// The trainer, from 0.
        trainer: usize,
        /// What is referred to.
        what: &'static str,
        /// Its position.
        at: usize,
        /// How many there are.
        count: usize,
    },
    /// The table of demand is not kinds by slots.
    #[error("demand has {found} {what}, expected {expected}")]
    Shape {
        /// Rows or columns.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many there should be.
        expected: usize,
    },
    /// The least numbers of classes cannot be held at once.
    #[error("no timetable holds the least number of classes of every kind")]
    Impossible,
    /// The limit was reached before any timetable with the least numbers was found.
    #[error("no timetable with the least number of classes of every kind was found within {nodes} nodes")]
    NotFound {
        /// Nodes that were looked at.
        nodes: u32,
    },
}

/// A time of the week in which a class can be held. Slots may overlap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot {
    /// Its start, in minutes since Monday 0:00, below 10,080.
    pub starts: u32,
    /// How long it is, 1 to 1,440 minutes. One that goes on after Sunday does not meet those of Monday.
    pub minutes: u32,
}

impl Slot {
    /// Says whether a moment of the week is in it.
    fn covers(self, minute: u32) -> bool {
        self.starts <= minute && minute - self.starts < self.minutes
    }
}

/// A room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Room {
    /// How many people fit in.
    pub seats: u32,
}

/// A kind of class: a programme.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Kind {
    /// What somebody who comes is worth, 0 or more, in the unit of [`Trainer::cost`].
    pub worth: f64,
    /// How many of them there have to be in a week.
    pub least: u32,
    /// How many of them there may be in a week.
    pub most: u32,
}

/// A trainer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trainer {
    /// The kinds that they can teach, by position.
    pub teaches: Vec<usize>,
    /// The slots in which they can, by position.
    pub free: Vec<usize>,
    /// How many classes they give in a week at most.
    pub most: u32,
    /// What a class of theirs costs, 0 or more.
    pub cost: f64,
}

/// What there is to decide, in one place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Question {
    /// Times of the week.
    pub slots: Vec<Slot>,
    /// Rooms; each holds one class at a time.
    pub rooms: Vec<Room>,
    /// Kinds of classes; of each at most one begins in a slot.
    pub kinds: Vec<Kind>,
    /// Trainers; each gives one class at a time.
    pub trainers: Vec<Trainer>,
    /// How many people would come, 0 to 1e6, by kind and slot.
    pub demand: Vec<Vec<f64>>,
}

/// What solves the program.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Solver {
    /// Our own branch and bound over relaxations by microlp, in Rust.
    #[default]
    Microlp,
    /// HiGHS (Huangfu and Hall 2018, doi:10.1007/s12532-017-0130-5), with its cuts and heuristics.
    #[cfg(feature = "highs")]
    Highs,
}

/// When to stop looking.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// How many relaxations are solved at most; nodes of HiGHS, which solves several at each. With time to spare, the same
    /// question has the same answer everywhere.
    pub nodes: u32,
    /// How long to look at most; one relaxation of microlp is always finished.
    pub time: Duration,
    /// An answer is good enough when no other can be worth this share more, 0 or more.
    pub gap: f64,
}

impl Default for Limits {
    /// 2,000 nodes, 10 seconds, a gap of 0.1 %.
    fn default() -> Self {
        Self {
            nodes: 2_000,
            time: Duration::from_secs(10),
            gap: 0.001,
        }
    }
}

/// A class to hold; positions in the [`Question`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Placed {
    /// What.
    pub kind: usize,
    /// When.
    pub slot: usize,
    /// Where.
    pub room: usize,
    /// By whom.
    pub trainer: usize,
    /// How many people would come: those who want to, as far as they fit in.
    pub people: f64,
}

/// How good an answer is known to be.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// No other is better.
    Optimal,
    /// No other is worth more than this share more.
    Within(f64),
    /// The limit was reached before anything better than the first guess, class by class, was found; no other is worth
    /// more than this share more, which is infinite where not even one relaxation was solved.
    Greedy(f64),
}

/// A timetable.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// Its classes, by slot, room.
    pub classes: Vec<Placed>,
    /// What it is worth.
    pub worth: f64,
    /// How good that is.
    pub proof: Proof,
    /// How many relaxations were solved; 0 of HiGHS, which does not say.
    pub nodes: u32,
}

impl Question {
    /// Finds the timetable that is worth most.
    ///
    /// # Errors
    ///
    /// [`TimetableError`].
    pub fn answer(&self, limits: Limits) -> Result<Answer, TimetableError> {
        self.answer_by(Solver::default(), limits)
    }

    /// Finds the timetable that is worth most by a solver. Where several are worth the same, each may find another.
    ///
    /// # Errors
    ///
    /// [`TimetableError`].
    pub fn answer_by(&self, solver: Solver, limits: Limits) -> Result<Answer, TimetableError> {
        self.check()?;
        search::search(self, solver, limits)
    }

    /// Returns what a timetable is worth, or nothing where it breaks a rule of the question. The least numbers are a rule.
    pub fn worth(&self, classes: &[Placed]) -> Option<f64> {
        let mut kinds = vec![0u32; self.kinds.len()];
        let mut trainers = vec![0u32; self.trainers.len()];
        let mut worth = 0.0;
        for (at, class) in classes.iter().enumerate() {
            let trainer = self.trainers.get(class.trainer)?;
            let fits = trainer.teaches.contains(&class.kind) && trainer.free.contains(&class.slot);
            let alone = classes[..at].iter().all(|other| !self.clash(class, other));
            if !fits || !alone {
                return None;
            }
            *kinds.get_mut(class.kind)? += 1;
            *trainers.get_mut(class.trainer)? += 1;
            worth += self.gain(class.kind, class.slot, class.room)? - trainer.cost;
        }
        let held = kinds
            .iter()
            .zip(&self.kinds)
            .all(|(count, kind)| (kind.least..=kind.most).contains(count));
        let spared = trainers
            .iter()
            .zip(&self.trainers)
            .all(|(count, trainer)| *count <= trainer.most);
        (held && spared).then_some(worth)
    }

    /// How many people would come.
    fn people(&self, kind: usize, slot: usize, room: usize) -> Option<f64> {
        let seats = f64::from(self.rooms.get(room)?.seats);
        Some(self.demand.get(kind)?.get(slot)?.min(seats))
    }

    /// What a class is worth without its trainer.
    fn gain(&self, kind: usize, slot: usize, room: usize) -> Option<f64> {
        Some(self.people(kind, slot, room)? * self.kinds.get(kind)?.worth)
    }

    fn clash(&self, a: &Placed, b: &Placed) -> bool {
        let meet = match (self.slots.get(a.slot), self.slots.get(b.slot)) {
            (Some(one), Some(other)) => one.covers(other.starts) || other.covers(one.starts),
            _ => true,
        };
        (a.kind == b.kind && a.slot == b.slot) || (meet && (a.room == b.room || a.trainer == b.trainer))
    }

    fn check(&self) -> Result<(), TimetableError> {
        for (at, slot) in self.slots.iter().enumerate() {
            number(
                "slot",
                at,
                "starts",
                slot.starts.into(),
                0.0..=10_079.0,
                "0 to 10079 minutes",
            )?;
            number(
                "slot",
                at,
                "minutes",
                slot.minutes.into(),
                1.0..=1_440.0,
                "1 to 1440 minutes",
            )?;
        }
        for (at, kind) in self.kinds.iter().enumerate() {
            number("kind", at, "worth", kind.worth, 0.0..=1e9, "0 to 1e9")?;
            let most = f64::from(kind.most);
            number(
                "kind",
                at,
                "least",
                kind.least.into(),
                0.0..=most,
                "no more than its most",
            )?;
        }
        for (trainer, given) in self.trainers.iter().enumerate() {
            number("trainer", trainer, "cost", given.cost, 0.0..=1e9, "0 to 1e9")?;
            refers(trainer, "kind", &given.teaches, self.kinds.len())?;
            refers(trainer, "slot", &given.free, self.slots.len())?;
        }
        shape("rows", self.demand.len(), self.kinds.len())?;
        for (kind, row) in self.demand.iter().enumerate() {
            shape("columns", row.len(), self.slots.len())?;
            for people in row {
                number("kind", kind, "demand", *people, 0.0..=1e6, "0 to 1e6")?;
            }
        }
        Ok(())
    }
}

fn number(
    what: &'static str,
    at: usize,
    field: &'static str,
    value: f64,
    range: std::ops::RangeInclusive<f64>,
    expected: &'static str,
) -> Result<(), TimetableError> {
    match range.contains(&value) {
        true => Ok(()),
        false => Err(TimetableError::Number {
            what,
            at,
            field,
            value,
            expected,
        }),
    }
}

fn refers(trainer: usize, what: &'static str, to: &[usize], count: usize) -> Result<(), TimetableError> {
    match to.iter().find(|at| **at >= count) {
        None => Ok(()),
        Some(&at) => Err(TimetableError::Unknown {
            trainer,
            what,
            at,
            count,
        }),
    }
}

fn shape(what: &'static str, found: usize, expected: usize) -> Result<(), TimetableError> {
    if found == expected {
        return Ok(());
    }
    Err(TimetableError::Shape {
        what,
        found,
        expected,
    })
}
