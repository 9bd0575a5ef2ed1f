//! The journal of a simulated club replays to the same bytes, and other policies are tried on it.

#![cfg(feature = "sim")]

use gym_core::booking::policy::{Cancelling, Limits, Policy, WaitlistRules};
use gym_core::booking::refusal::Code;
use gym_core::command::Command;
use gym_core::replay::{Change, Figures, Outlook, Recorded, canonical, replay, what_if};
use gym_core::sim::Setup;
use gym_core::time::Period;

fn setup(seed: u64, members: u32) -> Setup {
    Setup::new(seed, "2026-01-05".parse().expect("a day"), members)
}

fn bytes(journal: &[Recorded]) -> Vec<String> {
    let decided = journal
        .iter()
        .map(|row| serde_json::to_string(&*canonical(&row.decision)));
    decided.map(Result::unwrap).collect()
}

#[test]
fn a_year_replays_to_the_same_bytes() {
    let (lived, journal) = setup(3, 45).live(365);
    assert!(journal.len() > 8_000, "{}", journal.len());
    assert_eq!(replay(&journal).unwrap(), lived);

    let stored: Vec<String> = journal
        .iter()
        .map(|row| serde_json::to_string(row).unwrap())
        .collect();
    let read: Vec<Recorded> = stored
        .iter()
        .map(|row| serde_json::from_str(row).unwrap())
        .collect();
    let club = replay(&read).unwrap();
    assert_eq!(
        (&club.registrations, &club.claims, &club.penalties),
        (&lived.registrations, &lived.claims, &lived.penalties)
    );
    assert_eq!(bytes(&read), bytes(&journal));
    assert!(
        stored.iter().all(|row| !row.contains("@example.org")),
        "a journal has no personal fields"
    );
}

#[test]
fn a_changed_row_is_found() {
    let (_, mut journal) = setup(4, 20).live(10);
    let booked = |row: &&mut Recorded| matches!(row.command, Command::Book(_)) && row.decision.is_ok();
    let row = journal.iter_mut().find(booked).unwrap();
    row.decision.as_mut().unwrap().pop();
    let number = row.number;
    let divergence = replay(&journal).unwrap_err();
    assert_eq!(divergence.recorded.number, number);
    assert!(
        divergence
            .to_string()
            .starts_with(&format!("journal row {number}: decided otherwise"))
    );
}

/// A club of one location, where one policy has been in force all the time, and its second month.
fn house() -> (Vec<Recorded>, Policy, Period) {
    let setup = Setup {
        zones: vec![chrono_tz::Tz::Europe__Berlin],
        ..setup(6, 120)
    };
    let (lived, journal) = setup.live(70);
    let policy = lived.policies.iter().next().expect("a policy").policy.clone();
    let second = Period::new(
        "2026-02-05T00:00:00Z".parse().expect("a day"),
        "2026-03-12T00:00:00Z".parse().expect("a day"),
    );
    (journal, policy, second.expect("a day"))
}

fn tried(change: impl FnOnce(&mut Policy)) -> Outlook {
    let (journal, mut policy, stretch) = house();
    change(&mut policy);
    what_if(&journal, &policy, stretch).expect("a policy")
}

#[test]
fn the_same_policy_would_have_changed_nothing() {
    let outlook = tried(|_| {});
    assert_eq!(outlook.changed, []);
    assert_eq!(outlook.before, outlook.after);
    assert!(outlook.before.booked_seats > 500 && outlook.before.promoted > 5);
    assert!(outlook.before.fill.len() > 50);
    assert!(outlook.rows().iter().all(|[_, was, would, _]| was == would));
}

#[test]
fn free_cancelling_that_ends_earlier_makes_more_of_them_late() {
    let outlook = tried(|policy| {
        policy.cancelling = Cancelling {
            free_until_minutes: 72 * 60,
            promoted_grace_minutes: 0,
        }
    });
    let (was, would) = (&outlook.before, &outlook.after);
    assert!(would.late_cancels > was.late_cancels + 20, "{outlook}");
    assert!(
        would.penalties > was.penalties && would.bans >= was.bans,
        "{outlook}"
    );
    assert!(would.cancelled < was.cancelled, "{outlook}");
    let late = |it: &&Change| it.after.effects.contains_key("late_cancelled");
    let change = outlook.changed.iter().find(late).unwrap();
    assert!(
        change.before.to_string().contains("cancelled"),
        "{}",
        change.before
    );
}

#[test]
fn a_tighter_week_refuses_more_and_books_less() {
    let limits = Limits {
        per_week: Some(1),
        ..Limits::default()
    };
    let outlook = tried(|policy| policy.limits = limits);
    let refused = |figures: &Figures| figures.reasons.get(&Code::WeekLimit).copied();
    assert!(
        refused(&outlook.after) > refused(&outlook.before).or(Some(0)),
        "{outlook}"
    );
    assert!(
        outlook.after.booked_seats < outlook.before.booked_seats,
        "{outlook}"
    );
    assert!(
        outlook.after.fill_per_mille < outlook.before.fill_per_mille,
        "{outlook}"
    );
}

#[test]
fn no_waiting_means_no_promotions() {
    let waitlist = WaitlistRules {
        max: Some(0),
        ..WaitlistRules::default()
    };
    let outlook = tried(|policy| policy.waitlist = waitlist);
    assert_eq!(outlook.after.waitlisted, 0, "{outlook}");
    assert!(outlook.after.promoted < outlook.before.promoted, "{outlook}");
    let row = |name: &str| outlook.rows().into_iter().find(|row| row[0] == name).unwrap();
    assert_eq!(row("joined a waitlist")[2], "0");
    assert!(row("joined a waitlist")[3].starts_with('-'));
    let text = outlook.to_string();
    let widths: Vec<usize> = text.lines().map(|line| line.chars().count()).collect();
    assert!(
        widths.windows(2).all(|pair| pair[0] == pair[1]),
        "columns line up:\n{text}"
    );
}

#[test]
fn a_policy_that_cannot_be_is_not_tried() {
    let (journal, policy, stretch) = house();
    let none = Policy {
        party_max: 0,
        ..policy
    };
    assert_eq!(what_if(&journal, &none, stretch).unwrap_err().field, "party_max");
}
