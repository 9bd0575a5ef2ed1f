//! All kinds of commands at once: everybody is answered, and the journal tells what is stored.

use std::time::Instant;

use crate::children::{Answer, Said, ask};
use crate::killed::{Place, Told};
use crate::support::{Db, both, times};
use crate::venue::{Draws, Venue, seed, sound};

const THREADS: u64 = 16;

/// Says how many deadlocks the server has resolved in this database.
fn deadlocks(db: &Db) -> String {
    match db.is_sqlite() {
        true => "no".to_owned(),
        false => db
            .raw()
            .text("SELECT CAST(deadlocks AS TEXT) FROM pg_stat_database WHERE datname = current_database()"),
    }
}

#[test]
fn everybody_is_answered_and_the_journal_tells_what_is_stored() {
    both(|db| {
        let began = Instant::now();
        let venue = Venue::open(db);
        let (place, each) = (Place::of(&venue), times(20).min(100));
        let said: Vec<Said> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..THREADS)
                .map(|thread| {
                    let (place, gym) = (&place, &venue.gym);
                    scope.spawn(move || {
                        let mut draws = Draws(seed() * 31 + thread);
                        let one = |n| {
                            let (member, command) = place.draw(&mut draws);
                            ask(gym, &format!("{thread}-{n}"), member, &command)
                        };
                        (0..each).map(one).collect::<Vec<_>>()
                    })
                })
                .collect();
            threads
                .into_iter()
                .flat_map(|thread| thread.join().unwrap())
                .collect()
        });
        let failed: Vec<_> = said
            .iter()
            .filter(|it| matches!(it.answer, Answer::Failed(_) | Answer::Lost))
            .collect();
        let guarded = said.iter().filter(
            |it| matches!(&it.answer, Answer::Refused(text) if text.contains("the database refused it")),
        );
        eprintln!(
            "{} commands, {} guarded, {} deadlocks, {:.1?}, seed {}",
            said.len(),
            guarded.count(),
            deadlocks(db),
            began.elapsed(),
            seed()
        );
        assert!(
            failed.is_empty(),
            "{} failed, the first: {:?}",
            failed.len(),
            failed.first()
        );
        let mut told = Told::default();
        told.catch_up(&venue.gym);
        said.iter().for_each(|said| told.holds(said));
        sound(&mut db.raw());
    });
}
