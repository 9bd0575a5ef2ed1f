//! The invoices of 100,000 memberships, decided in memory, beside a plain loop over the same rows without the library.
//!
//! Four sides take turns: the run over what is owed, as values; the same with what each contract owes; the commands of a
//! club, 10,000 payers each, with who pays, the checks and the entries of the ledger; and the plain loop, which
//! multiplies, rounds, numbers and keeps one line per row of what is owed, and checks nothing. Each frees what it made.

use std::collections::{BTreeMap, BTreeSet};
use std::hint::black_box;
use std::time::{Duration, Instant as Watch};

use chrono::NaiveDate;
use gym_core::billing::run::{Invoiced, Owing, run};
use gym_core::billing::tax::{Prices, Rounding, TaxCode, TaxComponent, TaxTerms};
use gym_core::billing::{BillingCommand, BillingEvent};
use gym_core::club::Club;
use gym_core::command::{Command, Context};
use gym_core::decision::Draft;
use gym_core::event::Event;
use gym_core::id::{Id, MemberId};
use gym_core::membership::MembershipCommand;
use gym_core::membership::plan::Terms;
use gym_core::money::{Currency, Money};
use gym_core::schedule::availability::WeeklyHours;
use gym_core::time::{Cycle, Instant};
use gym_core::user::{Actor, Person};

type Failed = Box<dyn std::error::Error>;

const MEMBERSHIPS: i64 = 100_000;
const ROUNDS: usize = 5;

fn id<I: Id>(raw: i64) -> I {
    I::from_raw(raw)
}

fn give(club: &mut Club, now: Instant, command: &Command) -> Result<(), Failed> {
    let events = club.decide(
        command,
        &Context {
            now,
            actor: Actor::System,
        },
    )?;
    let ids = club.allot(&events);
    club.apply(&events, &ids);
    Ok(())
}

/// A club in which one membership was sold, and then copied with other numbers.
fn club(now: Instant, today: NaiveDate) -> Result<Club, Failed> {
    let mut club = Club::default();
    let (name, zone, hours) = (
        "Mitte".to_owned(),
        chrono_tz::Europe::Berlin,
        WeeklyHours::default(),
    );
    give(
        &mut club,
        now,
        &Command::AddLocation {
            name,
            zone,
            currency: Currency::EUR,
            hours,
        },
    )?;
    let person = Person::new("Ada", None)?;
    give(
        &mut club,
        now,
        &Command::AddMember {
            person,
            user: None,
            home: id(1),
            joined_on: today,
        },
    )?;
    let tax = TaxCode::new("membership")?;
    let vat = vec![TaxComponent {
        name: "VAT".to_owned(),
        rate: 19_000,
    }];
    let terms = TaxTerms::new(
        Prices::Inclusive,
        Rounding::PerLine,
        BTreeMap::from([(tax.clone(), vat)]),
    )?;
    let rates = BillingCommand::SetTaxRates {
        location: id(1),
        from: today,
        terms,
    };
    give(&mut club, now, &Command::Billing(rates))?;
    let terms = Terms {
        price: Money::new(4_990, Currency::EUR),
        cycle: Cycle::MONTH,
        joining: None,
        periods: Default::default(),
        first_due: Default::default(),
        term: None,
        commitment: None,
        notice: None,
        ends: Default::default(),
        at_end: Default::default(),
        cooling_off: None,
        freeze: None,
        intro: None,
        shared: None,
        early: None,
        allowance: None,
        tax,
    };
    let (name, terms) = ("Gold".to_owned(), Box::new(terms));
    let kind = MembershipCommand::AddType {
        name,
        location: None,
        from: today,
        terms,
    };
    give(&mut club, now, &Command::Membership(kind))?;
    let sale = MembershipCommand::Sell {
        member: id(1),
        of: id(1),
        location: id(1),
        start: today,
        payer: None,
        intro: false,
    };
    give(&mut club, now, &Command::Membership(sale))?;
    copy(&mut club);
    Ok(club)
}

fn copy(club: &mut Club) {
    for n in 2..=MEMBERSHIPS {
        if let Some(mut row) = club.members.get(id(1)).cloned() {
            row.id = id(n);
            club.members.insert(row);
        }
        if let Some(mut row) = club.memberships.get(id(1)).cloned() {
            (row.id, row.member) = (id(n), id(n));
            club.memberships.insert(row);
        }
        if let Some(mut row) = club.terms.get(id(1)).cloned() {
            (row.id, row.membership) = (id(n), id(n));
            club.terms.insert(row);
        }
        if let Some(mut row) = club.subscriptions.get(id(1)).cloned() {
            (row.id, row.membership, row.payer) = (id(n), id(n), id(n));
            club.subscriptions.insert(row);
        }
    }
}

