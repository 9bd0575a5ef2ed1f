//! Hazards: the survival that was drawn is found, and nothing is learned that could not be known.

use chrono::{Months, NaiveDate};
use gym_analytics::columns::{Columns, DataError};
use gym_analytics::design::Shape;
use gym_analytics::fold::Backtest;
use gym_analytics::hazard::{HazardError, HazardParams};
use gym_analytics::landmark::{Cause, End, Landmark, Landmarks};
use gym_analytics::sample::FitError;

use crate::rows::unit;

struct Panel {
    away: Vec<f64>,
    landmarks: Vec<Landmark>,
    /// The true chance to be there after each of 12 months.
    truth: Vec<Vec<f64>>,
}

/// Landmarks over two years: away longer, leaves likelier, most of all in the first months; one in a hundred payments
/// fails for good; some freeze.
fn panel(rows: usize, seed: u64) -> Panel {
    let mut state = seed;
    let mut panel = Panel {
        away: vec![],
        landmarks: vec![],
        truth: vec![],
    };
    let start = NaiveDate::from_ymd_opt(2024, 1, 1).unwrap();
    for row in 0..rows {
        let away = unit(&mut state) * 40.0;
        let month = (row * 24 / rows) as u32;
        let chosen = |ahead: u8| 1.0 / (1.0 + (3.2 - away / 15.0 + f64::from(ahead - 1) * 0.08).exp());
        let failed = 0.01;
        let mut end = End::Censored { months: 12 };
        for ahead in 1..=12u8 {
            let (a, b, c) = (unit(&mut state), unit(&mut state), unit(&mut state));
            if a < failed {
                end = End::Left {
                    month: ahead,
                    cause: Cause::Involuntary,
                };
            } else if b < chosen(ahead) {
                end = End::Left {
                    month: ahead,
                    cause: Cause::Chosen,
                };
            } else if c < 0.01 {
                end = End::Censored { months: ahead };
            } else {
                continue;
            }
            break;
        }
        let alive = (1..=12u8).scan(1.0, |left, ahead| {
            *left *= (1.0 - chosen(ahead)) * (1.0 - failed);
            Some(*left)
        });
        panel.truth.push(alive.collect());
        panel.away.push(away);
        panel.landmarks.push(Landmark {
            member: row as u32,
            as_of: start + Months::new(month),
            end,
        });
    }
    panel
}

impl Panel {
    fn columns(&self) -> Columns<'_> {
        Columns::new([("days_since_visit", self.away.as_slice())]).unwrap()
    }

    fn landmarks(&self) -> Landmarks<'_> {
        Landmarks::new(self.columns(), self.landmarks.clone()).unwrap()
    }
}

fn params() -> HazardParams {
    let shapes = vec![("days_since_visit".to_owned(), Shape::Spline { knots: 5 })];
    HazardParams {
        shapes,
        ridges: vec![1.0, 10.0],
        backtest: Backtest {
            folds: 2,
            embargo_days: 0,
        },
        ..HazardParams::default()
    }
}

#[test]
fn it_finds_the_survival_that_was_drawn() {
    let (train, fresh) = (panel(6_000, 1), panel(2_000, 2));
    let hazard = params().learn(&train.landmarks()).unwrap();
    let columns = fresh.columns();
    let survival = hazard.survival(&columns).unwrap();
    let mut gap = 0.0;
    for (row, truth) in fresh.truth.iter().enumerate() {
        for month in [1u8, 3, 6, 12] {
            gap +=
                (survival.curve(row)[usize::from(month) - 1] - truth[usize::from(month) - 1]).abs() / 8_000.0;
            let parts = survival.risk_of(Cause::Chosen, row, month)
                + survival.risk_of(Cause::Involuntary, row, month);
            assert!((parts - survival.risk(row, month)).abs() < 1e-12);
        }
        assert!(survival.curve(row).windows(2).all(|pair| pair[0] >= pair[1]));
    }
    assert!(gap < 0.02, "{gap}");
    // Censoring counts: without it the first-year risk would be far off.
    let mean = |of: &dyn Fn(usize) -> f64| (0..2_000).map(of).sum::<f64>() / 2_000.0;
    let (predicted, truth) = (
        mean(&|row| survival.risk(row, 12)),
        mean(&|row| 1.0 - fresh.truth[row][11]),
    );
    assert!((predicted / truth - 1.0).abs() < 0.05, "{predicted} {truth}");
    let failed = mean(&|row| survival.risk_of(Cause::Involuntary, row, 1));
    assert!((failed - 0.01).abs() < 0.003, "{failed}");
}

