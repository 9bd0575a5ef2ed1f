//! Who somebody is stands in one place, which can be erased: not in the journal, not beside a key.

use gym_core::billing::payment::{Decline, PaymentCommand, PaymentEvent, Told};
use gym_core::booking::refusal::Code;
use gym_core::club::Club;
use gym_core::command::{Book, Command, Override};
use gym_core::event::Event;
use gym_core::membership::MembershipCommand;
use gym_core::membership::jurisdiction::{ExitRight, Ground, Jurisdiction};
use gym_core::replay::{Recorded, replay};
use gym_core::user::Person;
use gym_db::import::OnBad;
use gym_db::{Failure, Gym};

use crate::scenario::{Scenario, id, scenarios, stage};
use crate::support::{Db, both};

const NAME: &str = "Zuzanna Wyśniewska-O'Brien";
const EMAIL: &str = "zuzanna.w@personal.example.org";
const BORN: &str = "1987-11-23";

/// Puts the person into a command that adds one.
fn with_person(command: &Command) -> Option<Command> {
    let mut command = command.clone();
    match &mut command {
        Command::AddUser { person }
        | Command::AddMember { person, .. }
        | Command::AddTrainer { person, .. } => {
            *person = Person {
                born_on: Some(BORN.parse().unwrap()),
                ..Person::new(NAME, Some(EMAIL)).unwrap()
            };
        }
        _ => return None,
    }
    Some(command)
}

/// Takes in files whose rows and events are known by who they are about.
fn take_files_in(gym: &Gym) {
    let now = crate::scenario::at("2026-03-02T08:05:00Z");
    let file = format!("Name,E-Mail\nZuzanna,anna@personal.example\n{NAME},\n");
    let file = gym_db::import::members::read(file.as_bytes(), &Default::default()).unwrap();
    let taken = gym.at(now).key("members.csv").import_members(
        file,
        id(1),
        "2026-03-01".parse().unwrap(),
        OnBad::RefuseAll,
    );
    assert_eq!(taken.unwrap().members.len(), 2);
    let file = crate::import_keys::calendar("zuzanna@personal.example", "Zuzanna", "0306");
    let taken = gym.at(now).key("timetable.ics").import_timetable(
        &file,
        id(1),
        crate::import_keys::assumed(),
        OnBad::Skip,
    );
    assert_eq!(taken.unwrap().bad, []);
}

#[test]
fn the_journal_does_not_know_who_somebody_is() {
    both(|db| {
        let gym = stage(db);
        let added: Vec<_> = scenarios()
            .into_iter()
            .filter_map(|it| Some((with_person(&it.command)?, it.context)))
            .collect();
        assert_eq!(added.len(), 3);
        for (number, (command, context)) in added.iter().enumerate() {
            // Twice with one key, and once as a refusal: nobody is linked to a user that is not there.
            for _ in 0..2 {
                gym.at(context.now)
                    .key(format!("add {number}"))
                    .run(command)
                    .unwrap();
            }
            let mut refused = command.clone();
            if let Command::AddMember { user, .. } | Command::AddTrainer { user, .. } = &mut refused {
                *user = Some(id(99));
                gym.at(context.now).run(&refused).unwrap_err();
            }
        }
        take_files_in(&gym);
        let mut raw = db.raw();
        for table in ["journal", "idempotency_keys"] {
            let columns = if db.is_sqlite() {
                raw.texts(&format!("SELECT name FROM pragma_table_info('{table}')"))
            } else {
                let columns = "SELECT CAST(column_name AS TEXT) FROM information_schema.columns";
                raw.texts(&format!("{columns} WHERE table_name = '{table}'"))
            };
            assert!(columns.len() > 2);
            for column in columns {
                let cells = raw.texts(&format!(
                    "SELECT COALESCE(CAST({column} AS TEXT), '') FROM {table}"
                ));
                assert!(cells.len() > 40, "{}", cells.len());
                for cell in cells {
                    let cell = cell.to_lowercase();
                    for part in [
                        "zuzanna",
                        "wyśniewska",
                        "wy\\u015b",
                        "brien",
                        "personal.example",
                        BORN,
                        // The year is four digits, which a random key or a hash may hold by chance.
                        if ["key", "body_hash"].contains(&column.as_str()) {
                            BORN
                        } else {
                            "1987"
                        },
                    ] {
                        assert!(!cell.contains(part), "{table}.{column}: {cell}");
                    }
                    for known in ["carmen", "dilara", "tessa", "dora", "example.org", "1990-12-10"] {
                        assert!(!cell.contains(known), "{table}.{column}: {cell}");
                    }
                }
            }
        }
        for table in ["users", "members", "trainers"] {
            let query = format!(
                "SELECT name || ' ' || email || ' ' || CAST(born_on AS TEXT) FROM {table} WHERE email = '{EMAIL}'"
            );
            assert_eq!(raw.texts(&query), [format!("{NAME} {EMAIL} {BORN}")], "{table}");
        }
    });
}

