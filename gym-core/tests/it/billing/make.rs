//! What billing's tests are made of: obligations, tax tables, terms, and a small club.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use gym_core::billing::certificate::Certificate;
use gym_core::billing::credit_note::CreditNote;
use gym_core::billing::discount::{Discount, DiscountTerms, Discounts, Off, Redemption, Scope};
use gym_core::billing::invoice::Invoice;
use gym_core::billing::obligation::{Charged, Component, Key, Obligation};
use gym_core::billing::policy::BillingPolicy;
use gym_core::billing::pricing::Known;
use gym_core::billing::quote::Terms;
use gym_core::billing::run::{Debits, Invoiced, Outcome, Owing, run};
use gym_core::billing::tax::{Prices, Rounding, TaxBook, TaxCode, TaxComponent, TaxTable, TaxTerms};
use gym_core::billing::{BillingCommand, BillingEvent, Objection};
use gym_core::booking::refusal::{Reason, Refusal};
use gym_core::club::Club;
use gym_core::command::{Command, Context};
use gym_core::decision::Draft;
use gym_core::event::Event;
use gym_core::id::Id;
use gym_core::money::{Currency, Money};
use gym_core::schedule::claim::Buffers;
use gym_core::schedule::session::{Session, SessionState};
use gym_core::time::{Cycle, Days, Instant, Period};
use gym_core::user::{Actor, Person};

pub fn id<I: Id>(raw: i64) -> I {
    I::from_raw(raw)
}

pub fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

pub fn eur(minor: i64) -> Money {
    Money::new(minor, Currency::EUR)
}

pub fn code(text: &str) -> TaxCode {
    TaxCode::new(text).unwrap()
}

/// The fee of a month of a subscription, whose membership has the same number.
pub fn fee(subscription: i64, start: &str, minor: i64) -> Obligation {
    let start = day(start);
    Obligation {
        key: Key::Period {
            subscription: id(subscription),
            component: Component::Fee,
            start,
        },
        charged: Charged::Membership(id(subscription)),
        plan: None,
        days: Cycle::MONTH.from(start),
        due_on: start,
        amount: eur(minor),
        tax: code("membership"),
        text: "Membership".to_owned(),
    }
}

/// What an edit gives back of a month.
pub fn credit(subscription: i64, from: &str, until: &str, minor: i64) -> Obligation {
    let component = Component::Credit(id(1));
    let start = day(from);
    Obligation {
        key: Key::Period {
            subscription: id(subscription),
            component,
            start,
        },
        days: Days::new(start, day(until)).ok(),
        text: "Freeze".to_owned(),
        ..fee(subscription, from, minor)
    }
}

/// A training session, charged once.
pub fn session(number: i64, due: &str, minor: i64) -> Obligation {
    let charged = Charged::Session(id(number));
    Obligation {
        key: Key::Once(charged),
        charged,
        plan: None,
        days: None,
        due_on: day(due),
        amount: eur(minor),
        tax: code("class"),
        text: "Training".to_owned(),
    }
}

pub fn owing(payer: i64, obligation: Obligation) -> Owing {
    Owing {
        payer: id(payer),
        obligation,
    }
}

pub fn components(parts: &[(&str, u32)]) -> Vec<TaxComponent> {
    parts
        .iter()
        .map(|(name, rate)| TaxComponent {
            name: (*name).to_owned(),
            rate: *rate,
        })
        .collect()
}

/// `membership` and `class` at 19 %, `book` at 7 %, `class_us` at 8.875 % of three components, `free` at nothing.
pub fn terms(prices: Prices, rounding: Rounding) -> TaxTerms {
    let rates = BTreeMap::from([
        (code("membership"), components(&[("VAT", 19_000)])),
        (code("class"), components(&[("VAT", 19_000)])),
        (code("book"), components(&[("VAT", 7_000)])),
        (
            code("class_us"),
            components(&[("State", 4_000), ("City", 4_500), ("Transit", 375)]),
        ),
        (code("free"), Vec::new()),
    ]);
    TaxTerms::new(prices, rounding, rates).unwrap()
}

pub fn table(number: i64, from: &str, terms: TaxTerms) -> TaxTable {
    TaxTable {
        id: id(number),
        location: id(1),
        from: day(from),
        terms,
    }
}

pub fn discount(number: i64, off: Off) -> Discount {
    let terms = DiscountTerms {
        name: format!("Discount {number}"),
        off,
        code: None,
        scope: Scope::default(),
        from: day("2020-01-01"),
        until: None,
        periods: None,
    };
    Discount {
        id: id(number),
        location: None,
        terms,
    }
}

/// Everything that terms are made of, for pure runs without a club.
#[derive(Debug, Default)]
pub struct House {
    pub tables: Vec<TaxTable>,
    pub certificates: Vec<Certificate>,
    pub discounts: Vec<Discount>,
    pub redemptions: Vec<Redemption>,
    pub policy: BillingPolicy,
    pub invoices: Vec<Invoice>,
    pub notes: Vec<CreditNote>,
}

impl House {
    pub fn new(prices: Prices, rounding: Rounding) -> Self {
        Self {
            tables: vec![table(1, "2020-01-01", terms(prices, rounding))],
            ..Self::default()
        }
    }

