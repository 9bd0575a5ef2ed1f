//! Bad input, all the way from frames to predictions: an error that names what is wrong, and never a panic.

use chrono::NaiveDate;
use gym_analytics::boost::BoostParams;
use gym_analytics::columns::{Columns, DataError};
use gym_analytics::feature::{Features, NAMES};
use gym_analytics::frame::Frames;
use gym_analytics::gam::GamParams;
use gym_analytics::hazard::{HazardError, HazardParams};
use gym_analytics::landmark::{LandmarkError, Landmarks};
use gym_analytics::model::{Params, Training, TrainingError};
use gym_analytics::sample::{FitError, Sample};
use gym_core::history::{Facts, History};
use gym_core::sim::teacher::{Lesson, Profile, Teacher};
use polars::prelude::{Column, DataFrame, IntoLazy, col, lit};

use crate::random::{DAY, FIRST, during, facts, instant};

fn lesson() -> Lesson {
    Teacher::new(Profile::Uk, 31, 300, "2024-01-01".parse().unwrap(), 10).teach()
}

/// What is said of frames after a change.
#[track_caller]
fn frames(change: impl FnOnce(&mut Frames)) -> String {
    let history = History::new(during(), facts(3, 7, FIRST + 400 * DAY)).unwrap();
    let mut frames = Frames::of(&history).unwrap();
    change(&mut frames);
    frames.to_history(during()).unwrap_err().to_string()
}

fn with(frame: &mut DataFrame, column: Column) {
    frame.with_column(column).unwrap();
}

#[test]
fn frames_that_are_wrong_are_named() {
    let missing = frames(|it| it.check_ins = it.check_ins.drop("at").unwrap());
    assert!(
        missing.starts_with("check_ins: column at is missing"),
        "{missing}"
    );
    let kind = frames(|it| {
        let rows = it.members.height();
        with(&mut it.members, Column::new("member_id".into(), vec!["1"; rows]));
    });
    assert!(
        kind.starts_with("members: column member_id is of type str"),
        "{kind}"
    );
    let floats = frames(|it| {
        let rows = it.members.height();
        with(
            &mut it.members,
            Column::new("member_id".into(), vec![f64::NAN; rows]),
        );
    });
    assert!(floats.contains("column member_id is of type f64"), "{floats}");
    let twice = frames(|it| {
        let rows = it.members.height();
        with(
            &mut it.members,
            Column::new("member_id".into(), vec![1_i64; rows]),
        );
    });
    assert!(
        twice.contains("is 1 in row 1 and before; expected each once"),
        "{twice}"
    );
    let unseen = frames(|it| {
        let changed = it
            .memberships
            .clone()
            .lazy()
            .with_column(lit("vanished").alias("ending"));
        it.memberships = changed.collect().unwrap();
    });
    assert!(
        unseen.contains("column ending is \"vanished\" in row 0; expected"),
        "{unseen}"
    );
    let lost = frames(|it| {
        let changed = it
            .check_ins
            .clone()
            .lazy()
            .with_column((col("member_id") + lit(1_000_000)).alias("member_id"));
        it.check_ins = changed.collect().unwrap();
    });
    assert!(lost.contains("expected an id of members"), "{lost}");
}

#[test]
fn instants_outside_of_the_data_are_told() {
    let lesson = lesson();
    let before = lesson.months[0] - chrono::Duration::days(1);
    assert!(Features::at(&lesson.history, before).is_err());
    let found = Landmarks::at(&lesson.history, &[before], 3, lesson.months[10]).unwrap_err();
    assert!(matches!(found, LandmarkError::History(_)), "{found}");
    // At the very beginning nobody has joined: no rows, and nothing to learn.
    let none = Landmarks::at(&lesson.history, &lesson.months[..1], 3, lesson.months[10]).unwrap();
    assert_eq!((none.rows().len(), none.columns().rows()), (0, 0));
    assert!(matches!(
        HazardParams::linear(1.0).learn(&none),
        Err(HazardError::Data(DataError::NoRows { .. }))
    ));
    assert!(matches!(Training::of("x", &none), Err(DataError::NoRows { .. })));
    let nothing = History::new(during(), Facts::default()).unwrap();
    let at_risk = Landmarks::at_risk(&nothing, instant(FIRST + DAY)).unwrap();
    assert_eq!(at_risk.rows(), []);
    let twice = Landmarks::at(&lesson.history, &[lesson.months[8]; 2], 3, lesson.months[10]).unwrap_err();
    assert!(matches!(twice, LandmarkError::Twice { .. }), "{twice}");
}

