//! What a command reaches changes while it takes its locks: it begins again with all of it, or says that it gave up.

use std::time::Instant;

use chrono::Duration;
use gym_core::command::{Command, Scope};
use gym_core::event::Event;
use gym_core::id::ClassId;
use gym_core::schedule::claim::Buffers;
use gym_db::Failure;

use crate::boathouse::{Added, Boathouse};
use crate::killed::Told;
use crate::support::{Db, Raw, both, times};
use crate::venue::{Draws, noon, now, seed, sound};

/// Another client, which holds the lock of one class.
struct Holder(Raw);

impl Holder {
    fn new(db: &Db) -> Self {
        Self(db.raw())
    }

    fn hold(&mut self, class: ClassId) {
        let lock = format!("BEGIN; SELECT id FROM classes WHERE id = {class} FOR UPDATE");
        self.0.batch(&lock).unwrap();
    }

    fn let_go(&mut self) {
        self.0.batch("ROLLBACK").unwrap();
    }

    /// Waits until somebody waits for what this client holds, or it is all over. Says whether somebody waits.
    fn is_awaited(&mut self, watch: &mut Raw, over: impl Fn() -> bool) -> bool {
        let pid = self.0.text("SELECT CAST(pg_backend_pid() AS TEXT)");
        until(watch, &format!("{pid} = ANY (pg_blocking_pids(pid))"), 1, over)
    }
}

/// Waits until as many clients as that are in a state, or it is all over. Says whether they are.
fn until(watch: &mut Raw, state: &str, clients: u64, over: impl Fn() -> bool) -> bool {
    let since = Instant::now();
    let who = format!("pg_stat_activity WHERE datname = current_database() AND {state}");
    while watch.count(&who) < clients {
        if over() {
            return false;
        }
        assert!(since.elapsed().as_secs() < 20, "nobody waits");
        std::thread::yield_now();
    }
    true
}

/// A change finds a class and waits for its lock; meanwhile another one is added and booked, which it has to reach too.
fn check(change: impl Fn(&Boathouse) -> Command) {
    let db = Db::postgres();
    let house = Boathouse::open(&db);
    let (first, mut holder, mut watch) = (house.add(3), Holder::new(&db), db.raw());
    let command = change(&house);
    holder.hold(first);
    let (done, second) = std::thread::scope(|scope| {
        let change = scope.spawn(|| house.gym().at(now()).run(&command));
        assert!(holder.is_awaited(&mut watch, || change.is_finished()));
        let second = house.add(4);
        for member in &house.members[..2] {
            house.gym().at(now()).book(*member, second).unwrap();
        }
        holder.let_go();
        (change.join().unwrap(), second)
    });
    let done = done.unwrap();
    let roster = house.gym().roster(second).unwrap();
    let booked = roster.iter().filter(|it| it.state.is_live()).count();
    assert_eq!(booked, 1, "one of two had to go: {done:?}");
    let more = house.gym().at(now()).book(house.members[2], second);
    assert!(more.is_err(), "the class holds no more");
    let mut told = Told::default();
    told.catch_up(house.gym());
    sound(&mut db.raw());
}

#[test]
fn maintenance_reaches_a_class_that_was_added_while_it_waited() {
    check(Boathouse::maintain);
}

#[test]
fn a_smaller_room_reaches_a_class_that_was_added_while_it_waited() {
    check(|house| house.resize(1));
}

/// Whenever it waits for a class, there is one more when it has that.
#[test]
fn a_command_that_never_has_all_its_locks_gives_up_after_five_times() {
    let db = Db::postgres();
    let house = Boathouse::open(&db);
    let (mut holder, mut next) = (Holder::new(&db), Holder::new(&db));
    let (mut watch, command) = (db.raw(), house.maintain());
    holder.hold(house.add(3));
    let give = || house.gym().at(now()).key("once").run(&command);
    let (error, rounds) = std::thread::scope(|scope| {
        let change = scope.spawn(give);
        let mut rounds = 0;
        while holder.is_awaited(&mut watch, || change.is_finished()) {
            rounds += 1;
            next.hold(house.add(3 + rounds));
            holder.let_go();
            std::mem::swap(&mut holder, &mut next);
        }
        holder.let_go();
        (change.join().unwrap().unwrap_err(), rounds)
    });
    assert!(error.is_conflict(), "{error}");
    // The first time it waits for one class; after that for what it knows, and for what it finds.
    assert_eq!(rounds, 1 + 4 * 2);
    assert_eq!(db.raw().count("maintenance_logs"), 0);
    assert!(!give().unwrap().before, "nothing was stored of it");
    sound(&mut db.raw());
}

