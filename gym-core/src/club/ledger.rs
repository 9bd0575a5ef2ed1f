//! Decisions about the ledger: what invoices and credit notes move, and what of it is earned by a day.

use super::tally::{Outcome, Reasons, Tally};
use super::{Club, Key};
use crate::billing::BillingEvent;
use crate::billing::credit_note::CreditNote;
use crate::billing::invoice::{Invoice, InvoiceState};
use crate::billing::ledger::{
    Account, Cause, Deferral, LedgerCommand, LedgerEvent, Posting, Recognised, invoice_credited,
    invoice_opened, owed_in, written_off,
};
use crate::billing::obligation::Charged;
use crate::billing::payment::balance;
use crate::command::Context;
use crate::decision::{Decision, Draft};
use crate::entitlement::EntitlementEvent;
use crate::event::Event;
use crate::id::{InvoiceId, LocationId};
use crate::money::Money;
use crate::time::Days;

impl Club {
    pub(super) fn decide_ledger(&self, command: &LedgerCommand, context: &Context) -> Decision {
        let tally = Tally::new(self, context);
        match command {
            LedgerCommand::Recognise { location, until } => {
                tally.decide("recognise revenue", |tally| tally.recognise(*location, *until))
            }
            LedgerCommand::RecogniseLot { lot } => {
                tally.decide("recognise revenue", |tally| tally.recognise_lot(*lot))
            }
        }
    }

    /// Adds to what happened to invoices what that means in the ledger, and frees what was paid too much by it.
    pub(super) fn with_ledger(&self, events: Vec<Event>, context: &Context) -> Decision {
        let mut tally = Tally::new(self, context);
        for event in &events {
            tally.see(event);
        }
        tally.draft = Draft::resume(events.clone());
        tally.decide("post that to the ledger", |tally| {
            events.iter().try_for_each(|event| tally.book(event))
        })
    }
}

