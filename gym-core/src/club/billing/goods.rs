//! What was sold goes back with its money: a pass that is credited in full is withdrawn, of one that is credited in part
//! its share of what is free goes, and pieces are taken back first.

use chrono::NaiveDate;

use crate::billing::credit_note::{CreditLine, CreditNote};
use crate::billing::invoice::InvoiceState;
use crate::billing::ledger::Recognised;
use crate::billing::obligation::Charged;
use crate::booking::refusal::Reason;
use crate::club::tally::{Outcome, Reasons, Tally};
use crate::entitlement::{EntitlementEvent, Lot, Uses, Validity};
use crate::event::Event;
use crate::id::{InvoiceId, LotId, SaleId};
use crate::money::{Money, MoneyError};
use crate::shop::Objection;
use crate::time::Days;

impl Tally<'_> {
    /// Takes back the goods of the lines of which a credit note leaves nothing, and of passes the part that it takes; who
    /// keeps pieces pays something for them.
    pub(in crate::club) fn goods_back(&mut self, note: &CreditNote) -> Outcome {
        let club = self.club;
        let Some(invoice) = club.invoices.get(note.invoice) else {
            return Ok(());
        };
        let remaining = club.remaining(invoice).map_err(|why| Reason::Billing { why })?;
        let mut reasons = Reasons::default();
        for part in &note.lines {
            let line = invoice.lines.iter().find(|line| line.id == part.line);
            let Some((line, left)) = line.zip(remaining.of(part.line)) else {
                continue;
            };
            match (line.obligation.charged, left.gross == part.gross) {
                (Charged::Lot(lot), false) => {
                    self.part_back(lot, (left, part), note.issued_on, &mut reasons)?;
                }
                (charged, true) => self.thing_back(charged, &mut reasons),
                (_, false) => {}
            }
        }
        reasons.done()
    }

    /// Takes back the goods that cost nothing of an invoice that becomes void, as no credit note names them.
    pub(in crate::club) fn free_goods_back(&mut self, id: InvoiceId) -> Outcome {
        let opened = |state| state != InvoiceState::Draft;
        let Some(invoice) = self.club.invoices.get(id).filter(|it| opened(it.state)) else {
            return Ok(());
        };
        let mut reasons = Reasons::default();
        for line in invoice.lines.iter().filter(|line| line.gross.is_zero()) {
            self.thing_back(line.obligation.charged, &mut reasons);
        }
        reasons.done()
    }

    fn thing_back(&mut self, charged: Charged, reasons: &mut Reasons) {
        match charged {
            Charged::Sale(sale) => self.check_back(sale, reasons),
            Charged::Lot(lot) => self.pass_back(lot, reasons),
            _ => {}
        }
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
        let by = self.club.left_without(lot, None);
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

    /// Takes as many free uses of a pass, or of its days to come, as a part of what these cost pays for; of what is earned
    /// nothing is given back.
    fn part_back(
        &mut self,
        id: LotId,
        (left, part): (&CreditLine, &CreditLine),
        today: NaiveDate,
        reasons: &mut Reasons,
    ) -> Outcome {
        let Some(lot) = self.club.lots.get(id).filter(|lot| !lot.withdrawn) else {
            return Ok(());
        };
        let state = self.club.deferrals.get(part.line).map(|it| it.state);
        let lapsed = state.map_or(0, |state| state.lapsed);
        let Some((all, free)) = to_come(lot, self.club.spent_of(id), lapsed, today) else {
            reasons.push(Objection::NoParts { lot: id });
            return Ok(());
        };
        let none = Money::zero(part.net.currency());
        let price = state.map_or(Ok(none), |state| unearned(&state, today))?;
        if part.net.minor() > price.minor() {
            let most = left
                .gross
                .share(price.minor().into(), left.net.minor().max(1).into())?;
            let (lot, asked) = (id, part.gross);
            reasons.push(Objection::MoreThanFree {
                lot,
                free,
                most,
                asked,
            });
            return Ok(());
        }
        let gone = worth(price, part.net, all)?.min(free);
        if gone == 0 {
            return Ok(());
        }
        let mut less = lot.clone();
        less.cut(gone);
        let by = self.club.left_without(lot, Some(&less));
        if !by.is_empty() {
            reasons.push(Reason::LotNeeded { lot: id, by });
        }
        self.draft.push(Event::Entitlement(EntitlementEvent::Cut {
            lot: id,
            uses: less.terms.uses,
            validity: less.terms.validity,
            at: self.now(),
        }));
        Ok(())
    }
}

/// Returns how many uses of a pass are not earned, or days if its uses have no one count, and how many of these can
/// still be used; none if its days are not known.
fn to_come(lot: &Lot, used: u32, lapsed: u32, today: NaiveDate) -> Option<(u32, u32)> {
    if let Uses::Counted(count) = lot.terms.uses {
        let left = count.saturating_sub(used);
        let free = left.saturating_sub(lot.broken_in(0));
        return Some((left.saturating_sub(lapsed), free));
    }
    let Validity::Days {
        from,
        until: Some(until),
    } = lot.terms.validity
    else {
        return None;
    };
    let days = Days::new(from.max(today.succ_opt()?), until).map_or(0, |days| days.count());
    Some((days, days))
}

/// Returns what of an advance payment is not earned by the end of a day.
fn unearned(state: &Recognised, today: NaiveDate) -> Result<Money, MoneyError> {
    let tomorrow = today.succ_opt().unwrap_or(today);
    let then = state.through(tomorrow)?.map(|(_, then)| then);
    then.unwrap_or(*state).left()
}

/// Returns how many of `all` that cost `price` an amount pays for, to the minor unit.
fn worth(price: Money, amount: Money, all: u32) -> Result<u32, MoneyError> {
    if all == 0 {
        return Ok(0);
    }
    let exact = i128::from(amount.minor()) * i128::from(all) / i128::from(price.minor()).max(1);
    let floor = u32::try_from(exact).unwrap_or(0).min(all);
    let more = floor.saturating_add(1).min(all);
    let paid = price.share(more.into(), all.into())?.minor() <= amount.minor();
    Ok(if paid { more } else { floor })
}
