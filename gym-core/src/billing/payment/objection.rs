//! Why a payment, a refund or a gift card is refused: an [`Objection`], with the facts that it used.

use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{PaymentState, RefundState, Told};
use crate::billing::invoice::InvoiceState;
use crate::id::{GiftCardId, InvoiceId, MemberId, PaymentId};
use crate::money::{Currency, Money, MoneyError};

/// Why money cannot move so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the sentences say it")]
#[non_exhaustive]
pub enum Objection {
    NotAboveZero {
        amount: Money,
    },
    Currency {
        given: Currency,
        expected: Currency,
    },
    TooLarge {
        what: String,
    },
    InvoiceStands {
        invoice: InvoiceId,
        state: InvoiceState,
    },
    InvoiceOfAnother {
        invoice: InvoiceId,
        payer: MemberId,
        given: MemberId,
    },
    MoreThanDue {
        invoice: InvoiceId,
        due: Money,
        asked: Money,
    },
    InFlight {
        payment: PaymentId,
        state: PaymentState,
    },
    DeadMeans {
        means: Option<String>,
        payment: PaymentId,
    },
    PaymentStands {
        payment: PaymentId,
        state: PaymentState,
    },
    Contradicts {
        payment: PaymentId,
        state: PaymentState,
        told: Told,
    },
    MoreThanCredit {
        payment: PaymentId,
        credit: Money,
        asked: Money,
    },
    MoreThanPaid {
        payment: PaymentId,
        left: Money,
        asked: Money,
    },
    NoKey {
        payment: PaymentId,
    },
    RefundStands {
        state: RefundState,
    },
    NotBelowZero {
        invoice: InvoiceId,
        balance: Money,
    },
    NotCredit {
        payment: PaymentId,
    },
    OnlyPaidOut {
        payment: PaymentId,
    },
    PaymentOfAnother {
        payment: PaymentId,
        payer: MemberId,
        expected: MemberId,
    },
    NoSuchCard {
        asked: Money,
    },
    MoreThanOnCard {
        card: GiftCardId,
        balance: Money,
        asked: Money,
    },
    CardExpired {
        card: GiftCardId,
        on: NaiveDate,
    },
    CardLasts {
        card: GiftCardId,
        until: Option<NaiveDate>,
    },
    NoBreakage {
        card: GiftCardId,
    },
}

impl From<MoneyError> for Objection {
    fn from(error: MoneyError) -> Self {
        match error {
            MoneyError::CurrencyMismatch { left, right } => Self::Currency {
                given: right.currency(),
                expected: left.currency(),
            },
            error => Self::TooLarge {
                what: error.to_string(),
            },
        }
    }
}

impl fmt::Display for Objection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAboveZero { amount } => {
                write!(f, "amount: {amount} is not accepted; expected more than nothing")
            }
            Self::Currency { given, expected } => {
                write!(f, "currency: {given} is not accepted; expected {expected}")
            }
            Self::TooLarge { what } => f.write_str(what),
            Self::InvoiceStands { invoice, state } => {
                write!(
                    f,
                    "invoice {invoice} is {}; expected one that is to be paid",
                    words(*state)
                )
            }
            Self::InvoiceOfAnother {
                invoice,
                payer,
                given,
            } => {
                write!(
                    f,
                    "invoice {invoice} is for member {payer} to pay, not for member {given}"
                )
            }
            Self::MoreThanDue { invoice, due, asked } => {
                write!(
                    f,
                    "{asked} is more than the {due} that remain to be paid of invoice {invoice}"
                )
            }
            Self::InFlight { payment, state } => write!(
                f,
                "payment {payment} for it is {} and may still bring the money; expected to know what became of it",
                state.as_str()
            ),
            Self::DeadMeans { means, payment } => {
                write!(
                    f,
                    "{} was declined for good by payment {payment}; expected other details to charge",
                    means.as_deref().unwrap_or("what is on file")
                )
            }
            Self::PaymentStands { payment, state } => {
                write!(f, "payment {payment} is {}", state.as_str().replace('_', " "))
            }
            Self::Contradicts { payment, state, told } => {
                write!(
                    f,
                    "payment {payment} is {}, so that it cannot be {told:?}",
                    state.as_str().replace('_', " ")
                )
            }
            Self::MoreThanCredit {
                payment,
                credit,
                asked,
            } => {
                write!(
                    f,
                    "{asked} is more than the credit of {credit} in payment {payment}"
                )
            }
            Self::MoreThanPaid { payment, left, asked } => {
                write!(
                    f,
                    "{asked} is more than the {left} that are left of payment {payment}"
                )
            }
            Self::NoKey { payment } => {
                write!(
                    f,
                    "payment {payment} was made by a provider; expected a provider's key for the refund"
                )
            }
            Self::NotBelowZero { invoice, balance } => write!(
                f,
                "{balance} remain to be paid of invoice {invoice}; expected one that owes its payer something"
            ),
            Self::NotCredit { payment } => write!(
                f,
                "payment {payment} was made by its payer; expected credit that an invoice below zero left"
            ),
            Self::OnlyPaidOut { payment } => write!(
                f,
                "payment {payment} is credit that nobody paid in; expected that it is paid out"
            ),
            Self::PaymentOfAnother {
                payment,
                payer,
                expected,
            } => {
                write!(
                    f,
                    "payment {payment} is of member {payer}, not of member {expected}"
                )
            }
            Self::RefundStands { state } => write!(f, "the refund is {} already", state.as_str()),
            Self::NoSuchCard { asked } => {
                write!(f, "no gift card with that code has {asked} on it")
            }
            Self::MoreThanOnCard { card, balance, asked } => {
                write!(f, "{asked} is more than the {balance} on gift card {card}")
            }
            Self::CardExpired { card, on } => write!(f, "gift card {card} ran out on {on}"),
            Self::CardLasts {
                card,
                until: Some(until),
            } => write!(f, "gift card {card} can be used until {until}"),
            Self::CardLasts { card, until: None } => write!(f, "gift card {card} can be used for good"),
            Self::NoBreakage { card } => {
                write!(
                    f,
                    "the policy keeps what is left on gift card {card} owed, also after it ran out"
                )
            }
        }
    }
}

const fn words(state: InvoiceState) -> &'static str {
    match state {
        InvoiceState::Draft => "a draft",
        InvoiceState::Open => "open",
        InvoiceState::PartiallyPaid => "paid in part",
        InvoiceState::Paid => "paid",
        InvoiceState::Uncollectible => "written off",
        InvoiceState::Void => "void",
    }
}
