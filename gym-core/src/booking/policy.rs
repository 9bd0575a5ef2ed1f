//! A [`Policy`] is the club's booking rules as data: versioned, stored as JSON, compared in what-ifs.
//!
//! ```
//! use gym_core::booking::policy::{Bound, Policy};
//!
//! let policy = Policy { opens: Some(Bound::days_before(7, 8, 0)), ..Policy::default() };
//! assert!(policy.check().is_ok());
//!
//! let wrong = Policy { party_max: 0, ..Policy::default() };
//! assert_eq!(wrong.check().unwrap_err().to_string(), "policy party_max: 0 is not accepted; expected at least 1");
//! ```

mod bound;
mod check;

use std::collections::BTreeMap;
use std::fmt;

use chrono::{Duration, Weekday};
use serde::{Deserialize, Serialize};

pub use self::bound::Bound;
use super::Consequence;
use crate::check_in::DoorRules;
use crate::id::TrainerId;
use crate::money::Money;
use crate::time::Instant;

/// The club's booking rules. Every field has a default, so that JSON names only what differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// Whether a booking needs a lot that covers it.
    pub admits: Admits,
    /// When booking opens; from the beginning if none.
    pub opens: Option<Bound>,
    /// When booking closes.
    pub closes: Bound,
    /// The notice, in minutes, to be the first in a class.
    pub notice_to_open_minutes: u32,
    /// The notice, in minutes, to join a class that somebody has booked.
    pub notice_to_join_minutes: u32,
    /// How much one member may book.
    pub limits: Limits,
    /// The most seats of one class that each channel may fill; no limit for a channel not named.
    pub channels: BTreeMap<Channel, u32>,
    /// The most seats in one booking.
    pub party_max: u32,
    /// How long seats are held, in minutes.
    pub hold_minutes: u32,
    /// Cancelling.
    pub cancelling: Cancelling,
    /// Checking in and not showing up.
    pub attendance: Attendance,
    /// What late cancellations and no-shows lead to.
    pub penalties: PenaltyRules,
    /// Waiting for a seat.
    pub waitlist: WaitlistRules,
    /// The doors.
    pub door: DoorRules,
    /// The share of the sessions with any trainer that each trainer has: 2 gets twice what 1 gets, 0 none. Who is not
    /// named has 1.
    pub turn_weights: BTreeMap<TrainerId, u32>,
}

/// Who may book and come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Admits {
    /// Whom a lot covers.
    #[default]
    Entitled,
    /// Anyone, because the club charges nothing, or by other ways.
    Anyone,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            admits: Admits::Entitled,
            opens: None,
            closes: Bound::Minutes(0),
            notice_to_open_minutes: 0,
            notice_to_join_minutes: 0,
            limits: Limits::default(),
            channels: BTreeMap::new(),
            party_max: 4,
            hold_minutes: 10,
            cancelling: Cancelling::default(),
            attendance: Attendance::default(),
            penalties: PenaltyRules::default(),
            waitlist: WaitlistRules::default(),
            door: DoorRules::default(),
            turn_weights: BTreeMap::new(),
        }
    }
}

/// Where a booking comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// The desk and the phone.
    #[default]
    Club,
    /// The club's own site or app.
    Online,
    /// A third party that sells places in many clubs.
    Aggregator,
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Channel {
    /// All channels.
    pub const ALL: [Self; 3] = [Self::Club, Self::Online, Self::Aggregator];

    /// Returns the name in JSON and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Club => "club",
            Self::Online => "online",
            Self::Aggregator => "aggregator",
        }
    }
}

/// How much one member may book. Days and weeks are civil, at the class's location.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Classes on one day.
    pub per_day: Option<u32>,
    /// Classes in one week.
    pub per_week: Option<u32>,
    /// Classes of one programme in one week.
    pub per_programme_week: BTreeMap<String, u32>,
    /// Bookings of classes to come, at any one time.
    pub concurrent: Option<u32>,
    /// The first day of the week.
    pub week_starts: Weekday,
    /// Whether late cancellations count towards days and weeks.
    pub late_cancels_count: bool,
    /// Whether waiting counts as booking.
    pub waiting_counts: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            per_day: None,
            per_week: None,
            per_programme_week: BTreeMap::new(),
            concurrent: None,
            week_starts: Weekday::Mon,
            late_cancels_count: true,
            waiting_counts: false,
        }
    }
}

