//! Measures models on the same rows as their peers: `quality churn DIR` and `quality speed`, of which `quality speed people`
//! is the part on segments and spend; and against a known truth:
//! `quality clubs MEMBERS SEED [MONTHS EVERY]`, MONTHS ahead from every EVERYth month. One JSON object per line;
//! `benches/quality` runs it and compares. `quality occupancy DIR` and `quality months DIR` measure forecasts.

mod clubs;
mod knowable;
mod people;
mod usage;

use std::error::Error;
use std::path::Path;
use std::time::Duration;

use cpu_time::ProcessTime;
use gym_analytics::boost::BoostParams;
use gym_analytics::columns::Columns;
use gym_analytics::design::Shape;
use gym_analytics::evaluate::Scored;
use gym_analytics::fold::given_ignoring_time;
use gym_analytics::gam::GamParams;
use gym_analytics::sample::Sample;

type Outcome<T> = Result<T, Box<dyn Error>>;

const REPEATS: usize = 5;
const RAW: [&str; 13] = [
    "gender",
    "Near_Location",
    "Partner",
    "Promo_friends",
    "Phone",
    "Contract_period",
    "Group_visits",
    "Age",
    "Avg_additional_charges_total",
    "Month_to_end_contract",
    "Lifetime",
    "Avg_class_frequency_total",
    "Avg_class_frequency_current_month",
];
const LEAKS: [&str; 2] = ["Month_to_end_contract", "Avg_class_frequency_current_month"];
const SMOOTH: [&str; 7] = [
    "Age",
    "Avg_additional_charges_total",
    "Lifetime",
    "Avg_class_frequency_total",
    "Month_to_end_contract",
    "Avg_class_frequency_current_month",
    "trend",
];

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments
        .iter()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .as_slice()
    {
        ["churn", folder] => churn(Path::new(folder)),
        ["speed"] => speed(),
        ["speed", "people"] => people::people(),
        ["occupancy", folder] => usage::occupancy(Path::new(folder)),
        ["months", folder] => usage::months(Path::new(folder)),
        ["clubs", members, seed] => clubs::clubs(members.parse()?, seed.parse()?, 1, 1),
        ["clubs", members, seed, months, every] => {
            clubs::clubs(members.parse()?, seed.parse()?, months.parse()?, every.parse()?)
        }
        _ => Err("expected `quality churn DIR`, `quality speed` or `quality clubs MEMBERS SEED`".into()),
    }
}

/// A table of numbers with a header.
struct Table {
    names: Vec<String>,
    columns: Vec<Vec<f64>>,
}

impl Table {
    fn read(path: &Path) -> Outcome<Self> {
        let text = std::fs::read_to_string(path).map_err(|why| format!("{}: {why}", path.display()))?;
        let mut lines = text.lines();
        let names: Vec<String> = lines
            .next()
            .unwrap_or_default()
            .split(',')
            .map(str::to_owned)
            .collect();
        let mut columns = vec![Vec::new(); names.len()];
        for line in lines {
            for (column, field) in columns.iter_mut().zip(line.split(',')) {
                column.push(field.trim().parse()?);
            }
        }
        Ok(Self { names, columns })
    }

    fn column(&self, name: &str) -> Outcome<&[f64]> {
        let at = self
            .names
            .iter()
            .position(|it| it == name)
            .ok_or_else(|| format!("no column {name:?}"))?;
        Ok(&self.columns[at])
    }

    fn columns<'a>(&'a self, names: &[&str]) -> Outcome<Columns<'a>> {
        let mut columns = Vec::new();
        for &name in names {
            columns.push((name, self.column(name)?));
        }
        Ok(Columns::new(columns)?)
    }
}

/// What a model answers on test rows after learning from training rows.
type Model<'a> = dyn Fn(&Sample<'_>, &Columns<'_>) -> Outcome<Vec<f64>> + 'a;

fn gam(smooth: &[&str], ridge: f64) -> impl Fn(&Sample<'_>, &Columns<'_>) -> Outcome<Vec<f64>> {
    let shapes = smooth
        .iter()
        .map(|name| ((*name).to_owned(), Shape::Spline { knots: 5 }));
    let params = GamParams::new(shapes.collect()).ridge(ridge);
    move |train, test| Ok(params.learn(train)?.probabilities(test)?)
}

fn boost(train: &Sample<'_>, test: &Columns<'_>) -> Outcome<Vec<f64>> {
    Ok(BoostParams::default().learn(train)?.probabilities(test)?)
}

fn churn(folder: &Path) -> Outcome<()> {
    let table = Table::read(&folder.join("gym_churn_us_folds.csv"))?;
    let pairs = table.column("Avg_class_frequency_current_month")?.iter();
    let trend: Vec<f64> = pairs
        .zip(table.column("Avg_class_frequency_total")?)
        .map(|(now, all)| now - all)
        .collect();
    let all = table.columns(&RAW)?.with("trend", trend.as_slice())?;
    let honest: Vec<&str> = RAW.into_iter().filter(|name| !LEAKS.contains(name)).collect();
    let (raw, honest, early) = (
        table.columns(&RAW)?,
        table.columns(&honest)?,
        table.columns(&RAW[..8])?,
    );
    measure("gam all", &table, &all, &gam(&SMOOTH, 1.0 / 0.3))?;
    measure("gam no leak", &table, &honest, &gam(&SMOOTH[..4], 1.0 / 0.3))?;
    measure("gam sign-up", &table, &early, &gam(&[], 1.0))?;
    measure("boost all", &table, &raw, &boost)?;
    measure("boost no leak", &table, &honest, &boost)?;
    measure("boost sign-up", &table, &early, &boost)
}

