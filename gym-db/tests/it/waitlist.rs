//! Who waits: how many statements a long waitlist takes, and what is claimed of those who wait around the library.

use gym_core::booking::refusal::Code;
use gym_core::command::{Book, Command, IfFull};
use gym_core::event::Event;
use gym_core::id::{ClassId, Id, MemberId};
use gym_db::Gym;

use crate::scenario::{at, id, join, scenarios, stage};
use crate::statements;
use crate::support::{Db, both};

/// Adds members around the library, has all of them wait for class 4, on its two bikes, and returns them.
fn queue(db: &Db, gym: &Gym, length: i64) -> Vec<MemberId> {
    let now = scenarios()[0].context.now;
    for member in [5, 6] {
        gym.at(now).run(&join(member, 4)).unwrap();
    }
    let members: Vec<MemberId> = (100..100 + length).map(MemberId::from_raw).collect();
    for member in &members {
        let row = format!("({member}, 'Member', 1, '2026-01-01')");
        let insert = format!("INSERT INTO members (id, name, home_id, joined_on) VALUES {row}");
        db.raw().run(&insert).unwrap();
        let wait = Book {
            if_full: IfFull::Wait,
            ..Book::one(*member, id(4))
        };
        gym.at(now).run(&Command::Book(wait)).unwrap();
    }
    members
}

/// Counts the statements of each command that gives a seat to who waits.
fn counted(db: &Db, length: i64) -> Vec<usize> {
    let gym = stage(db);
    queue(db, &gym, length);
    drop(gym);
    statements::watch();
    let gym = Gym::open(&db.url).unwrap();
    let now = scenarios()[0].context.now;
    let class: ClassId = id(4);
    let commands = [
        Command::Cancel { class, member: id(5) },
        Command::SetCapacity { class, capacity: 1 },
        Command::Promote { class },
        Command::CancelClass {
            class,
            scope: Default::default(),
        },
    ];
    let count = |command| {
        let (done, seen) = statements::during(|| gym.at(now).run(command));
        done.unwrap();
        seen.iter().filter(|text| text.starts_with("SELECT")).count()
    };
    commands.iter().map(count).collect()
}

#[test]
fn a_long_waitlist_is_read_in_as_many_statements_as_a_short_one() {
    both(|db| {
        let another = if db.is_sqlite() {
            Db::sqlite()
        } else {
            Db::postgres()
        };
        let (short, long) = (counted(db, 2), counted(&another, 40));
        eprintln!("{short:?} statements that read");
        assert_eq!(short, long);
    });
}

/// What a rule cannot know of a waiting member is looked up, so that it costs nobody else their command.
#[test]
fn who_is_claimed_around_the_library_is_passed_over() {
    both(|db| {
        let gym = stage(db);
        let waiting = queue(db, &gym, 2);
        let block = "'2026-03-30 16:30:00', '2026-03-30 17:30:00'";
        db.raw()
            .run(&format!(
                "INSERT INTO claims (resource_kind, resource_id, owner_kind, owner_id, block_start, block_end, \
                 starts_at, ends_at, state) VALUES ('member', {}, 'session', 99, {block}, {block}, 'live')",
                waiting[0]
            ))
            .unwrap();
        let cancel = Command::Cancel {
            class: id(4),
            member: id(5),
        };
        let done = gym.at(at("2026-03-02T09:00:00Z")).run(&cancel).unwrap();
        let skipped = done.find(|event| match event {
            Event::WaitlistSkipped { reasons, .. } => Some(reasons.clone()),
            _ => None,
        });
        let skipped = skipped.unwrap_or_else(|| panic!("nobody was skipped: {done:?}"));
        let codes: Vec<Code> = skipped.iter().map(|reason| reason.code()).collect();
        assert_eq!(codes, [Code::Overlaps]);
        let booked = done.find(|event| match event {
            Event::Booked(new) => Some(new.member),
            _ => None,
        });
        assert_eq!(booked, Some(waiting[1]));
    });
}
