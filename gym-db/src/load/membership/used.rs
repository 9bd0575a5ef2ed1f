//! Loading on which days a membership was used, as a freeze of them is refused.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use diesel::prelude::*;
use gym_core::check_in::Opened;
use gym_core::club::Key;
use gym_core::entitlement::UseState;
use gym_core::id::{LotId, MemberId, MembershipId, SessionId};

use crate::entitlement::UseRow;
use crate::error::StoreError;
use crate::load::Load;
use crate::load::member::of;
use crate::schema::*;

impl Load<'_> {
    /// Loads a membership with the visits by it from a civil day on, and what became of the bookings that it covers.
    pub(super) fn freezing(&mut self, of: MembershipId, from: NaiveDate) -> Result<(), StoreError> {
        self.membership(of)?;
        let lots = self.club.lots.of(Key::Membership(of));
        let (lots, people): (Vec<LotId>, Vec<Vec<MemberId>>) =
            lots.map(|lot| (lot.id, lot.members().collect())).unzip();
        let people: BTreeSet<MemberId> = people.into_iter().flatten().collect();
        people
            .into_iter()
            .try_for_each(|person| self.visits_since(person, from))?;
        let opened = self.club.visits.iter().filter_map(|visit| match visit.opened {
            Opened::Booking(booked) => Some(booked.get()),
            _ => None,
        });
        let opened: Vec<i64> = opened.collect();
        if !opened.is_empty() {
            let (all, of_booking) = (lot_uses::table, lot_uses::registration_id);
            let rows: Vec<UseRow> = of!(self, opened.as_slice(), of_booking, all, UseRow::as_select());
            self.uses(rows)?;
        }
        let opened = self.club.visits.iter().filter_map(|visit| match visit.opened {
            Opened::Session(session) => Some(session),
            _ => None,
        });
        let opened: Vec<SessionId> = opened.collect();
        opened
            .into_iter()
            .try_for_each(|session| self.uses_of_session(session))?;
        self.settled_by(&lots, from)
    }

    /// Loads the bookings and sessions from a civil day on that have used up what lots cover.
    fn settled_by(&mut self, lots: &[LotId], from: NaiveDate) -> Result<(), StoreError> {
        let uses = lots.iter().flat_map(|lot| self.club.uses.of(Key::Lot(*lot)));
        let settled = uses.filter(|it| it.state == UseState::Consumed && it.on >= from);
        let targets = settled.map(|it| it.target).collect();
        self.used_for(targets)
    }
}
