//! An offer that is given up for something else passes on, in the store as in memory.

use gym_core::booking::WaitlistState;
use gym_core::booking::policy::{Mode, Policy, WaitlistRules};
use gym_core::club::Key;
use gym_core::command::Command;
use gym_core::replay::{Recorded, replay};
use gym_core::schedule::claim::Buffers;
use gym_core::schedule::class::Offering;
use gym_db::Gym;

use crate::scenario::{at, id, person};
use crate::support::both;

const NOW: &str = "2026-02-01T10:00:00Z";

/// Two classes at one time; Ada has the seat of the first, Ben and Cyd wait for it.
fn queue(gym: &Gym) {
    let desk = gym.at(at(NOW));
    let mitte = desk
        .add_location("Mitte", "Europe/Berlin".parse().unwrap(), "EUR".parse().unwrap())
        .unwrap();
    let policy = Policy {
        waitlist: WaitlistRules {
            mode: Mode::Offer { minutes: 30 },
            ..WaitlistRules::default()
        },
        ..Policy::open()
    };
    desk.run(&Command::SetPolicy {
        location: None,
        policy,
    })
    .unwrap();
    for (title, start, capacity) in [
        ("Spin", "2026-02-03T11:00:00", 1),
        ("Yoga", "2026-02-03T11:30:00", 5),
    ] {
        let offering = Offering {
            location: mitte,
            title: title.to_owned(),
            programme: "cardio".to_owned(),
            trainer: None,
            room: None,
            equipment: None,
            capacity,
            minutes: 60,
            buffers: Buffers::default(),
        };
        let start = start.parse().unwrap();
        desk.run(&Command::AddClass { offering, start }).unwrap();
    }
    for name in ["Ada", "Ben", "Cyd"] {
        let member = desk.add_member(person(name), mitte, "2026-01-01".parse().unwrap());
        desk.book_or_wait(member.unwrap(), id(1)).unwrap();
    }
    desk.cancel(id(1), id(1)).unwrap();
}

fn states(gym: &Gym) -> Vec<WaitlistState> {
    let club = gym.club().unwrap();
    club.waitlist
        .of(Key::Class(id(1)))
        .map(|entry| entry.state)
        .collect()
}

#[test]
fn an_abandoned_offer_goes_to_the_next_once() {
    both(|db| {
        let gym = Gym::open(&db.url).unwrap();
        queue(&gym);
        assert_eq!(states(&gym), [WaitlistState::Offered, WaitlistState::Waiting]);
        let desk = gym.at(at(NOW)).key("yoga for Ben");
        let before = gym.journal(0, u32::MAX).unwrap().len();
        for _ in 0..2 {
            desk.book(id(2), id(2)).unwrap();
            assert_eq!(states(&gym), [WaitlistState::Left, WaitlistState::Offered]);
            assert_eq!(gym.journal(0, u32::MAX).unwrap().len(), before + 2);
        }
        let journal = gym.journal(0, u32::MAX).unwrap();
        assert_eq!(journal.last().map(|row| row.name.as_str()), Some("promote"));
        let rows: Vec<Recorded> = journal.into_iter().map(|it| it.into_recorded()).collect();
        assert!(replay(&rows).unwrap().waitlist == gym.club().unwrap().waitlist);
    });
}

#[test]
fn commands_together_pass_offers_on_after_they_are_stored() {
    both(|db| {
        let gym = Gym::open(&db.url).unwrap();
        queue(&gym);
        let book = Command::Book(gym_core::command::Book::one(id(2), id(2)));
        gym.at(at(NOW))
            .together(|together| {
                together.run(&book)?;
                together.run(&Command::AddUser {
                    person: person("Dora"),
                })
            })
            .unwrap();
        assert_eq!(states(&gym), [WaitlistState::Left, WaitlistState::Offered]);
    });
}
