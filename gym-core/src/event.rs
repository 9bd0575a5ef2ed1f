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

use serde::{Deserialize, Serialize};

use crate::booking::policy::Policy;
use crate::booking::refusal::{Code, Reason};
use crate::booking::{
    Ban, Hold, Penalty, Registration, RegistrationState, WaitlistEntry, WaitlistState, Waiver,
};
use crate::equipment::{Equipment, MaintenanceLog, Unit};
use crate::id::{
    AccessId, AssignmentId, BanId, ClassId, ClosureId, HoldId, Id, LocationId, MaintenanceId, PenaltyId,
    PolicyId, RegistrationId, RoleGrantId, SeriesId, SessionId, TrainerId, WaitlistId,
};
use crate::location::{Closure, Location, Room};
use crate::member::{Access, Member};
use crate::schedule::availability::Availability;
use crate::schedule::claim::{Claim, Owner, Resource};
use crate::schedule::class::{Class, ClassSeries, ClassState, Offering};
use crate::schedule::session::{Session, SessionState};
use crate::series::Series;
use crate::time::{Instant, Period};
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
    /// Somebody left the waitlist of another class, so that a seat there may be free for who waits: see
    /// [`due`](crate::decision::due).
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

/// The ids that a store gave to the new things of one decision, the one for local id `-n` at index `n - 1`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ids(pub Vec<i64>);

impl Ids {
    /// Returns the stored id for a local one, and any other id as it is.
    pub fn real<I: Id>(&self, id: I) -> I {
        let index = usize::try_from(-(id.raw() + 1)).ok();
        index
            .and_then(|index| self.0.get(index))
            .map_or(id, |&real| I::from_raw(real))
    }

    /// Notes that a store gave `real` to the local id `local`.
    pub fn note<I: Id>(&mut self, local: I, real: i64) {
        if let Ok(index) = usize::try_from(-(local.raw() + 1)) {
            if self.0.len() <= index {
                self.0.resize(index + 1, 0);
            }
            if let Some(place) = self.0.get_mut(index) {
                *place = real;
            }
        }
    }
}

trait Resolve {
    fn resolve(&mut self, ids: &Ids);
}

impl<I: Id> Resolve for I {
    fn resolve(&mut self, ids: &Ids) {
        *self = ids.real(*self);
    }
}

macro_rules! resolve {
    ($($type:ty: $($field:ident $($of:ident)?),*;)*) => {$(
        impl Resolve for $type {
            fn resolve(&mut self, ids: &Ids) {
                $(resolve!(@ self $field $($of)?, ids);)*
            }
        }
    )*};
    (@ $self:ident $field:ident, $ids:ident) => { $self.$field.resolve($ids) };
    (@ $self:ident $field:ident option, $ids:ident) => {
        if let Some(id) = &mut $self.$field { id.resolve($ids) }
    };
}

resolve! {
    User: id;
    RoleGrant: id, user, location option;
    Location: id;
    Room: id, location;
    Equipment: id, location;
    Unit: id, equipment;
    Member: id, user option, home;
    Access: id, member, location;
    Trainer: id, user option, home;
    Assignment: id, trainer, member;
    PolicyVersion: id, location option;
    Offering: location, trainer option, room option, equipment option;
    ClassSeries: id, offering;
    Class: id, series option, offering, state;
    Session: id, trainer, member, location, room option, closure option;
    Closure: id, location;
    MaintenanceLog: id, unit;
    Registration: id, class, member, closure option;
    WaitlistEntry: id, class, member;
    Hold: id, class, member;
    Penalty: id, member, class, registration;
    Ban: id, member, penalty;
    Claim: id, resource, owner;
}

impl Resolve for Resource {
    fn resolve(&mut self, ids: &Ids) {
        match self {
            Self::Trainer(id) => id.resolve(ids),
            Self::Room(id) => id.resolve(ids),
            Self::Unit(id) => id.resolve(ids),
            Self::Member(id) => id.resolve(ids),
        }
    }
}

impl Resolve for Owner {
    fn resolve(&mut self, ids: &Ids) {
        match self {
            Self::Class(id) => id.resolve(ids),
            Self::Session(id) => id.resolve(ids),
            Self::Registration(id) => id.resolve(ids),
            Self::Maintenance(id) => id.resolve(ids),
        }
    }
}

impl Resolve for ClassState {
    fn resolve(&mut self, ids: &Ids) {
        if let Self::Closed(id) = self {
            id.resolve(ids);
        }
    }
}

impl Event {
    /// Returns the event with the ids of a store in place of local ones.
    #[must_use]
    pub fn resolved(&self, ids: &Ids) -> Self {
        let mut event = self.clone();
        event.resolve(ids);
        event
    }
}

impl Resolve for Event {
    fn resolve(&mut self, ids: &Ids) {
        match self {
            Self::UserAdded(new) => new.resolve(ids),
            Self::RoleGranted(new) => new.resolve(ids),
            Self::LocationAdded(new) => new.resolve(ids),
            Self::RoomAdded(new) => new.resolve(ids),
            Self::EquipmentAdded(new) => new.resolve(ids),
            Self::UnitAdded(new) => new.resolve(ids),
            Self::MemberAdded(new) => new.resolve(ids),
            Self::AccessGranted(new) => new.resolve(ids),
            Self::TrainerAdded(new) => new.resolve(ids),
            Self::TrainerAssigned(new) => new.resolve(ids),
            Self::PolicySet(new) => new.resolve(ids),
            Self::SeriesAdded(new) => new.resolve(ids),
            Self::ClassAdded(new) => new.resolve(ids),
            Self::SessionBooked(new) => new.resolve(ids),
            Self::Claimed(new) => new.resolve(ids),
            Self::LocationClosed(new) => new.resolve(ids),
            Self::MaintenanceStarted(new) => new.resolve(ids),
            Self::Booked(new) => new.resolve(ids),
            Self::Waitlisted(new) => new.resolve(ids),
            Self::Held(new) => new.resolve(ids),
            Self::Penalised(new) => new.resolve(ids),
            Self::Banned(new) => new.resolve(ids),
            Self::ClassRekeyed { class, series, .. } => {
                class.resolve(ids);
                series.resolve(ids);
            }
            Self::ClassStated { class, state } => {
                class.resolve(ids);
                state.resolve(ids);
            }
            Self::Released { owner, resource } => {
                owner.resolve(ids);
                if let Some(resource) = resource {
                    resource.resolve(ids);
                }
            }
            Self::BookingSettled {
                registration,
                closure,
                ..
            } => {
                registration.resolve(ids);
                if let Some(closure) = closure {
                    closure.resolve(ids);
                }
            }
            Self::SessionStated {
                closure: Some(closure),
                ..
            } => closure.resolve(ids),
            Self::PenaltyWaived { penalty, .. } => penalty.resolve(ids),
            Self::BanLifted { ban } => ban.resolve(ids),
            Self::OccurrenceSkipped { series, .. } => series.resolve(ids),
            // The rest only refers to what was there before the decision.
            _ => {}
        }
    }
}
