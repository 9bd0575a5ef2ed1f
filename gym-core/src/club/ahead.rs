//! [`Ahead`] is the club as a decision in the making leaves it.

use super::Club;
use crate::decision::Draft;
use crate::event::Ids;

/// The club as a decision about several classes leaves it so far, so that what it does to one is seen at the next.
pub(super) struct Ahead<'c> {
    club: &'c Club,
    after: Option<Club>,
    seen: usize,
}

impl<'c> Ahead<'c> {
    /// Looks ahead from a club; where one class is decided on alone, there is nothing to look at.
    pub(super) fn new(club: &'c Club, classes: usize) -> Self {
        Self {
            club,
            after: (classes > 1).then(|| club.clone()),
            seen: 0,
        }
    }

    /// Returns the club with all that happened up to here.
    pub(super) fn after(&mut self, draft: &Draft) -> &Club {
        let Some(after) = &mut self.after else {
            return self.club;
        };
        let events = draft.events();
        after.apply(events.get(self.seen..).unwrap_or_default(), &Ids::default());
        self.seen = events.len();
        after
    }
}
