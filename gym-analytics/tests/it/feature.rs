//! Features at an instant: what was known then, whatever comes later, and the same on any number of threads.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;

use gym_analytics::explain::{Part, Words};
use gym_analytics::feature::{Features, NAMES};
use gym_core::booking::RegistrationState;
use gym_core::history::*;
use gym_core::sim::teacher::{Profile, Teacher};
use proptest::prelude::*;

use crate::feature_oracle::oracle;
use crate::random::{DAY, Draw, FIRST, LENGTH, during, facts, instant, later};

fn history(facts: Facts) -> History {
    History::new(during(), facts).unwrap()
}

fn bits(features: &Features) -> Vec<Vec<u64>> {
    features
        .columns()
        .map(|(_, values)| values.iter().map(|value| value.to_bits()).collect())
        .collect()
}

fn any_as_of(seed: u64) -> i64 {
    FIRST + Draw(seed ^ 7).below(LENGTH)
}

/// Checks every feature of every member against the same in polars expressions.
fn check(history: &History, as_of: i64) {
    let features = Features::at(history, instant(as_of)).unwrap();
    let expected = oracle(history, as_of);
    assert_eq!(expected.len(), NAMES.len());
    for ((name, values), (called, wanted)) in features.columns().zip(&expected) {
        assert_eq!(name, *called);
        assert_eq!(values.len(), features.members().len(), "{name}");
        for (member, value) in features.members().iter().zip(values) {
            let want = wanted[*member as usize];
            assert!(value.is_finite(), "{name} of member {member}: {value}");
            assert!(
                (value - want).abs() <= 1e-9 * want.abs().max(1.0),
                "{name} of member {member}: {value}, and polars says {want}"
            );
        }
    }
}

proptest! {
    #![proptest_config(crate::soak::cases(24))]

    #[test]
    fn every_feature_is_what_polars_says(seed in any::<u64>()) {
        let as_of = any_as_of(seed);
        check(&history(facts(seed, 9, as_of)), as_of);
    }

    #[test]
    fn what_comes_or_is_recorded_later_changes_no_bit(seed in any::<u64>()) {
        let as_of = any_as_of(seed);
        let before = facts(seed, 9, as_of);
        let after = history(later(&before, seed, as_of));
        let before = history(before);
        prop_assert!(after.check_ins.len() > before.check_ins.len());
        let (before, after) =
            (Features::at(&before, instant(as_of)).unwrap(), Features::at(&after, instant(as_of)).unwrap());
        prop_assert_eq!(before.members(), after.members());
        prop_assert_eq!(bits(&before), bits(&after));
    }

    #[test]
    fn neither_threads_nor_the_order_of_rows_change_a_bit(seed in any::<u64>(), threads in 2..5_usize) {
        let as_of = any_as_of(seed);
        let one = history(facts(seed, 9, as_of));
        let mut turned = one.clone().into_facts();
        let rows: Vec<CheckIn> = turned.check_ins.rows().collect();
        turned.check_ins = rows.into_iter().rev().collect();
        let one_thread = Features::at(&one, instant(as_of)).unwrap();
        let threads = NonZeroUsize::new(threads).unwrap();
        let more = Features::on_threads(&one, instant(as_of), threads).unwrap();
        let turned = Features::at(&history(turned), instant(as_of)).unwrap();
        prop_assert_eq!(bits(&one_thread), bits(&more));
        prop_assert_eq!(bits(&one_thread), bits(&turned));
    }
}

/// The features that are 1 or 0.
const FLAGS: [&str; 5] = ["is_ending", "is_frozen", "is_behind", "is_age_known", "may_leave"];

