//! The simulated club: the same seed gives the same club, its journal replays, and other policies are tried on it.

#![cfg(feature = "sim")]

use std::collections::BTreeMap;

use chrono::Duration;
use gym_core::booking::policy::{Cancelling, Limits, Policy, WaitlistRules};
use gym_core::booking::refusal::Code;
use gym_core::booking::{Registration, RegistrationState};
use gym_core::club::{Club, Key};
use gym_core::command::Command;
use gym_core::replay::{Outlook, Recorded, canonical, replay, what_if};
use gym_core::schedule::claim::{Claim, Owner, Resource};
use gym_core::sim::{Setup, Sim};
use gym_core::time::{Instant, Period};

struct Life {
    club: Club,
    journal: Vec<Recorded>,
    keys: Vec<u64>,
    now: Instant,
}

impl Life {
    fn opened(setup: &Setup) -> Self {
        let mut life = Self {
            club: Club::default(),
            journal: Vec::new(),
            keys: Vec::new(),
            now: setup.ready_at(),
        };
        for (number, (context, command)) in (1..).zip(setup.opening()) {
            life.journal
                .push(Recorded::enact(&mut life.club, number, context, command));
        }
        life
    }

    /// Lets some days pass and looks at the club after each command.
    fn pass(&mut self, seed: u64, days: i64, mut look: impl FnMut(&Club, Instant)) {
        let until = self.now + Duration::days(days);
        let mut sim = Sim::new(seed, self.now, until);
        while let Some(step) = sim.next(&self.club) {
            let number = self.journal.len() as u64 + 1;
            let row = Recorded::enact(&mut self.club, number, step.context, step.command);
            self.journal.push(row);
            self.keys.push(step.key);
            look(&self.club, step.context.now);
        }
        self.now = until;
    }
}

fn setup(seed: u64, members: u32) -> Setup {
    Setup::new(seed, "2026-01-05".parse().unwrap(), members)
}

fn lived(seed: u64, members: u32, days: i64) -> Life {
    let mut life = Life::opened(&setup(seed, members));
    life.pass(seed, days, |_, _| {});
    life
}

fn bytes(journal: &[Recorded]) -> Vec<String> {
    let decided = journal
        .iter()
        .map(|row| serde_json::to_string(&*canonical(&row.decision)));
    decided.map(Result::unwrap).collect()
}

fn accepted(journal: &[Recorded], of: impl Fn(&Command) -> bool) -> usize {
    journal
        .iter()
        .filter(|row| row.decision.is_ok() && of(&row.command))
        .count()
}

#[test]
fn an_opening_is_never_refused() {
    for members in [0, 1, 10, 300, 1500] {
        let life = Life::opened(&setup(5, members));
        for row in &life.journal {
            assert!(row.decision.is_ok(), "{:?}: {:?}", row.command, row.decision);
        }
        assert_eq!(life.club.members.len(), members as usize);
        assert!(life.journal.iter().all(|row| row.context.now < life.now));
    }
    let nowhere = Setup {
        zones: Vec::new(),
        ..setup(5, 10)
    };
    assert!(
        Life::opened(&nowhere)
            .journal
            .iter()
            .all(|row| row.decision.is_ok())
    );
}

#[test]
fn the_same_seed_gives_the_same_club() {
    let (one, other) = (lived(11, 40, 25), lived(11, 40, 25));
    assert_eq!(one.journal, other.journal);
    assert_eq!(bytes(&one.journal), bytes(&other.journal));
    assert_eq!((&one.keys, &one.club), (&other.keys, &other.club));
    let else_where = lived(12, 40, 25);
    assert_ne!(one.journal, else_where.journal);
}

#[test]
fn a_month_has_everything_that_happens_in_a_club() {
    let life = lived(2, 240, 75);
    let counts = |name: &str| {
        let named = |command: &Command| format!("{command:?}").starts_with(name);
        accepted(&life.journal, named)
    };
    for (name, least) in [
        ("Book(", 3000),
        ("Cancel {", 300),
        ("CheckIn", 2000),
        ("MarkNoShow", 100),
        ("Hold", 100),
        ("ReleaseHold", 5),
        ("Promote", 100),
        ("BookSession", 50),
        ("MoveSession", 3),
        ("CancelSession", 3),
        ("CompleteSession", 40),
        ("Substitute", 3),
        ("CancelClass", 3),
        ("MoveClass", 2),
        ("SetCapacity", 2),
        ("AddClass", 1),
        ("StartMaintenance", 2),
        ("EndMaintenance", 1),
        ("CloseLocation", 1),
        ("Materialise", 200),
        ("AddMember", 240),
    ] {
        assert!(
            counts(name) >= least,
            "{name}: {} of at least {least}",
            counts(name)
        );
    }
    let mut refused: BTreeMap<Code, u32> = BTreeMap::new();
    for reason in life
        .journal
        .iter()
        .filter_map(|row| row.decision.as_ref().err())
        .flat_map(|it| &it.reasons)
    {
        *refused.entry(reason.code()).or_default() += 1;
    }
    for code in [
        Code::Full,
        Code::Overlaps,
        Code::NotYetOpen,
        Code::Unknown,
        Code::NotPermitted,
        Code::Banned,
    ] {
        assert!(refused.contains_key(&code), "{code} of {refused:?}");
    }
    assert!(life.club.waitlist.len() > 100, "{}", life.club.waitlist.len());
}

