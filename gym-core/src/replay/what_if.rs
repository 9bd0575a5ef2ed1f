//! [`what_if`]: a stretch of the journal, decided under another policy.

use std::collections::{BTreeMap, VecDeque};

use chrono::NaiveDateTime;

use super::figures::Tally;
use super::outlook::{Answer, Change, Outlook};
use super::{Recorded, canonical, decided_again};
use crate::booking::policy::{InvalidPolicy, Policy};
use crate::club::Club;
use crate::command::{Command, Context};
use crate::decision::{Decision, due};
use crate::event::{Event, Ids, New, PolicyVersion};
use crate::id::{Id, LocationId, PolicyId};
use crate::time::{Instant, Period};
use crate::user::Actor;

/// Decides the commands of a stretch under another policy, which is in force at every location, and says what
/// would have changed.
///
/// What was before the stretch is taken as it was recorded; what is after is left out. Changes of the policy
/// in the stretch do not happen in the other history. The commands are those that were given: somebody who is
/// refused in the other history does not try something else, and a command that was never given because of an
/// answer stays ungiven. So this bounds an effect from the side of the rules; it does not foresee behaviour. What a
/// decision asks for by itself (see [`due`]) is done in the other history too: the policy lets in at once who waits and
/// may have a seat by it, and a seat that stays free in the other history alone goes to who waits for it there.
///
/// # Errors
///
/// Refuses a policy that does not pass [`Policy::check`].
///
/// ```
/// use gym_core::booking::policy::Policy;
/// use gym_core::replay::what_if;
/// use gym_core::time::Period;
///
/// let march = Period::new("2026-03-01T00:00:00Z".parse()?, "2026-04-01T00:00:00Z".parse()?)?;
/// let outlook = what_if(&[], &Policy::default(), march)?;
/// assert!(outlook.changed.is_empty() && outlook.before == outlook.after);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn what_if(journal: &[Recorded], policy: &Policy, stretch: Period) -> Result<Outlook, InvalidPolicy> {
    policy.check()?;
    let reaches = |at| journal.iter().position(|row| row.context.now >= at);
    let first = reaches(stretch.start()).unwrap_or(journal.len());
    let last = reaches(stretch.end()).unwrap_or(journal.len());
    let (past, rest) = journal.split_at(first);
    let rows = rest.get(..last.saturating_sub(first)).unwrap_or_default();
    let mut was = Club::default();
    past.iter().for_each(|row| happened(&mut was, row));
    let mut other = Other {
        club: was.clone(),
        numbers: Numbers::above(journal),
        tally: Tally::default(),
    };
    other.enforce(policy, stretch.start());
    let (mut before, mut changed) = (Tally::default(), Vec::new());
    for row in rows {
        before.count(&was, &row.decision, row.context.now);
        happened(&mut was, row);
        if matches!(row.command, Command::SetPolicy { .. }) {
            other.tally.count(&other.club, &row.decision, row.context.now);
            continue;
        }
        let decision = other.live(row);
        if canonical(&decision) != canonical(&row.decision) {
            let (before, after) = (Answer::of(&row.decision), Answer::of(&decision));
            if before != after {
                changed.push(Change {
                    number: row.number,
                    context: row.context,
                    command: row.command.clone(),
                    before,
                    after,
                });
            }
        }
    }
    Ok(Outlook {
        before: before.finish(&was, stretch),
        after: other.tally.finish(&other.club, stretch),
        changed,
    })
}

/// The other history, as far as it has come.
struct Other {
    club: Club,
    numbers: Numbers,
    tally: Tally,
}

impl Other {
    /// Puts a policy in force at every location, and tries the lists on which it may let somebody in.
    fn enforce(&mut self, policy: &Policy, now: Instant) {
        let actor = Actor::System;
        let context = Context { now, actor };
        let mut asked = Vec::new();
        let locations: Vec<LocationId> = self.club.locations.iter().map(|location| location.id).collect();
        for location in locations.into_iter().map(Some).chain([None]) {
            let (id, policy) = (PolicyId::from_raw(self.numbers.next("policy")), policy.clone());
            let set = PolicyVersion { id, location, policy };
            asked.extend(due(&self
                .club
                .with_chances(&context, vec![Event::PolicySet(set.clone())])));
            self.club.policies.insert(set);
        }
        self.follow(asked, &context);
    }

