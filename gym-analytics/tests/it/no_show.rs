//! Chances to come: drawn towards what is known better, and as near to the truth as a few bookings allow.

use std::collections::BTreeMap;

use crate::rows::unit_at;

use gym_analytics::no_show::{Fate, NoShow, NoShowError, Outcome, STRONGEST};
use gym_core::history::{History, NO_TIME};
use gym_core::sim::teacher::{Lesson, Profile, Teacher};

/// Bookings of members whose own chance to stay away is given.
fn bookings(of: impl Fn(u32) -> f64, members: u32, each: u32) -> Vec<Outcome> {
    let one = |member: u32, at: u32| {
        let away = unit_at(u64::from(member) * 1_000 + u64::from(at)) < of(member);
        Outcome {
            member,
            class: member % 3,
            fate: if away { Fate::StayedAway } else { Fate::Came },
        }
    };
    (0..members)
        .flat_map(|member| (0..each).map(move |at| (member, at)))
        .map(|(member, at)| one(member, at))
        .collect()
}

#[test]
fn members_who_are_alike_are_taken_for_alike() {
    let model = NoShow::learn(&bookings(|_| 0.2, 2_000, 10)).unwrap();
    assert!(
        model.away().member_strength() > 200.0,
        "{}",
        model.away().member_strength()
    );
    let spread: Vec<f64> = (0..50)
        .map(|member| model.chances(member, 0).stays_away)
        .collect();
    assert!(
        spread.iter().all(|chance| (chance - 0.2).abs() < 0.02),
        "{spread:?}"
    );
    assert_eq!(model.late().member_strength(), STRONGEST);
}

#[test]
fn the_strength_of_a_beta_distribution_is_found() {
    // Beta(2, 8) has strength 10: the sum of two of ten exponential parts.
    let part = |member: u32, at: u64| -(1.0 - unit_at(u64::from(member) * 64 + at + 1_000_000_000)).ln();
    let own = |member: u32| {
        let parts: Vec<f64> = (0..10).map(|at| part(member, at)).collect();
        (parts[0] + parts[1]) / parts.iter().sum::<f64>()
    };
    let model = NoShow::learn(&bookings(own, 3_000, 20)).unwrap();
    let strength = model.away().member_strength();
    assert!((9.0..11.1).contains(&strength), "{strength}");
    assert!(
        (model.away().club() - 0.2).abs() < 0.01,
        "{}",
        model.away().club()
    );
}

#[test]
fn chances_sum_to_one_and_move_from_the_club_to_the_member() {
    let mut seen = bookings(|member| if member < 500 { 0.05 } else { 0.4 }, 1_000, 12);
    seen.extend((0..400).map(|at| Outcome {
        member: 5_000,
        class: 1,
        fate: if at % 4 == 0 {
            Fate::CancelledLate
        } else {
            Fate::Came
        },
    }));
    let model = NoShow::learn(&seen).unwrap();
    for (member, class) in [(0, 0), (700, 2), (5_000, 1), (9_999, 1), (9_999, 77)] {
        let chances = model.chances(member, class);
        let sum = chances.comes + chances.stays_away + chances.cancels_late;
        assert!((sum - 1.0).abs() < 1e-12);
        assert!(
            [chances.comes, chances.stays_away, chances.cancels_late]
                .iter()
                .all(|chance| (0.0..=1.0).contains(chance))
        );
    }
    assert!(
        (model.chances(5_000, 1).cancels_late - 0.25).abs() < 0.03,
        "400 bookings are believed"
    );
    let class = model.away().class(1);
    assert!(
        (model.away().of(9_999, 1) - class).abs() < 1e-12,
        "nobody knows 9999"
    );
    assert!(
        (model.away().of(9_999, 77) - model.away().club()).abs() < 1e-12,
        "nor class 77"
    );
}

#[test]
fn order_changes_nothing_and_nothing_is_no_model() {
    let mut seen = bookings(|member| f64::from(member % 10) / 20.0, 300, 7);
    let model = NoShow::learn(&seen).unwrap();
    seen.reverse();
    assert_eq!(NoShow::learn(&seen).unwrap(), model);
    assert_eq!(NoShow::learn(&[]), Err(NoShowError::Empty));
    let stored = serde_json::to_string(&model).unwrap();
    assert_eq!(serde_json::from_str::<NoShow>(&stored).unwrap(), model);
    for fate in [Fate::Came, Fate::StayedAway, Fate::CancelledLate] {
        let one = NoShow::learn(&[Outcome {
            member: 0,
            class: 0,
            fate,
        }])
        .unwrap()
        .chances(0, 0);
        assert!(
            one.comes > 0.0 && one.stays_away > 0.0 && one.cancels_late > 0.0,
            "{one:?}"
        );
    }
}

