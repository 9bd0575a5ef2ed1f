//! Passes and allowances: what bookings take from them, and what others get wrong.

use crate::support::lots::*;
use crate::support::{Gym, skipped_for};
use gym_core::booking::refusal::Code;
use gym_core::command::Command;
use gym_core::entitlement::*;
use gym_core::event::Event;
use gym_core::id::*;
use gym_core::time::{Cycle, Unit};

#[test]
fn a_use_is_held_by_a_booking_consumed_by_a_visit_and_given_back_by_cancelling() {
    let mut gym = club();
    let ada = gym.member("Ada");
    let (one, two) = (gym.on("2026-03-02"), gym.on("2026-03-03"));
    assert!(
        gym.why_not(ada, one)
            .starts_with("no; what would is a pass for cycling")
    );
    let ten = gym.sell(ada, year(10));
    assert_eq!(gym.book(ada, one), "+Ada");
    assert_eq!(gym.book(ada, two), "+Ada");
    assert_eq!(gym.balance(ten), (8, 2, 0, 0));
    gym.cancel(ada, two);
    assert_eq!(gym.balance(ten), (9, 1, 0, 0));
    gym.at("2026-03-02T08:30:00Z").check_in(ada, one);
    assert_eq!(gym.balance(ten), (9, 0, 1, 0));
    assert_eq!(gym.uses(), "03-02 lot 1!");
}

#[test]
fn bookings_need_not_be_made_in_the_order_of_the_visits() {
    let mut gym = club();
    let ada = gym.member("Ada");
    let pass = gym.sell(ada, from_first_visit(10, 30));
    let days = ["2026-05-20", "2026-05-05", "2026-06-03", "2026-06-04"];
    let [late, early, last, after] = days.map(|day| gym.on(day));
    // The later visit is booked first, and opens nothing: the pass runs from the visit on 5 May.
    assert_eq!(gym.book(ada, late), "+Ada");
    assert_eq!(gym.book(ada, early), "+Ada");
    assert_eq!(gym.book(ada, last), "+Ada");
    assert_eq!(
        gym.why_not(ada, after),
        "no: lot 1: its days run from its first visit and must also reach booking 1, booking 2, booking 3; \
         what would is a pass for cycling at location 1"
    );
    // Without the early visit, it runs from the 20th.
    gym.cancel(ada, early);
    assert_eq!(gym.book(ada, after), "+Ada");
    assert_eq!(gym.balance(pass).0, 7);
}

#[test]
fn a_pass_of_ten_never_has_eleven() {
    let mut gym = club();
    let ada = gym.member("Ada");
    let first = gym.sell(ada, year(10));
    let classes: Vec<ClassId> = (1..=11).map(|n| gym.on(&format!("2026-03-{n:02}"))).collect();
    for class in &classes[..10] {
        assert_eq!(gym.book(ada, *class), "+Ada");
    }
    assert!(
        gym.why_not(ada, classes[10])
            .starts_with("no: lot 1: what is left of it is held by booking 1")
    );
    // It is used up and bought again; then an old booking is cancelled.
    let second = gym.sell(ada, year(10));
    assert_eq!(gym.book(ada, classes[10]), "+Ada");
    gym.cancel(ada, classes[0]);
    let (one, other) = (gym.balance(first), gym.balance(second));
    assert_eq!((one.0 + other.0, one.1 + other.1), (10, 10));
    assert!(one.0 <= 10 && other.0 <= 10, "{one:?} {other:?}");
    gym.cancel(ada, classes[10]);
    assert_eq!(gym.balance(second), (10, 0, 0, 0));
    assert_eq!(gym.balance(first), (1, 9, 0, 0));
}

#[test]
fn a_pass_bought_after_another_was_used_up_serves_at_once() {
    let mut gym = club();
    let ada = gym.member("Ada");
    gym.sell(ada, year(1));
    let one = gym.on("2026-02-02");
    let late = gym.class("2026-02-02T12:00", 5);
    gym.book(ada, one);
    gym.at("2026-02-02T08:30:00Z").check_in(ada, one);
    assert!(
        gym.why_not(ada, late)
            .starts_with("no: lot 1: 1 of 1 are used; what would is a pass of 1")
    );
    gym.sell(ada, year(1));
    assert_eq!(gym.book(ada, late), "+Ada");
    assert_eq!(gym.uses(), "02-02 lot 1!, 02-02 lot 2");
}

