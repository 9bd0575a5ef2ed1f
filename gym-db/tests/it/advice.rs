//! What is proposed instead of a full class is what is nearest in time.

use gym_core::booking::refusal::Alternative;
use gym_core::command::{Book, Command};
use gym_core::event::Event;
use gym_core::id::ClassId;
use gym_core::schedule::claim::Buffers;
use gym_core::schedule::class::Offering;
use gym_db::Gym;

use crate::scenario::{at, person};
use crate::support::both;

const NOW: &str = "2026-02-01T10:00:00Z";

#[test]
fn the_nearest_classes_are_proposed_first_before_and_after() {
    both(|db| {
        let gym = Gym::open(&db.url).unwrap();
        let desk = gym.at(at(NOW));
        let mitte = desk
            .add_location("Mitte", "Europe/Berlin".parse().unwrap(), "EUR".parse().unwrap())
            .unwrap();
        desk.run(&Command::SetPolicy {
            location: None,
            policy: gym_core::booking::policy::Policy::open(),
        })
        .unwrap();
        let add = |start: String| -> ClassId {
            let offering = Offering {
                location: mitte,
                title: "Spin".to_owned(),
                programme: "cycling".to_owned(),
                trainer: None,
                room: None,
                equipment: None,
                capacity: 1,
                minutes: 60,
                buffers: Buffers::default(),
            };
            let start = start.parse().unwrap();
            desk.expect(&Command::AddClass { offering, start }, |event| match event {
                Event::ClassAdded(new) => Some(new.id),
                _ => None,
            })
            .unwrap()
        };
        for day in 4..=7 {
            for hour in [6, 8, 10] {
                add(format!("2026-02-{day:02}T{hour:02}:00:00"));
            }
        }
        let full = add("2026-02-09T12:00:00".to_owned());
        let near = [
            "2026-02-09T14:00:00",
            "2026-02-09T09:00:00",
            "2026-02-10T12:00:00",
        ]
        .map(|start| add(start.to_owned()));
        let [ada, ben] = ["Ada", "Ben"].map(|name| {
            desk.add_member(person(name), mitte, "2026-01-01".parse().unwrap())
                .unwrap()
        });
        desk.book(ada, full).unwrap();
        let error = desk.run(&Command::Book(Book::one(ben, full))).unwrap_err();
        let proposed: Vec<ClassId> = error
            .refusal()
            .unwrap()
            .alternatives
            .iter()
            .filter_map(|it| match it {
                Alternative::Class { class, .. } => Some(*class),
                _ => None,
            })
            .collect();
        assert_eq!(proposed, near);
    });
}