/// What a club returns of its own past names nobody either, and stays readable when a person is erased.
#[test]
fn the_journal_is_read_without_who_somebody_is() {
    both(|db| {
        let gym = stage(db);
        let people = gym.members().unwrap();
        for table in ["users", "members", "trainers"] {
            db.raw()
                .run(&format!(
                    "UPDATE {table} SET name = '(erased)', email = NULL, born_on = NULL"
                ))
                .unwrap();
        }
        let journal = Gym::open(&db.url).unwrap().journal(0, u32::MAX).unwrap();
        let persons = journal.iter().filter_map(|entry| entry.command.person());
        assert!(persons.clone().count() > people.len());
        assert!(persons.into_iter().all(|person| *person == Person::default()));
        let erased = gym.members().unwrap();
        assert_eq!(erased.len(), people.len());
        assert!(erased.iter().all(|member| member.person == Person::default()));
    });
}

const WORDS: &str = "Zuzanna has cancer, DE89 3704 0044";
const CODE: &str = "ZUZANNA-4711";

/// Says in private whatever a command can say.
fn in_private(value: &mut serde_json::Value) -> bool {
    let Some(fields) = value.as_object_mut() else {
        return false;
    };
    let mut said = false;
    for (field, value) in fields {
        let words = match (field.as_str(), value.as_str()) {
            ("why", Some("travel")) => "medical",
            ("why" | "reference" | "means" | "reason" | "work" | "text", Some(_)) => WORDS,
            ("ground", Some(_)) => "disability",
            ("code", Some(code)) if code.contains("GIFT") => CODE,
            _ => {
                said |= in_private(value);
                continue;
            }
        };
        (*value, said) = (words.into(), true);
    }
    said
}

/// One command of each kind that can say something in private, saying it.
fn private_commands() -> Vec<Scenario> {
    let right = ExitRight {
        proof: true,
        ground: Ground::Disability,
        beyond_km: None,
        notice_days: 7,
    };
    let law = Jurisdiction {
        exits: vec![right],
        ..Jurisdiction::named("Example")
    };
    let mut all = scenarios();
    all.retain_mut(|it| {
        let mut json = serde_json::to_value(&it.command).unwrap();
        let said = in_private(&mut json);
        it.command = serde_json::from_value(json).unwrap_or_else(|_| it.command.clone());
        said && it.command.person().is_none()
    });
    let context = all[0].context;
    let overridden = Command::Book(Book {
        overriding: Some(Override {
            rules: [Code::Full].into(),
            why: WORDS.to_owned(),
        }),
        ..Book::one(id(5), id(2))
    });
    let law = MembershipCommand::SetJurisdiction {
        location: Some(id(1)),
        law: Box::new(law),
    };
    let dead = PaymentCommand::Report {
        payment: id(3),
        told: Told::Declined(Decline::Hard),
        at: context.now,
        reference: Some(WORDS.to_owned()),
    };
    let scenario = |command| Scenario { command, context };
    let first = [overridden, Command::Membership(law)].map(scenario);
    let last = [Command::Payment(dead)].map(scenario);
    let mut all: Vec<_> = first.into_iter().chain(all).chain(last).collect();
    all.sort_by_key(|it| it.context.now);
    all
}

/// Returns every cell of journal and keys that holds something, with its column.
fn cells(db: &Db) -> Vec<(String, String)> {
    let mut raw = db.raw();
    let mut all = Vec::new();
    for column in ["body", "outcome", "actor", "ids", "key"] {
        let cells = raw.texts(&format!("SELECT {column} FROM journal"));
        all.extend(cells.into_iter().map(|cell| (column.to_owned(), cell)));
    }
    let hashes = raw.texts("SELECT body_hash FROM idempotency_keys");
    all.extend(hashes.into_iter().map(|hash| ("body_hash".to_owned(), hash)));
    all
}

