//! Predicted against true: simulated clubs whose hazards are known.

use std::collections::HashMap;
use std::time::Instant as Watch;

use chrono::NaiveDate;
use gym_analytics::evaluate::Scored;
use gym_analytics::hazard::{Hazard, HazardParams};
use gym_analytics::landmark::Landmarks;
use gym_core::sim::teacher::{Lesson, Profile, Teacher};
use gym_core::time::civil;

use crate::Outcome;

const MONTHS: u32 = 60;
/// The first month that is tested; what was learned from ends with it.
const CUT: usize = 48;

/// Learns from four years of a club of each profile, and says how near to the truth the fifth comes.
pub fn clubs(members: u32, seed: u64, ahead: u8, every: usize) -> Outcome<()> {
    for profile in Profile::ALL {
        let lesson = Teacher::new(profile, seed, members, "2021-01-01".parse()?, MONTHS).teach();
        let watch = Watch::now();
        let past: Vec<_> = lesson.months[6..CUT].iter().copied().step_by(every).collect();
        let train = Landmarks::at(&lesson.history, &past, ahead, lesson.months[CUT])?;
        let learned = Watch::now();
        let params = HazardParams {
            months: ahead,
            threads: 2,
            ..HazardParams::for_features()
        };
        let hazard = params.learn(&train)?;
        let seconds = (
            learned.duration_since(watch).as_secs_f64(),
            learned.elapsed().as_secs_f64(),
        );
        tell(profile, &lesson, &hazard, seconds)?;
    }
    Ok(())
}

/// The day on which a month begins at the club.
fn first_day(lesson: &Lesson, month: u32) -> Option<NaiveDate> {
    let zone = lesson.history.places.zone.first()?;
    Some(civil(*zone, *lesson.months.get(month as usize)?).date())
}

fn tell(profile: Profile, lesson: &Lesson, hazard: &Hazard, seconds: (f64, f64)) -> Outcome<()> {
    let truth: HashMap<_, f64> = lesson
        .truth
        .months
        .iter()
        .filter_map(|it| Some(((it.member, first_day(lesson, it.month)?), it.leaves())))
        .collect();
    let (mut predicted, mut true_ones, mut left) = (Vec::new(), Vec::new(), Vec::new());
    for month in CUT..MONTHS as usize {
        let (at, until) = (lesson.months[month], lesson.months[month + 1]);
        let test = Landmarks::at(&lesson.history, &[at], 1, until)?;
        let survival = hazard.survival(test.columns())?;
        for (row, (landmark, gone)) in test.rows().iter().zip(test.left_within(1)).enumerate() {
            let (Some(gone), Some(chance)) = (gone, truth.get(&(landmark.member, landmark.as_of))) else {
                return Err("a landmark without truth".into());
            };
            predicted.push(survival.risk(row, 1));
            true_ones.push(*chance);
            left.push(gone);
        }
    }
    let ours = Scored::new(predicted, left.clone())?;
    let oracle = Scored::new(true_ones, left)?;
    let share = (ours.roc_auc()? - 0.5) / (oracle.roc_auc()? - 0.5);
    let expected: f64 = ours.probabilities().iter().sum();
    let deciles = deciles(&ours);
    println!(
        r#"{{"name": "club {}", "rows": {}, "events": {}, "auc": {:.4}, "oracle_auc": {:.4}, "share": {share:.4}, "log_loss": {:.5}, "oracle_log_loss": {:.5}, "loss_ratio": {:.4}, "observed_expected": {:.4}, "deciles": {deciles:?}, "landmarks_s": {:.2}, "fit_s": {:.2}}}"#,
        profile.as_str(),
        ours.rows(),
        ours.events(),
        ours.roc_auc()?,
        oracle.roc_auc()?,
        ours.log_loss(),
        oracle.log_loss(),
        ours.log_loss() / oracle.log_loss(),
        ours.events() as f64 / expected,
        seconds.0,
        seconds.1,
    );
    Ok(())
}

/// Events that happened per event that was predicted, and those, by tenths of the rows from the least likely up.
fn deciles(scored: &Scored) -> Vec<[f64; 2]> {
    let mut rows: Vec<(f64, bool)> = scored
        .probabilities()
        .iter()
        .copied()
        .zip(scored.outcomes().iter().copied())
        .collect();
    rows.sort_by(|a, b| a.0.total_cmp(&b.0));
    let tenth = rows.len().div_ceil(10).max(1);
    let rounded = |value: f64| (value * 1_000.0).round() / 1_000.0;
    let decile = |rows: &[(f64, bool)]| {
        let expected: f64 = rows.iter().map(|row| row.0).sum();
        let seen = rows.iter().filter(|row| row.1).count() as f64;
        [rounded(seen / expected), expected.round()]
    };
    rows.chunks(tenth).map(decile).collect()
}
