//! Loading lots, what was taken from them, and what the door is decided on.
//!
//! Lots that one member uses alone are guarded by the lock of that member. Lots that are shared are locked after the
//! members, ascending by id, and all who share them are loaded; if that shows more shared lots, these are locked too.

use std::collections::BTreeSet;

use diesel::prelude::*;
use gym_core::booking::policy::Admits;
use gym_core::club::Key;
use gym_core::entitlement::{EntitlementCommand, Grant, Lot, Source, Target, UseState};
use gym_core::id::{ClassId, LocationId, LotId, MemberId, PenaltyId, SessionId};
use gym_core::schedule::session::Session;

use super::lock::{Locks, Table};
use super::member::of;
use super::{Load, fetch};
use crate::booking::{BanRow, PenaltyRow, RegistrationRow};
use crate::entitlement::{BreakageRow, LotRow, UseRow, complete};
use crate::error::StoreError;
use crate::row::id;
use crate::schedule::class::ClassRow;
use crate::schedule::session::SessionRow;
use crate::schema::*;

/// How often the set of shared lots may grow while they are locked.
const TRIES: usize = 5;

/// Returns the lots that more than one member may use.
fn shared(users: &BTreeSet<(i64, i64)>) -> impl Iterator<Item = i64> {
    let mut all = users.iter().map(|(lot, _)| *lot).collect::<Vec<i64>>();
    all.sort_unstable();
    let groups: Vec<i64> = all
        .chunk_by(i64::eq)
        .filter(|same| same.len() > 1)
        .filter_map(|same| same.first().copied())
        .collect();
    groups.into_iter()
}

/// The most lots that one sweep looks at.
const SWEEP: i64 = 1_000;

