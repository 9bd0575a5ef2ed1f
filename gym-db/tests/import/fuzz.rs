//! Arbitrary bytes and broken samples: every reader ends, without a panic, and with sense in what it says.

use std::time::{Duration, Instant};

use chrono_tz::Tz;
use gym_db::import::members::{self, Field, Mapping};
use gym_db::import::timetable::{self, Defaults};
use gym_db::import::{ImportError, OnBad};
use proptest::prelude::*;
use proptest::sample::Index;

use super::sample;

/// Far more than any input here needs, also on a machine that does other things.
const LIMIT: Duration = Duration::from_secs(20);

fn check_members(bytes: &[u8]) {
    let mappings = ["%Y-%m-%d", "%d.%m.%Y"].map(|date_format| Mapping {
        date_format: date_format.to_owned(),
        ..Mapping::default()
    });
    check_mapped(bytes, &mappings);
}

fn check_mapped(bytes: &[u8], mappings: &[Mapping]) {
    let begun = Instant::now();
    for mapping in mappings {
        match members::read(bytes, mapping) {
            Ok(members) => {
                assert!(members.rows.is_sorted_by(|a, b| a.line < b.line));
                assert!(members.bad.is_sorted_by_key(|bad| bad.line));
                let is_bad = |line| members.bad.iter().any(|bad| bad.line == line);
                assert!(members.rows.iter().all(|row| !is_bad(row.line)));
                let lines = bytes.split(|byte| matches!(byte, b'\n' | b'\r')).count() as u64;
                assert!(
                    members
                        .bad
                        .iter()
                        .all(|bad| bad.line <= lines && !bad.expected.is_empty())
                );
                assert_eq!(members.bad.is_empty(), members.accept(OnBad::RefuseAll).is_ok());
            }
            Err(error) => check_error(&error, bytes),
        }
    }
    assert!(begun.elapsed() < LIMIT);
}

fn check_timetable(bytes: &[u8]) {
    let begun = Instant::now();
    match timetable::read(
        bytes,
        &Defaults {
            zone: Tz::Europe__Berlin,
        },
    ) {
        Ok(timetable) => {
            let lines = bytes.iter().filter(|byte| **byte == b'\n').count() as u64 + 1;
            let reasons = || timetable.bad.iter().chain(&timetable.skipped);
            assert!(reasons().all(|bad| (1..=lines).contains(&bad.line) && !bad.field.is_empty()));
            for series in &timetable.series {
                assert!(
                    (1..=1440).contains(&series.minutes)
                        && !series.title.is_empty()
                        && !series.uid.is_empty()
                );
            }
            assert!(
                timetable
                    .closures
                    .iter()
                    .all(|closure| closure.from <= closure.until)
            );
        }
        Err(error) => check_error(&error, bytes),
    }
    assert!(begun.elapsed() < LIMIT);
}

fn check_error(error: &ImportError, bytes: &[u8]) {
    match error {
        ImportError::Encoding { offset, byte, .. } => assert_eq!(bytes.get(*offset), Some(byte)),
        ImportError::Invalid {
            line,
            field,
            expected,
            ..
        } => {
            assert!(*line >= 1 && !field.is_empty() && !expected.is_empty());
        }
        other => panic!("{other}"),
    }
}

/// What a broken program or line may do to a file.
#[derive(Debug, Clone)]
enum Damage {
    Flip(Index, u8),
    Remove(Index, usize),
    Repeat(Index, usize),
    Insert(Index, String),
    CutOff(Index),
}

fn damage() -> impl Strategy<Value = Damage> {
    let pieces = [
        "\r\n",
        "\n ",
        "\"",
        ",",
        ";",
        ":",
        "\0",
        "\u{feff}",
        "\\",
        "BEGIN:VEVENT\r\n",
        "END:VEVENT\r\n",
        "RRULE:FREQ=DAILY\r\n",
        "RECURRENCE-ID:20260112T170000Z\r\n",
        "DTSTART:99991231T235959Z\r\n",
        "DTSTART:00010101T000000\r\n",
        "EXDATE;VALUE=DATE:00010101\r\n",
        "RDATE:99991231T235959\r\n",
        "DURATION:P99999999999W\r\n",
        "X-WR-TIMEZONE:Pacific/Apia\r\n",
        "TZID=\"",
        "UNTIL=00000101T000000Z;",
        "X-MICROSOFT-CDO-ALLDAYEVENT:TRUE\r\n",
        "9999999999999999999",
        "-262143-01-01",
        "+262142-12-31",
    ];
    prop_oneof![
        (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Damage::Flip(at, byte)),
        (any::<Index>(), 1_usize..200).prop_map(|(at, length)| Damage::Remove(at, length)),
        (any::<Index>(), 1_usize..2_000).prop_map(|(at, length)| Damage::Repeat(at, length)),
        (any::<Index>(), prop::sample::select(pieces.to_vec()))
            .prop_map(|(at, piece)| Damage::Insert(at, piece.to_owned())),
        any::<Index>().prop_map(Damage::CutOff),
    ]
}

