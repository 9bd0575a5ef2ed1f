//! [`Running`]: the contracts of a place that pay, and [`together`]: what some months bring in all, and how far off chance
//! alone may put that.

use std::ops::Range;

use chrono::{Datelike, Months, NaiveDate};
use gym_core::history::{Ending, History, NO_DAY, day_number, day_of, micros};
use gym_core::time::{Instant, civil};

use super::earned::MIDDLE;
use super::{Contract, Estimate, Joins, RevenueError, bottom_up, zone};

/// A contract that runs at an instant.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Running {
    /// Whose: a position in the history.
    pub member: u32,
    /// What it pays each time by the plan that was bought, in minor units.
    pub price: f64,
    /// Every how many months.
    pub every: u32,
    /// The first day on which it pays, from the first of the month of the instant on.
    pub next: NaiveDate,
    /// The first day after its end, if that is known.
    pub ends_on: Option<NaiveDate>,
}

impl Running {
    /// Reads the contracts of a place that run, or begin later, by what was recorded until an instant.
    ///
    /// # Errors
    ///
    /// [`RevenueError::NoPlace`].
    pub fn of(history: &History, place: u32, as_of: Instant) -> Result<Vec<Self>, RevenueError> {
        let until = micros(as_of);
        let today = civil(zone(history, place)?, as_of).date();
        let known = history.memberships.rows().filter(|row| {
            let is_over = row.ending != Ending::Running
                && row.end_recorded_at <= until
                && row.ends_on <= day_number(today);
            row.place == place && row.recorded_at <= until && !is_over
        });
        let running = known.filter_map(|row| {
            let plan = row.plan as usize;
            let every = history.plans.cycle_months.get(plan).copied()?.max(1);
            let is_known = row.ending != Ending::Running && row.end_recorded_at <= until;
            Some(Self {
                member: row.member,
                price: history.plans.price.get(plan).copied()? as f64,
                every,
                next: due(day_of(row.starts_on)?, every, today.with_day(1)?)?,
                ends_on: day_of(if is_known { row.ends_on } else { NO_DAY }),
            })
        });
        Ok(running.collect())
    }

    /// Returns the day on which it pays in the month that is so many after that of its next payment.
    pub fn pays_on(&self, months: u32) -> Option<NaiveDate> {
        self.next.checked_add_months(Months::new(months))
    }
}

/// The first day from one on that is a multiple of some months after the start.
fn due(start: NaiveDate, every: u32, from: NaiveDate) -> Option<NaiveDate> {
    let number = |day: NaiveDate| i64::from(day.year()) * 12 + i64::from(day.month0());
    let passed = u32::try_from(number(from) - number(start)).unwrap_or(0);
    let periods = passed.div_ceil(every);
    start.checked_add_months(Months::new(periods.checked_mul(every)?))
}

/// Expects what some months bring in all (0 is the first month ahead), and how far off chance alone may put it: whether each
/// contract lasts, how many join (a Poisson number each month) and how long they stay. That the survivals themselves are
/// wrong is not in it.
///
/// # Errors
///
/// As [`bottom_up`]; [`RevenueError::Length`] where the months are not among those ahead.
pub fn together(
    contracts: &[Contract<'_>],
    joins: &Joins<'_>,
    shop: &[f64],
    months: Range<usize>,
) -> Result<Estimate, RevenueError> {
    let parts = bottom_up(contracts, joins, shop)?;
    super::length("the months together", months.end.min(shop.len()), months.end)?;
    let within = |paid: usize, _: u32, _: f64| f64::from(u8::from(months.contains(&paid)));
    Ok(Estimate {
        deviation: by_chance(contracts, joins, months.end, within),
        expected: months.map(|month| parts.total(month)).sum(),
    })
}

/// The standard deviation of what payments before a month make together, of each of which `counts` says how much of it
/// does: by its month, every how many months such a payment is made, and how far into its month.
pub(super) fn by_chance(
    contracts: &[Contract<'_>],
    joins: &Joins<'_>,
    until: usize,
    counts: impl Fn(usize, u32, f64) -> f64,
) -> f64 {
    let mut variance = 0.0;
    for contract in contracts {
        let first = contract.next as usize - 1;
        let paid = (first..until).step_by(contract.every as usize);
        let (mean, square) = moments(paid.map(|month| {
            let counts = counts(month, contract.every, contract.into_month);
            (counts, contract.survival[month])
        }));
        variance += contract.price.powi(2) * (square - mean * mean).max(0.0);
    }
    for (joined, expected) in joins.each_month.iter().enumerate().take(until) {
        let paid = (joined..until).map(|month| (counts(month, 1, MIDDLE), joins.survival[month - joined]));
        // Of a Poisson number of independent sums the variance is the number times the mean square.
        variance += expected * joins.price.powi(2) * moments(paid).1;
    }
    variance.sqrt()
}

/// The mean and the mean square of what payments make together, each by how much it counts and the falling probability that
/// it is made.
fn moments(paid: impl Iterator<Item = (f64, f64)>) -> (f64, f64) {
    let (mut mean, mut square, mut before) = (0.0, 0.0, 0.0);
    for (counts, share) in paid {
        mean += share * counts;
        // Whoever makes this one has made all before it.
        square += share * counts * (counts + 2.0 * before);
        before += counts;
    }
    (mean, square)
}
