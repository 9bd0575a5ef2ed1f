//! Money on both databases: charged once whatever the provider does, balanced by SQL too, and guarded from around.

mod dunning;
mod given_back;
mod provider;

use std::collections::BTreeMap;

use gym_core::billing::BillingCommand;
use gym_core::billing::payment::*;
use gym_core::billing::tax::{Prices, Rounding, TaxCode, TaxTerms};
use gym_core::command::Command;
use gym_core::event::Event;
use gym_core::id::{InvoiceId, LocationId, MemberId, PaymentId, ProductId};
use gym_core::money::{Currency, Money};
use gym_core::shop::{Item, ShopCommand, ShopEvent, StockReason};
use gym_core::time::Instant;
use gym_db::{Guard, Gym};

use crate::scenario::{at, id, person};
use crate::support::{Db, both};

fn eur(minor: i64) -> Money {
    Money::new(minor, Currency::EUR)
}

fn start() -> Instant {
    at("2026-03-02T08:00:00Z")
}

/// A club with a member, a product without tax and stock of it.
struct Club {
    location: LocationId,
    member: MemberId,
    product: ProductId,
}

fn club(gym: &Gym) -> Club {
    let desk = gym.at(start());
    let location = desk
        .add_location("Mitte", "Europe/Berlin".parse().unwrap(), Currency::EUR)
        .unwrap();
    let member = desk
        .add_member(person("Ada"), location, "2026-01-01".parse().unwrap())
        .unwrap();
    let rates = ["free", "fee"].map(|code| (TaxCode::new(code).unwrap(), Vec::new()));
    let rates = BTreeMap::from(rates);
    let terms = TaxTerms::new(Prices::Inclusive, Rounding::PerLine, rates).unwrap();
    let from = "2020-01-01".parse().unwrap();
    desk.run(&Command::Billing(BillingCommand::SetTaxRates {
        location,
        from,
        terms,
    }))
    .unwrap();
    let prices = BTreeMap::from([(location, eur(4990))]);
    let (name, tax) = ("Bag".to_owned(), TaxCode::new("free").unwrap());
    let add = ShopCommand::AddProduct {
        name,
        tax,
        may_go_negative: false,
        prices,
    };
    let added = |event: &Event| match event {
        Event::Shop(ShopEvent::ProductAdded(new)) => Some(new.id),
        _ => None,
    };
    let product = desk.expect(&Command::Shop(add), added).unwrap();
    let (change, reason) = (1_000_000, StockReason::Received);
    desk.run(&Command::Shop(ShopCommand::MoveStock {
        product,
        location,
        change,
        reason,
    }))
    .unwrap();
    Club {
        location,
        member,
        product,
    }
}

impl Club {
    /// Sells a bag that is not paid, and returns its invoice.
    fn unpaid(&self, gym: &Gym, now: Instant) -> InvoiceId {
        let items = vec![Item {
            product: self.product,
            quantity: 1,
        }];
        let sell = ShopCommand::Sell {
            location: self.location,
            buyer: self.member,
            items,
            paid: None,
        };
        let made = |event: &Event| match event {
            Event::Billing(gym_core::billing::BillingEvent::InvoiceMade(new)) => Some(new.id),
            _ => None,
        };
        gym.at(now).expect(&Command::Shop(sell), made).unwrap()
    }
}

/// Says of each account what SQL adds up, and that all add up to nothing.
fn balances(db: &Db) -> BTreeMap<String, i64> {
    let sums = "SELECT account || '=' || CAST(SUM(amount) AS TEXT) FROM (\
        SELECT debit AS account, amount FROM ledger_moves UNION ALL SELECT credit, -amount FROM ledger_moves\
        ) AS sides GROUP BY account";
    let rows = db.raw().texts(sums);
    let all: BTreeMap<String, i64> = rows
        .iter()
        .map(|row| {
            row.split_once('=')
                .map(|(name, sum)| (name.to_owned(), sum.parse().unwrap()))
                .unwrap()
        })
        .collect();
    assert_eq!(all.values().sum::<i64>(), 0, "{all:?}");
    all
}

