//! [`Books`]: what work took in, by what invoices and charges say. They are read once for all the work of a run.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use crate::billing::credit_note::CreditLine;
use crate::billing::invoice::{Invoice, InvoiceState, Line};
use crate::billing::obligation::{Charged, Key as Owed, Obligation};
use crate::booking::Consequence;
use crate::club::Club;
use crate::entitlement::Run;
use crate::id::{LotId, MembershipId};
use crate::money::{Money, MoneyError, allocate};
use crate::payroll::Delivered;

/// What was invoiced and what is to be charged, by what it is for.
pub(super) struct Books<'c> {
    pub(super) club: &'c Club,
    /// Up to which day what memberships owe is looked at.
    pub(super) today: NaiveDate,
    lines: BTreeMap<Charged, Vec<(&'c Invoice, &'c Line)>>,
    charges: BTreeMap<Charged, Vec<&'c Obligation>>,
    /// The fees of the memberships that were asked for.
    pub(super) fees: BTreeMap<MembershipId, Vec<Obligation>>,
    /// The runs of the lots that were asked for.
    pub(super) runs: BTreeMap<LotId, Option<Run>>,
}

impl<'c> Books<'c> {
    /// Opens the books of a club as they are on a civil day.
    pub(super) fn of(club: &'c Club, today: NaiveDate) -> Self {
        let mut books = Self {
            club,
            today,
            lines: BTreeMap::new(),
            charges: BTreeMap::new(),
            fees: BTreeMap::new(),
            runs: BTreeMap::new(),
        };
        for invoice in club.invoices.iter().filter(|invoice| is_charged(invoice)) {
            for line in &invoice.lines {
                let lines = books.lines.entry(line.obligation.charged).or_default();
                lines.push((invoice, line));
            }
        }
        for charge in club.charges.iter().map(|it| &it.obligation) {
            books.charges.entry(charge.charged).or_default().push(charge);
        }
        books
    }

    /// Lists the lines that charge something, with their invoices.
    pub(super) fn lines(&self, charged: Charged) -> &[(&'c Invoice, &'c Line)] {
        self.lines.get(&charged).map_or(&[], Vec::as_slice)
    }

    /// Adds up what invoices charge for it, and how much of that is not paid.
    pub(super) fn takings(&self, charged: &BTreeSet<Charged>, all: &mut Delivered) -> Result<(), MoneyError> {
        for (invoice, line) in charged.iter().flat_map(|it| self.lines(*it)) {
            let left = self.left_of(invoice, line);
            all.revenue = all.revenue.checked_add(left.net)?;
            all.unpaid = all.unpaid.checked_add(self.unpaid(invoice, line)?)?;
        }
        Ok(())
    }

    /// Whether something is on an invoice that was opened.
    pub(super) fn is_billed(&self, key: &Owed) -> bool {
        let invoice = self.club.invoiced.on(key);
        let invoice = invoice.and_then(|id| self.club.invoices.get(id));
        invoice.is_some_and(is_charged)
    }

    /// Adds up what is to be charged for it and is not on an invoice that was opened.
    pub(super) fn unbilled(
        &self,
        charged: &BTreeSet<Charged>,
        all: &mut Delivered,
    ) -> Result<(), MoneyError> {
        let charges = charged.iter().filter_map(|it| self.charges.get(it)).flatten();
        let charges = charges.filter(|it| !self.is_billed(&it.key)).map(|it| it.amount);
        let fines = charged.iter().filter_map(|it| match it {
            Charged::Penalty(id) => self.club.penalties.get(*id),
            _ => None,
        });
        let due =
            fines.filter(|it| it.waiver.is_none() && !self.is_billed(&Owed::Once(Charged::Penalty(it.id))));
        let fines = due.filter_map(|it| match it.consequence {
            Consequence::Fee(fee) => Some(fee),
            _ => None,
        });
        for amount in charges.chain(fines) {
            all.unbilled = all.unbilled.checked_add(amount)?;
        }
        Ok(())
    }

    /// Returns what is left of a line after the credit notes of its invoice.
    pub(super) fn left_of(&self, invoice: &Invoice, line: &Line) -> CreditLine {
        let left = self.club.remaining(invoice).ok();
        let left = left.and_then(|left| left.of(line.id).cloned());
        left.unwrap_or_else(|| CreditLine {
            line: line.id,
            net: line.net,
            taxes: Vec::new(),
            gross: line.gross,
        })
    }

    /// Returns a line's part of what remains to be paid of its invoice.
    pub(super) fn unpaid(&self, invoice: &Invoice, line: &Line) -> Result<Money, MoneyError> {
        let nothing = Money::zero(line.gross.currency());
        let left = crate::billing::payment::balance(invoice)?;
        if left.minor() <= 0 {
            return Ok(nothing);
        }
        let weight = |line: &Line| u64::try_from(self.left_of(invoice, line).gross.minor()).unwrap_or(0);
        let weights: Vec<u64> = invoice.lines.iter().map(weight).collect();
        if weights.iter().all(|weight| *weight == 0) {
            return Ok(nothing);
        }
        let parts = allocate(left, &weights)?;
        let place = invoice.lines.iter().position(|it| it.id == line.id);
        Ok(place.and_then(|at| parts.get(at).copied()).unwrap_or(nothing))
    }
}

/// Whether an invoice charges anything: drafts and void ones do not.
const fn is_charged(invoice: &Invoice) -> bool {
    !matches!(invoice.state, InvoiceState::Draft | InvoiceState::Void)
}
