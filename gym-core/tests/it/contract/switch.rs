//! How a membership goes on with another plan.

use gym_core::membership::plan::Terms;
use gym_core::membership::{MembershipCommand as C, Objection};

use super::{Hall, day, days, eur, monthly, months};

#[test]
fn another_plan_takes_the_place_and_unused_days_are_credited() {
    let (mut hall, id) = Hall::with(
        "2027-03-01",
        Terms {
            joining: Some(eur(9_00)),
            ..monthly(31_00)
        },
    );
    let silver = hall.add_type(
        "Silver",
        Terms {
            joining: Some(eur(9_00)),
            ..monthly(62_00)
        },
    );
    hall.on("2027-03-11");
    hall.ok(C::Switch {
        membership: id,
        to: silver,
        on: day("2027-03-16"),
    });
    let next = hall.gym.club.memberships.iter().next_back().unwrap().id;
    assert_eq!(hall.gym.club.memberships.get(next).unwrap().follows, Some(id));
    assert_eq!(
        hall.bill(id, "2027-12-31"),
        [
            "2027-03-01 fee 3100",
            "2027-03-01 joining 900",
            "2027-03-11 switch -1600"
        ]
    );
    assert_eq!(
        hall.bill(next, "2027-04-30"),
        ["2027-03-16 fee 6200", "2027-04-16 fee 6200"],
        "no joining twice"
    );
    let of = hall.gym.club.memberships.get(next).unwrap().of;
    let same = hall.objections(C::Switch {
        membership: next,
        to: of,
        on: day("2027-04-01"),
    });
    assert_eq!(same, [Objection::SamePlan { of }]);
}

#[test]
fn a_plan_may_become_dearer_at_once_and_cheaper_after_the_commitment() {
    let (mut hall, id) = Hall::with(
        "2027-01-01",
        Terms {
            commitment: Some(months(6)),
            ..monthly(50_00)
        },
    );
    let cheap = hall.add_type("Bronze", monthly(49_99));
    let dear = hall.add_type(
        "Platinum",
        Terms {
            cycle: days(28),
            ..monthly(46_70)
        },
    );
    let switch = |to, on| C::Switch {
        membership: id,
        to,
        on: day(on),
    };
    assert_eq!(
        hall.objections(switch(cheap, "2027-06-30")),
        [Objection::CheaperWhileCommitted {
            from: eur(50_00),
            to: eur(49_99),
            committed: day("2027-07-01")
        }]
    );
    assert!(hall.clone().run(switch(cheap, "2027-07-01")).is_ok());
    assert!(
        hall.run(switch(dear, "2027-06-01")).is_ok(),
        "28 days for 46.70 cost more than 30 for 50"
    );
}
