//! Overrides of one occurrence: moved, changed, cancelled.

use chrono_tz::Tz;

use super::timetable::{SPIN, calendar, check, event, whole};

#[test]
fn overrides_move_cancel_or_replace_one_start() {
    let weekly = event(&format!("{SPIN}RRULE:FREQ=WEEKLY;COUNT=4\n"));
    let moved =
        event("RECURRENCE-ID:20260112T170000Z\nDTSTART;TZID=Europe/Berlin:20260113T190000\nDURATION:PT45M\n");
    let longer = event(
        "RECURRENCE-ID;TZID=Europe/Berlin:20260119T180000\nDTSTART;TZID=Europe/Berlin:20260119T180000\nDURATION:PT1H\n",
    );
    let cancelled = event("RECURRENCE-ID;TZID=Europe/Berlin:20260126T180000\nSTATUS:CANCELLED\n");
    let rule = "FREQ=WEEKLY;COUNT=4";
    let expected = [
        format!("Spin 45 Europe/Berlin {rule}: 01-05 18:00, 01-13 19:00"),
        "Spin 60 Europe/Berlin once for 01-19 18:00: 01-19 18:00".to_owned(),
    ];
    let expected = expected.each_ref().map(String::as_str);
    // An override may stand before its series.
    check(
        &format!("{moved}{weekly}{longer}{cancelled}"),
        &expected,
        &[],
        &[],
    );
    check(
        &longer,
        &["Spin 60 Europe/Berlin once for 01-19 18:00: 01-19 18:00"],
        &[],
        &[],
    );
    check(
        &cancelled,
        &[],
        &[],
        &[
            "event \"Spin\", line 3: STATUS: \"CANCELLED\" is not accepted; expected an event that takes place",
        ],
    );
}

#[test]
fn overrides_that_fit_nothing_are_bad() {
    let weekly = event(&format!("{SPIN}RRULE:FREQ=WEEKLY;COUNT=4\n"));
    let rule = "Spin 45 Europe/Berlin FREQ=WEEKLY;COUNT=4: 01-05 18:00, 01-12 18:00, 01-19 18:00";
    let over = |id: &str| event(&format!("RECURRENCE-ID{id}\n{SPIN}"));
    let refused = |events: &str, expected: &str| {
        check(
            &format!("{weekly}{events}"),
            &[rule],
            &[&format!("event \"Spin\", {expected}")],
            &[],
        );
    };
    refused(
        &over(":20260113T170000Z"),
        "line 13: RECURRENCE-ID: \"20260113T170000Z\" is not accepted; expected a start of the series on line 3, in its first 50 years",
    );
    refused(
        &over(";RANGE=THISANDFUTURE:20260112T170000Z"),
        "line 13: RANGE: \"THISANDFUTURE\" is not accepted; expected an override of one occurrence; split the series there",
    );
    refused(
        &over(":tomorrow"),
        "line 13: RECURRENCE-ID: \"tomorrow\" is not accepted; expected a time such as 20260105T180000, \
         or a date such as 20260105 with VALUE=DATE",
    );
    refused(
        &event("RECURRENCE-ID:20260112T170000Z\nDTSTART;VALUE=DATE:20260112\n"),
        "line 10: DTSTART: \"2026-01-12\" is not accepted; expected a time, as the series has one",
    );
    refused(
        &format!(
            "{}RRULE:FREQ=DAILY\nEND:VEVENT\n",
            over(":20260112T170000Z").replace("END:VEVENT\n", "")
        ),
        "line 16: RRULE: \"FREQ=DAILY\" is not accepted; expected an override that occurs once",
    );
    refused(
        &event(SPIN),
        "line 10: UID: \"1\" is not accepted; expected one event with this UID that is no override",
    );
    let broken = event("DTSTART:soon\nDURATION:PT45M\n");
    let timetable = whole(
        calendar("", &format!("{broken}{}", over(":20260112T170000Z"))).as_bytes(),
        Tz::UTC,
    );
    let fields: Vec<&str> = timetable.bad.iter().map(|bad| bad.field.as_str()).collect();
    assert_eq!(
        (fields.as_slice(), timetable.series.len()),
        (&["DTSTART", "UID"][..], 0)
    );
}

#[test]
fn a_cancelled_override_of_an_excluded_start_changes_nothing() {
    let weekly = event(&format!(
        "{SPIN}RRULE:FREQ=WEEKLY;COUNT=3\nEXDATE:20260112T170000Z\n"
    ));
    let cancelled = event("RECURRENCE-ID:20260112T170000Z\nSTATUS:CANCELLED\n");
    let expected = "Spin 45 Europe/Berlin FREQ=WEEKLY;COUNT=3: 01-05 18:00, 01-19 18:00";
    check(&format!("{weekly}{cancelled}"), &[expected], &[], &[]);
}

#[test]
fn overrides_of_what_is_skipped_are_skipped() {
    let free = event("DTSTART;VALUE=DATE:20260105\nRRULE:FREQ=WEEKLY\nTRANSP:TRANSPARENT\n");
    let moved = event("RECURRENCE-ID;VALUE=DATE:20260112\nDTSTART;VALUE=DATE:20260113\n");
    let reason = |line: u32| {
        format!(
            "event \"Spin\", line {line}: TRANSP: \"TRANSPARENT\" is not accepted; \
             expected OPAQUE for a closure, or an event with times for a class"
        )
    };
    let reasons = [reason(3), reason(10)];
    check(
        &format!("{free}{moved}"),
        &[],
        &[],
        &reasons.each_ref().map(String::as_str),
    );
}
