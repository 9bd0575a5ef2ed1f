//! What the columns of a history say of contracts, and since when it was known.

use gym_core::history::{Ending, History, NO_DAY, NO_ID, NO_TIME, day_number, micros};
use gym_core::membership::MembershipCommand as C;
use gym_core::membership::plan::{EndsOn, Terms};
use gym_core::time::Period;

use super::{Hall, day, eur, monthly, months};
use crate::support::instant;

fn history(hall: &Hall) -> History {
    let during = Period::new(instant("2027-01-01T00:00:00Z"), instant("2029-01-01T00:00:00Z")).unwrap();
    History::of(&hall.gym.club, during)
}

#[test]
fn an_end_is_told_with_its_cause_and_since_when_it_was_known() {
    let (mut hall, _) = Hall::with("2027-01-10", monthly(50_00));
    let bob = hall.gym.member("Bob");
    let short = hall.add_type(
        "Short",
        Terms {
            term: Some(months(1)),
            ..monthly(30_00)
        },
    );
    hall.sell(bob, short, "2027-01-15");
    let cyd = hall.gym.member("Cyd");
    let free = hall.add_type(
        "Free",
        Terms {
            ends: EndsOn::AnyDay,
            commitment: Some(months(2)),
            ..monthly(40_00)
        },
    );
    let left = hall.sell(cyd, free, "2027-01-10");
    let gold = hall.gym.club.membership_types.iter().next().unwrap().id;
    hall.on("2027-03-20").renew();
    hall.ok(C::GiveNotice {
        membership: left,
        early: false,
    });
    let dan = hall.gym.member("Dan");
    let moved = hall.sell(dan, gold, "2027-03-20");
    hall.on("2027-04-02");
    hall.ok(C::Switch {
        membership: moved,
        to: free,
        on: day("2027-04-20"),
    });

    let history = history(&hall);
    let held = &history.memberships;
    let endings: Vec<_> = held.ending.iter().map(|it| it.as_str()).collect();
    assert_eq!(endings, ["running", "expired", "chosen", "switched", "running"]);
    assert_eq!(held.follows, [NO_ID, NO_ID, NO_ID, NO_ID, 3]);
    assert_eq!((held.ends_on[0], held.end_recorded_at[0]), (NO_DAY, NO_TIME));
    assert_eq!(held.ends_on[1], day_number(day("2027-02-15")));
    // Known when the day of the notice was over in Berlin.
    assert_eq!(held.end_recorded_at[2], micros(instant("2027-03-20T23:00:00Z")));
    assert!(held.ends_on[2] >= day_number(day("2027-03-20")));
    assert_eq!(held.committed_until[2], day_number(day("2027-03-10")));
    assert_eq!(held.recorded_at[0], micros(instant("2027-01-10T23:00:00Z")));
    assert_eq!(history.plans.term_months, [0, 1, 0]);
    assert_eq!(history.plans.price, [50_00, 30_00, 40_00]);
    let months: Vec<_> = history.terms.rows().filter(|term| term.membership == 1).collect();
    assert_eq!(months[0].until, day_number(day("2027-02-15")));
    assert_ne!(held.ending[3], Ending::Chosen, "who switches has not left");
}

#[test]
fn a_freeze_is_told_as_it_was_planned_and_as_it_ended() {
    let terms = Terms {
        freeze: Some(gym_core::membership::freeze::FreezeRules::free(
            gym_core::membership::freeze::Compensation::Extend,
        )),
        ..monthly(50_00)
    };
    let (mut hall, id) = Hall::with("2027-01-10", terms);
    hall.on("2027-02-01");
    let edit = hall.freeze(id, "2027-02-10", "2027-03-10");
    hall.on("2027-02-20");
    hall.ok(C::EndFreeze {
        edit,
        on: day("2027-02-25"),
    });
    let freeze = history(&hall).freezes.get(0).unwrap();
    assert_eq!((freeze.membership, freeze.place), (0, 0));
    let on = |text: &str| day_number(day(text));
    assert_eq!(
        (freeze.from, freeze.until, freeze.ended_on),
        (on("2027-02-10"), on("2027-03-10"), on("2027-02-25"))
    );
    assert_eq!(freeze.recorded_at, micros(instant("2027-02-01T23:00:00Z")));
    assert_eq!(freeze.end_recorded_at, micros(instant("2027-02-20T23:00:00Z")));
    assert_eq!(eur(50_00).minor(), history(&hall).plans.price[0]);
}
