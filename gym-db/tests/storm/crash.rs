//! A server's own process is killed in a storm, so that PostgreSQL crashes and recovers: what was acknowledged is there.

use std::process::Command as Program;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::sql_types::Text;
use diesel::{Connection, PgConnection, RunQueryDsl};
use gym_db::Gym;

use crate::children::{Answer, Said, ask};
use crate::killed::{Place, Told, keep_what_is_committed};
use crate::support::{Db, times};
use crate::venue::{Draws, Venue, seed, sound};

/// Set where the server is ours alone.
const PRIVATE: &str = "GYM_STORM_PRIVATE";

const THREADS: u64 = 6;

/// Gives commands, each until it is answered: after a loss the same key tells.
fn storm(gym: &Gym, place: &Place, thread: u64, stop: &AtomicBool, ear: &Sender<Said>) -> usize {
    let (mut draws, mut lost) = (Draws(seed() * 17 + thread), 0);
    for n in 0.. {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let (member, command) = place.draw(&mut draws);
        let key = format!("{thread}-{n}");
        let said = loop {
            match ask(gym, &key, member, &command) {
                Said {
                    answer: Answer::Lost, ..
                } => lost += 1,
                said => break said,
            }
        };
        ear.send(said).unwrap();
    }
    lost
}

/// Kills a process of the server that is at work, and waits until the server has noticed and recovered.
fn crash(db: &Db) {
    const BUSY: &str = "SELECT CAST(pid AS TEXT) FROM pg_stat_activity \
                        WHERE datname = current_database() AND pid <> pg_backend_pid()";
    let since = Instant::now();
    let in_time = || {
        assert!(
            since.elapsed() < Duration::from_secs(30),
            "the server does not recover"
        );
    };
    let mut connection = PgConnection::establish(&db.url).unwrap();
    let victim = loop {
        in_time();
        let busy: Vec<String> = sql::<Text>(BUSY).load(&mut connection).unwrap();
        if let Some(pid) = busy.into_iter().next() {
            break pid;
        }
    };
    let kill = Program::new("sh")
        .args(["-c", &format!("kill -9 {victim}")])
        .status();
    assert!(kill.unwrap().success());
    while connection.batch_execute("SELECT 1").is_ok() {
        in_time();
    }
    while PgConnection::establish(&db.url).is_err() {
        in_time();
    }
}

fn survive(crashes: u32) {
    let (db, began) = (Db::postgres(), Instant::now());
    let venue = Venue::open(&db);
    let place = Place::of(&venue);
    keep_what_is_committed(&db);
    let gym = Gym::open(&db.url).unwrap();
    let (stop, mut draws) = (AtomicBool::new(false), Draws(seed()));
    let (ear, heard) = channel();
    let (said, lost) = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| {
                let (gym, place, stop, ear) = (&gym, &place, &stop, ear.clone());
                scope.spawn(move || storm(gym, place, thread, stop, &ear))
            })
            .collect();
        drop(ear);
        let mut said: Vec<Said> = Vec::new();
        for _ in 0..crashes {
            said.extend(heard.iter().take(5 + draws.below(20) as usize));
            crash(&db);
        }
        stop.store(true, Ordering::Relaxed);
        said.extend(heard);
        let lost: usize = threads.into_iter().map(|thread| thread.join().unwrap()).sum();
        (said, lost)
    });
    let mut told = Told::default();
    told.catch_up(&gym);
    said.iter().for_each(|said| told.holds(said));
    assert!(lost > 0, "nobody noticed");
    sound(&mut db.raw());
    eprintln!(
        "{crashes} crashes of the server, {} acknowledged, {lost} answers lost, {:.1?}, seed {}",
        said.len(),
        began.elapsed(),
        seed()
    );
}

/// Others use the server that tests share: the storm is on one of its own, for which this binary runs once more.
#[test]
fn what_was_acknowledged_outlives_crashes_of_postgres() {
    if std::env::var_os(PRIVATE).is_some() {
        return survive(times(3).min(30));
    }
    let python = std::env::var("GYM_TEST_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let with_postgres = concat!(env!("CARGO_MANIFEST_DIR"), "/../tools/with-postgres");
    let again = [
        "--exact",
        "crash::what_was_acknowledged_outlives_crashes_of_postgres",
        "--nocapture",
    ];
    let status = Program::new(python)
        .arg(with_postgres)
        .arg(std::env::current_exe().unwrap())
        .args(again)
        .env_remove("GYM_TEST_POSTGRES")
        .env(PRIVATE, "1")
        .status()
        .unwrap();
    assert!(status.success());
}
