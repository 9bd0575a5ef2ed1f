//! What the books of every club say, whatever happened: the ledger agrees with what it was posted from.

use std::collections::{BTreeMap, BTreeSet};

use gym_core::billing::invoice::InvoiceState;
use gym_core::billing::ledger::{Account, Deferral, Unearned, balances};
use gym_core::billing::payment::{Method, PaymentState, RefundState};
use gym_core::club::{Club, Key};
use gym_core::entitlement::{UseState, Uses};
use gym_core::id::LocationId;
use gym_core::money::{Currency, Money};

pub fn check(club: &Club) {
    entries_are_one_for_each_cause(club);
    payments_are_not_overspent(club);
    invoices_stand_where_their_money_does(club);
    passes_have_earned_what_was_used(club);
    for location in club.locations.iter() {
        accounts_agree(club, location.id);
    }
}

fn entries_are_one_for_each_cause(club: &Club) {
    let mut seen = BTreeSet::new();
    for entry in club.entries.iter() {
        assert!(
            seen.insert((entry.cause(), entry.part())),
            "posted twice: {entry:?}"
        );
    }
}

fn payments_are_not_overspent(club: &Club) {
    for payment in club.payments.iter() {
        let key = Key::Payment(payment.id);
        let allocated: i64 = club.allocations.of(key).map(|it| it.amount.minor()).sum();
        assert_eq!(allocated, payment.allocated.minor(), "{payment:?}");
        let refunds = club.refunds.of(key).filter(|it| it.state != RefundState::Failed);
        let refunded: i64 = refunds.map(|it| it.amount.minor()).sum();
        assert_eq!(refunded, payment.refunded.minor(), "{payment:?}");
        let spent = payment.allocated.minor() + payment.refunded.minor();
        assert!(
            payment.allocated.minor() >= 0 && spent <= payment.amount.minor(),
            "{payment:?}"
        );
        assert!(payment.state.holds() || allocated == 0, "{payment:?}");
    }
}

fn invoices_stand_where_their_money_does(club: &Club) {
    for invoice in club.invoices.iter() {
        let parts = club.allocations.of(Key::Invoice(invoice.id));
        let settled: i64 = parts.map(|it| it.amount.minor()).sum();
        let kept = club.payments.of(Key::Invoice(invoice.id));
        let kept = kept.filter(|it| it.method == Method::Credit);
        let settled = settled - kept.map(|it| it.amount.minor()).sum::<i64>();
        assert_eq!(settled, invoice.settled.minor(), "{invoice:?}");
        let left = invoice.outstanding().unwrap().minor();
        assert!(
            left >= 0 || settled <= 0,
            "more is settled than is owed: {invoice:?}"
        );
        match invoice.state {
            InvoiceState::Paid => assert!(left <= 0, "paid with a balance: {invoice:?}"),
            InvoiceState::Open | InvoiceState::PartiallyPaid => assert!(left != 0, "{invoice:?}"),
            _ => {}
        }
    }
}

/// What is left of the price of a pass is `price · unused / sold`, rounded once, whatever happened to its uses.
fn passes_have_earned_what_was_used(club: &Club) {
    for deferral in club.deferrals.iter().filter(|it| it.state.days.is_none()) {
        let Some(lot) = deferral.lot.and_then(|lot| club.lots.get(lot)) else {
            continue;
        };
        let Uses::Counted(of) = lot.terms.uses else {
            continue;
        };
        let uses = club.uses.of(Key::Lot(lot.id));
        let consumed = uses.filter(|it| it.state == UseState::Consumed).count() as i64;
        let state = deferral.state;
        let spent = (consumed + i64::from(state.lapsed) - i64::from(state.first_use)).max(0);
        let of = i64::from(of) - i64::from(state.first_use);
        let earned = (2 * state.base.minor() * spent + of).div_euclid(2 * of.max(1));
        assert!(
            state.base.is_zero() || state.earned.minor() == earned,
            "{deferral:?} of {lot:?}"
        );
    }
}

