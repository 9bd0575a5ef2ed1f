//! When a trainer or a location is open.

use std::collections::BTreeMap;

use chrono::{NaiveTime, Weekday};
use chrono_tz::Tz;
use gym_core::id::LocationId;
use gym_core::schedule::availability::{Availability, Dates, Hours, Span, WeeklyHours, WeeklyRule, subtract};
use gym_core::schedule::claim::Buffers;
use gym_core::schedule::slots::{SlotRequest, free_slots};
use gym_core::time::{Instant, Period, day, zone};

use super::{at, date, periods, time};

fn hours(weekday: Weekday, opens: &str, closes: &str) -> Hours {
    Hours::new(weekday, time(opens), time(closes)).unwrap()
}

fn rule(hours: Hours) -> WeeklyRule {
    WeeklyRule {
        hours,
        location: None,
        dates: Dates::always(),
    }
}

/// Opens one day in `zone_name` and compares the open time, written in UTC.
fn check_open(availability: &Availability, zone_name: &str, day_text: &str, expected: &[&str]) {
    let zone = zone(zone_name).unwrap();
    let open = availability.open(zone, None, day(zone, date(day_text)).unwrap());
    assert_eq!(open, periods(expected), "{zone_name} {day_text}");
}

#[test]
fn days_of_23_and_25_hours_open_for_as_long_as_they_last() {
    let nights = Availability {
        weekly: vec![rule(hours(Weekday::Sun, "00:00", "00:00"))],
        ..Availability::default()
    };
    let lengths = |name: &str, days: &[&str]| -> Vec<i64> {
        let zone: Tz = zone(name).unwrap();
        let open = |text: &&str| nights.open(zone, None, day(zone, date(text)).unwrap());
        days.iter()
            .flat_map(open)
            .map(|p| p.duration().num_minutes())
            .collect()
    };
    assert_eq!(
        lengths("Europe/Berlin", &["2026-03-29", "2026-10-25", "2026-11-01"]),
        [23 * 60, 25 * 60, 24 * 60]
    );
    assert_eq!(
        lengths("Australia/Lord_Howe", &["2026-10-04", "2026-04-05"]),
        [23 * 60 + 30, 24 * 60 + 30]
    );
}

#[test]
fn hours_past_midnight_belong_to_the_day_that_they_open_on() {
    let late = Availability {
        weekly: vec![rule(hours(Weekday::Fri, "22:00", "02:00"))],
        overrides: BTreeMap::from([(date("2026-03-07"), Vec::new())]),
        ..Availability::default()
    };
    check_open(&late, "UTC", "2026-03-06", &["2026-03-06 22:00–00:00"]);
    check_open(&late, "UTC", "2026-03-07", &["2026-03-07 00:00–02:00"]); // off, but Friday runs into it
    check_open(&late, "UTC", "2026-03-08", &[]);
}

#[test]
fn overrides_replace_a_day_and_time_off_is_taken_out() {
    let availability = Availability {
        weekly: vec![
            rule(hours(Weekday::Mon, "10:00", "14:00")),
            rule(hours(Weekday::Mon, "12:00", "13:00")), // inside the first: still open from 13:00
            rule(hours(Weekday::Tue, "10:00", "14:00")),
        ],
        overrides: BTreeMap::from([(
            date("2026-03-09"),
            vec![Span::new(time("18:00"), time("20:00")).unwrap()],
        )]),
        time_off: periods(&["2026-03-02 11:00–11:30", "2026-03-03 00:00–00:00"]),
    };
    check_open(
        &availability,
        "UTC",
        "2026-03-02",
        &["2026-03-02 10:00–11:00", "2026-03-02 11:30–14:00"],
    );
    check_open(&availability, "UTC", "2026-03-03", &[]);
    check_open(&availability, "UTC", "2026-03-09", &["2026-03-09 18:00–20:00"]);
    check_open(&availability, "UTC", "2026-03-10", &["2026-03-10 10:00–14:00"]);

    let json = serde_json::to_string(&availability).unwrap();
    assert_eq!(serde_json::from_str::<Availability>(&json).unwrap(), availability);
}

#[test]
fn a_day_that_was_left_out_has_no_hours() {
    let all_week = [Weekday::Thu, Weekday::Fri, Weekday::Sat].map(|day| rule(hours(day, "09:00", "10:00")));
    let availability = Availability {
        weekly: all_week.to_vec(),
        ..Availability::default()
    };
    let apia = zone("Pacific/Apia").unwrap();
    let week = Period::new(at("2011-12-29T00:00:00Z"), at("2011-12-31T20:00:00Z")).unwrap();
    let open = availability.open(apia, None, week);
    assert_eq!(
        open,
        periods(&["2011-12-29 19:00–20:00", "2011-12-30 19:00–20:00"])
    ); // the 29th and the 31st
}

