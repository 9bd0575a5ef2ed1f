//! What holds of every club, whatever happened.

use std::collections::{BTreeMap, BTreeSet};

use gym_core::club::{Club, Key};
use gym_core::entitlement::{Target, Uses};
use gym_core::id::LotId;
use gym_core::schedule::claim::{Owner, Resource};
use gym_core::time::{Instant, Period};

pub fn check(before: &Club, club: &Club, now: Instant) {
    no_two_claims_overlap(club);
    no_class_is_overfull(before, club, now);
    members_are_claimed_once(club);
    classes_are_claimed(club);
    lists_are_ordered(club);
    uses_are_covered(club);
}

fn no_two_claims_overlap(club: &Club) {
    let mut last: Option<(Resource, Period)> = None;
    for claim in club.claims.iter() {
        let occupied = claim.occupied();
        if let Some((resource, before)) = last.filter(|(resource, _)| *resource == claim.resource) {
            assert!(
                before.end() <= occupied.start(),
                "{resource} is taken twice: {before}, {occupied}"
            );
        }
        last = Some((claim.resource, occupied));
    }
}

/// Nothing overfills a class; what a room or unit loses while a class takes place does not count.
fn no_class_is_overfull(before: &Club, club: &Club, now: Instant) {
    let excess = |club: &Club, class| {
        let facts = club.class_facts(class);
        facts.map_or(0, |facts| facts.taken().saturating_sub(facts.capacity()))
    };
    for class in club
        .classes
        .iter()
        .filter(|class| class.is_scheduled() && class.period.start() > now)
    {
        let (was, is) = (excess(before, class.id), excess(club, class.id));
        assert!(is <= was, "class {} has {is} too many", class.id);
    }
}

/// No lot gives more than it granted, who holds uses holds one per seat, and what covers what is the best there is.
fn uses_are_covered(club: &Club) {
    let mut taken: BTreeMap<(LotId, u32), u32> = BTreeMap::new();
    let mut seats: BTreeMap<Target, u32> = BTreeMap::new();
    for it in club.uses.iter().filter(|it| it.state.is_live()) {
        *taken.entry((it.lot, it.cycle)).or_default() += 1;
        *seats.entry(it.target).or_default() += 1;
    }
    for ((lot, cycle), taken) in taken {
        let lot = club.lots.get(lot).unwrap();
        let (Uses::Counted(granted) | Uses::PerCycle { count: granted, .. }) = lot.terms.uses else {
            continue;
        };
        let gone = lot.broken_in(cycle);
        assert!(
            taken + gone <= granted,
            "lot {} gave {taken} of {granted} in cycle {cycle}",
            lot.id
        );
    }
    for (target, seats) in seats {
        if let Target::Registration(id) = target {
            assert_eq!(club.registrations.get(id).unwrap().seats, seats, "{target}");
        }
    }
}

/// Live bookings and sessions claim their member for their time, and nothing else claims a member.
fn members_are_claimed_once(club: &Club) {
    let mut expected: BTreeMap<(Owner, Resource), Period> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for booked in club.registrations.iter().filter(|booked| booked.state.is_live()) {
        assert!(
            seen.insert((booked.class, booked.member)),
            "two live bookings of class {}",
            booked.class
        );
        let period = club.classes.get(booked.class).unwrap().period;
        expected.insert(
            (Owner::Registration(booked.id), Resource::Member(booked.member)),
            period,
        );
    }
    for session in club.sessions.iter().filter(|session| session.state.is_live()) {
        expected.insert(
            (Owner::Session(session.id), Resource::Member(session.member)),
            session.period,
        );
    }
    let members = club
        .claims
        .iter()
        .filter(|claim| matches!(claim.resource, Resource::Member(_)));
    let claimed: BTreeMap<_, _> = members
        .map(|claim| ((claim.owner, claim.resource), claim.occupied()))
        .collect();
    assert_eq!(claimed, expected);
}

/// Classes that take place claim their trainer and room with buffers and their units; others claim nothing.
fn classes_are_claimed(club: &Club) {
    for class in club.classes.iter() {
        let claims: Vec<_> = club.claims.of(Owner::Class(class.id)).collect();
        if !class.is_scheduled() {
            assert!(
                claims.is_empty(),
                "class {} is {:?} and claims {claims:?}",
                class.id,
                class.state
            );
            continue;
        }
        let around = class.offering.buffers.around(class.period);
        let fixed = [
            class.offering.trainer.map(Resource::Trainer),
            class.offering.room.map(Resource::Room),
        ];
        for resource in fixed.into_iter().flatten() {
            let found = claims.iter().find(|claim| claim.resource == resource);
            assert_eq!(
                found.map(|claim| claim.occupied()),
                Some(around),
                "class {} and {resource}",
                class.id
            );
        }
        for claim in claims {
            assert_eq!(claim.block(), class.period, "{:?}", claim.resource);
        }
    }
}

/// Places on a list are never given twice, and a member waits for a class at most once, and not if booked.
fn lists_are_ordered(club: &Club) {
    for class in club.classes.iter() {
        let mut last = 0;
        for entry in club.waitlist.of(Key::Class(class.id)) {
            assert!(entry.seq > last, "class {}: {} after {last}", class.id, entry.seq);
            last = entry.seq;
        }
        let live = club
            .waitlist
            .of(Key::Class(class.id))
            .filter(|entry| entry.state.is_live());
        let booked = club
            .registrations
            .of(Key::Class(class.id))
            .filter(|booked| booked.state.is_live());
        let mut people: Vec<_> = live
            .map(|entry| entry.member)
            .chain(booked.map(|booked| booked.member))
            .collect();
        people.sort_unstable();
        let all = people.len();
        people.dedup();
        assert_eq!(
            people.len(),
            all,
            "class {}: somebody waits or is booked twice",
            class.id
        );
    }
}
