//! Hours in use, and the day on which they make maintenance due.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use gym_analytics::load::{By, Load, Upkeep, Use};
use gym_core::sim::teacher::{Profile, Teacher};
use proptest::prelude::*;

use crate::rows::unit_at;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn daily(of: i64, from: &str, days: u64, minutes: impl Fn(u64) -> u32) -> Vec<Use> {
    let one = |at| Use {
        of,
        day: day(from) + Days::new(at),
        minutes: minutes(at),
    };
    (0..days).map(one).collect()
}

#[test]
fn weeks_are_whole_and_end_with_the_last_day() {
    let mut uses = daily(1, "2027-03-01", 17, |_| 60);
    uses.push(Use {
        of: 2,
        day: day("2027-03-17"),
        minutes: 90,
    });
    uses.push(Use {
        of: 3,
        day: day("2027-03-18"),
        minutes: 90,
    });
    uses.push(Use {
        of: 4,
        day: day("2027-02-01"),
        minutes: 90,
    });
    let load = Load::new(uses, day("2027-03-01"), day("2027-03-18")).unwrap();
    assert_eq!(
        (load.weeks(), load.of(1), load.of(2)),
        (2, [7.0, 7.0].as_slice(), [0.0, 1.5].as_slice())
    );
    assert_eq!(
        load.ids().collect::<Vec<_>>(),
        [1, 2],
        "the day after the last and the time before do not count"
    );
    assert_eq!(load.lately(1, 8), (7.0, 0.0));
    assert_eq!(load.lately(99, 8), (0.0, 0.0));
}

#[test]
fn whom_a_club_leans_on_comes_first() {
    let mut uses = daily(1, "2027-03-01", 28, |_| 120);
    uses.extend(daily(2, "2027-03-01", 28, |_| 300));
    let load = Load::new(uses, day("2027-03-01"), day("2027-03-29")).unwrap();
    let available = BTreeMap::from([(1, 14.0), (2, 40.0), (3, 20.0), (4, 0.0)]);
    assert_eq!(
        load.share(&available, 4).unwrap(),
        [(1, 1.0), (2, 0.875), (3, 0.0)]
    );
    let why = load.share(&BTreeMap::from([(1, 200.0)]), 4).unwrap_err();
    assert_eq!(why.to_string(), "hours of a week is 200, expected 0 to 168");
}

#[test]
fn the_hours_of_trainers_are_those_of_their_classes() {
    let lesson = Teacher::new(Profile::Uk, 3, 120, day("2024-01-01"), 6).teach();
    let as_of = lesson.months[4];
    for by in [By::Trainer, By::Room] {
        let uses = Use::of_classes(&lesson.history, by, as_of);
        let (from, until) = (day("2023-12-01"), day("2024-12-01"));
        let load = Load::new(uses.clone(), from, until).unwrap();
        let summed: f64 = load.ids().flat_map(|id| load.of(id).to_vec()).sum();
        let held = lesson.history.classes.rows().filter(|class| {
            let id = if by == By::Trainer {
                class.trainer
            } else {
                class.room
            };
            class.is_on
                && id != gym_core::history::NO_KEY
                && class.ends_at <= gym_core::history::micros(as_of)
        });
        let hours: f64 = held
            .map(|class| (class.ends_at - class.starts_at) as f64 / 3.6e9)
            .sum();
        assert!((summed - hours).abs() < 1e-6, "{summed} of {hours}");
    }
}

