//! A [`Payment`]: money that was given, what it settles through [`Allocation`]s, and what came back by [`Refund`]s.
//!
//! The outside world is slow and forgetful, so a payment that a provider makes is stored as submitted before the call,
//! under one [`ProviderKey`] that it keeps for good, and what the provider says of it goes through
//! [`PaymentState::told`], which has an answer for every state and everything that can be said.
//!
//! ```
//! use gym_core::billing::payment::{Decline, PaymentState, Step, Told};
//!
//! // No answer is not a decline: until it is known what happened, nothing is tried again.
//! assert_eq!(PaymentState::Submitted.told(Told::Silent), Step::To(PaymentState::Unknown));
//! assert_eq!(PaymentState::Unknown.told(Told::Submitted), Step::Contradicts);
//! assert_eq!(PaymentState::Unknown.told(Told::Settled), Step::To(PaymentState::Settled));
//! // A late message revives nothing.
//! assert_eq!(PaymentState::Refunded.told(Told::Settled), Step::Late);
//! # assert_eq!(PaymentState::Pending.told(Told::Declined(Decline::Hard)), Step::To(PaymentState::Failed(Decline::Hard)));
//! ```

mod command;
mod key;
mod objection;
mod policy;
mod state;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use command::{Hand, PaymentCommand, PaymentEvent, Way};
pub use key::{InvalidProviderKey, ProviderKey};
pub use objection::Objection;
pub use policy::{Breakage, DoorPolicy, PaymentPolicy, PaymentPolicyVersion};
pub use state::{Decline, PaymentState, RefundState, Step, Told};

use super::invoice::{Invoice, InvoiceState};
use super::obligation::PaymentType;
use crate::event::{Ids, Resolve, resolve};
use crate::id::{AllocationId, DetailsId, GiftCardId, InvoiceId, LocationId, MemberId, PaymentId, RefundId};
use crate::money::{Money, MoneyError};
use crate::time::Instant;

/// How money is given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Coins and notes, at the desk.
    Cash,
    /// A transfer that was seen on the bank's statement.
    BankTransfer,
    /// The balance of a gift card.
    GiftCard(GiftCardId),
    /// A provider, by its name, such as a card processor.
    Provider(String),
    /// What the club owed the payer by the payment's invoice, which is below zero.
    Credit,
}

impl Method {
    /// Returns its name in the database, without which card or provider.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Cash => "cash",
            Self::BankTransfer => "bank_transfer",
            Self::GiftCard(_) => "gift_card",
            Self::Provider(_) => "provider",
            Self::Credit => "credit",
        }
    }
}

/// Money that somebody gave, or that was asked for.
///
/// `allocated + refunded` never exceeds `amount`; the rest of a settled payment is credit of the payer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// The payment.
    pub id: PaymentId,
    /// Who pays.
    pub payer: MemberId,
    /// Where.
    pub location: LocationId,
    /// The invoice that it is made for, or that owed it; on account if none.
    pub invoice: Option<InvoiceId>,
    /// What it is for, in the seed's words: what most of the invoice's money is for. None while it is on account.
    pub kind: Option<PaymentType>,
    /// How.
    pub method: Method,
    /// How much, above zero.
    pub amount: Money,
    /// Where it stands.
    pub state: PaymentState,
    /// What the provider charges, such as its name of a card; none if it is not known.
    pub means: Option<String>,
    /// The key under which the provider knows it, the same for every attempt; none without a provider.
    pub key: Option<ProviderKey>,
    /// What the provider or the bank calls it.
    pub reference: Option<String>,
    /// When it was made.
    pub made_at: Instant,
    /// The provider's time of the newest message that counted.
    pub told_at: Option<Instant>,
    /// How often the state changed.
    pub turn: u32,
    /// How much of it settles invoices.
    pub allocated: Money,
    /// How much of it went back, or is on its way back.
    pub refunded: Money,
}

impl Payment {
    /// Returns the payer's credit in it: what is there and neither settles an invoice nor went back.
    ///
    /// # Errors
    /// If the amounts are not in one currency.
    pub fn credit(&self) -> Result<Money, MoneyError> {
        if self.state == PaymentState::Settled {
            self.amount
                .checked_sub(self.allocated)?
                .checked_sub(self.refunded)
        } else {
            Ok(Money::zero(self.amount.currency()))
        }
    }

