//! Sessions and classes of one trainer are asked for at once, also around the library: no two of them overlap.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use chrono::{Duration, NaiveDateTime};
use gym_core::command::Command;
use gym_core::id::MemberId;
use gym_core::schedule::claim::Buffers;
use gym_core::schedule::class::Offering;
use gym_core::time::Period;
use gym_db::{Failure, Gym};

use crate::support::{Db, Raw, times};
use crate::venue::{Draws, Venue, noon, now, offering, seed, sound};

const WRITERS: u64 = 24;
const RAW_WRITERS: u64 = 8;

/// What is wanted of the trainer: a start from 6:00 on within two days, on a grid of five minutes.
fn wanted(draws: &mut Draws) -> (NaiveDateTime, u32, Buffers) {
    let morning = noon(3 + draws.below(2) as u32) - Duration::hours(6);
    let start = morning + Duration::minutes(5 * draws.below(14 * 12) as i64);
    let minutes = 15 + 5 * draws.below(13) as u32;
    let buffers = Buffers {
        before_minutes: 5 * draws.below(3) as u32,
        after_minutes: 5 * draws.below(3) as u32,
    };
    (start, minutes, buffers)
}

/// Draws a session or a class of the trainer.
fn command(venue: &Venue, members: &[MemberId], draws: &mut Draws) -> Command {
    let (start, minutes, buffers) = wanted(draws);
    if draws.below(2) == 0 {
        let offering = Offering {
            trainer: Some(venue.trainer),
            minutes,
            buffers,
            ..offering(venue.location)
        };
        return Command::AddClass { offering, start };
    }
    Command::BookSession {
        trainer: (draws.below(4) > 0).then_some(venue.trainer),
        member: members[draws.below(members.len() as u64) as usize],
        location: venue.location,
        room: None,
        start,
        minutes,
        buffers,
        overriding: None,
    }
}

/// Writes an instant in some form that somebody may come up with.
fn text(at: NaiveDateTime, form: u64) -> String {
    let julian = || at.and_utc().timestamp() as f64 / 86_400.0 + 2_440_587.5;
    match form {
        0..8 => at.format("'%Y-%m-%d %H:%M:%S'").to_string(),
        8 => at.format("'%Y-%m-%dT%H:%M:%S'").to_string(),
        9 => at.format("'%Y-%m-%dT%H:%M:%SZ'").to_string(),
        10 => at.format("'%Y-%m-%d %H:%M:%S+00:00'").to_string(),
        11 => at.format("'%Y-%m-%d %H:%M:%S.000'").to_string(),
        12 => at.format("'%Y-%m-%d %H:%M'").to_string(),
        13 => at.format("' %Y-%m-%d %H:%M:%S'").to_string(),
        14 => format!("{}", at.and_utc().timestamp()),
        15 => format!("{:.9}", julian()),
        16 => format!("'{:.9}'", julian()),
        17 => at.format("'%Y%m%d %H%M%S'").to_string(),
        _ => at.format("x'%Y'").to_string(),
    }
}

const FORMS: u64 = 19;

/// Claims the trainer around the library. The forms of start and end may differ.
fn claim(raw: &mut Raw, venue: &Venue, number: u64, draws: &mut Draws) -> bool {
    let (start, minutes, _) = wanted(draws);
    let form = draws.below(FORMS);
    let other = if draws.below(2) == 0 {
        form
    } else {
        draws.below(FORMS)
    };
    let (start, end) = (
        text(start, form),
        text(start + Duration::minutes(minutes.into()), other),
    );
    let state = if draws.below(8) == 0 { "released" } else { "live" };
    let inserted = raw.run(&format!(
        "INSERT INTO claims (resource_kind, resource_id, owner_kind, owner_id, block_start, block_end, starts_at, ends_at, state) \
         VALUES ('trainer', {}, 'session', {}, {start}, {end}, {start}, {end}, '{state}')",
        venue.trainer.get(),
        1_000_000 + number,
    ));
    if draws.below(6) == 0 {
        // To life again, or to another time: whatever of these is taken may not overlap.
        let _ = raw.run(&format!(
            "UPDATE claims SET state = 'live', ends_at = {end} WHERE owner_id >= 1000000 AND owner_id % 7 = {}",
            number % 7
        ));
    }
    inserted.is_ok()
}

