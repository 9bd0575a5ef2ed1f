//! The changes of a zone's clocks as a table, so that a long expansion asks the zone rarely.
//!
//! Made once for each zone in a process, from 1970 to 2069; outside, in gaps and in overlaps
//! [`time::resolve`] answers.

use std::sync::OnceLock;

use chrono::{DateTime, NaiveDateTime, NaiveTime, Offset, TimeZone};
use chrono_tz::Tz;

use crate::time::{self, Fit, Instant, Resolved};

/// 1970-01-01 and 2070-01-01 in UTC.
const FIRST: i64 = 0;
const LAST: i64 = 3_155_760_000;

/// Two changes that cancel lie almost seven days apart or more (Boa Vista in October 2000), so that
/// looking at every sixth day meets each.
const STEP: i64 = 6 * 86_400;

static TABLES: [OnceLock<Vec<Span>>; 640] = [const { OnceLock::new() }; 640];

/// Civil seconds in which one offset holds and each civil time happens exactly once.
#[derive(Debug, Clone, Copy)]
struct Span {
    start: i64,
    end: i64,
    offset: i64,
}

/// Makes civil times into instants; fastest where they ascend.
#[derive(Debug, Clone)]
pub(super) struct Offsets {
    zone: Tz,
    spans: &'static [Span],
    at: usize,
}

impl Offsets {
    pub(super) fn new(zone: Tz) -> Self {
        let table = TABLES.get(zone as usize);
        Self {
            zone,
            spans: table.map_or(&[], |table| table.get_or_init(|| spans(zone))),
            at: 0,
        }
    }

    /// The same as [`time::resolve`]; `seconds` is `civil` as if it were UTC, since 1970.
    pub(super) fn resolve(&mut self, civil: NaiveDateTime, seconds: i64) -> Resolved {
        if !self
            .spans
            .get(self.at)
            .is_some_and(|span| span.start <= seconds && seconds < span.end)
        {
            self.at = self.spans.partition_point(|span| span.end <= seconds);
        }
        match self.spans.get(self.at) {
            Some(span) if span.start <= seconds => {
                let instant = at_seconds(civil, seconds.rem_euclid(86_400) - span.offset);
                instant.map_or_else(
                    || time::resolve(self.zone, civil),
                    |instant| Resolved {
                        instant,
                        fit: Fit::Exact,
                    },
                )
            }
            _ => time::resolve(self.zone, civil),
        }
    }
}

/// The day of `civil` at `seconds` after its midnight, which may lie on the day before or after.
/// General arithmetic of date and time takes several times as long.
fn at_seconds(civil: NaiveDateTime, seconds: i64) -> Option<Instant> {
    let date = match seconds.div_euclid(86_400) {
        0 => civil.date(),
        -1 => civil.date().pred_opt()?,
        1 => civil.date().succ_opt()?,
        _ => return None,
    };
    let time = NaiveTime::from_num_seconds_from_midnight_opt(seconds.rem_euclid(86_400).try_into().ok()?, 0)?;
    Some(date.and_time(time).and_utc())
}

fn offset(zone: Tz, at: i64) -> i64 {
    let utc = DateTime::from_timestamp(at, 0).unwrap_or_default().naive_utc();
    zone.offset_from_utc_datetime(&utc).fix().local_minus_utc().into()
}

fn spans(zone: Tz) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut offset_now = offset(zone, FIRST);
    // A change just before the table may still make its first day ambiguous.
    let mut start = FIRST + offset_now + 2 * 86_400;
    let mut from = FIRST;
    while from < LAST {
        let to = from + STEP;
        let (mut low, mut high) = (from, to);
        from = to;
        if offset(zone, to) == offset_now {
            continue;
        }
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            if offset(zone, middle) == offset_now {
                low = middle;
            } else {
                high = middle;
            }
        }
        let next = offset(zone, high);
        spans.push(Span {
            start,
            end: high + offset_now.min(next),
            offset: offset_now,
        });
        start = high + offset_now.max(next);
        offset_now = next;
        from = high;
    }
    spans.push(Span {
        start,
        end: LAST + offset_now - 2 * 86_400,
        offset: offset_now,
    });
    spans.retain(|span| span.start < span.end);
    spans
}
