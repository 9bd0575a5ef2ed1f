//! [`alternatives`]: what to do instead of what is refused.

use super::WaitlistEntry;
use super::facts::ClassFacts;
use super::refusal::{Alternative, Reason};
use crate::command::{Book, IfFull};
use crate::event::Event;
use crate::time::Instant;

/// Lists what would have been accepted instead of a booking or a hold, each of which is tried as `accepted` says.
pub(super) fn alternatives(
    class: &ClassFacts<'_>,
    command: &Book,
    reasons: &[Reason],
    now: Instant,
    accepted: impl Fn(&Book, Instant) -> Option<Vec<Event>>,
) -> Vec<Alternative> {
    let mut found = Vec::new();
    let fewer = reasons.iter().filter_map(|reason| match reason {
        Reason::Full {
            capacity,
            taken,
            kept,
            ..
        } => Some(capacity.saturating_sub(*taken).saturating_sub(*kept)),
        Reason::ChannelFull {
            most, taken, kept, ..
        } => Some(most.saturating_sub(*taken).saturating_sub(*kept)),
        Reason::PartySize { most, .. } => Some(*most),
        _ => None,
    });
    if let Some(seats) = fewer.min().filter(|seats| (1..command.seats).contains(seats)) {
        let fewer = Book {
            seats,
            if_full: IfFull::Refuse,
            ..command.clone()
        };
        if accepted(&fewer, now).is_some() {
            found.push(Alternative::Seats { seats });
        }
    }
    let later = reasons.iter().filter_map(|reason| match reason {
        Reason::NotYetOpen { opens_at: at } | Reason::Banned { until: at } => Some(*at),
        _ => None,
    });
    if let Some(at) = later.max().filter(|at| accepted(command, *at).is_some()) {
        found.push(Alternative::From { at });
    }
    if command.if_full == IfFull::Refuse {
        let waiting = Book {
            if_full: IfFull::Wait,
            ..command.clone()
        };
        let waits = |events: &Vec<Event>| {
            events
                .iter()
                .any(|event| matches!(event, Event::Waitlisted(new) if new.member == command.member))
        };
        if let Some(events) = accepted(&waiting, now).filter(waits) {
            let ahead = class.waiting(now).filter(|entry| !left_by(&events, entry));
            let position = ahead.count() as u32 + 1;
            found.push(Alternative::Wait { position });
        }
    }
    found
}

/// Whether events end the waiting of an entry.
fn left_by(events: &[Event], entry: &WaitlistEntry) -> bool {
    events.iter().any(
        |event| matches!(event, Event::WaitlistMoved { entry: of, state, .. } if *of == entry.id && !state.is_live()),
    )
}
