//! Who may move money, and what who may not is told.

use gym_core::billing::payment::*;
use gym_core::id::*;

use super::till::{Till, eur};

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
