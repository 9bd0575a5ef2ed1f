//! What is wanted of payments, and what happened to them.

use serde::{Deserialize, Serialize};

use super::{
    Allocation, Payment, PaymentDetails, PaymentPolicy, PaymentPolicyVersion, PaymentState, ProviderKey,
    Refund, RefundState, Reminder, Step, Told,
};
use crate::billing::gift_card::{GiftCard, GiftCode};
use crate::billing::invoice::InvoiceState;
use crate::event::{Ids, New, Resolve};
use crate::id::{AllocationId, GiftCardId, InvoiceId, LocationId, MemberId, PaymentId, RefundId};
use crate::money::Money;
use crate::time::Instant;

/// Money that is there when it is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hand {
    /// Coins and notes.
    Cash,
    /// A transfer, seen on the bank's statement.
    BankTransfer,
}

impl Hand {
    /// All ways.
    pub const ALL: [Self; 2] = [Self::Cash, Self::BankTransfer];

    /// Returns the name in JSON and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cash => "cash",
            Self::BankTransfer => "bank_transfer",
        }
    }
}

/// How credit is paid out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// As money that leaves the desk or the bank.
    Hand(Hand),
    /// Back to where an earlier payment of the same payer came from; what that settled, the credit settles then.
    Back {
        /// The earlier payment.
        payment: PaymentId,
        /// The provider's key of the refund, for a payment of a provider.
        key: Option<ProviderKey>,
    },
}

/// What somebody wants.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PaymentCommand {
    /// Records money that is there; what exceeds the invoice is the payer's credit.
    Take {
        /// Who paid.
        payer: MemberId,
        /// Where.
        location: LocationId,
        /// How.
        hand: Hand,
        /// How much.
        amount: Money,
        /// For which invoice; on account if none.
        invoice: Option<InvoiceId>,
        /// What the bank calls it.
        reference: Option<String>,
    },
    /// Makes a payment that a provider is to be asked for. At most one of an invoice is in flight.
    Charge {
        /// For which invoice.
        invoice: InvoiceId,
        /// Which provider.
        provider: String,
        /// How much; what remains to be paid if none.
        amount: Option<Money>,
        /// What the provider is to charge, such as its name of a card. After a hard decline it is not charged again.
        means: Option<String>,
        /// The provider's key of this payment.
        key: ProviderKey,
    },
    /// Records that the provider is about to be asked.
    Submit {
        /// For which payment.
        payment: PaymentId,
    },
    /// Records what was told of a payment.
    Report {
        /// Of which payment.
        payment: PaymentId,
        /// What.
        told: Told,
        /// The provider's time.
        at: Instant,
        /// What the provider calls the payment.
        reference: Option<String>,
    },
    /// Settles an invoice with credit.
    Allocate {
        /// Of which payment.
        payment: PaymentId,
        /// Which invoice.
        invoice: InvoiceId,
        /// How much.
        amount: Money,
    },
    /// Gives money back. What settles invoices is released, the last first, and is owed again.
    Refund {
        /// Of which payment.
        payment: PaymentId,
        /// How much.
        amount: Money,
        /// Why.
        why: String,
        /// The provider's key of this refund, for a payment of a provider.
        key: Option<ProviderKey>,
    },
    /// Records what was told of a refund.
    ReportRefund {
        /// Of which refund.
        refund: RefundId,
        /// What.
        told: RefundState,
    },
    /// Makes what an invoice below zero owes its payer their credit on account, which settles other invoices.
    KeepCredit {
        /// The invoice.
        invoice: InvoiceId,
    },
    /// Pays out credit that an invoice below zero had left.
    PayOut {
        /// The credit: the payment that keeping it made.
        credit: PaymentId,
        /// How much.
        amount: Money,
        /// How.
        way: Way,
        /// Why.
        why: String,
    },
    /// Records that a payer gave other details to charge. After that, dunning tries again what was declined before.
    ChangeDetails {
        /// Whose.
        payer: MemberId,
        /// What a provider calls them; none if only the provider knows.
        means: Option<String>,
    },
    /// Sells a gift card for money that is there: an invoice without tax, its payment, and a liability.
    SellGiftCard {
        /// Who buys it.
        buyer: MemberId,
        /// Where.
        location: LocationId,
        /// What it is worth.
        amount: Money,
        /// How it is paid.
        hand: Hand,
        /// What is printed on it.
        code: GiftCode,
    },
    /// Pays an invoice with a gift card.
    RedeemGiftCard {
        /// Which card.
        card: GiftCardId,
        /// Which invoice.
        invoice: InvoiceId,
        /// How much.
        amount: Money,
    },
    /// Takes the balance of a card that has run out as income, where the policy says so.
    ExpireGiftCard {
        /// Which card.
        card: GiftCardId,
    },
    /// Takes the next step of dunning, if it is time for one.
    Dun {
        /// For which invoice.
        invoice: InvoiceId,
    },
    /// Sets the payment policy.
    SetPolicy {
        /// Where; for all locations that have none of their own if none.
        location: Option<LocationId>,
        /// The rules.
        policy: PaymentPolicy,
    },
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
#[expect(
    missing_docs,
    reason = "the variants say what happened, their fields are documented where they are defined"
)]
pub enum PaymentEvent {
    Made(Payment),
    Stated {
        payment: PaymentId,
        state: PaymentState,
        turn: u32,
        told_at: Option<Instant>,
        reference: Option<String>,
    },
    /// Something was told that changes nothing.
    Noted {
        payment: PaymentId,
        told: Told,
        step: Step,
    },
    Allocated(Allocation),
    Released {
        allocation: AllocationId,
        payment: PaymentId,
        amount: Money,
    },
    /// An invoice has `settled` of it settled now, and stands at `state`.
    InvoiceSettled {
        invoice: InvoiceId,
        settled: Money,
        state: InvoiceState,
    },
    Refunding(Refund),
    RefundStated {
        refund: RefundId,
        payment: PaymentId,
        state: RefundState,
        turn: u32,
        amount: Money,
    },
    CardSold(GiftCard),
    /// The balance of a card is another.
    CardCharged {
        card: GiftCardId,
        balance: Money,
        turn: u32,
    },
    Dunned(Reminder),
    DetailsChanged(PaymentDetails),
    PolicySet(PaymentPolicyVersion),
}

