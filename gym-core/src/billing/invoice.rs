//! An [`Invoice`]: lines, taxes and a number, immutable once it is open.
//!
//! A draft becomes open, which freezes its taxes and gives it the location's next number. From then on only its
//! state, what is settled and what is credited change; lines never do: they are corrected by a
//! [credit note](super::credit_note).
//!
//! ```
//! use gym_core::billing::invoice::InvoiceState;
//! assert!(InvoiceState::Draft.may_become(InvoiceState::Open));
//! assert!(!InvoiceState::Open.may_become(InvoiceState::Draft));
//! ```

mod number;
mod progress;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

pub use self::number::{Last, Numbers};
use super::instalment::Schedule;
use super::obligation::Obligation;
use super::pricing::{Dropped, Priced};
use super::tax::TaxCode;
use crate::id::{DiscountId, InvoiceId, InvoiceLineId, LocationId, MemberId};
use crate::money::{Currency, Money};

/// How far an invoice has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InvoiceState {
    /// Lines may still change; there is no number.
    Draft,
    /// Numbered, frozen, and nothing is paid.
    Open,
    /// A part is paid or credited.
    PartiallyPaid,
    /// Nothing remains to be paid.
    Paid,
    /// Given up; the debt is written off, and may still be paid.
    Uncollectible,
    /// Cancelled as a draft, or credited in full before anything was paid; what it charged may be charged again.
    Void,
}

impl InvoiceState {
    /// All states.
    pub const ALL: [Self; 6] = [
        Self::Draft,
        Self::Open,
        Self::PartiallyPaid,
        Self::Paid,
        Self::Uncollectible,
        Self::Void,
    ];

    /// Returns the name in JSON and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Open => "open",
            Self::PartiallyPaid => "partially_paid",
            Self::Paid => "paid",
            Self::Uncollectible => "uncollectible",
            Self::Void => "void",
        }
    }

    /// Whether money is still expected, or owed to the payer.
    pub const fn is_due(self) -> bool {
        matches!(self, Self::Open | Self::PartiallyPaid)
    }

    /// Whether it can become another. What was paid may come back, so that a paid invoice may be open again.
    pub const fn may_become(self, next: Self) -> bool {
        match self {
            Self::Draft => matches!(next, Self::Open | Self::Paid | Self::Void),
            Self::Void => false,
            _ => !matches!(next, Self::Draft),
        }
    }
}

/// Where an adjustment of a price comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// A rule or a plugin that proposes prices, by its name.
    Pricing(String),
    /// A discount.
    Discount(DiscountId),
    /// What was really charged for what is given back.
    Charged,
}

/// A share of a price that changes it: a discount, a plugin's proposal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adjustment {
    /// Where it comes from.
    pub source: Source,
    /// By how much; negative lowers the price.
    pub amount: Money,
    /// One line for the invoice.
    pub text: String,
}

/// The tax of one component at one rate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaxShare {
    /// The component's name, such as `VAT` or `State`.
    pub name: String,
    /// The rate in thousandths of a percent: 19 % is 19000.
    pub rate: u32,
    /// The net amount that bears it.
    pub net: Money,
    /// The tax.
    pub tax: Money,
}

/// A line of an invoice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// The line.
    pub id: InvoiceLineId,
    /// What it charges.
    pub obligation: Obligation,
    /// How the list amount became what is charged, in the order of application.
    pub adjustments: Vec<Adjustment>,
    /// The kind of thing, for tax.
    pub tax: TaxCode,
    /// The amount without tax.
    pub net: Money,
    /// The taxes, frozen when the invoice opened.
    pub taxes: Vec<TaxShare>,
    /// The amount with tax.
    pub gross: Money,
}

/// What somebody has to pay, and for what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invoice {
    /// The invoice.
    pub id: InvoiceId,
    /// Where it was made: the place of supply, whose numbers it takes.
    pub location: LocationId,
    /// Who pays.
    pub payer: MemberId,
    /// The location's currency.
    pub currency: Currency,
    /// Its number at the location, without gaps, from 1; none while it is a draft.
    pub number: Option<u64>,
    /// How far it has come.
    pub state: InvoiceState,
    /// The civil day at the location on which it opened.
    pub issued_on: NaiveDate,
    /// The civil day by which it is to be paid.
    pub due_on: NaiveDate,
    /// What is charged.
    pub lines: Vec<Line>,
    /// The taxes of all lines by component and rate, frozen at opening.
    pub taxes: Vec<TaxShare>,
    /// The sum of the lines' net amounts.
    pub net: Money,
    /// The sum of the taxes.
    pub tax: Money,
    /// What is to be paid: net and tax.
    pub total: Money,
    /// What payments have settled of it.
    pub settled: Money,
    /// What credit notes have taken off it.
    pub credited: Money,
    /// How it is paid in instalments; all on the due day if not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<Schedule>,
    /// Proposals of prices that were not taken, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dropped: Vec<Dropped>,
    /// What pricings outside the house were asked and said, if there are any: the record that proves the price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priced: Option<Box<Priced>>,
}
