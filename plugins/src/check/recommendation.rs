//! What answers on recommendations may say.

use std::collections::BTreeSet;

use super::Wrong;
use crate::contract::{Choice, OfferRequest, RankRequest, Ranked};

/// Checks a ranking: what was offered, once each, with scores that are scores.
///
/// # Errors
/// Everything that is wrong with it, up to 20 sentences.
pub(crate) fn check_ranked(request: &RankRequest, ranked: Vec<Ranked>) -> Result<Vec<Ranked>, Vec<String>> {
    let mut wrong = Wrong::default();
    if wrong.many("recommendations", ranked.len(), request.candidates.len()) {
        return wrong.or(Vec::new());
    }
    let offered = request.candidates.iter().map(|it| it.id.as_str()).collect();
    let named = ranked
        .iter()
        .map(|it| (it.workout_id.as_str(), it.score, it.reason_code.as_str()));
    check(&offered, named, &mut wrong);
    for (at, item) in ranked.iter().enumerate() {
        if let Some(scale) = item
            .scale_minutes
            .filter(|scale| !(2_500..=20_000).contains(scale))
        {
            wrong.add(|| {
                format!(
                    "answer {at}: {scale} basis points of minutes are not accepted; expected 2500 to 20000"
                )
            });
        }
    }
    wrong.or(ranked)
}

/// Checks a choice of offers: what was offered, once each, with scores that are scores.
///
/// # Errors
/// Everything that is wrong with it, up to 20 sentences.
pub(crate) fn check_choices(request: &OfferRequest, chosen: Vec<Choice>) -> Result<Vec<Choice>, Vec<String>> {
    let mut wrong = Wrong::default();
    if wrong.many("offers", chosen.len(), request.offer_codes.len()) {
        return wrong.or(Vec::new());
    }
    let offered = request.offer_codes.iter().map(String::as_str).collect();
    let named = chosen
        .iter()
        .map(|it| (it.offer_code.as_str(), it.score, it.reason_code.as_str()));
    check(&offered, named, &mut wrong);
    wrong.or(chosen)
}

fn check<'a>(
    offered: &BTreeSet<&str>,
    named: impl Iterator<Item = (&'a str, i32, &'a str)>,
    wrong: &mut Wrong,
) {
    let mut seen = BTreeSet::new();
    for (at, (name, score, reason)) in named.enumerate() {
        let shown = crate::state::one_line(name, 60);
        if !offered.contains(name) {
            wrong.add(|| format!("answer {at}: {shown:?} was not offered"));
        }
        if !seen.insert(name) {
            wrong.add(|| format!("answer {at}: {shown:?} is named twice"));
        }
        if !(0..=10_000).contains(&score) {
            wrong.add(|| format!("answer {at}: score {score} is not accepted; expected 0 to 10000"));
        }
        wrong.reason_code(at, reason);
    }
}