#[test]
fn every_feature_has_words_of_its_own() {
    let words = Words::for_features();
    let mut said = BTreeSet::new();
    for feature in NAMES.into_iter().chain(["may_leave", "months_ahead"]) {
        let say = |value: f64| {
            words.say(&Part {
                feature: feature.to_owned(),
                value,
                adds: 1.0,
            })
        };
        // What is so is said of a flag, not its value.
        let (values, shown) = match FLAGS.contains(&feature) {
            true => ([1.0, 0.0], [None, None]),
            false => ([3.0, 4.0], [Some('3'), Some('4')]),
        };
        for (value, digit) in values.into_iter().zip(shown) {
            let sentence = say(value);
            assert!(!sentence.contains(['{', '|']), "{sentence}");
            match digit {
                Some(digit) => assert!(sentence.contains(digit), "{sentence}"),
                None => assert!(!sentence.contains(['0', '1', ':']), "{sentence}"),
            }
            assert!(
                !sentence.starts_with(&feature.replace('_', " ")),
                "{feature} has no words"
            );
            assert!(said.insert(sentence.clone()), "{sentence}");
        }
    }
}

#[test]
fn a_taught_club_is_what_polars_says() {
    let lesson = Teacher::new(Profile::Uk, 3, 150, "2024-01-01".parse().unwrap(), 18).teach();
    check(&lesson.history, micros(lesson.months[14]));
}

#[test]
fn a_visit_counts_on_its_civil_day_and_once() {
    let mut all = facts(1, 1, FIRST + 300 * DAY);
    let (place, member) = (2, 0);
    let mut columns = all.members.into_columns();
    (columns.place[0], columns.recorded_at[0], columns.joined_on[0]) = (place, FIRST, (FIRST / DAY) as i32);
    all.members = columns.try_into().unwrap();
    all.check_ins = CheckIns::default();
    all.bookings = Bookings::default();
    // Chatham is 12:45 ahead: 11:30 UTC on 2025-05-01 is 00:15 on the 2nd there.
    let at = FIRST + 120 * DAY + 11 * DAY / 24 + DAY / 48;
    for minutes in [0, 3] {
        all.check_ins.push(CheckIn {
            member,
            place,
            at: at + minutes * 60_000_000,
            recorded_at: at,
            left_at: NO_TIME,
        });
    }
    let value = |facts: &Facts, as_of: i64, name: &str| {
        Features::at(&history(facts.clone()), instant(as_of))
            .unwrap()
            .column(name)
            .unwrap()[0]
    };
    // Half past noon UTC is the 2nd in Chatham, still: the visit was today.
    assert_eq!(value(&all, at + DAY / 24, "days_since_visit"), 0.0);
    assert_eq!(value(&all, at + DAY / 24, "visits_total"), 2.0);
    assert_eq!(value(&all, at + DAY / 24, "visit_days_7"), 1.0);
    assert_eq!(value(&all, at + DAY, "days_since_visit"), 1.0);
    assert_eq!(value(&all, at + DAY, "share_early"), 1.0);
    assert_eq!(value(&all, at - 1, "visits_total"), 0.0);
}

#[test]
fn a_booking_is_a_visit_when_it_was_noted_and_not_before() {
    let as_of = FIRST + 300 * DAY;
    let mut all = facts(1, 1, as_of);
    let mut columns = all.members.into_columns();
    columns.recorded_at[0] = FIRST;
    all.members = columns.try_into().unwrap();
    all.check_ins = CheckIns::default();
    let noted = as_of - DAY;
    all.bookings = [Booking {
        member: 0,
        class: NO_ID,
        seats: 1,
        booked_at: as_of - 3 * DAY,
        recorded_at: as_of - 3 * DAY,
        state: RegistrationState::Attended,
        settled_at: noted,
    }]
    .into_iter()
    .collect();
    let all = history(all);
    let attended = |as_of: i64| {
        Features::at(&all, instant(as_of))
            .unwrap()
            .column("visits_total")
            .unwrap()[0]
    };
    assert_eq!((attended(noted - 1), attended(noted)), (0.0, 1.0));
}

#[test]
fn an_instant_outside_of_the_history_is_refused() {
    let history = history(facts(4, 3, FIRST + DAY));
    assert!(Features::at(&history, instant(FIRST - 1)).is_err());
    assert!(Features::at(&history, instant(FIRST + LENGTH + 1)).is_err());
    let none = Features::at(&history, instant(FIRST)).unwrap();
    assert!(
        none.columns()
            .all(|(_, values)| values.len() == none.members().len())
    );
}
