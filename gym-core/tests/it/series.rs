//! What a series does, case by case.

use chrono::{Duration, NaiveDateTime};
use gym_core::series::{End, RuleError, Series};
use gym_core::time::{Fit, Period, zone};

fn at(text: &str) -> NaiveDateTime {
    NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap()
}

fn series(start: &str, name: &str, rule: &str) -> Series {
    let rule = (!rule.is_empty()).then(|| rule.parse().unwrap());
    Series::new(at(start), zone(name).unwrap(), rule).unwrap()
}

fn window(from: &str, to: &str) -> Period {
    Period::new(at(from).and_utc(), at(to).and_utc()).unwrap()
}

/// Each occurrence up to 2100 as `civil start = instant`, with its original where it was moved, and its fit.
fn check(series: &Series, expected: &[&str]) {
    let found: Vec<_> = series
        .occurrences(window("1900-01-01 00:00", "2100-01-01 00:00"))
        .map(|found| {
            let mut line = format!(
                "{} = {}",
                found.start.format("%m-%d %H:%M"),
                found.instant.format("%d %H:%M")
            );
            if found.original != found.start {
                line += &format!(", was {}", found.original.format("%m-%d %H:%M"));
            }
            if found.fit != Fit::Exact {
                line += &format!(", {:?}", found.fit);
            }
            line
        })
        .collect();
    assert_eq!(found, expected, "{series:?}");
}

#[test]
fn the_hour_stays_when_the_clocks_change() {
    let spring = series("2026-03-28 18:00", "Europe/Berlin", "FREQ=DAILY;COUNT=2");
    check(&spring, &["03-28 18:00 = 28 17:00", "03-29 18:00 = 29 16:00"]);
    let gap = series("2026-03-22 02:30", "Europe/Berlin", "FREQ=WEEKLY;COUNT=3");
    check(
        &gap,
        &[
            "03-22 02:30 = 22 01:30",
            "03-29 02:30 = 29 01:30, Gap",
            "04-05 02:30 = 05 00:30",
        ],
    );
    let overlap = series("2026-10-24 02:30", "Europe/Berlin", "FREQ=DAILY;COUNT=3");
    check(
        &overlap,
        &[
            "10-24 02:30 = 24 00:30",
            "10-25 02:30 = 25 00:30, Overlap",
            "10-26 02:30 = 26 01:30",
        ],
    );
}

#[test]
fn a_start_in_a_gap_may_come_after_a_later_extra_start() {
    let gap = series("2026-03-29 02:30", "Europe/Berlin", "")
        .with_extra([at("2026-03-29 03:15")])
        .unwrap();
    check(&gap, &["03-29 03:15 = 29 01:15", "03-29 02:30 = 29 01:30, Gap"]);
}

#[test]
fn a_start_that_the_rule_does_not_give_does_not_occur() {
    let tuesday = series("2026-01-06 10:00", "UTC", "FREQ=WEEKLY;BYDAY=TH;COUNT=2");
    check(&tuesday, &["01-08 10:00 = 08 10:00", "01-15 10:00 = 15 10:00"]);
    let added = tuesday.with_extra([at("2026-01-06 10:00")]).unwrap();
    check(
        &added,
        &[
            "01-06 10:00 = 06 10:00",
            "01-08 10:00 = 08 10:00",
            "01-15 10:00 = 15 10:00",
        ],
    );
}

#[test]
fn until_includes_its_moment() {
    let until = |until: &str| {
        series(
            "2026-01-05 18:00",
            "America/New_York",
            &format!("FREQ=DAILY;UNTIL={until}"),
        )
    };
    let (two, one) = (
        &["01-05 18:00 = 05 23:00", "01-06 18:00 = 06 23:00"][..],
        &["01-05 18:00 = 05 23:00"][..],
    );
    check(&until("20260106"), two);
    check(&until("20260106T180000"), two);
    check(&until("20260106T175959"), one);
    check(&until("20260106T230000Z"), two);
    check(&until("20260106T225959Z"), one);
    check(&until("20260104"), &[]);
}

#[test]
fn until_in_utc_is_compared_with_instants() {
    // At 03:15 summer time, 02:30 (which is 03:30 then) has not come, though 02:30 is less than 03:15.
    let gap = |until: &str| {
        series(
            "2026-03-28 02:30",
            "Europe/Berlin",
            &format!("FREQ=DAILY;UNTIL={until}"),
        )
    };
    check(&gap("20260329T011500Z"), &["03-28 02:30 = 28 01:30"]);
    check(
        &gap("20260329T013000Z"),
        &["03-28 02:30 = 28 01:30", "03-29 02:30 = 29 01:30, Gap"],
    );
    // The second 02:15 comes after the first 02:30.
    let overlap = series(
        "2026-10-25 02:30",
        "Europe/Berlin",
        "FREQ=DAILY;UNTIL=20261025T011500Z",
    );
    check(&overlap, &["10-25 02:30 = 25 00:30, Overlap"]);
}