/// While a day is being closed nothing is put there.
#[test]
fn a_day_that_is_being_closed_takes_in_nothing() {
    let db = Db::postgres();
    let house = Boathouse::open(&db);
    let (there, elsewhere) = (house.add(3), house.add(5));
    let (mut holder, mut watch) = (Holder::new(&db), db.raw());
    let day = noon(3).date();
    let close = Command::CloseLocation {
        location: house.venue.location,
        from: day,
        until: day,
        reason: "works".to_owned(),
    };
    let session = |days| Command::BookSession {
        trainer: Some(house.venue.trainer),
        member: house.members[0],
        location: house.venue.location,
        room: None,
        start: noon(days),
        minutes: 45,
        buffers: Buffers::default(),
        overriding: None,
    };
    let booked = house.gym().at(now()).expect(&session(6), |event| match event {
        Event::SessionBooked(new) => Some(new.id),
        _ => None,
    });
    let late = noon(3) + Duration::hours(4);
    let others = [
        house.rowing(late),
        Command::MoveClass {
            class: elsewhere,
            scope: Scope::This,
            start: late,
            minutes: None,
            room: None,
        },
        Command::MoveSession {
            session: booked.unwrap(),
            start: late,
        },
        session(3),
    ];
    holder.hold(there);
    std::thread::scope(|scope| {
        let close = scope.spawn(|| house.gym().at(now()).run(&close));
        assert!(holder.is_awaited(&mut watch, || close.is_finished()));
        let gym = house.gym();
        let others: Vec<_> = others
            .iter()
            .map(|command| scope.spawn(move || gym.at(now()).run(command)))
            .collect();
        assert!(until(&mut watch, "wait_event_type = 'Lock'", 5, || close.is_finished()));
        holder.let_go();
        close.join().unwrap().unwrap();
        for other in others {
            let error = other.join().unwrap().unwrap_err().to_string();
            assert!(error.contains("works"), "{error}");
        }
    });
    sound(&mut db.raw());
}

/// Maintenance, closures and smaller rooms against classes and sessions that are added and moved.
#[test]
fn changes_and_new_classes_at_once_leave_what_the_journal_tells() {
    both(|db| {
        let (house, added, began) = (Boathouse::open(db), Added::default(), Instant::now());
        let (threads, each) = (8, times(25).min(250));
        let failed: Vec<String> = std::thread::scope(|scope| {
            let (house, added) = (&house, &added);
            let one = |thread: u64| {
                let mut draws = Draws(seed() * 37 + thread);
                let mut failed = Vec::new();
                for n in 0..each {
                    let command = house.draw(&mut draws, added);
                    match house.gym().at(now()).key(format!("{thread}-{n}")).run(&command) {
                        Ok(done) => added.note(&done),
                        Err(Failure::Refused(refusal)) if !refusal.to_string().contains("the database") => {}
                        Err(error) => failed.push(format!("{command:?}: {error}")),
                    }
                }
                failed
            };
            let threads: Vec<_> = (0..threads)
                .map(|thread| scope.spawn(move || one(thread)))
                .collect();
            threads
                .into_iter()
                .flat_map(|thread| thread.join().unwrap())
                .collect()
        });
        assert_eq!(failed, [""; 0]);
        let mut told = Told::default();
        told.catch_up(house.gym());
        sound(&mut db.raw());
        eprintln!(
            "{:?}: {} commands, {:.1?}, seed {}",
            db.backend,
            told.entries.len(),
            began.elapsed(),
            seed()
        );
    });
}
