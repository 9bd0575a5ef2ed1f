//! [`Recommender`]: ranks workouts and chooses offers. The gym takes out what is not for the person before, and bounds
//! the scores after.
//!
//! ```
//! use gym_plugin_sdk::recommendation::{RankRequest, Ranked, Recommender};
//! use gym_plugin_sdk::{Failure, Settings};
//!
//! /// The shortest first.
//! struct Brief;
//!
//! impl Recommender for Brief {
//!     fn new(_: &Settings) -> Result<Self, Failure> {
//!         Ok(Self)
//!     }
//!
//!     fn rank(&self, request: &RankRequest) -> Result<Vec<Ranked>, Failure> {
//!         let mut brief: Vec<_> = request.candidates.iter().collect();
//!         brief.sort_by_key(|workout| workout.minutes);
//!         Ok(brief.iter().map(|workout| workout.rank(workout.base_score, "brief")).collect())
//!     }
//! }
//! ```

pub use crate::bindings::advice::gym::plugins::recommendation_types::{
    OfferChoice, OfferRequest, Profile, RankRequest, Ranked, Session, Workout,
};
use crate::fact::find;
use crate::{FactValue, Failure, Settings};

/// A plugin that recommends.
pub trait Recommender: Sized {
    /// Makes it for an installation. It is also how settings are checked when the plugin is installed, so everything
    /// that it accepts must work.
    ///
    /// # Errors
    /// [`Failure::invalid_config`] with the setting, its value and what was expected.
    fn new(settings: &Settings) -> Result<Self, Failure>;

    /// Ranks workouts, the best first; what is left out is not recommended.
    ///
    /// # Errors
    /// A [`Failure`] if there is no answer; by default, that it is not supported.
    fn rank(&self, request: &RankRequest) -> Result<Vec<Ranked>, Failure> {
        let _ = request;
        Err(Failure::unsupported("rank: this plugin ranks no workouts"))
    }

    /// Chooses offers, the best first.
    ///
    /// # Errors
    /// A [`Failure`] if there is no answer; by default, that it is not supported.
    fn choose_offers(&self, request: &OfferRequest) -> Result<Vec<OfferChoice>, Failure> {
        let _ = request;
        Err(Failure::unsupported(
            "choose-offers: this plugin chooses no offers",
        ))
    }
}

impl Workout {
    /// Recommends it. `score` is 0 to 10'000 and is put within; `reason` is 1 to 40 lower-case letters, digits and
    /// hyphens for the records.
    pub fn rank(&self, score: i32, reason: &str) -> Ranked {
        Ranked {
            workout_id: self.id.clone(),
            score: score.clamp(0, 10_000),
            reason_code: reason.to_owned(),
            scale_minutes: None,
        }
    }

    /// Returns what else the host knows of it, by key.
    pub fn fact(&self, key: &str) -> Option<&FactValue> {
        find(&self.facts, key)
    }
}

impl Profile {
    /// Returns what else the host knows of the person, by key.
    pub fn fact(&self, key: &str) -> Option<&FactValue> {
        find(&self.facts, key)
    }
}
