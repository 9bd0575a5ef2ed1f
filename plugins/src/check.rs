//! What a request may weigh and what an answer may say: answers are checked as if an enemy had written them.

mod fact;
mod recommendation;
mod size;

use std::collections::{BTreeMap, BTreeSet};

use gym_core::billing::pricing::{Change as CoreChange, Operation};
use gym_core::money::{Currency, Money as CoreMoney, allocate};
use gym_core::text::{is_code, is_line};

pub(crate) use self::recommendation::{check_choices, check_ranked};
pub(crate) use self::size::{
    chosen_size, fact_bytes, offer_bytes, quote_size, rank_bytes, ranked_size, request_bytes,
};
use crate::contract::{Adjustment, Change, Money, Quote, QuoteRequest};
use crate::limits::Limits;

/// The largest amount that guests whose numbers are doubles keep exact.
const EXACT: i64 = (1 << 53) - 1;
/// How many sentences about one answer are kept.
const SENTENCES: usize = 20;

/// What is wrong with an answer, up to a number of sentences.
#[derive(Debug, Default)]
pub(crate) struct Wrong(Vec<String>);

impl Wrong {
    pub(crate) fn add(&mut self, sentence: impl FnOnce() -> String) {
        if self.0.len() < SENTENCES {
            self.0.push(sentence());
        }
    }

    pub(crate) fn reason_code(&mut self, at: usize, code: &str) {
        if !is_code(code) {
            let code = crate::state::one_line(code, 60);
            self.add(|| {
                format!("reason code {at}: {code:?} is not 1 to 40 lower-case letters, digits and hyphens")
            });
        }
    }

    pub(crate) fn many(&mut self, what: &str, count: usize, allowed: usize) -> bool {
        let too_many = count > allowed;
        if too_many {
            self.add(|| format!("{count} {what} are not accepted; expected at most {allowed}"));
        }
        too_many
    }

    pub(crate) fn or<T>(self, good: T) -> Result<T, Vec<String>> {
        if self.0.is_empty() { Ok(good) } else { Err(self.0) }
    }
}

/// Checks an answer on prices, and turns it into operations.
///
/// # Errors
/// Everything that is wrong with it, up to 20 sentences.
pub(crate) fn check_quote(
    request: &QuoteRequest,
    quote: &Quote,
    limits: &Limits,
) -> Result<Vec<Operation>, Vec<String>> {
    let mut wrong = Wrong::default();
    let allowed = usize::try_from(limits.answers).unwrap_or(usize::MAX);
    if wrong.many("adjustments", quote.adjustments.len(), allowed) {
        return wrong.or(Vec::new());
    }
    let explanation = quote.explanation.as_deref();
    if explanation.is_some_and(|line| line.len() > 400 || !(line.is_empty() || is_line(line, 400))) {
        wrong.add(|| "the explanation is not one line of at most 400 bytes".to_owned());
    }
    fact::check(&quote.facts, &request.context.currency, &mut wrong);
    let currency: Option<Currency> = request.context.currency.parse().ok();
    let mut steps = Vec::new();
    for (at, adjustment) in quote.adjustments.iter().enumerate() {
        wrong.reason_code(at, &adjustment.reason_code);
        check_texts(at, adjustment, &mut wrong);
        match changes(request, currency, adjustment) {
            Ok(changes) => steps.extend(changes.into_iter().map(|(line, change)| (line, at, change))),
            Err(why) => wrong.add(|| format!("adjustment {at}: {why}")),
        }
    }
    let steps = one_of_each_group(quote, steps);
    check_set(request, &steps, &mut wrong);
    check_signs(request, &steps, &mut wrong);
    let operation = |(line, at, change): (usize, usize, CoreChange)| Operation {
        item: line,
        change,
        text: quote.adjustments[at].label.clone(),
    };
    wrong
        .or(steps)
        .map(|steps| steps.into_iter().map(operation).collect())
}

fn check_texts(at: usize, adjustment: &Adjustment, wrong: &mut Wrong) {
    let label = &adjustment.label;
    if !is_line(label, 200) {
        wrong.add(|| format!("label {at}: it is not one line of 1 to 200 characters"));
    }
    let group = adjustment.exclusive_group.as_ref();
    if group.is_some_and(|group| group.len() > 40 || !is_line(group, 40)) {
        wrong.add(|| format!("group {at}: it is not one line of 1 to 40 bytes"));
    }
}

