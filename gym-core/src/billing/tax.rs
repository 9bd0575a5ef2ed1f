//! Tax: a [`TaxCode`] says what kind of thing is sold, a [`TaxTable`] what that kind bears, where and from when.
//!
//! A tax may have several components (state and city): they are added up and rounded once, and the parts are split
//! by [`allocate`](crate::money::allocate), so that the parts sum to the tax and net and tax to the gross, always.
//!
//! ```
//! use std::collections::BTreeMap;
//! use gym_core::billing::tax::{Prices, Rounding, TaxCode, TaxComponent, TaxTerms};
//!
//! let vat = vec![TaxComponent { name: "VAT".to_owned(), rate: 19_000 }]; // 19 %
//! let rates = BTreeMap::from([(TaxCode::new("membership")?, vat)]);
//! let terms = TaxTerms::new(Prices::Inclusive, Rounding::PerLine, rates)?;
//! let amounts = terms.split(&[("membership", "49.90 EUR".parse()?)])?;
//! assert_eq!(amounts[0].net.to_string(), "41.93 EUR");
//! assert_eq!(amounts[0].taxes[0].tax.to_string(), "7.97 EUR");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod assess;
mod book;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

pub use self::assess::{Bearing, Taxed, assess};
pub use self::book::TaxBook;
use super::Objection;
use crate::id::{LocationId, TaxTableId};
use crate::money::Money;

/// A text that is not a tax code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("tax code: {0:?} is not accepted; expected 1 to 32 lower-case letters, digits and underscores")]
pub struct InvalidTaxCode(pub String);

/// The kind of thing that is sold, as far as tax cares: `membership`, `class`, `food`, `book`, `fee`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TaxCode(String);

impl TaxCode {
    /// Makes a tax code.
    ///
    /// # Errors
    /// If it is not 1 to 32 lower-case letters, digits and underscores.
    pub fn new(code: &str) -> Result<Self, InvalidTaxCode> {
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if (1..=32).contains(&code.len()) && code.chars().all(fits) {
            Ok(Self(code.to_owned()))
        } else {
            Err(InvalidTaxCode(code.to_owned()))
        }
    }

    /// Returns the code of gift cards, which bear no tax when they are sold.
    ///
    /// What a card will buy, and at which rate, is not known then: it is a multi-purpose voucher, and tax is due when it
    /// is redeemed (Directive (EU) 2016/1065, articles 30a and 30b (2) of Directive 2006/112/EC). No table needs to name it.
    pub fn voucher() -> Self {
        Self("voucher".to_owned())
    }

    /// Returns the code of the fees of penalties.
    pub fn fee() -> Self {
        Self("fee".to_owned())
    }

    /// Returns the code.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for TaxCode {
    type Error = InvalidTaxCode;

    fn try_from(code: String) -> Result<Self, InvalidTaxCode> {
        Self::new(&code)
    }
}

impl From<TaxCode> for String {
    fn from(code: TaxCode) -> Self {
        code.0
    }
}

impl fmt::Display for TaxCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// 100 % in the unit of rates, a thousandth of a percent.
pub const WHOLE: u32 = 100_000;

/// One tax of several that a thing may bear.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TaxComponent {
    /// Its name on the invoice, such as `VAT`, `State` or `City`.
    pub name: String,
    /// The rate in thousandths of a percent: 8.875 % is 8875.
    pub rate: u32,
}

/// Whether the price list has the tax in its prices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Prices {
    /// A price is what is paid, tax and all.
    Inclusive,
    /// Tax comes on top of a price.
    Exclusive,
}

/// Where tax is rounded to minor units; halves go away from zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rounding {
    /// On each line.
    PerLine,
    /// Once per invoice and set of components, on the sum; the lines get their parts of it.
    PerInvoice,
}

/// Rates that cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("tax rates: {code}: {value} is not accepted; expected {expected}")]
pub struct InvalidRates {
    /// The code whose components are wrong.
    pub code: TaxCode,
    /// What was given.
    pub value: String,
    /// What would be accepted.
    pub expected: &'static str,
}