/// When cancelling is free.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Cancelling {
    /// Until so many minutes before the start.
    pub free_until_minutes: u32,
    /// And, for who came off the waitlist, be it by an offer or an announcement, for so many minutes after that.
    pub promoted_grace_minutes: u32,
}

impl Cancelling {
    /// Returns until when who comes off the waitlist now may cancel freely.
    pub(super) fn grace(&self, now: Instant) -> Instant {
        now + Duration::minutes(i64::from(self.promoted_grace_minutes))
    }
}

impl Default for Cancelling {
    fn default() -> Self {
        Self {
            free_until_minutes: 12 * 60,
            promoted_grace_minutes: 30,
        }
    }
}

/// When members check in, and when they count as absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Attendance {
    /// Check-in opens so many minutes before the start.
    pub opens_minutes: u32,
    /// And closes so many minutes after the start.
    pub closes_minutes: u32,
    /// Absence can be marked from so many minutes after the end.
    pub no_show_after_minutes: u32,
    /// After so many hours from the end, attendance changes only by an override.
    pub locked_after_hours: u32,
}

impl Default for Attendance {
    fn default() -> Self {
        Self {
            opens_minutes: 60,
            closes_minutes: 15,
            no_show_after_minutes: 0,
            locked_after_hours: 48,
        }
    }
}

/// What late cancellations and no-shows lead to. Windows roll: the last so many days of 24 hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PenaltyRules {
    /// How many are waived in a window.
    pub waivers: u32,
    /// The window of the waivers, in days.
    pub waiver_window_days: u32,
    /// How many that were not waived lead to a ban; never if 0.
    pub strikes: u32,
    /// The window of the strikes, in days.
    pub strike_window_days: u32,
    /// How long a ban lasts, in days.
    pub ban_days: u32,
    /// What a late cancellation costs.
    pub late_cancel: Consequence,
    /// What an absence costs.
    pub no_show: Consequence,
    /// A fee is charged after so many hours, in which it can be waived.
    pub fee_after_hours: u32,
}

impl Default for PenaltyRules {
    fn default() -> Self {
        Self {
            waivers: 1,
            waiver_window_days: 30,
            strikes: 3,
            strike_window_days: 90,
            ban_days: 21,
            late_cancel: Consequence::Use,
            no_show: Consequence::Use,
            fee_after_hours: 24,
        }
    }
}

/// In which order waiting members get seats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// Strictly as they came: a party that does not fit holds up who is behind it.
    #[default]
    Fifo,
    /// As they came, passing over parties that do not fit.
    FitFirst,
}

/// How waiting members get seats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Mode {
    /// A free seat is booked for the next at once.
    #[default]
    Auto,
    /// A free seat is offered to the next, who has so many minutes to take it.
    Offer {
        /// How long the offer stands.
        minutes: u32,
    },
    /// All who wait are told of a free seat; whoever books first has it.
    Broadcast,
}

/// Waiting for a seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WaitlistRules {
    /// The most that may wait; without limit if none.
    pub max: Option<u32>,
    /// The order.
    pub order: Order,
    /// The way.
    pub mode: Mode,
    /// When waiting ends: nobody is promoted after, and free seats are for all.
    pub closes: Bound,
}

impl Default for WaitlistRules {
    fn default() -> Self {
        Self {
            max: None,
            order: Order::Fifo,
            mode: Mode::Auto,
            closes: Bound::Minutes(60),
        }
    }
}

/// A policy that cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("policy {field}: {value} is not accepted; expected {expected}")]
pub struct InvalidPolicy {
    /// The field, as in JSON.
    pub field: &'static str,
    /// What was given.
    pub value: String,
    /// What would be accepted.
    pub expected: &'static str,
}

impl Policy {
    /// Returns the fees that it levies, each with the name of its field.
    pub fn fees(&self) -> Vec<(&'static str, Money)> {
        let rules = &self.penalties;
        let all = [
            ("penalties.late_cancel", rules.late_cancel),
            ("penalties.no_show", rules.no_show),
        ];
        let fee = |(field, cost)| match cost {
            Consequence::Fee(fee) => Some((field, fee)),
            _ => None,
        };
        all.into_iter().filter_map(fee).collect()
    }

    /// Returns the rules of a club that admits anyone, and all else as by default.
    pub fn open() -> Self {
        Self {
            admits: Admits::Anyone,
            ..Self::default()
        }
    }
}
