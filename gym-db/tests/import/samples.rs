//! The files in `examples/data` read as what they are meant to show.

use std::collections::BTreeMap;

use chrono_tz::Tz;
use gym_core::command::Command;
use gym_core::id::LocationId;
use gym_core::schedule::claim::Buffers;
use gym_core::schedule::class::Offering;
use gym_core::time::Period;

use super::sample;
use super::timetable::{SPIN, calendar, event, line, starts, whole};

#[test]
fn a_google_calendar_is_read() {
    let timetable = whole(&sample("google.ics"), Tz::UTC);
    assert_eq!(timetable.name.as_deref(), Some("Kursplan Mitte"));
    assert_eq!(timetable.zone, Tz::Europe__Berlin);
    assert_eq!(timetable.bad, []);
    let lines: Vec<String> = timetable.series.iter().map(line).collect();
    assert_eq!(
        lines,
        [
            "Spin 45 Europe/Berlin FREQ=WEEKLY;BYDAY=MO,WE: 01-05 18:00, 01-07 18:00, 01-12 18:00",
            "Yoga Flow 60 Europe/Berlin FREQ=WEEKLY;BYDAY=TU,TH: 01-06 07:00, 01-08 07:00, 01-13 07:00",
            "HIIT 30 Europe/Berlin FREQ=WEEKLY;UNTIL=20261218T225959Z;BYDAY=MO,WE,FR: 01-05 12:15, 01-07 12:15, 01-09 12:15",
            "Strength basics 60 Europe/Berlin FREQ=WEEKLY;COUNT=12;BYDAY=TU: 01-06 19:00, 01-13 19:00, 01-20 19:00",
            "Pilates 55 Europe/Berlin FREQ=WEEKLY;BYDAY=FR: 01-09 09:30, 01-16 09:30, 01-23 09:30",
            "Box 60 Europe/Berlin FREQ=WEEKLY;INTERVAL=2;BYDAY=TH: 01-08 20:00, 01-22 20:00, 02-19 20:00",
            "Box: Sparring 90 Europe/Berlin once for 02-05 20:00: 02-05 20:00",
            "Open mat 90 Europe/Berlin FREQ=MONTHLY;BYDAY=1SA: 02-07 10:00, 03-07 10:00, 04-04 10:00",
            "Workshop: Handstand 120 Europe/Berlin once: 03-14 14:00",
        ]
    );
    let spin = &timetable.series[0];
    assert_eq!(spin.location.as_deref(), Some("Mitte, Studio 1"));
    assert_eq!(spin.trainer.as_deref(), Some("Lena Brandt"));
    let text = spin.description.as_deref().unwrap();
    assert!(
        text.starts_with("45 Minuten auf dem Rad: Intervalle, Berge, Sprint.\nBitte Handtuch"),
        "{text}"
    );
    assert!(text.contains("mitbringen; Schuhe"), "{text}");
    assert!(!starts(spin, 400).contains("04-06"));
    assert!(starts(&timetable.series[4], 400).contains("03-13 09:30, 03-20 11:00, 03-27 09:30"));
    let closed: Vec<_> = timetable
        .closures
        .iter()
        .map(|day| (day.title.as_str(), day.from, day.until))
        .collect();
    let may = "2026-05-01".parse().unwrap();
    assert_eq!(closed, [("Geschlossen: Tag der Arbeit", may, may)]);
    assert_eq!(timetable.skipped.len(), 1);
    assert_eq!(timetable.skipped[0].event, "Inventur (intern)");
}

#[test]
fn an_apple_calendar_is_read() {
    let timetable = whole(&sample("apple.ics"), Tz::America__New_York);
    assert_eq!(timetable.bad, []);
    assert_eq!(timetable.skipped, []);
    let lines: Vec<String> = timetable.series.iter().map(line).collect();
    assert_eq!(
        lines,
        [
            "Spin Express 45 America/New_York FREQ=WEEKLY;BYDAY=TU,TH: 01-06 06:15, 01-08 06:15, 01-13 06:15",
            "Sunday Yoga 75 America/New_York FREQ=WEEKLY: 01-04 09:00, 01-11 09:00, 01-18 09:00",
            "HIIT 30 30 America/New_York FREQ=WEEKLY;UNTIL=20261231T045959Z;BYDAY=MO,WE,FR: 01-05 12:30, 01-07 12:30, 01-09 12:30",
            "Boxing fundamentals 75 America/New_York FREQ=WEEKLY;COUNT=20: 01-07 18:30, 01-14 18:30, 01-21 18:30",
            "Strength basics 60 America/New_York FREQ=WEEKLY: 01-10 10:00, 01-17 10:00, 01-24 10:00",
            "Pilates reformer 55 America/New_York FREQ=WEEKLY;INTERVAL=2;BYDAY=TH: 01-08 19:00, 01-22 19:00, 02-05 19:00",
            "Late stretch 45 America/New_York FREQ=MONTHLY;BYDAY=2FR: 01-09 23:30, 02-13 23:30, 03-13 23:30",
        ]
    );
    // The clocks change on 8 March; the series keeps its hour, and the class of that day was moved.
    let yoga = &timetable.series[1];
    assert!(starts(yoga, 400).contains("03-01 09:00, 03-08 10:00, 03-15 09:00"));
    assert_eq!(yoga.categories, ["yoga", "mind & body"]);
    assert_eq!(yoga.trainer.as_deref(), Some("Naomi Park"));
    let days: Vec<String> = timetable
        .closures
        .iter()
        .map(|day| format!("{} {}", day.from, day.until))
        .collect();
    assert_eq!(days, ["2026-07-04 2026-07-04", "2026-12-24 2027-01-01"]);
}

