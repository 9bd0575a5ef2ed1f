//! Booking a class: [`Registration`], [`WaitlistEntry`], [`Hold`], [`Penalty`], [`Ban`], and the decisions.
//!
//! Each decision is a pure function of facts, a command, `now` and a [`policy::Policy`]. It returns
//! what happened, or a [`refusal::Refusal`] that lists every rule that failed.
//!
//! ```
//! use gym_core::booking::{RegistrationState, WaitlistState};
//!
//! let takes_a_seat: Vec<&str> =
//!     RegistrationState::ALL.into_iter().filter(|it| it.is_live()).map(RegistrationState::as_str).collect();
//! assert_eq!(takes_a_seat, ["booked", "attended"]);
//! assert!(WaitlistState::Offered.is_live() && !WaitlistState::Lapsed.is_live());
//! ```

mod alternative;
pub mod attendance;
pub mod book;
pub mod cancel;
pub mod facts;
pub mod hold;
pub mod penalty;
pub mod policy;
pub mod refusal;
pub mod rules;
mod sentence;
pub mod waitlist;

use serde::{Deserialize, Serialize};

use crate::id::{BanId, ClassId, ClosureId, HoldId, MemberId, PenaltyId, RegistrationId, WaitlistId};
use crate::money::Money;
use crate::time::Instant;
use policy::Channel;

/// A member's booking of a class: one row of the seed's `Class_Registrations`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registration {
    /// The booking.
    pub id: RegistrationId,
    /// The class.
    pub class: ClassId,
    /// The member.
    pub member: MemberId,
    /// How many seats, at least one.
    pub seats: u32,
    /// Where it came from.
    pub channel: Channel,
    /// Where it stands.
    pub state: RegistrationState,
    /// When it was made.
    pub booked_at: Instant,
    /// Until when cancelling is free, whatever the policy of the day says: the grace of a late promotion.
    pub grace_until: Option<Instant>,
    /// When it was cancelled, attended or missed.
    pub settled_at: Option<Instant>,
    /// The closure that cancelled it, and whose lifting brings it back.
    pub closure: Option<ClosureId>,
}

/// Where a booking stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RegistrationState {
    /// The seat is taken.
    Booked,
    /// The member came.
    Attended,
    /// The member cancelled in time.
    Cancelled,
    /// The member cancelled too late.
    LateCancelled,
    /// The member did not come.
    NoShow,
    /// The club cancelled.
    ClubCancelled,
}

impl RegistrationState {
    /// All states.
    pub const ALL: [Self; 6] = [
        Self::Booked,
        Self::Attended,
        Self::Cancelled,
        Self::LateCancelled,
        Self::NoShow,
        Self::ClubCancelled,
    ];

    /// Whether a seat is taken.
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Booked | Self::Attended)
    }

    /// Returns the name in JSON and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Booked => "booked",
            Self::Attended => "attended",
            Self::Cancelled => "cancelled",
            Self::LateCancelled => "late_cancelled",
            Self::NoShow => "no_show",
            Self::ClubCancelled => "club_cancelled",
        }
    }
}

/// A member's place on a waitlist: one row of the seed's `Class_Waitlist`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitlistEntry {
    /// The entry.
    pub id: WaitlistId,
    /// The class.
    pub class: ClassId,
    /// The member.
    pub member: MemberId,
    /// How many seats, at least one.
    pub seats: u32,
    /// Where it came from.
    pub channel: Channel,
    /// The order of entering; the position that people see is derived from it.
    pub seq: u32,
    /// Where it stands.
    pub state: WaitlistState,
    /// When the member entered.
    pub entered_at: Instant,
    /// Until when an offer stands.
    pub offer_until: Option<Instant>,
}

/// Where a waitlist entry stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WaitlistState {
    /// In the queue.
    Waiting,
    /// Asked whether they want the seat, which is kept meanwhile.
    Offered,
    /// Got a seat.
    Promoted,
    /// Left, or booked something at the same time.
    Left,
    /// Let an offer pass.
    Lapsed,
    /// The class was cancelled.
    Ended,
}

impl WaitlistState {
    /// All states.
    pub const ALL: [Self; 6] = [
        Self::Waiting,
        Self::Offered,
        Self::Promoted,
        Self::Left,
        Self::Lapsed,
        Self::Ended,
    ];

    /// Whether the member still waits.
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Waiting | Self::Offered)
    }

    /// Returns the name in JSON and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Offered => "offered",
            Self::Promoted => "promoted",
            Self::Left => "left",
            Self::Lapsed => "lapsed",
            Self::Ended => "ended",
        }
    }
}

/// Seats that are kept for a member until a given time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// The hold.
    pub id: HoldId,
    /// The class.
    pub class: ClassId,
    /// The member.
    pub member: MemberId,
    /// How many seats, at least one.
    pub seats: u32,
    /// Through which channel, of whose share they are kept.
    pub channel: Channel,
    /// The first instant at which the seats are free again.
    pub until: Instant,
    /// Whether it was booked, given back, or ran out.
    pub ended: bool,
}

/// A late cancellation or a no-show, and whether it counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Penalty {
    /// The penalty.
    pub id: PenaltyId,
    /// Whose.
    pub member: MemberId,
    /// For which class.
    pub class: ClassId,
    /// For which booking.
    pub registration: RegistrationId,
    /// What for.
    pub offence: Offence,
    /// When.
    pub at: Instant,
    /// What it costs, while it counts: the fee or the use, never both.
    #[serde(default)]
    pub consequence: Consequence,
    /// From when on a fee is charged; until then it can be waived.
    #[serde(default)]
    pub due_at: Option<Instant>,
    /// Why it does not count, if it does not.
    pub waiver: Option<Waiver>,
}

/// What a late cancellation or an absence costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Consequence {
    /// Nothing; the use that the booking held is given back.
    #[default]
    Nothing,
    /// The use that the booking held.
    Use,
    /// Money; the use that the booking held is given back.
    Fee(Money),
}

/// What a penalty is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Offence {
    /// Cancelled too late.
    LateCancel,
    /// Did not come.
    NoShow,
}

impl Offence {
    /// All offences.
    pub const ALL: [Self; 2] = [Self::LateCancel, Self::NoShow];

    /// Returns the name in JSON and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::LateCancel => "late_cancel",
            Self::NoShow => "no_show",
        }
    }
}

/// Why a penalty does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Waiver {
    /// It is one of those that the policy waives.
    Allowance,
    /// The club cancelled the class afterwards.
    ClubCancelled,
    /// The member came after all.
    Attended,
    /// The desk forgave it.
    Desk,
}

impl Waiver {
    /// All waivers.
    pub const ALL: [Self; 4] = [Self::Allowance, Self::ClubCancelled, Self::Attended, Self::Desk];

    /// Returns the name in JSON and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allowance => "allowance",
            Self::ClubCancelled => "club_cancelled",
            Self::Attended => "attended",
            Self::Desk => "desk",
        }
    }
}

/// A time in which a member may book neither classes nor sessions, because of a penalty. What is booked already stays,
/// and a session that is booked may be moved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ban {
    /// The ban.
    pub id: BanId,
    /// Whose.
    pub member: MemberId,
    /// The penalty that was one too many.
    pub penalty: PenaltyId,
    /// From when.
    pub from: Instant,
    /// Until when, not included.
    pub until: Instant,
    /// Whether it was taken back.
    pub lifted: bool,
}

impl Ban {
    /// Whether its member may not book at an instant.
    pub fn binds(&self, now: Instant) -> bool {
        !self.lifted && now < self.until
    }
}
