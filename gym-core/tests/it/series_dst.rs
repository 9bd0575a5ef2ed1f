//! Every zone, every change of its clocks from 1970 to 2037, and weekly series around it.

mod lasting;

use chrono::{DateTime, Duration, NaiveDateTime, Offset, TimeZone, Utc};
use chrono_tz::{TZ_VARIANTS, Tz};
use gym_core::series::{Rule, Series};
use gym_core::time::{Fit, Period};

#[derive(Clone, Copy)]
struct Change {
    at: i64,
    before: i64,
    after: i64,
}

fn offset(zone: Tz, at: i64) -> i64 {
    let utc = DateTime::<Utc>::from_timestamp(at, 0).unwrap().naive_utc();
    zone.offset_from_utc_datetime(&utc).fix().local_minus_utc().into()
}

/// Finds the changes by looking every twelve hours and halving.
fn changes(zone: Tz) -> Vec<Change> {
    const STEP: i64 = 12 * 3_600;
    let end = DateTime::parse_from_rfc3339("2038-01-01T00:00:00Z")
        .unwrap()
        .timestamp();
    let mut found = Vec::new();
    let mut before = offset(zone, 0);
    for from in (0..end).step_by(STEP as usize) {
        let after = offset(zone, from + STEP);
        if after != before {
            let (mut low, mut high) = (from, from + STEP);
            while high - low > 1 {
                let middle = low + (high - low) / 2;
                if offset(zone, middle) == before {
                    low = middle;
                } else {
                    high = middle;
                }
            }
            found.push(Change {
                at: high,
                before,
                after,
            });
            before = after;
        }
    }
    found
}

/// What a civil time means, from the list of changes alone; `None` on a date that was left out.
fn expected(changes: &[Change], first: i64, civil: i64) -> Option<(i64, Fit)> {
    let (mut offset, mut fit) = (first, Fit::Exact);
    for change in changes {
        let low = change.at + change.before.min(change.after);
        let high = change.at + change.before.max(change.after);
        if civil >= high {
            (offset, fit) = (change.after, Fit::Exact);
        } else if civil >= low {
            (offset, fit) = (
                change.before,
                if change.after > change.before {
                    Fit::Gap
                } else {
                    Fit::Overlap
                },
            );
        }
    }
    let left_out = fit == Fit::Gap
        && changes.iter().any(|change| {
            change.after - change.before >= 86_400
                && (change.at + change.before..change.at + change.after).contains(&civil)
        });
    (!left_out).then_some((civil - offset, fit))
}

fn civil(seconds: i64) -> NaiveDateTime {
    DateTime::<Utc>::from_timestamp(seconds, 0).unwrap().naive_utc()
}

/// One weekly series that meets the change at `around`, from two weeks before to two weeks after.
fn check(zone: Tz, changes: &[Change], first: i64, around: i64, rule: &Rule, at: i64) -> usize {
    const WEEK: i64 = 7 * 86_400;
    let starts = (-2..=2).map(|week| around + week * WEEK);
    let meant: Vec<_> = starts
        .filter_map(|civil| Some((civil, expected(changes, first, civil)?)))
        .collect();
    let series = Series::new(civil(around - 2 * WEEK), zone, Some(rule.clone())).unwrap();
    let moment = |seconds: i64| DateTime::<Utc>::from_timestamp(seconds, 0).unwrap();
    let before = Period::new(moment(at - 4 * WEEK), moment(at)).unwrap();
    let after = Period::new(moment(at), moment(around + 2 * WEEK + 5 * 86_400)).unwrap();
    let found: Vec<_> = series
        .occurrences(before)
        .chain(series.occurrences(after))
        .collect();
    let name = zone.name();
    assert_eq!(found.len(), meant.len(), "{name}, {}", series.start());
    for (found, (start, (instant, fit))) in found.iter().zip(&meant) {
        assert_eq!(found.original, civil(*start), "{name}");
        assert_eq!(found.start, found.original, "{name}");
        assert_eq!(found.instant.timestamp(), *instant, "{name}, {}", found.start);
        assert_eq!(found.fit, *fit, "{name}, {}", found.start);
    }
    found.len()
}

#[test]
fn each_civil_start_exactly_once_around_every_change() {
    let weekly: Rule = "FREQ=WEEKLY".parse().unwrap();
    let (mut zones, mut met, mut starts) = (0, 0, 0);
    for zone in TZ_VARIANTS {
        let (changes, first) = (changes(zone), offset(zone, 0));
        for change in &changes {
            let low = change.at + change.before.min(change.after);
            let high = change.at + change.before.max(change.after);
            for around in [low - 1, low, low + (high - low) / 2, high - 1, high] {
                starts += check(zone, &changes, first, around, &weekly, change.at);
            }
        }
        zones += 1;
        met += changes.len();
    }
    assert!(
        zones > 590 && met > 30_000 && starts > 24 * met,
        "{zones} zones, {met} changes, {starts} starts"
    );
}

#[test]
fn the_dates_that_zones_left_out_do_not_occur() {
    for (zone, date) in [
        (chrono_tz::Pacific::Apia, "2011-12-30"),
        (chrono_tz::Pacific::Fakaofo, "2011-12-30"),
        (chrono_tz::Pacific::Kwajalein, "1993-08-21"),
        (chrono_tz::Pacific::Kiritimati, "1994-12-31"),
        (chrono_tz::Pacific::Kanton, "1994-12-31"),
    ] {
        let date: chrono::NaiveDate = date.parse().unwrap();
        let start = (date - Duration::days(1)).and_hms_opt(18, 0, 0).unwrap();
        let daily = Series::new(start, zone, Some("FREQ=DAILY;COUNT=3".parse().unwrap())).unwrap();
        let (gone, day) = (date.and_hms_opt(18, 0, 0).unwrap(), Duration::days(1));
        let daily = daily.with_extra([gone, gone + Duration::hours(1)]).unwrap();
        let from = Utc.from_utc_datetime(&(start - day * 5));
        let found: Vec<_> = daily
            .occurrences(Period::new(from, from + day * 15).unwrap())
            .collect();
        let starts: Vec<_> = found.iter().map(|at| at.start).collect();
        assert_eq!(starts, [start, gone + day, gone + day * 2], "{zone}");
        assert_eq!(found[1].instant - found[0].instant, day, "{zone}");
        assert!(!daily.occurs_at(gone) && daily.occurs_at(gone + day), "{zone}");
    }
}

/// The expansion keeps its own table of changes; here it meets the answers of the zones.
#[test]
fn instants_are_those_of_the_zone_in_every_year() {
    let rule: Rule = "FREQ=DAILY;INTERVAL=5".parse().unwrap();
    for (index, zone) in TZ_VARIANTS.into_iter().enumerate() {
        let start = civil(-10 * 365 * 86_400 + index as i64 * 1_537);
        let series = Series::new(start, zone, Some(rule.clone())).unwrap();
        let window = Period::new(
            start.and_utc() - Duration::days(3),
            start.and_utc() + Duration::days(120 * 366),
        );
        for found in series.occurrences(window.unwrap()) {
            let resolved = gym_core::time::resolve(zone, found.start);
            assert_eq!(
                (found.instant, found.fit),
                (resolved.instant, resolved.fit),
                "{zone} {}",
                found.start
            );
        }
    }
}
