//! An [`Obligation`] is one amount that somebody owes, or is owed, for one thing.
//!
//! Its [`Key`] says what it is for, so that what is owed and what is invoiced are compared as sets: an invoice
//! run is the difference, and running it again adds nothing. The version of the plan is data, not part of the key.

use std::fmt;
use std::str::FromStr;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::tax::TaxCode;
use crate::event::{Ids, Resolve, resolve};
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
    /// What is charged again because somebody came back before an edit of the days was to end.
    Returned(EditId),
    /// What is given back of a plan that was left, for the days not used; the id is that of the membership after it.
    Switch(MembershipId),
    /// The fee for ending before the commitment did.
    Termination(NoticeId),
    /// What an exit by right gives back.
    Exit(NoticeId),
    /// The price of joining, given back within the cooling-off time.
    JoiningBack(NoticeId),
    /// The fee of a freeze, given back within the cooling-off time.
    FreezeBack(EditId),
    /// The fee that a notice charged for ending early, given back as another notice took its place.
    TerminationBack(NoticeId),
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

impl Obligation {
    /// Returns the civil day of supply, whose tax rates count: the first of the days paid for, or the due day.
    pub fn supplied_on(&self) -> NaiveDate {
        self.days.map_or(self.due_on, |days| days.from())
    }
}

resolve! {
    Obligation: key, charged;
}

impl Resolve for Key {
    fn resolve(&mut self, ids: &Ids) {
        match self {
            Self::Period { subscription, .. } => subscription.resolve(ids),
            Self::Once(charged) => charged.resolve(ids),
        }
    }
}

impl Resolve for Charged {
    fn resolve(&mut self, ids: &Ids) {
        match self {
            Self::Membership(id) => id.resolve(ids),
            Self::Session(id) => id.resolve(ids),
            Self::Registration(id) => id.resolve(ids),
            Self::Penalty(id) => id.resolve(ids),
            Self::Lot(id) => id.resolve(ids),
            Self::Sale(id) => id.resolve(ids),
            Self::GiftCard(id) => id.resolve(ids),
        }
    }
}

/// A text that is not the name of a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "obligation: {0:?} is not a key; expected one such as \"session 7\" or \"subscription 7 fee of 2027-01-31\""
)]
pub struct InvalidKey(pub String);

impl Component {
    const fn name(self) -> (&'static str, Option<i64>) {
        match self {
            Self::Fee => ("fee", None),
            Self::Joining => ("joining", None),
            Self::Additional(link) => ("additional", Some(link.get())),
            Self::FreezeFee(edit) => ("freeze", Some(edit.get())),
            Self::Credit(edit) => ("credit", Some(edit.get())),
            Self::Resumed(edit) => ("resumed", Some(edit.get())),
            Self::Returned(edit) => ("returned", Some(edit.get())),
            Self::Switch(membership) => ("switch", Some(membership.get())),
            Self::Termination(notice) => ("termination", Some(notice.get())),
            Self::Exit(notice) => ("exit", Some(notice.get())),
            Self::JoiningBack(notice) => ("joining_back", Some(notice.get())),
            Self::FreezeBack(edit) => ("freeze_back", Some(edit.get())),
            Self::TerminationBack(notice) => ("termination_back", Some(notice.get())),
        }
    }

    fn named(name: &str, of: Option<i64>) -> Option<Self> {
        Some(match (name, of) {
            ("fee", None) => Self::Fee,
            ("joining", None) => Self::Joining,
            ("additional", Some(of)) => Self::Additional(LinkId::new(of).ok()?),
            ("freeze", Some(of)) => Self::FreezeFee(EditId::new(of).ok()?),
            ("credit", Some(of)) => Self::Credit(EditId::new(of).ok()?),
            ("resumed", Some(of)) => Self::Resumed(EditId::new(of).ok()?),
            ("returned", Some(of)) => Self::Returned(EditId::new(of).ok()?),
            ("switch", Some(of)) => Self::Switch(MembershipId::new(of).ok()?),
            ("termination", Some(of)) => Self::Termination(NoticeId::new(of).ok()?),
            ("exit", Some(of)) => Self::Exit(NoticeId::new(of).ok()?),
            ("joining_back", Some(of)) => Self::JoiningBack(NoticeId::new(of).ok()?),
            ("freeze_back", Some(of)) => Self::FreezeBack(EditId::new(of).ok()?),
            ("termination_back", Some(of)) => Self::TerminationBack(NoticeId::new(of).ok()?),
            _ => return None,
        })
    }
}

impl Charged {
    /// The names of all kinds.
    pub const KINDS: [&str; 7] = [
        "membership",
        "session",
        "registration",
        "penalty",
        "lot",
        "sale",
        "gift_card",
    ];

    /// Returns what kind of thing it is, as in the database, and its id.
    pub const fn named(self) -> (&'static str, i64) {
        match self {
            Self::Membership(id) => ("membership", id.get()),
            Self::Session(id) => ("session", id.get()),
            Self::Registration(id) => ("registration", id.get()),
            Self::Penalty(id) => ("penalty", id.get()),
            Self::Lot(id) => ("lot", id.get()),
            Self::Sale(id) => ("sale", id.get()),
            Self::GiftCard(id) => ("gift_card", id.get()),
        }
    }

    fn of(kind: &str, id: i64) -> Option<Self> {
        Some(match kind {
            "membership" => Self::Membership(MembershipId::new(id).ok()?),
            "session" => Self::Session(SessionId::new(id).ok()?),
            "registration" => Self::Registration(RegistrationId::new(id).ok()?),
            "penalty" => Self::Penalty(PenaltyId::new(id).ok()?),
            "lot" => Self::Lot(LotId::new(id).ok()?),
            "sale" => Self::Sale(SaleId::new(id).ok()?),
            "gift_card" => Self::GiftCard(GiftCardId::new(id).ok()?),
            _ => return None,
        })
    }
}

impl fmt::Display for Key {
    /// Writes the key as it stands in the database: `session 7`, `subscription 7 credit 3 of 2027-01-31`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Once(charged) => {
                let (kind, id) = charged.named();
                write!(f, "{kind} {id}")
            }
            Self::Period {
                subscription,
                component,
                start,
            } => match component.name() {
                (name, None) => write!(f, "subscription {subscription} {name} of {start}"),
                (name, Some(of)) => write!(f, "subscription {subscription} {name} {of} of {start}"),
            },
        }
    }
}

impl FromStr for Key {
    type Err = InvalidKey;

    /// Reads what [`Display`](fmt::Display) writes.
    fn from_str(text: &str) -> Result<Self, InvalidKey> {
        let number = |text: &str| text.parse::<i64>().ok();
        let words: Vec<&str> = text.split(' ').collect();
        let read = || match *words.as_slice() {
            [kind, id] => Charged::of(kind, number(id)?).map(Self::Once),
            ["subscription", id, name, "of", start] => Some(Self::Period {
                subscription: id.parse().ok()?,
                component: Component::named(name, None)?,
                start: start.parse().ok()?,
            }),
            ["subscription", id, name, of, "of", start] => Some(Self::Period {
                subscription: id.parse().ok()?,
                component: Component::named(name, Some(number(of)?))?,
                start: start.parse().ok()?,
            }),
            _ => None,
        };
        read().ok_or_else(|| InvalidKey(text.to_owned()))
    }
}
