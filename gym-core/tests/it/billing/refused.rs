//! Commands of billing that are refused: for what they say, and for who gives them.

use gym_core::billing::BillingCommand;
use gym_core::billing::obligation::{Charged, Component, Key};
use gym_core::booking::refusal::Code;
use gym_core::club::Club;
use gym_core::command::{Command, Context};
use gym_core::money::{Currency, Money};
use gym_core::user::Actor;

use super::invoice::{NOW, open, write_off};
use super::make::{at, bill, charge, club, day, id, run_through, session};

#[test]
fn bad_input_is_refused_with_every_reason_and_changes_nothing() {
    let mut club = club();
    bill(&mut club, NOW, charge(2, 1, "2026-03-01", 5_950)).unwrap();
    let before = club.clone();
    let refuse = |club: &mut Club, command, parts: &[&str]| {
        let refusal = bill(club, NOW, command).unwrap_err().to_string();
        parts
            .iter()
            .for_each(|part| assert!(refusal.contains(part), "{refusal}\nlacks {part}"));
    };
    refuse(
        &mut club,
        charge(2, 2, "2026-03-01", -1),
        &["amount: -0.01 EUR is not accepted; expected an amount above zero"],
    );
    refuse(
        &mut club,
        charge(2, 1, "2026-03-01", 1),
        &["session 1 is charge 1 already"],
    );
    refuse(
        &mut club,
        charge(9, 99, "2026-03-01", 1),
        &["there is no member 9", "there is no session 99"],
    );
    let mut odd = session(2, "2026-03-01", 100);
    odd.amount = Money::new(100, Currency::USD);
    (odd.key, odd.text) = (Key::Once(Charged::Session(id(3))), "a\nb".to_owned());
    let wrong = BillingCommand::Charge {
        location: id(1),
        payer: id(2),
        obligation: odd.clone(),
    };
    refuse(
        &mut club,
        wrong,
        &[
            "amount: 1.00 USD is not accepted; expected EUR",
            "key: session 3",
            "text: \"a\\nb\"",
        ],
    );
    odd.key = Key::Period {
        subscription: id(1),
        component: Component::Fee,
        start: day("2026-03-01"),
    };
    let wrong = BillingCommand::Charge {
        location: id(1),
        payer: id(2),
        obligation: odd,
    };
    refuse(
        &mut club,
        wrong,
        &["key: subscription 1 fee of 2026-03-01 is not accepted"],
    );
    let mut food = session(2, "2026-03-01", 100);
    food.tax = super::make::code("food");
    let owed = vec![food, session(3, "2019-12-31", i64::MAX)];
    let wrong = BillingCommand::DraftInvoice {
        location: id(1),
        payer: id(2),
        owed,
        codes: Vec::new(),
        answers: Vec::new(),
    };
    refuse(
        &mut club,
        wrong,
        &[
            "tax code: food has no rate",
            "location 1 has no rates on 2019-12-31",
        ],
    );
    let owed = vec![
        session(2, "2026-03-01", i64::MAX),
        session(3, "2026-03-01", i64::MAX),
    ];
    let wrong = BillingCommand::DraftInvoice {
        location: id(1),
        payer: id(2),
        owed,
        codes: Vec::new(),
        answers: Vec::new(),
    };
    refuse(
        &mut club,
        wrong,
        &["is out of range; expected an amount that fits 64 bits of minor units"],
    );
    refuse(&mut club, open(7), &["there is no invoice 7"]);
    let most = BillingCommand::RunInvoices {
        location: id(1),
        through: day("2026-03-01"),
        after: None,
        most: 0,
        answers: Vec::new(),
    };
    refuse(
        &mut club,
        most,
        &["most: 0 is not accepted; expected 1 to 10000 payers"],
    );
    assert!(club == before);
}

#[test]
fn who_may_bill_is_asked() {
    let club = club();
    let context = Context {
        now: at(NOW),
        actor: Actor::User(id(1)),
    };
    for command in [
        run_through("2026-03-01"),
        charge(2, 1, "2026-03-01", 100),
        write_off(1),
    ] {
        let refusal = club.decide(&Command::Billing(command), &context).unwrap_err();
        assert!(refusal.has(Code::NotPermitted), "{refusal}");
    }
}
