//! Decisions about billing: rates, discounts, charges, invoices and credit notes.

mod apply;
mod ask;
mod check;
mod forgiven;
mod goods;
mod owing;
mod prospect;
mod rates;
mod set;
mod terms;

use std::collections::BTreeSet;

use chrono::NaiveDate;

pub use self::prospect::Prospect;
use super::people::Checks;
use super::{Club, Key};
use crate::billing::credit_note::{CreditLine, CreditNote, Remaining, Take};
use crate::billing::instalment::Plan;
use crate::billing::invoice::{Invoice, InvoiceState};
use crate::billing::obligation::Obligation;
use crate::billing::pricing::{Answers, Pricing, Standing};
use crate::billing::quote::{Ask, Quote};
use crate::billing::run::run;
use crate::billing::{BillingCommand, BillingEvent, Objection};
use crate::booking::refusal::{Reason, Refusal};
use crate::command::Context;
use crate::decision::{Decision, Draft};
use crate::event::Event;
use crate::id::{InvoiceId, LocationId, MemberId};
use crate::location::Location;
use crate::time::Instant;

/// The reasons for a refusal, one for each objection.
fn reasons(objections: Vec<Objection>) -> Vec<Reason> {
    objections
        .into_iter()
        .map(|why| Reason::Billing { why })
        .collect()
}

impl Club {
    pub(super) fn decide_billing(&self, command: &BillingCommand, context: &Context) -> Decision {
        let mut checks = Checks::default();
        let location = self
            .location_of_bill(command)
            .and_then(|id| self.locations.get(id));
        let zone = location.map_or(chrono_tz::UTC, |location| location.zone);
        let today = crate::time::civil(zone, context.now).date();
        self.check_bill(command, context, today, &mut checks);
        checks.into_result("do that", zone)?;
        let mut draft = Draft::default();
        let done = match location {
            Some(location) => self.bill(command, location, context.now, &mut draft),
            None => Ok(()),
        };
        done.map_err(|reasons| Refusal {
            reasons,
            ..Refusal::new("bill that", zone)
        })?;
        self.set(command, today, &mut draft);
        Ok(draft.into_events())
    }

    /// Returns the location that a command is about, if it is about one that exists.
    pub(super) fn location_of_bill(&self, command: &BillingCommand) -> Option<LocationId> {
        match command {
            BillingCommand::SetTaxRates { location, .. }
            | BillingCommand::Charge { location, .. }
            | BillingCommand::DraftInvoice { location, .. }
            | BillingCommand::RunInvoices { location, .. } => Some(*location),
            BillingCommand::SetDiscount { location, .. }
            | BillingCommand::SetBillingPolicy { location, .. } => *location,
            BillingCommand::EndDiscount { discount, .. } => self.discounts.get(*discount)?.location,
            BillingCommand::CancelCharge { charge, .. } => self.charges.get(*charge).map(|it| it.location),
            BillingCommand::AcceptCertificate { member, .. } | BillingCommand::RedeemCode { member, .. } => {
                self.members.get(*member).map(|member| member.home)
            }
            BillingCommand::CancelDraft { invoice }
            | BillingCommand::OpenInvoice { invoice, .. }
            | BillingCommand::VoidInvoice { invoice, .. }
            | BillingCommand::WriteOff { invoice, .. }
            | BillingCommand::IssueCreditNote { invoice, .. } => {
                self.invoices.get(*invoice).map(|invoice| invoice.location)
            }
        }
    }

