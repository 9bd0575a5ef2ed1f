//! A [`Schedule`]: a deposit and instalments that make up an invoice, and what falls due when one is missed.
//!
//! ```
//! use gym_core::billing::instalment::{Plan, Remainder};
//! use gym_core::time::Cycle;
//!
//! let plan = Plan { deposit: None, count: 3, every: Cycle::MONTH, remainder: Remainder::First, grace: Some(14) };
//! let schedule = plan.schedule("100.00 EUR".parse()?, "2027-01-31".parse()?)?;
//! let parts: Vec<String> = schedule.parts().iter().map(|it| format!("{} {}", it.due_on, it.amount)).collect();
//! assert_eq!(parts, ["2027-01-31 33.34 EUR", "2027-02-28 33.33 EUR", "2027-03-31 33.33 EUR"]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};

use super::Objection;
use crate::money::{Currency, Money, MoneyError};
use crate::time::Cycle;

/// Which instalment takes the minor units that do not divide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Remainder {
    /// The first.
    First,
    /// The last.
    Last,
}

/// How something is paid in parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Plan {
    /// What is paid at once, before the instalments; nothing if none.
    pub deposit: Option<Money>,
    /// How many instalments there are, 1 to 120.
    pub count: u32,
    /// How far they are apart; with a deposit, the first instalment is due one cycle after it.
    pub every: Cycle,
    /// Who takes the remainder.
    pub remainder: Remainder,
    /// After how many days of delay everything that is left falls due; never if none.
    pub grace: Option<u32>,
}

/// One part of a schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Instalment {
    /// The civil day by which it is to be paid.
    pub due_on: NaiveDate,
    /// How much.
    pub amount: Money,
}

/// The parts in which an invoice is paid: at least one, by day, each above zero.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Parts", into = "Parts")]
pub struct Schedule {
    parts: Vec<Instalment>,
    grace: Option<u32>,
}

#[derive(Serialize, Deserialize)]
struct Parts {
    parts: Vec<Instalment>,
    grace: Option<u32>,
}

impl TryFrom<Parts> for Schedule {
    type Error = Objection;

    fn try_from(parts: Parts) -> Result<Self, Objection> {
        Self::new(parts.parts, parts.grace)
    }
}

impl From<Schedule> for Parts {
    fn from(schedule: Schedule) -> Self {
        Self {
            parts: schedule.parts,
            grace: schedule.grace,
        }
    }
}

impl Plan {
    /// Splits a total into parts, the first due on a day; the parts make up the total exactly.
    ///
    /// # Errors
    /// [`Objection::Amount`] if the total or the deposit is not above zero, the deposit is not below the total, there
    /// are not 1 to 120 instalments, or so many that one would be nothing.
    pub fn schedule(&self, total: Money, first: NaiveDate) -> Result<Schedule, Objection> {
        let wrong = |field: &str, amount, expected: &str| Objection::Amount {
            field: field.to_owned(),
            amount,
            expected: expected.to_owned(),
        };
        let deposit = self.deposit.unwrap_or_else(|| Money::zero(total.currency()));
        let rest = total.checked_sub(deposit)?;
        if self
            .deposit
            .is_some_and(|it| it.minor() <= 0 || rest.minor() <= 0)
        {
            return Err(wrong(
                "deposit",
                deposit,
                "an amount above zero and below the total",
            ));
        }
        if !(1..=120).contains(&self.count) || rest.minor() < i64::from(self.count) {
            return Err(wrong(
                "instalments",
                rest,
                "an amount for 1 to 120 parts, each above zero",
            ));
        }
        let count = i64::from(self.count);
        let (each, left) = (rest.minor() / count, rest.minor() % count);
        let mut parts = Vec::new();
        parts.extend(self.deposit.map(|amount| Instalment {
            due_on: first,
            amount,
        }));
        let ahead = u32::from(self.deposit.is_some());
        for n in 0..self.count {
            let takes = match self.remainder {
                Remainder::First => n == 0,
                Remainder::Last => n + 1 == self.count,
            };
            let amount = Money::new(each + if takes { left } else { 0 }, total.currency());
            let late = || wrong("instalments", total, "days within the calendar");
            parts.push(Instalment {
                due_on: self.every.start(first, n + ahead).ok_or_else(late)?,
                amount,
            });
        }
        Schedule::new(parts, self.grace)
    }
}

