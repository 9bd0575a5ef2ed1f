//! The next step of dunning, taken when it is time for it.

use super::super::tally::{Outcome, Tally};
use super::super::{Club, Key};
use crate::billing::dunning::{History, Next};
use crate::billing::invoice::Invoice;
use crate::billing::payment::{Method, PaymentEvent, Reminder, balance};
use crate::booking::refusal::Reason;
use crate::id::InvoiceId;
use crate::money::MoneyError;

impl Club {
    /// Returns what was done so far about an invoice, as dunning sees it.
    ///
    /// # Errors
    /// If the amounts of the invoice are not in one currency.
    pub fn dunning_history(&self, invoice: &Invoice) -> Result<History, MoneyError> {
        let key = Key::Invoice(invoice.id);
        let place = self.locations.get(invoice.location);
        let asked = |method: &Method| matches!(method, Method::Provider(_));
        let attempts: Vec<_> = self
            .payments
            .of(key)
            .filter(|payment| asked(&payment.method))
            .collect();
        let days = attempts.iter().filter_map(|payment| {
            let on = place?.date(payment.made_at);
            Some((on, payment.state))
        });
        let mut history = History::new(invoice.due_on, balance(invoice)?);
        history.attempts = days.collect();
        history.taken = self
            .reminders
            .of(key)
            .map(|step| (step.on, step.action))
            .collect();
        let last = attempts.iter().map(|payment| payment.made_at).max();
        let given = self.details.of(Key::Member(invoice.payer)).map(|it| it.at);
        let given = given.filter(|at| last.is_some_and(|last| *at > last)).max();
        history.details_changed_on = given.and_then(|at| Some(place?.date(at)));
        Ok(history)
    }
}

impl Tally<'_> {
    pub(super) fn dun(&mut self, id: InvoiceId) -> Outcome {
        let invoice = self.invoice(id)?;
        self.staff(invoice.location, None, "dun")?;
        let today = self.today(invoice.location)?;
        let policy = self.club.payment_policy(invoice.location).dunning;
        let history = self.club.dunning_history(&invoice)?;
        let next = policy.next(&history);
        let Some(action) = next
            .due(today)
            .filter(|action| !history.taken.contains(&(today, *action)))
        else {
            return Err(nothing(id, next));
        };
        let reminder = Reminder {
            id: self.draft.local(),
            invoice: id,
            action,
            on: today,
        };
        self.pay(PaymentEvent::Dunned(reminder));
        Ok(())
    }
}

fn nothing(invoice: InvoiceId, next: Next) -> super::Reasons {
    let when = match next {
        Next::Await { state } => format!("while a payment is {}", state.as_str()),
        Next::Retry { on, attempt } => format!("until attempt {attempt} on {on}"),
        Next::Remind { on, level } => format!("until reminder {level} on {on}"),
        Next::HandOver { on } => format!("until it is handed over on {on}"),
        Next::Stop { .. } => "any more".to_owned(),
    };
    Reason::NothingToDo {
        looked_for: format!("step of dunning for invoice {invoice} {when}"),
    }
    .into()
}
