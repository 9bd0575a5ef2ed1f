//! Series of months, continued: what is regular goes on, what is odd is refused, and bounds hold what they say.

use gym_analytics::forecast::{Effort, ForecastError, Model, bands, forecast};
use proptest::prelude::*;

use crate::rows::unit_at;

/// Numbers that look drawn from a normal distribution, and are the same everywhere.
fn noise(at: u64) -> f64 {
    (0..12).map(|part| unit_at(at * 12 + part)).sum::<f64>() - 6.0
}

/// Months of a club: growth, a January peak, a summer hole, and noise.
fn club(months: u64, seed: u64, off: f64) -> Vec<f64> {
    let season = [
        1.12, 1.06, 1.02, 1.0, 0.98, 0.95, 0.90, 0.92, 1.01, 1.02, 1.01, 1.01,
    ];
    let month = |at: u64| {
        50_000.0
            * 1.006f64.powi(at as i32)
            * season[(at % 12) as usize]
            * (off * noise(seed * 1_000 + at)).exp()
    };
    (0..months).map(month).collect()
}

#[test]
fn a_regular_club_goes_on_as_it_did() {
    let all = club(84, 1, 0.01);
    let (known, later) = all.split_at(72);
    for effort in [Effort::Fast, Effort::Accurate] {
        let found = forecast(known, 12, effort).unwrap();
        let off: f64 = later
            .iter()
            .zip(&found.expected)
            .map(|(truly, told)| (told / truly - 1.0).abs())
            .sum::<f64>()
            / 12.0;
        assert!(off < 0.025, "{effort:?}: {off}");
        let year: f64 = found.expected.iter().sum::<f64>() / later.iter().sum::<f64>() - 1.0;
        assert!(year.abs() < 0.02, "{effort:?}: {year}");
        // Last year again would be off by the growth.
        let naive: f64 = later
            .iter()
            .zip(&known[60..])
            .map(|(truly, told)| (told / truly - 1.0).abs())
            .sum::<f64>()
            / 12.0;
        assert!(off < naive / 2.0, "{off} {naive}");
    }
    assert_eq!(
        forecast(known, 1, Effort::Accurate).unwrap().models,
        [Model::SeasonalEts, Model::SeasonalTheta, Model::Mstl]
    );
    assert_eq!(
        forecast(&known[..23], 1, Effort::Accurate).unwrap().models,
        [Model::Ets, Model::Theta]
    );
}

#[test]
fn the_unit_of_money_changes_nothing() {
    let known = club(60, 2, 0.03);
    let cents: Vec<f64> = known.iter().map(|value| value * 1e7).collect();
    let (one, other) = (
        forecast(&known, 6, Effort::Fast).unwrap(),
        forecast(&cents, 6, Effort::Fast).unwrap(),
    );
    for (one, other) in one.expected.iter().zip(&other.expected) {
        assert!((other / one / 1e7 - 1.0).abs() < 1e-6, "{one} {other}");
    }
}

#[test]
fn bounds_hold_what_they_say() {
    let (mut months, mut likely, mut widest) = (0.0, 0.0, 0.0);
    for seed in 0..40 {
        let all = club(72, 100 + seed, 0.05);
        let (known, later) = all.split_at(60);
        let expected = forecast(known, 12, Effort::Fast).unwrap().expected;
        let bands = bands(known, 12).unwrap();
        let (narrow, wide) = (
            bands.around(&expected, 0.8).unwrap(),
            bands.around(&expected, 0.95).unwrap(),
        );
        for ((truly, narrow), wide) in later.iter().zip(narrow).zip(wide) {
            assert!(wide.low <= narrow.low && narrow.high <= wide.high && wide.low > 0.0);
            months += 1.0;
            likely += f64::from(narrow.low <= *truly && *truly <= narrow.high);
            widest += f64::from(wide.low <= *truly && *truly <= wide.high);
        }
    }
    let (likely, widest) = (likely / months, widest / months);
    assert!((0.74..=0.88).contains(&likely), "80 %: {likely}");
    assert!((0.91..=0.99).contains(&widest), "95 %: {widest}");
}

#[test]
fn what_cannot_be_continued_is_refused() {
    let refused = |months: &[f64], ahead| forecast(months, ahead, Effort::Fast).unwrap_err();
    assert_eq!(
        refused(&[], 3),
        ForecastError::TooShort {
            found: 0,
            expected: 6
        }
    );
    assert_eq!(
        refused(&[1.0; 5], 3),
        ForecastError::TooShort {
            found: 5,
            expected: 6
        }
    );
    assert_eq!(refused(&club(60, 1, 0.0), 0), ForecastError::Ahead { months: 0 });
    assert_eq!(
        refused(&club(60, 1, 0.0), 61).to_string(),
        "61 months ahead are asked for, expected 1 to 60"
    );
    for value in [f64::NAN, f64::INFINITY, 1e16] {
        let mut months = club(30, 1, 0.0);
        months[7] = value;
        assert!(matches!(
            refused(&months, 3),
            ForecastError::NotNumber { month: 7, .. }
        ));
        assert!(bands(&months, 3).is_err());
    }
    let levels = bands(&club(40, 1, 0.02), 3).unwrap();
    for level in [0.0, 1.0, f64::NAN] {
        assert!(levels.around(&[1.0], level).is_err());
    }
}

#[test]
fn a_month_like_every_other_stays_so() {
    for value in [0.0, 1.0, -3.5, 1e12] {
        let found = forecast(&[value; 40], 4, Effort::Accurate).unwrap();
        assert_eq!(
            (found.expected, found.models),
            (vec![value; 4], vec![Model::Same])
        );
    }
}

proptest! {
    #![proptest_config(crate::soak::cases(48))]

    #[test]
    fn whatever_the_months_are_the_answer_is_finite_or_an_error(
        months in proptest::collection::vec(
            prop_oneof![0.0..1e6, Just(0.0), -1e3..1e3f64, Just(1e15), Just(1e-12)],
            0..50,
        ),
        ahead in 1usize..24,
    ) {
        if let Ok(found) = forecast(&months, ahead, Effort::Fast) {
            prop_assert_eq!(found.expected.len(), ahead);
            prop_assert!(found.expected.iter().all(|value| value.is_finite()));
            prop_assert_eq!(&forecast(&months, ahead, Effort::Fast).unwrap(), &found);
        }
        if let Ok(bands) = bands(&months, ahead) {
            let around = bands.around(&vec![10.0; ahead], 0.8).unwrap();
            prop_assert!(around.iter().all(|band| band.low <= 10.0 && 10.0 <= band.high));
        }
    }
}
