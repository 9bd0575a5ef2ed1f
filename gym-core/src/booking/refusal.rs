//! A [`Refusal`] lists every rule that said no, with the facts that each used, and what would be accepted.
//!
//! ```
//! use gym_core::booking::refusal::{Alternative, Reason, Refusal};
//! use gym_core::time::zone;
//!
//! let mut refusal = Refusal::new("book Spin", zone("Europe/Berlin")?);
//! refusal.reasons.push(Reason::Full { capacity: 12, taken: 12, kept: 0, asked: 1 });
//! refusal.alternatives.push(Alternative::Wait { position: 3 });
//! assert_eq!(
//!     refusal.to_string(),
//!     "cannot book Spin:\n  - the class is full (12 of 12 places taken)\ninstead:\n  - join the waitlist, at position 3",
//! );
//! # Ok::<(), gym_core::time::UnknownZone>(())
//! ```

use std::fmt;

use chrono::{NaiveDate, NaiveDateTime};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::policy::Channel;
use super::{RegistrationState, WaitlistState};
use crate::id::{ClassId, LocationId, MemberId, RegistrationId, TrainerId, WaitlistId};
use crate::schedule::claim::{Owner, Resource};
use crate::time::{Instant, Period, civil};

/// What a command got for an answer when rules said no. Never empty when it is returned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// What was asked, as in "cannot …".
    pub action: String,
    /// The zone that times are written in.
    pub zone: Tz,
    /// Every rule that failed, in the order of checking.
    pub reasons: Vec<Reason>,
    /// What would have been accepted; advice, computed without locks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alternatives: Vec<Alternative>,
}

impl Refusal {
    /// Starts a refusal without reasons.
    pub fn new(action: impl Into<String>, zone: Tz) -> Self {
        Self {
            action: action.into(),
            zone,
            reasons: Vec::new(),
            alternatives: Vec::new(),
        }
    }

    /// Makes a refusal for one reason.
    pub fn of(action: impl Into<String>, zone: Tz, reason: Reason) -> Self {
        Self {
            reasons: vec![reason],
            ..Self::new(action, zone)
        }
    }

    /// Whether a reason with this code is among the reasons.
    pub fn has(&self, code: Code) -> bool {
        self.reasons.iter().any(|reason| reason.code() == code)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot {}:", self.action)?;
        for reason in &self.reasons {
            write!(f, "\n  - {}", reason.sentence(self.zone))?;
        }
        if !self.alternatives.is_empty() {
            f.write_str("\ninstead:")?;
        }
        for alternative in &self.alternatives {
            write!(f, "\n  - {}", alternative.sentence(self.zone))?;
        }
        Ok(())
    }
}

impl std::error::Error for Refusal {}

/// Something that would have been accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Alternative {
    /// Waiting for a seat of this class.
    Wait {
        /// The position that the member would have.
        position: u32,
    },
    /// Fewer seats of this class.
    Seats {
        /// How many.
        seats: u32,
    },
    /// The same, later.
    From {
        /// The first instant at which it would be accepted, all else unchanged.
        at: Instant,
    },
    /// Another class.
    Class {
        /// Which.
        class: ClassId,
        /// Its title.
        title: String,
        /// Its start.
        starts_at: Instant,
        /// Its free seats.
        free: u32,
    },
    /// Another time for a session.
    Slot {
        /// With whom.
        trainer: TrainerId,
        /// When.
        period: Period,
    },
}

impl Alternative {
    /// Writes it as a proposal, with times on the clocks of `zone`.
    pub fn sentence(&self, zone: Tz) -> String {
        match self {
            Self::Wait { position } => format!("join the waitlist, at position {position}"),
            Self::Seats { seats } => format!("book {}", places(*seats)),
            Self::From { at } => format!("book from {}", clock(zone, *at)),
            Self::Class {
                title,
                starts_at,
                free,
                ..
            } => {
                format!("{title} on {} ({} free)", clock(zone, *starts_at), places(*free))
            }
            Self::Slot { trainer, period } => {
                format!("trainer {trainer} on {}", span(zone, period))
            }
        }
    }
}

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
    /// The civil start is not one of the series.
    NoOccurrence = "no_occurrence" {
        /// The civil start that was given.
        original: NaiveDateTime,
    }
    /// A change that a series cannot make.
    SeriesCannot = "series_cannot" {
        /// Why.
        why: String,
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
    /// The database refused what the rules had accepted, because somebody wrote around the library.
    Guarded = "guarded" {
        /// The name of the constraint.
        guard: String,
    }
}

impl Code {
    /// Whether staff may override the rule. Never: what would double-book a resource or a person,
    /// overfill a room, or contradict what has happened.
    pub const fn is_overridable(self) -> bool {
        matches!(
            self,
            Self::Started
                | Self::NotYetOpen
                | Self::Closed
                | Self::NoticeToOpen
                | Self::NoticeToJoin
                | Self::ChannelFull
                | Self::SeatsKept
                | Self::PartySize
                | Self::DayLimit
                | Self::WeekLimit
                | Self::ProgrammeLimit
                | Self::ConcurrentLimit
                | Self::Banned
                | Self::NoAccess
                | Self::TooEarly
                | Self::TooLate
                | Self::AttendanceLocked
                | Self::TrainerAway
                | Self::TrainerElsewhere
                | Self::OutsideHours
                | Self::WaitlistFull
        )
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Reason {
    /// Writes what the rule says and why, with times on the clocks of `zone`.
    pub fn sentence(&self, zone: Tz) -> String {
        super::sentence::of(self, zone)
    }
}

pub(crate) fn clock(zone: Tz, at: Instant) -> String {
    civil(zone, at).format("%a %-d %b %Y %H:%M").to_string()
}

pub(crate) fn span(zone: Tz, period: &Period) -> String {
    let (start, end) = (civil(zone, period.start()), civil(zone, period.end()));
    let last = if start.date() == end.date() {
        "%H:%M"
    } else {
        "%a %-d %b %Y %H:%M"
    };
    format!("{}–{}", start.format("%a %-d %b %Y %H:%M"), end.format(last))
}

pub(super) fn places(n: u32) -> String {
    if n == 1 {
        "1 place".to_owned()
    } else {
        format!("{n} places")
    }
}
