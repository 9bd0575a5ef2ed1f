//! A [`Trainer`] gives classes and sessions, at the hours of their [`Availability`].
//! An [`Assignment`] links a trainer to a member for some days.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::id::{AssignmentId, LocationId, MemberId, TrainerId, UserId};
use crate::schedule::availability::Availability;
use crate::time::Instant;
use crate::user::Person;

/// A person who gives classes and sessions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trainer {
    /// The trainer.
    pub id: TrainerId,
    /// The login, if there is one.
    pub user: Option<UserId>,
    /// Who it is.
    #[serde(skip)]
    pub person: Person,
    /// Where their day is reckoned; its zone is the zone of their hours.
    pub home: LocationId,
    /// Where else they work.
    pub also_at: BTreeSet<LocationId>,
    /// When they can be booked for sessions; the seed's `Trainer_Availability`.
    pub availability: Availability,
    /// When they joined the team.
    pub joined_at: Instant,
    /// The turns that count as given as long as the window of the rotation holds the day of joining; see
    /// [`starting_count`](crate::schedule::slots::starting_count).
    pub starting_turns: u32,
}

impl Trainer {
    /// Whether the trainer works at a location.
    pub fn works_at(&self, location: LocationId) -> bool {
        self.home == location || self.also_at.contains(&location)
    }
}

/// What a trainer does for a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Care {
    /// Strength and conditioning.
    Training,
    /// Meals.
    Nutrition,
    /// Return from injury.
    Rehabilitation,
}

impl Care {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::Training, Self::Nutrition, Self::Rehabilitation];

    /// Returns the name in JSON and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Training => "training",
            Self::Nutrition => "nutrition",
            Self::Rehabilitation => "rehabilitation",
        }
    }
}

/// A dated link of a trainer and a member: one row of the seed's `Trainer_Members`.
///
/// At most one is primary for a member, a kind and a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    /// The link.
    pub id: AssignmentId,
    /// The trainer.
    pub trainer: TrainerId,
    /// The member.
    pub member: MemberId,
    /// What for.
    pub care: Care,
    /// Whether this is the member's first address for that.
    pub primary: bool,
    /// The first day.
    pub from: NaiveDate,
    /// The last day; for good if none.
    pub until: Option<NaiveDate>,
}

impl Assignment {
    /// Whether both hold on one day at least.
    pub fn meets(&self, other: &Self) -> bool {
        self.until.is_none_or(|until| other.from <= until)
            && other.until.is_none_or(|until| self.from <= until)
    }
}
