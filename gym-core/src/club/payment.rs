//! Decisions about payments: what is taken, asked of providers, told by them, settled and given back.

mod card;
mod dun;
mod refund;

use super::tally::{Outcome, Reasons, Tally, missing, takes_money};
use super::{Club, Key};
use crate::billing::payment::{
    Hand, Method, Objection, Payment, PaymentCommand, PaymentEvent, PaymentPolicy, PaymentPolicyVersion,
    PaymentState, ProviderKey, Step, Told, balance, payment_type,
};
use crate::booking::refusal::Reason;
use crate::command::Context;
use crate::decision::Decision;
use crate::id::{InvoiceId, LocationId, MemberId, PaymentId};
use crate::money::Money;
use crate::time::Instant;

impl From<Hand> for Method {
    fn from(hand: Hand) -> Self {
        match hand {
            Hand::Cash => Self::Cash,
            Hand::BankTransfer => Self::BankTransfer,
        }
    }
}

/// What somebody gave, or is to be asked for.
pub(super) struct Given {
    pub(super) payer: MemberId,
    pub(super) location: LocationId,
    pub(super) method: Method,
    pub(super) amount: Money,
    pub(super) invoice: Option<InvoiceId>,
}

impl Club {
    /// Returns the payment policy in force at a location.
    pub fn payment_policy(&self, location: LocationId) -> PaymentPolicy {
        let own = self.payment_policies.of(Key::Location(location)).next_back();
        let all = || {
            self.payment_policies
                .iter()
                .rev()
                .find(|version| version.location.is_none())
        };
        own.or_else(all)
            .map(|version| version.policy.clone())
            .unwrap_or_default()
    }

    pub(super) fn decide_payment(&self, command: &PaymentCommand, context: &Context) -> Decision {
        let tally = Tally::new(self, context);
        match command {
            PaymentCommand::Take {
                payer,
                location,
                hand,
                amount,
                invoice,
                reference,
            } => {
                let (payer, location, amount, invoice) = (*payer, *location, *amount, *invoice);
                let given = Given {
                    payer,
                    location,
                    method: (*hand).into(),
                    amount,
                    invoice,
                };
                tally.decide("take the money", |tally| tally.take(given, reference.as_deref()))
            }
            PaymentCommand::Charge {
                invoice,
                provider,
                amount,
                means,
                key,
            } => tally.decide("charge", |tally| {
                tally.charge(*invoice, provider, *amount, (means.as_deref(), key))
            }),
            PaymentCommand::Submit { payment } => {
                tally.decide("submit the payment", |tally| tally.submit(*payment))
            }
            PaymentCommand::Report {
                payment,
                told,
                at,
                reference,
            } => tally.decide("record that", |tally| {
                tally.report(*payment, *told, *at, reference.as_deref())
            }),
            PaymentCommand::Allocate {
                payment,
                invoice,
                amount,
            } => tally.decide("settle it so", |tally| {
                tally.allocate_credit(*payment, *invoice, *amount)
            }),
            PaymentCommand::Refund {
                payment,
                amount,
                why,
                key,
            } => tally.decide("give that back", |tally| {
                tally.refund(*payment, *amount, why, key.as_ref())
            }),
            PaymentCommand::ReportRefund { refund, told } => {
                tally.decide("record that", |tally| tally.report_refund(*refund, *told))
            }
            PaymentCommand::SellGiftCard {
                buyer,
                location,
                amount,
                hand,
                code,
            } => {
                let (payer, location, amount) = (*buyer, *location, *amount);
                let given = Given {
                    payer,
                    location,
                    method: (*hand).into(),
                    amount,
                    invoice: None,
                };
                tally.decide("sell the gift card", |tally| tally.sell_card(given, code))
            }
            PaymentCommand::RedeemGiftCard {
                card,
                invoice,
                amount,
            } => tally.decide("redeem the gift card", |tally| {
                tally.redeem_card(*card, *invoice, *amount)
            }),
            PaymentCommand::ExpireGiftCard { card } => {
                tally.decide("expire the gift card", |tally| tally.expire_card(*card))
            }
            PaymentCommand::Dun { invoice } => tally.decide("dun", |tally| tally.dun(*invoice)),
            PaymentCommand::SetPolicy { location, policy } => tally
                .decide("set the payment policy", |tally| {
                    tally.set_policy(*location, policy)
                }),
        }
    }
}

