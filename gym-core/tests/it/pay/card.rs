//! Gift cards: a liability, never below zero.

use gym_core::billing::BillingCommand;
use gym_core::billing::credit_note::Take;
use gym_core::billing::gift_card::GiftCode;
use gym_core::billing::ledger::Account;
use gym_core::billing::obligation::Charged;
use gym_core::billing::payment::*;
use gym_core::id::*;

use super::till::{Till, eur};

fn sell(till: &mut Till, minor: i64) -> GiftCardId {
    let (buyer, location, hand) = (till.bao, till.gym.place, Hand::Cash);
    let code = GiftCode::new(&format!("GIFT-{:04}", till.gym.club.gift_cards.len())).unwrap();
    till.ok(PaymentCommand::SellGiftCard {
        buyer,
        location,
        amount: eur(minor),
        hand,
        code,
    });
    till.gym.club.gift_cards.iter().next_back().unwrap().id
}

#[test]
fn a_gift_card_is_redeemed_in_parts_and_never_below_zero() {
    let mut till = Till::new();
    let card = sell(&mut till, 3000);
    assert_eq!(till.balance(Account::GiftCards), -3000);
    let (one, two) = (till.invoice(2000), till.invoice(2000));
    let redeem = |invoice, minor| PaymentCommand::RedeemGiftCard {
        card,
        invoice,
        amount: eur(minor),
    };
    assert!(till.refused(redeem(one, 2001)).contains("remain to be paid"));
    till.ok(redeem(one, 2000));
    assert!(
        till.refused(redeem(two, 1001))
            .contains("more than the 10.00 EUR on gift card 1")
    );
    let payment = till.made(redeem(two, 1000));
    assert_eq!(till.gym.club.gift_cards.get(card).unwrap().balance, eur(0));
    let (amount, why) = (eur(400), "a part".to_owned());
    till.ok(PaymentCommand::Refund {
        payment,
        amount,
        why,
        key: None,
    });
    assert_eq!(
        till.gym.club.gift_cards.get(card).unwrap().balance,
        eur(400),
        "it goes back on the card"
    );
    let (buyer, location, hand, code) = (
        till.ada,
        till.gym.place,
        Hand::Cash,
        GiftCode::new("GIFT-0000").unwrap(),
    );
    let again = PaymentCommand::SellGiftCard {
        buyer,
        location,
        amount: eur(1),
        hand,
        code,
    };
    assert!(till.refused(again).contains("a code that no other gift card has"));
}

#[test]
fn a_gift_card_that_runs_out_is_income_where_the_policy_says_so() {
    let mut till = Till::new();
    let mut policy = PaymentPolicy {
        gift_card_months: Some(12),
        ..PaymentPolicy::default()
    };
    till.ok(PaymentCommand::SetPolicy {
        location: None,
        policy: policy.clone(),
    });
    let card = sell(&mut till, 3000);
    assert!(
        till.refused(PaymentCommand::ExpireGiftCard { card })
            .contains("can be used until 2027-01-01")
    );
    let invoice = till.invoice(1000);
    till.gym.at("2027-01-01T08:00:00Z");
    let late = PaymentCommand::RedeemGiftCard {
        card,
        invoice,
        amount: eur(1000),
    };
    assert!(till.refused(late).contains("ran out on 2027-01-01"));
    assert!(
        till.refused(PaymentCommand::ExpireGiftCard { card })
            .contains("keeps what is left")
    );
    policy.breakage = Breakage::OnExpiry;
    till.ok(PaymentCommand::SetPolicy {
        location: None,
        policy,
    });
    till.ok(PaymentCommand::ExpireGiftCard { card });
    assert_eq!(
        (till.balance(Account::GiftCards), till.balance(Account::Breakage)),
        (0, -3000)
    );
    assert!(till.run(PaymentCommand::ExpireGiftCard { card }).is_err());
}

#[test]
fn a_gift_card_is_sold_with_an_invoice_and_a_payment_and_without_tax_or_income() {
    let mut till = Till::new();
    let card = sell(&mut till, 3000);
    let invoice = till.gym.club.invoices.iter().next_back().unwrap();
    assert_eq!(
        (invoice.number, invoice.total, invoice.tax),
        (Some(1), eur(3000), eur(0))
    );
    assert_eq!(invoice.lines[0].obligation.charged, Charged::GiftCard(card));
    let payment = till.gym.club.payments.iter().next_back().unwrap();
    assert_eq!(
        (payment.invoice, payment.allocated),
        (Some(invoice.id), eur(3000))
    );
    let all = [
        Account::Cash,
        Account::GiftCards,
        Account::Receivables,
        Account::PayerCredit,
    ];
    assert_eq!(all.map(|it| till.balance(it)), [3000, -3000, 0, 0]);
}

#[test]
fn a_gift_card_that_is_credited_loses_what_is_still_on_it_and_no_more() {
    let mut till = Till::new();
    let card = sell(&mut till, 3000);
    let sold = till.gym.club.invoices.iter().next_back().unwrap();
    let (invoice, line) = (sold.id, sold.lines[0].id);
    let used = till.invoice(1000);
    till.ok(PaymentCommand::RedeemGiftCard {
        card,
        invoice: used,
        amount: eur(1000),
    });
    let credit = |minor| BillingCommand::IssueCreditNote {
        invoice,
        takes: vec![Take {
            line,
            gross: Some(eur(minor)),
        }],
        why: "not wanted".to_owned(),
    };
    assert!(
        till.refused(credit(2001))
            .contains("more than the 20.00 EUR on gift card 1")
    );
    till.ok(credit(2000));
    assert_eq!(till.gym.club.gift_cards.get(card).unwrap().balance, eur(0));
    assert_eq!(
        (
            till.balance(Account::GiftCards),
            till.balance(Account::PayerCredit)
        ),
        (0, -2000)
    );
}
