//! Loading what commands about memberships are decided on.

use std::collections::BTreeSet;

use diesel::prelude::*;
use gym_core::club::Key;
use gym_core::id::{Id, LocationId, MemberId, MembershipId, MembershipTypeId};
use gym_core::membership::MembershipCommand as C;
use gym_core::membership::plan::Reach;

use super::lock::Table;
use super::member::AT_ONCE;
use super::{Load, fetch};
use crate::error::StoreError;
use crate::member::MemberRow;
use crate::membership::plan::{PlanRow, TypeRow};
use crate::membership::{EditRow, LinkRow, MembershipRow, NoticeRow, SubscriptionRow, TermRow};
use crate::row::id;
use crate::schema::*;

/// Loads rows into a table of the club.
macro_rules! into {
    ($load:expr, $table:ident, $row:ty, $rows:expr) => {{
        let rows: Vec<$row> = $crate::load::fetch_listed!($load, $rows.select(<$row>::as_select()));
        for row in rows {
            $load.club.$table.insert(row.try_into()?);
        }
    }};
}

/// Loads memberships with all that bears on each, table by table.
macro_rules! contracts {
    ($load:expr, $which:expr) => {{
        let which = $which;
        into!(
            $load,
            memberships,
            MembershipRow,
            memberships::table.filter(which())
        );
        let of = membership_terms::table.inner_join(memberships::table);
        into!($load, terms, TermRow, of.filter(which()));
        let of = subscriptions::table.inner_join(memberships::table);
        into!($load, subscriptions, SubscriptionRow, of.filter(which()));
        let of = membership_links::table.inner_join(memberships::table);
        into!($load, links, LinkRow, of.filter(which()));
        let of = membership_edits::table.inner_join(memberships::table);
        into!($load, edits, EditRow, of.filter(which()));
        let of = membership_notices::table
            .inner_join(memberships::table.on(membership_notices::membership_id.eq(memberships::id)));
        into!($load, notices, NoticeRow, of.filter(which()));
    }};
}

mod everyone;
mod law;
mod link;
mod used;

