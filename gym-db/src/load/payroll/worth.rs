//! Loading the passes and memberships that cover the visits of some work, and the invoices that charge them.

use std::collections::BTreeSet;

use diesel::prelude::*;
use gym_core::entitlement::{Source, Use};
use gym_core::time::Days;

use super::SOME;
use crate::entitlement::UseRow;
use crate::error::StoreError;
use crate::load::Load;
use crate::schema::*;

/// Whose visits are looked at.
#[derive(Clone, Copy)]
pub(super) enum Visits<'i> {
    Registrations(&'i [i64]),
    Sessions(&'i [i64]),
}

impl Load<'_> {
    /// Loads what some visits have used up, with the lots, and notes the invoices that charge these for some days.
    pub(super) fn covering(
        &mut self,
        visits: Visits<'_>,
        days: Days,
        bills: &mut BTreeSet<i64>,
    ) -> Result<(), StoreError> {
        let consumed = lot_uses::table.filter(lot_uses::state.eq("consumed"));
        let rows: Vec<UseRow> = match visits {
            Visits::Registrations(ids) => consumed
                .filter(lot_uses::registration_id.eq_any(ids))
                .select(UseRow::as_select())
                .load(self.connection)?,
            Visits::Sessions(ids) => consumed
                .filter(lot_uses::session_id.eq_any(ids))
                .select(UseRow::as_select())
                .load(self.connection)?,
        };
        let (mut passes, mut contracts) = (BTreeSet::new(), BTreeSet::new());
        for row in rows {
            let used: Use = row.try_into()?;
            if self.club.lots.get(used.lot).is_none() {
                self.lot(used.lot)?;
            }
            match self.club.lots.get(used.lot).map(|lot| lot.source) {
                Some(Source::Sale) => passes.insert(used.lot.get()),
                Some(Source::Plan(membership)) => contracts.insert(membership.get()),
                _ => false,
            };
            self.club.uses.insert(used);
        }
        let passes: Vec<i64> = passes.into_iter().collect();
        for some in passes.chunks(SOME) {
            let lines = invoice_lines::table.filter(invoice_lines::lot_id.eq_any(some));
            let found = lines.select(invoice_lines::invoice_id);
            bills.extend(found.load::<i64>(self.connection)?);
        }
        let contracts: Vec<i64> = contracts.into_iter().collect();
        for some in contracts.chunks(SOME) {
            let lines = invoice_lines::table
                .filter(invoice_lines::membership_id.eq_any(some))
                .filter(invoice_lines::days_from.lt(days.until()))
                .filter(invoice_lines::days_until.gt(days.from()));
            let found = lines.select(invoice_lines::invoice_id);
            bills.extend(found.load::<i64>(self.connection)?);
        }
        Ok(())
    }
}
