//! Additive models: the same as linfa and as plain arithmetic, and refusals of what no model can be learned from.

use gym_analytics::columns::{Columns, DataError, FeatureSet};
use gym_analytics::design::Shape;
use gym_analytics::explain::Words;
use gym_analytics::gam::{Gam, GamParams};
use gym_analytics::sample::{Family, FitError, Sample};
use linfa::prelude::{Fit, Predict};
use linfa::{Dataset, DatasetBase};
use ndarray::{Array1, Array2};
use proptest::prelude::*;

use crate::rows::{members, unit_at};

fn smooth() -> Vec<(String, Shape)> {
    let names = ["days_since_visit", "age", "visits_a_month"];
    names
        .map(|name| (name.to_owned(), Shape::Spline { knots: 5 }))
        .to_vec()
}

fn near(found: f64, expected: f64, within: f64) {
    assert!(
        (found - expected).abs() <= within,
        "{found} is not {expected} within {within}"
    );
}

#[test]
fn linfa_logistic_finds_the_same_coefficients() {
    let members = members(1_500, 1);
    let columns = members.columns();
    let gam = GamParams::new(smooth())
        .ridge(1.0 / 0.3)
        .learn(&Sample::new(&columns, &members.left))
        .unwrap();
    let matrix = gam.design().matrix(&columns).unwrap();
    assert_eq!(matrix.ncols(), 3 * 6 + 1);

    let yes: Array1<bool> = members.left.iter().map(|left| *left == 1.0).collect();
    let peer = linfa_logistic::LogisticRegression::default()
        .alpha(1.0 / 0.3)
        .gradient_tolerance(1e-8)
        .max_iterations(2_000)
        .fit(&Dataset::new(matrix.clone(), yes))
        .unwrap();
    let sign = if peer.labels().pos.class { 1.0 } else { -1.0 };
    near(gam.intercept(), sign * peer.intercept(), 1e-6);
    assert_eq!(gam.coefficients().len(), peer.params().len());
    for (own, peers) in gam.coefficients().iter().zip(peer.params()) {
        near(*own, sign * peers, 1e-6);
    }
}

#[test]
fn the_gradient_is_zero_at_the_fit() {
    // The conditions of a least penalised loss, computed from the design matrix without the engine.
    let members = members(700, 2);
    let columns = members.columns();
    let weights: Vec<f64> = (0..700).map(|row| 0.25 + f64::from(row % 4)).collect();
    let offset: Vec<f64> = (0..700).map(|row| f64::from(row % 3) * 0.4 - 0.4).collect();
    for (family, outcomes) in [
        (Family::Logistic, members.left.clone()),
        (
            Family::Poisson,
            members
                .left
                .iter()
                .enumerate()
                .map(|(row, left)| left * (1 + row % 5) as f64)
                .collect(),
        ),
    ] {
        let sample = Sample::new(&columns, &outcomes).weights(&weights).offset(&offset);
        let gam = GamParams::new(smooth())
            .family(family)
            .ridge(2.0)
            .learn(&sample)
            .unwrap();
        let matrix = gam.design().matrix(&columns).unwrap();
        let coefficients = Array1::from(gam.coefficients().to_vec());
        let eta = matrix.dot(&coefficients) + gam.intercept();
        let residuals: Array1<f64> = (0..700)
            .map(|row| {
                let eta = eta[row] + offset[row];
                let mean = if family == Family::Logistic {
                    1.0 / (1.0 + (-eta).exp())
                } else {
                    eta.exp()
                };
                weights[row] * (outcomes[row] - mean)
            })
            .collect();
        near(residuals.sum(), 0.0, 1e-6);
        for (gradient, coefficient) in matrix.t().dot(&residuals).iter().zip(&coefficients) {
            near(*gradient, 2.0 * coefficient, 1e-6);
        }
    }
}

