//! Spend at the counter: the truth is found again, sums are those of the till, and what cannot be is refused.

use gym_analytics::columns::{Columns, DataError};
use gym_analytics::revenue::{Estimate, Joins, bottom_up, reconcile};
use gym_analytics::spend::{Spend, SpendError, SpendParams};
use linfa::DatasetBase;
use linfa::traits::Fit;
use linfa_linear::{Link, TweedieRegressor};
use linfa_preprocessing::linear_scaling::LinearScaler;
use ndarray::{Array1, Array2};
use proptest::prelude::*;

use crate::random::Draw;

/// Above 0 and below 1.
fn uniform(draw: &mut Draw) -> f64 {
    (draw.below(1 << 52) as f64 + 0.5) / (1_u64 << 52) as f64
}

/// A Poisson number of purchases of exponential sizes: variance dispersion · mean^1.5.
fn compound(draw: &mut Draw, mean: f64, dispersion: f64) -> f64 {
    let purchases = mean.sqrt() / (dispersion * 0.5);
    let size = dispersion * 0.5 * mean.sqrt();
    let (mut sum, mut waited) = (0.0, -uniform(draw).ln());
    while waited < purchases {
        sum -= size * uniform(draw).ln();
        waited -= uniform(draw).ln();
    }
    sum
}

const TRUTH: [f64; 3] = [0.5, -0.3, 0.0];

/// Features that are uniform around 0, and what members with a mean of 800·exp(truth) spend.
fn till(seed: u64, rows: usize) -> (Columns<'static>, Vec<i64>, Vec<f64>) {
    let mut draw = Draw(seed);
    let (mut columns, mut spent, mut means) = (vec![Vec::new(); 3], Vec::new(), Vec::new());
    for _ in 0..rows {
        let mut along: f64 = 0.0;
        for (column, truth) in columns.iter_mut().zip(TRUTH) {
            // A standard deviation of 1.
            let value = (uniform(&mut draw) - 0.5) * 12_f64.sqrt();
            column.push(value);
            along += truth * value;
        }
        let mean = 800.0 * along.exp();
        means.push(mean);
        spent.push((compound(&mut draw, mean / 800.0, 2.0) * 800.0).round() as i64);
    }
    let names = ["visit_days_28", "days_since_visit", "age"];
    (
        Columns::new(names.into_iter().zip(columns)).unwrap(),
        spent,
        means,
    )
}

#[test]
fn the_truth_is_found_again() {
    let (columns, spent, means) = till(1, 20_000);
    let share = spent.iter().filter(|it| **it == 0).count() as f64 / 20_000.0;
    assert!((0.3..0.5).contains(&share), "{share}");
    let spend = SpendParams::default().learn(&columns, &spent).unwrap();
    for ((name, factor), truth) in spend.factors().into_iter().zip(TRUTH) {
        assert!((factor.ln() - truth).abs() < 0.04, "{name}: {factor} for {truth}");
    }
    let expected = spend.expected(&columns).unwrap();
    let off: f64 = expected
        .iter()
        .zip(&means)
        .map(|(a, b)| (a - b).abs())
        .sum::<f64>()
        / means.iter().sum::<f64>();
    assert!(off < 0.04, "{off}");
    // The truth is on the scale of 800, the model's on that of the mean.
    let unit = spent.iter().sum::<i64>() as f64 / 20_000.0;
    assert!(
        (spend.dispersion() * (unit / 800.0).sqrt() - 2.0).abs() < 0.2,
        "{}",
        spend.dispersion()
    );
}

/// linfa's regression finds the same, where amounts are so scaled that its sum over rows is a mean. On a natural scale its
/// first step is too long, and its line search does not end.
#[test]
fn linfa_finds_the_same_coefficients() {
    let (columns, spent, _) = till(2, 500);
    for power in [1.3, 1.5, 1.7] {
        let params = SpendParams {
            power,
            ridge: 5.0,
            months: 1,
        };
        let ours = params.learn(&columns, &spent).unwrap();
        let matrix = Array2::from_shape_fn((500, 3), |(row, at)| {
            columns.values(&columns.features().names()[at]).unwrap()[row]
        });
        let scaled = LinearScaler::standard().fit(&DatasetBase::from(matrix)).unwrap();
        let matrix = Array2::from_shape_fn((500, 3), |(row, at)| {
            let value = columns.values(&columns.features().names()[at]).unwrap()[row];
            (value - scaled.offsets()[at]) * scaled.scales()[at]
        });
        let mean = spent.iter().sum::<i64>() as f64 / 500.0;
        let small = 500_f64.powf(-1.0 / (2.0 - power));
        let amounts: Array1<f64> = spent.iter().map(|it| *it as f64 / mean * small).collect();
        let peer = TweedieRegressor::params()
            .power(power)
            .link(Link::Log)
            .alpha(5.0 / 500.0)
            .max_iter(1_000)
            .tol(1e-7)
            .fit(&DatasetBase::new(matrix, amounts))
            .unwrap();
        for ((name, factor), theirs) in ours.factors().into_iter().zip(&peer.coef) {
            assert!(
                (factor.ln() - theirs).abs() < 1e-5,
                "power {power}, {name}: {} for {theirs}",
                factor.ln()
            );
        }
    }
}

