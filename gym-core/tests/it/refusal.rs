//! What a refusal says, who may act for whom, and what an override sets aside.

use crate::support::{Gym, instant};
use gym_core::booking::policy::{Bound, Limits, Policy};
use gym_core::booking::refusal::Code;
use gym_core::command::{Book, Command, IfFull};
use gym_core::user::Role;

#[test]
fn a_refusal_lists_every_reason_with_its_facts() {
    let mut gym = Gym::with(Policy {
        opens: Some(Bound::Minutes(60)),
        limits: Limits {
            per_day: Some(1),
            concurrent: Some(1),
            ..Limits::default()
        },
        ..Policy::default()
    });
    let [ada, bob] = gym.members(["Ada", "Bob"]);
    let (first, second) = (gym.class("2026-02-03T11:00", 5), gym.class("2026-02-03T11:30", 1));
    gym.at("2026-02-03T09:30:00Z");
    gym.book(ada, first);
    gym.now = instant("2026-02-03T10:29:00Z");
    gym.at("2026-02-03T09:31:00Z").book(bob, second);
    gym.at("2026-02-03T09:29:00Z");
    let refusal = gym.refused(&Command::Book(Book {
        seats: 9,
        ..Book::one(ada, second)
    }));
    assert_eq!(
        refusal.to_string(),
        "cannot book Spin on Tue 3 Feb 2026 11:30:\n  \
         - booking opens on Tue 3 Feb 2026 10:30\n  \
         - one booking holds 1 to 4 places (9 asked for)\n  \
         - it overlaps Spin, Tue 3 Feb 2026 11:00–12:00\n  \
         - 1 of 1 a day are booked on 2026-02-03\n  \
         - 1 of 1 bookings at one time are open\n  \
         - 9 places asked for, 0 free (1 of 1 taken, 0 kept for others)"
    );
}

#[test]
fn overrides_need_a_role_and_have_limits() {
    let mut gym = Gym::with(Policy {
        opens: Some(Bound::Minutes(60)),
        ..Policy::default()
    });
    let [ada, bob, cyd] = gym.members(["Ada", "Bob", "Cyd"]);
    let class = gym.class("2026-02-03T11:00", 1);
    let desk = gym.staff("Dora", Role::FrontDesk);
    let eve = gym.user("Eve");
    let eve_member = gym.member_of("Eve", Some(eve));
    gym.at("2026-02-01T10:00:00Z");
    let open = [Code::NotYetOpen];
    assert_eq!(
        gym.by(eve).despite(eve_member, class, &open),
        "no: not_yet_open not_permitted"
    );
    assert_eq!(
        gym.by(desk).despite(ada, class, &open),
        "despite not_yet_open, +Ada"
    );
    let both = [Code::NotYetOpen, Code::Full];
    assert_eq!(gym.despite(bob, class, &both), "no: full never_overridden");
    assert_eq!(gym.despite(ada, class, &open), "no: already_booked full");
    let wait = Book {
        if_full: IfFull::Wait,
        overriding: Some(crate::support::overriding(&open)),
        ..Book::one(cyd, class)
    };
    assert_eq!(gym.tell(&Command::Book(wait)), "despite not_yet_open, Cyd waits");
    for code in Code::ALL {
        let never = [
            Code::Full,
            Code::Overlaps,
            Code::AlreadyBooked,
            Code::Taken,
            Code::ClassCancelled,
        ];
        assert!(!(never.contains(code) && code.is_overridable()), "{code}");
    }
}

#[test]
fn an_override_of_the_queue_and_of_its_length_works() {
    let mut gym = Gym::new();
    let mut policy = Policy::default();
    policy.waitlist.max = Some(1);
    gym.set_policy(policy);
    let [ada, bob, cyd, dan] = gym.members(["Ada", "Bob", "Cyd", "Dan"]);
    let class = gym.class("2026-02-03T11:00", 2);
    gym.book(ada, class);
    assert_eq!(gym.party(bob, class, 2, IfFull::Wait), "Bob×2 waits");
    assert_eq!(gym.book(cyd, class), "no: seats_kept");
    assert_eq!(gym.join(cyd, class), "no: waitlist_full seats_kept");
    assert_eq!(
        gym.despite(cyd, class, &[Code::SeatsKept]),
        "despite seats_kept, +Cyd"
    );
    let wait = Book {
        if_full: IfFull::Wait,
        overriding: Some(crate::support::overriding(&[Code::WaitlistFull])),
        ..Book::one(dan, class)
    };
    assert_eq!(gym.tell(&Command::Book(wait)), "despite waitlist_full, Dan waits");
}

