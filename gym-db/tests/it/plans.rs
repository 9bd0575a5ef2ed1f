//! The queries of the booking path find what they need by an index, on both databases.

mod fill;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use diesel::prelude::*;
use diesel::sql_types::Text;
use gym_core::command::{Book, Command, Context};
use gym_core::schedule::claim::Buffers;
use gym_core::schedule::slots::{SlotRequest, SlotSearch};
use gym_core::time::Period;
use gym_core::user::Actor;
use gym_db::{Failure, Gym, Options};

use self::fill::fill;
use crate::literals::written_out;
use crate::scenario::{Scenario, at, id, join, scenarios, stage};
use crate::statements;
use crate::support::{Db, Raw, both};

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    detail: String,
}

#[derive(QueryableByName)]
struct PlanLine {
    #[diesel(sql_type = Text, column_name = "QUERY PLAN")]
    detail: String,
}

/// Lists the tables that a query reads from one end to the other, or an index of theirs.
fn scanned(raw: &mut Raw, query: &str) -> Vec<String> {
    let told = |error: diesel::result::Error| -> ! { panic!("{query}: {error}") };
    match raw {
        Raw::Sqlite(c) => {
            let rows = diesel::sql_query(format!("EXPLAIN QUERY PLAN {query}")).load::<Line>(c);
            let rows = rows.unwrap_or_else(|error| told(error));
            rows.iter().filter_map(|row| by_sqlite(&row.detail)).collect()
        }
        Raw::Postgres(c) => {
            let rows = diesel::sql_query(format!("EXPLAIN {query}")).load::<PlanLine>(c);
            let rows = rows.unwrap_or_else(|error| told(error));
            let plan: Vec<&str> = rows.iter().map(|row| row.detail.as_str()).collect();
            (0..plan.len())
                .filter_map(|at| by_postgres(&plan[at..]))
                .collect()
        }
    }
}

fn first_word(text: &str) -> Option<String> {
    text.split_whitespace().next().map(str::to_owned)
}

/// `ANY` skips along an index that lacks the first column; that needs statistics, which a club may not have.
fn by_sqlite(line: &str) -> Option<String> {
    let skips = || line.strip_prefix("SEARCH ").filter(|rest| rest.contains("(ANY("));
    line.strip_prefix("SCAN ").or_else(skips).and_then(first_word)
}

/// An index without a condition is read as a whole, which is what PostgreSQL does when it may not scan the table.
fn by_postgres(plan: &[&str]) -> Option<String> {
    let (node, rest) = plan.split_first()?;
    let whole = || {
        !rest
            .iter()
            .take_while(|line| !line.contains("->"))
            .any(|line| line.contains("Index Cond"))
    };
    let table = |(_, after): (&str, &str)| first_word(after);
    let by_index = || node.split_once(" Scan using ").filter(|_| whole());
    let index = || {
        by_index()
            .and_then(|(_, after)| after.split_once(" on "))
            .and_then(table)
    };
    node.split_once("Seq Scan on ").and_then(table).or_else(index)
}

/// What the triggers of a booking and of a trainer's assignment ask, for the row that is written.
const GUARDS: [&str; 5] = [
    "SELECT SUM(seats) FROM class_registrations WHERE class_id = 5 AND state IN ('booked', 'attended')",
    "SELECT MAX(entry_seq) FROM class_waitlist WHERE class_id = 5",
    "SELECT COUNT(*) FROM claims WHERE owner_kind = 'class' AND owner_id = 5 AND resource_kind = 'unit' AND state = 'live'",
    "SELECT 1 FROM trainer_members WHERE member_id = 5 AND care = 'training' AND is_primary",
    "SELECT classes.capacity FROM classes LEFT JOIN rooms ON rooms.id = classes.room_id WHERE classes.id = 5",
];

/// Whether a query takes the first rows by their key, which both databases plan as a scan of it.
fn takes_the_first(query: &str) -> bool {
    let by_key = query.replace('"', "`").contains("ORDER BY `journal`.`id` DESC");
    !query.contains(" WHERE ") && query.contains(" LIMIT ") && by_key
}

/// Collects every different query that a body sends, as it was sent first.
#[derive(Default)]
struct Sent(BTreeMap<String, String>);

impl Sent {
    fn during<T>(&mut self, body: impl FnOnce() -> T) -> T {
        let (value, seen) = statements::during(body);
        for shown in seen {
            let key = shown.split(" -- binds: ").next().unwrap().to_owned();
            if ["SELECT", "UPDATE", "DELETE"]
                .iter()
                .any(|verb| key.starts_with(verb))
            {
                self.0.entry(key).or_insert(shown);
            }
        }
        value
    }

    /// Checks that none reads a whole table, with and without statistics; returns how many there were.
    fn check(&self, db: &Db) -> usize {
        let mut raw = db.raw();
        let mut bad = BTreeSet::new();
        let unprepared = if db.is_sqlite() {
            "SELECT 1"
        } else {
            "SET enable_seqscan = off"
        };
        for prepared in [unprepared, "ANALYZE"] {
            raw.batch(prepared).unwrap();
            let sent = self.0.values().map(|shown| written_out(shown));
            let sent = sent.chain(GUARDS.map(str::to_owned));
            for query in sent.filter(|query| !takes_the_first(query)) {
                let tables = scanned(&mut raw, &query);
                bad.extend(tables.into_iter().map(|table| format!("{table}: {query}")));
            }
        }
        let bad: Vec<String> = bad.into_iter().collect();
        assert!(bad.is_empty(), "scanned:\n{}", bad.join("\n"));
        self.0.len()
    }
}

/// Opens a club that is told of things in any order.
fn open(db: &Db) -> Gym {
    let options = Options {
        clock_tolerance: Duration::MAX,
        ..Options::default()
    };
    Gym::open_with(&db.url, &options).unwrap()
}

