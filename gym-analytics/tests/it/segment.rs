//! Kinds of members: found where there are some, told in words, the same again, and refused where there are none.

mod peer;

use std::process::Command;

use gym_analytics::columns::{Columns, DataError};
use gym_analytics::explain::Words;
use gym_analytics::feature::Features;
use gym_analytics::segment::{Count, SegmentError, SegmentParams, Segments};
use gym_core::sim::teacher::{Profile, Teacher};
use gym_core::time::Instant;
use proptest::prelude::*;

use crate::random::Draw;

const NAMES: [&str; 4] = ["days_since_visit", "visit_days_28", "share_weekend", "is_frozen"];

fn now() -> Instant {
    "2026-01-01T00:00:00Z".parse().unwrap()
}

/// About 0, with a standard deviation of 1.
fn noise(draw: &mut Draw) -> f64 {
    (0..12).map(|_| draw.below(1_000_000) as f64 / 1e6).sum::<f64>() - 6.0
}

/// Three kinds, as many of each as `sizes` says, and of which kind each row is.
fn kinds(seed: u64, sizes: [usize; 3]) -> (Columns<'static>, Vec<usize>) {
    let mut draw = Draw(seed);
    let middles = [[3.0, 12.0, 0.2, 0.0], [40.0, 1.0, 0.5, 0.0], [6.0, 4.0, 0.9, 1.0]];
    let spreads = [2.0, 1.0, 0.05, 0.0];
    let (mut columns, mut of) = (vec![Vec::new(); 4], Vec::new());
    for (kind, size) in sizes.into_iter().enumerate() {
        for _ in 0..size {
            of.push(kind);
            for (at, column) in columns.iter_mut().enumerate() {
                column.push(middles[kind][at] + spreads[at] * noise(&mut draw));
            }
        }
    }
    (Columns::new(NAMES.into_iter().zip(columns)).unwrap(), of)
}

fn exactly(segments: usize) -> SegmentParams {
    SegmentParams {
        count: Count::Exactly(segments),
        ..SegmentParams::default()
    }
}

#[test]
fn the_kinds_that_are_there_are_found_and_counted() {
    let (columns, of) = kinds(1, [150, 90, 60]);
    for count in [Count::Exactly(3), Count::Best { least: 2, most: 6 }] {
        let params = SegmentParams {
            count,
            ..SegmentParams::default()
        };
        let segments = params.learn(&columns, now()).unwrap();
        let members: Vec<u64> = segments.all().iter().map(|it| it.members).collect();
        assert_eq!(members, [150, 90, 60], "{count:?}");
        let found: Vec<usize> = segments
            .assign(&columns)
            .unwrap()
            .iter()
            .map(|it| *it as usize)
            .collect();
        assert_eq!(found, of);
        assert!(segments.silhouette().unwrap() > 0.6);
        assert_eq!(
            (segments.as_of(), segments.features().names()),
            (now(), columns.features().names())
        );
        assert!((segments.all().iter().map(|it| it.share).sum::<f64>() - 1.0).abs() < 1e-12);
    }
}

