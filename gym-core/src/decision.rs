//! A [`Decision`] is what happened, or why not; a [`Draft`] is one in the making.

use std::collections::BTreeSet;

use chrono::NaiveDateTime;

use crate::booking::refusal::{Code, Reason, Refusal};
use crate::command::{Command, Override};
use crate::event::Event;
use crate::id::{Id, MemberId};
use crate::schedule::claim::Owner;
use crate::time::Fit;

/// What happened, or every reason why nothing did.
pub type Decision = Result<Vec<Event>, Refusal>;

/// Returns the commands that what happened asks for, to be given right after it, each on its own.
///
/// A decision about one class cannot give away the seats of another, which only that class's lock allows. So it says
/// where a promotion is due, and whoever applied it promotes there; that may ask for more.
pub fn due(events: &[Event]) -> impl Iterator<Item = Command> {
    events.iter().filter_map(|event| match event {
        Event::PromotionDue { class } => Some(Command::Promote { class: *class }),
        _ => None,
    })
}

/// The version of the rules in this crate, journaled with each decision: the same facts, command, time and
/// policy give the same decision for the same version.
pub const DECISION_VERSION: u32 = 1;

/// The events of a decision in the making, and the next local id.
#[derive(Debug, Default)]
pub struct Draft {
    events: Vec<Event>,
    used: u32,
}

impl Draft {
    /// Goes on with a decision whose events are known.
    pub(crate) fn resume(events: Vec<Event>) -> Self {
        let lowest = |event: &Event| {
            let parts: i64 = match event {
                Event::Billing(event) => event.parts().map(|part| part.local).min().unwrap_or(0),
                _ => 0,
            };
            event.made().map_or(parts, |new| new.local.min(parts))
        };
        let lowest = events.iter().map(lowest).min().unwrap_or(0);
        let used = u32::try_from(lowest.unsigned_abs()).unwrap_or(u32::MAX);
        Self { events, used }
    }

    /// Returns the next local id.
    pub fn local<I: Id>(&mut self) -> I {
        self.used += 1;
        I::from_raw(-i64::from(self.used))
    }

    /// Adds what happened.
    pub fn push(&mut self, event: Event) {
        self.events.push(event);
    }

    /// Adds what happened, unless it was said before.
    pub(crate) fn push_once(&mut self, event: Event) {
        if !self.events.contains(&event) {
            self.push(event);
        }
    }

    /// Adds how a start was taken that was asked for, if that happens twice or never.
    pub(crate) fn fitted(&mut self, owner: Owner, asked: NaiveDateTime, fit: Fit) {
        if fit != Fit::Exact {
            self.push(Event::StartFitted { owner, asked, fit });
        }
    }

    /// Returns what happened so far.
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// Whether a booking of a member is among what happened.
    pub(crate) fn seats(&self, member: MemberId) -> bool {
        let booked = |event: &Event| matches!(event, Event::Booked(new) if new.member == member);
        self.events.iter().any(booked)
    }

    /// Returns what happened.
    pub fn into_events(self) -> Vec<Event> {
        self.events
    }
}

/// Takes the rules that an override names off the reasons and records it; adds why it may not, if it may not.
pub fn set_aside(
    draft: &mut Draft,
    reasons: &mut Vec<Reason>,
    overriding: Option<&Override>,
    permitted: Result<(), Reason>,
) {
    let Some(overriding) = overriding else { return };
    if let Err(reason) = permitted {
        reasons.push(reason);
        return;
    }
    let (allowed, never): (BTreeSet<Code>, BTreeSet<Code>) =
        overriding.rules.iter().partition(|rule| rule.is_overridable());
    let used: BTreeSet<Code> = reasons
        .iter()
        .map(Reason::code)
        .filter(|code| allowed.contains(code))
        .collect();
    reasons.retain(|reason| !used.contains(&reason.code()));
    reasons.extend(never.into_iter().map(|rule| Reason::NeverOverridden { rule }));
    if !used.is_empty() {
        draft.push(Event::Overridden {
            rules: used.into_iter().collect(),
            why: overriding.why.clone(),
        });
    }
}
