//! The simulated clubs whose truth is known: people stay as long as was published, and what is kept is true.

use std::collections::{BTreeSet, HashMap};

use gym_core::booking::RegistrationState;
use gym_core::history::{Ending, NO_DAY, day_number, micros};
use gym_core::sim::teacher::{Lesson, Month, Profile, Teacher};
use gym_core::time::{Instant, civil};

fn lesson(profile: Profile, seed: u64) -> Lesson {
    Teacher::new(profile, seed, 2_000, "2021-01-01".parse().unwrap(), 40).teach()
}

/// The first days of the months, as days since 1970.
fn days(lesson: &Lesson) -> Vec<i32> {
    let zone = lesson.history.places.zone[0];
    lesson
        .months
        .iter()
        .map(|at| day_number(civil(zone, *at).date()))
        .collect()
}

/// The share that is still there after some months (Kaplan and Meier).
fn survival(lesson: &Lesson, months: f64) -> f64 {
    let end = *days(lesson).last().unwrap();
    let held = lesson.history.memberships.rows();
    let mut stays: Vec<(i32, bool)> = held
        .map(|row| match row.ends_on {
            NO_DAY => (end - row.starts_on, false),
            on => (on - row.starts_on, true),
        })
        .collect();
    stays.sort_unstable();
    let (mut there, mut at_risk) = (1.0, stays.len() as f64);
    for (stay, left) in stays {
        if f64::from(stay) > months * 30.44 {
            break;
        }
        if left {
            there *= 1.0 - 1.0 / at_risk;
        }
        at_risk -= 1.0;
    }
    there
}

#[test]
fn people_stay_as_long_as_was_published() {
    for (profile, published) in [
        (Profile::Rio, &[(3.0, 0.37, 0.05), (12.0, 0.02, 0.03)][..]),
        (Profile::Uk, &[(8.0, 0.50, 0.05)]),
        (
            Profile::NorthAmerica,
            &[
                (3.0, 0.909, 0.03),
                (6.0, 0.823, 0.04),
                (12.0, 0.672, 0.05),
                (24.0, 0.444, 0.05),
            ],
        ),
    ] {
        let lesson = lesson(profile, 91);
        for (months, share, within) in published {
            let found = survival(&lesson, *months);
            assert!(
                (found - share).abs() < *within,
                "{}: {found:.3} stay {months} months, {share} do",
                profile.as_str()
            );
        }
    }
}

/// The days on which each member came.
fn visits(lesson: &Lesson) -> Vec<BTreeSet<i32>> {
    let history = &lesson.history;
    let zone = history.places.zone[0];
    let day = |at: i64| day_number(civil(zone, Instant::from_timestamp_micros(at).unwrap()).date());
    let mut days = vec![BTreeSet::new(); history.members.len()];
    for row in history.check_ins.rows() {
        days[row.member as usize].insert(day(row.at));
    }
    for row in history.bookings.rows() {
        if row.state == RegistrationState::Attended {
            days[row.member as usize].insert(day(history.classes.starts_at[row.class as usize]));
        }
    }
    days
}

/// How many days members come on from one day after joining to another, of those who stay that long.
fn comes(lesson: &Lesson, from: i32, until: i32) -> Vec<usize> {
    let end = *days(lesson).last().unwrap();
    let visits = visits(lesson);
    let held = lesson.history.memberships.rows().zip(&visits);
    held.filter(|(row, _)| if row.ends_on == NO_DAY { end } else { row.ends_on } >= row.starts_on + until)
        .map(|(row, days)| days.range(row.starts_on + from..row.starts_on + until).count())
        .collect()
}

fn share(of: &[usize], which: impl Fn(usize) -> bool) -> f64 {
    of.iter().filter(|it| which(**it)).count() as f64 / of.len() as f64
}

#[test]
fn people_come_as_often_as_was_published() {
    let america = lesson(Profile::NorthAmerica, 95);
    let year = comes(&america, 0, 365);
    let mean = year.iter().sum::<usize>() as f64 / year.len() as f64;
    assert!((mean - 105.0).abs() < 7.0, "{mean} visits a year, 105 are");
    let often = share(&year, |days| days >= 100);
    assert!((often - 0.5).abs() < 0.05, "{often} come on 100 days, half do");
    // The fourth month.
    let few = share(&comes(&lesson(Profile::Uk, 95), 91, 122), |days| days < 4);
    assert!(
        few > 0.38 && few < 0.46,
        "{few} come fewer than 4 times, over 0.4 do"
    );
}

#[test]
fn as_many_of_a_thousand_cancel_in_a_month_as_was_published() {
    let lesson = lesson(Profile::NorthAmerica, 96);
    let end = *days(&lesson).last().unwrap();
    let (mut left, mut months) = (0.0, 0.0);
    for row in lesson.history.memberships.rows() {
        let on = if row.ends_on == NO_DAY { end } else { row.ends_on };
        left += f64::from(u8::from(row.ends_on != NO_DAY));
        months += f64::from(on - row.starts_on) / 30.44;
    }
    let found = 1_000.0 * left / months;
    assert!((found - 33.6).abs() < 3.0, "{found} cancel, 33.6 do");
}