#[test]
fn a_reason_names_the_month_ahead() {
    let panel = panel(1_500, 3);
    let columns = panel.columns();
    let hazard = params().learn(&panel.landmarks()).unwrap();
    let explanation = hazard.explain(&columns, 5, 2).unwrap();
    assert_eq!(
        explanation
            .parts
            .iter()
            .map(|part| part.feature.as_str())
            .collect::<Vec<_>>(),
        ["days_since_visit", "months_ahead",]
    );
    assert_eq!(explanation.parts[1].value, 2.0);
    assert!(matches!(
        hazard.explain(&columns, 1_500, 2),
        Err(DataError::NoSuchRow { .. })
    ));
}

#[test]
fn training_does_not_see_past_the_test() {
    // Everyone of the first year leaves in month 12, which is over only after the test has begun: a fold that peeked would
    // learn a hazard that it cannot know, and there would be somebody to learn from.
    let landmarks = (0..200).map(|row| Landmark {
        member: row,
        as_of: NaiveDate::from_ymd_opt(2025, 1 + row / 20, 1).unwrap(),
        end: End::Left {
            month: 12,
            cause: Cause::Chosen,
        },
    });
    let columns = Columns::new([("away", (0..200).map(f64::from).collect::<Vec<_>>())]).unwrap();
    let landmarks = Landmarks::new(columns, landmarks.collect()).unwrap();
    let found = HazardParams {
        ridges: vec![1.0, 2.0],
        ..HazardParams::default()
    }
    .learn(&landmarks)
    .unwrap_err();
    assert!(
        matches!(
            found,
            HazardError::Fit {
                cause: Cause::Chosen,
                why: FitError::OneClass { outcome: 0.0 }
            }
        ),
        "{found}"
    );
}

#[test]
fn nobody_leaving_without_choice_is_a_hazard_of_zero() {
    let mut panel = panel(1_500, 4);
    for landmark in &mut panel.landmarks {
        if let End::Left {
            month,
            cause: Cause::Involuntary,
        } = landmark.end
        {
            landmark.end = End::Censored { months: month };
        }
    }
    let columns = panel.columns();
    let hazard = params().learn(&panel.landmarks()).unwrap();
    assert!(hazard.involuntary().is_none());
    assert_eq!(
        hazard
            .survival(&columns)
            .unwrap()
            .risk_of(Cause::Involuntary, 0, 12),
        0.0
    );
}

/// Members of whom every other is bound for half a year. The free leave the likelier the longer they are away; of the bound
/// one of `of_bound` leaves all the same, whatever they do, or none if that is zero.
fn contracts(rows: u32, of_bound: u32) -> (Columns<'static>, Vec<Landmark>) {
    let mut state = 11;
    let as_of = NaiveDate::from_ymd_opt(2025, 1, 1).unwrap();
    let (mut away, mut cliff, mut landmarks) = (Vec::new(), Vec::new(), Vec::new());
    for member in 0..rows {
        let (days, bound) = (unit(&mut state) * 40.0, member % 2 == 1);
        let leaves = match bound {
            true => of_bound > 0 && member / 2 % of_bound == 0,
            false => unit(&mut state) < 1.0 / (1.0 + (4.0 - days / 8.0).exp()),
        };
        let (month, cause) = (1, Cause::Chosen);
        let end = match leaves {
            true => End::Left { month, cause },
            false => End::Censored { months: 1 },
        };
        away.push(days);
        cliff.push(if bound { 180.0 } else { 366.0 });
        landmarks.push(Landmark { member, as_of, end });
    }
    let terms = cliff
        .iter()
        .map(|days| if *days < 366.0 { 6.0 } else { 0.0 })
        .collect();
    let columns = [
        ("days_since_visit", away),
        ("days_to_cliff", cliff),
        ("term_months", terms),
    ];
    (Columns::new(columns).unwrap(), landmarks)
}

