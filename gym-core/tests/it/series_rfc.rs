//! Every example of RFC 5545, section 3.8.5.3, in its order: New York, at nine.

use chrono::{Datelike, Duration, NaiveDate, NaiveDateTime};
use gym_core::series::{Rule, RuleError, Series};
use gym_core::time::{Fit, Period};

/// Reads `1997-09: 2-4 9; 1997-10: 1` as the dates that it lists.
fn dates(text: &str) -> Vec<NaiveDate> {
    let month = |group: &str| -> Vec<NaiveDate> {
        let (month, days) = group.split_once(':').unwrap();
        let (year, month) = month.trim().split_once('-').unwrap();
        let date =
            |day: u32| NaiveDate::from_ymd_opt(year.parse().unwrap(), month.parse().unwrap(), day).unwrap();
        let range = |item: &str| {
            let (first, last) = item.split_once('-').unwrap_or((item, item));
            first.parse::<u32>().unwrap()..=last.parse().unwrap()
        };
        days.split_whitespace().flat_map(range).map(date).collect()
    };
    text.split(';').flat_map(month).collect()
}

/// New York's hours: until 2006 summer is the first Sunday of April to the last Sunday of October; the one
/// example after that is in the winter and spring of 2007.
fn hours_from_utc(date: NaiveDate) -> i64 {
    let sunday = |month, day| {
        let date = NaiveDate::from_ymd_opt(date.year(), month, day).unwrap();
        date + Duration::days((7 - i64::from(date.weekday().num_days_from_sunday())) % 7)
    };
    let summer = sunday(4, 1)..sunday(10, 25);
    let later = date.year() >= 2007 && date >= NaiveDate::from_ymd_opt(2007, 3, 11).unwrap();
    if summer.contains(&date) || later { 4 } else { 5 }
}

fn series(start: &str, rule: &str) -> Series {
    let start = NaiveDateTime::parse_from_str(start, "%Y%m%dT%H%M%S").unwrap();
    Series::new(start, chrono_tz::America::New_York, Some(rule.parse().unwrap())).unwrap()
}

fn assert_starts(series: &Series, expected: &str) {
    let (more, expected) = match expected.strip_suffix("; ...") {
        Some(expected) => (true, expected),
        None => (false, expected),
    };
    let expected = dates(expected);
    let window = Period::new(
        "1990-01-01T00:00:00Z".parse().unwrap(),
        "2090-01-01T00:00:00Z".parse().unwrap(),
    );
    let text = series.rule().unwrap().to_string();
    let mut all = series.occurrences(window.unwrap());
    let found: Vec<_> = all.by_ref().take(expected.len()).collect();
    let starts: Vec<_> = found.iter().map(|at| at.start.date()).collect();
    assert_eq!(starts, expected, "{text}");
    assert_eq!(all.next().is_some(), more, "{text}: goes on");
    for at in found {
        assert_eq!(at.start.to_string()[11..], *"09:00:00", "{text}");
        assert_eq!((at.original, at.fit), (at.start, Fit::Exact), "{text}");
        let hours = hours_from_utc(at.start.date());
        assert_eq!(at.instant, at.start.and_utc() + Duration::hours(hours), "{text}");
    }
}

fn check(start: &str, rule: &str, expected: &str) {
    assert_starts(&series(start, rule), expected);
}

fn unsupported(rule: &str, expected: &str) {
    match rule.parse::<Rule>() {
        Err(RuleError::Unsupported { part, .. }) => assert_eq!(part, expected, "{rule}"),
        other => panic!("{rule}: {other:?}"),
    }
}

const T: &str = "19970902T090000";

#[test]
fn daily() {
    check(T, "FREQ=DAILY;COUNT=10", "1997-09: 2-11");
    check(
        T,
        "FREQ=DAILY;UNTIL=19971224T000000Z",
        "1997-09: 2-30; 1997-10: 1-31; 1997-11: 1-30; 1997-12: 1-23",
    );
    check(
        T,
        "FREQ=DAILY;INTERVAL=2",
        "1997-09: 2 4 6 8 10 12 14 16 18 20 22 24 26 28 30; \
         1997-10: 2 4 6 8 10 12 14 16 18 20 22 24 26 28 30; \
         1997-11: 1 3 5 7 9 11 13 15 17 19 21 23 25 27 29; 1997-12: 1 3; ...",
    );
    check(
        T,
        "FREQ=DAILY;INTERVAL=10;COUNT=5",
        "1997-09: 2 12 22; 1997-10: 2 12",
    );
    for rule in [
        "FREQ=YEARLY;UNTIL=20000131T140000Z;BYMONTH=1;BYDAY=SU,MO,TU,WE,TH,FR,SA",
        "FREQ=DAILY;UNTIL=20000131T140000Z;BYMONTH=1",
    ] {
        check(
            "19980101T090000",
            rule,
            "1998-01: 1-31; 1999-01: 1-31; 2000-01: 1-31",
        );
    }
}