    pub fn terms(&self) -> Terms<'_> {
        let mut discounts = Discounts::new(id(1), &self.discounts, &self.redemptions);
        let mut debits = Debits::default();
        for invoice in &self.invoices {
            discounts.count(invoice);
            let notes: Vec<&CreditNote> = self.notes.iter().filter(|it| it.invoice == invoice.id).collect();
            debits.note(invoice, &notes).unwrap();
        }
        let mut certificates = BTreeMap::<_, Vec<_>>::new();
        for it in &self.certificates {
            certificates.entry(it.member).or_default().push(it);
        }
        Terms {
            location: id(1),
            currency: Currency::EUR,
            tax: TaxBook::new(id(1), &self.tables, &self.certificates),
            discounts,
            certificates,
            occasions: BTreeMap::new(),
            known: Known::default(),
            debits,
            policy: &self.policy,
            pricing: Vec::new(),
        }
    }

    /// Runs, and returns the invoices, or what is wrong with anybody.
    pub fn run(&self, owed: &[Owing], on: &str) -> Result<Vec<Invoice>, Vec<Objection>> {
        let outcome = self.outcome(owed, on);
        let wrong: Vec<Objection> = outcome.parked.into_iter().flat_map(|it| it.why).collect();
        if wrong.is_empty() {
            Ok(outcome.invoices)
        } else {
            Err(wrong)
        }
    }

    pub fn outcome(&self, owed: &[Owing], on: &str) -> Outcome {
        let mut invoiced = Invoiced::default();
        let mut last = 0;
        for invoice in &self.invoices {
            invoice.keys().for_each(|key| invoiced.note(key, invoice.id));
            last = last.max(invoice.number.unwrap_or(0));
        }
        run(
            owed,
            &invoiced,
            &mut self.terms(),
            day(on),
            last + 1,
            &mut Draft::default(),
        )
    }

    /// Runs, and keeps the invoices.
    pub fn bill(&mut self, owed: &[Owing], on: &str) -> Vec<Invoice> {
        let mut made = self.run(owed, on).unwrap();
        for invoice in &mut made {
            let lines = self.invoices.iter().map(|it| it.lines.len() as i64).sum::<i64>();
            invoice.id = id(self.invoices.len() as i64 + 1);
            invoice
                .lines
                .iter_mut()
                .zip(lines + 1..)
                .for_each(|(line, n)| line.id = id(n));
            self.invoices.push(invoice.clone());
        }
        made
    }
}

/// A club with one location in Berlin, three members, twelve training sessions and 19 % on everything.
pub fn club() -> Club {
    let mut club = Club::default();
    let (name, zone) = ("Mitte".to_owned(), chrono_tz::Europe::Berlin);
    let opening = [Command::AddLocation {
        name,
        zone,
        currency: Currency::EUR,
        hours: Default::default(),
    }];
    let members = (0..3).map(|n| Command::AddMember {
        person: Person::new(&format!("Member {n}"), None).unwrap(),
        user: None,
        home: id(1),
        joined_on: day("2026-01-01"),
    });
    for command in opening.into_iter().chain(members) {
        give(&mut club, "2026-01-01T08:00:00Z", &command).unwrap();
    }
    for number in 1..=12 {
        club.sessions.insert(training(number));
    }
    let from = day("2020-01-01");
    let terms = terms(Prices::Inclusive, Rounding::PerLine);
    let rates = BillingCommand::SetTaxRates {
        location: id(1),
        from,
        terms,
    };
    bill(&mut club, "2026-01-01T08:00:00Z", rates).unwrap();
    club
}

fn training(number: i64) -> Session {
    let start = at("2026-01-05T09:00:00Z") + chrono::Duration::days(number);
    Session {
        id: id(number),
        trainer: id(1),
        member: id(1),
        location: id(1),
        room: None,
        period: Period::lasting(start, 60),
        buffers: Buffers::default(),
        state: SessionState::Booked,
        booked_at: start,
        closure: None,
    }
}

/// Decides a command and makes it so.
pub fn give(club: &mut Club, now: &str, command: &Command) -> Result<Vec<Event>, Refusal> {
    let context = Context {
        now: at(now),
        actor: Actor::System,
    };
    let events = club.decide(command, &context)?;
    let ids = club.allot(&events);
    club.apply(&events, &ids);
    Ok(events.iter().map(|event| event.resolved(&ids)).collect())
}

pub fn bill(club: &mut Club, now: &str, command: BillingCommand) -> Result<Vec<BillingEvent>, Refusal> {
    let events = give(club, now, &Command::Billing(command))?;
    let billing = |event| match event {
        Event::Billing(event) => Some(event),
        _ => None,
    };
    Ok(events.into_iter().filter_map(billing).collect())
}

/// Returns the objections of a refusal.
pub fn objections(refusal: &Refusal) -> Vec<Objection> {
    let billing = |reason: &Reason| match reason {
        Reason::Billing { why } => Some(why.clone()),
        _ => None,
    };
    refusal.reasons.iter().filter_map(billing).collect()
}

/// Puts a training session on the next invoice.
pub fn charge(payer: i64, number: i64, due: &str, minor: i64) -> BillingCommand {
    BillingCommand::Charge {
        location: id(1),
        payer: id(payer),
        obligation: session(number, due, minor),
    }
}

pub fn run_through(through: &str) -> BillingCommand {
    let (location, through) = (id(1), day(through));
    BillingCommand::RunInvoices {
        location,
        through,
        after: None,
        most: 100,
        answers: Vec::new(),
    }
}
