//! Revenue from its parts, as a whole, and the two made one.

use chrono::{Datelike, TimeDelta};
use gym_analytics::revenue::{
    Contract, Estimate, Joins, RevenueError, Running, Takings, bottom_up, earned, reconcile, together,
};
use gym_core::history::{Ending, History, Outcome, day_of, micros};
use gym_core::sim::teacher::{Lesson, Profile, Teacher};
use proptest::prelude::*;

fn lesson() -> Lesson {
    Teacher::new(Profile::NorthAmerica, 21, 900, "2023-01-01".parse().unwrap(), 24).teach()
}

#[test]
fn takings_are_the_payments_that_had_settled() {
    let lesson = lesson();
    let as_of = lesson.months[20];
    let takings = Takings::of(&lesson.history, 0, as_of).unwrap();
    // In the month in which the club opened, nothing had settled yet.
    assert_eq!(takings.first, "2023-02-01".parse().unwrap());
    assert_eq!(
        (takings.months.len(), takings.next()),
        (19, "2024-09-01".parse().unwrap())
    );
    let settled = lesson
        .history
        .payments
        .rows()
        .filter(|row| row.outcome == Outcome::Settled && row.outcome_at <= micros(as_of));
    let made = settled
        .filter(|row| row.made_at < micros(as_of))
        .map(|row| row.amount)
        .sum::<i64>() as f64;
    assert!(made > 0.0 && (takings.months.iter().sum::<f64>() - made).abs() < 1e-6);
    let joins = Takings::joins(&lesson.history, 0, as_of).unwrap();
    let counted: f64 = joins.months.iter().sum();
    assert!(
        counted > 50.0 && counted <= lesson.history.members.len() as f64,
        "{counted}"
    );
    let why = Takings::of(&lesson.history, 7, as_of).unwrap_err();
    assert_eq!(why.to_string(), "place 7 does not exist, there are 1");
}

#[test]
fn what_is_learned_later_changes_no_month_that_is_over() {
    let lesson = lesson();
    let as_of = lesson.months[12];
    let (takings, joins) = (
        Takings::of(&lesson.history, 0, as_of),
        Takings::joins(&lesson.history, 0, as_of),
    );
    let until = micros(as_of);
    let mut facts = lesson.history.clone().into_facts();
    facts.payments = facts
        .payments
        .rows()
        .filter(|row| row.recorded_at <= until)
        .map(|mut row| {
            if row.outcome_at > until {
                // What was not known yet: a payment in the air, or one that was refunded only later.
                row.outcome = if row.outcome == Outcome::Refunded {
                    Outcome::Refunded
                } else {
                    Outcome::Open
                };
            }
            row
        })
        .collect();
    let history = History::new(lesson.history.during(), facts).unwrap();
    assert_eq!(Takings::of(&history, 0, as_of), takings);
    assert_eq!(Takings::joins(&history, 0, as_of), joins);
}

#[test]
fn a_contract_pays_in_its_months_as_long_as_it_lasts() {
    let survival = [0.9, 0.8, 0.7, 0.6, 0.5, 0.4];
    let quarterly = Contract {
        price: 300.0,
        every: 3,
        next: 2,
        into_month: 0.0,
        survival: &survival,
    };
    let monthly = Contract {
        price: 100.0,
        every: 1,
        next: 1,
        into_month: 0.0,
        survival: &survival,
    };
    let none = Joins {
        each_month: &[0.0; 6],
        price: 0.0,
        survival: &[1.0; 6],
    };
    let parts = bottom_up(&[quarterly, monthly], &none, &[10.0; 6]).unwrap();
    let expected = [90.0, 80.0 + 240.0, 70.0, 60.0, 50.0 + 150.0, 40.0];
    for (month, value) in expected.into_iter().enumerate() {
        assert!((parts.contracts[month] - value).abs() < 1e-9, "{month}");
        assert!((parts.total(month) - value - 10.0).abs() < 1e-9);
    }
    let joins = Joins {
        each_month: &[2.0, 3.0, 0.0],
        price: 10.0,
        survival: &[1.0, 0.5, 0.25],
    };
    assert_eq!(
        bottom_up(&[], &joins, &[0.0; 3]).unwrap().joins,
        [20.0, 10.0 + 30.0, 5.0 + 15.0]
    );
}

