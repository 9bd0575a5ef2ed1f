//! Entitlements: [`Lot`]s of uses (passes and allowances), and which lot covers which visit.
//!
//! A lot grants uses, once or per [`Cycle`](crate::time::Cycle), for what its [`Scope`] names and the days of its [`Validity`]. A booking holds
//! a use of a lot; check-in or absence consumes it, cancelling releases it. Which lot covers which booking is a
//! matching, computed anew from the accepted bookings alone: first all are covered, then each, in the order of the
//! visits, gets the lot that ends first, then the narrowest, the cheapest, the oldest. A lot without a count comes
//! before all others, because taking from it loses nothing.
//!
//! ```
//! use gym_core::entitlement::{Scope, Terms, Uses, Validity};
//! use gym_core::time::{Cycle, Unit};
//!
//! let ten = Terms {
//!     uses: Uses::Counted(10),
//!     scope: Scope::classes(),
//!     validity: Validity::FirstVisit { sold_on: "2027-01-05".parse()?, latest: None, lasts: Cycle::new(3, Unit::Month)? },
//! };
//! assert!(ten.check().is_ok());
//! assert_eq!(ten.to_string(), "10 uses, 3 months from the first visit");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod cover;
mod explain;
mod holdings;
mod lapse;
mod last;
mod left;
mod run;
mod scope;
mod terms;

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

pub use self::explain::{Because, Misfit, Objection, Remedy};
pub use self::holdings::{Booked, Covered, Holdings, Plan, Wish};
pub use self::last::LastDay;
pub use self::run::Run;
pub use self::scope::{ClassScope, DoorRight, Kind, Scope, VisitLimit, Visited, Window};
pub use self::terms::{Bucket, InvalidTerms, Terms, Uses, Validity};
use crate::event::{Ids, New, Resolve, resolve};
use crate::id::{
    LocationId, LotId, MemberId, MembershipId, PenaltyId, RegistrationId, SessionId, UseId, VisitId,
};
use crate::money::Money;
use crate::time::Instant;

/// Uses that were granted together: a pass or an allowance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lot {
    /// The lot.
    pub id: LotId,
    /// Whose it is.
    pub owner: MemberId,
    /// Who else may use it: a family, a couple, a team.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub shared_with: BTreeSet<MemberId>,
    /// Where it was granted: its currency and its civil days are of this location.
    pub location: LocationId,
    /// How many uses it grants, for what and when.
    pub terms: Terms,
    /// What one use of it is worth.
    pub price: Money,
    /// Where it comes from.
    pub source: Source,
    /// When it was granted.
    pub granted_at: Instant,
    /// Whether it was taken back: what is free of it is gone.
    pub withdrawn: bool,
    /// The civil day on which to see what has expired of it; none if nothing does, or all has.
    pub due_on: Option<NaiveDate>,
    /// Whether it is over for good: nothing of it can be used or is held any more.
    pub over: bool,
    /// What expired of it without being used.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub broken: Vec<Breakage>,
}

/// Where a lot comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// It was sold by itself, and is charged as [`Charged::Lot`](crate::billing::obligation::Charged::Lot).
    Sale,
    /// A membership grants it.
    Plan(MembershipId),
    /// The club gave it.
    Gift,
    /// It stands for uses that another lot lost.
    Restore(LotId),
}

/// Uses of a lot that expired unused; the ledger recognises their price as revenue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Breakage {
    /// The cycle that granted them; 0 if the lot has no cycles.
    pub cycle: u32,
    /// How many.
    pub uses: u32,
    /// The civil day on which they could no longer be used.
    pub on: NaiveDate,
}

/// One use of a lot: one seat of one visit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Use {
    /// The use.
    pub id: UseId,
    /// The lot that covers it now.
    pub lot: LotId,
    /// The cycle of the lot that granted it; 0 if the lot has no cycles.
    pub cycle: u32,
    /// Who visits.
    pub member: MemberId,
    /// The visit.
    pub target: Target,
    /// Which seat of it, from 1.
    pub seat: u32,
    /// The civil day of the visit, where it takes place.
    pub on: NaiveDate,
    /// Where it stands.
    pub state: UseState,
    /// When it was consumed or released.
    pub settled_at: Option<Instant>,
}

/// What a use is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is the id of the visit")]
pub enum Target {
    Registration(RegistrationId),
    Session(SessionId),
    Visit(VisitId),
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Registration(id) => write!(f, "booking {id}"),
            Self::Session(id) => write!(f, "session {id}"),
            Self::Visit(id) => write!(f, "visit {id}"),
        }
    }
}

/// Where a use stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UseState {
    /// A booking has it.
    Held,
    /// The member came, or lost it.
    Consumed,
    /// It was given back.
    Released,
}

impl UseState {
    /// All states.
    pub const ALL: [Self; 3] = [Self::Held, Self::Consumed, Self::Released];

    /// Whether it takes one of the lot's uses.
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Held | Self::Consumed)
    }

    /// Returns the name in JSON and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Consumed => "consumed",
            Self::Released => "released",
        }
    }
}

/// A lot to be granted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// Whose it is to be.
    pub member: MemberId,
    /// Who else may use it.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub shared_with: BTreeSet<MemberId>,
    /// Where it is granted.
    pub location: LocationId,
    /// How many uses, for what and when.
    pub terms: Terms,
    /// What one use is worth, in the location's currency.
    pub price: Money,
}

