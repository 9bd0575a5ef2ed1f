//! What is recorded of a membership, and of all at a location, has one order, whatever the clock says.

use chrono::Duration;
use gym_core::billing::obligation::Obligation;
use gym_core::id::*;
use gym_core::membership::MembershipCommand as C;
use gym_core::membership::freeze::{Compensation, Edit};
use gym_core::membership::link::Bond;
use gym_core::membership::plan::{Shared, Terms};
use gym_core::time::Instant;

use super::{Hall, day, eur, monthly};

fn gift(membership: MembershipId) -> C {
    C::Gift {
        membership,
        from: day("2027-03-10"),
        until: day("2027-03-20"),
        compensation: Compensation::Credit,
    }
}

fn closed(hall: &Hall) -> C {
    C::FreezeAll {
        location: hall.gym.place,
        from: day("2027-03-12"),
        until: Some(day("2027-03-25")),
        compensation: Compensation::Credit,
    }
}

fn at(hall: &mut Hall, now: &str) -> Instant {
    hall.gym.now = now.parse().unwrap();
    hall.gym.now
}

/// The same things, with the same amounts, due on the same days.
fn kept(before: &[Obligation], after: &[Obligation]) -> bool {
    before.iter().all(|it| after.contains(it))
}

fn last(hall: &Hall) -> Edit {
    hall.gym.club.edits.iter().next_back().unwrap().clone()
}

/// Midnight in Berlin is at 23:00 UTC.
const TIMES: [(&str, &str); 3] = [
    ("2027-03-05T12:00:00Z", "2027-03-05T12:00:00Z"),
    ("2027-03-05T12:00:00Z", "2027-03-05T11:59:10Z"),
    ("2027-03-05T23:00:05Z", "2027-03-05T22:59:50Z"),
];

#[test]
fn a_closure_comes_after_what_was_recorded_of_a_membership() {
    for (first, second) in TIMES {
        let (mut hall, id) = Hall::with("2027-03-01", monthly(31_00));
        let then = at(&mut hall, first);
        hall.ok(gift(id));
        let before = hall.owed(id, "2027-03-31");
        at(&mut hall, second);
        let close = closed(&hall);
        hall.ok(close);
        let closure = last(&hall);
        assert_eq!(closure.recorded_at, then + Duration::microseconds(1), "{second}");
        assert_eq!(
            closure.recorded_on,
            hall.gym.club.edits.iter().next().unwrap().recorded_on
        );
        assert!(kept(&before, &hall.owed(id, "2027-03-31")), "{second}");
        // So it is of its end.
        let before = hall.owed(id, "2027-03-31");
        hall.ok(C::EndFreeze {
            edit: closure.id,
            on: day("2027-03-20"),
        });
        let ended = last(&hall).ended.unwrap();
        assert_eq!(ended.recorded_at, then + Duration::microseconds(2));
        assert!(kept(&before, &hall.owed(id, "2027-03-31")), "{second}");
    }
}

#[test]
fn what_is_recorded_of_a_membership_comes_after_a_closure() {
    for (first, second) in TIMES {
        let (mut hall, id) = Hall::with("2027-03-01", monthly(31_00));
        let then = at(&mut hall, first);
        let close = closed(&hall);
        hall.ok(close);
        let before = hall.owed(id, "2027-03-31");
        at(&mut hall, second);
        hall.ok(gift(id));
        assert_eq!(
            last(&hall).recorded_at,
            then + Duration::microseconds(1),
            "{second}"
        );
        assert!(kept(&before, &hall.owed(id, "2027-03-31")), "{second}");
    }
}

#[test]
fn who_goes_along_to_another_plan_does_so_after_a_closure() {
    let shared = Some(Shared {
        included: 1,
        most: 2,
        each_additional: eur(15_50),
    });
    let plan = |price| Terms {
        shared,
        ..monthly(price)
    };
    let (mut hall, id) = Hall::with("2027-03-01", plan(31_00));
    let silver = hall.add_type("Silver", plan(62_00));
    let bob = hall.gym.member("Bob");
    hall.ok(C::Link {
        person: bob,
        bond: Bond::Beneficiary(id),
        from: day("2027-03-01"),
    });
    let then = at(&mut hall, "2027-03-05T12:00:00Z");
    let close = closed(&hall);
    hall.ok(close);
    at(&mut hall, "2027-03-05T11:59:10Z");
    hall.ok(C::Switch {
        membership: id,
        to: silver,
        on: day("2027-03-05"),
    });
    let link = hall.gym.club.links.iter().next_back().unwrap();
    assert_eq!(link.recorded_at, then + Duration::microseconds(1));
}
