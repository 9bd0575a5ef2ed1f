//! The till: payments that a provider makes. The provider is called between transactions, never inside one, so that
//! a crash anywhere leaves a payment whose state says what to do.

use diesel::prelude::*;
use gym_core::billing::payment::{
    Method, Objection, Payment, PaymentCommand, PaymentEvent, PaymentState, ProviderKey, RefundState, Told,
    Way,
};
use gym_core::billing::provider::{Charge, Notice, PaymentProvider, Return};
use gym_core::booking::refusal::Reason;
use gym_core::command::Command;
use gym_core::event::Event;
use gym_core::id::{InvoiceId, PaymentId, RefundId};
use gym_core::money::Money;
use gym_core::user::Actor;
use sha2::{Digest, Sha256};

use super::Desk;
use super::together::fresh_key;
use crate::billing::payment::{PaymentRow, RefundRow};
use crate::error::{Failure, StoreError};
use crate::row::{bad, hex};
use crate::schema::{payments, refunds};

/// Mints the name under which a provider knows one payment or refund, for good: out of the key of the command that makes
/// it, so that the same command again asks for the same money.
fn minted(key: &str, what: &str) -> Result<ProviderKey, StoreError> {
    let digest = Sha256::new()
        .chain_update(what)
        .chain_update([0])
        .chain_update(key);
    let hash = hex(&digest.finalize());
    ProviderKey::new(&hash).map_err(|error| bad("provider key", error.0))
}

