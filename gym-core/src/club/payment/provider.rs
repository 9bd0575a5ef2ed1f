//! Decisions about payments that a provider makes: what it is asked for, and what it tells.

use super::{Given, check_text};
use crate::billing::payment::{
    Decline, Method, Objection, Payment, PaymentEvent, PaymentState, ProviderKey, Step, Told, balance,
};
use crate::club::Key;
use crate::club::tally::{Outcome, Reasons, Tally, takes_money};
use crate::id::{InvoiceId, MemberId, PaymentId};
use crate::money::Money;
use crate::time::{Instant, to_micros};

impl Tally<'_> {
    pub(super) fn charge(
        &mut self,
        id: InvoiceId,
        provider: &str,
        amount: Option<Money>,
        (means, key): (Option<&str>, &ProviderKey),
    ) -> Outcome {
        let invoice = self.invoice(id)?;
        let due = balance(&invoice)?;
        let (payer, location) = (invoice.payer, invoice.location);
        self.staff(location, Some(payer), "charge")?;
        let asked = invoice.due(self.today(location)?)?.asked();
        let method = Method::Provider(provider.to_owned());
        let given = Given {
            payer,
            location,
            method,
            amount: amount.or(asked.map(|it| it.amount)).unwrap_or(due),
            invoice: Some(id),
        };
        let mut reasons = Reasons::default();
        self.check_given(&given, &mut reasons);
        check_text("provider", Some(provider), &mut reasons);
        check_text("means", means, &mut reasons);
        if given.amount.currency() == due.currency() && given.amount.minor() > due.minor() {
            reasons.push(Objection::MoreThanDue {
                invoice: id,
                due,
                asked: given.amount,
            });
        }
        let mut others = self.club.payments.of(Key::Invoice(id));
        if let Some(other) = others.find(|other| other.is_in_flight()) {
            reasons.push(Objection::InFlight {
                payment: other.id,
                state: other.state,
            });
        }
        if let Some(dead) = self.dead(payer, provider, means) {
            reasons.push(dead);
        }
        reasons.done()?;
        let mut payment = self.payment_of(given, PaymentState::Created)?;
        payment.means = means.map(str::to_owned);
        payment.key = Some(key.clone());
        self.pay(PaymentEvent::Made(payment));
        Ok(())
    }

    /// Says that a provider has declined for good what is to be charged, since the payer last gave other details.
    fn dead(&self, payer: MemberId, provider: &str, means: Option<&str>) -> Option<Objection> {
        let details = self.club.details.of(Key::Member(payer));
        let changed = details.filter(|it| it.payer == payer).map(|it| it.at).max();
        let declined = |payment: &&Payment| {
            payment.state == PaymentState::Failed(Decline::Hard)
                && payment.means.as_deref() == means
                && changed.is_none_or(|at| at <= payment.made_at)
                && matches!(&payment.method, Method::Provider(name) if name == provider)
        };
        let found = self.club.payments.of(Key::Member(payer)).find(declined)?;
        Some(Objection::DeadMeans {
            means: means.map(str::to_owned),
            payment: found.id,
        })
    }

    /// The provider is asked only for what is still due: what was paid otherwise meanwhile ends the payment here.
    pub(super) fn submit(&mut self, id: PaymentId) -> Outcome {
        let mut payment = self.payment(id)?;
        self.staff(payment.location, None, "ask providers for money")?;
        let Step::To(submitted) = payment.state.told(Told::Submitted) else {
            return Err(Objection::PaymentStands {
                payment: id,
                state: payment.state,
            }
            .into());
        };
        let due = match payment.invoice {
            Some(invoice) => {
                let invoice = self.invoice(invoice)?;
                if takes_money(invoice.state) {
                    balance(&invoice)?.minor()
                } else {
                    0
                }
            }
            None => i64::MAX,
        };
        let enough = due >= payment.amount.minor();
        let given_up = PaymentState::Failed(Decline::Soft);
        self.restate(
            &mut payment,
            if enough { submitted } else { given_up },
            None,
            None,
        )
    }

    /// Who pays does not say what became of it: the program that asks the provider does, or staff.
    pub(super) fn report(
        &mut self,
        id: PaymentId,
        told: Told,
        at: Instant,
        reference: Option<&str>,
    ) -> Outcome {
        let mut payment = self.payment(id)?;
        self.staff(payment.location, None, "record payments")?;
        let mut reasons = Reasons::default();
        check_text("reference", reference, &mut reasons);
        reasons.done()?;
        let moves = matches!(payment.method, Method::Provider(_) | Method::BankTransfer);
        let step = match payment.state.told(told) {
            _ if !moves => Step::Contradicts,
            Step::To(_) if payment.told_at.is_some_and(|newest| at < newest) => Step::Late,
            step => step,
        };
        match step {
            Step::To(state) => {
                // Silence is the caller's own observation: it does not overtake what the provider says.
                let told_at = (told != Told::Silent).then(|| to_micros(at));
                self.restate(&mut payment, state, told_at, reference.map(str::to_owned))
            }
            Step::Contradicts => Err(Objection::Contradicts {
                payment: id,
                state: payment.state,
                told,
            }
            .into()),
            step => {
                self.pay(PaymentEvent::Noted {
                    payment: id,
                    told,
                    step,
                });
                Ok(())
            }
        }
    }
}