#[test]
fn excluded_starts_count_and_win() {
    let series = series("2026-01-01 10:00", "UTC", "FREQ=DAILY;COUNT=3");
    let series = series
        .with_extra([at("2026-01-09 11:00"), at("2026-01-02 10:00")])
        .unwrap();
    let series = series
        .with_except([at("2026-01-01 10:00"), at("2026-01-09 11:00")])
        .unwrap();
    let series = series
        .with_moved(at("2026-01-01 10:00"), at("2026-01-01 12:00"))
        .unwrap();
    check(&series, &["01-02 10:00 = 02 10:00", "01-03 10:00 = 03 10:00"]);
    assert!(!series.occurs_at(at("2026-01-01 10:00")));
    assert!(series.occurs_at(at("2026-01-02 10:00")));
}

#[test]
fn a_moved_occurrence_keeps_its_original_start() {
    let series = series("2026-01-01 10:00", "UTC", "FREQ=DAILY;COUNT=3");
    let moved = series
        .clone()
        .with_moved(at("2026-01-01 10:00"), at("2026-01-02 12:00"))
        .unwrap();
    check(
        &moved,
        &[
            "01-02 10:00 = 02 10:00",
            "01-02 12:00 = 02 12:00, was 01-01 10:00",
            "01-03 10:00 = 03 10:00",
        ],
    );
    let second = window("2026-01-02 00:00", "2026-01-03 00:00");
    let originals: Vec<_> = moved.occurrences(second).map(|found| found.original).collect();
    assert_eq!(originals, [at("2026-01-02 10:00"), at("2026-01-01 10:00")]);
    assert_eq!(
        moved
            .occurrences(window("2026-01-01 00:00", "2026-01-02 00:00"))
            .count(),
        0
    );
    let nothing = series
        .with_moved(at("2026-02-01 10:00"), at("2026-01-02 12:00"))
        .unwrap();
    check(
        &nothing,
        &[
            "01-01 10:00 = 01 10:00",
            "01-02 10:00 = 02 10:00",
            "01-03 10:00 = 03 10:00",
        ],
    );
}

#[test]
fn this_and_all_that_follow_divides_the_count() {
    let six = series("2026-01-01 10:00", "UTC", "FREQ=WEEKLY;BYDAY=TH,MO;COUNT=6");
    let six = six.with_except([at("2026-01-05 10:00")]).unwrap();
    let cut = at("2026-01-12 10:00");
    let (before, after) = (six.ended_before(cut).unwrap(), six.from(cut).unwrap());
    assert_eq!(
        before.rule().unwrap().to_string(),
        "FREQ=WEEKLY;UNTIL=20260111T100000;BYDAY=MO,TH"
    );
    check(&before, &["01-01 10:00 = 01 10:00", "01-08 10:00 = 08 10:00"]);
    assert_eq!(after.rule().unwrap().end(), End::Count(3));
    check(
        &after,
        &[
            "01-12 10:00 = 12 10:00",
            "01-15 10:00 = 15 10:00",
            "01-19 10:00 = 19 10:00",
        ],
    );
    assert_eq!(six.ended_before(six.start()), None);
    assert_eq!(six.from(at("2026-01-19 10:01")), None);
    assert_eq!(six.ended_before(at("2027-01-01 10:00")).unwrap(), six);
    assert_eq!(six.from(six.start()).unwrap(), six);
}

#[test]
fn a_part_may_hold_extra_starts_alone() {
    let series = series("2026-01-05 10:00", "UTC", "FREQ=DAILY;COUNT=1");
    let series = series
        .with_extra([
            at("2026-01-01 09:00"),
            at("2026-01-02 09:00"),
            at("2026-01-09 09:00"),
        ])
        .unwrap();
    check(
        &series.ended_before(at("2026-01-05 10:00")).unwrap(),
        &["01-01 09:00 = 01 09:00", "01-02 09:00 = 02 09:00"],
    );
    check(
        &series.from(at("2026-01-05 10:01")).unwrap(),
        &["01-09 09:00 = 09 09:00"],
    );
}

fn shifted(rule: &str, days: i64, expected: &str) {
    // A Monday.
    let found = series("2026-01-12 10:00", "Europe/Berlin", rule).shifted(Duration::days(days));
    match found {
        Ok(series) => assert_eq!(series.rule().unwrap().to_string(), expected, "{rule}"),
        Err(error) => {
            assert!(matches!(error, RuleError::Unsupported { .. }), "{rule}");
            assert_eq!("unsupported", expected, "{rule}");
        }
    }
}

