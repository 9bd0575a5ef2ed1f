//! The history as columns: what a club in memory says, from both databases, page by page.

use std::collections::BTreeMap;

use gym_core::history::History;
use gym_core::replay::Recorded;
use gym_core::sim::{Setup, Sim};
use gym_core::time::Period;
use gym_db::{Gym, Migrate, Options};

use crate::scenario::{at, scenarios, stage};
use crate::support::both;

fn period(from: &str, until: &str) -> Period {
    Period::new(at(from), at(until)).unwrap()
}

/// The periods that are compared: all, a part, and one before all.
fn periods() -> [Period; 3] {
    [
        period("2026-01-01T00:00:00Z", "2028-01-01T00:00:00Z"),
        period("2026-01-12T10:00:00Z", "2026-03-02T08:00:00Z"),
        period("2020-01-01T00:00:00Z", "2020-01-02T00:00:00Z"),
    ]
}

#[test]
fn contracts_doors_and_money_are_those_of_the_club_in_memory() {
    both(|db| {
        let gym = stage(db);
        let mut all = scenarios();
        all.sort_by_key(|it| it.context.now);
        for scenario in all {
            let _ = gym.at(scenario.context.now).run(&scenario.command);
        }
        let club = gym.club().unwrap();
        for during in periods() {
            assert_eq!(gym.history(during, |_| ()).unwrap(), History::of(&club, during));
        }
        let history = gym.history(periods()[0], |_| ()).unwrap();
        let rows = [
            history.memberships.len(),
            history.terms.len(),
            history.freezes.len(),
            history.check_ins.len(),
            history.payments.len(),
            history.plans.len(),
        ];
        assert!(rows.iter().all(|count| *count > 0), "{rows:?}");
        assert!(
            history
                .memberships
                .ending
                .iter()
                .any(|it| it.as_str() != "running")
        );
    });
}

#[test]
fn a_simulated_month_is_the_same_from_both_databases() {
    both(|db| {
        let gym = Gym::open(&db.url).unwrap();
        let setup = Setup::new(11, "2026-01-05".parse().unwrap(), 30);
        let mut club = gym_core::club::Club::default();
        for (number, (context, command)) in (1..).zip(setup.opening()) {
            gym.at(context.now).run(&command).unwrap();
            Recorded::enact(&mut club, number, context, command);
        }
        let until = setup.ready_at() + chrono::Duration::days(9);
        let mut sim = Sim::new(setup.seed, setup.ready_at(), until);
        while let Some(step) = sim.next(&club) {
            let _ = gym.at(step.context.now).by(step.context.actor).run(&step.command);
            Recorded::enact_all(&mut club, step.key, step.context, step.command);
        }
        let club = gym.club().unwrap();
        let mut told = BTreeMap::new();
        let history = gym
            .history(periods()[0], |filled| {
                told.insert(filled.table, filled.rows);
            })
            .unwrap();
        assert_eq!(history, History::of(&club, periods()[0]));
        assert!(history.bookings.len() > 50, "{}", history.bookings.len());
        assert_eq!(told["class_registrations"], history.bookings.len() as u64);
        assert_eq!(told["members"], history.members.len() as u64);
    });
}

#[test]
fn more_than_a_page_is_read_and_erased_members_are_absent() {
    both(|db| {
        drop(stage(db));
        let numbers = if db.is_sqlite() {
            "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 70000) SELECT i FROM n)"
        } else {
            "(SELECT generate_series(1, 70000) AS i)"
        };
        let mut raw = db.raw();
        let before = raw.count("visits");
        raw.run(&format!(
            "INSERT INTO visits (id, member_id, location_id, entered_at, entered_on, opened_by) \
             SELECT 100000 + i, 1 + i % 2, 1, '2026-03-03 10:00:00', '2026-03-03', 'open' FROM {numbers} AS numbers"
        ))
        .unwrap();
        let options = Options {
            migrate: Migrate::Never,
            ..Options::default()
        };
        let gym = Gym::open_with(&db.url, &options).unwrap();
        let mut pages = Vec::new();
        let during = period("2026-01-01T00:00:00Z", "2028-01-01T00:00:00Z");
        let read = |gym: &Gym, pages: &mut Vec<u64>| {
            let tell = |it: gym_db::Filled| {
                if it.table == "visits" {
                    pages.push(it.rows);
                }
            };
            gym.history(during, tell).unwrap()
        };
        let history = read(&gym, &mut pages);
        assert_eq!(pages.len(), 2, "{pages:?}");
        assert_eq!(pages[0], 65_536);
        let whole = history.check_ins.len();
        assert!(whole >= 70_000 && whole as u64 <= 70_000 + before);
        assert_eq!(history, History::of(&gym.club().unwrap(), during));

        raw.run("UPDATE members SET name = '(erased)', email = NULL, born_on = NULL WHERE id = 2")
            .unwrap();
        let without = read(&gym, &mut pages);
        assert_eq!(without.members.len() + 1, history.members.len());
        assert!(!without.members.id.contains(&2));
        assert!(without.check_ins.len() <= whole - 35_000);
        assert_eq!(without, History::of(&gym.club().unwrap(), during));
    });
}