/// Returns what an adjustment changes, line by line.
fn changes(
    request: &QuoteRequest,
    currency: Option<Currency>,
    adjustment: &Adjustment,
) -> Result<Vec<(usize, CoreChange)>, String> {
    let lines = request.lines.len();
    let targets =
        match adjustment.line_id {
            None => (0..lines).collect(),
            Some(id) => {
                let at = request.lines.iter().position(|line| line.line_id == id);
                vec![at.ok_or_else(|| {
                    format!("there is no line {id}; expected 0 to {}", lines.saturating_sub(1))
                })?]
            }
        };
    let share = |share: i32, sign: i32| {
        if (0..=10_000).contains(&share) {
            // Nothing of a price is no change.
            let targets = targets.iter().filter(|_| share > 0);
            Ok(targets
                .map(|line| (*line, CoreChange::Percent(sign * share * 10)))
                .collect())
        } else {
            Err(format!(
                "{share} basis points are not accepted; expected 0 to 10000"
            ))
        }
    };
    match &adjustment.change {
        Change::PercentOff(points) => share(*points, -1),
        Change::PercentSurcharge(points) => share(*points, 1),
        Change::AmountOff(money) => {
            let off = amount(money, currency, 0)?
                .checked_neg()
                .map_err(|error| error.to_string())?;
            spread(request, &targets, off)
        }
        Change::Surcharge(money) => spread(request, &targets, amount(money, currency, 0)?),
        Change::SetPrice(money) => {
            let [line] = targets[..] else {
                return Err("a price can be set for one line only; expected its line-id".to_owned());
            };
            Ok(vec![(line, CoreChange::Price(amount(money, currency, 0)?))])
        }
    }
}

fn amount(money: &Money, currency: Option<Currency>, least: i64) -> Result<CoreMoney, String> {
    let currency = currency
        .filter(|currency| currency.code() == money.currency)
        .ok_or_else(|| {
            let found = crate::state::one_line(&money.currency, 16);
            format!("currency {found:?} is not that of the request")
        })?;
    if money.minor_units < least || money.minor_units > EXACT {
        let units = money.minor_units;
        return Err(format!(
            "{units} minor units are not accepted; expected {least} to {EXACT}"
        ));
    }
    Ok(CoreMoney::new(money.minor_units, currency))
}

/// Allocates an amount over lines by list price, or evenly where all of them are free.
fn spread(
    request: &QuoteRequest,
    lines: &[usize],
    amount: CoreMoney,
) -> Result<Vec<(usize, CoreChange)>, String> {
    if amount.is_zero() {
        return Ok(Vec::new());
    }
    if let [line] = lines {
        return Ok(vec![(*line, CoreChange::Amount(amount))]);
    }
    let list = |line: &usize| u64::try_from(request.lines[*line].list_price.minor_units).unwrap_or(0);
    let mut weights: Vec<u64> = lines.iter().map(list).collect();
    if weights.iter().all(|weight| *weight == 0) {
        weights.fill(1);
    }
    let parts = allocate(amount, &weights).map_err(|error| error.to_string())?;
    let changes = lines
        .iter()
        .copied()
        .zip(parts.into_iter().map(CoreChange::Amount));
    Ok(changes.collect())
}

/// Keeps, of the adjustments of one group on one line, the one with the highest priority, and the first of equals.
fn one_of_each_group(
    quote: &Quote,
    mut steps: Vec<(usize, usize, CoreChange)>,
) -> Vec<(usize, usize, CoreChange)> {
    let mut best: BTreeMap<(usize, &str), usize> = BTreeMap::new();
    for (line, at, _) in &steps {
        let Some(group) = &quote.adjustments[*at].exclusive_group else {
            continue;
        };
        let held = best.entry((*line, group)).or_insert(*at);
        if quote.adjustments[*at].priority > quote.adjustments[*held].priority {
            *held = *at;
        }
    }
    steps.retain(|(line, at, _)| {
        let group = quote.adjustments[*at].exclusive_group.as_deref();
        group.is_none_or(|group| best.get(&(*line, group)) == Some(at))
    });
    steps
}

/// Refuses a price that is set twice, or beside a share: a share is of the list price, which it replaces.
fn check_set(request: &QuoteRequest, steps: &[(usize, usize, CoreChange)], wrong: &mut Wrong) {
    let mut set = BTreeSet::new();
    for (line, at, change) in steps {
        if matches!(change, CoreChange::Price(_)) && !set.insert(*line) {
            let id = request.lines[*line].line_id;
            wrong.add(|| format!("adjustment {at}: the price of line {id} is set twice"));
        }
    }
    for (line, at, change) in steps {
        if matches!(change, CoreChange::Percent(_)) && set.contains(line) {
            let id = request.lines[*line].line_id;
            wrong.add(|| {
                format!("adjustment {at}: the price of line {id} is set, and a share is of the list price")
            });
        }
    }
}

/// Refuses prices below zero. The gym's own bounds come after, and may be narrower.
fn check_signs(request: &QuoteRequest, steps: &[(usize, usize, CoreChange)], wrong: &mut Wrong) {
    for (at, line) in request.lines.iter().enumerate() {
        let list = i128::from(line.list_price.minor_units);
        let hundred_thousandths =
            steps
                .iter()
                .filter(|(on, ..)| *on == at)
                .map(|(_, _, change)| match change {
                    CoreChange::Percent(share) => list * i128::from(*share),
                    CoreChange::Amount(amount) => i128::from(amount.minor()) * 100_000,
                    CoreChange::Price(price) => (i128::from(price.minor()) - list) * 100_000,
                });
        if list * 100_000 + hundred_thousandths.sum::<i128>() < 0 {
            let id = line.line_id;
            wrong.add(|| format!("line {id}: its price would be below zero"));
        }
    }
}
