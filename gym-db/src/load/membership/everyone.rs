//! Loading all memberships of a location or a type: who has booked by one, and when something was last recorded of one.

use std::collections::{BTreeMap, BTreeSet};

use diesel::dsl::max;
use diesel::prelude::*;
use gym_core::id::{Id, LocationId, MemberId, MembershipTypeId};

use crate::error::StoreError;
use crate::load::lock::Table;
use crate::load::member::AT_ONCE;
use crate::load::{Load, fetch, fetch_listed};
use crate::membership::{EditRow, LinkRow, MembershipRow, NoticeRow, SubscriptionRow, TermRow};
use crate::row::id;
use crate::schema::*;
use crate::stamp::Stamp;

impl Load<'_> {
    /// Loads who has booked something that a membership of a location covers, with what else would cover it. Nothing is
    /// recorded of any membership there until this is.
    pub(super) fn everyone_booked(&mut self, location: LocationId) -> Result<(), StoreError> {
        self.lock([(Table::Location, location.raw())])?;
        self.resting_place(location)?;
        let running = memberships::table
            .filter(memberships::location_id.eq(location.raw()))
            .filter(memberships::ended_on.is_null());
        let columns = (memberships::id, memberships::member_id);
        let running: Vec<(i64, i64)> = fetch!(self, running.select(columns));
        let shared = membership_links::table
            .inner_join(memberships::table)
            .filter(memberships::location_id.eq(location.raw()))
            .filter(memberships::ended_on.is_null())
            .filter(membership_links::bond.eq("beneficiary"));
        let shared: Vec<i64> = fetch!(self, shared.select(membership_links::person_id));
        let people = running.iter().map(|(_, member)| *member).chain(shared);
        self.lock(people.map(|member| (Table::Member, member)))?;
        self.last_recorded(location)?;
        let running: Vec<i64> = running.into_iter().map(|(membership, _)| membership).collect();
        self.booked_by(&running)
    }

    /// Loads who has booked something that a membership of a type covers, with what else would cover it.
    pub(super) fn everyone_reached(&mut self, of: MembershipTypeId) -> Result<(), StoreError> {
        let running = memberships::table
            .filter(memberships::membership_type_id.eq(of.raw()))
            .filter(memberships::ended_on.is_null());
        let columns = (memberships::id, memberships::location_id);
        let running: Vec<(i64, i64)> = fetch!(self, running.select(columns));
        let places: BTreeSet<i64> = running.iter().map(|(_, place)| *place).collect();
        self.lock(places.iter().map(|place| (Table::Location, *place)))?;
        places
            .into_iter()
            .try_for_each(|place| self.resting_place(id(place)))?;
        let running: Vec<i64> = running.into_iter().map(|(membership, _)| membership).collect();
        self.booked_by(&running)
    }

    /// Loads who has booked something that some memberships cover, with what else would cover it.
    fn booked_by(&mut self, running: &[i64]) -> Result<(), StoreError> {
        let mut grants: BTreeMap<i64, i64> = BTreeMap::new();
        for some in running.chunks(AT_ONCE) {
            let of_some = lots::table.filter(lots::membership_id.assume_not_null().eq_any(some.to_vec()));
            let columns = (lots::id, lots::membership_id.assume_not_null());
            let found: Vec<(i64, i64)> =
                fetch_listed!(self, of_some.filter(lots::is_over.eq(false)).select(columns));
            grants.extend(found);
        }
        let granted: Vec<i64> = grants.keys().copied().collect();
        let (mut people, mut held) = (BTreeSet::new(), BTreeSet::new());
        for some in granted.chunks(AT_ONCE) {
            let of_some = lot_uses::table.filter(lot_uses::lot_id.eq_any(some.to_vec()));
            let of_some = of_some.filter(lot_uses::state.eq("held"));
            let found: Vec<(i64, i64)> =
                fetch_listed!(self, of_some.select((lot_uses::lot_id, lot_uses::member_id)));
            for (lot, member) in found {
                people.insert(member);
                held.extend(grants.get(&lot).copied());
            }
        }
        self.lock(people.iter().map(|member| (Table::Member, *member)))?;
        let held: Vec<i64> = held.into_iter().collect();
        for some in held.chunks(AT_ONCE) {
            contracts!(self, || memberships::id.eq_any(some.to_vec()));
        }
        self.types_of_memberships()?;
        let people: Vec<MemberId> = people.into_iter().map(id).collect();
        people
            .chunks(AT_ONCE)
            .try_for_each(|some| self.holdings(&some.iter().copied().collect()))
    }

    /// Notes when something was last recorded of any membership of a location.
    fn last_recorded(&mut self, location: LocationId) -> Result<(), StoreError> {
        let there = memberships::location_id.eq(location.get());
        let edits = membership_edits::table
            .inner_join(memberships::table)
            .filter(there);
        let edits = edits.select((
            max(membership_edits::recorded_at),
            max(membership_edits::ended_recorded_at),
            max(membership_edits::returned_at),
        ));
        let edits: Vec<[Option<Stamp>; 3]> = fetch!(self, edits)
            .into_iter()
            .map(
                |(recorded, ended, returned): (Option<Stamp>, Option<Stamp>, Option<Stamp>)| {
                    [recorded, ended, returned]
                },
            )
            .collect();
        let notices = membership_notices::table
            .inner_join(memberships::table.on(membership_notices::membership_id.eq(memberships::id)))
            .filter(there)
            .select(max(membership_notices::given_at));
        let notices: Vec<Option<Stamp>> = fetch!(self, notices);
        let links = membership_links::table
            .inner_join(memberships::table)
            .filter(there)
            .select(max(membership_links::recorded_at));
        let links: Vec<Option<Stamp>> = fetch!(self, links);
        let all = edits.into_iter().flatten().chain(notices).chain(links);
        for at in all.flatten() {
            self.club.recorded.note(location, at.at());
        }
        Ok(())
    }
}
