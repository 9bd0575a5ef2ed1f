//! A [`Series`] is a civil start that recurs in a zone: an RFC 5545 expander for whole days.
//!
//! The rule runs in civil time, so that 18:00 stays 18:00 when the clocks change; each civil start
//! becomes one instant. An occurrence is identified by its series and its original civil start, also
//! after it was moved.
//!
//! ```
//! use chrono::NaiveDate;
//! use gym_core::series::Series;
//! use gym_core::time::{Period, zone};
//!
//! let monday = NaiveDate::from_ymd_opt(2026, 3, 23).unwrap().and_hms_opt(18, 0, 0).unwrap();
//! let yoga = Series::new(monday, zone("Europe/Berlin")?, Some("FREQ=WEEKLY;COUNT=2".parse()?))?;
//! let spring = Period::new("2026-03-01T00:00:00Z".parse()?, "2026-06-01T00:00:00Z".parse()?)?;
//! let starts: Vec<String> = yoga.occurrences(spring).map(|at| at.instant.to_string()).collect();
//! assert_eq!(starts, ["2026-03-23 17:00:00 UTC", "2026-03-30 16:00:00 UTC"]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Where RFC 5545 leaves a choice, or its answer does not suit a club:
//!
//! - The start of the series occurs only if the rule gives it (the RFC: undefined otherwise). To have
//!   it anyway, add it as an extra start. Without a rule the start occurs once.
//! - A start in a gap of the clocks is kept, read with the offset before the gap and reported as
//!   [`Fit::Gap`](crate::time::Fit::Gap); section 3.3.10 would drop a class on that day.
//! - A start on a date that the zone left out (Pacific/Apia 2011-12-30, Pacific/Kwajalein 1993-08-21)
//!   does not occur and is not counted: its instant is that of the same time on the next day.
//! - `UNTIL` as a date includes all of that day.
//! - An excluded start never occurs, be it of the rule, extra or moved; a move of a start that does not
//!   occur moves nothing.
//!
//! Every expansion ends: starts lie in the years 1 to 9999, and a walk visits each period at most once.

mod expand;
mod occurrence;
mod offsets;
mod omission;
mod parse;
mod rule;
mod split;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDateTime, Timelike};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use self::expand::Days;
pub use self::occurrence::{Occurrence, Occurrences};
pub use self::rule::{ByDay, End, Frequency, Rule, RuleError, Until};
use crate::time::{self, Period};

/// A civil start that recurs in a zone, with extra, excluded and moved starts.
///
/// All civil times have whole seconds and lie in the years 1 to 9999.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Fields")]
pub struct Series {
    start: NaiveDateTime,
    zone: Tz,
    rule: Option<Rule>,
    extra: BTreeSet<NaiveDateTime>,
    except: BTreeSet<NaiveDateTime>,
    moved: BTreeMap<NaiveDateTime, NaiveDateTime>,
}

#[derive(Deserialize)]
struct Fields {
    start: NaiveDateTime,
    zone: Tz,
    rule: Option<Rule>,
    #[serde(default)]
    extra: BTreeSet<NaiveDateTime>,
    #[serde(default)]
    except: BTreeSet<NaiveDateTime>,
    #[serde(default)]
    moved: BTreeMap<NaiveDateTime, NaiveDateTime>,
}

impl TryFrom<Fields> for Series {
    type Error = RuleError;

    fn try_from(fields: Fields) -> Result<Self, RuleError> {
        let mut series = Self::new(fields.start, fields.zone, fields.rule)?
            .with_extra(fields.extra)?
            .with_except(fields.except)?;
        for (original, to) in fields.moved {
            series = series.with_moved(original, to)?;
        }
        Ok(series)
    }
}

fn civil(part: &str, at: NaiveDateTime) -> Result<NaiveDateTime, RuleError> {
    if (1..=9999).contains(&at.year()) && at.nanosecond() == 0 {
        Ok(at)
    } else {
        Err(RuleError::invalid(
            part,
            at,
            "a whole second of the years 1 to 9999",
        ))
    }
}

impl Series {
    /// Makes a series; without a rule it occurs once, at `start`.
    pub fn new(start: NaiveDateTime, zone: Tz, rule: Option<Rule>) -> Result<Self, RuleError> {
        Ok(Self {
            start: civil("DTSTART", start)?,
            zone,
            rule,
            extra: BTreeSet::new(),
            except: BTreeSet::new(),
            moved: BTreeMap::new(),
        })
    }

