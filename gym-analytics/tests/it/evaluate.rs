//! Figures: each against its definition, or against what is published.

use gym_analytics::columns::Columns;
use gym_analytics::evaluate::{Bootstrap, EvaluateError, Scored, drift, ks, psi};
use proptest::prelude::*;

use crate::rows::unit_at as unit;

/// 200 rows with ties; 85 events.
fn scored() -> Scored {
    let p: Vec<f64> = (0..200)
        .map(|row| (unit(2 * row) * 50.0).floor() / 50.0 * 0.98 + 0.01)
        .collect();
    let yes = (0..200)
        .zip(&p)
        .map(|(row, p)| unit(2 * row + 1) < p.powf(1.3))
        .collect();
    Scored::new(p, yes).unwrap()
}

fn near(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
}

/// The figures are those of scikit-learn 1.9.1 on the same 200 rows: roc_auc_score, average_precision_score, log_loss,
/// brier_score_loss, LogisticRegression(C=inf, tol=1e-12) on the log-odds; the others from numpy by their definitions.
#[test]
fn figures_are_scikit_learns() {
    let scored = scored();
    assert_eq!(scored.events(), 85);
    near(scored.roc_auc().unwrap(), 0.866240409207161);
    near(scored.pr_auc().unwrap(), 0.8267318127771487);
    near(scored.log_loss(), 0.46647168301392145);
    near(scored.brier(), 0.15181168320000002);
    near(scored.ece(15).unwrap(), 0.08865200000000001);
    near(scored.lift(20).unwrap(), 2.235294117647059);
    let line = scored.calibration_line().unwrap();
    assert!((line.slope - 1.291289213937405).abs() < 1e-6, "{line:?}");
    assert!((line.intercept - -0.33410015089975653).abs() < 1e-6, "{line:?}");
    let parts = scored.brier_decomposition(15).unwrap();
    near(parts.reliability, 0.013584225636455305);
    near(parts.resolution, 0.10556229309905779);
    near(parts.uncertainty, 0.24437499999999998);
    near(
        parts.score,
        parts.reliability - parts.resolution + parts.uncertainty + parts.within,
    );
}

/// scipy 1.x ks_2samp, and numpy for the index over deciles of the first.
#[test]
fn drift_is_scipys() {
    let before: Vec<f64> = (0..200).map(unit).collect();
    let after: Vec<f64> = (1_000..1_200).map(|at| unit(at).powf(1.5)).collect();
    near(ks(&before, &after).unwrap(), 0.18);
    near(psi(&before, &after, 10).unwrap(), 0.19942730871162595);
    near(psi(&before, &before, 10).unwrap(), 0.0);
    let columns = |x: &[f64]| {
        Columns::new([
            ("steady", (0..200).map(unit).collect()),
            ("moved", x.to_vec()),
            ("gone", vec![f64::NAN; 200]),
        ])
        .unwrap()
    };
    let moved = drift(&columns(&before), &columns(&after)).unwrap();
    assert_eq!(
        moved
            .iter()
            .map(|drift| drift.feature.as_str())
            .collect::<Vec<_>>(),
        ["moved", "steady"]
    );
    assert!(moved[0].after < moved[0].before && moved[1].ks == 0.0);
}

#[test]
fn one_probability_per_bin_leaves_nothing_within() {
    let p = vec![0.1, 0.1, 0.5, 0.5, 0.9, 0.9, 0.9];
    let scored = Scored::new(p, vec![false, false, true, false, true, true, false]).unwrap();
    assert!(scored.brier_decomposition(10).unwrap().within.abs() < 1e-12);
    let curve = scored.reliability(10).unwrap();
    assert_eq!(curve.iter().map(|bin| bin.rows).collect::<Vec<_>>(), [2, 2, 3]);
    near(curve[2].observed, 2.0 / 3.0);
}

#[test]
fn intervals_hold_the_figure_and_follow_the_seed() {
    let scored = scored();
    let auc = scored.roc_auc_interval(Bootstrap::default()).unwrap();
    // DeLong's standard error of this area is about 0.025.
    assert!(auc.low < auc.value && auc.value < auc.high);
    assert!((0.06..0.14).contains(&(auc.high - auc.low)), "{auc:?}");
    assert_eq!(auc, scored.roc_auc_interval(Bootstrap::default()).unwrap());
    assert_ne!(
        auc,
        scored
            .roc_auc_interval(Bootstrap {
                seed: 1,
                ..Bootstrap::default()
            })
            .unwrap()
    );
    let narrow = scored
        .roc_auc_interval(Bootstrap {
            level: 0.5,
            ..Bootstrap::default()
        })
        .unwrap();
    assert!(narrow.low > auc.low && narrow.high < auc.high);
    let ece = scored.ece_band(15, Bootstrap::default()).unwrap();
    assert!(ece.low < ece.high && ece.value == scored.ece(15).unwrap());
}