impl Load<'_> {
    pub(super) fn entitlement(&mut self, command: &EntitlementCommand) -> Result<(), StoreError> {
        match command {
            EntitlementCommand::Grant { grant, .. } | EntitlementCommand::SellPass { grant } => {
                let people = self.granting(grant)?;
                if let EntitlementCommand::Grant { source, .. } = command {
                    match source {
                        Source::Restore(lot) => self.lot(*lot).map(|_| ())?,
                        Source::Plan(of) => self.contract(*of)?,
                        Source::Sale | Source::Gift => {}
                    }
                }
                self.holdings(&people)
            }
            EntitlementCommand::Withdraw { lot } => self.withdrawing(*lot),
            EntitlementCommand::Expire { location } => self.sweeping(*location),
            EntitlementCommand::WaivePenalty { penalty, .. } => {
                self.penalty(*penalty)?;
                self.fees(|fee| fee.id == *penalty)
            }
            _ => Ok(()),
        }
    }

    /// Loads a lot with what its owner has besides, under their lock.
    pub(super) fn withdrawing(&mut self, lot: LotId) -> Result<(), StoreError> {
        let owner = lots::table.find(lot.get()).select(lots::owner_id);
        let Some(owner) = owner.first::<i64>(self.connection).optional()? else {
            return Ok(());
        };
        let people = BTreeSet::from([id(owner)]);
        self.lock_members(&people)?;
        let Some(lot) = self.lot(lot)? else { return Ok(()) };
        self.location(lot.location)?;
        self.holdings(&people)
    }

    /// Loads whom a lot is for, and where it serves.
    pub(super) fn granting(&mut self, grant: &Grant) -> Result<BTreeSet<MemberId>, StoreError> {
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
        Ok(people)
    }

    /// Loads what a decision about classes needs of lots, where bookings need them or have taken from them.
    pub(super) fn holdings_for<'i>(
        &mut self,
        classes: impl IntoIterator<Item = &'i ClassId>,
        people: &BTreeSet<MemberId>,
    ) -> Result<(), StoreError> {
        let asks = |class: &ClassId| {
            let place = self.club.classes.get(*class).map(|class| class.offering.location);
            place.is_some_and(|place| self.club.policy(place).admits == Admits::Entitled)
        };
        if classes.into_iter().any(asks) || !self.club.uses.is_empty() {
            self.holdings(people)?;
        }
        Ok(())
    }

    /// Loads the lots of members, of all who share lots with them, and what was taken from them.
    pub(super) fn holdings(&mut self, people: &BTreeSet<MemberId>) -> Result<(), StoreError> {
        let mut users = self.users_of_lots(people)?;
        let over = self.over_and_shared(&users)?;
        for _ in 0..TRIES {
            let shared = shared(&users).chain(over.iter().copied());
            let shared: Locks = shared.map(|lot| (Table::Lot, lot)).collect();
            let all_held = shared.is_subset(&self.held);
            self.lock(shared)?;
            // Under the locks, who shares what stays as it is.
            let now = self.users_of_lots(people)?;
            if all_held || now == users {
                break;
            }
            users = now;
        }
        let ids: Vec<i64> = users
            .iter()
            .map(|(lot, _)| *lot)
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        if ids.is_empty() {
            return Ok(());
        }
        let rows: Vec<LotRow> = of!(self, ids.as_slice(), lots::id, lots::table, LotRow::as_select());
        self.complete(rows, users)?;
        self.held_by_uses()
    }

    /// Lists the shared lots that are over and still hold uses that are loaded: they are locked with the others, not after.
    fn over_and_shared(&mut self, users: &BTreeSet<(i64, i64)>) -> Result<Vec<i64>, StoreError> {
        let known: BTreeSet<i64> = users.iter().map(|(lot, _)| *lot).collect();
        let gone: Vec<i64> = self.lots_gone().difference(&known).copied().collect();
        if gone.is_empty() || !self.locks() {
            return Ok(Vec::new());
        }
        let of_lots = lot_members::table.filter(lot_members::lot_id.eq_any(gone));
        let of_lots: Vec<(i64, i64)> = of_lots
            .select((lot_members::lot_id, lot_members::member_id))
            .load(self.connection)?;
        Ok(shared(&of_lots.into_iter().collect()).collect())
    }

    /// Lists who may use the lots that members may use and that are not over, and so on.
    fn users_of_lots(&mut self, people: &BTreeSet<MemberId>) -> Result<BTreeSet<(i64, i64)>, StoreError> {
        let mut next: BTreeSet<i64> = people.iter().map(|it| it.get()).collect();
        let (mut seen, mut users) = (next.clone(), BTreeSet::new());
        let of_member = || lot_members::table.filter(lot_members::is_over.eq(false));
        while !next.is_empty() {
            let ids: Vec<i64> = std::mem::take(&mut next).into_iter().collect();
            let mine: Vec<i64> = of!(
                self,
                ids.as_slice(),
                lot_members::member_id,
                of_member(),
                lot_members::lot_id,
                [false]
            );
            let known: BTreeSet<i64> = users.iter().map(|(lot, _): &(i64, i64)| *lot).collect();
            let new: BTreeSet<i64> = mine.into_iter().filter(|lot| !known.contains(lot)).collect();
            if new.is_empty() {
                break;
            }
            let new: Vec<i64> = new.into_iter().collect();
            let columns = (lot_members::lot_id, lot_members::member_id);
            let rows: Vec<(i64, i64)> = of!(
                self,
                new.as_slice(),
                lot_members::lot_id,
                lot_members::table,
                columns
            );
            for (lot, member) in rows {
                users.insert((lot, member));
                if seen.insert(member) {
                    next.insert(member);
                }
            }
        }
        Ok(users)
    }

    /// Loads what expired of lots and what was taken from them.
    fn complete(&mut self, rows: Vec<LotRow>, users: BTreeSet<(i64, i64)>) -> Result<(), StoreError> {
        let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
        if ids.is_empty() {
            return Ok(());
        }
        let granting: BTreeSet<i64> = rows.iter().filter_map(|row| row.membership_id).collect();
        granting.into_iter().try_for_each(|of| self.contract(id(of)))?;
        let of_lot = lot_breakages::table;
        let broken: Vec<BreakageRow> = of!(
            self,
            ids.as_slice(),
            lot_breakages::lot_id,
            of_lot,
            BreakageRow::as_select()
        );
        for lot in complete(rows, users.into_iter().collect(), broken)? {
            self.club.lots.insert(lot);
        }
        let live = || lot_uses::table.filter(lot_uses::state.eq("held").or(lot_uses::state.eq("consumed")));
        let uses: Vec<UseRow> = of!(
            self,
            ids.as_slice(),
            lot_uses::lot_id,
            live(),
            UseRow::as_select(),
            ["held", "consumed"]
        );
        self.uses(uses)
    }

    /// Loads the classes and sessions that hold the uses that are loaded.
    pub(super) fn held_by_uses(&mut self) -> Result<(), StoreError> {
        let held = self.club.uses.iter().filter(|it| it.state == UseState::Held);
        let targets = held.map(|it| it.target).collect();
        self.used_for(targets)
    }

    /// Loads the bookings with their classes, and the sessions with their places, that uses are for.
    pub(super) fn used_for(&mut self, targets: Vec<Target>) -> Result<(), StoreError> {
        let (mut booked, mut met) = (BTreeSet::new(), BTreeSet::new());
        for target in targets {
            match target {
                Target::Registration(id) => booked.insert(id.get()),
                Target::Session(id) => met.insert(id.get()),
                Target::Visit(_) => false,
            };
        }
        let (booked, met): (Vec<i64>, Vec<i64>) = (booked.into_iter().collect(), met.into_iter().collect());
        if !booked.is_empty() {
            let all = || class_registrations::table.inner_join(classes::table);
            let rows: Vec<(RegistrationRow, ClassRow)> = of!(
                self,
                booked.as_slice(),
                class_registrations::id,
                all(),
                (RegistrationRow::as_select(), ClassRow::as_select())
            );
            for (registration, class) in rows {
                self.beside(class)?;
                self.club.registrations.insert(registration.try_into()?);
            }
        }
        if !met.is_empty() {
            let all = sessions::table;
            let rows: Vec<SessionRow> = of!(self, met.as_slice(), sessions::id, all, SessionRow::as_select());
            for row in rows {
                let session: Session = row.try_into()?;
                self.location(session.location)?;
                self.club.sessions.insert(session);
            }
        }
        Ok(())
    }

    pub(super) fn uses(&mut self, rows: Vec<UseRow>) -> Result<(), StoreError> {
        for row in rows {
            self.club.uses.insert(row.try_into()?);
        }
        Ok(())
    }

    /// Loads what the bookings of a class took, whatever became of it.
    pub(super) fn uses_of_class(&mut self, class: ClassId) -> Result<(), StoreError> {
        let booked = self.club.registrations.of(Key::Class(class));
        let ids: Vec<i64> = booked.map(|booked| booked.id.get()).collect();
        if ids.is_empty() {
            return Ok(());
        }
        let (all, of_booking) = (lot_uses::table, lot_uses::registration_id);
        let rows: Vec<UseRow> = of!(self, ids.as_slice(), of_booking, all, UseRow::as_select());
        self.uses(rows)
    }

    /// Loads what a session took.
    pub(super) fn uses_of_session(&mut self, session: SessionId) -> Result<(), StoreError> {
        let rows = lot_uses::table.filter(lot_uses::session_id.eq(session.get()));
        let rows: Vec<UseRow> = fetch!(self, rows.select(UseRow::as_select()));
        self.uses(rows)
    }

    pub(super) fn lot(&mut self, lot: LotId) -> Result<Option<Lot>, StoreError> {
        let rows = lots::table.find(lot.get());
        let rows: Vec<LotRow> = fetch!(self, rows.select(LotRow::as_select()));
        self.lots(rows)?;
        Ok(self.club.lots.get(lot).cloned())
    }

    /// Loads lots by their rows.
    pub(super) fn lots(&mut self, rows: Vec<LotRow>) -> Result<(), StoreError> {
        let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
        if ids.is_empty() {
            return Ok(());
        }
        let columns = (lot_members::lot_id, lot_members::member_id);
        let users: Vec<(i64, i64)> = of!(
            self,
            ids.as_slice(),
            lot_members::lot_id,
            lot_members::table,
            columns
        );
        self.complete(rows, users.into_iter().collect())
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
        self.lock(ids.into_iter().map(|lot| (Table::Lot, lot)))?;
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
}
