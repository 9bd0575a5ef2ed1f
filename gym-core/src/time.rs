//! Time: [`Period`]s are half-open `[start, end)`; civil times become instants by a total function.
//!
//! An *instant* is a `DateTime<Utc>`. A *civil* time is what a wall clock shows (`NaiveDateTime`),
//! and needs a zone to become an instant. Gaps and overlaps at a change of the clocks follow
//! RFC 5545, section 3.3.5: a time that happens twice means the first; a time that never happens
//! is read with the offset before the gap. The ambiguity is reported, never guessed away.
//!
//! ```
//! use chrono::NaiveDate;
//! use gym_core::time::{Fit, resolve, zone};
//!
//! let berlin = zone("Europe/Berlin")?;
//! let never = NaiveDate::from_ymd_opt(2026, 3, 29).unwrap().and_hms_opt(2, 30, 0).unwrap();
//! let resolved = resolve(berlin, never);
//! assert_eq!(resolved.instant.to_string(), "2026-03-29 01:30:00 UTC"); // 03:30 on the wall
//! assert_eq!(resolved.fit, Fit::Gap);
//! # Ok::<(), gym_core::time::UnknownZone>(())
//! ```

mod cycle;

use std::fmt;

use chrono::{DateTime, Duration, LocalResult, NaiveDate, NaiveDateTime, Offset, TimeZone, Timelike, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

pub use cycle::{Cycle, Days, InvalidCycle, NoDays, Unit};

/// A point on the time line, in UTC. Stored and compared to the microsecond.
pub type Instant = DateTime<Utc>;

/// The version of the time zone database that civil times are resolved with, e.g. `2025b`.
pub const TZDB_VERSION: &str = chrono_tz::IANA_TZDB_VERSION;

/// Drops what is finer than a microsecond, the precision that both databases keep, and what is outside the years
/// 1 to 9999, which both can write.
pub fn to_micros(at: Instant) -> Instant {
    let at = at.clamp(FIRST, LAST);
    match at.nanosecond() % 1_000 {
        0 => at,
        finer => at - Duration::nanoseconds(i64::from(finer)),
    }
}

const FIRST: Instant = instant(-62_135_596_800);
const LAST: Instant = instant(253_402_300_799);

const fn instant(seconds: i64) -> Instant {
    match DateTime::from_timestamp(seconds, 0) {
        Some(at) => at,
        None => DateTime::UNIX_EPOCH,
    }
}

/// A name that is not in the IANA time zone database.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("zone: {0:?} is not an IANA time zone; expected a name such as \"Europe/Berlin\"")]
pub struct UnknownZone(pub String);

/// Parses the name of an IANA time zone, e.g. `America/New_York`.
pub fn zone(name: &str) -> Result<Tz, UnknownZone> {
    name.parse().map_err(|_| UnknownZone(name.to_owned()))
}

/// A period whose end is not after its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("period: the end {end} is not after the start {start}")]
pub struct EmptyPeriod {
    /// The start that was given.
    pub start: Instant,
    /// The end that was given.
    pub end: Instant,
}

/// Time from a start up to, not including, an end: `[start, end)`. Never empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "Ends", into = "Ends")]
pub struct Period {
    start: Instant,
    end: Instant,
}

#[derive(Serialize, Deserialize)]
struct Ends {
    start: Instant,
    end: Instant,
}

impl TryFrom<Ends> for Period {
    type Error = EmptyPeriod;

    fn try_from(ends: Ends) -> Result<Self, EmptyPeriod> {
        Self::new(ends.start, ends.end)
    }
}

impl From<Period> for Ends {
    fn from(period: Period) -> Self {
        Self {
            start: period.start,
            end: period.end,
        }
    }
}

impl Period {
    /// Makes `[start, end)`; both are cut to the microsecond.
    pub fn new(start: Instant, end: Instant) -> Result<Self, EmptyPeriod> {
        let (start, end) = (to_micros(start), to_micros(end));
        if start < end {
            Ok(Self { start, end })
        } else {
            Err(EmptyPeriod { start, end })
        }
    }

    /// Makes the period of `minutes` elapsed minutes (at least one) from `start`; it ends with the year 9999 at the
    /// latest.
    pub fn lasting(start: Instant, minutes: u32) -> Self {
        let start = to_micros(start);
        let end = start + Duration::minutes(i64::from(minutes.max(1)));
        if end <= LAST {
            return Self { start, end };
        }
        Self {
            start: start.min(LAST - Duration::minutes(1)),
            end: LAST,
        }
    }

    /// Returns the first instant inside.
    pub const fn start(&self) -> Instant {
        self.start
    }

    /// Returns the first instant after.
    pub const fn end(&self) -> Instant {
        self.end
    }

    /// Returns the elapsed time.
    pub fn duration(&self) -> Duration {
        self.end - self.start
    }

    /// Whether the two share any time; touching is not overlap.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// Whether `at` is inside.
    pub fn contains(&self, at: Instant) -> bool {
        self.start <= at && at < self.end
    }

    /// Whether all of `other` is inside.
    pub fn covers(&self, other: &Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// Returns the time that both share.
    pub fn intersection(&self, other: &Self) -> Option<Self> {
        Self::new(self.start.max(other.start), self.end.min(other.end)).ok()
    }

    /// Returns the period with `before` and `after` minutes added around it, within the years 1 to 9999.
    #[must_use]
    pub fn padded(&self, before: u32, after: u32) -> Self {
        Self {
            start: to_micros(self.start - Duration::minutes(i64::from(before))),
            end: to_micros(self.end + Duration::minutes(i64::from(after))),
        }
    }
}

impl fmt::Display for Period {
    /// Writes UTC, as `2026-03-01 18:00–19:00 UTC`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = if self.start.date_naive() == self.end.date_naive() {
            "%H:%M"
        } else {
            "%Y-%m-%d %H:%M"
        };
        write!(
            f,
            "{}–{} UTC",
            self.start.format("%Y-%m-%d %H:%M"),
            self.end.format(end)
        )
    }
}

