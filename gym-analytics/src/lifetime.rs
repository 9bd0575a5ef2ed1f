//! [`LifetimeValue`]: what a member is still worth, as a distribution: survival times price, discounted.
//!
//! ```
//! use gym_analytics::lifetime::{LifetimeValue, Terms};
//!
//! // 50.00 a month, 2 % leave each month, looked at for a year.
//! let survival: Vec<f64> = (1..=12).map(|month| 0.98f64.powi(month)).collect();
//! let terms = Terms { margin: 5_000.0, discount: 1.0, months: 12, level: 0.8 };
//! let value = LifetimeValue::of(&survival, terms)?;
//! assert!((value.expected - 5_000.0 * (1.0 - 0.98f64.powi(12)) / 0.02).abs() < 1e-6);
//! assert_eq!((value.low, value.high), (30_000.0, 60_000.0));
//! # Ok::<(), gym_analytics::lifetime::LifetimeError>(())
//! ```

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Why there is no value.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum LifetimeError {
    /// No month is known.
    #[error("the survival has no month, expected at least 1")]
    NoMonths,
    /// A share that is not between 0 and the month before.
    #[error("the survival of month {month} is {value}, expected a number from 0 to the month before")]
    NotFalling {
        /// Which month, from 1.
        month: usize,
        /// Its survival.
        value: f64,
    },
    /// A term that is out of its range.
    #[error("{name} is {value}, expected {expected}")]
    Term {
        /// Which term.
        name: &'static str,
        /// Its value.
        value: f64,
        /// The range in words.
        expected: &'static str,
    },
}

/// What a month is worth and how far to look.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Terms {
    /// What a member brings in each month of membership, at its start, in minor units; below zero too.
    pub margin: f64,
    /// What next month's money is worth today, above 0 and at most 1: 0.995 is about 6 % a year.
    pub discount: f64,
    /// How many months to look ahead, 1 to 600. Behind the known months the last one's rate of leaving goes on.
    pub months: u32,
    /// The share of outcomes within the bounds, above 0 and below 1.
    pub level: f64,
}

/// The value of one member's coming months, in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LifetimeValue {
    /// The mean.
    pub expected: f64,
    /// The lower bound: the value is below it with half of what the level leaves.
    pub low: f64,
    /// The upper bound.
    pub high: f64,
    /// The standard deviation over what can happen.
    pub deviation: f64,
    /// Months of membership expected within those looked at.
    pub months: f64,
}

impl LifetimeValue {
    /// Values a member whose chance to be there still after 1, 2, … months is `survival`.
    ///
    /// # Errors
    ///
    /// [`LifetimeError`].
    pub fn of(survival: &[f64], terms: Terms) -> Result<Self, LifetimeError> {
        check(survival, terms)?;
        let outcomes = outcomes(survival, terms);
        let mean =
            |of: &dyn Fn(&Outcome) -> f64| outcomes.iter().map(|one| one.chance * of(one)).sum::<f64>();
        let expected = mean(&|one| one.value);
        let deviation = mean(&|one| (one.value - expected).powi(2)).max(0.0).sqrt();
        let tail = (1.0 - terms.level) / 2.0;
        Ok(Self {
            expected,
            low: quantile(&outcomes, tail),
            high: quantile(&outcomes, 1.0 - tail),
            deviation,
            months: mean(&|one| one.months),
        })
    }

    /// Returns the value of many members together: bounds by the central limit theorem, with `z` deviations (1.28 for
    /// 80 %) and members independent of each other. The model's own error is not in it.
    pub fn total(values: &[Self], z: f64) -> Self {
        let sum = |of: &dyn Fn(&Self) -> f64| values.iter().map(of).sum::<f64>();
        let (expected, deviation) = (sum(&|one| one.expected), sum(&|one| one.deviation.powi(2)).sqrt());
        let (low, high) = (expected - z * deviation, expected + z * deviation);
        Self {
            expected,
            low,
            high,
            deviation,
            months: sum(&|one| one.months),
        }
    }
}

/// Leaving after so many months, or still being there at the end.
struct Outcome {
    chance: f64,
    months: f64,
    value: f64,
}

fn check(survival: &[f64], terms: Terms) -> Result<(), LifetimeError> {
    if survival.is_empty() {
        return Err(LifetimeError::NoMonths);
    }
    let most = |at: usize| if at == 0 { 1.0 } else { survival[at - 1] };
    if let Some(at) = (0..survival.len()).find(|&at| !(0.0..=most(at)).contains(&survival[at])) {
        return Err(LifetimeError::NotFalling {
            month: at + 1,
            value: survival[at],
        });
    }
    let ranges = [
        (
            "margin",
            terms.margin,
            terms.margin.abs() <= 1e15,
            "a finite number up to 1e15 either way",
        ),
        (
            "discount",
            terms.discount,
            terms.discount > 0.0 && terms.discount <= 1.0,
            "above 0 and at most 1",
        ),
        (
            "months",
            f64::from(terms.months),
            (1..=600).contains(&terms.months),
            "1 to 600",
        ),
        (
            "level",
            terms.level,
            terms.level > 0.0 && terms.level < 1.0,
            "above 0 and below 1",
        ),
    ];
    match ranges.into_iter().find(|(.., right, _)| !right) {
        Some((name, value, _, expected)) => Err(LifetimeError::Term {
            name,
            value,
            expected,
        }),
        None => Ok(()),
    }
}

fn outcomes(survival: &[f64], terms: Terms) -> Vec<Outcome> {
    let last = survival.len() - 1;
    let before = if last == 0 { 1.0 } else { survival[last - 1] };
    let stays = if before > 0.0 {
        survival[last] / before
    } else {
        0.0
    };
    let mut outcomes = Vec::new();
    let (mut left, mut worth, mut value) = (1.0, terms.margin, 0.0);
    for month in 0..terms.months as usize {
        value += worth;
        worth *= terms.discount;
        let next = survival.get(month).copied().unwrap_or(left * stays);
        outcomes.push(Outcome {
            chance: left - next,
            months: (month + 1) as f64,
            value,
        });
        left = next;
    }
    outcomes.push(Outcome {
        chance: left,
        months: f64::from(terms.months),
        value,
    });
    outcomes
}

/// Returns the value that is not exceeded with this chance.
fn quantile(outcomes: &[Outcome], chance: f64) -> f64 {
    let mut sorted: Vec<&Outcome> = outcomes.iter().collect();
    sorted.sort_by(|a, b| a.value.total_cmp(&b.value));
    let mut sum = 0.0;
    let at = sorted.iter().position(|one| {
        sum += one.chance;
        sum >= chance - 1e-12
    });
    sorted[at.unwrap_or(sorted.len() - 1)].value
}
