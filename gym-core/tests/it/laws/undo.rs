//! A booking that is cancelled at once leaves claims, seats, queue and lots as they were.

use std::collections::BTreeMap;

use crate::support::Gym;
use gym_core::booking::RegistrationState;
use gym_core::command::Command;
use gym_core::entitlement::Use;
use gym_core::event::Event;
use gym_core::id::{Id, LotId};
use gym_core::schedule::claim::{Claim, Owner, Resource};
use gym_core::time::Period;

pub fn holds(before: &Gym, after: &Gym, command: &Command, events: &[Event]) {
    let Command::Book(book) = command else { return };
    let alone = |event: &Event| {
        matches!(
            event,
            Event::Booked(_)
                | Event::Claimed(_)
                | Event::Overridden { .. }
                | Event::Entitlement(_)
                | Event::Ledger(_)
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
    let moves = |event: &Event| matches!(event, Event::Booked(_) | Event::WaitlistMoved { .. });
    if events.iter().find_map(state) != Some(RegistrationState::Cancelled) || events.iter().any(moves) {
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
    assert_eq!(spent(before), spent(&then), "{command:?}");
    // A lot that came since the last booking is used first from then on; after that, nothing moves any more.
    let mut again = then.clone();
    if again.by(None).run(command).is_ok() && again.by(None).run(&cancel).is_ok() {
        assert_eq!(uses(&then), uses(&again), "{command:?}");
    }
    assert!(before.club.waitlist == then.club.waitlist && before.club.penalties == then.club.penalties);
}

/// What is used, whatever lot it is of.
fn spent(gym: &Gym) -> Vec<Use> {
    let lot = LotId::from_raw(1);
    let live = gym.club.uses.iter().filter(|it| it.state.is_live());
    // Cycles are counted by each lot.
    let cycle = 0;
    live.map(|it| Use { lot, cycle, ..it.clone() }).collect()
}

/// The live uses of each lot: for what, of which cycle, and on which day.
fn uses(gym: &Gym) -> BTreeMap<LotId, Vec<Use>> {
    let mut uses: BTreeMap<LotId, Vec<Use>> = BTreeMap::new();
    for it in gym.club.uses.iter().filter(|it| it.state.is_live()) {
        uses.entry(it.lot).or_default().push(it.clone());
    }
    uses
}
