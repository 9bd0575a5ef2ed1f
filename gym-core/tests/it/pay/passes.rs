//! Passes: sold with an invoice, a liability that visits earn, and breakage where the policy says so.

use gym_core::billing::BillingCommand;
use gym_core::billing::credit_note::Take;
use gym_core::billing::ledger::{Account, LedgerCommand};
use gym_core::billing::obligation::{Charged, PaymentType};
use gym_core::billing::payment::{Breakage, Hand, PaymentCommand, PaymentPolicy};
use gym_core::booking::policy::{PenaltyRules, Policy};
use gym_core::command::{Book, Command};
use gym_core::entitlement::{EntitlementCommand, Grant};
use gym_core::id::LotId;
use gym_core::shop::ShopCommand;

use super::till::{Till, code, eur};
use crate::support::lots::{monthly, year};

const EARNED: Account = Account::Revenue(PaymentType::Class);

fn breaks(till: &mut Till) {
    let policy = PaymentPolicy {
        breakage: Breakage::OnExpiry,
        ..PaymentPolicy::default()
    };
    till.ok(PaymentCommand::SetPolicy {
        location: None,
        policy,
    });
}

fn expire(till: &mut Till) {
    let location = till.gym.place;
    till.gym.at("2027-01-02T09:00:00Z");
    till.ok(EntitlementCommand::Expire { location });
}

/// What is owed for visits to come, what is earned and what was never used, in cents.
fn stand(till: &Till) -> (i64, i64, i64) {
    let [owed, earned, broken] = [Account::Passes, EARNED, Account::Breakage].map(|it| -till.balance(it));
    (owed, earned, broken)
}

#[test]
fn a_pass_sold_at_the_counter_has_an_invoice_and_a_payment_and_earns_nothing_yet() {
    let mut till = Till::new();
    let lot = till.pass(3, 11_900, "membership");
    assert_eq!(stand(&till), (10_000, 0, 0));
    assert_eq!(
        (till.balance(Account::Cash), till.balance(Account::Receivables)),
        (11_900, 0)
    );
    let invoice = till.gym.club.invoices.iter().next_back().unwrap();
    assert_eq!(invoice.number, Some(1));
    assert_eq!(invoice.lines[0].obligation.charged, Charged::Lot(lot));
    let payment = till.gym.club.payments.iter().next_back().unwrap();
    assert_eq!(
        (payment.invoice, payment.amount),
        (Some(invoice.id), invoice.total)
    );
}

#[test]
fn visits_earn_the_price_of_a_pass_to_the_cent() {
    let mut till = Till::new();
    till.pass(3, 10_000, "free");
    let mut earned = Vec::new();
    for day in ["2026-03-01", "2026-03-02", "2026-03-02", "2026-03-05"] {
        till.visit(day);
        earned.push(stand(&till).1);
    }
    assert_eq!(
        earned,
        [3333, 6667, 6667, 10_000],
        "twice on one day is one visit"
    );
    assert_eq!(stand(&till), (0, 10_000, 0));
}

#[test]
fn what_is_never_used_of_a_pass_is_income_when_it_ends_if_the_policy_says_so() {
    let mut till = Till::new();
    let lot = till.pass(3, 10_000, "free");
    till.visit("2026-03-01");
    expire(&mut till);
    assert_eq!(stand(&till), (6667, 3333, 0), "by default it stays owed");
    breaks(&mut till);
    till.ok(LedgerCommand::RecogniseLot { lot });
    assert_eq!(stand(&till), (0, 3333, 6667));
    till.ok(LedgerCommand::RecogniseLot { lot });
    assert_eq!(stand(&till), (0, 3333, 6667));

    let mut till = Till::new();
    breaks(&mut till);
    till.pass(3, 10_000, "free");
    till.visit("2026-03-01");
    expire(&mut till);
    assert_eq!(stand(&till), (0, 3333, 6667), "at once, when it ends");
    assert!(
        till.refused(LedgerCommand::RecogniseLot {
            lot: LotId::new(9).unwrap()
        })
        .contains("price of a pass 9")
    );
}

