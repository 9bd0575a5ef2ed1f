//! Predicted against true, and against what can be known: simulated clubs whose hazards are known.

use std::collections::HashMap;
use std::time::Instant as Watch;

use gym_analytics::boost::BoostParams;
use gym_analytics::columns::Columns;
use gym_analytics::evaluate::Scored;
use gym_analytics::hazard::HazardParams;
use gym_analytics::landmark::{Cause, Landmarks};
use gym_analytics::sample::Sample;
use gym_core::history::{NO_DAY, NO_TIME};
use gym_core::sim::teacher::{Lesson, Profile, Teacher};

use crate::Outcome;
use crate::knowable::{Grid, disagreement, foresee};

const MONTHS: u32 = 60;
/// The first month that is tested; what was learned from ends with it.
const CUT: usize = 48;

/// Learns from four years of a club of each profile, and says how near to the truth, and to what can be known of it, the fifth
/// comes.
pub fn clubs(members: u32, seed: u64, ahead: u8, every: usize) -> Outcome<()> {
    for profile in Profile::ALL {
        let lesson = Teacher::new(profile, seed, members, "2021-01-01".parse()?, MONTHS).teach();
        if let Some(why) = disagreement(&lesson, profile) {
            return Err(format!(
                "the laws of {} are not those of the simulation: {why}",
                profile.as_str()
            )
            .into());
        }
        let past: Vec<_> = lesson.months[6..CUT].iter().copied().step_by(every).collect();
        let train = Landmarks::at(&lesson.history, &past, ahead, lesson.months[CUT])?;
        let tests = tests(&lesson)?;
        let watch = Watch::now();
        let params = HazardParams {
            months: ahead,
            threads: 2,
            ..HazardParams::for_features()
        };
        let hazard = params.learn(&train)?;
        let fit = watch.elapsed().as_secs_f64();
        let predict = |columns: &Columns<'_>| -> Outcome<Vec<f64>> {
            let survival = hazard.survival(columns)?;
            Ok((0..survival.rows()).map(|row| survival.risk(row, 1)).collect())
        };
        let ours = tests.ask(&predict)?;
        let trees = tests.ask(&trees(&train)?)?;
        let best = foresee(&lesson, profile, Grid::default(), 2);
        let truth: HashMap<(u32, u32), f64> = lesson
            .truth
            .months
            .iter()
            .map(|it| ((it.member, it.month), it.leaves()))
            .collect();
        let oracle = tests.known(&truth)?;
        let best = tests.known(&best)?;
        let both = ours.iter().zip(&trees).map(|(a, b)| 0.5 * (a + b)).collect();
        println!(
            r#"{{"name": "club {}", "rows": {}, "events": {}, "fit_s": {fit:.2}, {}, "survival": {}}}"#,
            profile.as_str(),
            tests.left.len(),
            tests.left.iter().filter(|left| **left).count(),
            tests.figures([
                ("", ours),
                ("trees_", trees),
                ("blend_", both),
                ("best_", best),
                ("oracle_", oracle),
            ])?,
            survival(&lesson),
        );
    }
    Ok(())
}

