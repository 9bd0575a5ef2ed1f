//! [`Rotation`]: rest what was trained, and offer something to those who may leave.

use std::collections::BTreeSet;

use super::{Chosen, Ranked, Ranking, Recommender, Retention, Said, Score};

/// For how many days what was trained rests.
const REST: i64 = 2;
/// What resting costs a workout, in basis points.
const COST: i64 = 2_000;
/// From what risk of leaving on offers are made, in basis points.
const AT_RISK: i64 = 3_000;

/// Ranks by the gym's own scores, but lets what was trained in the last two days rest; offers every code to those who
/// may leave.
#[derive(Debug, Clone, Copy, Default)]
pub struct Rotation;

impl Recommender for Rotation {
    fn name(&self) -> &'static str {
        "rotation"
    }

    fn rank(&self, request: &Ranking) -> Said<Ranked> {
        let recent = request.profile.recent.iter();
        let done: BTreeSet<_> = recent
            .filter(|done| (0..=REST).contains(&(request.today - done.on).num_days()))
            .map(|done| done.workout)
            .collect();
        let tired: BTreeSet<&String> = request
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
        Said::of(ranked)
    }

    fn choose(&self, request: &Retention) -> Said<Chosen> {
        let risk = request.profile.churn_risk.unwrap_or_default();
        if risk.points() < AT_RISK {
            return Said::of(Vec::new());
        }
        let chosen = |code: &String| Chosen {
            code: code.clone(),
            score: risk,
            reason: "may-leave".to_owned(),
        };
        Said::of(request.codes.iter().map(chosen).collect())
    }
}
