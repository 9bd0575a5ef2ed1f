//! What is forgiven after it was invoiced: the decision that forgives it takes it off the invoice.

use std::collections::BTreeMap;

use crate::billing::credit_note::{CreditNote, Take};
use crate::billing::obligation::{Charged, Key as Owed};
use crate::billing::{BillingEvent, Objection};
use crate::booking::refusal::Reason;
use crate::club::Club;
use crate::club::tally::{Outcome, Reasons, Tally};
use crate::command::Context;
use crate::decision::{Decision, Draft};
use crate::event::Event;
use crate::id::{InvoiceId, InvoiceLineId};

impl Club {
    /// Adds to what happened the credit notes for fees that it forgives and that are on an invoice.
    pub(in crate::club) fn with_credits(&self, context: &Context, events: Vec<Event>) -> Decision {
        let mut lines = BTreeMap::<InvoiceId, Vec<InvoiceLineId>>::new();
        for event in &events {
            let Event::PenaltyWaived { penalty, .. } = event else {
                continue;
            };
            let key = Owed::Once(Charged::Penalty(*penalty));
            let found = self.invoiced.on(&key).and_then(|id| self.invoices.get(id));
            let Some(invoice) = found else { continue };
            let of = invoice.lines.iter().filter(|line| line.obligation.key == key);
            lines
                .entry(invoice.id)
                .or_default()
                .extend(of.map(|line| line.id));
        }
        if lines.is_empty() {
            return Ok(events);
        }
        let mut tally = Tally::new(self, context);
        tally.draft = Draft::resume(events);
        tally.decide("give back what was forgiven", |tally| {
            let mut before = 0;
            lines.into_iter().try_for_each(|(invoice, lines)| {
                before += u64::from(tally.credit_lines(invoice, &lines, before)?);
                Ok(())
            })
        })
    }
}

impl Tally<'_> {
    /// Takes what remains of some lines off an invoice, after so many credit notes of this decision; says whether
    /// anything remained.
    fn credit_lines(&mut self, id: InvoiceId, lines: &[InvoiceLineId], before: u64) -> Outcome<bool> {
        let invoice = self.invoice(id)?;
        let mut remaining = self.club.remaining(&invoice).map_err(billing)?;
        let takes: Vec<Take> = lines
            .iter()
            .map(|line| Take {
                line: *line,
                gross: None,
            })
            .collect();
        let taken = match remaining.take(&takes) {
            Err(Objection::Nothing { .. }) => return Ok(false),
            taken => taken.map_err(billing)?,
        };
        let today = self.today(invoice.location)?;
        let number = self.club.numbers.last(invoice.location).credit_note + 1 + before;
        let (note, why) = (self.draft.local(), "forgiven".to_owned());
        let note = CreditNote::of(note, &invoice, number, today, why, taken).map_err(billing)?;
        self.draft
            .push(Event::Billing(BillingEvent::Credited(note.clone())));
        self.book_credit(&note)?;
        Ok(true)
    }
}

fn billing(why: Objection) -> Reasons {
    Reason::Billing { why }.into()
}
