//! Series and dated classes, and what their changes do to bookings.

use crate::support::{Gym, civil, instant};
use gym_core::booking::policy::{Limits, Policy};
use gym_core::club::Key;
use gym_core::command::{Command, Scope};
use gym_core::event::Event;
use gym_core::id::ClassId;
use gym_core::schedule::claim::Buffers;
use gym_core::time::Period;
use gym_core::user::Role;

/// Spin on four Mondays at ten, from 2 February 2026.
fn weekly(gym: &mut Gym) -> Vec<ClassId> {
    let offering = gym.offering(5);
    gym.series(
        "2026-02-02T10:00",
        "FREQ=WEEKLY;COUNT=8",
        "2026-02-28T00:00:00Z",
        offering,
    )
}

fn starts(gym: &Gym, classes: &[ClassId]) -> Vec<String> {
    classes
        .iter()
        .map(|class| gym.start(*class)[5..].to_owned())
        .collect()
}

/// The originals of all occurrences of all series, as the rules give them.
fn planned(gym: &Gym) -> Vec<String> {
    let window = Period::new(instant("2026-01-01T00:00:00Z"), instant("2027-01-01T00:00:00Z")).unwrap();
    let series = gym.club.series.iter();
    let mut all: Vec<String> = series
        .flat_map(|series| {
            series
                .recurrence
                .occurrences(window)
                .map(|it| it.original.to_string())
                .collect::<Vec<_>>()
        })
        .collect();
    all.sort();
    all
}

fn continued(gym: &mut Gym) -> usize {
    let ids: Vec<_> = gym.club.series.iter().map(|series| series.id).collect();
    let until = instant("2026-12-01T00:00:00Z");
    let events = ids
        .into_iter()
        .flat_map(|series| gym.ok(&Command::Materialise { series, until }));
    events
        .filter(|event| matches!(event, Event::ClassAdded(_)))
        .count()
}

#[test]
fn a_series_keeps_its_hour_across_the_change_of_clocks_and_is_made_once() {
    let mut gym = Gym::new();
    let offering = gym.offering(5);
    let classes = gym.series(
        "2026-03-23T18:00",
        "FREQ=WEEKLY",
        "2026-04-05T00:00:00Z",
        offering,
    );
    assert_eq!(starts(&gym, &classes), ["03-23T18:00", "03-30T18:00"]);
    let utc: Vec<_> = classes
        .iter()
        .map(|id| gym.club.classes.get(*id).unwrap().period.start().to_string())
        .collect();
    assert_eq!(utc, ["2026-03-23 17:00:00 UTC", "2026-03-30 16:00:00 UTC"]);
    let series = gym.club.classes.get(classes[0]).unwrap().series.unwrap();
    let until = instant("2026-04-15T00:00:00Z");
    assert_eq!(
        gym.ok(&Command::Materialise { series, until }).len(),
        2,
        "6 and 13 April"
    );
    assert_eq!(gym.ok(&Command::Materialise { series, until }), []);
}

#[test]
fn a_series_with_any_conflict_is_refused_and_one_that_goes_on_skips_it() {
    let mut gym = Gym::new();
    let room = gym.room("Studio", 9);
    let mut offering = gym.offering(5);
    offering.room = Some(room);
    offering.buffers = Buffers {
        before_minutes: 0,
        after_minutes: 15,
    };
    gym.class_of("2026-02-09T09:00", offering.clone());
    let zone = chrono_tz::Europe::Berlin;
    let recurrence = |start| {
        gym_core::series::Series::new(civil(start), zone, Some("FREQ=WEEKLY".parse().unwrap())).unwrap()
    };
    let add = |start, until: &str| Command::AddSeries {
        offering: offering.clone(),
        recurrence: recurrence(start),
        until: instant(until),
    };
    assert_eq!(
        gym.tell(&add("2026-02-02T10:00", "2026-02-28T00:00:00Z")),
        "no: taken"
    );
    assert_eq!(
        gym.tell(&add("2026-02-02T10:00", "2026-02-05T00:00:00Z")),
        "series added, class added"
    );
    let series = gym.club.series.iter().next().unwrap().id;
    let until = instant("2026-02-20T00:00:00Z");
    assert_eq!(
        gym.tell(&Command::Materialise { series, until }),
        "no class on 2026-02-09 (taken), class added"
    );
    let wrong = Command::AddSeries {
        offering: gym.offering(5),
        recurrence: gym_core::series::Series::new(civil("2026-02-02T10:00"), chrono_tz::UTC, None).unwrap(),
        until,
    };
    assert_eq!(gym.tell(&wrong), "no: bad_value");
}

