//! Dunning: what to do next about an invoice that is not paid, as a pure function of its [`History`] and a policy.
//!
//! It never asks for money while an answer is outstanding, and never again after a hard decline until the payer's
//! details have changed. Whether a debt closes the door is another policy's matter.
//!
//! ```
//! use gym_core::billing::dunning::{Dunning, History, Next};
//! use gym_core::billing::payment::{Decline, PaymentState};
//!
//! let day = |text: &str| text.parse().unwrap();
//! let mut history = History::new(day("2027-03-01"), "59.90 EUR".parse()?);
//! history.attempts.push((day("2027-03-01"), PaymentState::Failed(Decline::Soft)));
//! let policy = Dunning::default();
//! assert_eq!(policy.next(&history), Next::Retry { on: day("2027-03-03"), attempt: 2 });
//! history.attempts.push((day("2027-03-03"), PaymentState::Failed(Decline::Hard)));
//! assert_eq!(policy.next(&history), Next::Remind { on: day("2027-03-04"), level: 1 });
//! # Ok::<(), gym_core::money::MoneyError>(())
//! ```

use std::fmt;

use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};

use super::payment::{Decline, PaymentState};
use crate::booking::policy::InvalidPolicy;
use crate::money::Money;

/// When to try again, remind, hand over and stop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Dunning {
    /// The days from the first failed attempt to each further one, rising.
    pub retry_after_days: Vec<u32>,
    /// The days from the due day to each reminder, rising. After one that came late, the next waits as long as the two
    /// are apart.
    pub remind_after_days: Vec<u32>,
    /// The days from the due day until somebody else collects; never if none.
    pub hand_over_after_days: Option<u32>,
    /// How many attempts there are at most, the first included.
    pub most_attempts: u32,
}

impl Default for Dunning {
    /// Retries after 2, 4 and 7 days, reminders after 3, 10 and 21, and nobody else.
    fn default() -> Self {
        Self {
            retry_after_days: vec![2, 4, 7],
            remind_after_days: vec![3, 10, 21],
            hand_over_after_days: None,
            most_attempts: 20,
        }
    }
}

/// What was done so far about an invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History {
    /// The civil day by which it was to be paid.
    pub due_on: NaiveDate,
    /// What remains to be paid.
    pub balance: Money,
    /// The attempts of providers, with the civil day and where they stand, the oldest first.
    pub attempts: Vec<(NaiveDate, PaymentState)>,
    /// The steps that were taken, the oldest first.
    pub taken: Vec<(NaiveDate, Action)>,
    /// The civil day on which the payer gave other details to charge, such as a new card, after the last attempt.
    pub details_changed_on: Option<NaiveDate>,
}

impl History {
    /// Starts the history of an invoice about which nothing was done.
    pub const fn new(due_on: NaiveDate, balance: Money) -> Self {
        Self {
            due_on,
            balance,
            attempts: Vec::new(),
            taken: Vec::new(),
            details_changed_on: None,
        }
    }
}

/// A step of dunning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// The provider is to be asked again.
    Retry {
        /// The number of the attempt, from 2.
        attempt: u32,
    },
    /// The payer is to be reminded.
    Remind {
        /// The number of the reminder, from 1.
        level: u32,
    },
    /// Somebody else is to collect it.
    HandOver,
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Retry { attempt } => write!(f, "attempt {attempt}"),
            Self::Remind { level } => write!(f, "reminder {level}"),
            Self::HandOver => f.write_str("handing over"),
        }
    }
}

/// Why nothing more is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stopped {
    /// It is paid.
    Paid,
    /// It was handed over.
    HandedOver,
    /// All that the policy names was done.
    Exhausted,
}

/// What to do next, and on which civil day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Next {
    /// Wait: an attempt is under way, or nobody knows what became of it.
    Await {
        /// Where it stands.
        state: PaymentState,
    },
    /// Ask the provider again.
    Retry {
        /// From which day on.
        on: NaiveDate,
        /// The number of the attempt, from 2.
        attempt: u32,
    },
    /// Remind the payer.
    Remind {
        /// From which day on.
        on: NaiveDate,
        /// The number of the reminder, from 1.
        level: u32,
    },
    /// Let somebody else collect it.
    HandOver {
        /// From which day on.
        on: NaiveDate,
    },
    /// Nothing more.
    Stop {
        /// Why.
        why: Stopped,
    },
}

impl Next {
    /// Returns what to do on a day, if it is time for it.
    pub fn due(self, today: NaiveDate) -> Option<Action> {
        match self {
            Self::Retry { on, attempt } if on <= today => Some(Action::Retry { attempt }),
            Self::Remind { on, level } if on <= today => Some(Action::Remind { level }),
            Self::HandOver { on } if on <= today => Some(Action::HandOver),
            _ => None,
        }
    }
}

