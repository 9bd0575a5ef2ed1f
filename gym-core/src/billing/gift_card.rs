//! A [`GiftCard`] is money that was paid and is owed in goods: a liability, never below zero.

use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::event::{Ids, Resolve, resolve};
use crate::id::{GiftCardId, LocationId, MemberId};
use crate::money::Money;
use crate::time::Instant;

/// A text that cannot be printed on a gift card.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("gift card code: {0:?} is not accepted; expected 6 to 40 capital letters, digits and '-'")]
pub struct InvalidGiftCode(pub String);

/// What is printed on a gift card. Whoever knows it can spend it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct GiftCode(String);

impl GiftCode {
    /// Makes a code.
    ///
    /// # Errors
    /// If it is not 6 to 40 capital letters, digits and `-`.
    pub fn new(code: &str) -> Result<Self, InvalidGiftCode> {
        let fits = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '-';
        if (6..=40).contains(&code.len()) && code.chars().all(fits) {
            Ok(Self(code.to_owned()))
        } else {
            Err(InvalidGiftCode(code.chars().take(60).collect()))
        }
    }

    /// Makes the code that stands for another in a journal. Nobody can pay with it.
    pub(crate) fn of_hash(hash: &str) -> Self {
        let letters = crate::private::letters(hash).to_ascii_uppercase();
        Self(format!("HASHED-{letters}"))
    }

    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for GiftCode {
    type Error = InvalidGiftCode;

    fn try_from(code: String) -> Result<Self, InvalidGiftCode> {
        Self::new(&code)
    }
}

impl From<GiftCode> for String {
    fn from(code: GiftCode) -> Self {
        code.0
    }
}

impl fmt::Display for GiftCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A card with money on it. It bears no tax when it is sold, as it can pay for anything: what it buys does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GiftCard {
    /// The card.
    pub id: GiftCardId,
    /// What is printed on it.
    pub code: GiftCode,
    /// Where it was sold, and whose ledger owes it.
    pub location: LocationId,
    /// Who bought it.
    pub buyer: MemberId,
    /// What it was sold for.
    pub amount: Money,
    /// What is left on it, never below zero.
    pub balance: Money,
    /// When it was sold.
    pub sold_at: Instant,
    /// The first civil day on which it cannot be used any more; for good if none.
    pub expires_on: Option<NaiveDate>,
    /// How often the balance changed.
    pub turn: u32,
}

/// How who pays with a card names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Named {
    /// By what is printed on it: for everybody.
    Code(GiftCode),
    /// By its number, which is easy to guess: for staff.
    Id(GiftCardId),
}

impl GiftCard {
    /// Whether it can be used on a civil day.
    pub fn lasts(&self, on: NaiveDate) -> bool {
        self.expires_on.is_none_or(|expires| on < expires)
    }
}

resolve! {
    GiftCard: id, location, buyer;
}
