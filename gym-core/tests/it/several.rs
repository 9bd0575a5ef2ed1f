//! What one decision does to a class is seen at the next that it changes: uses that are taken are gone, and those that are
//! given back are there.

use crate::support::Gym;
use crate::support::lots::{between, year};
use gym_core::booking::policy::Policy;
use gym_core::command::{Command, Scope};
use gym_core::entitlement::{self, Terms};
use gym_core::id::{MemberId, TrainerId};
use gym_core::schedule::class::Offering;

fn club() -> Gym {
    let mut gym = Gym::entitled(Policy::default());
    gym.at("2026-02-01T10:00:00Z");
    gym
}

/// Has a member train for an hour, which takes no use.
fn train(gym: &mut Gym, trainer: TrainerId, member: MemberId, start: &str) {
    let session = gym.session(trainer, member, start);
    gym.ok(&session);
}

/// Has a member take a class at another location.
fn go_elsewhere(gym: &mut Gym, member: MemberId, start: &str) {
    let location = gym.location("Soho", "Europe/Berlin");
    gym.access(member, location);
    let offering = gym.offering(1);
    let there = gym.class_of(start, Offering { location, ..offering });
    assert!(gym.book(member, there).starts_with('+'));
}

#[test]
fn a_use_is_taken_once_where_seats_of_two_classes_become_free() {
    let mut gym = club();
    let [ada, bob, max] = gym.members(["Ada", "Bob", "Max"]);
    gym.sell_to(&[ada, bob], year(1));
    gym.sell(max, year(2));
    let room = gym.room("Studio", 1);
    let mut offering = gym.offering(2);
    offering.room = Some(room);
    let first = gym.class_of("2026-02-03T10:00", offering.clone());
    let second = gym.class_of("2026-02-04T10:00", offering);
    for class in [first, second] {
        assert_eq!(gym.book(max, class), "+Max");
    }
    assert_eq!(gym.join(ada, first), "Ada waits");
    assert_eq!(gym.join(bob, second), "Bob waits");
    let told = gym.tell(&Command::ResizeRoom { room, capacity: 2 });
    assert_eq!(told, "room resized, +Ada, Ada promoted, Bob skipped (uncovered)");
    assert_eq!(gym.uses(), "02-03 lot 1, 02-03 lot 2, 02-04 lot 2");
}

#[test]
fn a_use_that_one_class_gives_back_covers_a_seat_of_the_next() {
    let mut gym = club();
    let [eve, fay, max] = gym.members(["Eve", "Fay", "Max"]);
    gym.sell_to(&[eve, fay], year(1));
    gym.sell(max, year(1));
    let trainers = [gym.trainer("Tom"), gym.trainer("Una")];
    let offering = gym.offering(1);
    let [first, second] = gym.daily("2026-02-03T10:00", offering);
    assert_eq!(gym.book(max, second), "+Max");
    assert_eq!(gym.join(fay, second), "Fay waits");
    assert_eq!(gym.book(eve, first), "+Eve");
    train(&mut gym, trainers[0], eve, "2026-02-03T12:00");
    train(&mut gym, trainers[1], max, "2026-02-04T12:00");
    let told = gym.move_class(first, Scope::All, "2026-02-03T12:00");
    assert_eq!(
        told,
        "series changed, class rekeyed, class rekeyed, class moved, class moved, Eve club_cancelled, \
         Max club_cancelled, +Fay, Fay promoted"
    );
    assert_eq!(gym.uses(), "02-04 lot 1");
}

#[test]
fn a_class_that_is_moved_finds_the_lots_of_its_new_day() {
    let mut gym = club();
    let [ada, bob, max] = gym.members(["Ada", "Bob", "Max"]);
    gym.sell_to(&[ada, bob], between(1, "2026-01-01", "2026-02-05"));
    gym.sell_to(&[ada, bob], year(1));
    gym.sell(max, year(1));
    let class = gym.class("2026-02-03T10:00", 2);
    assert_eq!(gym.book(ada, class), "+Ada");
    assert_eq!(gym.book(max, class), "+Max");
    assert_eq!(gym.join(bob, class), "Bob waits");
    assert_eq!(gym.uses(), "02-03 lot 1, 02-03 lot 3");
    let tom = gym.trainer("Tom");
    train(&mut gym, tom, max, "2026-02-10T10:00");
    assert_eq!(
        gym.move_class(class, Scope::This, "2026-02-10T10:00"),
        "class moved, Max club_cancelled, Bob skipped (uncovered), promotion due"
    );
    assert_eq!(gym.uses(), "02-10 lot 2");
}

#[test]
fn who_had_a_seat_has_it_again_before_anybody_has_one_instead() {
    let mut gym = club();
    let [eve, fay, max] = gym.members(["Eve", "Fay", "Max"]);
    gym.sell_to(&[eve, fay], year(1));
    gym.sell(max, year(2));
    let first = gym.class("2026-02-03T10:00", 1);
    let second = gym.class("2026-02-04T10:00", 1);
    assert_eq!(gym.book(max, first), "+Max");
    assert_eq!(gym.join(fay, first), "Fay waits");
    assert_eq!(gym.book(eve, second), "+Eve");
    let closure = gym.close("2026-02-03", "2026-02-04");
    go_elsewhere(&mut gym, max, "2026-02-03T10:00");
    assert_eq!(
        gym.tell(&Command::LiftClosure { closure }),
        "closure lifted, class on, Fay waits again, class on, Eve back, Fay skipped (uncovered)"
    );
}

