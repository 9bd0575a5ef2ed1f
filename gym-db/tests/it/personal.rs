//! Who somebody is stands in one place, which can be erased: not in the journal, not beside a key.

use gym_core::command::Command;
use gym_core::user::Person;
use gym_db::Gym;
use gym_db::import::OnBad;

use crate::scenario::{scenarios, stage};
use crate::support::both;

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
        crate::scenario::id(1),
        "2026-03-01".parse().unwrap(),
        OnBad::RefuseAll,
    );
    assert_eq!(taken.unwrap().members.len(), 2);
    let file = crate::import_keys::calendar("zuzanna@personal.example", "Zuzanna", "0306");
    let taken = gym.at(now).key("timetable.ics").import_timetable(
        &file,
        crate::scenario::id(1),
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
                *user = Some(crate::scenario::id(99));
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
                        // The year is four digits, which a random key may hold by chance.
                        if column == "key" { BORN } else { "1987" },
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