/// How a civil time fitted the time line of its zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fit {
    /// It happens once.
    Exact,
    /// It happens twice, because the clocks go back; the first was taken.
    Overlap,
    /// It never happens, because the clocks go forward; the offset before the gap was used.
    Gap,
}

/// A civil time made into an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resolved {
    /// The instant.
    pub instant: Instant,
    /// Whether the civil time was ambiguous or missing.
    pub fit: Fit,
}

/// Makes a civil time into an instant; total, by the policy of RFC 5545, section 3.3.5.
pub fn resolve(zone: Tz, civil: NaiveDateTime) -> Resolved {
    let civil = civil.clamp(FIRST.naive_utc(), LAST.naive_utc());
    match zone.from_local_datetime(&civil) {
        LocalResult::Single(at) => Resolved {
            instant: at.with_timezone(&Utc),
            fit: Fit::Exact,
        },
        LocalResult::Ambiguous(first, second) => Resolved {
            instant: first.min(second).with_timezone(&Utc),
            fit: Fit::Overlap,
        },
        LocalResult::None => Resolved {
            instant: before_gap(zone, civil),
            fit: Fit::Gap,
        },
    }
}

fn before_gap(zone: Tz, civil: NaiveDateTime) -> Instant {
    // The longest gap on record is the day that Kwajalein and Samoa left out.
    let offset = |hours: i64| {
        let probe = civil - Duration::hours(hours);
        zone.from_local_datetime(&probe)
            .earliest()
            .map(|at| at.offset().fix().local_minus_utc())
    };
    let seconds = (1..=30).find_map(offset).unwrap_or(0);
    (civil - Duration::seconds(i64::from(seconds))).and_utc()
}

/// Returns what the wall clock in `zone` shows at `instant`.
pub fn civil(zone: Tz, instant: Instant) -> NaiveDateTime {
    instant.clamp(FIRST, LAST).with_timezone(&zone).naive_local()
}

/// Returns the period of a civil day in `zone`: 23, 24 or 25 hours, or none for a day that was left out.
pub fn day(zone: Tz, date: NaiveDate) -> Option<Period> {
    let midnight = |date: NaiveDate| resolve(zone, date.and_time(chrono::NaiveTime::MIN)).instant;
    Period::new(midnight(date), midnight(date.succ_opt()?)).ok()
}

/// Joins periods that overlap or touch; the result is sorted and has gaps between any two.
pub fn merge(mut periods: Vec<Period>) -> Vec<Period> {
    periods.sort_unstable();
    let mut merged: Vec<Period> = Vec::with_capacity(periods.len());
    for period in periods {
        match merged.last_mut() {
            Some(last) if period.start <= last.end => last.end = last.end.max(period.end),
            _ => merged.push(period),
        }
    }
    merged
}