#[test]
fn maintenance_is_due_when_its_hours_are_used() {
    let load = Load::new(
        daily(7, "2027-03-01", 14, |_| 300),
        day("2027-03-01"),
        day("2027-03-15"),
    )
    .unwrap();
    let due = |every_hours, last: &str| {
        Upkeep {
            every_hours,
            last: day(last),
        }
        .due(&load, 7, 0.9)
        .unwrap()
    };
    // 30 hours are left at 5 a day: used up by the end of the sixth day.
    assert_eq!(due(100.0, "2027-03-01").expected, Some(day("2027-03-20")));
    // Looked after in between: 4 days of 5 hours.
    let lately = due(100.0, "2027-03-11");
    assert!((lately.hours_since - 20.0).abs() < 1e-9);
    assert_eq!(lately.expected, Some(day("2027-03-30")));
    assert_eq!(lately.earliest, lately.latest, "every week was the same");
    let over = due(60.0, "2027-03-01");
    assert_eq!((over.is_due, over.expected), (true, Some(day("2027-03-15"))));
    assert_eq!(due(1e6, "2027-03-01").expected, None, "not within ten years");
    let never = Upkeep {
        every_hours: 10.0,
        last: day("2027-03-01"),
    }
    .due(&load, 8, 0.9)
    .unwrap();
    assert_eq!(
        (never.hours_since, never.is_due, never.expected),
        (0.0, false, None)
    );
}

#[test]
fn what_makes_no_sense_is_refused() {
    let (from, until) = (day("2027-03-01"), day("2027-03-15"));
    let load = Load::new([], from, until).unwrap();
    for every_hours in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(
            Upkeep {
                every_hours,
                last: from
            }
            .due(&load, 1, 0.9)
            .is_err()
        );
    }
    assert!(
        Upkeep {
            every_hours: 1.0,
            last: from
        }
        .due(&load, 1, 1.0)
        .is_err()
    );
    assert!(Load::new([], until, from).is_err() && Load::new([], from, day("2027-03-07")).is_err());
    let long = Load::new(
        [Use {
            of: 1,
            day: from,
            minutes: 1_441,
        }],
        from,
        until,
    )
    .unwrap_err();
    assert_eq!(
        long.to_string(),
        "1 was in use for 1441 minutes on 2027-03-01, expected at most 1440 of each use"
    );
}

#[test]
fn four_of_five_times_the_day_is_within_its_span() {
    let (mut within, rounds) = (0, 400u64);
    for round in 0..rounds {
        let minutes = |at: u64| (unit_at(round * 1_000 + at) * 600.0) as u32;
        let (past, ahead) = (
            daily(1, "2027-01-04", 56, minutes),
            daily(1, "2027-03-01", 300, |at| minutes(at + 56)),
        );
        let load = Load::new(past, day("2027-01-04"), day("2027-03-01")).unwrap();
        let due = Upkeep {
            every_hours: 150.0,
            last: day("2027-03-01"),
        }
        .due(&load, 1, 0.8)
        .unwrap();
        let (mut hours, mut truly) = (0.0, None);
        for one in ahead {
            hours += f64::from(one.minutes) / 60.0;
            if hours >= 150.0 && truly.is_none() {
                truly = Some(one.day);
            }
        }
        within += u32::from(due.earliest <= truly && truly <= due.latest);
    }
    // A mean of eight weeks is itself not certain, which the span leaves out.
    let share = f64::from(within) / rounds as f64;
    assert!((0.70..0.92).contains(&share), "{share}");
}

proptest! {
    #![proptest_config(crate::soak::cases(128))]

    #[test]
    fn the_span_is_in_order_and_more_hours_are_due_later(
        minutes in proptest::collection::vec(0u32..1_000, 70),
        every in 1.0..2_000.0f64,
        level in 0.05..0.99f64,
    ) {
        let uses = daily(1, "2027-03-01", 70, |at| minutes[at as usize]);
        let load = Load::new(uses, day("2027-03-01"), day("2027-05-10")).unwrap();
        let due = |every_hours| Upkeep { every_hours, last: day("2027-04-01") }.due(&load, 1, level).unwrap();
        let (one, more) = (due(every), due(every * 1.5));
        let far = NaiveDate::MAX;
        prop_assert!(one.earliest.unwrap_or(far) <= one.expected.unwrap_or(far));
        prop_assert!(one.expected.unwrap_or(far) <= one.latest.unwrap_or(far));
        prop_assert!(one.expected.unwrap_or(far) <= more.expected.unwrap_or(far));
        prop_assert_eq!(one.hours_since, more.hours_since);
    }
}
