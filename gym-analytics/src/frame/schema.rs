//! A [`Schema`] says which columns a frame has, and of what type each is.

use std::fmt;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A whole number of any size; written as 64 bits.
    Integer,
    /// A whole number, 0 or above, below 4,294,967,295; written as 32 bits.
    Count,
    /// A civil day.
    Day,
    /// An instant in UTC, without a zone; written in microseconds.
    Time,
    /// A text.
    Text,
    /// Yes or no.
    Flag,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Integer => "a whole number (i64)",
            Self::Count => "a whole number from 0 on (u32)",
            Self::Day => "a date",
            Self::Time => "a datetime in UTC without a zone",
            Self::Text => "a string",
            Self::Flag => "a boolean",
        })
    }
}

/// A column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Whether a value may be null.
    pub optional: bool,
}

/// The columns of a frame. More of them do no harm, and their order does not matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schema {
    /// The name of the frame.
    pub frame: &'static str,
    /// Its columns.
    pub fields: &'static [Field],
}

macro_rules! schema {
    ($($(#[$doc:meta])* $frame:ident = $name:literal { $($field:literal: $kind:ident $($optional:ident)?,)* })*) => {$(
        $(#[$doc])*
        pub const $frame: Schema = Schema {
            frame: $name,
            fields: &[$(Field { name: $field, kind: Kind::$kind, optional: schema!(@ $($optional)?) },)*],
        };
    )*};
    (@ optional) => { true };
    (@) => { false };
}

schema! {
    /// Locations. `zone` is an IANA name, `currency` an ISO 4217 code.
    PLACES = "places" { "place_id": Integer, "zone": Text, "currency": Text, }
    /// Versions of plans. `price` is in minor units of `currency`; `term_months` is 0 until notice.
    PLANS = "plans" {
        "plan_id": Integer, "price": Integer, "currency": Text, "cycle_months": Count, "term_months": Count,
    }
    /// Members.
    MEMBERS = "members" {
        "member_id": Integer, "place_id": Integer, "joined_on": Day, "recorded_at": Time, "birth_year": Integer optional,
    }
    /// Memberships. `ending` is `running`, `chosen`, `involuntary`, `expired` or `switched`.
    MEMBERSHIPS = "memberships" {
        "membership_id": Integer, "member_id": Integer, "place_id": Integer, "plan_id": Integer, "recorded_at": Time,
        "starts_on": Day, "committed_until": Day optional, "follows_id": Integer optional, "ending": Text,
        "ends_on": Day optional, "end_recorded_at": Time optional,
    }
    /// Terms of memberships.
    TERMS = "terms" {
        "membership_id": Integer, "plan_id": Integer, "recorded_at": Time, "from": Day, "until": Day optional,
    }
    /// Freezes of a membership, or of all at a place if `membership_id` is null.
    FREEZES = "freezes" {
        "membership_id": Integer optional, "place_id": Integer, "recorded_at": Time, "from": Day, "until": Day optional,
        "ended_on": Day optional, "end_recorded_at": Time optional,
    }
    /// Check-ins at doors.
    CHECK_INS = "check_ins" {
        "member_id": Integer, "place_id": Integer, "at": Time, "recorded_at": Time, "left_at": Time optional,
    }
    /// Dated classes.
    CLASSES = "classes" {
        "class_id": Integer, "series_id": Integer optional, "place_id": Integer, "programme": Text,
        "trainer_id": Integer optional, "room_id": Integer optional, "capacity": Count, "starts_at": Time,
        "ends_at": Time, "is_on": Flag,
    }
    /// Bookings of classes. `state` is `booked`, `attended`, `cancelled`, `late_cancelled`, `no_show` or
    /// `club_cancelled`.
    BOOKINGS = "bookings" {
        "member_id": Integer, "class_id": Integer optional, "seats": Count, "booked_at": Time, "recorded_at": Time,
        "state": Text, "settled_at": Time optional,
    }
    /// Payments, in minor units of the place's currency. `outcome` is `open`, `settled`, `failed` or `refunded`.
    PAYMENTS = "payments" {
        "member_id": Integer, "place_id": Integer, "amount": Integer, "made_at": Time, "recorded_at": Time,
        "outcome": Text, "outcome_at": Time optional,
    }
}

/// Every frame, in the order of [`Frames`](super::Frames).
pub const ALL: [Schema; 10] = [
    PLACES,
    PLANS,
    MEMBERS,
    MEMBERSHIPS,
    TERMS,
    FREEZES,
    CHECK_INS,
    CLASSES,
    BOOKINGS,
    PAYMENTS,
];
