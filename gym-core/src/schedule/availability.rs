//! [`Availability`]: weekly civil hours, dated overrides and time off become open time.
//!
//! Hours are what a wall clock shows, so a day of 23 or 25 hours is right by itself. Hours belong to
//! the day on which they open, also where they run past midnight. A dated override replaces all the
//! weekly hours that open on that day; an empty one means off. Time off is taken out of both.
//!
//! ```
//! use chrono::{NaiveDate, NaiveTime, Weekday};
//! use gym_core::schedule::availability::{Availability, Dates, Hours, WeeklyRule};
//! use gym_core::time::{day, zone};
//!
//! let at = |h| NaiveTime::from_hms_opt(h, 0, 0).unwrap();
//! let sundays = WeeklyRule {
//!     hours: Hours::new(Weekday::Sun, at(0), at(9))?,
//!     location: None,
//!     dates: Dates::always(),
//! };
//! let ada = Availability { weekly: vec![sundays], ..Availability::default() };
//! let berlin = zone("Europe/Berlin")?;
//! let spring = NaiveDate::from_ymd_opt(2026, 3, 29).unwrap(); // the clocks skip an hour
//! let open = ada.open(berlin, None, day(berlin, spring).unwrap());
//! assert_eq!(open[0].duration().num_hours(), 8);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, Timelike, Utc, Weekday};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::id::LocationId;
use crate::time::{Fit, Period, day, merge, resolve};

/// Hours or dates that cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidHours {
    /// A time with seconds.
    #[error("{field}: {value} is not a whole minute; expected a time such as 06:30")]
    NotAMinute {
        /// `opens` or `closes`.
        field: &'static str,
        /// The time that was given.
        value: NaiveTime,
    },
    /// A last day before the first.
    #[error("until: {until} is before from {from}; expected the last day on which the hours hold")]
    Dates {
        /// The first day that was given.
        from: NaiveDate,
        /// The last day that was given.
        until: NaiveDate,
    },
}

/// A time to open and a time to close on the wall clock, in whole minutes.
///
/// Where `closes` is not after `opens`, it is on the next day: `22:00–02:00` runs past midnight,
/// `00:00–00:00` is a whole day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "Clock", into = "Clock")]
pub struct Span {
    opens: NaiveTime,
    closes: NaiveTime,
}

#[derive(Serialize, Deserialize)]
struct Clock {
    opens: NaiveTime,
    closes: NaiveTime,
}

impl TryFrom<Clock> for Span {
    type Error = InvalidHours;

    fn try_from(clock: Clock) -> Result<Self, InvalidHours> {
        Self::new(clock.opens, clock.closes)
    }
}

impl From<Span> for Clock {
    fn from(span: Span) -> Self {
        Self {
            opens: span.opens,
            closes: span.closes,
        }
    }
}

impl Span {
    /// Makes a span of whole minutes; a closing time not after the opening is on the next day.
    pub fn new(opens: NaiveTime, closes: NaiveTime) -> Result<Self, InvalidHours> {
        for (field, value) in [("opens", opens), ("closes", closes)] {
            if value.second() != 0 || value.nanosecond() != 0 {
                return Err(InvalidHours::NotAMinute { field, value });
            }
        }
        Ok(Self { opens, closes })
    }

    /// Returns when it opens.
    pub const fn opens(self) -> NaiveTime {
        self.opens
    }

    /// Returns when it closes, on the next day if that is not after the opening.
    pub const fn closes(self) -> NaiveTime {
        self.closes
    }

    /// Returns the time that is open if it opens on `date`, in `zone`.
    ///
    /// None on a date that the zone left out, or if a change of the clocks leaves nothing of it.
    pub fn on(self, zone: Tz, date: NaiveDate) -> Option<Period> {
        let last = if self.closes > self.opens {
            date
        } else {
            date.succ_opt()?
        };
        let opens = resolve(zone, date.and_time(self.opens));
        if opens.fit == Fit::Gap && day(zone, date).is_none() {
            return None;
        }
        let closes = resolve(zone, last.and_time(self.closes));
        Period::new(opens.instant, closes.instant).ok()
    }
}

/// A [`Span`] that comes back on a day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Hours {
    /// The day on which it opens.
    pub weekday: Weekday,
    /// When it opens and closes.
    #[serde(flatten)]
    pub span: Span,
}

impl Hours {
    /// Makes hours of whole minutes; see [`Span`] for hours past midnight.
    pub fn new(weekday: Weekday, opens: NaiveTime, closes: NaiveTime) -> Result<Self, InvalidHours> {
        let span = Span::new(opens, closes)?;
        Ok(Self { weekday, span })
    }
}

/// The days on which something holds, both included; an absent end is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(try_from = "Ends", into = "Ends")]
pub struct Dates {
    from: Option<NaiveDate>,
    until: Option<NaiveDate>,
}

#[derive(Serialize, Deserialize)]
struct Ends {
    #[serde(default)]
    from: Option<NaiveDate>,
    #[serde(default)]
    until: Option<NaiveDate>,
}

impl TryFrom<Ends> for Dates {
    type Error = InvalidHours;

    fn try_from(ends: Ends) -> Result<Self, InvalidHours> {
        Self::new(ends.from, ends.until)
    }
}

impl From<Dates> for Ends {
    fn from(dates: Dates) -> Self {
        Self {
            from: dates.from,
            until: dates.until,
        }
    }
}

