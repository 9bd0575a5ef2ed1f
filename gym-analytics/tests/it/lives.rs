//! Cohorts, packs and what a member is worth.

use chrono::{Datelike, Months};
use gym_analytics::cohort::{Cohort, CohortError, CohortModel, Joined};
use gym_analytics::lifetime::{LifetimeError, LifetimeValue, Terms};
use gym_analytics::packs::{Buyer, PackError, PackModel};
use gym_core::history::{Ending, day_of, micros};
use gym_core::sim::teacher::{Profile, Teacher};
use gym_core::time::civil;
use proptest::prelude::*;

use crate::rows::unit;

fn near(found: f64, expected: f64, within: f64) {
    assert!(
        (found - expected).abs() <= within,
        "{found} is not {expected} within {within}"
    );
}

fn check(shares: &[f64], alpha: f64, beta: f64) -> CohortModel {
    let counts = [1000.0]
        .into_iter()
        .chain(shares.iter().map(|share| share * 1000.0))
        .collect();
    let model = CohortModel::fit(&[Cohort::new(counts).unwrap()]).unwrap();
    near(model.shapes().0, alpha, 1e-4);
    near(model.shapes().1, beta, 1e-3);
    model
}

/// Fader and Hardie 2007: the two segments of their table 1, fitted to seven years.
#[test]
fn the_published_cohorts_have_the_published_shapes() {
    let high_end = check(&[0.869, 0.743, 0.653, 0.593, 0.551, 0.517, 0.491], 0.6681, 3.8061);
    for (periods, share) in (8..).zip([0.460, 0.436, 0.414, 0.395, 0.378]) {
        near(high_end.survival(periods), share, 5.1e-4);
    }
    check(&[0.631, 0.468, 0.382, 0.326, 0.289, 0.262, 0.241], 0.7041, 1.182);
}

#[test]
fn who_joined_together_is_followed_as_far_as_all_were_seen() {
    let lesson = Teacher::new(Profile::Uk, 11, 240, "2024-01-01".parse().unwrap(), 20).teach();
    let (history, as_of) = (&lesson.history, lesson.months[14]);
    let today = civil(history.places.zone[0], as_of).date();
    let months = Joined::of(history, 1, as_of);
    assert_eq!(months.len(), 14);
    for cohort in &months {
        let after = |from: chrono::NaiveDate, months| from + Months::new(months);
        // A simulated member has one membership.
        let joined: Vec<_> = history
            .memberships
            .rows()
            .map(|row| (day_of(row.starts_on).unwrap(), row))
            .filter(|(from, row)| from.with_day(1) == Some(cohort.from) && row.recorded_at <= micros(as_of))
            .collect();
        let seen = cohort.counts.len() as u32 - 1;
        assert!(joined.iter().all(|(from, _)| after(*from, seen) <= today));
        assert!(joined.iter().any(|(from, _)| after(*from, seen + 1) > today));
        for (months, count) in (0..).zip(&cohort.counts) {
            let left = joined.iter().filter(|(from, row)| {
                let known = row.ending != Ending::Running && row.end_recorded_at <= micros(as_of);
                !known || day_of(row.ends_on).unwrap() > after(*from, months) || months == 0
            });
            assert_eq!(left.count() as f64, *count, "{} {months}", cohort.from);
        }
        assert_eq!(cohort.survival()[0], 1.0);
    }
    let years = Joined::of(history, 12, as_of);
    let all = |cohorts: &[Joined]| cohorts.iter().map(|it| it.counts[0]).sum::<f64>();
    assert_eq!((years.len(), all(&years)), (2, all(&months)));
    assert!(years[0].cohort().is_ok());
    assert_eq!(
        Joined::of(history, 1, history.during().start()),
        Vec::new(),
        "nobody was known to have joined"
    );
}

#[test]
fn cohorts_of_any_length_are_one_sample() {
    let long = Cohort::new(vec![500.0, 400.0, 350.0, 320.0]).unwrap();
    let short = Cohort::new(vec![300.0, 235.0]).unwrap();
    let both = CohortModel::fit(&[long.clone(), short]).unwrap();
    let one = CohortModel::fit(&[long]).unwrap();
    assert!(both.retention(1) < one.retention(1));
    assert!(both.retention(2) > both.retention(1));
    near(
        one.residual(0, 1.0, 3),
        (1..=3).map(|period| one.survival(period)).sum(),
        1e-12,
    );
}

