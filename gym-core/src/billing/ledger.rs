//! The ledger: an [`Entry`] moves amounts between accounts of a location, is never changed, and cannot be unbalanced,
//! because each of its [`Move`]s debits one account and credits another with the same amount.
//!
//! ```
//! use gym_core::billing::ledger::{Account, Move};
//!
//! let paid = Move::new(Account::Bank, Account::PayerCredit, "29.90 EUR".parse()?)?;
//! assert_eq!(paid.to_string(), "bank ← payer_credit 29.90 EUR");
//! assert!(Move::new(Account::Bank, Account::Bank, "29.90 EUR".parse()?).is_err());
//! // A negative amount is the same move in the other direction.
//! let back = Move::new(Account::Bank, Account::PayerCredit, "-29.90 EUR".parse()?)?;
//! assert_eq!((back.debit(), back.credit()), (&Account::PayerCredit, &Account::Bank));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod account;
mod build;
mod deferral;
mod entry;
mod unearned;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

pub use account::{Account, UnknownAccount};
pub use build::{Posting, invoice_credited, invoice_opened, owed_in, written_off};
pub use deferral::{Deferral, Recognised};
pub use entry::{Cause, Entry, InvalidEntry, Move};
pub use unearned::Unearned;

use crate::event::{Ids, New, Resolve};
use crate::id::{InvoiceLineId, LocationId, LotId};
use crate::money::{Currency, Money, MoneyError};

/// What somebody wants.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum LedgerCommand {
    /// Takes what was paid in advance as income, for the days before a day. Doing it again does nothing.
    Recognise {
        /// Where.
        location: LocationId,
        /// The first day that is not yet earned; at most tomorrow at the location.
        until: NaiveDate,
    },
    /// Brings the income of a pass up to date with its uses. What consumes uses does that by itself; this is for passes
    /// that ran out before the policy took that as income.
    RecogniseLot {
        /// Which pass.
        lot: LotId,
    },
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
#[expect(missing_docs, reason = "the variants say what happened")]
pub enum LedgerEvent {
    Posted(Entry),
    Deferred(Deferral),
    /// What is deferred of a line changed; the state is the new one.
    DeferralMoved {
        line: InvoiceLineId,
        recognised: Recognised,
    },
    /// There was nothing to recognise.
    UpToDate {
        location: LocationId,
        until: NaiveDate,
    },
}

impl LedgerEvent {
    pub(crate) const fn made(&self) -> Option<New> {
        match self {
            Self::Posted(new) => Some(New {
                kind: "entry",
                local: new.id().get(),
            }),
            _ => None,
        }
    }

    pub(crate) fn resolve(&mut self, ids: &Ids) {
        match self {
            Self::Posted(new) => new.resolve(ids),
            Self::Deferred(new) => new.resolve(ids),
            Self::DeferralMoved { line, .. } => line.resolve(ids),
            Self::UpToDate { location, .. } => location.resolve(ids),
        }
    }
}

/// Adds up the accounts of entries, by location and currency: debits are positive, credits negative.
///
/// The balances of a location and a currency sum to zero, because each move debits what it credits.
///
/// # Errors
/// If a sum does not fit.
pub fn balances<'e>(
    entries: impl IntoIterator<Item = &'e Entry>,
) -> Result<BTreeMap<(LocationId, Currency, Account), Money>, MoneyError> {
    let mut sums = BTreeMap::new();
    for entry in entries {
        for step in entry.moves() {
            let currency = step.amount().currency();
            for (account, amount) in [
                (step.debit(), step.amount()),
                (step.credit(), step.amount().checked_neg()?),
            ] {
                let key = (entry.location(), currency, account.clone());
                let sum = sums.entry(key).or_insert(Money::zero(currency));
                *sum = sum.checked_add(amount)?;
            }
        }
    }
    Ok(sums)
}