#[test]
fn a_segment_says_in_words_what_sets_it_apart() {
    let (columns, of) = kinds(1, [150, 90, 60]);
    let segments = exactly(3).learn(&columns, now()).unwrap();
    let away = segments.describe(1, &Words::for_features());
    assert!(away[0].contains(" days since the last visit (all: "), "{away:?}");
    let frozen = segments.describe(2, &Words::for_features());
    assert!(
        frozen.contains(&"100 % frozen today (all: 20 %): +2.0".to_owned()),
        "{frozen:?}"
    );
    // A number that happens to be 0 or 1 for everybody is a number still.
    let places = columns.values("is_frozen").unwrap();
    let counted = columns.clone().with("places_seen", places).unwrap();
    let told = exactly(3).learn(&counted, now()).unwrap();
    assert!(
        told.describe(2, &Words::for_features())
            .contains(&"visits to 1 locations (all: 0.20): +2.0".to_owned())
    );
    // Means are in the feature's own unit, and differences in standard deviations of all.
    let values = columns.values("days_since_visit").unwrap();
    let mean = |kind| {
        let of_kind: Vec<f64> = values
            .iter()
            .zip(&of)
            .filter(|(_, it)| **it == kind)
            .map(|(value, _)| *value)
            .collect();
        of_kind.iter().sum::<f64>() / of_kind.len() as f64
    };
    let all = values.iter().sum::<f64>() / 300.0;
    let variance = values.iter().map(|it| (it - all).powi(2)).sum::<f64>() / 300.0;
    let first = segments.differences(1)[0];
    assert_eq!(first.feature, "days_since_visit");
    assert!((first.mean - mean(1)).abs() < 1e-9 && (first.of_all - all).abs() < 1e-9);
    assert!((first.apart - (mean(1) - all) / variance.sqrt()).abs() < 1e-9);
    let sizes: Vec<f64> = segments.differences(1).iter().map(|it| it.apart.abs()).collect();
    assert!(sizes.windows(2).all(|two| two[0] >= two[1]));
    assert!(segments.differences(9).is_empty() && segments.describe(9, &Words::default()).is_empty());
}

#[test]
fn axes_are_the_principal_ones() {
    // Two features that are one, and one of its own: of three standardised ones two thirds lie along the first axis.
    let mut draw = Draw(3);
    let one: Vec<f64> = (0..500).map(|_| noise(&mut draw)).collect();
    let two: Vec<f64> = one.iter().map(|it| 7.0 - 3.0 * it).collect();
    let own: Vec<f64> = (0..500).map(|_| noise(&mut draw)).collect();
    let columns = Columns::new([("one", one), ("two", two), ("own", own)]).unwrap();
    let of = |variance| {
        let params = SegmentParams {
            variance,
            ..exactly(2)
        };
        let segments = params.learn(&columns, now()).unwrap();
        (segments.axes(), segments.variance())
    };
    let (axes, variance) = of(0.6);
    assert!(axes == 1 && (variance - 2.0 / 3.0).abs() < 0.03, "{variance}");
    let (axes, variance) = of(0.99);
    assert!(axes == 2 && (variance - 1.0).abs() < 1e-9, "{variance}");
}

#[test]
fn somebody_new_is_of_a_kind_and_other_features_are_refused() {
    let (columns, _) = kinds(1, [150, 90, 60]);
    let segments = exactly(3).learn(&columns, now()).unwrap();
    let new = |away: f64| {
        [
            ("days_since_visit", vec![away]),
            ("visit_days_28", vec![1.0]),
            ("share_weekend", vec![0.5]),
            ("is_frozen", vec![0.0]),
        ]
    };
    let of = |away| segments.assign(&Columns::new(new(away)).unwrap());
    assert_eq!(of(41.0), Ok(vec![1]));
    // Farther than anybody is as far as it gets.
    assert_eq!(of(1e9), Ok(vec![1]));
    assert!(matches!(of(f64::NAN), Err(DataError::NotFinite { row: 0, .. })));
    assert!(matches!(of(f64::INFINITY), Err(DataError::NotFinite { .. })));
    assert!(matches!(of(1e16), Err(DataError::OutOfRange { .. })));
    let mut swapped = new(41.0);
    swapped.swap(0, 1);
    let why = segments.assign(&Columns::new(swapped).unwrap()).unwrap_err();
    assert!(
        matches!(why, DataError::OtherFeatures { position: 0, .. }),
        "{why}"
    );
    let none = Columns::new(NAMES.map(|name| (name, Vec::new()))).unwrap();
    assert_eq!(segments.assign(&none), Ok(Vec::new()));
}

