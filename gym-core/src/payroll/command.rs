//! What is wanted of the payroll, and what happened in it.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{NotYet, PayLine, PayRule, PayRun, Terms, Work, WorkKind};
use crate::event::{Ids, New, Resolve};
use crate::id::{LocationId, PayRuleId, TrainerId};
use crate::time::Days;

/// What somebody wants.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PayCommand {
    /// Sets what a trainer is paid from a day on; the rule that held until then ends there.
    SetRule {
        /// Whose.
        trainer: TrainerId,
        /// Where; everywhere if none.
        location: Option<LocationId>,
        /// For which kind of work.
        work: WorkKind,
        /// The first day of the work.
        from: NaiveDate,
        /// What it is worth.
        terms: Terms,
    },
    /// Pays what is earned and not paid yet.
    Run {
        /// For work where.
        location: LocationId,
        /// On which civil days there.
        days: Days,
    },
}

/// Work that a run does not pay, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withheld {
    /// Whose.
    pub trainer: TrainerId,
    /// Which work.
    pub work: Work,
    /// Why.
    pub why: NotYet,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
#[expect(
    missing_docs,
    reason = "the variants say what happened, their fields are documented where they are defined"
)]
pub enum PayEvent {
    RuleSet(PayRule),
    RuleEnded { rule: PayRuleId, until: NaiveDate },
    Ran(PayRun),
    Paid(PayLine),
    Withheld(Withheld),
}

impl PayEvent {
    pub(crate) const fn made(&self) -> Option<New> {
        let (kind, local) = match self {
            Self::RuleSet(new) => ("pay rule", new.id.get()),
            Self::Ran(new) => ("pay run", new.id.get()),
            Self::Paid(new) => ("pay line", new.id.get()),
            _ => return None,
        };
        Some(New { kind, local })
    }

    pub(crate) fn resolve(&mut self, ids: &Ids) {
        match self {
            Self::RuleSet(new) => new.resolve(ids),
            Self::Ran(new) => new.resolve(ids),
            Self::Paid(new) => new.resolve(ids),
            Self::RuleEnded { rule, .. } => rule.resolve(ids),
            Self::Withheld(_) => {}
        }
    }
}
