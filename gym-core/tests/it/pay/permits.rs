//! Who may move money, and what who may not is told.

use gym_core::billing::BillingCommand;
use gym_core::billing::obligation::{Charged, Key, Obligation};
use gym_core::billing::payment::*;
use gym_core::command::Command;
use gym_core::entitlement::EntitlementCommand;
use gym_core::id::*;
use gym_core::membership::MembershipCommand;
use gym_core::membership::freeze::FreezeReason;
use gym_core::membership::plan::Terms;
use gym_core::shop::{ShopCommand, StockReason};

use super::till::{Till, code, eur};

/// A till at which Lou, who is a member and nothing else, gives the commands from then on; with an invoice of 50.00.
fn lou(till: &mut Till) -> (UserId, InvoiceId) {
    let user = till.gym.user("Lou");
    let lou = till.gym.member_of("Lou", Some(user));
    (user, till.invoice_of(lou, 5000, "free", None))
}

#[test]
fn who_pays_does_not_say_that_it_is_paid() {
    let mut till = Till::new();
    let (user, invoice) = lou(&mut till);
    till.gym.by(user);
    let charge = till.charge(invoice);
    let payment = till.made(charge);
    let submit = PaymentCommand::Submit { payment };
    assert!(till.refused(submit.clone()).contains("do not allow"));
    for told in Told::ALL {
        let report = till.told(payment, told);
        assert!(till.refused(report).contains("do not allow"), "{told:?}");
    }
    till.gym.by(None);
    till.ok(submit);
    till.gym.by(user);
    let report = till.told(payment, Told::Settled);
    assert!(till.refused(report).contains("do not allow to record payments"));
    assert_eq!(till.bill(invoice).settled, eur(0));
}

#[test]
fn who_may_not_is_told_that_and_nothing_of_what_there_is() {
    let mut till = Till::new();
    let (user, _) = lou(&mut till);
    let invoice = till.invoice(12_345);
    let owed = till.owing(678);
    let take = till.take(eur(20_000), Some(invoice));
    let payment = till.made(take);
    till.ok(PaymentCommand::KeepCredit { invoice: owed });
    let credit = till.gym.club.payments.iter().next_back().unwrap().id;
    let far = eur(1_000_000);
    let (why, key) = (String::new(), till.key());
    let refund = PaymentCommand::Refund {
        payment,
        amount: far,
        why: why.clone(),
        key: Some(key.clone()),
    };
    let commands = [
        till.take(far, Some(invoice)),
        PaymentCommand::Charge {
            invoice,
            provider: String::new(),
            amount: Some(far),
            means: None,
            key,
        },
        PaymentCommand::Allocate {
            payment,
            invoice,
            amount: far,
        },
        refund,
        PaymentCommand::KeepCredit { invoice },
        PaymentCommand::PayOut {
            credit,
            amount: far,
            way: Way::Hand(Hand::Cash),
            why,
        },
        PaymentCommand::ChangeDetails {
            payer: till.ada,
            means: Some(String::new()),
        },
        PaymentCommand::Dun { invoice },
    ];
    till.gym.by(user);
    for command in commands {
        let said = till.refused(command.clone());
        assert!(said.contains("do not allow"), "{command:?}: {said}");
        assert!(
            !said.contains(';') && !said.contains("EUR"),
            "{command:?}: {said}"
        );
    }
    let void = BillingCommand::VoidInvoice {
        invoice,
        why: String::new(),
    };
    assert!(!till.refused(void).contains(';'));
}

#[test]
fn who_may_not_learns_nothing_of_passes_and_contracts() {
    let mut till = Till::new();
    let (user, _) = lou(&mut till);
    let lot = till.pass(3, 10_000, "membership");
    let gold = MembershipCommand::AddType {
        name: "Gold".to_owned(),
        location: None,
        from: "2026-01-01".parse().unwrap(),
        terms: Box::new(Terms::monthly(eur(3100), code("membership"))),
    };
    till.ok(Command::Membership(gold));
    let start = "2026-01-01".parse().unwrap();
    till.ok(Command::Membership(MembershipCommand::Sell {
        member: till.ada,
        of: MembershipTypeId::new(1).unwrap(),
        location: till.gym.place,
        start,
        payer: None,
        intro: false,
    }));
    let membership = till.gym.club.memberships.iter().next_back().unwrap().id;
    let withdraw = EntitlementCommand::Withdraw { lot };
    till.ok(withdraw.clone());
    till.gym.by(user);
    let product = StockReason::Lost;
    let commands = [
        Command::Entitlement(withdraw),
        Command::Membership(MembershipCommand::GiveNotice {
            membership,
            early: true,
        }),
        Command::Membership(MembershipCommand::Freeze {
            membership,
            from: start,
            until: None,
            why: FreezeReason::Travel,
        }),
        Command::Shop(ShopCommand::MoveStock {
            product: ProductId::new(9).unwrap(),
            location: till.gym.place,
            change: 1,
            reason: product,
        }),
    ];
    for command in commands {
        let said = till.refused(command.clone());
        assert!(
            said.contains("do not allow") && !said.contains(';'),
            "{command:?}: {said}"
        );
    }
}

#[test]
fn a_membership_that_does_not_exist_is_not_charged() {
    let mut till = Till::new();
    let charged = Charged::Membership(MembershipId::new(99).unwrap());
    let obligation = Obligation {
        key: Key::Once(charged),
        charged,
        plan: None,
        days: None,
        due_on: till.gym.now.date_naive(),
        amount: eur(100),
        tax: code("free"),
        text: "a thing".to_owned(),
    };
    let charge = BillingCommand::Charge {
        location: till.gym.place,
        payer: till.ada,
        obligation,
    };
    assert!(till.refused(charge).contains("there is no membership 99"));
}
