//! What ending before a commitment costs.

use chrono::NaiveDate;

use crate::billing::discount::percent;
use crate::billing::proration::prorate;
use crate::membership::contract::Contract;
use crate::membership::plan::EarlyEnd;
use crate::money::{Money, MoneyError};
use crate::time::Days;

/// Returns what the discount for a commitment has saved on the days before `until`, as the contract counts them.
///
/// # Errors
/// If the amount does not fit.
pub fn saved(contract: &Contract<'_>, rule: &EarlyEnd, until: NaiveDate) -> Result<Money, MoneyError> {
    let through = contract.timeline().actual(until).unwrap_or(until);
    let mut saved = Money::zero(rule.undiscounted.currency());
    for slice in contract.slices(through) {
        if let Ok(served) = Days::new(slice.days.from(), slice.days.until().min(until)) {
            let full = prorate(rule.undiscounted, slice.period, served)?;
            let paid = prorate(slice.plan.terms.price, slice.period, served)?;
            saved = saved.checked_add(full.checked_sub(paid)?)?;
        }
    }
    Ok(if saved.is_negative() {
        Money::zero(saved.currency())
    } else {
        saved
    })
}

/// Returns what ending before a commitment costs: the difference to the undiscounted price for the days served, with
/// what was saved `before` in contracts whose place this one took, at most the plan's limit, and at most a share (in
/// thousandths of a percent) of the price of the days up to `bound`, to which the commitment is outstanding.
///
/// # Errors
/// If the amount does not fit.
pub fn early_end(
    contract: &Contract<'_>,
    rule: &EarlyEnd,
    before: Money,
    until: NaiveDate,
    bound: NaiveDate,
    share: Option<u32>,
) -> Result<Money, MoneyError> {
    let fee = saved(contract, rule, until)?.checked_add(before)?;
    let through = contract.timeline().actual(bound).unwrap_or(bound);
    let mut rest = Money::zero(fee.currency());
    for slice in contract.slices(through) {
        if let Ok(left) = Days::new(slice.days.from().max(until), slice.days.until().min(bound)) {
            rest = rest.checked_add(prorate(slice.plan.terms.price, slice.period, left)?)?;
        }
    }
    let lawful = share.map(|share| percent(rest, share)).transpose()?;
    let least = [rule.at_most, lawful]
        .into_iter()
        .flatten()
        .map(Money::minor)
        .min();
    let minor = fee.minor().max(0).min(least.unwrap_or(i64::MAX));
    Ok(Money::new(minor, fee.currency()))
}
