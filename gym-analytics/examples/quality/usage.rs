//! Forecasts of series that are not part of this project: people in a gym, and months of the M3 competition.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::{DateTime, Utc};
use cpu_time::ProcessTime;
use gym_analytics::demand::{Ahead, Counts, Demand};
use gym_analytics::forecast::{Band, Effort, bands, forecast};

use crate::Outcome;

fn read(folder: &Path, name: &str) -> Outcome<String> {
    let path = folder.join(name);
    Ok(std::fs::read_to_string(&path).map_err(|why| format!("{}: {why}", path.display()))?)
}

/// A campus gym, counted every ten minutes: learned from the first 80 %, asked for the rest.
pub fn occupancy(folder: &Path) -> Outcome<()> {
    let text = read(folder, "campus_gym_crowdedness.csv")?;
    let mut counted = Vec::new();
    for line in text.lines().skip(1) {
        let mut fields = line.split(',');
        let (Some(people), Some(at)) = (fields.next(), fields.next()) else {
            return Err(format!("a line is {line:?}, expected people and a time").into());
        };
        let at = DateTime::parse_from_str(at, "%Y-%m-%d %H:%M:%S%:z")?.with_timezone(&Utc);
        counted.push((at, people.parse()?));
    }
    let all = Counts::new(chrono_tz::America::Los_Angeles, counted)?;
    let cut = all.len() * 4 / 5;
    let instant = |at: &i64| DateTime::from_timestamp_micros(*at).unwrap_or_default();
    let learned = all.until(instant(&(all.at()[cut] - 1)));
    let at: Vec<DateTime<Utc>> = all.at()[cut..].iter().map(instant).collect();
    let truly = &all.people()[cut..];
    let naive: Vec<Option<f64>> = at.iter().map(|at| all.last_week(*at)).collect();
    for (name, ahead) in [
        ("occupancy, an hour ahead", Ahead::Hour),
        ("occupancy, a day ahead", Ahead::Day),
    ] {
        let start = ProcessTime::now();
        let demand = Demand::learn(&learned, ahead)?;
        let fit = start.elapsed().as_secs_f64();
        let told = demand.forecast(&all, &at)?;
        let off = |told: &dyn Fn(usize) -> f64, comparable: bool| {
            let rows = (0..truly.len()).filter(|row| !comparable || naive[*row].is_some());
            let errors: Vec<f64> = rows.map(|row| (told(row) - truly[row]).abs()).collect();
            errors.iter().sum::<f64>() / errors.len() as f64
        };
        let worse = no_better(&at, &|row| {
            (told[row] - truly[row], naive[row].map(|it| it - truly[row]))
        });
        println!(
            r#"{{"name": "{name}", "mae": {:.3}, "no_better_than_last_week": {worse:?}, "mae_where_last_week_is_known": {:.3}, "last_week_mae": {:.3}, "rows": {}, "fit_cpu_s": {fit:.2}}}"#,
            off(&|row| told[row], false),
            off(&|row| told[row], true),
            off(&|row| naive[row].unwrap_or_default(), true),
            truly.len(),
        );
    }
    Ok(())
}

/// Names the hours of the day, the days of the week and the months in which we are off by no less than last week's value.
fn no_better(at: &[DateTime<Utc>], off: &dyn Fn(usize) -> (f64, Option<f64>)) -> Vec<String> {
    let mut sums = BTreeMap::<String, (f64, f64)>::new();
    for (row, at) in at.iter().enumerate() {
        let (ours, Some(naive)) = off(row) else {
            continue;
        };
        let there = at.with_timezone(&chrono_tz::America::Los_Angeles);
        for form in ["%H:00", "%A", "%Y-%m"] {
            let sum = sums.entry(there.format(form).to_string()).or_default();
            *sum = (sum.0 + ours.abs(), sum.1 + naive.abs());
        }
    }
    let worse = sums.into_iter().filter(|(_, (ours, naive))| ours >= naive);
    worse.map(|(when, _)| when).collect()
}

/// A series and what came after it.
struct Series {
    known: Vec<f64>,
    later: Vec<f64>,
}

impl Series {
    /// Errors in units of those of the same month a year before (Hyndman and Koehler 2006), and in per cent of the mean
    /// of both values.
    fn errors(&self, told: &[f64]) -> (f64, f64) {
        let mean = |sum: f64, count: usize| sum / count as f64;
        let yearly = self
            .known
            .windows(13)
            .map(|year| (year[12] - year[0]).abs())
            .sum::<f64>();
        let scale = mean(yearly, self.known.len() - 12);
        let pairs = || self.later.iter().zip(told);
        let off: f64 = pairs().map(|(truly, told)| (truly - told).abs()).sum();
        let share: f64 = pairs()
            .map(|(truly, told)| 200.0 * (truly - told).abs() / (truly.abs() + told.abs()))
            .sum();
        (mean(off, self.later.len()) / scale, mean(share, self.later.len()))
    }
}

/// Every seventh monthly series of the M3 competition, 18 months ahead.
pub fn months(folder: &Path) -> Outcome<()> {
    let stored: Vec<serde_json::Value> = serde_json::from_str(&read(folder, "m3_monthly_every7th.json")?)?;
    let mut all = Vec::new();
    for one in &stored {
        let numbers = |key: &str| serde_json::from_value::<Vec<f64>>(one[key].clone());
        all.push(Series {
            known: numbers("x")?,
            later: numbers("y")?,
        });
    }
    for (name, effort) in [
        ("months, fast", Effort::Fast),
        ("months, accurate", Effort::Accurate),
    ] {
        let start = ProcessTime::now();
        let mut told = Vec::new();
        for series in &all {
            told.push(forecast(&series.known, series.later.len(), effort)?.expected);
        }
        let count = all.len() as f64;
        let ms = start.elapsed().as_secs_f64() * 1e3 / count;
        let (mut mase, mut smape) = (0.0, 0.0);
        let (mut points, mut likely, mut widest) = (0.0, 0.0, 0.0);
        for (series, told) in all.iter().zip(&told) {
            let errors = series.errors(told);
            mase += errors.0 / count;
            smape += errors.1 / count;
            let bands = bands(&series.known, series.later.len())?;
            let held = |bands: Vec<Band>| {
                let inside = bands
                    .iter()
                    .zip(&series.later)
                    .filter(|(band, truly)| (band.low..=band.high).contains(truly));
                inside.count() as f64
            };
            points += series.later.len() as f64;
            likely += held(bands.around(told, 0.80)?);
            widest += held(bands.around(told, 0.95)?);
        }
        println!(
            r#"{{"name": "{name}", "mase": {mase:.4}, "smape": {smape:.3}, "in_80": {:.4}, "in_95": {:.4}, "cpu_ms": {ms:.2}}}"#,
            likely / points,
            widest / points,
        );
    }
    Ok(())
}
