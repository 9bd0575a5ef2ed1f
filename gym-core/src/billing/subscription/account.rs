//! The [`Account`] of days: what was paid for is delivered, still to come, or given back.

use chrono::NaiveDate;

use super::change::Standing;
use super::{due_on, price};
use crate::membership::contract::Contract;
use crate::time::Days;

/// Days of a membership, as its contract counts them: those paid for are delivered, remaining or credited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Account {
    /// Days of periods that were due.
    pub paid: u64,
    /// Of these, days that are over: used, or held without anything given back.
    pub delivered: u64,
    /// Of these, days still to come.
    pub remaining: u64,
    /// Of these, days whose price was given back.
    pub credited: u64,
}

/// Returns the account of a membership at the beginning of a civil day.
pub fn account(contract: &Contract<'_>, on: NaiveDate) -> Account {
    let mut account = Account::default();
    let over = contract.timeline().counted(on);
    let within = |days: &Days| {
        Days::new(days.from(), days.until().min(over)).map_or(0, |days| u64::from(days.count()))
    };
    let all = |days: &Days| u64::from(days.count());
    for slice in contract.slices(on.max(contract.membership.start)) {
        let due_on = due_on(contract, &slice);
        if due_on > on {
            continue;
        }
        let mut standing = Standing::new(contract, &slice, due_on, price(contract, &slice));
        let paid = standing.part().as_ref().map_or(0, all);
        for change in standing.changes() {
            standing.make(&change);
        }
        let kept = standing.part();
        let credited = standing.credited();
        let back: u64 = credited.iter().map(all).sum();
        let kept_days = kept.as_ref().map_or(0, all);
        let delivered = kept
            .as_ref()
            .map_or(0, within)
            .saturating_sub(credited.iter().map(within).sum());
        account.paid += paid;
        account.credited += paid.saturating_sub(kept_days) + back;
        account.delivered += delivered;
        account.remaining += kept_days.saturating_sub(back).saturating_sub(delivered);
    }
    account
}