impl PaymentEvent {
    pub(crate) const fn made(&self) -> Option<New> {
        let (kind, local) = match self {
            Self::Made(new) => ("payment", new.id.get()),
            Self::Allocated(new) => ("allocation", new.id.get()),
            Self::Refunding(new) => ("refund", new.id.get()),
            Self::CardSold(new) => ("gift card", new.id.get()),
            Self::Dunned(new) => ("reminder", new.id.get()),
            Self::DetailsChanged(new) => ("payment details", new.id.get()),
            Self::PolicySet(new) => ("payment policy", new.id.get()),
            _ => return None,
        };
        Some(New { kind, local })
    }

    pub(crate) fn resolve(&mut self, ids: &Ids) {
        match self {
            Self::Made(new) => new.resolve(ids),
            Self::Allocated(new) => new.resolve(ids),
            Self::Refunding(new) => new.resolve(ids),
            Self::CardSold(new) => new.resolve(ids),
            Self::Dunned(new) => new.resolve(ids),
            Self::DetailsChanged(new) => new.resolve(ids),
            Self::PolicySet(new) => new.resolve(ids),
            Self::Stated { payment, .. } | Self::Noted { payment, .. } => payment.resolve(ids),
            Self::InvoiceSettled { invoice, .. } => invoice.resolve(ids),
            Self::CardCharged { card, .. } => card.resolve(ids),
            Self::Released {
                allocation, payment, ..
            } => {
                allocation.resolve(ids);
                payment.resolve(ids);
            }
            Self::RefundStated { refund, payment, .. } => {
                refund.resolve(ids);
                payment.resolve(ids);
            }
        }
    }
}