#[test]
fn what_chance_may_do_is_that_of_every_way_it_may_go() {
    let survival = [0.9, 0.8, 0.7];
    let contract = Contract {
        price: 100.0,
        every: 1,
        next: 1,
        into_month: 0.0,
        survival: &survival,
    };
    let joins = Joins {
        each_month: &[2.0, 0.0, 0.0],
        price: 10.0,
        survival: &[1.0, 0.5, 0.25],
    };
    let check = |months: std::ops::Range<usize>, expected: f64, variance: f64| {
        let found = together(&[contract], &joins, &[5.0; 3], months).unwrap();
        assert!((found.expected - expected).abs() < 1e-9, "{found:?}");
        assert!((found.deviation.powi(2) - variance).abs() < 1e-6, "{found:?}");
    };
    // It pays 0, 1, 2 or 3 times at 0.1, 0.1, 0.1 and 0.7; who joins pays 1, 2 or 3 times at 0.5, 0.25 and 0.25.
    let (pays, square) = (0.1 + 0.2 + 2.1, 0.1 + 0.4 + 6.3);
    check(
        0..3,
        100.0 * pays + 20.0 * 1.75 + 15.0,
        1e4 * (square - pays * pays) + 2.0 * 100.0 * (0.5 + 1.0 + 2.25),
    );
    // Of the last two months: 0, 1 or 2 times at 0.2, 0.1 and 0.7, and at 0.5, 0.25 and 0.25.
    check(
        1..3,
        150.0 + 20.0 * 0.75 + 10.0,
        1e4 * (0.1 + 2.8 - 1.5 * 1.5) + 2.0 * 100.0 * (0.25 + 1.0),
    );
    let yearly = Contract { every: 2, ..contract };
    let none = Joins {
        each_month: &[0.0; 3],
        ..joins
    };
    let found = together(&[yearly], &none, &[0.0; 3], 1..2).unwrap();
    assert_eq!((found.expected, found.deviation), (0.0, 0.0));
    let far = together(&[contract], &joins, &[0.0; 3], 2..4).unwrap_err();
    assert_eq!(far.to_string(), "the months together has 3 months, expected 4");
}

#[test]
fn contracts_that_run_are_those_that_have_not_ended() {
    let lesson = lesson();
    let (history, as_of) = (&lesson.history, lesson.months[18] + TimeDelta::days(10));
    let running = Running::of(history, 0, as_of).unwrap();
    let today = "2024-07-11".parse().unwrap();
    let there = history.memberships.rows().filter(|row| {
        let known = row.ending != Ending::Running && row.end_recorded_at <= micros(as_of);
        row.recorded_at <= micros(as_of) && !(known && day_of(row.ends_on).unwrap() <= today)
    });
    assert_eq!(running.len(), there.count());
    assert!(running.iter().any(|it| it.ends_on.is_some()));
    for it in &running {
        assert!(it.ends_on.is_none_or(|day| day > today));
        assert_eq!((it.next.year(), it.next.month()), (2024, 7));
        assert_eq!((it.every, it.pays_on(2).map(|day| day.month())), (1, Some(9)));
        assert!([5_900.0, 5_200.0, 4_500.0].contains(&it.price));
    }
    assert!(Running::of(history, 4, as_of).is_err());
    assert_eq!(Running::of(history, 0, lesson.months[0]).unwrap(), []);
}

#[test]
fn what_makes_no_sense_is_refused() {
    let joins = Joins {
        each_month: &[1.0, 1.0],
        price: 5.0,
        survival: &[1.0, 0.9],
    };
    let of = |price, every, next, survival| {
        bottom_up(
            &[Contract {
                price,
                every,
                next,
                into_month: 0.0,
                survival,
            }],
            &joins,
            &[0.0, 0.0],
        )
        .unwrap_err()
    };
    let says = |why: RevenueError, text: &str| assert_eq!(why.to_string(), text);
    says(
        of(1.0, 1, 1, &[0.5]),
        "the survival of a contract has 1 months, expected 2",
    );
    says(of(1.0, 1, 1, &[0.5, 1.5]), "a survival is 1.5, expected 0 to 1");
    says(
        of(-1.0, 1, 1, &[0.5, 0.5]),
        "the price of a contract is -1, expected 0 to 1e15",
    );
    says(
        of(1.0, 0, 1, &[0.5, 0.5]),
        "the months between payments is 0, expected 1 or more",
    );
    says(
        of(1.0, 1, 0, &[0.5, 0.5]),
        "the next payment is 0, expected 1 or more",
    );
    says(
        bottom_up(&[], &joins, &[0.0]).unwrap_err(),
        "joins has 2 months, expected 1",
    );
    says(
        bottom_up(&[], &joins, &[0.0, f64::NAN]).unwrap_err(),
        "an amount is NaN, expected 0 to 1e15",
    );
    let sure = Estimate {
        expected: 1.0,
        deviation: 1.0,
    };
    for wrong in [
        Estimate {
            deviation: 0.0,
            ..sure
        },
        Estimate {
            deviation: f64::NAN,
            ..sure
        },
        Estimate {
            expected: f64::INFINITY,
            ..sure
        },
    ] {
        assert!(reconcile(&[wrong], sure).is_err() && reconcile(&[sure], wrong).is_err());
    }
}

