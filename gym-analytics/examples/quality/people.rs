//! Measures how long it takes to find kinds of members, and to learn what they spend.

use gym_analytics::columns::Columns;
use gym_analytics::segment::{Count, SegmentParams};
use gym_analytics::spend::SpendParams;

use crate::{Outcome, made_up, timed};

const NAMES: [&str; 13] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m"];

/// Four kinds among a million made-up members, and what a hundred thousand of them spend: two of three nothing.
pub fn people() -> Outcome<()> {
    let (mut values, _) = made_up(1_000_000, NAMES.len());
    for (place, column) in values.iter_mut().enumerate() {
        for (row, value) in column.iter_mut().enumerate() {
            *value += f64::from(row % 4 == place % 4);
        }
    }
    let columns = |rows: usize| {
        let columns = NAMES.into_iter().zip(&values);
        Columns::new(columns.map(|(name, column)| (name, &column[..rows])))
    };
    let (all, some) = (columns(1_000_000)?, columns(100_000)?);
    let as_of = "2026-01-01T00:00:00Z".parse()?;
    let best = Count::Best { least: 2, most: 8 };
    for (name, count) in [
        ("segments 1M x 13, four", Count::Exactly(4)),
        ("segments 1M x 13, 2 to 8", best),
    ] {
        let params = SegmentParams {
            count,
            ..SegmentParams::default()
        };
        let (segments, fit) = timed(|| params.learn(&all, as_of));
        let segments = segments?;
        let (kinds, assign) = timed(|| segments.assign(&all));
        println!(
            r#"{{"name": "{name}", "fit_cpu_s": {:.3}, "score_cpu_s": {:.3}, "found": {}, "rows": {}}}"#,
            fit.as_secs_f64(),
            assign.as_secs_f64(),
            segments.all().len(),
            kinds?.len(),
        );
    }
    let spent: Vec<i64> = (0..100_000)
        .map(|row| {
            let buys = i64::from(row % 3 == 0);
            buys * (200.0 * (1.0 + values[0][row] + values[1][row])) as i64
        })
        .collect();
    let (spend, fit) = timed(|| SpendParams::default().learn(&some, &spent));
    let spend = spend?;
    let (expected, score) = timed(|| spend.expected(&all));
    println!(
        r#"{{"name": "spend 100,000 x 13", "fit_cpu_s": {:.3}, "score_cpu_s": {:.3}, "rows": {}}}"#,
        fit.as_secs_f64(),
        score.as_secs_f64(),
        expected?.len(),
    );
    Ok(())
}
