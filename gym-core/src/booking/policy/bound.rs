//! A [`Bound`]: when a window opens or closes, seen from the start of a class.

use std::fmt;

use chrono::{Days, Duration, NaiveTime};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::time::{Instant, civil, resolve};

/// When, seen from the start of a class, a window opens or closes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Bound {
    /// So many elapsed minutes before the start.
    Minutes(u32),
    /// At a time of day, so many civil days before the day of the start.
    Days {
        /// How many civil days before.
        days: u32,
        /// At what time of day, at the location.
        at: NaiveTime,
    },
}

impl fmt::Display for Bound {
    /// Writes `90 minutes before`, or `7 days before at 08:00:00`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Minutes(minutes) => write!(f, "{minutes} minutes before"),
            Self::Days { days, at } => write!(f, "{days} days before at {at}"),
        }
    }
}

impl Bound {
    /// Makes a bound by civil days; an hour or minute that does not exist is midnight.
    pub fn days_before(days: u32, hour: u32, minute: u32) -> Self {
        Self::Days {
            days,
            at: NaiveTime::from_hms_opt(hour, minute, 0).unwrap_or(NaiveTime::MIN),
        }
    }

    /// Whether this is before another for some start of a class.
    pub(super) fn may_precede(self, other: Self) -> bool {
        match (self, other) {
            (Self::Minutes(opens), Self::Minutes(closes)) => opens > closes,
            (
                Self::Days { days, at },
                Self::Days {
                    days: closes,
                    at: until,
                },
            ) => days > closes || (days == closes && at < until),
            // How many minutes before the start a time of day is depends on the start, and on clocks that change.
            (Self::Minutes(opens), Self::Days { days, .. }) => opens / 1440 + 2 >= days,
            (Self::Days { days, .. }, Self::Minutes(closes)) => days + 2 > closes / 1440,
        }
    }

    /// Returns the instant that is meant, for a start in a zone.
    pub fn before(self, start: Instant, zone: Tz) -> Instant {
        match self {
            Self::Minutes(minutes) => start - Duration::minutes(i64::from(minutes)),
            Self::Days { days, at } => {
                let date = civil(zone, start).date();
                let date = date.checked_sub_days(Days::new(u64::from(days))).unwrap_or(date);
                resolve(zone, date.and_time(at)).instant
            }
        }
    }
}
