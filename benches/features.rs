//! Every feature of 97,885 members with ten million check-ins in two years, from columns, beside polars in one program.
//!
//! `cargo bench -p gym-analytics --bench features`. Times are of the processor, on as many threads as a row says; memory is
//! the peak with the columns that go in. The peers are given civil days and hours as columns, which gym-analytics finds
//! from the zone itself. `benches/peers/features.py` runs it beside polars for Python, DuckDB and pandas; that reads the
//! last line.

use std::num::NonZeroUsize;
use std::time::Instant as Watch;

use chrono::DateTime;
use cpu_time::{ProcessTime, ThreadTime};
use gym_analytics::feature::Features;
use gym_core::history::{CheckInColumns, Facts, History, Member, NO_DAY, Place};
use gym_core::money::Currency;
use gym_core::time::Period;
use peak_alloc::PeakAlloc;
use polars::prelude::*;

type Failed = Box<dyn std::error::Error>;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

const MEMBERS: u32 = 97_885;
const ROWS: usize = 10_000_000;
const PLACES: u32 = 12;
const FIRST: i64 = 1_672_531_200_000_000;
const DAY: i64 = 86_400_000_000;
const DAYS: i64 = 730;

fn main() -> Result<(), Failed> {
    let history = history()?;
    let columns = MEMORY.current_usage() as f64;
    let mut best = f64::INFINITY;
    for _ in 0..7 {
        MEMORY.reset_peak_usage();
        let watch = ThreadTime::now();
        let features = Features::at(&history, history.during().end())?;
        best = best.min(watch.elapsed().as_secs_f64());
        if features.members().len() != MEMBERS as usize {
            return Err("a member is missing".into());
        }
    }
    let peak = MEMORY.peak_usage() as f64;
    let two = NonZeroUsize::MIN.saturating_add(1);
    let watch = Watch::now();
    Features::on_threads(&history, history.during().end(), two)?;
    println!(
        "two threads, by the clock: {:.3} s",
        watch.elapsed().as_secs_f64()
    );
    println!(
        "{:.0} MB of columns, {:.0} MB at the peak: {:.2} times",
        columns / 1e6,
        peak / 1e6,
        peak / columns
    );
    if !std::env::args().any(|word| word == "one") {
        let frame = frame(&history)?;
        drop(history);
        for (name, ask) in [
            ("11 features", eleven as fn(&LazyFrame) -> _),
            ("the features of visits without the streak", of_visits),
        ] {
            let theirs = by_polars(&frame, ask)?;
            println!(
                "polars, {name}: {theirs:.3} s, {:.1} times as long",
                theirs / best
            );
        }
    }
    println!("one {best:.3}");
    Ok(())
}

/// The rows as a frame: member, place, days ago, hour and minutes.
fn frame(history: &History) -> PolarsResult<LazyFrame> {
    let rows = &history.check_ins;
    let since = |at: &i64| at - FIRST;
    let ago: Vec<i32> = rows
        .at
        .iter()
        .map(|at| (DAYS - 1 - since(at) / DAY) as i32)
        .collect();
    let hour: Vec<u8> = rows
        .at
        .iter()
        .map(|at| (since(at) % DAY / 3_600_000_000) as u8)
        .collect();
    let stays = rows.at.iter().zip(&rows.left_at);
    let minutes: Vec<f32> = stays
        .map(|(at, left)| ((left - at) / 60_000_000) as f32)
        .collect();
    let columns = vec![
        Column::new("member".into(), &rows.member),
        Column::new("place".into(), &rows.place),
        Column::new("ago".into(), ago),
        Column::new("hour".into(), hour),
        Column::new("minutes".into(), minutes),
    ];
    Ok(DataFrame::new(rows.len(), columns)?.lazy())
}

/// The least time of three, in seconds of all processors.
fn by_polars(frame: &LazyFrame, ask: fn(&LazyFrame) -> PolarsResult<usize>) -> Result<f64, Failed> {
    let mut best = f64::INFINITY;
    for _ in 0..3 {
        let watch = ProcessTime::now();
        if ask(frame)? != MEMBERS as usize {
            return Err("polars misses a member".into());
        }
        best = best.min(watch.elapsed().as_secs_f64());
    }
    Ok(best)
}

fn below(column: &str, value: i32) -> Expr {
    col(column).lt(lit(value))
}

