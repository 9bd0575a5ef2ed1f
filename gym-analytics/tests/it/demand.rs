//! Counts of people, an hour and a day ahead: better than last week's, and from nothing that was not known.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use gym_analytics::demand::{Ahead, ClassDemand, Counts, CountsError, Demand, DemandError, Plan};
use gym_core::booking::RegistrationState;
use gym_core::history::{History, micros};
use gym_core::sim::teacher::{Profile, Teacher};

use crate::rows::unit_at;

fn poisson(mean: f64, seed: u64) -> f64 {
    let (mut product, mut count) = (unit_at(seed * 512), 0u32);
    while product > (-mean).exp() && count < 500 {
        count += 1;
        product *= unit_at(seed * 512 + u64::from(count));
    }
    f64::from(count)
}

fn start() -> DateTime<Utc> {
    "2026-01-05T00:00:00Z".parse().unwrap()
}

/// What is truly expected at a step of an hour: busy evenings, quiet weekends, and a level that drifts by the day.
fn truth(step: u64) -> f64 {
    let (day, hour) = (step / 24, (step % 24) as f64);
    let shape =
        3.0 + 25.0 * (-(hour - 18.0).powi(2) / 8.0).exp() + 12.0 * (-(hour - 8.0).powi(2) / 6.0).exp();
    let weekend = if day % 7 >= 5 { 0.6 } else { 1.0 };
    let drift = 1.0 + 0.5 * (day as f64 / 60.0).sin() + 0.2 * (unit_at(day + 77_000) - 0.5);
    shape * weekend * drift
}

fn counts(steps: u64) -> Counts {
    let one = |step: u64| {
        (
            start() + TimeDelta::hours(step as i64),
            poisson(truth(step), step + 1),
        )
    };
    Counts::new(chrono_tz::UTC, (0..steps).map(one)).unwrap()
}

const DAYS: u64 = 90;

#[test]
fn a_drifting_club_is_told_better_than_by_last_week() {
    let all = counts(DAYS * 24);
    let cut = (DAYS - 21) * 24;
    let learned = all.until(start() + TimeDelta::hours(cut as i64 - 1));
    let steps: Vec<u64> = (cut..DAYS * 24).collect();
    let at: Vec<_> = steps
        .iter()
        .map(|step| start() + TimeDelta::hours(*step as i64))
        .collect();
    let truly = &all.people()[cut as usize..];
    let off = |told: &[f64]| {
        told.iter()
            .zip(truly)
            .map(|(told, truly)| (told - truly).abs())
            .sum::<f64>()
            / truly.len() as f64
    };
    let last_week: Vec<f64> = at.iter().map(|at| all.last_week(*at).unwrap()).collect();
    let oracle: Vec<f64> = steps.iter().map(|step| truth(*step)).collect();
    for ahead in [Ahead::Hour, Ahead::Day] {
        let demand = Demand::learn(&learned, ahead).unwrap();
        let told = demand.forecast(&all, &at).unwrap();
        let (ours, naive, best) = (off(&told), off(&last_week), off(&oracle));
        assert!(
            ours < 0.92 * naive,
            "{ahead:?}: {ours}, last week {naive}, the truth itself {best}"
        );
        assert!(ours < 1.4 * best, "{ahead:?}: {ours}, the truth itself {best}");
        let (sum, expected) = (truly.iter().sum::<f64>(), told.iter().sum::<f64>());
        assert!(
            (expected / sum - 1.0).abs() < 0.08,
            "{ahead:?}: {expected} of {sum}"
        );
    }
}

#[test]
fn what_is_counted_later_changes_no_forecast() {
    let all = counts(40 * 24);
    let at: Vec<_> = (30..40)
        .step_by(2)
        .map(|day| start() + TimeDelta::days(day) + TimeDelta::minutes(18 * 60 + 7))
        .collect();
    for ahead in [Ahead::Hour, Ahead::Day] {
        let demand = Demand::learn(&all, ahead).unwrap();
        let told = demand.forecast(&all, &at).unwrap();
        for (at, told) in at.iter().zip(&told) {
            let made = *at - ahead.span();
            let known = all.until(made);
            assert_eq!(
                demand.forecast(&known, &[*at]).unwrap()[0].to_bits(),
                told.to_bits()
            );
            // Even a count a moment after the forecast is made.
            let times = known
                .at()
                .iter()
                .map(|at| DateTime::from_timestamp_micros(*at).unwrap());
            let later = times
                .zip(known.people().iter().copied())
                .chain([(made + TimeDelta::seconds(1), 900.0)]);
            let more = Counts::new(chrono_tz::UTC, later).unwrap();
            assert_eq!(
                demand.forecast(&more, &[*at]).unwrap()[0].to_bits(),
                told.to_bits()
            );
        }
        let mut backwards: Vec<_> = at.iter().rev().copied().collect();
        let mut again = demand.forecast(&all, &backwards).unwrap();
        again.reverse();
        backwards.reverse();
        assert_eq!(again, told, "the order of the question is nothing");
    }
}