#[test]
fn slices_are_the_figures_of_their_rows() {
    let scored = scored();
    let names: Vec<&str> = (0..200)
        .map(|row| ["a month", "a year"][usize::from(row % 4 == 0)])
        .collect();
    let slices = scored
        .slices(
            &names,
            0.5,
            Bootstrap {
                draws: 50,
                ..Bootstrap::default()
            },
        )
        .unwrap();
    assert_eq!(
        (slices[0].name.as_str(), slices[0].rows, slices[1].rows),
        ("a month", 150, 50)
    );
    let part = |keep: &dyn Fn(usize) -> bool| {
        let rows: Vec<usize> = (0..200).filter(|row| keep(*row)).collect();
        let p = rows.iter().map(|row| scored.probabilities()[*row]).collect();
        Scored::new(p, rows.iter().map(|row| scored.outcomes()[*row]).collect()).unwrap()
    };
    let year = part(&|row| row % 4 == 0);
    near(slices[1].measures.roc_auc.unwrap().value, year.roc_auc().unwrap());
    near(slices[1].log_loss, year.log_loss());
    let expected: f64 = year.probabilities().iter().sum();
    near(
        slices[1].measures.observed_expected.unwrap().value,
        year.events() as f64 / expected,
    );
    let only = Scored::new(vec![0.2, 0.4], vec![false, false]).unwrap();
    let slices = only
        .slices(
            &["x", "x"],
            0.3,
            Bootstrap {
                draws: 20,
                ..Bootstrap::default()
            },
        )
        .unwrap();
    assert!(slices[0].measures.roc_auc.is_none());
    near(slices[0].measures.false_positives.unwrap().value, 0.5);
}

#[test]
fn a_challenger_wins_only_beyond_doubt() {
    let champion = scored();
    let outcomes = champion.outcomes().to_vec();
    let moved = |by: f64| {
        let pairs = champion.probabilities().iter().zip(&outcomes);
        let p = pairs.map(|(p, yes)| if *yes { p + (1.0 - p) * by } else { p * (1.0 - by) });
        Scored::new(p.collect(), outcomes.clone()).unwrap()
    };
    let better = moved(0.2).against(&champion, Bootstrap::default()).unwrap();
    assert!(better.is_won() && better.roc_auc.low > 0.0, "{better:?}");
    near(better.log_loss.value, moved(0.2).log_loss() - champion.log_loss());
    let same = champion.against(&champion, Bootstrap::default()).unwrap();
    assert!(!same.is_won() && same.log_loss.high == 0.0 && same.roc_auc.low == 0.0);
    let worse = champion.against(&moved(0.2), Bootstrap::default()).unwrap();
    assert!(!worse.is_won() && worse.log_loss.low > 0.0);
    let mut flipped = outcomes.clone();
    flipped[4] = !flipped[4];
    let other = Scored::new(champion.probabilities().to_vec(), flipped).unwrap();
    let found = other.against(&champion, Bootstrap::default()).unwrap_err();
    assert_eq!(found, EvaluateError::OtherOutcomes { row: 4 });
    let one = Scored::new(vec![0.3], vec![true]).unwrap();
    assert!(matches!(
        one.against(&champion, Bootstrap::default()),
        Err(EvaluateError::Length { .. })
    ));
}

#[test]
fn what_has_no_figure_is_refused() {
    assert_eq!(Scored::new(vec![], vec![]).unwrap_err(), EvaluateError::Empty);
    for wrong in [f64::NAN, -0.1, 1.1, f64::INFINITY] {
        assert!(matches!(
            Scored::new(vec![wrong], vec![true]),
            Err(EvaluateError::NotProbability { row: 0, .. })
        ));
    }
    let one = Scored::new(vec![0.3], vec![true]).unwrap();
    assert_eq!(
        one.roc_auc().unwrap_err(),
        EvaluateError::OneClass { outcome: true }
    );
    assert_eq!(
        one.calibration_line().unwrap_err(),
        EvaluateError::OneClass { outcome: true }
    );
    assert!(one.lift(0).is_err() && one.lift(2).is_err() && one.ece(0).is_err());
    assert!(one.log_loss().is_finite() && Scored::new(vec![0.0], vec![true]).unwrap().log_loss().is_finite());
    let same = Scored::new(vec![0.5; 4], vec![true, false, true, false]).unwrap();
    assert_eq!(same.calibration_line().unwrap_err(), EvaluateError::NoLine);
    assert!(one.slices(&["a", "b"], 0.5, Bootstrap::default()).is_err());
    let draws = Bootstrap {
        draws: 1,
        ..Bootstrap::default()
    };
    assert!(matches!(
        scored().roc_auc_interval(draws),
        Err(EvaluateError::Setting { name: "draws", .. })
    ));
    assert!(
        ks(&[], &[1.0]).is_err() && psi(&[f64::NAN], &[1.0], 10).is_err() && psi(&[1.0], &[1.0], 1).is_err()
    );
}

proptest! {
    #![proptest_config(crate::soak::cases(256))]

    #[test]
    fn the_area_counts_pairs(rows in prop::collection::vec((0u8..12, any::<bool>()), 2..60)) {
        let p = rows.iter().map(|(p, _)| f64::from(*p) / 11.0).collect();
        let scored = Scored::new(p, rows.iter().map(|(_, yes)| *yes).collect()).unwrap();
        let (mut won, mut pairs) = (0.0, 0.0);
        for (a, _) in rows.iter().filter(|(_, yes)| *yes) {
            for (b, _) in rows.iter().filter(|(_, yes)| !*yes) {
                pairs += 1.0;
                won += if a > b { 1.0 } else if a == b { 0.5 } else { 0.0 };
            }
        }
        match scored.roc_auc() {
            Ok(auc) => prop_assert!((auc - won / pairs).abs() < 1e-12),
            Err(_) => prop_assert_eq!(pairs, 0.0),
        }
    }
}
