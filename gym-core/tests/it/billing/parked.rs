//! What must not stop the billing of everybody: one payer's bad data, a fee charged by hand, a charge made in error.

use gym_core::billing::obligation::{Charged, Key};
use gym_core::billing::{BillingCommand, BillingEvent, Objection};
use gym_core::booking::{Consequence, Offence, Penalty, Waiver};
use gym_core::club::Club;

use super::make::{at, bill, charge, club, code, eur, id, objections, run_through, session};

const NOW: &str = "2026-03-01T09:00:00Z";

/// Runs, and says for whom there was an invoice and who was passed over.
fn run(club: &mut Club) -> (Vec<i64>, Vec<(i64, Vec<Objection>)>) {
    let (mut made, mut passed) = (Vec::new(), Vec::new());
    for event in bill(club, NOW, run_through("2026-03-01")).unwrap() {
        match event {
            BillingEvent::InvoiceMade(invoice) => made.push(invoice.payer.get()),
            BillingEvent::InvoicesRun { parked, .. } => {
                passed.extend(parked.into_iter().map(|it| (it.payer.get(), it.why)));
            }
            _ => {}
        }
    }
    (made, passed)
}

fn penalty(consequence: Consequence) -> Penalty {
    Penalty {
        id: id(1),
        member: id(2),
        class: id(1),
        registration: id(1),
        offence: Offence::NoShow,
        at: at("2026-02-01T09:00:00Z"),
        consequence,
        due_at: Some(at("2026-02-02T09:00:00Z")),
        waiver: None,
    }
}

#[test]
fn everybody_else_is_billed_and_so_is_who_was_passed_over_when_it_is_put_right() {
    let mut club = club();
    for (payer, number) in [(1, 1), (2, 2), (3, 3)] {
        bill(&mut club, NOW, charge(payer, number, "2026-03-01", 1_000)).unwrap();
    }
    club.charges
        .change(id(2), |it| it.obligation.tax = code("no_such_rate"));
    let (made, passed) = run(&mut club);
    assert_eq!(made, [1, 3]);
    let [(2, why)] = &passed[..] else {
        panic!("{passed:?}")
    };
    assert!(matches!(why[..], [Objection::TaxCode { .. }]), "{why:?}");
    assert_eq!(club.numbers.last(id(1)).invoice, 2);
    club.charges.change(id(2), |it| it.obligation.tax = code("class"));
    assert_eq!(run(&mut club), (vec![2], Vec::new()));
}

#[test]
fn two_payers_of_one_thing_are_passed_over_and_nobody_else() {
    let mut club = club();
    for (payer, number) in [(1, 1), (2, 2), (3, 3)] {
        bill(&mut club, NOW, charge(payer, number, "2026-03-01", 1_000)).unwrap();
    }
    club.charges
        .change(id(2), |it| it.obligation = session(1, "2026-03-01", 2_000));
    let (made, passed) = run(&mut club);
    let payers: Vec<i64> = passed.iter().map(|(payer, _)| *payer).collect();
    assert_eq!((made, payers), (vec![3], vec![1, 2]));
    assert!(
        passed
            .iter()
            .all(|(_, why)| matches!(why[..], [Objection::Conflicting { .. }]))
    );
}

#[test]
fn a_fee_that_is_charged_by_itself_is_not_charged_by_hand() {
    let mut club = club();
    let by_hand = |club: &mut Club| {
        let charged = Charged::Penalty(id(1));
        let mut obligation = session(1, "2026-03-01", 1_000);
        (obligation.charged, obligation.key) = (charged, Key::Once(charged));
        let (location, payer) = (id(1), id(2));
        let command = BillingCommand::Charge {
            location,
            payer,
            obligation,
        };
        bill(club, NOW, command)
    };
    club.penalties.insert(penalty(Consequence::Fee(eur(1_000))));
    let refusal = by_hand(&mut club).unwrap_err();
    let key = Key::Once(Charged::Penalty(id(1)));
    assert_eq!(objections(&refusal), [Objection::ByItself { key }]);
    club.penalties.change(id(1), |it| it.waiver = Some(Waiver::Desk));
    by_hand(&mut club).unwrap();
}

#[test]
fn a_charge_is_taken_back_until_it_is_invoiced() {
    let mut club = club();
    let cancel = |charge: i64| BillingCommand::CancelCharge {
        charge: id(charge),
        why: "a mistake".to_owned(),
    };
    bill(&mut club, NOW, charge(2, 1, "2026-03-01", 1_000)).unwrap();
    bill(&mut club, NOW, cancel(1)).unwrap();
    assert_eq!(run(&mut club), (Vec::new(), Vec::new()));
    bill(&mut club, NOW, charge(2, 1, "2026-03-01", 1_500)).unwrap();
    assert_eq!(run(&mut club).0, [2]);
    let last = club.charges.iter().next_back().unwrap().id;
    let refusal = bill(&mut club, NOW, cancel(last.get())).unwrap_err();
    let (key, invoice) = (Key::Once(Charged::Session(id(1))), id(1));
    assert_eq!(objections(&refusal), [Objection::Invoiced { key, invoice }]);
    assert!(bill(&mut club, NOW, cancel(7)).is_err());
}

#[test]
fn who_lost_a_use_or_was_forgiven_is_no_payer() {
    let mut gym = crate::support::Gym::new();
    assert_eq!(gym.class("2027-03-01T10:00", 5), id(1));
    let (mut club, place) = (gym.club, gym.place);
    for (consequence, payers) in [(Consequence::Use, 0), (Consequence::Fee(eur(500)), 1)] {
        club.penalties.insert(penalty(consequence));
        assert_eq!(club.payers(place, None, 100).len(), payers, "{consequence:?}");
    }
}