#[test]
fn counts_are_in_order_and_the_last_of_an_instant_counts() {
    let hour = |at: i64| start() + TimeDelta::hours(at);
    let counts = Counts::new(chrono_tz::UTC, [(hour(2), 5.0), (hour(0), 1.0), (hour(2), 7.0)]).unwrap();
    assert_eq!((counts.len(), counts.people()), (2, [1.0, 7.0].as_slice()));
    assert_eq!(counts.near(hour(2) + TimeDelta::minutes(10)), Some(7.0));
    assert_eq!(counts.near(hour(2) + TimeDelta::minutes(11)), None);
    assert_eq!(counts.last_week(hour(7 * 24)), Some(1.0));
    let week = counts.week(hour(0));
    assert_eq!(
        (week[0][0], week[0][2], week[0][1], week[3][2]),
        (Some(1.0), Some(7.0), None, None)
    );
    for value in [-1.0, f64::NAN, f64::INFINITY] {
        let why = Counts::new(chrono_tz::UTC, [(hour(0), value)]).unwrap_err();
        assert!(matches!(why, CountsError::NotCount { .. }), "{why}");
    }
}

#[test]
fn an_hour_of_the_week_is_that_of_the_clocks_there() {
    // Noon in New York, before and after the clocks change on 2026-03-08.
    let at = ["2026-03-06T17:00:00Z", "2026-03-13T16:00:00Z"].map(|at| at.parse::<DateTime<Utc>>().unwrap());
    let counts = Counts::new(chrono_tz::America::New_York, at.map(|at| (at, 4.0))).unwrap();
    let week = counts.week(at[0]);
    assert_eq!(week[4].iter().flatten().count(), 1);
    assert_eq!(week[4][12], Some(4.0));
}

#[test]
fn who_is_inside_is_who_came_and_has_not_left() {
    let lesson = Teacher::new(Profile::Uk, 9, 80, "2025-01-01".parse().unwrap(), 6).teach();
    let as_of = lesson.months[3];
    let (every, stay) = (TimeDelta::minutes(30), TimeDelta::minutes(70));
    let counts = Counts::inside(&lesson.history, 0, as_of, every, stay).unwrap();
    assert!(counts.len() > 1_000);
    let until = micros(as_of);
    let mut in_classes = 0;
    for place in (0..counts.len()).step_by(7) {
        let now = counts.at()[place];
        let inside = lesson.history.check_ins.rows().filter(|row| {
            let left = if row.left_at == gym_core::history::NO_TIME || row.left_at > until {
                row.at + 70 * 60_000_000
            } else {
                row.left_at
            };
            row.place == 0 && row.recorded_at <= until && row.at <= now && now < left
        });
        let attends = lesson.history.bookings.rows().filter(|row| {
            let class = row.class as usize;
            let classes = &lesson.history.classes;
            row.state == RegistrationState::Attended
                && row.settled_at <= until
                && classes.starts_at[class] <= now
                && now < classes.ends_at[class]
        });
        let attending: BTreeSet<u32> = attends.map(|row| row.member).collect();
        in_classes += attending.len();
        let everybody: BTreeSet<u32> = inside.map(|row| row.member).chain(attending).collect();
        assert_eq!(counts.people()[place], everybody.len() as f64);
    }
    assert!(in_classes > 10, "{in_classes}");
    let wrong = Counts::inside(&lesson.history, 9, as_of, every, stay).unwrap_err();
    assert_eq!(wrong.to_string(), "place 9 does not exist, there are 1");
    let wrong = Counts::inside(&lesson.history, 0, as_of, TimeDelta::zero(), stay).unwrap_err();
    assert_eq!(wrong.to_string(), "the step is 0 minutes, expected 1 to 1440");
}

#[test]
fn too_little_is_an_error() {
    let few = counts(150);
    assert!(matches!(
        Demand::learn(&few, Ahead::Day),
        Err(DemandError::TooShort { expected: 200, .. })
    ));
    let none = Counts::new(chrono_tz::UTC, []).unwrap();
    assert!(
        none.is_empty()
            && matches!(
                Demand::learn(&none, Ahead::Hour),
                Err(DemandError::TooShort { found: 0, .. })
            )
    );
    let zeros = Counts::new(
        chrono_tz::UTC,
        (0..900).map(|at| (start() + TimeDelta::hours(at), 0.0)),
    )
    .unwrap();
    assert!(matches!(
        Demand::learn(&zeros, Ahead::Day),
        Err(DemandError::Fit(_))
    ));
    let all = counts(30 * 24);
    let demand = Demand::learn(&all, Ahead::Day).unwrap();
    let far = start() + TimeDelta::days(92);
    assert!(matches!(
        demand.forecast(&all, &[far]),
        Err(DemandError::NoPast { .. })
    ));
    assert!(matches!(
        demand.forecast(&all, &[start()]),
        Err(DemandError::NoPast { .. })
    ));
}

