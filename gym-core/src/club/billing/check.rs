//! What is checked before anything is billed: that it is there, permitted, and of a size that can be.

use chrono::{Datelike, NaiveDate};

use crate::billing::certificate::Shows;
use crate::billing::discount::{Discount, DiscountTerms, Off};
use crate::billing::obligation::{Charged, Key as Owed, Obligation};
use crate::billing::payment;
use crate::billing::tax::WHOLE;
use crate::billing::{BillingCommand, Objection};
use crate::booking::refusal::Reason;
use crate::booking::{Consequence, Penalty};
use crate::club::people::Checks;
use crate::club::{Club, Key};
use crate::command::Context;
use crate::id::{InvoiceId, LocationId, MemberId};

impl Club {
    pub(super) fn check_bill(
        &self,
        command: &BillingCommand,
        context: &Context,
        today: NaiveDate,
        checks: &mut Checks,
    ) {
        let location = self.location_of_bill(command);
        self.check_permission(command, context, location, today, checks);
        if !checks.0.is_empty() {
            // Who may not bill is not told how anybody stands.
            return;
        }
        match command {
            BillingCommand::SetTaxRates {
                location,
                from,
                terms,
            } => {
                self.known_location(*location, checks);
                calendar("from", *from, checks);
                self.check_rates(*location, *from, terms, today, checks);
            }
            BillingCommand::AcceptCertificate {
                member,
                shows,
                reference,
                from,
                until,
            } => {
                self.known_member(*member, checks);
                checks.words("reference", reference);
                if let Shows::Concession(name) = shows {
                    checks.text("concession", name);
                }
                calendar("from", *from, checks);
                checks.days(*from, *until);
            }
            BillingCommand::SetDiscount { location, terms } => self.check_discount(*location, terms, checks),
            BillingCommand::EndDiscount { discount, until } => {
                if let Some(found) = checks.known("discount", *discount, self.discounts.get(*discount)) {
                    checks.days(found.terms.from, Some(*until));
                }
            }
            BillingCommand::RedeemCode { member, code } => {
                self.known_member(*member, checks);
                if self.discount_of(code, today).is_none() {
                    object(
                        checks,
                        Objection::Code {
                            code: code.clone(),
                            day: today,
                        },
                    );
                }
            }
            BillingCommand::SetBillingPolicy { location, policy } => {
                location
                    .iter()
                    .for_each(|location| self.known_location(*location, checks));
                if let Err(wrong) = policy.check() {
                    checks.value(false, wrong.field, wrong.value, wrong.expected);
                }
            }
            BillingCommand::Charge {
                location,
                payer,
                obligation,
            } => {
                self.check_owed(*location, *payer, std::slice::from_ref(obligation), checks);
                if !matches!(obligation.charged, Charged::GiftCard(_)) {
                    let why = self.unrated(*location, &obligation.tax, obligation.supplied_on());
                    why.into_iter().for_each(|why| object(checks, why));
                }
                if self.is_fined(obligation.charged) {
                    object(checks, Objection::ByItself { key: obligation.key });
                }
                let mut charges = self.charges.of(Key::Member(*payer));
                if let Some(charge) = charges.find(|it| it.obligation.key == obligation.key) {
                    object(
                        checks,
                        Objection::Charged {
                            key: obligation.key,
                            charge: charge.id,
                        },
                    );
                }
            }
            BillingCommand::CancelCharge { charge, why } => {
                checks.words("why", why);
                if let Some(found) = checks.known("charge", *charge, self.charges.get(*charge)) {
                    let key = found.obligation.key;
                    if let Some(invoice) = self.invoiced.on(&key) {
                        object(checks, Objection::Invoiced { key, invoice });
                    }
                }
            }
            BillingCommand::DraftInvoice {
                location,
                payer,
                owed,
                ..
            } => {
                checks.value(
                    (1..=1000).contains(&owed.len()),
                    "owed",
                    owed.len(),
                    "1 to 1000 things",
                );
                self.check_owed(*location, *payer, owed, checks);
            }
            BillingCommand::RunInvoices {
                location,
                through,
                most,
                ..
            } => {
                self.known_location(*location, checks);
                let expected = format!(
                    "a day up to {today}, today at the location: what falls due later may still change; a preview with a \
                     later clock looks ahead"
                );
                checks.value(*through <= today, "through", through, &expected);
                checks.value((1..=10_000).contains(most), "most", most, "1 to 10000 payers");
            }
            BillingCommand::CancelDraft { invoice } | BillingCommand::OpenInvoice { invoice, .. } => {
                self.known_invoice(*invoice, checks);
            }
            BillingCommand::VoidInvoice { invoice, why } => {
                self.known_invoice(*invoice, checks);
                checks.words("why", why);
                self.check_in_flight(*invoice, checks);
            }
            BillingCommand::WriteOff { invoice, why }
            | BillingCommand::IssueCreditNote { invoice, why, .. } => {
                self.known_invoice(*invoice, checks);
                checks.words("why", why);
            }
        }
    }

    fn check_permission(
        &self,
        command: &BillingCommand,
        context: &Context,
        location: Option<LocationId>,
        today: NaiveDate,
        checks: &mut Checks,
    ) {
        let actor = self.actor_facts(context.actor);
        let for_admins = matches!(
            command,
            BillingCommand::SetTaxRates { .. }
                | BillingCommand::SetDiscount { .. }
                | BillingCommand::EndDiscount { .. }
                | BillingCommand::SetBillingPolicy { .. }
                | BillingCommand::WriteOff { .. }
        );
        let own =
            matches!(command, BillingCommand::RedeemCode { member, .. } if actor.member == Some(*member));
        let staff = || location.is_some_and(|location| actor.is_staff(location, today));
        if !own && !actor.is_admin(location, today) && (for_admins || !staff()) {
            checks.0.push(Reason::NotPermitted {
                action: "bill".to_owned(),
                location,
            });
        }
    }

