//! What is offered to recommenders, and what is taken of their answers.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Chosen, Ranked, Ranking, Recommender, Retention, Score, Word, Workout};
use crate::answer::Answer;
use crate::id::WorkoutTemplateId;
use crate::text::is_code;

/// How far recommenders are trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bounds {
    /// How far a score may be from the gym's own; what is farther is moved to that.
    pub influence: Score,
}

impl Default for Bounds {
    /// Three tenths either way.
    fn default() -> Self {
        Self {
            influence: Score::nearest(3_000),
        }
    }
}

/// What came of asking recommenders.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recommended<T> {
    /// The best first; at most as many as wanted.
    pub items: Vec<T>,
    /// Who said so; none if the gym's own scores decided.
    pub source: Option<String>,
    /// How the recommender came to that.
    pub record: Option<String>,
    /// Whose answers could not be used.
    pub unused: Vec<Unused>,
    /// What was not offered to anyone.
    pub excluded: Vec<Excluded>,
}

/// A recommender whose answer could not be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unused {
    /// Who.
    pub source: String,
    /// Everything that was wrong.
    pub why: Vec<Unfit>,
    /// How it came to that.
    pub record: Option<String>,
}

/// A workout that was not offered, because it could do harm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Excluded {
    /// Which.
    pub workout: WorkoutTemplateId,
    /// The limits of the person that it goes against.
    pub because: Vec<Word>,
}

/// What is wrong with an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the sentences name the fields")]
pub enum Unfit {
    /// There was none.
    #[error("no answer: {why}")]
    Failed { why: String },
    /// It names what was not offered.
    #[error("{what}: it was not offered")]
    NotOffered { what: String },
    /// It names something twice.
    #[error("{what}: it is named twice")]
    Twice { what: String },
    /// Its reason is not a code.
    #[error(
        "{what}: reason {reason:?} is not accepted; expected 1 to 40 lower-case letters, digits and hyphens"
    )]
    Reason { what: String, reason: String },
    /// Its scale is out of bounds.
    #[error("{what}: scale {scale} is not accepted; expected 250 to 2000 thousandths")]
    Scale { what: String, scale: u16 },
}

/// Ranks workouts for somebody: asks recommenders in their order, and takes the first answer that is one.
///
/// What could harm the person is taken out before anybody is asked. Scores are moved to within the bounds. If nobody
/// has an answer, the gym's own scores decide.
pub fn rank(mut request: Ranking, recommenders: &[&dyn Recommender], bounds: &Bounds) -> Recommended<Ranked> {
    let excluded = exclude(&mut request);
    let offered: BTreeMap<_, _> = request
        .candidates
        .iter()
        .map(|workout| (workout.id, workout))
        .collect();
    let check = |item: &Ranked| match offered.get(&item.workout) {
        Some(_) => scale(item),
        None => Err(Unfit::NotOffered {
            what: name(item.workout),
        }),
    };
    let key = |item: &Ranked| name(item.workout);
    let (taken, unused) = first(
        recommenders,
        |it| it.rank(&request),
        |items| checked(items, key, |item| &item.reason, check),
    );
    let (mut items, source, record) = taken.unwrap_or_else(|| (own(&request.candidates), None, None));
    for item in &mut items {
        if let Some(workout) = offered.get(&item.workout) {
            item.score = within(item.score, workout.base, bounds.influence);
        }
    }
    items.sort_by_key(|item| std::cmp::Reverse(item.score));
    items.truncate(usize::try_from(request.wanted).unwrap_or(usize::MAX));
    Recommended {
        items,
        source,
        record,
        unused,
        excluded,
    }
}

