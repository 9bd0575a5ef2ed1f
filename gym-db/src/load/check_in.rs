//! Loading what the door is decided on: lots, memberships, debts, visits that limits count, waivers, and guests.

use std::collections::BTreeSet;

use chrono::{Duration, NaiveDate};
use diesel::prelude::*;
use gym_core::billing::invoice::InvoiceState;
use gym_core::check_in::DoorCommand;
use gym_core::club::Key;
use gym_core::id::{LocationId, MemberId, MembershipId, VisitId};
use gym_core::membership::Membership;

use super::{Load, fetch};
use crate::billing::invoice;
use crate::check_in::{GuestVisitRow, SignatureRow, VisitRow, WaiverRow};
use crate::error::StoreError;
use crate::membership::{LinkRow, MembershipRow};
use crate::schema::*;

/// What is open, so that it may be due.
macro_rules! due {
    () => {
        invoices::state
            .eq(InvoiceState::Open.as_str())
            .or(invoices::state.eq(InvoiceState::PartiallyPaid.as_str()))
    };
}

impl Load<'_> {
    pub(super) fn door(&mut self, command: &DoorCommand) -> Result<(), StoreError> {
        match command {
            DoorCommand::AddWaiver { location, .. } => self.maybe_location(*location),
            DoorCommand::SignWaiver { waiver, member, by } => {
                let mut people = BTreeSet::from([*member]);
                if let gym_core::check_in::Signer::Guardian(guardian) = by {
                    people.insert(*guardian);
                }
                self.lock_members(&people)?;
                for person in &people {
                    self.member(*person, self.now)?;
                }
                if let Some(home) = self.club.members.get(*member).map(|it| it.home) {
                    self.location(home)?;
                }
                let rows = waivers::table.find(waiver.get()).select(WaiverRow::as_select());
                for row in rows.load::<WaiverRow>(self.connection)? {
                    self.club.waivers.insert(row.into());
                }
                self.guardians(*member)?;
                self.signatures(*member)
            }
            DoorCommand::Enter { member, location, .. } => {
                let people = BTreeSet::from([*member]);
                self.location(*location)?;
                self.lock_members(&people)?;
                self.member(*member, self.now - Duration::days(1))?;
                self.holdings(&people)?;
                self.memberships_of(*member)?;
                self.debt(*member, *location)?;
                self.debts_of_others(*member, *location)?;
                self.waivers(*location)?;
                self.signatures(*member)?;
                self.visits(*member, *location)
            }
            DoorCommand::EnterGuest {
                host,
                guest,
                location,
                ..
            } => {
                self.location(*location)?;
                self.lock_members(&BTreeSet::from([*host, *guest]))?;
                self.member(*host, self.now)?;
                self.member(*guest, self.now)?;
                self.waivers(*location)?;
                self.signatures(*guest)?;
                self.visits(*host, *location)?;
                self.guests(*host, *guest, *location)
            }
            DoorCommand::Leave { visit } => self.visit(*visit),
            _ => Ok(()),
        }
    }

    /// Loads the memberships that a member holds or shares; of those that were closed no more than that.
    fn memberships_of(&mut self, member: MemberId) -> Result<(), StoreError> {
        let links = membership_links::table.filter(membership_links::person_id.eq(member.get()));
        let links: Vec<LinkRow> = fetch!(self, links.select(LinkRow::as_select()));
        for row in links {
            self.club.links.insert(row.try_into()?);
        }
        let own = memberships::table.filter(memberships::member_id.eq(member.get()));
        let mut rows: Vec<MembershipRow> = fetch!(self, own.select(MembershipRow::as_select()));
        let shared = memberships::table.inner_join(membership_links::table);
        let shared = shared.filter(membership_links::person_id.eq(member.get()));
        let shared = shared.filter(membership_links::bond.eq("beneficiary"));
        let shared: Vec<MembershipRow> = fetch!(self, shared.select(MembershipRow::as_select()));
        rows.extend(shared);
        for row in rows {
            let membership: Membership = row.into();
            if membership.ended_on.is_none() {
                self.contract(membership.id)?;
            } else if self.club.memberships.get(membership.id).is_none() {
                self.location(membership.location)?;
                self.club.memberships.insert(membership);
            }
        }
        Ok(())
    }

    /// Loads the invoices that a member owes.
    fn debt(&mut self, payer: MemberId, location: LocationId) -> Result<(), StoreError> {
        let Some(today) = self.club.locations.get(location).map(|it| it.date(self.now)) else {
            return Ok(());
        };
        let owed = invoices::table.filter(invoices::payer_id.eq(payer.get()));
        let owed = owed.filter(invoices::due_on.lt(today)).filter(due!());
        let owed: Vec<i64> = fetch!(self, owed.select(invoices::id));
        self.owed(&owed)
    }

    /// Loads the invoices that others owe for the memberships that a member uses, or for those whose place these took.
    fn debts_of_others(&mut self, member: MemberId, location: LocationId) -> Result<(), StoreError> {
        let Some(today) = self.club.locations.get(location).map(|it| it.date(self.now)) else {
            return Ok(());
        };
        for (membership, payer) in self.club.paid_by_others(member, self.now) {
            let mut next = Some(membership);
            while let Some(of) = next {
                let lines = invoice_lines::table.inner_join(invoices::table);
                let owed = lines
                    .filter(invoice_lines::membership_id.eq(of.get()))
                    .filter(invoices::payer_id.eq(payer.get()))
                    .filter(invoices::due_on.lt(today))
                    .filter(due!());
                let mut owed: Vec<i64> = fetch!(self, owed.select(invoices::id));
                owed.dedup();
                self.owed(&owed)?;
                next = self.before(of)?;
            }
        }
        Ok(())
    }

    /// Returns the membership whose place one took, and loads that it did.
    fn before(&mut self, of: MembershipId) -> Result<Option<MembershipId>, StoreError> {
        if self.club.memberships.get(of).is_none() {
            let rows = memberships::table.find(of.get());
            let rows: Vec<MembershipRow> = fetch!(self, rows.select(MembershipRow::as_select()));
            rows.into_iter()
                .for_each(|row| self.club.memberships.insert(row.into()));
        }
        Ok(self.club.memberships.get(of).and_then(|it| it.follows))
    }

    fn owed(&mut self, owed: &[i64]) -> Result<(), StoreError> {
        for found in invoice::by_id(self.connection, owed)? {
            self.club.keep_invoice(found);
        }
        Ok(())
    }

    fn waivers(&mut self, location: LocationId) -> Result<(), StoreError> {
        let here = waivers::location_id
            .eq(location.get())
            .or(waivers::location_id.is_null());
        let rows: Vec<WaiverRow> = fetch!(self, waivers::table.filter(here).select(WaiverRow::as_select()));
        rows.into_iter()
            .for_each(|row| self.club.waivers.insert(row.into()));
        Ok(())
    }

    fn signatures(&mut self, member: MemberId) -> Result<(), StoreError> {
        let rows = waiver_signatures::table.filter(waiver_signatures::member_id.eq(member.get()));
        let rows: Vec<SignatureRow> = fetch!(self, rows.select(SignatureRow::as_select()));
        rows.into_iter()
            .for_each(|row| self.club.signatures.insert(row.into()));
        Ok(())
    }

    /// Loads the visits of a member that the limits of their lots count, and those of today.
    fn visits(&mut self, member: MemberId, location: LocationId) -> Result<(), StoreError> {
        let Some(today) = self.club.locations.get(location).map(|it| it.date(self.now)) else {
            return Ok(());
        };
        let lots = self.club.lots.of(Key::Member(member));
        let limits = lots.filter_map(|lot| lot.terms.scope.door.as_ref()?.limit);
        let since = limits.map(|limit| limit.per.since(today)).min().unwrap_or(today);
        self.visits_since(member, since.min(today))?;
        let lots = self.club.lots.of(Key::Member(member));
        let limited = lots.filter_map(|lot| Some((lot, lot.terms.scope.door.as_ref()?.limit?)));
        let shared = limited.filter(|(lot, _)| !lot.shared_with.is_empty());
        let shared: Vec<(i64, NaiveDate)> = shared
            .map(|(lot, limit)| (lot.id.get(), limit.per.since(today).min(today)))
            .collect();
        shared
            .into_iter()
            .try_for_each(|(lot, since)| self.visits_by(lot, since))
    }

    /// Loads the visits by a lot, of all who share it.
    fn visits_by(&mut self, lot: i64, since: NaiveDate) -> Result<(), StoreError> {
        let rows = visits::table
            .filter(visits::lot_id.eq(lot))
            .filter(visits::entered_on.ge(since));
        let rows: Vec<VisitRow> = fetch!(self, rows.select(VisitRow::as_select()));
        for row in rows {
            self.club.visits.insert(row.try_into()?);
        }
        Ok(())
    }

    pub(super) fn visits_since(&mut self, member: MemberId, since: NaiveDate) -> Result<(), StoreError> {
        let rows = visits::table
            .filter(visits::member_id.eq(member.get()))
            .filter(visits::entered_on.ge(since));
        let rows: Vec<VisitRow> = fetch!(self, rows.select(VisitRow::as_select()));
        for row in rows {
            self.club.visits.insert(row.try_into()?);
        }
        Ok(())
    }

    fn guests(&mut self, host: MemberId, guest: MemberId, location: LocationId) -> Result<(), StoreError> {
        let Some(today) = self.club.locations.get(location).map(|it| it.date(self.now)) else {
            return Ok(());
        };
        let rules = self.club.policy(location).door.guests;
        let since =
            |limit: Option<gym_core::entitlement::VisitLimit>| limit.map_or(today, |it| it.per.since(today));
        let brought = guest_visits::table
            .filter(guest_visits::host_id.eq(host.get()))
            .filter(guest_visits::entered_on.ge(since(rules.per_host)));
        let mut rows: Vec<GuestVisitRow> = fetch!(self, brought.select(GuestVisitRow::as_select()));
        let came = guest_visits::table
            .filter(guest_visits::guest_id.eq(guest.get()))
            .filter(guest_visits::entered_on.ge(since(rules.per_guest)));
        let came: Vec<GuestVisitRow> = fetch!(self, came.select(GuestVisitRow::as_select()));
        rows.extend(came);
        rows.into_iter()
            .for_each(|row| self.club.guest_visits.insert(row.into()));
        Ok(())
    }

    fn visit(&mut self, visit: VisitId) -> Result<(), StoreError> {
        let row = || visits::table.find(visit.get()).select(VisitRow::as_select());
        let Some(found) = row().first::<VisitRow>(self.connection).optional()? else {
            return Ok(());
        };
        let found: gym_core::check_in::Visit = found.try_into()?;
        self.location(found.location)?;
        self.lock_members(&BTreeSet::from([found.member]))?;
        self.club
            .visits
            .insert(row().first::<VisitRow>(self.connection)?.try_into()?);
        Ok(())
    }
}