#[test]
fn what_is_written_around_the_library_is_refused_by_the_database() {
    both(|db| {
        let gym = Gym::open(&db.url).unwrap();
        let club = club(&gym);
        let invoice = club.unpaid(&gym, start());
        let take = |amount| PaymentCommand::Take {
            payer: club.member,
            location: club.location,
            hand: Hand::Cash,
            amount,
            invoice: Some(invoice),
            reference: None,
        };
        gym.at(start()).run(&Command::Payment(take(eur(4990)))).unwrap();
        let key = ProviderKey::new("key-00000001").unwrap();
        let other = club.unpaid(&gym, start());
        let provider = "acme".to_owned();
        let charge = PaymentCommand::Charge {
            invoice: other,
            provider,
            amount: None,
            means: None,
            key,
        };
        gym.at(start()).run(&Command::Payment(charge)).unwrap();
        let mut account = take(eur(9000));
        if let PaymentCommand::Take { invoice, .. } = &mut account {
            *invoice = None;
        }
        gym.at(start()).run(&Command::Payment(account)).unwrap();
        // Of three payments the second is under way, and the third is more than the other invoice.
        let allocate = |payment, amount| {
            format!(
                "INSERT INTO allocations (payment_id, invoice_id, amount, payment_type, releases) \
                VALUES ({payment}, {other}, {amount}, 'membership', 0)"
            )
        };
        for (statement, guard) in [
            (allocate(2, 1), "payment_overspent"),
            (allocate(3, 4991), "invoice_overpaid"),
        ] {
            let error = db.raw().run(&statement).unwrap_err().to_string();
            assert!(error.contains(guard), "{statement}: {error}");
        }
        for (statement, guard) in [
            ("UPDATE ledger_moves SET amount = 1", "ledger_append_only"),
            ("DELETE FROM ledger_entries", "ledger_append_only"),
            (
                "INSERT INTO ledger_moves (entry_id, debit, credit, amount) VALUES (1, 'cash', 'cash', 1)",
                "ledger_moves_sides",
            ),
            (
                "INSERT INTO ledger_moves (entry_id, debit, credit, amount) VALUES (1, 'cash', 'bank', -1)",
                "ledger_moves_sides",
            ),
            ("UPDATE allocations SET payment_id = 2", "payment_overspent"),
            (
                "UPDATE allocations SET payment_id = 3, amount = 4991",
                "invoice_overpaid",
            ),
            ("UPDATE payments SET refunded = 1 WHERE id = 1", "payments_spent"),
            (
                "INSERT INTO refunds (payment_id, amount, why, state, made_at, turn) VALUES (1, 4991, 'x', 'submitted', '2026-03-02 08:00:00', 0)",
                "payment_overspent",
            ),
            ("UPDATE stock_moves SET pieces_after = 5", "stock_append_only"),
            (
                "INSERT INTO stock_moves (product_id, location_id, seq, pieces, pieces_after, reason, moved_at) VALUES (1, 1, 9, 1, 1, 'counted', '2026-03-02 08:00:00')",
                "stock_chain",
            ),
            (
                "INSERT INTO stock_moves (product_id, location_id, seq, pieces, pieces_after, reason, moved_at) VALUES (1, 1, 4, -1000000, -2, 'counted', '2026-03-02 08:00:00')",
                "stock_not_negative",
            ),
            ("UPDATE sales SET returned = 2", "sales_returned"),
        ] {
            let error = db.raw().run(statement).unwrap_err().to_string();
            assert!(error.contains(guard), "{statement}: {error}");
        }
        let second = "INSERT INTO payments (payer_id, location_id, invoice_id, method, provider, provider_key, currency, \
            amount, allocated, refunded, state, made_at, turn) SELECT payer_id, location_id, invoice_id, method, provider, \
            'key-00000002', currency, amount, 0, 0, 'created', made_at, 0 FROM payments WHERE provider_key IS NOT NULL";
        let error = db.raw().run(second).unwrap_err().to_string();
        assert!(
            error.contains("payments_in_flight") || error.contains("payments.invoice_id"),
            "{error}"
        );
        balances(db);
    });
}

#[test]
fn bad_money_writes_nothing() {
    both(|db| {
        let gym = Gym::open(&db.url).unwrap();
        let club = club(&gym);
        let invoice = club.unpaid(&gym, start());
        let tables = [
            "payments",
            "allocations",
            "refunds",
            "ledger_entries",
            "ledger_moves",
            "gift_cards",
        ];
        let counts = || tables.map(|table| db.raw().count(table));
        let before = counts();
        let take = |amount: Money| PaymentCommand::Take {
            payer: club.member,
            location: club.location,
            hand: Hand::Cash,
            amount,
            invoice: Some(invoice),
            reference: None,
        };
        for command in [
            take(eur(0)),
            take(eur(-4990)),
            take("49.90 USD".parse().unwrap()),
            PaymentCommand::Refund {
                payment: id(9),
                amount: eur(1),
                why: "x".to_owned(),
                key: None,
            },
            PaymentCommand::Allocate {
                payment: id(9),
                invoice,
                amount: eur(1),
            },
        ] {
            let failure = gym
                .at(start())
                .run(&Command::Payment(command.clone()))
                .unwrap_err();
            assert!(failure.refusal().is_some(), "{command:?}: {failure}");
        }
        gym.at(start()).run(&Command::Payment(take(eur(5000)))).unwrap();
        let payment = PaymentId::new(1).unwrap();
        let refund = |amount| PaymentCommand::Refund {
            payment,
            amount,
            why: "x".to_owned(),
            key: None,
        };
        let between = counts();
        for amount in [
            eur(5001),
            eur(i64::MAX),
            eur(i64::MIN),
            "1.00 USD".parse().unwrap(),
        ] {
            assert!(
                gym.at(start())
                    .run(&Command::Payment(refund(amount)))
                    .unwrap_err()
                    .refusal()
                    .is_some()
            );
        }
        assert_eq!(counts(), between);
        assert_ne!(before, between);
        assert_eq!(
            gym.club()
                .unwrap()
                .payments
                .get(payment)
                .unwrap()
                .credit()
                .unwrap(),
            eur(10)
        );
        assert_eq!(Guard::PaymentOverspent.name(), "payment_overspent");
    });
}
