//! [`Ahead`] is the club as a decision in the making leaves it.

use super::Club;
use crate::decision::Draft;
use crate::entitlement::{EntitlementEvent, Use};
use crate::event::{Event, Ids};
use crate::id::{Id, UseId};
use crate::time::Instant;

/// The club as a decision about classes leaves it so far, so that what it does to one is seen at the next.
pub(super) struct Ahead<'c> {
    club: &'c Club,
    /// A copy, once one is needed.
    after: Option<Club>,
    asked: bool,
    seen: usize,
    uses: i64,
    now: Instant,
}

impl<'c> Ahead<'c> {
    /// Looks ahead from a club.
    pub(super) const fn new(club: &'c Club, now: Instant) -> Self {
        Self {
            club,
            after: None,
            asked: false,
            seen: 0,
            uses: 0,
            now,
        }
    }

    /// Returns the club with all that happened up to here, and with what that takes from lots and gives back to them,
    /// which a decision records at its end. Classes keep the names they had, by which lots are for them.
    pub(super) fn after(&mut self, draft: &Draft) -> &Club {
        // Of the first class that stays when it is, nothing was done yet that it could see.
        let first = !std::mem::replace(&mut self.asked, true);
        if first && !draft.events().iter().any(|event| self.is_elsewhen(event)) {
            return self.club;
        }
        let mut after = self.after.take().unwrap_or_else(|| self.club.clone());
        let events = draft.events().iter().skip(self.seen);
        let named = |event: &&Event| !matches!(event, Event::ClassRekeyed { .. });
        let events: Vec<Event> = events.filter(named).cloned().collect();
        self.seen = draft.events().len();
        let with_uses = after.with_uses(None, self.now, events.clone());
        let uses = with_uses.into_iter().skip(events.len());
        let uses: Vec<Event> = uses.map(|event| self.numbered(event)).collect();
        after.apply(&events, &Ids::default());
        after.apply(&uses, &Ids::default());
        self.after.insert(after)
    }

    /// Whether a class takes place at another time, or again.
    fn is_elsewhen(&self, event: &Event) -> bool {
        match event {
            Event::ClassMoved { class, period, .. } => {
                let class = self.club.classes.get(*class);
                class.is_some_and(|class| class.period != *period)
            }
            Event::ClassStated { .. } => true,
            _ => false,
        }
    }

    /// Gives a use an id that no other of this decision has.
    fn numbered(&mut self, event: Event) -> Event {
        match event {
            Event::Entitlement(EntitlementEvent::Held(new)) => {
                self.uses += 1;
                let id = UseId::from_raw(-self.uses);
                Event::Entitlement(EntitlementEvent::Held(Use { id, ..new }))
            }
            event => event,
        }
    }
}