/// A log-loss of "comes", of the bookings settled after an instant.
fn log_loss(lesson: &Lesson, rows: &[usize], chance: impl Fn(u32, u32) -> f64) -> f64 {
    let history = &lesson.history;
    let bookings: Vec<_> = history.bookings.rows().collect();
    let one = |row: &usize| {
        let booking = bookings[*row];
        let class = history.classes.programme[booking.class as usize];
        let chance = chance(booking.member, class).clamp(1e-9, 1.0 - 1e-9);
        let came = booking.state == gym_core::booking::RegistrationState::Attended;
        -(if came { chance } else { 1.0 - chance }).ln()
    };
    rows.iter().map(one).sum::<f64>() / rows.len() as f64
}

/// The bookings that were settled after an instant by coming or not, thinned so that a test stays quick.
fn later(history: &History, after: i64) -> Vec<usize> {
    let rows = history.bookings.rows().enumerate().filter(|(_, booking)| {
        booking.settled_at != NO_TIME
            && booking.booked_at > after
            && matches!(
                booking.state,
                gym_core::booking::RegistrationState::Attended
                    | gym_core::booking::RegistrationState::NoShow
                    | gym_core::booking::RegistrationState::LateCancelled
            )
    });
    rows.map(|(row, _)| row).step_by(17).collect()
}

#[test]
fn a_club_whose_truth_is_known_is_predicted_better_than_by_its_average_or_by_raw_shares() {
    let lesson = Teacher::new(
        Profile::NorthAmerica,
        11,
        1_200,
        "2024-01-01".parse().unwrap(),
        18,
    )
    .teach();
    let cut = lesson.months[12];
    let seen = Outcome::of(&lesson.history, cut);
    assert!(seen.len() > 3_000, "{}", seen.len());
    let model = NoShow::learn(&seen).unwrap();
    let rows = later(&lesson.history, gym_core::history::micros(cut));
    assert!(rows.len() > 200, "{}", rows.len());
    let came = seen.iter().filter(|one| one.fate == Fate::Came).count() as f64 / seen.len() as f64;
    let mut raw = BTreeMap::<u32, (f64, f64)>::new();
    for one in &seen {
        let of = raw.entry(one.member).or_default();
        of.0 += f64::from(one.fate == Fate::Came);
        of.1 += 1.0;
    }
    let ours = log_loss(&lesson, &rows, |member, class| model.chances(member, class).comes);
    let average = log_loss(&lesson, &rows, |_, _| came);
    let shares = log_loss(&lesson, &rows, |member, _| {
        raw.get(&member).map_or(came, |of| of.0 / of.1)
    });
    assert!(
        ours < average && ours < shares - 0.1,
        "{ours} against {average} and {shares}"
    );
    // Against the truth, on average over all of those bookings.
    let truth: BTreeMap<u32, f64> = lesson
        .truth
        .showings
        .iter()
        .map(|one| (one.booking, one.shows))
        .collect();
    let (mut told, mut known, mut apart, mut flat) = (0.0, 0.0, 0.0, 0.0);
    let bookings: Vec<_> = lesson.history.bookings.rows().collect();
    for row in &rows {
        let booking = bookings[*row];
        let class = lesson.history.classes.programme[booking.class as usize];
        let comes = model.chances(booking.member, class).comes;
        let truly = truth[&u32::try_from(*row).unwrap()];
        told += comes;
        known += truly;
        apart += (comes - truly).abs();
        flat += (came - truly).abs();
    }
    let all = rows.len() as f64;
    assert!(
        (told - known).abs() / all < 0.03,
        "{} of {}",
        told / all,
        known / all
    );
    assert!(
        apart < 0.95 * flat,
        "{} apart, the average {}",
        apart / all,
        flat / all
    );
}

#[test]
fn what_is_settled_or_recorded_later_is_not_known() {
    let lesson = Teacher::new(Profile::Rio, 5, 150, "2024-01-01".parse().unwrap(), 8).teach();
    let cut = lesson.months[4];
    let before = Outcome::of(&lesson.history, cut);
    let until = gym_core::history::micros(cut);
    let mut facts = lesson.history.clone().into_facts();
    facts.bookings = facts
        .bookings
        .rows()
        .filter(|row| row.settled_at <= until)
        .collect();
    let history = History::new(lesson.history.during(), facts).unwrap();
    assert!(!before.is_empty());
    assert_eq!(Outcome::of(&history, cut), before);
}