/// What of a schedule is due on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// What should have been paid by the end of the day, and is not.
    pub now: Money,
    /// The day of the oldest part of that; none if nothing is due.
    pub since: Option<NaiveDate>,
    /// The next part that is not due yet, less what is paid of it.
    pub next: Option<Instalment>,
    /// Whether a part was so late that everything fell due.
    pub accelerated: bool,
}

impl Due {
    /// Nothing is due, and nothing will be.
    pub const fn nothing(currency: Currency) -> Self {
        Self {
            now: Money::zero(currency),
            since: None,
            next: None,
            accelerated: false,
        }
    }

    /// Returns what is to be asked for: what is due, or else the next part, with its day.
    pub fn asked(&self) -> Option<Instalment> {
        let now = self.since.map(|due_on| Instalment {
            due_on,
            amount: self.now,
        });
        now.or(self.next)
    }
}

impl Schedule {
    /// Makes a schedule.
    ///
    /// # Errors
    /// [`Objection::Amount`] if a part is not above zero or days go back.
    pub fn new(parts: Vec<Instalment>, grace: Option<u32>) -> Result<Self, Objection> {
        let ordered = parts.windows(2).all(|pair| pair[0].due_on <= pair[1].due_on);
        let wrong = parts.iter().find(|it| it.amount.minor() <= 0 || !ordered);
        if let Some(part) = wrong {
            return Err(Objection::Amount {
                field: "instalment".to_owned(),
                amount: part.amount,
                expected: "amounts above zero, by day".to_owned(),
            });
        }
        Ok(Self { parts, grace })
    }

    /// Returns the parts, by day.
    pub fn parts(&self) -> &[Instalment] {
        &self.parts
    }

    /// Returns after how many days of delay everything that is left falls due.
    pub const fn grace(&self) -> Option<u32> {
        self.grace
    }

    /// Returns the sum of the parts.
    ///
    /// # Errors
    /// If there are none, or they are of different currencies, or do not fit.
    pub fn total(&self) -> Result<Money, MoneyError> {
        let Some(first) = self.parts.first() else {
            return Err(MoneyError::Malformed(String::new()));
        };
        Money::sum(first.amount.currency(), self.parts.iter().map(|it| it.amount))
    }

    /// Says what is due on a day if so much is paid or credited, which fills the parts in their order.
    ///
    /// # Errors
    /// If the sums do not fit.
    pub fn due(&self, paid: Money, on: NaiveDate) -> Result<Due, MoneyError> {
        let total = self.total()?;
        let late = |part: &Instalment| {
            let last = self
                .grace
                .and_then(|days| part.due_on.checked_add_days(Days::new(u64::from(days))));
            last.is_some_and(|last| last < on)
        };
        let (mut sum, mut fallen) = (Money::zero(total.currency()), Money::zero(total.currency()));
        let (mut since, mut next, mut accelerated) = (None, None, false);
        for part in &self.parts {
            sum = sum.checked_add(part.amount)?;
            let open = sum.checked_sub(paid)?;
            if open.minor() <= 0 {
                fallen = sum;
            } else if part.due_on <= on {
                fallen = sum;
                since = since.or(Some(part.due_on));
                accelerated |= late(part);
            } else if next.is_none() {
                let amount = if open < part.amount { open } else { part.amount };
                next = Some(Instalment { amount, ..*part });
            }
        }
        if accelerated {
            return Ok(Due {
                now: total.checked_sub(paid)?,
                since,
                next: None,
                accelerated,
            });
        }
        let now = fallen.checked_sub(paid)?;
        let now = if now.is_negative() {
            Money::zero(now.currency())
        } else {
            now
        };
        Ok(Due {
            now,
            since,
            next,
            accelerated,
        })
    }
}
