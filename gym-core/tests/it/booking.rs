//! Who may book when, and what a refusal says.

use crate::support::Gym;
use crate::support::lots::year;
use chrono::Weekday;
use gym_core::booking::policy::{Bound, Channel, Limits, Policy};
use gym_core::booking::refusal::{Code, Reason};
use gym_core::command::{Book, Command, IfFull};

/// Books at each time of a table and compares what happens, each time in the same club.
fn check(policy: Policy, class: &str, table: &[(&str, &str)]) {
    let mut gym = Gym::with(policy);
    let (ada, class) = (gym.member("Ada"), gym.class(class, 10));
    for (now, expected) in table {
        let mut gym = gym.clone();
        assert_eq!(gym.at(now).book(ada, class), *expected, "at {now}");
    }
}

#[test]
fn booking_opens_civil_days_before() {
    // The clocks of Berlin go forward on 29 March: eight o'clock stays eight o'clock.
    let opens = |days| Policy {
        opens: Some(Bound::days_before(days, 8, 0)),
        ..Policy::default()
    };
    check(
        opens(7),
        "2026-03-31T18:00",
        &[
            ("2026-03-24T06:59:59Z", "no: not_yet_open | from 03-24 07:00"),
            ("2026-03-24T07:00:00Z", "+Ada"),
        ],
    );
    check(
        opens(1),
        "2026-03-29T18:00",
        &[
            ("2026-03-28T06:59:59Z", "no: not_yet_open | from 03-28 07:00"),
            ("2026-03-28T07:00:00Z", "+Ada"),
        ],
    );
    check(
        opens(0),
        "2026-03-29T18:00",
        &[
            ("2026-03-29T05:59:59Z", "no: not_yet_open | from 03-29 06:00"),
            ("2026-03-29T06:00:00Z", "+Ada"),
        ],
    );
}

#[test]
fn booking_opens_and_closes_elapsed_minutes_before() {
    // 24 hours before 18:00 on the day that has 23 hours is 17:00 the day before.
    let policy = Policy {
        opens: Some(Bound::Minutes(24 * 60)),
        closes: Bound::Minutes(90),
        ..Policy::default()
    };
    check(
        policy,
        "2026-03-29T18:00",
        &[
            ("2026-03-28T15:59:59Z", "no: not_yet_open | from 03-28 16:00"),
            ("2026-03-28T16:00:00Z", "+Ada"),
            ("2026-03-29T14:29:59Z", "+Ada"),
            ("2026-03-29T14:30:00Z", "no: closed"),
            ("2026-03-29T16:00:00Z", "no: started"),
        ],
    );
}

#[test]
fn the_first_needs_more_notice_than_those_who_join() {
    let mut gym = Gym::with(Policy {
        notice_to_open_minutes: 120,
        notice_to_join_minutes: 30,
        ..Policy::default()
    });
    let [ada, bob] = gym.members(["Ada", "Bob"]);
    let class = gym.class("2026-02-03T11:00", 5);
    let mut late = gym.clone();
    assert_eq!(
        late.at("2026-02-03T08:00:01Z").book(ada, class),
        "no: notice_to_open"
    );
    assert_eq!(gym.at("2026-02-03T08:00:00Z").book(ada, class), "+Ada");
    assert_eq!(
        gym.at("2026-02-03T09:30:01Z").book(bob, class),
        "no: notice_to_join"
    );
    assert_eq!(gym.at("2026-02-03T09:30:00Z").book(bob, class), "+Bob");
}

