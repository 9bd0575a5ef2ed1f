//! Timetables as Google, Apple and Outlook write them.

use chrono_tz::Tz;
use gym_core::time::Period;
use gym_db::import::OnBad;
use gym_db::import::timetable::{Defaults, ImportedSeries, Timetable, read};

pub(super) fn whole(file: &[u8], zone: Tz) -> Timetable {
    match read(file, &Defaults { zone }) {
        Ok(timetable) => timetable,
        Err(error) => panic!("{error}"),
    }
}

/// The civil starts of a series in 2026, at most `most`, joined.
pub(super) fn starts(series: &ImportedSeries, most: usize) -> String {
    let year = Period::new(
        "2025-12-31T00:00:00Z".parse().expect("an instant"),
        "2027-01-02T00:00:00Z".parse().expect("an instant"),
    );
    let occurrences = series.recurrence.occurrences(year.expect("a year")).take(most);
    let zone = series.recurrence.zone();
    let civil = |at| gym_core::time::civil(zone, at).format("%m-%d %H:%M").to_string();
    occurrences
        .map(|at| civil(at.instant))
        .collect::<Vec<_>>()
        .join(", ")
}

/// A series as one line: title, minutes, zone, rule, and its first starts.
pub(super) fn line(series: &ImportedSeries) -> String {
    let rule = series
        .recurrence
        .rule()
        .map_or_else(|| "once".to_owned(), ToString::to_string);
    let replaces = series
        .replaces
        .map_or_else(String::new, |at| format!(" for {}", at.format("%m-%d %H:%M")));
    let zone = series.recurrence.zone();
    format!(
        "{} {} {zone} {rule}{replaces}: {}",
        series.title,
        series.minutes,
        starts(series, 3)
    )
}

pub(super) fn calendar(head: &str, events: &str) -> String {
    let text = format!("BEGIN:VCALENDAR\nVERSION:2.0\n{head}{events}END:VCALENDAR\n");
    text.replace('\n', "\r\n")
}

