//! An [`Obligation`] is one amount that somebody owes, or is owed, for one thing.
//!
//! Its [`Key`] says what it is for, so that what is owed and what is invoiced are compared as sets: an invoice
//! run is the difference, and running it again adds nothing. The version of the plan is data, not part of the key.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::tax::TaxCode;
use crate::id::{
    EditId, GiftCardId, LinkId, LotId, MembershipId, NoticeId, PenaltyId, PlanVersionId, RegistrationId,
    SaleId, SessionId, SubscriptionId,
};
use crate::money::Money;
use crate::time::Days;

/// What part of a subscription an amount is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Component {
    /// The price of a period.
    Fee,
    /// The price of joining, once.
    Joining,
    /// The price of a person beyond those that the plan includes.
    Additional(LinkId),
    /// The fee of a freeze.
    FreezeFee(EditId),
    /// What an edit of the days gives back.
    Credit(EditId),
    /// What is charged again because an edit of the days ended earlier than it was credited for.
    Resumed(EditId),
    /// What is given back of a plan that was left, for the days not used; the id is that of the membership after it.
    Switch(MembershipId),
    /// The fee for ending before the commitment did.
    Termination(NoticeId),
    /// What an exit by right gives back.
    Exit(NoticeId),
    /// The price of joining, given back within the cooling-off time.
    JoiningBack(NoticeId),
}

/// What an obligation is for. Two obligations with one key are the same obligation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Key {
    /// A component of a subscription, for the period that starts on a day as the contract counts days: a freeze that
    /// extends the contract moves when a period is due, never its key.
    Period {
        /// The subscription.
        subscription: SubscriptionId,
        /// The part of it.
        component: Component,
        /// The first day of the period.
        start: NaiveDate,
    },
    /// A thing that is charged once.
    Once(Charged),
}

/// The thing that an amount is charged for: exactly one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is the id of what is charged")]
pub enum Charged {
    Membership(MembershipId),
    Session(SessionId),
    Registration(RegistrationId),
    Penalty(PenaltyId),
    Lot(LotId),
    Sale(SaleId),
    GiftCard(GiftCardId),
}

/// What a payment is for, in the seed's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the words say it")]
pub enum PaymentType {
    Membership,
    Session,
    Class,
    Product,
}

impl Charged {
    /// Returns what a payment for it is called. Passes count as classes, gift cards as products.
    pub const fn payment_type(self) -> PaymentType {
        match self {
            Self::Membership(_) => PaymentType::Membership,
            Self::Session(_) => PaymentType::Session,
            Self::Registration(_) | Self::Penalty(_) | Self::Lot(_) => PaymentType::Class,
            Self::Sale(_) | Self::GiftCard(_) => PaymentType::Product,
        }
    }
}

/// One amount that is owed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Obligation {
    /// What it is for.
    pub key: Key,
    /// The thing that is charged.
    pub charged: Charged,
    /// The version of the plan that set the amount, if a plan did.
    pub plan: Option<PlanVersionId>,
    /// The civil days that it pays for, at the location, if it pays for days.
    pub days: Option<Days>,
    /// The civil day at the location on which it falls due.
    pub due_on: NaiveDate,
    /// How much, in the location's currency, as the price list says it; negative if it is owed to the payer.
    pub amount: Money,
    /// What kind of thing it is, for tax.
    pub tax: TaxCode,
    /// One line for the invoice.
    pub text: String,
}