/// Chooses offers to keep somebody: asks recommenders in their order, and takes the first answer that is one.
///
/// If nobody has an answer, nothing is offered.
pub fn choose(request: &Retention, recommenders: &[&dyn Recommender]) -> Recommended<Chosen> {
    let check = |item: &Chosen| match request.codes.get(&item.code) {
        Some(_) => Ok(()),
        None => Err(Unfit::NotOffered {
            what: shown(&item.code),
        }),
    };
    let key = |item: &Chosen| shown(&item.code);
    let (taken, unused) = first(
        recommenders,
        |it| it.choose(request),
        |items| checked(items, key, |item| &item.reason, check),
    );
    let (mut items, source, record) = taken.unwrap_or_default();
    items.sort_by_key(|item| std::cmp::Reverse(item.score));
    items.truncate(usize::try_from(request.wanted).unwrap_or(usize::MAX));
    Recommended {
        items,
        source,
        record,
        unused,
        excluded: Vec::new(),
    }
}

/// Takes out what could do harm, and says so; what comes twice is kept once.
fn exclude(request: &mut Ranking) -> Vec<Excluded> {
    let mut excluded: BTreeMap<WorkoutTemplateId, BTreeSet<Word>> = BTreeMap::new();
    for workout in &request.candidates {
        let mut because = workout
            .contraindications
            .intersection(&request.profile.limits)
            .peekable();
        if because.peek().is_some() {
            excluded.entry(workout.id).or_default().extend(because.cloned());
        }
    }
    let mut seen = BTreeSet::new();
    request
        .candidates
        .retain(|workout| !excluded.contains_key(&workout.id) && seen.insert(workout.id));
    let said = |(workout, because): (_, BTreeSet<Word>)| Excluded {
        workout,
        because: because.into_iter().collect(),
    };
    excluded.into_iter().map(said).collect()
}

type Taken<T> = (Vec<T>, Option<String>, Option<String>);

fn first<T>(
    recommenders: &[&dyn Recommender],
    ask: impl Fn(&dyn Recommender) -> Answer<T>,
    check: impl Fn(Vec<T>) -> Result<Vec<T>, Vec<Unfit>>,
) -> (Option<Taken<T>>, Vec<Unused>) {
    let mut unused = Vec::new();
    for recommender in recommenders {
        let source = recommender.name().to_owned();
        let Answer { proposed, record } = ask(*recommender);
        match proposed
            .map_err(|why| vec![Unfit::Failed { why }])
            .and_then(&check)
        {
            Ok(items) => return (Some((items, Some(source), record)), unused),
            Err(why) => unused.push(Unused { source, why, record }),
        }
    }
    (None, unused)
}

/// Checks every item, and that none comes twice.
fn checked<T>(
    items: Vec<T>,
    key: impl Fn(&T) -> String,
    reason: impl Fn(&T) -> &str,
    check: impl Fn(&T) -> Result<(), Unfit>,
) -> Result<Vec<T>, Vec<Unfit>> {
    let (mut wrong, mut seen) = (Vec::new(), BTreeSet::new());
    for item in &items {
        let what = key(item);
        wrong.extend(check(item).err());
        let reason = reason(item);
        if !is_code(reason) {
            wrong.push(Unfit::Reason {
                what: what.clone(),
                reason: shown(reason),
            });
        }
        if !seen.insert(what.clone()) {
            wrong.push(Unfit::Twice { what });
        }
    }
    if wrong.is_empty() { Ok(items) } else { Err(wrong) }
}

fn scale(item: &Ranked) -> Result<(), Unfit> {
    match item.scale {
        Some(scale) if !(250..=2_000).contains(&scale) => Err(Unfit::Scale {
            what: name(item.workout),
            scale,
        }),
        _ => Ok(()),
    }
}

fn within(score: Score, base: Score, influence: Score) -> Score {
    let (low, high) = (
        base.points() - influence.points(),
        base.points() + influence.points(),
    );
    Score::nearest(score.points().clamp(low, high))
}

/// Ranks by the gym's own scores.
fn own(candidates: &[Workout]) -> Vec<Ranked> {
    let ranked = |workout: &Workout| Ranked {
        workout: workout.id,
        score: workout.base,
        reason: "base-score".to_owned(),
        scale: None,
    };
    candidates.iter().map(ranked).collect()
}

fn name(workout: WorkoutTemplateId) -> String {
    format!("workout {workout}")
}

fn shown(text: &str) -> String {
    text.chars().take(60).collect()
}
