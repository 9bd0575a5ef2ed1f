//! A [`Discount`] lowers a price: percents first, then fixed amounts, each recorded, never below zero.
//!
//! ```
//! use gym_core::billing::discount::{Off, percent};
//! use gym_core::money::Money;
//!
//! let price: Money = "29.99 EUR".parse()?;
//! assert_eq!(percent(price, 33_333)?.to_string(), "10.00 EUR"); // 33.333 %
//! assert_eq!(Off::Fixed("50.00 EUR".parse()?).of(price)?, price);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::Objection;
use super::invoice::{Adjustment, Invoice, InvoiceState, Source};
use super::obligation::{Charged, Component, Key, Obligation, PaymentType};
use super::tax::{TaxCode, WHOLE};
use crate::id::{DiscountId, LocationId, MemberId, RedemptionId, SubscriptionId};
use crate::money::{Money, MoneyError};

/// By how much a price is lowered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Off {
    /// A share of what is left of the price, in thousandths of a percent: 10 % is 10000.
    Percent(u32),
    /// An amount, or the whole price if that is less; of a subscription it comes off the fee of each period.
    Fixed(Money),
}

impl Off {
    /// Returns what comes off a price that is not below zero.
    ///
    /// # Errors
    /// If the amount is of another currency.
    pub fn of(self, price: Money) -> Result<Money, MoneyError> {
        match self {
            Self::Percent(rate) => percent(price, rate.min(WHOLE)),
            Self::Fixed(amount) => {
                price.checked_sub(amount)?;
                Ok(if amount > price { price } else { amount })
            }
        }
    }
}

/// Returns a share of an amount, in thousandths of a percent; halves go away from zero.
///
/// # Errors
/// If it does not fit; it does for a share of at most 100 %.
pub fn percent(amount: Money, rate: u32) -> Result<Money, MoneyError> {
    amount.share(rate.into(), WHOLE.into())
}

/// What a discount is for; for everything if nothing is said.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Scope {
    /// For whom; for everybody if none.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub members: BTreeSet<MemberId>,
    /// For what; for every kind if none.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub kinds: BTreeSet<PaymentType>,
    /// For which tax codes; for all if none.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub codes: BTreeSet<TaxCode>,
}

/// The terms of a discount.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiscountTerms {
    /// One line for the invoice.
    pub name: String,
    /// By how much.
    pub off: Off,
    /// The code that a payer must have given; none is needed if there is none.
    pub code: Option<String>,
    /// What it is for.
    pub scope: Scope,
    /// The first day: what falls due from then on.
    pub from: NaiveDate,
    /// The last day; for good if none.
    pub until: Option<NaiveDate>,
    /// For how many periods of a subscription, or things of a payer; for all if none. What is charged beside the
    /// periods, as for joining, is none of them.
    pub periods: Option<u32>,
}

/// A discount at a location, or at all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Discount {
    /// The discount.
    pub id: DiscountId,
    /// Where; everywhere if none.
    pub location: Option<LocationId>,
    /// The terms.
    pub terms: DiscountTerms,
}

/// A code that a payer has given, for good.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redemption {
    /// The redemption.
    pub id: RedemptionId,
    /// Whose code.
    pub discount: DiscountId,
    /// Who gave it.
    pub member: MemberId,
    /// The civil day on which it was given.
    pub on: NaiveDate,
}

impl Discount {
    /// Whether it is in force at a location on a civil day.
    pub fn is_on(&self, location: LocationId, day: NaiveDate) -> bool {
        self.location.is_none_or(|at| at == location)
            && self.terms.from <= day
            && self.terms.until.is_none_or(|until| day <= until)
    }

    /// Whether it is for what a key charges of a subscription, if it is that. What is for a number of periods is for
    /// their prices, and a fixed amount comes off once a period.
    const fn lowers(&self, key: &Key) -> bool {
        let Key::Period { component, .. } = key else {
            return true;
        };
        match component {
            Component::Fee => true,
            Component::Additional(_) => matches!(self.terms.off, Off::Percent(_)),
            _ => matches!(self.terms.off, Off::Percent(_)) && self.terms.periods.is_none(),
        }
    }

