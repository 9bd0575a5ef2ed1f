//! What requests of recommendations weigh, and what their answers may say.

use std::collections::BTreeSet;

use super::{Wrong, fact_bytes};
use crate::contract::{Choice, OfferRequest, Profile, RankRequest, Ranked, Session, Workout};

fn words(words: &[String]) -> usize {
    words.iter().map(|word| 8 + word.len()).sum()
}

fn profile_bytes(profile: &Profile) -> usize {
    let sessions = profile.recent.iter().map(|it: &Session| 32 + it.workout_id.len());
    let facts = profile.facts.iter().map(fact_bytes);
    let texts = profile.subject.len() + words(&profile.goals) + words(&profile.limits);
    64 + texts + sessions.sum::<usize>() + facts.sum::<usize>()
}

/// Returns the bytes that a request takes in a guest, about.
pub(crate) fn rank_bytes(request: &RankRequest) -> usize {
    let workout = |it: &Workout| {
        let texts = it.id.len() + it.title.len() + words(&it.muscle_groups) + words(&it.equipment);
        64 + texts + it.facts.iter().map(fact_bytes).sum::<usize>()
    };
    32 + profile_bytes(&request.profile) + request.candidates.iter().map(workout).sum::<usize>()
}

/// Returns the bytes that a request takes in a guest, about.
pub(crate) fn offer_bytes(request: &OfferRequest) -> usize {
    32 + profile_bytes(&request.profile) + words(&request.offer_codes)
}

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
