//! A [`Session`] is one-to-one training of a member with a trainer.

use serde::{Deserialize, Serialize};

use crate::id::{ClosureId, LocationId, MemberId, RoomId, SessionId, TrainerId};
use crate::schedule::claim::{Buffers, Resource};
use crate::time::{Instant, Period};

/// One training session of a trainer with a member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// The session.
    pub id: SessionId,
    /// Who trains the member.
    pub trainer: TrainerId,
    /// Who is trained.
    pub member: MemberId,
    /// Where.
    pub location: LocationId,
    /// In which room, if it needs one.
    pub room: Option<RoomId>,
    /// When.
    pub period: Period,
    /// How long trainer and room are taken before and after.
    pub buffers: Buffers,
    /// Where it stands.
    pub state: SessionState,
    /// When it was booked.
    pub booked_at: Instant,
    /// The closure that cancelled it, and whose lifting brings it back.
    pub closure: Option<ClosureId>,
}

/// Where a session stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionState {
    /// It is to take place.
    Booked,
    /// It took place.
    Attended,
    /// It was cancelled.
    Cancelled,
    /// The member did not come.
    NoShow,
}

impl SessionState {
    /// All states.
    pub const ALL: [Self; 4] = [Self::Booked, Self::Attended, Self::Cancelled, Self::NoShow];

    /// Whether it takes the time of its trainer and member.
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Booked | Self::Attended)
    }

    /// Returns the name in JSON and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Booked => "booked",
            Self::Attended => "attended",
            Self::Cancelled => "cancelled",
            Self::NoShow => "no_show",
        }
    }
}

impl Session {
    /// Returns what the session takes, each with its buffers.
    pub fn resources(&self) -> Vec<(Resource, Buffers)> {
        let member = (Resource::Member(self.member), Buffers::default());
        let room = self.room.map(|room| (Resource::Room(room), self.buffers));
        [(Resource::Trainer(self.trainer), self.buffers), member]
            .into_iter()
            .chain(room)
            .collect()
    }
}
