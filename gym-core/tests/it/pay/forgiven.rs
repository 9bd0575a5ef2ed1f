//! A fee that is forgiven is given back, also after it was invoiced and paid.

use gym_core::billing::BillingCommand;
use gym_core::billing::ledger::Account;
use gym_core::billing::tax::{Prices, Rounding, TaxTerms};
use gym_core::booking::Consequence;
use gym_core::booking::policy::{Admits, PenaltyRules, Policy};
use gym_core::booking::refusal::Code;
use gym_core::command::Command;
use gym_core::entitlement::EntitlementCommand;
use gym_core::event::Event;
use gym_core::id::*;

use super::till::{Till, code, eur};
use crate::support::overriding;

/// A class that Ada and Bao missed, with a fee of 10.00 each that a run has invoiced at once, and Ada paid.
fn missed() -> (Till, ClassId) {
    let (mut till, class) = booked();
    till.gym.at("2026-03-02T11:00:00Z").no_show(None, class);
    invoice(&mut till);
    (till, class)
}

/// A class at 10:00 that Ada and Bao have booked.
fn booked() -> (Till, ClassId) {
    let mut till = Till::new();
    let (location, from) = (till.gym.place, "2020-01-02".parse().unwrap());
    let rates = ["fee", "food", "free", "membership"].map(|it| (code(it), Vec::new()));
    let rates = rates.into();
    let terms = TaxTerms::new(Prices::Inclusive, Rounding::PerLine, rates).unwrap();
    till.ok(BillingCommand::SetTaxRates {
        location,
        from,
        terms,
    });
    let penalties = PenaltyRules {
        waivers: 0,
        late_cancel: Consequence::Fee(eur(1000)),
        no_show: Consequence::Fee(eur(1000)),
        fee_after_hours: 0,
        ..PenaltyRules::default()
    };
    till.ok(Command::SetPolicy {
        location: Some(location),
        policy: Policy {
            penalties,
            admits: Admits::Anyone,
            ..Policy::default()
        },
    });
    till.gym.at("2026-03-01T08:00:00Z");
    let class = till.gym.on("2026-03-02");
    for member in [till.ada, till.bao] {
        till.gym.book(member, class);
    }
    (till, class)
}

fn invoice(till: &mut Till) {
    let location = till.gym.place;
    till.ok(BillingCommand::RunInvoices {
        location,
        through: "2026-03-02".parse().unwrap(),
        after: None,
        most: 100,
        answers: Vec::new(),
    });
    let take = till.take(eur(1000), Some(InvoiceId::new(1).unwrap()));
    till.ok(take);
    assert_eq!(till.gym.club.invoices.len(), 2);
}

/// What Ada has as credit, what is owed to the club, and what it earned.
fn stand(till: &Till) -> (i64, i64) {
    let credit = -till.balance(Account::PayerCredit);
    (credit, till.balance(Account::Receivables))
}

#[test]
fn who_came_after_all_gets_the_fee_back_that_they_paid() {
    let (mut till, class) = missed();
    till.gym.at("2026-03-02T13:00:00Z");
    till.ok(Command::CheckIn {
        class,
        member: till.ada,
        overriding: Some(overriding(&[Code::TooLate])),
    });
    assert_eq!(stand(&till), (1000, 1000), "Ada has credit, Bao still owes");
    assert_eq!(till.gym.club.credit_notes.len(), 1);
}

#[test]
fn a_fee_that_the_desk_forgives_is_taken_off_the_invoice_once() {
    let (mut till, _) = missed();
    let penalty = PenaltyId::new(2).unwrap();
    let waive = EntitlementCommand::WaivePenalty {
        penalty,
        why: "was ill".to_owned(),
    };
    till.ok(waive.clone());
    assert_eq!(stand(&till), (0, 0), "Bao owes nothing any more");
    assert!(till.run(waive).is_err());
    assert_eq!(till.gym.club.credit_notes.len(), 1);
}

#[test]
fn a_class_that_the_club_cancels_costs_nobody_a_fee() {
    let (mut till, class) = booked();
    till.gym.at("2026-03-02T08:00:00Z");
    for member in [till.ada, till.bao] {
        till.gym.cancel(member, class);
    }
    invoice(&mut till);
    let done = till.ok(Command::CancelClass {
        class,
        scope: gym_core::command::Scope::This,
    });
    let credited = |event: &&Event| format!("{event:?}").starts_with("Billing(Credited");
    assert_eq!(done.iter().filter(credited).count(), 2);
    let numbers: Vec<_> = till.gym.club.credit_notes.iter().map(|it| it.number).collect();
    assert_eq!(numbers, [1, 2], "without gaps");
    assert_eq!(stand(&till), (1000, 0));
}

#[test]
fn what_was_credited_before_is_not_given_back_again() {
    let (mut till, _) = missed();
    till.ok(BillingCommand::IssueCreditNote {
        invoice: InvoiceId::new(2).unwrap(),
        takes: Vec::new(),
        why: "kindness".to_owned(),
    });
    till.ok(EntitlementCommand::WaivePenalty {
        penalty: PenaltyId::new(2).unwrap(),
        why: "was ill".to_owned(),
    });
    assert_eq!(till.gym.club.credit_notes.len(), 1);
}