fn damaged(mut bytes: Vec<u8>, damages: &[Damage]) -> Vec<u8> {
    for damage in damages {
        if bytes.is_empty() {
            return bytes;
        }
        let size = bytes.len();
        match damage {
            Damage::Flip(at, byte) => bytes[at.index(size)] ^= byte,
            Damage::Remove(at, length) => {
                bytes.drain(at.index(size)..(at.index(size) + length).min(size));
            }
            Damage::Repeat(at, length) => {
                let piece = bytes[at.index(size)..(at.index(size) + length).min(size)].to_vec();
                let at = at.index(size);
                bytes.splice(at..at, piece);
            }
            Damage::Insert(at, piece) => {
                let at = at.index(size);
                bytes.splice(at..at, piece.bytes());
            }
            Damage::CutOff(at) => bytes.truncate(at.index(size)),
        }
    }
    bytes
}

proptest! {
    #![proptest_config(crate::soak::cases(256))]

    #[test]
    fn arbitrary_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
        check_members(&bytes);
        check_timetable(&bytes);
    }

    #[test]
    fn arbitrary_rows_are_read_or_refused(text in "(name|e-mail|eintritt|geburtsdatum|id)?([,;\t\"\r\n äa@.0-9]|2026-02-30|01\\.02\\.2026){0,200}") {
        check_members(text.as_bytes());
        check_members(format!("name,email,dob,joined,id\n{text}").as_bytes());
    }

    #[test]
    fn arbitrary_mappings_are_followed_or_refused(
        columns in prop::collection::vec((prop::sample::select(&Field::ALL[..]), "(E-Mail|NAME|eintritt| *|\\PC{0,8})"), 0..4),
        date_format in "(%[-_0^#]?[:.0-9]{0,2}[a-zA-Z+%]|[-./ a-z0-9%]|\\PC){0,8}",
        separator in prop::option::of(any::<char>()),
        date in "(2026-01-05|05\\.01\\.2026|[-+0-9./: a-zA-Z]{0,24})",
    ) {
        let mapping = Mapping { columns, date_format, separator };
        let file = format!("Name;E-Mail;Eintritt;Geburtsdatum\nAda;ada@example.org;{date};{date}\n");
        check_mapped(file.as_bytes(), std::slice::from_ref(&mapping));
        check_mapped(&sample("bad.csv"), &[mapping]);
    }

    #[test]
    fn arbitrary_events_are_read_or_refused(
        lines in prop::collection::vec(
            "(DTSTART|DTEND|DURATION|RRULE|EXDATE|RDATE|RECURRENCE-ID|UID|SUMMARY|STATUS|ATTENDEE|BEGIN|END)\
             (;TZID=(Europe/Berlin|\"W\\. Europe Standard Time\"|/a/b/c|\u{e4})|;VALUE=(DATE|PERIOD)|;CN=\"[a:;]{0,3}\"?)?\
             [:;](VEVENT|1|CANCELLED|mailto:\u{e4}{4}|FREQ=(WEEKLY|YEARLY);(COUNT=1|UNTIL=20260101|BYDAY=-1SU|BYMONTH=2;BYMONTHDAY=30)\
             |(0001|2026|9999)(0101|0229|1231)(T(000000|023000|235959)Z?)?|-?P[0-9]{1,20}[DWH]|PT[0-9]{1,3}M|[ -~]{0,20})",
            0..12,
        ),
    ) {
        let body = lines.join("\r\n");
        let text = format!("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n{body}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n");
        check_timetable(text.as_bytes());
        let events: String = lines
            .chunks(3)
            .map(|lines| format!("BEGIN:VEVENT\r\nUID:1\r\nSUMMARY:x\r\nDURATION:PT1H\r\n{}\r\nEND:VEVENT\r\n", lines.join("\r\n")))
            .collect();
        check_timetable(format!("BEGIN:VCALENDAR\r\n{events}END:VCALENDAR\r\n").as_bytes());
    }

    #[test]
    fn damaged_samples_are_read_or_refused(
        name in prop::sample::select(vec!["members.csv", "bad.csv", "google.ics", "apple.ics", "outlook.ics"]),
        damages in prop::collection::vec(damage(), 1..12),
    ) {
        let bytes = damaged(sample(name), &damages);
        if name.ends_with("csv") {
            check_members(&bytes);
        } else {
            check_timetable(&bytes);
        }
    }
}