/// What a program without the library would keep.
#[expect(dead_code, reason = "it is written, as the library's is")]
struct Plain {
    number: u64,
    payer: i64,
    key: (i64, NaiveDate),
    text: String,
    tax_name: String,
    net: i64,
    tax: i64,
    gross: i64,
}

fn plain(owed: &[Owing]) -> Vec<Plain> {
    let mut invoices = Vec::with_capacity(owed.len());
    for (number, row) in (1..).zip(owed) {
        let gross = row.obligation.amount.minor();
        let tax = (gross * 19 * 2 + 119) / (2 * 119);
        let key = (row.payer.get(), row.obligation.due_on);
        let (text, tax_name) = (row.obligation.text.clone(), "VAT".to_owned());
        invoices.push(Plain {
            number,
            payer: row.payer.get(),
            key,
            text,
            tax_name,
            net: gross - tax,
            tax,
            gross,
        });
    }
    invoices
}

/// Gives the runs of a club, and returns how many invoices they decide.
fn decided(club: &Club, now: Instant, through: NaiveDate) -> Result<usize, Failed> {
    let context = Context {
        now,
        actor: Actor::System,
    };
    let (mut after, mut made) = (None, 0);
    loop {
        let run = BillingCommand::RunInvoices {
            location: id(1),
            through,
            after,
            most: 10_000,
            answers: Vec::new(),
        };
        let events = club.decide(&Command::Billing(run), &context)?;
        for event in &events {
            match event {
                Event::Billing(BillingEvent::InvoiceMade(_)) => made += 1,
                Event::Billing(BillingEvent::InvoicesRun { last, .. }) => after = *last,
                _ => {}
            }
        }
        if after.is_none() {
            return Ok(made);
        }
    }
}

fn timed<T>(times: &mut Vec<Duration>, body: impl FnOnce() -> Result<T, Failed>) -> Result<T, Failed> {
    let watch = Watch::now();
    let value = black_box(body()?);
    times.push(watch.elapsed());
    Ok(value)
}

fn rate(times: &mut [Duration]) -> f64 {
    times.sort();
    MEMBERSHIPS as f64 / times[times.len() / 2].as_secs_f64()
}

fn main() -> Result<(), Failed> {
    let now: Instant = "2027-01-15T09:00:00Z".parse()?;
    let today: NaiveDate = "2027-01-15".parse()?;
    let club = club(now, today)?;
    let at = club.locations.get(id(1)).ok_or("no location")?;
    let payers: BTreeSet<MemberId> = (1..=MEMBERSHIPS).map(id).collect();
    let owing = || {
        club.owing(at, &payers, today, now)
            .map_err(|error| format!("{error:?}"))
    };
    let owed = owing()?;
    let decide = |owed: &[Owing]| -> Result<usize, Failed> {
        let all: Vec<_> = owed.iter().map(|it| &it.obligation).collect();
        let mut terms = club
            .terms(at, &payers, &all, &[])
            .map_err(|error| format!("{error:?}"))?;
        let made = run(
            owed,
            &Invoiced::default(),
            &mut terms,
            today,
            1,
            &mut Draft::default(),
        );
        Ok(made.map_err(|error| format!("{error:?}"))?.len())
    };
    let (mut values, mut contracts, mut commands, mut loops) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let made = timed(&mut values, || decide(&owed))?;
        let same = timed(&mut contracts, || decide(&owing()?))?;
        let decided = timed(&mut commands, || decided(&club, now, today))?;
        let plain = timed(&mut loops, || Ok(black_box(plain(&owed)).len()))?;
        if [made, same, decided, plain] != [MEMBERSHIPS as usize; 4] {
            return Err(format!("{made}, {same}, {decided} and {plain} invoices").into());
        }
    }
    let (values, contracts) = (rate(&mut values), rate(&mut contracts));
    let (commands, loops) = (rate(&mut commands), rate(&mut loops));
    println!("{MEMBERSHIPS} memberships, one month each, median of {ROUNDS} rounds:");
    println!(
        "  run over what is owed: {values:.0} invoices/s, {:.1} times the time of a plain loop",
        loops / values
    );
    println!(
        "  with what contracts owe: {contracts:.0} invoices/s, {:.1} times",
        loops / contracts
    );
    println!(
        "  as commands of a club: {commands:.0} invoices/s, {:.1} times",
        loops / commands
    );
    println!("  plain loop: {loops:.0} rows/s");
    Ok(())
}
