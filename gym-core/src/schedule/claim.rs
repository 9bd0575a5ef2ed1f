//! A [`Claim`]: one resource is taken for a time, by one owner.
//!
//! Conflicts are between resources, never between kinds of booking: a trainer who gives a class is as
//! taken as one who gives a session. A member is a resource too, so that a person cannot be booked
//! twice at once, wherever the two bookings are. Two live claims of one resource never overlap in
//! their *occupied* time; touching is not overlap.
//!
//! ```
//! use gym_core::id::{RoomId, TrainerId};
//! use gym_core::schedule::claim::Resource;
//!
//! let room = Resource::Room(RoomId::new(4)?);
//! assert_eq!((room.kind(), room.raw()), ("room", 4));
//! assert_eq!(Resource::from_parts("room", 4)?, room);
//! assert!(Resource::Trainer(TrainerId::new(9)?) < room); // locks are taken in this order
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::fmt;

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};

use crate::id::{
    ClaimId, ClassId, Id, MaintenanceId, MemberId, RegistrationId, RoomId, SessionId, TrainerId, UnitId,
};
use crate::time::Period;

/// A kind and a number that name no resource or owner.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}: {kind:?} {raw} is unknown; expected one of {expected} and a number other than 0")]
pub struct UnknownParts {
    /// What was to be made: `resource` or `owner`.
    pub what: &'static str,
    /// The kind that was given.
    pub kind: String,
    /// The number that was given.
    pub raw: i64,
    /// The kinds that there are.
    pub expected: &'static str,
}

/// What can be in one place only. The order is the order in which locks are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resource {
    /// A trainer's time.
    Trainer(TrainerId),
    /// A room, as a whole.
    Room(RoomId),
    /// One piece of equipment.
    Unit(UnitId),
    /// A member's time.
    Member(MemberId),
}

impl Resource {
    /// Returns the kind as stored: `trainer`, `room`, `unit` or `member`.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Trainer(_) => "trainer",
            Self::Room(_) => "room",
            Self::Unit(_) => "unit",
            Self::Member(_) => "member",
        }
    }

    /// Returns the number of its id; negative while it is local to a decision.
    pub const fn raw(self) -> i64 {
        match self {
            Self::Trainer(id) => id.get(),
            Self::Room(id) => id.get(),
            Self::Unit(id) => id.get(),
            Self::Member(id) => id.get(),
        }
    }

    /// Makes a resource from its [`kind`](Self::kind) and [`raw`](Self::raw) number.
    pub fn from_parts(kind: &str, raw: i64) -> Result<Self, UnknownParts> {
        match kind {
            "trainer" if raw != 0 => Ok(Self::Trainer(Id::from_raw(raw))),
            "room" if raw != 0 => Ok(Self::Room(Id::from_raw(raw))),
            "unit" if raw != 0 => Ok(Self::Unit(Id::from_raw(raw))),
            "member" if raw != 0 => Ok(Self::Member(Id::from_raw(raw))),
            _ => Err(UnknownParts {
                what: "resource",
                kind: kind.to_owned(),
                raw,
                expected: "trainer, room, unit, member",
            }),
        }
    }
}

impl fmt::Display for Resource {
    /// Writes the kind and the number, as `room 4`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind(), self.raw())
    }
}

/// What a resource is taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Owner {
    /// A dated class: its trainer, room and units.
    Class(ClassId),
    /// A training session: its trainer, member and room.
    Session(SessionId),
    /// A member's booking of a class: the member.
    Registration(RegistrationId),
    /// A job of maintenance: the unit.
    Maintenance(MaintenanceId),
}