#[test]
fn who_has_spent_the_credit_when_a_seat_comes_free_is_passed_over() {
    let mut gym = club();
    let [ada, bob, cyd] = gym.members(["Ada", "Bob", "Cyd"]);
    for member in [ada, bob, cyd] {
        gym.sell(member, year(1));
    }
    let (full, other) = (gym.class("2026-03-02T10:00", 1), gym.on("2026-03-03"));
    gym.book(ada, full);
    assert_eq!(gym.join(bob, full), "Bob waits");
    assert_eq!(gym.join(cyd, full), "Cyd waits");
    assert_eq!(gym.book(bob, other), "+Bob");
    let (class, member) = (full, ada);
    let events = gym.ok(&Command::Cancel { class, member });
    assert!(skipped_for(&events, Code::Uncovered));
    assert_eq!(
        (gym.booked(full).as_str(), gym.waiting(full).as_str()),
        ("Cyd", "Bob")
    );
    assert_eq!(gym.uses(), "03-02 lot 3, 03-03 lot 2");
}

#[test]
fn a_promotion_goes_past_the_monthly_allowance() {
    let mut gym = club();
    let [zoe, ada, bob] = gym.members(["Zoe", "Ada", "Bob"]);
    for member in [zoe, ada, bob] {
        gym.sell(member, monthly(1, 0));
    }
    let full = gym.class("2026-03-20T10:00", 1);
    let (march, april) = (gym.on("2026-03-03"), gym.on("2026-04-03"));
    gym.book(zoe, full);
    assert_eq!(gym.join(ada, full), "Ada waits");
    assert_eq!(gym.join(bob, full), "Bob waits");
    // Ada's one use of March goes elsewhere; Bob's booking of April takes nothing from March.
    assert_eq!(gym.book(ada, march), "+Ada");
    assert_eq!(gym.book(bob, april), "+Bob");
    let (class, member) = (full, zoe);
    let events = gym.ok(&Command::Cancel { class, member });
    assert!(skipped_for(&events, Code::Uncovered), "{events:?}");
    assert_eq!(
        (gym.booked(full).as_str(), gym.waiting(full).as_str()),
        ("Bob", "Ada")
    );
    assert_eq!(gym.uses(), "03-03 lot 2, 03-20 lot 3, 04-03 lot 3");
}

#[test]
fn an_allowance_counts_by_the_month_of_the_visit() {
    let mut gym = club();
    let ada = gym.member("Ada");
    gym.sell(ada, monthly(2, 0));
    let april = [1, 8, 15].map(|n| gym.on(&format!("2026-04-{n:02}")));
    let may = gym.on("2026-05-01");
    assert_eq!(
        gym.book(ada, may),
        "+Ada",
        "a later cycle does not wait for this one"
    );
    assert_eq!(gym.book(ada, april[2]), "+Ada");
    assert_eq!(gym.book(ada, april[0]), "+Ada");
    let told = gym.why_not(ada, april[1]);
    assert!(
        told.ends_with("what would is from 2026-05-01, when the allowance renews"),
        "{told}"
    );
}

#[test]
fn a_part_of_an_allowance_rolls_over_and_the_rest_expires() {
    let mut gym = club();
    let ada = gym.member("Ada");
    let lot = gym.sell(ada, monthly(4, 1));
    let march = gym.on("2026-03-02");
    gym.book(ada, march);
    let april: Vec<ClassId> = (1..=6).map(|n| gym.on(&format!("2026-04-{n:02}"))).collect();
    for class in &april[..5] {
        assert_eq!(gym.book(ada, *class), "+Ada", "four, and one of March");
    }
    assert!(gym.why_not(ada, april[5]).contains("from 2026-05-01"));
    let location = gym.place;
    gym.at("2026-04-01T08:00:00Z");
    gym.entitle(EntitlementCommand::Expire { location });
    gym.entitle(EntitlementCommand::Expire { location });
    let broken = |gym: &Gym| gym.club.lots.get(lot).unwrap().broken.clone();
    let told: Vec<_> = broken(&gym).iter().map(|it| (it.cycle, it.uses, it.on)).collect();
    // Nobody came in January or February; the visit in March took the one that February had left. In March three are
    // lost, and one was booked in April.
    let (mar, apr) = (day("2026-03-01"), day("2026-04-01"));
    assert_eq!(told, [(0, 4, mar), (1, 3, apr), (2, 3, apr)]);
    gym.at("2027-01-01T08:00:00Z");
    gym.entitle(EntitlementCommand::Expire { location });
    let sum: u32 = broken(&gym).iter().map(|it| it.uses).sum();
    assert_eq!(sum + 6, 4 * 12, "what is granted is used, or has expired, once");
    let events = gym.entitle(EntitlementCommand::Expire { location });
    assert!(events.iter().all(
        |it| !matches!(it, Event::Entitlement(EntitlementEvent::Swept { broken, .. }) if !broken.is_empty())
    ));
}

