//! Reads a calendar file and prints the class series in it, and what could not be read.
//!
//! `cargo run --example import_timetable -- examples/data/outlook.ics`

use gym_db::import::timetable::{self, Defaults};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "examples/data/google.ics".to_owned());
    let file = timetable::read(&std::fs::read(&path)?, &Defaults { zone: chrono_tz::UTC })?;
    println!("{} ({})", file.name.as_deref().unwrap_or(&path), file.zone);
    for series in &file.series {
        let rule = series
            .recurrence
            .rule()
            .map_or("once".to_owned(), ToString::to_string);
        println!(
            "  {} at {}, {} min, {rule}",
            series.title,
            series.recurrence.start(),
            series.minutes
        );
    }
    for closure in &file.closures {
        println!(
            "  closed {} to {}: {}",
            closure.from, closure.until, closure.title
        );
    }
    for bad in file.bad.iter().chain(&file.skipped) {
        println!("  left out: {bad}");
    }
    Ok(())
}