    fn check_discount(&self, location: Option<LocationId>, terms: &DiscountTerms, checks: &mut Checks) {
        location
            .into_iter()
            .for_each(|location| self.known_location(location, checks));
        checks.text("name", &terms.name);
        calendar("from", terms.from, checks);
        checks.days(terms.from, terms.until);
        match terms.off {
            Off::Percent(rate) => {
                let expected = "1 to 100000 thousandths of a percent";
                checks.value((1..=WHOLE).contains(&rate), "off", rate, expected);
            }
            Off::Fixed(amount) => {
                let place = location.and_then(|id| self.locations.get(id));
                let known = place.is_some_and(|place| place.currency == amount.currency());
                let expected = "an amount above zero, at a location with its currency";
                checks.value(known && amount.minor() > 0, "off", amount, expected);
            }
        }
        checks.value(terms.periods != Some(0), "periods", 0, "at least 1");
        terms
            .scope
            .members
            .iter()
            .for_each(|member| self.known_member(*member, checks));
        if let Some(code) = &terms.code {
            checks.text("code", code);
            if self
                .discounts
                .iter()
                .any(|it| it.terms.code.as_ref() == Some(code))
            {
                object(checks, Objection::CodeTaken { code: code.clone() });
            }
        }
    }

    /// Checks what is charged by hand: that it is there, once, and above zero.
    fn check_owed(&self, location: LocationId, payer: MemberId, owed: &[Obligation], checks: &mut Checks) {
        self.known_location(location, checks);
        self.known_member(payer, checks);
        for (at, it) in owed.iter().enumerate() {
            checks.text("text", &it.text);
            calendar("due_on", it.due_on, checks);
            checks.value(
                it.key == Owed::Once(it.charged),
                "key",
                it.key,
                "the thing that is charged",
            );
            self.known_charged(it.charged, checks);
            if it.amount.minor() <= 0 {
                let (field, expected) = ("amount".to_owned(), "an amount above zero".to_owned());
                object(
                    checks,
                    Objection::Amount {
                        field,
                        amount: it.amount,
                        expected,
                    },
                );
            }
            let place = self.locations.get(location);
            if let Some(place) = place.filter(|place| place.currency != it.amount.currency()) {
                object(
                    checks,
                    Objection::Currency {
                        amount: it.amount,
                        expected: place.currency,
                    },
                );
            }
            if let Some(invoice) = self.invoiced.on(&it.key) {
                object(checks, Objection::Invoiced { key: it.key, invoice });
            }
            if let Some(twice) = owed[..at].iter().find(|other| other.key == it.key) {
                object(
                    checks,
                    Objection::Conflicting {
                        key: it.key,
                        one: twice.amount,
                        other: it.amount,
                    },
                );
            }
        }
    }

    /// Whether something is the fee of a penalty, which is charged when it can be waived no more.
    fn is_fined(&self, charged: Charged) -> bool {
        let Charged::Penalty(penalty) = charged else {
            return false;
        };
        let costs = |it: &Penalty| matches!(it.consequence, Consequence::Fee(_)) && it.waiver.is_none();
        self.penalties.get(penalty).is_some_and(costs)
    }

    fn known_charged(&self, charged: Charged, checks: &mut Checks) {
        let found = match charged {
            Charged::Session(id) => self.sessions.get(id).is_some(),
            Charged::Registration(id) => self.registrations.get(id).is_some(),
            Charged::Penalty(id) => self.penalties.get(id).is_some(),
            Charged::Lot(id) => self.lots.get(id).is_some(),
            Charged::Sale(id) => self.sales.get(id).is_some(),
            Charged::GiftCard(id) => self.gift_cards.get(id).is_some(),
            Charged::Membership(id) => self.memberships.get(id).is_some(),
        };
        if !found {
            let (what, id) = charged.named();
            checks.0.push(Reason::Unknown {
                what: what.to_owned(),
                id,
            });
        }
    }

    fn known_location(&self, location: LocationId, checks: &mut Checks) {
        checks.known("location", location, self.locations.get(location));
    }

    fn known_member(&self, member: MemberId, checks: &mut Checks) {
        checks.known("member", member, self.members.get(member));
    }

    fn known_invoice(&self, invoice: InvoiceId, checks: &mut Checks) {
        checks.known("invoice", invoice, self.invoices.get(invoice));
    }

    /// What an invoice charged is charged again once it is void, so that no payment of it may still bring the money. One
    /// that is written off or credited takes that money, or leaves it as credit.
    fn check_in_flight(&self, invoice: InvoiceId, checks: &mut Checks) {
        let mut payments = self.payments.of(Key::Invoice(invoice));
        if let Some(payment) = payments.find(|it| it.is_in_flight()) {
            let (payment, state) = (payment.id, payment.state);
            let why = payment::Objection::InFlight { payment, state };
            checks.0.push(Reason::Payment { why });
        }
    }

    /// Finds the discount that has a code on a day.
    pub(super) fn discount_of(&self, code: &str, today: NaiveDate) -> Option<&Discount> {
        let has = |it: &&Discount| {
            it.terms.code.as_deref() == Some(code) && it.terms.until.is_none_or(|until| today <= until)
        };
        self.discounts.iter().find(has)
    }
}

pub(super) fn object(checks: &mut Checks, why: Objection) {
    checks.0.push(Reason::Billing { why });
}

/// Checks that a day is one from which others can be counted.
fn calendar(field: &str, day: NaiveDate, checks: &mut Checks) {
    checks.value(
        (2..=9998).contains(&day.year()),
        field,
        day,
        "a day of the years 2 to 9998",
    );
}