#[test]
fn sums_are_those_of_the_till_in_any_currency() {
    let (columns, spent, _) = till(2, 3_000);
    let one = SpendParams::default().learn(&columns, &spent).unwrap();
    let sum = |spend: &Spend| spend.expected(&columns).unwrap().iter().sum::<f64>();
    let truth = spent.iter().sum::<i64>() as f64;
    assert!((sum(&one) / truth - 1.0).abs() < 1e-12);
    let dear: Vec<i64> = spent.iter().map(|it| it * 10_000_000).collect();
    let other = SpendParams::default().learn(&columns, &dear).unwrap();
    assert!((sum(&other) / truth / 1e7 - 1.0).abs() < 1e-12);
    for ((_, a), (_, b)) in one.factors().into_iter().zip(other.factors()) {
        assert!((a - b).abs() < 1e-6);
    }
}

/// Of another draw of the same members, 95 of 100 sums lie within two deviations.
#[test]
fn the_deviation_of_a_sum_is_that_of_chance() {
    let (columns, spent, means) = till(3, 5_000);
    let spend = SpendParams::default().learn(&columns, &spent).unwrap();
    let one_hundred: Vec<u32> = (0..100).collect();
    let club = columns.pick(&one_hundred).unwrap();
    let told = spend.total(&club).unwrap();
    let mut draw = Draw(77);
    let sums: Vec<f64> = (0..400)
        .map(|_| {
            means[..100]
                .iter()
                .map(|mean| 800.0 * compound(&mut draw, mean / 800.0, 2.0))
                .sum()
        })
        .collect();
    let mean = sums.iter().sum::<f64>() / 400.0;
    let deviation = (sums.iter().map(|it| (it - mean).powi(2)).sum::<f64>() / 399.0).sqrt();
    assert!(
        (told.deviation / deviation - 1.0).abs() < 0.15,
        "{} for {deviation}",
        told.deviation
    );
    assert!(
        (told.expected / mean - 1.0).abs() < 0.06,
        "{} for {mean}",
        told.expected
    );
}

#[test]
fn the_shop_is_a_part_of_revenue() {
    let (columns, spent, _) = till(2, 500);
    let quarterly = SpendParams {
        months: 3,
        ..SpendParams::default()
    };
    let spend = quarterly.learn(&columns, &spent).unwrap();
    let two = columns.pick(&[4, 9]).unwrap();
    let expected = spend.expected(&two).unwrap();
    let shop = spend.by_month(&two, &[&[1.0, 0.5], &[0.8, 0.0]]).unwrap();
    assert!((shop[0] - (expected[0] + 0.8 * expected[1]) / 3.0).abs() < 1e-9);
    assert!((shop[1] - 0.5 * expected[0] / 3.0).abs() < 1e-9);
    let nobody = Joins {
        each_month: &[0.0, 0.0],
        price: 0.0,
        survival: &[1.0, 1.0],
    };
    assert_eq!(bottom_up(&[], &nobody, &shop).unwrap().shop, shop);
    let contracts = Estimate {
        expected: 4_000.0,
        deviation: 100.0,
    };
    let all = Estimate {
        expected: 6_000.0,
        deviation: 900.0,
    };
    assert!(reconcile(&[contracts, spend.total(&two).unwrap()], all).is_ok());
    assert_eq!(
        spend.by_month(&two.pick(&[]).unwrap(), &[]).unwrap(),
        Vec::<f64>::new()
    );
    let why = |survival: &[&[f64]]| spend.by_month(&two, survival).unwrap_err().to_string();
    assert_eq!(why(&[&[1.0]]), "survival has 1, expected 2");
    assert_eq!(
        why(&[&[1.0, 1.0], &[1.0]]),
        "the survival of a row has 1, expected 2"
    );
    assert_eq!(
        why(&[&[1.0], &[1.5]]),
        "row 1 is there with 1.5, expected a share, 0 to 1"
    );
    assert_eq!(
        why(&[&[1.0], &[f64::NAN]]),
        "row 1 is there with NaN, expected a share, 0 to 1"
    );
}

