//! What a pricing says: its [`Answer`], kept with its request until it expires, and recorded on the quote.
//!
//! ```
//! use gym_core::billing::pricing::Answer;
//!
//! let answer = Answer::none("out of fuel").recorded(r#"{"fuel":1000000}"#);
//! assert_eq!(serde_json::to_string(&answer)?, r#"{"proposed":{"Err":"out of fuel"},"record":"{\"fuel\":1000000}"}"#);
//! # Ok::<(), serde_json::Error>(())
//! ```

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Detail, Operation, Pricing, Request};
use crate::id::MemberId;
use crate::time::Instant;

/// What a pricing says to a request: the changes that it proposes.
pub type Answer = crate::answer::Answer<Operation>;

/// What becomes of a quote when a pricing has no usable answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnFailure {
    /// The price stays as it is without that pricing, and the quote says so.
    #[default]
    ListPrice,
    /// There is no quote. A run of invoices passes over who should have been quoted, and says why.
    Refuse,
}

/// What one pricing has answered, so that it need not be asked where it must not be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answers {
    /// Who answered.
    pub name: String,
    /// What becomes of a quote without a usable answer.
    #[serde(default)]
    pub on_failure: OnFailure,
    /// What it wants to be told.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub wants: BTreeSet<Detail>,
    /// What was asked, and what came back.
    pub answers: Vec<Given>,
}

/// An answer with its request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Given {
    /// What was asked.
    pub request: Request,
    /// Until when the answer may be used.
    pub until: Instant,
    /// What came back.
    pub answer: Answer,
    /// The seal of whoever asked. A store takes what it has sealed itself and asks again for all else; a decision does
    /// not look at it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seal: Option<String>,
}

impl Answers {
    /// Makes the answers of a pricing that has not been asked yet.
    pub fn new(pricing: &dyn Pricing) -> Self {
        Self {
            name: pricing.name().to_owned(),
            on_failure: pricing.on_failure(),
            wants: pricing.wants(),
            answers: Vec::new(),
        }
    }

    /// Returns the answers as they stand at a time.
    pub fn at(&self, now: Instant) -> Standing<'_> {
        let mut standing: BTreeMap<MemberId, Vec<&Given>> = BTreeMap::new();
        for given in self.answers.iter().filter(|given| now < given.until) {
            standing.entry(given.request.payer).or_default().push(given);
        }
        Standing {
            answers: self,
            standing,
        }
    }
}

/// Answers as they stand at a time: a pricing that runs nothing.
///
/// A request that was not answered, because the facts have changed since or the answer has expired, is a failure.
#[derive(Debug, Clone)]
pub struct Standing<'a> {
    answers: &'a Answers,
    standing: BTreeMap<MemberId, Vec<&'a Given>>,
}

impl<'a> Standing<'a> {
    /// Finds the answer to a request.
    pub fn find(&self, request: &Request) -> Option<&'a Given> {
        let known = self.standing.get(&request.payer)?;
        known.iter().copied().find(|given| given.request == *request)
    }
}

impl Pricing for Standing<'_> {
    fn name(&self) -> &str {
        &self.answers.name
    }

    fn on_failure(&self) -> OnFailure {
        self.answers.on_failure
    }

    fn wants(&self) -> BTreeSet<Detail> {
        self.answers.wants.clone()
    }

    fn propose(&self, request: &Request) -> Answer {
        self.find(request).map_or_else(
            || Answer::none("the request has changed since it was answered, or the answer has expired"),
            |given| given.answer.clone(),
        )
    }
}

/// How the prices of a quote came about: what was asked, and what every pricing outside the house said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Priced {
    /// What was asked.
    pub request: Request,
    /// What was answered, in the order of the pricings.
    pub answers: Vec<Answered>,
}

/// What one pricing said to the request of a quote; whether that was taken, the quote tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    /// Who answered.
    pub source: String,
    /// What would become, or became, of the quote without a usable answer.
    pub on_failure: OnFailure,
    /// What came back.
    pub answer: Answer,
}