#[test]
fn an_outlook_calendar_is_read() {
    let timetable = whole(&sample("outlook.ics"), Tz::UTC);
    assert_eq!(timetable.bad, []);
    let lines: Vec<String> = timetable.series.iter().map(line).collect();
    assert_eq!(
        lines,
        [
            "Spin 45 Pacific/Chatham FREQ=WEEKLY;BYDAY=TU,TH: 01-13 17:30, 01-15 17:30, 01-20 17:30",
            "Yoga at dawn 60 Pacific/Chatham FREQ=WEEKLY;UNTIL=20261215T163000Z;WKST=SU;BYDAY=WE: 01-07 06:15, 01-14 06:15, 01-21 06:15",
            "Box 60 Pacific/Chatham FREQ=WEEKLY;COUNT=16;BYDAY=FR: 01-09 18:00, 01-16 18:00, 01-23 18:00",
            "HIIT 30 Pacific/Chatham FREQ=WEEKLY;BYDAY=MO,WE,FR: 01-05 12:00, 01-07 12:00, 01-09 12:00",
            "Strength basics 60 Pacific/Chatham FREQ=WEEKLY;INTERVAL=2;BYDAY=SA: 01-10 09:30, 01-24 09:30, 02-07 09:30",
            "Pilates 55 Pacific/Chatham FREQ=WEEKLY;BYDAY=MO: 01-12 18:30, 01-19 18:30, 01-26 18:30",
            "Sea swim, weather permitting 60 Pacific/Chatham FREQ=MONTHLY;BYDAY=SU;BYSETPOS=1: 02-01 08:30, 03-01 08:30, 04-05 08:30",
        ]
    );
    assert!(starts(&timetable.series[2], 400).contains("03-27 18:00, 04-03 16:00, 04-10 18:00"));
    let text = timetable.series[0].description.as_deref().unwrap();
    assert!(
        text.ends_with("kia ora, nau mai, haere mai – everyone is welcome, whānau too."),
        "{text}"
    );
    assert_eq!(timetable.closures[0].title, "Closed: ANZAC Day");
    assert_eq!(timetable.skipped[0].event, "Ferry day");
}

#[test]
fn a_series_becomes_the_command_that_adds_it() {
    let offering = Offering {
        location: LocationId::new(1).unwrap(),
        title: String::new(),
        programme: "class".to_owned(),
        trainer: None,
        room: None,
        equipment: None,
        capacity: 12,
        minutes: 1,
        buffers: Buffers::default(),
    };
    let until = "2026-03-01T00:00:00Z".parse().unwrap();
    let command = |lines: &str| {
        let timetable = whole(calendar("", &event(lines)).as_bytes(), Tz::UTC);
        timetable.series[0].command(offering.clone(), Tz::America__New_York, until)
    };
    match command(&format!("{SPIN}RRULE:FREQ=WEEKLY\nCATEGORIES:cycling,indoor\n")) {
        Ok(Some(Command::AddSeries {
            offering, recurrence, ..
        })) => {
            let made = (
                offering.title.as_str(),
                offering.programme.as_str(),
                offering.minutes,
                recurrence.zone(),
            );
            assert_eq!(made, ("Spin", "cycling", 45, Tz::Europe__Berlin));
        }
        other => panic!("{other:?}"),
    }
    match command(SPIN) {
        Ok(Some(Command::AddClass { offering, start })) => {
            let made = (offering.programme.as_str(), start.to_string());
            assert_eq!(made, ("class", "2026-01-05 12:00:00".to_owned()));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(command(&format!("{SPIN}EXDATE:20260105T170000Z\n")), Ok(None));
    // In November the clocks of New York show half past one twice.
    let start = |time| match command(&format!("DTSTART:20261101T{time}Z\nDURATION:PT45M\n")) {
        Ok(Some(Command::AddClass { start, .. })) => start.to_string(),
        other => format!("{other:?}"),
    };
    assert_eq!(start("053000"), "2026-11-01 01:30:00");
    assert!(
        start("063000").contains("they show 2026-11-01 01:30:00 again"),
        "{}",
        start("063000")
    );
    assert_eq!(start("073000"), "2026-11-01 02:30:00");
}

#[test]
fn nobody_is_in_two_classes_at_once_in_a_sample() {
    let year = Period::new(
        "2026-01-01T00:00:00Z".parse().unwrap(),
        "2027-01-01T00:00:00Z".parse().unwrap(),
    );
    for name in ["google.ics", "apple.ics", "outlook.ics"] {
        let mut taken: BTreeMap<String, Vec<Period>> = BTreeMap::new();
        for series in whole(&sample(name), Tz::UTC).series {
            for at in series.recurrence.occurrences(year.unwrap()) {
                for resource in [&series.trainer, &series.location] {
                    let periods = taken.entry(resource.clone().unwrap()).or_default();
                    periods.push(at.lasting(series.minutes));
                }
            }
        }
        assert!(taken.len() >= 4, "{name}: {taken:?}");
        for (resource, mut periods) in taken {
            periods.sort();
            let clash = periods.windows(2).find(|pair| pair[0].overlaps(&pair[1]));
            assert_eq!(clash, None, "{name}: {resource}");
        }
    }
}