/// Reads events that begin on line 3, in Berlin, and compares the series, what is bad and what is skipped.
pub(super) fn check(events: &str, series: &[&str], bad: &[&str], skipped: &[&str]) {
    let timetable = whole(calendar("", events).as_bytes(), Tz::Europe__Berlin);
    assert_eq!(timetable.series.iter().map(line).collect::<Vec<_>>(), series);
    let list = |events: &[gym_db::import::timetable::BadEvent]| {
        events.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(list(&timetable.bad), bad);
    assert_eq!(list(&timetable.skipped), skipped);
}

/// An event with the lines given, from the fourth line of its own on.
pub(super) fn event(lines: &str) -> String {
    format!("BEGIN:VEVENT\nUID:1\nSUMMARY:Spin\n{lines}END:VEVENT\n")
}

pub(super) const SPIN: &str = "DTSTART;TZID=Europe/Berlin:20260105T180000\nDURATION:PT45M\n";

pub(super) fn bad(lines: &str, expected: &str) {
    check(&event(lines), &[], &[&format!("event \"Spin\", {expected}")], &[]);
}

#[test]
fn times_are_read_in_their_zones() {
    let once = |lines: &str, expected: &str| check(&event(lines), &[expected], &[], &[]);
    let berlin = "Spin 45 Europe/Berlin once: 01-05 18:00";
    once(SPIN, berlin);
    once("DTSTART:20260105T180000\nDURATION:PT45M\n", berlin);
    once("DTSTART:20260105T170000Z\nDTEND:20260105T174500Z\n", berlin);
    once(
        "DTSTART;TZID=\"W. Europe Standard Time\":20260105T180000\nDURATION:PT45M\n",
        berlin,
    );
    once(
        "DTSTART;TZID=/freeassociation.sourceforge.net/Europe/Berlin:20260105T180000\nDURATION:P0DT0H45M0S\n",
        berlin,
    );
    once(
        "DTSTART;TZID=America/New_York:20260105T180000\nDTEND;TZID=Europe/London:20260105T234500\n",
        "Spin 45 America/New_York once: 01-05 18:00",
    );
    bad(
        "DTSTART;TZID=Customized Time Zone:20260105T180000\nDURATION:PT45M\n",
        "line 6: TZID: \"Customized Time Zone\" is not accepted; expected an IANA name such as Europe/Berlin, \
         a Windows name such as W. Europe Standard Time, or a VTIMEZONE with X-LIC-LOCATION",
    );
}

#[test]
fn a_vtimezone_of_its_own_name_is_found_by_its_location() {
    let zone = "BEGIN:VTIMEZONE\nTZID:Club time\nX-LIC-LOCATION:Pacific/Chatham\nBEGIN:STANDARD\n\
                DTSTART:16010101T000000\nTZOFFSETFROM:+1345\nTZOFFSETTO:+1245\nEND:STANDARD\nEND:VTIMEZONE\n";
    let spin = event("DTSTART;TZID=Club time:20260105T180000\nDURATION:PT45M\n");
    check(
        &format!("{zone}{spin}"),
        &["Spin 45 Pacific/Chatham once: 01-05 18:00"],
        &[],
        &[],
    );
}

#[test]
fn a_series_in_utc_keeps_its_hour_in_the_zone_of_its_calendar() {
    let lines = "DTSTART:20260323T170000Z\nDURATION:PT45M\nRRULE:FREQ=WEEKLY;BYDAY=MO;UNTIL=20260413T170000Z\n\
                 EXDATE:20260406T170000Z\n";
    check(
        &event(lines),
        &["Spin 45 UTC FREQ=WEEKLY;UNTIL=20260413T170000Z;BYDAY=MO: 03-23 17:00, 03-30 17:00, 04-13 17:00"],
        &[],
        &[],
    );
    let named = calendar("X-WR-TIMEZONE:Europe/Berlin\n", &event(lines));
    let timetable = whole(named.as_bytes(), Tz::UTC);
    assert_eq!(
        line(&timetable.series[0]),
        "Spin 45 Europe/Berlin FREQ=WEEKLY;UNTIL=20260413T180000;BYDAY=MO: 03-23 18:00, 03-30 18:00, 04-13 18:00"
    );
    let night = lines.replace("T170000Z", "T233000Z");
    let timetable = whole(
        calendar("X-WR-TIMEZONE:Europe/Berlin\n", &event(&night)).as_bytes(),
        Tz::UTC,
    );
    assert_eq!(
        timetable.bad[0].to_string(),
        "event \"Spin\", line 7: DTSTART: \"20260323T233000Z\" is not accepted; expected a start with \
         TZID=Europe/Berlin, where it is 2026-03-24: the rule names days of UTC"
    );
}

#[test]
fn a_single_start_in_utc_is_that_instant_also_when_the_clocks_show_it_twice() {
    let at = |time: &str| format!("DTSTART:20261025T{time}Z\nDURATION:PT45M\n");
    check(
        &event(&at("003000")),
        &["Spin 45 Europe/Berlin once: 10-25 02:30"],
        &[],
        &[],
    );
    check(
        &event(&at("013000")),
        &["Spin 45 UTC once: 10-25 01:30"],
        &[],
        &[],
    );
    let weekly = event(&format!("{}RRULE:FREQ=WEEKLY\n", at("013000")));
    let named = calendar("X-WR-TIMEZONE:Europe/Berlin\n", &weekly);
    let timetable = read(named.as_bytes(), &Defaults { zone: Tz::UTC }).unwrap();
    let bad: Vec<String> = timetable.bad.iter().map(ToString::to_string).collect();
    let expected = "event \"Spin\", line 7: DTSTART: \"20261025T013000Z\" is not accepted; \
                    expected a start that the clocks of Europe/Berlin show once, or the first of two";
    assert_eq!((timetable.series.len(), bad), (0, vec![expected.to_owned()]));
}

#[test]
fn extra_and_excluded_starts_are_read_in_any_form() {
    let weekly = format!("{SPIN}RRULE:FREQ=WEEKLY;COUNT=4\n");
    let spin = |more: &str, expected: &str| {
        let timetable = whole(
            calendar("", &event(&format!("{weekly}{more}"))).as_bytes(),
            Tz::UTC,
        );
        assert_eq!(timetable.bad, []);
        assert_eq!(starts(&timetable.series[0], 9), expected, "{more}");
    };
    let without = "01-05 18:00, 01-19 18:00, 01-26 18:00";
    spin("EXDATE;TZID=Europe/Berlin:20260112T180000\n", without);
    spin("EXDATE;TZID=America/New_York:20260112T120000\n", without);
    spin("EXDATE:20260112T170000Z\n", without);
    spin("EXDATE:20260112T180000\n", without);
    spin("EXDATE;VALUE=DATE:20260112\n", without);
    spin(
        "EXDATE:20260112T170000Z,20260119T170000Z\nEXDATE:20260126T170000Z\n",
        "01-05 18:00",
    );
    let with = "01-05 18:00, 01-08 07:00, 01-12 18:00, 01-19 18:00, 01-26 18:00";
    spin("RDATE;TZID=Europe/Berlin:20260108T070000\n", with);
    spin("RDATE:20260108T060000Z\n", with);
}

#[test]
fn the_start_occurs_also_where_the_rule_does_not_give_it() {
    let check = |rule: &str, expected: &str| {
        let timetable = whole(
            calendar("", &event(&format!("{SPIN}RRULE:{rule}\n"))).as_bytes(),
            Tz::UTC,
        );
        assert_eq!(starts(&timetable.series[0], 3), expected, "{rule}");
    };
    check("FREQ=WEEKLY;BYDAY=TU;", "01-05 18:00, 01-06 18:00, 01-13 18:00");
    check("FREQ=WEEKLY;BYDAY=TU;COUNT=2", "01-05 18:00, 01-06 18:00");
    check("FREQ=WEEKLY;BYDAY=TU;COUNT=1", "01-05 18:00");
}

#[test]
fn lines_are_unfolded_and_texts_unescaped() {
    let file = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nbegin:vevent\r\nUID:1\r\nSUMMARY:Yoga\\, sl\r\n ow\\; K\xc3\r\n \xa4the\r\n\
        DESCRIPTION:one\\ntw\r\n\to\\\\three\\Nfour\r\nX-ODD;P=\"a:b;c\":d\r\ndtstart:20260105T180000\r\n\
        DURATION:PT1H\r\nEND:VEVENT\r\nEND:VCALENDAR";
    let timetable = whole(file, Tz::UTC);
    assert_eq!(timetable.bad, []);
    assert_eq!(timetable.series[0].title, "Yoga, slow; Käthe");
    assert_eq!(
        timetable.series[0].description.as_deref(),
        Some("one\ntwo\\three\nfour")
    );
    assert_eq!(timetable.series[0].line, 3);
}

#[test]
fn what_is_no_class_is_skipped_or_left_out() {
    let others = "BEGIN:VTODO\nUID:t\nSUMMARY:Buy mats\nEND:VTODO\nBEGIN:X-THING\nX-A:b\nEND:X-THING\n";
    let cancelled = event(&format!("{SPIN}STATUS:CANCELLED\n"));
    check(
        &format!("{others}{cancelled}"),
        &[],
        &[],
        &[
            "event \"Buy mats\", line 3: BEGIN: \"VTODO\" is not accepted; expected VEVENT",
            "event \"Spin\", line 10: STATUS: \"CANCELLED\" is not accepted; expected an event that takes place",
        ],
    );
}

#[test]
fn a_file_that_is_no_calendar_is_refused_as_a_whole() {
    let refused = |file: &[u8], expected: &str| {
        let error = read(file, &Defaults { zone: Tz::UTC }).unwrap_err();
        assert_eq!(error.to_string(), expected);
    };
    refused(
        b"",
        r#"line 1: file: "" is not accepted; expected BEGIN:VCALENDAR"#,
    );
    refused(
        b"name,email\n",
        r#"line 1: file: "name,email" is not accepted; expected BEGIN:VCALENDAR"#,
    );
    refused(
        b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\n",
        r#"line 3: file: "" is not accepted; expected END:VEVENT, which begins on line 2; the file seems cut off"#,
    );
    refused(
        b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VCALENDAR\n",
        r#"line 3: END: "VCALENDAR" is not accepted; expected END:VEVENT, which begins on line 2"#,
    );
    let calendar = |head: &str| calendar(head, "");
    refused(
        calendar("").repeat(2).as_bytes(),
        r#"line 4: BEGIN: "VCALENDAR" is not accepted; expected one VCALENDAR"#,
    );
    refused(
        calendar("METHOD:CANCEL\n").as_bytes(),
        r#"line 3: METHOD: "CANCEL" is not accepted; expected PUBLISH, REQUEST or ADD"#,
    );
    refused(
        b"BEGIN:VCALENDAR\nVERSION:1.0\nEND:VCALENDAR\n",
        r#"line 2: VERSION: "1.0" is not accepted; expected 2.0"#,
    );
    refused(
        b"BEGIN:VCALENDAR\nX-WR-CALNAME:Gr\xf6\xdfe\nEND:VCALENDAR\n",
        "line 2: the byte 0xf6 at offset 31 is not UTF-8 (it looks like Windows-1252); expected a file saved as UTF-8",
    );
    refused(
        calendar("X-WR-TIMEZONE:Mars\n").as_bytes(),
        "line 3: X-WR-TIMEZONE: \"Mars\" is not accepted; expected an IANA name such as Europe/Berlin, \
         a Windows name such as W. Europe Standard Time, or a VTIMEZONE with X-LIC-LOCATION",
    );
    let deep = "BEGIN:X\n".repeat(100_000);
    refused(
        calendar(&deep).as_bytes(),
        r#"line 18: BEGIN: "X" is not accepted; expected VEVENT, VTIMEZONE or another part of a calendar, nested at most 16 deep"#,
    );
}

#[test]
fn bad_events_refuse_all_or_are_skipped() {
    let good = event(SPIN);
    let broken = "BEGIN:VEVENT\nUID:2\nSUMMARY:Box\nDTSTART:soon\nEND:VEVENT\n";
    let timetable = whole(calendar("", &format!("{good}{broken}")).as_bytes(), Tz::UTC);
    let rejected = timetable.clone().accept(OnBad::RefuseAll).unwrap_err();
    assert!(
        rejected.to_string().starts_with(
            "timetable: nothing was imported, because of 1 bad fields:\n  event \"Box\", line 12"
        )
    );
    let (series, closures) = timetable.accept(OnBad::Skip).unwrap();
    assert_eq!((series.len(), closures.len()), (1, 0));
}

#[test]
fn an_override_of_a_series_in_utc_keeps_the_hour_of_its_series() {
    let master = event("DTSTART:20260323T170000Z\nDURATION:PT45M\nRRULE:FREQ=WEEKLY;COUNT=4\n");
    let read = |title: &str| {
        let other = format!(
            "BEGIN:VEVENT\nUID:1\nSUMMARY:{title}\nRECURRENCE-ID:20260413T170000Z\n\
             DTSTART:20260413T180000Z\nDURATION:PT45M\nEND:VEVENT\n"
        );
        let named = calendar("X-WR-TIMEZONE:Europe/Berlin\n", &format!("{master}{other}"));
        let timetable = whole(named.as_bytes(), Tz::UTC);
        timetable
            .series
            .iter()
            .map(|series| starts(series, 4))
            .collect::<Vec<_>>()
    };
    let weeks = "03-23 18:00, 03-30 18:00, 04-06 18:00";
    assert_eq!(read("Spin"), [format!("{weeks}, 04-13 19:00")]);
    assert_eq!(read("Ride"), [weeks, "04-13 19:00"]);
}
