//! Bookings per second on SQLite, by gym-db and by the same statements over SQLite's own C interface.
//!
//! Both sides start from a copy of one file, book the same seats in turns, and end with the same rows. With `disk`
//! each commit waits for the disk; in memory (`/dev/shm`) there is none, so that it does not hide the code.
//! After `--`, the word `statements` lists the statements instead, and `profile` makes 300 bookings by gym-db alone.

#[path = "store/sqlite.rs"]
mod peer;
mod store;

use std::hint::black_box;
use std::path::Path;

use gym_db::Gym;
use peer::Peer;
use store::recording::{Recording, listen};
use store::{BOOKINGS, Failed, Scenario, rounds, same};

fn main() -> Result<(), Failed> {
    listen(false)?;
    if std::env::args().any(|word| word == "statements") {
        return list(tempfile::tempdir()?.path());
    }
    if std::env::args().any(|word| word == "profile") {
        let folder = tempfile::tempdir()?;
        let ([ours, ..], scenario) = copies(folder.path())?;
        return scenario.book(&open(&ours)?, 0..300);
    }
    compare("SQLite on disk", tempfile::tempdir()?.path())?;
    let memory = Path::new("/dev/shm");
    if !memory.is_dir() {
        return Err("/dev/shm: no such folder; expected one in memory".into());
    }
    compare("SQLite in memory", tempfile::tempdir_in(memory)?.path())
}

fn open(path: &Path) -> Result<Gym, Failed> {
    Ok(Gym::open(&format!("sqlite://{}", path.display()))?)
}

/// Makes three files that hold the same club, for gym-db, for the recording and for the peer.
fn copies(folder: &Path) -> Result<([std::path::PathBuf; 3], Scenario), Failed> {
    let paths = ["gym.db", "recording.db", "peer.db"].map(|name| folder.join(name));
    let scenario = Scenario::fill(&open(&paths[0])?)?;
    if folder.join("gym.db-wal").exists() {
        return Err("the first file is still open".into());
    }
    std::fs::copy(&paths[0], &paths[1])?;
    std::fs::copy(&paths[0], &paths[2])?;
    Ok((paths, scenario))
}

fn record(path: &Path, scenario: &Scenario, count: usize) -> Result<Recording, Failed> {
    listen(true)?;
    let gym = open(path)?;
    let recording = Recording::of(count, |n| scenario.book(&gym, n..n + 1));
    listen(false)?;
    recording
}

fn compare(what: &str, folder: &Path) -> Result<(), Failed> {
    let ([ours, recorded, theirs], scenario) = copies(folder)?;
    let recording = record(&recorded, &scenario, BOOKINGS)?;
    let gym = open(&ours)?;
    let mut peer = Peer::open(&theirs)?;
    peer.prepare(&recording)?;
    rounds(
        what,
        |range| scenario.book(&gym, range),
        |range| {
            for step in recording.bookings[range].iter().flatten() {
                black_box(peer.run(step)?);
            }
            Ok(())
        },
    )?;
    drop(peer);
    same(&gym, &open(&theirs)?)
}

fn list(folder: &Path) -> Result<(), Failed> {
    let ([_, path, _], scenario) = copies(folder)?;
    let recording = record(&path, &scenario, 2)?;
    for step in recording.bookings.iter().skip(1).flatten() {
        println!("{}\n    {:?}", recording.statements[step.statement], step.values);
    }
    Ok(())
}