/// What either engine says of features and outcomes.
fn learned(features: Vec<f64>, outcomes: &[f64]) -> [Result<(), FitError>; 2] {
    let columns = Columns::new([("x", features)]).unwrap();
    let sample = Sample::new(&columns, outcomes);
    [
        GamParams::new(vec![]).learn(&sample).map(|_| ()),
        BoostParams::default().learn(&sample).map(|_| ()),
    ]
}

#[test]
fn rows_that_nothing_can_be_learned_from_are_refused() {
    let numbers = |count: u32| -> Vec<f64> { (0..count).map(f64::from).collect() };
    for found in learned(Vec::new(), &[]) {
        assert!(
            matches!(found, Err(FitError::Data(DataError::NoRows { .. }))),
            "{found:?}"
        );
    }
    for found in learned(vec![1.0], &[1.0]) {
        assert!(
            matches!(found, Err(FitError::OneClass { outcome: 1.0 })),
            "{found:?}"
        );
    }
    for found in learned(numbers(50), &[0.0; 50]) {
        assert!(
            matches!(found, Err(FitError::OneClass { outcome: 0.0 })),
            "{found:?}"
        );
    }
    let half: Vec<f64> = (0..50).map(|row| f64::from(row % 2)).collect();
    for wrong in [f64::INFINITY, f64::NEG_INFINITY] {
        let mut features = numbers(50);
        features[7] = wrong;
        for found in learned(features, &half) {
            assert!(matches!(found, Err(FitError::Data(_))), "{found:?}");
        }
    }
    let mut gap = numbers(50);
    gap[7] = f64::NAN;
    let [gam, boost] = learned(gap, &half);
    assert!(
        matches!(gam, Err(FitError::Data(DataError::NotFinite { row: 7, .. }))),
        "{gam:?}"
    );
    assert!(boost.is_ok(), "a gap is a value that trees can read: {boost:?}");
    for outcome in [0.5, f64::NAN, 2.0] {
        let mut outcomes = half.clone();
        outcomes[3] = outcome;
        for found in learned(numbers(50), &outcomes) {
            assert!(
                matches!(found, Err(FitError::Data(DataError::OutOfRange { row: 3, .. }))),
                "{found:?}"
            );
        }
    }
}

#[test]
fn a_model_that_serves_refuses_what_it_was_not_learned_on() {
    let lesson = lesson();
    let past = Landmarks::at(&lesson.history, &lesson.months[2..9], 2, lesson.months[10]).unwrap();
    let params = HazardParams {
        months: 2,
        ..HazardParams::linear(10.0)
    };
    let hazard = params.learn(&past).unwrap();
    let day = Columns::new(NAMES.map(|name| (name, vec![1.0]))).unwrap();
    assert!(hazard.survival(&day).unwrap().risk(0, 2).is_finite());
    let turned = Columns::new(NAMES.into_iter().rev().map(|name| (name, vec![1.0]))).unwrap();
    assert!(matches!(
        hazard.survival(&turned),
        Err(DataError::OtherFeatures { position: 0, .. })
    ));
    let fewer = Columns::new([(NAMES[0], vec![1.0])]).unwrap();
    assert!(matches!(
        hazard.survival(&fewer),
        Err(DataError::OtherFeatures { position: 1, .. })
    ));
    let gap = Columns::new(NAMES.map(|name| (name, vec![f64::NAN]))).unwrap();
    assert!(matches!(
        hazard.survival(&gap),
        Err(DataError::NotFinite { row: 0, .. })
    ));
    // Far outside of what was seen is no error: curves end where the data did.
    let far = Columns::new(NAMES.map(|name| (name, vec![1e9]))).unwrap();
    assert!((0.0..=1.0).contains(&hazard.survival(&far).unwrap().risk(0, 2)));
    let none = Columns::new(NAMES.map(|name| (name, Vec::new()))).unwrap();
    assert_eq!(hazard.survival(&none).unwrap().rows(), 0);
    let of_outcomes = Training::new("x", &day, &[1.0], &[NaiveDate::default()]);
    let found = of_outcomes
        .learn(&Params::Hazard(HazardParams::default()))
        .unwrap_err();
    assert!(
        matches!(found, TrainingError::Fold(_) | TrainingError::NoLandmarks),
        "{found}"
    );
}
