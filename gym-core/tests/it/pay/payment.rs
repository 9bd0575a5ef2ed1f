//! Payments, named after what goes wrong with them.

use gym_core::billing::gift_card::GiftCode;
use gym_core::billing::invoice::InvoiceState;
use gym_core::billing::ledger::Account;
use gym_core::billing::obligation::PaymentType;
use gym_core::billing::payment::*;
use gym_core::billing::{BillingCommand, payment::payment_type};
use gym_core::command::Command;
use gym_core::id::*;
use gym_core::money::Money;

use super::till::{Till, eur};
use crate::support::round_trip;

#[test]
fn every_state_has_an_answer_to_everything_that_is_told() {
    use PaymentState as S;
    for state in S::ALL {
        for told in Told::ALL {
            match state.told(told) {
                Step::To(next) => {
                    assert_ne!(next, state, "{state:?} {told:?}");
                    assert!(next != S::Created || told == Told::Absent, "{state:?} {told:?}");
                    assert!(state != S::Refunded, "{told:?} revives a refunded payment");
                    assert!(
                        state != S::Unknown || told != Told::Submitted,
                        "an unknown payment is tried again"
                    );
                }
                Step::Known | Step::Late => assert!(told != Told::Submitted, "{state:?}"),
                Step::Contradicts => {}
            }
        }
    }
}

#[test]
fn a_payment_in_cash_settles_its_invoice_and_what_is_too_much_is_credit() {
    let mut till = Till::new();
    let invoice = till.invoice(5000);
    let take = till.take(eur(2000), Some(invoice));
    let first = till.made(take);
    assert_eq!(till.bill(invoice).state, InvoiceState::PartiallyPaid);
    let take = till.take(eur(4000), Some(invoice));
    let second = till.made(take);
    assert_eq!(till.bill(invoice).state, InvoiceState::Paid);
    assert_eq!(till.payment(first).credit().unwrap(), eur(0));
    assert_eq!(till.payment(second).credit().unwrap(), eur(1000));
    assert_eq!(till.payment(first).kind, Some(PaymentType::Membership));
    let other = till.invoice(3000);
    till.ok(PaymentCommand::Allocate {
        payment: second,
        invoice: other,
        amount: eur(1000),
    });
    assert_eq!(till.bill(other).settled, eur(1000));
    assert_eq!(
        (till.balance(Account::Cash), till.balance(Account::PayerCredit)),
        (6000, 0)
    );
    round_trip(till.payment(second));
}

#[test]
fn a_payment_says_what_most_of_its_invoice_is_for() {
    let mut till = Till::new();
    let invoice = till.invoice(5000);
    let mut bill = till.bill(invoice).clone();
    let mut product = bill.lines[0].clone();
    product.obligation.charged = gym_core::billing::obligation::Charged::Sale(SaleId::new(1).unwrap());
    bill.lines.push(product);
    assert_eq!(
        payment_type(&bill),
        Some(PaymentType::Membership),
        "of equals, the first of the list"
    );
    bill.lines[1].gross = eur(5001);
    assert_eq!(payment_type(&bill), Some(PaymentType::Product));
    bill.lines.clear();
    assert_eq!(payment_type(&bill), None);
}

#[test]
fn bad_amounts_are_refused_with_every_reason() {
    let mut till = Till::new();
    let invoice = till.invoice(5000);
    let dollars: Money = "5.00 USD".parse().unwrap();
    for (amount, why) in [
        (eur(0), "0.00 EUR is not accepted; expected more than nothing"),
        (eur(-1), "-0.01 EUR is not accepted; expected more than nothing"),
        (eur(i64::MIN), "expected more than nothing"),
        (dollars, "USD is not accepted; expected EUR"),
    ] {
        let take = till.take(amount, Some(invoice));
        let said = till.refused(take);
        assert!(said.contains(why), "{said}");
    }
    let take = till.take(eur(-5), Some(InvoiceId::new(99).unwrap()));
    let said = till.refused(take);
    assert!(
        said.contains("more than nothing") && said.contains("there is no invoice 99"),
        "{said}"
    );
    // The largest amount is taken, and no part of it is lost.
    let take = till.take(eur(i64::MAX), Some(invoice));
    let payment = till.made(take);
    assert_eq!(till.payment(payment).credit().unwrap(), eur(i64::MAX - 5000));
}

