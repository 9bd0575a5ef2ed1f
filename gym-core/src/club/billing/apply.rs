//! How billing's events change a [`Club`].

use crate::billing::BillingEvent;
use crate::billing::invoice::{Invoice, InvoiceState};
use crate::club::Club;

impl Club {
    pub(in crate::club) fn apply_billing(&mut self, event: BillingEvent) {
        match event {
            BillingEvent::TaxRatesSet(new) => self.tax_tables.insert(new),
            BillingEvent::CertificateAccepted(new) => self.certificates.insert(new),
            BillingEvent::DiscountSet(new) => self.discounts.insert(new),
            BillingEvent::DiscountEnded { discount, until } => {
                self.discounts.change(discount, |it| it.terms.until = Some(until));
            }
            BillingEvent::CodeRedeemed(new) => self.redemptions.insert(new),
            BillingEvent::BillingPolicySet(new) => self.billing_policies.insert(new),
            BillingEvent::Charged(new) => self.charges.insert(new),
            BillingEvent::ChargeCancelled { charge, .. } => self.charges.remove(charge),
            BillingEvent::InvoiceMade(new) | BillingEvent::InvoiceOpened(new) => self.keep_invoice(new),
            BillingEvent::InvoiceStated { invoice, state, .. } => {
                if state == InvoiceState::Void {
                    let keys: Vec<_> = self
                        .invoices
                        .get(invoice)
                        .into_iter()
                        .flat_map(Invoice::keys)
                        .collect();
                    keys.iter().for_each(|key| self.invoiced.release(key));
                }
                self.invoices.change(invoice, |it| it.state = state);
            }
            BillingEvent::Credited(note) => {
                self.numbers.note_credit_note(note.location, note.number);
                self.invoices.change(note.invoice, |it| {
                    // It was checked when it was decided.
                    let _ = it.credit(&note);
                });
                self.credit_notes.insert(note);
            }
            BillingEvent::InvoicesRun { .. } => {}
        }
    }

    /// Keeps an invoice, notes what it charges, and its number.
    pub fn keep_invoice(&mut self, invoice: Invoice) {
        invoice.keys().for_each(|key| self.invoiced.note(key, invoice.id));
        if let Some(number) = invoice.number {
            self.numbers.note_invoice(invoice.location, number);
        }
        self.invoices.insert(invoice);
    }

    /// Returns the id after that of the last line.
    pub(in crate::club) fn next_line_id(&self) -> i64 {
        let lines = self.invoices.iter().rev().flat_map(|invoice| &invoice.lines);
        lines.map(|line| line.id.get() + 1).max().unwrap_or(1)
    }
}
