//! What goes back, is credited or given up, named after what goes wrong with it.

use gym_core::billing::BillingCommand;
use gym_core::billing::invoice::InvoiceState;
use gym_core::billing::ledger::Account;
use gym_core::billing::payment::*;
use gym_core::id::*;

use super::till::{Till, eur};

#[test]
fn no_more_goes_back_than_was_paid_in_however_many_parts() {
    let mut till = Till::new();
    let invoice = till.invoice(5000);
    let take = till.take(eur(6000), Some(invoice));
    let payment = till.made(take);
    let refund = |minor| {
        let (amount, why) = (eur(minor), "kindness".to_owned());
        PaymentCommand::Refund {
            payment,
            amount,
            why,
            key: None,
        }
    };
    assert!(
        till.refused(refund(6001))
            .contains("more than the 60.00 EUR that are left")
    );
    till.ok(refund(1000));
    assert_eq!(
        till.bill(invoice).state,
        InvoiceState::Paid,
        "credit goes back first"
    );
    till.ok(refund(1500));
    assert_eq!(
        till.bill(invoice).settled,
        eur(3500),
        "what goes back is owed again"
    );
    assert!(till.refused(refund(3501)).contains("more than the 35.00 EUR"));
    for bad in [0, -1, i64::MIN] {
        assert!(till.run(refund(bad)).is_err());
    }
    till.ok(refund(3500));
    assert_eq!(
        (till.state(payment), till.balance(Account::Cash)),
        ("refunded", 0)
    );
    assert!(till.refused(refund(1)).contains("payment 1 is refunded"));
}

#[test]
fn a_refund_that_the_provider_could_not_make_is_credit_again() {
    let mut till = Till::new();
    let invoice = till.invoice(5000);
    let payment = till.submitted(invoice);
    let settled = till.told(payment, Told::Settled);
    till.ok(settled);
    let (amount, why) = (eur(2000), "kindness".to_owned());
    assert!(
        till.refused(PaymentCommand::Refund {
            payment,
            amount,
            why: why.clone(),
            key: None
        })
        .contains("key")
    );
    let key = Some(till.key());
    till.ok(PaymentCommand::Refund {
        payment,
        amount,
        why,
        key,
    });
    let refund = RefundId::new(1).unwrap();
    till.ok(PaymentCommand::ReportRefund {
        refund,
        told: RefundState::Unknown,
    });
    assert_eq!(till.balance(Account::Refunds), -2000);
    till.ok(PaymentCommand::ReportRefund {
        refund,
        told: RefundState::Failed,
    });
    assert_eq!(till.payment(payment).credit().unwrap(), eur(2000));
    assert!(
        till.refused(PaymentCommand::ReportRefund {
            refund,
            told: RefundState::Settled
        })
        .contains("failed already")
    );
}

#[test]
fn what_is_credited_of_a_paid_invoice_is_the_payers_credit() {
    let mut till = Till::new();
    let invoice = till.invoice_of(till.ada, 5000, "membership", None);
    let take = till.take(eur(5000), Some(invoice));
    let payment = till.made(take);
    till.ok(BillingCommand::IssueCreditNote {
        invoice,
        takes: Vec::new(),
        why: "closed".to_owned(),
    });
    assert_eq!(till.payment(payment).credit().unwrap(), eur(5000));
    assert_eq!(till.balance(Account::Receivables), 0);
    assert_eq!(till.balance(Account::Tax("VAT".to_owned())), 0);
}

#[test]
fn a_debt_that_was_given_up_may_still_be_paid() {
    let mut till = Till::new();
    let invoice = till.invoice(5000);
    till.ok(BillingCommand::WriteOff {
        invoice,
        why: "gone".to_owned(),
    });
    assert_eq!(till.balance(Account::WriteOffs), 5000);
    let take = till.take(eur(2000), Some(invoice));
    let payment = till.made(take);
    assert_eq!(
        (
            till.balance(Account::WriteOffs),
            till.balance(Account::Receivables)
        ),
        (3000, 0)
    );
    let (amount, why) = (eur(500), "rounding".to_owned());
    till.ok(PaymentCommand::Refund {
        payment,
        amount,
        why,
        key: None,
    });
    assert_eq!(till.balance(Account::WriteOffs), 3500);
    let take = till.take(eur(3500), Some(invoice));
    till.ok(take);
    assert_eq!(
        (till.bill(invoice).state, till.balance(Account::WriteOffs)),
        (InvoiceState::Paid, 0)
    );
}
