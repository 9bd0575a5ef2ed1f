//! Days that a zone left out, when its place crossed the date line.

use chrono::{NaiveDate, NaiveTime, Offset, TimeZone};
use chrono_tz::Tz;

use super::expand::date;

/// Whether the wall clocks of `zone` left out all of `date`.
pub(super) fn is_omitted(zone: Tz, date: NaiveDate) -> bool {
    let shown = |time: Option<NaiveTime>| {
        time.is_none_or(|time| {
            zone.from_local_datetime(&date.and_time(time))
                .earliest()
                .is_some()
        })
    };
    [(0, 0, 0), (12, 0, 0), (23, 59, 59)]
        .into_iter()
        .all(|(hour, minute, second)| !shown(NaiveTime::from_hms_opt(hour, minute, second)))
}

/// The days that a zone left out, found span by span: a place that crosses the date line is rare.
#[derive(Debug, Clone)]
pub(super) struct Omissions {
    zone: Tz,
    known_from: i32,
    known_to: i32,
    omitted: Option<i32>,
}

impl Omissions {
    const SPAN: i32 = 3_653;

    pub(super) fn new(zone: Tz) -> Self {
        Self {
            zone,
            known_from: 0,
            known_to: 0,
            omitted: None,
        }
    }

    pub(super) fn contains(&mut self, day: i32) -> bool {
        if !(self.known_from..self.known_to).contains(&day) {
            self.known_from = day;
            self.known_to = day + Self::SPAN;
            self.omitted = self.find();
        }
        self.omitted == Some(day)
    }

    /// A day is left out where the offset grows by about a day; no other change is near that size.
    fn find(&self) -> Option<i32> {
        const HALF_A_DAY: i32 = 12 * 3_600;
        let offset = |day: i32| {
            let midnight = date(day).and_time(NaiveTime::MIN);
            self.zone
                .offset_from_utc_datetime(&midnight)
                .fix()
                .local_minus_utc()
        };
        let (mut before, mut after) = (self.known_from - 2, self.known_to + 2);
        let base = offset(before);
        if offset(after) - base < HALF_A_DAY {
            return None;
        }
        while after - before > 1 {
            let middle = before + (after - before) / 2;
            if offset(middle) - base < HALF_A_DAY {
                before = middle;
            } else {
                after = middle;
            }
        }
        (before - 2..=after + 2).find(|day| is_omitted(self.zone, date(*day)))
    }
}
