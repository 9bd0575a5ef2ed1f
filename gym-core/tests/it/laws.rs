//! What holds of every club after any commands, in any order, by any clock.
//!
//! `GYM_SOAK=1` runs a hundred times as many histories.

use crate::support::Gym;
use crate::support::world::{Step, World, policies, steps, world};
use gym_core::booking::policy::{Mode, Order};
use gym_core::booking::refusal::Code;
use gym_core::booking::rules::{Ask, admission};
use gym_core::booking::{RegistrationState, WaitlistState};
use gym_core::command::{Command, Scope};
use gym_core::event::Event;
use gym_core::id::{ClassId, MemberId};
use gym_core::schedule::claim::{Claim, Owner, Resource};
use gym_core::time::Period;
use proptest::prelude::*;

fn act(world: &mut World, step: &Step) {
    world.gym.now += chrono::Duration::minutes(step.minutes.into());
    let user = world
        .users
        .get(usize::from(step.member))
        .filter(|_| step.number.is_multiple_of(7));
    world.gym.by(user.copied());
    let command = world.command(step);
    let before = world.gym.clone();
    if let Ok(events) = world.gym.run(&command) {
        identity_is_kept(&before, &world.gym, &command);
        promotions_are_in_order(&before, &command, &events);
        for class in touched(&world.gym, &command) {
            no_seat_is_left(&world.gym, class, &command);
        }
        cancelling_undoes_booking(&before, &world.gym, &command, &events);
        world.gym.follow();
        for class in abandoned(&before, &events) {
            no_seat_is_left(&world.gym, class, &command);
        }
    }
}

/// The classes whose seats a command may change.
fn touched(gym: &Gym, command: &Command) -> Vec<ClassId> {
    match command {
        Command::Book(_)
        | Command::Cancel { .. }
        | Command::Promote { .. }
        | Command::Hold { .. }
        | Command::ReleaseHold { .. }
        | Command::SetCapacity { .. }
        | Command::Substitute {
            scope: Scope::This, ..
        }
        | Command::MoveClass {
            scope: Scope::This, ..
        } => command.class().into_iter().collect(),
        Command::ResizeRoom { .. } => {
            let classes = gym
                .club
                .classes
                .iter()
                .filter(|class| class.offering.room.is_some());
            classes.map(|class| class.id).collect()
        }
        _ => Vec::new(),
    }
}

/// The classes of which somebody gave an offer up for something else.
fn abandoned(before: &Gym, events: &[Event]) -> Vec<ClassId> {
    let left = events.iter().filter_map(|event| match event {
        Event::WaitlistMoved {
            entry,
            state: WaitlistState::Left,
            ..
        } => before.club.waitlist.get(*entry),
        _ => None,
    });
    left.filter(|entry| entry.offer_stands(before.now))
        .map(|entry| entry.class)
        .collect()
}

/// Where seats are given or offered, none is left for which somebody waits who may have it.
fn no_seat_is_left(gym: &Gym, class: ClassId, command: &Command) {
    let facts = gym.club.class_facts(class).unwrap();
    let policy = gym.club.policy(facts.location.id);
    let start = facts.class.period.start();
    let closes = policy.waitlist.closes.before(start, facts.zone());
    if policy.waitlist.mode == Mode::Broadcast || gym.now >= closes || !facts.class.is_scheduled() {
        return;
    }
    // Rooms are resized for classes that are to come.
    let free = facts.free(gym.now);
    let mut with_offers = facts.clone();
    let offers = facts.waitlist.iter().filter(|entry| entry.offer_stands(gym.now));
    with_offers
        .given
        .extend(offers.map(|entry| (entry.channel, entry.seats)));
    for entry in facts
        .waitlist
        .iter()
        .filter(|entry| entry.state == WaitlistState::Waiting)
    {
        let member = gym
            .club
            .member_facts(entry.member, &facts, gym.now, policy)
            .unwrap();
        let ask = Ask {
            seats: entry.seats,
            channel: entry.channel,
        };
        if !admission(&with_offers, &member, ask, gym.now, policy).is_empty() {
            continue;
        }
        assert!(
            entry.seats > free,
            "{command:?} left {free} seats free for entry {}",
            entry.id
        );
        if policy.waitlist.order == Order::Fifo {
            return;
        }
    }
}

/// Whom staff seat by saying that the seats need not be kept for those who wait.
fn jumps_the_queue(command: &Command) -> Option<MemberId> {
    let Command::Book(book) = command else { return None };
    let why = book.overriding.as_ref()?;
    why.rules.contains(&Code::SeatsKept).then_some(book.member)
}