#[test]
fn limits_count_civil_days_and_weeks() {
    let mut gym = Gym::with(Policy {
        limits: Limits {
            per_day: Some(1),
            per_week: Some(2),
            per_programme_week: [("yoga".to_owned(), 1)].into(),
            week_starts: Weekday::Sun,
            ..Limits::default()
        },
        ..Policy::default()
    });
    let ada = gym.member("Ada");
    let yoga = |gym: &mut Gym, start| {
        let mut offering = gym.offering(5);
        offering.programme = "yoga".to_owned();
        gym.class_of(start, offering)
    };
    let saturday = gym.class("2026-02-07T10:00", 5);
    let sunday = yoga(&mut gym, "2026-02-08T10:00");
    let evening = gym.class("2026-02-08T18:00", 5);
    let monday = yoga(&mut gym, "2026-02-09T10:00");
    let tuesday = gym.class("2026-02-10T10:00", 5);
    let wednesday = gym.class("2026-02-11T10:00", 5);
    assert_eq!(gym.book(ada, sunday), "+Ada");
    assert_eq!(gym.book(ada, saturday), "+Ada", "the week before");
    assert_eq!(gym.book(ada, evening), "no: day_limit");
    assert_eq!(gym.book(ada, monday), "no: programme_limit");
    assert_eq!(gym.book(ada, tuesday), "+Ada");
    let refusal = gym.refused(&Command::Book(Book::one(ada, wednesday)));
    let week = "2026-02-08".parse().unwrap();
    assert_eq!(
        refusal.reasons,
        [Reason::WeekLimit {
            limit: 2,
            booked: 2,
            week
        }]
    );
    assert_eq!(gym.cancel(ada, tuesday), "Ada cancelled");
    assert_eq!(gym.book(ada, wednesday), "+Ada");
}

#[test]
fn late_cancels_count_where_the_policy_says_so() {
    for (counts, expected) in [(true, "no: day_limit"), (false, "+Ada")] {
        let mut gym = Gym::with(Policy {
            limits: Limits {
                per_day: Some(1),
                late_cancels_count: counts,
                ..Limits::default()
            },
            ..Policy::default()
        });
        let ada = gym.member("Ada");
        let (early, late) = (gym.class("2026-02-07T10:00", 5), gym.class("2026-02-07T18:00", 5));
        gym.book(ada, early);
        assert_eq!(
            gym.at("2026-02-07T08:00:00Z").cancel(ada, early),
            "Ada late_cancelled, Ada late waived"
        );
        assert_eq!(gym.book(ada, late), expected);
    }
}

#[test]
fn a_limit_at_one_time_counts_what_is_to_come() {
    let mut gym = Gym::with(Policy {
        limits: Limits {
            concurrent: Some(1),
            ..Limits::default()
        },
        ..Policy::default()
    });
    let ada = gym.member("Ada");
    let (first, second) = (gym.class("2026-02-07T10:00", 5), gym.class("2026-02-09T10:00", 5));
    assert_eq!(gym.book(ada, first), "+Ada");
    assert_eq!(gym.book(ada, second), "no: concurrent_limit");
    assert_eq!(
        gym.at("2026-02-07T09:59:00Z").book(ada, second),
        "no: concurrent_limit"
    );
    assert_eq!(gym.at("2026-02-07T10:00:00Z").book(ada, second), "+Ada");
}

#[test]
fn waiting_counts_as_booking_where_the_policy_says_so() {
    let mut gym = Gym::with(Policy {
        limits: Limits {
            per_programme_week: [("cycling".to_owned(), 1)].into(),
            waiting_counts: true,
            ..Limits::default()
        },
        ..Policy::default()
    });
    let [ada, bob] = gym.members(["Ada", "Bob"]);
    let (full, other) = (gym.class("2026-02-07T10:00", 1), gym.class("2026-02-06T10:00", 5));
    gym.book(bob, full);
    assert_eq!(gym.join(ada, full), "Ada waits");
    assert_eq!(gym.book(ada, other), "no: programme_limit");
}

