//! Cancelling, checking in, being absent, and what follows.

use crate::support::{Gym, overriding};
use gym_core::booking::policy::{PenaltyRules, Policy};
use gym_core::booking::refusal::Code;
use gym_core::command::{Command, Scope};
use gym_core::id::{ClassId, MemberId};
use gym_core::user::Role;

fn strict(waivers: u32, strikes: u32) -> Policy {
    Policy {
        penalties: PenaltyRules {
            waivers,
            waiver_window_days: 10,
            strikes,
            strike_window_days: 20,
            ban_days: 5,
            ..PenaltyRules::default()
        },
        ..Policy::default()
    }
}

#[test]
fn cancelling_is_free_until_the_minute() {
    let check = |now, expected: &str| {
        let mut gym = Gym::new();
        let ada = gym.member("Ada");
        let class = gym.class("2026-02-03T11:00", 5);
        gym.book(ada, class);
        assert_eq!(gym.at(now).cancel(ada, class), expected, "at {now}");
    };
    check("2026-02-02T22:00:00Z", "Ada cancelled");
    check("2026-02-02T22:00:01Z", "Ada late_cancelled, Ada late waived");
    check("2026-02-03T09:59:59Z", "Ada late_cancelled, Ada late waived");
    check("2026-02-03T10:00:00Z", "no: started");
    check("2025-01-01T10:00:00Z", "Ada cancelled");
}

#[test]
fn penalties_are_waived_then_strikes_then_a_ban() {
    let mut gym = Gym::with(strict(1, 2));
    let ada = gym.member("Ada");
    let mut cancel = |day: u32, expected: &str| {
        let class = gym.class(&format!("2026-02-{day:02}T11:00"), 5);
        gym.at(&format!("2026-02-{day:02}T08:00:00Z"));
        let booked = gym.book(ada, class);
        let told = format!("{booked}: {}", gym.cancel(ada, class));
        assert_eq!(told, expected, "on day {day}");
    };
    cancel(2, "+Ada: Ada late_cancelled, Ada late waived");
    cancel(3, "+Ada: Ada late_cancelled, Ada late");
    // The window of the waiver has passed.
    cancel(13, "+Ada: Ada late_cancelled, Ada late waived");
    cancel(14, "+Ada: Ada late_cancelled, Ada late, Ada banned");
    cancel(16, "no: banned: no: not_booked");
}

#[test]
fn a_ban_ends_at_its_hour() {
    let mut gym = Gym::with(strict(0, 1));
    let ada = gym.member("Ada");
    let (first, later) = (gym.class("2026-02-03T11:00", 5), gym.class("2026-02-20T11:00", 5));
    gym.book(ada, first);
    assert_eq!(
        gym.at("2026-02-03T08:00:00Z").cancel(ada, first),
        "Ada late_cancelled, Ada late, Ada banned"
    );
    assert_eq!(gym.book(ada, later), "no: banned | from 02-08 08:00");
    assert_eq!(
        gym.at("2026-02-08T07:59:59Z").book(ada, later),
        "no: banned | from 02-08 08:00"
    );
    assert_eq!(gym.at("2026-02-08T08:00:00Z").book(ada, later), "+Ada");
}

