//! An [`Account`] of a location's ledger.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::billing::obligation::PaymentType;

/// A text that is not an account.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "account: {0:?} is not an account; expected one such as \"receivables\", \"revenue:class\" or \"tax:VAT\""
)]
pub struct UnknownAccount(pub String);

/// Where an amount is, or what it is owed for. Written as text, such as `bank`, `revenue:class` or `tax:VAT`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Account {
    /// What members owe by open invoices.
    Receivables,
    /// Coins and notes.
    Cash,
    /// The bank, and what providers hold for the club.
    Bank,
    /// What a payer's bank holds while it looks into a dispute.
    Disputed,
    /// What members have paid and no invoice has taken yet.
    PayerCredit,
    /// What is on its way back to payers.
    Refunds,
    /// What was paid for days that are still to come.
    Deferred,
    /// What was paid for uses of passes that are still to come.
    Passes,
    /// What was paid for gift cards that are not redeemed.
    GiftCards,
    /// What was earned, by kind.
    Revenue(PaymentType),
    /// What was paid for and never used.
    Breakage,
    /// What is collected for the tax office, by component.
    Tax(String),
    /// What members owed and will not pay.
    WriteOffs,
    /// What work cost.
    Payroll,
    /// What is owed to trainers.
    Wages,
}

impl PaymentType {
    /// All types.
    pub const ALL: [Self; 4] = [Self::Membership, Self::Session, Self::Class, Self::Product];

    /// Returns the name in JSON and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Membership => "membership",
            Self::Session => "session",
            Self::Class => "class",
            Self::Product => "product",
        }
    }
}

const PLAIN: [(Account, &str); 13] = [
    (Account::Receivables, "receivables"),
    (Account::Cash, "cash"),
    (Account::Bank, "bank"),
    (Account::Disputed, "disputed"),
    (Account::PayerCredit, "payer_credit"),
    (Account::Refunds, "refunds"),
    (Account::Deferred, "deferred"),
    (Account::Passes, "passes"),
    (Account::GiftCards, "gift_cards"),
    (Account::Breakage, "breakage"),
    (Account::WriteOffs, "write_offs"),
    (Account::Payroll, "payroll"),
    (Account::Wages, "wages"),
];

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Revenue(kind) => write!(f, "revenue:{}", kind.as_str()),
            Self::Tax(name) => write!(f, "tax:{name}"),
            plain => {
                let found = PLAIN.iter().find(|(account, _)| account == plain);
                f.write_str(found.map_or("", |(_, name)| name))
            }
        }
    }
}

impl FromStr for Account {
    type Err = UnknownAccount;

    fn from_str(text: &str) -> Result<Self, UnknownAccount> {
        let unknown = || UnknownAccount(text.to_owned());
        if let Some(name) = text.strip_prefix("tax:") {
            return Ok(Self::Tax(name.to_owned()));
        }
        if let Some(name) = text.strip_prefix("revenue:") {
            let kind = PaymentType::ALL.into_iter().find(|kind| kind.as_str() == name);
            return kind.map(Self::Revenue).ok_or_else(unknown);
        }
        let found = PLAIN.iter().find(|(_, name)| *name == text);
        found.map(|(account, _)| account.clone()).ok_or_else(unknown)
    }
}

impl TryFrom<String> for Account {
    type Error = UnknownAccount;

    fn try_from(text: String) -> Result<Self, UnknownAccount> {
        text.parse()
    }
}

impl From<Account> for String {
    fn from(account: Account) -> Self {
        account.to_string()
    }
}
