//! Many ask for the last seats at once: exactly the seats are booked, the rest wait in order or are refused.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use gym_core::event::Event;
use gym_core::id::{ClassId, MemberId};
use gym_db::Gym;

use crate::children::{Answer, Child, Said, Work, ask, wish};
use crate::support::{Db, times};
use crate::venue::{Draws, Venue, members_at_once, noon, seed, sound};

const THREADS: usize = 32;
const PROCESSES: usize = 4;

/// An answer, and when it was asked for and given, on a clock that all threads of a process share.
struct Heard {
    said: Said,
    asked: u64,
    answered: u64,
}

/// Lets all members ask in the threads of this process.
fn in_threads(gym: &Gym, class: ClassId, members: &[MemberId]) -> Vec<Heard> {
    let ticks = AtomicU64::new(0);
    let tick = || ticks.fetch_add(1, Ordering::SeqCst);
    let one = |member: MemberId| {
        let asked = tick();
        let said = ask(gym, &format!("{class}-{member}"), member, &wish(member, class));
        let answered = tick();
        Heard {
            said,
            asked,
            answered,
        }
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| {
                let own = members.iter().skip(thread).step_by(THREADS);
                scope.spawn(move || own.map(|member| one(*member)).collect::<Vec<_>>())
            })
            .collect();
        threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap())
            .collect()
    })
}

/// Lets all members ask in the threads of several other processes.
fn in_processes(url: &str, class: ClassId, members: &[MemberId]) -> Vec<Said> {
    let share = members.len().div_ceil(PROCESSES);
    let children: Vec<_> = members
        .chunks(share)
        .map(|members| {
            Child::start(&Work::Book {
                url: url.to_owned(),
                class,
                members: members.to_vec(),
                threads: THREADS / PROCESSES,
            })
        })
        .collect();
    std::thread::scope(|scope| {
        let ears: Vec<_> = children
            .into_iter()
            .map(|child| scope.spawn(|| child.finish()))
            .collect();
        ears.into_iter().flat_map(|ear| ear.join().unwrap()).collect()
    })
}

/// Who asks later, after another was answered, is not before them on the list.
fn nobody_overtakes(heard: &[Heard]) {
    let mut places: Vec<_> = heard
        .iter()
        .filter_map(|it| match it.said.answer {
            Answer::Place(place) => Some((place, it.asked, it.answered)),
            _ => None,
        })
        .collect();
    places.sort_unstable();
    let mut earliest_later = u64::MAX;
    for (place, asked, answered) in places.into_iter().rev() {
        assert!(
            asked < earliest_later,
            "place {place} was asked for after a later place was given"
        );
        earliest_later = earliest_later.min(answered);
    }
}

/// Checks the answers of a round against each other, the roster, the waitlist and the journal.
fn fair(gym: &Gym, class: ClassId, capacity: u32, members: &[MemberId], said: &[Said], after: i64) -> i64 {
    let failed: Vec<_> = said
        .iter()
        .filter(|it| matches!(it.answer, Answer::Failed(_) | Answer::Lost))
        .collect();
    assert!(
        failed.is_empty(),
        "{} failed, the first: {:?}",
        failed.len(),
        failed.first()
    );
    let answered: Vec<_> = said.iter().map(|it| it.member).collect();
    assert_eq!(answered.len(), members.len());
    assert_eq!(
        answered.into_iter().collect::<BTreeSet<_>>(),
        members.iter().copied().collect()
    );

    let (mut seats, mut places) = (BTreeSet::new(), BTreeSet::new());
    for it in said {
        match it.answer {
            Answer::Seat(seat) => assert!(seats.insert((it.member, seat))),
            Answer::Place(place) => assert!(places.insert((place, it.member))),
            _ => assert_eq!(it.member.get() % 3, 0, "refused who would wait: {it:?}"),
        }
    }
    assert_eq!(seats.len(), capacity as usize, "oversold, or seats left");
    let roster = gym.roster(class).unwrap();
    assert!(
        roster
            .iter()
            .all(|booked| booked.state.is_live() && booked.seats == 1)
    );
    assert_eq!(
        roster
            .iter()
            .map(|it| (it.member, it.id.get()))
            .collect::<BTreeSet<_>>(),
        seats
    );
    let list = gym.waitlist(class).unwrap();
    assert_eq!(
        list.iter().map(|it| (it.seq, it.member)).collect::<BTreeSet<_>>(),
        places
    );
    assert!(list.iter().map(|it| it.seq).eq(1..=list.len() as u32));

    let journal: Vec<_> = gym.journal(after, u32::MAX).unwrap();
    assert_eq!(journal.len(), members.len());
    let mut in_order = (0, 0);
    for entry in &journal {
        for event in entry.outcome.iter().flatten() {
            match event {
                Event::Booked(_) if in_order.1 == 0 => in_order.0 += 1,
                Event::Waitlisted(new) if in_order.0 == capacity && new.seq == in_order.1 + 1 => {
                    in_order.1 = new.seq;
                }
                Event::Claimed(_) => {}
                other => panic!("not in order of commit, after {in_order:?}: {other:?}"),
            }
        }
    }
    journal.last().map_or(after, |entry| entry.id)
}

fn check(db: &Db) {
    let venue = Venue::open(db);
    let (rounds, bookers) = (times(2), times(10).max(160));
    let (mut draws, began) = (Draws(seed()), Instant::now());
    let mut after = 0;
    for round in 0..rounds {
        let members = members_at_once(&mut db.raw(), venue.location, bookers);
        let capacity = 1 + draws.below(30) as u32;
        let class = venue.class(noon(3 + round), capacity, None);
        after = venue
            .gym
            .last_journaled(1)
            .unwrap()
            .last()
            .map_or(after, |entry| entry.id);
        let said = if round % 2 == 0 {
            in_processes(&db.url, class, &members)
        } else {
            let heard = in_threads(&venue.gym, class, &members);
            nobody_overtakes(&heard);
            heard.into_iter().map(|it| it.said).collect()
        };
        after = fair(&venue.gym, class, capacity, &members, &said, after);
    }
    sound(&mut db.raw());
    eprintln!(
        "{:?}: {rounds} rounds of {bookers} bookers, 0 oversold, {:.1?}, seed {}",
        db.backend,
        began.elapsed(),
        seed()
    );
}

#[test]
fn exactly_the_seats_are_booked_on_sqlite() {
    check(&Db::sqlite());
}

#[test]
fn exactly_the_seats_are_booked_on_postgres() {
    check(&Db::postgres());
}
