//! Who waits: how many statements a long waitlist takes.

use gym_core::command::{Book, Command, IfFull};
use gym_core::id::{ClassId, Id, MemberId};
use gym_db::Gym;

use crate::scenario::{id, join, scenarios, stage};
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
