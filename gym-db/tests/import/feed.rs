//! Feeds are well formed and read back as they were written.

use chrono::Duration;
use chrono_tz::Tz;
use gym_core::id::{ClassId, LocationId};
use gym_core::schedule::claim::Buffers;
use gym_core::schedule::class::{Class, ClassState, Offering};
use gym_core::time::{Period, civil, resolve};
use gym_db::feed::{Item, write};
use gym_db::import::timetable::{Defaults, Timetable, read};
use proptest::prelude::*;

use super::sample;

const DEFAULTS: Defaults = Defaults { zone: Tz::UTC };

fn item(uid: &str, title: &str, start: &str) -> Item {
    Item {
        uid: uid.to_owned(),
        title: title.to_owned(),
        description: None,
        location: None,
        programme: None,
        period: Period::lasting(start.parse().expect("an instant"), 45),
        is_cancelled: false,
        sequence: 0,
        stamp: "2026-01-01T00:00:00Z".parse().expect("an instant"),
    }
}

/// What a reader of the feed sees: everything but the identities of change.
fn seen(timetable: &Timetable) -> Vec<Item> {
    let item = |series: &gym_db::import::timetable::ImportedSeries| {
        let start = resolve(series.recurrence.zone(), series.recurrence.start()).instant;
        Item {
            description: series.description.clone(),
            location: series.location.clone(),
            programme: series.categories.first().cloned(),
            period: Period::lasting(start, series.minutes),
            ..item(&series.uid, &series.title, "2026-01-01T00:00:00Z")
        }
    };
    timetable.series.iter().map(item).collect()
}

#[test]
fn a_feed_is_written_as_rfc_5545_says() {
    let yoga = Item {
        description: Some("Bring:\r\n- a mat; a towel\n- C:\\new\u{7}, or more".to_owned()),
        location: Some("Mitte, Studio 2".to_owned()),
        programme: Some("yoga".to_owned()),
        sequence: 2,
        ..item("class-1@example.org", "Yoga", "2026-03-30T16:00:00Z")
    };
    let spin = Item {
        is_cancelled: true,
        ..item("class-2@example.org", "Spin", "2026-03-30T17:00:00Z")
    };
    let expected = "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//gym//gym feed//EN\nCALSCALE:GREGORIAN\nMETHOD:PUBLISH\n\
        NAME:Mitte\\, Berlin\nX-WR-CALNAME:Mitte\\, Berlin\nX-WR-TIMEZONE:Europe/Berlin\n\
        REFRESH-INTERVAL;VALUE=DURATION:PT1H\nX-PUBLISHED-TTL:PT1H\n\
        BEGIN:VEVENT\nUID:class-1@example.org\nDTSTAMP:20260101T000000Z\nLAST-MODIFIED:20260101T000000Z\nSEQUENCE:2\n\
        DTSTART:20260330T160000Z\nDTEND:20260330T164500Z\nSUMMARY:Yoga\n\
        DESCRIPTION:Bring:\\n- a mat\\; a towel\\n- C:\\\\new \\, or more\nLOCATION:Mitte\\, Studio 2\n\
        CATEGORIES:yoga\nSTATUS:CONFIRMED\nTRANSP:OPAQUE\nEND:VEVENT\n\
        BEGIN:VEVENT\nUID:class-2@example.org\nDTSTAMP:20260101T000000Z\nLAST-MODIFIED:20260101T000000Z\nSEQUENCE:0\n\
        DTSTART:20260330T170000Z\nDTEND:20260330T174500Z\nSUMMARY:Spin\nSTATUS:CANCELLED\nTRANSP:TRANSPARENT\n\
        END:VEVENT\nEND:VCALENDAR\n";
    let text = write("Mitte, Berlin", Tz::Europe__Berlin, &[yoga, spin]);
    assert_eq!(text, expected.replace('\n', "\r\n"));
    let timetable = read(text.as_bytes(), &DEFAULTS).unwrap();
    assert_eq!(timetable.name.as_deref(), Some("Mitte, Berlin"));
    assert_eq!(
        (
            timetable.series.len(),
            timetable.skipped.len(),
            timetable.bad.len()
        ),
        (1, 1, 0)
    );
}

