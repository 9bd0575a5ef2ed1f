//! RRULE text: what is refused, what is normalised, and that no bytes do harm.

use std::time::{Duration, Instant};

use crate::series_rules::Random;
use gym_core::series::{End, Rule, RuleError, Series};
use gym_core::time::Period;
use proptest::prelude::*;

fn check(text: &str, expected: &str) {
    match text.parse::<Rule>() {
        Ok(rule) => assert_eq!(rule.to_string(), expected, "{text}"),
        Err(error) => assert_eq!(error.to_string(), expected, "{text}"),
    }
}

#[test]
fn rules_are_normalised() {
    check("freq=weekly", "FREQ=WEEKLY");
    check(" RRULE:INTERVAL=1;WKST=MO;FREQ=DAILY\r\n", "FREQ=DAILY");
    check(
        "FREQ=MONTHLY;BYDAY=+2TU,WE,-1TU,TU,2TU",
        "FREQ=MONTHLY;BYDAY=TU,-1TU,2TU,WE",
    );
    check(
        "BYSETPOS=-1,+1;BYMONTHDAY=31,-1,07;FREQ=YEARLY;BYMONTH=012,1",
        "FREQ=YEARLY;BYMONTH=1,12;BYMONTHDAY=-1,7,31;BYSETPOS=-1,1",
    );
    check(
        "FREQ=DAILY;UNTIL=20161231T235960Z",
        "FREQ=DAILY;UNTIL=20161231T235959Z",
    );
    check(
        "FREQ=WEEKLY;COUNT=4294967295;INTERVAL=4294967295;WKST=SU",
        "FREQ=WEEKLY;COUNT=4294967295;INTERVAL=4294967295;WKST=SU",
    );
}

#[test]
fn what_is_not_done_is_refused() {
    let days = "is not supported; expected a rule of whole days (FREQ=DAILY, WEEKLY, MONTHLY or YEARLY)";
    for (part, value) in [
        ("FREQ", "SECONDLY"),
        ("FREQ", "MINUTELY"),
        ("FREQ", "HOURLY"),
        ("BYSECOND", "0"),
        ("BYMINUTE", "0,30"),
        ("BYHOUR", "9"),
        ("BYYEARDAY", "-1"),
        ("BYWEEKNO", "20"),
        ("RSCALE", "CHINESE"),
        ("SKIP", "BACKWARD"),
        ("BYMONTH", "5L"),
        ("X-SEASON", "SPRING"),
    ] {
        let text = if part == "FREQ" {
            format!("FREQ={value}")
        } else {
            format!("FREQ=YEARLY;{part}={value}")
        };
        check(&text, &format!("{part}: {value:?} {days}"));
        assert!(
            matches!(text.parse::<Rule>(), Err(RuleError::Unsupported { .. })),
            "{text}"
        );
    }
}

#[test]
fn what_means_nothing_is_refused_with_what_was_expected() {
    let parts = "expected parts such as FREQ=WEEKLY, separated by semicolons";
    check("", &format!("RRULE: \"\" is not valid; {parts}"));
    check("FREQ=DAILY;", &format!("RRULE: \"\" is not valid; {parts}"));
    check(
        "FREQ=DAILY;COUNT",
        &format!("RRULE: \"COUNT\" is not valid; {parts}"),
    );
    let name = "expected the name of a part, such as FREQ or BYDAY";
    check(
        "FREQ=DAILY;BYNIGHT=1",
        &format!("RRULE: \"BYNIGHT\" is not valid; {name}"),
    );
    let frequency = "expected DAILY, WEEKLY, MONTHLY or YEARLY";
    check("COUNT=3", &format!("FREQ: \"\" is not valid; {frequency}"));
    check(
        "FREQ=FORTNIGHTLY",
        &format!("FREQ: \"FORTNIGHTLY\" is not valid; {frequency}"),
    );
    check(
        "FREQ=DAILY;FREQ=DAILY",
        "FREQ: \"DAILY\" is not valid; expected each part at most once",
    );
    let count = "expected a whole number from 1 to 4294967295";
    for value in ["0", "-1", "+1", "1.5", "", "4294967296", "٣"] {
        check(
            &format!("FREQ=DAILY;COUNT={value}"),
            &format!("COUNT: {value:?} is not valid; {count}"),
        );
        check(
            &format!("FREQ=DAILY;INTERVAL={value}"),
            &format!("INTERVAL: {value:?} is not valid; {count}"),
        );
    }
    let until = "expected a date such as 20260131, a local time such as 20260131T180000, or UTC such as 20260131T170000Z";
    for value in [
        "20260229",
        "2026-01-31",
        "20260131T",
        "20260131T250000",
        "20260131T1800",
        "20260131Z",
        "120260131",
    ] {
        check(
            &format!("FREQ=DAILY;UNTIL={value}"),
            &format!("UNTIL: {value:?} is not valid; {until}"),
        );
    }
    check(
        "FREQ=DAILY;COUNT=3;UNTIL=20260131",
        "UNTIL: \"20260131\" is not valid; expected only one of COUNT and UNTIL",
    );
    check(
        "FREQ=DAILY;WKST=2MO",
        "WKST: \"2MO\" is not valid; expected one of MO, TU, WE, TH, FR, SA, SU",
    );
    for value in [
        "", "M", "0MO", "54MO", "-54MO", "--1MO", "1M\u{d6}", "MO,", "MONDAY",
    ] {
        check(
            &format!("FREQ=MONTHLY;BYDAY={value}"),
            &format!(
                "BYDAY: {value:?} is not valid; expected weekdays such as MO, or 2TU and -1FR where FREQ is MONTHLY or YEARLY"
            ),
        );
    }
    check(
        "FREQ=WEEKLY;BYDAY=TU,1MO",
        "BYDAY: \"1MO\" is not valid; expected weekdays without a number where FREQ is DAILY or WEEKLY",
    );
    check(
        "FREQ=MONTHLY;BYMONTHDAY=32",
        "BYMONTHDAY: \"32\" is not valid; expected days of the month from 1 to 31 or from -31 to -1",
    );
    check(
        "FREQ=WEEKLY;BYMONTHDAY=3",
        "BYMONTHDAY: \"3\" is not valid; expected no BYMONTHDAY where FREQ is WEEKLY",
    );
    check(
        "FREQ=YEARLY;BYMONTH=13",
        "BYMONTH: \"13\" is not valid; expected months from 1 to 12",
    );
    check(
        "FREQ=YEARLY;BYMONTH=-1",
        "BYMONTH: \"-1\" is not valid; expected months from 1 to 12",
    );
    check(
        "FREQ=YEARLY;BYMONTH=1;BYSETPOS=367",
        "BYSETPOS: \"367\" is not valid; expected positions from 1 to 366 or from -366 to -1",
    );
    check(
        "FREQ=DAILY;BYSETPOS=1",
        "BYSETPOS: \"1\" is not valid; expected BYDAY, BYMONTHDAY or BYMONTH beside BYSETPOS",
    );
    let long = format!("FREQ=MONTHLY;BYMONTHDAY={}1", "1,".repeat(5_000));
    check(&long, "RRULE: the text has 10025 bytes; expected at most 10000");
}

