//! Dunning at the desk: the steps about the unpaid invoices of a location for which it is time, one command each.

use diesel::prelude::*;
use gym_core::billing::invoice::InvoiceState;
use gym_core::billing::payment::{PaymentCommand, PaymentEvent, Reminder};
use gym_core::booking::refusal::Reason;
use gym_core::club::Club;
use gym_core::command::Command;
use gym_core::event::Event;
use gym_core::id::{Id, InvoiceId, LocationId};
use gym_core::user::Actor;

use super::Desk;
use crate::connection::AnyConnection;
use crate::error::{Failure, StoreError};
use crate::load::Load;
use crate::schema::invoices;

/// How many invoices are looked at together.
const BATCH: usize = 500;

/// A step for which it is time, and the key of its command: one for each step of a day.
struct Due {
    invoice: InvoiceId,
    key: String,
}

impl Desk<'_> {
    /// Takes the steps of dunning for which it is time at a location, and returns those that were taken now: whom to
    /// remind, what to charge again, what to hand over.
    ///
    /// Unpaid invoices are read in batches without locks, and each step is a command of its own that decides again, with
    /// a key made of the invoice, the day and the step. So after a failure the same again takes what is missing, and
    /// twice, or by several at once, takes nothing twice. A key of this desk is not used.
    ///
    /// # Errors
    ///
    /// As [`Desk::run`]; steps before stay.
    pub fn run_dunning(&self, location: LocationId) -> Result<Vec<Reminder>, Failure> {
        let mut taken = Vec::new();
        for state in [InvoiceState::Open, InvoiceState::PartiallyPaid] {
            let mut after = 0;
            loop {
                let (due, last) = self.due_for_dunning(location, state, after)?;
                for step in due {
                    taken.extend(self.take_step(step)?);
                }
                let Some(last) = last else { break };
                after = last;
            }
        }
        Ok(taken)
    }

    fn take_step(&self, step: Due) -> Result<Option<Reminder>, Failure> {
        let dun = PaymentCommand::Dun {
            invoice: step.invoice,
        };
        let nothing = |reason: &Reason| matches!(reason, Reason::NothingToDo { .. });
        match self.clone().key(step.key).run(&Command::Payment(dun)) {
            Ok(done) if done.before => Ok(None),
            Ok(done) => Ok(done.find(|event| match event {
                Event::Payment(PaymentEvent::Dunned(new)) => Some(new.clone()),
                _ => None,
            })),
            // Somebody else was faster, or it was paid meanwhile.
            Err(Failure::KeyReused { .. }) => Ok(None),
            Err(Failure::Refused(refusal)) if refusal.reasons.iter().all(nothing) => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// Looks at the next unpaid invoices: returns the steps for which it is time, and the last invoice if there may be
    /// more.
    fn due_for_dunning(
        &self,
        location: LocationId,
        state: InvoiceState,
        after: i64,
    ) -> Result<(Vec<Due>, Option<i64>), Failure> {
        let now = self.context().now;
        let found = self.gym().store.read(|c| {
            let ids = unpaid(c, location, state, after)?;
            let mut load = Load::unlocked(c, Club::default(), now);
            load.dunning(location, &ids)?;
            Ok((load.club, ids))
        });
        let (club, ids) = found?;
        let Some(today) = club.locations.get(location).map(|it| it.date(now)) else {
            return Ok((Vec::new(), None));
        };
        let policy = club.payment_policy(location).dunning;
        let mut due = Vec::new();
        for id in &ids {
            let Some(invoice) = club.invoices.get(InvoiceId::from_raw(*id)) else {
                continue;
            };
            let history = club.dunning_history(invoice, today).map_err(StoreError::other)?;
            let step = policy.next(&history).due(today);
            if let Some(action) = step.filter(|action| !history.taken.contains(&(today, *action))) {
                // Who was refused keeps nobody else from taking the step.
                let by = match self.context().actor {
                    Actor::System => "the system".to_owned(),
                    Actor::User(user) => format!("user {user}"),
                };
                let key = format!("dunning: invoice {id}, {today}, {action}, by {by}");
                let invoice = invoice.id;
                due.push(Due { invoice, key });
            }
        }
        let last = ids.last().copied().filter(|_| ids.len() == BATCH);
        Ok((due, last))
    }
}

/// Lists the next invoices of a location that stand so.
fn unpaid(
    c: &mut AnyConnection,
    location: LocationId,
    state: InvoiceState,
    after: i64,
) -> Result<Vec<i64>, StoreError> {
    let rows = invoices::table
        .filter(invoices::location_id.eq(location.get()))
        .filter(invoices::state.eq(state.as_str()))
        .filter(invoices::id.gt(after))
        .order(invoices::id)
        .limit(BATCH.try_into().unwrap_or(i64::MAX));
    Ok(rows.select(invoices::id).load(c)?)
}
