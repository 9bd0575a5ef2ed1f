//! An [`Invoice`]: lines, taxes and a number, immutable once it is open.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::obligation::Obligation;
use super::tax::TaxCode;
use crate::id::{InvoiceId, InvoiceLineId, LocationId, MemberId};
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
    /// Credited in full before anything was paid.
    Void,
}

/// A share of a price that changes it: a discount, a plugin's proposal, a rounding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adjustment {
    /// Where it comes from, such as a discount's code or a plugin's name.
    pub source: String,
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
}
