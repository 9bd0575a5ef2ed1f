//! Billing at the desk: the invoices of a location, in batches that are transactions of their own.

use chrono::NaiveDate;
use gym_core::billing::run::Parked;
use gym_core::billing::{BillingCommand, BillingEvent};
use gym_core::command::Command;
use gym_core::event::Event;
use gym_core::id::LocationId;

use super::Desk;
use super::together::part_key;
use crate::error::Failure;

/// What a run of invoices came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Billed {
    /// How many invoices were made.
    pub made: u64,
    /// Who was passed over, and what is wrong: put it right and run again.
    pub parked: Vec<Parked>,
}

/// How many payers one transaction bills.
const BATCH: u32 = 500;

impl Desk<'_> {
    /// Makes the invoices of a location for all that is due through a civil day, at most today there.
    ///
    /// Each batch of 500 payers is a transaction of its own. After a failure, or a crash, the same again makes those
    /// that are missing; twice makes none. For whom something is wrong there is no invoice, and everybody else gets theirs.
    ///
    /// # Errors
    ///
    /// As [`Desk::run`]; batches before stay.
    pub fn run_invoices(&self, location: LocationId, through: NaiveDate) -> Result<Billed, Failure> {
        let (mut after, mut billed) = (None, Billed::default());
        loop {
            let run = BillingCommand::RunInvoices {
                location,
                through,
                after,
                most: BATCH,
                answers: Vec::new(),
            };
            let key = self
                .key
                .as_ref()
                .zip(after)
                .map(|(key, after)| part_key(key, after));
            let desk = Desk {
                key: key.transpose()?.or_else(|| self.key.clone()),
                ..self.clone()
            };
            let done = desk.run(&Command::Billing(run))?;
            let is_invoice = |event: &&Event| matches!(event, Event::Billing(BillingEvent::InvoiceMade(_)));
            billed.made += done.events.iter().filter(is_invoice).count() as u64;
            after = None;
            for event in &done.events {
                if let Event::Billing(BillingEvent::InvoicesRun { last, parked, .. }) = event {
                    billed.parked.extend(parked.iter().cloned());
                    after = *last;
                }
            }
            if after.is_none() {
                return Ok(billed);
            }
        }
    }
}