/// The figures are those of scikit-learn 1.9.1 on the same 200 rows, standardised: PoissonRegressor(alpha=1/200, tol=1e-12,
/// solver="newton-cholesky").
#[test]
fn counts_are_scikit_learns() {
    let x = |which: u64| -> Vec<f64> { (0..200).map(|row| unit_at(3 * row + which)).collect() };
    let (first, second) = (x(0), x(1));
    let counts: Vec<f64> = x(2)
        .iter()
        .zip(&first)
        .map(|(draw, x)| (draw * 4.0 * x.exp()).floor())
        .collect();
    let columns = Columns::new([("first", first), ("second", second)]).unwrap();
    let params = GamParams::new(vec![]).family(Family::Poisson).ridge(1.0);
    let gam = params.learn(&Sample::new(&columns, &counts)).unwrap();
    near(gam.intercept(), 0.9465868417490927, 1e-8);
    near(gam.coefficients()[0], 0.25934745257634534, 1e-8);
    near(gam.coefficients()[1], 0.02760797603853172, 1e-8);
}

#[test]
fn a_weight_of_three_is_the_row_three_times() {
    let members = members(300, 3);
    let columns = members.columns();
    let weights: Vec<f64> = (0..300).map(|row| f64::from(row % 3)).collect();
    let rows: Vec<u32> = (0..300)
        .flat_map(|row| std::iter::repeat_n(row, row as usize % 3))
        .collect();
    let params = GamParams::new(smooth()).ridge(0.5);
    let weighted = params
        .learn(&Sample::new(&columns, &members.left).weights(&weights))
        .unwrap();
    let (repeated, outcomes) = (
        columns.pick(&rows).unwrap(),
        rows.iter().map(|row| members.left[*row as usize]),
    );
    let outcomes: Vec<f64> = outcomes.collect();
    let repeated = params
        .learn_on(weighted.design().clone(), &Sample::new(&repeated, &outcomes))
        .unwrap();
    for (one, other) in weighted.coefficients().iter().zip(repeated.coefficients()) {
        near(*one, *other, 1e-7);
    }
}

#[test]
fn explanations_sum_to_the_log_odds() {
    let members = members(800, 4);
    let columns = members.columns();
    let gam = GamParams::new(smooth())
        .learn(&Sample::new(&columns, &members.left))
        .unwrap();
    let log_odds = gam.log_odds(&columns).unwrap();
    let matrix = gam.design().matrix(&columns).unwrap();
    let by_hand = matrix.dot(&Array1::from(gam.coefficients().to_vec())) + gam.intercept();
    for (row, score) in log_odds.iter().enumerate() {
        let explanation = gam.explain(&columns, row).unwrap();
        let sum = explanation.baseline + explanation.parts.iter().map(|part| part.adds).sum::<f64>();
        near(sum, *score, 1e-9);
        near(explanation.log_odds, *score, 1e-9);
        near(by_hand[row], *score, 1e-9);
    }
}

#[test]
fn reasons_are_plain_words() {
    let members = members(3_000, 5);
    let columns = members.columns();
    let gam = GamParams::new(smooth())
        .learn(&Sample::new(&columns, &members.left))
        .unwrap();
    let one = Columns::new([
        ("days_since_visit", vec![64.0]),
        ("age", vec![36.0]),
        ("visits_a_month", vec![14.5]),
        ("year_contract", vec![0.0]),
    ])
    .unwrap();
    let reasons = gam.explain(&one, 0).unwrap().reasons(&Words::new([
        ("days_since_visit", "{} days since the last visit"),
        ("visits_a_month", "{} visits a month"),
    ]));
    assert!(
        reasons.contains(&"64 days since the last visit: +1.0".to_owned()),
        "{reasons:?}"
    );
    assert!(
        reasons.contains(&"14.5 visits a month: -1.0".to_owned()),
        "{reasons:?}"
    );
}

#[test]
fn bytes_do_not_depend_on_threads() {
    let members = members(70_000, 6);
    let columns = members.columns();
    let fit = |threads| {
        let params = GamParams::new(smooth()).threads(threads);
        serde_json::to_string(&params.learn(&Sample::new(&columns, &members.left)).unwrap()).unwrap()
    };
    let one = fit(1);
    assert_eq!(one, fit(2));
    assert_eq!(one, fit(3));
}

