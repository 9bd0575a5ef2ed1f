//! Boosted trees: learned alike on any number of threads, exactly explained, never upset by a gap.

use gym_analytics::boost::{BoostParams, Direction};
use gym_analytics::columns::{Columns, DataError};
use gym_analytics::evaluate::Scored;
use gym_analytics::sample::{FitError, Sample};
use proptest::prelude::*;

use crate::rows::{members, unit};

fn few() -> BoostParams {
    BoostParams {
        trees: 40,
        rate: 0.1,
        ..BoostParams::default()
    }
}

/// Members of whom every seventh's days since the last visit are not known.
fn gappy(rows: usize, seed: u64) -> crate::rows::Members {
    let mut members = members(rows, seed);
    for row in (0..rows).step_by(7) {
        members.values[0].1[row] = f64::NAN;
        members.left[row] = f64::from(row % 3 > 0);
    }
    members
}

#[test]
fn it_learns_what_there_is_to_learn() {
    let (train, test) = (gappy(6_000, 1), gappy(6_000, 2));
    let boost = few().learn(&Sample::new(&train.columns(), &train.left)).unwrap();
    let yes = test.left.iter().map(|left| *left == 1.0).collect();
    let scored = Scored::new(boost.probabilities(&test.columns()).unwrap(), yes).unwrap();
    assert!(scored.roc_auc().unwrap() > 0.72, "{}", scored.roc_auc().unwrap());
    assert!(scored.log_loss() < 0.60, "{}", scored.log_loss());
    assert!(scored.ece(15).unwrap() < 0.04);
}

#[test]
fn one_stump_is_the_best_stump() {
    // x ≤ 2.5 has 1 of 3 true, above 3 of 3: the only split that least_rows = 3 allows.
    let columns = Columns::new([("x", vec![0.0, 1.0, 2.0, 3.0, 4.0, 5.0])]).unwrap();
    let outcomes = [0.0, 1.0, 0.0, 1.0, 1.0, 1.0];
    let params = BoostParams {
        trees: 1,
        leaves: 2,
        rate: 1.0,
        rows: 1.0,
        columns: 1.0,
        least_rows: 3,
        ..few()
    };
    let boost = params.learn(&Sample::new(&columns, &outcomes)).unwrap();
    let p: f64 = 4.0 / 6.0;
    let base = (p / (1.0 - p)).ln();
    let value = |events: f64| (events - 3.0 * p) / (3.0 * p * (1.0 - p));
    let scores = boost.log_odds(&columns).unwrap();
    for (score, events) in scores.iter().zip([1.0, 1.0, 1.0, 3.0, 3.0, 3.0]) {
        assert!((score - base - value(events)).abs() < 1e-6, "{score}");
    }
    let edge = Columns::new([("x", vec![2.5, 2.500_001])]).unwrap();
    assert_eq!(boost.log_odds(&edge).unwrap(), [scores[0], scores[5]]);
}

#[test]
fn missing_values_find_their_side() {
    let mut state = 3;
    let x: Vec<f64> = (0..900)
        .map(|row| if row % 3 == 0 { f64::NAN } else { unit(&mut state) })
        .collect();
    let outcomes: Vec<f64> = x.iter().map(|x| f64::from(x.is_nan() || *x > 0.8)).collect();
    let columns = Columns::new([("x", x)]).unwrap();
    let boost = few().learn(&Sample::new(&columns, &outcomes)).unwrap();
    let asked = Columns::new([("x", vec![f64::NAN, 0.1, 0.95])]).unwrap();
    let risk = boost.probabilities(&asked).unwrap();
    assert!(risk[0] > 0.9 && risk[1] < 0.1 && risk[2] > 0.9, "{risk:?}");
}

#[test]
fn shapley_values_sum_to_the_log_odds() {
    let members = gappy(1_500, 4);
    let columns = members.columns();
    for leaves in [8, 40] {
        let params = BoostParams {
            leaves,
            least_rows: 5,
            ..few()
        };
        let boost = params.learn(&Sample::new(&columns, &members.left)).unwrap();
        let scores = boost.log_odds(&columns).unwrap();
        for row in (0..1_500).step_by(31) {
            let explanation = boost.explain(&columns, row).unwrap();
            assert!((explanation.log_odds - scores[row]).abs() < 1e-9);
        }
        let mean: f64 = scores.iter().sum::<f64>() / 1_500.0;
        assert!((boost.explain(&columns, 0).unwrap().baseline - mean).abs() < 0.1);
    }
}

