//! Lots in a database: never overdrawn, whoever writes, and what has been is found.

use std::collections::BTreeSet;
use std::sync::Barrier;

use gym_core::booking::refusal::Code;
use gym_core::command::{Book, Command};
use gym_core::entitlement::{UseState, Uses};
use gym_core::id::{ClassId, MemberId};
use gym_core::time::{Days, Period};
use gym_db::{Gym, Past};

use crate::scenario::{at, id, lots::sell, stage};
use crate::support::{Db, both};

/// Adds classes at the second location, where a booking needs a lot, and returns them.
fn classes(gym: &Gym, count: i64) -> Vec<ClassId> {
    let template = gym.class(id(7)).unwrap();
    let desk = gym.at(at("2026-03-02T08:10:00Z"));
    let class = |n: i64| {
        let offering = template.offering.clone();
        let start = format!("2026-04-{:02}T18:00:00", n + 1).parse().unwrap();
        let done = desk.run(&Command::AddClass { offering, start }).unwrap();
        done.find(|event| match event {
            gym_core::event::Event::ClassAdded(new) => Some(new.id),
            _ => None,
        })
    };
    (0..count).map(|n| class(n).unwrap()).collect()
}

/// How many uses of each lot are live, and how many it granted.
fn sound(gym: &Gym) {
    let club = gym.club().unwrap();
    for lot in club.lots.iter() {
        let live = club
            .uses
            .iter()
            .filter(|it| it.lot == lot.id && it.state.is_live());
        if let Uses::Counted(granted) = lot.terms.uses {
            assert!(live.count() <= granted as usize, "lot {}", lot.id);
        }
    }
    for booked in club
        .registrations
        .iter()
        .filter(|it| it.state.is_live() && it.class.get() >= 7)
    {
        let held = club
            .uses
            .iter()
            .filter(|it| it.target == gym_core::entitlement::Target::Registration(booked.id));
        let held = held.filter(|it| it.state == UseState::Held).count();
        assert!(
            held == 1 || booked.member.get() > 3,
            "booking {} holds {held}",
            booked.id
        );
    }
}

#[test]
fn a_shared_pack_is_not_overdrawn_by_two_who_book_at_once() {
    both(|db| {
        let gym = stage(db);
        let classes = classes(&gym, 8);
        let together = Barrier::new(2);
        let book = |member: i64| {
            together.wait();
            let desk = gym.at(at("2026-03-02T08:15:00Z"));
            classes
                .iter()
                .filter(|class| desk.book(id::<MemberId>(member), **class).is_ok())
                .count()
        };
        let taken: usize = std::thread::scope(|scope| {
            let callers = [2, 3].map(|member| scope.spawn(move || book(member)));
            callers.into_iter().map(|caller| caller.join().unwrap()).sum()
        });
        // One of the two uses is held by the booking of class 7.
        assert_eq!(taken, 1);
        sound(&gym);
    });
}

#[test]
fn the_database_refuses_one_more_use_than_a_lot_granted() {
    both(|db| {
        drop(stage(db));
        let mut raw = db.raw();
        let insert = |seat: u32| {
            format!(
                "INSERT INTO lot_uses (lot_id, cycle, member_id, registration_id, seat, visit_on, state) \
                 SELECT 2, 0, 2, registration_id, {seat}, '2026-03-19', 'held' FROM lot_uses WHERE lot_id = 2 \
                 GROUP BY registration_id"
            )
        };
        raw.run(&insert(2)).unwrap();
        let error = raw.run(&insert(3)).unwrap_err().to_string();
        assert!(error.contains("lot_uses_granted"), "{error}");
        let moved = raw
            .run("UPDATE lot_uses SET lot_id = 2, cycle = 0 WHERE lot_id = 3")
            .unwrap_err()
            .to_string();
        assert!(moved.contains("lot_uses_granted"), "{moved}");
        let none = raw.run(
            "INSERT INTO lot_uses (lot_id, cycle, member_id, seat, visit_on, state) \
                            VALUES (1, 0, 1, 1, '2026-03-19', 'held')",
        );
        assert!(none.unwrap_err().to_string().contains("lot_uses_target"));
    });
}

