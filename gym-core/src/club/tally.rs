//! A [`Tally`] is a decision about money in the making: what happened so far, and what invoices have come to by it.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use chrono_tz::Tz;

use super::{Club, Key};
use crate::billing::invoice::{Invoice, InvoiceState};
use crate::billing::ledger::{Account, Cause, Entry, InvalidEntry, LedgerEvent, Posting, owed_in};
use crate::billing::payment::{
    Allocation, Method, Objection, Payment, PaymentEvent, PaymentState, balance, payment_type, state_with,
};
use crate::booking::refusal::{Reason, Refusal};
use crate::command::Context;
use crate::decision::{Decision, Draft};
use crate::event::Event;
use crate::id::{Id, InvoiceId, LocationId, MemberId, PaymentId};
use crate::money::{Money, MoneyError};
use crate::payroll;
use crate::shop;
use crate::time::Instant;

/// Every reason against a decision about money.
#[derive(Debug, Default)]
pub(super) struct Reasons(pub(super) Vec<Reason>);

pub(super) type Outcome<T = ()> = Result<T, Reasons>;

macro_rules! reasons {
    ($($why:ty => $name:ident),* $(,)?) => {$(
        impl From<$why> for Reasons {
            fn from(why: $why) -> Self {
                Self(vec![Reason::$name { why: why.into() }])
            }
        }
    )*};
}

reasons! {
    Objection => Payment,
    MoneyError => Payment,
    shop::Objection => Shop,
    payroll::Objection => Payroll,
}

impl From<Reason> for Reasons {
    fn from(reason: Reason) -> Self {
        Self(vec![reason])
    }
}

impl From<InvalidEntry> for Reasons {
    fn from(error: InvalidEntry) -> Self {
        Objection::from(error).into()
    }
}

impl From<InvalidEntry> for Objection {
    fn from(error: InvalidEntry) -> Self {
        match error {
            InvalidEntry::TwoCurrencies(expected, given) => Self::Currency { given, expected },
            InvalidEntry::Money(error) => error.into(),
            error => Self::TooLarge {
                what: error.to_string(),
            },
        }
    }
}

impl Reasons {
    pub(super) fn push(&mut self, why: impl Into<Self>) {
        self.0.extend(why.into().0);
    }

    pub(super) fn value(&mut self, ok: bool, field: &str, value: impl ToString, expected: &str) {
        if !ok {
            self.0.push(Reason::BadValue {
                field: field.to_owned(),
                value: value.to_string(),
                expected: expected.to_owned(),
            });
        }
    }

    /// Notes an amount that is not above zero.
    pub(super) fn above_zero(&mut self, amount: Money) {
        if amount.minor() <= 0 {
            self.push(Objection::NotAboveZero { amount });
        }
    }

    pub(super) fn done(self) -> Outcome {
        if self.0.is_empty() { Ok(()) } else { Err(self) }
    }
}

/// Says that something named does not exist.
pub(super) fn missing(what: &str, id: impl Id) -> Reasons {
    Reason::Unknown {
        what: what.to_owned(),
        id: id.raw(),
    }
    .into()
}

/// A decision about money in the making.
pub(super) struct Tally<'c> {
    pub(super) club: &'c Club,
    pub(super) context: &'c Context,
    pub(super) draft: Draft,
    /// What payments do not settle any more.
    pub(super) freed: Vec<(PaymentId, Money)>,
    invoices: BTreeMap<InvoiceId, Invoice>,
}

impl<'c> Tally<'c> {
    pub(super) fn new(club: &'c Club, context: &'c Context) -> Self {
        Self {
            club,
            context,
            draft: Draft::default(),
            freed: Vec::new(),
            invoices: BTreeMap::new(),
        }
    }

    /// Runs a decision to its end.
    pub(super) fn decide(mut self, action: &str, body: impl FnOnce(&mut Self) -> Outcome) -> Decision {
        match body(&mut self) {
            Ok(()) => Ok(self.draft.into_events()),
            Err(reasons) => Err(Refusal {
                reasons: reasons.0,
                ..Refusal::new(action, Tz::UTC)
            }),
        }
    }

    pub(super) const fn now(&self) -> Instant {
        self.context.now
    }

    /// Returns the civil day at a location.
    pub(super) fn today(&self, location: LocationId) -> Outcome<NaiveDate> {
        let place = self
            .club
            .locations
            .get(location)
            .ok_or_else(|| missing("location", location))?;
        Ok(place.date(self.now()))
    }

