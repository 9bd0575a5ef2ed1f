//! Curves: B-splines that sum to one, at knots that data give.

use gym_analytics::spline::{BadKnots, Spline};
use proptest::prelude::*;

fn check(knots: &[f64], x: f64, expected: &[f64]) {
    let found = Spline::new(knots.to_vec()).unwrap().basis(x);
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert!(
            (found - expected).abs() < 1e-12,
            "{found} is not {expected} at {x} over {knots:?}"
        );
    }
}

/// The figures are those of scikit-learn 1.9.1: `SplineTransformer(degree=3, extrapolation="constant")` with these base
/// knots, `transform([[x]])`.
#[test]
fn it_is_scikit_learns_basis() {
    let even = [0.0, 1.0, 2.0, 3.0, 4.0];
    check(
        &even,
        -3.0,
        &[1.0 / 6.0, 2.0 / 3.0, 1.0 / 6.0, 0.0, 0.0, 0.0, 0.0],
    );
    check(
        &even,
        0.25,
        &[
            0.0703125,
            0.6119791666666666,
            0.31510416666666663,
            0.0026041666666666665,
            0.0,
            0.0,
            0.0,
        ],
    );
    check(&even, 1.0, &[0.0, 1.0 / 6.0, 2.0 / 3.0, 1.0 / 6.0, 0.0, 0.0, 0.0]);
    let half = [
        0.0,
        0.0,
        0.020833333333333332,
        0.47916666666666663,
        0.47916666666666663,
        0.020833333333333332,
        0.0,
    ];
    check(&even, 2.5, &half);
    check(
        &even,
        40.0,
        &[0.0, 0.0, 0.0, 0.0, 1.0 / 6.0, 2.0 / 3.0, 1.0 / 6.0],
    );

    let twice = [1.0, 1.0, 1.0, 6.0, 12.0];
    check(&twice, 0.25, &[0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0]);
    check(&twice, 1.0, &[0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0]);
    check(
        &twice,
        2.5,
        &[
            0.0,
            0.0,
            0.343,
            0.5521239669421489,
            0.10126640738940205,
            0.0036096256684491988,
            0.0,
        ],
    );
    check(
        &twice,
        6.0,
        &[
            0.0,
            0.0,
            0.0,
            0.29752066115702475,
            0.5687894992707827,
            0.13368983957219252,
            0.0,
        ],
    );
    check(
        &twice,
        12.5,
        &[
            0.0,
            0.0,
            0.0,
            0.0,
            0.1764705882352941,
            0.6568627450980392,
            1.0 / 6.0,
        ],
    );

    let uneven = [0.0, 1.5, 2.0, 7.0, 30.0];
    let near = [
        0.0,
        0.0,
        0.47337662337662334,
        0.5156499202551834,
        0.010955949365392091,
        1.750700280112045e-05,
        0.0,
    ];
    check(&uneven, 2.5, &near);
    let far = [
        0.0,
        0.0,
        0.0,
        0.3230762231666122,
        0.5632674449244428,
        0.11204474592499943,
        0.001611585983945646,
    ];
    check(&uneven, 11.9, &far);
}

#[test]
fn knots_stand_at_quantiles() {
    let values = [1.0, 1.0, 1.0, 6.0, 12.0, 1.0, 1.0, 6.0, 12.0];
    assert_eq!(
        Spline::at_quantiles(&values, 5).knots(),
        [1.0, 1.0, 1.0, 6.0, 12.0]
    );
    assert_eq!(
        Spline::at_quantiles(&[3.0, 1.0, 2.0, 4.0], 3).knots(),
        [1.0, 2.5, 4.0]
    );
}

#[test]
fn what_cannot_be_knots_is_refused() {
    assert_eq!(Spline::new(vec![1.0]).unwrap_err(), BadKnots::TooFew { found: 1 });
    assert_eq!(
        Spline::new(vec![1.0, 0.5]).unwrap_err(),
        BadKnots::NotRising { at: 1, value: 0.5 }
    );
    assert!(serde_json::from_str::<Spline>("[0.0, 1e999]").is_err());
    assert!(serde_json::from_str::<Spline>("[2.0, 1.0]").is_err());
}

proptest! {
    #![proptest_config(crate::soak::cases(256))]

    #[test]
    fn it_sums_to_one_and_is_never_negative(
        mut knots in prop::collection::vec(-100.0..100.0f64, 2..9),
        x in -150.0..150.0f64,
        repeat in any::<bool>(),
    ) {
        if repeat {
            knots[1] = knots[0];
        }
        knots.sort_by(f64::total_cmp);
        let spline = Spline::new(knots.clone()).unwrap();
        let basis = spline.basis(x);
        let sum: f64 = basis.iter().sum();
        if knots[0] == knots[knots.len() - 1] {
            prop_assert_eq!(sum, 0.0);
        } else {
            prop_assert!((sum - 1.0).abs() < 1e-6, "{}", sum);
        }
        prop_assert!(basis.iter().all(|value| *value > -1e-7));
        prop_assert!(basis.iter().filter(|value| value.abs() > 1e-12).count() <= 4);
    }
}