#[test]
fn a_class_is_an_item_that_keeps_its_identity() {
    let offering = Offering {
        location: LocationId::new(1).unwrap(),
        title: "Spin".to_owned(),
        programme: "cycling".to_owned(),
        trainer: None,
        room: None,
        equipment: None,
        capacity: 12,
        minutes: 45,
        buffers: Buffers::default(),
    };
    let mut class = Class {
        id: ClassId::new(7).unwrap(),
        series: None,
        original: None,
        offering,
        period: Period::lasting("2026-03-30T16:00:00Z".parse().unwrap(), 45),
        state: ClassState::Scheduled,
    };
    let of = |class: &Class| Item::of(class, "example.org", "2026-01-01T00:00:00Z".parse().unwrap());
    let expected = Item {
        programme: Some("cycling".to_owned()),
        ..item("class-7@example.org", "Spin", "2026-03-30T16:00:00Z")
    };
    assert_eq!(of(&class), expected);
    class.state = ClassState::Cancelled;
    class.offering.programme.clear();
    let expected = Item {
        programme: None,
        is_cancelled: true,
        ..expected
    };
    assert_eq!(of(&class), expected);
}

#[test]
fn dated_classes_of_every_sample_come_back() {
    for name in ["google.ics", "apple.ics", "outlook.ics"] {
        let timetable = read(
            &sample(name),
            &Defaults {
                zone: Tz::America__New_York,
            },
        )
        .unwrap();
        let year = Period::new(
            "2026-01-01T00:00:00Z".parse().unwrap(),
            "2027-01-01T00:00:00Z".parse().unwrap(),
        );
        let mut items = Vec::new();
        for series in &timetable.series {
            for at in series.recurrence.occurrences(year.unwrap()) {
                items.push(Item {
                    description: series.description.clone(),
                    location: series.location.clone(),
                    programme: series.categories.first().cloned(),
                    period: at.lasting(series.minutes),
                    ..item(
                        &format!("{}-{}@example.org", items.len(), series.uid),
                        &series.title,
                        "2026-01-01T00:00:00Z",
                    )
                });
            }
        }
        assert!(items.len() > 200, "{name}: {}", items.len());
        let zone = timetable.series[0].recurrence.zone();
        let text = write(name, zone, &items);
        let again = read(text.as_bytes(), &DEFAULTS).unwrap();
        assert_eq!(again.bad, []);
        assert_eq!(again.zone, zone);
        assert_eq!(seen(&again), items, "{name}");
        let start = again.series[0].recurrence.start();
        assert_eq!(start, civil(zone, items[0].period.start()));
    }
}

proptest! {
    #![proptest_config(crate::soak::cases(256))]

    #[test]
    fn what_is_written_is_read_again(
        texts in prop::collection::vec("[ -~äß€𝄞]{0,3}[!-~äß€𝄞][ -~äß€𝄞\\n]{0,120}[!-~äß€𝄞]", 1..4),
        seconds in 0_i64..4_000_000_000,
        minutes in 1_u32..=1440,
        zone in prop::sample::select(vec![Tz::Europe__Berlin, Tz::America__New_York, Tz::Pacific__Chatham, Tz::UTC]),
    ) {
        let start = "1970-01-01T00:00:00Z".parse::<gym_core::time::Instant>().unwrap() + Duration::seconds(seconds);
        let items: Vec<Item> = texts.iter().enumerate().map(|(number, text)| Item {
            description: Some(text.trim().to_owned()),
            location: Some(text.trim().replace('\n', " ")),
            programme: Some(text.trim().to_owned()),
            period: Period::lasting(start, minutes),
            ..item(&format!("{number}@example.org"), text.replace('\n', " ").trim(), "2026-01-01T00:00:00Z")
        }).collect();
        let text = write("feed", zone, &items);
        for line in text.split("\r\n") {
            prop_assert!(line.len() <= 75 && !line.contains(['\r', '\n']), "{:?}", line);
        }
        let timetable = read(text.as_bytes(), &DEFAULTS).unwrap();
        prop_assert_eq!(&timetable.bad, &[]);
        prop_assert_eq!(seen(&timetable), items);
        prop_assert_eq!(write("feed", zone, &seen(&timetable)), text);
    }
}