    /// Refuses who is neither staff there nor, where that is given, the member themselves.
    pub(super) fn staff(&self, location: LocationId, or: Option<MemberId>, action: &str) -> Outcome {
        let actor = self.club.actor_facts(self.context.actor);
        if actor.is_staff(location, self.today(location)?)
            || or.is_some_and(|member| actor.member == Some(member))
        {
            return Ok(());
        }
        Err(not_permitted(action, Some(location)))
    }

    /// Refuses who is not an admin there, or everywhere if no location is given.
    pub(super) fn admin(&self, location: Option<LocationId>, action: &str) -> Outcome {
        let today = match location {
            Some(location) => self.today(location)?,
            None => self.now().date_naive(),
        };
        if self
            .club
            .actor_facts(self.context.actor)
            .is_admin(location, today)
        {
            return Ok(());
        }
        Err(not_permitted(action, location))
    }

    pub(super) fn pay(&mut self, event: PaymentEvent) {
        self.draft.push(Event::Payment(event));
    }

    /// Adds an entry to the ledger, unless nothing moves.
    pub(super) fn post(&mut self, posting: Posting) -> Outcome {
        let id = self.draft.local();
        if let Some(entry) = posting.entry(id)? {
            self.posted(entry);
        }
        Ok(())
    }

    fn posted(&mut self, entry: Entry) {
        self.draft.push(Event::Ledger(LedgerEvent::Posted(entry)));
    }

    /// Returns an invoice as it stands by what happened so far.
    pub(super) fn invoice(&self, id: InvoiceId) -> Outcome<Invoice> {
        let known = self.invoices.get(&id).or_else(|| self.club.invoices.get(id));
        known.cloned().ok_or_else(|| missing("invoice", id))
    }

    /// Notes an invoice that this decision made or changed.
    pub(super) fn note(&mut self, invoice: Invoice) {
        self.invoices.insert(invoice.id, invoice);
    }

    /// Returns the account in which what is owed of an invoice stood before this decision.
    fn owed_in(&self, id: InvoiceId) -> Account {
        self.club.invoices.get(id).map_or(Account::Receivables, owed_in)
    }

    fn settle(&mut self, id: InvoiceId, settled: Money) -> Outcome {
        let mut invoice = self.invoice(id)?;
        let state = state_with(&invoice, settled)?;
        (invoice.settled, invoice.state) = (settled, state);
        self.note(invoice);
        self.pay(PaymentEvent::InvoiceSettled {
            invoice: id,
            settled,
            state,
        });
        Ok(())
    }

    /// Settles an invoice with a part of a payment that is there.
    pub(super) fn allocate(&mut self, payment: &mut Payment, id: InvoiceId, amount: Money) -> Outcome {
        let invoice = self.invoice(id)?;
        let Some(kind) = payment_type(&invoice) else {
            return Ok(());
        };
        let allocation = Allocation {
            id: self.draft.local(),
            payment: payment.id,
            invoice: id,
            amount,
            kind,
            releases: 0,
        };
        let (cause, today) = (Cause::Allocation(allocation.id), self.today(payment.location)?);
        payment.allocated = payment.allocated.checked_add(amount)?;
        self.pay(PaymentEvent::Allocated(allocation));
        let posting = Posting::new(payment.location, today, cause, 0);
        self.post(posting.add(Account::PayerCredit, self.owed_in(invoice.id), amount)?)?;
        self.settle(id, invoice.settled.checked_add(amount)?)
    }

    /// Settles as much of an invoice as there is credit in a payment and is due.
    pub(super) fn allocate_most(&mut self, payment: &mut Payment, id: InvoiceId) -> Outcome {
        let invoice = self.invoice(id)?;
        let due = balance(&invoice)?;
        let credit = payment.credit()?;
        let amount = if due.minor() < credit.minor() { due } else { credit };
        if amount.minor() <= 0 || !takes_money(invoice.state) {
            return Ok(());
        }
        self.allocate(payment, id, amount)
    }

    /// Takes a part of a payment off what it settles, the last first; that is owed again.
    pub(super) fn release(&mut self, payment: &mut Payment, amount: Money) -> Outcome {
        let released = self.release_all(Key::Payment(payment.id), amount)?;
        payment.allocated = payment.allocated.checked_sub(released)?;
        Ok(())
    }

