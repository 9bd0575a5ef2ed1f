//! The journal of a simulated club replays to the same bytes, and other policies are tried on it.

use std::sync::LazyLock;

use chrono::Duration;
use gym_core::booking::policy::{Admits, Cancelling, Limits, Policy, WaitlistRules};
use gym_core::booking::refusal::Code;
use gym_core::command::Command;
use gym_core::replay::{Change, Figures, Outlook, Recorded, canonical, replay, what_if};
use gym_core::sim::Setup;
use gym_core::time::Period;

use crate::support::Gym;

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
    let (lived, journal) = setup(3, 30).live(365);
    assert!(journal.len() > 5_000, "{}", journal.len());
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

/// The journal of a club of one location, its policy, which has been in force all the time, and its second month.
static HOUSE: LazyLock<(Vec<Recorded>, Policy, Period)> = LazyLock::new(|| {
    let house = Setup {
        zones: vec![chrono_tz::Tz::Europe__Berlin],
        ..setup(6, 100)
    };
    let (lived, journal) = house.live(65);
    let policy = lived.policies.iter().next().expect("a policy").policy.clone();
    let from = setup(6, 0).opens_at() + Duration::days(31);
    let second = Period::new(from, from + Duration::days(30)).expect("a month");
    (journal, policy, second)
});

fn house() -> (&'static [Recorded], Policy, Period) {
    let (journal, policy, second) = &*HOUSE;
    (journal, policy.clone(), *second)
}

fn tried(change: impl FnOnce(&mut Policy)) -> Outlook {
    let (journal, mut policy, stretch) = house();
    change(&mut policy);
    what_if(journal, &policy, stretch).expect("a policy")
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
    let json = serde_json::to_string(&outlook).unwrap();
    assert_eq!(serde_json::from_str::<Outlook>(&json).unwrap(), outlook);
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
    assert_eq!(what_if(journal, &none, stretch).unwrap_err().field, "party_max");
}

#[test]
fn only_the_stretch_is_decided_again() {
    let (journal, mut policy, stretch) = house();
    policy.cancelling.free_until_minutes = 72 * 60;
    let (end, day) = (stretch.end(), Duration::days(3));
    let outlook = what_if(journal, &policy, Period::new(end - day, end).unwrap()).unwrap();
    let within = |it: &Change| end - day <= it.context.now && it.context.now < end;
    assert!(!outlook.changed.is_empty() && outlook.changed.iter().all(within));

    let after = Period::new(end + day * 300, end + day * 301).unwrap();
    let outlook = what_if(journal, &policy, after).unwrap();
    assert_eq!(outlook.before, Figures::default());
    assert_eq!(outlook.before, outlook.after);
}

#[test]
fn a_policy_that_was_set_in_the_stretch_is_not_set_in_the_other_history() {
    let (lived, journal) = setup(13, 60).live(130);
    let strict = lived.policies.iter().next_back().unwrap();
    assert!(
        lived.policies.len() == 4 && strict.location.is_none(),
        "{strict:?}"
    );
    let all = Period::new(journal[0].context.now, journal[journal.len() - 1].context.now).unwrap();
    let same = what_if(&journal, &strict.policy, all).unwrap();
    let set = journal
        .iter()
        .filter(|row| matches!(row.command, Command::SetPolicy { .. }));
    assert_eq!(set.count(), 4);
    assert!(same.after.late_cancels > same.before.late_cancels, "{same}");
    assert!(
        same.changed
            .iter()
            .all(|it| !matches!(it.command, Command::SetPolicy { .. }))
    );
}

/// The journal of what a house was given.
fn journal(house: &mut Gym) -> Vec<Recorded> {
    let mut club = gym_core::club::Club::default();
    let given = std::mem::take(&mut house.given);
    let rows = (1..).zip(given);
    rows.map(|(number, (context, command))| Recorded::enact(&mut club, number, context, command))
        .collect()
}

/// Bob may book once a week, has, and waits for two classes: of the first a seat is free at once, of the second later.
#[test]
fn a_looser_policy_lets_in_who_waits_though_nobody_asked_for_it() {
    let per_week = |most| Limits {
        per_week: Some(most),
        ..Limits::default()
    };
    let with = |most| Policy {
        admits: Admits::Anyone,
        limits: per_week(most),
        ..Policy::default()
    };
    let mut gym = Gym::with(with(1));
    let [ada, bob] = gym.members(["Ada", "Bob"]);
    let classes =
        ["2026-02-03T10:00", "2026-02-04T10:00", "2026-02-05T10:00"].map(|start| gym.class(start, 1));
    let [first, second, third] = classes;
    gym.set_policy(with(9));
    gym.book(ada, first);
    gym.book(ada, second);
    gym.join(bob, first);
    gym.join(bob, second);
    gym.book(bob, third);
    gym.set_policy(with(1));
    assert_eq!(gym.cancel(ada, first), "Ada cancelled, Bob skipped (week_limit)");
    let from = gym.now + Duration::hours(1);
    gym.at(&(from + Duration::hours(1)).to_string());
    assert_eq!(gym.cancel(ada, second), "Ada cancelled, Bob skipped (week_limit)");

    let stretch = Period::new(from, from + Duration::days(60)).unwrap();
    let rows = journal(&mut gym);
    let booked = |most| what_if(&rows, &with(most), stretch).unwrap().after.booked_seats;
    assert_eq!([1, 2, 3].map(booked), [0, 1, 2]);
    let loose = what_if(&rows, &with(3), stretch).unwrap();
    assert_eq!((loose.before.promoted, loose.after.promoted), (0, 2));
    assert_eq!(loose.after.fill.values().copied().collect::<Vec<_>>(), [1000; 3]);
    assert_eq!(
        loose.changed.len(),
        1,
        "the second class was cancelled in the stretch: {:?}",
        loose.changed
    );
}

#[test]
fn a_policy_for_the_whole_club_is_recorded_where_a_command_is_about_a_place() {
    let mut club = gym_core::club::Club::default();
    let context = gym_core::command::Context {
        now: "2026-02-01T09:00:00Z".parse().unwrap(),
        actor: gym_core::user::Actor::System,
    };
    let policy = Command::SetPolicy {
        location: None,
        policy: Policy::default(),
    };
    let person = gym_core::user::Person::new("Ada", None).unwrap();
    let place = Command::AddLocation {
        name: "Mitte".to_owned(),
        zone: chrono_tz::Europe::Berlin,
        currency: gym_core::money::Currency::EUR,
        hours: Default::default(),
    };
    let room = |capacity| Command::AddRoom {
        location: gym_core::id::LocationId::new(1).unwrap(),
        name: "Studio".to_owned(),
        capacity,
    };
    let commands = [policy, Command::AddUser { person }, place, room(5), room(0)];
    let rows: Vec<Recorded> = (1..)
        .zip(commands)
        .map(|(number, command)| Recorded::enact(&mut club, number, context, command))
        .collect();
    let versions: Vec<Option<i64>> = rows.iter().map(|row| row.policy.map(|it| it.get())).collect();
    assert_eq!(versions, [None, None, None, Some(1), Some(1)]);
    assert_eq!(replay(&rows).unwrap().policies, club.policies);
}
