//! An [`Event`] is one thing that happened; a decision is a list of them.
//!
//! New things carry ids that are local to the decision. [`Ids`] maps them to the ids that a store gave,
//! and [`Event::resolved`] puts those in.
//!
//! ```
//! use gym_core::event::{Event, Ids};
//! use gym_core::id::HoldId;
//!
//! let mut ids = Ids::default();
//! ids.note(HoldId::local(1), 40);
//! assert_eq!(ids.real(HoldId::local(1)), HoldId::new(40)?);
//! let ended = Event::HoldEnded { hold: HoldId::new(7)? };
//! assert_eq!(ended.resolved(&ids), ended); // it was there before the decision
//! # Ok::<(), gym_core::id::InvalidId>(())
//! ```

mod ids;

use serde::{Deserialize, Serialize};

pub use self::ids::{Ids, New};
pub(crate) use self::ids::{Resolve, resolve};

use crate::booking::policy::Policy;
use crate::booking::refusal::{Code, Reason};
use crate::booking::{
    Ban, Hold, Penalty, Registration, RegistrationState, WaitlistEntry, WaitlistState, Waiver,
};
use crate::equipment::{Equipment, MaintenanceLog, Unit};
use crate::id::{
    AccessId, AssignmentId, BanId, ClassId, ClosureId, HoldId, LocationId, MaintenanceId, PenaltyId,
    PolicyId, RegistrationId, RoleGrantId, SeriesId, SessionId, TrainerId, WaitlistId,
};
use crate::location::{Closure, Location, Room};
use crate::member::{Access, Member};
use crate::schedule::availability::Availability;
use crate::schedule::claim::{Claim, Owner, Resource};
use crate::schedule::class::{Class, ClassSeries, ClassState, Offering};
use crate::schedule::session::{Session, SessionState};
use crate::series::Series;
use crate::time::{Fit, Instant, Period};
use crate::trainer::{Assignment, Trainer};
use crate::user::{RoleGrant, User};

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
#[expect(
    missing_docs,
    reason = "the variants say what happened, their fields are documented where they are defined"
)]
pub enum Event {
    UserAdded(User),
    RoleGranted(RoleGrant),
    RoleEnded {
        grant: RoleGrantId,
        until: chrono::NaiveDate,
    },
    LocationAdded(Location),
    RoomAdded(Room),
    RoomResized {
        room: crate::id::RoomId,
        capacity: u32,
    },
    EquipmentAdded(Equipment),
    UnitAdded(Unit),
    MemberAdded(Member),
    AccessGranted(Access),
    AccessEnded {
        access: AccessId,
        until: chrono::NaiveDate,
    },
    TrainerAdded(Trainer),
    AvailabilitySet {
        trainer: TrainerId,
        availability: Availability,
    },
    TrainerAssigned(Assignment),
    AssignmentEnded {
        assignment: AssignmentId,
        until: chrono::NaiveDate,
    },
    PolicySet(PolicyVersion),

    SeriesAdded(ClassSeries),
    SeriesChanged {
        series: SeriesId,
        offering: Offering,
        recurrence: Series,
    },
    ClassAdded(Class),
    ClassMoved {
        class: ClassId,
        period: Period,
        offering: Offering,
    },
    ClassRekeyed {
        class: ClassId,
        series: SeriesId,
        original: chrono::NaiveDateTime,
    },
    ClassStated {
        class: ClassId,
        state: ClassState,
    },
    OccurrenceSkipped {
        series: SeriesId,
        original: chrono::NaiveDateTime,
        reasons: Vec<Reason>,
    },
    /// A start was asked for at a civil time that happens twice or never; what was taken is when the class or session
    /// starts.
    StartFitted {
        owner: Owner,
        asked: chrono::NaiveDateTime,
        fit: Fit,
    },
    /// A class stays cancelled though the closure was lifted, because its place was taken meanwhile.
    ClassNotReopened {
        class: ClassId,
        reasons: Vec<Reason>,
    },
    SessionBooked(Session),
    SessionMoved {
        session: SessionId,
        trainer: TrainerId,
        period: Period,
    },
    SessionStated {
        session: SessionId,
        state: SessionState,
        closure: Option<ClosureId>,
    },
    Claimed(Claim),
    Released {
        owner: Owner,
        resource: Option<Resource>,
    },
    LocationClosed(Closure),
    ClosureLifted {
        closure: ClosureId,
    },
    MaintenanceStarted(MaintenanceLog),
    MaintenanceDone {
        maintenance: MaintenanceId,
        at: Instant,
    },

