//! [`Pricing`] proposes changes of prices; the core adds them up, checks them, and drops what it must not take.
//!
//! A [`Request`] is plain data that holds all that an answer may depend on, so that whoever answers outside a
//! transaction can key the answer by it: [`Answers`] keeps what was answered until it expires.
//!
//! ```
//! use gym_core::billing::pricing::{Answer, Change, Item, Operation, Pricing, Request};
//!
//! struct Tuesday;
//! impl Pricing for Tuesday {
//!     fn name(&self) -> &str {
//!         "tuesday"
//!     }
//!     fn propose(&self, request: &Request) -> Answer {
//!         let text = "Cheap Tuesday".to_owned();
//!         let lower = |(item, _): (usize, &Item)| Operation { item, change: Change::Percent(-20_000), text: text.clone() };
//!         Answer::of(request.items.iter().enumerate().map(lower).collect())
//!     }
//! }
//! ```

mod answer;
mod detail;
mod rule;

use std::collections::BTreeSet;

use chrono::{NaiveDate, NaiveDateTime};
use serde::{Deserialize, Serialize};

pub use self::answer::{Answer, Answered, Answers, Given, OnFailure, Priced, Standing};
pub use self::detail::{Detail, InvalidDetail, Known, Payer};
pub use self::rule::Rule;
use super::discount::percent;
use super::obligation::Key;
use super::tax::TaxCode;
use crate::fact::Facts;
use crate::id::{LocationId, MemberId};
use crate::money::{Currency, Money, MoneyError};
use crate::time::Days;

/// What is to be priced: everything that a proposal may depend on, and nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Request {
    /// Where it is supplied.
    pub location: LocationId,
    /// The location's currency.
    pub currency: Currency,
    /// The civil day at the location on which it is asked.
    pub on: NaiveDate,
    /// Who pays.
    pub payer: MemberId,
    /// What the payer has shown, such as `student`, and counts on the day.
    pub concessions: BTreeSet<String>,
    /// The things, in the order of the lines.
    pub items: Vec<Item>,
    /// What else is known of the payer, as far as a pricing wants it: see [`Detail`].
    #[serde(default, skip_serializing_if = "Facts::is_empty")]
    pub payer_facts: Facts,
    /// What else is known: `code.1`, `code.2` and so on are the codes that were given, in their order as texts.
    #[serde(default, skip_serializing_if = "Facts::is_empty")]
    pub facts: Facts,
}

/// One thing to be priced.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Item {
    /// What it is for.
    pub key: Key,
    /// What kind of thing it is, for tax.
    pub tax: TaxCode,
    /// The civil days that it pays for, if it does.
    pub days: Option<Days>,
    /// The class or session, if it is one.
    pub occasion: Option<Occasion>,
    /// The list price.
    pub list: Money,
    /// What else is known of it, as far as a pricing wants it: see [`Detail`].
    #[serde(default, skip_serializing_if = "Facts::is_empty")]
    pub facts: Facts,
}

/// When something takes place, and how full it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Occasion {
    /// The civil start at the location.
    pub starts: NaiveDateTime,
    /// How many places there are.
    pub places: u32,
    /// How many are taken.
    pub taken: u32,
}

/// A change of the price of one item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operation {
    /// Which item, from 0.
    pub item: usize,
    /// How its price changes.
    pub change: Change,
    /// One line for the invoice.
    pub text: String,
}

/// How a price changes: an operation, never a total.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// By a share of the list price, in thousandths of a percent; negative lowers it.
    Percent(i32),
    /// By an amount; negative lowers it.
    Amount(Money),
    /// To a price, in the place of the list price. One answer sets the price of a thing once, and proposes no share of
    /// the list price beside; of several answers that set it the first counts.
    Price(Money),
}

impl Change {
    /// Returns by how much it changes a list price; shares are rounded once, halves away from zero.
    ///
    /// # Errors
    /// If the currencies differ, or the amount does not fit.
    pub fn step(self, list: Money) -> Result<Money, MoneyError> {
        match self {
            Self::Amount(amount) if amount.currency() == list.currency() => Ok(amount),
            Self::Amount(amount) => list.checked_add(amount),
            Self::Price(price) => price.checked_sub(list),
            Self::Percent(share) => {
                let size = percent(list, share.unsigned_abs())?;
                if share < 0 { size.checked_neg() } else { Ok(size) }
            }
        }
    }
}

/// Something that proposes changes of prices. What it says depends on the request alone, and it is never asked while
/// a lock is held.
pub trait Pricing: Send + Sync {
    /// Its name, on the invoice and in the records.
    fn name(&self) -> &str;

    /// Says what becomes of a quote that it has no usable answer for.
    fn on_failure(&self) -> OnFailure {
        OnFailure::ListPrice
    }

    /// Says what it wants to be told beside what every request has. What no pricing wants is in no request.
    fn wants(&self) -> BTreeSet<Detail> {
        BTreeSet::new()
    }

    /// Proposes changes; none leaves the list prices.
    fn propose(&self, request: &Request) -> Answer;

    /// Proposes changes for many requests, an answer for each in their order; a missing one is a failure.
    fn propose_all(&self, requests: &[Request]) -> Vec<Answer> {
        requests.iter().map(|request| self.propose(request)).collect()
    }
}

/// A proposal that was not taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dropped {
    /// Who proposed.
    pub source: String,
    /// Why it was not taken.
    pub why: Unfit,
}

/// Why a proposal was not taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the sentences name the fields")]
pub enum Unfit {
    /// There was no answer.
    #[error("no answer: {why}")]
    Failed { why: String },
    /// It names an item that is not there.
    #[error("item {item}: there are {items} items; expected a smaller number")]
    NoItem { item: usize, items: usize },
    /// It is in another currency.
    #[error("item {item}: {amount} is not accepted; expected {expected}")]
    Currency {
        item: usize,
        amount: Money,
        expected: Currency,
    },
    /// The price would be below the floor.
    #[error("item {item}: {price} is not accepted; expected at least {floor}")]
    Floor { item: usize, price: Money, floor: Money },
    /// The price would be above the ceiling.
    #[error("item {item}: {price} is not accepted; expected at most {ceiling}")]
    Ceiling {
        item: usize,
        price: Money,
        ceiling: Money,
    },
    /// The price does not fit 64 bits of minor units.
    #[error("item {item}: the price is out of range; expected an amount that fits 64 bits of minor units")]
    Overflow { item: usize },
    /// Its text is not 1 to 200 characters on one line.
    #[error("item {item}: the text is not accepted; expected 1 to 200 characters on one line")]
    Text { item: usize },
    /// It sets a price twice, or beside a share of the price that it replaces.
    #[error(
        "item {item}: its price is set, and changed by a share or set again; expected it to be set once, and no share"
    )]
    Set { item: usize },
    /// Another pricing has set the price before.
    #[error("item {item}: its price was set by {by}")]
    SetBefore { item: usize, by: String },
    /// Another proposal was better for the payer.
    #[error("{better} was better")]
    Stacked { better: String },
}
