//! A [`Rule`] is one RRULE of RFC 5545, section 3.3.10: read from text, written as text.
//!
//! ```
//! use gym_core::series::{Frequency, Rule, RuleError};
//!
//! let rule: Rule = "FREQ=WEEKLY;BYDAY=WE,MO;INTERVAL=2".parse()?;
//! assert_eq!(rule.frequency(), Frequency::Weekly);
//! assert_eq!(rule.to_string(), "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE");
//! let hourly = "FREQ=HOURLY".parse::<Rule>();
//! assert!(matches!(hourly, Err(RuleError::Unsupported { .. })));
//! # Ok::<(), RuleError>(())
//! ```

use std::fmt;

use chrono::{Datelike, NaiveDate, NaiveDateTime, Weekday};
use serde::{Deserialize, Serialize};

use crate::time::Instant;

/// Why a text is not a rule, or a change to a series is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// It means something in RFC 5545 or RFC 7529, or may elsewhere, that this expander does not do.
    #[error(
        "{part}: {value:?} is not supported; expected a rule of whole days (FREQ=DAILY, WEEKLY, MONTHLY or YEARLY)"
    )]
    Unsupported {
        /// The part of the rule, e.g. `BYHOUR`.
        part: String,
        /// What was given.
        value: String,
    },
    /// It means nothing.
    #[error("{part}: {value:?} is not valid; expected {expected}")]
    Invalid {
        /// The part of the rule or of the series, e.g. `INTERVAL` or `DTSTART`.
        part: String,
        /// What was given, cut after 64 characters.
        value: String,
        /// What would have been accepted.
        expected: &'static str,
    },
    /// The text is longer than any rule needs to be.
    #[error("RRULE: the text has {length} bytes; expected at most {max}", max = Rule::MAX_LENGTH)]
    TooLong {
        /// Bytes that were given.
        length: usize,
    },
}

impl RuleError {
    pub(crate) fn invalid(part: &str, value: impl fmt::Display, expected: &'static str) -> Self {
        Self::Invalid {
            part: cut(part),
            value: cut(&value.to_string()),
            expected,
        }
    }

    pub(crate) fn unsupported(part: &str, value: impl fmt::Display) -> Self {
        Self::Unsupported {
            part: cut(part),
            value: cut(&value.to_string()),
        }
    }
}

fn cut(text: &str) -> String {
    text.chars().take(64).collect()
}

/// How long a period of the rule is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Frequency {
    /// Days.
    Daily,
    /// Weeks, from the rule's first day of the week.
    Weekly,
    /// Months.
    Monthly,
    /// Years.
    Yearly,
}

impl fmt::Display for Frequency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Daily => "DAILY",
            Self::Weekly => "WEEKLY",
            Self::Monthly => "MONTHLY",
            Self::Yearly => "YEARLY",
        })
    }
}

/// When a rule ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum End {
    /// Not before the end of the year 9999.
    Never,
    /// After this many starts of the rule, which is at least 1. Excluded starts count.
    Count(u32),
    /// With the last start that is not after this.
    Until(Until),
}

/// The last moment at which a start may be; inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Until {
    /// All of that day in the series' zone.
    Date(NaiveDate),
    /// A civil time in the series' zone.
    Local(NaiveDateTime),
    /// An instant; compared after the starts are made into instants.
    Utc(Instant),
}

impl fmt::Display for Until {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Date(date) => write!(f, "{}", date.format("%Y%m%d")),
            Self::Local(at) => write!(f, "{}", at.format("%Y%m%dT%H%M%S")),
            Self::Utc(at) => write!(f, "{}", at.format("%Y%m%dT%H%M%SZ")),
        }
    }
}

/// A weekday of BYDAY: each one of the period, or the n-th from its start or its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ByDay {
    /// `2` for the second, `-1` for the last (±1 to ±53); `None` for each.
    pub ordinal: Option<i8>,
    /// The day of the week.
    pub weekday: Weekday,
}

impl fmt::Display for ByDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(ordinal) = self.ordinal {
            write!(f, "{ordinal}")?;
        }
        f.write_str(weekday_name(self.weekday))
    }
}

pub(super) fn weekday_name(weekday: Weekday) -> &'static str {
    match weekday {
        Weekday::Mon => "MO",
        Weekday::Tue => "TU",
        Weekday::Wed => "WE",
        Weekday::Thu => "TH",
        Weekday::Fri => "FR",
        Weekday::Sat => "SA",
        Weekday::Sun => "SU",
    }
}