/// Whether a member left in a month, by what is seen.
fn left(lesson: &Lesson, days: &[i32], member: u32, month: u32) -> bool {
    let on = lesson.history.memberships.ends_on[member as usize];
    on > days[month as usize] && on <= days[month as usize + 1]
}

#[test]
fn as_many_leave_as_was_probable_and_for_the_causes_that_were() {
    let lesson = lesson(Profile::NorthAmerica, 92);
    let days = days(&lesson);
    let (mut expected, mut seen, mut spread) = ([0.0; 2], [0.0; 2], [0.0; 2]);
    for month in &lesson.truth.months {
        let causes = [(1.0 - month.involuntary) * month.chosen, month.involuntary];
        let ending = lesson.history.memberships.ending[month.member as usize];
        let gone = left(&lesson, &days, month.member, month.month);
        for (n, cause) in [Ending::Chosen, Ending::Involuntary].into_iter().enumerate() {
            expected[n] += causes[n];
            spread[n] += causes[n] * (1.0 - causes[n]);
            seen[n] += f64::from(u8::from(gone && ending == cause));
        }
        assert!(month.chosen > 0.0 && month.leaves() < 1.0 && month.leaves() >= month.involuntary);
    }
    for n in 0..2 {
        assert!(
            seen[n] > 50.0 && (seen[n] - expected[n]).abs() < 4.0 * spread[n].sqrt(),
            "{seen:?} of {expected:?}"
        );
    }
}

#[test]
fn an_offer_does_what_it_does_to_each() {
    let lesson = lesson(Profile::Uk, 93);
    let days = days(&lesson);
    let truth: HashMap<(u32, u32), &Month> = lesson
        .truth
        .months
        .iter()
        .map(|it| ((it.member, it.month), it))
        .collect();
    let (mut counts, mut gone, mut effect) = ([0.0; 2], [0.0; 2], 0.0);
    for offer in &lesson.offers {
        let month = truth[&(offer.member, offer.month)];
        assert_eq!(
            month.chosen,
            if offer.made {
                month.if_offered
            } else {
                month.if_not
            }
        );
        let arm = usize::from(offer.made);
        counts[arm] += 1.0;
        gone[arm] += f64::from(u8::from(left(&lesson, &days, offer.member, offer.month)));
        effect += month.if_not - month.if_offered;
    }
    effect /= counts[0] + counts[1];
    let share = [gone[0] / counts[0], gone[1] / counts[1]];
    let spread = (0..2)
        .map(|arm| share[arm] * (1.0 - share[arm]) / counts[arm])
        .sum::<f64>()
        .sqrt();
    assert!(counts.iter().all(|count| *count > 1_000.0), "{counts:?}");
    assert!(
        (share[0] - share[1] - effect).abs() < 4.0 * spread,
        "{share:?} apart by {effect}"
    );
    let moved: Vec<f64> = lesson.truth.natures.iter().map(|nature| nature.moved).collect();
    assert!(
        moved.iter().any(|it| *it < 0.0) && moved.iter().any(|it| *it > 0.3),
        "it moves some and drives others away"
    );
}

#[test]
fn who_is_seen_is_there_and_bookings_are_kept_as_probably_as_is_true() {
    let lesson = lesson(Profile::Rio, 94);
    let history = &lesson.history;
    for row in history.check_ins.rows() {
        let day = history.members.joined_on[row.member as usize];
        assert!(row.at > i64::from(day - 1) * 86_400_000_000);
        let on = history.memberships.ends_on[row.member as usize];
        assert!(on == NO_DAY || row.at < i64::from(on + 1) * 86_400_000_000);
        assert!(row.recorded_at == row.at && row.at < micros(history.during().end()));
    }
    assert_eq!(lesson.truth.showings.len(), history.bookings.len());
    let expected: f64 = lesson.truth.showings.iter().map(|it| it.shows).sum();
    let came = history
        .bookings
        .state
        .iter()
        .filter(|it| **it == RegistrationState::Attended)
        .count();
    assert!(
        (came as f64 - expected).abs() < 4.0 * (expected * 0.25).sqrt(),
        "{came} of {expected}"
    );
    for nature in &lesson.truth.natures {
        assert!((nature.tastes.iter().sum::<f64>() - 1.0).abs() < 1e-9);
    }
}

#[test]
fn a_seed_is_a_club_and_another_is_another() {
    let teach = |seed| Teacher::new(Profile::Rio, seed, 120, "2024-03-15".parse().unwrap(), 9).teach();
    assert_eq!(teach(7), teach(7));
    assert_ne!(teach(7).history, teach(8).history);
    // Who is in one club is in a larger one as well.
    let larger = Teacher::new(Profile::Rio, 7, 150, "2024-03-15".parse().unwrap(), 9).teach();
    assert_eq!(larger.truth.natures[..120], teach(7).truth.natures[..]);
    let last = Teacher::new(Profile::Uk, 7, 10, chrono::NaiveDate::MAX, 5).teach();
    assert!(last.history.members.is_empty() && last.months.is_empty());
}
