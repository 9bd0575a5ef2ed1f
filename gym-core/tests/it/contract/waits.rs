//! Days that memberships get back let their members in where they wait.

use gym_core::booking::refusal::Code;
use gym_core::command::Command;
use gym_core::entitlement::{Terms, Validity};
use gym_core::id::*;
use gym_core::membership::MembershipCommand as C;
use gym_core::membership::freeze::Compensation;
use gym_core::membership::plan::Reach;

use super::cover::{hall, plan, weekly};
use super::{Hall, day, freeze};
use crate::support::lots::year;
use crate::support::skipped_for;

/// Has Ada wait for a class on a day that her membership loses, and whose seat goes to nobody; then she gets the day back.
fn check(rest: impl Fn(&Hall, MembershipId) -> C) {
    let (mut hall, id, ada) = hall(plan());
    let bea = hall.gym.member("Bea");
    let validity = Validity::Days {
        from: day("2027-01-01"),
        until: None,
    };
    hall.gym.sell(bea, Terms { validity, ..year(3) });
    let class = hall.gym.class("2027-03-12T10:00", 1);
    assert_eq!(hall.gym.book(bea, class), "+Bea");
    assert_eq!(hall.gym.join(ada, class), "Ada waits");
    let rest = rest(&hall, id);
    hall.ok(rest);
    let edit = hall.gym.club.edits.iter().next_back().unwrap().id;
    let events = hall.gym.ok(&Command::Cancel { class, member: bea });
    assert!(skipped_for(&events, Code::Uncovered), "{events:?}");
    let on = day("2027-03-08");
    hall.ok(C::EndFreeze { edit, on });
    assert_eq!(hall.gym.booked(class), "");
    hall.gym.follow();
    assert_eq!(hall.gym.booked(class), "Ada");
}

#[test]
fn a_freeze_that_ends_early() {
    check(|_, id| freeze(id, "2027-03-05", Some("2027-03-20")));
    check(|hall, _| C::FreezeAll {
        location: hall.gym.place,
        from: day("2027-03-05"),
        until: Some(day("2027-03-20")),
        compensation: Compensation::Extend,
    });
}

#[test]
fn a_plan_that_allows_more() {
    for (reach, booked) in [(Reach::Sales, ""), (Reach::Running, "Ada")] {
        let (mut hall, _, ada) = hall(weekly(1));
        let kind = hall.gym.club.membership_types.iter().next().unwrap().id;
        let bea = hall.gym.member("Bea");
        let validity = Validity::Days {
            from: day("2027-01-01"),
            until: None,
        };
        hall.gym.sell(bea, Terms { validity, ..year(3) });
        let [first, wanted] = ["2027-03-17T10:00", "2027-03-18T10:00"].map(|at| hall.gym.class(at, 1));
        assert_eq!(hall.gym.book(bea, wanted), "+Bea");
        assert_eq!(hall.gym.join(ada, wanted), "Ada waits");
        assert_eq!(hall.gym.book(ada, first), "+Ada");
        let events = hall.gym.ok(&Command::Cancel {
            class: wanted,
            member: bea,
        });
        assert!(skipped_for(&events, Code::Uncovered), "{events:?}");
        hall.ok(C::Revise {
            of: kind,
            from: day("2027-03-10"),
            reach,
            terms: Box::new(weekly(2)),
        });
        hall.gym.follow();
        assert_eq!(hall.gym.booked(wanted), booked, "{reach:?}");
    }
}