/// How a location taxes: what each code bears, whether prices include it, and where it is rounded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Terms", into = "Terms")]
pub struct TaxTerms {
    prices: Prices,
    rounding: Rounding,
    rates: BTreeMap<TaxCode, Vec<TaxComponent>>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename = "TaxTerms")]
struct Terms {
    prices: Prices,
    rounding: Rounding,
    rates: BTreeMap<TaxCode, Vec<TaxComponent>>,
}

impl TryFrom<Terms> for TaxTerms {
    type Error = InvalidRates;

    fn try_from(terms: Terms) -> Result<Self, InvalidRates> {
        Self::new(terms.prices, terms.rounding, terms.rates)
    }
}

impl From<TaxTerms> for Terms {
    fn from(terms: TaxTerms) -> Self {
        Self {
            prices: terms.prices,
            rounding: terms.rounding,
            rates: terms.rates,
        }
    }
}

impl TaxTerms {
    /// Makes terms. A code with no components is known, and bears no tax.
    ///
    /// # Errors
    /// If a code has more than 8 components, two of one name, a name that is not 1 to 40 characters on one line, or
    /// rates above 1000 % together.
    pub fn new(
        prices: Prices,
        rounding: Rounding,
        rates: BTreeMap<TaxCode, Vec<TaxComponent>>,
    ) -> Result<Self, InvalidRates> {
        for (code, components) in &rates {
            check(code, components)?;
        }
        Ok(Self {
            prices,
            rounding,
            rates,
        })
    }

    /// Returns whether prices include tax.
    pub const fn prices(&self) -> Prices {
        self.prices
    }

    /// Returns where tax is rounded.
    pub const fn rounding(&self) -> Rounding {
        self.rounding
    }

    /// Returns the codes that are known.
    pub fn codes(&self) -> impl Iterator<Item = &TaxCode> {
        self.rates.keys()
    }

    /// Returns what a code bears, if the code is known.
    pub fn components(&self, code: &TaxCode) -> Option<&[TaxComponent]> {
        self.rates.get(code).map(Vec::as_slice)
    }

    /// Splits amounts of the price list, each with its tax code, into net, taxes and gross.
    ///
    /// # Errors
    /// [`Objection::Amount`] for a code that has no rate, and what does not fit.
    pub fn split(&self, amounts: &[(&str, Money)]) -> Result<Vec<Taxed>, Objection> {
        let bear = |(code, amount): &(&str, Money)| {
            let known = TaxCode::new(code).ok().and_then(|code| self.components(&code));
            let components = known.ok_or_else(|| Objection::Amount {
                field: format!("tax code {code}"),
                amount: *amount,
                expected: "a code that has a rate".to_owned(),
            })?;
            Ok((
                *amount,
                Bearing {
                    prices: self.prices,
                    rounding: self.rounding,
                    components,
                    exempt: false,
                },
            ))
        };
        assess(&amounts.iter().map(bear).collect::<Result<Vec<_>, Objection>>()?)
    }
}

fn check(code: &TaxCode, components: &[TaxComponent]) -> Result<(), InvalidRates> {
    let wrong = |value: String, expected| {
        Err(InvalidRates {
            code: code.clone(),
            value,
            expected,
        })
    };
    if components.len() > 8 {
        return wrong(components.len().to_string(), "at most 8 components");
    }
    let mut names = BTreeSet::new();
    for TaxComponent { name, .. } in components {
        let line = (1..=40).contains(&name.chars().count()) && !name.chars().any(char::is_control);
        if !line || !names.insert(name) {
            return wrong(format!("{name:?}"), "names of 1 to 40 characters, each once");
        }
    }
    let sum: u64 = components.iter().map(|it| u64::from(it.rate)).sum();
    if sum > u64::from(WHOLE) * 10 {
        return wrong(sum.to_string(), "at most 1000 % in thousandths of a percent");
    }
    Ok(())
}

/// The tax rates of a location from a day on, until another table's day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaxTable {
    /// The table.
    pub id: TaxTableId,
    /// The place of supply.
    pub location: LocationId,
    /// The first civil day of supply that it is for.
    pub from: NaiveDate,
    /// The rates.
    pub terms: TaxTerms,
}