/// Who is promoted came before all others that were neither promoted nor skipped, where order is strict.
fn promotions_are_in_order(before: &Gym, command: &Command, events: &[Event]) {
    let Some(class) = command.class() else { return };
    let facts = before.club.class_facts(class).unwrap();
    let policy = before.club.policy(facts.location.id).waitlist;
    if policy.mode != Mode::Auto {
        return;
    }
    let moved = |to| {
        let seqs = events.iter().filter_map(move |event| match event {
            Event::WaitlistMoved { entry, state, .. } if *state == to => Some(*entry),
            _ => None,
        });
        seqs.filter_map(|id| facts.waitlist.iter().find(|entry| entry.id == id))
            .filter(|entry| Some(entry.member) != jumps_the_queue(command))
            .map(|entry| entry.seq)
    };
    let promoted: Vec<u32> = moved(WaitlistState::Promoted).collect();
    assert!(promoted.is_sorted(), "{command:?} promoted {promoted:?}");
    let Some(last) = promoted.last().filter(|_| policy.order == Order::Fifo) else {
        return;
    };
    for entry in facts
        .waitlist
        .iter()
        .filter(|entry| entry.state == WaitlistState::Waiting && entry.seq < *last)
    {
        let passed = |event: &Event| match event {
            Event::WaitlistSkipped { entry: of, .. } | Event::WaitlistMoved { entry: of, .. } => {
                *of == entry.id
            }
            _ => false,
        };
        let names_it = matches!(command, Command::Book(book) if book.member == entry.member);
        let busy = matches!(command, Command::MoveClass { .. });
        assert!(
            events.iter().any(passed) || names_it || busy,
            "{command:?} passed over entry {}",
            entry.id
        );
    }
}

/// A dated class is the same after a change: the same id, and found by one civil start of one series.
fn identity_is_kept(before: &Gym, after: &Gym, command: &Command) {
    let mut names = std::collections::BTreeSet::new();
    for class in after.club.classes.iter().filter(|class| class.series.is_some()) {
        assert!(
            names.insert((class.series, class.original)),
            "{command:?}: two classes {:?}",
            class.original
        );
    }
    for old in before.club.classes.iter() {
        let new = after.club.classes.get(old.id).unwrap();
        let rekeys = matches!(
            command,
            Command::MoveClass {
                scope: Scope::Following | Scope::All,
                ..
            } | Command::Substitute {
                scope: Scope::Following | Scope::All,
                ..
            }
        );
        assert!(
            rekeys || (new.series, new.original) == (old.series, old.original),
            "{command:?}"
        );
    }
}

/// A booking that is cancelled at once leaves claims, seats and queue as they were.
fn cancelling_undoes_booking(before: &Gym, after: &Gym, command: &Command, events: &[Event]) {
    let Command::Book(book) = command else { return };
    let alone = |event: &Event| {
        matches!(
            event,
            Event::Booked(_) | Event::Claimed(_) | Event::Overridden { .. }
        )
    };
    if !events.iter().all(alone) {
        return;
    }
    let mut then = after.clone();
    let cancel = Command::Cancel {
        class: book.class,
        member: book.member,
    };
    let Ok(events) = then.by(None).run(&cancel) else {
        return;
    };
    let state = |event: &Event| match event {
        Event::BookingSettled { state, .. } => Some(*state),
        _ => None,
    };
    if events.iter().find_map(state) != Some(RegistrationState::Cancelled)
        || events
            .iter()
            .any(|event| matches!(event, Event::Booked(_) | Event::WaitlistMoved { .. }))
    {
        return;
    }
    let claims = |gym: &Gym| -> Vec<(Resource, Owner, Period)> {
        let told = |claim: &Claim| (claim.resource, claim.owner, claim.occupied());
        gym.club.claims.iter().map(told).collect()
    };
    let seats = |gym: &Gym| {
        let facts = gym.club.class_facts(book.class).unwrap();
        (facts.taken(), facts.free(gym.now))
    };
    assert_eq!(claims(before), claims(&then));
    assert_eq!(seats(before), seats(&then));
    assert!(before.club.waitlist == then.club.waitlist && before.club.penalties == then.club.penalties);
}

proptest! {
    #![proptest_config(crate::support::soak::cases(96))]

    #[test]
    fn any_history_keeps_the_laws(policy in policies(), steps in steps()) {
        let mut world = world(policy);
        for step in &steps {
            act(&mut world, step);
        }
    }
}
