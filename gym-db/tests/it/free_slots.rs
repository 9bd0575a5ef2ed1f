//! Free slots are what a session is booked into: no more, no less, on both databases; and a ban closes them.

use std::collections::BTreeMap;

use gym_core::booking::policy::{PenaltyRules, Policy};
use gym_core::booking::refusal::{Alternative, Code, Reason};
use gym_core::command::{Command, Override};
use gym_core::event::Event;
use gym_core::id::{MemberId, TrainerId};
use gym_core::schedule::claim::Buffers;
use gym_core::schedule::slots::{SlotRequest, SlotSearch};
use gym_core::time::{Instant, Period, civil};
use gym_db::{Desk, Failure, Gym};

use crate::scenario::{at, id, stage};
use crate::support::both;

const NOW: &str = "2026-03-02T08:05:00Z";

/// Looks for an hour with buffers, each half hour, on 11 March from 9 to 17 in Berlin.
fn wednesday() -> SlotSearch {
    let buffers = Buffers {
        before_minutes: 5,
        after_minutes: 10,
    };
    let request = SlotRequest::new(60, 30, buffers, at(NOW)).unwrap();
    let during = Period::new(at("2026-03-11T08:00:00Z"), at("2026-03-11T16:00:00Z")).unwrap();
    SlotSearch::new(id(1), during, request)
}

/// The command that books a slot of a search.
fn book(search: &SlotSearch, trainer: Option<TrainerId>, start: Instant) -> Command {
    Command::BookSession {
        trainer,
        member: search.member.unwrap_or(id(6)),
        location: search.location,
        room: search.room,
        start: civil(chrono_tz::Europe::Berlin, start),
        minutes: search.request.length_minutes(),
        buffers: search.request.buffers(),
        overriding: None,
    }
}

fn trainer_of(events: &[Event]) -> Option<TrainerId> {
    events.iter().find_map(|event| match event {
        Event::SessionBooked(new) => Some(new.trainer),
        _ => None,
    })
}

/// Checks every half hour of a search against what booking it would lead to.
fn check(gym: &Gym, search: &SlotSearch) -> usize {
    let desk = gym.at(at(NOW));
    let found = desk.free_slots(search).unwrap();
    assert_eq!(gym.club().unwrap().free_slots(search, at(NOW)).unwrap(), found);
    let listed: BTreeMap<Instant, Vec<TrainerId>> = found
        .iter()
        .map(|free| (free.slot.start(), free.trainers.clone()))
        .collect();
    let accepts = |trainer, start| desk.preview(&book(search, trainer, start)).unwrap().ok();
    let mut start = search.during.start();
    while start < search.during.end() {
        let here = listed.get(&start).cloned().unwrap_or_default();
        let asked = search.trainer.map_or(vec![id(1), id(2)], |trainer| vec![trainer]);
        for trainer in asked {
            let accepted = accepts(Some(trainer), start).is_some();
            assert_eq!(accepted, here.contains(&trainer), "{trainer} at {start}");
        }
        if search.trainer.is_none() {
            let taken = accepts(None, start).as_deref().and_then(trainer_of);
            assert_eq!(taken, here.first().copied(), "whose turn at {start}");
        }
        start += chrono::Duration::minutes(30);
    }
    listed.len()
}

#[test]
fn what_is_listed_is_what_is_accepted() {
    both(|db| {
        let gym = stage(db);
        // Trainer 2 and room 2 have a session from 12 to 13 with its buffers, member 4 has it too.
        let found: Vec<usize> = [
            (None, None, None),
            (Some(2), None, None),
            (None, Some(2), None),
            (Some(1), None, Some(4)),
        ]
        .map(
            |(trainer, room, member): (Option<i64>, Option<i64>, Option<i64>)| {
                check(
                    &gym,
                    &SlotSearch {
                        trainer: trainer.map(id),
                        room: room.map(id),
                        member: member.map(id),
                        ..wednesday()
                    },
                )
            },
        )
        .to_vec();
        assert_eq!(found, [16, 11, 11, 13]);
    });
}

#[test]
fn a_slot_that_is_booked_is_gone_and_the_turn_goes_on() {
    both(|db| {
        let gym = stage(db);
        let (desk, search) = (gym.at(at(NOW)), wednesday());
        let first = desk.free_slots(&search).unwrap().remove(0);
        assert_eq!(first.trainers, [id(1), id(2)]);
        let done = desk.run(&book(&search, None, first.slot.start())).unwrap();
        assert_eq!(trainer_of(&done.events), Some(id(1)));
        let next = desk.free_slots(&search).unwrap().remove(0);
        assert_eq!((next.slot, next.trainers), (first.slot, vec![id(2)]));

        // Who is to get nothing in turn can still be asked for.
        let policy = |trainer: i64| Policy {
            turn_weights: [(id(trainer), 0)].into(),
            ..Policy::open()
        };
        let set = Command::SetPolicy {
            location: None,
            policy: policy(2),
        };
        desk.run(&set).unwrap();
        assert_ne!(desk.free_slots(&search).unwrap()[0].slot, first.slot);
        let nobody = desk.run(&book(&search, None, first.slot.start())).unwrap_err();
        assert!(
            nobody.refusal().is_some_and(|it| it.has(Code::NobodyFree)),
            "{nobody}"
        );
        let by_name = SlotSearch {
            trainer: Some(id(2)),
            member: Some(id(5)),
            ..search.clone()
        };
        assert_eq!(desk.free_slots(&by_name).unwrap()[0].slot, first.slot);
        desk.run(&book(&by_name, Some(id(2)), first.slot.start()))
            .unwrap();
    });
}

