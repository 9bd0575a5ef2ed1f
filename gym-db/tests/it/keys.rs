//! A command has one effect per key, however often and from wherever it comes.

use std::sync::Barrier;

use gym_core::booking::refusal::{Code, Refusal};
use gym_core::command::{Book, Command, Override};
use gym_core::user::Actor;
use gym_db::{Done, Failure, Gym};

use crate::scenario::{Scenario, at, follow, id, join, name, person, scenarios, stage};
use crate::support::{Db, both};

fn give(gym: &Gym, scenario: &Scenario, key: &str) -> Result<Done, Failure> {
    let desk = gym.at(scenario.context.now).by(scenario.context.actor);
    desk.key(key).run(&scenario.command)
}

fn count(db: &Db) -> (u64, u64) {
    let mut raw = db.raw();
    (raw.count("journal"), raw.count("idempotency_keys"))
}

/// Gives a command eight times at once, then again, then the key with another body. What the command asks for is given
/// once too.
fn check(db: &Db, scenario: &Scenario, other: &Command) {
    let told = name(&scenario.command);
    let gym = Gym::open(&db.url).unwrap();
    let before = gym.club().unwrap();
    let (rows, keys) = count(db);
    let last = gym.last_journaled(1).unwrap().remove(0).id;
    let together = Barrier::new(8);
    let outcomes: Vec<Done> = std::thread::scope(|scope| {
        let callers: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    together.wait();
                    give(&gym, scenario, "key").unwrap_or_else(|error| panic!("{told}: {error}"))
                })
            })
            .collect();
        callers.into_iter().map(|caller| caller.join().unwrap()).collect()
    });
    assert_eq!(outcomes.iter().filter(|done| !done.before).count(), 1, "{told}");
    assert!(
        outcomes.iter().all(|done| done.events == outcomes[0].events),
        "{told}"
    );
    assert!(!outcomes[0].events.is_empty(), "{told}");

    let mut after = before;
    let journal = gym.journal(last, u32::MAX).unwrap();
    let stored = journal.len() as u64;
    let (happened, left) = follow(&mut after, scenario, journal);
    assert!(left.is_empty(), "{told} asked for {left:?}");
    assert_eq!(outcomes[0].events, happened[0], "{told}");

    let again = give(&gym, scenario, "key").unwrap();
    assert!(again.before && again.events == happened[0], "{told}");
    let other = Scenario {
        command: other.clone(),
        ..scenario.clone()
    };
    let error = give(&gym, &other, "key").unwrap_err();
    assert!(
        matches!(&error, Failure::KeyReused { key } if key == "key"),
        "{told}: {error}"
    );
    assert!(gym.club().unwrap() == after, "{told} had another effect");
    assert_eq!(count(db), (rows + stored, keys + stored), "{told}");
}

/// Every other scenario, from the first or the second on.
fn each(db: &Db, first: usize) {
    drop(stage(db));
    let all = scenarios();
    let pairs = all.iter().zip(all.iter().cycle().skip(1));
    for (scenario, other) in pairs.skip(first).step_by(2) {
        check(&db.copy(), scenario, &other.command);
    }
}

#[test]
fn every_command_has_one_effect_per_key_on_sqlite_1() {
    each(&Db::sqlite(), 0);
}

#[test]
fn every_command_has_one_effect_per_key_on_sqlite_2() {
    each(&Db::sqlite(), 1);
}

#[test]
fn every_command_has_one_effect_per_key_on_postgres_1() {
    each(&Db::postgres(), 0);
}

#[test]
fn every_command_has_one_effect_per_key_on_postgres_2() {
    each(&Db::postgres(), 1);
}

/// Checks that a key which was used for one command is refused for another.
#[track_caller]
fn differ(gym: &Gym, key: &str, one: &Command, other: &Command) {
    let now = scenarios()[0].context.now;
    let first = gym.at(now).key(key).run(one).map_err(|error| error.to_string());
    let club = gym.club().unwrap();
    let error = gym.at(now).key(key).run(other).unwrap_err();
    assert!(matches!(error, Failure::KeyReused { .. }), "{error}");
    let again = gym.at(now).key(key).run(one).map_err(|error| error.to_string());
    assert_eq!(again.map(|done| done.events), first.map(|done| done.events));
    assert!(gym.club().unwrap() == club);
}

#[test]
fn the_smallest_difference_makes_another_body() {
    both(|db| {
        let gym = stage(db);
        let new = |person| Command::AddMember {
            person,
            user: None,
            home: id(1),
            joined_on: "2026-03-01".parse().unwrap(),
        };
        let known = person("Grace");
        let mut born = known.clone();
        born.born_on = None;
        let mut mailed = known.clone();
        mailed.email = None;
        differ(&gym, "name", &new(known.clone()), &new(person("grace")));
        differ(&gym, "email", &new(known.clone()), &new(mailed));
        differ(&gym, "born", &new(known), &new(born));
        let book = |order| Command::Book(order);
        let one = Book::one(id(6), id(4));
        differ(
            &gym,
            "seats",
            &book(one.clone()),
            &book(Book {
                seats: 2,
                ..one.clone()
            }),
        );
        let overriding = Some(Override {
            rules: [Code::Full].into(),
            why: "the desk said so".to_owned(),
        });
        differ(
            &gym,
            "override",
            &book(one.clone()),
            &book(Book { overriding, ..one }),
        );
    });
}