impl Load<'_> {
    pub(super) fn membership_command(&mut self, command: &C) -> Result<(), StoreError> {
        match command {
            C::AddType { location, .. } => match location {
                Some(place) => {
                    self.location(*place)?;
                    self.rates(*place)
                }
                None => self.all_rates(),
            },
            C::SetJurisdiction { location, .. } => self.maybe_location(*location),
            C::Revise { of, reach, .. } => {
                self.rates_of_type(*of)?;
                if *reach > Reach::Sales {
                    self.everyone_reached(*of)
                } else {
                    Ok(())
                }
            }
            C::Sell {
                member,
                of,
                location,
                payer,
                intro,
                ..
            } => self.selling(*member, payer.unwrap_or(*member), *of, *location, *intro),
            C::Link { person, bond, .. } => self.linking(*person, *bond),
            C::EndLink { link, .. } => self.ending_link(link.get()),
            C::FreezeAll {
                location,
                from,
                until,
                ..
            } => {
                self.everyone_booked(*location)?;
                self.closing_late(*location, *from, *until)
            }
            C::EndFreeze { edit, .. } => self.ending_freeze(edit.get()),
            C::GiveNotice { membership, early } => {
                self.membership(*membership)?;
                if *early {
                    self.followed(*membership)
                } else {
                    Ok(())
                }
            }
            C::Freeze { membership, from, .. } => self.freezing(*membership, *from),
            C::Gift { membership, .. }
            | C::TakeBack { membership }
            | C::Consent { membership, .. }
            | C::Exit { membership, .. } => self.membership(*membership),
            C::Switch { membership, to, .. } => {
                self.membership(*membership)?;
                self.membership_type(*to)?;
                let place = self.club.memberships.get(*membership).map(|it| it.location);
                place.map_or(Ok(()), |place| self.rates(place))
            }
            C::Renew { location, through } => self.renewing(*location, *through),
            _ => Ok(()),
        }
    }

    /// Loads a location with its law and the edits of all its memberships.
    pub(super) fn contracting_place(&mut self, location: LocationId) -> Result<(), StoreError> {
        self.law(location)?;
        self.resting_place(location)
    }

    /// Loads a location with the edits of all its memberships, once.
    pub(super) fn resting_place(&mut self, location: LocationId) -> Result<(), StoreError> {
        self.location(location)?;
        if self.club.edits.of(Key::Location(location)).next().is_none() {
            let edits = membership_edits::table.filter(membership_edits::location_id.eq(location.get()));
            into!(self, edits, EditRow, edits);
        }
        Ok(())
    }

    /// Loads a type with all its versions, once.
    pub(super) fn membership_type(&mut self, of: MembershipTypeId) -> Result<(), StoreError> {
        if self.club.membership_types.get(of).is_some() {
            return Ok(());
        }
        into!(
            self,
            membership_types,
            TypeRow,
            membership_types::table.find(of.get())
        );
        let versions = plan_versions::table.filter(plan_versions::membership_type_id.eq(of.get()));
        into!(self, plans, PlanRow, versions);
        Ok(())
    }

    pub(super) fn plain_member(&mut self, member: MemberId) -> Result<(), StoreError> {
        into!(self, members, MemberRow, members::table.find(member.get()));
        Ok(())
    }

    /// Loads who signs for a member.
    pub(super) fn guardians(&mut self, member: MemberId) -> Result<(), StoreError> {
        let links = membership_links::table.filter(membership_links::ward_id.eq(member.get()));
        into!(self, links, LinkRow, links);
        Ok(())
    }

    /// Locks the member of a membership, and loads it with all that bears on it.
    fn membership(&mut self, of: MembershipId) -> Result<(), StoreError> {
        let member = memberships::table.find(of.get()).select(memberships::member_id);
        let member: Option<i64> = fetch!(self, member).pop();
        let Some(member) = member else { return Ok(()) };
        self.lock([(Table::Member, member)])?;
        self.guardians(id(member))?;
        self.contract(of)?;
        if let Some(place) = self.club.memberships.get(of).map(|it| it.location) {
            self.law(place)?;
        }
        self.laws_of_sales()?;
        self.holdings(&BTreeSet::from([id(member)]))
    }

    /// Loads a membership with all that bears on it, once.
    pub(super) fn contract(&mut self, of: MembershipId) -> Result<(), StoreError> {
        if self.club.terms.of(Key::Membership(of)).next().is_some() {
            return Ok(());
        }
        let row: Option<MembershipRow> = fetch!(
            self,
            memberships::table
                .find(of.get())
                .select(MembershipRow::as_select())
        )
        .pop();
        let Some(row) = row else { return Ok(()) };
        self.resting_place(id(row.location_id))?;
        self.membership_type(id(row.membership_type_id))?;
        self.club.memberships.insert(row.into());
        let raw = of.get();
        into!(
            self,
            terms,
            TermRow,
            membership_terms::table.filter(membership_terms::membership_id.eq(raw))
        );
        into!(
            self,
            subscriptions,
            SubscriptionRow,
            subscriptions::table.filter(subscriptions::membership_id.eq(raw))
        );
        into!(
            self,
            notices,
            NoticeRow,
            membership_notices::table.filter(membership_notices::membership_id.eq(raw))
        );
        into!(
            self,
            links,
            LinkRow,
            membership_links::table.filter(membership_links::membership_id.eq(raw))
        );
        into!(
            self,
            edits,
            EditRow,
            membership_edits::table.filter(membership_edits::membership_id.eq(raw))
        );
        Ok(())
    }

    /// Loads the memberships whose place one took, one after the other.
    fn followed(&mut self, of: MembershipId) -> Result<(), StoreError> {
        let mut next = Some(of);
        while let Some(before) = next.and_then(|of| self.club.memberships.get(of)?.follows) {
            self.contract(before)?;
            next = Some(before);
        }
        Ok(())
    }

    fn selling(
        &mut self,
        member: MemberId,
        payer: MemberId,
        of: MembershipTypeId,
        location: LocationId,
        intro: bool,
    ) -> Result<(), StoreError> {
        self.plain_member(member)?;
        let mut people = BTreeSet::from([member]);
        if intro {
            people.extend(self.same_person(member)?);
        }
        self.lock_members(&people)?;
        self.plain_member(payer)?;
        self.guardians(member)?;
        self.contracting_place(location)?;
        self.rates(location)?;
        self.membership_type(of)?;
        self.holdings(&BTreeSet::from([member]))?;
        if !intro {
            return Ok(());
        }
        for person in people {
            let ids = memberships::table.filter(memberships::member_id.eq(person.get()));
            let ids: Vec<i64> = fetch!(self, ids.select(memberships::id));
            ids.into_iter().try_for_each(|of| self.contract(id(of)))?;
        }
        Ok(())
    }

    /// Loads the members who may be the same person by any policy: by their e-mail address, or their day of birth.
    fn same_person(&mut self, member: MemberId) -> Result<Vec<MemberId>, StoreError> {
        let Some(person) = self.club.members.get(member).map(|it| it.person.clone()) else {
            return Ok(Vec::new());
        };
        let mut same: Vec<i64> = Vec::new();
        if let Some(email) = person.email {
            let by_email = member_emails::table.filter(member_emails::email.eq(email.to_ascii_lowercase()));
            same.extend::<Vec<i64>>(fetch!(self, by_email.select(member_emails::member_id)));
        }
        if let Some(born_on) = person.born_on {
            let born = members::table.filter(members::born_on.eq(born_on));
            same.extend::<Vec<i64>>(fetch!(self, born.select(members::id)));
        }
        let same: Vec<MemberId> = same.into_iter().map(id).collect();
        same.iter().try_for_each(|other| self.plain_member(*other))?;
        Ok(same)
    }

    fn ending_freeze(&mut self, edit: i64) -> Result<(), StoreError> {
        let row: Option<EditRow> = fetch!(
            self,
            membership_edits::table.find(edit).select(EditRow::as_select())
        )
        .pop();
        let Some(row) = row else { return Ok(()) };
        if let Some(of) = row.membership_id {
            return self.membership(id(of));
        }
        let Some(place) = row.location_id else {
            return Ok(());
        };
        self.everyone_booked(id(place))?;
        into!(self, edits, EditRow, membership_edits::table.find(edit));
        Ok(())
    }

    /// Loads the memberships of a location that a sweep may renew or close, table by table.
    fn renewing(&mut self, location: LocationId, through: chrono::NaiveDate) -> Result<(), StoreError> {
        self.lock([(Table::Location, location.raw())])?;
        self.contracting_place(location)?;
        let due = || {
            memberships::location_id
                .eq(location.raw())
                .and(memberships::ended_on.is_null())
                .and(memberships::lasts_until.le(through))
        };
        let people = memberships::table.filter(due()).select(memberships::member_id);
        let people: Vec<i64> = fetch!(self, people);
        self.lock(people.into_iter().map(|member| (Table::Member, member)))?;
        contracts!(self, due);
        self.laws_of_sales()?;
        self.types_of_memberships()?;
        let people: Vec<MemberId> = self.club.memberships.iter().map(|it| it.member).collect();
        people
            .chunks(AT_ONCE)
            .try_for_each(|some| self.holdings(&some.iter().copied().collect()))
    }

    /// Loads the types of the memberships that are loaded.
    fn types_of_memberships(&mut self) -> Result<(), StoreError> {
        let types: BTreeSet<_> = self.club.memberships.iter().map(|it| it.of).collect();
        types.into_iter().try_for_each(|of| self.membership_type(of))
    }
}
