//! What a file takes in is known by names that never collide, are of any length, and stay out of the journal.

use std::time::Duration;

use gym_core::id::LocationId;
use gym_core::time::Instant;
use gym_db::import::timetable::Defaults;
use gym_db::import::{Assumed, OnBad, members, timetable};
use gym_db::{Gym, Options};

use crate::scenario::at;
use crate::support::{Db, both};

const NOW: &str = "2026-01-05T08:00:00Z";

fn place(gym: &Gym, name: &str) -> LocationId {
    let (zone, currency) = ("Europe/Berlin".parse().unwrap(), "EUR".parse().unwrap());
    gym.at(at(NOW)).add_location(name, zone, currency).unwrap()
}

fn take(gym: &Gym, home: LocationId, key: &str, file: &str) -> usize {
    let file = members::read(file.as_bytes(), &members::Mapping::default()).unwrap();
    let taken =
        gym.at(at(NOW))
            .key(key)
            .import_members(file, home, "2026-01-05".parse().unwrap(), OnBad::RefuseAll);
    taken.unwrap().members.len()
}

#[test]
fn numbers_lines_and_addresses_are_told_apart() {
    both(|db| {
        let gym = Gym::open(&db.url).unwrap();
        let mitte = place(&gym, "Mitte");
        let file = "ID,Name,E-Mail\n3,Ada,\n,Ben,\nb@example.org,Cyd,\n,Dan,b@example.org\n";
        for _ in 0..2 {
            assert_eq!(take(&gym, mitte, "k", file), 4);
            assert_eq!(gym.members().unwrap().len(), 4);
        }
    });
}

#[test]
fn a_key_of_any_length_does_for_all() {
    both(|db| {
        let gym = Gym::open(&db.url).unwrap();
        let mitte = place(&gym, "Mitte");
        let longest = "ß".repeat(255);
        for _ in 0..2 {
            assert_eq!(take(&gym, mitte, &longest, "ID,Name\n3,Ada\n,Ben\n"), 2);
            let two = gym.at(at(NOW)).key(&longest).together(|together| {
                let add = |name| gym_core::command::Command::AddUser {
                    person: crate::scenario::person(name),
                };
                together.run(&add("Cyd"))?;
                together.run(&add("Dan"))
            });
            two.unwrap();
        }
        assert_eq!(gym.club().unwrap().members.len(), 2);
        assert_eq!(gym.club().unwrap().users.len(), 2);
        let none = gym.at(at(NOW)).key("").together(|together| {
            together.run(&gym_core::command::Command::AddUser {
                person: crate::scenario::person("Eve"),
            })
        });
        assert!(
            matches!(none, Err(gym_db::Failure::BadKey { length: 0, .. })),
            "{none:?}"
        );
    });
}

pub(crate) fn calendar(uid: &str, organizer: &str, day: &str) -> timetable::Timetable {
    let text = format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\nBEGIN:VEVENT\r\nUID:{uid}\r\n\
         DTSTAMP:20260101T000000Z\r\nDTSTART;TZID=Europe/Berlin:2026{day}T180000\r\nDURATION:PT1H\r\n\
         ORGANIZER;CN={organizer}:mailto:t@example.org\r\nSUMMARY:Spin\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    );
    timetable::read(text.as_bytes(), &Defaults { zone: chrono_tz::UTC }).unwrap()
}

pub(crate) fn assumed() -> Assumed {
    let until: Instant = at("2026-04-01T00:00:00Z");
    Assumed {
        capacity: 10,
        room_capacity: 20,
        until,
    }
}

#[test]
fn one_connection_is_enough_for_a_timetable() {
    both(|db: &Db| {
        let options = Options {
            connections: 1,
            patience: Duration::from_millis(500),
            ..Options::default()
        };
        let gym = Gym::open_with(&db.url, &options).unwrap();
        let mitte = place(&gym, "Mitte");
        let uid = "u".repeat(300);
        let desk = gym.at(at(NOW)).key("timetable");
        let taken = desk.import_timetable(&calendar(&uid, "Tom", "0106"), mitte, assumed(), OnBad::RefuseAll);
        assert_eq!(taken.unwrap().classes, 1);
    });
}

#[test]
fn a_trainer_of_the_same_name_elsewhere_is_somebody_else() {
    both(|db| {
        let gym = Gym::open(&db.url).unwrap();
        for (day, name) in [("0106", "Mitte"), ("0107", "Nord")] {
            let location = place(&gym, name);
            let desk = gym.at(at(NOW));
            let taken =
                desk.import_timetable(&calendar(name, "Tom", day), location, assumed(), OnBad::RefuseAll);
            assert_eq!(taken.unwrap().classes, 1, "{name}");
        }
        let club = gym.club().unwrap();
        assert_eq!(club.trainers.len(), 2);
        for class in club.classes.iter() {
            let trainer = club.trainers.get(class.offering.trainer.unwrap()).unwrap();
            assert_eq!(trainer.home, class.offering.location);
        }
    });
}