    /// Decides what is done with invoices.
    fn bill(
        &self,
        command: &BillingCommand,
        at: &Location,
        now: Instant,
        draft: &mut Draft,
    ) -> Result<(), Vec<Reason>> {
        let today = at.date(now);
        let done = match command {
            BillingCommand::DraftInvoice {
                payer,
                owed,
                codes,
                answers,
                ..
            } => {
                let owed: Vec<&Obligation> = owed.iter().collect();
                let ask = Ask {
                    payer: *payer,
                    on: today,
                    codes,
                    owed: &owed,
                };
                let standing: Vec<Standing<'_>> = answers.iter().map(|it| it.at(now)).collect();
                self.draft_invoice(at, &ask, &standing, draft)
            }
            BillingCommand::RunInvoices {
                through,
                after,
                most,
                answers,
                ..
            } => self.run_invoices(at, now, *through, (*after, *most), answers, draft),
            BillingCommand::CancelDraft { invoice } => self.cancel_draft(*invoice, draft),
            BillingCommand::OpenInvoice { invoice, plan } => {
                self.open_invoice(at, *invoice, *plan, today, draft)
            }
            BillingCommand::VoidInvoice { invoice, why } => self.void_invoice(*invoice, why, today, draft),
            BillingCommand::WriteOff { invoice, why } => self.write_off(*invoice, why, draft),
            BillingCommand::IssueCreditNote { invoice, takes, why } => {
                self.credit(*invoice, takes, why, today, draft)
            }
            _ => Ok(()),
        };
        done.map_err(reasons)
    }

    /// Says what somebody would pay for things on a day: what a draft of the same would record.
    ///
    /// # Errors
    /// Every reason why it cannot be charged.
    pub fn quote(
        &self,
        location: LocationId,
        ask: &Ask<'_>,
        pricing: &[&dyn Pricing],
        draft: &mut Draft,
    ) -> Result<Quote, Refusal> {
        let unknown = || super::unknown("location", location.get());
        let at = self.locations.get(location).ok_or_else(unknown)?;
        let terms = self.terms(at, &BTreeSet::from([ask.payer]), ask.owed, pricing);
        terms
            .and_then(|mut terms| terms.quote(ask, draft))
            .map_err(|objections| Refusal {
                reasons: reasons(objections),
                ..Refusal::new("quote that", at.zone)
            })
    }