impl Dates {
    /// Makes the days from the first to the last, both included.
    pub fn new(from: Option<NaiveDate>, until: Option<NaiveDate>) -> Result<Self, InvalidHours> {
        match (from, until) {
            (Some(from), Some(until)) if until < from => Err(InvalidHours::Dates { from, until }),
            _ => Ok(Self { from, until }),
        }
    }

    /// Returns every day there is.
    pub const fn always() -> Self {
        Self {
            from: None,
            until: None,
        }
    }

    /// Returns the first day, if there is one.
    pub const fn from(self) -> Option<NaiveDate> {
        self.from
    }

    /// Returns the last day, if there is one.
    pub const fn until(self) -> Option<NaiveDate> {
        self.until
    }

    /// Whether `date` is one of the days.
    pub fn contains(self, date: NaiveDate) -> bool {
        self.from.is_none_or(|from| from <= date) && self.until.is_none_or(|until| date <= until)
    }
}

/// Opening hours of a week, for as long as they hold: a season, a summer, always.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct WeeklyHours {
    /// The hours; those that overlap are joined.
    pub hours: Vec<Hours>,
    /// The days on which they hold.
    #[serde(flatten)]
    pub dates: Dates,
}

impl WeeklyHours {
    /// Returns the open time inside `window`, sorted, with gaps between any two.
    pub fn open(&self, zone: Tz, window: Period) -> Vec<Period> {
        let on = |date: NaiveDate, spans: &mut Vec<Span>| {
            if self.dates.contains(date) {
                let that_day = self.hours.iter().filter(|h| h.weekday == date.weekday());
                spans.extend(that_day.map(|hours| hours.span));
            }
        };
        open_days(zone, window, on)
    }
}

/// One weekly rule of a trainer: when, where, and for how long it holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WeeklyRule {
    /// The hours.
    #[serde(flatten)]
    pub hours: Hours,
    /// Where; none means at every location.
    pub location: Option<LocationId>,
    /// The days on which it holds.
    #[serde(flatten)]
    pub dates: Dates,
}

/// When a trainer can be booked, before looking at what is booked.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Availability {
    /// The hours that come back every week.
    pub weekly: Vec<WeeklyRule>,
    /// What replaces the weekly hours that open on a day, at every location; empty means off.
    #[serde(default)]
    pub overrides: BTreeMap<NaiveDate, Vec<Span>>,
    /// Holidays, illness, appointments elsewhere.
    #[serde(default)]
    pub time_off: Vec<Period>,
}

impl Availability {
    /// Returns the open time inside `window`, sorted, with gaps between any two.
    ///
    /// With a location: what holds there or everywhere. Without: what holds anywhere.
    pub fn open(&self, zone: Tz, location: Option<LocationId>, window: Period) -> Vec<Period> {
        let here =
            |rule: &&WeeklyRule| rule.location.is_none() || location.is_none() || rule.location == location;
        let on = |date: NaiveDate, spans: &mut Vec<Span>| {
            if let Some(replaced) = self.overrides.get(&date) {
                spans.extend(replaced);
            } else {
                let that_day = self.weekly.iter().filter(here);
                let that_day =
                    that_day.filter(|r| r.hours.weekday == date.weekday() && r.dates.contains(date));
                spans.extend(that_day.map(|rule| rule.hours.span));
            }
        };
        subtract(&open_days(zone, window, on), &self.time_off)
    }
}

/// Asks for the spans of every day that can reach into `window`.
fn open_days(zone: Tz, window: Period, mut on: impl FnMut(NaiveDate, &mut Vec<Span>)) -> Vec<Period> {
    let Some(window) = years_1_to_9999().and_then(|years| window.intersection(&years)) else {
        return Vec::new();
    };
    // A civil day is at most 15 hours from the UTC day, and hours reach into the next, or past a day left out.
    let first = window.start().date_naive() - Days::new(4);
    let last = window.end().date_naive() + Days::new(1);
    let (mut open, mut spans) = (Vec::new(), Vec::new());
    for date in first.iter_days().take_while(|date| *date <= last) {
        on(date, &mut spans);
        let periods = spans.drain(..).filter_map(|span| span.on(zone, date));
        open.extend(periods.filter_map(|period| period.intersection(&window)));
    }
    merge(open)
}

/// The years that hours are worked out in, so that no date runs off the calendar.
fn years_1_to_9999() -> Option<Period> {
    let start = NaiveDate::from_ymd_opt(1, 1, 1)?.and_time(NaiveTime::MIN);
    let end = NaiveDate::from_ymd_opt(10_000, 1, 1)?.and_time(NaiveTime::MIN);
    let utc = |civil| DateTime::<Utc>::from_naive_utc_and_offset(civil, Utc);
    Period::new(utc(start), utc(end)).ok()
}

/// Returns what is left of `open` without `busy`, sorted, with gaps between any two; both may come in any order.
pub fn subtract(open: &[Period], busy: &[Period]) -> Vec<Period> {
    let (open, busy) = (merge(open.to_vec()), merge(busy.to_vec()));
    let (mut left, mut next) = (Vec::with_capacity(open.len()), 0);
    for period in open {
        while busy.get(next).is_some_and(|taken| taken.end() <= period.start()) {
            next += 1;
        }
        let mut start = period.start();
        for taken in busy[next..]
            .iter()
            .take_while(|taken| taken.start() < period.end())
        {
            left.extend(Period::new(start, taken.start()));
            start = taken.end();
        }
        left.extend(Period::new(start, period.end()));
    }
    left
}