#[test]
fn the_capacity_is_the_least_of_class_room_units_and_channel() {
    let table = [(3, 9, 9, 3), (9, 2, 9, 2), (9, 9, 1, 1), (9, 9, 9, 9)];
    for (class, room, units, expected) in table {
        let mut gym = Gym::new();
        let mut offering = gym.offering(class);
        offering.room = Some(gym.room("Studio", room));
        offering.equipment = Some(gym.equipment("bike", units));
        let id = gym.class_of("2026-02-03T11:00", offering);
        for n in 0..expected {
            let member = gym.member("M");
            assert_eq!(gym.book(member, id), "+M", "{n} of {expected}");
        }
        let member = gym.member("Zoe");
        assert_eq!(gym.book(member, id), "no: full | wait 1");
    }
    let mut gym = Gym::with(Policy {
        channels: [(Channel::Aggregator, 1)].into(),
        ..Policy::default()
    });
    let [ada, bob] = gym.members(["Ada", "Bob"]);
    let id = gym.class("2026-02-03T11:00", 5);
    assert_eq!(gym.through(ada, id, Channel::Aggregator), "+Ada");
    assert_eq!(
        gym.through(bob, id, Channel::Aggregator),
        "no: channel_full | wait 1"
    );
    assert_eq!(gym.through(bob, id, Channel::Online), "+Bob");
}

#[test]
fn a_member_is_in_one_place_at_a_time() {
    let mut gym = Gym::new();
    let london = gym.location("Soho", "Europe/London");
    let ada = gym.member("Ada");
    let here = gym.class("2026-02-03T11:00", 5);
    let mut offering = gym.offering(5);
    offering.location = london;
    // 10:30 in London is 11:30 in Berlin.
    let there = gym.class_of("2026-02-03T10:30", offering.clone());
    let after = gym.class_of("2026-02-03T11:00", offering);
    assert_eq!(gym.book(ada, there), "no: no_access");
    gym.access(ada, london);
    assert_eq!(gym.book(ada, here), "+Ada");
    assert_eq!(gym.book(ada, there), "no: overlaps");
    assert_eq!(gym.book(ada, after), "+Ada", "touching is not overlap");
    let trainer = gym.trainer("Tom");
    let session = |start| gym.session(trainer, ada, start);
    let (during, before) = (session("2026-02-03T11:30"), session("2026-02-03T10:00"));
    assert!(gym.refused(&during).has(Code::Overlaps));
    gym.ok(&before);
}

#[test]
fn holds_keep_seats_until_the_clock_that_is_given() {
    let mut gym = Gym::new();
    let [ada, bob, cyd] = gym.members(["Ada", "Bob", "Cyd"]);
    let class = gym.class("2026-02-03T11:00", 1);
    assert_eq!(gym.at("2026-02-01T10:00:00Z").hold(ada, class, 1), "Ada held");
    assert_eq!(
        gym.at("2026-02-01T10:09:59Z").book(bob, class),
        "no: full | wait 1"
    );
    assert_eq!(gym.hold(cyd, class, 1), "no: full | wait 1");
    let mut own = gym.clone();
    assert_eq!(own.book(ada, class), "Ada let go, +Ada");
    assert_eq!(
        gym.at("2026-02-01T10:10:00Z").book(bob, class),
        "Ada let go, +Bob"
    );
    assert!(gym.club.holds.iter().all(|hold| hold.ended));
    let release = Command::ReleaseHold { class, member: ada };
    assert_eq!(gym.tell(&release), "no: nothing_to_do");
}

#[test]
fn what_a_hold_keeps_beyond_a_booking_goes_to_those_who_wait() {
    let mut gym = Gym::new();
    let [ada, bob] = gym.members(["Ada", "Bob"]);
    let class = gym.class("2026-02-03T11:00", 2);
    assert_eq!(gym.hold(ada, class, 2), "Ada×2 held");
    assert_eq!(gym.join(bob, class), "Bob waits");
    assert_eq!(
        gym.hold(ada, class, 2),
        "Ada let go, Ada×2 held",
        "a hold is replaced"
    );
    let mut smaller = gym.clone();
    assert_eq!(
        smaller.hold(ada, class, 1),
        "Ada let go, Ada held, +Bob, Bob promoted"
    );
    assert_eq!(gym.book(ada, class), "Ada let go, +Ada, +Bob, Bob promoted");
}

