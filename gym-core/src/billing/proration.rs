//! Proration: what a part of a period costs, so that the parts always add up to the whole.
//!
//! Rounding is cumulative: the days `[a, b)` of a period of `n` days cost `round(T·b/n) − round(T·a/n)`.
//! The sum over any partition telescopes to the price `T`, in any order. Halves round away from zero.
//!
//! ```
//! use gym_core::billing::proration::prorate;
//! use gym_core::money::Money;
//! use gym_core::time::Days;
//!
//! let day = |text: &str| text.parse().unwrap();
//! let march = Days::new(day("2027-03-01"), day("2027-04-01"))?;
//! let price: Money = "99.99 EUR".parse()?;
//! let parts = [("2027-03-01", "2027-03-11"), ("2027-03-11", "2027-03-21"), ("2027-03-21", "2027-04-01")];
//! let parts = parts.map(|(from, until)| prorate(price, march, Days::new(day(from), day(until)).unwrap()).unwrap());
//! assert_eq!(parts.map(|part| part.minor()), [3225, 3226, 3548]); // 9999 again
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use chrono::NaiveDate;

use crate::money::{Money, MoneyError};
use crate::time::Days;

/// Returns what the days of `part` that lie in `period` cost if the whole period costs `price`.
///
/// # Errors
/// If the amount does not fit; it cannot for a part of a price that does.
pub fn prorate(price: Money, period: Days, part: Days) -> Result<Money, MoneyError> {
    let Some(part) = period.intersection(&part) else {
        return Ok(Money::zero(price.currency()));
    };
    until(price, period, part.until())?.checked_sub(until(price, period, part.from())?)
}

/// Returns the price of the days of a period before `day`, rounded once.
fn until(price: Money, period: Days, day: NaiveDate) -> Result<Money, MoneyError> {
    let days = i128::from((day - period.from()).num_days());
    let all = i128::from(period.count());
    price.share(days, all)
}
