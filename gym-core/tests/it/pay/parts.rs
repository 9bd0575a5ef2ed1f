//! What is paid in instalments is due part by part, at the door, for dunning and for providers.

use gym_core::billing::BillingCommand;
use gym_core::billing::instalment::{Plan, Remainder};
use gym_core::billing::invoice::InvoiceState;
use gym_core::billing::payment::*;
use gym_core::id::*;
use gym_core::time::Cycle;

use super::till::{Till, eur};

/// A till with 1,200.00 of Ada's, in 12 months from 1 January 2027.
fn parts() -> (Till, InvoiceId) {
    let mut till = Till::new();
    till.gym.at("2027-01-01T08:00:00Z");
    let invoice = till.draft(120_000);
    let plan = Plan {
        deposit: None,
        count: 12,
        every: Cycle::MONTH,
        remainder: Remainder::First,
        grace: None,
    };
    till.ok(BillingCommand::OpenInvoice {
        invoice,
        plan: Some(plan),
    });
    (till, invoice)
}

fn debt(till: &mut Till, on: &str) -> Option<(i64, String)> {
    till.gym.at(&format!("{on}T09:00:00Z"));
    let standing = till.gym.club.standing(till.ada, till.gym.place, till.gym.now);
    standing.debt.map(|it| (it.open.minor(), it.since.to_string()))
}

fn pay(till: &mut Till, invoice: InvoiceId) {
    let take = till.take(eur(10_000), Some(invoice));
    till.ok(take);
}

#[test]
fn who_pays_each_part_in_time_owes_nothing_at_the_door() {
    let (mut till, invoice) = parts();
    assert_eq!(
        debt(&mut till, "2027-01-01"),
        None,
        "who pays on the day is in time"
    );
    assert_eq!(
        debt(&mut till, "2027-01-02"),
        Some((10_000, "2027-01-01".to_owned()))
    );
    pay(&mut till, invoice);
    assert_eq!(debt(&mut till, "2027-02-01"), None);
    assert_eq!(
        debt(&mut till, "2027-02-02"),
        Some((10_000, "2027-02-01".to_owned()))
    );
    assert_eq!(
        debt(&mut till, "2027-03-10"),
        Some((20_000, "2027-02-01".to_owned()))
    );
    pay(&mut till, invoice);
    assert_eq!(
        debt(&mut till, "2027-03-10"),
        Some((10_000, "2027-03-01".to_owned()))
    );
}

#[test]
fn each_part_is_dunned_for_itself() {
    let (mut till, invoice) = parts();
    let dun = || PaymentCommand::Dun { invoice };
    till.gym.at("2027-01-04T09:00:00Z");
    till.ok(dun());
    pay(&mut till, invoice);
    till.gym.at("2027-01-31T09:00:00Z");
    let said = till.refused(dun());
    assert!(said.contains("until reminder 1 on 2027-02-04"), "{said}");
    till.gym.at("2027-02-04T09:00:00Z");
    till.ok(dun());
    assert!(till.refused(dun()).contains("until reminder 2 on 2027-02-11"));
}

#[test]
fn a_provider_is_asked_for_what_is_due_or_the_next_part() {
    let (mut till, invoice) = parts();
    let payment = till.submitted(invoice);
    assert_eq!(till.payment(payment).amount, eur(10_000));
    let report = till.told(payment, Told::Settled);
    till.ok(report);
    till.gym.at("2027-03-10T09:00:00Z");
    let charge = till.charge(invoice);
    let payment = till.made(charge);
    assert_eq!(till.payment(payment).amount, eur(20_000));
    assert_eq!(till.bill(invoice).state, InvoiceState::PartiallyPaid);
}

#[test]
fn nobody_is_reminded_of_what_is_not_open() {
    let mut till = Till::new();
    till.gym.at("2027-01-01T08:00:00Z");
    let draft = till.draft(5000);
    let cancelled = till.draft(5000);
    till.ok(BillingCommand::CancelDraft { invoice: cancelled });
    let given_up = till.invoice(5000);
    let why = "gone".to_owned();
    till.ok(BillingCommand::WriteOff {
        invoice: given_up,
        why,
    });
    till.gym.at("2027-06-01T08:00:00Z");
    for invoice in [draft, cancelled, given_up] {
        let said = till.refused(PaymentCommand::Dun { invoice });
        assert!(said.contains("any more"), "{said}");
    }
}
