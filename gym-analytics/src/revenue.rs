//! [`Takings`], [`bottom_up`], [`reconcile`] and [`earned`]: what comes in month by month, built from its parts and as a whole.
//!
//! Bottom-up, every contract pays its price as long as it is likely to last, those who will join pay from when they do,
//! and the shop goes on as it does. Top-down, the takings are a series that is continued ([`crate::forecast`]). The two
//! disagree; [`reconcile`] moves each by how sure it is, so that the parts sum to the whole (weighted least squares with
//! a diagonal covariance: Wickramasuriya, Athanasopoulos and Hyndman 2019).
//!
//! What comes in is not what is earned: [`earned`] says what the days of each month earn, and how much of that is invoiced
//! already, by what the ledger holds of it.
//!
//! Forecasts are numbers in minor units of one currency, never money: nothing is ever charged by them.
//!
//! ```
//! use gym_analytics::revenue::{Contract, Estimate, Joins, bottom_up, reconcile};
//!
//! let contract = Contract { price: 4_000.0, every: 1, next: 1, into_month: 0.0, survival: &[0.9, 0.8] };
//! let joins = Joins { each_month: &[10.0, 10.0], price: 4_000.0, survival: &[1.0, 0.9] };
//! let parts = bottom_up(&[contract], &joins, &[5_000.0, 5_000.0])?;
//! assert_eq!(parts.contracts, [3_600.0, 3_200.0]);
//! assert_eq!(parts.joins, [40_000.0, 76_000.0]);
//!
//! let sure = |expected: f64, deviation: f64| Estimate { expected, deviation };
//! let month = reconcile(&[sure(3_600.0, 100.0), sure(40_000.0, 1_000.0), sure(5_000.0, 500.0)], sure(50_000.0, 900.0))?;
//! assert!((month.parts.iter().sum::<f64>() - month.total.expected).abs() < 1e-6);
//! assert!((48_600.0..50_000.0).contains(&month.total.expected) && month.total.deviation < 900.0);
//! # Ok::<(), gym_analytics::revenue::RevenueError>(())
//! ```

mod earned;
mod running;

use chrono::{DateTime, Datelike, Months, NaiveDate};
use gym_core::history::{History, NO_ID, NO_TIME, Outcome, day_of, micros};
use gym_core::time::{Instant, civil};
use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use self::earned::{Earned, earned, earned_together};
pub use self::running::{Running, together};

/// Why there is no figure.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum RevenueError {
    /// A place that is not there.
    #[error("place {place} does not exist, there are {places}")]
    NoPlace {
        /// The position that was asked for.
        place: u32,
        /// How many there are.
        places: usize,
    },
    /// A number is out of its range.
    #[error("{name} is {value}, expected {expected}")]
    Number {
        /// Which.
        name: &'static str,
        /// Its value.
        value: f64,
        /// The range in words.
        expected: &'static str,
    },
    /// Columns are not of one length.
    #[error("{name} has {found} months, expected {expected}")]
    Length {
        /// Which.
        name: &'static str,
        /// How many it has.
        found: usize,
        /// How many it should have.
        expected: usize,
    },
}

/// A number for each of some months in a row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Takings {
    /// The first day of the first month.
    pub first: NaiveDate,
    /// Of each month.
    pub months: Vec<f64>,
}

impl Takings {
    /// Sums the payments of a place that had settled, and were not refunded, as far as that was known at an instant, in
    /// minor units by the civil month in which they were made. The month of the instant is not over, and left out.
    ///
    /// # Errors
    ///
    /// [`RevenueError::NoPlace`].
    pub fn of(history: &History, place: u32, as_of: Instant) -> Result<Self, RevenueError> {
        let (zone, until) = (zone(history, place)?, micros(as_of));
        let known = history.payments.rows().filter(|payment| {
            let at = payment.outcome_at;
            // A refund that was not known yet was a payment.
            let settled = match payment.outcome {
                Outcome::Settled => at != NO_TIME && at <= until,
                Outcome::Refunded => at == NO_TIME || at > until,
                Outcome::Open | Outcome::Failed => false,
            };
            payment.place == place && payment.recorded_at <= until && payment.made_at <= until && settled
        });
        let dated = known.filter_map(|payment| {
            let made = DateTime::from_timestamp_micros(payment.made_at)?;
            Some((civil(zone, made).date(), payment.amount as f64))
        });
        Ok(Self::sum(dated, civil(zone, as_of).date()))
    }