fn sum(amounts: impl Iterator<Item = Money>) -> i64 {
    amounts.map(Money::minor).sum()
}

fn accounts_agree(club: &Club, location: LocationId) {
    let all = balances(club.entries.iter()).unwrap();
    let here: BTreeMap<Account, i64> = all
        .into_iter()
        .filter(|((at, ..), _)| *at == location)
        .map(|((_, _, account), amount)| (account, amount.minor()))
        .collect();
    assert_eq!(here.values().sum::<i64>(), 0, "{here:?}");
    let balance = |account: Account| here.get(&account).copied().unwrap_or(0);

    let due = |state| {
        !matches!(
            state,
            InvoiceState::Draft | InvoiceState::Void | InvoiceState::Uncollectible
        )
    };
    let invoices = club
        .invoices
        .iter()
        .filter(|it| it.location == location && due(it.state));
    let owed = sum(invoices.map(|it| it.outstanding().unwrap()));
    assert_eq!(balance(Account::Receivables), owed, "receivables");

    let payments = || club.payments.iter().filter(|it| it.location == location);
    let held = payments().filter(|it| it.state.holds());
    let credit: i64 = held
        .map(|it| it.amount.minor() - it.allocated.minor() - it.refunded.minor())
        .sum();
    assert_eq!(balance(Account::PayerCredit), -credit, "payers' credit");

    let disputed = payments().filter(|it| it.state == PaymentState::Disputed);
    let disputed: i64 = disputed.map(|it| it.amount.minor() - it.refunded.minor()).sum();
    assert_eq!(balance(Account::Disputed), disputed, "disputed");

    let under_way = club
        .refunds
        .iter()
        .filter(|it| matches!(it.state, RefundState::Submitted | RefundState::Unknown));
    assert_eq!(
        balance(Account::Refunds),
        -sum(under_way.map(|it| it.amount)),
        "refunds under way"
    );

    let cards = club.gift_cards.iter().filter(|it| it.location == location);
    assert_eq!(
        balance(Account::GiftCards),
        -sum(cards.map(|it| it.balance)),
        "gift cards"
    );

    let ahead = club.deferrals.iter().filter(|it| it.location == location);
    let ahead: Vec<&Deferral> = ahead.collect();
    let left = sum(ahead.iter().map(|it| it.state.left().unwrap()));
    assert_eq!(
        balance(Account::Deferred) + balance(Account::Passes),
        -left,
        "deferred"
    );
    for (first, months) in [("2025-12-31", 0), ("2026-01-16", 3), ("2027-06-01", 12)] {
        let unearned = Unearned::of(
            ahead.iter().copied(),
            Currency::EUR,
            first.parse().unwrap(),
            months,
        )
        .unwrap();
        assert_eq!(unearned.months.len(), months as usize);
        assert_eq!(
            unearned.total().unwrap().minor(),
            left,
            "by month from {first} on"
        );
    }

    let taxes = here
        .iter()
        .filter(|(account, _)| matches!(account, Account::Tax(_)));
    let taxed: i64 = taxes.map(|(_, sum)| -sum).sum();
    let numbered = club
        .invoices
        .iter()
        .filter(|it| it.location == location && it.number.is_some());
    let credited = club.credit_notes.iter().filter(|it| it.location == location);
    assert_eq!(
        taxed,
        sum(numbered.map(|it| it.tax)) - sum(credited.map(|it| it.tax)),
        "tax"
    );

    let runs = club.pay_runs.iter().filter(|it| it.location == location);
    assert_eq!(balance(Account::Wages), -sum(runs.map(|it| it.total)), "wages");
    assert_eq!(
        sum(club.pay_runs.iter().map(|it| it.total)),
        sum(club.pay_lines.iter().map(|it| it.amount))
    );
}
