//! A [`Plugin`] as a [`Recommender`]: from the gym's request to the contract's, and back.

use std::collections::BTreeSet;

use gym_core::answer::Answer;
use gym_core::id::WorkoutTemplateId;
use gym_core::recommendation::{
    Chosen, Profile, Ranked, Ranking, Recommender, Retention, Score, Word, Workout,
};
use serde::Serialize;

use crate::call::Run;
use crate::contract::{self, OfferRequest, RankRequest};
use crate::plugin::Plugin;
use crate::record::Record;

impl Recommender for Plugin {
    fn name(&self) -> &str {
        self.id()
    }

    fn rank(&self, request: &Ranking) -> Answer<Ranked> {
        let mut asked = RankRequest {
            profile: self.profile(&request.profile),
            candidates: request.candidates.iter().map(workout).collect(),
            limit: request.wanted,
            today: request.today.into(),
            seed: 0,
        };
        asked.seed = self.key.seed(self.id(), &asked);
        let run = self.rank_workouts(&asked);
        self.said(asked, run, |item: &contract::Ranked| {
            Some(Ranked {
                workout: item
                    .workout_id
                    .parse::<i64>()
                    .ok()
                    .map(gym_core::id::Id::from_raw)?,
                score: Score::nearest(i64::from(item.score)),
                reason: item.reason_code.clone(),
                scale: item
                    .scale_minutes
                    .and_then(|scale| u16::try_from(scale / 10).ok()),
            })
        })
    }

    fn choose(&self, request: &Retention) -> Answer<Chosen> {
        let mut asked = OfferRequest {
            profile: self.profile(&request.profile),
            offer_codes: request.codes.iter().cloned().collect(),
            limit: request.wanted,
            today: request.today.into(),
            seed: 0,
        };
        asked.seed = self.key.seed(self.id(), &asked);
        let run = self.choose_offers(&asked);
        self.said(asked, run, |item: &contract::Choice| {
            Some(Chosen {
                code: item.offer_code.clone(),
                score: Score::nearest(i64::from(item.score)),
                reason: item.reason_code.clone(),
            })
        })
    }
}

impl Plugin {
    fn said<Q, A, T>(&self, asked: Q, run: Run<Vec<A>>, item: impl Fn(&A) -> Option<T>) -> Answer<T>
    where
        Q: Serialize,
        A: Serialize,
    {
        let said = match &run.answer {
            Ok(items) => Answer::of(items.iter().filter_map(item).collect()),
            Err(error) => Answer::none(error.to_string()),
        };
        said.recorded(Record::of(self, asked, run).line())
    }

    /// Puts a profile in the words of the contract: a pseudonym, and facts of health only where they were granted.
    fn profile(&self, profile: &Profile) -> contract::Profile {
        let session = |done: &gym_core::recommendation::Done| contract::Session {
            workout_id: raw(done.workout),
            day: done.on.into(),
            completed: points(done.completed),
            perceived_effort: done.effort.map(|effort| effort.get()),
        };
        contract::Profile {
            subject: self.key.pseudonym(self.id(), &profile.member.to_string()),
            goals: words(&profile.goals),
            level: profile.level.get(),
            limits: if self.terms().health {
                words(&profile.limits)
            } else {
                Vec::new()
            },
            churn_risk: profile.churn_risk.map(points),
            recent: profile.recent.iter().map(session).collect(),
            facts: self.told(&profile.facts),
        }
    }
}

fn workout(workout: &Workout) -> contract::Workout {
    contract::Workout {
        id: raw(workout.id),
        title: workout.title.clone(),
        minutes: workout.minutes,
        intensity: workout.intensity.get(),
        muscle_groups: words(&workout.muscle_groups),
        equipment: words(&workout.equipment),
        base_score: points(workout.base),
        facts: contract::facts(&workout.facts),
    }
}

fn words(words: &BTreeSet<Word>) -> Vec<String> {
    words.iter().cloned().map(Into::into).collect()
}

fn raw(id: WorkoutTemplateId) -> String {
    id.get().to_string()
}

fn points(score: Score) -> i32 {
    i32::try_from(score.points()).unwrap_or_default()
}