/// Shapley values by their definition: all orders of two features, unknown ones averaged over the training rows that
/// reach the node.
#[test]
fn shapley_values_are_those_of_the_definition() {
    let mut state = 5;
    let (a, b): (Vec<f64>, Vec<f64>) = (0..400)
        .map(|_| (unit(&mut state).round(), unit(&mut state).round()))
        .unzip();
    let outcomes: Vec<f64> = a
        .iter()
        .zip(&b)
        .enumerate()
        .map(|(row, (a, b))| f64::from(a * b == 1.0 && row % 5 > 0 || row % 11 == 0))
        .collect();
    let columns = Columns::new([("a", a.clone()), ("b", b.clone())]).unwrap();
    let params = BoostParams {
        trees: 1,
        leaves: 4,
        rate: 1.0,
        rows: 1.0,
        columns: 1.0,
        least_rows: 1,
        ..few()
    };
    let boost = params.learn(&Sample::new(&columns, &outcomes)).unwrap();
    let at = |a: f64, b: f64| {
        boost
            .log_odds(&Columns::new([("a", vec![a]), ("b", vec![b])]).unwrap())
            .unwrap()[0]
    };
    let share = |of: &dyn Fn(f64, f64) -> bool, when: &dyn Fn(f64, f64) -> bool| {
        let rows = || a.iter().zip(&b).filter(|(a, b)| when(**a, **b));
        rows().filter(|(a, b)| of(**a, **b)).count() as f64 / rows().count() as f64
    };
    // The tree splits on one feature first; the other's shares are those below that split.
    let below = |first_is_a: bool, first: f64| {
        share(&|a, b| if first_is_a { b == 1.0 } else { a == 1.0 }, &|a, b| {
            if first_is_a { a == first } else { b == first }
        })
    };
    let explanation = boost
        .explain(&Columns::new([("a", vec![1.0]), ("b", vec![1.0])]).unwrap(), 0)
        .unwrap();
    let fits = [true, false].into_iter().any(|first_is_a| {
        let value = |first: f64, second: f64| {
            if first_is_a {
                at(first, second)
            } else {
                at(second, first)
            }
        };
        let top = if first_is_a {
            share(&|a, _| a == 1.0, &|_, _| true)
        } else {
            share(&|_, b| b == 1.0, &|_, _| true)
        };
        let unknown_second = |first: f64| {
            let one = below(first_is_a, first);
            one * value(first, 1.0) + (1.0 - one) * value(first, 0.0)
        };
        let unknown_first = top * value(1.0, 1.0) + (1.0 - top) * value(0.0, 1.0);
        let none = top * unknown_second(1.0) + (1.0 - top) * unknown_second(0.0);
        let first = 0.5 * (unknown_second(1.0) - none) + 0.5 * (value(1.0, 1.0) - unknown_first);
        let second = 0.5 * (unknown_first - none) + 0.5 * (value(1.0, 1.0) - unknown_second(1.0));
        let (a, b) = if first_is_a {
            (first, second)
        } else {
            (second, first)
        };
        (explanation.parts[0].adds - a).abs() < 1e-9 && (explanation.parts[1].adds - b).abs() < 1e-9
    });
    assert!(fits, "{explanation:?}");
}

#[test]
fn bytes_do_not_depend_on_threads_and_follow_the_seed() {
    let members = gappy(80_000, 6);
    let columns = members.columns();
    let fit = |threads, seed| {
        let params = BoostParams {
            trees: 6,
            threads,
            seed,
            ..few()
        };
        let boost = params.learn(&Sample::new(&columns, &members.left)).unwrap();
        boost
            .log_odds(&columns)
            .unwrap()
            .iter()
            .map(|score| score.to_bits())
            .collect::<Vec<u64>>()
    };
    assert_eq!(fit(1, 1), fit(1, 1));
    assert_eq!(fit(1, 1), fit(2, 1));
    assert_eq!(fit(1, 1), fit(3, 1));
    assert_ne!(fit(1, 1), fit(1, 2));
}

#[test]
fn what_may_only_rise_never_falls() {
    let members = gappy(3_000, 7);
    let columns = members.columns();
    let directions = [
        ("days_since_visit", Direction::Rising),
        ("visits_a_month", Direction::Falling),
    ];
    let monotone = directions
        .map(|(name, direction)| (name.to_owned(), direction))
        .to_vec();
    let params = BoostParams {
        leaves: 16,
        least_rows: 5,
        monotone,
        ..few()
    };
    let boost = params.learn(&Sample::new(&columns, &members.left)).unwrap();
    let free = BoostParams {
        monotone: vec![],
        ..params.clone()
    }
    .learn(&Sample::new(&columns, &members.left))
    .unwrap();
    let sweep = |model: &gym_analytics::boost::Boost, which: usize, age: f64| {
        let points: Vec<f64> = (0..90).map(f64::from).collect();
        let columns = ["days_since_visit", "age", "visits_a_month", "year_contract"]
            .iter()
            .enumerate();
        let columns = columns.map(|(at, name)| {
            (
                *name,
                match at {
                    at if at == which => points
                        .iter()
                        .map(|x| if which == 2 { x / 6.0 } else { *x })
                        .collect(),
                    1 => vec![age; 90],
                    _ => vec![1.0; 90],
                },
            )
        });
        model.log_odds(&Columns::new(columns).unwrap()).unwrap()
    };
    for age in [20.0, 37.0, 60.0] {
        assert!(sweep(&boost, 0, age).windows(2).all(|pair| pair[0] <= pair[1]));
        assert!(sweep(&boost, 2, age).windows(2).all(|pair| pair[0] >= pair[1]));
    }
    // Without the constraint noise bends it, or the test would say nothing.
    assert!(sweep(&free, 2, 37.0).windows(2).any(|pair| pair[0] < pair[1]));
}

