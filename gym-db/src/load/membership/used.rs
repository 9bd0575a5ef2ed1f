//! Loading on which days a membership was used, as a freeze of them is refused.

use std::collections::BTreeSet;

use chrono::{Days, NaiveDate};
use diesel::prelude::*;
use gym_core::check_in::Opened;
use gym_core::club::Key;
use gym_core::entitlement::{Lot, UseState};
use gym_core::id::{LocationId, LotId, MemberId, MembershipId, SessionId};

use crate::entitlement::{LotRow, UseRow};
use crate::error::StoreError;
use crate::load::member::{AT_ONCE, of};
use crate::load::{Load, fetch, fetch_listed};
use crate::row::id;
use crate::schema::*;

impl Load<'_> {
    /// Loads a membership with the visits by it from a civil day on, and what became of the bookings that it covers.
    pub(super) fn freezing(&mut self, of: MembershipId, from: NaiveDate) -> Result<(), StoreError> {
        self.membership(of)?;
        let lots = self.club.lots.of(Key::Membership(of)).map(|lot| lot.id);
        let lots = lots.collect();
        self.used_since(lots, from)
    }

    /// Loads the memberships of a location that were used on some days up to today, with the visits by them.
    pub(super) fn closing_late(
        &mut self,
        location: LocationId,
        from: NaiveDate,
        until: Option<NaiveDate>,
    ) -> Result<(), StoreError> {
        // By no clock it is later than tomorrow; and a visit may be of the day beside that of its booking.
        let today = self.now.date_naive();
        let today = today.checked_add_days(Days::new(2)).unwrap_or(today);
        let (first, last) = (from.pred_opt().unwrap_or(from), until.unwrap_or(today).min(today));
        if from > last {
            return Ok(());
        }
        let granted = lots::table
            .filter(lots::location_id.eq(location.get()))
            .filter(lots::membership_id.is_not_null());
        let granted: Vec<i64> = fetch!(self, granted.select(lots::id));
        let mut used: BTreeSet<i64> = BTreeSet::new();
        for some in granted.chunks(AT_ONCE) {
            let came = visits::table.filter(visits::lot_id.assume_not_null().eq_any(some.to_vec()));
            let came = came.filter(visits::entered_on.between(first, last));
            let came: Vec<i64> =
                fetch_listed!(self, came.select(visits::lot_id.assume_not_null()).distinct());
            used.extend(came);
            let booked = lot_uses::table.filter(lot_uses::lot_id.eq_any(some.to_vec()));
            let booked = booked.filter(lot_uses::visit_on.between(first, last));
            let booked: Vec<i64> = fetch_listed!(self, booked.select(lot_uses::lot_id).distinct());
            used.extend(booked);
        }
        let used: Vec<i64> = used.into_iter().collect();
        for some in used.chunks(AT_ONCE) {
            let rows = lots::table.filter(lots::id.eq_any(some.to_vec()));
            let rows: Vec<LotRow> = fetch_listed!(self, rows.select(LotRow::as_select()));
            self.lots(rows)?;
        }
        let used: Vec<LotId> = used.into_iter().map(id).collect();
        let people = self.users_of(&used);
        self.used_since(used, from)?;
        self.holdings(&people)
    }

    fn users_of(&self, lots: &[LotId]) -> BTreeSet<MemberId> {
        let lots = lots.iter().filter_map(|lot| self.club.lots.get(*lot));
        lots.flat_map(Lot::members).collect()
    }

    /// Loads who came by some lots from a civil day on, and what became of the bookings that these cover.
    fn used_since(&mut self, lots: Vec<LotId>, from: NaiveDate) -> Result<(), StoreError> {
        for person in self.users_of(&lots) {
            self.visits_since(person, from)?;
        }
        let opened = self.club.visits.iter().filter_map(|visit| match visit.opened {
            Opened::Booking(booked) => Some(booked.get()),
            _ => None,
        });
        let opened: Vec<i64> = opened.collect();
        for some in opened.chunks(AT_ONCE) {
            let (all, of_booking) = (lot_uses::table, lot_uses::registration_id);
            let rows: Vec<UseRow> = of!(self, some, of_booking, all, UseRow::as_select());
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
        self.settled_by(&lots, from)?;
        self.held_by_uses()
    }

    /// Loads the bookings and sessions from a civil day on that have used up what lots cover.
    fn settled_by(&mut self, lots: &[LotId], from: NaiveDate) -> Result<(), StoreError> {
        let uses = lots.iter().flat_map(|lot| self.club.uses.of(Key::Lot(*lot)));
        let settled = uses.filter(|it| it.state == UseState::Consumed && it.on >= from);
        let targets = settled.map(|it| it.target).collect();
        self.used_for(targets)
    }
}