#[test]
fn bad_data_and_settings_are_refused() {
    let learn = |values: Vec<f64>, spent: &[i64], params: SpendParams| {
        let columns = Columns::new([("age", values)]).unwrap();
        params
            .learn(&columns, spent)
            .map(|it| it.expected(&columns).unwrap())
    };
    let base = SpendParams::default();
    let why = |spent: &[i64], params| learn(vec![1.0, 2.0, 3.0], spent, params).unwrap_err().to_string();
    let right = [100, 0, 300];
    for (params, expected) in [
        (
            SpendParams { power: 1.0, ..base },
            "power is 1, expected 1.1 to 1.9",
        ),
        (
            SpendParams {
                power: f64::NAN,
                ..base
            },
            "power is NaN, expected 1.1 to 1.9",
        ),
        (
            SpendParams { ridge: -1.0, ..base },
            "ridge is -1, expected 0 to 1e12",
        ),
        (SpendParams { months: 0, ..base }, "months is 0, expected 1 to 60"),
    ] {
        assert_eq!(why(&right, params), expected);
    }
    assert_eq!(why(&[100, 0], base), "spent has 2, expected 3");
    assert_eq!(
        why(&[100, -1, 0], base),
        "row 1 spent -1 minor units, expected 0 to 10^15"
    );
    assert_eq!(
        why(&[0, 0, i64::MAX], base),
        "row 2 spent 9223372036854775807 minor units, expected 0 to 10^15"
    );
    assert_eq!(
        why(&[0, 0, 0], base),
        "none of 3 rows spent anything, expected one that did"
    );
    for value in [f64::NAN, f64::INFINITY] {
        let why = learn(vec![value, 1.0], &[1, 2], base).unwrap_err();
        assert!(
            matches!(why, SpendError::Data(DataError::NotFinite { row: 0, .. })),
            "{why}"
        );
    }
    assert_eq!(
        learn(vec![], &[], base),
        Err(DataError::NoRows { expected: 1 }.into())
    );
    // One row, or rows that are the same, spend what they spent on average.
    assert_eq!(learn(vec![1.0], &[500], base), Ok(vec![500.0]));
    assert_eq!(learn(vec![1.0; 2], &[500, 100], base), Ok(vec![300.0; 2]));
    assert_eq!(learn(vec![1.0, 2.0], &[500, 500], base), Ok(vec![500.0; 2]));
}

#[test]
fn a_feature_without_end_does_not_settle_or_is_held_by_its_ridge() {
    // Whoever has not got it never spends: without a ridge its coefficient has no end.
    let columns = Columns::new([("has_locker", vec![0.0, 0.0, 0.0, 1.0, 1.0, 1.0])]).unwrap();
    let spent = [0, 0, 0, 500, 700, 900];
    let free = SpendParams {
        ridge: 0.0,
        ..SpendParams::default()
    };
    match free.learn(&columns, &spent) {
        Err(SpendError::NotSettled { .. } | SpendError::Singular | SpendError::Broken { .. }) => {}
        Ok(found) => assert!(found.expected(&columns).unwrap().iter().all(|it| it.is_finite())),
        Err(why) => panic!("{why}"),
    }
    let held = SpendParams::default().learn(&columns, &spent).unwrap();
    let expected = held.expected(&columns).unwrap();
    assert!(expected[0] < 0.5 * expected[3], "{expected:?}");
}

#[test]
fn what_is_kept_comes_back_and_other_features_are_refused() {
    let (columns, spent, _) = till(2, 300);
    let spend = SpendParams::default().learn(&columns, &spent).unwrap();
    let text = serde_json::to_string(&spend).unwrap();
    assert_eq!(serde_json::from_str::<Spend>(&text).unwrap(), spend);
    let broken = text.replacen("\"power\":1.5", "\"power\":2.5", 1);
    let why = serde_json::from_str::<Spend>(&broken).unwrap_err().to_string();
    assert!(
        why.starts_with("kept spend: the power is not 1.1 to 1.9"),
        "{why}"
    );
    let broken = text.replacen("\"coefficients\":[", "\"coefficients\":[1e9,", 1);
    assert!(serde_json::from_str::<Spend>(&broken).is_err());
    let other = Columns::new([("age", vec![1.0])]).unwrap();
    assert!(matches!(
        spend.expected(&other),
        Err(DataError::OtherFeatures { position: 0, .. })
    ));
}

proptest! {
    #![proptest_config(crate::soak::cases(256))]

    /// Whatever is bought, there are numbers that add up, or a reason why there are none.
    #[test]
    fn any_till_makes_numbers_or_a_reason(
        rows in prop::collection::vec((
            prop_oneof![Just(0.0), Just(1e15), Just(-1e15), Just(1e-300), -1e3..1e3], -1e3..1e3,
            prop_oneof![Just(0), Just(1), Just(1_000_000_000_000_000), 0_i64..100_000]
        ), 0..30),
        power in 1.1..1.9,
        ridge in prop_oneof![Just(0.0), Just(1.0), Just(1e12)],
    ) {
        let (a, b): (Vec<f64>, Vec<f64>) = rows.iter().map(|row| (row.0, row.1)).unzip();
        let spent: Vec<i64> = rows.iter().map(|row| row.2).collect();
        let columns = Columns::new([("a", a), ("b", b)]).unwrap();
        if let Ok(found) = (SpendParams { power, ridge, months: 1 }).learn(&columns, &spent) {
            let expected = found.expected(&columns).unwrap();
            prop_assert!(expected.iter().all(|it| it.is_finite() && *it >= 0.0));
            let truth = spent.iter().map(|it| *it as f64).sum::<f64>();
            prop_assert!((expected.iter().sum::<f64>() / truth - 1.0).abs() < 1e-9);
        }
    }
}