impl Tally<'_> {
    pub(super) fn payment(&self, id: PaymentId) -> Outcome<Payment> {
        self.club
            .payments
            .get(id)
            .cloned()
            .ok_or_else(|| missing("payment", id))
    }

    /// Makes a payment as it is before anything of it is settled or told.
    pub(super) fn payment_of(&mut self, given: Given, state: PaymentState) -> Outcome<Payment> {
        let kind = match given.invoice {
            Some(invoice) => payment_type(&self.invoice(invoice)?),
            None => None,
        };
        let nothing = Money::zero(given.amount.currency());
        Ok(Payment {
            id: self.draft.local(),
            payer: given.payer,
            location: given.location,
            invoice: given.invoice,
            kind,
            method: given.method,
            amount: given.amount,
            state,
            means: None,
            key: None,
            reference: None,
            made_at: self.now(),
            told_at: None,
            turn: 0,
            allocated: nothing,
            refunded: nothing,
        })
    }

    /// Checks who pays what and where.
    pub(super) fn check_given(&self, given: &Given, reasons: &mut Reasons) {
        reasons.above_zero(given.amount);
        if self.club.members.get(given.payer).is_none() {
            reasons.push(missing("member", given.payer));
        }
        match self.club.locations.get(given.location) {
            None => reasons.push(missing("location", given.location)),
            Some(place) if place.currency != given.amount.currency() => reasons.push(Objection::Currency {
                given: given.amount.currency(),
                expected: place.currency,
            }),
            Some(_) => {}
        }
        let Some(id) = given.invoice else { return };
        let invoice = match self.invoice(id) {
            Ok(invoice) => invoice,
            Err(unknown) => return reasons.push(unknown),
        };
        if !takes_money(invoice.state) {
            reasons.push(Objection::InvoiceStands {
                invoice: id,
                state: invoice.state,
            });
        }
        if invoice.payer != given.payer {
            let (payer, given) = (invoice.payer, given.payer);
            reasons.push(Objection::InvoiceOfAnother {
                invoice: id,
                payer,
                given,
            });
        }
        if invoice.location != given.location {
            reasons.push(Reason::WrongPlace {
                what: "invoice".to_owned(),
                id: id.get(),
                at: invoice.location,
                expected: given.location,
            });
        }
    }

    fn take(&mut self, given: Given, reference: Option<&str>) -> Outcome {
        let mut reasons = Reasons::default();
        self.check_given(&given, &mut reasons);
        check_text("reference", reference, &mut reasons);
        reasons.done()?;
        self.staff(given.location, None, "take money")?;
        let invoice = given.invoice;
        let mut payment = self.payment_of(given, PaymentState::Settled)?;
        payment.reference = reference.map(str::to_owned);
        self.made(&payment)?;
        invoice.map_or(Ok(()), |invoice| self.allocate_most(&mut payment, invoice))
    }

    /// Records a payment that is there.
    pub(super) fn made(&mut self, payment: &Payment) -> Outcome {
        self.pay(PaymentEvent::Made(payment.clone()));
        self.receive(payment, None, super::tally::place(payment, payment.state))
    }

    fn charge(
        &mut self,
        id: InvoiceId,
        provider: &str,
        amount: Option<Money>,
        (means, key): (Option<&str>, &ProviderKey),
    ) -> Outcome {
        let invoice = self.invoice(id)?;
        let due = balance(&invoice)?;
        let (payer, location) = (invoice.payer, invoice.location);
        let method = Method::Provider(provider.to_owned());
        let given = Given {
            payer,
            location,
            method,
            amount: amount.unwrap_or(due),
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
        if let Some(dead) = means.and_then(|means| self.dead(payer, provider, means)) {
            reasons.push(dead);
        }
        reasons.done()?;
        self.staff(location, Some(payer), "charge")?;
        let mut payment = self.payment_of(given, PaymentState::Created)?;
        payment.means = means.map(str::to_owned);
        payment.key = Some(key.clone());
        self.pay(PaymentEvent::Made(payment));
        Ok(())
    }

    /// Says that a provider has declined for good what is to be charged.
    fn dead(&self, payer: MemberId, provider: &str, means: &str) -> Option<Objection> {
        let declined = |payment: &&Payment| {
            payment.state == PaymentState::Failed(crate::billing::payment::Decline::Hard)
                && payment.means.as_deref() == Some(means)
                && matches!(&payment.method, Method::Provider(name) if name == provider)
        };
        let found = self.club.payments.of(Key::Member(payer)).find(declined)?;
        Some(Objection::DeadMeans {
            means: means.to_owned(),
            payment: found.id,
        })
    }

    /// The provider is asked only for what is still due: what was paid otherwise meanwhile ends the payment here.
    fn submit(&mut self, id: PaymentId) -> Outcome {
        let mut payment = self.payment(id)?;
        self.staff(payment.location, Some(payment.payer), "charge")?;
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
        let given_up = PaymentState::Failed(crate::billing::payment::Decline::Soft);
        self.restate(
            &mut payment,
            if enough { submitted } else { given_up },
            None,
            None,
        )
    }

    fn report(&mut self, id: PaymentId, told: Told, at: Instant, reference: Option<&str>) -> Outcome {
        let mut payment = self.payment(id)?;
        let mut reasons = Reasons::default();
        check_text("reference", reference, &mut reasons);
        reasons.done()?;
        self.staff(payment.location, Some(payment.payer), "record payments")?;
        let moves = matches!(payment.method, Method::Provider(_) | Method::BankTransfer);
        let step = match payment.state.told(told) {
            _ if !moves => Step::Contradicts,
            Step::To(_) if payment.told_at.is_some_and(|newest| at < newest) => Step::Late,
            step => step,
        };
        match step {
            Step::To(state) => {
                // Silence is the caller's own observation: it does not overtake what the provider says.
                let told_at = (told != Told::Silent).then(|| crate::time::to_micros(at));
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

    fn allocate_credit(&mut self, id: PaymentId, to: InvoiceId, amount: Money) -> Outcome {
        let mut payment = self.payment(id)?;
        let (payer, location, method) = (payment.payer, payment.location, payment.method.clone());
        let given = Given {
            payer,
            location,
            method,
            amount,
            invoice: Some(to),
        };
        let mut reasons = Reasons::default();
        self.check_given(&given, &mut reasons);
        let credit = payment.credit()?;
        if amount.minor() > credit.minor() {
            reasons.push(Objection::MoreThanCredit {
                payment: id,
                credit,
                asked: amount,
            });
        }
        if let Ok(invoice) = self.invoice(to) {
            let due = balance(&invoice)?;
            if amount.minor() > due.minor() {
                reasons.push(Objection::MoreThanDue {
                    invoice: to,
                    due,
                    asked: amount,
                });
            }
        }
        reasons.done()?;
        self.staff(location, Some(payer), "settle invoices")?;
        self.allocate(&mut payment, to, amount)
    }

    fn set_policy(&mut self, location: Option<LocationId>, policy: &PaymentPolicy) -> Outcome {
        self.admin(location, "set the payment policy")?;
        if let Err(wrong) = policy.check() {
            let mut reasons = Reasons::default();
            reasons.value(false, wrong.field, wrong.value, wrong.expected);
            return Err(reasons);
        }
        let (id, policy) = (self.draft.local(), policy.clone());
        self.pay(PaymentEvent::PolicySet(PaymentPolicyVersion {
            id,
            location,
            policy,
        }));
        Ok(())
    }
}

/// Notes a text that is not one short line.
pub(super) fn check_text(field: &str, text: Option<&str>, reasons: &mut Reasons) {
    if let Some(text) = text {
        let ok = !text.trim().is_empty() && super::people::is_line(text);
        reasons.value(ok, field, format!("{text:?}"), "1 to 200 characters on one line");
    }
}