#[test]
fn what_is_kept_comes_back_and_what_is_broken_does_not() {
    let (columns, _) = kinds(2, [50, 30, 20]);
    let segments = exactly(3).learn(&columns, now()).unwrap();
    let text = serde_json::to_string(&segments).unwrap();
    assert_eq!(serde_json::from_str::<Segments>(&text).unwrap(), segments);
    let broken = |from: &str, to: &str| {
        assert!(text.contains(from), "{text}");
        serde_json::from_str::<Segments>(&text.replacen(from, to, 1))
            .unwrap_err()
            .to_string()
    };
    let why = broken("\"is_flag\":[false,", "\"is_flag\":[");
    assert!(
        why.starts_with("kept segments: the flags are of other features"),
        "{why}"
    );
    let why = broken("\"axes\":[[", "\"axes\":[[1.0,");
    assert!(
        why.starts_with("kept segments: an axis is of other features"),
        "{why}"
    );
    let why = broken("\"centres\":[[", "\"centres\":[[1.0,");
    assert!(
        why.starts_with("kept segments: a centre is on other axes"),
        "{why}"
    );
}

#[test]
fn a_feature_that_never_differs_counts_for_nothing() {
    let (columns, _) = kinds(1, [50, 30, 20]);
    // A mean of many tenths is not a tenth: what differs by rounding alone does not differ.
    let same = columns.clone().with("price_per_month", vec![0.1; 100]).unwrap();
    let segments = exactly(3).learn(&same, now()).unwrap();
    assert!(
        segments
            .differences(0)
            .iter()
            .all(|it| it.feature != "price_per_month")
    );
    let dearer = columns
        .clone()
        .with("price_per_month", vec![9_900.0; 100])
        .unwrap();
    assert_eq!(segments.assign(&dearer), segments.assign(&same));
    assert_eq!(
        segments.assign(&same).unwrap(),
        exactly(3)
            .learn(&columns, now())
            .unwrap()
            .assign(&columns)
            .unwrap()
    );
}

#[test]
fn bad_data_and_settings_are_refused() {
    let (columns, _) = kinds(1, [10, 10, 10]);
    let learn = |params: SegmentParams| params.learn(&columns, now()).map(|_| ()).unwrap_err().to_string();
    let base = SegmentParams::default();
    for (params, why) in [
        (exactly(1), "the number of segments is 1, expected 2 to 100"),
        (exactly(101), "the number of segments is 101, expected 2 to 100"),
        (
            SegmentParams {
                count: Count::Best { least: 5, most: 4 },
                ..base
            },
            "the most segments is 4, expected the least to 100",
        ),
        (
            SegmentParams {
                variance: f64::NAN,
                ..base
            },
            "variance is NaN, expected a share above 0 and up to 1",
        ),
        (
            SegmentParams {
                variance: 0.0,
                ..base
            },
            "variance is 0, expected a share above 0 and up to 1",
        ),
        (SegmentParams { runs: 0, ..base }, "runs is 0, expected 1 to 100"),
        (
            exactly(31),
            "there are 30 rows, expected at least one for each of 31 segments",
        ),
    ] {
        assert_eq!(learn(params), why);
    }
    let of = |values: Vec<f64>, segments| {
        let columns = Columns::new([("age", values)]).unwrap();
        exactly(segments).learn(&columns, now()).map(|it| it.all().len())
    };
    assert_eq!(of(vec![], 2), Err(DataError::NoRows { expected: 2 }.into()));
    assert_eq!(
        of(vec![3.0], 2),
        Err(SegmentError::TooFew { rows: 1, segments: 2 })
    );
    assert_eq!(of(vec![3.0; 9], 2), Err(SegmentError::NoDifference { rows: 9 }));
    assert_eq!(
        of(vec![1.0, 1.0, 1.0, 5.0, 5.0, 5.0], 4),
        Err(SegmentError::Empty {
            found: 2,
            segments: 4
        })
    );
    assert_eq!(of(vec![1.0, 1.0, 1.0, 5.0, 5.0, 5.0], 2), Ok(2));
    assert_eq!(of(vec![1.0, 5.0], 2), Ok(2));
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let why = of(vec![1.0, value, 2.0], 2).unwrap_err();
        assert!(
            matches!(why, SegmentError::Data(DataError::NotFinite { row: 1, .. })),
            "{why}"
        );
    }
    let why = of(vec![1.0, f64::MAX], 2).unwrap_err();
    assert!(
        matches!(why, SegmentError::Data(DataError::OutOfRange { row: 1, .. })),
        "{why}"
    );
    // One far away and the rest the same: whatever their number, somebody is alone.
    let mut values = vec![0.0; 300];
    values[7] = 9.0;
    let alone = Columns::new([("age", values)]).unwrap();
    let why = base.learn(&alone, now()).unwrap_err();
    assert_eq!(
        why,
        SegmentError::NoneStands {
            least: 2,
            most: 8,
            rows: 300
        }
    );
}

