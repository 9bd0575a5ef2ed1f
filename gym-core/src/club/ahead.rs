//! [`Ahead`] is the club as a decision in the making leaves it.

use super::Club;
use crate::decision::Draft;
use crate::entitlement::{EntitlementEvent, Use};
use crate::event::{Event, Ids};
use crate::id::{Id, UseId};
use crate::time::Instant;

/// The club as a decision about several classes leaves it so far, so that what it does to one is seen at the next.
pub(super) struct Ahead<'c> {
    club: &'c Club,
    after: Option<Club>,
    seen: usize,
    uses: i64,
    now: Instant,
}

impl<'c> Ahead<'c> {
    /// Looks ahead from a club; where one class is decided on alone, there is nothing to look at.
    pub(super) fn new(club: &'c Club, classes: usize, now: Instant) -> Self {
        Self {
            club,
            after: (classes > 1).then(|| club.clone()),
            seen: 0,
            uses: 0,
            now,
        }
    }

    /// Returns the club with all that happened up to here, and with what that takes from lots and gives back to them,
    /// which a decision records at its end.
    pub(super) fn after(&mut self, draft: &Draft) -> &Club {
        let Some(after) = &mut self.after else {
            return self.club;
        };
        let events = draft.events().get(self.seen..).unwrap_or_default();
        let with_uses = after.with_uses(None, self.now, events.to_vec());
        after.apply(events, &Ids::default());
        for event in with_uses.into_iter().skip(events.len()) {
            let event = match event {
                Event::Entitlement(EntitlementEvent::Held(new)) => {
                    self.uses += 1;
                    let id = UseId::from_raw(-self.uses);
                    EntitlementEvent::Held(Use { id, ..new })
                }
                Event::Entitlement(event) => event,
                _ => continue,
            };
            after.apply(&[Event::Entitlement(event)], &Ids::default());
        }
        self.seen = draft.events().len();
        after
    }
}
