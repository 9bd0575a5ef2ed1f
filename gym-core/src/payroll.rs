//! Payroll: what trainers earn and why. A [`PayRule`] says what work is worth, [`Terms::pay`] applies it to what was
//! [`Delivered`], and a run pays what is earned and not paid yet, with one line of explanation for each amount.

mod command;
mod objection;
mod terms;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

pub use command::{PayCommand, PayEvent, Withheld};
pub use objection::{NotYet, Objection};
pub use terms::{Assistant, Band, Basis, Delivered, Terms};

use crate::event::{Ids, Resolve, resolve};
use crate::id::{ClassId, LocationId, PayLineId, PayRuleId, PayRunId, SessionId, TrainerId};
use crate::money::Money;
use crate::time::{Days, Instant};

/// Something that a trainer did: exactly one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is the id of what was done")]
pub enum Work {
    Class(ClassId),
    Session(SessionId),
}

/// A kind of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the words say it")]
pub enum WorkKind {
    Class,
    Session,
}

impl WorkKind {
    /// All kinds.
    pub const ALL: [Self; 2] = [Self::Class, Self::Session];

    /// Returns the name in JSON and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Class => "class",
            Self::Session => "session",
        }
    }
}

impl Work {
    /// Returns its kind.
    pub const fn kind(self) -> WorkKind {
        match self {
            Self::Class(_) => WorkKind::Class,
            Self::Session(_) => WorkKind::Session,
        }
    }
}

/// What a trainer is paid for a kind of work, from a day on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayRule {
    /// The rule.
    pub id: PayRuleId,
    /// Whose.
    pub trainer: TrainerId,
    /// Where; everywhere if none. A rule for the place goes before one for all.
    pub location: Option<LocationId>,
    /// For which kind of work.
    pub work: WorkKind,
    /// The days of the work, at its location, that it is for: from the first day on.
    pub from: NaiveDate,
    /// The first day that it is not for any more; for good if none.
    pub until: Option<NaiveDate>,
    /// What the work is worth.
    pub terms: Terms,
}

impl PayRule {
    /// Whether it is for work at a location on a civil day there.
    pub fn covers(&self, work: WorkKind, location: LocationId, on: NaiveDate) -> bool {
        self.work == work
            && self.location.is_none_or(|at| at == location)
            && self.from <= on
            && self.until.is_none_or(|until| on < until)
    }
}

/// A run of the payroll.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayRun {
    /// The run.
    pub id: PayRunId,
    /// For work where.
    pub location: LocationId,
    /// For work on which civil days there.
    pub days: Days,
    /// When it was made.
    pub at: Instant,
    /// What it pays in all.
    pub total: Money,
}

/// One amount that a trainer is paid, and why. A trainer is paid once for a piece of work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayLine {
    /// The line.
    pub id: PayLineId,
    /// The run that pays it.
    pub run: PayRunId,
    /// Who is paid.
    pub trainer: TrainerId,
    /// For what.
    pub work: Work,
    /// By which rule.
    pub rule: PayRuleId,
    /// How much.
    pub amount: Money,
    /// Why, in one line.
    pub text: String,
}

resolve! {
    PayRule: id, trainer, location option;
    PayRun: id, location;
    PayLine: id, run, trainer, work, rule;
}

impl Resolve for Work {
    fn resolve(&mut self, ids: &Ids) {
        match self {
            Self::Class(id) => id.resolve(ids),
            Self::Session(id) => id.resolve(ids),
        }
    }
}