#[test]
fn two_uses_change_places_between_lots_that_are_full() {
    both(|db| {
        let gym = stage(db);
        let desk = gym.at(at("2026-03-02T08:15:00Z"));
        let class = classes(&gym, 2);
        desk.run(&sell(&[3], 1)).unwrap();
        for (member, class) in [(3, class[1]), (3, class[0])] {
            desk.book(id(member), class).unwrap();
        }
        sound(&gym);
        desk.cancel(id(2), id(7)).unwrap();
        sound(&gym);
        let club = gym.club().unwrap();
        for member in [1, 2, 3] {
            let holdings = club.holdings(id(member));
            let plan = holdings.plan(&[]).unwrap();
            let best: BTreeSet<_> = plan.0.iter().map(|it| (it.on, it.lot)).collect();
            let held = holdings.uses.iter().filter(|it| it.state == UseState::Held);
            assert_eq!(held.map(|it| (it.on, it.lot)).collect::<BTreeSet<_>>(), best);
        }
    });
}

#[test]
fn who_has_no_lot_is_told_why_and_what_would_serve() {
    both(|db| {
        let gym = stage(db);
        let classes = classes(&gym, 4);
        let desk = gym.at(at("2026-03-02T08:15:00Z"));
        desk.book(id(2), classes[0]).unwrap();
        let error = desk.book(id(3), classes[1]).unwrap_err();
        let refusal = error.refusal().unwrap();
        assert!(refusal.has(Code::Uncovered));
        let told = refusal.to_string();
        assert!(told.contains("what is left of it is held by booking"), "{told}");
        assert!(told.contains("what would is a pass of 2"), "{told}");
        let again = gym
            .at(at("2026-03-02T08:16:00Z"))
            .run(&Command::Book(Book::one(id(3), classes[1])));
        assert_eq!(again.unwrap_err().refusal(), Some(refusal));
    });
}

/// A story of visits and attendance, which the queries find.
fn history(db: &Db) {
    let gym = stage(db);
    let days = |from: &str, until: &str| Days::new(from.parse().unwrap(), until.parse().unwrap()).unwrap();
    let march = days("2026-03-01", "2026-04-01");
    for (of, on, expected) in [
        (Past::Member(id(1)), march, 1),
        (Past::Member(id(2)), march, 0),
        (Past::Location(id(2)), march, 1),
        (Past::Location(id(1)), march, 0),
        (Past::Member(id(1)), days("2026-03-03", "2026-04-01"), 0),
        (Past::Class(id(7)), march, 0),
    ] {
        assert_eq!(
            gym.visits(of, on, None, 9).unwrap().len(),
            expected,
            "{of:?} {on}"
        );
    }
    let period = Period::new(at("2026-03-09T00:00:00Z"), at("2026-03-20T00:00:00Z")).unwrap();
    let told = |of| {
        let all = gym.attendance(of, period, None, 9).unwrap();
        let told = all.iter().map(|it| (it.class.id.get(), it.booking.member.get()));
        told.collect::<Vec<_>>()
    };
    assert_eq!(told(Past::Member(id(1))), [(1, 1), (2, 1), (7, 1)]);
    assert_eq!(told(Past::Location(id(2))), [(7, 1), (7, 2)]);
    assert_eq!(told(Past::Class(id(7))), [(7, 1), (7, 2)]);
    assert!(gym.guests_of(id(1), march, None, 9).unwrap().is_empty());
}

#[test]
fn visits_and_attendance_are_found_by_whom_they_are_of() {
    both(history);
}

#[test]
fn what_was_taken_back_is_in_no_sweeps_way() {
    both(|db| {
        let gym = stage(db);
        let lots = gym.club().unwrap().lots;
        let due = lots.iter().filter(|it| it.due_on.is_some()).map(|it| it.id);
        let back = |lot: &gym_core::id::LotId| {
            let withdraw = gym_core::entitlement::EntitlementCommand::Withdraw { lot: *lot };
            let desk = gym.at(at("2026-03-02T08:10:00Z"));
            desk.run(&Command::Entitlement(withdraw)).is_ok()
        };
        let gone: Vec<_> = due.filter(back).collect();
        assert!(!gone.is_empty());
        let lots = gym.club().unwrap().lots;
        for lot in gone {
            assert_eq!(lots.get(lot).unwrap().due_on, None, "lot {lot}");
        }
    });
}
