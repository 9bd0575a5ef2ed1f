//! Requests and answers of recommendations.

use super::{List, Maybe, RawFact, Text, record};
use crate::Date;
use crate::recommendation::{OfferChoice, OfferRequest, Profile, RankRequest, Ranked, Session, Workout};

record!(RawWorkout of Workout {
    id: Text,
    title: Text,
    minutes: u32,
    intensity: u8,
    muscle_groups: List<Text>,
    equipment: List<Text>,
    base_score: i32,
    facts: List<RawFact>,
} lift);

record!(RawSession of Session {
    workout_id: Text,
    day: Date,
    completed: i32,
    perceived_effort: Maybe<u8>,
} lift);

record!(RawProfile of Profile {
    subject: Text,
    goals: List<Text>,
    level: u8,
    limits: List<Text>,
    churn_risk: Maybe<i32>,
    recent: List<RawSession>,
    facts: List<RawFact>,
} lift);

record!(RawRankRequest of RankRequest {
    profile: RawProfile,
    candidates: List<RawWorkout>,
    limit: u32,
    today: Date,
    seed: u64,
} lift);

record!(RawOfferRequest of OfferRequest {
    profile: RawProfile,
    offer_codes: List<Text>,
    limit: u32,
    today: Date,
    seed: u64,
} lift);

record!(RawRanked of Ranked {
    workout_id: Text,
    score: i32,
    reason_code: Text,
    scale_minutes: Maybe<i32>,
} lower);

record!(RawOfferChoice of OfferChoice { offer_code: Text, score: i32, reason_code: Text } lower);
