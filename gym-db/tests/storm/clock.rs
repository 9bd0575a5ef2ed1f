//! A clock that goes back by more than is tolerated stores nothing.

use chrono::Duration;
use gym_core::command::{Book, Command};
use gym_db::{Failure, Gym, Options};

use crate::support::both;
use crate::venue::{Venue, noon, now, sound};

fn rows(gym: &Gym) -> (usize, gym_core::club::Club) {
    (gym.journal(0, u32::MAX).unwrap().len(), gym.club().unwrap())
}

/// Gives a command so many seconds after the last one, with some tolerance, and checks whether it is taken.
#[track_caller]
fn check(seconds: i64, tolerance: u64, taken: bool) {
    both(|db| {
        let venue = Venue::open(db);
        let (member, class) = (venue.members(1)[0], venue.class(noon(3), 5, None));
        let options = Options {
            clock_tolerance: std::time::Duration::from_secs(tolerance),
            ..Options::default()
        };
        let gym = Gym::open_with(&db.url, &options).unwrap();
        let before = rows(&gym);
        let then = now() + Duration::seconds(seconds);
        let order = Command::Book(Book::one(member, class));
        let outcome = gym.at(then).key("late").run(&order);
        if taken {
            assert!(!outcome.unwrap().before);
            assert_eq!(rows(&gym).0, before.0 + 1);
        } else {
            let failure = outcome.unwrap_err();
            let expected =
                matches!(failure, Failure::ClockWentBack { now: at, last } if at == then && last == now());
            assert!(expected, "{failure}");
            assert_eq!(rows(&gym), before);
            assert_eq!(db.raw().count("idempotency_keys WHERE key = 'late'"), 0);
            let again = gym.at(now()).key("late").run(&order).unwrap();
            assert!(!again.before, "the key was not used up");
        }
        sound(&mut db.raw());
    });
}

#[test]
fn a_clock_that_goes_back_too_far_stores_nothing() {
    check(-61, 60, false);
    check(-86_400, 60, false);
    check(-1, 0, false);
}

#[test]
fn a_clock_within_the_tolerance_or_ahead_is_taken() {
    check(-60, 60, true);
    check(0, 0, true);
    check(3_600, 60, true);
}

/// A key that was used before tells its outcome whatever the clock says.
#[test]
fn a_known_key_is_answered_at_any_time() {
    both(|db| {
        let venue = Venue::open(db);
        let (member, class) = (venue.members(1)[0], venue.class(noon(3), 5, None));
        let order = Command::Book(Book::one(member, class));
        let first = venue.gym.at(now()).key("once").run(&order).unwrap();
        let again = venue
            .gym
            .at(now() - Duration::days(9))
            .key("once")
            .run(&order)
            .unwrap();
        assert!(again.before);
        assert_eq!(again.events, first.events);
    });
}
