//! A [`Subscription`] is the billing side of one membership; [`owed`] is everything that it comes to owe.
//!
//! What is owed is a pure function of the contract. What falls due on a day is computed from what was recorded before
//! that day; what is recorded later changes nothing that was due, but adds what is owed or given back by its own key.
//! So an invoice run is a set difference, and an invoice is never edited.
//!
//! Keys count days as the contract does. Dates are civil at the location.

mod account;
mod change;
mod early;

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

pub use self::account::{Account, account};
use self::change::Standing;
pub use self::early::{early_end, saved};
use super::obligation::{Charged, Component, Key, Obligation};
use crate::id::{EditId, MemberId, MembershipId, SubscriptionId};
use crate::membership::contract::{Contract, Slice};
use crate::membership::freeze::{EditKind, FreezeFee};
use crate::membership::notice::{Back, Notice};
use crate::money::{Money, MoneyError};
use crate::time::Days;

/// The billing side of exactly one membership.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// The subscription.
    pub id: SubscriptionId,
    /// The membership.
    pub membership: MembershipId,
    /// Who pays, unless a link names another from some day on.
    pub payer: MemberId,
    /// The day that billing periods are measured from; the membership's first, or the first of its calendar period.
    pub anchor: NaiveDate,
}

/// Why it cannot be said what is owed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OwedError {
    /// An amount does not fit.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// The day is out of reach.
    #[error("through: {0} is not accepted; expected a day within 110 years of the first of the membership")]
    TooFar(NaiveDate),
}

/// Returns everything that a membership owes, and is owed, that falls due up to a civil day, in the order of due days.
///
/// A day after today is a forecast from what is recorded so far: terms that are not renewed yet owe nothing.
///
/// # Errors
/// If an amount does not fit, which it does for terms that were checked; if the day is out of reach.
pub fn owed(contract: &Contract<'_>, through: NaiveDate) -> Result<Vec<Obligation>, OwedError> {
    Ok(bill(contract, through)?
        .into_iter()
        .map(|(_, owed)| owed)
        .collect())
}

/// Returns the same with who pays each: what changes a period is of who was charged for the period, whoever pays by then.
///
/// Who was charged is told by `charged`, from the key of what was invoiced; of what it does not know, it is who paid for
/// the membership on the day on which that fell due.
///
/// # Errors
/// Those of [`owed`].
pub fn owed_by(
    contract: &Contract<'_>,
    through: NaiveDate,
    charged: impl Fn(&Key) -> Option<MemberId>,
) -> Result<Vec<(MemberId, Obligation)>, OwedError> {
    let all = bill(contract, through)?.into_iter();
    let pays = |of: &Of| charged(&of.key).unwrap_or_else(|| contract.payer_on(of.due_on));
    Ok(all.map(|(of, owed)| (pays(&of), owed)).collect())
}

/// What something is owed for: itself, or what it changes.
#[derive(Debug, Clone, Copy)]
struct Of {
    key: Key,
    due_on: NaiveDate,
}

fn bill(contract: &Contract<'_>, through: NaiveDate) -> Result<Vec<(Of, Obligation)>, OwedError> {
    let start = contract.membership.start;
    if through.year() - start.year() > 110 {
        return Err(OwedError::TooFar(through));
    }
    let mut bill = Bill {
        contract,
        through,
        obligations: Vec::new(),
    };
    bill.joining();
    for (edit, day, due_on, fee) in freeze_fees(contract, through) {
        bill.add(Component::FreezeFee(edit), day, due_on, fee, None);
    }
    bill.joining_back()?;
    for slice in contract.slices(through.max(start)) {
        bill.slice(&slice)?;
    }
    bill.terminations()?;
    bill.obligations.sort_by_key(|(_, owed)| (owed.due_on, owed.key));
    Ok(bill.obligations)
}

struct Bill<'c, 'a> {
    contract: &'c Contract<'a>,
    through: NaiveDate,
    obligations: Vec<(Of, Obligation)>,
}

