//! An [`Objection`] is why billing says no: a state, an amount, a tax code that cannot be.
//!
//! ```
//! use gym_core::billing::Objection;
//! use gym_core::money::Money;
//!
//! let wrong = Objection::Credit { line: "7".parse()?, asked: "20.00 EUR".parse()?, remaining: "11.90 EUR".parse()? };
//! assert_eq!(wrong.to_string(), "line 7: 20.00 EUR is not accepted; expected at most the 11.90 EUR that remain of it");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::invoice::InvoiceState;
use super::obligation::Key;
use super::pricing::Unfit;
use super::tax::TaxCode;
use crate::id::{ChargeId, InvoiceId, InvoiceLineId, LocationId, MemberId};
use crate::money::{Currency, Money, MoneyError};

/// Why billing says no.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "problem", rename_all = "snake_case")]
#[expect(missing_docs, reason = "the sentences name the fields")]
pub enum Objection {
    /// The location has no tax rates on that day.
    #[error("tax: location {location} has no rates on {day}; expected rates from that day or before")]
    NoRates { location: LocationId, day: NaiveDate },
    /// The location's rates do not name that code.
    #[error("tax code: {code} has no rate at location {location} on {day}; expected one of its codes")]
    TaxCode {
        code: TaxCode,
        location: LocationId,
        day: NaiveDate,
    },
    /// Rates that would leave something without one that had one.
    #[error(
        "tax code: {code} has no rate at location {location} from {from} on; expected one, as it is charged there, and a \
         code without components bears no tax"
    )]
    RateMissing {
        code: TaxCode,
        location: LocationId,
        from: NaiveDate,
    },
    /// Rates for days whose supplies are invoiced by others.
    #[error(
        "from: {from} is not accepted; expected a day after {supplied}, the last day of supply at location {location} \
         that is invoiced"
    )]
    RatesUsed {
        from: NaiveDate,
        location: LocationId,
        supplied: NaiveDate,
    },
    /// An amount in another currency.
    #[error("amount: {amount} is not accepted; expected {expected}")]
    Currency { amount: Money, expected: Currency },
    /// Two amounts in different currencies.
    #[error("amounts: {left} and {right} are in different currencies; expected one currency")]
    Mixed { left: Money, right: Money },
    /// A sum that does not fit 64 bits of minor units.
    #[error("amount: {what} is out of range; expected an amount that fits 64 bits of minor units")]
    Overflow { what: String },
    /// An amount that is not of the expected sign or size.
    #[error("{field}: {amount} is not accepted; expected {expected}")]
    Amount {
        field: String,
        amount: Money,
        expected: String,
    },
    /// It is on an invoice already.
    #[error("{key} is on invoice {invoice} already")]
    Invoiced { key: Key, invoice: InvoiceId },
    /// It is charged by itself.
    #[error("{key} is charged by itself when it can be waived no more; expected to waive it, or to wait")]
    ByItself { key: Key },
    /// It is to be charged already.
    #[error("{key} is charge {charge} already")]
    Charged { key: Key, charge: ChargeId },
    /// Two obligations with one key that are not the same.
    #[error("{key} is owed as {one} and as {other}; expected one amount")]
    Conflicting { key: Key, one: Money, other: Money },
    /// What is to be done needs another state.
    #[error("invoice {invoice} is {}; expected {expected}", state.as_str().replace('_', " "))]
    State {
        invoice: InvoiceId,
        state: InvoiceState,
        expected: String,
    },
    /// Something was paid, so that the invoice can only be credited.
    #[error("invoice {invoice}: {settled} of it is paid; expected nothing paid, or a credit note")]
    Settled { invoice: InvoiceId, settled: Money },
    /// The line is not on the invoice.
    #[error("line {line} is not on invoice {invoice}")]
    Line { line: InvoiceLineId, invoice: InvoiceId },
    /// More is to be credited than remains.
    #[error("line {line}: {asked} is not accepted; expected at most the {remaining} that remain of it")]
    Credit {
        line: InvoiceLineId,
        asked: Money,
        remaining: Money,
    },
    /// Nothing of the invoice remains to be credited.
    #[error("invoice {invoice}: nothing of it remains to be credited")]
    Nothing { invoice: InvoiceId },
    /// Somebody else's discount has that code.
    #[error("code: {code:?} is another discount's; expected a new one")]
    CodeTaken { code: String },
    /// No discount has that code on that day.
    #[error("code: {code:?} is no discount's on {day}")]
    Code { code: String, day: NaiveDate },
    /// A pricing without which there is no quote has no answer that can be taken.
    #[error(
        "price: {pricing} has none for member {payer} ({why}); expected an answer, since there is no quote without"
    )]
    Unpriced {
        payer: MemberId,
        pricing: String,
        why: Unfit,
    },
    /// Instalments that do not make up the invoice.
    #[error("instalments: {sum} is not accepted; expected parts that make up {total}")]
    Instalments { sum: Money, total: Money },
}

impl From<MoneyError> for Objection {
    fn from(error: MoneyError) -> Self {
        match error {
            MoneyError::CurrencyMismatch { left, right } => Self::Mixed { left, right },
            MoneyError::Overflow(what) => Self::Overflow { what },
            other => Self::Overflow {
                what: other.to_string(),
            },
        }
    }
}
