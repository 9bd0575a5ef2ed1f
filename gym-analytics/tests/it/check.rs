//! What is odd about data is found, counted and said; what is not is left in peace.

use gym_analytics::check::{Flaw, check};
use gym_core::history::*;
use gym_core::sim::teacher::{Profile, Teacher};

use crate::random::DAY;

fn taught() -> History {
    Teacher::new(Profile::Uk, 4, 400, "2024-01-01".parse().unwrap(), 8)
        .teach()
        .history
}

/// Changes the check-ins of a good history, and returns how often each table has a flaw.
fn found(flaw: Flaw, change: impl FnOnce(&mut CheckInColumns)) -> u64 {
    let history = taught();
    let during = history.during();
    let mut facts = history.into_facts();
    let mut columns = facts.check_ins.into_columns();
    change(&mut columns);
    facts.check_ins = columns.try_into().unwrap();
    let findings = check(&History::new(during, facts).unwrap());
    let of = findings
        .iter()
        .filter(|it| it.flaw == flaw && it.table == "check_ins");
    of.map(|it| it.count).sum()
}

#[test]
fn a_good_history_has_no_flaw() {
    assert_eq!(check(&taught()), []);
}

#[test]
fn each_flaw_is_counted() {
    assert_eq!(found(Flaw::RecordedLate, |it| it.recorded_at[5] += 3 * DAY), 1);
    assert_eq!(
        found(Flaw::RecordedBeforeItHappened, |it| it.recorded_at[5] -= 1),
        1
    );
    assert_eq!(found(Flaw::OddStay, |it| it.left_at[7] = it.at[7] - 1), 1);
    assert_eq!(found(Flaw::OutsideOfThePeriod, |it| it.at[7] -= 4_000 * DAY), 1);
    assert_eq!(found(Flaw::WithoutMembership, |it| it.at[7] -= 4_000 * DAY), 1);
    let twice = found(Flaw::Twice, |it| {
        (it.member[9], it.at[9]) = (it.member[8], it.at[8]);
    });
    assert_eq!(twice, 1);
    let silent = found(Flaw::SilentDays, |it| {
        let first = it.at.iter().min().unwrap() + 60 * DAY;
        for row in 0..it.at.len() {
            if (first..first + 5 * DAY).contains(&it.at[row]) {
                it.at[row] = first + 5 * DAY + row as i64;
            }
        }
    });
    assert!((4..=5).contains(&silent), "{silent}");
}

#[test]
fn a_finding_is_a_sentence() {
    let history = taught();
    let during = history.during();
    let mut facts = history.into_facts();
    let mut columns = facts.memberships.into_columns();
    columns.ends_on[3] = columns.starts_on[3] - 1;
    facts.memberships = columns.try_into().unwrap();
    let mut columns = facts.members.into_columns();
    columns.birth_year[6] = 1850;
    facts.members = columns.try_into().unwrap();
    let findings = check(&History::new(during, facts).unwrap());
    let told: Vec<String> = findings
        .iter()
        .filter(|it| it.table != "check_ins")
        .map(|it| it.to_string())
        .collect();
    assert_eq!(
        told,
        [
            "members: 1 younger than 5 or older than 110 when joining, first in row 6",
            "memberships: 1 ends before it starts, first in row 3",
        ]
    );
}