#[test]
fn a_stored_model_scores_the_same_bits() {
    let members = gappy(1_000, 8);
    let columns = members.columns();
    for leaves in [3, 8, 20, 100] {
        let params = BoostParams {
            leaves,
            least_rows: 1,
            trees: 10,
            ..few()
        };
        let boost = params.learn(&Sample::new(&columns, &members.left)).unwrap();
        let text = serde_json::to_string(&boost).unwrap();
        let back: gym_analytics::boost::Boost = serde_json::from_str(&text).unwrap();
        assert_eq!(back, boost);
        assert_eq!(
            back.log_odds(&columns).unwrap(),
            boost.log_odds(&columns).unwrap()
        );
    }
}

#[test]
fn a_stored_tree_that_runs_in_circles_is_refused() {
    let members = gappy(500, 9);
    let params = BoostParams {
        leaves: 4,
        trees: 1,
        ..few()
    };
    let boost = params
        .learn(&Sample::new(&members.columns(), &members.left))
        .unwrap();
    let mut value = serde_json::to_value(&boost).unwrap();
    let nodes = value["trees"][0]["nodes"].as_array_mut().unwrap();
    let last = nodes.len() - 1;
    nodes[last]["left"] = serde_json::json!({ "node": 0 });
    let found = serde_json::from_value::<gym_analytics::boost::Boost>(value)
        .unwrap_err()
        .to_string();
    assert!(found.starts_with("tree 0: node"), "{found}");
}

#[test]
fn what_cannot_be_learned_is_refused() {
    let columns = Columns::new([("x", vec![1.0, 2.0, f64::NEG_INFINITY])]).unwrap();
    let found = few().learn(&Sample::new(&columns, &[0.0, 1.0, 1.0])).unwrap_err();
    assert!(matches!(
        found,
        FitError::Data(DataError::NotFinite { row: 2, .. })
    ));
    let columns = Columns::new([("x", vec![f64::NAN; 3])]).unwrap();
    let found = few().learn(&Sample::new(&columns, &[0.0; 3])).unwrap_err();
    assert!(matches!(found, FitError::OneClass { .. }));
    // Nothing to split on is no error: everyone gets the mean.
    let boost = few().learn(&Sample::new(&columns, &[0.0, 1.0, 1.0])).unwrap();
    assert_eq!(boost.trees(), 0);
    assert!((boost.probabilities(&columns).unwrap()[0] - 2.0 / 3.0).abs() < 1e-12);
    let members = gappy(100, 10);
    for (name, params) in [
        (
            "rate",
            BoostParams {
                rate: f64::NAN,
                ..few()
            },
        ),
        ("rows", BoostParams { rows: 0.0, ..few() }),
        ("trees", BoostParams { trees: 0, ..few() }),
        ("leaves", BoostParams { leaves: 1, ..few() }),
    ] {
        let found = params
            .learn(&Sample::new(&members.columns(), &members.left))
            .unwrap_err();
        assert!(
            matches!(found, FitError::Setting { name: it, .. } if it == name),
            "{found}"
        );
    }
}

proptest! {
    #![proptest_config(crate::soak::cases(48))]

    #[test]
    fn fast_scoring_is_walking_the_trees(
        values in prop::collection::vec(prop_oneof![
            -5.0..5.0f64, Just(0.0), Just(-0.0), Just(f64::NAN), Just(1e300), Just(-f64::MAX), Just(f64::MAX),
        ], 40..200),
        leaves in prop_oneof![Just(2u32), Just(8), Just(30), Just(90)],
        seed in any::<u64>(),
    ) {
        let mut state = seed;
        let other: Vec<f64> = values.iter().map(|_| (unit(&mut state) * 6.0).floor()).collect();
        let mut outcomes: Vec<f64> = values.iter().map(|x| f64::from(x.is_nan() ^ (*x > unit(&mut state)))).collect();
        (outcomes[0], outcomes[1]) = (0.0, 1.0);
        let columns = Columns::new([("x", values), ("y", other)]).unwrap();
        let params = BoostParams { leaves, least_rows: 1, trees: 8, seed, ..few() };
        let boost = params.learn(&Sample::new(&columns, &outcomes)).unwrap();
        for (row, score) in boost.log_odds(&columns).unwrap().iter().enumerate() {
            // Shapley values walk node by node.
            let explanation = boost.explain(&columns, row).unwrap();
            prop_assert!((explanation.log_odds - score).abs() < 1e-9);
        }
    }
}