#[test]
fn a_start_on_part_of_the_rows_changes_nothing() {
    // 70,000 rows begin on a part of them; the gradient at the end must be zero all the same.
    let members = members(70_000, 7);
    let columns = members.columns();
    let gam = GamParams::new(smooth())
        .learn(&Sample::new(&columns, &members.left))
        .unwrap();
    let residual: f64 = gam
        .probabilities(&columns)
        .unwrap()
        .iter()
        .zip(&members.left)
        .map(|(p, left)| left - p)
        .sum();
    near(residual, 0.0, 1e-5);
}

#[test]
fn it_speaks_linfa() {
    let members = members(400, 8);
    let columns = members.columns();
    let width = members.values.len();
    let records = Array2::from_shape_fn((400, width), |(row, column)| members.values[column].1[row]);
    let yes: Array1<bool> = members.left.iter().map(|left| *left == 1.0).collect();
    let weights: Array1<f32> = (0..400).map(|row| 1.0 + (row % 2) as f32).collect();
    let names = columns.features().names().to_vec();
    let dataset = DatasetBase::new(records.clone(), yes)
        .with_weights(weights.clone())
        .with_feature_names(names);
    let by_trait: Gam = GamParams::new(smooth()).fit(&dataset).unwrap();
    let weights: Vec<f64> = weights.iter().map(|weight| f64::from(*weight)).collect();
    let sample = Sample::new(&columns, &members.left).weights(&weights);
    assert_eq!(by_trait, GamParams::new(smooth()).learn(&sample).unwrap());

    let predicted: Array1<f64> = by_trait.predict(&records);
    assert_eq!(predicted.to_vec(), by_trait.probabilities(&columns).unwrap());
    let mut broken = records;
    broken[[3, 1]] = f64::NAN;
    let predicted: Array1<f64> = by_trait.predict(&broken);
    assert!(predicted[3].is_nan() && predicted[4].is_finite());
    let narrow: Array1<f64> = by_trait.predict(&Array2::zeros((2, 1)));
    assert!(narrow.iter().all(|value| value.is_nan()));
}