/// One RRULE of whole days. Lists are sorted and without duplicates; parts that are left out take
/// their values from the start of the series, as RFC 5545 says.
///
/// Parsing is strict (each part once, at most [`Rule::MAX_LENGTH`] bytes), ignores case and takes an
/// optional `RRULE:` before the parts. Printing and parsing give the same rule again. In serde it is its text.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Rule {
    pub(super) frequency: Frequency,
    pub(super) interval: u32,
    pub(super) end: End,
    pub(super) week_start: Weekday,
    pub(super) months: Vec<u8>,
    pub(super) month_days: Vec<i8>,
    pub(super) days: Vec<ByDay>,
    pub(super) positions: Vec<i16>,
}

/// The rule of a series that has none, where only the day of its start is looked at.
pub(super) static ONCE: Rule = Rule {
    frequency: Frequency::Daily,
    interval: 1,
    end: End::Never,
    week_start: Weekday::Mon,
    months: Vec::new(),
    month_days: Vec::new(),
    days: Vec::new(),
    positions: Vec::new(),
};

impl Rule {
    /// The longest text that is read, in bytes; every rule prints shorter.
    pub const MAX_LENGTH: usize = 10_000;

    /// Returns how long a period is.
    pub const fn frequency(&self) -> Frequency {
        self.frequency
    }

    /// Returns how many periods lie from one to the next; at least 1.
    pub const fn interval(&self) -> u32 {
        self.interval
    }

    /// Returns when the rule ends.
    pub const fn end(&self) -> End {
        self.end
    }

    /// Returns the first day of the week (WKST), Monday by default.
    pub const fn week_start(&self) -> Weekday {
        self.week_start
    }

    /// Returns the months (BYMONTH), 1 to 12.
    pub fn months(&self) -> &[u8] {
        &self.months
    }

    /// Returns the days of the month (BYMONTHDAY), ±1 to ±31.
    pub fn month_days(&self) -> &[i8] {
        &self.month_days
    }

    /// Returns the weekdays (BYDAY).
    pub fn days(&self) -> &[ByDay] {
        &self.days
    }

    /// Returns which of a period's starts are taken (BYSETPOS), ±1 to ±366.
    pub fn positions(&self) -> &[i16] {
        &self.positions
    }

    /// Returns the rule with another end; a count of 0 and years that have no four digits are errors.
    pub fn with_end(mut self, end: End) -> Result<Self, RuleError> {
        let four_digits = |year: i32| (0..=9999).contains(&year);
        match end {
            End::Count(0) => {
                return Err(RuleError::invalid(
                    "COUNT",
                    0,
                    "a whole number from 1 to 4294967295",
                ));
            }
            End::Until(until) => {
                let (year, fine) = match until {
                    Until::Date(date) => (date.year(), false),
                    Until::Local(at) => (at.year(), chrono::Timelike::nanosecond(&at) != 0),
                    Until::Utc(at) => (at.year(), chrono::Timelike::nanosecond(&at) != 0),
                };
                if fine || !four_digits(year) {
                    return Err(RuleError::invalid(
                        "UNTIL",
                        until,
                        "a whole second of the years 0 to 9999",
                    ));
                }
            }
            End::Count(_) | End::Never => {}
        }
        self.end = end;
        Ok(self)
    }

    pub(super) fn normalise(&mut self) {
        self.months.sort_unstable();
        self.months.dedup();
        self.month_days.sort_unstable();
        self.month_days.dedup();
        self.days
            .sort_unstable_by_key(|day| (day.weekday.num_days_from_monday(), day.ordinal));
        self.days.dedup();
        self.positions.sort_unstable();
        self.positions.dedup();
    }
}

fn list<T: fmt::Display>(f: &mut fmt::Formatter<'_>, name: &str, values: &[T]) -> fmt::Result {
    for (index, value) in values.iter().enumerate() {
        match index {
            0 => write!(f, ";{name}={value}")?,
            _ => write!(f, ",{value}")?,
        }
    }
    Ok(())
}

impl fmt::Display for Rule {
    /// Writes the RRULE without its name; what is the default is left out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FREQ={}", self.frequency)?;
        match self.end {
            End::Never => {}
            End::Count(count) => write!(f, ";COUNT={count}")?,
            End::Until(until) => write!(f, ";UNTIL={until}")?,
        }
        if self.interval != 1 {
            write!(f, ";INTERVAL={}", self.interval)?;
        }
        if self.week_start != Weekday::Mon {
            write!(f, ";WKST={}", weekday_name(self.week_start))?;
        }
        list(f, "BYMONTH", &self.months)?;
        list(f, "BYMONTHDAY", &self.month_days)?;
        list(f, "BYDAY", &self.days)?;
        list(f, "BYSETPOS", &self.positions)
    }
}

impl TryFrom<String> for Rule {
    type Error = RuleError;

    fn try_from(text: String) -> Result<Self, RuleError> {
        text.parse()
    }
}

impl From<Rule> for String {
    fn from(rule: Rule) -> Self {
        rule.to_string()
    }
}
