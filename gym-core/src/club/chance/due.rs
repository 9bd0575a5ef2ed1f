//! Of which classes the lists are tried next.

use std::collections::BTreeSet;

use super::less::who_books;
use crate::booking::policy::{Mode, Order, Policy};
use crate::booking::{WaitlistEntry, WaitlistState};
use crate::club::{Club, Key};
use crate::command::Context;
use crate::event::{Event, PolicyVersion};
use crate::id::{ClassId, LocationId, MemberId, WaitlistId};
use crate::schedule::class::{Class, ClassState};
use crate::time::Instant;

impl Club {
    /// Adds to what happened where it makes a promotion due.
    pub(crate) fn with_chances(&self, context: &Context, mut events: Vec<Event>) -> Vec<Event> {
        let chances = self.chances(&events);
        let mut tries = Tries::new(self, &events, context.now);
        for member in &chances.members {
            tries.of(*member, |_, _| true);
        }
        for member in &chances.off_a_list {
            tries.of(*member, |_, rules| rules.limits.waiting_counts);
        }
        let busier = events.iter().filter_map(who_books);
        for member in chances.held_back.iter().copied().chain(busier) {
            tries.of(member, keeps_seats);
        }
        for member in events.iter().filter_map(who_joins_a_list) {
            let counts = |rules: &Policy| rules.limits.waiting_counts;
            tries.of(member, |entry, rules| counts(rules) && keeps_seats(entry, rules));
        }
        for rules in events.iter().filter_map(new_rules) {
            tries.of_all(|class| self.opens(rules, class.offering.location));
        }
        let due = tries.found.difference(&tries.known);
        events.extend(due.map(|class| Event::PromotionDue { class: *class }));
        events
    }

    /// Whether new rules may let somebody in at a location whom its rules kept out.
    fn opens(&self, rules: &PolicyVersion, place: LocationId) -> bool {
        let own = self.policies.of(Key::Location(place)).next().is_some();
        let holds = rules.location == Some(place) || (rules.location.is_none() && !own);
        let now = self.policy(place);
        let alike = |rules: &Policy| Policy {
            hold_minutes: now.hold_minutes,
            cancelling: now.cancelling,
            attendance: now.attendance,
            penalties: now.penalties,
            door: now.door,
            ..rules.clone()
        };
        holds && alike(&rules.policy) != *now
    }
}

/// The classes whose lists are tried next.
struct Tries<'a> {
    club: &'a Club,
    now: Instant,
    /// Entries that the decision itself has moved, and those that it brings back.
    settled: BTreeSet<WaitlistId>,
    revived: BTreeSet<WaitlistId>,
    /// Classes that the decision itself reopens.
    reopened: BTreeSet<ClassId>,
    /// The classes of which the decision itself says so.
    known: BTreeSet<ClassId>,
    found: BTreeSet<ClassId>,
}

impl<'a> Tries<'a> {
    fn new(club: &'a Club, events: &[Event], now: Instant) -> Self {
        let mut tries = Self {
            club,
            now,
            settled: BTreeSet::new(),
            revived: BTreeSet::new(),
            reopened: BTreeSet::new(),
            known: BTreeSet::new(),
            found: BTreeSet::new(),
        };
        for event in events {
            match event {
                Event::WaitlistMoved { entry, .. } => tries.settled.insert(*entry),
                Event::WaitlistRevived { entry } => tries.revived.insert(*entry),
                Event::ClassStated { class, state } if *state == ClassState::Scheduled => {
                    tries.reopened.insert(*class)
                }
                Event::PromotionDue { class } => tries.known.insert(*class),
                _ => false,
            };
        }
        tries
    }

    /// Adds the classes for which a member waits, if an entry matters under the rules there.
    fn of(&mut self, member: MemberId, matters: impl Fn(&WaitlistEntry, &Policy) -> bool) {
        for entry in self.club.waitlist.of(Key::Member(member)) {
            let rules = |class: &Class| self.club.policy(class.offering.location);
            let class = self.ahead(entry).filter(|class| matters(entry, rules(class)));
            self.found.extend(class.map(|class| class.id));
        }
    }

    /// Adds the classes for which anybody waits, if they matter.
    fn of_all(&mut self, matters: impl Fn(&Class) -> bool) {
        for entry in self.club.waitlist.iter() {
            let class = self.ahead(entry).filter(|class| matters(class));
            self.found.extend(class.map(|class| class.id));
        }
    }

    /// Returns the class for which an entry waits, if that is yet to come.
    fn ahead(&self, entry: &WaitlistEntry) -> Option<&'a Class> {
        let stands = entry.state == WaitlistState::Waiting || self.revived.contains(&entry.id);
        let waits = stands && !self.settled.contains(&entry.id);
        let class = waits.then(|| self.club.classes.get(entry.class))?;
        let takes_place = |class: &&Class| class.is_scheduled() || self.reopened.contains(&class.id);
        class.filter(|class| takes_place(class) && self.now < class.period.start())
    }
}

/// Whether an entry, as long as it is valid, keeps seats that it does not take from who comes after it.
fn keeps_seats(entry: &WaitlistEntry, rules: &Policy) -> bool {
    let gives = rules.waitlist.mode != Mode::Broadcast;
    entry.seats > 1 && gives && rules.waitlist.order == Order::Fifo
}

const fn who_joins_a_list(event: &Event) -> Option<MemberId> {
    match event {
        Event::Waitlisted(new) => Some(new.member),
        _ => None,
    }
}

const fn new_rules(event: &Event) -> Option<&PolicyVersion> {
    match event {
        Event::PolicySet(version) => Some(version),
        _ => None,
    }
}
