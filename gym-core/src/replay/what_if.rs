//! [`what_if`]: a stretch of the journal, decided under another policy.

use std::collections::{BTreeMap, VecDeque};

use chrono::NaiveDateTime;

use super::figures::Tally;
use super::outlook::{Answer, Change, Outlook};
use super::{Recorded, canonical, decided_again};
use crate::booking::policy::{InvalidPolicy, Policy};
use crate::club::Club;
use crate::command::Command;
use crate::event::{Event, Ids, New, PolicyVersion};
use crate::id::{Id, LocationId, PolicyId};
use crate::time::Period;

/// Decides the commands of a stretch under another policy, which is in force at every location, and says what
/// would have changed.
///
/// What was before the stretch is taken as it was recorded; what is after is left out. Changes of the policy
/// in the stretch do not happen in the other history. The commands are those that were given: somebody who is
/// refused in the other history does not try something else, and a command that was never given because of an
/// answer stays ungiven. So this bounds an effect from the side of the rules; it does not foresee behaviour.
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
    let mut numbers = Numbers::above(journal);
    let mut would = was.clone();
    numbers.enforce(&mut would, policy);
    let (mut before, mut after, mut changed) = (Tally::default(), Tally::default(), Vec::new());
    for row in rows {
        let now = row.context.now;
        before.count(&was, &row.decision, now);
        happened(&mut was, row);
        if matches!(row.command, Command::SetPolicy { .. }) {
            after.count(&would, &row.decision, now);
            continue;
        }
        let decision = decided_again(&would, row);
        after.count(&would, &decision, now);
        if let Ok(events) = &decision {
            let ids = numbers.ids(row, events);
            would.apply(events, &ids);
        }
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
        after: after.finish(&would, stretch),
        changed,
    })
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

    /// Puts a policy in force at every location.
    fn enforce(&mut self, club: &mut Club, policy: &Policy) {
        let locations: Vec<LocationId> = club.locations.iter().map(|location| location.id).collect();
        for location in locations.into_iter().map(Some).chain([None]) {
            let (id, policy) = (PolicyId::from_raw(self.next("policy")), policy.clone());
            club.policies.insert(PolicyVersion { id, location, policy });
        }
    }

    /// Gives ids to the new things of a decision in the other history.
    fn ids(&mut self, row: &Recorded, events: &[Event]) -> Ids {
        let mut recorded: BTreeMap<&'static str, VecDeque<(Name, i64)>> = BTreeMap::new();
        for event in row.decision.iter().flatten() {
            if let Some(New { kind, local }) = event.made() {
                let real = row.ids.real(Number(local)).0;
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