/// Boosted trees that look one month ahead, with the same features.
fn trees(train: &Landmarks<'_>) -> Outcome<impl Fn(&Columns<'_>) -> Outcome<Vec<f64>> + use<>> {
    let next = |cause| train.person_months(cause, 1);
    let (months, failed) = (next(Cause::Chosen)?, next(Cause::Involuntary)?);
    let mut left: HashMap<u32, f64> = failed
        .landmarks()
        .iter()
        .copied()
        .zip(failed.outcomes().iter().copied())
        .collect();
    for (row, outcome) in months.landmarks().iter().zip(months.outcomes()) {
        *left.entry(*row).or_default() += outcome;
    }
    let mut rows: Vec<u32> = left.keys().copied().collect();
    rows.sort_unstable();
    let outcomes: Vec<f64> = rows.iter().map(|row| left[row]).collect();
    let columns = train.columns().pick(&rows)?;
    let boost = BoostParams::default().learn(&Sample::new(&columns, &outcomes))?;
    Ok(move |columns: &Columns<'_>| Ok(boost.probabilities(columns)?))
}

/// The members of each month of the last year.
struct Tests {
    landmarks: Vec<(u32, Landmarks<'static>)>,
    left: Vec<bool>,
}

fn tests(lesson: &Lesson) -> Outcome<Tests> {
    let (mut landmarks, mut left) = (Vec::new(), Vec::new());
    for month in CUT..MONTHS as usize {
        let (at, until) = (lesson.months[month], lesson.months[month + 1]);
        let test = Landmarks::at(&lesson.history, &[at], 1, until)?;
        for gone in test.left_within(1) {
            left.push(gone.ok_or("a month that was not seen")?);
        }
        landmarks.push((month as u32, test));
    }
    Ok(Tests { landmarks, left })
}

impl Tests {
    fn ask(&self, predict: &dyn Fn(&Columns<'_>) -> Outcome<Vec<f64>>) -> Outcome<Vec<f64>> {
        let mut all = Vec::new();
        for (_, landmarks) in &self.landmarks {
            all.extend(predict(landmarks.columns())?);
        }
        Ok(all)
    }

    fn known(&self, chances: &HashMap<(u32, u32), f64>) -> Outcome<Vec<f64>> {
        let mut all = Vec::new();
        for (month, landmarks) in &self.landmarks {
            for landmark in landmarks.rows() {
                let chance = chances.get(&(landmark.member, *month));
                all.push(*chance.ok_or("a landmark without truth")?);
            }
        }
        Ok(all)
    }

    /// Returns what is measured of each list of probabilities as JSON; shares and ratios are of the last, which is true, and
    /// of the one before, which can be known.
    fn figures(&self, of: [(&str, Vec<f64>); 5]) -> Outcome<String> {
        let mut scored = Vec::new();
        for (name, probabilities) in of {
            scored.push((name, Scored::new(probabilities, self.left.clone())?));
        }
        let [.., (_, best), (_, oracle)] = scored.as_slice() else {
            return Err("nothing to compare with".into());
        };
        let mut told = Vec::new();
        for (name, one) in &scored {
            let share = |of: &Scored| -> Outcome<f64> { Ok((one.roc_auc()? - 0.5) / (of.roc_auc()? - 0.5)) };
            told.push(format!(
                r#""{name}auc": {:.4}, "{name}log_loss": {:.5}, "{name}share": {:.4}, "{name}loss_ratio": {:.4}, "{name}of_best": {:.4}, "{name}loss_of_best": {:.4}, "{name}observed_expected": {:.4}, "{name}correlation": {:.4}"#,
                one.roc_auc()?,
                one.log_loss(),
                share(oracle)?,
                one.log_loss() / oracle.log_loss(),
                share(best)?,
                one.log_loss() / best.log_loss(),
                one.events() as f64 / one.probabilities().iter().sum::<f64>(),
                correlation(one.probabilities(), oracle.probabilities()),
            ));
        }
        let deciles = scored.first().map(|(_, ours)| deciles(ours)).unwrap_or_default();
        told.push(format!(r#""deciles": {deciles:?}"#));
        Ok(told.join(", "))
    }
}

/// Returns the correlation of two lists of numbers (Pearson).
fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let mean = |of: &[f64]| of.iter().sum::<f64>() / of.len() as f64;
    let (mean_a, mean_b) = (mean(a), mean(b));
    let together = |a: &[f64], b: &[f64], mean_a: f64, mean_b: f64| -> f64 {
        a.iter().zip(b).map(|(a, b)| (a - mean_a) * (b - mean_b)).sum()
    };
    together(a, b, mean_a, mean_b) / (together(a, a, mean_a, mean_a) * together(b, b, mean_b, mean_b)).sqrt()
}

/// Returns what share of members is there after some months, as JSON (Kaplan and Meier, 1958).
fn survival(lesson: &Lesson) -> String {
    let (last, held) = (
        lesson.history.during().end().timestamp_micros(),
        &lesson.history.memberships,
    );
    let day = |at: i64| (at / 86_400_000_000) as i32;
    let lives: Vec<(f64, bool)> = held
        .rows()
        .map(|row| {
            let left = row.end_recorded_at != NO_TIME && row.ends_on != NO_DAY;
            let until = if left { row.ends_on } else { day(last) };
            (f64::from(until - row.starts_on) / 30.4375, left)
        })
        .collect();
    let mut order = lives;
    order.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut there = 1.0;
    let mut curve = Vec::new();
    for (rank, (months, left)) in order.iter().enumerate() {
        if *left {
            there *= 1.0 - 1.0 / (order.len() - rank) as f64;
        }
        curve.push((*months, there));
    }
    let after = |months: f64| curve.iter().rev().find(|it| it.0 < months).map_or(1.0, |it| it.1);
    let told = [3, 6, 8, 12, 24].map(|months| format!(r#""{months}": {:.3}"#, after(f64::from(months))));
    format!("{{{}}}", told.join(", "))
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