#[test]
fn a_shared_pack_is_never_overdrawn() {
    let mut gym = club();
    let [ada, bob, cyd] = gym.members(["Ada", "Bob", "Cyd"]);
    gym.sell_to(&[ada, bob], year(2));
    gym.sell(cyd, year(9));
    let (one, two, three) = (gym.on("2026-03-02"), gym.on("2026-03-03"), gym.on("2026-03-04"));
    assert_eq!(gym.book(ada, one), "+Ada");
    assert_eq!(gym.book(bob, two), "+Bob");
    assert!(gym.why_not(ada, three).contains("held by booking 1, booking 2"));
    gym.cancel(bob, two);
    assert_eq!(gym.book(ada, three), "+Ada");

    // One decision promotes both, but only one use is left.
    gym.cancel(ada, three);
    let full = gym.class("2026-03-05T10:00", 2);
    assert_eq!(
        gym.party(cyd, full, 2, gym_core::command::IfFull::Refuse),
        "+Cyd×2"
    );
    gym.join(ada, full);
    gym.join(bob, full);
    gym.cancel(cyd, full);
    assert_eq!(
        (gym.booked(full).as_str(), gym.waiting(full).as_str()),
        ("Ada", "Bob")
    );
}

#[test]
fn a_booking_that_would_uncover_another_is_refused_for_that() {
    let mut gym = club();
    let ada = gym.member("Ada");
    let spring = Terms {
        validity: Validity::Days {
            from: day("2026-03-01"),
            until: Some(day("2026-04-01")),
        },
        ..year(1)
    };
    gym.sell(ada, spring);
    let (march, early) = (gym.on("2026-03-20"), gym.on("2026-03-02"));
    gym.book(ada, march);
    assert!(
        gym.why_not(ada, early)
            .starts_with("no: lot 1: what is left of it is held by booking 1")
    );
    // A pass for the whole year takes over what was booked, when the earlier visit wants the other.
    gym.sell(ada, year(1));
    assert_eq!(gym.uses(), "03-20 lot 1");
    assert_eq!(gym.book(ada, early), "+Ada");
    assert_eq!(gym.uses(), "03-02 lot 1, 03-20 lot 2");
    gym.cancel(ada, early);
    assert_eq!(
        gym.uses(),
        "03-20 lot 1",
        "and gives it back when that is cancelled"
    );
}

#[test]
fn the_last_day_of_a_pass_is_told_before_its_first_visit_too() {
    let mut gym = club();
    let ada = gym.member("Ada");
    let pass = gym.sell(ada, from_first_visit(10, 30));
    let last = |gym: &Gym| {
        let day = gym.club.last_day(pass).unwrap();
        assert_eq!(gym.club.holdings(ada).last_day(pass), Some(day));
        day.to_string()
    };
    assert_eq!(last(&gym), "30 days from the first visit");
    let (early, late) = (gym.on("2026-05-05"), gym.on("2026-05-20"));
    gym.book(ada, late);
    assert_eq!(
        last(&gym),
        "the last day is 2026-06-18, by the visit on 2026-05-20"
    );
    gym.book(ada, early);
    assert_eq!(
        last(&gym),
        "the last day is 2026-06-03, by the visit on 2026-05-05"
    );
    gym.cancel(ada, early);
    assert_eq!(
        last(&gym),
        "the last day is 2026-06-18, by the visit on 2026-05-20"
    );
    gym.at("2026-05-20T08:00:00Z");
    gym.check_in(ada, late);
    assert_eq!(last(&gym), "the last day is 2026-06-18");
    assert_eq!(gym.club.last_day(pass).unwrap().day(), Some(day("2026-06-18")));
}

#[test]
fn the_last_day_of_other_lots_is_that_of_their_terms() {
    let mut gym = club();
    let ada = gym.member("Ada");
    let dated = gym.sell(ada, year(10));
    assert_eq!(gym.club.last_day(dated), Some(LastDay::On(day("2026-12-31"))));
    let (from, until) = (day("2026-01-01"), None);
    let validity = Validity::Days { from, until };
    let for_good = gym.sell(ada, Terms { validity, ..year(10) });
    assert_eq!(gym.club.last_day(for_good), Some(LastDay::Open));
    let lasts = Cycle::new(30, Unit::Day).unwrap();
    let validity = Validity::FirstVisit {
        sold_on: day("2026-02-01"),
        latest: Some(day("2026-03-01")),
        lasts,
    };
    let waits = gym.sell(ada, Terms { validity, ..year(10) });
    let told = gym.club.last_day(waits).unwrap().to_string();
    assert_eq!(told, "30 days from the first visit, and 2026-03-30 at the latest");
    gym.entitle(EntitlementCommand::Withdraw { lot: waits });
    assert_eq!(gym.club.last_day(waits), Some(LastDay::Withdrawn));
    assert_eq!(gym.club.last_day(LotId::new(99).unwrap()), None);
}
