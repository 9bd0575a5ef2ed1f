//! Rows per second from a database to columns: two million visits of 20,000 members, and the memory that takes on Linux.
//!
//! `cargo bench -p gym-benches --bench history` fills a SQLite file and reads it; with a URL after `--` it fills and reads
//! the empty database there, and leaves it; with a number, that many visits; with the word `again`, it only reads what an
//! earlier run has left. `benches/peers/read_sql.py` does both databases, and reads the same rows with pandas in the same
//! run.

use std::time::Instant as Watch;

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, SqliteConnection};
use gym_core::command::Command;
use gym_core::money::Currency;
use gym_core::schedule::availability::WeeklyHours;
use gym_core::time::Period;
use gym_db::Gym;

type Failed = Box<dyn std::error::Error>;

const MEMBERS: u32 = 20_000;
const VISITS: u32 = 2_000_000;
const READS: usize = 5;

fn main() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let given: Vec<String> = std::env::args().filter(|word| word.contains("://")).collect();
    let file = format!("sqlite://{}", folder.path().join("club.db").display());
    let urls = if given.is_empty() { vec![file] } else { given };
    let mut numbers = std::env::args().skip(1).filter_map(|word| word.parse().ok());
    let visits = numbers.next().unwrap_or(VISITS);
    let again = std::env::args().any(|word| word == "again");
    for url in urls {
        if !again {
            fill(&url, visits)?;
        }
        read(&url, visits)?;
    }
    Ok(())
}

/// Fills an empty database: a location by the library, the rest by one statement each.
fn fill(url: &str, visits: u32) -> Result<(), Failed> {
    let gym = Gym::open(url)?;
    gym.at("2026-01-01T00:00:00Z".parse()?)
        .run(&Command::AddLocation {
            name: "Mitte".to_owned(),
            zone: chrono_tz::Tz::Europe__Berlin,
            currency: Currency::EUR,
            hours: WeeklyHours::default(),
        })?;
    drop(gym);
    let numbers = |count: u32| match url.starts_with("sqlite") {
        true => format!(
            "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) SELECT i FROM n) AS n"
        ),
        false => format!("generate_series(1::bigint, {count}) AS n(i)"),
    };
    let (entered, left) = match url.starts_with("sqlite") {
        true => (
            "strftime('%Y-%m-%d %H:%M:%S', 1735689600 + i * 15, 'unixepoch')",
            "strftime('%Y-%m-%d %H:%M:%S', 1735689600 + i * 15 + 3600, 'unixepoch')",
        ),
        false => (
            "timestamp '2025-01-01' + i * interval '15 seconds'",
            "timestamp '2025-01-01 01:00:00' + i * interval '15 seconds'",
        ),
    };
    let on = if url.starts_with("sqlite") { "date" } else { "" };
    let statements = format!(
        "INSERT INTO members (id, name, home_id, joined_on) SELECT i, 'Member ' || i, 1, '2025-01-01' FROM {};
         INSERT INTO visits (id, member_id, location_id, entered_at, entered_on, opened_by, left_at)
         SELECT i, 1 + (i * 7919) % {MEMBERS}, 1, {entered}, {on}({entered}){}, 'open', CASE WHEN i % 3 = 0 THEN NULL ELSE {left} END FROM {};",
        numbers(MEMBERS),
        if on.is_empty() { "::date" } else { "" },
        numbers(visits),
    );
    match url.strip_prefix("sqlite://") {
        Some(path) => SqliteConnection::establish(path)?.batch_execute(&statements)?,
        None => {
            let mut connection = PgConnection::establish(url)?;
            connection.batch_execute(&statements)?;
            connection.batch_execute("VACUUM ANALYZE visits")?;
        }
    }
    Ok(())
}

/// Reads it, and prints what the script reads: the kind of database, rows, and the best time in seconds.
fn read(url: &str, visits: u32) -> Result<(), Failed> {
    let gym = Gym::open(url)?;
    let always = Period::new("2025-01-01T00:00:00Z".parse()?, "2045-01-01T00:00:00Z".parse()?)?;
    // What was the most until now is forgotten.
    let forgotten = std::fs::write("/proc/self/clear_refs", "5");
    let before = forgotten.ok().and_then(|()| resident("VmRSS:"));
    let mut best = f64::INFINITY;
    for _ in 0..READS {
        let watch = Watch::now();
        let history = gym.history(always, |_| ())?;
        best = best.min(watch.elapsed().as_secs_f64());
        if history.check_ins.len() != visits as usize {
            return Err(format!("{} visits; expected {visits}", history.check_ins.len()).into());
        }
    }
    let kind = url.split("://").next().unwrap_or_default();
    if let (Some(before), Some(peak)) = (before, resident("VmHWM:")) {
        println!(
            "{:.0} MB at the peak, {:.0} MB before; the columns of visits have {:.0} MB",
            peak / 1e3,
            before / 1e3,
            f64::from(visits) * 32.0 / 1e6
        );
    }
    println!("{kind} {visits} {best:.3} {:.0}", f64::from(visits) / best);
    Ok(())
}

/// Returns what Linux says of this process in kB, if it is Linux.
fn resident(what: &str) -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(what))?;
    line.split_whitespace().next()?.parse().ok()
}
