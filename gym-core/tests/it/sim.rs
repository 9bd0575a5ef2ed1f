//! The simulated club: the same seed gives the same club, and no law of a club is broken.

use std::collections::BTreeMap;

use chrono::Duration;
use gym_core::booking::policy::Policy;
use gym_core::booking::refusal::Code;
use gym_core::booking::{Registration, RegistrationState};
use gym_core::club::{Club, Key};
use gym_core::command::{Command, Context};
use gym_core::replay::{Recorded, replay};
use gym_core::schedule::claim::{Claim, Owner, Resource};
use gym_core::schedule::class::Offering;
use gym_core::schedule::session::{Session, SessionState};
use gym_core::sim::{Setup, Sim};
use gym_core::time::Instant;
use gym_core::user::Actor;

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
    Setup::new(seed, "2026-01-05".parse().expect("a day"), members)
}

fn lived(seed: u64, members: u32, days: i64) -> Life {
    let mut life = Life::opened(&setup(seed, members));
    life.pass(seed, days, |_, _| {});
    life
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
    assert_eq!(format!("{:?}", one.journal), format!("{:?}", other.journal));
    assert_eq!((&one.keys, &one.club), (&other.keys, &other.club));
    let else_where = lived(12, 40, 25);
    assert_ne!(one.journal, else_where.journal);
}

#[test]
fn a_few_weeks_have_everything_that_happens_in_a_club() {
    let life = lived(2, 240, 75);
    let counts = |name: &str| {
        let named = |command: &Command| format!("{command:?}").starts_with(name);
        accepted(&life.journal, named)
    };
    for (name, least) in [
        ("Book(", 2000),
        ("Cancel {", 300),
        ("CheckIn", 1000),
        ("MarkNoShow", 100),
        ("Hold", 100),
        ("ReleaseHold", 1),
        ("Promote", 50),
        ("BookSession", 50),
        ("MoveSession", 1),
        ("CancelSession", 1),
        ("CompleteSession", 40),
        ("Substitute", 1),
        ("CancelClass", 1),
        ("MoveClass", 1),
        ("SetCapacity", 1),
        ("AddClass", 1),
        ("StartMaintenance", 1),
        ("EndMaintenance", 1),
        ("CloseLocation", 1),
        ("Materialise", 100),
        ("AddMember", 241),
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

/// What nobody may break: claims, seats and live bookings.
fn check_laws(club: &Club, now: Instant) {
    let claims: Vec<&Claim> = club.claims.iter().collect();
    for pair in claims.windows(2) {
        assert!(!pair[0].clashes(pair[1]), "{:?} and {:?}", pair[0], pair[1]);
    }
    for claim in claims.iter().filter(|claim| claim.block().start() > now) {
        let lives = match claim.owner {
            Owner::Class(id) => club.classes.get(id).is_some_and(|it| it.is_scheduled()),
            Owner::Session(id) => club.sessions.get(id).is_some_and(|it| it.state.is_live()),
            Owner::Registration(id) => club.registrations.get(id).is_some_and(|it| it.state.is_live()),
            Owner::Maintenance(id) => club.maintenance.get(id).is_some_and(|it| !it.done),
        };
        assert!(lives, "{claim:?} has no owner");
    }
    let booked = |it: &&Session| it.state == SessionState::Booked && it.period.start() > now;
    for session in club.sessions.iter().filter(booked) {
        let own = club.claims.of(Owner::Session(session.id)).count();
        assert_eq!(own, session.resources().len(), "{session:?}");
    }
    for class in club.classes.iter().filter(|class| class.period.start() > now) {
        let facts = club.class_facts(class.id).expect("facts");
        let live: Vec<&Registration> = facts.seated().collect();
        if class.is_scheduled() {
            assert!(
                facts.taken() <= facts.capacity(),
                "{class:?}: {} taken",
                facts.taken()
            );
            let (trainer, room) = (
                class.offering.trainer.expect("a trainer"),
                class.offering.room.expect("a room"),
            );
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
    for seed in 100..103 {
        // More places mean more surprises: staff have their days at each of them.
        let zones = setup(seed, 0).zones.repeat(3);
        let mut life = Life::opened(&Setup {
            zones,
            ..setup(seed, 160)
        });
        let mut n = 0;
        life.pass(seed, 50, |club, now| {
            n += 1;
            if n % 97 == 0 {
                check_laws(club, now);
            }
        });
        check_laws(&life.club, life.now);
    }
}

#[test]
fn a_sim_runs_in_a_club_that_was_imported_without_logins_trainers_and_rooms() {
    let mut club = Club::default();
    let now: Instant = "2026-06-01T00:00:00Z".parse().unwrap();
    let home = gym_core::id::LocationId::new(1).unwrap();
    let person = gym_core::user::Person::new("Ada Lovelace", None).unwrap();
    let mut commands = vec![Command::AddLocation {
        name: "Home".to_owned(),
        zone: chrono_tz::Tz::Asia__Kathmandu,
        currency: gym_core::money::Currency::NPR,
        hours: Default::default(),
    }];
    commands.push(Command::SetPolicy {
        location: None,
        policy: Policy::open(),
    });
    for day in 1..=20 {
        let joined_on = "2026-01-01".parse().unwrap();
        commands.push(Command::AddMember {
            person: person.clone(),
            user: None,
            home,
            joined_on,
        });
        let offering = Offering {
            location: home,
            title: "Dance".to_owned(),
            programme: "dance".to_owned(),
            trainer: None,
            room: None,
            equipment: None,
            capacity: 3,
            minutes: 60,
            buffers: Default::default(),
        };
        let start = format!("2026-06-{day:02}T18:00:00").parse().unwrap();
        commands.push(Command::AddClass { offering, start });
    }
    let actor = Actor::System;
    for (number, command) in (1..).zip(commands) {
        let row = Recorded::enact(&mut club, number, Context { now, actor }, command);
        assert!(row.decision.is_ok(), "{:?}", row.decision);
    }
    let mut life = Life {
        club,
        journal: Vec::new(),
        keys: Vec::new(),
        now,
    };
    life.pass(1, 21, |_, _| {});
    let named = |name| {
        let named = |command: &Command| format!("{command:?}").starts_with(name);
        accepted(&life.journal, named)
    };
    assert!(named("Book") >= 20 && named("CheckIn") >= 10 && named("Cancel") >= 1);
}

#[test]
fn a_sim_ends_also_when_nothing_that_it_wants_happens() {
    let life = Life::opened(&setup(8, 30));
    let mut sim = Sim::new(8, life.now, life.now + Duration::days(20));
    let steps = std::iter::from_fn(|| sim.next(&life.club)).count();
    assert!((100..5_000).contains(&steps), "{steps}");
}

#[test]
fn a_sim_takes_the_ids_that_a_store_gives() {
    let mut life = Life::opened(&setup(9, 40));
    let mut sim = Sim::new(9, life.now, life.now + Duration::days(20));
    while let Some(step) = sim.next(&life.club) {
        let (context, command) = (step.context, step.command);
        let mut row = Recorded::enact(&mut life.club.clone(), step.key, context, command);
        row.ids.0.iter_mut().for_each(|id| *id += 50);
        if let Ok(events) = &row.decision {
            life.club.apply(events, &row.ids);
        }
        life.journal.push(row);
    }
    assert_eq!(replay(&life.journal).unwrap(), life.club);
    let checked_in = |command: &Command| matches!(command, Command::CheckIn { .. });
    assert!(accepted(&life.journal, checked_in) > 20);
}
