//! The shop: stock that is never less than nothing, and goods that come back.

use std::collections::BTreeMap;

use gym_core::billing::ledger::Account;
use gym_core::billing::obligation::PaymentType;
use gym_core::billing::payment::Hand;
use gym_core::id::*;
use gym_core::shop::*;

use super::till::{Till, code, eur};

const GOODS: Account = Account::Revenue(PaymentType::Product);

fn product(till: &mut Till, name: &str, minor: i64, may_go_negative: bool) -> ProductId {
    let (name, tax) = (name.to_owned(), code("food"));
    let prices = BTreeMap::from([(till.gym.place, eur(minor))]);
    till.ok(ShopCommand::AddProduct {
        name,
        tax,
        may_go_negative,
        prices,
    });
    till.gym.club.products.iter().next_back().unwrap().id
}

fn receive(till: &mut Till, product: ProductId, change: i32) {
    let (location, reason) = (till.gym.place, StockReason::Received);
    till.ok(ShopCommand::MoveStock {
        product,
        location,
        change,
        reason,
    });
}

fn sell(till: &Till, items: &[(ProductId, u32)], paid: Option<Hand>) -> ShopCommand {
    let items = items.iter().map(|(product, quantity)| Item {
        product: *product,
        quantity: *quantity,
    });
    ShopCommand::Sell {
        location: till.gym.place,
        buyer: till.ada,
        items: items.collect(),
        paid,
    }
}

fn back(sale: i64, quantity: u32, restock: bool) -> ShopCommand {
    ShopCommand::TakeBack {
        sale: SaleId::new(sale).unwrap(),
        quantity,
        restock,
        why: "unopened".to_owned(),
        key: None,
    }
}

#[test]
fn stock_does_not_go_below_zero_unless_the_product_allows_it() {
    let mut till = Till::new();
    let [bar, tap] = [
        product(&mut till, "Bar", 250, false),
        product(&mut till, "Water", 100, true),
    ];
    receive(&mut till, bar, 3);
    let five = sell(&till, &[(bar, 5)], Some(Hand::Cash));
    assert!(
        till.refused(five)
            .contains("3 pieces of product 1 are at location 1, not 5")
    );
    let both = sell(&till, &[(bar, 3), (tap, 2)], Some(Hand::Cash));
    till.ok(both);
    let place = till.gym.place;
    assert_eq!(
        (
            till.gym.club.stock_of(bar, place),
            till.gym.club.stock_of(tap, place)
        ),
        (0, -2)
    );
    let (location, reason) = (place, StockReason::Lost);
    let lost = ShopCommand::MoveStock {
        product: bar,
        location,
        change: -1,
        reason,
    };
    assert!(till.refused(lost).contains("0 pieces"));
    for (change, reason) in [
        (0, StockReason::Counted),
        (-1, StockReason::Received),
        (1, StockReason::Lost),
    ] {
        assert!(
            till.run(ShopCommand::MoveStock {
                product: bar,
                location,
                change,
                reason
            })
            .is_err()
        );
    }
    let reason = StockReason::Sold(SaleId::new(1).unwrap());
    assert!(
        till.refused(ShopCommand::MoveStock {
            product: bar,
            location,
            change: 1,
            reason
        })
        .contains("by itself")
    );
    receive(&mut till, bar, i32::MAX);
    let more = ShopCommand::MoveStock {
        product: bar,
        location,
        change: 1,
        reason: StockReason::Received,
    };
    assert!(till.refused(more).contains("too many to count"));
}

#[test]
fn a_sale_at_the_counter_is_one_invoice_with_a_line_for_each_product() {
    let mut till = Till::new();
    let [bar, shake] = [
        product(&mut till, "Bar", 250, true),
        product(&mut till, "Shake", 490, true),
    ];
    let basket = sell(&till, &[(bar, 3), (shake, 1)], Some(Hand::Cash));
    till.ok(basket);
    let invoice = till.gym.club.invoices.iter().next_back().unwrap();
    assert_eq!(
        (invoice.lines.len(), invoice.total, invoice.settled),
        (2, eur(1240), eur(1240))
    );
    assert_eq!(
        till.gym.club.payments.iter().next_back().unwrap().kind,
        Some(PaymentType::Product)
    );
    assert_eq!(till.balance(Account::Cash), 1240);
    assert_eq!(till.balance(GOODS), -invoice.net.minor());
    for items in [
        vec![(bar, 1), (bar, 1)],
        vec![(bar, 0)],
        vec![],
        vec![(ProductId::new(9).unwrap(), 1)],
    ] {
        let bad = sell(&till, &items, None);
        assert!(till.run(bad).is_err());
    }
    let location = till.gym.place;
    till.ok(ShopCommand::SetPrice {
        product: bar,
        location,
        price: None,
    });
    let gone = sell(&till, &[(bar, 1)], None);
    assert!(till.refused(gone).contains("has no price at location"));
    for price in [eur(-1), "1.00 USD".parse().unwrap()] {
        assert!(
            till.run(ShopCommand::SetPrice {
                product: bar,
                location,
                price: Some(price)
            })
            .is_err()
        );
    }
}

#[test]
fn what_comes_back_in_parts_is_what_was_charged_to_the_cent() {
    let mut till = Till::new();
    let bar = product(&mut till, "Bar", 333, false);
    receive(&mut till, bar, 3);
    let three = sell(&till, &[(bar, 3)], Some(Hand::Cash));
    till.ok(three);
    till.ok(back(1, 1, true));
    till.ok(back(1, 1, false));
    assert_eq!(
        till.gym.club.stock_of(bar, till.gym.place),
        1,
        "what is opened does not go back on the shelf"
    );
    assert!(
        till.refused(back(1, 2, true))
            .contains("more than the 1 that are left")
    );
    till.ok(back(1, 1, true));
    assert!(
        till.refused(back(1, 1, true))
            .contains("more than the 0 that are left")
    );
    assert_eq!(
        (
            till.balance(Account::Cash),
            till.balance(GOODS),
            till.balance(Account::PayerCredit)
        ),
        (0, 0, 0)
    );
    assert_eq!(till.balance(Account::Tax("City".to_owned())), 0);
}

#[test]
fn goods_that_were_never_paid_come_back_without_money() {
    let mut till = Till::new();
    let bar = product(&mut till, "Bar", 333, true);
    let one = sell(&till, &[(bar, 1)], None);
    till.ok(one);
    till.ok(back(1, 1, true));
    assert_eq!(
        (till.gym.club.refunds.len(), till.balance(Account::Receivables)),
        (0, 0)
    );
}