#[test]
fn nobody_pays_the_invoice_of_another_or_one_that_is_void() {
    let mut till = Till::new();
    let invoice = till.invoice_of(till.bao, 5000, "free", None);
    let take = till.take(eur(5000), Some(invoice));
    assert!(
        till.refused(take)
            .contains("is for member 2 to pay, not for member 1")
    );
    let void = till.invoice(100);
    till.ok(BillingCommand::VoidInvoice {
        invoice: void,
        why: "a mistake".to_owned(),
    });
    let take = till.take(eur(100), Some(void));
    assert!(till.refused(take).contains("is void"));
}

#[test]
fn two_retry_loops_do_not_pay_twice() {
    let mut till = Till::new();
    let invoice = till.invoice(5000);
    let payment = till.submitted(invoice);
    for told in [Told::Silent, Told::Pending] {
        let report = till.told(payment, told);
        till.ok(report);
        let second = till.charge(invoice);
        let said = till.refused(second);
        assert!(said.contains("may still bring the money"), "{said}");
        assert!(
            till.refused(PaymentCommand::Submit { payment })
                .contains("payment 1 is")
        );
    }
    let report = till.told(payment, Told::Settled);
    till.ok(report);
    let third = till.charge(invoice);
    assert!(till.refused(third).contains("is paid"));
    assert_eq!(till.balance(Account::Bank), 5000);
}

#[test]
fn a_client_that_mints_a_new_key_for_each_retry_is_refused_while_one_is_under_way() {
    let mut till = Till::new();
    let invoice = till.invoice(5000);
    till.submitted(invoice);
    let mut refused = 0;
    for _ in 0..10 {
        let again = till.charge(invoice);
        refused += usize::from(till.run(again).is_err());
    }
    assert_eq!((refused, till.gym.club.payments.len()), (10, 1));
}

#[test]
fn an_unknown_payment_is_tried_again_only_once_the_provider_has_never_heard_of_it() {
    let mut till = Till::new();
    let invoice = till.invoice(5000);
    let payment = till.submitted(invoice);
    let key = till.payment(payment).key.clone();
    let silent = till.told(payment, Told::Silent);
    till.ok(silent);
    assert_eq!(till.state(payment), "unknown");
    assert!(till.run(PaymentCommand::Submit { payment }).is_err());
    let absent = till.told(payment, Told::Absent);
    till.ok(absent);
    till.ok(PaymentCommand::Submit { payment });
    assert_eq!(
        (till.state(payment), &till.payment(payment).key),
        ("submitted", &key)
    );
}

#[test]
fn what_was_paid_at_the_desk_meanwhile_is_not_charged_too() {
    let mut till = Till::new();
    let invoice = till.invoice(5000);
    let charge = till.charge(invoice);
    let payment = till.made(charge);
    let take = till.take(eur(5000), Some(invoice));
    till.ok(take);
    till.ok(PaymentCommand::Submit { payment });
    assert_eq!(till.state(payment), "failed_soft");
    assert_eq!(till.balance(Account::Bank), 0);
}

#[test]
fn money_that_comes_after_all_is_credit_never_lost() {
    let mut till = Till::new();
    let invoice = till.invoice(5000);
    let payment = till.submitted(invoice);
    let take = till.take(eur(5000), Some(invoice));
    till.ok(take);
    let settled = till.told(payment, Told::Settled);
    till.ok(settled);
    assert_eq!(till.payment(payment).credit().unwrap(), eur(5000));
    assert_eq!(till.bill(invoice).settled, eur(5000));
}

#[test]
fn a_dead_card_is_not_hammered() {
    let mut till = Till::new();
    let invoice = till.invoice(5000);
    let payment = till.submitted(invoice);
    let declined = till.told(payment, Told::Declined(Decline::Hard));
    till.ok(declined);
    let again = till.charge(invoice);
    assert!(
        till.refused(again)
            .contains("card 1 was declined for good by payment 1")
    );
    let other = PaymentCommand::Charge {
        invoice,
        provider: "acme".to_owned(),
        amount: None,
        means: Some("card 2".to_owned()),
        key: till.key(),
    };
    till.ok(other);
}

#[test]
fn the_same_message_twice_changes_nothing() {
    let mut till = Till::new();
    let invoice = till.invoice(5000);
    let payment = till.submitted(invoice);
    for _ in 0..3 {
        let settled = till.told(payment, Told::Settled);
        till.ok(settled);
    }
    assert_eq!(
        (till.balance(Account::Bank), till.bill(invoice).settled),
        (5000, eur(5000))
    );
    assert_eq!(till.payment(payment).turn, 2);
}