#[test]
fn rules_hold_at_their_location_and_on_their_dates() {
    let here = LocationId::new(1).unwrap();
    let availability = Availability {
        weekly: vec![
            WeeklyRule {
                location: Some(here),
                ..rule(hours(Weekday::Mon, "08:00", "10:00"))
            },
            WeeklyRule {
                dates: Dates::new(Some(date("2026-03-09")), Some(date("2026-03-09"))).unwrap(),
                ..rule(hours(Weekday::Mon, "20:00", "21:00"))
            },
        ],
        ..Availability::default()
    };
    let on = |location: Option<i64>, text: &str| {
        let location = location.map(|id| LocationId::new(id).unwrap());
        availability
            .open(Tz::UTC, location, day(Tz::UTC, date(text)).unwrap())
            .len()
    };
    assert_eq!(
        [
            on(Some(1), "2026-03-02"),
            on(Some(2), "2026-03-02"),
            on(None, "2026-03-02")
        ],
        [1, 0, 1]
    );
    assert_eq!(
        [
            on(Some(1), "2026-03-09"),
            on(Some(2), "2026-03-09"),
            on(None, "2026-03-09")
        ],
        [2, 1, 2]
    );
    assert_eq!(on(None, "2026-03-16"), 1);

    let summer = WeeklyHours {
        hours: vec![hours(Weekday::Mon, "06:00", "22:00")],
        dates: Dates::new(None, Some(date("2026-03-02"))).unwrap(),
    };
    let month = Period::new(at("2026-03-01T00:00:00Z"), at("2026-04-01T00:00:00Z")).unwrap();
    assert_eq!(summer.open(Tz::UTC, month), periods(&["2026-03-02 06:00–22:00"]));
}

#[test]
fn impossible_hours_are_refused_with_the_field() {
    let seconds = Span::new(NaiveTime::from_hms_opt(6, 0, 30).unwrap(), time("07:00")).unwrap_err();
    assert_eq!(
        seconds.to_string(),
        "opens: 06:00:30 is not a whole minute; expected a time such as 06:30"
    );
    let dates = Dates::new(Some(date("2026-03-02")), Some(date("2026-03-01"))).unwrap_err();
    assert_eq!(
        dates.to_string(),
        "until: 2026-03-01 is before from 2026-03-02; expected the last day on which the hours hold"
    );
    assert!(
        serde_json::from_str::<Hours>(r#"{"weekday":"Mon","opens":"06:00:00.5","closes":"07:00:00"}"#)
            .is_err()
    );
    assert!(serde_json::from_str::<Dates>(r#"{"from":"2026-03-02","until":"2026-03-01"}"#).is_err());
}

#[test]
fn the_end_of_the_calendar_is_no_trap() {
    let always = Availability {
        weekly: vec![rule(hours(Weekday::Mon, "00:00", "00:00"))],
        ..Availability::default()
    };
    let last = Period::new(at("9999-12-20T00:00:00Z"), Instant::MAX_UTC).unwrap();
    assert_eq!(always.open(zone("Pacific/Apia").unwrap(), None, last).len(), 2);
    assert!(Period::new(at("+12000-01-01T00:00:00Z"), Instant::MAX_UTC).is_err());
    let request = SlotRequest::new(1440, 1440, Buffers::default(), Instant::MIN_UTC).unwrap();
    let end = Period::new(at("9999-12-30T18:00:00Z"), Instant::MAX_UTC).unwrap();
    assert!(free_slots(&[end], &[], &request, zone("Asia/Tokyo").unwrap()).len() <= 1);
}

#[test]
fn subtracting_leaves_what_neither_half_took() {
    let open = periods(&[
        "2026-03-02 10:00–14:00",
        "2026-03-02 12:00–13:00",
        "2026-03-02 16:00–17:00",
    ]);
    let busy = periods(&[
        "2026-03-02 13:30–16:30",
        "2026-03-02 09:00–10:30",
        "2026-03-02 11:00–11:10",
    ]);
    let left = periods(&[
        "2026-03-02 10:30–11:00",
        "2026-03-02 11:10–13:30",
        "2026-03-02 16:30–17:00",
    ]);
    assert_eq!(subtract(&open, &busy), left);
    assert_eq!(subtract(&open, &open), []);
}
