//! A [`Command`] is what somebody wants; [`crate::club::Club::decide`] says what happens.
//!
//! Commands are data: they are journaled without personal fields, replayed, and tried in what-ifs.
//! Bookings are named by class and member, so that a command means the same in another history.
//!
//! ```
//! use gym_core::command::{Book, Command};
//! use gym_core::id::{ClassId, MemberId};
//!
//! let book = Command::Book(Book::one(MemberId::new(7)?, ClassId::new(3)?));
//! let json = serde_json::to_string(&book)?;
//! assert_eq!(json, r#"{"book":{"class":3,"member":7,"seats":1,"channel":"club","if_full":"refuse"}}"#);
//! assert_eq!(serde_json::from_str::<Command>(&json)?, book);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod names;
mod order;

use std::collections::BTreeSet;

use chrono::{NaiveDate, NaiveDateTime};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

pub use self::order::{Book, IfFull, Override, Scope};
use crate::booking::policy::{Channel, Policy};
use crate::id::{
    AccessId, AssignmentId, ClassId, ClosureId, LocationId, MaintenanceId, MemberId, RoleGrantId, RoomId,
    SeriesId, SessionId, TrainerId, UnitId, UserId,
};
use crate::money::Currency;
use crate::schedule::availability::{Availability, WeeklyHours};
use crate::schedule::claim::Buffers;
use crate::schedule::class::Offering;
use crate::series::Series;
use crate::time::{Instant, Period};
use crate::trainer::Care;
use crate::user::{Actor, Person, Role};

/// Who commands, and when: what every decision gets besides facts, command and policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Context {
    /// The time by the caller's clock.
    pub now: Instant,
    /// Who.
    pub actor: Actor,
}