/// Visits in all and in four windows, the last and the first, places, how long, and two parts of the day.
fn eleven(frame: &LazyFrame) -> PolarsResult<usize> {
    let mut asked = vec![
        len().alias("visits"),
        col("ago").min().alias("last"),
        col("ago").max().alias("first"),
        col("place").n_unique(),
        col("minutes").mean(),
        below("hour", 9).sum().alias("early"),
        col("hour")
            .gt_eq(lit(16))
            .and(below("hour", 20))
            .sum()
            .alias("evening"),
    ];
    asked.extend([7, 28, 91, 182].map(|days| below("ago", days).sum().alias(format!("visits_{days}"))));
    Ok(frame
        .clone()
        .group_by([col("member")])
        .agg(asked)
        .collect()?
        .height())
}

/// What gym-analytics makes of visits, in four questions that are not even joined.
fn of_visits(frame: &LazyFrame) -> PolarsResult<usize> {
    let all = [len().alias("visits"), col("ago").min(), col("place").n_unique()];
    let all = frame.clone().group_by([col("member")]).agg(all).collect()?;
    let year = frame.clone().filter(below("ago", 364));
    let parts = [
        col("minutes").mean(),
        len().alias("year"),
        below("hour", 9).sum().alias("early"),
        col("hour")
            .gt_eq(lit(16))
            .and(below("hour", 20))
            .sum()
            .alias("evening"),
        col("hour").gt_eq(lit(20)).sum().alias("late"),
    ];
    year.clone().group_by([col("member")]).agg(parts).collect()?;
    let days = year
        .select([col("member"), col("ago")])
        .unique(None, UniqueKeepStrategy::Any);
    let days = days.collect()?.lazy();
    let mut windows: Vec<Expr> = [7, 28, 91, 182]
        .map(|window| below("ago", window).sum().alias(format!("days_{window}")))
        .into();
    let near = col("ago").filter(below("ago", 91)).sort(SortOptions::default());
    windows.extend([
        len().alias("days"),
        col("ago").min().alias("last"),
        col("ago").max().alias("first"),
        ((col("ago") + lit(1)) % lit(7)).lt(lit(2)).sum().alias("weekend"),
        (near.clone() - near.shift(lit(1))).max().alias("gap"),
    ]);
    days.clone().group_by([col("member")]).agg(windows).collect()?;
    let week = (col("ago").filter(below("ago", 84)) / lit(7)).alias("week");
    let weeks = days.filter(below("ago", 84)).select([col("member"), week]);
    let weeks = weeks
        .group_by([col("member"), col("week")])
        .agg([len().cast(DataType::Float64).alias("n")]);
    let active = [
        len().alias("active"),
        col("n").sum().alias("sum"),
        (col("n") * col("n")).sum(),
    ];
    weeks.group_by([col("member")]).agg(active).collect()?;
    Ok(all.height())
}

/// Random members and places (xorshift), by time.
fn history() -> Result<History, Failed> {
    let mut state = 7_u64;
    let mut draw = |n: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % n
    };
    let mut facts = Facts::default();
    facts.places.extend((1..=i64::from(PLACES)).map(|id| Place {
        id,
        zone: chrono_tz::Tz::Europe__Berlin,
        currency: Currency::EUR,
    }));
    facts.members.extend((0..MEMBERS).map(|member| Member {
        id: i64::from(member) + 1,
        place: member % PLACES,
        joined_on: (FIRST / DAY) as i32,
        recorded_at: FIRST,
        birth_year: NO_DAY,
    }));
    let mut at: Vec<i64> = (0..ROWS)
        .map(|_| FIRST + draw((DAYS * DAY) as u64) as i64)
        .collect();
    at.sort_unstable();
    facts.check_ins = CheckInColumns {
        member: (0..ROWS).map(|_| draw(MEMBERS.into()) as u32).collect(),
        place: (0..ROWS).map(|_| draw(PLACES.into()) as u32).collect(),
        left_at: at.iter().map(|at| at + 60_000_000 * (20 + at % 97)).collect(),
        recorded_at: at.clone(),
        at,
    }
    .try_into()?;
    let instant = |micros| DateTime::from_timestamp_micros(micros).unwrap_or_default();
    let during = Period::new(instant(FIRST), instant(FIRST + DAYS * DAY))?;
    Ok(History::new(during, facts)?)
}
