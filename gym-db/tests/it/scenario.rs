//! One small club in which every command can be given, and one command of each kind with much to do.

pub mod billing;
pub mod contracts;
pub mod lots;
mod make;
mod money;

use std::collections::{BTreeSet, VecDeque};

use chrono::NaiveDateTime;
use gym_core::booking::policy::Policy;
use gym_core::club::Club;
use gym_core::command::{Book, Command, Context, Scope};
use gym_core::decision::due;
use gym_core::event::Event;
use gym_core::id::Id;
use gym_core::time::Instant;
use gym_core::user::{Actor, Person, Role};
use gym_db::{Entry, Gym, canonical};

pub use make::join;
use make::*;

use crate::support::Db;

/// One command and when it is given.
#[derive(Debug, Clone)]
pub struct Scenario {
    pub command: Command,
    pub context: Context,
}

pub fn id<I: Id>(raw: i64) -> I {
    I::from_raw(raw)
}

pub fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

fn civil(text: &str) -> NaiveDateTime {
    text.parse().unwrap()
}

pub fn person(name: &str) -> Person {
    let email = format!("{}@example.org", name.to_lowercase().replace(' ', "."));
    let born_on = Some("1990-12-10".parse().unwrap());
    Person {
        born_on,
        ..Person::new(name, Some(&email)).unwrap()
    }
}

/// Makes of a club what the journal tells that a command, and what that asked for, made of it. Returns the events of each,
/// and what was asked for and is not there.
pub fn follow(
    club: &mut Club,
    scenario: &Scenario,
    journal: Vec<Entry>,
) -> (Vec<Vec<Event>>, VecDeque<Command>) {
    let mut asked = VecDeque::from([scenario.command.clone()]);
    let happened = journal.into_iter().map(|entry| {
        let command = asked
            .pop_front()
            .unwrap_or_else(|| panic!("nobody asked for {}", entry.name));
        assert_eq!(name(&command), name(&entry.command));
        let decision = club.decide(&command, &scenario.context);
        assert_eq!(canonical(&entry.outcome).unwrap(), canonical(&decision).unwrap());
        let events = decision.unwrap();
        club.apply(&events, &entry.ids);
        asked.extend(due(&events));
        events.iter().map(|event| event.resolved(&entry.ids)).collect()
    });
    let happened = happened.collect();
    (happened, asked)
}

/// Returns the name of a command, with that of the part of the club that it is for: `book`, `billing charge`.
pub fn name(command: &Command) -> String {
    let value = serde_json::to_value(command).unwrap();
    let (name, inner) = value.as_object().unwrap().iter().next().unwrap();
    let inner = inner.as_object().filter(|_| nested(name).is_some());
    let inner = inner.and_then(|inner| inner.keys().next());
    inner.map_or_else(|| name.clone(), |inner| format!("{name} {inner}"))
}

/// Lists what is expected where a name stands in JSON.
fn expected(json: &str) -> Option<Vec<String>> {
    let error = serde_json::from_str::<Command>(json).err()?.to_string();
    let (unknown, list) = error.split_once(", expected ")?;
    unknown.starts_with("unknown variant").then_some(())?;
    Some(list.split('`').skip(1).step_by(2).map(str::to_owned).collect())
}