    /// Whether it may still bring money that is not there yet.
    pub const fn is_in_flight(&self) -> bool {
        self.state.is_in_flight()
    }
}

/// A part of a payment that settles an invoice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allocation {
    /// The part.
    pub id: AllocationId,
    /// Of which payment.
    pub payment: PaymentId,
    /// Which invoice.
    pub invoice: InvoiceId,
    /// How much; zero once it was released.
    pub amount: Money,
    /// What the invoice is for.
    pub kind: PaymentType,
    /// How often a part of it was released.
    pub releases: u32,
}

/// Money of a payment that goes back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refund {
    /// The refund.
    pub id: RefundId,
    /// Of which payment.
    pub payment: PaymentId,
    /// How much, above zero.
    pub amount: Money,
    /// Why, for people to read.
    pub why: String,
    /// The key under which the provider knows it; none without a provider.
    pub key: Option<ProviderKey>,
    /// Where it stands.
    pub state: RefundState,
    /// When it was made.
    pub made_at: Instant,
    /// How often the state changed.
    pub turn: u32,
    /// How it went back, if that was another way than it had come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hand: Option<Hand>,
}

/// Other details to charge than before, such as a new card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentDetails {
    /// The change.
    pub id: DetailsId,
    /// Whose.
    pub payer: MemberId,
    /// What a provider calls what it is to charge now, such as its name of a card; none if only the provider knows.
    pub means: Option<String>,
    /// When they were given.
    pub at: Instant,
}

/// A step of dunning that was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reminder {
    /// The step.
    pub id: crate::id::ReminderId,
    /// For which invoice.
    pub invoice: InvoiceId,
    /// What was done.
    pub action: super::dunning::Action,
    /// The civil day at the invoice's location.
    pub on: chrono::NaiveDate,
}

resolve! {
    Payment: id, payer, location, invoice option, method;
    Allocation: id, payment, invoice;
    Refund: id, payment;
    Reminder: id, invoice;
    PaymentDetails: id, payer;
    PaymentPolicyVersion: id, location option;
}

impl Resolve for Method {
    fn resolve(&mut self, ids: &Ids) {
        if let Self::GiftCard(card) = self {
            card.resolve(ids);
        }
    }
}

/// Returns what an invoice is for: what most of its money is for, and of equals the first of the seed's list.
///
/// None if it has no lines.
pub fn payment_type(invoice: &Invoice) -> Option<PaymentType> {
    let mut shares = BTreeMap::<PaymentType, i128>::new();
    for line in &invoice.lines {
        *shares.entry(line.obligation.charged.payment_type()).or_default() += i128::from(line.gross.minor());
    }
    shares
        .into_iter()
        .rev()
        .max_by_key(|(_, amount)| *amount)
        .map(|(kind, _)| kind)
}

/// Returns what remains to be paid of an invoice.
///
/// # Errors
/// If its amounts are not in one currency.
pub fn balance(invoice: &Invoice) -> Result<Money, MoneyError> {
    invoice
        .total
        .checked_sub(invoice.settled)?
        .checked_sub(invoice.credited)
}

/// Returns where an invoice stands once `settled` of it is settled. Drafts and void ones stay what they are.
///
/// # Errors
/// If the amounts are not in one currency.
pub fn state_with(invoice: &Invoice, settled: Money) -> Result<InvoiceState, MoneyError> {
    let left = invoice
        .total
        .checked_sub(settled)?
        .checked_sub(invoice.credited)?;
    Ok(match invoice.state {
        state @ (InvoiceState::Draft | InvoiceState::Void) => state,
        _ if left.is_zero() || (left.is_negative() && !invoice.total.is_negative()) => InvoiceState::Paid,
        InvoiceState::Uncollectible => InvoiceState::Uncollectible,
        _ if settled.is_zero() && invoice.credited.is_zero() => InvoiceState::Open,
        _ => InvoiceState::PartiallyPaid,
    })
}
