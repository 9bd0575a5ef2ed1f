//! Free slots are what a session is booked into: no more, no less.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Duration, NaiveTime, Timelike, Weekday};
use gym_core::booking::policy::Policy;
use gym_core::command::{Command, Context};
use gym_core::event::Event;
use gym_core::id::{MemberId, TrainerId};
use gym_core::money::Currency;
use gym_core::schedule::availability::{Availability, Hours, WeeklyHours, WeeklyRule};
use gym_core::schedule::claim::Buffers;
use gym_core::schedule::slots::{SlotRequest, SlotSearch};
use gym_core::time::{Instant, Period, civil, day, resolve, zone};
use gym_core::user::{Actor, Person};
use proptest::prelude::*;

use crate::support::soak;
use crate::support::{Gym, instant};

/// Days on which the clocks do nothing, skip an hour, and show one twice.
const DAYS: [&str; 3] = ["2026-03-10", "2026-03-29", "2026-10-25"];

fn command(search: &SlotSearch, member: MemberId, trainer: Option<TrainerId>, at: Instant) -> Command {
    Command::BookSession {
        trainer,
        member,
        location: search.location,
        room: search.room,
        start: civil(zone("Europe/Berlin").unwrap(), at),
        minutes: search.request.length_minutes(),
        buffers: search.request.buffers(),
        overriding: None,
    }
}

/// Checks what a search lists against the decision about each start on its grid, minute by minute.
fn check(gym: &Gym, search: &SlotSearch, stranger: MemberId) -> usize {
    let found = gym.club.free_slots(search, gym.now).unwrap();
    let listed: BTreeMap<Instant, Vec<TrainerId>> = found
        .iter()
        .map(|free| (free.slot.start(), free.trainers.clone()))
        .collect();
    assert_eq!(listed.len(), found.len(), "each start once");
    let place = gym.club.locations.get(search.location).unwrap();
    let member = search.member.unwrap_or(stranger);
    let context = Context {
        now: gym.now,
        actor: Actor::System,
    };
    let decide = |trainer, at| {
        gym.club
            .decide(&command(search, member, trainer, at), &context)
            .ok()
    };
    let weights = &gym.club.policy(place.id).turn_weights;
    let mut expected = BTreeMap::new();
    let mut at = search.during.start();
    while at < search.during.end() {
        let clock = civil(place.zone, at);
        let minutes = clock.hour() * 60 + clock.minute();
        if minutes.is_multiple_of(search.request.step_minutes()) && resolve(place.zone, clock).instant == at {
            let team = gym.club.trainers.iter().map(|trainer| trainer.id);
            let asked: Vec<TrainerId> = match search.trainer {
                Some(trainer) => vec![trainer],
                None => team.filter(|id| weights.get(id) != Some(&0)).collect(),
            };
            let free: BTreeSet<TrainerId> = asked
                .into_iter()
                .filter(|id| decide(Some(*id), at).is_some())
                .collect();
            if search.trainer.is_none() {
                let taken = decide(None, at).and_then(|events| {
                    events.iter().find_map(|event| match event {
                        Event::SessionBooked(new) => Some(new.trainer),
                        _ => None,
                    })
                });
                let first = listed.get(&at).and_then(|trainers| trainers.first());
                assert_eq!(taken.as_ref(), first, "whose turn it is at {at}");
            }
            if !free.is_empty() {
                expected.insert(at, free);
            }
        }
        at += Duration::minutes(1);
    }
    let listed: BTreeMap<Instant, BTreeSet<TrainerId>> = listed
        .into_iter()
        .map(|(at, trainers)| (at, trainers.into_iter().collect()))
        .collect();
    assert_eq!(listed, expected);
    listed.len()
}

fn daily(opens: u32, closes: u32) -> Vec<Hours> {
    let time = |hour| NaiveTime::from_hms_opt(hour, 0, 0).unwrap();
    let on = |day| Hours::new(Weekday::try_from(day).unwrap(), time(opens), time(closes)).unwrap();
    (0..7).map(on).collect()
}

