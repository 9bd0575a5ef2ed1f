//! [`LastDay`]: until when a lot can be used, which for a pass that starts with its first visit follows from the visits.

use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::terms::Validity;
use super::{Holdings, Lot, Run, Use, UseState};
use crate::id::LotId;
use crate::time::Cycle;

/// The last civil day on which a lot can be used, or why there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LastDay {
    /// It is this day.
    On(NaiveDate),
    /// It follows from a visit that is booked: it changes when that is cancelled, and when an earlier one is booked.
    Booked {
        /// The day.
        on: NaiveDate,
        /// The day of the visit.
        visit: NaiveDate,
    },
    /// It starts with the first visit that it covers, and none is booked.
    FirstVisit {
        /// How long it is valid from then on.
        lasts: Cycle,
        /// The last day if nobody comes before it starts by itself; none if it waits for good.
        latest: Option<NaiveDate>,
    },
    /// It has none: a pass for good, or a membership that runs until notice or is frozen without an end.
    Open,
    /// It was taken back.
    Withdrawn,
}

impl LastDay {
    /// Returns the day, if it is known by now.
    pub const fn day(self) -> Option<NaiveDate> {
        match self {
            Self::On(on) | Self::Booked { on, .. } => Some(on),
            Self::FirstVisit { .. } | Self::Open | Self::Withdrawn => None,
        }
    }
}

impl fmt::Display for LastDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::On(on) => write!(f, "the last day is {on}"),
            Self::Booked { on, visit } => write!(f, "the last day is {on}, by the visit on {visit}"),
            Self::FirstVisit { lasts, latest: None } => write!(f, "{lasts} from the first visit"),
            Self::FirstVisit {
                lasts,
                latest: Some(latest),
            } => {
                write!(f, "{lasts} from the first visit, and {latest} at the latest")
            }
            Self::Open => f.write_str("there is no last day"),
            Self::Withdrawn => f.write_str("it was taken back"),
        }
    }
}

impl Lot {
    /// Says until when it can be used, from its own uses and, if a membership grants it, the run of that.
    pub fn last_day<'u>(&self, uses: impl IntoIterator<Item = &'u Use>, run: Option<&Run>) -> LastDay {
        if self.withdrawn {
            return LastDay::Withdrawn;
        }
        let before = |until: Option<NaiveDate>| until.and_then(|until| until.pred_opt());
        let Validity::FirstVisit { lasts, .. } = self.terms.validity else {
            let ends = [run.and_then(Run::until), self.terms.validity.until()];
            return before(ends.into_iter().flatten().min()).map_or(LastDay::Open, LastDay::On);
        };
        let own = uses
            .into_iter()
            .filter(|it| it.lot == self.id && it.state.is_live());
        let Some(first) = own.min_by_key(|it| (it.on, it.state != UseState::Consumed)) else {
            let latest = before(self.terms.validity.until());
            return LastDay::FirstVisit { lasts, latest };
        };
        let visit = first.on;
        match before(self.terms.validity.until_from(visit)) {
            Some(on) if first.state == UseState::Consumed => LastDay::On(on),
            Some(on) => LastDay::Booked { on, visit },
            None => LastDay::Open,
        }
    }
}

impl Holdings<'_> {
    /// Says until when one of the lots can be used; none if it is not among them.
    pub fn last_day(&self, lot: LotId) -> Option<LastDay> {
        let found = self.lots.iter().find(|it| it.id == lot)?;
        Some(found.last_day(self.uses.iter().copied(), self.runs.get(&lot)))
    }
}