fn give(gym: &Gym, scenario: &Scenario) -> Result<gym_db::Done, Failure> {
    gym.at(scenario.context.now)
        .by(scenario.context.actor)
        .run(&scenario.command)
}

#[test]
fn a_scan_is_recognised() {
    both(|db| {
        drop(Gym::open(&db.url).unwrap());
        let mut raw = db.raw();
        assert_eq!(
            scanned(&mut raw, "SELECT * FROM classes WHERE title = 'Spin'"),
            ["classes"]
        );
        if !db.is_sqlite() {
            raw.run("SET enable_seqscan = off").unwrap();
            assert_eq!(
                scanned(&mut raw, "SELECT * FROM classes WHERE title = 'Spin'"),
                ["classes"]
            );
        }
        assert_eq!(scanned(&mut raw, "SELECT * FROM classes WHERE id = 1"), [""; 0]);
    });
}

#[test]
fn no_command_reads_a_whole_table() {
    both(|db| {
        drop(stage(db));
        fill(db);
        statements::watch();
        let mut sent = Sent::default();
        let (booking, others): (Vec<_>, Vec<_>) = scenarios()
            .into_iter()
            .partition(|it| it.command.class().is_some());
        for scenario in booking {
            let copy = db.copy();
            sent.during(|| give(&open(&copy), &scenario)).unwrap();
        }
        let copy = db.copy();
        let gym = open(&copy);
        let given = others.iter().map(|scenario| sent.during(|| give(&gym, scenario)));
        let happened = given.filter(Result::is_ok).count();
        assert!(happened > others.len() / 2, "{happened}");

        let gym = open(db);
        let context = Context {
            now: at("2026-03-02T08:05:00Z"),
            actor: Actor::System,
        };
        // One is refused with other classes to book instead, one waits, one is there already.
        for (command, happens) in [
            (Command::Book(Book::one(id(5), id(1))), false),
            (join(5, 1), true),
            (join(5, 1), false),
        ] {
            // Again by a user, whose roles are looked up.
            let scenario = Scenario { command, context };
            assert_eq!(sent.during(|| give(&gym, &scenario)).is_ok(), happens);
            let actor = Actor::User(id(1));
            let context = Context { actor, ..context };
            let again = sent.during(|| give(&gym, &Scenario { context, ..scenario }));
            assert!(again.is_err());
        }
        let count = sent.check(db);
        assert!(count > 60, "{count}");
    });
}

#[test]
fn no_list_reads_more_than_it_shows() {
    both(|db| {
        let gym = stage(db);
        fill(db);
        statements::watch();
        drop(gym);
        let gym = Gym::open(&db.url).unwrap();
        let mut sent = Sent::default();
        let week = Period::new(at("2026-03-09T00:00:00Z"), at("2026-03-16T00:00:00Z")).unwrap();
        let lists = sent.during(|| {
            let (all, there) = (
                gym.classes(None, week).unwrap(),
                gym.classes(Some(id(1)), week).unwrap(),
            );
            gym.class(id(1)).unwrap();
            (
                all,
                there,
                gym.roster(id(1)).unwrap(),
                gym.waitlist(id(1)).unwrap(),
                gym.scheduled_blocks(week).unwrap(),
            )
        });
        assert_eq!(
            (
                lists.0.len(),
                lists.1.len(),
                lists.2.len(),
                lists.3.len(),
                lists.4.len()
            ),
            (3, 3, 2, 2, 4)
        );
        let hour = SlotRequest::new(60, 30, Buffers::default(), at("2026-03-02T08:00:00Z")).unwrap();
        let anyone = SlotSearch {
            room: Some(id(2)),
            member: Some(id(4)),
            ..SlotSearch::new(id(1), week, hour)
        };
        let free = [None, Some(id(2))].map(|trainer| {
            let search = SlotSearch {
                trainer,
                ..anyone.clone()
            };
            let desk = gym.at(at("2026-03-02T09:00:00Z"));
            sent.during(|| desk.free_slots(&search)).unwrap().len()
        });
        assert!(free[0] >= free[1] && free[1] > 100, "{free:?}");
        let march =
            gym_core::time::Days::new("2026-03-01".parse().unwrap(), "2026-04-01".parse().unwrap()).unwrap();
        sent.during(|| {
            let (member, location) = (gym_db::Past::Member(id(1)), gym_db::Past::Location(id(2)));
            for of in [member, location, gym_db::Past::Class(id(7))] {
                let first = gym.visits(of, march, None, 5).unwrap();
                gym.visits(of, march, first.last(), 5).unwrap();
                let first = gym.attendance(of, week, None, 5).unwrap();
                gym.attendance(of, week, first.last(), 5).unwrap();
            }
            gym.guests_of(id(1), march, None, 5).unwrap();
            gym.deferrals(id(1), None, 5).unwrap();
            for of in [member, location, gym_db::Past::Class(id(7))] {
                let first = gym.memberships(of, march, None, 5).unwrap();
                gym.memberships(of, march, first.last(), 5).unwrap();
                gym.freezes(of, march, None, 5).unwrap();
                gym.payments(of, week, None, 5).unwrap();
            }
        });
        sent.during(|| gym.at(at("2026-03-02T09:00:00Z")).run_dunning(id(1)).unwrap());
        let told = sent.during(|| {
            let (after, last) = (gym.journal(10, 5).unwrap(), gym.last_journaled(5).unwrap());
            gym.last_command_at().unwrap();
            (after, last)
        });
        assert_eq!((told.0.len(), told.1.len()), (5, 5));
        let count = sent.check(db);
        assert!(count >= 18, "{count}");
    });
}
