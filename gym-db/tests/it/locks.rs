//! In what order a command takes its locks on PostgreSQL.

use gym_core::decision::due;
use gym_db::Gym;

use crate::scenario::{name, scenarios, stage};
use crate::statements;
use crate::support::Db;

/// Lists the tables of which a transaction locks rows, in the order in which it does.
fn locked(seen: &[String]) -> Vec<&'static str> {
    const ORDER: [&str; 9] = [
        "class_series",
        "locations",
        "classes",
        "sessions",
        "trainers",
        "rooms",
        "equipment_units",
        "members",
        "lots",
    ];
    let locking = seen.iter().filter(|text| text.contains(" FOR NO KEY UPDATE"));
    let table = |text: &String| {
        ORDER
            .into_iter()
            .find(|table| text.contains(&format!("FROM \"{table}\"")))
    };
    let tables: Vec<_> = locking.filter_map(table).collect();
    let place = |table: &&str| ORDER.iter().position(|it| it == table);
    assert!(tables.is_sorted_by_key(place), "{tables:?}");
    tables
}

#[test]
fn every_command_takes_its_locks_in_one_order_and_at_once() {
    let db = Db::postgres();
    drop(stage(&db));
    statements::watch();
    let mut locking = 0;
    for scenario in scenarios() {
        let copy = db.copy();
        let gym = Gym::open(&copy.url).unwrap();
        let desk = gym.at(scenario.context.now).by(scenario.context.actor);
        let (done, seen) = statements::during(|| desk.run(&scenario.command));
        let told = name(&scenario.command);
        let done = done.unwrap_or_else(|error| panic!("{told}: {error}"));
        let asked = due(&done.events).count();
        let begun = seen.iter().filter(|text| text.starts_with("BEGIN")).count();
        assert_eq!(begun - asked, 1, "{told} began again: {seen:#?}");
        let transactions = seen.chunk_by(|_, next| !next.starts_with("BEGIN"));
        let tables: Vec<_> = transactions.flat_map(locked).collect();
        eprintln!("{told}: {tables:?}");
        locking += usize::from(!tables.is_empty());
    }
    assert!(locking > 20, "{locking}");
}