impl Desk<'_> {
    /// Asks a provider for what remains to be paid of an invoice, and says where the payment stands then.
    ///
    /// If a payment of that invoice is under way, that one is gone on with, under its own key, whoever began it. With the
    /// key of this desk, the same again is the same payment, also after it was declined.
    ///
    /// # Errors
    ///
    /// As [`Desk::run`].
    pub fn charge(
        &self,
        invoice: InvoiceId,
        means: Option<&str>,
        provider: &dyn PaymentProvider,
    ) -> Result<Payment, Failure> {
        let (desk, key) = self.with_key();
        let command = PaymentCommand::Charge {
            invoice,
            provider: provider.name().to_owned(),
            amount: None,
            means: means.map(str::to_owned),
            key: minted(&key, &format!("charge {invoice} {}", provider.name()))?,
        };
        let made = desk.expect(&Command::Payment(command), |event| match event {
            Event::Payment(PaymentEvent::Made(new)) => Some(new.id),
            _ => None,
        });
        match made {
            Ok(payment) => self.go_on(payment, provider),
            Err(failure) => match under_way(&failure) {
                Some(payment) => self.go_on(payment, provider),
                None => Err(failure),
            },
        }
    }

    /// Brings a payment as far as the provider can say: asks for it if nobody did, or what became of it. What the
    /// provider says is recorded in the name of the embedding program, whoever asked.
    ///
    /// # Errors
    ///
    /// As [`Desk::run`].
    pub fn go_on(&self, payment: PaymentId, provider: &dyn PaymentProvider) -> Result<Payment, Failure> {
        let desk = self.clone().by_program();
        let mut known = desk.payment(payment)?;
        if !matches!(&known.method, Method::Provider(name) if name == provider.name()) {
            return Ok(known);
        }
        if matches!(
            known.state,
            PaymentState::Submitted | PaymentState::Unknown | PaymentState::Pending
        ) {
            let key = key_of(&known)?;
            let notice = provider.look_up(&key);
            desk.tell(payment, &notice)?;
            known = desk.payment(payment)?;
        }
        if known.state != PaymentState::Created {
            return Ok(known);
        }
        desk.run(&Command::Payment(PaymentCommand::Submit { payment }))?;
        known = desk.payment(payment)?;
        if known.state != PaymentState::Submitted {
            return Ok(known);
        }
        let text = known
            .invoice
            .map_or_else(|| "on account".to_owned(), |invoice| format!("invoice {invoice}"));
        let notice = provider.charge(&Charge {
            key: key_of(&known)?,
            amount: known.amount,
            text,
        });
        desk.tell(payment, &notice)?;
        desk.payment(payment)
    }

    /// Goes on with every payment and refund of a provider that is under way, as after a crash. Returns how many
    /// payments are still under way.
    ///
    /// # Errors
    ///
    /// As [`Desk::run`].
    pub fn resume(&self, provider: &dyn PaymentProvider) -> Result<usize, Failure> {
        let mut open = 0;
        for payment in self.all_under_way(provider.name())? {
            open += usize::from(self.go_on(payment, provider)?.is_in_flight());
        }
        for refund in self.refunds_under_way(provider.name())? {
            self.return_now(refund, provider)?;
        }
        Ok(open)
    }

    /// Records a message of a provider. The same message again, or one that was overtaken, changes nothing.
    ///
    /// # Errors
    ///
    /// [`Failure::Store`] that [is not found](Failure::is_not_found) if no payment has the key; else as [`Desk::run`].
    pub fn notified(&self, notice: &Notice) -> Result<Payment, Failure> {
        let payment = self.gym().store.read(|c| {
            let row = payments::table.filter(payments::provider_key.eq(notice.key.as_str()));
            Ok(row.select(payments::id).first::<i64>(c)?)
        })?;
        let payment = PaymentId::new(payment).map_err(StoreError::other)?;
        let desk = self.clone().by_program();
        desk.tell(payment, notice)?;
        desk.payment(payment)
    }

    /// Gives money of a provider's payment back through the provider. With the key of this desk, the same again is the
    /// same refund.
    ///
    /// # Errors
    ///
    /// As [`Desk::run`].
    pub fn refund(
        &self,
        payment: PaymentId,
        amount: Money,
        why: &str,
        provider: &dyn PaymentProvider,
    ) -> Result<RefundState, Failure> {
        let (desk, key) = self.with_key();
        let command = PaymentCommand::Refund {
            payment,
            amount,
            why: why.to_owned(),
            key: Some(minted(&key, &format!("refund {payment} {}", provider.name()))?),
        };
        desk.refunding(&command, provider)
    }

    /// Pays credit out through a provider, back to where an earlier payment came from. With the key of this desk, the
    /// same again is the same refund.
    ///
    /// # Errors
    ///
    /// As [`Desk::run`].
    pub fn pay_out(
        &self,
        credit: PaymentId,
        amount: Money,
        earlier: PaymentId,
        why: &str,
        provider: &dyn PaymentProvider,
    ) -> Result<RefundState, Failure> {
        let (desk, key) = self.with_key();
        let key = minted(&key, &format!("pay out {credit} {earlier} {}", provider.name()))?;
        let way = Way::Back {
            payment: earlier,
            key: Some(key),
        };
        let why = why.to_owned();
        let command = PaymentCommand::PayOut {
            credit,
            amount,
            way,
            why,
        };
        desk.refunding(&command, provider)
    }

    /// Gives a command that makes a refund, and asks the provider for it.
    fn refunding(
        &self,
        command: &PaymentCommand,
        provider: &dyn PaymentProvider,
    ) -> Result<RefundState, Failure> {
        let refund = self.expect(&Command::Payment(command.clone()), |event| match event {
            Event::Payment(PaymentEvent::Refunding(new)) => Some(new.id),
            _ => None,
        })?;
        self.return_now(refund, provider)
    }

    fn return_now(&self, refund: RefundId, provider: &dyn PaymentProvider) -> Result<RefundState, Failure> {
        let (row, payment) = self.gym().store.read(|c| {
            let row: RefundRow = refunds::table
                .find(refund.get())
                .select(RefundRow::as_select())
                .first(c)?;
            let payment = payments::table
                .find(row.payment_id)
                .select(PaymentRow::as_select());
            let payment: Payment = payment.first::<PaymentRow>(c)?.try_into()?;
            Ok((row.value(payment.amount.currency().code())?, payment))
        })?;
        let asked = matches!(row.state, RefundState::Submitted | RefundState::Unknown);
        let (Some(key), true) = (row.key, asked) else {
            return Ok(row.state);
        };
        let back = Return {
            key,
            payment: key_of(&payment)?,
            amount: row.amount,
        };
        let told = match provider.look_up(&back.key).told {
            Told::Absent => provider.give_back(&back).told,
            told => told,
        };
        let told = match told {
            Told::Settled => RefundState::Settled,
            Told::Declined(_) => RefundState::Failed,
            _ if row.state == RefundState::Unknown => return Ok(RefundState::Unknown),
            _ => RefundState::Unknown,
        };
        self.clone()
            .by_program()
            .run(&Command::Payment(PaymentCommand::ReportRefund { refund, told }))?;
        Ok(told)
    }

    fn tell(&self, payment: PaymentId, notice: &Notice) -> Result<(), Failure> {
        let (told, at) = (notice.told, notice.at);
        let reference = notice.reference.clone();
        self.run(&Command::Payment(PaymentCommand::Report {
            payment,
            told,
            at,
            reference,
        }))
        .map(drop)
    }

    fn payment(&self, payment: PaymentId) -> Result<Payment, Failure> {
        let row = self.gym().store.read(|c| {
            Ok(payments::table
                .find(payment.get())
                .select(PaymentRow::as_select())
                .first::<PaymentRow>(c)?)
        })?;
        Ok(row.try_into()?)
    }

    fn all_under_way(&self, provider: &str) -> Result<Vec<PaymentId>, Failure> {
        let states: Vec<&str> = PaymentState::ALL
            .into_iter()
            .filter(|it| it.is_in_flight())
            .map(PaymentState::as_str)
            .collect();
        let rows: Vec<i64> = self.gym().store.read(|c| {
            let rows = payments::table
                .filter(payments::state.eq_any(&states))
                .filter(payments::provider.eq(provider))
                .order(payments::id);
            Ok(rows.select(payments::id).load(c)?)
        })?;
        let ids = rows.into_iter().map(PaymentId::new);
        Ok(ids.collect::<Result<_, _>>().map_err(StoreError::other)?)
    }

    fn refunds_under_way(&self, provider: &str) -> Result<Vec<RefundId>, Failure> {
        let states = [RefundState::Submitted.as_str(), RefundState::Unknown.as_str()];
        let rows: Vec<i64> = self.gym().store.read(|c| {
            let rows = refunds::table
                .inner_join(payments::table)
                .filter(refunds::state.eq_any(states))
                .filter(payments::provider.eq(provider))
                .order(refunds::id);
            Ok(rows.select(refunds::id).load(c)?)
        })?;
        let ids = rows.into_iter().map(RefundId::new);
        Ok(ids.collect::<Result<_, _>>().map_err(StoreError::other)?)
    }

    /// The same desk with a key, a new one if it has none.
    fn with_key(&self) -> (Self, String) {
        let key = self.key.clone().unwrap_or_else(fresh_key);
        (self.clone().key(key.clone()), key)
    }

    /// The desk of the embedding program, without the key of one command: it says what a provider has said.
    fn by_program(mut self) -> Self {
        self.key = None;
        self.by(Actor::System)
    }
}

/// Returns the payment that has to come to an end before another can be made, if that is why there is none.
fn under_way(failure: &Failure) -> Option<PaymentId> {
    let Failure::Refused(refusal) = failure else {
        return None;
    };
    refusal.reasons.iter().find_map(|reason| match reason {
        Reason::Payment {
            why: Objection::InFlight { payment, .. },
        } => Some(*payment),
        _ => None,
    })
}

fn key_of(payment: &Payment) -> Result<ProviderKey, StoreError> {
    payment
        .key
        .clone()
        .ok_or_else(|| bad("payments.provider_key", "nothing"))
}