#[test]
fn files_have_limits() {
    let refused = |text: &str, expected: &str| {
        let read = timetable::read(text.as_bytes(), &Defaults { zone: Tz::UTC });
        assert_eq!(read.unwrap_err().to_string(), expected);
    };
    let events = "BEGIN:VEVENT\nEND:VEVENT\n".repeat(20_001);
    let expected = r#"line 40002: BEGIN: "VEVENT" is not accepted; expected at most 20000 events"#;
    refused(&format!("BEGIN:VCALENDAR\n{events}"), expected);
    let lines = "X\n\n".repeat(500_000);
    let expected = r#"line 1000000: file: "X" is not accepted; expected at most 500000 lines"#;
    refused(&format!("BEGIN:VCALENDAR\n{lines}"), expected);

    let refused = |text: &str, expected: &str| {
        let read = members::read(text.as_bytes(), &Mapping::default());
        assert_eq!(read.unwrap_err().to_string(), expected);
    };
    let rows = format!("name\n{}", "\"\"\nx\n".repeat(200_001));
    let expected = r#"line 400003: row: "x" is not accepted; expected at most 200000 rows"#;
    refused(&rows, expected);
    let expected = r#"line 2: row: "name" is not accepted; expected at most 1000 fields, not 1001"#;
    refused(&format!("\nname{}\n", ",".repeat(1_000)), expected);
}

#[test]
fn the_worst_lines_are_told_once() {
    let junk = "junk\n".repeat(1_000);
    let dates = "EXDATE:soon,later,never\nEXDATE:20260105T180000,soon\n";
    let text = format!(
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nSUMMARY:x\nDTSTART:20260105T180000\nDURATION:PT1H\n{junk}{dates}END:VEVENT\nEND:VCALENDAR\n"
    );
    let read = timetable::read(text.as_bytes(), &Defaults { zone: Tz::UTC }).unwrap();
    let bad: Vec<String> = read
        .bad
        .iter()
        .map(|bad| format!("{} {} {} {}", bad.line, bad.field, bad.value, bad.expected))
        .collect();
    let expected = "a time such as 20260105T180000, or a date such as 20260105 with VALUE=DATE";
    let dates = [1_007, 1_008].map(|line| format!("{line} EXDATE soon {expected}"));
    let junk = "7 line junk NAME:value, as on 999 more lines".to_owned();
    assert_eq!(bad, [vec![junk], dates.to_vec()].concat());
}

#[test]
fn a_byte_is_found_behind_folds() {
    let text = b"\xEF\xBB\xBFBEGIN:VCALENDAR\r\nX-A:a\r\n b\xc3\r\n \xa4\r\n c\xff\r\nEND:VCALENDAR\r\n";
    check_timetable(text);
    let error = timetable::read(text, &Defaults { zone: Tz::UTC }).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("line 5: the byte 0xff at offset 38 "),
        "{error}"
    );
}

#[test]
fn large_files_take_time_in_proportion() {
    let members: String = (0..100_000)
        .map(|n| format!("Ada {n},ada{n}@example.org,2026-01-05\n"))
        .collect();
    let read = members::read(
        format!("name,email,joined\n{members}").as_bytes(),
        &Mapping::default(),
    )
    .unwrap();
    assert_eq!((read.rows.len(), read.bad.len()), (100_000, 0));
    let quotes = format!("name\n{}", "\"".repeat(1_000_001));
    check_members(quotes.as_bytes());

    let overrides: String = (0..5_000)
        .map(|n| {
            let day = chrono::NaiveDate::from_ymd_opt(2026, 1, 5).unwrap() + chrono::Duration::days(n);
            let day = day.format("%Y%m%d");
            format!("BEGIN:VEVENT\nUID:1\nSUMMARY:x\nRECURRENCE-ID:{day}T170000\nDTSTART:{day}T180000\nDURATION:PT1H\nEND:VEVENT\n")
        })
        .collect();
    let daily = "BEGIN:VEVENT\nUID:1\nSUMMARY:x\nDTSTART:20260105T170000\nDURATION:PT1H\nRRULE:FREQ=DAILY\nEND:VEVENT\n";
    let begun = Instant::now();
    let text = format!("BEGIN:VCALENDAR\n{daily}{overrides}END:VCALENDAR\n");
    let read = timetable::read(
        text.as_bytes(),
        &Defaults {
            zone: Tz::Europe__Berlin,
        },
    )
    .unwrap();
    assert_eq!(read.series[0].recurrence.moved().len(), 5_000);
    let long = format!(
        "BEGIN:VCALENDAR\nX-A:{}\nEND:VCALENDAR\n",
        "a\r\n ".repeat(500_000)
    );
    check_timetable(long.as_bytes());
    assert!(begun.elapsed() < LIMIT);
}