    /// Takes a part of what settles an invoice off it, the last first; that is the payers' credit again.
    pub(super) fn release_of(&mut self, invoice: InvoiceId, amount: Money) -> Outcome {
        self.release_all(Key::Invoice(invoice), amount).map(drop)
    }

    fn release_all(&mut self, of: Key, amount: Money) -> Outcome<Money> {
        let mut released = Money::zero(amount.currency());
        for (allocation, part) in self.newest(of, amount)? {
            released = released.checked_add(part)?;
            self.pay(PaymentEvent::Released {
                allocation: allocation.id,
                payment: allocation.payment,
                amount: part,
            });
            self.freed.push((allocation.payment, part));
            let invoice = self.invoice(allocation.invoice)?;
            let turn = allocation.releases.saturating_add(1);
            let today = self.today(invoice.location)?;
            let posting = Posting::new(invoice.location, today, Cause::Allocation(allocation.id), turn);
            self.post(posting.add(self.owed_in(invoice.id), Account::PayerCredit, part)?)?;
            self.settle(allocation.invoice, invoice.settled.checked_sub(part)?)?;
        }
        Ok(released)
    }

    /// Brings a payment into a state: moves the money in the ledger, settles or releases what follows from that.
    pub(super) fn restate(
        &mut self,
        payment: &mut Payment,
        to: PaymentState,
        told_at: Option<Instant>,
        reference: Option<String>,
    ) -> Outcome {
        let (before, after) = (place(payment, payment.state), place(payment, to));
        if before.is_some() && after.is_none() {
            self.release(payment, payment.allocated)?;
        }
        (payment.state, payment.turn) = (to, payment.turn.saturating_add(1));
        payment.told_at = told_at.or(payment.told_at);
        payment.reference = reference.or(payment.reference.take());
        self.pay(PaymentEvent::Stated {
            payment: payment.id,
            state: to,
            turn: payment.turn,
            told_at: payment.told_at,
            reference: payment.reference.clone(),
        });
        self.receive(payment, before.clone(), after.clone())?;
        match payment.invoice {
            Some(invoice) if before.is_none() && after.is_some() => self.allocate_most_of(payment, invoice),
            _ => Ok(()),
        }
    }

    /// A disputed payment settles too, until the dispute is lost.
    fn allocate_most_of(&mut self, payment: &mut Payment, invoice: InvoiceId) -> Outcome {
        let state = std::mem::replace(&mut payment.state, PaymentState::Settled);
        let done = self.allocate_most(payment, invoice);
        payment.state = state;
        done
    }

    /// Posts where the money of a payment is now and was before.
    pub(super) fn receive(
        &mut self,
        payment: &Payment,
        before: Option<Account>,
        after: Option<Account>,
    ) -> Outcome {
        if before == after {
            return Ok(());
        }
        let amount = payment.amount.checked_sub(payment.refunded)?;
        let today = self.today(payment.location)?;
        let posting = Posting::new(payment.location, today, Cause::Payment(payment.id), payment.turn);
        let (to, from) = (
            after.unwrap_or(Account::PayerCredit),
            before.unwrap_or(Account::PayerCredit),
        );
        self.post(posting.add(to, from, amount)?)
    }
}

/// Whether an invoice may be settled.
pub(super) const fn takes_money(state: InvoiceState) -> bool {
    matches!(
        state,
        InvoiceState::Open | InvoiceState::PartiallyPaid | InvoiceState::Uncollectible
    )
}

/// Returns the account in which the money of a payment is, if it is there.
pub(super) fn place(payment: &Payment, state: PaymentState) -> Option<Account> {
    match (state, &payment.method) {
        (PaymentState::Disputed, _) => Some(Account::Disputed),
        (PaymentState::Settled, method) => Some(till(method)),
        _ => None,
    }
}

/// Returns the account that money of a method comes into.
pub(super) const fn till(method: &Method) -> Account {
    match method {
        Method::Cash => Account::Cash,
        Method::BankTransfer | Method::Provider(_) => Account::Bank,
        Method::GiftCard(_) => Account::GiftCards,
        // What the club owes by an invoice below zero stands there, as a debt the other way round.
        Method::Credit => Account::Receivables,
    }
}

fn not_permitted(action: &str, location: Option<LocationId>) -> Reasons {
    Reason::NotPermitted {
        action: action.to_owned(),
        location,
    }
    .into()
}
