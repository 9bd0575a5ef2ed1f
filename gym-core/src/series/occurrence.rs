//! The occurrences of a series in a window, as instants.

use std::iter::Peekable;
use std::vec::IntoIter;

use chrono::{Datelike, Duration, NaiveDate, NaiveDateTime, NaiveTime, Timelike};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::Series;
use super::expand::{self, Days};
use super::offsets::Offsets;
use super::omission;
use crate::time::{self, Fit, Instant, Period};

/// One occurrence of a series. Within the series, `original` identifies it for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Occurrence {
    /// The civil start that the rule or the extra start gave it, before any move.
    pub original: NaiveDateTime,
    /// The civil start now, in the zone of the series.
    pub start: NaiveDateTime,
    /// The instant of `start`.
    pub instant: Instant,
    /// How `start` fitted the zone's time line.
    pub fit: Fit,
}

impl Occurrence {
    fn new(zone: Tz, original: NaiveDateTime, start: NaiveDateTime) -> Self {
        let time::Resolved { instant, fit } = time::resolve(zone, start);
        Self {
            original,
            start,
            instant,
            fit,
        }
    }

    fn key(&self) -> (Instant, NaiveDateTime) {
        (self.instant, self.original)
    }

    /// Returns the time that it takes, where it lasts `minutes` elapsed minutes.
    pub fn lasting(&self, minutes: u32) -> Period {
        Period::lasting(self.instant, minutes)
    }
}

/// The occurrences of a series that start in a window, by [`Series::occurrences`].
#[derive(Debug, Clone)]
pub struct Occurrences<'a> {
    series: &'a Series,
    window: Period,
    time: NaiveTime,
    /// `time` after midnight.
    seconds: i64,
    /// The day that the rule gave last, and its date.
    reached: (i32, NaiveDate),
    days: Option<Days<'a>>,
    offsets: Offsets,
    ruled: Option<Occurrence>,
    others: Peekable<IntoIter<Occurrence>>,
}

impl<'a> Occurrences<'a> {
    pub(super) fn new(series: &'a Series, window: Period) -> Self {
        // Offsets are less than a day, and so are gaps that leave a day standing.
        let first = day_in(series.zone, window.start()) - 2;
        let last = day_in(series.zone, window.end()) + 2;
        let mut occurrences = Self {
            series,
            window,
            time: series.start.time(),
            seconds: series.start.time().num_seconds_from_midnight().into(),
            reached: (expand::number(series.start.date()), series.start.date()),
            days: Some(series.days(first, last)),
            offsets: Offsets::new(series.zone),
            ruled: None,
            others: others(series, window).into_iter().peekable(),
        };
        occurrences.ruled = occurrences.next_of_rule();
        occurrences
    }

    /// The rule's starts are at least a day apart, so that their instants are in order too.
    fn next_of_rule(&mut self) -> Option<Occurrence> {
        loop {
            let day = self.days.as_mut()?.next()?;
            self.reached = expand::date_after(self.reached, day);
            let original = self.reached.1.and_time(self.time);
            if self.series.is_apart(original) {
                continue;
            }
            let time::Resolved { instant, fit } = self
                .offsets
                .resolve(original, expand::seconds(day) + self.seconds);
            let occurrence = Occurrence {
                original,
                start: original,
                instant,
                fit,
            };
            if occurrence.instant >= self.window.end() {
                self.days = None;
                return None;
            }
            if occurrence.instant >= self.window.start() {
                return Some(occurrence);
            }
        }
    }
}

impl Iterator for Occurrences<'_> {
    type Item = Occurrence;

    fn next(&mut self) -> Option<Occurrence> {
        match (self.ruled, self.others.peek()) {
            (Some(ruled), Some(other)) if other.key() < ruled.key() => self.others.next(),
            (Some(ruled), _) => {
                self.ruled = self.next_of_rule();
                Some(ruled)
            }
            (None, _) => self.others.next(),
        }
    }
}

/// Extra and moved occurrences in the window, in order.
fn others(series: &Series, window: Period) -> Vec<Occurrence> {
    let mut others = Vec::new();
    if !series.extra.is_empty() {
        let civil = |at: Instant| expand::date(day_in(series.zone, at)).and_time(NaiveTime::MIN);
        let near = civil(window.start()) - Duration::days(2)..civil(window.end()) + Duration::days(3);
        let kept = series
            .extra
            .range(near)
            .filter(|at| !series.except.contains(at) && !series.moved.contains_key(at));
        others.extend(kept.map(|at| Occurrence::new(series.zone, *at, *at)));
        others
            .retain(|extra| extra.fit != Fit::Gap || !omission::is_omitted(series.zone, extra.start.date()));
    }
    let mut moved: Vec<Occurrence> = series
        .moved
        .iter()
        .map(|(original, to)| Occurrence::new(series.zone, *original, *to))
        .collect();
    moved.retain(|moved| window.contains(moved.instant));
    keep_occurring(series, &mut moved);
    others.append(&mut moved);
    others.retain(|other| window.contains(other.instant));
    others.sort_unstable_by_key(Occurrence::key);
    others
}

/// Drops moves of what does not occur, walking the rule once. `moved` is ordered by original.
fn keep_occurring(series: &Series, moved: &mut Vec<Occurrence>) {
    let (Some(first), Some(last)) = (moved.first(), moved.last()) else {
        return;
    };
    let (first, last) = (
        expand::number(first.original.date()),
        expand::number(last.original.date()),
    );
    let mut days = series.days(first, last).peekable();
    moved.retain(|moved| {
        let original = moved.original;
        let day = expand::number(original.date());
        while days.next_if(|reached| *reached < day).is_some() {}
        let ruled = original.time() == series.start.time() && days.peek() == Some(&day);
        !series.except.contains(&original) && (ruled || series.has_extra(original))
    });
}

/// The civil day of an instant, between the years 0 and 10000.
fn day_in(zone: Tz, at: Instant) -> i32 {
    match at.year() {
        ..1 => 0,
        10_000.. => expand::LAST_DAY + 1,
        _ => expand::number(time::civil(zone, at).date()),
    }
}