    fn draft_invoice(
        &self,
        at: &Location,
        ask: &Ask<'_>,
        answers: &[Standing<'_>],
        draft: &mut Draft,
    ) -> Result<(), Vec<Objection>> {
        let pricing: Vec<&dyn Pricing> = answers.iter().map(|it| it as &dyn Pricing).collect();
        let mut terms = self.terms(at, &BTreeSet::from([ask.payer]), ask.owed, &pricing)?;
        let id = draft.local();
        let quote = terms.quote(ask, draft)?;
        push(draft, BillingEvent::InvoiceMade(Invoice::draft(id, quote)));
        Ok(())
    }

    fn run_invoices(
        &self,
        at: &Location,
        now: Instant,
        through: NaiveDate,
        (after, most): (Option<MemberId>, u32),
        answers: &[Answers],
        draft: &mut Draft,
    ) -> Result<(), Vec<Objection>> {
        let today = at.date(now);
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let payers = self.payers(at.id, after, most);
        let (owed, mut parked) = self.owing(at, &payers, through, now);
        let standing: Vec<Standing<'_>> = answers.iter().map(|it| it.at(now)).collect();
        let pricing: Vec<&dyn Pricing> = standing.iter().map(|it| it as &dyn Pricing).collect();
        let all: Vec<&Obligation> = owed.iter().map(|it| &it.obligation).collect();
        let mut terms = self.terms(at, &payers, &all, &pricing)?;
        let number = self.numbers.last(at.id).invoice + 1;
        let outcome = run(&owed, &self.invoiced, &mut terms, today, number, draft);
        for invoice in outcome.invoices {
            push(draft, BillingEvent::InvoiceMade(invoice));
        }
        parked.extend(outcome.parked);
        parked.sort_by_key(|it| it.payer);
        let last = payers.last().copied().filter(|_| payers.len() == most);
        push(
            draft,
            BillingEvent::InvoicesRun {
                location: at.id,
                through,
                last,
                parked,
            },
        );
        Ok(())
    }

    fn open_invoice(
        &self,
        at: &Location,
        invoice: InvoiceId,
        plan: Option<Plan>,
        today: NaiveDate,
        draft: &mut Draft,
    ) -> Result<(), Vec<Objection>> {
        let Some(found) = self.invoices.get(invoice) else {
            return Ok(());
        };
        let owed: Vec<&Obligation> = found.lines.iter().map(|line| &line.obligation).collect();
        let taxed = self
            .terms(at, &BTreeSet::from([found.payer]), &owed, &[])?
            .taxed(found.clone())?;
        let open = || -> Result<Invoice, Objection> {
            let schedule = plan.map(|plan| plan.schedule(taxed.total, today)).transpose()?;
            let number = self.numbers.last(at.id).invoice + 1;
            taxed.open(number, today, self.due_on(at.id, today), schedule)
        };
        push(
            draft,
            BillingEvent::InvoiceOpened(open().map_err(|objection| vec![objection])?),
        );
        Ok(())
    }

    fn cancel_draft(&self, invoice: InvoiceId, draft: &mut Draft) -> Result<(), Vec<Objection>> {
        let Some(found) = self.invoices.get(invoice) else {
            return Ok(());
        };
        if found.state != InvoiceState::Draft {
            let (state, expected) = (found.state, "a draft".to_owned());
            return Err(vec![Objection::State {
                invoice,
                state,
                expected,
            }]);
        }
        let (state, why) = (InvoiceState::Void, String::new());
        push(draft, BillingEvent::InvoiceStated { invoice, state, why });
        Ok(())
    }

    fn void_invoice(
        &self,
        invoice: InvoiceId,
        why: &str,
        today: NaiveDate,
        draft: &mut Draft,
    ) -> Result<(), Vec<Objection>> {
        let Some(found) = self.invoices.get(invoice) else {
            return Ok(());
        };
        let expected = "one that was opened; a draft is cancelled".to_owned();
        let drafted = Objection::State {
            invoice,
            state: found.state,
            expected,
        };
        if found.state == InvoiceState::Draft {
            return Err(vec![drafted]);
        }
        found.may_be_void().map_err(|objection| vec![objection])?;
        match self.remaining(found).and_then(|mut left| left.take_all()) {
            Ok(lines) => self.note(found, lines, why, today, draft),
            Err(Objection::Nothing { .. }) => Ok(()),
            Err(objection) => Err(objection),
        }
        .map_err(|objection| vec![objection])?;
        let state = InvoiceState::Void;
        push(
            draft,
            BillingEvent::InvoiceStated {
                invoice,
                state,
                why: why.to_owned(),
            },
        );
        Ok(())
    }

    fn write_off(&self, invoice: InvoiceId, why: &str, draft: &mut Draft) -> Result<(), Vec<Objection>> {
        let Some(found) = self.invoices.get(invoice) else {
            return Ok(());
        };
        found.may_be_written_off().map_err(|objection| vec![objection])?;
        let state = InvoiceState::Uncollectible;
        push(
            draft,
            BillingEvent::InvoiceStated {
                invoice,
                state,
                why: why.to_owned(),
            },
        );
        Ok(())
    }

    fn credit(
        &self,
        invoice: InvoiceId,
        takes: &[Take],
        why: &str,
        today: NaiveDate,
        draft: &mut Draft,
    ) -> Result<(), Vec<Objection>> {
        let Some(found) = self.invoices.get(invoice) else {
            return Ok(());
        };
        let taken = self.remaining(found).and_then(|mut left| match takes {
            [] => left.take_all(),
            takes => left.take(takes),
        });
        taken
            .and_then(|lines| self.note(found, lines, why, today, draft))
            .map_err(|it| vec![it])
    }

    /// Returns what remains of the lines of an invoice after its credit notes.
    ///
    /// # Errors
    /// If a note does not fit the invoice.
    pub fn remaining<'c>(&'c self, invoice: &'c Invoice) -> Result<Remaining<'c>, Objection> {
        let notes: Vec<&CreditNote> = self.credit_notes.of(Key::Invoice(invoice.id)).collect();
        Remaining::new(invoice, &notes)
    }

    fn note(
        &self,
        invoice: &Invoice,
        lines: Vec<CreditLine>,
        why: &str,
        today: NaiveDate,
        draft: &mut Draft,
    ) -> Result<(), Objection> {
        let number = self.numbers.last(invoice.location).credit_note + 1;
        let note = CreditNote::of(draft.local(), invoice, number, today, why.to_owned(), lines)?;
        push(draft, BillingEvent::Credited(note));
        Ok(())
    }
}

fn push(draft: &mut Draft, event: BillingEvent) {
    draft.push(Event::Billing(event));
}
