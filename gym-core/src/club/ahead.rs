//! [`Ahead`] is the club as a decision in the making leaves it.

use super::Club;
use crate::decision::Draft;
use crate::entitlement::{EntitlementEvent, Use};
use crate::event::{Event, Ids};
use crate::id::{Id, UseId};
use crate::time::Instant;

/// The club as a decision about classes leaves it so far, so that what it does to one is seen at the next.
pub(super) struct Ahead {
    club: Club,
    seen: usize,
    uses: i64,
    now: Instant,
}

impl Ahead {
    /// Looks ahead from a club.
    pub(super) fn new(club: &Club, now: Instant) -> Self {
        Self {
            club: club.clone(),
            seen: 0,
            uses: 0,
            now,
        }
    }

    /// Returns the club with all that happened up to here, and with what that takes from lots and gives back to them,
    /// which a decision records at its end. Classes keep the names they had, by which lots are for them.
    pub(super) fn after(&mut self, draft: &Draft) -> &Club {
        let events = draft.events().iter().skip(self.seen);
        let named = |event: &&Event| !matches!(event, Event::ClassRekeyed { .. });
        let events: Vec<Event> = events.filter(named).cloned().collect();
        self.seen = draft.events().len();
        let with_uses = self.club.with_uses(None, self.now, events.clone());
        let uses = with_uses.into_iter().skip(events.len());
        let uses: Vec<Event> = uses.map(|event| self.numbered(event)).collect();
        self.club.apply(&events, &Ids::default());
        self.club.apply(&uses, &Ids::default());
        &self.club
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