#[test]
fn members_act_for_themselves_and_staff_for_others() {
    let mut gym = Gym::new();
    let user = gym.user("Ada");
    let ada = gym.member_of("Ada", Some(user));
    let bob = gym.member("Bob");
    let class = gym.class("2026-02-03T11:00", 5);
    gym.by(user);
    assert_eq!(gym.book(ada, class), "+Ada");
    assert_eq!(gym.book(bob, class), "no: not_permitted");
    assert_eq!(gym.hold(bob, class, 1), "no: not_permitted");
    assert_eq!(gym.cancel(bob, class), "no: not_permitted not_booked");
    assert_eq!(gym.cancel(ada, class), "Ada cancelled");
    let (desk, elsewhere) = (
        gym.by(None).staff("Dora", Role::FrontDesk),
        gym.location("Soho", "Europe/London"),
    );
    gym.by(desk);
    assert_eq!(gym.book(bob, class), "+Bob");
    let mut offering = gym.offering(5);
    offering.location = elsewhere;
    gym.by(None);
    gym.access(bob, elsewhere);
    let there = gym.class_of("2026-02-04T11:00", offering);
    assert_eq!(
        gym.by(desk).book(bob, there),
        "no: not_permitted",
        "the desk of another location"
    );
}

#[test]
fn what_is_not_there_is_said() {
    let mut gym = Gym::new();
    let ada = gym.member("Ada");
    let class = gym.class("2026-02-03T11:00", 5);
    let nobody = gym_core::id::MemberId::new(99).unwrap();
    assert_eq!(gym.book(nobody, class), "no: unknown");
    assert_eq!(
        gym.book(ada, gym_core::id::ClassId::new(99).unwrap()),
        "no: unknown"
    );
    assert_eq!(gym.book(ada, class), "+Ada");
    assert_eq!(gym.book(ada, class), "no: already_booked");
}

#[test]
fn times_off_the_calendar_are_refused() {
    let mut gym = Gym::new();
    let class = gym.class("2026-02-03T11:00", 5);
    let far = [chrono::NaiveDateTime::MAX, chrono::NaiveDateTime::MIN];
    for start in far {
        let offering = gym.offering(5);
        assert!(
            gym.refused(&Command::AddClass { offering, start })
                .has(Code::BadValue)
        );
    }
    for now in [
        chrono::DateTime::<chrono::Utc>::MAX_UTC,
        chrono::DateTime::<chrono::Utc>::MIN_UTC,
    ] {
        gym.now = now;
        assert_eq!(gym.promote(class), "no: bad_value");
    }
}

#[test]
fn rules_by_which_booking_closes_before_it_opens_are_refused() {
    let days = Bound::days_before;
    let minutes = Bound::Minutes;
    for (opens, closes, can) in [
        (minutes(60), minutes(59), true),
        (minutes(60), minutes(60), false),
        (minutes(10), minutes(60), false),
        (days(7, 8, 0), days(1, 20, 0), true),
        (days(1, 8, 0), days(1, 20, 0), true),
        (days(1, 20, 0), days(1, 20, 0), false),
        (days(0, 8, 0), days(1, 8, 0), false),
        (days(1, 8, 0), minutes(2 * 1440), true),
        (days(1, 8, 0), minutes(9 * 1440), false),
        (minutes(2 * 1440), days(2, 8, 0), true),
        (minutes(2 * 1440), days(9, 8, 0), false),
    ] {
        let policy = Policy {
            opens: Some(opens),
            closes,
            ..Policy::default()
        };
        let wrong = policy.check().err().map(|wrong| wrong.to_string());
        let told = format!("policy opens: {opens} is not accepted; expected a time before `closes`");
        assert_eq!(wrong, (!can).then_some(told));
    }
}
