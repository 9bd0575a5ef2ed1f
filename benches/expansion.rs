//! Ten years of a series in Europe/Berlin, by `gym_core::series` and by the crate `rrule`.
//!
//! Each side starts from its parsed rule and collects the instants; they are the same, or nothing is measured.

use std::hint::black_box;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use criterion::{Criterion, criterion_group, criterion_main};
use gym_core::series::Series;
use gym_core::time::{Instant, Period};
use rrule::RRuleSet;

type Failed = Box<dyn std::error::Error>;

/// Away from the hours that the clocks skip or repeat, where the two differ on purpose.
const HOUR: u32 = 18;

const RULES: [(&str, &str); 5] = [
    ("weekly on three days", "FREQ=WEEKLY;BYDAY=MO,WE,FR"),
    ("daily", "FREQ=DAILY"),
    (
        "monthly, first Monday, last Friday",
        "FREQ=MONTHLY;BYDAY=1MO,-1FR",
    ),
    (
        "monthly, last weekday",
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
    ),
    ("yearly, two dates", "FREQ=YEARLY;BYMONTH=3,9;BYMONTHDAY=15"),
];

fn ours(rule: &str) -> Result<Series, Failed> {
    let start = NaiveDate::from_ymd_opt(2026, 1, 1).and_then(|day| day.and_hms_opt(HOUR, 0, 0));
    let start = start.ok_or("no start")?;
    Ok(Series::new(start, Tz::Europe__Berlin, Some(rule.parse()?))?)
}

fn theirs(rule: &str) -> Result<RRuleSet, Failed> {
    Ok(format!("DTSTART;TZID=Europe/Berlin:20260101T{HOUR}0000\nRRULE:{rule}").parse()?)
}

fn expand(series: &Series, years: Period) -> Vec<Instant> {
    series.occurrences(years).map(|at| at.instant).collect()
}

fn expand_theirs(set: &RRuleSet, years: Period) -> Vec<DateTime<Utc>> {
    let starts = set.into_iter().map(|start| start.to_utc());
    starts.take_while(|start| *start < years.end()).collect()
}

fn compare(c: &mut Criterion, name: &str, rule: &str) -> Result<(), Failed> {
    let years = Period::new("2026-01-01T00:00:00Z".parse()?, "2036-01-01T00:00:00Z".parse()?)?;
    let (ours, theirs) = (ours(rule)?, theirs(rule)?);
    let starts = expand(&ours, years);
    assert_eq!(starts, expand_theirs(&theirs, years), "{rule}");
    let mut group = c.benchmark_group(format!("{name}, {} starts", starts.len()));
    group.sample_size(30);
    group.bench_function("gym_core::series", |b| b.iter(|| expand(black_box(&ours), years)));
    group.bench_function("rrule", |b| b.iter(|| expand_theirs(black_box(&theirs), years)));
    group.finish();
    Ok(())
}

fn bench(c: &mut Criterion) {
    for (name, rule) in RULES {
        if let Err(failed) = compare(c, name, rule) {
            panic!("{rule}: {failed}");
        }
    }
}

criterion_group!(benches, bench);
criterion_main!(benches);