#[test]
fn what_cannot_be_learned_is_refused() {
    let members = members(50, 9);
    let columns = members.columns();
    let params = GamParams::new(smooth());
    let fit = |outcomes: &[f64]| params.learn(&Sample::new(&columns, outcomes)).unwrap_err();
    assert!(matches!(fit(&[1.0; 50]), FitError::OneClass { outcome: 1.0 }));
    assert!(matches!(
        fit(&[0.0; 49]),
        FitError::Data(DataError::Length {
            found: 49,
            expected: 50,
            ..
        })
    ));
    let mut outcomes = members.left.clone();
    outcomes[7] = f64::NAN;
    assert!(matches!(
        fit(&outcomes),
        FitError::Data(DataError::OutOfRange { row: 7, .. })
    ));
    outcomes[7] = 2.0;
    assert_eq!(
        fit(&outcomes).to_string(),
        r#"column "outcome" has 2 in row 7, expected 0 or 1"#
    );

    let none = Columns::new([("age", Vec::new())]).unwrap();
    let found = GamParams::new(vec![])
        .learn(&Sample::new(&none, &[]))
        .unwrap_err();
    assert!(matches!(found, FitError::Data(DataError::NoRows { .. })));
    let one = Columns::new([("age", vec![30.0])]).unwrap();
    let found = GamParams::new(vec![])
        .learn(&Sample::new(&one, &[1.0]))
        .unwrap_err();
    assert!(matches!(found, FitError::OneClass { .. }));

    for wrong in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e200] {
        let columns = Columns::new([("age", vec![30.0, wrong, 20.0])]).unwrap();
        let found = GamParams::new(vec![])
            .learn(&Sample::new(&columns, &[1.0, 0.0, 1.0]))
            .unwrap_err();
        assert!(found.to_string().starts_with(r#"column "age" has "#), "{found}");
    }
    let found = params
        .clone()
        .ridge(f64::NAN)
        .learn(&Sample::new(&columns, &members.left))
        .unwrap_err();
    assert!(matches!(found, FitError::Setting { name: "ridge", .. }));
    let none = vec![0.0; 50];
    let found = params
        .learn(&Sample::new(&columns, &members.left).weights(&none))
        .unwrap_err();
    assert!(matches!(found, FitError::NoWeight));
    let missing = GamParams::new(vec![("height".to_owned(), Shape::Linear)]);
    let found = missing.learn(&Sample::new(&columns, &members.left)).unwrap_err();
    assert_eq!(found.to_string(), r#"column "height" is missing"#);
}

#[test]
fn columns_that_do_not_vary_say_nothing() {
    let outcomes = [1.0, 0.0, 1.0, 0.0, 0.0, 1.0];
    let columns = Columns::new([
        ("club", vec![7.0; 6]),
        ("tenure", vec![1.0, 1.0, 1.0, 1.0, 6.0, 12.0]),
        ("flag", vec![0.1; 6]),
    ])
    .unwrap();
    let shapes = ["club", "tenure"]
        .map(|name| (name.to_owned(), Shape::Spline { knots: 5 }))
        .to_vec();
    let gam = GamParams::new(shapes)
        .learn(&Sample::new(&columns, &outcomes))
        .unwrap();
    assert_eq!(gam.design().constant(), ["club", "flag"]);
    let explanation = gam.explain(&columns, 0).unwrap();
    assert_eq!((explanation.parts[0].adds, explanation.parts[2].adds), (0.0, 0.0));
    assert!(explanation.parts[1].adds != 0.0);
}

#[test]
fn perfectly_told_apart_without_a_ridge_is_refused() {
    let columns = Columns::new([("x", (0..40).map(f64::from).collect::<Vec<_>>())]).unwrap();
    let outcomes: Vec<f64> = (0..40).map(|row| f64::from(row >= 20)).collect();
    let found = GamParams::new(vec![])
        .ridge(0.0)
        .learn(&Sample::new(&columns, &outcomes));
    // Without an end to grow to, the coefficient either stops the fit or the curvature vanishes.
    assert!(
        matches!(found, Err(FitError::Singular | FitError::NotSettled { .. })) || {
            let risk = found.unwrap().probabilities(&columns).unwrap();
            risk[0] < 1e-6 && risk[39] > 1.0 - 1e-6
        }
    );
}

#[test]
fn other_features_are_refused() {
    let members = members(200, 10);
    let columns = members.columns();
    let gam = GamParams::new(smooth())
        .learn(&Sample::new(&columns, &members.left))
        .unwrap();
    let turned = Columns::new(
        members
            .values
            .iter()
            .rev()
            .map(|(name, values)| (*name, values.as_slice())),
    )
    .unwrap();
    let found = gam.probabilities(&turned).unwrap_err();
    assert_eq!(
        found.to_string(),
        "the features are not those of the model: position 0 has \"year_contract\", expected \"days_since_visit\"",
    );
    assert_ne!(turned.features().hash(), columns.features().hash());
    let joined = FeatureSet::new(["ab", "c"]).unwrap();
    assert_ne!(joined.hash(), FeatureSet::new(["a", "bc"]).unwrap().hash());
}

proptest! {
    #![proptest_config(crate::soak::cases(48))]

    #[test]
    fn no_numbers_make_it_panic(
        values in prop::collection::vec(prop_oneof![
            -50.0..50.0f64, Just(0.0), Just(f64::NAN), Just(f64::INFINITY), Just(1e300), Just(1e-300), any::<f64>(),
        ], 1..60),
        flips in prop::collection::vec(any::<bool>(), 60),
        ridge in prop_oneof![Just(0.0), Just(1.0), Just(1e-9)],
    ) {
        let outcomes: Vec<f64> = flips.iter().take(values.len()).map(|yes| f64::from(*yes)).collect();
        let columns = Columns::new([("x", values)]).unwrap();
        let params = GamParams::new(vec![("x".to_owned(), Shape::Spline { knots: 5 })]).ridge(ridge);
        if let Ok(gam) = params.learn(&Sample::new(&columns, &outcomes)) {
            let risk = gam.probabilities(&columns).unwrap();
            prop_assert!(risk.iter().all(|p| (0.0..=1.0).contains(p)));
        }
    }
}