    /// Counts who bought their first membership of a place, by the civil month in which it starts, as far as that was
    /// known at an instant. A membership that follows another is no join. The month of the instant is left out.
    ///
    /// # Errors
    ///
    /// [`RevenueError::NoPlace`].
    pub fn joins(history: &History, place: u32, as_of: Instant) -> Result<Self, RevenueError> {
        let (zone, until) = (zone(history, place)?, micros(as_of));
        let (mut held, mut dated) = (vec![false; history.members.len()], Vec::new());
        let mut rows: Vec<_> = history.memberships.rows().collect();
        rows.sort_by_key(|row| (row.starts_on, row.recorded_at));
        for row in rows
            .into_iter()
            .filter(|row| row.place == place && row.recorded_at <= until)
        {
            let Some(before) = held.get_mut(row.member as usize) else {
                continue;
            };
            if !*before && row.follows == NO_ID {
                dated.extend(day_of(row.starts_on).map(|day| (day, 1.0)));
            }
            *before = true;
        }
        Ok(Self::sum(dated.into_iter(), civil(zone, as_of).date()))
    }

    /// Returns the first day of the month after the last.
    pub fn next(&self) -> NaiveDate {
        let months = u32::try_from(self.months.len()).unwrap_or(u32::MAX);
        self.first
            .checked_add_months(Months::new(months))
            .unwrap_or(NaiveDate::MAX)
    }

    fn sum(dated: impl Iterator<Item = (NaiveDate, f64)>, today: NaiveDate) -> Self {
        let number = |day: NaiveDate| day.year() * 12 + day.month0() as i32;
        let all: Vec<(i32, f64)> = dated.map(|(day, value)| (number(day), value)).collect();
        let last = number(today);
        let first = all
            .iter()
            .map(|(month, _)| *month)
            .min()
            .unwrap_or(last)
            .min(last);
        let mut months = vec![0.0; usize::try_from(last - first).unwrap_or_default()];
        for (month, value) in all {
            if let Some(sum) = usize::try_from(month - first)
                .ok()
                .and_then(|at| months.get_mut(at))
            {
                *sum += value;
            }
        }
        let year = first.div_euclid(12);
        let month = u32::try_from(first.rem_euclid(12)).unwrap_or_default() + 1;
        Self {
            first: NaiveDate::from_ymd_opt(year, month, 1).unwrap_or(today),
            months,
        }
    }
}

fn zone(history: &History, place: u32) -> Result<chrono_tz::Tz, RevenueError> {
    let places = history.places.len();
    let zone = history.places.zone.get(place as usize).copied();
    zone.ok_or(RevenueError::NoPlace { place, places })
}

/// A contract that runs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Contract<'a> {
    /// What it pays each time, in minor units, 0 or more.
    pub price: f64,
    /// Every how many months, at least 1.
    pub every: u32,
    /// In which month next: 1 is the first month ahead.
    pub next: u32,
    /// How far into that month it pays: 0 on its first day, and below 1. Only [`earned`] asks.
    pub into_month: f64,
    /// The probability that it still runs in each month ahead.
    pub survival: &'a [f64],
}

/// Those who will join. They pay by the month, from that in which they join.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Joins<'a> {
    /// How many are expected each month ahead.
    pub each_month: &'a [f64],
    /// What each pays a month, in minor units.
    pub price: f64,
    /// The probability that they still pay 0, 1, … months after joining.
    pub survival: &'a [f64],
}

/// Where revenue comes from, by months ahead.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Parts {
    /// Contracts that run.
    pub contracts: Vec<f64>,
    /// Those who will join.
    pub joins: Vec<f64>,
    /// The shop.
    pub shop: Vec<f64>,
}

impl Parts {
    /// Returns the sum of a month's parts.
    pub fn total(&self, month: usize) -> f64 {
        [&self.contracts, &self.joins, &self.shop]
            .iter()
            .filter_map(|part| part.get(month))
            .sum()
    }
}