    Booked(Registration),
    BookingSettled {
        registration: RegistrationId,
        state: RegistrationState,
        at: Instant,
        closure: Option<ClosureId>,
    },
    BookingReinstated {
        registration: RegistrationId,
    },
    Waitlisted(WaitlistEntry),
    WaitlistMoved {
        entry: WaitlistId,
        state: WaitlistState,
        offer_until: Option<Instant>,
    },
    WaitlistRevived {
        entry: WaitlistId,
    },
    WaitlistSkipped {
        entry: WaitlistId,
        reasons: Vec<Reason>,
    },
    SeatsAnnounced {
        class: ClassId,
        seats: u32,
    },
    /// What happened may let in who waits for a class: see [`due`](crate::decision::due) and
    /// [`Chances`](crate::club::Chances).
    PromotionDue {
        class: ClassId,
    },
    Held(Hold),
    HoldEnded {
        hold: HoldId,
    },
    Penalised(Penalty),
    PenaltyWaived {
        penalty: PenaltyId,
        waiver: Waiver,
    },
    Banned(Ban),
    BanLifted {
        ban: BanId,
    },
    Overridden {
        rules: Vec<Code>,
        why: String,
    },
    Membership(crate::membership::MembershipEvent),
    Entitlement(crate::entitlement::EntitlementEvent),
    Door(crate::check_in::DoorEvent),
    Billing(crate::billing::BillingEvent),
    Payment(crate::billing::payment::PaymentEvent),
    Ledger(crate::billing::ledger::LedgerEvent),
    Shop(crate::shop::ShopEvent),
    Pay(crate::payroll::PayEvent),
}

/// A version of the booking policy, for one location or for all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyVersion {
    /// The version.
    pub id: PolicyId,
    /// For which location; for all that have none of their own if none.
    pub location: Option<LocationId>,
    /// The rules.
    pub policy: Policy,
}

impl Event {
    /// Returns the new thing that an event makes, if it makes one.
    pub const fn made(&self) -> Option<New> {
        let (kind, local) = match self {
            Self::UserAdded(new) => ("user", new.id.get()),
            Self::RoleGranted(new) => ("grant", new.id.get()),
            Self::LocationAdded(new) => ("location", new.id.get()),
            Self::RoomAdded(new) => ("room", new.id.get()),
            Self::EquipmentAdded(new) => ("equipment", new.id.get()),
            Self::UnitAdded(new) => ("unit", new.id.get()),
            Self::MemberAdded(new) => ("member", new.id.get()),
            Self::AccessGranted(new) => ("access", new.id.get()),
            Self::TrainerAdded(new) => ("trainer", new.id.get()),
            Self::TrainerAssigned(new) => ("assignment", new.id.get()),
            Self::PolicySet(new) => ("policy", new.id.get()),
            Self::SeriesAdded(new) => ("series", new.id.get()),
            Self::ClassAdded(new) => ("class", new.id.get()),
            Self::SessionBooked(new) => ("session", new.id.get()),
            Self::Claimed(new) => ("claim", new.id.get()),
            Self::LocationClosed(new) => ("closure", new.id.get()),
            Self::MaintenanceStarted(new) => ("maintenance", new.id.get()),
            Self::Booked(new) => ("registration", new.id.get()),
            Self::Waitlisted(new) => ("waitlist", new.id.get()),
            Self::Held(new) => ("hold", new.id.get()),
            Self::Penalised(new) => ("penalty", new.id.get()),
            Self::Banned(new) => ("ban", new.id.get()),
            Self::Membership(event) => return event.made(),
            Self::Entitlement(event) => return event.made(),
            Self::Door(event) => return event.made(),
            Self::Billing(event) => return event.made(),
            Self::Payment(event) => return event.made(),
            Self::Ledger(event) => return event.made(),
            Self::Shop(event) => return event.made(),
            Self::Pay(event) => return event.made(),
            _ => return None,
        };
        Some(New { kind, local })
    }

    /// Returns the new things inside of the new thing, such as the lines of an invoice.
    pub fn parts(&self) -> impl Iterator<Item = New> {
        let billing = match self {
            Self::Billing(event) => Some(event.parts()),
            _ => None,
        };
        billing.into_iter().flatten()
    }

    /// Returns the event with the ids of a store in place of local ones.
    #[must_use]
    pub fn resolved(&self, ids: &Ids) -> Self {
        let mut event = self.clone();
        event.resolve(ids);
        event
    }
}
