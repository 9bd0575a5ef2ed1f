//! Files that say what cannot be, or not clearly: each is told with its line, and the rest is taken in. And a calendar
//! says what has become of a booking.

use std::collections::BTreeSet;

use gym_core::club::Key;
use gym_core::command::Command;
use gym_core::event::Event;
use gym_core::id::{ClassId, LocationId};
use gym_core::schedule::availability::Availability;
use gym_core::time::Period;
use gym_core::user::Person;
use gym_db::import::timetable::{self, Defaults, Timetable};
use gym_db::import::{IntakeError, OnBad};
use gym_db::{Desk, Gym, Whose};

use crate::intake::{GOOD, NOW, assumed, at, members_of, mitte};
use crate::support::both;

/// A calendar of weekly classes on the days of a week: their titles, and what else is said of each.
fn calendar(events: &[(&str, &str)]) -> Timetable {
    let mut text = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\n".to_owned();
    for (number, (title, lines)) in events.iter().enumerate() {
        text.push_str(&format!(
            "BEGIN:VEVENT\r\nUID:{title}\r\nDTSTART;TZID=Europe/Berlin:202601{:02}T180000\r\nDURATION:PT1H\r\n\
             RRULE:FREQ=WEEKLY;COUNT=2\r\nSUMMARY:{title}\r\n{lines}\r\nEND:VEVENT\r\n",
            6 + number
        ));
    }
    text.push_str("END:VCALENDAR\r\n");
    timetable::read(text.as_bytes(), &Defaults { zone: chrono_tz::UTC }).unwrap()
}

fn add_room(desk: &Desk<'_>, location: LocationId, name: &str) {
    let name = name.to_owned();
    desk.run(&Command::AddRoom {
        location,
        name,
        capacity: 9,
    })
    .unwrap();
}

fn rooms(gym: &Gym, location: LocationId) -> Vec<String> {
    let club = gym.club().unwrap();
    let names = club.rooms.of(Key::Location(location)).map(|it| it.name.clone());
    names.collect()
}

#[test]
fn a_place_that_is_no_room_breaks_its_own_class_at_most() {
    both(|db| {
        let gym = Gym::open(&db.url).unwrap();
        let (desk, mitte) = (gym.at(at(NOW)), mitte(&gym));
        let long = format!("LOCATION:Mitte\\, {}", "x".repeat(201));
        let file = calendar(&[
            ("Spin", "LOCATION:Mitte\\, Studio 1\\nback entrance"),
            ("Yoga", "LOCATION:Gym\\, Hauptstr. 5\\, 10115 Berlin\\, Germany"),
            ("Box", &long),
            ("Run", "LOCATION:Mitte\\, Hauptstr. 5\\, 10115 Berlin\\, Germany"),
        ]);
        let refused = desk
            .import_timetable(&file, mitte, assumed(), OnBad::RefuseAll)
            .unwrap_err();
        let IntakeError::Timetable(rejected) = refused else {
            panic!("{refused}")
        };
        let told = rejected.bad[0].to_string();
        assert!(
            told.starts_with("event \"Box\", line 20: LOCATION: \"xxx"),
            "{told}"
        );
        assert!(gym.club().unwrap().classes.is_empty());
        let taken = desk
            .import_timetable(&file, mitte, assumed(), OnBad::Skip)
            .unwrap();
        assert_eq!((taken.series.len(), taken.classes, taken.bad.len()), (3, 6, 1));
        assert_eq!(rooms(&gym, mitte), ["Studio 1"]);
    });
}

#[test]
fn a_day_that_no_command_takes_is_a_bad_row() {
    both(|db| {
        let gym = Gym::open(&db.url).unwrap();
        let mitte = mitte(&gym);
        let file = b"ID,Name,Joined\n1,Ada Adler,2026-01-01\n2,Ben Blau,\n";
        let take = |on_bad| {
            let first_of_all = "0001-01-01".parse().unwrap();
            gym.at(at(NOW))
                .import_members(members_of(file), mitte, first_of_all, on_bad)
        };
        let refused = take(OnBad::RefuseAll).unwrap_err();
        let IntakeError::Members(rejected) = refused else {
            panic!("{refused}")
        };
        let bad: Vec<_> = rejected.bad.iter().map(|bad| (bad.line, bad.field)).collect();
        assert_eq!(bad, [(3, "joined_on")], "{rejected}");
        assert!(gym.members().unwrap().is_empty());
        let taken = take(OnBad::Skip).unwrap();
        assert_eq!((taken.members.len(), taken.bad.len()), (1, 1));
    });
}