    /// Decides a row again, and then what that asks for, unless the journal goes on with it anyway.
    fn live(&mut self, row: &Recorded) -> Decision {
        let decision = decided_again(&self.club, row);
        let recorded: Vec<Command> = row.decision.iter().flat_map(|events| due(events)).collect();
        let mut asked = self.happens(&decision, Some(row), row.context.now);
        asked.retain(|command| !recorded.contains(command));
        self.follow(asked, &row.context);
        decision
    }

    fn follow(&mut self, asked: Vec<Command>, context: &Context) {
        let mut next = VecDeque::from(asked);
        while let Some(command) = next.pop_front() {
            let decision = self.club.decide(&command, context);
            next.extend(self.happens(&decision, None, context.now));
        }
    }

    /// Counts a decision and makes it so. Returns what it asks for.
    fn happens(&mut self, decision: &Decision, row: Option<&Recorded>, now: Instant) -> Vec<Command> {
        self.tally.count(&self.club, decision, now);
        let events = decision.as_deref().unwrap_or_default();
        let ids = self.numbers.ids(row, events);
        self.club.apply(events, &ids);
        due(events).collect()
    }
}

fn happened(club: &mut Club, row: &Recorded) {
    if let Ok(events) = &row.decision {
        club.apply(events, &row.ids);
    }
}

/// What makes a new thing of one history the same as one of another: whom it is for, or its original start.
type Name = (i64, i64, Option<NaiveDateTime>);

fn name(event: &Event) -> Name {
    match event {
        Event::ClassAdded(new) => (0, 0, new.original),
        Event::Booked(new) => (new.class.get(), new.member.get(), None),
        Event::Waitlisted(new) => (new.class.get(), new.member.get(), None),
        _ => (0, 0, None),
    }
}

/// The numbers for new things: those that the same things got in the journal, or some above all of it.
struct Numbers {
    last: BTreeMap<&'static str, i64>,
}

impl Numbers {
    fn above(journal: &[Recorded]) -> Self {
        let mut numbers = Self {
            last: BTreeMap::new(),
        };
        for row in journal {
            for event in row.decision.iter().flatten() {
                if let Some(New { kind, local }) = event.made() {
                    let last = numbers.last.entry(kind).or_default();
                    *last = row.ids.real(Number(local)).0.max(*last);
                }
            }
        }
        numbers
    }

    fn next(&mut self, kind: &'static str) -> i64 {
        let last = self.last.entry(kind).or_default();
        *last += 1;
        *last
    }

    /// Gives ids to the new things of a decision in the other history, of a row of the journal or of none.
    fn ids(&mut self, row: Option<&Recorded>, events: &[Event]) -> Ids {
        let mut recorded: BTreeMap<&'static str, VecDeque<(Name, i64)>> = BTreeMap::new();
        let of_row = row
            .iter()
            .flat_map(|row| row.decision.iter().flatten().map(|event| (&row.ids, event)));
        for (ids, event) in of_row {
            if let Some(New { kind, local }) = event.made() {
                let real = ids.real(Number(local)).0;
                recorded.entry(kind).or_default().push_back((name(event), real));
            }
        }
        let mut ids = Ids::default();
        for event in events {
            let Some(New { kind, local }) = event.made() else {
                continue;
            };
            let same = recorded.get_mut(kind).and_then(|all| {
                let at = all.iter().position(|(named, _)| *named == name(event))?;
                all.remove(at)
            });
            let real = same.map_or_else(|| self.next(kind), |(_, real)| real);
            ids.note(Number(local), real);
        }
        ids
    }
}

/// An id of any kind.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Number(i64);

impl Id for Number {
    fn from_raw(value: i64) -> Self {
        Self(value)
    }
    fn raw(self) -> i64 {
        self.0
    }
}
