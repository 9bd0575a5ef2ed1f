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
use crate::support::door::enter;
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

/// Credits some cents of the last invoice.
fn credit(till: &Till, gross: i64) -> BillingCommand {
    let invoice = till.gym.club.invoices.iter().next_back().unwrap();
    let takes = vec![Take {
        line: invoice.lines[0].id,
        gross: Some(eur(gross)),
    }];
    let (invoice, why) = (invoice.id, "moves away".to_owned());
    BillingCommand::IssueCreditNote { invoice, takes, why }
}

#[test]
fn a_pass_that_is_credited_in_part_earns_what_is_left_over_the_rest_of_its_visits() {
    let mut till = Till::new();
    let lot = till.pass(4, 8000, "free");
    till.visit("2026-03-01");
    let half = credit(&till, 3000);
    till.ok(half);
    assert_eq!(stand(&till), (3000, 2000, 0));
    assert_eq!(
        till.gym.balance(lot),
        (2, 0, 1, 0),
        "one of 20.00 went with the 30.00"
    );
    for (day, earned) in [("2026-03-02", 3500), ("2026-03-03", 5000), ("2026-03-04", 5000)] {
        till.gym.at(&format!("{day}T09:00:00Z"));
        let (ada, place) = (till.ada, till.gym.place);
        let _ = till.run(enter(ada, place));
        assert_eq!(stand(&till).1, earned, "on {day}");
    }
    assert_eq!(stand(&till), (0, 5000, 0));
}

#[test]
fn what_is_used_of_a_pass_is_not_credited_and_what_is_free_goes_with_its_price() {
    let mut till = Till::new();
    let lot = till.pass(3, 10_000, "membership");
    till.visit("2026-03-01");
    let too_much = credit(&till, 6668);
    assert_eq!(
        till.refused(too_much),
        "pass 1: 66.68 EUR is not accepted; expected at most 66.67 EUR, what its 2 free uses or days cost"
    );
    for (gross, left) in [(3333, 1), (100, 1), (3234, 0)] {
        let some = credit(&till, gross);
        till.ok(some);
        assert_eq!(till.gym.balance(lot).0, left, "after {gross}");
    }
    assert_eq!(stand(&till).0, 0, "nothing is owed for it");
    let more = credit(&till, 1);
    assert!(till.refused(more).contains("at most 0.00 EUR"));
}

#[test]
fn a_booking_keeps_the_use_that_it_needs_when_a_pass_is_credited() {
    let (mut till, lot) = classes();
    let ada = till.ada;
    till.gym.at("2026-03-01T08:00:00Z");
    let [soon, late] = ["2026-03-02", "2026-03-03"].map(|day| till.gym.on(day));
    till.ok(Command::Book(Book::one(ada, soon)));
    till.ok(Command::Book(Book::one(ada, late)));
    let one = credit(&till, 1251);
    assert!(till.refused(one.clone()).contains("booking"), "both are needed");
    assert!(!till.gym.cancel(ada, late).contains("no:"));
    till.ok(one);
    assert_eq!(till.gym.balance(lot), (0, 1, 0, 0));
    assert!(till.gym.book(ada, late).contains("uncovered"));
}