#[test]
fn moving_one_class_keeps_its_identity() {
    let mut gym = Gym::new();
    let [ada, bob] = gym.members(["Ada", "Bob"]);
    let classes = weekly(&mut gym);
    gym.book(ada, classes[1]);
    gym.book(bob, classes[1]);
    let other = gym.class("2026-02-11T18:30", 5);
    gym.book(bob, other);
    let before = gym.club.classes.get(classes[1]).unwrap().clone();
    assert_eq!(
        gym.move_class(classes[1], Scope::This, "2026-02-11T18:00"),
        "class moved, Bob club_cancelled"
    );
    let after = gym.club.classes.get(classes[1]).unwrap();
    assert_eq!(
        (after.id, after.series, after.original),
        (before.id, before.series, before.original)
    );
    assert_eq!(
        gym.booked(classes[1]),
        "Ada",
        "who is busy then loses the seat, for nothing"
    );
    assert_eq!(continued(&mut gym), 4, "and the series does not make it again");
}

#[test]
fn moving_all_that_follow_splits_the_series() {
    let mut gym = Gym::new();
    let ada = gym.member("Ada");
    let classes = weekly(&mut gym);
    gym.book(ada, classes[2]);
    gym.move_class(classes[3], Scope::This, "2026-02-24T07:00");
    gym.move_class(classes[1], Scope::Following, "2026-02-10T11:00");
    assert_eq!(
        starts(&gym, &classes),
        ["02-02T10:00", "02-10T11:00", "02-17T11:00", "02-24T07:00"]
    );
    assert_eq!(gym.booked(classes[2]), "Ada");
    assert_eq!(gym.club.series.len(), 2);
    let all: Vec<String> = planned(&gym).iter().map(|it| it[5..16].to_owned()).collect();
    assert_eq!(
        all,
        [
            "02-02 10:00",
            "02-10 11:00",
            "02-17 11:00",
            "02-24 11:00",
            "03-03 11:00",
            "03-10 11:00",
            "03-17 11:00",
            "03-24 11:00"
        ]
    );
    assert_eq!(continued(&mut gym), 4, "each occurrence is one class");
}

#[test]
fn a_split_that_moves_nothing_plans_the_same() {
    let mut gym = Gym::new();
    let classes = weekly(&mut gym);
    let (tom, before) = (gym.trainer("Tom"), planned(&gym));
    let substitute = |class, scope| Command::Substitute {
        class,
        scope,
        trainer: tom,
    };
    gym.ok(&substitute(classes[2], Scope::Following));
    assert_eq!((gym.club.series.len(), planned(&gym)), (2, before));
    let given: Vec<bool> = classes
        .iter()
        .map(|id| gym.club.classes.get(*id).unwrap().offering.trainer.is_some())
        .collect();
    assert_eq!(given, [false, false, true, true]);
    gym.ok(&substitute(classes[0], Scope::This));
    assert_eq!(gym.club.series.len(), 2);
    assert_eq!(continued(&mut gym), 4);
}

#[test]
fn moving_the_whole_series_leaves_what_has_been_and_what_was_moved_alone() {
    let mut gym = Gym::new();
    let classes = weekly(&mut gym);
    gym.move_class(classes[1], Scope::This, "2026-02-10T07:00");
    gym.at("2026-02-05T00:00:00Z");
    // Named is the third: it moves by a week and an hour, and so do the others that follow the rule.
    gym.move_class(classes[2], Scope::All, "2026-02-23T11:00");
    assert_eq!(
        starts(&gym, &classes),
        ["02-02T10:00", "02-10T07:00", "02-23T11:00", "03-02T11:00"]
    );
    let originals: Vec<_> = classes
        .iter()
        .map(|id| gym.club.classes.get(*id).unwrap().original.unwrap().to_string())
        .collect();
    assert_eq!(
        originals[1..],
        [
            "2026-02-16 11:00:00",
            "2026-02-23 11:00:00",
            "2026-03-02 11:00:00"
        ]
    );
    assert_eq!(continued(&mut gym), 4);
    assert_eq!(
        gym.move_class(classes[0], Scope::This, "2026-02-03T10:00"),
        "no: started"
    );
}

#[test]
fn moving_a_series_in_place_never_names_two_classes_alike_on_the_way() {
    let mut gym = Gym::new();
    let classes = weekly(&mut gym);
    for start in ["2026-02-09T10:00", "2026-02-02T10:00"] {
        let mut names: std::collections::BTreeMap<_, _> = gym
            .club
            .classes
            .iter()
            .map(|class| (class.id, (class.series, class.original)))
            .collect();
        let events = gym.ok(&Command::MoveClass {
            class: classes[0],
            scope: Scope::All,
            start: civil(start),
            minutes: None,
            room: None,
        });
        for event in events {
            if let Event::ClassRekeyed {
                class,
                series,
                original,
            } = event
            {
                names.insert(class, (Some(series), Some(original)));
                let distinct: std::collections::BTreeSet<_> = names.values().collect();
                assert_eq!(distinct.len(), names.len());
            }
        }
    }
    assert_eq!(
        starts(&gym, &classes),
        ["02-02T10:00", "02-09T10:00", "02-16T10:00", "02-23T10:00"]
    );
    assert_eq!(gym.club.series.len(), 1);
}