fn estimates() -> impl Strategy<Value = Estimate> {
    (-1e6..1e6f64, 1.0..1e5f64).prop_map(|(expected, deviation)| Estimate { expected, deviation })
}

proptest! {
    #![proptest_config(crate::soak::cases(128))]

    #[test]
    fn parts_sum_to_the_total_which_lies_between(
        parts in proptest::collection::vec(estimates(), 1..6),
        total in estimates(),
    ) {
        let found = reconcile(&parts, total).unwrap();
        let (sum, below) = (found.parts.iter().sum::<f64>(), parts.iter().map(|part| part.expected).sum::<f64>());
        prop_assert!((sum - found.total.expected).abs() < 1e-6);
        let (low, high) = (below.min(total.expected), below.max(total.expected));
        prop_assert!(low - 1e-6 <= sum && sum <= high + 1e-6);
        prop_assert!(found.total.deviation <= total.deviation + 1e-9);
    }

    /// No other parts that sum to their total are nearer, each distance in its own deviation.
    #[test]
    fn it_is_the_least_squares_answer(
        parts in proptest::collection::vec(estimates(), 1..5),
        total in estimates(),
        moves in proptest::collection::vec(-1e3..1e3f64, 5),
    ) {
        let far = |values: &[f64]| -> f64 {
            let off = |value: f64, from: &Estimate| ((value - from.expected) / from.deviation).powi(2);
            let below: f64 = values.iter().zip(&parts).map(|(value, part)| off(*value, part)).sum();
            below + off(values.iter().sum(), &total)
        };
        let best = reconcile(&parts, total).unwrap().parts;
        let other: Vec<f64> = best.iter().zip(moves).map(|(value, by)| value + by).collect();
        prop_assert!(far(&best) <= far(&other) * (1.0 + 1e-9) + 1e-9);
    }

    /// Whatever is paid in some months is earned in them or after, and at once where it pays for a month from its first day on.
    #[test]
    fn what_is_paid_is_earned_once(
        contracts in proptest::collection::vec((0.0..1e4f64, 1u32..13, 1u32..9, 0.0..1.0f64, 0.5..1.0f64), 0..6),
        each_month in proptest::collection::vec(0.0..50.0f64, 8),
        shop in proptest::collection::vec(0.0..1e4f64, 8),
        stays in 0.0..=1.0f64,
    ) {
        let curves: Vec<Vec<f64>> = contracts.iter().map(|it| (1..9).map(|month| it.4.powi(month)).collect()).collect();
        let of = |into: Option<f64>| -> Vec<Contract<'_>> {
            let paid = contracts.iter().zip(&curves);
            paid.map(|((price, every, next, into_month, _), survival)| Contract {
                price: *price,
                every: into.map_or(*every, |_| 1),
                next: *next,
                into_month: into.unwrap_or(*into_month),
                survival,
            }).collect()
        };
        let survival: Vec<f64> = (0..8).map(|month| stays.powi(month)).collect();
        let joins = Joins { each_month: &each_month, price: 40.0, survival: &survival };
        let all = of(None);
        let found = earned(&all, &joins, &shop, &[0.0; 8]).unwrap();
        let parts = bottom_up(&all, &joins, &shop).unwrap();
        let paid: f64 = (0..8).map(|month| parts.total(month)).sum();
        let sum = found.new.iter().sum::<f64>() + found.after;
        prop_assert!((sum - paid).abs() <= 1e-9 * paid.max(1.0), "{sum} of {paid}");
        prop_assert!(found.after > -1e-6 && found.new.iter().all(|value| *value > -1e-6));

        let none = Joins { each_month: &[0.0; 8], ..joins };
        let (monthly, nothing) = (of(Some(0.0)), [0.0; 8]);
        let (found, parts) = (earned(&monthly, &none, &shop, &nothing).unwrap(), bottom_up(&monthly, &none, &shop).unwrap());
        for month in 0..8 {
            prop_assert!((found.new[month] - parts.total(month)).abs() <= 1e-6);
        }
    }

    #[test]
    fn who_is_sure_stays(expected in -1e6..1e6f64, other in estimates()) {
        let sure = Estimate { expected, deviation: 1e-3 };
        let unsure = Estimate { deviation: 1e4, ..other };
        let (part, total) = (reconcile(&[sure, unsure], unsure).unwrap(), reconcile(&[unsure], sure).unwrap());
        prop_assert!((part.parts[0] - expected).abs() < 1.0);
        prop_assert!((total.total.expected - expected).abs() < 1.0);
    }
}