impl<'a> Bill<'_, 'a> {
    fn key(&self, component: Component, start: NaiveDate) -> Key {
        Key::Period {
            subscription: self.contract.subscription.id,
            component,
            start,
        }
    }

    fn add(
        &mut self,
        component: Component,
        start: NaiveDate,
        due_on: NaiveDate,
        amount: Money,
        of: Option<(&Slice<'a>, Days)>,
    ) {
        let key = self.key(component, start);
        self.change(Of { key, due_on }, component, start, due_on, amount, of);
    }

    /// Adds what changes something that is owed already.
    fn change(
        &mut self,
        changed: Of,
        component: Component,
        start: NaiveDate,
        due_on: NaiveDate,
        amount: Money,
        of: Option<(&Slice<'a>, Days)>,
    ) {
        if due_on > self.through || amount.is_zero() {
            return;
        }
        let membership = self.contract.membership;
        let plan = of.map_or(membership.plan, |(slice, _)| slice.plan.id);
        let Some(terms) = self.contract.version(plan).map(|version| &version.terms) else {
            return;
        };
        let days = of.map(|(_, days)| days);
        let owed = Obligation {
            key: self.key(component, start),
            charged: Charged::Membership(membership.id),
            plan: Some(plan),
            days,
            due_on,
            amount,
            tax: terms.tax.clone(),
            text: text(&self.contract.kind.name, component, start, days),
        };
        self.obligations.push((changed, owed));
    }

    fn joining(&mut self) {
        let membership = self.contract.membership;
        let Some(plan) = self.contract.version(membership.plan) else {
            return;
        };
        let due_on = self.contract.first_due();
        let taken_back = before(self.contract, due_on).any(|notice| notice.back == Back::All);
        if let Some(price) = plan
            .terms
            .joining
            .filter(|_| membership.follows.is_none() && !taken_back)
        {
            self.add(Component::Joining, membership.start, due_on, price, None);
        }
    }

    /// Gives back what was charged besides periods, if the contract was taken back: each to who was charged for it.
    fn joining_back(&mut self) -> Result<(), MoneyError> {
        let notices = &self.contract.notices;
        let Some(notice) = notices.iter().find(|notice| notice.back == Back::All) else {
            return Ok(());
        };
        let (by, on) = (notice.id, notice.given_on);
        let charged = self.obligations.iter().filter(|(_, owed)| owed.due_on <= on);
        let charged: Vec<(Of, Money)> = charged.map(|(of, owed)| (*of, owed.amount)).collect();
        for (of, amount) in charged {
            let Key::Period { component, start, .. } = of.key else {
                continue;
            };
            let back = match component {
                Component::FreezeFee(edit) => Component::FreezeBack(edit),
                _ => Component::JoiningBack(by),
            };
            self.change(of, back, start, on, amount.checked_neg()?, None);
        }
        Ok(())
    }

    /// Adds what ending early costs. A later notice takes the place of one before, whose fee is given back with it: what
    /// was charged last first, each to who was charged for it.
    fn terminations(&mut self) -> Result<(), MoneyError> {
        let mut notices = self.contract.notices.clone();
        notices.sort_unstable_by_key(|notice| (notice.given_on, notice.id));
        let none = Money::zero(self.contract.location.currency);
        let mut charged: Vec<(&Notice, Money)> = Vec::new();
        for notice in notices {
            let fee = notice.fee.unwrap_or(none);
            let sum = Money::sum(none.currency(), charged.iter().map(|(_, fee)| *fee))?;
            let mut more = fee.checked_sub(sum)?;
            if more.minor() > 0 {
                let component = Component::Termination(notice.id);
                self.add(component, notice.until, notice.given_on, more, None);
                charged.push((notice, more));
            }
            while more.is_negative()
                && let Some((last, fee)) = charged.pop()
            {
                let back = fee.minor().min(-more.minor());
                let back = Money::new(back, fee.currency());
                let left = fee.checked_sub(back)?;
                let key = self.key(Component::Termination(last.id), last.until);
                let due_on = last.given_on;
                let component = Component::TerminationBack(last.id);
                let (of, amount) = (Of { key, due_on }, back.checked_neg()?);
                self.change(of, component, notice.until, notice.given_on, amount, None);
                charged.extend((!left.is_zero()).then_some((last, left)));
                more = more.checked_add(back)?;
            }
        }
        Ok(())
    }

    /// Adds the price of a period, and what changed it after it was due.
    fn slice(&mut self, slice: &Slice<'a>) -> Result<(), MoneyError> {
        let contract = self.contract;
        let due_on = due_on(contract, slice);
        if due_on > self.through {
            return Ok(());
        }
        let mut standing = Standing::new(contract, slice, due_on, price(contract, slice));
        let mut value = standing.value()?;
        let days = standing.civil();
        let (start, part) = (slice.days.from(), Some((slice, days)));
        let key = self.key(Component::Fee, start);
        self.add(Component::Fee, start, due_on, value, part);
        if !contract.edits.is_empty() || !contract.notices.is_empty() || !contract.links.is_empty() {
            for change in standing.changes() {
                let component = standing.make(&change);
                let changed = standing.value()?;
                let amount = changed.checked_sub(value)?;
                self.change(Of { key, due_on }, component, start, change.day, amount, part);
                value = changed;
            }
        }
        Ok(())
    }
}

/// Returns the civil day on which a part of a period falls due.
fn due_on(contract: &Contract<'_>, slice: &Slice<'_>) -> NaiveDate {
    if slice.days.from() == contract.membership.start {
        contract.first_due()
    } else {
        slice.begins
    }
}

/// Returns what the whole period of a slice costs one person.
fn price(contract: &Contract<'_>, slice: &Slice<'_>) -> Money {
    let bought = contract
        .version(contract.membership.plan)
        .and_then(|version| version.terms.intro);
    let intro = bought.filter(|intro| contract.membership.intro && slice.number < intro.periods);
    intro.map_or(slice.plan.terms.price, |intro| intro.price)
}

/// Returns the fees of freezes up to a civil day, each with the day that it is for and that on which it falls due.
fn freeze_fees(
    contract: &Contract<'_>,
    through: NaiveDate,
) -> impl Iterator<Item = (EditId, NaiveDate, NaiveDate, Money)> {
    let plan = contract.version(contract.membership.plan);
    let mut fees = Vec::new();
    for edit in &contract.edits {
        let (fee, starts): (Money, Vec<NaiveDate>) = match (edit.kind, edit.fee) {
            (EditKind::Freeze, FreezeFee::Once(fee)) => (fee, vec![edit.from]),
            (EditKind::Freeze, FreezeFee::PerPeriod(fee)) => {
                let last = edit.until.unwrap_or(through).min(through);
                let nth = |k| plan?.terms.cycle.start(edit.from, k);
                (fee, (0..).map_while(nth).take_while(|day| *day <= last).collect())
            }
            _ => continue,
        };
        for day in starts {
            let due_on = day.max(edit.recorded_on);
            let known = edit.ends().filter(|ended| ended.recorded_on < due_on);
            let until = edit.until.into_iter().chain(known.map(|ended| ended.on)).min();
            let held = until.is_none_or(|until| day < until);
            let known = contract.timeline_known_on(due_on.pred_opt().unwrap_or(due_on));
            let noticed = before(contract, due_on).map(|notice| notice.until).min();
            let over = noticed.or_else(|| contract.terms.last().and_then(|term| term.until));
            if held && over.is_none_or(|over| known.counted(day) < over) {
                fees.push((edit.id, day, due_on, fee));
            }
        }
    }
    fees.into_iter()
}

fn text(name: &str, component: Component, start: NaiveDate, days: Option<Days>) -> String {
    let what = match component {
        Component::Fee => "",
        Component::Joining => ", joining",
        Component::Additional(_) => ", one more person",
        Component::FreezeFee(_) => ", fee for freezing",
        Component::Credit(_) => ", days not used",
        Component::Resumed(_) | Component::Returned(_) => ", days used again",
        Component::Switch(_) => ", days left to another plan",
        Component::Termination(_) => ", fee for ending early",
        Component::Exit(_) => ", days after the end",
        Component::JoiningBack(_) => ", joining given back",
        Component::FreezeBack(_) => ", fee for freezing given back",
        Component::TerminationBack(_) => ", fee for ending early given back",
    };
    match days {
        Some(days) => format!(
            "{name}{what}, {} to {}",
            days.from(),
            days.until().pred_opt().unwrap_or(days.from())
        ),
        None => format!("{name}{what}, {start}"),
    }
}

/// Returns the notices that were given before a civil day.
fn before<'a>(contract: &Contract<'a>, day: NaiveDate) -> impl Iterator<Item = &'a Notice> {
    contract
        .notices
        .clone()
        .into_iter()
        .filter(move |notice| notice.given_on < day)
}
