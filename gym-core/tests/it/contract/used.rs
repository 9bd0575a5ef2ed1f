//! Days on which a membership was used cannot be frozen, by nobody and not afterwards.

use gym_core::billing::subscription::account;
use gym_core::check_in::Opened;
use gym_core::entitlement::{DoorRight, Validity};
use gym_core::membership::freeze::{Compensation, EditKind};
use gym_core::membership::link::Bond;
use gym_core::membership::plan::{Shared, Terms};
use gym_core::membership::{MembershipCommand as C, Objection};

use super::cover::{hall, plan};
use super::freeze::ruled;
use super::{Hall, day, eur, freeze, monthly};
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

/// Ada and Bea have a membership from 1 March, and Ada comes on the 5th; the club is then said to have been closed.
fn closed(from: &str, until: &str, compensation: Compensation) -> (Hall, [gym_core::id::MembershipId; 2]) {
    let (mut hall, ada, member) = hall(Terms {
        freeze: plan().freeze,
        ..monthly(31_00)
    });
    let gold = hall.gym.club.membership_types.iter().next().unwrap().id;
    let bea = hall.gym.member("Bea");
    let bea = hall.sell(bea, gold, "2027-03-01");
    hall.on("2027-03-05").come(member);
    if compensation == Compensation::Credit {
        hall.on("2027-03-08");
    }
    hall.ok(C::FreezeAll {
        location: hall.gym.place,
        from: day(from),
        until: Some(day(until)),
        compensation,
    });
    (hall, [ada, bea])
}

#[test]
fn a_closure_that_is_recorded_late_gives_nobody_back_the_day_on_which_they_came() {
    let (mut hall, both) = closed("2027-03-04", "2027-03-07", Compensation::Credit);
    for (id, back) in both.into_iter().zip([2, 3]) {
        assert_eq!(
            hall.bill(id, "2027-03-31"),
            [
                "2027-03-01 fee 3100".to_owned(),
                format!("2027-03-08 credit -{back}00")
            ]
        );
        let contract = hall.gym.club.contract(id).unwrap();
        assert_eq!(contract.on(day("2027-03-05")).is_usable(), back == 2);
        assert!(!contract.on(day("2027-03-04")).is_usable());
        let days = account(&contract, day("2027-03-08"));
        assert_eq!(
            (days.paid, days.delivered, days.remaining, days.credited),
            (31, 7 - back, 24, back)
        );
    }
    // The day is theirs for good, and can be given to them again by nobody but the club.
    let edits = hall.gym.club.edits.iter();
    let used: Vec<_> = edits
        .filter(|it| it.kind == EditKind::Used)
        .map(|it| it.id)
        .collect();
    assert_eq!(used.len(), 1);
    let (edit, on) = (used[0], day("2027-03-08"));
    assert!(
        hall.no(C::EndFreeze { edit, on })
            .contains("expected a freeze, a gift or a closure")
    );
    hall.ok(C::Gift {
        membership: both[0],
        from: day("2027-03-05"),
        until: day("2027-03-06"),
        compensation: Compensation::Credit,
    });
    assert_eq!(hall.bill(both[0], "2027-03-31")[2], "2027-03-08 credit -100");
}

#[test]
fn a_club_that_closes_at_noon_gives_the_day_back_to_who_did_not_come() {
    let (hall, both) = closed("2027-03-05", "2027-03-07", Compensation::Extend);
    let next = both.map(|id| hall.bill(id, "2027-04-30")[1].clone());
    assert_eq!(next, ["2027-04-02 fee 3100", "2027-04-03 fee 3100"]);
}
