//! Training sessions: whose turn it is, what they need, and how they are moved, cancelled and completed.

use std::collections::BTreeMap;

use crate::support::{Gym, civil, overriding};
use chrono::{NaiveTime, Weekday};
use gym_core::booking::refusal::Code;
use gym_core::command::{Command, Scope};
use gym_core::event::Event;
use gym_core::id::{MemberId, TrainerId};
use gym_core::schedule::availability::{Availability, Hours, WeeklyRule};
use gym_core::schedule::claim::{Buffers, Owner};
use gym_core::time::Fit;

fn session(gym: &Gym, trainer: Option<TrainerId>, member: MemberId, start: &str) -> Command {
    Command::BookSession {
        trainer,
        member,
        location: gym.place,
        room: None,
        start: civil(start),
        minutes: 60,
        buffers: Buffers {
            before_minutes: 0,
            after_minutes: 15,
        },
        overriding: None,
    }
}

#[test]
fn sessions_take_turns_among_the_trainers() {
    let mut gym = Gym::new();
    let trainers = ["Tom", "Una", "Vic"].map(|name| gym.trainer(name));
    let ada = gym.member("Ada");
    for day in 2..=13 {
        let command = session(&gym, None, ada, &format!("2026-02-{day:02}T10:00"));
        gym.ok(&command);
    }
    let mut given: BTreeMap<TrainerId, u32> = BTreeMap::new();
    for session in gym.club.sessions.iter() {
        *given.entry(session.trainer).or_default() += 1;
    }
    assert_eq!(given, trainers.into_iter().map(|trainer| (trainer, 4)).collect());
}

#[test]
fn who_joins_starts_at_the_mean_of_the_team() {
    let mut gym = Gym::new();
    let [tom, una] = ["Tom", "Una"].map(|name| gym.trainer(name));
    let ada = gym.member("Ada");
    let turn = |gym: &mut Gym, day: &str| {
        let command = session(gym, None, ada, &format!("2026-{day}T10:00"));
        gym.ok(&command);
        gym.club.sessions.iter().next_back().map(|it| it.trainer)
    };
    for day in 5..=10 {
        turn(&mut gym, &format!("01-{day:02}"));
    }
    gym.at("2026-01-12T08:00:00Z");
    let vic = gym.trainer("Vic");
    let joined = gym
        .club
        .trainers
        .get(vic)
        .map(|it| (it.joined_at, it.starting_turns));
    assert_eq!(joined, Some((gym.now, 3)), "Tom and Una gave three each");
    let given = ["01-13", "01-14", "01-15", "01-16"].map(|day| turn(&mut gym, day));
    assert_eq!(given, [vic, tom, una, vic].map(Some));
    // In March nothing of January counts any more, not even what Vic had at the start.
    let given = ["03-02", "03-03", "03-04"].map(|day| turn(&mut gym, day));
    assert_eq!(given, [tom, una, vic].map(Some));
}

#[test]
fn a_session_needs_trainer_member_and_room_and_names_other_times() {
    let mut gym = Gym::new();
    let tom = gym.trainer("Tom");
    let [ada, bob] = gym.members(["Ada", "Bob"]);
    let at = |gym: &Gym, member, start| session(gym, Some(tom), member, start);
    let first = at(&gym, ada, "2026-02-03T10:00");
    assert_eq!(gym.tell(&first), "session booked");
    let clash = at(&gym, bob, "2026-02-03T11:00");
    assert_eq!(
        gym.tell(&clash),
        "no: taken | 1 at 02-03 10:30, 1 at 02-03 11:00, 1 at 02-03 11:30"
    );
    let any = session(&gym, None, bob, "2026-02-03T11:00");
    assert!(gym.refused(&any).has(Code::NobodyFree));
    let own = at(&gym, ada, "2026-02-03T10:30");
    assert_eq!(gym.tell(&own).split(" |").next(), Some("no: overlaps taken"));
    let night = at(&gym, bob, "2026-02-03T05:30");
    assert!(gym.refused(&night).has(Code::TrainerAway));
    let mut despite = night.clone();
    if let Command::BookSession { overriding: why, .. } = &mut despite {
        *why = Some(overriding(&[Code::TrainerAway]));
    }
    assert_eq!(gym.tell(&despite), "despite trainer_away, session booked");
    let past = at(&gym, bob, "2025-12-03T10:00");
    assert!(gym.refused(&past).has(Code::Started));
}