/// What somebody wants.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EntitlementCommand {
    /// Gives a lot, for a plan, as a gift or to restore what was lost.
    Grant {
        /// What.
        grant: Grant,
        /// Why.
        source: Source,
    },
    /// Grants a pass that is charged apart, as [`Charged::Lot`](crate::billing::obligation::Charged::Lot); over the counter,
    /// [`ShopCommand::SellPass`](crate::shop::ShopCommand::SellPass) does both.
    SellPass {
        /// What.
        grant: Grant,
    },
    /// Takes back what is free of a lot; refused if a booking would be left without one.
    Withdraw {
        /// Which.
        lot: LotId,
    },
    /// Records what has expired unused of the lots that were granted at a location.
    Expire {
        /// Where.
        location: LocationId,
    },
    /// Forgives a late cancellation or an absence; what it cost is given back.
    WaivePenalty {
        /// Which.
        penalty: PenaltyId,
        /// Why.
        why: String,
    },
}

/// The place of one held use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placement {
    /// The use.
    pub id: UseId,
    /// The lot that covers it now.
    pub lot: LotId,
    /// The cycle of the lot that grants it.
    pub cycle: u32,
    /// The civil day of the visit.
    pub on: NaiveDate,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
#[expect(
    missing_docs,
    reason = "the variants say what happened, their fields are documented where they are defined"
)]
#[expect(
    clippy::large_enum_variant,
    reason = "lots are granted seldom, and events are few"
)]
pub enum EntitlementEvent {
    Granted(Lot),
    /// Somebody may use a lot from now on, on the days on which they use the membership that grants it.
    Shared {
        lot: LotId,
        with: MemberId,
    },
    Withdrawn {
        lot: LotId,
        uses: Option<u32>,
        at: Instant,
    },
    /// Some of a pass was credited: it is for fewer uses, or for fewer days, from now on.
    Cut {
        lot: LotId,
        uses: Uses,
        validity: Validity,
        at: Instant,
    },
    /// A lot was looked at: what expired of it, and when to look again; none if it is over.
    Swept {
        lot: LotId,
        broken: Vec<Breakage>,
        next: Option<NaiveDate>,
    },
    Held(Use),
    /// Held uses moved to other lots, all at once.
    Placed {
        uses: Vec<Placement>,
    },
    Consumed {
        id: UseId,
        at: Instant,
    },
    Released {
        id: UseId,
        at: Instant,
    },
}

resolve! {
    Lot: id, owner, location;
    Use: id, lot, member, target;
}

impl Resolve for Target {
    fn resolve(&mut self, ids: &Ids) {
        match self {
            Self::Registration(id) => id.resolve(ids),
            Self::Session(id) => id.resolve(ids),
            Self::Visit(id) => id.resolve(ids),
        }
    }
}

impl EntitlementEvent {
    pub(crate) const fn made(&self) -> Option<New> {
        let (kind, local) = match self {
            Self::Granted(new) => ("lot", new.id.get()),
            Self::Held(new) => ("use", new.id.get()),
            _ => return None,
        };
        Some(New { kind, local })
    }

    pub(crate) fn resolve(&mut self, ids: &Ids) {
        match self {
            Self::Granted(new) => {
                new.resolve(ids);
                new.source.resolve(ids);
                new.shared_with = new.shared_with.iter().map(|id| ids.real(*id)).collect();
            }
            Self::Held(new) => new.resolve(ids),
            Self::Shared { lot, with } => {
                lot.resolve(ids);
                with.resolve(ids);
            }
            Self::Withdrawn { lot, .. } | Self::Cut { lot, .. } | Self::Swept { lot, .. } => {
                lot.resolve(ids);
            }
            Self::Placed { uses } => {
                for place in uses {
                    place.id.resolve(ids);
                    place.lot.resolve(ids);
                }
            }
            Self::Consumed { id, .. } | Self::Released { id, .. } => id.resolve(ids),
        }
    }
}

impl Resolve for Source {
    fn resolve(&mut self, ids: &Ids) {
        match self {
            Self::Plan(id) => id.resolve(ids),
            Self::Restore(id) => id.resolve(ids),
            Self::Sale | Self::Gift => {}
        }
    }
}

impl Lot {
    /// Whether a member may use it.
    pub fn serves(&self, member: MemberId) -> bool {
        self.owner == member || self.shared_with.contains(&member)
    }

    /// Returns everyone who may use it.
    pub fn members(&self) -> impl Iterator<Item = MemberId> {
        std::iter::once(self.owner).chain(self.shared_with.iter().copied())
    }

    /// Returns the membership that grants it, if one does.
    pub const fn membership(&self) -> Option<MembershipId> {
        match self.source {
            Source::Plan(membership) => Some(membership),
            _ => None,
        }
    }

    /// Returns how many uses of a cycle have expired.
    pub fn broken_in(&self, cycle: u32) -> u32 {
        let of = self.broken.iter().filter(|broken| broken.cycle == cycle);
        of.fold(0, |sum, broken| sum.saturating_add(broken.uses))
    }
}

impl Source {
    /// Returns the name in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sale => "sale",
            Self::Plan(_) => "plan",
            Self::Gift => "gift",
            Self::Restore(_) => "restore",
        }
    }
}