/// A place that is open from 1 to 20, with three trainers of whom one is there at night and one comes from elsewhere.
fn club() -> Gym {
    let mut gym = Gym::new();
    let hours = WeeklyHours {
        hours: daily(1, 20),
        ..WeeklyHours::default()
    };
    gym.ok(&Command::AddLocation {
        name: "Nord".to_owned(),
        zone: zone("Europe/Berlin").unwrap(),
        currency: Currency::EUR,
        hours,
    });
    let home = gym.place;
    let nord = gym.club.locations.iter().next_back().unwrap().id;
    for (name, opens, closes, at) in [
        ("Tom", 6, 22, None),
        ("Una", 22, 6, Some(nord)),
        ("Vic", 0, 0, None),
    ] {
        let rule = |hours| WeeklyRule {
            hours,
            location: at,
            dates: Default::default(),
        };
        gym.ok(&Command::AddTrainer {
            person: Person::new(name, None).unwrap(),
            user: None,
            home: if name == "Vic" { nord } else { home },
            also_at: [home, nord].into(),
            availability: Availability {
                weekly: daily(opens, closes).into_iter().map(rule).collect(),
                ..Availability::default()
            },
        });
    }
    gym.place = nord;
    gym.room("Hall", 9);
    gym
}

#[derive(Debug, Clone)]
struct Case {
    day: usize,
    length: u32,
    step: u32,
    before: u32,
    after: u32,
    trainer: Option<usize>,
    room: bool,
    member: bool,
    hour: i64,
    booked: Vec<(usize, bool, u32, u32)>,
    closed: bool,
    weight: u32,
}

fn case() -> impl Strategy<Value = Case> {
    let booked = (0..3_usize, any::<bool>(), 0..48_u32, 1..150_u32);
    let request = (
        prop::sample::select(vec![15_u32, 30, 60, 90]),
        20..100_u32,
        0..40_u32,
        0..40_u32,
    );
    let who = (prop::option::of(0..3_usize), any::<bool>(), any::<bool>());
    let rest = (
        prop::collection::vec(booked, 0..8),
        prop::bool::weighted(0.1),
        0..3_u32,
    );
    (0..3_usize, request, who, -6..20_i64, rest).prop_map(
        |(day, (step, length, before, after), (trainer, room, member), hour, (booked, closed, weight))| {
            Case {
                day,
                length,
                step,
                before,
                after,
                trainer,
                room,
                member,
                hour,
                booked,
                closed,
                weight,
            }
        },
    )
}

/// Books what a case says, as far as it can be, and sets the clock.
fn fill(case: &Case) -> (Gym, SlotSearch, MemberId) {
    let mut gym = club();
    let (mitte, zone) = (
        gym.club.locations.iter().next().unwrap().id,
        zone("Europe/Berlin").unwrap(),
    );
    let during = day(zone, DAYS[case.day].parse().unwrap()).unwrap();
    let [ada, free] = gym.members(["Ada", "Free"]);
    gym.access(ada, mitte);
    let trainers: Vec<TrainerId> = gym.club.trainers.iter().map(|it| it.id).collect();
    let room = gym.club.rooms.iter().next().unwrap().id;
    gym.set_policy(Policy {
        turn_weights: [(trainers[2], case.weight)].into(),
        ..Policy::default()
    });
    for (trainer, elsewhere, half_hours, minutes) in &case.booked {
        let start = during.start() + Duration::minutes(i64::from(half_hours * 30));
        let book = Command::BookSession {
            trainer: Some(trainers[*trainer]),
            member: ada,
            location: if *elsewhere { mitte } else { gym.place },
            room: (!elsewhere && half_hours % 2 == 0).then_some(room),
            start: civil(zone, start),
            minutes: *minutes,
            buffers: Buffers {
                before_minutes: half_hours % 3 * 5,
                after_minutes: half_hours % 2 * 10,
            },
            overriding: None,
        };
        drop(gym.run(&book));
    }
    if case.closed {
        gym.ok(&Command::CloseLocation {
            location: gym.place,
            from: DAYS[case.day].parse().unwrap(),
            until: DAYS[case.day].parse().unwrap(),
            reason: "works".to_owned(),
        });
    }
    gym.now = during.start() + Duration::hours(case.hour) + Duration::microseconds(case.hour.abs());
    let buffers = Buffers {
        before_minutes: case.before,
        after_minutes: case.after,
    };
    let request = SlotRequest::new(case.length, case.step, buffers, during.start()).unwrap();
    let search = SlotSearch {
        trainer: case.trainer.map(|index| trainers[index]),
        room: case.room.then_some(room),
        member: case.member.then_some(ada),
        ..SlotSearch::new(gym.place, during.padded(30, 60), request)
    };
    (gym, search, free)
}