/// What somebody wants.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Command {
    /// Adds somebody who may log in.
    AddUser {
        /// Who it is.
        #[serde(skip)]
        person: Person,
    },
    /// Gives a user a role.
    GrantRole {
        /// Who.
        user: UserId,
        /// What.
        role: Role,
        /// Where; everywhere if none.
        location: Option<LocationId>,
        /// The first day.
        from: NaiveDate,
        /// The last day.
        until: Option<NaiveDate>,
    },
    /// Ends a role.
    EndRole {
        /// Which grant.
        grant: RoleGrantId,
        /// The last day.
        until: NaiveDate,
    },
    /// Adds a location.
    AddLocation {
        /// Its name.
        name: String,
        /// Its zone.
        zone: Tz,
        /// Its currency.
        currency: Currency,
        /// Its opening hours; always open if there are none.
        hours: WeeklyHours,
    },
    /// Adds a room.
    AddRoom {
        /// Where.
        location: LocationId,
        /// Its name.
        name: String,
        /// How many people it holds.
        capacity: u32,
    },
    /// Changes how many people a room holds; classes to come that hold more put the last in back in the queue.
    ResizeRoom {
        /// Which.
        room: RoomId,
        /// How many people it holds.
        capacity: u32,
    },
    /// Adds a kind of equipment with its units.
    AddEquipment {
        /// Where.
        location: LocationId,
        /// Its name.
        name: String,
        /// The labels of its units.
        units: Vec<String>,
    },
    /// Adds a member.
    AddMember {
        /// Who it is.
        #[serde(skip)]
        person: Person,
        /// Their login.
        user: Option<UserId>,
        /// Where they are at home.
        home: LocationId,
        /// Their first day.
        joined_on: NaiveDate,
    },
    /// Lets a member use another location.
    GrantAccess {
        /// Who.
        member: MemberId,
        /// Where.
        location: LocationId,
        /// The first day.
        from: NaiveDate,
        /// The last day.
        until: Option<NaiveDate>,
    },
    /// Ends the right to use a location.
    EndAccess {
        /// Which right.
        access: AccessId,
        /// The last day.
        until: NaiveDate,
    },
    /// Adds a trainer.
    AddTrainer {
        /// Who it is.
        #[serde(skip)]
        person: Person,
        /// Their login.
        user: Option<UserId>,
        /// Where they are at home.
        home: LocationId,
        /// Where else they work.
        also_at: BTreeSet<LocationId>,
        /// When they can be booked.
        availability: Availability,
    },
    /// Sets when a trainer can be booked.
    SetAvailability {
        /// Who.
        trainer: TrainerId,
        /// When.
        availability: Availability,
    },
    /// Links a trainer to a member.
    AssignTrainer {
        /// The trainer.
        trainer: TrainerId,
        /// The member.
        member: MemberId,
        /// What for.
        care: Care,
        /// Whether this is the first address for that.
        primary: bool,
        /// The first day.
        from: NaiveDate,
        /// The last day.
        until: Option<NaiveDate>,
    },
    /// Ends the link of a trainer to a member.
    EndAssignment {
        /// Which.
        assignment: AssignmentId,
        /// The last day.
        until: NaiveDate,
    },
    /// Sets the booking policy.
    SetPolicy {
        /// Where; for all locations that have none of their own if none.
        location: Option<LocationId>,
        /// The rules.
        policy: Policy,
    },

    /// Adds a class series and its dated classes up to a horizon; any conflict refuses it.
    AddSeries {
        /// What is offered.
        offering: Offering,
        /// When it recurs.
        recurrence: Series,
        /// Up to which instant dated classes are made.
        until: Instant,
    },
    /// Makes the dated classes of a series up to a horizon, skipping and reporting those that conflict: at most 5,000 at
    /// once, the next ones when it is given again.
    Materialise {
        /// Which series.
        series: SeriesId,
        /// Up to which instant.
        until: Instant,
    },
    /// Adds a class that happens once.
    AddClass {
        /// What is offered.
        offering: Offering,
        /// When it starts, on the clocks of its location.
        start: NaiveDateTime,
    },
    /// Moves a class, or it and those after, or the whole series.
    MoveClass {
        /// Which class.
        class: ClassId,
        /// How far the change reaches.
        scope: Scope,
        /// The new civil start of this class; the others move by as much.
        start: NaiveDateTime,
        /// The new length, in minutes, if it changes.
        minutes: Option<u32>,
        /// The new room, if it changes.
        room: Option<RoomId>,
    },
    /// Cancels a class, or it and those after, or the whole series; every booking is restored.
    CancelClass {
        /// Which class.
        class: ClassId,
        /// How far it reaches.
        scope: Scope,
    },
    /// Gives a class to another trainer; bookings stay.
    Substitute {
        /// Which class.
        class: ClassId,
        /// How far it reaches.
        scope: Scope,
        /// Who gives it.
        trainer: TrainerId,
    },
    /// Changes how many may come; the last in go back to the queue if there are too many.
    SetCapacity {
        /// Which class.
        class: ClassId,
        /// How many may come.
        capacity: u32,
    },
    /// Closes a location for some civil days.
    CloseLocation {
        /// Which.
        location: LocationId,
        /// The first day.
        from: NaiveDate,
        /// The last day.
        until: NaiveDate,
        /// Why.
        reason: String,
    },
    /// Takes a closure back: its classes and their bookings return where they still can. What a series was to make on
    /// its days meanwhile comes with the next [`Materialise`](Self::Materialise).
    LiftClosure {
        /// Which.
        closure: ClosureId,
    },
    /// Takes a unit of equipment out of service.
    StartMaintenance {
        /// Which.
        unit: UnitId,
        /// When; the end is what is expected.
        period: Period,
        /// What is done.
        work: String,
    },
    /// Puts a unit back into service.
    EndMaintenance {
        /// Which job.
        maintenance: MaintenanceId,
    },
    /// Books a training session, with one trainer or with whoever's turn it is.
    BookSession {
        /// The trainer; by rotation if none.
        trainer: Option<TrainerId>,
        /// The member.
        member: MemberId,
        /// Where.
        location: LocationId,
        /// In which room.
        room: Option<RoomId>,
        /// When it starts, on the clocks of the location.
        start: NaiveDateTime,
        /// How long, in minutes.
        minutes: u32,
        /// How long trainer and room are taken before and after.
        buffers: Buffers,
        /// Rules that staff set aside, and why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        overriding: Option<Override>,
    },
    /// Moves a training session.
    MoveSession {
        /// Which.
        session: SessionId,
        /// The new civil start.
        start: NaiveDateTime,
    },
    /// Cancels a training session.
    CancelSession {
        /// Which.
        session: SessionId,
    },
    /// Says whether the member came to a session.
    CompleteSession {
        /// Which.
        session: SessionId,
        /// Whether they came.
        attended: bool,
    },

    /// Books seats of a class for a member.
    Book(Book),
    /// Cancels a member's booking, or takes them off the waitlist.
    Cancel {
        /// Which class.
        class: ClassId,
        /// Who.
        member: MemberId,
    },
    /// Checks a member in.
    CheckIn {
        /// Which class.
        class: ClassId,
        /// Who.
        member: MemberId,
        /// Rules that staff set aside, and why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        overriding: Option<Override>,
    },
    /// Marks who did not come, one member or all that were not checked in.
    MarkNoShow {
        /// Which class.
        class: ClassId,
        /// Who; all if none.
        member: Option<MemberId>,
        /// Rules that staff set aside, and why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        overriding: Option<Override>,
    },
    /// Ends what has run out and gives free seats to who waits.
    Promote {
        /// Which class.
        class: ClassId,
    },
    /// Keeps seats for a member for a few minutes.
    Hold {
        /// Which class.
        class: ClassId,
        /// Who.
        member: MemberId,
        /// How many seats.
        seats: u32,
        /// From where.
        channel: Channel,
    },
    /// Gives kept seats back.
    ReleaseHold {
        /// Which class.
        class: ClassId,
        /// Who.
        member: MemberId,
    },
    /// Memberships: what is sold, for how long, and how it ends.
    Membership(crate::membership::MembershipCommand),
    /// Entitlements: lots of uses, and which one covers a visit.
    Entitlement(crate::entitlement::EntitlementCommand),
    /// Check-in: whether the door opens, and every reason why it does not.
    Door(crate::check_in::DoorCommand),
    /// Billing: what is owed, invoiced, paid and credited.
    Billing(crate::billing::BillingCommand),
    /// The shop: products, stock and counter sales.
    Shop(crate::shop::ShopCommand),
    /// Payroll: what trainers earn, and why.
    Pay(crate::payroll::PayCommand),
    /// Payments: what was given, what it settles, and what came back.
    Payment(crate::billing::payment::PaymentCommand),
    /// The ledger: every amount twice, append-only, and balanced by construction.
    Ledger(crate::billing::ledger::LedgerCommand),
}
