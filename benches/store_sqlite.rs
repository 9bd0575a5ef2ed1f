//! Bookings per second on SQLite, by gym-db and by the same statements over SQLite's own C interface.
//!
//! Both sides start from a copy of one file, book the same seats in turns, and end with the same rows. With `disk`
//! each commit waits for the disk; in memory (`/dev/shm`) there is none, so that it does not hide the code.
//! After `--`, the word `statements` lists the statements instead; `count gym` and `count peer` make 300 bookings by one
//! side alone in a function named `counted`, for a tool that counts instructions.

#[path = "store/sqlite.rs"]
mod peer;
mod store;

use std::hint::black_box;
use std::ops::Range;
use std::path::Path;

use gym_db::Gym;
use peer::Peer;
use store::recording::{Recording, listen};
use store::{BOOKINGS, Failed, Scenario, rounds, same};

fn main() -> Result<(), Failed> {
    listen(false)?;
    let said = |word: &str| std::env::args().any(|said| said == word);
    if said("statements") {
        return list(tempfile::tempdir()?.path());
    }
    if said("count") {
        return count(tempfile::tempdir()?.path(), said("peer"));
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
        |range| give(&mut peer, &recording, range),
    )?;
    drop(peer);
    same(&gym, &open(&theirs)?)
}

fn give(peer: &mut Peer, recording: &Recording, range: Range<usize>) -> Result<(), Failed> {
    for step in recording.bookings[range].iter().flatten() {
        black_box(peer.run(step)?);
    }
    Ok(())
}

/// Makes a few bookings by one side, so that its statements are prepared, and then those that are counted.
fn count(folder: &Path, by_peer: bool) -> Result<(), Failed> {
    let ([ours, recorded, theirs], scenario) = copies(folder)?;
    let (first, rest) = (0..20, 20..320);
    if by_peer {
        let recording = record(&recorded, &scenario, rest.end)?;
        let mut peer = Peer::open(&theirs)?;
        peer.prepare(&recording)?;
        give(&mut peer, &recording, first)?;
        return counted(&mut |range| give(&mut peer, &recording, range), rest);
    }
    let gym = open(&ours)?;
    scenario.book(&gym, first)?;
    counted(&mut |range| scenario.book(&gym, range), rest)
}

/// Is found by its name.
#[inline(never)]
fn counted(
    side: &mut dyn FnMut(Range<usize>) -> Result<(), Failed>,
    range: Range<usize>,
) -> Result<(), Failed> {
    side(range)
}

fn list(folder: &Path) -> Result<(), Failed> {
    let ([_, path, _], scenario) = copies(folder)?;
    let recording = record(&path, &scenario, 2)?;
    for step in recording.bookings.iter().skip(1).flatten() {
        println!("{}\n    {:?}", recording.statements[step.statement], step.values);
    }
    Ok(())
}
