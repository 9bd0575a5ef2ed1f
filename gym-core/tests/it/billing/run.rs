//! The invoice run: what is owed less what is invoiced.

use gym_core::billing::invoice::InvoiceState;
use gym_core::billing::tax::{Prices, Rounding};
use gym_core::billing::{BillingCommand, BillingEvent, Objection};
use gym_core::command::{Command, Context};
use gym_core::user::Actor;

use super::make::{House, at, bill, charge, club, credit, day, eur, fee, id, owing, run_through, session};

fn house() -> House {
    House::new(Prices::Inclusive, Rounding::PerLine)
}

#[test]
fn a_payer_gets_one_invoice_and_numbers_follow_the_payers() {
    let mut house = house();
    let owed = [
        owing(8, fee(2, "2027-03-01", 4_000)),
        owing(7, session(1, "2027-03-02", 2_000)),
        owing(7, fee(1, "2027-03-01", 3_000)),
    ];
    let made = house.bill(&owed, "2027-03-01");
    let told: Vec<_> = made
        .iter()
        .map(|it| (it.payer.get(), it.number, it.total.minor(), it.lines.len()))
        .collect();
    assert_eq!(told, [(7, Some(1), 5_000, 2), (8, Some(2), 4_000, 1)]);
    assert_eq!(
        made[0].lines[0].obligation.text, "Membership",
        "the earliest first"
    );
    assert!(
        house.run(&owed, "2027-03-01").unwrap().is_empty(),
        "a second run adds nothing"
    );
}

#[test]
fn a_version_of_the_plan_does_not_make_it_another_obligation() {
    let mut house = house();
    house.bill(&[owing(7, fee(1, "2027-03-01", 3_000))], "2027-03-01");
    let mut dearer = fee(1, "2027-03-01", 3_500);
    dearer.plan = Some(id(2));
    assert!(
        house
            .run(&[owing(7, dearer.clone())], "2027-03-02")
            .unwrap()
            .is_empty()
    );
    let both = house.run(
        &[
            owing(7, fee(1, "2027-04-01", 3_000)),
            owing(8, fee(1, "2027-04-01", 3_500)),
        ],
        "2027-04-01",
    );
    let wrong = both.unwrap_err();
    assert!(
        matches!(
            wrong[..],
            [Objection::Conflicting { .. }, Objection::Conflicting { .. }]
        ),
        "{wrong:?}"
    );
    assert_eq!(
        wrong[0].to_string(),
        "subscription 1 fee of 2027-04-01 is owed as 30.00 EUR and as 35.00 EUR; expected one amount"
    );
}

#[test]
fn credits_net_against_charges_and_what_is_more_is_a_balance() {
    let mut house = house();
    let earlier = |payer, of| owing(payer, fee(of, "2027-02-10", 2_800));
    house.bill(&[earlier(7, 1), earlier(8, 2), earlier(9, 3)], "2027-02-10");
    let owed = [
        owing(7, fee(1, "2027-03-01", 3_000)),
        owing(7, credit(1, "2027-02-10", "2027-02-20", -1_000)),
        owing(8, credit(2, "2027-02-10", "2027-02-20", -1_000)),
        owing(9, fee(3, "2027-03-01", 1_000)),
        owing(9, credit(3, "2027-02-10", "2027-02-20", -1_000)),
    ];
    let made = house.bill(&owed, "2027-03-01");
    let told: Vec<_> = made.iter().map(|it| (it.total.minor(), it.state)).collect();
    assert_eq!(
        told,
        [
            (2_000, InvoiceState::Open),
            (-1_000, InvoiceState::Open),
            (0, InvoiceState::Paid)
        ]
    );
    let mut balance = made[1].clone();
    assert_eq!((balance.net, balance.tax), (eur(-840), eur(-160)));
    assert!(balance.settle(eur(1)).is_err());
    assert!(balance.settle(eur(-1_001)).is_err());
    balance.settle(eur(-400)).unwrap();
    assert_eq!(balance.state, InvoiceState::PartiallyPaid);
    balance.settle(eur(-600)).unwrap();
    assert_eq!(balance.state, InvoiceState::Paid);
    assert!(house.run(&owed, "2027-03-02").unwrap().is_empty());
}

