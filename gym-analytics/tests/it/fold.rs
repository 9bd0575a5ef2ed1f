//! Splits: whole days, an embargo that holds, and what cannot be split.

use chrono::{Days, NaiveDate};
use gym_analytics::fold::{Backtest, Fold, FoldError, given_ignoring_time, random_ignoring_time, temporal};
use proptest::prelude::*;

fn day(after: u64) -> NaiveDate {
    NaiveDate::from_ymd_opt(2024, 1, 1).unwrap() + Days::new(after)
}

fn apart(fold: &Fold) {
    assert!(fold.train.iter().all(|row| fold.test.binary_search(row).is_err()));
}

#[test]
fn random_folds_cover_every_row_once() {
    let folds = random_ignoring_time(103, 5, 7).unwrap();
    let mut tested: Vec<u32> = folds.iter().flat_map(|fold| fold.test.clone()).collect();
    tested.sort_unstable();
    assert_eq!(tested, (0..103).collect::<Vec<u32>>());
    folds.iter().for_each(apart);
    assert_eq!(folds, random_ignoring_time(103, 5, 7).unwrap());
    assert_ne!(folds, random_ignoring_time(103, 5, 8).unwrap());
}

#[test]
fn given_folds_are_those_given() {
    let folds = given_ignoring_time(&[0, 1, 0, 2]).unwrap();
    assert_eq!(
        (folds[0].test.clone(), folds[0].train.clone()),
        (vec![0, 2], vec![1, 3])
    );
    assert_eq!(folds.len(), 3);
    assert!(matches!(
        given_ignoring_time(&[0, 2]),
        Err(FoldError::TooFew { fold: 1, test: 0, .. })
    ));
    assert!(matches!(
        given_ignoring_time(&[usize::MAX, 0]),
        Err(FoldError::Folds { .. })
    ));
}

#[test]
fn too_little_time_is_refused() {
    let wanted = |folds, embargo_days| Backtest { folds, embargo_days };
    assert!(matches!(
        temporal(&[], wanted(1, 0)),
        Err(FoldError::TooFew { .. })
    ));
    assert!(matches!(
        temporal(&[day(0); 9], wanted(2, 0)),
        Err(FoldError::TooFew { .. })
    ));
    assert!(matches!(
        temporal(&[day(0), day(5)], wanted(1, 6)),
        Err(FoldError::TooFew { train: 0, .. })
    ));
    assert!(matches!(
        temporal(&[day(0), day(5)], wanted(0, 0)),
        Err(FoldError::Folds { .. })
    ));
    assert!(matches!(
        temporal(&[day(0), day(5)], wanted(1, u64::MAX)),
        Err(FoldError::Calendar { .. })
    ));
    assert_eq!(
        temporal(&[day(0), day(5)], wanted(1, 5)).unwrap()[0],
        Fold {
            train: vec![0],
            test: vec![1]
        }
    );
}

proptest! {
    #![proptest_config(crate::soak::cases(256))]

    #[test]
    fn no_training_label_reaches_into_the_test(
        days in prop::collection::vec(0u64..400, 2..120),
        folds in 1usize..5,
        embargo_days in 0u64..60,
    ) {
        let days: Vec<NaiveDate> = days.into_iter().map(day).collect();
        let Ok(folds) = temporal(&days, Backtest { folds, embargo_days }) else { return Ok(()) };
        let mut before: Option<&Fold> = None;
        for fold in &folds {
            apart(fold);
            let start = fold.test.iter().map(|row| days[*row as usize]).min().unwrap();
            for row in &fold.train {
                prop_assert!(days[*row as usize] + Days::new(embargo_days) <= start);
            }
            if let Some(before) = before {
                // The window grows, and tests follow each other.
                prop_assert!(before.train.iter().all(|row| fold.train.contains(row)));
                prop_assert!(before.test.iter().all(|row| days[*row as usize] < start));
            }
            before = Some(fold);
        }
    }
}