#[test]
fn the_clubs_own_cancellation_restores_everything() {
    let mut policy = strict(1, 1);
    policy.limits.per_day = Some(1);
    let mut gym = Gym::with(policy);
    let [ada, bob, cyd] = gym.members(["Ada", "Bob", "Cyd"]);
    let (first, second) = (gym.class("2026-02-03T11:00", 1), gym.class("2026-02-04T11:00", 5));
    let evening = gym.class("2026-02-03T18:00", 5);
    gym.book(ada, first);
    gym.at("2026-02-03T08:00:00Z");
    assert_eq!(gym.cancel(ada, first), "Ada late_cancelled, Ada late waived");
    gym.book(bob, first);
    assert_eq!(gym.join(cyd, first), "Cyd waits");
    assert_eq!(gym.book(ada, evening), "no: day_limit");
    assert_eq!(
        gym.call_off(first, Scope::This),
        "class off, Bob club_cancelled, Ada club_cancelled, Cyd ended, Ada forgiven"
    );
    assert_eq!(
        gym.book(ada, evening),
        "+Ada",
        "what did not take place does not count"
    );
    assert_eq!(gym.book(bob, evening), "+Bob");
    assert_eq!(gym.book(bob, first), "no: class_cancelled day_limit");
    gym.book(ada, second);
    gym.at("2026-02-04T08:00:00Z");
    assert_eq!(
        gym.cancel(ada, second),
        "Ada late_cancelled, Ada late waived",
        "the waiver came back"
    );
    let third = gym.class("2026-02-05T11:00", 5);
    gym.book(ada, third);
    gym.at("2026-02-05T08:00:00Z");
    assert_eq!(gym.cancel(ada, third), "Ada late_cancelled, Ada late, Ada banned");
    assert_eq!(
        gym.call_off(third, Scope::This),
        "class off, Ada club_cancelled, Ada forgiven, Ada unbanned"
    );
}

#[test]
fn check_in_has_a_window() {
    let check = |now, expected: &str| {
        let mut gym = Gym::new();
        let ada = gym.member("Ada");
        let class = gym.class("2026-02-03T11:00", 5);
        gym.book(ada, class);
        assert_eq!(gym.at(now).check_in(ada, class), expected, "at {now}");
    };
    check("2026-02-03T08:59:59Z", "no: too_early");
    check("2026-02-03T09:00:00Z", "Ada attended");
    check("2026-02-03T10:15:00Z", "Ada attended");
    check("2026-02-03T10:15:01Z", "no: too_late");
}

#[test]
fn who_was_absent_is_marked_and_may_turn_out_to_have_come() {
    let mut gym = Gym::with(strict(0, 1));
    let [ada, bob] = gym.members(["Ada", "Bob"]);
    let class = gym.class("2026-02-03T11:00", 5);
    gym.book(ada, class);
    gym.book(bob, class);
    assert_eq!(
        gym.at("2026-02-03T10:00:00Z").check_in(ada, class),
        "Ada attended"
    );
    assert_eq!(gym.check_in(ada, class), "no: not_booked");
    assert_eq!(gym.no_show(None, class), "no: too_early");
    gym.at("2026-02-03T11:00:00Z");
    assert_eq!(gym.no_show(ada, class), "no: nothing_to_do");
    assert_eq!(gym.no_show(None, class), "Bob no_show, Bob no_show, Bob banned");
    assert_eq!(gym.no_show(None, class), "no: nothing_to_do");
    assert_eq!(gym.cancel(bob, class), "no: started not_booked");
    assert_eq!(gym.check_in(bob, class), "no: too_late");
    assert_eq!(
        gym.tell(&late(bob, class, &[Code::TooLate])),
        "despite too_late, Bob attended, Bob forgiven, Bob unbanned"
    );
}

fn late(member: MemberId, class: ClassId, rules: &[Code]) -> Command {
    Command::CheckIn {
        class,
        member,
        overriding: Some(overriding(rules)),
    }
}

#[test]
fn who_was_absent_cannot_clear_that_by_themselves() {
    let mut gym = Gym::with(strict(0, 1));
    let user = gym.user("Ada");
    let ada = gym.member_of("Ada", Some(user));
    let desk = gym.staff("Dora", Role::FrontDesk);
    let class = gym.class("2026-02-03T11:00", 5);
    gym.book(ada, class);
    gym.at("2026-02-03T11:00:00Z").no_show(None, class);
    let despite = late(ada, class, &[Code::TooLate]);
    for now in ["2026-02-03T11:00:01Z", "2026-02-04T11:00:00Z"] {
        assert_eq!(
            gym.at(now).by(user).check_in(ada, class),
            "no: too_late",
            "at {now}"
        );
        assert_eq!(gym.tell(&despite), "no: too_late not_permitted", "at {now}");
    }
    assert_eq!(
        gym.by(desk).tell(&despite),
        "despite too_late, Ada attended, Ada forgiven, Ada unbanned"
    );
}