#[test]
fn cancelling_what_follows_ends_the_series() {
    let mut gym = Gym::new();
    let ada = gym.member("Ada");
    let classes = weekly(&mut gym);
    gym.book(ada, classes[3]);
    assert_eq!(
        gym.call_off(classes[2], Scope::Following),
        "series changed, class off, class off, Ada club_cancelled"
    );
    assert_eq!(planned(&gym).len(), 2);
    assert_eq!(continued(&mut gym), 0);
    assert_eq!(
        gym.call_off(classes[0], Scope::All),
        "series changed, class off, class off"
    );
    assert_eq!(planned(&gym), [""; 0]);
    let once = gym.class("2026-03-03T10:00", 5);
    assert_eq!(gym.call_off(once, Scope::All), "no: bad_value");
    assert_eq!(gym.call_off(classes[0], Scope::This), "no: class_cancelled");
}

#[test]
fn a_substitute_must_be_free_and_work_there() {
    let mut gym = Gym::new();
    let tom = gym.trainer("Tom");
    let ada = gym.member("Ada");
    let mut offering = gym.offering(5);
    offering.trainer = Some(tom);
    gym.class_of("2026-02-03T11:30", offering);
    let class = gym.class("2026-02-03T11:00", 5);
    gym.book(ada, class);
    let substitute = |trainer| Command::Substitute {
        class,
        scope: Scope::This,
        trainer,
    };
    assert_eq!(gym.tell(&substitute(tom)), "no: taken");
    let una = gym.trainer("Una");
    assert_eq!(gym.tell(&substitute(una)), "class moved");
    assert_eq!(gym.booked(class), "Ada");
}

#[test]
fn the_timetable_is_changed_by_staff() {
    for role in Role::ALL {
        let mut gym = Gym::new();
        let class = gym.class("2026-02-03T11:00", 2);
        let (who, eve) = (gym.staff("Dora", role), gym.user("Eve"));
        assert_eq!(gym.by(eve).call_off(class, Scope::This), "no: not_permitted");
        let told = match role {
            Role::Member => "no: not_permitted",
            Role::Admin | Role::Trainer | Role::FrontDesk => "class off",
        };
        assert_eq!(gym.by(who).call_off(class, Scope::This), told, "{role:?}");
        assert_eq!(gym.club.classes.of(Key::Location(gym.place)).count(), 1);
    }
}

#[test]
fn a_promotion_goes_by_the_new_times_of_all_classes_that_move() {
    let mut gym = Gym::new();
    let [ada, bob] = gym.members(["Ada", "Bob"]);
    let offering = gym.offering(1);
    let classes: [ClassId; 2] = gym.daily("2026-02-02T10:00", offering);
    let errand = gym.class("2026-02-03T10:30", 5);
    assert_eq!(gym.book(ada, classes[0]), "+Ada");
    assert_eq!(gym.join(bob, classes[0]), "Bob waits");
    assert_eq!(gym.book(bob, classes[1]), "+Bob");
    assert_eq!(gym.book(ada, errand), "+Ada");
    // Ada is busy on Tuesday; Bob's class of that day goes to Wednesday with the same command.
    let moved = gym.move_class(classes[0], Scope::All, "2026-02-03T10:00");
    assert!(
        moved.ends_with("Ada club_cancelled, +Bob, Bob promoted"),
        "{moved}"
    );
    assert_eq!(gym.booked(classes[0]), "Bob");
    assert_eq!(gym.booked(classes[1]), "Bob");
}

#[test]
fn a_promotion_counts_what_the_same_command_gave_before() {
    let mut gym = Gym::with(Policy {
        limits: Limits {
            per_day: Some(1),
            ..Limits::default()
        },
        ..Policy::default()
    });
    let [ada, bob, cyd] = gym.members(["Ada", "Bob", "Cyd"]);
    let room = gym.room("Studio", 1);
    let mut offering = gym.offering(5);
    offering.room = Some(room);
    let morning = gym.class_of("2026-02-03T09:00", offering.clone());
    let evening = gym.class_of("2026-02-03T19:00", offering);
    assert_eq!(gym.book(ada, morning), "+Ada");
    assert_eq!(gym.book(cyd, evening), "+Cyd");
    assert_eq!(gym.join(bob, morning), "Bob waits");
    assert_eq!(gym.join(bob, evening), "Bob waits");
    let resized = gym.tell(&Command::ResizeRoom { room, capacity: 2 });
    assert!(
        resized.ends_with("+Bob, Bob promoted, Bob skipped (day_limit)"),
        "{resized}"
    );
    assert_eq!(
        (gym.booked(morning).as_str(), gym.booked(evening).as_str()),
        ("Ada Bob", "Cyd")
    );
}
