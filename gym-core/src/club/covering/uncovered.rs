//! What happens to visits that a membership does not cover any more: a freeze over them is refused, and what ends a
//! membership, or somebody's part in it, or closes the club cancels them.

use chrono::NaiveDate;

use super::change::Change;
use super::run::News;
use crate::booking::RegistrationState;
use crate::club::Club;
use crate::decision::Draft;
use crate::entitlement::{Holdings, Target};
use crate::event::Event;
use crate::id::SessionId;
use crate::schedule::claim::Owner;
use crate::schedule::session::SessionState;
use crate::time::Instant;

impl Club {
    /// Lists the visits to come that what happens to memberships would leave without a lot that covers them.
    pub(in crate::club) fn left_out_by(&self, events: &[Event], now: Instant) -> Vec<(Target, NaiveDate)> {
        let out = Change::of(self, None, events).left_out(now).into_iter();
        let on = |target| Some((target, self.booked(target)?.wish.visited.on));
        out.filter_map(on).collect()
    }

    /// Cancels a booking or a session, because no lot covers it any more.
    pub(super) fn let_go(&self, draft: &mut Draft, target: Target, at: Instant) {
        let id = match target {
            Target::Registration(id) => id,
            Target::Session(session) => return let_session_go(draft, session),
            Target::Visit(_) => return,
        };
        let Some(booked) = self.registrations.get(id) else {
            return;
        };
        draft.push(Event::BookingSettled {
            registration: id,
            state: RegistrationState::ClubCancelled,
            at,
            closure: None,
        });
        draft.push(Event::Released {
            owner: Owner::Registration(id),
            resource: None,
        });
        draft.push_once(Event::PromotionDue { class: booked.class });
    }
}

fn let_session_go(draft: &mut Draft, session: SessionId) {
    draft.push(Event::SessionStated {
        session,
        state: SessionState::Cancelled,
        closure: None,
    });
    draft.push(Event::Released {
        owner: Owner::Session(session),
        resource: None,
    });
}

impl Change<'_> {
    /// Lists the visits to come that what happened to memberships leaves without a lot.
    pub(super) fn left_out(&self, now: Instant) -> Vec<Target> {
        if !self.shrinks {
            return Vec::new();
        }
        let out = self.groups().into_iter().flat_map(|group| {
            let before = Holdings {
                runs: self.runs(&group.holdings, &News::new()),
                ..group.holdings.clone()
            };
            group.holdings.left_out(&before, now)
        });
        out.collect()
    }
}
