//! What is billed in the small club, and one command of each kind.

use gym_core::billing::BillingCommand;
use gym_core::billing::certificate::Shows;
use gym_core::billing::credit_note::Take;
use gym_core::billing::discount::{DiscountTerms, Off, Scope};
use gym_core::billing::instalment::{Plan, Remainder};
use gym_core::billing::obligation::{Charged, Key, Obligation};
use gym_core::billing::policy::BillingPolicy;
use gym_core::billing::pricing::Rule;
use gym_core::billing::tax::{Prices, Rounding, TaxCode, TaxComponent, TaxTerms};
use gym_core::command::Command;
use gym_core::money::{Currency, Money};
use gym_core::time::Cycle;

use super::id;

pub fn eur(minor: i64) -> Money {
    Money::new(minor, Currency::EUR)
}

pub fn rates(parts: &[(&str, u32)]) -> TaxTerms {
    let part = |(name, rate): &(&str, u32)| TaxComponent {
        name: (*name).to_owned(),
        rate: *rate,
    };
    let rates =
        ["class", "membership"].map(|code| (TaxCode::new(code).unwrap(), parts.iter().map(part).collect()));
    TaxTerms::new(Prices::Inclusive, Rounding::PerLine, rates.into()).unwrap()
}

pub fn owed(charged: Charged, minor: i64) -> Obligation {
    Obligation {
        key: Key::Once(charged),
        charged,
        plan: None,
        days: None,
        due_on: "2026-03-01".parse().unwrap(),
        amount: eur(minor),
        tax: TaxCode::new("class").unwrap(),
        text: "Training".to_owned(),
    }
}

pub fn charge(payer: i64, charged: Charged, minor: i64) -> BillingCommand {
    BillingCommand::Charge {
        location: id(1),
        payer: id(payer),
        obligation: owed(charged, minor),
    }
}

pub fn run() -> BillingCommand {
    let through = "2026-03-01".parse().unwrap();
    BillingCommand::RunInvoices {
        location: id(1),
        through,
        after: None,
        most: 100,
        answers: Vec::new(),
    }
}

pub fn discount(code: Option<&str>, percent: u32) -> BillingCommand {
    let terms = DiscountTerms {
        name: "Spring".to_owned(),
        off: Off::Percent(percent),
        code: code.map(str::to_owned),
        scope: Scope {
            members: [id(1), id(2)].into(),
            ..Scope::default()
        },
        from: "2026-01-01".parse().unwrap(),
        until: None,
        periods: Some(2),
    };
    BillingCommand::SetDiscount {
        location: Some(id(1)),
        terms,
    }
}

fn drafted(payer: i64, all: &[(Charged, i64)]) -> BillingCommand {
    let owed = all
        .iter()
        .map(|(charged, minor)| owed(*charged, *minor))
        .collect();
    BillingCommand::DraftInvoice {
        location: id(1),
        payer: id(payer),
        owed,
        codes: Vec::new(),
        answers: Vec::new(),
    }
}

/// Invoice 1 is open, invoice 2 a draft; two things are to be charged.
pub fn opening() -> Vec<Command> {
    let from = "2026-01-01".parse().unwrap();
    let commands = [
        BillingCommand::SetTaxRates {
            location: id(1),
            from,
            terms: rates(&[("VAT", 19_000)]),
        },
        discount(Some("SPRING"), 10_000),
        discount(None, 5_000),
        charge(1, Charged::Session(id(1)), 11_900),
        charge(1, Charged::Registration(id(1)), 2_500),
        run(),
        drafted(
            2,
            &[
                (Charged::Session(id(2)), 6_000),
                (Charged::Registration(id(2)), 999),
            ],
        ),
        charge(1, Charged::Registration(id(3)), 1_000),
        charge(3, Charged::Registration(id(4)), 1_500),
    ];
    commands.into_iter().map(Command::Billing).collect()
}

pub fn commands() -> Vec<Command> {
    let (from, until) = ("2026-03-01".parse().unwrap(), "2026-06-30".parse().unwrap());
    let (invoice, why) = (id(1), "why not".to_owned());
    let plan = Plan {
        deposit: Some(eur(1_000)),
        count: 3,
        every: Cycle::MONTH,
        remainder: Remainder::First,
        grace: None,
    };
    let rules = vec![Rule::Concession {
        name: "student".to_owned(),
        percent: -10_000,
    }];
    let takes = vec![Take {
        line: id(1),
        gross: Some(eur(1_000)),
    }];
    let commands = [
        BillingCommand::SetTaxRates {
            location: id(2),
            from,
            terms: rates(&[("State", 4_000), ("City", 4_875)]),
        },
        BillingCommand::AcceptCertificate {
            member: id(3),
            shows: Shows::Concession("student".to_owned()),
            reference: "card 7".to_owned(),
            from,
            until: Some(until),
        },
        discount(Some("SUMMER"), 20_000),
        BillingCommand::EndDiscount {
            discount: id(1),
            until,
        },
        BillingCommand::RedeemCode {
            member: id(2),
            code: "SPRING".to_owned(),
        },
        BillingCommand::SetBillingPolicy {
            location: Some(id(1)),
            policy: BillingPolicy {
                days_to_pay: 30,
                rules,
                ..BillingPolicy::default()
            },
        },
        charge(4, Charged::Registration(id(5)), 700),
        drafted(5, &[(Charged::Registration(id(6)), 700)]),
        BillingCommand::CancelCharge {
            charge: id(3),
            why: why.clone(),
        },
        BillingCommand::CancelDraft { invoice: id(2) },
        BillingCommand::OpenInvoice {
            invoice: id(2),
            plan: Some(plan),
        },
        run(),
        BillingCommand::VoidInvoice {
            invoice: id(11),
            why: why.clone(),
        },
        BillingCommand::WriteOff {
            invoice,
            why: why.clone(),
        },
        BillingCommand::IssueCreditNote { invoice, takes, why },
    ];
    commands.into_iter().map(Command::Billing).collect()
}
