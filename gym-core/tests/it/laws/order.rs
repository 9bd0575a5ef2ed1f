//! Seats go to who waits in the order of entering, and past nobody but for a reason that held.

use crate::support::Gym;
use gym_core::booking::policy::{Mode, Order};
use gym_core::booking::refusal::{Code, Reason};
use gym_core::booking::rules::{Ask, admission};
use gym_core::booking::{WaitlistEntry, WaitlistState};
use gym_core::command::Command;
use gym_core::entitlement::{EntitlementEvent, Target};
use gym_core::event::Event;
use gym_core::id::{ClassId, MemberId, RegistrationId};
use gym_core::schedule::class::Class;

pub fn holds(before: &Gym, command: &Command, events: &[Event]) {
    promotions_are_in_order(before, command, events);
    for (at, event) in events.iter().enumerate() {
        if let Event::WaitlistSkipped { entry, reasons } = event {
            let codes = |reasons: &[Reason]| reasons.iter().map(Reason::code).collect::<Vec<Code>>();
            assert!(
                !reasons.is_empty(),
                "{command:?} skipped entry {entry} for nothing"
            );
            if let Some(found) = against(before, events, at, before.club.waitlist.get(*entry).unwrap()) {
                assert_eq!(codes(reasons), codes(&found), "{command:?} skipped entry {entry}");
            }
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
        let named = matches!(command, Command::Book(book) if book.member == entry.member);
        assert!(
            events.iter().any(passed) || named,
            "{command:?} passed over entry {}",
            entry.id
        );
    }
}

/// Works out anew what spoke against an entry when it was skipped, from the club before and what had happened up to
/// there; nothing if the command changed several classes, of which each is decided on what became of the others.
fn against(before: &Gym, events: &[Event], at: usize, entry: &WaitlistEntry) -> Option<Vec<Reason>> {
    let class = entry.class;
    let changed = |event: &&Event| matches!(event, Event::ClassMoved { .. } | Event::ClassStated { .. });
    let changes: Vec<&Event> = events.iter().filter(changed).collect();
    let then = match changes.as_slice() {
        [] => before.club.classes.get(class).unwrap().clone(),
        [
            Event::ClassMoved {
                class: moved,
                period,
                offering,
            },
        ] if *moved == class => Class {
            period: *period,
            offering: offering.clone(),
            ..before.club.classes.get(class).unwrap().clone()
        },
        _ => return None,
    };
    let elsewhere = |event: &Event| match event {
        Event::Booked(new) => new.class != class,
        Event::BookingSettled { registration, .. } => {
            let booked = before.club.registrations.get(*registration);
            booked.is_some_and(|booked| booked.class != class)
        }
        _ => false,
    };
    if events[..at].iter().any(elsewhere) {
        return None;
    }
    let mut facts = before.club.class_facts(class).unwrap();
    let policy = before.club.policy(facts.location.id);
    facts.class = &then;
    for event in &events[..at] {
        match event {
            Event::BookingSettled {
                registration, state, ..
            } if !state.is_live() => {
                facts.gone.push(*registration);
                if releases(before, events, *registration) {
                    facts.freed.push(*registration);
                }
            }
            Event::Booked(new) if new.class == class => {
                facts.given.push((new.channel, new.seats));
                facts.covered.push((new.member, new.seats));
            }
            Event::WaitlistMoved {
                entry,
                state: WaitlistState::Offered,
                ..
            } => {
                let entry = before.club.waitlist.get(*entry).unwrap();
                facts.given.push((entry.channel, entry.seats));
            }
            _ => {}
        }
    }
    if let Some(uncovered) = set_aside(events, class) {
        facts.covered.retain(|(member, _)| *member != uncovered);
    }
    let member = before.club.member_facts(entry.member, &facts, before.now, policy);
    let ask = Ask {
        seats: entry.seats,
        channel: entry.channel,
    };
    Some(admission(&facts, &member.unwrap(), ask, before.now, policy))
}

/// Whether the uses of a booking are given back.
fn releases(before: &Gym, events: &[Event], booked: RegistrationId) -> bool {
    events.iter().any(|event| match event {
        Event::Entitlement(EntitlementEvent::Released { id, .. }) => {
            let it = before.club.uses.get(*id);
            it.is_some_and(|it| it.target == Target::Registration(booked))
        }
        _ => false,
    })
}

/// Whom staff booked without a lot.
fn set_aside(events: &[Event], class: ClassId) -> Option<MemberId> {
    let uncovered =
        |event: &Event| matches!(event, Event::Overridden { rules, .. } if rules.contains(&Code::Uncovered));
    let booked = events.iter().rev().find_map(|event| match event {
        Event::Booked(new) if new.class == class => Some(new.member),
        _ => None,
    });
    booked.filter(|_| events.iter().any(uncovered))
}