fn measure(name: &str, table: &Table, columns: &Columns<'_>, model: &Model<'_>) -> Outcome<()> {
    let outcomes = table.column("Churn")?;
    let (mut auc, mut log_loss, mut ece, mut folds_run) = (0.0, 0.0, 0.0, 0.0);
    let start = ProcessTime::now();
    for repeat in 0..REPEATS {
        let labels = table.column(&format!("fold_r{repeat}"))?;
        let labels: Vec<usize> = labels.iter().map(|label| *label as usize).collect();
        let (mut pooled, mut happened) = (Vec::new(), Vec::new());
        for fold in given_ignoring_time(&labels)? {
            let (train, test) = (columns.pick(&fold.train)?, columns.pick(&fold.test)?);
            let of = |rows: &[u32]| -> Vec<f64> { rows.iter().map(|&row| outcomes[row as usize]).collect() };
            let learned = of(&fold.train);
            let probabilities = model(&Sample::new(&train, &learned), &test)?;
            let yes: Vec<bool> = of(&fold.test).into_iter().map(|outcome| outcome == 1.0).collect();
            let scored = Scored::new(probabilities.clone(), yes.clone())?;
            auc += scored.roc_auc()?;
            log_loss += scored.log_loss();
            folds_run += 1.0;
            pooled.extend(probabilities);
            happened.extend(yes);
        }
        ece += Scored::new(pooled, happened)?.ece(15)? / REPEATS as f64;
    }
    let ms = start.elapsed().as_secs_f64() * 1e3 / folds_run;
    println!(
        r#"{{"name": "{name}", "auc": {:.5}, "log_loss": {:.5}, "ece": {ece:.5}, "cpu_ms": {ms:.1}}}"#,
        auc / folds_run,
        log_loss / folds_run,
    );
    Ok(())
}

/// The same made-up rows as in `benches/peers/speed.py`.
fn made_up(rows: usize, features: usize) -> (Vec<Vec<f64>>, Vec<f64>) {
    let unit = |at: u64| {
        let mut z = at.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / 9_007_199_254_740_992.0
    };
    let width = features as u64 + 1;
    let column =
        |feature: u64| -> Vec<f64> { (0..rows as u64).map(|row| unit(row * width + feature)).collect() };
    let columns: Vec<Vec<f64>> = (0..features as u64).map(column).collect();
    let draws = column(features as u64);
    let outcome = |row: usize| {
        let x = |feature: usize| columns[feature][row];
        let eta = 4.0 * (x(0) - 0.5).powi(2) + 2.0 * x(1) * x(2) - 3.0 * x(3) + f64::from(x(4) > 0.7);
        f64::from(draws[row] < 1.0 / (1.0 + (-eta).exp()))
    };
    let outcomes = (0..rows).map(outcome).collect();
    (columns, outcomes)
}

fn named(columns: &[Vec<f64>]) -> Outcome<Columns<'_>> {
    Ok(Columns::new(
        columns
            .iter()
            .enumerate()
            .map(|(at, column)| (format!("x{at}"), column.as_slice())),
    )?)
}

fn speed() -> Outcome<()> {
    let rows = 1_000_000;
    let (values, outcomes) = made_up(rows, 13);
    let columns = named(&values)?;
    let (boost, fit) = timed(|| BoostParams::default().learn(&Sample::new(&columns, &outcomes)));
    let boost = boost?;
    let (probabilities, score) = timed(|| boost.probabilities(&columns));
    tell("boost 1M x 13", fit, score, probabilities?, &outcomes)?;
    let smooth = |count: usize| {
        (0..count)
            .map(|at| (format!("x{at}"), Shape::Spline { knots: 5 }))
            .collect()
    };
    for (name, features, curves) in [
        ("gam 1M x 60 curves", 15, 9),
        ("gam 1M x 60 lines", 60, 0),
        ("gam 1M x 13", 13, 7),
    ] {
        let (values, outcomes) = made_up(rows, features);
        let columns = named(&values)?;
        let params = GamParams::new(smooth(curves));
        let (gam, fit) = timed(|| params.learn(&Sample::new(&columns, &outcomes)));
        let gam = gam?;
        let (probabilities, score) = timed(|| gam.probabilities(&columns));
        tell(
            &format!("{name} ({} columns)", gam.design().width()),
            fit,
            score,
            probabilities?,
            &outcomes,
        )?;
    }
    people::people()
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = ProcessTime::now();
    let done = work();
    (done, start.elapsed())
}

fn tell(
    name: &str,
    fit: Duration,
    score: Duration,
    probabilities: Vec<f64>,
    outcomes: &[f64],
) -> Outcome<()> {
    let scored = Scored::new(
        probabilities,
        outcomes.iter().map(|outcome| *outcome == 1.0).collect(),
    )?;
    println!(
        r#"{{"name": "{name}", "fit_cpu_s": {:.3}, "score_cpu_s": {:.3}, "auc": {:.5}, "log_loss": {:.5}}}"#,
        fit.as_secs_f64(),
        score.as_secs_f64(),
        scored.roc_auc()?,
        scored.log_loss(),
    );
    Ok(())
}
