//! Check-in: one [`Verdict`] says whether a door opens, and every reason why it does not.
//!
//! ```
//! use gym_core::check_in::{Debt, DoorRules};
//! use gym_core::money::{Currency, Money};
//!
//! let rules = DoorRules { debt_above: Some(Money::new(5000, Currency::EUR)), ..DoorRules::default() };
//! let owed = |minor| Debt { open: Money::new(minor, Currency::EUR), since: "2027-02-27".parse().unwrap() };
//! let today = "2027-03-01".parse()?;
//! assert!(rules.against_debt(owed(4990), today).is_none());
//! assert_eq!(
//!     rules.against_debt(owed(5010), today).unwrap().to_string(),
//!     "50.10 EUR have been open since 2027-02-27 (up to 50.00 EUR and 7 days are accepted)",
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod guest;
mod objection;
mod rules;
mod verdict;
mod waiver;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

pub use self::guest::{GuestFacts, guest_verdict};
pub use self::objection::{Objection, Shut};
pub use self::rules::{Debt, DoorRules, GuestRules, Unpaid};
pub use self::verdict::{DoorFacts, Opening, Standing, Verdict, verdict};
pub use self::waiver::{Signer, WaiverFacts};
use crate::command::Override;
use crate::event::{Ids, New, Resolve, resolve};
use crate::id::{
    GuestVisitId, LocationId, LotId, MemberId, RegistrationId, SessionId, SignatureId, VisitId, WaiverId,
};
use crate::time::Instant;

/// One coming in of a member, at the door of a location or of an area in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit {
    /// The visit.
    pub id: VisitId,
    /// Who.
    pub member: MemberId,
    /// Where.
    pub location: LocationId,
    /// Through the door of which area; the way in if none.
    pub area: Option<String>,
    /// When.
    pub at: Instant,
    /// The civil day there.
    pub on: NaiveDate,
    /// What opened the door.
    pub opened: Opened,
    /// When they left, if that was seen.
    pub left_at: Option<Instant>,
}

/// What opened a door.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Opened {
    /// A lot that gives the right to come in.
    Lot(LotId),
    /// A class that was booked.
    Booking(RegistrationId),
    /// A training session that was booked.
    Session(SessionId),
    /// The desk, against the rules.
    Desk,
    /// The club, which admits anyone.
    Open,
}

/// A version of what people sign before they train. The newest that is required binds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaiverVersion {
    /// The version.
    pub id: WaiverId,
    /// Where; everywhere if none.
    pub location: Option<LocationId>,
    /// What it is called, e.g. `House rules 2027`.
    pub title: String,
    /// The civil day from which it is required.
    pub required_from: NaiveDate,
}

/// A signature under a version of a waiver.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// The signature.
    pub id: SignatureId,
    /// Under what.
    pub waiver: WaiverId,
    /// For whom.
    pub member: MemberId,
    /// By whom.
    pub by: Signer,
    /// The civil day.
    pub on: NaiveDate,
}

/// One coming in of a guest with a member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuestVisit {
    /// The visit.
    pub id: GuestVisitId,
    /// Whose guest.
    pub host: MemberId,
    /// Who: a person that the club knows, if only by name.
    pub guest: MemberId,
    /// Where.
    pub location: LocationId,
    /// When.
    pub at: Instant,
    /// The civil day there.
    pub on: NaiveDate,
}

/// What somebody wants.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DoorCommand {
    /// Adds a version of a waiver.
    AddWaiver {
        /// Where; everywhere if none.
        location: Option<LocationId>,
        /// What it is called.
        title: String,
        /// The civil day from which it is required.
        required_from: NaiveDate,
    },
    /// Signs a waiver.
    SignWaiver {
        /// Which version.
        waiver: WaiverId,
        /// For whom.
        member: MemberId,
        /// By whom.
        by: Signer,
    },
    /// Lets a member in.
    Enter {
        /// Who.
        member: MemberId,
        /// Where.
        location: LocationId,
        /// Through the door of which area; the way in if none.
        area: Option<String>,
        /// Rules that staff set aside, and why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        overriding: Option<Override>,
    },
    /// Lets a guest in with a member who is there.
    EnterGuest {
        /// Whose guest.
        host: MemberId,
        /// Who.
        guest: MemberId,
        /// Where.
        location: LocationId,
        /// Rules that staff set aside, and why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        overriding: Option<Override>,
    },
    /// Notes that a member left.
    Leave {
        /// Which visit.
        visit: VisitId,
    },
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
#[expect(
    missing_docs,
    reason = "the variants say what happened, their fields are documented where they are defined"
)]
pub enum DoorEvent {
    WaiverAdded(WaiverVersion),
    WaiverSigned(Signature),
    Entered(Visit),
    GuestEntered(GuestVisit),
    Left { visit: VisitId, at: Instant },
}

resolve! {
    Visit: id, member, location, opened;
    WaiverVersion: id, location option;
    Signature: id, waiver, member, by;
    GuestVisit: id, host, guest, location;
}

impl Resolve for Opened {
    fn resolve(&mut self, ids: &Ids) {
        match self {
            Self::Lot(id) => id.resolve(ids),
            Self::Booking(id) => id.resolve(ids),
            Self::Session(id) => id.resolve(ids),
            Self::Desk | Self::Open => {}
        }
    }
}

impl DoorEvent {
    pub(crate) const fn made(&self) -> Option<New> {
        let (kind, local) = match self {
            Self::WaiverAdded(new) => ("waiver", new.id.get()),
            Self::WaiverSigned(new) => ("signature", new.id.get()),
            Self::Entered(new) => ("visit", new.id.get()),
            Self::GuestEntered(new) => ("guest_visit", new.id.get()),
            Self::Left { .. } => return None,
        };
        Some(New { kind, local })
    }

    pub(crate) fn resolve(&mut self, ids: &Ids) {
        match self {
            Self::WaiverAdded(new) => new.resolve(ids),
            Self::WaiverSigned(new) => new.resolve(ids),
            Self::Entered(new) => new.resolve(ids),
            Self::GuestEntered(new) => new.resolve(ids),
            Self::Left { visit, .. } => visit.resolve(ids),
        }
    }
}