#[test]
fn cohorts_that_say_nothing_are_refused() {
    assert_eq!(
        Cohort::new(vec![5.0]).unwrap_err(),
        CohortError::TooShort { found: 1 }
    );
    for wrong in [6.0, -1.0, f64::NAN] {
        let found = Cohort::new(vec![5.0, wrong]).unwrap_err();
        assert!(matches!(found, CohortError::NotFalling { period: 1, .. }));
    }
    for counts in [vec![5.0, 5.0], vec![5.0, 0.0]] {
        let found = CohortModel::fit(&[Cohort::new(counts).unwrap()]).unwrap_err();
        assert!(matches!(found, CohortError::NothingToLearn { .. }));
    }
    assert!(CohortModel::fit(&[]).is_err());
    assert!(serde_json::from_str::<CohortModel>(r#"{"alpha": -1.0, "beta": 1.0}"#).is_err());
}

fn cdnow() -> Vec<Buyer> {
    let lines = include_str!("../data/cdnow_summary.csv").lines().skip(1);
    lines
        .map(|line| {
            let fields: Vec<f64> = line.split(',').map(|field| field.parse().unwrap()).collect();
            Buyer::new(fields[0] as u32, fields[1], fields[2]).unwrap()
        })
        .collect()
}

/// Fader, Hardie and Lee 2005, table 1: r .243, α 4.414, a .793, b 2.426, log-likelihood −9582.4.
#[test]
fn cdnow_has_the_published_model() {
    let buyers = cdnow();
    assert_eq!(buyers.len(), 2_357);
    let model = PackModel::fit(&buyers).unwrap();
    near(model.log_likelihood(&buyers), -9582.43, 0.01);
    for (found, expected) in model
        .parameters()
        .into_iter()
        .zip([0.2426, 4.4135, 0.7929, 2.4258])
    {
        near(found, expected, 1e-3);
    }
    // Their example: two repeat purchases, the last in week 30.43 of 38.86; 1.226 purchases in the next 39 weeks.
    near(
        model.expected(&Buyer::new(2, 30.43, 38.86).unwrap(), 39.0),
        1.226,
        1e-3,
    );
}

#[test]
fn buyers_who_go_quiet_are_gone() {
    let model = PackModel::new(0.2426, 4.4135, 0.7929, 2.4258).unwrap();
    let buyer = |repeats, last| Buyer::new(repeats, last, 40.0).unwrap();
    assert!(model.alive(&buyer(10, 38.0)) > 0.88 && model.alive(&buyer(10, 8.0)) < 0.01);
    assert_eq!(model.alive(&buyer(0, 0.0)), 1.0);
    // The paper's form overflows here. At 112.6 a week, each of which may be the last: c (1 - (1 - z)^(a - 1)) / (a - 1).
    near(model.expected(&buyer(5_000, 40.0), 10.0), 1_039.0, 5.0);
    assert_eq!(model.expected(&buyer(1, 3.0), f64::NAN), 0.0);
    let beside_one = PackModel::new(0.3, 4.0, 1.0, 2.0)
        .unwrap()
        .expected(&buyer(3, 30.0), 20.0);
    near(
        beside_one,
        PackModel::new(0.3, 4.0, 1.000_01, 2.0)
            .unwrap()
            .expected(&buyer(3, 30.0), 20.0),
        1e-3,
    );
}

#[test]
fn buyers_that_cannot_be_are_refused() {
    for (repeats, last, age) in [
        (0, 1.0, 2.0),
        (1, 0.0, 2.0),
        (1, 3.0, 2.0),
        (1, f64::NAN, 2.0),
        (0, 0.0, 0.0),
    ] {
        assert!(
            matches!(Buyer::new(repeats, last, age), Err(PackError::Times { .. })),
            "{repeats} {last} {age}"
        );
    }
    assert!(matches!(
        PackModel::fit(&[]),
        Err(PackError::NothingToLearn { buyers: 0, .. })
    ));
    let once = Buyer::new(0, 0.0, 5.0).unwrap();
    assert!(matches!(
        PackModel::fit(&[once; 5]),
        Err(PackError::NothingToLearn { repeats: 0, .. })
    ));
    assert!(PackModel::new(1.0, 1.0, f64::INFINITY, 1.0).is_err());
}

fn terms() -> Terms {
    Terms {
        margin: 4_000.0,
        discount: 0.995,
        months: 12,
        level: 0.8,
    }
}

#[test]
fn a_value_is_the_mean_of_what_is_drawn() {
    let survival: Vec<f64> = (1..=12).map(|month| 0.9f64.powi(month)).collect();
    let value = LifetimeValue::of(&survival, terms()).unwrap();
    let mut state = 1;
    let draws = 20_000;
    let mut drawn: Vec<f64> = (0..draws)
        .map(|_| {
            let fate = unit(&mut state);
            let months = 1 + survival.iter().take(11).filter(|alive| **alive > fate).count();
            (0..months)
                .map(|month| 4_000.0 * 0.995f64.powi(month as i32))
                .sum()
        })
        .collect();
    drawn.sort_by(f64::total_cmp);
    let mean = drawn.iter().sum::<f64>() / f64::from(draws);
    near(
        value.expected,
        mean,
        4.0 * value.deviation / f64::from(draws).sqrt(),
    );
    let within = drawn
        .iter()
        .filter(|one| (value.low..=value.high).contains(*one))
        .count();
    assert!(within as f64 / f64::from(draws) >= 0.8);
    near(value.low, drawn[draws as usize / 10], 1e-6);
    near(value.high, drawn[draws as usize * 9 / 10], 1e-6);
}

#[test]
fn behind_the_known_months_the_last_rate_goes_on() {
    let short = [0.9, 0.81];
    let long: Vec<f64> = (1..=24).map(|month| 0.9f64.powi(month)).collect();
    let ahead = Terms {
        months: 24,
        ..terms()
    };
    let (a, b) = (
        LifetimeValue::of(&short, ahead).unwrap(),
        LifetimeValue::of(&long, ahead).unwrap(),
    );
    near(a.expected, b.expected, 1e-6);
    near(a.months, (1.0 - 0.9f64.powi(24)) / 0.1, 1e-9);
}

#[test]
fn many_members_are_surer_than_one() {
    let one = LifetimeValue::of(&[0.9, 0.8, 0.7], terms()).unwrap();
    let all = LifetimeValue::total(&[one; 400], 1.2816);
    near(all.expected, 400.0 * one.expected, 1e-6);
    near(all.high - all.expected, 20.0 * one.deviation * 1.2816, 1e-6);
}

#[test]
fn values_that_cannot_be_are_refused() {
    assert_eq!(
        LifetimeValue::of(&[], terms()).unwrap_err(),
        LifetimeError::NoMonths
    );
    for wrong in [[0.8, 0.9], [1.1, 0.5], [f64::NAN, 0.5], [0.5, -0.1]] {
        assert!(matches!(
            LifetimeValue::of(&wrong, terms()),
            Err(LifetimeError::NotFalling { .. })
        ));
    }
    for wrong in [
        Terms {
            margin: f64::NAN,
            ..terms()
        },
        Terms {
            discount: 0.0,
            ..terms()
        },
        Terms { months: 0, ..terms() },
        Terms {
            level: 1.0,
            ..terms()
        },
    ] {
        assert!(matches!(
            LifetimeValue::of(&[0.5], wrong),
            Err(LifetimeError::Term { .. })
        ));
    }
}

proptest! {
    #![proptest_config(crate::soak::cases(256))]

    #[test]
    fn bounds_hold_and_values_grow_with_survival(hazards in prop::collection::vec(0.0..1.0f64, 1..30)) {
        let survival = |factor: f64| -> Vec<f64> {
            hazards.iter().scan(1.0, |left, hazard| { *left *= 1.0 - hazard * factor; Some(*left) }).collect()
        };
        let (worse, better) = (survival(1.0), survival(0.5));
        let value = LifetimeValue::of(&worse, terms()).unwrap();
        prop_assert!(value.low <= value.high && value.deviation >= 0.0);
        prop_assert!(value.low <= value.expected + 1e-6 || value.high >= value.expected - 1e-6);
        prop_assert!(LifetimeValue::of(&better, terms()).unwrap().expected >= value.expected - 1e-9);
    }
}
