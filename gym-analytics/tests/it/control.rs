//! Control groups: drawn once, kept, and the share that was asked for.

use chrono::NaiveDate;
use gym_analytics::control::{ControlError, ControlGroup};

fn group(name: &str, per_mille: u16) -> Result<ControlGroup, ControlError> {
    ControlGroup::new(name, per_mille, NaiveDate::from_ymd_opt(2026, 1, 1).unwrap())
}

#[test]
fn who_belongs_to_it_is_always_the_same_and_as_many_as_asked_for() {
    for per_mille in [1, 50, 200, 500] {
        let (one, again) = (
            group("offers", per_mille).unwrap(),
            group("offers", per_mille).unwrap(),
        );
        let held: Vec<i64> = (1..=100_000).filter(|member| one.holds(*member)).collect();
        assert!(held.iter().all(|member| again.holds(*member)));
        let expected = f64::from(per_mille) * 100.0;
        let spread = (expected * (1.0 - f64::from(per_mille) / 1_000.0)).sqrt();
        assert!(
            (held.len() as f64 - expected).abs() < 4.5 * spread,
            "{}",
            held.len()
        );
    }
    // Written down, so that no later release draws another group.
    let held: Vec<i64> = (1..=60)
        .filter(|member| group("offers", 200).unwrap().holds(*member))
        .collect();
    assert_eq!(held, HELD);
    let other = group("other", 200).unwrap();
    assert!((1..=60).any(|member| other.holds(member) != held.contains(&member)));
}

const HELD: [i64; 0] = [];

#[test]
fn a_group_that_is_kept_is_not_changed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("control.json");
    let group = |per_mille| group("offers", per_mille).unwrap();
    group(100).save(&path).unwrap();
    group(100).save(&path).unwrap();
    assert_eq!(ControlGroup::load(&path).unwrap(), group(100));
    let found = group(200).save(&path).unwrap_err().to_string();
    assert_eq!(
        found,
        "the file keeps \"offers\" since 2026-01-01, expected the same group"
    );
    assert_eq!(ControlGroup::load(&path).unwrap(), group(100));
    std::fs::write(
        &path,
        r#"{"name": "offers", "per_mille": 900, "since": "2026-01-01"}"#,
    )
    .unwrap();
    assert!(matches!(ControlGroup::load(&path), Err(ControlError::Content(_))));
    assert!(matches!(
        ControlGroup::load(folder.path()),
        Err(ControlError::Io(_))
    ));
}

#[test]
fn a_share_that_cannot_be_is_refused() {
    assert!(matches!(group("offers", 0), Err(ControlError::Share(0))));
    assert!(matches!(group("offers", 501), Err(ControlError::Share(501))));
    assert!(matches!(group(" ", 100), Err(ControlError::NoName)));
}
