//! A [`Shadow`]: a candidate is asked whatever the live version is asked, and only the difference is kept.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use gym_core::billing::pricing::{Answer, OnFailure, Pricing, Request};
use gym_core::money::{Currency, Money};
use serde::Serialize;

use crate::call::Run;
use crate::check::check_quote;
use crate::contract::{Line, QuoteRequest};
use crate::limits::Limits;
use crate::plugin::Plugin;

/// A live plugin with a candidate in its shadow. The live one alone decides prices.
#[derive(Debug)]
pub struct Shadow {
    live: Arc<Plugin>,
    candidate: Plugin,
    kept: usize,
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    asked: u64,
    different: u64,
    differences: VecDeque<Difference>,
}

/// What a shadow has seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Report {
    /// How many requests both were asked.
    pub asked: u64,
    /// To how many of these they gave different prices.
    pub different: u64,
    /// The latest of those, the oldest first.
    pub differences: Vec<Difference>,
}

/// One request to which the two gave different prices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Difference {
    /// What was asked.
    pub request: Request,
    /// The price of each item by the live version, or why it has none.
    pub live: Result<Vec<Money>, String>,
    /// The price of each item by the candidate, or why it has none.
    pub candidate: Result<Vec<Money>, String>,
}

impl Shadow {
    /// Sets a candidate beside a live plugin, and keeps so many differences. The candidate is never off, however often it
    /// fails. It runs on the thread that asks, after the live one; records can be compared later too (`gym-plugin diff`).
    pub fn new(live: Arc<Plugin>, candidate: &Plugin, kept: usize) -> Self {
        let limits = Limits {
            faults: 0,
            ..*candidate.limits()
        };
        Self {
            live,
            candidate: candidate.limited(limits),
            kept,
            seen: Mutex::default(),
        }
    }

    /// Returns what it has seen so far.
    pub fn report(&self) -> Report {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        Report {
            asked: seen.asked,
            different: seen.different,
            differences: seen.differences.iter().cloned().collect(),
        }
    }

    fn compare(&self, request: &Request, live: &Answer, candidate: &Answer) {
        let (live, candidate) = (prices(request, live), prices(request, candidate));
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.asked += 1;
        // Two that have no answer give the same price, whatever each says about it.
        if live == candidate || (live.is_err() && candidate.is_err()) {
            return;
        }
        seen.different += 1;
        seen.differences.push_back(Difference {
            request: request.clone(),
            live,
            candidate,
        });
        if seen.differences.len() > self.kept {
            seen.differences.pop_front();
        }
    }
}

impl Pricing for Shadow {
    fn name(&self) -> &str {
        self.live.name()
    }

    fn on_failure(&self) -> OnFailure {
        self.live.on_failure()
    }

    fn propose(&self, request: &Request) -> Answer {
        let answer = self.live.propose(request);
        self.compare(request, &answer, &self.candidate.propose(request));
        answer
    }

    fn propose_all(&self, requests: &[Request]) -> Vec<Answer> {
        let answers = self.live.propose_all(requests);
        let candidates = self.candidate.propose_all(requests);
        for ((request, answer), candidate) in requests.iter().zip(&answers).zip(&candidates) {
            self.compare(request, answer, candidate);
        }
        answers
    }
}

/// Returns the price of each item by one answer alone, before the gym's bounds, discounts and tax.
///
/// # Errors
/// Why there is none.
pub fn prices(request: &Request, answer: &Answer) -> Result<Vec<Money>, String> {
    let operations = answer.proposed.clone()?;
    let mut prices: Vec<Money> = request.items.iter().map(|item| item.list).collect();
    for operation in operations {
        let list = request.items.get(operation.item).map(|item| item.list);
        let Some((list, price)) = list.zip(prices.get_mut(operation.item)) else {
            return Err(format!("there is no item {}", operation.item));
        };
        let step = operation
            .change
            .step(list)
            .and_then(|step| price.checked_add(step));
        *price = step.map_err(|error| error.to_string())?;
    }
    Ok(prices)
}

impl Plugin {
    /// Asks for prices in the words of the contract, and returns the price of each line by its answer alone.
    pub fn line_prices(&self, request: &QuoteRequest) -> Run<Vec<Money>> {
        let run = self.quote_price(request);
        run.then(|quote| {
            let bad = |why: String| self.bad(vec![why]);
            let operations = check_quote(request, &quote, self.limits()).map_err(|why| self.bad(why))?;
            let list = |line: &Line| {
                let currency: Result<Currency, _> = line.list_price.currency.parse();
                currency.map(|currency| Money::new(line.list_price.minor_units, currency))
            };
            let lists: Result<Vec<Money>, _> = request.lines.iter().map(list).collect();
            let mut prices = lists.map_err(|error| bad(error.to_string()))?;
            for operation in operations {
                let line = request.lines.get(operation.item);
                if let Some((Ok(list), price)) = line.map(list).zip(prices.get_mut(operation.item)) {
                    let step = operation
                        .change
                        .step(list)
                        .and_then(|step| price.checked_add(step));
                    *price = step.map_err(|error| bad(error.to_string()))?;
                }
            }
            Ok(prices)
        })
    }
}