fn after(day: NaiveDate, days: u32) -> Option<NaiveDate> {
    day.checked_add_days(Days::new(u64::from(days)))
}

impl Dunning {
    /// Returns what to do next about an invoice; the earliest step, and of one day the mildest.
    pub fn next(&self, history: &History) -> Next {
        if history.balance.minor() <= 0 {
            return Next::Stop { why: Stopped::Paid };
        }
        if let Some((_, state)) = history.attempts.iter().find(|(_, state)| state.is_in_flight()) {
            return Next::Await { state: *state };
        }
        let taken = |action: Action| history.taken.iter().any(|(_, done)| *done == action);
        if taken(Action::HandOver) {
            return Next::Stop {
                why: Stopped::HandedOver,
            };
        }
        let mut level = 0;
        let remind = self.remind_after_days.iter().find_map(|days| {
            level += 1;
            let on = self.paced(history, *days)?;
            (!taken(Action::Remind { level })).then_some(Next::Remind { on, level })
        });
        let hand_over = self
            .hand_over_after_days
            .and_then(|days| self.paced(history, days))
            .map(|on| Next::HandOver { on });
        let day = |next: &Next| match next {
            Next::Retry { on, .. } | Next::Remind { on, .. } | Next::HandOver { on } => *on,
            _ => NaiveDate::MAX,
        };
        let steps = [self.retry(history), remind, hand_over];
        let first = steps.into_iter().flatten().min_by_key(day);
        first.unwrap_or(Next::Stop {
            why: Stopped::Exhausted,
        })
    }

    /// Returns the day of a step that is to be taken `days` after the due day: where the step before it came late, the
    /// payer has as long to answer that as the policy leaves between the two.
    fn paced(&self, history: &History, days: u32) -> Option<NaiveDate> {
        let planned = after(history.due_on, days)?;
        let reminded = history.taken.iter().filter_map(|(on, action)| match action {
            Action::Remind { level } => {
                let at = usize::try_from(level.checked_sub(1)?).ok()?;
                Some((*self.remind_after_days.get(at)?, *on))
            }
            _ => None,
        });
        match reminded.filter(|(before, _)| *before < days).max() {
            Some((before, on)) => Some(planned.max(after(on, days - before)?)),
            None => Some(planned),
        }
    }

    fn retry(&self, history: &History) -> Option<Next> {
        let failed = |(on, state): &(NaiveDate, PaymentState)| match state {
            PaymentState::Failed(decline) => Some((*on, *decline)),
            _ => None,
        };
        let (first, _) = history.attempts.iter().find_map(failed)?;
        let (last, decline) = history.attempts.iter().rev().find_map(failed)?;
        let made = u32::try_from(history.attempts.len()).unwrap_or(u32::MAX);
        if made >= self.most_attempts {
            return None;
        }
        let attempt = made.checked_add(1)?;
        if let Some(on) = history.details_changed_on.filter(|on| *on >= last) {
            return Some(Next::Retry { on, attempt });
        }
        if decline == Decline::Hard {
            return None;
        }
        let days = self.retry_after_days.get(history.attempts.len() - 1)?;
        let on = after(first, *days)?.max(last.succ_opt()?);
        Some(Next::Retry { on, attempt })
    }

    /// Checks that the days rise and stay within two years.
    ///
    /// # Errors
    /// The first number that makes no sense.
    pub fn check(&self) -> Result<(), InvalidPolicy> {
        let rising = |days: &[u32]| {
            days.iter().all(|days| (1..=730).contains(days)) && days.windows(2).all(|pair| pair[0] < pair[1])
        };
        let expected = "1 to 730 days, each later than the one before";
        for (field, days) in [
            ("dunning.retry_after_days", &self.retry_after_days),
            ("dunning.remind_after_days", &self.remind_after_days),
        ] {
            if !rising(days) {
                return Err(InvalidPolicy {
                    field,
                    value: format!("{days:?}"),
                    expected,
                });
            }
        }
        if let Some(days) = self.hand_over_after_days.filter(|days| !(1..=730).contains(days)) {
            let field = "dunning.hand_over_after_days";
            return Err(InvalidPolicy {
                field,
                value: days.to_string(),
                expected: "1 to 730 days",
            });
        }
        if !(1..=100).contains(&self.most_attempts) {
            let field = "dunning.most_attempts";
            return Err(InvalidPolicy {
                field,
                value: self.most_attempts.to_string(),
                expected: "1 to 100",
            });
        }
        Ok(())
    }
}
