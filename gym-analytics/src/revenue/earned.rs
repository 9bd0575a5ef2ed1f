//! [`Earned`]: the months ahead by what they earn, how much of that is invoiced already, and how far off chance may put it.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::running::by_chance;
use super::{Contract, Estimate, Joins, RevenueError, bottom_up, length, number};

/// How far into a month those who join pay.
pub(super) const MIDDLE: f64 = 0.5;

/// What each month ahead earns. What is paid for days is earned by them, which is another number than what is paid.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Earned {
    /// Of what is invoiced already, and deferred.
    pub invoiced: Vec<f64>,
    /// Of what is still to be sold or renewed: contracts that run, who will join, the shop.
    pub new: Vec<f64>,
    /// What is new in these months and earned after them.
    pub after: f64,
}

impl Earned {
    /// Returns what a month earns in all.
    pub fn total(&self, month: usize) -> f64 {
        let parts = [self.invoiced.get(month), self.new.get(month)];
        parts.into_iter().flatten().sum()
    }

    /// Returns the share of all months together that is invoiced already; none where nothing is expected.
    pub fn share_invoiced(&self) -> Option<f64> {
        let invoiced: f64 = self.invoiced.iter().sum();
        let all = invoiced + self.new.iter().sum::<f64>();
        (all > 0.0).then_some(invoiced / all)
    }
}

/// Expects what each month ahead earns; `shop` says how many months.
///
/// `deferred` is what the ledger holds of days of these months:
/// [`Unearned::months`](gym_core::billing::ledger::Unearned::months) in minor units. `contracts` pay from their first
/// payment on that is not invoiced yet, or it would count twice. A payment is earned evenly over the months until the
/// next one, from the day on which it is made; those who will join pay in the middle of a month, and the shop earns at
/// once. Ledgers know no taxes in what is deferred, so prices are without them too.
///
/// ```
/// use gym_analytics::revenue::{Contract, Joins, earned};
///
/// // Half a year was invoiced in the middle of the last month; the next is due when it is over.
/// let contract = Contract { price: 240.0, every: 6, next: 6, into_month: 0.5, survival: &[0.9; 6] };
/// let nobody = Joins { each_month: &[0.0; 6], price: 0.0, survival: &[1.0; 6] };
/// let earned = earned(&[contract], &nobody, &[0.0; 6], &[40.0, 40.0, 40.0, 40.0, 40.0, 20.0])?;
/// assert!((earned.total(5) - (20.0 + 18.0)).abs() < 1e-9);
/// assert!((earned.after - 198.0).abs() < 1e-9);
/// assert!(earned.share_invoiced().is_some_and(|share| share > 0.9));
/// # Ok::<(), gym_analytics::revenue::RevenueError>(())
/// ```
///
/// # Errors
///
/// As [`bottom_up`]; [`RevenueError::Length`] where `deferred` is of another number of months, and
/// [`RevenueError::Number`] where it is no amount.
pub fn earned(
    contracts: &[Contract<'_>],
    joins: &Joins<'_>,
    shop: &[f64],
    deferred: &[f64],
) -> Result<Earned, RevenueError> {
    let parts = bottom_up(contracts, joins, shop)?;
    let months = shop.len();
    length("what is deferred", deferred.len(), months)?;
    for value in deferred {
        let is_right = value.abs() <= 1e15;
        number("what is deferred", *value, is_right, "-1e15 to 1e15")?;
    }
    let mut ahead = Ahead {
        months: shop.to_vec(),
        after: 0.0,
    };
    for contract in contracts {
        let first = contract.next as usize - 1;
        for month in (first..months).step_by(contract.every as usize) {
            let paid = contract.price * contract.survival[month];
            ahead.pay(paid, month, contract.every, contract.into_month);
        }
    }
    for (month, paid) in parts.joins.iter().enumerate() {
        ahead.pay(*paid, month, 1, MIDDLE);
    }
    Ok(Earned {
        invoiced: deferred.to_vec(),
        new: ahead.months,
        after: ahead.after,
    })
}

/// What is earned of payments, month by month.
struct Ahead {
    months: Vec<f64>,
    after: f64,
}

impl Ahead {
    /// Spreads a payment of a month over so many, of which the first is the rest of that one.
    fn pay(&mut self, amount: f64, month: usize, every: u32, into_month: f64) {
        let mut left = amount;
        for (at, earns) in self.months.iter_mut().skip(month).enumerate() {
            let now = amount * share(at, every, into_month);
            *earns += now;
            left -= now;
        }
        self.after += left;
    }
}

/// Expects what some months earn in all (0 is the first month ahead), and how far off chance alone may put it, as
/// [`together`](super::together) does of what is paid. What is deferred is sure.
///
/// # Errors
///
/// As [`earned`]; [`RevenueError::Length`] where the months are not among those ahead.
pub fn earned_together(
    contracts: &[Contract<'_>],
    joins: &Joins<'_>,
    shop: &[f64],
    deferred: &[f64],
    months: Range<usize>,
) -> Result<Estimate, RevenueError> {
    let earned = earned(contracts, joins, shop, deferred)?;
    length("the months together", months.end.min(shop.len()), months.end)?;
    let of_payment = |paid: usize, every: u32, into_month: f64| {
        let during = months.clone().filter_map(|month| month.checked_sub(paid));
        during.map(|at| share(at, every, into_month)).sum()
    };
    Ok(Estimate {
        deviation: by_chance(contracts, joins, months.end, of_payment),
        expected: months.clone().map(|month| earned.total(month)).sum(),
    })
}

/// The share of a payment that is earned so many months after the month in which it is made.
fn share(at: usize, every: u32, into_month: f64) -> f64 {
    let of_month = match at {
        0 => 1.0 - into_month,
        _ if at < every as usize => 1.0,
        _ if at == every as usize => into_month,
        _ => 0.0,
    };
    of_month / f64::from(every)
}