/// Lists the commands of a part of the club, if that is what a name is.
fn nested(name: &str) -> Option<Vec<String>> {
    expected(&format!(r#"{{"{name}":{{"?":{{}}}}}}"#))
}

/// Lists the names of all commands that there are.
pub fn names() -> BTreeSet<String> {
    let all = expected(r#"{"?":{}}"#).unwrap().into_iter();
    all.flat_map(|name| match nested(&name) {
        Some(inner) => inner.iter().map(|inner| format!("{name} {inner}")).collect(),
        None => vec![name],
    })
    .collect()
}

/// Classes 1 to 4 are spin on two bikes, on Mondays at 18:00; 5 is yoga; 6 needs the one rower.
fn opening() -> Vec<Command> {
    let mut all = vec![location("Mitte"), location("Nord")];
    all.extend(["Desk Dora", "Login Lou"].map(|name| Command::AddUser { person: person(name) }));
    all.push(Command::GrantRole {
        user: id(1),
        role: Role::FrontDesk,
        location: Some(id(1)),
        from: "2026-01-01".parse().unwrap(),
        until: None,
    });
    all.extend([
        room("Studio"),
        room("Loft"),
        equipment("Bike", 2),
        equipment("Rower", 1),
    ]);
    all.extend(["Ada", "Bao", "Carmen", "Dilara", "Emeka", "Farid"].map(member));
    all.extend(["Tessa", "Tom"].map(trainer));
    all.push(Command::GrantAccess {
        member: id(1),
        location: id(2),
        from: "2026-01-01".parse().unwrap(),
        until: None,
    });
    all.push(assign(1, 1));
    all.push(Command::SetPolicy {
        location: None,
        policy: Policy::open(),
    });
    all.push(Command::AddSeries {
        offering: offering("Spin", 1, Some(1), 2),
        recurrence: weekly("2026-03-09T18:00:00", 6),
        until: at("2026-03-31T12:00:00Z"),
    });
    all.push(class("Yoga", 2, None, 2, "2026-03-10T10:00:00"));
    all.push(class("Row", 2, Some(2), 1, "2026-03-12T10:00:00"));
    all.extend([(1, 1), (2, 1), (3, 1), (4, 1), (1, 2), (2, 2), (3, 2), (1, 3)].map(|(m, c)| join(m, c)));
    all.extend([join(5, 5), hold(6, 5), join(1, 5), join(5, 6)]);
    all.push(session(Some(2), 4, "2026-03-11T12:00:00"));
    all.push(session(Some(2), 5, "2026-03-23T12:00:00"));
    all.push(closing("2026-03-23", "2026-03-23"));
    all.push(repair(3, "2026-03-11T00:00:00Z", "2026-03-14T00:00:00Z"));
    all.extend(lots::opening());
    all.extend(billing::opening());
    all.extend(contracts::opening());
    all.extend(money::opening());
    all.extend(contracts::consenting());
    all
}

/// Opens an empty database and makes the club in it. Drop the club before copying the database.
pub fn stage(db: &Db) -> Gym {
    let gym = Gym::open(&db.url).unwrap();
    for command in opening() {
        let desk = gym.at(at("2026-03-02T08:00:00Z"));
        desk.run(&command)
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    }
    gym
}

/// Lists one command of each kind; none is refused in the club of [`stage`].
pub fn scenarios() -> Vec<Scenario> {
    let soon = at("2026-03-02T08:05:00Z");
    let mut all: Vec<(Instant, Command)> = people().into_iter().map(|command| (soon, command)).collect();
    all.extend(timetable().into_iter().map(|command| (soon, command)));
    all.extend(billing::commands().into_iter().map(|command| (soon, command)));
    all.extend(contracts::scenarios().into_iter().map(|command| (soon, command)));
    all.extend(money::commands());
    all.extend([
        (soon, Command::Book(Book::one(id(5), id(4)))),
        (
            soon,
            Command::Cancel {
                class: id(1),
                member: id(1),
            },
        ),
        (soon, hold(2, 4)),
        (
            soon,
            Command::ReleaseHold {
                class: id(5),
                member: id(6),
            },
        ),
        (at("2026-03-02T09:00:00Z"), Command::Promote { class: id(5) }),
        (
            at("2026-03-09T16:50:00Z"),
            Command::CheckIn {
                class: id(1),
                member: id(1),
                overriding: None,
            },
        ),
        (
            at("2026-03-09T18:30:00Z"),
            Command::MarkNoShow {
                class: id(1),
                member: None,
                overriding: None,
            },
        ),
        (
            at("2026-03-11T12:30:00Z"),
            Command::CompleteSession {
                session: id(1),
                attended: true,
            },
        ),
    ]);
    all.extend(lots::scenarios());
    let scenario = |(now, command)| Scenario {
        command,
        context: Context {
            now,
            actor: Actor::System,
        },
    };
    all.into_iter().map(scenario).collect()
}

fn people() -> Vec<Command> {
    let until = "2026-06-30".parse().unwrap();
    let user = Some(id(2));
    let mut all = vec![
        Command::AddUser {
            person: person("New User"),
        },
        Command::GrantRole {
            user: id(2),
            role: Role::Trainer,
            location: None,
            from: "2026-03-01".parse().unwrap(),
            until: None,
        },
        Command::EndRole { grant: id(1), until },
        location("Süd"),
        room("Cellar"),
        Command::ResizeRoom {
            room: id(1),
            capacity: 1,
        },
        equipment("Mat", 3),
        member("New Member"),
        Command::GrantAccess {
            member: id(2),
            location: id(2),
            from: "2026-03-01".parse().unwrap(),
            until: Some(until),
        },
        Command::EndAccess { access: id(1), until },
        trainer("New Trainer"),
        Command::SetAvailability {
            trainer: id(2),
            availability: daily(),
        },
        assign(2, 2),
        Command::EndAssignment {
            assignment: id(1),
            until,
        },
        Command::SetPolicy {
            location: Some(id(1)),
            policy: Policy {
                party_max: 3,
                ..Policy::open()
            },
        },
    ];
    for command in &mut all {
        if let Command::AddMember { user: linked, .. } | Command::AddTrainer { user: linked, .. } = command {
            *linked = user;
        }
    }
    all
}

fn timetable() -> Vec<Command> {
    vec![
        Command::AddSeries {
            offering: offering("Boxing", 2, None, 8),
            recurrence: weekly("2026-03-13T19:00:00", 3),
            until: at("2026-04-30T12:00:00Z"),
        },
        Command::Materialise {
            series: id(1),
            until: at("2026-04-20T12:00:00Z"),
        },
        class("Stretch", 1, None, 5, "2026-03-13T09:00:00"),
        Command::MoveClass {
            class: id(2),
            scope: Scope::Following,
            start: civil("2026-03-17T19:00:00"),
            minutes: Some(45),
            room: Some(id(2)),
        },
        Command::CancelClass {
            class: id(1),
            scope: Scope::All,
        },
        Command::Substitute {
            class: id(1),
            scope: Scope::All,
            trainer: id(2),
        },
        Command::SetCapacity {
            class: id(1),
            capacity: 1,
        },
        closing("2026-03-09", "2026-03-16"),
        Command::LiftClosure { closure: id(1) },
        repair(1, "2026-03-09T00:00:00Z", "2026-03-17T00:00:00Z"),
        Command::EndMaintenance { maintenance: id(1) },
        session(None, 6, "2026-03-05T12:00:00"),
        Command::MoveSession {
            session: id(1),
            start: civil("2026-03-12T14:00:00"),
        },
        Command::CancelSession { session: id(1) },
    ]
}

#[test]
fn every_command_has_a_scenario() {
    let given: BTreeSet<String> = scenarios().iter().map(|it| name(&it.command)).collect();
    assert_eq!(given, names().into_iter().collect());
}