#[test]
fn sessions_are_moved_cancelled_and_completed() {
    let mut gym = Gym::new();
    let tom = gym.trainer("Tom");
    let user = gym.user("Ada");
    let ada = gym.member_of("Ada", Some(user));
    let bob = gym.member("Bob");
    let [first, second] = ["2026-02-03T10:00", "2026-02-03T12:00"].map(|start| {
        let command = session(&gym, Some(tom), ada, start);
        gym.ok(&command);
        gym.club.sessions.iter().next_back().unwrap().id
    });
    let to = |session, start| Command::MoveSession {
        session,
        start: civil(start),
    };
    assert!(gym.refused(&to(second, "2026-02-03T10:30")).has(Code::Taken));
    assert_eq!(
        gym.tell(&to(second, "2026-02-03T12:30")),
        "session moved",
        "it does not stand in its own way"
    );
    assert_eq!(
        gym.tell(&Command::CancelSession { session: second }),
        "session stated"
    );
    assert_eq!(
        gym.tell(&Command::CancelSession { session: second }),
        "no: nothing_to_do"
    );
    let done = Command::CompleteSession {
        session: first,
        attended: false,
    };
    assert_eq!(gym.tell(&done), "no: too_early");
    gym.at("2026-02-03T11:00:00Z");
    assert_eq!(gym.by(user).tell(&done), "no: not_permitted");
    assert_eq!(gym.by(None).tell(&done), "session stated");
    let (own, other) = (
        session(&gym, Some(tom), ada, "2026-02-04T10:00"),
        session(&gym, Some(tom), bob, "2026-02-05T10:00"),
    );
    gym.by(user);
    assert_eq!(gym.tell(&own), "session booked");
    assert_eq!(gym.tell(&other), "no: not_permitted");
}

#[test]
fn a_class_and_a_session_do_not_share_a_trainer() {
    let mut gym = Gym::new();
    let tom = gym.trainer("Tom");
    let ada = gym.member("Ada");
    let command = session(&gym, Some(tom), ada, "2026-02-03T10:00");
    gym.ok(&command);
    let mut offering = gym.offering(5);
    offering.trainer = Some(tom);
    let add = |start| Command::AddClass {
        offering: offering.clone(),
        start: civil(start),
    };
    assert_eq!(
        gym.tell(&add("2026-02-03T11:14")),
        "no: taken",
        "the session's buffer"
    );
    assert_eq!(gym.tell(&add("2026-02-03T11:15")), "class added");
    let class = gym.club.classes.iter().next_back().unwrap().id;
    assert_eq!(
        gym.move_class(class, Scope::This, "2026-02-03T10:30"),
        "no: taken"
    );
}

#[test]
fn a_session_that_has_begun_is_not_moved_away() {
    let mut gym = Gym::new();
    let tom = gym.trainer("Tom");
    let ada = gym.member("Ada");
    let command = session(&gym, Some(tom), ada, "2026-02-03T10:00");
    gym.ok(&command);
    let session = gym.club.sessions.iter().next().unwrap().id;
    let to = Command::MoveSession {
        session,
        start: civil("2026-02-06T10:00"),
    };
    gym.at("2026-02-03T09:00:00Z");
    assert_eq!(gym.tell(&Command::CancelSession { session }), "no: started");
    assert_eq!(gym.tell(&to), "no: started");
    gym.at("2026-02-03T08:59:59Z");
    assert_eq!(gym.tell(&to), "session moved");
}

