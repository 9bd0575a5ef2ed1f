//! Requests and answers of prices.

use serde::{Deserialize, Serialize};
use wasmtime::component::{ComponentType, Lift, Lower};

use super::{Date, Fact, Money};

/// What is priced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(enum)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum ItemKind {
    /// A period of a membership.
    #[component(name = "membership")]
    Membership,
    /// A place in a class.
    #[component(name = "class-booking")]
    ClassBooking,
    /// A personal training session.
    #[component(name = "personal-session")]
    PersonalSession,
    /// A lot of visits or sessions.
    #[component(name = "pass")]
    Pass,
    /// A thing from the shop, or a gift card.
    #[component(name = "product")]
    Product,
    /// Joining, freezing, leaving, not showing up.
    #[component(name = "fee")]
    Fee,
}

/// Civil days, both inclusive: `days` in the WIT.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(deny_unknown_fields)]
pub struct Span {
    /// The first.
    pub first: Date,
    /// The last.
    pub last: Date,
}

/// When a class or session takes place, and how full it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(deny_unknown_fields)]
pub struct Occasion {
    /// The civil day at the location.
    pub day: Date,
    /// 1 for Monday to 7 for Sunday.
    pub weekday: u8,
    /// The civil minute of that day.
    pub minute: u16,
    /// How many places there are.
    pub places: u32,
    /// How many are taken.
    pub taken: u32,
}

/// One thing to be priced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Line {
    /// Its number in the request, from 0.
    #[component(name = "line-id")]
    pub line_id: u32,
    /// What it is.
    pub kind: ItemKind,
    /// What kind of thing it is for tax.
    #[component(name = "tax-code")]
    pub tax_code: String,
    /// The list price.
    #[component(name = "list-price")]
    pub list_price: Money,
    /// The days that it pays for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<Span>,
    /// The class or session, if it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub occasion: Option<Occasion>,
    /// What else the host knows of it.
    pub facts: Vec<Fact>,
}

/// Who pays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// A pseudonym, another one for each plugin.
    pub subject: String,
    /// What they have shown, sorted.
    pub tags: Vec<String>,
    /// What else the host knows of them.
    pub facts: Vec<Fact>,
}

/// Where and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(deny_unknown_fields)]
pub struct Context {
    /// The civil day at the location.
    pub today: Date,
    /// The location.
    pub location: String,
    /// Its currency.
    pub currency: String,
    /// The same for the same request.
    pub seed: u64,
    /// What else the host knows.
    pub facts: Vec<Fact>,
}

/// What is to be priced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(deny_unknown_fields)]
pub struct QuoteRequest {
    /// By line-id.
    pub lines: Vec<Line>,
    /// Who pays, if it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<Member>,
    /// Where and when.
    pub context: Context,
}

/// How a price changes; every number is positive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(variant)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// Lowers by basis points of the list price.
    #[component(name = "percent-off")]
    PercentOff(i32),
    /// Raises by basis points of the list price.
    #[component(name = "percent-surcharge")]
    PercentSurcharge(i32),
    /// Lowers by an amount.
    #[component(name = "amount-off")]
    AmountOff(Money),
    /// Raises by an amount.
    #[component(name = "surcharge")]
    Surcharge(Money),
    /// Replaces the list price.
    #[component(name = "set-price")]
    SetPrice(Money),
}

/// One proposal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Adjustment {
    /// Which line, or all.
    #[component(name = "line-id")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line_id: Option<u32>,
    /// Why, for the records.
    #[component(name = "reason-code")]
    pub reason_code: String,
    /// Why, for the invoice.
    pub label: String,
    /// How the price changes.
    pub change: Change,
    /// Of one group, only one counts on a line.
    #[component(name = "exclusive-group")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exclusive_group: Option<String>,
    /// The highest of a group counts.
    pub priority: i32,
}

/// The answer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(deny_unknown_fields)]
pub struct Quote {
    /// None leaves the list prices.
    pub adjustments: Vec<Adjustment>,
    /// One line for the records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub explanation: Option<String>,
    /// What else the plugin says, for the records.
    pub facts: Vec<Fact>,
}

/// One thing to be priced, in the contract 0.1.
#[derive(Debug, Clone, PartialEq, Eq, ComponentType, Lift, Lower)]
#[component(record)]
pub struct EarlyLine {
    /// Its number in the request.
    #[component(name = "line-id")]
    pub line_id: u32,
    /// The list price in minor units.
    #[component(name = "minor-units")]
    pub minor_units: i64,
}

/// A share that is taken off, in the contract 0.1.
#[derive(Debug, Clone, PartialEq, Eq, ComponentType, Lift, Lower)]
#[component(record)]
pub struct Discount {
    /// Which line.
    #[component(name = "line-id")]
    pub line_id: u32,
    /// Basis points of the list price.
    #[component(name = "basis-points")]
    pub basis_points: i32,
    /// One line for the invoice.
    pub label: String,
}