#[test]
fn whom_a_contract_binds_is_told_apart() {
    let bound = |of_bound: u32| {
        let (columns, rows) = contracts(8_000, of_bound);
        let landmarks = Landmarks::new(columns.clone(), rows).unwrap();
        let hazard = HazardParams {
            months: 1,
            ..HazardParams::linear(1.0)
        };
        let hazard = hazard.learn(&landmarks).unwrap();
        let survival = hazard.survival(&columns).unwrap();
        let away = columns.values("days_since_visit").unwrap();
        let row =
            |odd: usize, long: bool| (0..8_000).find(|row| row % 2 == odd && (away[*row] > 36.0) == long);
        let risk = |odd: usize, long: bool| survival.risk(row(odd, long).unwrap(), 1);
        // Who may leave is the likelier to the longer they are away.
        assert!(risk(0, true) > 0.5 && hazard.chosen().explain(&then(&columns), 0).is_ok());
        let parts = hazard.explain(&columns, row(1, true).unwrap(), 1).unwrap();
        assert!((risk(1, true).ln() - (1.0 - risk(1, true)).ln() - parts.log_odds).abs() < 1e-9);
        ([risk(1, true), risk(1, false)], parts.parts.len())
    };
    // One of twenty: enough to learn that it is all the same what they do.
    let (risks, parts) = bound(20);
    assert!(risks.iter().all(|risk| (risk - 0.05).abs() < 0.02), "{risks:?}");
    assert_eq!(parts, 5);
    // Nobody, and few: as many as they were, and not one reason.
    let (risks, parts) = bound(0);
    assert!(
        risks[0] > 0.0 && risks[0] < 0.001 && risks[0] == risks[1],
        "{risks:?}"
    );
    assert_eq!(parts, 0);
}

/// The columns as they are one month ahead.
fn then(columns: &Columns<'static>) -> Columns<'static> {
    let open = columns.values("days_to_cliff").unwrap();
    let open: Vec<f64> = open
        .iter()
        .map(|days| f64::from(u8::from(*days >= 366.0)))
        .collect();
    let ones = vec![1.0; open.len()];
    let columns = columns.clone().with("may_leave", open).unwrap();
    columns.with("months_ahead", ones).unwrap()
}

#[test]
fn what_nothing_can_be_learned_from_is_refused() {
    let landmarks = |end: [End; 2]| {
        let as_of = NaiveDate::from_ymd_opt(2025, 1, 1).unwrap();
        let rows = (0..)
            .zip(end)
            .map(|(member, end)| Landmark { member, as_of, end });
        Landmarks::new(Columns::new([("away", vec![1.0, 2.0])]).unwrap(), rows.collect()).unwrap()
    };
    assert!(matches!(
        HazardParams::linear(1.0).learn(&landmarks([End::Censored { months: 0 }; 2])),
        Err(HazardError::Data(DataError::NoRows { .. }))
    ));
    let left = |month| End::Left {
        month,
        cause: Cause::Chosen,
    };
    let landmarks = landmarks([left(1), left(2)]);
    for wrong in [
        HazardParams {
            months: 0,
            ..HazardParams::default()
        },
        HazardParams {
            ridges: vec![],
            ..HazardParams::default()
        },
        HazardParams::linear(f64::NAN),
    ] {
        assert!(matches!(
            wrong.learn(&landmarks),
            Err(HazardError::Setting { .. })
        ));
    }
}