#[test]
fn a_search_for_what_is_not_there_or_too_much_is_refused() {
    both(|db| {
        let gym = stage(db);
        let desk = gym.at(at(NOW));
        let refused = |search: SlotSearch| match desk.free_slots(&search) {
            Err(Failure::Refused(refusal)) => refusal.reasons.iter().map(Reason::code).collect::<Vec<_>>(),
            other => panic!("{other:?}"),
        };
        let long = Period::new(at("2026-03-11T08:00:00Z"), at("2027-03-13T08:00:00Z")).unwrap();
        let late = Period::lasting("9999-12-31T23:00:00Z".parse().unwrap(), 30);
        let few = |during| SlotSearch {
            during,
            ..wednesday()
        };
        assert_eq!(refused(few(long)), [Code::BadValue]);
        assert_eq!(refused(few(late)), [Code::BadValue, Code::BadValue]);
        let unknown = SlotSearch {
            trainer: Some(id(99)),
            room: Some(id(99)),
            member: Some(id(99)),
            ..wednesday()
        };
        assert_eq!(refused(unknown), [Code::Unknown; 3]);
        let elsewhere = SlotSearch {
            location: id(2),
            room: Some(id(1)),
            ..wednesday()
        };
        assert_eq!(refused(elsewhere), [Code::WrongPlace]);
        let nowhere = SlotSearch {
            location: id(99),
            ..wednesday()
        };
        assert_eq!(refused(nowhere), [Code::Unknown]);
    });
}

fn no(desk: &Desk<'_>, command: &Command) -> gym_core::booking::refusal::Refusal {
    match desk.run(command) {
        Err(Failure::Refused(refusal)) => *refusal,
        other => panic!("{other:?}"),
    }
}

#[test]
fn who_is_banned_books_no_session_either() {
    both(|db| {
        let gym = stage(db);
        let strict = Policy {
            penalties: PenaltyRules {
                waivers: 0,
                strikes: 1,
                ..PenaltyRules::default()
            },
            ..Policy::open()
        };
        gym.at(at(NOW))
            .run(&Command::SetPolicy {
                location: None,
                policy: strict,
            })
            .unwrap();
        let member: MemberId = id(1);
        let search = SlotSearch {
            trainer: Some(id(1)),
            member: Some(member),
            during: Period::new(at("2026-04-08T07:00:00Z"), at("2026-04-08T15:00:00Z")).unwrap(),
            ..wednesday()
        };
        let [nine, noon, two] = ["07", "10", "12"].map(|hour| at(&format!("2026-04-08T{hour}:00:00Z")));
        let before = gym.at(at(NOW)).run(&book(&search, Some(id(1)), nine)).unwrap();
        let session = before.find(|event| match event {
            Event::SessionBooked(new) => Some(new.id),
            _ => None,
        });
        // An hour before the class: too late, and one strike is enough.
        let late = at("2026-03-09T16:00:00Z");
        gym.at(late).cancel(member, id(1)).unwrap();
        let until = late + chrono::Duration::days(21);
        let desk = gym.at(at("2026-03-20T08:00:00Z"));

        let asked = book(&search, Some(id(1)), noon);
        let refusal = no(&desk, &asked);
        assert_eq!(refusal.reasons, [Reason::Banned { until }]);
        assert_eq!(refusal.alternatives, [Alternative::From { at: until }]);
        assert_eq!(desk.free_slots(&search).unwrap(), []);
        let for_another = SlotSearch {
            member: Some(id(2)),
            ..search.clone()
        };
        assert!(!desk.free_slots(&for_another).unwrap().is_empty());

        let mut despite = asked.clone();
        if let Command::BookSession { overriding, .. } = &mut despite {
            *overriding = Some(Override {
                rules: [Code::Banned].into(),
                why: "the family asked".to_owned(),
            });
        }
        desk.run(&despite).unwrap();
        let moved = Command::MoveSession {
            session: session.unwrap(),
            start: civil(chrono_tz::Europe::Berlin, two),
        };
        desk.run(&moved).unwrap();
        let after = gym.at(until);
        assert!(!after.free_slots(&search).unwrap().is_empty());
        after.run(&book(&search, Some(id(1)), nine)).unwrap();
    });
}