#[test]
fn what_costs_nothing_is_not_invoiced_and_what_a_discount_makes_free_is() {
    let mut house = house();
    assert!(
        house
            .run(&[owing(7, fee(1, "2027-03-01", 0))], "2027-03-01")
            .unwrap()
            .is_empty()
    );
    house.discounts = vec![super::make::discount(
        1,
        gym_core::billing::discount::Off::Percent(100_000),
    )];
    let free = house
        .run(&[owing(7, fee(1, "2027-03-01", 1_000))], "2027-03-01")
        .unwrap()
        .remove(0);
    assert_eq!((free.total, free.state), (eur(0), InvoiceState::Paid));
}

#[test]
fn who_owes_something_wrong_is_passed_over_and_uses_no_number() {
    let mut food = session(1, "2027-03-01", 100);
    food.tax = super::make::code("food");
    let owed = [owing(7, food), owing(8, fee(1, "2027-03-01", 3_000))];
    let outcome = house().outcome(&owed, "2027-03-01");
    let made = outcome.invoices.iter().map(|it| (it.payer.get(), it.number));
    assert_eq!(made.collect::<Vec<_>>(), [(8, Some(1))]);
    let [parked] = &outcome.parked[..] else {
        panic!("{outcome:?}")
    };
    assert_eq!(parked.payer, id(7));
    assert!(
        matches!(parked.why[..], [Objection::TaxCode { .. }]),
        "{parked:?}"
    );
}

#[test]
fn a_run_goes_on_where_the_last_stopped() {
    let mut club = club();
    for (payer, number) in [(1, 1), (2, 2), (3, 3), (1, 4)] {
        bill(
            &mut club,
            "2026-02-01T08:00:00Z",
            charge(payer, number, "2026-02-01", 1_000),
        )
        .unwrap();
    }
    let (mut after, mut made) = (None, Vec::new());
    for _ in 0..3 {
        let (location, through) = (id(1), day("2026-02-01"));
        let run = BillingCommand::RunInvoices {
            location,
            through,
            after,
            most: 1,
            answers: Vec::new(),
        };
        for event in bill(&mut club, "2026-02-01T09:00:00Z", run).unwrap() {
            match event {
                BillingEvent::InvoiceMade(invoice) => {
                    made.push((invoice.payer.get(), invoice.number, invoice.total));
                }
                BillingEvent::InvoicesRun { last, .. } => after = last,
                other => panic!("{other:?}"),
            }
        }
    }
    assert_eq!(
        made,
        [
            (1, Some(1), eur(2_000)),
            (2, Some(2), eur(1_000)),
            (3, Some(3), eur(1_000))
        ]
    );
    assert_eq!(after, Some(id(3)));
}

#[test]
fn what_is_due_later_waits() {
    let mut club = club();
    bill(
        &mut club,
        "2026-02-01T08:00:00Z",
        charge(1, 1, "2026-02-02", 1_000),
    )
    .unwrap();
    bill(&mut club, "2026-02-01T08:00:00Z", run_through("2026-02-01")).unwrap();
    assert!(club.invoices.is_empty());
    let early = bill(&mut club, "2026-02-01T08:00:00Z", run_through("2026-02-02")).unwrap_err();
    let told = early.to_string();
    assert!(
        told.contains("through: 2026-02-02 is not accepted; expected a day up to 2026-02-01"),
        "{told}"
    );
    // Whoever wants to see what will be due looks with a later clock.
    let context = Context {
        now: at("2026-02-02T08:00:00Z"),
        actor: Actor::System,
    };
    let preview = club.decide(&Command::Billing(run_through("2026-02-02")), &context);
    assert_eq!(preview.unwrap().len(), 3, "an invoice, its entry and the run");
    bill(&mut club, "2026-02-02T08:00:00Z", run_through("2026-02-02")).unwrap();
    assert_eq!(club.invoices.len(), 1);
}

#[test]
fn a_preview_is_what_is_then_recorded() {
    let mut club = club();
    for number in 1..=3 {
        bill(
            &mut club,
            "2026-02-01T08:00:00Z",
            charge(number, number, "2026-02-01", 1_000),
        )
        .unwrap();
    }
    let command = Command::Billing(run_through("2026-02-01"));
    let context = Context {
        now: at("2026-02-01T09:00:00Z"),
        actor: Actor::System,
    };
    let preview = serde_json::to_string(&club.decide(&command, &context).unwrap()).unwrap();
    let decided = club.decide(&command, &context).unwrap();
    let ids = club.allot(&decided);
    club.apply(&decided, &ids);
    assert_eq!(preview, serde_json::to_string(&decided).unwrap());
    let recorded: Vec<_> = club.invoices.iter().map(|it| it.total).collect();
    assert_eq!(recorded, [eur(1_000); 3]);
}
