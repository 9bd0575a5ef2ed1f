//! [`Days`], a half-open range of civil days, and [`Cycle`]s of them that keep their anchor day.
//!
//! The k-th start of a monthly cycle is computed from the anchor, never from the start before, so that a
//! day that a short month lacks is clamped in that month alone and restored in the next long one.
//!
//! ```
//! use gym_core::time::{Cycle, Unit};
//!
//! let joined = "2027-01-31".parse()?;
//! let monthly = Cycle::new(1, Unit::Month)?;
//! let starts: Vec<String> = (0..4).filter_map(|k| monthly.start(joined, k)).map(|day| day.to_string()).collect();
//! assert_eq!(starts, ["2027-01-31", "2027-02-28", "2027-03-31", "2027-04-30"]);
//! let (k, days) = monthly.containing(joined, "2027-03-30".parse()?).unwrap();
//! assert_eq!((k, days.to_string().as_str()), (1, "2027-02-28..2027-03-31"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::fmt;

use chrono::{Datelike, Months, NaiveDate};
use serde::{Deserialize, Serialize};

/// A range of civil days that does not begin before it ends.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("days: {from}..{until} holds no day; expected an end after the start")]
pub struct NoDays {
    /// The first day.
    pub from: NaiveDate,
    /// The day after the last.
    pub until: NaiveDate,
}

/// Civil days `[from, until)`, at least one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "Ends", into = "Ends")]
pub struct Days {
    from: NaiveDate,
    until: NaiveDate,
}

#[derive(Serialize, Deserialize)]
struct Ends {
    from: NaiveDate,
    until: NaiveDate,
}

impl TryFrom<Ends> for Days {
    type Error = NoDays;

    fn try_from(ends: Ends) -> Result<Self, NoDays> {
        Self::new(ends.from, ends.until)
    }
}

impl From<Days> for Ends {
    fn from(days: Days) -> Self {
        Self {
            from: days.from,
            until: days.until,
        }
    }
}

impl Days {
    /// Makes the days from `from` up to but not including `until`.
    ///
    /// # Errors
    /// If there is no day in between.
    pub fn new(from: NaiveDate, until: NaiveDate) -> Result<Self, NoDays> {
        if from < until {
            Ok(Self { from, until })
        } else {
            Err(NoDays { from, until })
        }
    }

    /// Returns the first day.
    pub const fn from(&self) -> NaiveDate {
        self.from
    }

    /// Returns the day after the last.
    pub const fn until(&self) -> NaiveDate {
        self.until
    }

    /// Returns how many days there are, at least 1.
    pub fn count(&self) -> u32 {
        u32::try_from((self.until - self.from).num_days()).unwrap_or(u32::MAX)
    }

    /// Whether a day is among them.
    pub fn contains(&self, day: NaiveDate) -> bool {
        self.from <= day && day < self.until
    }

    /// Whether a day is in both.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.from < other.until && other.from < self.until
    }

    /// Returns the days that are in both, if any.
    pub fn intersection(&self, other: &Self) -> Option<Self> {
        Self::new(self.from.max(other.from), self.until.min(other.until)).ok()
    }
}

impl fmt::Display for Days {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", self.from, self.until)
    }
}

/// A unit of civil time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the words say it")]
pub enum Unit {
    Day,
    Week,
    Month,
    Year,
}

impl Unit {
    const fn days(self) -> Option<u32> {
        match self {
            Self::Day => Some(1),
            Self::Week => Some(7),
            Self::Month | Self::Year => None,
        }
    }

    const fn months(self) -> u32 {
        match self {
            Self::Year => 12,
            _ => 1,
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Year => "year",
        }
    }
}

/// A length of no time, or of more than can be counted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("count: {0} is not accepted; expected 1 to 1200")]
pub struct InvalidCycle(pub u32);

/// A length of civil time: so many days, weeks, months or years, 1 to 1200 of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "Parts", into = "Parts")]
pub struct Cycle {
    count: u32,
    unit: Unit,
}

#[derive(Serialize, Deserialize)]
struct Parts {
    count: u32,
    unit: Unit,
}

impl TryFrom<Parts> for Cycle {
    type Error = InvalidCycle;

    fn try_from(parts: Parts) -> Result<Self, InvalidCycle> {
        Self::new(parts.count, parts.unit)
    }
}

impl From<Cycle> for Parts {
    fn from(cycle: Cycle) -> Self {
        Self {
            count: cycle.count,
            unit: cycle.unit,
        }
    }
}

impl Cycle {
    /// One month.
    pub const MONTH: Self = Self {
        count: 1,
        unit: Unit::Month,
    };

    /// Makes a length of `count` units.
    ///
    /// # Errors
    /// If `count` is 0 or above 1200.
    pub const fn new(count: u32, unit: Unit) -> Result<Self, InvalidCycle> {
        if count >= 1 && count <= 1200 {
            Ok(Self { count, unit })
        } else {
            Err(InvalidCycle(count))
        }
    }

    /// Returns how many units there are.
    pub const fn count(self) -> u32 {
        self.count
    }

    /// Returns the unit.
    pub const fn unit(self) -> Unit {
        self.unit
    }

    /// Returns the start of the `k`-th cycle, where the 0-th starts on the anchor; none past the calendar's end.
    pub fn start(self, anchor: NaiveDate, k: u32) -> Option<NaiveDate> {
        let units = self.count.checked_mul(k)?;
        match self.unit.days() {
            Some(days) => anchor.checked_add_days(chrono::Days::new(u64::from(units.checked_mul(days)?))),
            None => anchor.checked_add_months(Months::new(units.checked_mul(self.unit.months())?)),
        }
    }

    /// Returns one cycle from a day on: the day, and the day after its last.
    pub fn from(self, day: NaiveDate) -> Option<Days> {
        Days::new(day, self.start(day, 1)?).ok()
    }

    /// Returns the days of the `k`-th cycle.
    pub fn days(self, anchor: NaiveDate, k: u32) -> Option<Days> {
        Days::new(self.start(anchor, k)?, self.start(anchor, k.checked_add(1)?)?).ok()
    }

    /// Returns which cycle holds a day, and its days; none before the anchor.
    pub fn containing(self, anchor: NaiveDate, day: NaiveDate) -> Option<(u32, Days)> {
        let passed = u32::try_from((day - anchor).num_days()).ok()?;
        let units = match self.unit.days() {
            Some(days) => passed / days,
            None => {
                let months = (day.year() - anchor.year()) * 12 + day.month0() as i32 - anchor.month0() as i32;
                u32::try_from(months).ok()? / self.unit.months()
            }
        };
        let guess = units / self.count;
        let k = if self.start(anchor, guess)? > day {
            guess.checked_sub(1)?
        } else {
            guess
        };
        self.days(anchor, k).map(|days| (k, days))
    }
}

impl fmt::Display for Cycle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let s = if self.count == 1 { "" } else { "s" };
        write!(f, "{} {}{s}", self.count, self.unit.word())
    }
}
