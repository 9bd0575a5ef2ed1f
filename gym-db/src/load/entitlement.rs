//! Loading lots, what was taken from them, and what the door is decided on.
//!
//! Lots that one member uses alone are guarded by the lock of that member. Lots that are shared are locked after the
//! members, ascending by id, and all who share them are loaded; if that shows more shared lots, these are locked too.

use std::collections::BTreeSet;

use chrono::{Duration, NaiveDate};
use diesel::prelude::*;
use gym_core::booking::policy::{Admits, Policy};
use gym_core::check_in::DoorCommand;
use gym_core::club::Key;
use gym_core::entitlement::{EntitlementCommand, Lot};
use gym_core::id::{ClassId, LocationId, LotId, MemberId, PenaltyId, SessionId, VisitId};
use gym_core::schedule::session::Session;

use super::{Load, fetch};
use crate::booking::{BanRow, PenaltyRow, RegistrationRow};
use crate::check_in::{GuestVisitRow, SignatureRow, VisitRow, WaiverRow};
use crate::entitlement::{BreakageRow, LotRow, UseRow, complete};
use crate::error::StoreError;
use crate::row::id;
use crate::schedule::class::ClassRow;
use crate::schedule::session::SessionRow;
use crate::schema::*;

/// How often the set of shared lots may grow while they are locked.
const TRIES: usize = 5;

/// The most lots that one sweep looks at.
const SWEEP: i64 = 1_000;

diesel::alias!(lot_members as own: Own);

/// The lots of a member that are not over.
macro_rules! lots_of {
    ($member:expr) => {
        own.filter(own.field(lot_members::member_id).eq($member))
            .filter(own.field(lot_members::is_over).eq(false))
            .select(own.field(lot_members::lot_id))
    };
}

