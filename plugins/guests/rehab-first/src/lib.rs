//! Whoever has a limit, or overdid it, trains gently first; whoever is likely to leave gets an offer.
//!
//! A workout is for a limit if it has the fact `rehab` with the limit's name, or several, parted by spaces. A workout that
//! trains what is limited, and is harder than `gentle`, is left out.
//!
//! | setting | what it is |
//! |---|---|
//! | `gentle` | up to which intensity, 1 to 10, a workout is gentle; 4 if it is not set |
//! | `leaving-from` | from which risk of leaving on an offer is made, in percent; 50 if it is not set |

use std::cmp::Reverse;
use std::mem::swap;

use gym_plugin_sdk::recommendation::{
    OfferChoice, OfferRequest, Profile, RankRequest, Ranked, Recommender, Workout,
};
use gym_plugin_sdk::{FactValue, Failure, Percent, Settings, plugin, text};

struct RehabFirst {
    gentle: u32,
    leaving_from: Percent,
}

impl Recommender for RehabFirst {
    fn new(settings: &Settings) -> Result<Self, Failure> {
        settings.only(&["gentle", "leaving-from"])?;
        let gentle = settings.whole("gentle", 4)?;
        if !(1..=10).contains(&gentle) {
            let why = text!["setting gentle: ", gentle, " is not accepted; expected 1 to 10"];
            return Err(Failure::invalid_config(why));
        }
        let leaving_from = settings.share("leaving-from", Percent::whole(50))?;
        Ok(Self { gentle, leaving_from })
    }

    fn rank(&self, request: &RankRequest) -> Result<Vec<Ranked>, Failure> {
        let candidates = request.candidates.iter();
        let allowed = candidates.filter(|workout| !self.strains(workout, &request.profile));
        let limit = usize::try_from(request.limit).unwrap_or(usize::MAX);
        let mut ranked: Vec<Ranked> = Vec::new();
        for workout in allowed {
            let mut next = self.ranked(workout, &request.profile);
            // The best so far, in their order; no sort of Rust's, which takes 5 KB of a component.
            for it in &mut ranked {
                if order(&next) < order(it) {
                    swap(it, &mut next);
                }
            }
            if ranked.len() < limit {
                ranked.push(next);
            }
        }
        Ok(ranked)
    }

    fn choose_offers(&self, request: &OfferRequest) -> Result<Vec<OfferChoice>, Failure> {
        let risk = request.profile.churn_risk.unwrap_or_default();
        if Percent::basis_points(risk) < self.leaving_from {
            return Ok(Vec::new());
        }
        let limit = usize::try_from(request.limit).unwrap_or(usize::MAX);
        let choice = |(code, behind): (&String, i32)| OfferChoice {
            offer_code: code.clone(),
            score: risk.saturating_sub(behind).clamp(0, 10_000),
            reason_code: "likely-to-leave".to_owned(),
        };
        Ok(request
            .offer_codes
            .iter()
            .zip(0..)
            .take(limit)
            .map(choice)
            .collect())
    }
}

impl RehabFirst {
    fn ranked(&self, workout: &Workout, profile: &Profile) -> Ranked {
        let tired = is_tired(profile);
        if heals(workout, profile) {
            return workout.rank(workout.base_score.saturating_add(2_500), "rehab");
        }
        if !tired {
            return workout.rank(workout.base_score, "as-before");
        }
        let beyond = u32::from(workout.intensity).saturating_sub(self.gentle);
        let beyond = i32::try_from(beyond).unwrap_or(i32::MAX);
        let score = workout.base_score.saturating_sub(beyond.saturating_mul(500));
        Ranked {
            scale_minutes: (beyond > 0).then_some(7_500),
            ..workout.rank(score, "recover")
        }
    }

    fn strains(&self, workout: &Workout, profile: &Profile) -> bool {
        let limited = |muscle| profile.limits.contains(muscle);
        let hard = u32::from(workout.intensity) > self.gentle;
        hard && !heals(workout, profile) && workout.muscle_groups.iter().any(limited)
    }
}

/// The higher score first, and of equals by id.
fn order(ranked: &Ranked) -> (Reverse<i32>, &str) {
    (Reverse(ranked.score), &ranked.workout_id)
}

fn heals(workout: &Workout, profile: &Profile) -> bool {
    let fact = workout.fact("rehab").and_then(FactValue::as_text);
    let mut heals = fact.into_iter().flat_map(str::split_whitespace);
    heals.any(|limit| profile.limits.iter().any(|it| it == limit))
}

/// Whether the last workout felt like 9 or 10 of 10, or was given up before 70 %.
fn is_tired(profile: &Profile) -> bool {
    let last = profile.recent.first();
    last.is_some_and(|last| last.perceived_effort.is_some_and(|effort| effort >= 9) || last.completed < 7_000)
}

plugin!(recommendation: RehabFirst);
