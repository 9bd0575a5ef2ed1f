//! Promotion and roll-back: who serves has won, on rows that neither had seen.

use chrono::{Days, NaiveDate};
use gym_analytics::columns::Columns;
use gym_analytics::evaluate::Bootstrap;
use gym_analytics::fold::Backtest;
use gym_analytics::gam::GamParams;
use gym_analytics::model::{Model, Params, Training};
use gym_analytics::registry::{Because, Registry, RegistryError};
use gym_core::time::Instant;

use crate::rows::{Members, members};

const ROWS: usize = 1_200;

fn day(row: usize) -> NaiveDate {
    NaiveDate::from_ymd_opt(2025, 1, 1).unwrap() + Days::new(row as u64 / 4)
}

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

/// A model of the same features: a larger ridge makes a worse one.
fn learn(members: &Members, ridge: f64) -> Model {
    let days: Vec<NaiveDate> = (0..ROWS).map(day).collect();
    let columns = members.columns();
    let training = Training::new("retention", &columns, &members.left, &days);
    let backtest = Backtest {
        folds: 2,
        embargo_days: 10,
    };
    let bootstrap = Bootstrap {
        draws: 20,
        ..Bootstrap::default()
    };
    let params = Params::Gam(GamParams::new(vec![]).ridge(ridge));
    training
        .backtest(backtest)
        .bootstrap(bootstrap)
        .learn(&params)
        .unwrap()
}

struct Later {
    members: Members,
    left: Vec<bool>,
    days: Vec<NaiveDate>,
}

fn later() -> Later {
    let members = members(ROWS, 99);
    Later {
        left: members.left.iter().map(|left| *left == 1.0).collect(),
        days: (0..ROWS).map(|row| day(row + ROWS)).collect(),
        members,
    }
}

#[test]
fn a_challenger_serves_once_it_has_won_and_the_champion_before_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let registry = Registry::open(folder.path()).unwrap();
    let seen = members(ROWS, 1);
    let (poor, good) = (learn(&seen, 30_000.0), learn(&seen, 1.0));
    let later = later();
    let columns = later.members.columns();
    let contest = |challenger: &Model| {
        let bootstrap = Bootstrap::default();
        registry.contest(challenger, &columns, &later.left, &later.days, bootstrap)
    };
    assert!(registry.champion().unwrap().is_none() && contest(&good).unwrap().is_none());
    assert!(matches!(
        registry.roll_back(at("2026-01-01T00:00:00Z")),
        Err(RegistryError::NothingBefore)
    ));
    registry.promote(&poor, None, at("2026-01-01T00:00:00Z")).unwrap();
    assert!(matches!(
        registry.promote(&good, None, at("2026-02-01T00:00:00Z")),
        Err(RegistryError::NoContest { .. })
    ));
    let won = contest(&good).unwrap().unwrap();
    assert!(won.comparison().log_loss.high < 0.0, "{won:?}");
    let promotion = registry
        .promote(&good, Some(&won), at("2026-02-01T00:00:00Z"))
        .unwrap();
    assert_eq!(promotion.because, Because::Won(*won.comparison()));
    assert_eq!(registry.champion().unwrap().unwrap(), good);
    // What was won against another champion counts no more.
    assert!(matches!(
        registry.promote(&good, Some(&won), at("2026-03-01T00:00:00Z")),
        Err(RegistryError::NoContest { .. })
    ));
    let lost = contest(&poor).unwrap().unwrap();
    assert!(matches!(
        registry.promote(&poor, Some(&lost), at("2026-03-01T00:00:00Z")),
        Err(RegistryError::NotBetter { .. })
    ));
    assert_eq!(registry.champion().unwrap().unwrap(), good, "nothing has changed");
    registry.roll_back(at("2026-03-01T00:00:00Z")).unwrap();
    let again = Registry::open(folder.path()).unwrap();
    assert_eq!(again.champion().unwrap().unwrap(), poor);
    let told: Vec<String> = again
        .promotions()
        .unwrap()
        .into_iter()
        .map(|it| it.model)
        .collect();
    assert_eq!(told, [poor.id().unwrap(), good.id().unwrap(), poor.id().unwrap()]);
    assert!(matches!(
        again.roll_back(at("2026-03-02T00:00:00Z")),
        Err(RegistryError::NothingBefore)
    ));
}

#[test]
fn rows_that_were_learned_from_are_no_contest() {
    let folder = tempfile::tempdir().unwrap();
    let registry = Registry::open(folder.path()).unwrap();
    let seen = members(ROWS, 1);
    let (poor, good) = (learn(&seen, 30_000.0), learn(&seen, 1.0));
    registry.promote(&poor, None, at("2026-01-01T00:00:00Z")).unwrap();
    let mut later = later();
    later.days[7] = day(ROWS - 1);
    let columns = later.members.columns();
    let found = registry.contest(&good, &columns, &later.left, &later.days, Bootstrap::default());
    assert!(
        matches!(found, Err(RegistryError::Learned { row: 7, .. })),
        "{found:?}"
    );
    let found = registry.contest(
        &good,
        &columns,
        &later.left,
        &later.days[1..],
        Bootstrap::default(),
    );
    assert!(matches!(found, Err(RegistryError::Evaluate(_))), "{found:?}");
}

#[test]
fn a_damaged_folder_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let registry = Registry::open(folder.path()).unwrap();
    let model = learn(&members(ROWS, 1), 1.0);
    registry
        .promote(&model, None, at("2026-01-01T00:00:00Z"))
        .unwrap();
    let file = folder.path().join(format!("{}.model", model.id().unwrap()));
    std::fs::write(&file, "gym-model 1 0000\n{}").unwrap();
    assert!(matches!(registry.champion(), Err(RegistryError::Model(_))));
    std::fs::write(folder.path().join("promotions.json"), "[{}]").unwrap();
    assert!(matches!(registry.champion(), Err(RegistryError::Content(_))));
}
