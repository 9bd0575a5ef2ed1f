//! A [`PaymentProvider`] moves money outside; the library calls it between transactions, never inside one.
//!
//! Cash and bank transfers need none: [`Hand`](super::payment::Hand) records them when they are there.

#[cfg(feature = "sim")]
mod faulty;

use serde::{Deserialize, Serialize};

#[cfg(feature = "sim")]
pub use faulty::{Faults, Faulty};

use super::payment::{ProviderKey, Told};
use crate::money::Money;
use crate::time::Instant;

/// What a provider is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charge {
    /// The key under which it knows the payment: the same key moves money once, however often it is asked.
    pub key: ProviderKey,
    /// How much.
    pub amount: Money,
    /// What the payer reads on the statement.
    pub text: String,
}

/// What a provider is asked to give back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Return {
    /// The key under which it knows the refund.
    pub key: ProviderKey,
    /// The key of the payment.
    pub payment: ProviderKey,
    /// How much.
    pub amount: Money,
}

/// What a provider says of a payment: as its answer, or later as a message of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// The key of the payment.
    pub key: ProviderKey,
    /// What it says.
    pub told: Told,
    /// The provider's time of that.
    pub at: Instant,
    /// What the provider calls the payment.
    pub reference: Option<String>,
}

/// Somebody who moves money: a card processor, a direct-debit service.
///
/// An answer that does not come is [`Told::Silent`], never a decline: the money may have moved.
pub trait PaymentProvider {
    /// Returns its name, as payments carry it.
    fn name(&self) -> &str;

    /// Asks for money. The same key again must return what became of it the first time, and move nothing.
    fn charge(&self, charge: &Charge) -> Notice;

    /// Asks what became of a payment; [`Told::Absent`] if the provider has never heard of the key.
    fn look_up(&self, key: &ProviderKey) -> Notice;

    /// Gives money back. The same key again must move nothing.
    fn give_back(&self, back: &Return) -> Notice;
}