#[test]
fn a_shift_by_days_says_the_same_of_other_days() {
    shifted("FREQ=DAILY", 3, "FREQ=DAILY");
    shifted("FREQ=WEEKLY;BYDAY=MO,SU", 1, "FREQ=WEEKLY;BYDAY=MO,TU");
    shifted("FREQ=WEEKLY;BYDAY=MO", -8, "FREQ=WEEKLY;BYDAY=SU");
    shifted(
        "FREQ=WEEKLY;BYDAY=MO,SU;INTERVAL=2",
        1,
        "FREQ=WEEKLY;INTERVAL=2;WKST=TU;BYDAY=MO,TU",
    );
    shifted(
        "FREQ=WEEKLY;UNTIL=20260201",
        1,
        "FREQ=WEEKLY;UNTIL=20260202T100000",
    );
    shifted("FREQ=MONTHLY", 16, "FREQ=MONTHLY");
    shifted("FREQ=MONTHLY;BYMONTHDAY=2,12", -1, "FREQ=MONTHLY;BYMONTHDAY=1,11");
    shifted("FREQ=YEARLY;BYMONTH=1,2", 1, "FREQ=YEARLY;BYMONTH=1,2");
    for (rule, days) in [
        ("FREQ=MONTHLY", 17),
        ("FREQ=MONTHLY", 31),
        ("FREQ=MONTHLY", -12),
        ("FREQ=MONTHLY;BYMONTHDAY=2,12", -2),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", 1),
        ("FREQ=MONTHLY;BYDAY=2MO", 1),
        ("FREQ=YEARLY;BYDAY=20MO", 1),
        ("FREQ=WEEKLY;BYMONTH=1", 1),
        ("FREQ=DAILY;BYMONTHDAY=12", 1),
    ] {
        shifted(rule, days, "unsupported");
        shifted(rule, 0, rule);
    }
}

#[test]
fn civil_times_have_whole_seconds_and_four_digits() {
    let good = series("2026-01-01 10:00", "UTC", "");
    let fine = at("2026-01-01 10:00") + Duration::milliseconds(1);
    let far = at("2026-01-01 10:00") + Duration::days(3_000_000);
    for bad in [fine, far] {
        for (part, error) in [
            ("DTSTART", Series::new(bad, chrono_tz::UTC, None)),
            ("RDATE", good.clone().with_extra([bad])),
            ("EXDATE", good.clone().with_except([bad])),
            ("RECURRENCE-ID", good.clone().with_moved(bad, good.start())),
            ("DTSTART", good.clone().with_moved(good.start(), bad)),
        ] {
            let expected =
                format!("{part}: \"{bad}\" is not valid; expected a whole second of the years 1 to 9999");
            assert_eq!(error.unwrap_err().to_string(), expected);
        }
    }
    let json = serde_json::to_string(&good)
        .unwrap()
        .replace("10:00:00", "10:00:00.5");
    assert!(serde_json::from_str::<Series>(&json).is_err());
    assert!(good.shifted(Duration::MAX).is_err());
}

/// Each walk ends in the year 9999, also where a rule gives nothing; none needs seconds.
#[test]
fn absurd_rules_end() {
    let all = window("0001-01-01 00:00", "9999-12-31 23:59");
    for (rule, expected) in [
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", 0),
        ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", 0),
        ("FREQ=MONTHLY;BYMONTHDAY=1;BYDAY=-1MO", 0),
        ("FREQ=MONTHLY;BYDAY=6MO", 0),
        ("FREQ=YEARLY;BYMONTH=2;BYDAY=MO;BYSETPOS=366", 0),
        ("FREQ=DAILY;INTERVAL=7;BYDAY=SU", 0),
        ("FREQ=DAILY;INTERVAL=4294967295;COUNT=4294967295", 1),
        ("FREQ=WEEKLY;INTERVAL=4294967295", 1),
        ("FREQ=MONTHLY;INTERVAL=4294967295", 1),
        ("FREQ=YEARLY;INTERVAL=4294967295", 1),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO", 375),
    ] {
        let began = std::time::Instant::now();
        let series = series("0001-01-01 10:00", "Europe/Berlin", rule);
        assert_eq!(series.occurrences(all).count(), expected, "{rule}");
        assert!(began.elapsed().as_secs() < 10, "{rule}: {:?}", began.elapsed());
    }
    let counted = series("0001-01-01 10:00", "Europe/Berlin", "FREQ=DAILY;COUNT=4294967295");
    assert_eq!(
        counted
            .occurrences(window("9999-12-30 00:00", "9999-12-31 23:59"))
            .count(),
        2
    );
}