#[test]
fn weekly() {
    check(
        T,
        "FREQ=WEEKLY;COUNT=10",
        "1997-09: 2 9 16 23 30; 1997-10: 7 14 21 28; 1997-11: 4",
    );
    check(
        T,
        "FREQ=WEEKLY;UNTIL=19971224T000000Z",
        "1997-09: 2 9 16 23 30; 1997-10: 7 14 21 28; 1997-11: 4 11 18 25; 1997-12: 2 9 16 23",
    );
    check(
        T,
        "FREQ=WEEKLY;INTERVAL=2;WKST=SU",
        "1997-09: 2 16 30; 1997-10: 14 28; 1997-11: 11 25; 1997-12: 9 23; 1998-01: 6 20; 1998-02: 3 17; ...",
    );
    for rule in [
        "FREQ=WEEKLY;UNTIL=19971007T000000Z;WKST=SU;BYDAY=TU,TH",
        "FREQ=WEEKLY;COUNT=10;WKST=SU;BYDAY=TU,TH",
    ] {
        check(T, rule, "1997-09: 2 4 9 11 16 18 23 25 30; 1997-10: 2");
    }
    check(
        "19970901T090000",
        "FREQ=WEEKLY;INTERVAL=2;UNTIL=19971224T000000Z;WKST=SU;BYDAY=MO,WE,FR",
        "1997-09: 1 3 5 15 17 19 29; 1997-10: 1 3 13 15 17 27 29 31; \
         1997-11: 10 12 14 24 26 28; 1997-12: 8 10 12 22",
    );
    check(
        T,
        "FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH",
        "1997-09: 2 4 16 18 30; 1997-10: 2 14 16",
    );
}

#[test]
fn monthly() {
    check(
        "19970905T090000",
        "FREQ=MONTHLY;COUNT=10;BYDAY=1FR",
        "1997-09: 5; 1997-10: 3; 1997-11: 7; 1997-12: 5; 1998-01: 2; 1998-02: 6; 1998-03: 6; 1998-04: 3; \
         1998-05: 1; 1998-06: 5",
    );
    check(
        "19970905T090000",
        "FREQ=MONTHLY;UNTIL=19971224T000000Z;BYDAY=1FR",
        "1997-09: 5; 1997-10: 3; 1997-11: 7; 1997-12: 5",
    );
    check(
        "19970907T090000",
        "FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU",
        "1997-09: 7 28; 1997-11: 2 30; 1998-01: 4 25; 1998-03: 1 29; 1998-05: 3 31",
    );
    check(
        "19970922T090000",
        "FREQ=MONTHLY;COUNT=6;BYDAY=-2MO",
        "1997-09: 22; 1997-10: 20; 1997-11: 17; 1997-12: 22; 1998-01: 19; 1998-02: 16",
    );
    check(
        "19970928T090000",
        "FREQ=MONTHLY;BYMONTHDAY=-3",
        "1997-09: 28; 1997-10: 29; 1997-11: 28; 1997-12: 29; 1998-01: 29; 1998-02: 26; ...",
    );
    check(
        T,
        "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=2,15",
        "1997-09: 2 15; 1997-10: 2 15; 1997-11: 2 15; 1997-12: 2 15; 1998-01: 2 15",
    );
    check(
        "19970930T090000",
        "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=1,-1",
        "1997-09: 30; 1997-10: 1 31; 1997-11: 1 30; 1997-12: 1 31; 1998-01: 1 31; 1998-02: 1",
    );
    check(
        "19970910T090000",
        "FREQ=MONTHLY;INTERVAL=18;COUNT=10;BYMONTHDAY=10,11,12,13,14,15",
        "1997-09: 10-15; 1999-03: 10-13",
    );
    check(
        T,
        "FREQ=MONTHLY;INTERVAL=2;BYDAY=TU",
        "1997-09: 2 9 16 23 30; 1997-11: 4 11 18 25; 1998-01: 6 13 20 27; 1998-03: 3 10 17 24 31; ...",
    );
}