#[test]
fn a_late_message_does_not_revive_a_refunded_payment() {
    let mut till = Till::new();
    let invoice = till.invoice(5000);
    let payment = till.submitted(invoice);
    let settled = till.told(payment, Told::Settled);
    till.ok(settled);
    let (amount, why, key) = (eur(5000), "moved away".to_owned(), Some(till.key()));
    till.ok(PaymentCommand::Refund {
        payment,
        amount,
        why,
        key,
    });
    let refund = RefundId::new(1).unwrap();
    till.ok(PaymentCommand::ReportRefund {
        refund,
        told: RefundState::Settled,
    });
    assert_eq!(till.state(payment), "refunded");
    till.gym.at("2026-01-02T08:00:00Z");
    for told in [
        Told::Settled,
        Told::Pending,
        Told::Declined(Decline::Soft),
        Told::Disputed,
        Told::DisputeWon,
    ] {
        let late = till.told(payment, told);
        till.ok(late);
        assert_eq!(till.state(payment), "refunded", "{told:?}");
    }
    assert_eq!(till.balance(Account::Bank), 0);
}

#[test]
fn an_older_message_is_late_whatever_it_says() {
    let mut till = Till::new();
    let invoice = till.invoice(5000);
    let payment = till.submitted(invoice);
    till.gym.at("2026-01-03T08:00:00Z");
    let won = till.told_at(payment, Told::DisputeWon, "2026-01-03T07:00:00Z");
    till.ok(won);
    for told in [Told::Disputed, Told::Declined(Decline::Hard), Told::DisputeLost] {
        let late = till.told_at(payment, told, "2026-01-02T07:00:00Z");
        till.ok(late);
        assert_eq!(till.state(payment), "settled", "{told:?}");
    }
    let newer = till.told_at(payment, Told::Disputed, "2026-01-03T07:30:00Z");
    till.ok(newer);
    assert_eq!(till.state(payment), "disputed");
}

#[test]
fn a_dispute_settles_until_it_is_lost_and_then_it_is_owed_again() {
    let mut till = Till::new();
    let invoice = till.invoice(5000);
    let payment = till.submitted(invoice);
    // The dispute overtakes the message that the money is there.
    for (told, state, disputed, bill) in [
        (Told::Disputed, "disputed", 5000, InvoiceState::Paid),
        (Told::Settled, "disputed", 5000, InvoiceState::Paid),
        (Told::DisputeWon, "settled", 0, InvoiceState::Paid),
        (Told::Disputed, "disputed", 5000, InvoiceState::Paid),
        (Told::DisputeLost, "refunded", 0, InvoiceState::Open),
    ] {
        let report = till.told(payment, told);
        till.ok(report);
        assert_eq!(
            (till.state(payment), till.balance(Account::Disputed)),
            (state, disputed),
            "{told:?}"
        );
        assert_eq!(till.bill(invoice).state, bill, "{told:?}");
    }
    assert_eq!(till.balance(Account::Receivables), 5000);
}

#[test]
fn a_direct_debit_that_the_bank_takes_back_is_owed_again() {
    let mut till = Till::new();
    let invoice = till.invoice(5000);
    let payment = till.submitted(invoice);
    let settled = till.told(payment, Told::Settled);
    till.ok(settled);
    till.gym.at("2026-01-05T08:00:00Z");
    let back = till.told(payment, Told::Declined(Decline::Soft));
    till.ok(back);
    assert_eq!(
        (till.state(payment), till.bill(invoice).state),
        ("failed_soft", InvoiceState::Open)
    );
    assert_eq!(
        (till.balance(Account::Bank), till.balance(Account::Receivables)),
        (0, 5000)
    );
}

#[test]
fn keys_and_codes_are_checked_when_they_are_read() {
    assert!(serde_json::from_str::<ProviderKey>("\"short\"").is_err());
    assert!(serde_json::from_str::<GiftCode>("\"lower case\"").is_err());
    let command =
        r#"{"payment":{"charge":{"invoice":1,"provider":"acme","amount":null,"means":null,"key":"x"}}}"#;
    assert!(
        serde_json::from_str::<Command>(command)
            .unwrap_err()
            .to_string()
            .contains("provider key")
    );
}

#[test]
fn money_is_for_staff_and_the_payer_may_be_charged_by_themselves() {
    let mut till = Till::new();
    let user = till.gym.user("Lou");
    let lou = till.gym.member_of("Lou", Some(user));
    let invoice = till.invoice_of(lou, 5000, "free", None);
    let others = till.invoice(100);
    till.gym.by(user);
    let charge = till.charge(invoice);
    till.ok(charge);
    let charge = till.charge(others);
    assert!(till.refused(charge).contains("do not allow to charge"));
    let take = till.take(eur(100), Some(others));
    assert!(till.refused(take).contains("do not allow to take money"));
}
