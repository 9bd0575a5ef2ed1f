//! Loading what passes earn: the price that is deferred of those whose uses a command may consume or give back.

use std::collections::BTreeSet;

use diesel::prelude::*;
use gym_core::billing::BillingCommand;
use gym_core::billing::obligation::Charged;
use gym_core::command::Command;
use gym_core::entitlement::{EntitlementCommand, Source};

use super::Load;
use super::lock::{Locks, Table};
use crate::billing::ledger::DeferralRow;
use crate::error::StoreError;
use crate::row::id;
use crate::schema::*;

/// How many values one statement asks for.
const SOME: usize = 500;

impl Load<'_> {
    /// Loads the deferred prices that a command may earn, after all else that it needs.
    pub(super) fn earnings(&mut self, command: &Command) -> Result<(), StoreError> {
        let mut lots: BTreeSet<i64> = BTreeSet::new();
        match command {
            Command::Billing(command) => lots.extend(self.lots_charged_by(command)),
            Command::Payment(_) | Command::Ledger(_) | Command::Pay(_) | Command::Membership(_) => {}
            _ => {
                let sold = self.club.lots.iter().filter(|lot| lot.source == Source::Sale);
                lots.extend(sold.map(|lot| lot.id.get()));
                lots.extend(self.lots_gone());
            }
        }
        let lapse = matches!(command, Command::Entitlement(EntitlementCommand::Expire { .. }));
        let lots: Vec<i64> = lots.into_iter().collect();
        self.lots_that_earn(&lots, lapse)
    }

    /// Lists the lots that are over and still hold uses of those whom the command is about. Those of others stay as they
    /// are, and need no lock.
    pub(super) fn lots_gone(&self) -> BTreeSet<i64> {
        let uses = self.club.uses.iter();
        let gone = uses.filter(|it| self.about.contains(&it.member) && self.club.lots.get(it.lot).is_none());
        gone.map(|it| it.lot.get()).collect()
    }

    /// Lists the passes that a command may put on an invoice, or take off one.
    fn lots_charged_by(&self, command: &BillingCommand) -> Vec<i64> {
        let lot = |charged: Charged| match charged {
            Charged::Lot(lot) => Some(lot.get()),
            _ => None,
        };
        match command {
            BillingCommand::RunInvoices { .. } => {
                let due = self.club.charges.iter().map(|it| &it.obligation);
                let due = due.filter(|it| self.club.invoiced.on(&it.key).is_none());
                due.filter_map(|it| lot(it.charged)).collect()
            }
            BillingCommand::OpenInvoice { invoice, .. }
            | BillingCommand::VoidInvoice { invoice, .. }
            | BillingCommand::IssueCreditNote { invoice, .. } => {
                let lines = self
                    .club
                    .invoices
                    .get(*invoice)
                    .into_iter()
                    .flat_map(|it| &it.lines);
                lines.filter_map(|line| lot(line.obligation.charged)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Loads passes with their uses and what is deferred of them, under the locks that guard their uses.
    pub(super) fn lots_that_earn(&mut self, lots: &[i64], lapse: bool) -> Result<(), StoreError> {
        for some in lots.chunks(SOME) {
            self.lock_lots(some)?;
            let there: Vec<i64> = some
                .iter()
                .copied()
                .filter(|lot| self.club.lots.get(id(*lot)).is_none())
                .collect();
            for lot in there {
                self.lot(id(lot))?;
            }
            let rows = deferrals::table.filter(deferrals::lot_id.eq_any(some));
            let rows: Vec<DeferralRow> = rows.select(DeferralRow::as_select()).load(self.connection)?;
            self.deferrals(rows)?;
        }
        let places: BTreeSet<_> = self.club.deferrals.iter().map(|it| it.location).collect();
        for place in places.into_iter().filter(|_| !lots.is_empty()) {
            self.location(place)?;
            if lapse {
                self.payment_policies(place)?;
            }
        }
        Ok(())
    }

    /// Locks what guards the uses of passes: the member who uses one alone, or the pass itself.
    fn lock_lots(&mut self, lots: &[i64]) -> Result<(), StoreError> {
        if !self.locks() {
            return Ok(());
        }
        let users = lot_members::table.filter(lot_members::lot_id.eq_any(lots));
        let mut users: Vec<(i64, i64)> = users
            .select((lot_members::lot_id, lot_members::member_id))
            .load(self.connection)?;
        users.sort_unstable();
        // Who shares a pass takes the lock of that for all of theirs.
        let guarded = |member: i64| {
            let mut lots = self.club.lots.iter();
            lots.any(|lot| self.held.contains(&(Table::Lot, lot.id.get())) && lot.serves(id(member)))
        };
        let guards = users
            .chunk_by(|one, next| one.0 == next.0)
            .filter_map(|of| match of {
                [(_, member)] => (!guarded(*member)).then_some((Table::Member, *member)),
                [(lot, _), ..] => Some((Table::Lot, *lot)),
                [] => None,
            });
        let guards: Locks = guards.collect();
        self.lock(guards)
    }
}