impl Tally<'_> {
    /// Notes invoices that are made or changed.
    fn see(&mut self, event: &Event) {
        if let Event::Billing(BillingEvent::InvoiceMade(invoice) | BillingEvent::InvoiceOpened(invoice)) =
            event
        {
            self.note(invoice.clone());
        }
    }

    /// Posts what an event means.
    fn book(&mut self, event: &Event) -> Outcome {
        let Event::Billing(event) = event else {
            return Ok(());
        };
        match event {
            BillingEvent::InvoiceMade(invoice) | BillingEvent::InvoiceOpened(invoice) => {
                self.book_invoice(invoice)
            }
            BillingEvent::Credited(note) => {
                self.goods_back(note)?;
                self.book_credit(note)
            }
            BillingEvent::InvoiceStated {
                invoice,
                state: InvoiceState::Void,
                ..
            } => self.free_goods_back(*invoice),
            BillingEvent::InvoiceStated {
                invoice,
                state: InvoiceState::Uncollectible,
                ..
            } => self.book_loss(*invoice),
            _ => Ok(()),
        }
    }

    pub(super) fn book_invoice(&mut self, invoice: &Invoice) -> Outcome {
        if invoice.number.is_none() {
            return Ok(());
        }
        let (posting, deferrals) = invoice_opened(invoice)?;
        self.post(posting)?;
        for deferral in deferrals.into_iter().filter(|it| !it.state.base.is_zero()) {
            self.draft.push(Event::Ledger(LedgerEvent::Deferred(deferral)));
        }
        Ok(())
    }

    fn book_loss(&mut self, id: InvoiceId) -> Outcome {
        let invoice = self.invoice(id)?;
        let before = self
            .club
            .entries
            .of(Key::Invoice(id))
            .filter(|it| it.cause() == Cause::WriteOff(id));
        let part = u32::try_from(before.count()).unwrap_or(u32::MAX);
        let today = self.today(invoice.location)?;
        let posting = written_off(&invoice, balance(&invoice)?, (today, part))?;
        self.post(posting)
    }

    pub(super) fn book_credit(&mut self, note: &CreditNote) -> Outcome {
        let mut invoice = self.invoice(note.invoice)?;
        let mut lines = Vec::new();
        let (mut moved, mut cards) = (Vec::new(), Vec::new());
        for part in &note.lines {
            let Some(line) = invoice.lines.iter().find(|line| line.id == part.line) else {
                continue;
            };
            let unearned = match self.club.deferrals.get(part.line) {
                Some(deferral) => {
                    let used = deferral.lot.map_or(0, |lot| self.club.spent_of(lot));
                    let used = used.saturating_add(deferral.state.lapsed);
                    let (unearned, mut state) = deferral.state.credited(part.net, used)?;
                    // What is left is earned by the days that are left.
                    let until = self.cut_at(line.obligation.charged);
                    let days = state.days.zip(until);
                    let days = days.and_then(|(days, until)| Days::new(days.from(), until).ok());
                    state.days = days.or(state.days);
                    moved.push((part.line, state));
                    unearned
                }
                None => part.net,
            };
            lines.push((line, part.net, unearned));
            if let Charged::GiftCard(card) = line.obligation.charged {
                cards.push((card, part.net));
            }
        }
        let start = Posting::new(note.location, note.issued_on, Cause::CreditNote(note.id), 0);
        let owed = owed_in(&invoice);
        let mut posting = invoice_credited((start, &owed), lines, &note.taxes)?;
        if owed == Account::WriteOffs {
            // No more was lost than was to be paid: what is given back beyond that is owed to the payer.
            let beyond = note.total.checked_sub(balance(&invoice)?)?;
            let released = invoice.settled.minor().max(0);
            let rest = beyond.minor().saturating_sub(released).max(0);
            posting = posting.add(owed, Account::Receivables, Money::new(rest, invoice.currency))?;
        }
        self.post(posting)?;
        for (line, recognised) in moved {
            self.draft
                .push(Event::Ledger(LedgerEvent::DeferralMoved { line, recognised }));
        }
        for (card, amount) in cards {
            self.take_off_card(card, amount)?;
        }
        invoice.credited = invoice.credited.checked_add(note.total)?;
        self.note(invoice);
        self.release_excess(note.invoice)
    }

    /// Returns the day before which a pass ends of which this decision takes days.
    fn cut_at(&self, charged: Charged) -> Option<chrono::NaiveDate> {
        self.draft.events().iter().find_map(|event| match event {
            Event::Entitlement(EntitlementEvent::Cut { lot, validity, .. })
                if charged == Charged::Lot(*lot) =>
            {
                validity.until()
            }
            _ => None,
        })
    }

    /// Makes what settles an invoice beyond what is to be paid credit of the payer again.
    fn release_excess(&mut self, id: InvoiceId) -> Outcome {
        let invoice = self.invoice(id)?;
        let excess = balance(&invoice)?.checked_neg()?;
        if excess.minor() <= 0 || invoice.settled.minor() <= 0 {
            return Ok(());
        }
        self.release_of(id, excess)
    }

    fn recognise(&mut self, location: LocationId, until: chrono::NaiveDate) -> Outcome {
        let today = self.today(location)?;
        self.staff(location, None, "recognise revenue")?;
        let mut reasons = Reasons::default();
        let latest = today.succ_opt().unwrap_or(today);
        reasons.value(until <= latest, "until", until, &format!("a day up to {latest}"));
        reasons.done()?;
        let mut found = false;
        for deferral in self
            .club
            .deferrals
            .of(Key::Location(location))
            .filter(|it| it.state.days.is_some())
        {
            if let Some((amount, state)) = deferral.state.through(until)? {
                self.earn(deferral, state, amount, false)?;
                found = true;
            }
        }
        if !found {
            self.draft
                .push(Event::Ledger(LedgerEvent::UpToDate { location, until }));
        }
        Ok(())
    }

    pub(super) fn earn(
        &mut self,
        deferral: &Deferral,
        recognised: Recognised,
        amount: Money,
        broken: bool,
    ) -> Outcome {
        let line = deferral.id;
        self.draft
            .push(Event::Ledger(LedgerEvent::DeferralMoved { line, recognised }));
        let to = if broken {
            Account::Breakage
        } else {
            Account::Revenue(deferral.kind)
        };
        let today = self.today(deferral.location)?;
        let posting = Posting::new(
            deferral.location,
            today,
            Cause::Recognition(line),
            recognised.turn,
        );
        self.post(posting.add(deferral.account(), to, amount)?)
    }
}
