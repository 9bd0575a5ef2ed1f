//! Discounts: percents before fixed amounts, each recorded, each within its scope, never below zero.

use gym_core::billing::discount::{Discount, Off, Redemption, Scope};
use gym_core::billing::invoice::Source;
use gym_core::billing::obligation::PaymentType;
use gym_core::billing::tax::{Prices, Rounding};

use super::make::{House, code, day, discount, eur, fee, id, owing, session};

fn house(discounts: Vec<Discount>) -> House {
    House {
        discounts,
        ..House::new(Prices::Inclusive, Rounding::PerLine)
    }
}

/// The discounts that were taken of a line, and what is left.
fn taken(
    house: &House,
    payer: i64,
    owed: gym_core::billing::obligation::Obligation,
) -> (Vec<(i64, i64)>, i64) {
    let invoice = house.run(&[owing(payer, owed)], "2027-03-01").unwrap().remove(0);
    let line = &invoice.lines[0];
    let each = line.adjustments.iter().map(|it| match it.source {
        Source::Discount(discount) => (discount.get(), it.amount.minor()),
        _ => panic!("{it:?}"),
    });
    (each.collect(), line.gross.minor())
}

#[test]
fn percents_come_first_whatever_was_set_first() {
    let house = house(vec![
        discount(1, Off::Fixed(eur(500))),
        discount(2, Off::Percent(10_000)),
        discount(3, Off::Percent(50_000)),
    ]);
    assert_eq!(
        taken(&house, 1, fee(1, "2027-03-01", 3_999)),
        (vec![(2, -400), (3, -1_800), (1, -500)], 1_299)
    );
}

#[test]
fn nothing_goes_below_zero_and_what_takes_nothing_is_not_recorded() {
    let house = house(vec![
        discount(1, Off::Fixed(eur(500))),
        discount(2, Off::Fixed(eur(500))),
        discount(3, Off::Fixed(eur(500))),
    ]);
    assert_eq!(
        taken(&house, 1, fee(1, "2027-03-01", 700)),
        (vec![(1, -500), (2, -200)], 0)
    );
    let all = self::house(vec![
        discount(1, Off::Percent(100_000)),
        discount(2, Off::Percent(50_000)),
    ]);
    assert_eq!(taken(&all, 1, fee(1, "2027-03-01", 700)), (vec![(1, -700)], 0));
}

#[test]
fn a_scope_holds_for_whom_what_and_when() {
    let mut scoped = discount(1, Off::Percent(10_000));
    scoped.terms.scope = Scope {
        members: [id(7)].into(),
        kinds: [PaymentType::Session].into(),
        codes: [code("class")].into(),
    };
    (scoped.terms.from, scoped.terms.until) = (day("2027-02-01"), Some(day("2027-02-28")));
    let mut elsewhere = discount(2, Off::Percent(90_000));
    elsewhere.location = Some(id(2));
    let house = house(vec![scoped, elsewhere]);
    let lowered = |payer, owed| taken(&house, payer, owed).1 != 1_000;
    assert!(lowered(7, session(1, "2027-02-01", 1_000)));
    assert!(lowered(7, session(1, "2027-02-28", 1_000)));
    assert!(!lowered(7, session(1, "2027-03-01", 1_000)));
    assert!(!lowered(7, session(1, "2027-01-31", 1_000)));
    assert!(!lowered(8, session(1, "2027-02-01", 1_000)));
    assert!(!lowered(7, fee(1, "2027-02-01", 1_000)));
    let mut book = session(1, "2027-02-01", 1_000);
    book.tax = code("book");
    assert!(!lowered(7, book));
}

#[test]
fn a_code_must_have_been_given() {
    let mut coded = discount(1, Off::Percent(50_000));
    coded.terms.code = Some("SPRING".to_owned());
    let mut house = house(vec![coded]);
    assert_eq!(taken(&house, 1, fee(1, "2027-03-01", 1_000)).1, 1_000);
    house.redemptions.push(Redemption {
        id: id(1),
        discount: id(1),
        member: id(1),
        on: day("2027-03-01"),
    });
    assert_eq!(taken(&house, 1, fee(1, "2027-03-01", 1_000)).1, 500);
    assert_eq!(taken(&house, 2, fee(2, "2027-03-01", 1_000)).1, 1_000);
}

#[test]
fn a_number_of_periods_is_counted_by_subscription_within_a_run_and_over_runs() {
    let mut half = discount(1, Off::Percent(50_000));
    half.terms.periods = Some(2);
    let mut house = house(vec![half]);
    let months = ["2027-01-01", "2027-02-01", "2027-03-01", "2027-04-01"];
    let owed = |upto: usize| -> Vec<_> {
        let of = |subscription| {
            months[..upto]
                .iter()
                .map(move |start| owing(1, fee(subscription, start, 1_000)))
        };
        of(1).chain(of(2)).collect()
    };
    let sums = [1, 3, 4].map(|upto| {
        let made = house.bill(&owed(upto), "2027-04-01");
        made.iter().map(|it| it.total.minor()).sum::<i64>()
    });
    assert_eq!(sums, [2 * 500, 2 * (500 + 1_000), 2 * 1_000]);
}

#[test]
fn a_void_invoice_gives_its_discounts_back() {
    let mut half = discount(1, Off::Percent(50_000));
    half.terms.periods = Some(1);
    let mut house = house(vec![half]);
    house.bill(&[owing(1, fee(1, "2027-01-01", 1_000))], "2027-01-01");
    house.invoices[0].state = gym_core::billing::invoice::InvoiceState::Void;
    let again = house.bill(&[owing(1, fee(1, "2027-01-01", 1_000))], "2027-01-02");
    assert_eq!((again[0].total, again[0].number), (eur(500), Some(2)));
}
