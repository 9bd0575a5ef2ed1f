//! Every feature of 97,885 members with ten million check-ins in two years, from columns, in seconds of the processor.
//!
//! `benches/peers/features.py` runs it beside polars, DuckDB and pandas. The last line is what that script reads.

use std::num::NonZeroUsize;
use std::time::Instant as Watch;

use chrono::DateTime;
use cpu_time::ThreadTime;
use gym_analytics::feature::Features;
use gym_core::history::{CheckInColumns, Facts, History, Member, NO_DAY, Place};
use gym_core::money::Currency;
use gym_core::time::Period;

type Failed = Box<dyn std::error::Error>;

const MEMBERS: u32 = 97_885;
const ROWS: usize = 10_000_000;
const PLACES: u32 = 12;
const FIRST: i64 = 1_672_531_200_000_000;
const DAY: i64 = 86_400_000_000;
const DAYS: i64 = 730;

fn main() -> Result<(), Failed> {
    let history = history()?;
    let mut best = f64::INFINITY;
    for _ in 0..5 {
        let watch = ThreadTime::now();
        let features = Features::at(&history, history.during().end())?;
        best = best.min(watch.elapsed().as_secs_f64());
        if features.members().len() != MEMBERS as usize {
            return Err("a member is missing".into());
        }
    }
    let two = NonZeroUsize::MIN.saturating_add(1);
    let watch = Watch::now();
    Features::on_threads(&history, history.during().end(), two)?;
    println!(
        "two threads, by the clock: {:.3} s",
        watch.elapsed().as_secs_f64()
    );
    println!("one {best:.3}");
    Ok(())
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