    /// Adds civil starts (RDATE) to those of the rule.
    pub fn with_extra(mut self, starts: impl IntoIterator<Item = NaiveDateTime>) -> Result<Self, RuleError> {
        for start in starts {
            self.extra.insert(civil("RDATE", start)?);
        }
        Ok(self)
    }

    /// Excludes original civil starts (EXDATE).
    pub fn with_except(mut self, starts: impl IntoIterator<Item = NaiveDateTime>) -> Result<Self, RuleError> {
        for start in starts {
            self.except.insert(civil("EXDATE", start)?);
        }
        Ok(self)
    }

    /// Moves the occurrence that is identified by `original` (RECURRENCE-ID) to another civil start.
    /// A second move replaces the first; a move back to `original` undoes it.
    pub fn with_moved(mut self, original: NaiveDateTime, to: NaiveDateTime) -> Result<Self, RuleError> {
        let (original, to) = (civil("RECURRENCE-ID", original)?, civil("DTSTART", to)?);
        if original == to {
            self.moved.remove(&original);
        } else {
            self.moved.insert(original, to);
        }
        Ok(self)
    }

    /// Returns the civil start (DTSTART).
    pub const fn start(&self) -> NaiveDateTime {
        self.start
    }

    /// Returns the zone of all civil times of the series.
    pub const fn zone(&self) -> Tz {
        self.zone
    }

    /// Returns the rule, if it recurs by one.
    pub const fn rule(&self) -> Option<&Rule> {
        self.rule.as_ref()
    }

    /// Returns the extra civil starts.
    pub const fn extra(&self) -> &BTreeSet<NaiveDateTime> {
        &self.extra
    }

    /// Returns the excluded original civil starts.
    pub const fn except(&self) -> &BTreeSet<NaiveDateTime> {
        &self.except
    }

    /// Returns the moved occurrences: original civil start to new civil start.
    pub const fn moved(&self) -> &BTreeMap<NaiveDateTime, NaiveDateTime> {
        &self.moved
    }

    /// Returns the occurrences whose start is in `window`, ascending by instant, then by original start.
    ///
    /// Without moved and extra starts, the original starts are strictly increasing too.
    pub fn occurrences(&self, window: Period) -> Occurrences<'_> {
        Occurrences::new(self, window)
    }

    /// Whether there is an occurrence whose original civil start is `original`, moved or not.
    pub fn occurs_at(&self, original: NaiveDateTime) -> bool {
        if self.except.contains(&original) {
            return false;
        }
        let day = expand::number(original.date());
        self.has_extra(original)
            || original.time() == self.start.time() && self.days(day, day).next().is_some()
    }

    fn has_extra(&self, at: NaiveDateTime) -> bool {
        self.extra.contains(&at) && !omission::is_omitted(self.zone, at.date())
    }

    /// Whether a start of the rule is left to the lists: extra too, excluded or moved.
    fn is_apart(&self, original: NaiveDateTime) -> bool {
        !self.except.is_empty() && self.except.contains(&original)
            || !self.extra.is_empty() && self.extra.contains(&original)
            || !self.moved.is_empty() && self.moved.contains_key(&original)
    }

    /// The rule's days from `from` to `last`; a series without a rule has the day of its start.
    fn days(&self, from: i32, last: i32) -> Days<'_> {
        let start = expand::number(self.start.date());
        match &self.rule {
            Some(rule) => Days::new(rule, self.zone, start, from, last.min(self.last_day())),
            None => Days::new(&rule::ONCE, self.zone, start, from, last.min(start)),
        }
    }

    /// The last day on which the rule may start, by its UNTIL.
    fn last_day(&self) -> i32 {
        let End::Until(until) = self.rule.as_ref().map_or(End::Never, Rule::end) else {
            return expand::LAST_DAY;
        };
        match until {
            Until::Date(date) => expand::number(date),
            Until::Local(at) => expand::number(at.date()) - i32::from(at.time() < self.start.time()),
            Until::Utc(at) => {
                let near = expand::number(time::civil(self.zone, at).date());
                let reached = |day: &i32| {
                    time::resolve(self.zone, expand::date(*day).and_time(self.start.time())).instant <= at
                };
                (near - 2..=near + 2).rev().find(reached).unwrap_or(near - 3)
            }
        }
    }
}
