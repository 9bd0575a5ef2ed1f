//! Gift cards: a liability, never below zero.

use gym_core::billing::gift_card::GiftCode;
use gym_core::billing::ledger::Account;
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