#[test]
fn days_to_come_of_a_pass_without_a_number_of_uses_go_with_their_price() {
    let mut till = Till::new();
    till.gym.at("2026-01-01T09:00:00Z");
    let door = gym_core::entitlement::Scope {
        door: Some(Default::default()),
        ..Default::default()
    };
    let terms = gym_core::entitlement::Terms {
        uses: gym_core::entitlement::Uses::Unlimited,
        scope: door,
        ..year(1)
    };
    let (payer, location) = (till.ada, till.gym.place);
    let sell = |terms| ShopCommand::SellPass {
        grant: Box::new(Grant {
            member: payer,
            shared_with: Default::default(),
            location,
            terms,
            price: eur(0),
        }),
        payer,
        amount: eur(36_500),
        tax: code("free"),
        paid: Some(Hand::Cash),
    };
    till.ok(sell(terms.clone()));
    till.gym.at("2026-12-01T09:00:00Z");
    let too_much = credit(&till, 3001);
    assert!(
        till.refused(too_much)
            .contains("at most 30.00 EUR, what its 30 free")
    );
    let month = credit(&till, 2099);
    till.ok(month);
    let lot = till.gym.club.lots.iter().next_back().unwrap();
    assert_eq!(lot.terms.validity.until(), Some("2026-12-12".parse().unwrap()));
    till.gym.at("2026-12-12T09:00:00Z");
    let until = "2026-12-12".parse().unwrap();
    till.ok(LedgerCommand::Recognise { location, until });
    assert_eq!(stand(&till).0, 0, "its last day has earned the rest");
    let first = gym_core::entitlement::Terms {
        uses: gym_core::entitlement::Uses::Unlimited,
        ..crate::support::lots::from_first_visit(1, 30)
    };
    till.ok(sell(first));
    let some = credit(&till, 100);
    assert!(till.refused(some).contains("expected a credit of all of it"));
}

#[test]
fn a_pass_that_cost_nothing_goes_with_its_void_invoice() {
    let mut till = Till::new();
    let lot = till.pass(10, 0, "free");
    let invoice = till.gym.club.invoices.iter().next_back().unwrap().id;
    let void = BillingCommand::VoidInvoice {
        invoice,
        why: "not wanted".to_owned(),
    };
    let mut used = till.gym.club.clone();
    till.ok(void.clone());
    assert!(till.gym.club.lots.get(lot).unwrap().withdrawn);
    std::mem::swap(&mut till.gym.club, &mut used);
    till.visit("2026-03-01");
    assert!(till.refused(void).contains("pass 1 was used 1 times"));
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

#[test]
fn a_pass_that_is_credited_in_full_or_void_opens_nothing_any_more() {
    for paid in [true, false] {
        let mut till = Till::new();
        let lot = till.pass(10, 10_000, "free");
        let invoice = till.gym.club.invoices.iter().next_back().unwrap().id;
        let why = "not wanted".to_owned();
        if paid {
            let takes = Vec::new();
            till.ok(BillingCommand::IssueCreditNote { invoice, takes, why });
        } else {
            let payment = till.gym.club.payments.iter().next_back().unwrap().id;
            till.ok(PaymentCommand::Refund {
                payment,
                amount: eur(10_000),
                why: why.clone(),
                key: None,
            });
            till.ok(BillingCommand::VoidInvoice { invoice, why });
        }
        assert!(till.gym.club.lots.get(lot).unwrap().withdrawn);
        assert_eq!(stand(&till), (0, 0, 0));
        till.gym.at("2026-03-01T09:00:00Z");
        let (ada, place) = (till.ada, till.gym.place);
        let _ = till.run(enter(ada, place));
        assert_eq!(till.gym.club.uses.len(), 0, "nothing is taken from it");
    }
}

#[test]
fn a_pass_that_was_used_is_not_credited_in_full() {
    let mut till = Till::new();
    let lot = till.pass(10, 10_000, "free");
    till.visit("2026-03-01");
    let invoice = till.gym.club.invoices.iter().next_back().unwrap();
    let (line, invoice) = (invoice.lines[0].id, invoice.id);
    let credit = |gross| BillingCommand::IssueCreditNote {
        invoice,
        takes: vec![Take { line, gross }],
        why: "not wanted".to_owned(),
    };
    assert!(till.refused(credit(None)).contains("pass 1 was used 1 times"));
    till.ok(credit(Some(eur(9000))));
    assert!(till.refused(credit(None)).contains("pass 1 was used 1 times"));
    assert_eq!(till.gym.balance(lot), (0, 0, 1, 0));
    assert!(!till.gym.club.lots.get(lot).unwrap().withdrawn);
}