#[test]
fn parties_take_as_many_seats_as_they_are() {
    let mut gym = Gym::new();
    let [ada, bob, cyd] = gym.members(["Ada", "Bob", "Cyd"]);
    let class = gym.class("2026-02-03T11:00", 5);
    let party = |gym: &mut Gym, member, seats| gym.party(member, class, seats, IfFull::Refuse);
    assert_eq!(party(&mut gym, ada, 0), "no: bad_value");
    assert_eq!(party(&mut gym, ada, 5), "no: party_size | 4 seats");
    assert_eq!(party(&mut gym, ada, 4), "+Ada×4");
    assert_eq!(party(&mut gym, bob, 3), "no: full | 1 seats, wait 1");
    assert_eq!(party(&mut gym, bob, 5), "no: party_size full | 1 seats");
    assert_eq!(party(&mut gym, bob, 1), "+Bob");
    assert_eq!(party(&mut gym, cyd, 6), "no: party_size full");
}

#[test]
fn a_party_of_any_size_is_answered_at_once() {
    let mut gym = Gym::entitled(Policy::default());
    let [ada, bob] = gym.members(["Ada", "Bob"]);
    gym.sell(bob, year(3));
    gym.at("2026-02-01T10:00:00Z");
    let class = gym.class("2026-02-03T11:00", 5);
    for member in [ada, bob] {
        for seats in [1_000_000_000, u32::MAX] {
            let told = gym.party(member, class, seats, IfFull::Wait);
            assert!(told.starts_with("no: party_size uncovered full"), "{told}");
            assert!(
                gym.hold(member, class, seats)
                    .starts_with("no: party_size uncovered full")
            );
        }
    }
    let refusal = gym.refused(&Command::SetPolicy {
        location: None,
        policy: Policy {
            party_max: 10_001,
            ..Policy::default()
        },
    });
    assert!(refusal.to_string().contains("party_max: 10001"), "{refusal}");
}

#[test]
fn no_seats_are_no_booking_whoever_asks() {
    let mut gym = Gym::new();
    let ada = gym.member("Ada");
    let class = gym.class("2026-02-03T11:00", 5);
    let none = |rules: &[Code]| {
        Command::Book(Book {
            seats: 0,
            overriding: (!rules.is_empty()).then(|| crate::support::overriding(rules)),
            ..Book::one(ada, class)
        })
    };
    assert_eq!(gym.tell(&none(&[])), "no: bad_value");
    assert_eq!(gym.tell(&none(&[Code::PartySize])), "no: bad_value");
    assert_eq!(
        gym.tell(&none(&[Code::BadValue])),
        "no: bad_value never_overridden"
    );
    assert_eq!(gym.hold(ada, class, 0), "no: bad_value");
}

#[test]
fn staff_may_what_their_role_of_today_allows() {
    let mut gym = Gym::new();
    let (ada, class) = (gym.member("Ada"), gym.class("2026-02-10T11:00", 5));
    let mut dora = |from: &str, until: Option<&str>| {
        let user = gym.user("Dora");
        gym.ok(&Command::GrantRole {
            user,
            role: gym_core::user::Role::FrontDesk,
            location: Some(gym.place),
            from: from.parse().unwrap(),
            until: until.map(|day| day.parse().unwrap()),
        });
        user
    };
    let leaving = dora("2026-01-01", Some("2026-02-05"));
    let coming = dora("2026-02-06", None);
    gym.at("2026-02-05T10:00:00Z");
    assert_eq!(gym.by(coming).book(ada, class), "no: not_permitted");
    assert_eq!(gym.by(leaving).book(ada, class), "+Ada");
    gym.at("2026-02-06T10:00:00Z");
    assert_eq!(gym.by(leaving).cancel(ada, class), "no: not_permitted");
    assert_eq!(gym.by(coming).cancel(ada, class), "Ada cancelled");
}
