//! What becomes of single events: times, lengths, states and texts.

use chrono_tz::Tz;

use super::timetable::{SPIN, bad, calendar, check, event, whole};

#[test]
fn every_property_that_is_not_accepted_is_named() {
    bad(
        "DTSTART:20260230T180000\nDURATION:PT45M\n",
        "line 6: DTSTART: \"20260230T180000\" is not accepted; expected a time such as 20260105T180000, or a date such as 20260105 with VALUE=DATE",
    );
    bad(
        "DTSTART;VALUE=DATE:20260105T180000\nDURATION:PT45M\n",
        "line 6: DTSTART: \"20260105T180000\" is not accepted; expected a time such as 20260105T180000, or a date such as 20260105 with VALUE=DATE",
    );
    bad(
        "DURATION:PT45M\n",
        "line 3: DTSTART: \"\" is not accepted; expected the start that every event has",
    );
    bad(
        "DTSTART:20260105T180000\n",
        "line 6: DTEND: \"\" is not accepted; expected an end (DTEND) or a length (DURATION)",
    );
    bad(
        "DTSTART:20260105T180000\nDTEND:20260105T170000\n",
        "line 7: DTEND: \"20260105T170000\" is not accepted; expected a time 1 to 1440 whole minutes after DTSTART, 20260105T180000",
    );
    bad(
        "DTSTART:20260105T180000\nDTEND:20260105T180000\n",
        "line 7: DTEND: \"20260105T180000\" is not accepted; expected a time 1 to 1440 whole minutes after DTSTART, 20260105T180000",
    );
    bad(
        "DTSTART:20260105T180000\nDURATION:-PT1H\n",
        "line 7: DURATION: \"-PT1H\" is not accepted; expected 1 to 1440 whole minutes, such as PT1H",
    );
    bad(
        "DTSTART:20260105T180000\nDURATION:P2D\n",
        "line 7: DURATION: \"P2D\" is not accepted; expected 1 to 1440 whole minutes, such as PT1H",
    );
    bad(
        "DTSTART:20260105T180000\nDTEND:20260105T190000\nDURATION:PT1H\n",
        "line 8: DURATION: \"PT1H\" is not accepted; expected either DTEND or DURATION",
    );
    bad(
        &format!("{SPIN}RRULE:FREQ=WEEKLY;BYHOUR=6,18\n"),
        "line 8: BYHOUR: \"6,18\" is not accepted; expected a rule of whole days (FREQ=DAILY, WEEKLY, MONTHLY or YEARLY)",
    );
    bad(
        &format!("{SPIN}RRULE:FREQ=WEEKLY;COUNT=0\n"),
        "line 8: COUNT: \"0\" is not accepted; expected a whole number from 1 to 4294967295",
    );
    bad(
        &format!("{SPIN}RRULE:FREQ=DAILY\nRRULE:FREQ=WEEKLY\n"),
        "line 9: RRULE: \"FREQ=WEEKLY\" is not accepted; expected the property once",
    );
    bad(
        &format!("{SPIN}EXRULE:FREQ=DAILY\n"),
        "line 8: EXRULE: \"FREQ=DAILY\" is not accepted; expected EXDATE; rules of exceptions are not supported",
    );
    bad(
        &format!("{SPIN}RDATE;VALUE=PERIOD:20260108T060000Z/PT1H\n"),
        "line 8: RDATE: \"20260108T060000Z/PT1H\" is not accepted; expected starts, not periods",
    );
    bad(
        &format!("{SPIN}RDATE;VALUE=DATE:20260108\n"),
        "line 8: RDATE: \"20260108\" is not accepted; expected a time, as DTSTART has one",
    );
    bad(
        &format!("{SPIN}EXDATE:20260199T060000Z\n"),
        "line 8: EXDATE: \"20260199T060000Z\" is not accepted; expected a time such as 20260105T180000, or a date such as 20260105 with VALUE=DATE",
    );
    bad(
        &format!("{SPIN}and bring a towel\n"),
        "line 8: line: \"and bring a towel\" is not accepted; expected NAME:value",
    );
    bad(
        "DTSTART;VALUE=DATE:20260105\nDTEND;VALUE=DATE:20260105\n",
        "line 7: DTEND: \"20260105\" is not accepted; expected the date after the last day, after 2026-01-05",
    );
    bad(
        "DTSTART;VALUE=DATE:20260105\nRRULE:FREQ=YEARLY\n",
        "line 7: RRULE: \"FREQ=YEARLY\" is not accepted; expected whole days that do not recur; give each closure its own event",
    );
    let nameless = format!("BEGIN:VEVENT\nUID:9\n{SPIN}END:VEVENT\n");
    check(
        &nameless,
        &[],
        &["event \"9\", line 3: SUMMARY: \"\" is not accepted; expected 1 to 200 characters on one line"],
        &[],
    );
    let several = "BEGIN:VEVENT\nDTSTART:soon\nDURATION:long\nRRULE:FREQ=HOURLY\nEND:VEVENT\n";
    let timetable = whole(calendar("", several).as_bytes(), Tz::UTC);
    let fields: Vec<&str> = timetable.bad.iter().map(|bad| bad.field.as_str()).collect();
    assert_eq!(fields, ["UID", "SUMMARY", "DTSTART", "FREQ"]);
}

#[test]
fn the_trainer_is_the_first_attendee_who_comes_else_the_organizer() {
    let check = |lines: &str, expected: Option<&str>| {
        let timetable = whole(
            calendar("", &event(&format!("{SPIN}{lines}"))).as_bytes(),
            Tz::UTC,
        );
        assert_eq!(timetable.series[0].trainer.as_deref(), expected, "{lines}");
    };
    check("", None);
    check("ORGANIZER;CN=Desk:mailto:desk@example.org\n", Some("Desk"));
    check("ORGANIZER;CN=Plan:mailto:x@group.calendar.google.com\n", None);
    check(
        "ORGANIZER:mailto:desk@example.org\nATTENDEE;CUTYPE=ROOM;CN=Hall:mailto:hall@example.org\n\
         ATTENDEE;PARTSTAT=DECLINED;CN=Lena:mailto:lena@example.org\nATTENDEE;CN=\"\":MAILTO:jo@example.org\n",
        Some("jo@example.org"),
    );
}

#[test]
fn whole_days_are_closures() {
    let check = |lines: &str, expected: &str| {
        let timetable = whole(calendar("", &event(lines)).as_bytes(), Tz::UTC);
        assert_eq!((&timetable.bad, &timetable.series), (&vec![], &vec![]), "{lines}");
        let closures = timetable.closures.iter();
        let days: Vec<String> = closures
            .map(|day| format!("{} {}", day.from, day.until))
            .collect();
        assert_eq!(days.join(", "), expected, "{lines}");
    };
    check("DTSTART;VALUE=DATE:20260501\n", "2026-05-01 2026-05-01");
    check(
        "DTSTART;VALUE=DATE:20260501\nDURATION:P2D\n",
        "2026-05-01 2026-05-02",
    );
    check(
        "DTSTART;VALUE=DATE:20261224\nDTEND;VALUE=DATE:20270102\n",
        "2026-12-24 2027-01-01",
    );
    check(
        "DTSTART;TZID=Europe/Berlin:20260501T000000\nDTEND;TZID=Europe/Berlin:20260502T000000\n\
         X-MICROSOFT-CDO-ALLDAYEVENT:TRUE\n",
        "2026-05-01 2026-05-01",
    );
    check(
        "DTSTART;VALUE=DATE:20260501\nRRULE:FREQ=YEARLY\nTRANSP:TRANSPARENT\n",
        "",
    );
}