impl Load<'_> {
    pub(super) fn entitlement(&mut self, command: &EntitlementCommand) -> Result<(), StoreError> {
        match command {
            EntitlementCommand::Grant { grant, .. } | EntitlementCommand::SellPass { grant } => {
                self.location(grant.location)?;
                for place in grant.terms.scope.locations.iter().flatten() {
                    self.location(*place)?;
                }
                let mut people = grant.shared_with.clone();
                people.insert(grant.member);
                self.lock_members(&people)?;
                for member in &people {
                    self.member(*member, self.now)?;
                }
                if let EntitlementCommand::Grant {
                    source: gym_core::entitlement::Source::Restore(lot),
                    ..
                } = command
                {
                    self.lot(*lot)?;
                }
                self.holdings(&people)
            }
            EntitlementCommand::Withdraw { lot } => {
                let owner = lots::table.find(lot.get()).select(lots::owner_id);
                let Some(owner) = owner.first::<i64>(self.connection).optional()? else {
                    return Ok(());
                };
                let people = BTreeSet::from([id(owner)]);
                self.lock_members(&people)?;
                let Some(lot) = self.lot(*lot)? else { return Ok(()) };
                self.location(lot.location)?;
                self.holdings(&people)
            }
            EntitlementCommand::Expire { location } => self.sweeping(*location),
            EntitlementCommand::WaivePenalty { penalty, .. } => self.penalty(*penalty),
            _ => Ok(()),
        }
    }

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
                self.signatures(*member)
            }
            DoorCommand::Enter { member, location, .. } => {
                let people = BTreeSet::from([*member]);
                self.location(*location)?;
                self.lock_members(&people)?;
                self.member(*member, self.now - Duration::days(1))?;
                self.holdings(&people)?;
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

    /// Loads what a decision about a class needs of lots, where bookings need them or have taken from them.
    pub(super) fn holdings_for(
        &mut self,
        class: ClassId,
        people: &BTreeSet<MemberId>,
    ) -> Result<(), StoreError> {
        let location = self.club.classes.get(class).map(|class| class.offering.location);
        let admits = location.map_or(Policy::default().admits, |location| {
            self.club.policy(location).admits
        });
        if admits == Admits::Entitled || !self.club.uses.is_empty() {
            self.holdings(people)?;
        }
        Ok(())
    }

    /// Loads the lots of members, of all who share lots with them, and what was taken from them.
    pub(super) fn holdings(&mut self, people: &BTreeSet<MemberId>) -> Result<(), StoreError> {
        let mut locked = BTreeSet::new();
        for _ in 0..TRIES {
            let shared = self.lots_shared_by(people)?;
            if shared.is_subset(&locked) {
                break;
            }
            self.lock("lots", shared.clone())?;
            locked = shared;
        }
        let mut done = BTreeSet::new();
        let mut next: Vec<MemberId> = people.iter().copied().collect();
        while let Some(member) = next.pop() {
            if done.insert(member) {
                next.extend(self.lots_of(member)?);
            }
        }
        Ok(())
    }

    /// Returns the lots that members share with others, and that these share, and so on.
    fn lots_shared_by(&mut self, people: &BTreeSet<MemberId>) -> Result<BTreeSet<i64>, StoreError> {
        let mut seen: BTreeSet<i64> = people.iter().map(|it| it.get()).collect();
        let mut next: Vec<i64> = seen.iter().copied().collect();
        let mut shared = BTreeSet::new();
        while let Some(member) = next.pop() {
            let rows = lot_members::table.filter(lot_members::lot_id.eq_any(lots_of!(member)));
            let others = rows.filter(lot_members::member_id.ne(member));
            let others: Vec<(i64, i64)> =
                fetch!(self, others.select((lot_members::lot_id, lot_members::member_id)));
            for (lot, other) in others {
                shared.insert(lot);
                if seen.insert(other) {
                    next.push(other);
                }
            }
        }
        Ok(shared)
    }

    /// Loads the lots of a member with their uses, and returns who shares them.
    fn lots_of(&mut self, member: MemberId) -> Result<BTreeSet<MemberId>, StoreError> {
        let raw = member.get();
        let rows = lots::table.filter(lots::id.eq_any(lots_of!(raw)));
        let rows: Vec<LotRow> = fetch!(self, rows.select(LotRow::as_select()));
        if rows.is_empty() {
            return Ok(BTreeSet::new());
        }
        let users = lot_members::table.filter(lot_members::lot_id.eq_any(lots_of!(raw)));
        let users: Vec<(i64, i64)> =
            fetch!(self, users.select((lot_members::lot_id, lot_members::member_id)));
        let broken = lot_breakages::table.filter(lot_breakages::lot_id.eq_any(lots_of!(raw)));
        let broken: Vec<BreakageRow> = fetch!(self, broken.select(BreakageRow::as_select()));
        let lots: Vec<Lot> = complete(rows, users, broken)?;
        let live = lot_uses::state.eq("held").or(lot_uses::state.eq("consumed"));
        let uses = lot_uses::table
            .filter(lot_uses::lot_id.eq_any(lots_of!(raw)))
            .filter(live);
        let uses: Vec<UseRow> = fetch!(self, uses.select(UseRow::as_select()));
        self.uses(uses)?;
        self.held_by_lots_of(raw)?;
        let others = lots.iter().flat_map(|lot| lot.members().collect::<Vec<_>>());
        let others: BTreeSet<MemberId> = others.collect();
        lots.into_iter().for_each(|lot| self.club.lots.insert(lot));
        Ok(others)
    }

    /// Loads the classes and sessions that hold uses of a member's lots.
    fn held_by_lots_of(&mut self, member: i64) -> Result<(), StoreError> {
        let held = lot_uses::table
            .filter(lot_uses::lot_id.eq_any(lots_of!(member)))
            .filter(lot_uses::state.eq("held"));
        let booked = class_registrations::table.inner_join(classes::table).filter(
            class_registrations::id
                .nullable()
                .eq_any(held.select(lot_uses::registration_id)),
        );
        let booked: Vec<(RegistrationRow, ClassRow)> = fetch!(
            self,
            booked.select((RegistrationRow::as_select(), ClassRow::as_select()))
        );
        for (registration, class) in booked {
            self.beside(class)?;
            self.club.registrations.insert(registration.try_into()?);
        }
        let held = lot_uses::table
            .filter(lot_uses::lot_id.eq_any(lots_of!(member)))
            .filter(lot_uses::state.eq("held"));
        let rows = sessions::table.filter(sessions::id.nullable().eq_any(held.select(lot_uses::session_id)));
        let rows: Vec<SessionRow> = fetch!(self, rows.select(SessionRow::as_select()));
        for row in rows {
            let session: Session = row.try_into()?;
            self.location(session.location)?;
            self.club.sessions.insert(session);
        }
        Ok(())
    }

    fn uses(&mut self, rows: Vec<UseRow>) -> Result<(), StoreError> {
        for row in rows {
            self.club.uses.insert(row.try_into()?);
        }
        Ok(())
    }

    /// Loads what the bookings of a class took, whatever became of it.
    pub(super) fn uses_of_class(&mut self, class: ClassId) -> Result<(), StoreError> {
        let booked = class_registrations::table
            .filter(class_registrations::class_id.eq(class.get()))
            .select(class_registrations::id.nullable());
        let rows = lot_uses::table.filter(lot_uses::registration_id.eq_any(booked));
        let rows: Vec<UseRow> = fetch!(self, rows.select(UseRow::as_select()));
        self.uses(rows)
    }

    /// Loads what a session took.
    pub(super) fn uses_of_session(&mut self, session: SessionId) -> Result<(), StoreError> {
        let rows = lot_uses::table.filter(lot_uses::session_id.eq(session.get()));
        let rows: Vec<UseRow> = fetch!(self, rows.select(UseRow::as_select()));
        self.uses(rows)
    }

    fn lot(&mut self, lot: LotId) -> Result<Option<Lot>, StoreError> {
        let rows = lots::table.find(lot.get());
        let rows: Vec<LotRow> = fetch!(self, rows.select(LotRow::as_select()));
        self.lots(rows)?;
        Ok(self.club.lots.get(lot).cloned())
    }

    /// Loads lots by their rows, with their uses.
    fn lots(&mut self, rows: Vec<LotRow>) -> Result<(), StoreError> {
        for row in rows {
            let lot = row.id;
            let users = lot_members::table.filter(lot_members::lot_id.eq(lot));
            let users: Vec<(i64, i64)> =
                fetch!(self, users.select((lot_members::lot_id, lot_members::member_id)));
            let broken = lot_breakages::table.filter(lot_breakages::lot_id.eq(lot));
            let broken: Vec<BreakageRow> = fetch!(self, broken.select(BreakageRow::as_select()));
            for lot in complete(vec![row], users, broken)? {
                self.club.lots.insert(lot);
            }
            let live = lot_uses::state.eq("held").or(lot_uses::state.eq("consumed"));
            let uses = lot_uses::table.filter(lot_uses::lot_id.eq(lot)).filter(live);
            let uses: Vec<UseRow> = fetch!(self, uses.select(UseRow::as_select()));
            self.uses(uses)?;
        }
        Ok(())
    }

    /// Locks and loads the lots of a location of which something may have expired.
    fn sweeping(&mut self, location: LocationId) -> Result<(), StoreError> {
        self.location(location)?;
        let Some(today) = self.club.locations.get(location).map(|it| it.date(self.now)) else {
            return Ok(());
        };
        let due = |after: i64| {
            lots::table
                .filter(lots::location_id.eq(location.get()))
                .filter(lots::due_on.le(today))
                .filter(lots::is_over.eq(false))
                .filter(lots::id.gt(after))
                .order(lots::id)
                .limit(SWEEP)
        };
        let ids: Vec<i64> = due(0).select(lots::id).load(self.connection)?;
        self.lock("lots", ids.into_iter().collect())?;
        let rows: Vec<LotRow> = due(0).select(LotRow::as_select()).load(self.connection)?;
        self.lots(rows)
    }

    fn penalty(&mut self, penalty: PenaltyId) -> Result<(), StoreError> {
        let row = || {
            penalties::table
                .find(penalty.get())
                .select(PenaltyRow::as_select())
        };
        let Some(found) = row().first::<PenaltyRow>(self.connection).optional()? else {
            return Ok(());
        };
        let found: gym_core::booking::Penalty = found.try_into()?;
        let class = classes::table
            .find(found.class.get())
            .select(ClassRow::as_select());
        for class in class.load::<ClassRow>(self.connection)? {
            self.beside(class)?;
        }
        let people = BTreeSet::from([found.member]);
        self.lock_members(&people)?;
        // Read again: it may have been forgiven before the lock was there.
        self.club
            .penalties
            .insert(row().first::<PenaltyRow>(self.connection)?.try_into()?);
        let led = bans::table
            .filter(bans::penalty_id.eq(penalty.get()))
            .select(BanRow::as_select());
        let led: Vec<BanRow> = led.load(self.connection)?;
        led.into_iter().for_each(|row| self.club.bans.insert(row.into()));
        let uses = lot_uses::table.filter(lot_uses::registration_id.eq(found.registration.get()));
        let uses: Vec<UseRow> = fetch!(self, uses.select(UseRow::as_select()));
        self.uses(uses)?;
        self.holdings(&people)
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
        self.visits_since(member, since.min(today))
    }

    fn visits_since(&mut self, member: MemberId, since: NaiveDate) -> Result<(), StoreError> {
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
