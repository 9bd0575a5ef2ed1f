//! Days on which a membership was used cannot be frozen, by nobody and not afterwards.

use gym_core::check_in::Opened;
use gym_core::entitlement::{DoorRight, Validity};
use gym_core::membership::link::Bond;
use gym_core::membership::plan::{Shared, Terms};
use gym_core::membership::{MembershipCommand as C, Objection};

use super::cover::{hall, plan};
use super::freeze::ruled;
use super::{Hall, day, eur, freeze};
use crate::support::door::door;

fn used(days: &[&str]) -> Vec<Objection> {
    let days = days.iter().map(|text| day(text)).collect();
    vec![Objection::DaysUsed { days }]
}

#[test]
fn who_came_this_morning_cannot_freeze_today() {
    let (mut hall, id, ada) = hall(plan());
    hall.on("2027-03-05");
    assert_eq!(hall.come(ada), "Lot(LotId(1))");
    let today = freeze(id, "2027-03-05", Some("2027-03-06"));
    assert_eq!(hall.objections(today.clone()), used(&["2027-03-05"]));
    assert_eq!(
        hall.no(today),
        "the membership was used on 2027-03-05; expected days on which nobody came"
    );
    hall.freeze(id, "2027-03-06", "2027-03-10");
}

#[test]
fn what_was_attended_is_not_given_back_by_a_freeze_that_is_recorded_late() {
    let (mut hall, id, ada) = hall(ruled(|rules| rules.backdated = 30));
    let classes = ["03-03", "03-05", "03-07", "03-14", "03-20"].map(|it| hall.gym.on(&format!("2027-{it}")));
    for class in classes {
        assert_eq!(hall.gym.book(ada, class), "+Ada");
    }
    let [came, missed, cancelled, unsettled, ahead] = classes;
    hall.on("2027-03-03");
    hall.gym.check_in(ada, came);
    hall.on("2027-03-05");
    hall.gym.no_show(ada, missed);
    hall.on("2027-03-06");
    hall.gym.cancel(ada, cancelled);
    hall.on("2027-03-12");
    assert_eq!(hall.come(ada), "Lot(LotId(1))");
    hall.on("2027-03-15");
    let late = |from, until| freeze(id, from, Some(until));
    let days = used(&["2027-03-03", "2027-03-12", "2027-03-14"]);
    assert_eq!(hall.objections(late("2027-03-02", "2027-03-15")), days);
    // Of a class that was held, the desk says whether they came.
    hall.gym.no_show(ada, unsettled);
    assert_eq!(
        hall.objections(late("2027-03-04", "2027-03-15")),
        used(&["2027-03-12"])
    );
    hall.ok(late("2027-03-04", "2027-03-12"));
    hall.gym.cancel(ada, ahead);
}

#[test]
fn who_shares_a_membership_uses_its_days() {
    let shared = Some(Shared {
        included: 2,
        most: 2,
        each_additional: eur(0),
    });
    let (mut hall, id, _) = hall(Terms { shared, ..plan() });
    let bob = hall.gym.member("Bob");
    hall.ok(C::Link {
        person: bob,
        bond: Bond::Beneficiary(id),
        from: day("2027-03-01"),
    });
    hall.on("2027-03-02");
    assert_eq!(hall.come(bob), "Lot(LotId(1))");
    let today = freeze(id, "2027-03-02", None);
    assert_eq!(hall.objections(today), used(&["2027-03-02"]));
}

#[test]
fn a_booking_that_opened_the_door_used_the_day_though_it_was_cancelled_inside() {
    let (mut hall, id, ada) = hall(plan());
    let class = hall.gym.class("2027-03-05T12:10", 9);
    assert_eq!(hall.gym.book(ada, class), "+Ada");
    hall.on("2027-03-05").come(ada);
    let visit = hall.gym.club.visits.iter().next_back().unwrap();
    assert!(matches!(visit.opened, Opened::Booking(_)), "{visit:?}");
    hall.gym.cancel(ada, class);
    let today = freeze(id, "2027-03-05", Some("2027-03-06"));
    assert_eq!(hall.objections(today), used(&["2027-03-05"]));
}

#[test]
fn a_day_on_which_a_pass_opened_the_door_can_be_frozen() {
    let mut hall = Hall::new();
    hall.on("2027-03-01");
    let ada = hall.gym.member("Ada");
    let validity = Validity::Days {
        from: day("2027-01-01"),
        until: None,
    };
    let pass = gym_core::entitlement::Terms {
        validity,
        ..door(DoorRight::default())
    };
    hall.gym.sell(ada, pass);
    let gold = hall.add_type("Gold", plan());
    let id = hall.sell(ada, gold, "2027-03-01");
    assert_eq!(hall.come(ada), "Lot(LotId(1))");
    hall.freeze(id, "2027-03-01", "2027-03-05");
}