#[test]
fn an_end_given_in_code_is_checked_too() {
    let rule: Rule = "FREQ=DAILY".parse().unwrap();
    assert_eq!(
        rule.clone().with_end(End::Count(0)).unwrap_err().to_string(),
        "COUNT: \"0\" is not valid; expected a whole number from 1 to 4294967295"
    );
    assert_eq!(
        rule.with_end(End::Count(2)).unwrap().to_string(),
        "FREQ=DAILY;COUNT=2"
    );
}

/// The largest rule that can be said still prints as a text that is read.
#[test]
fn every_rule_prints_shorter_than_the_limit() {
    let signed = |most: i32| {
        (-most..=most)
            .filter(|n| *n != 0)
            .map(|n| n.to_string())
            .collect::<Vec<_>>()
    };
    let days = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"].map(|day| {
        format!(
            "{day},{}",
            signed(53)
                .iter()
                .map(|n| format!("{n}{day}"))
                .collect::<Vec<_>>()
                .join(",")
        )
    });
    let parts = [
        ("BYDAY", days.join(",")),
        ("BYMONTHDAY", signed(31).join(",")),
        ("BYSETPOS", signed(366).join(",")),
        ("BYMONTH", "1,2,3,4,5,6,7,8,9,10,11,12".to_owned()),
    ];
    let all = parts.map(|(name, list)| format!("{name}={list}")).join(";");
    let text = format!("FREQ=MONTHLY;INTERVAL=4294967295;WKST=SU;UNTIL=20260131T170000Z;{all}");
    let rule: Rule = text.parse().unwrap();
    let length = rule.to_string().len();
    assert!((7_000..=Rule::MAX_LENGTH).contains(&length), "{length} bytes");
    assert_eq!(rule.to_string().parse(), Ok(rule));
}

/// Parses, prints and expands; all of it has to be over within a second, and is in microseconds.
fn survive(text: &str) {
    let began = Instant::now();
    if let Ok(rule) = text.parse::<Rule>() {
        assert_eq!(rule.to_string().parse(), Ok(rule.clone()), "{text}");
        let start = "2024-02-29T18:00:00".parse().unwrap();
        let series = Series::new(start, chrono_tz::Europe::Berlin, Some(rule)).unwrap();
        let window = Period::new(
            "2026-01-01T00:00:00Z".parse().unwrap(),
            "2027-01-01T00:00:00Z".parse().unwrap(),
        );
        let found = series.occurrences(window.unwrap()).count();
        assert!(found <= 366, "{text}: {found}");
    }
    assert!(
        began.elapsed() < Duration::from_secs(1),
        "{text}: {:?}",
        began.elapsed()
    );
}

/// Changes bytes, cuts, doubles and splices two rules.
fn mutated(random: &mut Random) -> Vec<u8> {
    let start = random.start();
    let mut bytes = random.rule(start).into_bytes();
    for _ in 0..=random.below(4) {
        let at = random.below(bytes.len() as u64 + 1) as usize;
        match random.below(6) {
            0 => bytes.insert(at, random.next() as u8),
            1 => bytes.insert(at, b";=,-+0123456789TZMOAY"[random.below(21) as usize]),
            2 => bytes.truncate(at.max(1)),
            3 => bytes.extend_from_within(at..),
            4 => bytes
                .splice(at.., random.rule(start).into_bytes().into_iter().skip(at))
                .for_each(drop),
            _ => bytes.rotate_left(at),
        }
    }
    bytes
}

proptest! {
    #![proptest_config(crate::support::soak::cases(5_000))]

    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        survive(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn any_parts_are_survived(text in "(FREQ=(DAILY|WEEKLY|MONTHLY|YEARLY)|[A-Z]{2,9}=)(;[A-Z]{3,10}=[-+0-9A-Z,]{0,20}){0,5}") {
        survive(&text);
    }

    #[test]
    fn mutated_rules_are_survived(seed: u64) {
        survive(&String::from_utf8_lossy(&mutated(&mut Random(seed))));
    }
}