#[test]
fn the_journal_does_not_know_what_was_said_of_somebody() {
    both(|db| {
        let gym = stage(db);
        let (mut accepted, mut codes) = (0, Vec::new());
        for (number, it) in private_commands().iter().enumerate() {
            let desk = gym.at(it.context.now).key(format!("private {number}"));
            let first = desk.run(&it.command);
            accepted += usize::from(first.is_ok());
            if let Ok(first) = &first {
                let again = desk.run(&it.command).unwrap();
                assert!(again.before);
                codes.extend(again.find(|event| match event {
                    Event::Payment(PaymentEvent::CardSold(card)) => Some(card.code.to_string()),
                    _ => None,
                }));
                assert_eq!(again.events.len(), first.events.len());
            }
            let mut other = serde_json::to_string(&it.command).unwrap();
            for (said, instead) in [(WORDS, "something else"), (CODE, "BAO-4711"), ("medical", "work")] {
                other = other.replace(said, instead);
            }
            let other: Command = serde_json::from_str(&other).unwrap();
            if other != it.command {
                let reused = desk.run(&other).unwrap_err();
                assert!(matches!(reused, Failure::KeyReused { .. }), "{other:?}: {reused}");
            }
        }
        assert!(accepted >= 15, "{accepted}");
        assert_eq!(
            codes,
            [CODE],
            "the key's first outcome comes with the code that was given"
        );
        assert_eq!(gym.reason("private 0").unwrap().as_deref(), Some(WORDS));
        for (column, cell) in cells(db) {
            let law = cell.contains("set_jurisdiction") || cell.contains("jurisdiction_set");
            for part in [
                "Zuzanna",
                "ZUZANNA",
                "cancer",
                "DE89 3704",
                "medical",
                "disability",
                "GIFT-",
            ] {
                assert!(
                    !cell.contains(part) || (law && part == "disability"),
                    "{column} says {part}: {cell}"
                );
            }
        }
        let journal = Gym::open(&db.url).unwrap().journal(0, u32::MAX).unwrap();
        let rows: Vec<Recorded> = journal.into_iter().map(|entry| entry.into_recorded()).collect();
        let replayed = replay(&rows).unwrap();
        let balances = |club: &Club| club.payments.iter().map(|it| it.allocated).collect::<Vec<_>>();
        assert_eq!(balances(&replayed), balances(&gym.club().unwrap()));
        let mut raw = db.raw();
        for place in [
            "certificates.reference",
            "payments.reference",
            "payments.means",
            "refunds.why",
            "credit_notes.why",
            "payment_details.means",
            "journal_reasons.why",
            "closures.reason",
            "maintenance_logs.work",
            "charges.text",
        ] {
            let (table, column) = place.split_once('.').unwrap();
            let kept = raw.texts(&format!(
                "SELECT {column} FROM {table} WHERE {column} = '{WORDS}'"
            ));
            assert!(!kept.is_empty(), "{place}");
        }
        let kept = raw.texts("SELECT ground FROM membership_notices WHERE ground = 'disability'");
        assert_eq!(kept.len(), 1);
        assert!(
            !raw.texts("SELECT code FROM gift_cards")
                .contains(&"GIFT-0002".to_owned())
        );
    });
}

/// Two clubs hash the same text otherwise, so that no list of hashes says what it was.
#[test]
fn a_hash_is_of_no_use_to_who_tries_texts() {
    both(|db| {
        let other = Db::sqlite();
        let hashes = [db, &other].map(|db| {
            let gym = stage(db);
            let member = with_person(&scenarios()[0].command).unwrap();
            gym.at(crate::scenario::at("2026-03-02T08:05:00Z"))
                .key("one")
                .run(&member)
                .unwrap();
            let mut raw = db.raw();
            let sold = "SELECT body FROM journal WHERE body LIKE '%sell_gift_card%'";
            [
                raw.text("SELECT body_hash FROM idempotency_keys WHERE key = 'one'"),
                raw.text(sold),
            ]
        });
        let [[hash, body], [other_hash, other_body]] = hashes;
        assert_ne!(hash, other_hash);
        assert_ne!(body, other_body);
    });
}

#[test]
fn words_that_a_database_cannot_hold_are_kept_alike_on_both() {
    both(|db| {
        let gym = stage(db);
        let book = Command::Book(Book {
            overriding: Some(Override {
                rules: [Code::Full].into(),
                why: "one\0two".to_owned(),
            }),
            ..Book::one(id(5), id(2))
        });
        let desk = gym.at(crate::scenario::at("2026-03-02T08:05:00Z")).key("nul");
        let _ = desk.run(&book);
        assert_eq!(gym.reason("nul").unwrap().as_deref(), Some("one\u{fffd}two"));
        assert_eq!(gym.reason("another").unwrap(), None);
    });
}
