//! What becomes of bookings beyond an allowance that a new version of a plan lowers.

use gym_core::membership::MembershipCommand as C;
use gym_core::membership::plan::{Reach, Terms};

use super::cover::{hall, weekly};
use super::{Hall, day};
use crate::support::lots::year;

fn revise(hall: &mut Hall, reach: Reach, from: &str, terms: Terms) {
    let of = hall.gym.club.membership_types.iter().next_back().unwrap().id;
    let (from, terms) = (day(from), Box::new(terms));
    hall.ok(C::Revise {
        of,
        from,
        reach,
        terms,
    });
}

/// Three a week from Monday, 1 March; one a week from the 10th, which is in the second week.
#[test]
fn what_a_lower_allowance_leaves_uncovered_is_cancelled_from_the_cycle_on_that_has_it() {
    for (reach, third) in [
        (Reach::Running, "Ada,,"),
        (Reach::Renewals, "Ada,,"),
        (Reach::Sales, "Ada,Ada,Ada"),
    ] {
        let (mut hall, _, ada) = hall(weekly(3));
        let weeks = [["08", "09", "12"], ["16", "17", "18"]];
        let weeks = weeks.map(|days| days.map(|it| hall.gym.on(&format!("2027-03-{it}"))));
        for class in weeks.iter().flatten() {
            assert_eq!(hall.gym.book(ada, *class), "+Ada");
        }
        revise(&mut hall, reach, "2027-03-10", weekly(1));
        let told = weeks.map(|week| week.map(|class| hall.gym.booked(class)).join(","));
        assert_eq!(told, ["Ada,Ada,Ada", third], "{reach:?}");
        let kept = if third == "Ada,," { 4 } else { 6 };
        assert_eq!(hall.gym.uses().split(", ").count(), kept, "{reach:?}");
    }
}

#[test]
fn a_pass_covers_what_a_lower_allowance_does_not_and_a_higher_one_changes_nothing() {
    let (mut hall, _, ada) = hall(weekly(2));
    let classes = ["2027-03-16", "2027-03-17"].map(|on| hall.gym.on(on));
    for class in classes {
        assert_eq!(hall.gym.book(ada, class), "+Ada");
    }
    revise(&mut hall, Reach::Running, "2027-03-05", weekly(5));
    assert_eq!(hall.gym.uses(), "03-16 lot 1, 03-17 lot 1");
    let validity = gym_core::entitlement::Validity::Days {
        from: day("2027-01-01"),
        until: None,
    };
    hall.gym
        .sell(ada, gym_core::entitlement::Terms { validity, ..year(1) });
    revise(&mut hall, Reach::Running, "2027-03-10", weekly(1));
    for class in classes {
        assert_eq!(hall.gym.booked(class), "Ada");
    }
    assert!(hall.gym.uses().contains("lot 2"), "{}", hall.gym.uses());
}