impl Owner {
    /// Returns the kind as stored: `class`, `session`, `registration` or `maintenance`.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Class(_) => "class",
            Self::Session(_) => "session",
            Self::Registration(_) => "registration",
            Self::Maintenance(_) => "maintenance",
        }
    }

    /// Returns the number of its id; negative while it is local to a decision.
    pub const fn raw(self) -> i64 {
        match self {
            Self::Class(id) => id.get(),
            Self::Session(id) => id.get(),
            Self::Registration(id) => id.get(),
            Self::Maintenance(id) => id.get(),
        }
    }

    /// Makes an owner from its [`kind`](Self::kind) and [`raw`](Self::raw) number.
    pub fn from_parts(kind: &str, raw: i64) -> Result<Self, UnknownParts> {
        match kind {
            "class" if raw != 0 => Ok(Self::Class(Id::from_raw(raw))),
            "session" if raw != 0 => Ok(Self::Session(Id::from_raw(raw))),
            "registration" if raw != 0 => Ok(Self::Registration(Id::from_raw(raw))),
            "maintenance" if raw != 0 => Ok(Self::Maintenance(Id::from_raw(raw))),
            _ => Err(UnknownParts {
                what: "owner",
                kind: kind.to_owned(),
                raw,
                expected: "class, session, registration, maintenance",
            }),
        }
    }
}

impl fmt::Display for Owner {
    /// Writes the kind and the number, as `class 12`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind(), self.raw())
    }
}

/// Minutes that a resource stays taken around a block: to set up, to clean, to travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Buffers {
    /// Elapsed minutes before the start.
    pub before_minutes: u32,
    /// Elapsed minutes after the end.
    pub after_minutes: u32,
}

impl Buffers {
    /// Returns the block with the buffers around it, cut where the calendar ends.
    pub fn around(self, block: Period) -> Period {
        let minutes = |n: u32| Duration::minutes(i64::from(n));
        let start = block.start().checked_sub_signed(minutes(self.before_minutes));
        let end = block.end().checked_add_signed(minutes(self.after_minutes));
        Period::new(
            start.unwrap_or(DateTime::<Utc>::MIN_UTC),
            end.unwrap_or(DateTime::<Utc>::MAX_UTC),
        )
        .unwrap_or(block)
    }
}

/// An occupied time that leaves out part of its block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("claim: the occupied time {occupied} does not cover the block {block}")]
pub struct Uncovered {
    /// The block that was given.
    pub block: Period,
    /// The occupied time that was given.
    pub occupied: Period,
}

/// One resource, taken for a time by one owner. The occupied time covers the block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Parts", into = "Parts")]
pub struct Claim {
    /// The claim itself.
    pub id: ClaimId,
    /// What is taken.
    pub resource: Resource,
    /// What it is taken for.
    pub owner: Owner,
    block: Period,
    occupied: Period,
}

#[derive(Serialize, Deserialize)]
struct Parts {
    id: ClaimId,
    resource: Resource,
    owner: Owner,
    block: Period,
    occupied: Period,
}

impl TryFrom<Parts> for Claim {
    type Error = Uncovered;

    fn try_from(parts: Parts) -> Result<Self, Uncovered> {
        Self::from_stored(parts.id, parts.resource, parts.owner, parts.block, parts.occupied)
    }
}

impl From<Claim> for Parts {
    fn from(claim: Claim) -> Self {
        Self {
            id: claim.id,
            resource: claim.resource,
            owner: claim.owner,
            block: claim.block,
            occupied: claim.occupied,
        }
    }
}

impl Claim {
    /// Takes `resource` for `block` and the buffers around it.
    pub fn new(id: ClaimId, resource: Resource, owner: Owner, block: Period, buffers: Buffers) -> Self {
        Self {
            id,
            resource,
            owner,
            block,
            occupied: buffers.around(block),
        }
    }

    /// Makes a claim from what a store kept.
    pub fn from_stored(
        id: ClaimId,
        resource: Resource,
        owner: Owner,
        block: Period,
        occupied: Period,
    ) -> Result<Self, Uncovered> {
        if occupied.covers(&block) {
            Ok(Self {
                id,
                resource,
                owner,
                block,
                occupied,
            })
        } else {
            Err(Uncovered { block, occupied })
        }
    }

    /// Returns the time of the class, session or job itself, without buffers.
    pub const fn block(&self) -> Period {
        self.block
    }

    /// Returns the time in which nothing else may take the resource: the block and its buffers.
    pub const fn occupied(&self) -> Period {
        self.occupied
    }

    /// Whether the two take one resource at one time. A claim clashes with itself.
    pub fn clashes(&self, other: &Self) -> bool {
        self.resource == other.resource && self.occupied.overlaps(&other.occupied)
    }
}
