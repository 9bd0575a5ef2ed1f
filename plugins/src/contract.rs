//! The contract's values in Rust: the records and variants of `wit/`, by their names there.
//!
//! Their JSON is that of the WIT: kebab-case names, records are objects, a variant with a payload is an object of
//! one member, an enum is a string, and what is absent is left out. A test compares them with the WIT itself.

mod pricing;
mod recommendation;

use chrono::Datelike;
use gym_core::fact::Facts;
use serde::{Deserialize, Serialize};
use wasmtime::component::{ComponentType, Lift, Lower};

pub use self::pricing::{
    Adjustment, Change, Context, Discount, EarlyLine, ItemKind, Line, Member, Occasion, Quote, QuoteRequest,
    Span,
};
pub use self::recommendation::{Choice, OfferRequest, Profile, RankRequest, Ranked, Session, Workout};

/// An amount in minor units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Money {
    /// Minor units of the currency; at most 2^53 - 1 in size.
    #[component(name = "minor-units")]
    pub minor_units: i64,
    /// ISO 4217.
    pub currency: String,
}

/// A civil day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(deny_unknown_fields)]
pub struct Date {
    /// The year.
    pub year: i32,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
}

impl From<chrono::NaiveDate> for Date {
    fn from(day: chrono::NaiveDate) -> Self {
        let small = |part: u32| u8::try_from(part).unwrap_or(u8::MAX);
        Self {
            year: day.year(),
            month: small(day.month()),
            day: small(day.day()),
        }
    }
}

/// A value that a host adds to a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(variant)]
#[serde(rename_all = "kebab-case")]
pub enum FactValue {
    /// Text.
    #[component(name = "text")]
    Text(String),
    /// A whole number.
    #[component(name = "whole")]
    Whole(i64),
    /// A share in basis points.
    #[component(name = "ratio")]
    Ratio(i32),
    /// Yes or no.
    #[component(name = "flag")]
    Flag(bool),
    /// A civil day.
    #[component(name = "day")]
    Day(Date),
    /// An amount.
    #[component(name = "amount")]
    Amount(Money),
}

/// One thing more that the host knows, or that a plugin says for the records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(deny_unknown_fields)]
pub struct Fact {
    /// Lower-case words joined by dots.
    pub key: String,
    /// What is known.
    pub value: FactValue,
}

/// Puts facts of the gym in the words of the contract.
pub(crate) fn facts(facts: &Facts) -> Vec<Fact> {
    let fact = |(key, fact): (&str, &gym_core::fact::Fact)| Fact {
        key: key.to_owned(),
        value: match fact {
            gym_core::fact::Fact::Text(text) => FactValue::Text(text.clone()),
            gym_core::fact::Fact::Whole(number) => FactValue::Whole(*number),
            gym_core::fact::Fact::Share(points) => FactValue::Ratio(*points),
            gym_core::fact::Fact::Flag(flag) => FactValue::Flag(*flag),
            gym_core::fact::Fact::Day(day) => FactValue::Day((*day).into()),
            gym_core::fact::Fact::Amount(amount) => FactValue::Amount(Money {
                minor_units: amount.minor(),
                currency: amount.currency().code().to_owned(),
            }),
        },
    };
    facts.iter().map(fact).collect()
}

/// Kinds of failure that a plugin tells of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(enum)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum FailureCode {
    /// It does not do this.
    #[component(name = "unsupported")]
    Unsupported,
    /// The request cannot be answered.
    #[component(name = "invalid-input")]
    InvalidInput,
    /// The settings are not accepted.
    #[component(name = "invalid-config")]
    InvalidConfig,
    /// A lookup failed.
    #[component(name = "dependency")]
    Dependency,
    /// A fault of its own.
    #[component(name = "internal")]
    Internal,
}

/// Why a plugin gives no answer, in its own words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(deny_unknown_fields)]
pub struct Failure {
    /// What kind of failure.
    pub code: FailureCode,
    /// One line.
    pub message: String,
}

/// What a plugin says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(deny_unknown_fields)]
pub struct Info {
    /// 1 to 64 lower-case letters, digits and hyphens.
    pub id: String,
    /// The version of the plugin.
    pub version: String,
    /// Who made it.
    pub vendor: String,
}

/// How much a line of the log matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(enum)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum Level {
    /// Only for the author.
    #[component(name = "debug")]
    Debug,
    /// To be expected.
    #[component(name = "info")]
    Info,
    /// Somebody should look.
    #[component(name = "warn")]
    Warn,
    /// It does not work.
    #[component(name = "error")]
    Error,
}
