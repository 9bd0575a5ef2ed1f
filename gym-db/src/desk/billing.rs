//! Billing at the desk: the invoices of a location, in batches that are transactions of their own.

use chrono::NaiveDate;
use gym_core::billing::{BillingCommand, BillingEvent};
use gym_core::command::Command;
use gym_core::event::Event;
use gym_core::id::LocationId;

use super::Desk;
use crate::error::Failure;

/// How many payers one transaction bills.
const BATCH: u32 = 500;

impl Desk<'_> {
    /// Makes the invoices of a location for all that is due through a civil day, and says how many were made.
    ///
    /// Each batch of 500 payers is a transaction of its own. After a failure, or a crash, the same again makes those
    /// that are missing; twice makes none.
    ///
    /// # Errors
    ///
    /// As [`Desk::run`]; batches before stay.
    pub fn run_invoices(&self, location: LocationId, through: NaiveDate) -> Result<u64, Failure> {
        let (mut after, mut made) = (None, 0);
        loop {
            let run = BillingCommand::RunInvoices {
                location,
                through,
                after,
                most: BATCH,
                answers: Vec::new(),
            };
            let desk = Desk {
                key: self.key.as_ref().map(|key| batch_key(key, after)),
                ..self.clone()
            };
            let done = desk.run(&Command::Billing(run))?;
            let is_invoice = |event: &&Event| matches!(event, Event::Billing(BillingEvent::InvoiceMade(_)));
            made += done.events.iter().filter(is_invoice).count() as u64;
            after = done.find(|event| match event {
                Event::Billing(BillingEvent::InvoicesRun { last, .. }) => *last,
                _ => None,
            });
            if after.is_none() {
                return Ok(made);
            }
        }
    }
}

fn batch_key(key: &str, after: Option<gym_core::id::MemberId>) -> String {
    after.map_or_else(|| key.to_owned(), |after| format!("{key}/{after}"))
}