#[test]
fn a_refusal_is_an_outcome_and_comes_again() {
    both(|db| {
        let gym = stage(db);
        let now = scenarios()[0].context.now;
        let club = gym.club().unwrap();
        let (rows, keys) = count(db);
        let refused = [
            Command::Book(Book::one(id(5), id(1))),
            Command::Book(Book::one(id(1), id(1))),
            Command::Book(Book::one(id(99), id(1))),
            Command::Book(Book::one(id(1), id(99))),
            Command::Cancel {
                class: id(4),
                member: id(1),
            },
            Command::LiftClosure { closure: id(7) },
        ];
        for (number, command) in refused.iter().enumerate() {
            let give = |gym: &Gym| -> Refusal {
                let error = gym.at(now).key(format!("no {number}")).run(command).unwrap_err();
                error
                    .refusal()
                    .unwrap_or_else(|| panic!("{command:?}: {error}"))
                    .clone()
            };
            let first = give(&gym);
            assert!(!first.reasons.is_empty());
            assert_eq!(give(&gym), first);
            assert_eq!(give(&Gym::open(&db.url).unwrap()), first, "after opening again");
            differ(&gym, &format!("no {number}"), command, &join(1, 1));
        }
        let more = refused.len() as u64;
        assert_eq!(count(db), (rows + more, keys + more));
        // What was full when the key was first used is full for that key, also when there is a seat by now.
        gym.at(now).cancel(id(1), id(1)).unwrap();
        gym.at(now).cancel(id(2), id(1)).unwrap();
        gym.at(now).cancel(id(3), id(1)).unwrap();
        gym.at(now).cancel(id(4), id(1)).unwrap();
        let error = gym.at(now).key("no 0").run(&refused[0]).unwrap_err();
        assert!(
            error.refusal().is_some_and(|refusal| refusal.has(Code::Full)),
            "{error}"
        );
        gym.at(now).key("yes").run(&refused[0]).unwrap();
        assert!(club != gym.club().unwrap());
    });
}

#[test]
fn a_text_that_cannot_be_a_key_is_told() {
    both(|db| {
        let gym = stage(db);
        let (now, before) = (scenarios()[0].context.now, count(db));
        let command = Command::Book(Book::one(id(6), id(4)));
        for key in ["", "\0", "a\nb", "tab\t", &"é".repeat(256), &"x".repeat(1 << 20)] {
            let error = gym.at(now).key(key).run(&command).unwrap_err();
            let length = key.chars().count();
            assert!(
                matches!(error, Failure::BadKey { length: told, .. } if told == length),
                "{error}"
            );
            let sentence = error.to_string();
            assert!(
                sentence.starts_with("key: ") && sentence.len() < 200,
                "{sentence}"
            );
            assert!(sentence.contains("expected 1 to 255 characters"), "{sentence}");
        }
        assert_eq!(count(db), before);
        let longest = "ß".repeat(255);
        for key in [
            longest.as_str(),
            " ",
            "'; DROP TABLE journal; --",
            "🦀",
            "a\u{301}",
        ] {
            let done = gym.at(now).key(key).run(&Command::AddUser {
                person: person("Ida"),
            });
            assert!(!done.unwrap().before, "{key:?}");
            assert_eq!(gym.last_journaled(1).unwrap()[0].key, key);
        }
    });
}

#[test]
fn a_key_is_that_of_who_used_it() {
    both(|db| {
        let gym = stage(db);
        let now = scenarios()[0].context.now;
        let command = Command::Book(Book::one(id(6), id(4)));
        let by = |actor| gym.at(now).by(actor).key("mine").run(&command);
        let first = by(Actor::System).unwrap();
        for user in [id(1), id(2)] {
            let error = by(Actor::User(user)).unwrap_err();
            assert!(matches!(error, Failure::KeyReused { .. }), "{error}");
        }
        assert_eq!(by(Actor::System).unwrap().events, first.events);
    });
}

/// Gives a command that fails, goes on with another in the same transaction, and returns what becomes of them.
fn ignored(db: &Db, gym: &Gym, now: &str) -> Failure {
    let before = count(db);
    let done = gym.at(at(now)).key("several").together(|together| {
        let failed = together.run(&join(5, 4));
        assert!(failed.is_err());
        let next = together.run(&Command::AddUser {
            person: person("Zoe"),
        });
        assert!(next.is_err(), "{next:?}");
        Ok(())
    });
    assert_eq!(count(db), before, "nothing of them is stored");
    done.unwrap_err()
}

#[test]
fn who_goes_on_after_a_failure_stores_nothing() {
    both(|db| {
        let gym = stage(db);
        let went_back = ignored(db, &gym, "2020-01-01T00:00:00Z");
        assert!(
            matches!(went_back, Failure::ClockWentBack { .. }),
            "{went_back:?}"
        );
        db.raw().run("ALTER TABLE claims RENAME TO elsewhere").unwrap();
        let now = scenarios()[0].context.now;
        let lost = ignored(db, &gym, &now.to_string());
        assert!(matches!(lost, Failure::Store(_)), "{lost:?}");
        db.raw().run("ALTER TABLE elsewhere RENAME TO claims").unwrap();
        let desk = gym.at(now).key("several");
        let done = desk.together(|together| together.run(&join(5, 4)));
        assert!(!done.unwrap().before);
    });
}
