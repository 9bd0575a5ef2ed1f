//! What the club owes by invoices below zero: kept as credit, paid out, never twice.

use gym_core::billing::BillingCommand;
use gym_core::billing::ledger::Account;
use gym_core::billing::payment::*;
use gym_core::id::{InvoiceId, PaymentId};

use super::till::{Till, eur};

fn keep(till: &mut Till, minor: i64) -> (InvoiceId, PaymentId) {
    let invoice = till.owing(minor);
    let credit = till.made(PaymentCommand::KeepCredit { invoice });
    (invoice, credit)
}

fn out(credit: PaymentId, minor: i64, way: Way) -> PaymentCommand {
    PaymentCommand::PayOut {
        credit,
        amount: eur(minor),
        way,
        why: "left the club".to_owned(),
    }
}

#[test]
fn what_an_invoice_below_zero_owes_is_kept_and_settles_another() {
    let mut till = Till::new();
    let (invoice, credit) = keep(&mut till, 3000);
    assert_eq!(till.bill(invoice).state.as_str(), "paid");
    assert_eq!(till.balance(Account::PayerCredit), -3000);
    let due = till.invoice(5000);
    till.ok(PaymentCommand::Allocate {
        payment: credit,
        invoice: due,
        amount: eur(3000),
    });
    assert_eq!(till.bill(due).settled, eur(3000));
    assert_eq!(
        (
            till.balance(Account::PayerCredit),
            till.balance(Account::Receivables)
        ),
        (0, 2000)
    );
    let again = till.refused(PaymentCommand::KeepCredit { invoice });
    assert!(
        again.contains("expected one that owes its payer something"),
        "{again}"
    );
    let positive = till.refused(PaymentCommand::KeepCredit { invoice: due });
    assert!(
        positive.contains("20.00 EUR remain to be paid of invoice"),
        "{positive}"
    );
}

#[test]
fn credit_is_paid_out_in_cash_once() {
    let mut till = Till::new();
    let (_, credit) = keep(&mut till, 3000);
    let cash = || Way::Hand(Hand::Cash);
    till.ok(out(credit, 1000, cash()));
    assert_eq!(
        (till.balance(Account::Cash), till.balance(Account::PayerCredit)),
        (-1000, -2000)
    );
    let more = till.refused(out(credit, 2001, cash()));
    assert!(more.contains("more than the credit of 20.00 EUR"), "{more}");
    till.ok(out(credit, 2000, Way::Hand(Hand::BankTransfer)));
    assert_eq!(
        (till.balance(Account::Bank), till.state(credit)),
        (-2000, "refunded")
    );
    assert!(till.run(out(credit, 1, cash())).is_err());
    assert!(
        till.refused(out(credit, 0, cash()))
            .contains("expected more than nothing")
    );
}

#[test]
fn credit_goes_back_to_the_card_that_had_paid_and_what_that_paid_stays_paid() {
    let mut till = Till::new();
    let due = till.invoice(5000);
    let card = till.submitted(due);
    till.ok(till.told(card, Told::Settled));
    let (_, credit) = keep(&mut till, 3000);
    let key = Some(till.key());
    let way = Way::Back { payment: card, key };
    till.ok(out(credit, 3000, way));
    assert_eq!(till.bill(due).state.as_str(), "paid");
    assert_eq!(
        (till.payment(card).refunded, till.payment(credit).allocated),
        (eur(3000), eur(3000))
    );
    assert_eq!(
        (till.balance(Account::Refunds), till.balance(Account::Receivables)),
        (-3000, 0)
    );
    let refund = till.gym.club.refunds.iter().next().unwrap().id;
    till.ok(PaymentCommand::ReportRefund {
        refund,
        told: RefundState::Settled,
    });
    assert_eq!(till.balance(Account::Bank), 2000);
}

#[test]
fn credit_goes_back_only_where_its_payer_paid_from() {
    let mut till = Till::new();
    let (_, credit) = keep(&mut till, 3000);
    let cash = till.made(till.take(eur(1000), None));
    let back = |payment, key| Way::Back { payment, key };
    let more = till.refused(out(credit, 1001, back(cash, None)));
    assert!(
        more.contains("more than the 10.00 EUR that are left of payment"),
        "{more}"
    );
    let itself = till.refused(out(credit, 1, back(credit, None)));
    assert!(itself.contains("credit that nobody paid in"), "{itself}");
    let not = till.refused(out(cash, 1, Way::Hand(Hand::Cash)));
    assert!(not.contains("was made by its payer"), "{not}");
    let due = till.invoice(500);
    let card = till.submitted(due);
    let open = till.refused(out(credit, 1, back(card, None)));
    assert!(
        open.contains("is submitted") && open.contains("a provider's key"),
        "{open}"
    );
    let plain = till.refused(PaymentCommand::Refund {
        payment: credit,
        amount: eur(1),
        why: "x".to_owned(),
        key: None,
    });
    assert!(plain.contains("expected that it is paid out"), "{plain}");
    till.ok(out(credit, 1000, back(cash, None)));
    assert_eq!(
        (
            till.balance(Account::Cash),
            till.payment(credit).credit().unwrap()
        ),
        (0, eur(3000))
    );
}

#[test]
fn an_invoice_whose_credit_was_kept_is_not_void_any_more() {
    let mut till = Till::new();
    let (invoice, _) = keep(&mut till, 3000);
    let void = BillingCommand::VoidInvoice {
        invoice,
        why: "a mistake".to_owned(),
    };
    assert!(till.run(void).is_err());
    let (takes, why) = (Vec::new(), "a mistake".to_owned());
    till.ok(BillingCommand::IssueCreditNote { invoice, takes, why });
    assert_eq!(
        till.bill(invoice).outstanding().unwrap(),
        eur(3000),
        "it is owed back"
    );
}
