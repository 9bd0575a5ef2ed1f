//! [`Ids`]: the ids that a store gave, put in the place of those that were local to a decision.

use serde::{Deserialize, Serialize};

use super::Event;
use super::PolicyVersion;
use crate::booking::{Ban, Hold, Penalty, Registration, WaitlistEntry};
use crate::equipment::{Equipment, MaintenanceLog, Unit};
use crate::id::Id;
use crate::location::{Closure, Location, Room};
use crate::member::{Access, Member};
use crate::schedule::claim::{Claim, Owner, Resource};
use crate::schedule::class::{Class, ClassSeries, ClassState, Offering};
use crate::schedule::session::Session;
use crate::trainer::{Assignment, Trainer};
use crate::user::{RoleGrant, User};

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

/// A thing that an event makes: what kind it is, and its id within the decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct New {
    /// The kind of thing.
    pub kind: &'static str,
    /// The local id, negative.
    pub local: i64,
}

pub(crate) trait Resolve {
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
pub(crate) use resolve;

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
            Self::StartFitted { owner, .. } => owner.resolve(ids),
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
            Self::Membership(event) => event.resolve(ids),
            Self::Entitlement(event) => event.resolve(ids),
            Self::Door(event) => event.resolve(ids),
            Self::Billing(event) => event.resolve(ids),
            Self::Payment(event) => event.resolve(ids),
            Self::Ledger(event) => event.resolve(ids),
            Self::Shop(event) => event.resolve(ids),
            Self::Pay(event) => event.resolve(ids),
            // The rest only refers to what was there before the decision.
            _ => {}
        }
    }
}
