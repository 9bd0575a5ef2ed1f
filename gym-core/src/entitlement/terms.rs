//! [`Terms`] say how many uses a lot grants, for what and when; [`Bucket`]s are its uses by cycle.

use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::scope::Scope;
use crate::time::{Cycle, Days};

/// How many uses a lot grants, for what and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// How many.
    pub uses: Uses,
    /// For what.
    pub scope: Scope,
    /// When.
    pub validity: Validity,
}

/// How many uses a lot grants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Uses {
    /// As many as one likes.
    Unlimited,
    /// So many, once.
    Counted(u32),
    /// So many in each cycle, by the day of the visit.
    PerCycle {
        /// How many.
        count: u32,
        /// How long a cycle is.
        cycle: Cycle,
        /// The day on which the first cycle starts.
        anchor: NaiveDate,
        /// How many of a cycle may be used in the next one; the rest of them expires.
        carry: u32,
    },
}

/// When the uses of a lot can be used. Days are civil, where the visit takes place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Validity {
    /// From a day up to, not including, another; for good if there is none.
    Days {
        /// The first day.
        from: NaiveDate,
        /// The day after the last.
        until: Option<NaiveDate>,
    },
    /// For a time from the day of the first visit that it covers, whenever that was booked.
    FirstVisit {
        /// The day on which it was sold, which the first visit cannot be before.
        sold_on: NaiveDate,
        /// The day on which it starts if nobody has come before; it waits for good if none.
        latest: Option<NaiveDate>,
        /// How long it is valid from then on.
        lasts: Cycle,
    },
}

/// Terms that cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("terms {field}: {value} is not accepted; expected {expected}")]
pub struct InvalidTerms {
    /// The field.
    pub field: &'static str,
    /// What was given.
    pub value: String,
    /// What would be accepted.
    pub expected: &'static str,
}

/// What one cycle grants.
#[derive(Debug, Clone, Copy)]
pub(super) struct Granted {
    /// How many uses.
    pub(super) count: u32,
    /// How many of them may be used after the cycle.
    pub(super) carry: u32,
    /// In how many cycles after it.
    pub(super) lasts: u32,
}

/// Lists the uses of cycles that can be used on some of the days `[first, last]`, and those lost with a cycle of which
/// others can, by cycle; `back` is in how many cycles after their own uses may be used at most.
pub(super) fn cycles(
    (cycle, anchor): (Cycle, NaiveDate),
    (first, last): (NaiveDate, NaiveDate),
    back: u32,
    granted: impl Fn(Days) -> Granted,
) -> Vec<Bucket> {
    let Some((k, _)) = cycle.containing(anchor, first.max(anchor)) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for k in k.saturating_sub(back).. {
        let Some(days) = cycle.days(anchor, k).filter(|days| days.from() <= last) else {
            break;
        };
        let Granted { count, carry, lasts } = granted(days);
        let carry = carry.min(count);
        let end = cycle.start(anchor, k.saturating_add(lasts).saturating_add(1));
        let parts = [(false, count - carry, Some(days.until())), (true, carry, end)];
        found.extend(
            parts
                .into_iter()
                .filter(|part| part.1 > 0)
                .map(|(carried, uses, until)| Bucket {
                    cycle: k,
                    carried,
                    granted: Some(uses),
                    from: days.from(),
                    until,
                }),
        );
    }
    found
}

/// The most uses of one lot, or of one cycle of it.
pub(crate) const USES_MAX: u32 = 10_000;

/// Uses of one lot that can be used on the same days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bucket {
    /// The cycle that grants them; 0 if the lot has no cycles.
    pub cycle: u32,
    /// Whether they may be used in the next cycle too.
    pub carried: bool,
    /// How many were granted; without limit if none.
    pub granted: Option<u32>,
    /// The first day.
    pub from: NaiveDate,
    /// The day after the last; for good if none.
    pub until: Option<NaiveDate>,
}

impl Validity {
    /// Returns the first day on which a use can be used.
    pub const fn from(self) -> NaiveDate {
        match self {
            Self::Days { from, .. } => from,
            Self::FirstVisit { sold_on, .. } => sold_on,
        }
    }

    /// Returns the day after the last on which a use can ever be used; none if there is no such day.
    pub fn until(self) -> Option<NaiveDate> {
        match self {
            Self::Days { until, .. } => until,
            Self::FirstVisit { latest, lasts, .. } => lasts.start(latest?, 1),
        }
    }

    /// Returns the day after the last if the first visit is on a day; none if there is no such day.
    pub fn until_from(self, first: NaiveDate) -> Option<NaiveDate> {
        match self {
            Self::Days { until, .. } => until,
            Self::FirstVisit { latest, lasts, .. } => {
                lasts.start(latest.map_or(first, |latest| latest.min(first)), 1)
            }
        }
    }