#[test]
fn a_stored_model_says_the_same() {
    let all = counts(30 * 24);
    let demand = Demand::learn(&all, Ahead::Hour).unwrap();
    let stored = serde_json::to_string(&demand).unwrap();
    let again: Demand = serde_json::from_str(&stored).unwrap();
    let at = start() + TimeDelta::hours(30 * 24);
    assert_eq!(
        demand.forecast(&all, &[at]).unwrap(),
        again.forecast(&all, &[at]).unwrap()
    );
    assert_eq!(Demand::learn(&all, Ahead::Hour).unwrap(), demand);
}

/// Of each class after an instant that was held: its plan, and how many wanted it.
fn held_after(history: &History, after: i64) -> (Vec<Plan>, Vec<f64>) {
    let mut wanted = vec![0.0; history.classes.len()];
    for booking in history.bookings.rows() {
        let given_back = matches!(
            booking.state,
            RegistrationState::Cancelled | RegistrationState::ClubCancelled
        );
        if booking.class != gym_core::history::NO_ID && !given_back {
            wanted[booking.class as usize] += f64::from(booking.seats);
        }
    }
    let rows = history
        .classes
        .rows()
        .zip(wanted)
        .filter(|(class, _)| class.is_on && class.starts_at > after);
    rows.map(|(class, wanted)| {
        let starts_at = DateTime::from_timestamp_micros(class.starts_at).unwrap();
        (
            Plan {
                programme: class.programme,
                place: class.place,
                starts_at,
            },
            wanted,
        )
    })
    .unzip()
}

#[test]
fn seats_that_are_wanted_are_told_a_week_ahead_better_than_by_the_last_class() {
    let lesson = Teacher::new(Profile::NorthAmerica, 31, 700, "2024-01-01".parse().unwrap(), 16).teach();
    let (learned, asked) = (lesson.months[12], lesson.months[12] + TimeDelta::days(7));
    let demand = ClassDemand::learn(&lesson.history, learned).unwrap();
    let (plans, wanted) = held_after(&lesson.history, micros(learned));
    let week: Vec<usize> = (0..plans.len())
        .filter(|at| plans[*at].starts_at <= asked)
        .collect();
    assert!(week.len() > 10, "{}", week.len());
    let plans: Vec<Plan> = week.iter().map(|at| plans[*at]).collect();
    let truly: Vec<f64> = week.iter().map(|at| wanted[*at]).collect();
    let told = demand.expected(&lesson.history, learned, &plans).unwrap();
    let off = |told: &[f64]| {
        told.iter()
            .zip(&truly)
            .map(|(told, truly)| (told - truly).abs())
            .sum::<f64>()
    };
    let level = truly.iter().sum::<f64>() / truly.len() as f64;
    let flat = vec![level; truly.len()];
    let last: Vec<f64> = plans
        .iter()
        .map(|plan| last_week(&lesson.history, plan).unwrap_or(level))
        .collect();
    assert!(off(&told) < off(&last), "{} {}", off(&told), off(&last));
    // Even against the mean of these classes themselves.
    assert!(off(&told) < 1.05 * off(&flat), "{} {}", off(&told), off(&flat));
    let (sum, expected) = (truly.iter().sum::<f64>(), told.iter().sum::<f64>());
    assert!((expected / sum - 1.0).abs() < 0.15, "{expected} of {sum}");
    // Whatever happens after an instant changes nothing that is said at it.
    let mut facts = lesson.history.clone().into_facts();
    let until = micros(learned);
    facts.bookings = facts
        .bookings
        .rows()
        .filter(|row| row.recorded_at <= until)
        .collect();
    let history = History::new(lesson.history.during(), facts).unwrap();
    assert_eq!(demand.expected(&history, learned, &plans).unwrap(), told);
    assert_eq!(ClassDemand::learn(&history, learned).unwrap(), demand);
    assert!(matches!(
        demand.expected(&lesson.history, lesson.months[0], &plans),
        Err(DemandError::NoPast { .. })
    ));
}

/// How many wanted the same class of the week before.
fn last_week(history: &History, plan: &Plan) -> Option<f64> {
    let (before, wanted) = held_after(history, 0);
    let same = before.iter().position(|other| {
        other.programme == plan.programme
            && (plan.starts_at - other.starts_at - TimeDelta::days(7))
                .num_minutes()
                .abs()
                <= 60
    })?;
    Some(wanted[same])
}
