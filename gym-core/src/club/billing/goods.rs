//! What was sold goes back with its money: a pass that is credited in full is withdrawn, and pieces are taken back first.

use crate::billing::credit_note::CreditNote;
use crate::billing::obligation::Charged;
use crate::booking::refusal::Reason;
use crate::club::tally::{Outcome, Reasons, Tally};
use crate::entitlement::EntitlementEvent;
use crate::event::Event;
use crate::id::{LotId, SaleId};
use crate::shop::Objection;

impl Tally<'_> {
    /// Takes back the goods of the lines of which a credit note leaves nothing; who keeps them pays something for them.
    pub(in crate::club) fn goods_back(&mut self, note: &CreditNote) -> Outcome {
        let club = self.club;
        let Some(invoice) = club.invoices.get(note.invoice) else {
            return Ok(());
        };
        let remaining = club.remaining(invoice).map_err(|why| Reason::Billing { why })?;
        let mut reasons = Reasons::default();
        for part in &note.lines {
            let whole = remaining
                .of(part.line)
                .is_some_and(|left| left.gross == part.gross);
            let line = invoice.lines.iter().find(|line| line.id == part.line);
            match line.filter(|_| whole).map(|line| line.obligation.charged) {
                Some(Charged::Sale(sale)) => self.check_back(sale, &mut reasons),
                Some(Charged::Lot(lot)) => self.pass_back(lot, &mut reasons),
                _ => {}
            }
        }
        reasons.done()
    }

    fn check_back(&self, id: SaleId, reasons: &mut Reasons) {
        let Some(sale) = self.club.sales.get(id) else {
            return;
        };
        let kept = sale.quantity.saturating_sub(sale.returned);
        if kept > 0 {
            reasons.push(Objection::Kept { sale: id, kept });
        }
    }

    fn pass_back(&mut self, id: LotId, reasons: &mut Reasons) {
        let Some(lot) = self.club.lots.get(id).filter(|lot| !lot.withdrawn) else {
            return;
        };
        let used = self.club.spent_of(id);
        if used > 0 {
            reasons.push(Objection::Used { lot: id, used });
        }
        let by = self.club.left_without(lot);
        if !by.is_empty() {
            reasons.push(Reason::LotNeeded { lot: id, by });
        }
        let uses = self.club.left_in(lot);
        self.draft.push(Event::Entitlement(EntitlementEvent::Withdrawn {
            lot: id,
            uses,
            at: self.now(),
        }));
    }
}
