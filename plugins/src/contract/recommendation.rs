//! Requests and answers of recommendations.

use serde::{Deserialize, Serialize};
use wasmtime::component::{ComponentType, Lift, Lower};

use super::{Date, Fact};

/// A workout that may be recommended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Workout {
    /// Its id.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// How long it takes.
    pub minutes: u32,
    /// How hard it is, 1 to 10.
    pub intensity: u8,
    /// What it trains, sorted.
    #[component(name = "muscle-groups")]
    pub muscle_groups: Vec<String>,
    /// What it needs, sorted.
    pub equipment: Vec<String>,
    /// How well it suits, in basis points.
    #[component(name = "base-score")]
    pub base_score: i32,
    /// What else the host knows of it.
    pub facts: Vec<Fact>,
}

/// A workout that was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Session {
    /// Which.
    #[component(name = "workout-id")]
    pub workout_id: String,
    /// When.
    pub day: Date,
    /// How much of it, in basis points.
    pub completed: i32,
    /// How hard it felt, 1 to 10.
    #[component(name = "perceived-effort")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub perceived_effort: Option<u8>,
}

/// For whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Profile {
    /// A pseudonym, another one for each plugin.
    pub subject: String,
    /// What they are after, sorted.
    pub goals: Vec<String>,
    /// How far they are, 1 to 10.
    pub level: u8,
    /// What they must not do, sorted; only where it was granted.
    pub limits: Vec<String>,
    /// How likely they are to leave, in basis points.
    #[component(name = "churn-risk")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub churn_risk: Option<i32>,
    /// What they did lately, the latest first.
    pub recent: Vec<Session>,
    /// What else the host knows of them.
    pub facts: Vec<Fact>,
}

/// What is to be ranked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(deny_unknown_fields)]
pub struct RankRequest {
    /// For whom.
    pub profile: Profile,
    /// What may be recommended.
    pub candidates: Vec<Workout>,
    /// How many are wanted.
    pub limit: u32,
    /// The civil day.
    pub today: Date,
    /// The same for the same request.
    pub seed: u64,
}

/// A workout that is recommended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Ranked {
    /// One of the candidates.
    #[component(name = "workout-id")]
    pub workout_id: String,
    /// In basis points.
    pub score: i32,
    /// Why.
    #[component(name = "reason-code")]
    pub reason_code: String,
    /// A shorter or longer form of it, in basis points of its minutes.
    #[component(name = "scale-minutes")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scale_minutes: Option<i32>,
}

/// What is to be chosen from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct OfferRequest {
    /// Whom to keep.
    pub profile: Profile,
    /// What may be offered.
    #[component(name = "offer-codes")]
    pub offer_codes: Vec<String>,
    /// How many are wanted.
    pub limit: u32,
    /// The civil day.
    pub today: Date,
    /// The same for the same request.
    pub seed: u64,
}

/// An offer that is chosen: `offer-choice` in the WIT.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Choice {
    /// One of the codes.
    #[component(name = "offer-code")]
    pub offer_code: String,
    /// In basis points.
    pub score: i32,
    /// Why.
    #[component(name = "reason-code")]
    pub reason_code: String,
}
