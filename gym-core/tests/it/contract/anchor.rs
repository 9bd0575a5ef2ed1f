//! The day of the month on which a membership was bought is kept for a hundred years.

use chrono::{Datelike, NaiveDate};
use gym_core::billing::obligation::Key;
use gym_core::billing::proration::prorate;
use gym_core::billing::subscription::owed;
use gym_core::membership::after;
use gym_core::membership::plan::Terms;
use gym_core::time::{Cycle, Days, Unit};
use proptest::prelude::*;

use super::{Hall, eur, monthly, months};

/// The last day of the month, or the one wanted if the month has it.
fn clamped(year: i32, month: u32, wanted: u32) -> NaiveDate {
    (1..=wanted)
        .rev()
        .find_map(|day| NaiveDate::from_ymd_opt(year, month, day))
        .unwrap()
}

#[test]
fn a_hundred_years_of_dates_return_to_their_day_in_long_months() {
    for month in 1..=12 {
        for wanted in 29..=31 {
            let start = clamped(2028, month, wanted);
            let (hall, id) = Hall::with(&start.to_string(), monthly(50_00));
            let contract = hall.gym.club.contract(id).unwrap();
            let through = NaiveDate::from_ymd_opt(2128, 12, 31).unwrap();
            let owed = owed(&contract, through).unwrap();
            let months = usize::try_from(100 * 12 + 12 - month + 1).unwrap();
            assert_eq!(owed.len(), months, "joined on {start}");
            for (k, one) in owed.iter().enumerate() {
                let months = u32::try_from(k).unwrap() + month - 1;
                let year = 2028 + i32::try_from(months / 12).unwrap();
                let due = clamped(year, months % 12 + 1, start.day());
                let Key::Period { start: key, .. } = one.key else {
                    panic!("{one:?}")
                };
                assert_eq!(
                    (one.due_on, key, one.amount.minor()),
                    (due, due, 50_00),
                    "joined on {start}"
                );
                let next = owed.get(k + 1).map(|next| next.due_on);
                assert!(
                    next.is_none() || one.days.map(|days| days.until()) == next,
                    "no gap and no overlap"
                );
            }
        }
    }
}

#[test]
fn who_joins_on_the_29th_of_february_pays_on_the_28th_for_good() {
    for (years, first) in [(1, 2028), (4, 2028), (3, 2032)] {
        let terms = Terms {
            cycle: Cycle::new(years, Unit::Year).unwrap(),
            ..monthly(50_000)
        };
        let start = clamped(first, 2, 29);
        let (hall, id) = Hall::with(&start.to_string(), terms);
        let through = format!("{}-12-31", first + 100);
        let due: Vec<NaiveDate> = hall.owed(id, &through).iter().map(|owed| owed.due_on).collect();
        let step = usize::try_from(years).unwrap();
        let expected = (first..=first + 100)
            .step_by(step)
            .map(|year| clamped(year, 2, 29));
        assert_eq!(due, expected.collect::<Vec<_>>(), "every {years} years");
    }
}

#[test]
fn terms_are_measured_from_the_first_day() {
    let start = "2027-08-31".parse().unwrap();
    let ends = (1..=7).map(|n| after(start, &vec![months(1); n]).unwrap().to_string());
    assert_eq!(
        ends.collect::<Vec<_>>(),
        [
            "2027-09-30",
            "2027-10-31",
            "2027-11-30",
            "2027-12-31",
            "2028-01-31",
            "2028-02-29",
            "2028-03-31"
        ]
    );
    let mixed = [
        Cycle::new(1, Unit::Year).unwrap(),
        months(6),
        Cycle::new(10, Unit::Day).unwrap(),
    ];
    assert_eq!(after(start, &mixed).unwrap().to_string(), "2029-03-10");
    assert_eq!(after(NaiveDate::MAX, &mixed), None);
}

proptest! {
    #![proptest_config(crate::support::soak::cases(256))]

    #[test]
    fn any_split_of_a_period_sums_to_the_price_in_any_order(
        minor in -1_000_000_000_i64..1_000_000_000,
        from in 0_u64..40_000,
        length in 1_u64..400,
        cuts in prop::collection::vec(0_u64..400, 0..20),
    ) {
        let first = NaiveDate::from_ymd_opt(2000, 1, 1).unwrap();
        let day = |n: u64| first.checked_add_days(chrono::Days::new(n)).unwrap();
        let period = Days::new(day(from), day(from + length)).unwrap();
        let mut edges: Vec<u64> = cuts.iter().map(|cut| cut % length).chain([0, length]).collect();
        edges.sort_unstable();
        edges.dedup();
        let mut parts: Vec<Days> = edges
            .windows(2)
            .map(|pair| Days::new(day(from + pair[0]), day(from + pair[1])).unwrap())
            .collect();
        let rotated = cuts.len() % parts.len();
        parts.rotate_left(rotated);
        let sum: i64 = parts.iter().map(|part| prorate(eur(minor), period, *part).unwrap().minor()).sum();
        prop_assert_eq!(sum, minor);
    }
}