proptest! {
    #![proptest_config(crate::soak::cases(256))]

    /// Whatever comes, there are segments that add up, or a reason why there are none.
    #[test]
    fn any_rows_make_segments_or_a_reason(
        rows in prop::collection::vec(prop::collection::vec(prop_oneof![
            Just(0.0), Just(1.0), Just(-1.0), Just(1e-300), Just(1e15), Just(-1e15), Just(0.1), Just(f64::NAN), -1e3..1e3
        ], 4), 0..25),
        segments in 2_usize..6,
        chosen in any::<bool>(),
    ) {
        let columns = NAMES.iter().enumerate().map(|(at, name)| {
            (*name, rows.iter().map(|row| row[at]).collect::<Vec<f64>>())
        });
        let columns = Columns::new(columns).unwrap();
        let count = if chosen { Count::Best { least: 2, most: segments } } else { Count::Exactly(segments) };
        let params = SegmentParams { count, runs: 2, ..SegmentParams::default() };
        if let Ok(found) = params.learn(&columns, now()) {
            prop_assert_eq!(found.all().iter().map(|it| it.members).sum::<u64>(), rows.len() as u64);
            prop_assert!(found.all().iter().all(|it| it.members > 0));
            let of = found.assign(&columns).unwrap();
            for (at, segment) in found.all().iter().enumerate() {
                prop_assert_eq!(of.iter().filter(|it| **it as usize == at).count() as u64, segment.members);
            }
        }
    }
}

/// The features of a club whose members are simulated, and four kinds of them.
fn club() -> (Columns<'static>, Segments) {
    let lesson = Teacher::new(Profile::Uk, 23, 400, "2024-01-01".parse().unwrap(), 12).teach();
    let at = lesson.months[11];
    let features = Features::at(&lesson.history, at).unwrap();
    let columns = Columns::new(features.into_columns()).unwrap();
    let segments = exactly(4).learn(&columns, at).unwrap();
    (columns, segments)
}

#[test]
fn all_features_of_a_club_make_segments() {
    let (columns, segments) = club();
    assert!(segments.axes() < columns.features().names().len() && segments.variance() >= 0.9);
    for at in 0..4 {
        assert!(!segments.describe(at, &Words::for_features()).is_empty());
    }
}

const HEAD: &str = "segments are ";

/// Prints the segments: what the other process is run for.
#[test]
fn print() {
    let (first, again) = (club().1, club().1);
    let text = serde_json::to_string(&first).unwrap();
    assert_eq!(text, serde_json::to_string(&again).unwrap());
    println!("{HEAD}{text}.");
}

#[test]
fn one_thread_and_another_process_make_the_same_segments() {
    let ours = serde_json::to_string(&club().1).unwrap();
    for threads in ["1", "3"] {
        let other = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "segment::print", "--nocapture"])
            .env("RAYON_NUM_THREADS", threads)
            .output()
            .unwrap();
        let text = String::from_utf8(other.stdout).unwrap();
        assert!(text.contains(&format!("{HEAD}{ours}.")), "{threads} threads");
    }
}
