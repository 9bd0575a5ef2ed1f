//! A [`Location`] has a zone, a currency, opening hours, [`Room`]s, and days on which it is closed.
//!
//! ```
//! use gym_core::{id::{ClosureId, LocationId}, location::Closure, time};
//! let closure = Closure {
//!     id: ClosureId::new(1)?,
//!     location: LocationId::new(1)?,
//!     from: "2026-12-24".parse()?,
//!     until: "2026-12-26".parse()?,
//!     reason: "Christmas".to_owned(),
//!     lifted: false,
//! };
//! let berlin = time::zone("Europe/Berlin")?;
//! assert!(closure.covers_day("2026-12-26".parse()?));
//! assert_eq!(closure.period(berlin).unwrap().to_string(), "2026-12-23 23:00–2026-12-26 23:00 UTC");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use chrono::{NaiveDate, NaiveTime};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::id::{ClosureId, LocationId, RoomId};
use crate::money::Currency;
use crate::schedule::availability::WeeklyHours;
use crate::time::{Instant, Period, civil, resolve};

/// A building of the club.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Location {
    /// The location.
    pub id: LocationId,
    /// What people call it.
    pub name: String,
    /// The IANA zone of its clocks.
    pub zone: Tz,
    /// What it charges in.
    pub currency: Currency,
    /// When it is open; always if empty.
    pub hours: WeeklyHours,
}

impl Location {
    /// Returns the civil day at this location.
    pub fn date(&self, at: Instant) -> NaiveDate {
        civil(self.zone, at).date()
    }

    /// Whether the opening hours cover all of a period.
    pub fn is_open(&self, period: &Period) -> bool {
        self.hours.hours.is_empty()
            || self
                .hours
                .open(self.zone, period.padded(1, 1))
                .iter()
                .any(|open| open.covers(period))
    }
}

/// Civil days on which a location is closed; a layer over the timetable, which can be lifted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closure {
    /// The closure.
    pub id: ClosureId,
    /// Which location.
    pub location: LocationId,
    /// The first closed day.
    pub from: NaiveDate,
    /// The last closed day.
    pub until: NaiveDate,
    /// Why, for people to read.
    pub reason: String,
    /// Whether it was taken back.
    pub lifted: bool,
}

impl Closure {
    /// Whether a civil day is closed.
    pub fn covers_day(&self, date: NaiveDate) -> bool {
        !self.lifted && self.from <= date && date <= self.until
    }

    /// Returns the closed time in the location's zone; none if the days are the wrong way round.
    pub fn period(&self, zone: Tz) -> Option<Period> {
        let midnight = |date: NaiveDate| resolve(zone, date.and_time(NaiveTime::MIN)).instant;
        Period::new(midnight(self.from), midnight(self.until.succ_opt()?)).ok()
    }
}

/// A room of a location.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Room {
    /// The room.
    pub id: RoomId,
    /// Where it is.
    pub location: LocationId,
    /// What people call it.
    pub name: String,
    /// How many people may be in it.
    pub capacity: u32,
}
