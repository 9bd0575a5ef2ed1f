//! [`Unearned`]: by when what is deferred will be earned.

use chrono::{Months, NaiveDate};
use serde::{Deserialize, Serialize};

use super::Deferral;
use crate::money::{Currency, Money, MoneyError};

/// What was invoiced in advance and is not earned yet, by when it will be. Its parts sum to what the accounts
/// [`Deferred`](super::Account::Deferred) and [`Passes`](super::Account::Passes) hold of the same deferrals.
///
/// ```
/// use gym_core::billing::ledger::{Deferral, Recognised, Unearned};
/// use gym_core::billing::obligation::PaymentType;
/// use gym_core::id::{InvoiceId, InvoiceLineId, LocationId};
/// use gym_core::money::Currency;
/// use gym_core::time::Days;
///
/// let quarter = Days::new("2027-01-15".parse()?, "2027-04-15".parse()?)?;
/// let deferral = Deferral {
///     id: InvoiceLineId::new(1)?,
///     invoice: InvoiceId::new(1)?,
///     location: LocationId::new(1)?,
///     kind: PaymentType::Membership,
///     lot: None,
///     state: Recognised::new("90.00 EUR".parse()?, Some(quarter)),
/// };
/// let unearned = Unearned::of([&deferral], Currency::EUR, "2027-02-01".parse()?, 2)?;
/// assert_eq!(unearned.before, "17.00 EUR".parse()?);
/// assert_eq!(unearned.months, ["28.00 EUR".parse()?, "31.00 EUR".parse()?]);
/// assert_eq!(unearned.after, "14.00 EUR".parse()?);
/// assert_eq!(unearned.total()?, "90.00 EUR".parse()?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unearned {
    /// By the days before the first month: what has not been recognised of them yet.
    pub before: Money,
    /// By the days of each month.
    pub months: Vec<Money>,
    /// By the days after them.
    pub after: Money,
    /// By uses of passes, whenever they come, or when the passes lapse.
    pub by_use: Money,
}

impl Unearned {
    /// Adds up deferrals of one currency by months, each of which begins on the day of the month of `first`.
    ///
    /// Recognising a month's days, once those before are, earns exactly what is said of it, because the rounding is
    /// cumulative.
    ///
    /// # Errors
    /// If a sum does not fit, or an amount is in another currency.
    pub fn of<'d>(
        deferrals: impl IntoIterator<Item = &'d Deferral>,
        currency: Currency,
        first: NaiveDate,
        months: u32,
    ) -> Result<Self, MoneyError> {
        let begins = |month| first.checked_add_months(Months::new(month));
        let starts: Vec<NaiveDate> = (0..=months)
            .map(|month| begins(month).unwrap_or(NaiveDate::MAX))
            .collect();
        let nothing = Money::zero(currency);
        // Before the first, in each month, and after the last.
        let mut parts = vec![nothing; starts.len() + 1];
        let mut by_use = nothing;
        for Deferral { state, .. } in deferrals {
            if state.days.is_none() {
                by_use = by_use.checked_add(state.left()?)?;
                continue;
            }
            let mut earned = state.earned;
            for (part, until) in parts.iter_mut().zip(&starts) {
                let then = state
                    .through(*until)?
                    .map_or(state.earned, |(_, then)| then.earned);
                *part = part.checked_add(then.checked_sub(earned)?)?;
                earned = then;
            }
            if let Some(last) = parts.last_mut() {
                *last = last.checked_add(state.base.checked_sub(earned)?)?;
            }
        }
        let after = parts.pop().unwrap_or(nothing);
        let before = parts.first().copied().unwrap_or(nothing);
        Ok(Self {
            before,
            months: parts.into_iter().skip(1).collect(),
            after,
            by_use,
        })
    }

    /// Returns the sum of all parts.
    ///
    /// # Errors
    /// If it does not fit.
    pub fn total(&self) -> Result<Money, MoneyError> {
        let rest = self.months.iter().chain([&self.after, &self.by_use]);
        rest.into_iter()
            .try_fold(self.before, |sum, part| sum.checked_add(*part))
    }
}
