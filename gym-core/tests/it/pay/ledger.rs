//! The ledger: balanced by construction, and earned by the day, however often it is asked.

use gym_core::billing::BillingCommand;
use gym_core::billing::credit_note::Take;
use gym_core::billing::ledger::*;
use gym_core::billing::obligation::PaymentType;
use gym_core::id::*;
use gym_core::money::Currency;

use super::till::{Till, eur};
use crate::support::round_trip;

const MEMBERSHIPS: Account = Account::Revenue(PaymentType::Membership);

fn entry(moves: Vec<Move>) -> Result<Entry, InvalidEntry> {
    let (id, location) = (EntryId::local(1), LocationId::local(2));
    let cause = Cause::Payment(PaymentId::local(3));
    Entry::new(id, location, "2027-03-01".parse().unwrap(), (cause, 0), moves)
}

#[test]
fn an_entry_cannot_be_unbalanced_empty_or_in_two_currencies() {
    let paid = Move::new(Account::Bank, Account::PayerCredit, eur(5)).unwrap();
    let dollars = Move::new(Account::Bank, Account::PayerCredit, "1.00 USD".parse().unwrap()).unwrap();
    assert!(matches!(entry(vec![]), Err(InvalidEntry::Empty)));
    assert!(matches!(
        entry(vec![paid.clone(), dollars]),
        Err(InvalidEntry::TwoCurrencies(..))
    ));
    assert!(matches!(
        Move::new(Account::Bank, Account::Cash, eur(0)),
        Err(InvalidEntry::Nothing(..))
    ));
    assert!(matches!(
        Move::new(Account::Bank, Account::Cash, eur(i64::MIN)),
        Err(InvalidEntry::TooLarge(_))
    ));
    let whole = entry(vec![paid]).unwrap();
    round_trip(&whole);
    let json = serde_json::to_string(&whole).unwrap();
    for (good, bad) in [
        ("payer_credit", "bank"),
        ("\"minor\":5", "\"minor\":0"),
        ("payer_credit", "nowhere"),
    ] {
        let json = json.replace(good, bad);
        assert!(serde_json::from_str::<Entry>(&json).is_err(), "{json}");
    }
}

#[test]
fn accounts_come_back_from_text() {
    let mut all = vec![Account::Tax("State: 7 %".to_owned())];
    all.extend(PaymentType::ALL.map(Account::Revenue));
    all.extend([
        Account::Receivables,
        Account::Breakage,
        Account::GiftCards,
        Account::Wages,
    ]);
    for account in all {
        assert_eq!(account.to_string().parse::<Account>(), Ok(account));
    }
    assert!("revenue:gold".parse::<Account>().is_err());
}

#[test]
fn a_months_fee_is_earned_day_by_day_and_asking_twice_earns_nothing() {
    let mut till = Till::new();
    till.gym.at("2026-03-01T08:00:00Z");
    till.invoice_of(till.ada, 9999, "membership", Some(("2026-03-01", "2026-04-01")));
    let net = -till.balance(Account::Deferred);
    assert_eq!((net, till.balance(Account::Tax("VAT".to_owned()))), (8403, -1596));
    let location = till.gym.place;
    let recognise = |until: &str| LedgerCommand::Recognise {
        location,
        until: until.parse().unwrap(),
    };
    assert!(
        till.refused(recognise("2026-03-03"))
            .contains("a day up to 2026-03-02")
    );
    till.gym.at("2026-03-10T12:00:00Z");
    till.ok(recognise("2026-03-11"));
    assert_eq!(till.balance(MEMBERSHIPS), -2711);
    for until in ["2026-03-11", "2026-03-05"] {
        till.ok(recognise(until));
        assert_eq!(till.balance(MEMBERSHIPS), -2711);
    }
    till.gym.at("2026-05-10T12:00:00Z");
    till.ok(recognise("2026-05-01"));
    assert_eq!(
        (till.balance(MEMBERSHIPS), till.balance(Account::Deferred)),
        (-8403, 0)
    );
}

