//! A [`Reason`] is a rule that said no, with the facts that it used; its [`Code`] is the rule's name.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::booking::policy::Channel;
use crate::booking::{RegistrationState, WaitlistState};
use crate::check_in;
use crate::entitlement::{Objection, Remedy, Target};
use crate::id::{ClassId, LocationId, LotId, MemberId, RegistrationId, TrainerId, WaitlistId};
use crate::schedule::claim::{Owner, Resource};
use crate::time::{Instant, Period};

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $code:literal { $($(#[$fdoc:meta])* $field:ident: $type:ty),* $(,)? })*) => {
        /// A rule that said no, with the facts that it used.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(tag = "code", rename_all = "snake_case")]
        #[non_exhaustive]
        pub enum Reason {
            $($(#[$doc])* $name { $($(#[$fdoc])* $field: $type),* },)*
        }

        /// The stable name of a rule, for overrides, counting and translation.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[non_exhaustive]
        pub enum Code {
            $($(#[$doc])* $name,)*
        }

        impl Reason {
            /// Returns the name of the rule.
            pub const fn code(&self) -> Code {
                match self { $(Self::$name { .. } => Code::$name,)* }
            }
        }

        impl Code {
            /// Every rule.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Returns the name in JSON.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }
        }
    };
}

reasons! {
    /// Something that the command names does not exist.
    Unknown = "unknown" {
        /// What kind of thing.
        what: String,
        /// The id that was given.
        id: i64,
    }
    /// The actor's roles do not allow it.
    NotPermitted = "not_permitted" {
        /// What the actor wanted to do.
        action: String,
        /// Where a role would be needed.
        location: Option<LocationId>,
    }
    /// An override names a rule that nobody may override.
    NeverOverridden = "never_overridden" {
        /// The rule.
        rule: Code,
    }
    /// The class was cancelled.
    ClassCancelled = "class_cancelled" {
        /// The class.
        class: ClassId,
    }
    /// The location is closed.
    LocationClosed = "location_closed" {
        /// Which location.
        location: LocationId,
        /// The first closed day.
        from: NaiveDate,
        /// The last closed day.
        until: NaiveDate,
        /// Why.
        why: String,
    }
    /// The class, or what is planned, has started.
    Started = "started" {
        /// When it started.
        starts_at: Instant,
    }
    /// Booking has not opened.
    NotYetOpen = "not_yet_open" {
        /// When it opens.
        opens_at: Instant,
    }
    /// Booking has closed.
    Closed = "closed" {
        /// When it closed.
        closed_at: Instant,
    }
    /// Nobody has booked yet, and it is too late to be the first.
    NoticeToOpen = "notice_to_open" {
        /// The notice, in minutes.
        minutes: u32,
        /// The last instant at which somebody could have been the first.
        until: Instant,
    }
    /// It is too late to join.
    NoticeToJoin = "notice_to_join" {
        /// The notice, in minutes.
        minutes: u32,
        /// The last instant for joining.
        until: Instant,
    }
    /// There are not enough free seats.
    Full = "full" {
        /// How many seats the class has today.
        capacity: u32,
        /// How many are booked.
        taken: u32,
        /// How many are kept by holds and offers.
        kept: u32,
        /// How many were asked for.
        asked: u32,
    }
    /// The channel has sold its share.
    ChannelFull = "channel_full" {
        /// Which channel.
        channel: Channel,
        /// Its share, in seats.
        most: u32,
        /// How many it has sold.
        taken: u32,
        /// How many of it are kept by holds and offers.
        kept: u32,
        /// How many were asked for.
        asked: u32,
    }
    /// The free seats belong to members who wait.
    SeatsKept = "seats_kept" {
        /// How many wait.
        waiting: u32,
        /// Until when.
        until: Instant,
    }
    /// The party is too large, or empty.
    PartySize = "party_size" {
        /// The most.
        most: u32,
        /// How many seats were asked for.
        asked: u32,
    }
    /// The member has booked this class already.
    AlreadyBooked = "already_booked" {
        /// The booking.
        registration: RegistrationId,
    }
    /// The member waits for this class already.
    AlreadyWaiting = "already_waiting" {
        /// The entry.
        entry: WaitlistId,
        /// The position.
        position: u32,
    }
    /// The waitlist holds as many as it may.
    WaitlistFull = "waitlist_full" {
        /// The most.
        most: u32,
    }
    /// The waitlist has closed.
    WaitlistClosed = "waitlist_closed" {
        /// When.
        closed_at: Instant,
    }
    /// The member is busy at that time.
    Overlaps = "overlaps" {
        /// What with.
        owner: Owner,
        /// Its title.
        title: String,
        /// When that is.
        period: Period,
    }
    /// The member has booked as many classes as a day allows.
    DayLimit = "day_limit" {
        /// The limit.
        limit: u32,
        /// How many count.
        booked: u32,
        /// The day.
        date: NaiveDate,
    }
    /// The member has booked as many classes as a week allows.
    WeekLimit = "week_limit" {
        /// The limit.
        limit: u32,
        /// How many count.
        booked: u32,
        /// The first day of the week.
        week: NaiveDate,
    }
    /// The member has booked as many classes of the programme as a week allows.
    ProgrammeLimit = "programme_limit" {
        /// The programme.
        programme: String,
        /// The limit.
        limit: u32,
        /// How many count.
        booked: u32,
        /// The first day of the week.
        week: NaiveDate,
    }
    /// The member has as many bookings to come as are allowed at one time.
    ConcurrentLimit = "concurrent_limit" {
        /// The limit.
        limit: u32,
        /// How many count.
        booked: u32,
    }
    /// The member may not book for now.
    Banned = "banned" {
        /// Until when.
        until: Instant,
    }
    /// The member may not use the location on that day.
    NoAccess = "no_access" {
        /// The location.
        location: LocationId,
        /// The day.
        date: NaiveDate,
    }
    /// There is no booking to act on.
    NotBooked = "not_booked" {
        /// Where the last booking stands, if there was one.
        last: Option<RegistrationState>,
        /// Where the last waitlist entry stands, if there was one.
        waited: Option<WaitlistState>,
    }
    /// It is too early to check in, or to count as absent.
    TooEarly = "too_early" {
        /// From when.
        from: Instant,
    }
    /// It is too late to check in.
    TooLate = "too_late" {
        /// Until when it was possible.
        until: Instant,
    }
    /// Attendance is locked.
    AttendanceLocked = "attendance_locked" {
        /// Since when.
        since: Instant,
    }
    /// There is nothing left to do.
    NothingToDo = "nothing_to_do" {
        /// What was looked for.
        looked_for: String,
    }
    /// A resource is taken at that time.
    Taken = "taken" {
        /// The resource.
        resource: Resource,
        /// By what.
        owner: Owner,
        /// When, with its buffers.
        period: Period,
    }
    /// The trainer does not work then.
    TrainerAway = "trainer_away" {
        /// The trainer.
        trainer: TrainerId,
        /// When that would be.
        period: Period,
    }
    /// The trainer does not work there.
    TrainerElsewhere = "trainer_elsewhere" {
        /// The trainer.
        trainer: TrainerId,
        /// The location.
        location: LocationId,
    }
    /// Nobody is free.
    NobodyFree = "nobody_free" {
        /// When that would be.
        period: Period,
    }
    /// The location is not open then.
    OutsideHours = "outside_hours" {
        /// The location.
        location: LocationId,
        /// When that would be.
        period: Period,
    }
    /// Something belongs to another location.
    WrongPlace = "wrong_place" {
        /// What.
        what: String,
        /// Its id.
        id: i64,
        /// Where it is.
        at: LocationId,
        /// Where it should be.
        expected: LocationId,
    }
    /// No working unit of the equipment is free.
    NoUnits = "no_units" {
        /// How many units there are.
        units: u32,
        /// When.
        period: Period,
    }
    /// A value cannot be accepted.
    BadValue = "bad_value" {
        /// The field.
        field: String,
        /// What was given.
        value: String,
        /// What would be accepted.
        expected: String,
    }
    /// A change that a series cannot make.
    SeriesCannot = "series_cannot" {
        /// Why.
        why: String,
    }
    /// Money cannot move so.
    Payment = "payment" {
        /// Why.
        why: crate::billing::payment::Objection,
    }
    /// The shop cannot do it.
    Shop = "shop" {
        /// Why.
        why: crate::shop::Objection,
    }
    /// The payroll cannot do it.
    Payroll = "payroll" {
        /// Why.
        why: crate::payroll::Objection,
    }
    /// The user is linked to another member or trainer.
    UserTaken = "user_taken" {
        /// To what, e.g. `member 7`.
        by: String,
    }
    /// The member has another primary trainer for that.
    PrimaryTaken = "primary_taken" {
        /// Who.
        trainer: TrainerId,
        /// The member.
        member: MemberId,
    }
    /// An amount, a tax or the state of an invoice does not allow it.
    Billing = "billing" {
        /// Why.
        why: crate::billing::Objection,
    }
    /// The contract of a membership does not allow it.
    Contract = "contract" {
        /// Why.
        why: crate::membership::Objection,
    }
    /// No lot of the member covers the visit.
    Uncovered = "uncovered" {
        /// Why each does not.
        why: Vec<Objection>,
        /// What would.
        would: Vec<Remedy>,
    }
    /// Bookings need what is left of a lot.
    LotNeeded = "lot_needed" {
        /// Which lot.
        lot: LotId,
        /// What would be left without one.
        by: Vec<Target>,
    }
    /// The door stays shut.
    Door = "door" {
        /// Why.
        why: check_in::Objection,
    }
    /// The database refused what the rules had accepted, because somebody wrote around the library.
    Guarded = "guarded" {
        /// The name of the constraint.
        guard: String,
    }
}