#[test]
fn a_late_check_in_meets_the_lock_too() {
    let mut gym = Gym::new();
    let ada = gym.member("Ada");
    let class = gym.class("2026-02-03T11:00", 5);
    gym.book(ada, class);
    gym.at("2026-02-05T11:00:00Z");
    assert_eq!(gym.check_in(ada, class), "no: too_late attendance_locked");
    assert_eq!(
        gym.tell(&late(ada, class, &[Code::TooLate])),
        "no: attendance_locked"
    );
    assert_eq!(
        gym.tell(&late(ada, class, &[Code::TooLate, Code::AttendanceLocked])),
        "despite too_late attendance_locked, Ada attended"
    );
}

#[test]
fn a_clock_that_is_put_back_voids_no_ban_and_no_strike() {
    let mut gym = Gym::with(strict(0, 2));
    let ada = gym.member("Ada");
    let classes = [3, 4].map(|day| gym.class(&format!("2026-02-{day:02}T11:00"), 5));
    let later = gym.class("2026-02-20T11:00", 5);
    for class in classes {
        gym.book(ada, class);
    }
    assert_eq!(
        gym.at("2026-02-04T08:00:30Z").cancel(ada, classes[1]),
        "Ada late_cancelled, Ada late"
    );
    assert_eq!(
        gym.at("2026-02-03T08:00:30Z").cancel(ada, classes[0]),
        "Ada late_cancelled, Ada late, Ada banned"
    );
    assert_eq!(
        gym.at("2026-02-03T08:00:00Z").book(ada, later),
        "no: banned | from 02-08 08:00"
    );
}

#[test]
fn who_is_elsewhere_meanwhile_did_not_come_after_all() {
    let mut gym = Gym::new();
    let [ada, bob] = gym.members(["Ada", "Bob"]);
    let (class, other) = (gym.class("2026-02-03T11:00", 1), gym.class("2026-02-03T11:30", 5));
    gym.book(ada, class);
    gym.at("2026-02-03T11:00:00Z").no_show(None, class);
    // The clock goes back, and what was free is booked.
    gym.at("2026-02-03T08:00:00Z");
    assert_eq!(gym.book(ada, other), "+Ada");
    assert_eq!(gym.book(bob, class), "+Bob");
    assert_eq!(
        gym.at("2026-02-03T11:00:00Z").check_in(ada, class),
        "no: too_late overlaps full"
    );
}

#[test]
fn attendance_is_locked_after_some_hours() {
    let mut gym = Gym::new();
    let ada = gym.member("Ada");
    let class = gym.class("2026-02-03T11:00", 5);
    gym.book(ada, class);
    let desk = gym.staff("Dora", Role::FrontDesk);
    let eve = gym.user("Eve");
    gym.at("2026-02-05T11:00:00Z");
    assert_eq!(gym.no_show(None, class), "no: attendance_locked");
    let despite = Command::MarkNoShow {
        class,
        member: None,
        overriding: Some(overriding(&[Code::AttendanceLocked])),
    };
    assert_eq!(
        gym.by(eve).tell(&despite),
        "no: not_permitted attendance_locked not_permitted"
    );
    assert_eq!(
        gym.by(desk).tell(&despite),
        "despite attendance_locked, Ada no_show, Ada no_show waived"
    );
    assert_eq!(gym.check_in(ada, class), "no: too_late attendance_locked");
}

#[test]
fn nobody_is_absent_before_the_start() {
    let mut gym = Gym::new();
    let [ada, bob] = gym.members(["Ada", "Bob"]);
    let class = gym.class("2026-02-03T11:00", 1);
    gym.book(ada, class);
    gym.join(bob, class);
    let early = |gym: &mut Gym| {
        gym.tell(&Command::MarkNoShow {
            class,
            member: None,
            overriding: Some(overriding(&[Code::TooEarly])),
        })
    };
    assert_eq!(early(gym.at("2026-02-03T09:59:59Z")), "no: too_early");
    assert_eq!(
        early(gym.at("2026-02-03T10:00:00Z")),
        "despite too_early, Ada no_show, Ada no_show waived"
    );
}