#[test]
fn what_is_said_of_a_month_is_what_its_days_earn() {
    let mut till = Till::new();
    till.gym.at("2026-01-10T08:00:00Z");
    till.invoice_of(till.ada, 9999, "membership", Some(("2026-01-10", "2026-04-10")));
    till.invoice_of(till.bao, 2500, "free", Some(("2026-02-20", "2026-03-20")));
    let whole = -till.balance(Account::Deferred);
    let day = |text: &str| text.parse().unwrap();
    let unearned = |till: &Till, months| {
        let deferrals = till.gym.club.deferrals.iter();
        Unearned::of(deferrals, Currency::EUR, day("2026-02-01"), months).unwrap()
    };
    let said = unearned(&till, 3);
    assert_eq!(said.total().unwrap(), eur(whole));
    assert_eq!((said.after, said.by_use), (eur(0), eur(0)));
    let location = till.gym.place;
    let mut recognise = |now: &str, until: &str| {
        till.gym.at(now);
        let before = till.balance(MEMBERSHIPS);
        let until = until.parse().unwrap();
        till.ok(LedgerCommand::Recognise { location, until });
        eur(before - till.balance(MEMBERSHIPS))
    };
    let months = [
        ("2026-02-01T12:00:00Z", "2026-02-01"),
        ("2026-03-01T12:00:00Z", "2026-03-01"),
        ("2026-04-01T12:00:00Z", "2026-04-01"),
        ("2026-05-01T12:00:00Z", "2026-05-01"),
    ];
    let earned = months.map(|(now, until)| recognise(now, until));
    assert_eq!(earned[0], said.before);
    assert_eq!(&earned[1..], said.months);
    assert_eq!(unearned(&till, 1).total().unwrap(), eur(0));
    assert_eq!(unearned(&till, 0).months, []);
    let other = Unearned::of(
        till.gym.club.deferrals.iter(),
        "CHF".parse().unwrap(),
        day("2026-02-01"),
        1,
    );
    assert!(other.is_err(), "{other:?}");
}

#[test]
fn a_credit_note_takes_what_is_not_earned_first() {
    let mut till = Till::new();
    till.gym.at("2026-03-01T08:00:00Z");
    let invoice = till.invoice_of(till.ada, 3100, "free", Some(("2026-03-01", "2026-04-01")));
    let location = till.gym.place;
    till.gym.at("2026-03-20T12:00:00Z");
    let recognise = |until: &str| LedgerCommand::Recognise {
        location,
        until: until.parse().unwrap(),
    };
    till.ok(recognise("2026-03-21"));
    assert_eq!(
        (till.balance(MEMBERSHIPS), till.balance(Account::Deferred)),
        (-2000, -1100)
    );
    let line = till.bill(invoice).lines[0].id;
    let credit = |minor| {
        let takes = vec![Take {
            line,
            gross: Some(eur(minor)),
        }];
        BillingCommand::IssueCreditNote {
            invoice,
            takes,
            why: "ill".to_owned(),
        }
    };
    till.ok(credit(600));
    assert_eq!(
        (till.balance(MEMBERSHIPS), till.balance(Account::Deferred)),
        (-2000, -500)
    );
    till.gym.at("2026-03-25T12:00:00Z");
    till.ok(recognise("2026-03-26"));
    assert_eq!(
        (till.balance(MEMBERSHIPS), till.balance(Account::Deferred)),
        (-2227, -273)
    );
    till.ok(credit(1000));
    assert_eq!(
        (till.balance(MEMBERSHIPS), till.balance(Account::Deferred)),
        (-1500, 0)
    );
    till.gym.at("2026-04-02T12:00:00Z");
    till.ok(recognise("2026-04-02"));
    assert_eq!(till.balance(MEMBERSHIPS), -1500);
}
