//! [`Rotation`]: rest what was trained, and offer something to those who may leave, not always the same.

use std::collections::BTreeSet;

use chrono::{Datelike, NaiveDate};

use super::{Chosen, Ranked, Ranking, Recommender, Retention, Score, Word};
use crate::answer::Answer;

/// For how many days what was trained rests.
const REST: i64 = 2;
/// What resting costs a workout, in basis points.
const COST: i64 = 2_000;
/// From what risk of leaving on offers are made, in basis points.
const AT_RISK: i64 = 3_000;

/// Ranks by the gym's own scores, but lets what was trained in the last two days rest.
///
/// To those who may leave it offers every code, each week another one first; the others follow by name, each a point
/// behind the one before.
#[derive(Debug, Clone, Copy, Default)]
pub struct Rotation;

impl Recommender for Rotation {
    fn name(&self) -> &'static str {
        "rotation"
    }

    fn rank(&self, request: &Ranking) -> Answer<Ranked> {
        let recent = request.profile.recent.iter();
        let done: BTreeSet<_> = recent
            .filter(|done| (0..=REST).contains(&(request.today - done.on).num_days()))
            .map(|done| done.workout)
            .collect();
        let tired: BTreeSet<&Word> = request
            .candidates
            .iter()
            .filter(|workout| done.contains(&workout.id))
            .flat_map(|workout| &workout.muscle_groups)
            .collect();
        let mut ranked: Vec<Ranked> = Vec::new();
        for workout in &request.candidates {
            let rests = workout.muscle_groups.iter().any(|group| tired.contains(group));
            ranked.push(Ranked {
                workout: workout.id,
                score: Score::nearest(workout.base.points() - if rests { COST } else { 0 }),
                reason: if rests { "rests" } else { "fresh" }.to_owned(),
                scale: None,
            });
        }
        ranked.sort_by_key(|item| std::cmp::Reverse(item.score));
        Answer::of(ranked)
    }

    fn choose(&self, request: &Retention) -> Answer<Chosen> {
        let risk = request.profile.churn_risk.unwrap_or_default();
        if risk.points() < AT_RISK {
            return Answer::of(Vec::new());
        }
        let chosen = |(code, behind): (&String, i64)| Chosen {
            code: code.clone(),
            score: Score::nearest(risk.points() - behind),
            reason: "may-leave".to_owned(),
        };
        let codes = request.codes.iter();
        let turn = usize::try_from(week(request.today)).unwrap_or_default() % codes.len().max(1);
        let (early, late) = (codes.clone().take(turn), codes.skip(turn));
        Answer::of(late.chain(early).zip(0..).map(chosen).collect())
    }
}

/// Returns how many weeks, from Monday on, there were since the first day of the year 1.
fn week(day: NaiveDate) -> i32 {
    // Day 1 of the calendar, 0001-01-01, is a Monday.
    (day.num_days_from_ce() - 1).div_euclid(7)
}