    fn covers(&self, payer: MemberId, owed: &Obligation) -> bool {
        let scope = &self.terms.scope;
        self.lowers(&owed.key)
            && (scope.members.is_empty() || scope.members.contains(&payer))
            && (scope.kinds.is_empty() || scope.kinds.contains(&owed.charged.payment_type()))
            && (scope.codes.is_empty() || scope.codes.contains(&owed.tax))
    }
}

/// What the uses of a discount are counted by.
type Use = (DiscountId, MemberId, Option<SubscriptionId>);

/// What counts as one use: a period, whatever is charged for it, or a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Slot {
    Period(NaiveDate),
    Thing(Charged),
}

const fn use_of(discount: DiscountId, payer: MemberId, key: &Key) -> (Use, Slot) {
    match key {
        Key::Period {
            subscription, start, ..
        } => ((discount, payer, Some(*subscription)), Slot::Period(*start)),
        Key::Once(charged) => ((discount, payer, None), Slot::Thing(*charged)),
    }
}

/// The discounts of a location, who gave which code, and how often each was used.
#[derive(Debug, Clone)]
pub struct Discounts<'a> {
    location: LocationId,
    all: Vec<&'a Discount>,
    redeemed: BTreeSet<(MemberId, DiscountId)>,
    used: BTreeMap<Use, BTreeSet<Slot>>,
}

impl<'a> Discounts<'a> {
    /// Collects the discounts of a location in the order of application: percents first, each by id.
    pub fn new(
        location: LocationId,
        all: impl IntoIterator<Item = &'a Discount>,
        redeemed: impl IntoIterator<Item = &'a Redemption>,
    ) -> Self {
        let here = |it: &&Discount| it.location.is_none_or(|at| at == location);
        let mut all: Vec<_> = all.into_iter().filter(here).collect();
        all.sort_by_key(|it| (matches!(it.terms.off, Off::Fixed(_)), it.id));
        let redeemed = redeemed.into_iter().map(|it| (it.member, it.discount)).collect();
        Self {
            location,
            all,
            redeemed,
            used: BTreeMap::new(),
        }
    }

    /// Whether some are for a number of periods, so that invoices must be counted.
    pub fn are_counted(&self) -> bool {
        self.all.iter().any(|it| it.terms.periods.is_some())
    }

    /// Counts what an invoice has used, unless it is void.
    pub fn count(&mut self, invoice: &Invoice) {
        if invoice.state == InvoiceState::Void {
            return;
        }
        for line in &invoice.lines {
            for adjustment in &line.adjustments {
                if let Source::Discount(discount) = adjustment.source {
                    let (used, slot) = use_of(discount, invoice.payer, &line.obligation.key);
                    self.used.entry(used).or_default().insert(slot);
                }
            }
        }
    }

    /// Takes the discounts off a price in their order, and returns what each takes.
    ///
    /// `given` are codes that are given with the request, beside those redeemed before.
    ///
    /// # Errors
    /// If a fixed amount is of another currency.
    pub fn take(
        &mut self,
        payer: MemberId,
        owed: &Obligation,
        price: Money,
        given: &[String],
    ) -> Result<Vec<Adjustment>, Objection> {
        let mut left = price;
        let mut taken = Vec::new();
        for discount in &self.all {
            let terms = &discount.terms;
            let known = |code: &String| given.contains(code) || self.redeemed.contains(&(payer, discount.id));
            let applies = discount.is_on(self.location, owed.due_on)
                && discount.covers(payer, owed)
                && terms.code.as_ref().is_none_or(known);
            let (used, slot) = use_of(discount.id, payer, &owed.key);
            let spent = |most: u32| {
                let slots = self.used.get(&used);
                slots.is_some_and(|slots| {
                    !slots.contains(&slot) && slots.len() >= usize::try_from(most).unwrap_or(usize::MAX)
                })
            };
            if left.minor() <= 0 || !applies || terms.periods.is_some_and(spent) {
                continue;
            }
            let off = terms.off.of(left)?;
            if off.is_zero() {
                continue;
            }
            left = left.checked_sub(off)?;
            if terms.periods.is_some() {
                self.used.entry(used).or_default().insert(slot);
            }
            let source = Source::Discount(discount.id);
            taken.push(Adjustment {
                source,
                amount: off.checked_neg()?,
                text: terms.name.clone(),
            });
        }
        Ok(taken)
    }
}
