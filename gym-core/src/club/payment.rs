//! Decisions about payments: what is taken, asked of providers, told by them, settled and given back.

mod card;
mod credit;
mod dun;
mod provider;
mod refund;

use super::tally::{Outcome, Reasons, Tally, missing, takes_money};
use super::{Club, Key};
use crate::billing::payment::{
    Hand, Method, Objection, Payment, PaymentCommand, PaymentDetails, PaymentEvent, PaymentPolicy,
    PaymentPolicyVersion, PaymentState, balance, payment_type,
};
use crate::booking::refusal::Reason;
use crate::command::Context;
use crate::decision::Decision;
use crate::id::{InvoiceId, LocationId, MemberId, PaymentId};
use crate::money::Money;

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
                tally.redeem_card(card, *invoice, *amount)
            }),
            PaymentCommand::ExpireGiftCard { card } => {
                tally.decide("expire the gift card", |tally| tally.expire_card(*card))
            }
            PaymentCommand::KeepCredit { invoice } => {
                tally.decide("keep the credit", |tally| tally.keep_credit(*invoice))
            }
            PaymentCommand::PayOut {
                credit,
                amount,
                way,
                why,
            } => tally.decide("pay that out", |tally| tally.pay_out(*credit, *amount, way, why)),
            PaymentCommand::ChangeDetails { payer, means } => tally.decide("change the details", |tally| {
                tally.change_details(*payer, means.as_deref())
            }),
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

    /// Checks who pays what and where. It tells facts of invoices: only after the permission is there.
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
        self.staff(given.location, None, "take money")?;
        let mut reasons = Reasons::default();
        self.check_given(&given, &mut reasons);
        check_text("reference", reference, &mut reasons);
        reasons.done()?;
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

    fn allocate_credit(&mut self, id: PaymentId, to: InvoiceId, amount: Money) -> Outcome {
        let mut payment = self.payment(id)?;
        let (payer, location, method) = (payment.payer, payment.location, payment.method.clone());
        self.staff(location, Some(payer), "settle invoices")?;
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
        self.allocate(&mut payment, to, amount)
    }

    fn change_details(&mut self, payer: MemberId, means: Option<&str>) -> Outcome {
        let home = self.club.members.get(payer).map(|member| member.home);
        let home = home.ok_or_else(|| missing("member", payer))?;
        self.staff(home, Some(payer), "change the details to charge")?;
        let mut reasons = Reasons::default();
        check_text("means", means, &mut reasons);
        reasons.done()?;
        let details = PaymentDetails {
            id: self.draft.local(),
            payer,
            means: means.map(str::to_owned),
            at: self.now(),
        };
        self.pay(PaymentEvent::DetailsChanged(details));
        Ok(())
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
        reasons.value(ok, field, "what was given", "1 to 200 characters on one line");
    }
}
