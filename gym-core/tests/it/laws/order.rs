//! Seats go to who waits in the order of entering, and past nobody but for a reason that held.

use std::collections::BTreeSet;

use crate::support::Gym;
use gym_core::booking::policy::{Mode, Order};
use gym_core::booking::refusal::{Code, Reason};
use gym_core::booking::rules::{Ask, admission};
use gym_core::booking::{WaitlistEntry, WaitlistState};
use gym_core::command::Command;
use gym_core::entitlement::{EntitlementEvent, Target};
use gym_core::event::{Event, Ids};
use gym_core::id::MemberId;

pub fn holds(before: &Gym, command: &Command, events: &[Event]) {
    promotions_are_in_order(before, command, events);
    for (at, event) in events.iter().enumerate() {
        if let Event::WaitlistSkipped { entry, reasons } = event {
            let codes = |reasons: &[Reason]| reasons.iter().map(Reason::code).collect::<Vec<Code>>();
            assert!(
                !reasons.is_empty(),
                "{command:?} skipped entry {entry} for nothing"
            );
            let found = against(before, events, at, before.club.waitlist.get(*entry).unwrap());
            assert_eq!(codes(reasons), codes(&found), "{command:?} skipped entry {entry}");
        }
    }
}

/// Whom staff seat by saying that the seats need not be kept for those who wait.
fn jumps_the_queue(command: &Command) -> Option<MemberId> {
    let Command::Book(book) = command else { return None };
    let why = book.overriding.as_ref()?;
    why.rules.contains(&Code::SeatsKept).then_some(book.member)
}

/// Who is promoted came before all others that were neither promoted nor skipped, where order is strict. Once the list
/// is closed, nobody is, and who waits may book like anybody else.
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
    let mut promoted: Vec<u32> = moved(WaitlistState::Promoted).collect();
    let starts = events.iter().rev().find_map(|event| match event {
        Event::ClassMoved {
            class: moved, period, ..
        } if *moved == class => Some(period.start()),
        _ => None,
    });
    let start = starts.unwrap_or(facts.class.period.start());
    if before.now >= policy.closes.before(start, facts.zone()) {
        let own =
            |entry: &&&WaitlistEntry| matches!(command, Command::Book(book) if book.member == entry.member);
        let own: Vec<u32> = facts.waitlist.iter().filter(own).map(|entry| entry.seq).collect();
        promoted.retain(|seq| !own.contains(seq));
        assert!(
            promoted.is_empty(),
            "{command:?} promoted {promoted:?} after the list was closed"
        );
    }
    let was_passed = |seq: &u32| {
        let of = |id| {
            facts
                .waitlist
                .iter()
                .any(|entry| entry.id == id && entry.seq == *seq)
        };
        let passed = |event: &Event| matches!(event, Event::WaitlistSkipped { entry, .. } if of(*entry));
        events.iter().any(passed)
    };
    // Who was passed over for a reason may have their turn later, when another seat of the same decision ends it.
    let in_turn: Vec<u32> = promoted.iter().copied().filter(|seq| !was_passed(seq)).collect();
    assert!(in_turn.is_sorted(), "{command:?} promoted {promoted:?}");
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
        let named = matches!(command, Command::Book(book) if book.member == entry.member);
        assert!(
            events.iter().any(passed) || named,
            "{command:?} passed over entry {}",
            entry.id
        );
    }
}

/// Works out anew what spoke against an entry when it was skipped, in the club as the events before made it. Uses come
/// at the end of a decision; those of what was booked and settled before count already.
fn against(before: &Gym, events: &[Event], at: usize, entry: &WaitlistEntry) -> Vec<Reason> {
    let mut club = before.club.clone();
    let (past, rest) = events.split_at(at);
    club.apply(past, &Ids::default());
    let settled: BTreeSet<Target> = past.iter().filter_map(visit_of).collect();
    let counts = |event: &&Event| match event {
        Event::Entitlement(EntitlementEvent::Held(new)) => settled.contains(&new.target),
        Event::Entitlement(EntitlementEvent::Released { id, .. }) => {
            let of = before.club.uses.get(*id).map(|it| it.target);
            of.is_some_and(|of| settled.contains(&of))
        }
        _ => false,
    };
    let uses: Vec<Event> = rest.iter().filter(counts).cloned().collect();
    club.apply(&uses, &Ids::default());
    let facts = club.class_facts(entry.class).unwrap();
    let policy = club.policy(facts.location.id);
    let member = club.member_facts(entry.member, &facts, before.now, policy);
    let ask = Ask {
        seats: entry.seats,
        channel: entry.channel,
    };
    admission(&facts, &member.unwrap(), ask, before.now, policy)
}

/// The visit that an event makes, settles or brings back.
fn visit_of(event: &Event) -> Option<Target> {
    match event {
        Event::Booked(new) => Some(Target::Registration(new.id)),
        Event::BookingSettled { registration, .. } | Event::BookingReinstated { registration } => {
            Some(Target::Registration(*registration))
        }
        Event::SessionStated { session, .. } => Some(Target::Session(*session)),
        _ => None,
    }
}