    /// Whether a day is among those on which a use can ever be used.
    pub fn may_hold(self, day: NaiveDate) -> bool {
        self.from() <= day && self.until().is_none_or(|until| day < until)
    }
}

impl Terms {
    /// Checks that the numbers and days make sense together.
    ///
    /// # Errors
    /// If there are no uses or too many, no days, or first visits of an allowance.
    pub fn check(&self) -> Result<(), InvalidTerms> {
        let wrong = |field, value: String, expected| {
            Err(InvalidTerms {
                field,
                value,
                expected,
            })
        };
        match self.uses {
            Uses::Counted(count) | Uses::PerCycle { count, .. } if !(1..=USES_MAX).contains(&count) => {
                return wrong("uses", count.to_string(), "1 to 10000");
            }
            Uses::PerCycle { count, carry, .. } if carry > count => {
                return wrong("uses.carry", carry.to_string(), "at most the uses of a cycle");
            }
            Uses::PerCycle { .. } if matches!(self.validity, Validity::FirstVisit { .. }) => {
                return wrong("validity", "first_visit".to_owned(), "days, for uses per cycle");
            }
            _ => {}
        }
        match self.validity {
            Validity::Days {
                from,
                until: Some(until),
            } if until <= from => wrong("validity.until", until.to_string(), "a day after the first"),
            Validity::FirstVisit {
                sold_on,
                latest: Some(latest),
                ..
            } if latest < sold_on => wrong(
                "validity.latest",
                latest.to_string(),
                "the day of the sale or later",
            ),
            _ => self.scope.check(),
        }
    }

    /// Returns the uses that can be used on some of the days `[first, last]`, by cycle. A cycle of which some uses may
    /// be carried is two buckets: those that are lost with it, and those that last through the next.
    pub fn buckets(&self, first: NaiveDate, last: NaiveDate) -> Vec<Bucket> {
        let (from, until) = (self.validity.from(), self.validity.until());
        let one = |granted| Bucket {
            cycle: 0,
            carried: false,
            granted,
            from,
            until,
        };
        match self.uses {
            Uses::Unlimited => vec![one(None)],
            Uses::Counted(count) => vec![one(Some(count))],
            Uses::PerCycle {
                count,
                cycle,
                anchor,
                carry,
            } => {
                let granted = Granted {
                    count,
                    carry,
                    lasts: 1,
                };
                let (within, back) = ((first.max(from), last), u32::from(carry > 0));
                let all = cycles((cycle, anchor), within, back, |_| granted);
                // What was over before the first day was never there to be carried.
                let next = |bucket: &Bucket| cycle.start(anchor, bucket.cycle.saturating_add(1));
                let all = all
                    .into_iter()
                    .filter(|it| next(it).is_none_or(|next| from < next));
                let cut = all.filter_map(|bucket| {
                    let (from, until) = (bucket.from.max(from), earliest(bucket.until, until));
                    until.is_none_or(|until| from < until).then_some(Bucket {
                        from,
                        until,
                        ..bucket
                    })
                });
                cut.collect()
            }
        }
    }

    /// Returns the days of the cycle after the one that a day is in, if there is one while the lot is valid.
    pub fn next_cycle(&self, day: NaiveDate) -> Option<Days> {
        let Uses::PerCycle { cycle, anchor, .. } = self.uses else {
            return None;
        };
        let (k, _) = cycle.containing(anchor, day.max(anchor))?;
        let days = cycle.days(anchor, k.checked_add(1)?)?;
        self.validity.may_hold(days.from()).then_some(days)
    }
}

fn earliest(one: Option<NaiveDate>, other: Option<NaiveDate>) -> Option<NaiveDate> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

impl Bucket {
    /// Whether a day is among those of the bucket.
    pub fn holds(&self, day: NaiveDate) -> bool {
        self.from <= day && self.until.is_none_or(|until| day < until)
    }
}

impl fmt::Display for Terms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.uses {
            Uses::Unlimited => f.write_str("any number of uses")?,
            Uses::Counted(1) => f.write_str("1 use")?,
            Uses::Counted(count) => write!(f, "{count} uses")?,
            Uses::PerCycle { count, cycle, .. } => write!(f, "{count} uses every {cycle}")?,
        }
        match self.validity {
            Validity::Days {
                from,
                until: Some(until),
            } => write!(f, " from {from} until before {until}"),
            Validity::Days { from, until: None } => write!(f, " from {from}"),
            Validity::FirstVisit { lasts, .. } => write!(f, ", {lasts} from the first visit"),
        }
    }
}
