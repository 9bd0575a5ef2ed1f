//! Limits of overbooking against every way in which people can come.

use gym_analytics::overbook::{Comers, Costs, OverbookError, limit};
use proptest::prelude::*;

/// What taking the first `taken` costs: every subset of them comes with its own chance.
fn by_enumeration(seats: u32, chances: &[f64], (empty, turned_away): (f64, f64)) -> f64 {
    (0u32..1 << chances.len())
        .map(|subset| {
            let chance: f64 = chances
                .iter()
                .enumerate()
                .map(|(at, chance)| {
                    if subset >> at & 1 == 1 {
                        *chance
                    } else {
                        1.0 - chance
                    }
                })
                .product();
            let came = f64::from(subset.count_ones());
            let seats = f64::from(seats);
            chance * (empty * (seats - came).max(0.0) + turned_away * (came - seats).max(0.0))
        })
        .sum()
}

proptest! {
    #![proptest_config(crate::soak::cases(64))]

    #[test]
    fn no_other_number_of_bookings_costs_less(
        chances in proptest::collection::vec(prop_oneof![0.0..=1.0, Just(0.0), Just(1.0), Just(0.5)], 0..11),
        seats in 0u32..9,
        empty in 0.1..5.0f64,
        turned_away in 0.1..20.0f64,
    ) {
        let found = limit(seats, &chances, Costs::new(empty, turned_away).unwrap()).unwrap();
        let costs: Vec<f64> = (0..=chances.len())
            .map(|taken| by_enumeration(seats, &chances[..taken], (empty, turned_away)))
            .collect();
        let least = costs.iter().copied().fold(f64::INFINITY, f64::min);
        let taken = found.bookings as usize;
        prop_assert!((found.cost - costs[taken]).abs() < 1e-9);
        prop_assert!(found.cost <= least + 1e-9, "{} bookings cost {}, least {least}", taken, found.cost);
        // The least number of those that cost the same.
        prop_assert!(costs[..taken].iter().all(|cost| *cost > least - 1e-9));
        if let Some(before) = taken.checked_sub(1) {
            prop_assert!(chances[before] > 0.0 || costs[before] > costs[taken]);
        }
        let at_seats = chances.len().min(seats as usize);
        prop_assert!((found.cost_at_seats - costs[at_seats]).abs() < 1e-9);
    }

    #[test]
    fn a_distribution_sums_to_one_and_has_the_mean_of_its_people(
        chances in proptest::collection::vec(0.0..=1.0f64, 0..400),
    ) {
        let comers = Comers::new(&chances).unwrap();
        let people = u32::try_from(chances.len()).unwrap();
        let mean: f64 = (0..=people).map(|count| f64::from(count) * comers.exactly(count)).sum();
        prop_assert!((comers.at_least(0) - 1.0).abs() < 1e-12);
        prop_assert!((mean - chances.iter().sum::<f64>()).abs() < 1e-9);
        prop_assert_eq!(comers.exactly(people + 1), 0.0);
    }
}

#[test]
fn the_limits_of_twenty_seats_are_those_of_the_literature() {
    let cases = [
        (0.70, 26, 3.15, 6.00),
        (0.80, 23, 2.49, 4.00),
        (0.85, 22, 2.12, 3.00),
        (0.90, 21, 1.65, 2.00),
    ];
    for (chance, bookings, cost, without) in cases {
        let found = limit(20, &[chance; 60], Costs::new(1.0, 4.0).unwrap()).unwrap();
        assert_eq!(found.bookings, bookings, "chance {chance}");
        assert!(
            (found.cost - cost).abs() < 0.005,
            "chance {chance}: {}",
            found.cost
        );
        assert!(
            (found.cost_at_seats - without).abs() < 0.005,
            "chance {chance}: {}",
            found.cost_at_seats
        );
        assert!((found.empty + 4.0 * found.turned_away - found.cost).abs() < 1e-12);
    }
}

#[test]
fn who_always_comes_is_never_overbooked() {
    let costs = Costs::new(1.0, 0.001).unwrap();
    let found = limit(12, &[1.0; 50], costs).unwrap();
    assert_eq!((found.bookings, found.anybody_turned_away), (12, 0.0));
    assert_eq!(limit(0, &[0.5; 50], costs).unwrap().bookings, 0);
    assert_eq!(limit(12, &[], costs).unwrap().bookings, 0);
    assert_eq!(limit(12, &[0.0; 50], costs).unwrap().bookings, 0);
}

#[test]
fn the_dearer_it_is_to_turn_somebody_away_the_fewer_are_booked() {
    let of = |turned_away| {
        limit(15, &[0.75; 60], Costs::new(1.0, turned_away).unwrap())
            .unwrap()
            .bookings
    };
    let limits = [0.25, 1.0, 4.0, 16.0, 1e9].map(of);
    assert!(limits.is_sorted_by(|a, b| a >= b), "{limits:?}");
    assert_eq!(limits[4], 15);
    assert!(limits[0] > 20);
}

#[test]
fn what_is_no_chance_or_no_cost_is_refused() {
    let costs = Costs::new(1.0, 1.0).unwrap();
    for value in [-0.1, 1.1, f64::NAN, f64::INFINITY] {
        let refused = limit(3, &[0.5, value], costs).unwrap_err();
        assert!(
            matches!(refused, OverbookError::NotChance { person: 1, .. }),
            "{refused}"
        );
        assert!(Comers::new(&[value]).is_err());
    }
    for value in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(Costs::new(value, 1.0).is_err() && Costs::new(1.0, value).is_err());
    }
    assert_eq!(
        limit(3, &[0.5; 10_001], costs).unwrap_err().to_string(),
        "there are 10001 people, expected at most 10000"
    );
    let stored = serde_json::from_str::<Costs>(r#"{"empty": 0.0, "turned_away": 1.0}"#);
    assert!(stored.unwrap_err().to_string().contains("the cost empty is 0"));
}
