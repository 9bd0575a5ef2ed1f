//! Loading what a run of invoices is decided on: the next payers of a location, and what they owe there.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use diesel::prelude::*;
use gym_core::billing::obligation::{Charged, Obligation};
use gym_core::billing::pricing::Detail;
use gym_core::billing::run::Debits;
use gym_core::club::Key;
use gym_core::command::Command;
use gym_core::id::{LocationId, MemberId, SubscriptionId};
use gym_core::membership::MembershipCommand;
use gym_core::membership::link::Bond;

use super::{SOME, raw};
use crate::billing::ChargeRow;
use crate::booking::PenaltyRow;
use crate::connection::AnyConnection;
use crate::error::StoreError;
use crate::load::Load;
use crate::membership::{EditRow, LinkRow, MembershipRow, NoticeRow, SubscriptionRow, TermRow};
use crate::row::id;
use crate::schedule::class::ClassRow;
use crate::schema::*;

impl Load<'_> {
    /// Loads the next payers of a location and what they owe. Who comes to owe something locks the numbers too, so that
    /// the payers stay who they are.
    pub(super) fn run_invoices(
        &mut self,
        location: LocationId,
        through: NaiveDate,
        after: Option<MemberId>,
        most: u32,
        wants: Option<BTreeSet<Detail>>,
    ) -> Result<(), StoreError> {
        self.location(location)?;
        let payers = self.payers(location, after, most)?;
        self.lock_contracts(location, &payers)?;
        self.numbers(location)?;
        let payers = self.payers(location, after, most)?;
        self.lock_contracts(location, &payers)?;
        self.owed_by(location, &payers)?;
        self.terms(location, &payers)?;
        self.charged_to_others()?;
        let Some(at) = self.club.locations.get(location) else {
            return Ok(());
        };
        // Who is passed over is told when it is decided.
        let (owed, _) = self.club.owing(at, &payers, through, self.now);
        self.invoiced(owed.iter().map(|it| it.obligation.key))?;
        let asks = wants.is_some() || !self.club.billing_policy(location).rules.is_empty();
        let due = owed
            .iter()
            .filter(|it| self.club.invoiced.on(&it.obligation.key).is_none());
        let due: Vec<&Obligation> = due.map(|it| &it.obligation).collect();
        let needed = Debits::needed(due.iter().copied());
        let due: Vec<Charged> = due.iter().map(|it| it.charged).collect();
        self.subscribed(&needed)?;
        self.told(&payers, &wants.unwrap_or_default())?;
        if asks { self.charged(due, true) } else { Ok(()) }
    }

    /// Returns the next payers of a location, by id: everybody for whom something may be due there.
    fn payers(
        &mut self,
        location: LocationId,
        after: Option<MemberId>,
        most: u32,
    ) -> Result<BTreeSet<MemberId>, StoreError> {
        let charged = charges::table
            .filter(charges::location_id.eq(location.get()))
            .filter(charges::payer_id.gt(after.map_or(0, |it| it.get())))
            .select(charges::payer_id)
            .distinct()
            .order(charges::payer_id)
            .limit(most.into());
        let mut found: Vec<i64> = charged.load(self.connection)?;
        let fined = penalties::table
            .inner_join(classes::table)
            .filter(classes::location_id.eq(location.get()))
            .filter(penalties::costs.eq("fee"))
            .filter(penalties::waiver.is_null())
            .filter(penalties::member_id.gt(after.map_or(0, |it| it.get())))
            .select(penalties::member_id)
            .distinct()
            .order(penalties::member_id)
            .limit(most.into());
        found.extend(fined.load::<i64>(self.connection)?);
        let subscribed = subscriptions::table
            .inner_join(memberships::table)
            .filter(memberships::location_id.eq(location.get()))
            .filter(subscriptions::payer_id.gt(after.map_or(0, |it| it.get())))
            .select(subscriptions::payer_id)
            .distinct()
            .order(subscriptions::payer_id)
            .limit(most.into());
        found.extend(subscribed.load::<i64>(self.connection)?);
        let linked = membership_links::table
            .inner_join(memberships::table)
            .filter(memberships::location_id.eq(location.get()))
            .filter(membership_links::bond.eq("payer"))
            .filter(membership_links::person_id.gt(after.map_or(0, |it| it.get())))
            .select(membership_links::person_id)
            .distinct()
            .order(membership_links::person_id)
            .limit(most.into());
        found.extend(linked.load::<i64>(self.connection)?);
        let all: BTreeSet<MemberId> = found.into_iter().map(id).collect();
        Ok(all
            .into_iter()
            .take(usize::try_from(most).unwrap_or(usize::MAX))
            .collect())
    }

    /// Returns the memberships of a location that some may pay for, each with its member.
    fn paid_by(&mut self, location: LocationId, payers: &[i64]) -> Result<Vec<(i64, i64)>, StoreError> {
        let own = subscriptions::table
            .inner_join(memberships::table)
            .filter(memberships::location_id.eq(location.get()))
            .filter(subscriptions::payer_id.eq_any(payers))
            .select((memberships::id, memberships::member_id));
        let mut found: Vec<(i64, i64)> = own.load(self.connection)?;
        let linked = membership_links::table
            .inner_join(memberships::table)
            .filter(memberships::location_id.eq(location.get()))
            .filter(membership_links::bond.eq("payer"))
            .filter(membership_links::person_id.eq_any(payers))
            .select((memberships::id, memberships::member_id));
        found.extend(linked.load::<(i64, i64)>(self.connection)?);
        found.sort_unstable();
        found.dedup();
        Ok(found)
    }

    /// Locks payers and those whose memberships they pay for.
    fn lock_contracts(
        &mut self,
        location: LocationId,
        payers: &BTreeSet<MemberId>,
    ) -> Result<(), StoreError> {
        let mut people = payers.clone();
        if matches!(self.connection, AnyConnection::Postgres(_)) {
            for some in raw(payers).chunks(SOME) {
                let members = self.paid_by(location, some)?;
                people.extend(members.into_iter().map(|(_, member)| id::<MemberId>(member)));
            }
        }
        self.lock_members(&people)
    }

    /// Loads memberships of a location with all that bears on what they owe.
    fn contracts(&mut self, location: LocationId, payers: &[i64]) -> Result<(), StoreError> {
        let found: Vec<i64> = self
            .paid_by(location, payers)?
            .into_iter()
            .map(|(id, _)| id)
            .collect();
        if found.is_empty() {
            return Ok(());
        }
        self.contracting_place(location)?;
        for some in found.chunks(SOME) {
            let rows = memberships::table.filter(memberships::id.eq_any(some));
            for row in rows
                .select(MembershipRow::as_select())
                .load::<MembershipRow>(self.connection)?
            {
                self.membership_type(id(row.membership_type_id))?;
                self.club.memberships.insert(row.into());
            }
            macro_rules! all {
                ($table:ident: $row:ty => $into:ident) => {
                    let rows = $table::table.filter($table::membership_id.eq_any(some));
                    for row in rows
                        .select(<$row>::as_select())
                        .load::<$row>(self.connection)?
                    {
                        self.club.$into.insert(row.try_into()?);
                    }
                };
            }
            all!(membership_terms: TermRow => terms);
            all!(subscriptions: SubscriptionRow => subscriptions);
            all!(membership_notices: NoticeRow => notices);
            all!(membership_links: LinkRow => links);
            all!(membership_edits: EditRow => edits);
        }
        Ok(())
    }

    /// Loads on which terms whoever pays for the memberships that are loaded, or would by a sale, is charged, and what
    /// was invoiced of them.
    pub(in crate::load) fn costs(&mut self, command: &Command) -> Result<(), StoreError> {
        let mut places: BTreeSet<LocationId> = self.club.memberships.iter().map(|it| it.location).collect();
        let own = self.club.subscriptions.iter().map(|it| it.payer);
        let linked = self.club.links.iter().map(|it| it.person);
        let mut payers: BTreeSet<MemberId> = own.chain(linked).collect();
        if let Command::Membership(MembershipCommand::Sell {
            member,
            payer,
            location,
            ..
        }) = command
        {
            places.insert(*location);
            payers.insert(payer.unwrap_or(*member));
        }
        let of: BTreeSet<SubscriptionId> = self.club.subscriptions.iter().map(|it| it.id).collect();
        self.subscribed(&of)?;
        places
            .into_iter()
            .try_for_each(|place| self.terms(place, &payers))
    }

    /// Loads what was invoiced of the memberships that several pay for, one after the other: what is given back of it is
    /// of who was charged.
    fn charged_to_others(&mut self) -> Result<(), StoreError> {
        let links = self.club.links.iter();
        let paid = links.filter_map(|link| match link.bond {
            Bond::Payer(membership) => Some(Key::Membership(membership)),
            _ => None,
        });
        let of = paid.flat_map(|key| self.club.subscriptions.of(key));
        let of: BTreeSet<SubscriptionId> = of.map(|it| it.id).collect();
        self.subscribed(&of)
    }

    /// Loads what some payers may owe at a location.
    fn owed_by(&mut self, location: LocationId, payers: &BTreeSet<MemberId>) -> Result<(), StoreError> {
        for some in raw(payers).chunks(SOME) {
            self.contracts(location, some)?;
            let rows = charges::table
                .filter(charges::location_id.eq(location.get()))
                .filter(charges::payer_id.eq_any(some));
            let rows = rows.select(ChargeRow::as_select()).load(self.connection)?;
            self.charges(rows)?;
            let fined = penalties::table
                .inner_join(classes::table)
                .filter(classes::location_id.eq(location.get()))
                .filter(penalties::member_id.eq_any(some));
            let fined = fined.select((PenaltyRow::as_select(), ClassRow::as_select()));
            for (penalty, class) in fined.load::<(PenaltyRow, ClassRow)>(self.connection)? {
                self.club.penalties.insert(penalty.try_into()?);
                self.club.classes.insert(class.try_into()?);
            }
        }
        Ok(())
    }
}
