//! A process that dies at any statement of any command leaves the club before the command, or after it.

use std::process::Command as Process;

use gym_core::club::Club;
use gym_db::Gym;

use crate::scenario::{Scenario, follow, name, scenarios, stage};
use crate::statements;
use crate::support::{Db, Raw, times};

/// What tells a child which club, which scenario and which statement.
const ORDER: &str = "GYM_TEST_ABORT";

const KEY: &str = "once";

/// Runs one command in this process and dies at a statement, if that is what this process is for.
fn obey() {
    let Ok(order) = std::env::var(ORDER) else { return };
    let mut parts = order.splitn(3, ' ');
    let mut number = || parts.next().unwrap().parse::<usize>().unwrap();
    let (index, statement) = (number(), number());
    statements::watch();
    let gym = Gym::open(parts.next().unwrap()).unwrap();
    let scenario = &scenarios()[index];
    statements::abort_at(statement, || give(&gym, scenario).unwrap());
}

fn give(gym: &Gym, scenario: &Scenario) -> Result<gym_db::Done, gym_db::Failure> {
    let desk = gym.at(scenario.context.now).by(scenario.context.actor);
    desk.key(KEY).run(&scenario.command)
}

/// Has another process run a scenario and die at a statement.
fn crash(test: &str, db: &Db, index: usize, statement: usize) {
    let child = Process::new(std::env::current_exe().unwrap())
        .args([&format!("steps::{test}"), "--exact", "--nocapture"])
        .env(ORDER, format!("{index} {statement} {}", db.url))
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&child.stderr).into_owned();
    let panicked = child.status.code() == Some(101);
    assert!(!child.status.success() && !panicked, "{}: {told}", child.status);
}

/// Checks that each key has one journal row, and returns how many there are.
fn rows(raw: &mut Raw) -> u64 {
    for pair in [["idempotency_keys", "journal"], ["journal", "idempotency_keys"]] {
        let [one, other] = pair;
        let alone = raw.texts(&format!("SELECT key FROM {one} EXCEPT SELECT key FROM {other}"));
        assert_eq!(alone, [""; 0], "in {one} alone");
    }
    raw.count("journal")
}

/// A club as it was made, and what one command, with what that asks for, should make of it.
struct Trial {
    scenario: Scenario,
    before: Club,
    /// The rows of the journal before, and the number of the last one.
    rows: u64,
    last: i64,
}

impl Trial {
    /// Checks that so many transactions happened. Returns whether nothing is left to be done.
    fn check(&self, gym: &Gym, db: &Db, happened: usize) -> bool {
        assert_eq!(rows(&mut db.raw()), self.rows + happened as u64);
        let journal = gym.journal(self.last, u32::MAX).unwrap();
        assert!(journal.iter().take(1).all(|entry| entry.key == KEY));
        let mut expected = self.before.clone();
        let (_, left) = follow(&mut expected, &self.scenario, journal);
        let club = gym.club().unwrap();
        assert!(club == expected, "the club is neither before nor after");
        left.is_empty()
    }

    /// Gives the command with the same key again, twice, which has one effect.
    fn retry(&self, gym: &Gym, db: &Db, happened: usize, all: usize) {
        let first = give(gym, &self.scenario).unwrap();
        assert_eq!(first.before, happened > 0);
        let again = give(gym, &self.scenario).unwrap();
        assert!(again.before && again.events == first.events);
        assert!(self.check(gym, db, all));
    }
}

/// Tries scenarios, each `at` the statements of a number of them, on copies of one club.
fn each(test: &str, db: &Db, part: usize, parts: usize, at: impl Fn(usize) -> Vec<usize>) {
    statements::watch();
    let gym = stage(db);
    let before = gym.club().unwrap();
    let last = gym.last_journaled(1).unwrap().remove(0).id;
    drop(gym);
    let (mut commands, mut crashes) = (0, 0);
    for (index, scenario) in scenarios().into_iter().enumerate().skip(part).step_by(parts) {
        let told = name(&scenario.command);
        let trial = Trial {
            scenario,
            before: before.clone(),
            rows: rows(&mut db.raw()),
            last,
        };
        let calm = db.copy();
        let gym = Gym::open(&calm.url).unwrap();
        let (done, seen) = statements::during(|| give(&gym, &trial.scenario));
        let events = done.unwrap_or_else(|error| panic!("{told}: {error}")).events;
        assert!(seen.last().is_some_and(|text| text.ends_with("COMMIT")), "{told}");
        let committed = |seen: &[String]| seen.iter().filter(|text| text.ends_with("COMMIT")).count();
        let all = committed(&seen);
        assert!(trial.check(&gym, &calm, all), "{told}");
        eprintln!("{told}: {} statements, {} events", seen.len(), events.len());

        let mut spare = None;
        for statement in at(seen.len()) {
            let copy = spare.take().unwrap_or_else(|| db.copy());
            crash(test, &copy, index, statement);
            let gym = Gym::open(&copy.url).unwrap();
            let happened = committed(&seen[..statement]);
            trial.check(&gym, &copy, happened);
            // What a crash leaves is what the one before it left, unless a write lies between; and copies are dear.
            let told_apart = !seen.get(statement).is_some_and(|text| text.starts_with("SELECT"));
            if happened > 0 || told_apart && (db.is_sqlite() || times(1) > 1) {
                trial.retry(&gym, &copy, happened, all);
            } else {
                spare = Some(copy);
            }
            crashes += 1;
        }
        commands += 1;
    }
    assert!(commands > 0 && crashes > commands);
    eprintln!("{crashes} crashes of {commands} commands on {:?}", db.backend);
}

fn sqlite(test: &str, part: usize) {
    obey();
    each(test, &Db::sqlite(), part, 4, |statements| {
        (0..=statements).collect()
    });
}

#[test]
fn a_crash_at_any_statement_has_no_effect_or_one_1() {
    sqlite("a_crash_at_any_statement_has_no_effect_or_one_1", 0);
}

#[test]
fn a_crash_at_any_statement_has_no_effect_or_one_2() {
    sqlite("a_crash_at_any_statement_has_no_effect_or_one_2", 1);
}

#[test]
fn a_crash_at_any_statement_has_no_effect_or_one_3() {
    sqlite("a_crash_at_any_statement_has_no_effect_or_one_3", 2);
}

#[test]
fn a_crash_at_any_statement_has_no_effect_or_one_4() {
    sqlite("a_crash_at_any_statement_has_no_effect_or_one_4", 3);
}

/// At three statements of each command and after the last; at all with `GYM_SOAK=1`.
fn postgres(test: &str, part: usize) {
    obey();
    each(test, &Db::postgres(), part, 4, |statements| {
        if times(1) > 1 {
            return (0..=statements).collect();
        }
        vec![2, statements / 2, statements - 1, statements]
    });
}

#[test]
fn a_crash_of_a_client_of_a_server_has_no_effect_or_one_1() {
    postgres("a_crash_of_a_client_of_a_server_has_no_effect_or_one_1", 0);
}

#[test]
fn a_crash_of_a_client_of_a_server_has_no_effect_or_one_2() {
    postgres("a_crash_of_a_client_of_a_server_has_no_effect_or_one_2", 1);
}

#[test]
fn a_crash_of_a_client_of_a_server_has_no_effect_or_one_3() {
    postgres("a_crash_of_a_client_of_a_server_has_no_effect_or_one_3", 2);
}

#[test]
fn a_crash_of_a_client_of_a_server_has_no_effect_or_one_4() {
    postgres("a_crash_of_a_client_of_a_server_has_no_effect_or_one_4", 3);
}