#[test]
fn a_pass_that_is_credited_in_part_earns_what_is_left_over_the_rest_of_its_visits() {
    let mut till = Till::new();
    till.pass(4, 8000, "free");
    till.visit("2026-03-01");
    let invoice = till.gym.club.invoices.iter().next_back().unwrap();
    let takes = vec![Take {
        line: invoice.lines[0].id,
        gross: Some(eur(3000)),
    }];
    let (invoice, why) = (invoice.id, "a visit less pleasant".to_owned());
    till.ok(BillingCommand::IssueCreditNote { invoice, takes, why });
    assert_eq!(stand(&till), (3000, 2000, 0));
    for (day, earned) in [("2026-03-02", 3000), ("2026-03-03", 4000), ("2026-03-04", 5000)] {
        till.visit(day);
        assert_eq!(stand(&till).1, earned, "on {day}");
    }
    assert_eq!(stand(&till), (0, 5000, 0));
}

#[test]
fn a_pass_used_before_it_was_invoiced_earns_these_visits_when_it_is() {
    let mut till = Till::new();
    let (member, location) = (till.ada, till.gym.place);
    let door = gym_core::entitlement::Scope {
        door: Some(Default::default()),
        ..Default::default()
    };
    let grant = Grant {
        member,
        shared_with: Default::default(),
        location,
        terms: gym_core::entitlement::Terms {
            scope: door,
            ..year(2)
        },
        price: eur(500),
    };
    till.ok(EntitlementCommand::SellPass { grant });
    till.visit("2026-03-01");
    let lot = till.gym.club.lots.iter().next_back().unwrap().id;
    till.invoice_for(member, Charged::Lot(lot), 1000, "free", None);
    assert_eq!(stand(&till), (500, 500, 0));
}

#[test]
fn a_pass_for_any_number_of_visits_is_earned_by_the_day() {
    let mut till = Till::new();
    till.gym.at("2026-01-01T09:00:00Z");
    let (payer, location) = (till.ada, till.gym.place);
    let grant = Grant {
        member: payer,
        shared_with: Default::default(),
        location,
        terms: monthly(4, 0),
        price: eur(0),
    };
    let (amount, tax) = (eur(36_500), code("free"));
    till.ok(ShopCommand::SellPass {
        grant: Box::new(grant),
        payer,
        amount,
        tax,
        paid: Some(Hand::BankTransfer),
    });
    till.gym.at("2026-01-31T12:00:00Z");
    let until = "2026-02-01".parse().unwrap();
    till.ok(LedgerCommand::Recognise { location, until });
    assert_eq!(stand(&till), (33_400, 3100, 0));
}

/// A club where bookings need a lot, with a pass of two for Ada that is invoiced for 25.01.
fn classes() -> (Till, LotId) {
    let mut till = Till::new();
    let penalties = PenaltyRules {
        waivers: 0,
        ..PenaltyRules::default()
    };
    let policy = Policy {
        penalties,
        ..Policy::default()
    };
    till.ok(Command::SetPolicy {
        location: Some(till.gym.place),
        policy,
    });
    let lot = till.gym.sell(till.ada, year(2));
    till.invoice_for(till.ada, Charged::Lot(lot), 2501, "free", None);
    (till, lot)
}

#[test]
fn a_no_show_earns_the_visit_and_one_that_was_corrected_gives_it_back() {
    let (mut till, _) = classes();
    let ada = till.ada;
    till.gym.at("2026-03-01T08:00:00Z");
    let class = till.gym.on("2026-03-02");
    till.ok(Command::Book(Book::one(ada, class)));
    assert_eq!(stand(&till), (2501, 0, 0), "a booking earns nothing");
    till.gym.at("2026-03-02T12:00:00Z");
    assert!(till.gym.no_show(ada, class).starts_with("Ada no_show"));
    super::books::check(&till.gym.club);
    assert_eq!(stand(&till), (1250, 1251, 0), "it costs the visit");
    let penalty = till.gym.club.penalties.iter().next().unwrap().id;
    let why = "was ill".to_owned();
    till.ok(EntitlementCommand::WaivePenalty { penalty, why });
    assert_eq!(stand(&till), (2501, 0, 0), "forgiven");
}

#[test]
fn a_visit_in_a_class_earns_when_the_member_comes() {
    let (mut till, _) = classes();
    let ada = till.ada;
    till.gym.at("2026-03-01T08:00:00Z");
    let class = till.gym.on("2026-03-02");
    till.ok(Command::Book(Book::one(ada, class)));
    till.gym.at("2026-03-02T08:55:00Z");
    assert!(till.gym.check_in(ada, class).starts_with("Ada attended"));
    super::books::check(&till.gym.club);
    assert_eq!(stand(&till), (1250, 1251, 0));
}