#[test]
fn a_session_that_is_called_off_or_moved_frees_its_member_for_a_class_where_they_wait() {
    for cancels in [true, false] {
        let mut gym = Gym::new();
        let tom = gym.trainer("Tom");
        let [ada, bob] = gym.members(["Ada", "Bob"]);
        let class = gym.class("2026-02-03T11:00", 1);
        assert_eq!(gym.book(bob, class), "+Bob");
        assert!(gym.join(ada, class).ends_with("waits"));
        let command = session(&gym, Some(tom), ada, "2026-02-03T11:00");
        gym.ok(&command);
        gym.cancel(bob, class);
        assert_eq!(
            (gym.booked(class), gym.waiting(class)),
            (String::new(), "Ada".to_owned())
        );
        let session = gym.club.sessions.iter().next_back().unwrap().id;
        let command = if cancels {
            Command::CancelSession { session }
        } else {
            Command::MoveSession {
                session,
                start: civil("2026-02-03T15:00"),
            }
        };
        gym.ok(&command);
        gym.follow();
        assert_eq!(
            (gym.booked(class), gym.waiting(class)),
            ("Ada".to_owned(), String::new())
        );
    }
}

/// Says of each start of a decision which was asked for and does not happen once.
fn fitted(events: &[Event]) -> Vec<(Owner, String, Fit)> {
    let told = events.iter().filter_map(|event| match event {
        Event::StartFitted { owner, asked, fit } => Some((*owner, asked.to_string(), *fit)),
        _ => None,
    });
    told.collect()
}

#[test]
fn a_start_that_clocks_skip_or_show_twice_is_said() {
    let mut gym = Gym::new();
    let (tom, ada) = (gym.trainer("Tom"), gym.member("Ada"));
    let at_night = (0..7).map(|day| WeeklyRule {
        hours: Hours::new(
            Weekday::try_from(day).unwrap(),
            NaiveTime::MIN,
            civil("2026-01-01T06:00").time(),
        )
        .unwrap(),
        location: None,
        dates: Default::default(),
    });
    gym.ok(&Command::SetAvailability {
        trainer: tom,
        availability: Availability {
            weekly: at_night.collect(),
            ..Availability::default()
        },
    });
    let skipped = "2026-03-29T02:30";
    let twice = "2026-10-25T02:30";
    let booked = gym.ok(&gym.session(tom, ada, skipped));
    let session = gym.club.sessions.iter().next().unwrap().id;
    assert_eq!(
        fitted(&booked),
        [(
            Owner::Session(session),
            "2026-03-29 02:30:00".to_owned(),
            Fit::Gap
        )]
    );
    for (start, fit) in [(twice, Some(Fit::Overlap)), ("2026-10-25T01:30", None)] {
        let start = civil(start);
        let moved = gym.ok(&Command::MoveSession { session, start });
        let told = fit.map(|fit| (Owner::Session(session), start.to_string(), fit));
        assert_eq!(fitted(&moved), Vec::from_iter(told));
    }

    let (offering, start) = (gym.offering(5), civil(skipped));
    let added = gym.ok(&Command::AddClass { offering, start });
    let class = gym.club.classes.iter().next().unwrap().id;
    assert_eq!(
        fitted(&added),
        [(Owner::Class(class), start.to_string(), Fit::Gap)]
    );
    let classes: [_; 2] = gym.daily("2026-10-24T01:30", gym.offering(5));
    let moved = gym.ok(&Command::MoveClass {
        class: classes[0],
        scope: Scope::All,
        start: civil("2026-10-24T02:30"),
        minutes: None,
        room: None,
    });
    let told = (
        Owner::Class(classes[1]),
        "2026-10-25 02:30:00".to_owned(),
        Fit::Overlap,
    );
    assert_eq!(fitted(&moved), [told]);
}
