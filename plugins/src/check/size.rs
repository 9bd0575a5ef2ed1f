//! What requests and answers weigh, about as the engine counts it.

use crate::contract::{
    Adjustment, Choice, Fact, FactValue, Line, OfferRequest, Profile, Quote, QuoteRequest, RankRequest,
    Ranked, Session, Workout,
};

/// Returns the bytes that a fact takes in a guest, about.
pub(crate) fn fact_bytes(fact: &Fact) -> usize {
    let text = match &fact.value {
        FactValue::Text(text) => text.len(),
        FactValue::Amount(_) => 3,
        _ => 0,
    };
    40 + fact.key.len() + text
}

/// Returns the bytes that a request takes in a guest, about.
pub(crate) fn request_bytes(request: &QuoteRequest) -> usize {
    let facts = |facts: &[Fact]| facts.iter().map(fact_bytes).sum::<usize>();
    let line = |line: &Line| 120 + line.tax_code.len() + facts(&line.facts);
    let lines: usize = request.lines.iter().map(line).sum();
    let member = request.member.as_ref().map_or(0, |member| {
        let tags: usize = member.tags.iter().map(|tag| 8 + tag.len()).sum();
        24 + member.subject.len() + tags + facts(&member.facts)
    });
    let context = &request.context;
    lines + member + 64 + context.location.len() + facts(&context.facts)
}

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

/// Returns how many adjustments an answer has, and its bytes.
pub(crate) fn quote_size(quote: &Quote) -> (usize, usize) {
    let adjustment = |it: &Adjustment| {
        let group = it.exclusive_group.as_ref().map_or(0, String::len);
        96 + it.reason_code.len() + it.label.len() + group
    };
    let adjustments: usize = quote.adjustments.iter().map(adjustment).sum();
    let explanation = quote.explanation.as_ref().map_or(0, String::len);
    let facts: usize = quote.facts.iter().map(fact_bytes).sum();
    (quote.adjustments.len(), 32 + adjustments + explanation + facts)
}

/// Returns how many recommendations an answer has, and its bytes.
pub(crate) fn ranked_size(ranked: &[Ranked]) -> (usize, usize) {
    let item = |it: &Ranked| 32 + it.workout_id.len() + it.reason_code.len();
    (ranked.len(), 8 + ranked.iter().map(item).sum::<usize>())
}

/// Returns how many offers an answer has, and its bytes.
pub(crate) fn chosen_size(chosen: &[Choice]) -> (usize, usize) {
    let item = |it: &Choice| 24 + it.offer_code.len() + it.reason_code.len();
    (chosen.len(), 8 + chosen.iter().map(item).sum::<usize>())
}