/// Expects of each month ahead what its contracts, joins and shop bring; `shop` says how many months.
///
/// # Errors
///
/// [`RevenueError::Length`] where a survival or the joins are of another number of months, and [`RevenueError::Number`].
pub fn bottom_up(contracts: &[Contract<'_>], joins: &Joins<'_>, shop: &[f64]) -> Result<Parts, RevenueError> {
    let months = shop.len();
    length("joins", joins.each_month.len(), months)?;
    length("the survival of who joins", joins.survival.len(), months)?;
    let amounts = joins.each_month.iter().chain(shop).chain([&joins.price]);
    for value in amounts {
        number("an amount", *value, (0.0..=1e15).contains(value), "0 to 1e15")?;
    }
    shares(joins.survival)?;
    let mut running = vec![0.0; months];
    for contract in contracts {
        length("the survival of a contract", contract.survival.len(), months)?;
        shares(contract.survival)?;
        let (price, right) = (contract.price, (0.0..=1e15).contains(&contract.price));
        number("the price of a contract", price, right, "0 to 1e15")?;
        let (every, next) = (contract.every, contract.next);
        number(
            "the months between payments",
            every.into(),
            every > 0,
            "1 or more",
        )?;
        number("the next payment", next.into(), next > 0, "1 or more")?;
        let into = contract.into_month;
        number(
            "how far into a month a contract pays",
            into,
            (0.0..1.0).contains(&into),
            "0 to below 1",
        )?;
        for month in (next as usize - 1..months).step_by(every as usize) {
            running[month] += price * contract.survival[month];
        }
    }
    let joined = |month: usize| -> f64 {
        let paying = (0..=month).map(|then| joins.each_month[then] * joins.survival[month - then]);
        joins.price * paying.sum::<f64>()
    };
    Ok(Parts {
        contracts: running,
        joins: (0..months).map(joined).collect(),
        shop: shop.to_vec(),
    })
}

/// What is expected, and how far off that may be.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The expected value.
    pub expected: f64,
    /// The standard deviation of its error, above 0.
    pub deviation: f64,
}

/// A month whose parts sum to its total.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reconciled {
    /// What is expected of each part.
    pub parts: Vec<f64>,
    /// What is expected of all.
    pub total: Estimate,
}

/// Makes the parts of a month sum to its total: each gives way as much as it is unsure, taking their errors for
/// independent.
///
/// # Errors
///
/// [`RevenueError::Number`].
pub fn reconcile(parts: &[Estimate], total: Estimate) -> Result<Reconciled, RevenueError> {
    for estimate in parts.iter().chain([&total]) {
        let (value, deviation) = (estimate.expected, estimate.deviation);
        number("an expected value", value, value.abs() <= 1e15, "-1e15 to 1e15")?;
        let right = deviation > 0.0 && deviation <= 1e15;
        number("a deviation", deviation, right, "a number above 0 and up to 1e15")?;
    }
    let variance = |estimate: &Estimate| estimate.deviation * estimate.deviation;
    let (below, above) = (parts.iter().map(variance).sum::<f64>(), variance(&total));
    let gap = total.expected - parts.iter().map(|part| part.expected).sum::<f64>();
    let moved = |part: &Estimate| part.expected + gap * variance(part) / (below + above);
    let parts: Vec<f64> = parts.iter().map(moved).collect();
    Ok(Reconciled {
        total: Estimate {
            expected: parts.iter().sum(),
            deviation: (below * above / (below + above)).sqrt(),
        },
        parts,
    })
}

fn length(name: &'static str, found: usize, expected: usize) -> Result<(), RevenueError> {
    match found == expected {
        true => Ok(()),
        false => Err(RevenueError::Length {
            name,
            found,
            expected,
        }),
    }
}

fn shares(survival: &[f64]) -> Result<(), RevenueError> {
    survival.iter().try_for_each(|share| {
        let right = (0.0..=1.0).contains(share);
        number("a survival", *share, right, "0 to 1")
    })
}

fn number(
    name: &'static str,
    value: f64,
    is_right: bool,
    expected: &'static str,
) -> Result<(), RevenueError> {
    match is_right {
        true => Ok(()),
        false => Err(RevenueError::Number {
            name,
            value,
            expected,
        }),
    }
}
