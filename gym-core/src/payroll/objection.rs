//! Why work is not paid yet, and why a rule cannot be: [`NotYet`] and [`Objection`].

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::id::{PayRuleId, TrainerId};
use crate::money::{Currency, Money, MoneyError};

/// Why work is not paid by this run; a later one pays it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the sentences say it")]
pub enum NotYet {
    NotOver,
    NotMarked { waiting: u32 },
    NotFunded { missing: Money },
    NotBilled { missing: Money },
    NoRule,
}

impl fmt::Display for NotYet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotOver => f.write_str("it is not over"),
            Self::NotMarked { waiting } => {
                write!(f, "{waiting} bookings are marked neither attended nor absent")
            }
            Self::NotFunded { missing } => write!(f, "{missing} of what it was sold for are not paid"),
            Self::NotBilled { missing } => write!(f, "{missing} of what it was sold for are not invoiced"),
            Self::NoRule => f.write_str("no rule says what it is worth"),
        }
    }
}

/// Why the payroll cannot do it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the sentences say it")]
#[non_exhaustive]
pub enum Objection {
    Currency { given: Currency, expected: Currency },
    Terms { what: String },
    SelfAssisting { trainer: TrainerId },
    LaterRule { rule: PayRuleId },
    TooLarge { what: String },
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
            Self::Currency { given, expected } => {
                write!(f, "currency: {given} is not accepted; expected {expected}")
            }
            Self::Terms { what } | Self::TooLarge { what } => f.write_str(what),
            Self::SelfAssisting { trainer } => write!(f, "trainer {trainer} cannot be their own assistant"),
            Self::LaterRule { rule } => write!(f, "pay rule {rule} starts on that day or later"),
        }
    }
}