#[test]
fn yearly() {
    check(
        "19970610T090000",
        "FREQ=YEARLY;COUNT=10;BYMONTH=6,7",
        "1997-06: 10; 1997-07: 10; 1998-06: 10; 1998-07: 10; 1999-06: 10; 1999-07: 10; \
         2000-06: 10; 2000-07: 10; 2001-06: 10; 2001-07: 10",
    );
    check(
        "19970310T090000",
        "FREQ=YEARLY;INTERVAL=2;COUNT=10;BYMONTH=1,2,3",
        "1997-03: 10; 1999-01: 10; 1999-02: 10; 1999-03: 10; 2001-01: 10; 2001-02: 10; 2001-03: 10; \
         2003-01: 10; 2003-02: 10; 2003-03: 10",
    );
    unsupported("FREQ=YEARLY;INTERVAL=3;COUNT=10;BYYEARDAY=1,100,200", "BYYEARDAY");
    check(
        "19970519T090000",
        "FREQ=YEARLY;BYDAY=20MO",
        "1997-05: 19; 1998-05: 18; 1999-05: 17; ...",
    );
    unsupported("FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO", "BYWEEKNO");
    check(
        "19970313T090000",
        "FREQ=YEARLY;BYMONTH=3;BYDAY=TH",
        "1997-03: 13 20 27; 1998-03: 5 12 19 26; 1999-03: 4 11 18 25; ...",
    );
    check(
        "19970605T090000",
        "FREQ=YEARLY;BYDAY=TH;BYMONTH=6,7,8",
        "1997-06: 5 12 19 26; 1997-07: 3 10 17 24 31; 1997-08: 7 14 21 28; \
         1998-06: 4 11 18 25; 1998-07: 2 9 16 23 30; 1998-08: 6 13 20 27; \
         1999-06: 3 10 17 24; 1999-07: 1 8 15 22 29; 1999-08: 5 12 19 26; ...",
    );
}

#[test]
fn chosen_days() {
    let thirteenth = series(T, "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13");
    let thirteenth = thirteenth.clone().with_except([thirteenth.start()]).unwrap();
    assert_starts(
        &thirteenth,
        "1998-02: 13; 1998-03: 13; 1998-11: 13; 1999-08: 13; 2000-10: 13; ...",
    );
    check(
        "19970913T090000",
        "FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13",
        "1997-09: 13; 1997-10: 11; 1997-11: 8; 1997-12: 13; 1998-01: 10; 1998-02: 7; 1998-03: 7; \
         1998-04: 11; 1998-05: 9; 1998-06: 13; ...",
    );
    check(
        "19961105T090000",
        "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8",
        "1996-11: 5; 2000-11: 7; 2004-11: 2; ...",
    );
    check(
        "19970904T090000",
        "FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3",
        "1997-09: 4; 1997-10: 7; 1997-11: 6",
    );
    check(
        "19970929T090000",
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2",
        "1997-09: 29; 1997-10: 30; 1997-11: 27; 1997-12: 30; 1998-01: 29; 1998-02: 26; 1998-03: 30; ...",
    );
    check(
        "19970805T090000",
        "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO",
        "1997-08: 5 10 19 24",
    );
    check(
        "19970805T090000",
        "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU",
        "1997-08: 5 17 19 31",
    );
    check(
        "20070115T090000",
        "FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5",
        "2007-01: 15 30; 2007-02: 15; 2007-03: 15 30",
    );
}

#[test]
fn finer_than_days() {
    unsupported("FREQ=HOURLY;INTERVAL=3;UNTIL=19970902T170000Z", "FREQ");
    unsupported("FREQ=MINUTELY;INTERVAL=15;COUNT=6", "FREQ");
    unsupported("FREQ=MINUTELY;INTERVAL=90;COUNT=4", "FREQ");
    unsupported(
        "FREQ=DAILY;BYHOUR=9,10,11,12,13,14,15,16;BYMINUTE=0,20,40",
        "BYHOUR",
    );
    unsupported("FREQ=MINUTELY;INTERVAL=20;BYHOUR=9,10,11,12,13,14,15,16", "FREQ");
}