#[test]
fn who_had_a_session_has_it_again_before_a_list_is_served() {
    let mut gym = club();
    let [ada, max] = gym.members(["Ada", "Max"]);
    gym.sell(ada, year(1));
    gym.sell(max, year(2));
    let class = gym.class("2026-02-03T12:00", 1);
    assert_eq!(gym.book(max, class), "+Max");
    assert_eq!(gym.join(ada, class), "Ada waits");
    let tom = gym.trainer("Tom");
    train(&mut gym, tom, ada, "2026-02-03T12:00");
    let closure = gym.close("2026-02-03", "2026-02-03");
    go_elsewhere(&mut gym, max, "2026-02-03T12:00");
    assert_eq!(
        gym.tell(&Command::LiftClosure { closure }),
        "closure lifted, class on, Ada waits again, session stated, Ada skipped (overlaps)"
    );
}

#[test]
fn a_seat_keeps_its_lot_where_a_later_class_gives_one_back() {
    let mut gym = club();
    let [fay, max] = gym.members(["Fay", "Max"]);
    gym.sell(fay, between(1, "2026-01-01", "2026-02-06"));
    gym.sell(fay, between(2, "2026-02-06", "2027-01-01"));
    gym.sell(max, year(1));
    let offering = gym.offering(1);
    let [first, second, third] = gym.daily("2026-02-05T10:00", offering);
    assert_eq!(gym.book(fay, second), "+Fay");
    assert_eq!(gym.book(fay, third), "+Fay");
    assert_eq!(gym.book(max, first), "+Max");
    assert_eq!(gym.join(fay, first), "Fay waits");
    let trainers = [gym.trainer("Tom"), gym.trainer("Una")];
    train(&mut gym, trainers[0], max, "2026-02-03T10:00");
    train(&mut gym, trainers[1], fay, "2026-02-05T10:00");
    let told = gym.move_class(first, Scope::All, "2026-02-03T10:00");
    assert_eq!(
        told,
        "series changed, class rekeyed, class rekeyed, class rekeyed, class moved, class moved, class moved, \
         Max club_cancelled, +Fay, Fay promoted, Fay club_cancelled"
    );
    assert_eq!(gym.uses(), "02-03 lot 1, 02-04 lot 2");
}

#[test]
fn a_session_for_which_no_use_is_left_takes_none_from_a_seat() {
    let mut gym = club();
    let [ada, max] = gym.members(["Ada", "Max"]);
    let any = |uses, from, until| Terms {
        scope: entitlement::Scope::everything(),
        ..between(uses, from, until)
    };
    gym.sell(ada, any(2, "2026-03-01", "2026-03-13"));
    gym.sell(ada, any(1, "2026-03-15", "2026-04-01"));
    gym.sell(max, year(2));
    let tom = gym.trainer("Tom");
    train(&mut gym, tom, ada, "2026-03-10T10:00");
    train(&mut gym, tom, ada, "2026-03-11T10:00");
    let class = gym.class("2026-03-20T12:00", 1);
    assert_eq!(gym.book(max, class), "+Max");
    assert_eq!(gym.join(ada, class), "Ada waits");
    let closure = gym.close("2026-03-09", "2026-03-25");
    let early = gym.class("2026-03-08T10:00", 1);
    assert_eq!(gym.book(ada, early), "+Ada");
    go_elsewhere(&mut gym, max, "2026-03-20T12:00");
    let told = gym.tell(&Command::LiftClosure { closure });
    assert!(told.ends_with("+Ada, Ada promoted"), "{told}");
    assert_eq!(gym.uses(), "03-08 lot 1, 03-10 lot 1, 03-20 lot 2, 03-20 lot 3");
}

#[test]
fn a_series_moves_as_one_across_a_time_that_clocks_skip() {
    // At 02:30 on 29 March clocks show 03:30.
    for (named, start, shown) in [
        (0, "2026-03-28T03:30", "03:30"),
        (1, "2026-03-29T04:30", "04:30"),
        (2, "2026-03-30T01:30", "01:30"),
    ] {
        let mut gym = Gym::new();
        let offering = gym.offering(5);
        let classes: [_; 3] = gym.daily("2026-03-28T02:30", offering);
        assert_eq!(gym.start(classes[1]), "2026-03-29T03:30");
        gym.move_class(classes[named], Scope::All, start);
        let days = ["03-28T", "03-29T", "03-30T"].map(|day| format!("{day}{shown}"));
        assert_eq!(classes.map(|class| gym.start(class)[5..].to_owned()), days);
        let originals = classes.map(|id| gym.club.classes.get(id).unwrap().original.unwrap());
        assert_eq!(originals.map(|it| it.format("%m-%dT%H:%M").to_string()), days);
    }
}