#[test]
fn a_name_that_several_have_is_a_bad_row_or_event() {
    both(|db| {
        let gym = Gym::open(&db.url).unwrap();
        let (desk, mitte) = (gym.at(at(NOW)), mitte(&gym));
        let (zone, currency) = ("Europe/Berlin".parse().unwrap(), "EUR".parse().unwrap());
        let other = desk.add_location("Mitte", zone, currency).unwrap();
        let take = || {
            desk.import_members(
                members_of(GOOD),
                other,
                "2026-01-01".parse().unwrap(),
                OnBad::Skip,
            )
        };
        let bad = take().unwrap().bad;
        assert_eq!(bad.len(), 2);
        assert_eq!(
            bad[0].to_string(),
            "line 2: home: \"Mitte\" is not accepted; expected a name that only one location has"
        );

        for _ in 0..2 {
            add_room(&desk, mitte, "Studio 1");
            desk.run(&Command::AddTrainer {
                person: Person::new("Tom", None).unwrap(),
                user: None,
                home: mitte,
                also_at: BTreeSet::new(),
                availability: Availability::default(),
            })
            .unwrap();
        }
        let file = calendar(&[
            ("Spin", "LOCATION:Mitte\\, Studio 1"),
            ("Yoga", "ATTENDEE;CN=Tom:mailto:tom@example.org"),
            ("Box", "ATTENDEE;CN=Tim:mailto:tim@example.org"),
        ]);
        let refused = desk
            .import_timetable(&file, mitte, assumed(), OnBad::RefuseAll)
            .unwrap_err();
        assert!(matches!(refused, IntakeError::Timetable(_)), "{refused}");
        assert!(gym.club().unwrap().series.is_empty());
        let taken = desk
            .import_timetable(&file, mitte, assumed(), OnBad::Skip)
            .unwrap();
        let bad: Vec<_> = taken.bad.iter().map(ToString::to_string).collect();
        let told = |bad: &str, field, name, expected| {
            let sentence = format!("{field}: \"{name}\" is not accepted; expected {expected}");
            assert!(bad.ends_with(&sentence), "{bad}; not {sentence}");
        };
        assert_eq!(bad.len(), 2, "{bad:?}");
        told(
            &bad[0],
            "LOCATION",
            "Studio 1",
            "a name that only one room here has",
        );
        told(
            &bad[1],
            "ATTENDEE",
            "Tom",
            "a name that only one trainer here has",
        );
        assert_eq!(taken.series.len(), 1);
    });
}

#[test]
fn whoever_the_club_took_out_of_a_class_sees_it_struck_out() {
    both(|db| {
        let gym = Gym::open(&db.url).unwrap();
        let (desk, mitte) = (gym.at(at(NOW)), mitte(&gym));
        let joined = "2026-01-01".parse().unwrap();
        let people = desk
            .import_members(members_of(GOOD), mitte, joined, OnBad::RefuseAll)
            .unwrap();
        let [ada, ben] = people.members[..] else { panic!() };
        let file = calendar(&[("Spin", "LOCATION:Mitte\\, Studio 1")]);
        desk.import_timetable(&file, mitte, assumed(), OnBad::RefuseAll)
            .unwrap();
        let weeks = Period::new(at(NOW), at("2026-03-01T00:00:00Z")).unwrap();
        let spin = gym.classes(Some(mitte), weeks).unwrap()[0].class.id;
        desk.book(ada, spin).unwrap();
        gym.at(at("2026-01-05T08:01:00Z")).book(ben, spin).unwrap();
        let seats = |class: ClassId, capacity| {
            let command = Command::SetCapacity { class, capacity };
            gym.at(at("2026-01-05T08:02:00Z")).run(&command).unwrap()
        };
        let states = |member| {
            let text = gym
                .calendar(Whose::Member(member), weeks, "club.example", at(NOW))
                .unwrap();
            let states = text.lines().filter_map(|line| line.strip_prefix("STATUS:"));
            states.map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(
            (states(ada), states(ben)),
            (vec!["CONFIRMED".into()], vec!["CONFIRMED".into()])
        );
        let done = seats(spin, 1);
        let settled = |event: &Event| matches!(event, Event::BookingSettled { .. });
        assert!(done.events.iter().any(settled), "{:?}", done.events);
        assert_eq!(
            (states(ada), states(ben)),
            (vec!["CONFIRMED".into()], vec!["CANCELLED".into()])
        );
        seats(spin, 2);
        if gym
            .roster(spin)
            .unwrap()
            .iter()
            .all(|it| it.member != ben || !it.state.is_live())
        {
            desk.book(ben, spin).unwrap();
        }
        assert_eq!(
            states(ben),
            ["CONFIRMED"],
            "a booking that is live again is on again"
        );
    });
}