#[test]
fn time_moves_forward_and_keys_differ_also_when_a_sim_goes_on_where_another_stopped() {
    let mut life = lived(21, 30, 9);
    let first = life.journal.len();
    life.pass(21, 9, |_, _| {});
    assert!(
        life.journal.len() > first + 50,
        "{} after {first}",
        life.journal.len()
    );
    assert!(
        life.journal
            .windows(2)
            .all(|rows| rows[0].context.now <= rows[1].context.now)
    );
    assert!(life.keys.windows(2).all(|keys| keys[0] < keys[1]));
    let settled = life.club.registrations.iter().filter(|it| {
        let class = life.club.classes.get(it.class).unwrap();
        class.period.end() + Duration::hours(3) < life.now && it.state == RegistrationState::Booked
    });
    assert!(settled.count() <= 5, "classes that were over are settled");
}

#[test]
fn a_year_replays_to_the_same_bytes() {
    let life = lived(3, 45, 365);
    assert!(life.journal.len() > 8_000, "{}", life.journal.len());
    assert_eq!(replay(&life.journal).unwrap(), life.club);

    let stored: Vec<String> = life
        .journal
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
        (&life.club.registrations, &life.club.claims, &life.club.penalties)
    );
    assert_eq!(bytes(&read), bytes(&life.journal));
    assert!(
        stored.iter().all(|row| !row.contains("@example.org")),
        "a journal has no personal fields"
    );
}

#[test]
fn a_changed_row_is_found() {
    let mut life = lived(4, 20, 10);
    let booked = |row: &&mut Recorded| matches!(row.command, Command::Book(_)) && row.decision.is_ok();
    let row = life.journal.iter_mut().find(booked).unwrap();
    row.decision.as_mut().unwrap().pop();
    let number = row.number;
    let divergence = replay(&life.journal).unwrap_err();
    assert_eq!(divergence.recorded.number, number);
    assert!(
        divergence
            .to_string()
            .starts_with(&format!("journal row {number}: decided otherwise"))
    );
}

/// What nobody may break: claims, seats and live bookings.
fn check_laws(club: &Club, now: Instant) {
    let claims: Vec<&Claim> = club.claims.iter().collect();
    for pair in claims.windows(2) {
        assert!(!pair[0].clashes(pair[1]), "{:?} and {:?}", pair[0], pair[1]);
    }
    for class in club.classes.iter().filter(|class| class.period.start() > now) {
        let facts = club.class_facts(class.id).unwrap();
        let live: Vec<&Registration> = facts.seated().collect();
        if class.is_scheduled() {
            assert!(
                facts.taken() <= facts.capacity(),
                "{class:?}: {} taken",
                facts.taken()
            );
            let (trainer, room) = (class.offering.trainer.unwrap(), class.offering.room.unwrap());
            for resource in [Resource::Trainer(trainer), Resource::Room(room)] {
                let mut own = club
                    .claims
                    .of(Owner::Class(class.id))
                    .filter(|claim| claim.resource == resource);
                assert_eq!(
                    own.next().map(Claim::block),
                    Some(class.period),
                    "{class:?} claims {resource}"
                );
            }
        } else {
            assert!(live.is_empty(), "{class:?} has bookings: {live:?}");
            assert!(club.claims.of(Owner::Class(class.id)).next().is_none());
        }
        for booked in live {
            let own: Vec<&Claim> = club.claims.of(Owner::Registration(booked.id)).collect();
            assert!(
                matches!(own[..], [claim] if claim.resource == Resource::Member(booked.member) && claim.block() == class.period),
                "{booked:?} of {class:?} claims {own:?}"
            );
            let twice = facts.seated().filter(|other| other.member == booked.member);
            assert_eq!(twice.count(), 1, "{booked:?}");
            let waits = club
                .waitlist
                .of(Key::Class(class.id))
                .any(|it| it.member == booked.member && it.state.is_live());
            assert!(!waits, "{booked:?} waits too");
        }
    }
}

#[test]
fn no_command_of_a_sim_breaks_a_law() {
    for seed in 100..104 {
        let mut life = Life::opened(&setup(seed, 90));
        let mut n = 0;
        life.pass(seed, 60, |club, now| {
            n += 1;
            if n % 61 == 0 {
                check_laws(club, now);
            }
        });
        check_laws(&life.club, life.now);
    }
}

/// A club of one location, where one policy has been in force all the time, and its second month.
fn house() -> (Life, Policy, Period) {
    let setup = Setup {
        zones: vec![chrono_tz::Tz::Europe__Berlin],
        ..setup(6, 120)
    };
    let mut life = Life::opened(&setup);
    life.pass(6, 70, |_, _| {});
    let policy = life.club.policies.iter().next().unwrap().policy.clone();
    let second = Period::new(
        "2026-02-05T00:00:00Z".parse().unwrap(),
        "2026-03-12T00:00:00Z".parse().unwrap(),
    );
    (life, policy, second.unwrap())
}

fn tried(change: impl FnOnce(&mut Policy)) -> Outlook {
    let (life, mut policy, stretch) = house();
    change(&mut policy);
    what_if(&life.journal, &policy, stretch).unwrap()
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
    let late = |it: &&gym_core::replay::Change| it.after.effects.contains_key("late_cancelled");
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
    let refused = |figures: &gym_core::replay::Figures| figures.reasons.get(&Code::WeekLimit).copied();
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
    let (life, policy, stretch) = house();
    let none = Policy {
        party_max: 0,
        ..policy
    };
    assert_eq!(
        what_if(&life.journal, &none, stretch).unwrap_err().field,
        "party_max"
    );
}