/// How the commands of a storm were answered.
#[derive(Debug, Default)]
struct Tally {
    accepted: AtomicUsize,
    refused: AtomicUsize,
    around: AtomicUsize,
}

fn storm(db: &Db, venue: &Venue, members: &[MemberId], each: u32) -> Tally {
    let tally = Tally::default();
    std::thread::scope(|scope| {
        for writer in 0..WRITERS {
            let tally = &tally;
            scope.spawn(move || {
                let mut draws = Draws(seed() + writer);
                for _ in 0..each {
                    match venue.gym.at(now()).run(&command(venue, members, &mut draws)) {
                        Ok(_) => tally.accepted.fetch_add(1, Ordering::Relaxed),
                        Err(Failure::Refused(_)) => tally.refused.fetch_add(1, Ordering::Relaxed),
                        Err(failure) => panic!("{failure}"),
                    };
                }
            });
        }
        for writer in 0..RAW_WRITERS {
            let tally = &tally;
            scope.spawn(move || {
                let (mut raw, mut draws) = (db.raw(), Draws(!seed() - writer));
                for n in 0..u64::from(each) {
                    let taken = claim(&mut raw, venue, writer * 10_000 + n, &mut draws);
                    tally.around.fetch_add(usize::from(taken), Ordering::Relaxed);
                }
            });
        }
    });
    tally
}

/// Counts the pairs of blocks of one trainer that share time.
fn overlapping(gym: &Gym) -> (usize, usize) {
    let all = Period::new(now(), now() + Duration::days(30)).unwrap();
    let blocks = gym.scheduled_blocks(all).unwrap();
    let pairs = blocks
        .iter()
        .enumerate()
        .flat_map(|(n, a)| blocks[n + 1..].iter().map(move |b| (a, b)));
    let overlap = pairs.filter(|(a, b)| a.trainer == b.trainer && a.period.overlaps(&b.period));
    (blocks.len(), overlap.count())
}

/// The same, by SQLite's own reading of whatever text is there.
const BY_DAY_NUMBER: &str = "scheduled_blocks AS a JOIN scheduled_blocks AS b ON a.trainer_id = b.trainer_id \
     AND (a.type <> b.type OR a.id < b.id) \
     AND julianday(a.start_time) < julianday(b.end_time) AND julianday(b.start_time) < julianday(a.end_time)";

fn check(db: &Db) {
    let began = Instant::now();
    let venue = Venue::open(db);
    let members = venue.members(40);
    let each = times(1).max(21);
    let tally = storm(db, &venue, &members, each);
    let (blocks, pairs) = overlapping(&venue.gym);
    assert_eq!(pairs, 0, "overlapping pairs");
    assert!(blocks > 10, "{blocks}");
    let mut raw = db.raw();
    if db.is_sqlite() {
        assert_eq!(raw.count(BY_DAY_NUMBER), 0);
        let unread = "scheduled_blocks WHERE julianday(start_time) IS NULL OR julianday(end_time) IS NULL";
        assert_eq!(raw.count(unread), 0);
    }
    sound(&mut raw);
    let asked = tally.accepted.load(Ordering::Relaxed) + tally.refused.load(Ordering::Relaxed);
    assert_eq!(asked, WRITERS as usize * each as usize);
    assert!(tally.accepted.load(Ordering::Relaxed) > 0 && tally.around.load(Ordering::Relaxed) > 0);
    eprintln!(
        "{:?}: {asked} commands and {} claims around the library, {tally:?}, {blocks} blocks, 0 overlap, {:.1?}, seed {}",
        db.backend,
        RAW_WRITERS * u64::from(each),
        began.elapsed(),
        seed()
    );
}

#[test]
fn a_trainer_is_never_in_two_places_on_sqlite() {
    check(&Db::sqlite());
}

#[test]
fn a_trainer_is_never_in_two_places_on_postgres() {
    check(&Db::postgres());
}
