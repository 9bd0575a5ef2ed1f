//! What a club brings: members from CSV, timetables from iCalendar, and the feed that goes out again.

mod events;
mod feed;
mod fuzz;
mod members;
mod overrides;
mod samples;
#[path = "../../../gym-core/tests/it/support/soak.rs"]
mod soak;
mod timetable;

use std::path::PathBuf;

/// Reads a sample file.
fn sample(name: &str) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../examples/data")
        .join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