proptest! {
    #![proptest_config(soak::cases(24))]

    #[test]
    fn what_is_listed_is_what_is_accepted(case in case()) {
        let (gym, search, stranger) = fill(&case);
        check(&gym, &search, stranger);
    }
}

#[test]
fn an_empty_day_is_listed_whole_with_the_hour_that_comes_twice_once() {
    let at = |day, expected| {
        let case = Case {
            day,
            length: 60,
            step: 60,
            before: 0,
            after: 0,
            trainer: None,
            room: false,
            member: true,
            hour: -6,
            booked: Vec::new(),
            closed: false,
            weight: 1,
        };
        let (gym, search, stranger) = fill(&case);
        assert_eq!(check(&gym, &search, stranger), expected, "{}", DAYS[day]);
    };
    at(0, 19);
    at(1, 18);
    at(2, 19);
}

#[test]
fn turns_are_shared_by_the_weights_of_the_policy() {
    let mut gym = Gym::new();
    let trainers = ["Tom", "Una", "Vic"].map(|name| gym.trainer(name));
    let ada = gym.member("Ada");
    gym.set_policy(Policy {
        turn_weights: [(trainers[0], 2), (trainers[2], 0)].into(),
        ..Policy::default()
    });
    for date in 2..=13 {
        let during = day(
            zone("Europe/Berlin").unwrap(),
            format!("2026-02-{date:02}").parse().unwrap(),
        )
        .unwrap();
        let request = SlotRequest::new(60, 60, Buffers::default(), gym.now).unwrap();
        let search = SlotSearch {
            member: Some(ada),
            ..SlotSearch::new(gym.place, during, request)
        };
        let first = gym.club.free_slots(&search, gym.now).unwrap().remove(0);
        gym.ok(&command(&search, ada, None, first.slot.start()));
        assert_eq!(
            gym.club.sessions.iter().next_back().unwrap().trainer,
            first.trainers[0]
        );
    }
    let given = trainers.map(|trainer| {
        gym.club
            .sessions
            .iter()
            .filter(|it| it.trainer == trainer)
            .count()
    });
    assert_eq!(given, [8, 4, 0]);
}

#[test]
fn a_search_is_bounded() {
    let mut gym = Gym::new();
    for number in 0..4 {
        gym.trainer(&format!("Trainer {number}"));
    }
    let request = |step| SlotRequest::new(60, step, Buffers::default(), gym.now).unwrap();
    let search = |days: i64, step| {
        let start = instant("2026-02-01T00:00:00Z");
        let during = Period::new(start, start + Duration::days(days)).unwrap();
        SlotSearch::new(gym.place, during, request(step))
    };
    let told = |search| {
        gym.club
            .free_slots(&search, gym.now)
            .map(|free| free.len())
            .map_err(|no| no.to_string())
    };
    assert!(told(search(366, 60)).unwrap() > 5_000);
    assert!(
        told(search(367, 60))
            .unwrap_err()
            .contains("expected at most 366 days")
    );
    let many = told(search(366, 1)).unwrap_err();
    assert!(
        many.contains("2108160 starts") && many.contains("at most 2000000 starts"),
        "{many}"
    );
}
