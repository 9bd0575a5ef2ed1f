//! Landmarks: what is told of the months after an instant is what was true, and nothing that nobody could know.

use std::collections::HashMap;

use gym_analytics::landmark::{Fate, Landmarks};
use gym_core::history::*;
use gym_core::sim::teacher::{Lesson, Profile, Teacher};

use crate::random::{DAY, FIRST, during, instant};

fn lesson(profile: Profile) -> Lesson {
    Teacher::new(profile, 5, 2_500, "2023-01-01".parse().unwrap(), 24).teach()
}

#[test]
fn the_first_month_is_that_whose_truth_is_known() {
    for profile in Profile::ALL {
        let lesson = lesson(profile);
        let at = [6, 12, 18].map(|month| lesson.months[month]);
        let landmarks = Landmarks::at(&lesson.history, &at, 1, lesson.months[24]).unwrap();
        let truth: HashMap<(u32, i64), f64> = lesson
            .truth
            .months
            .iter()
            .map(|it| ((it.member, micros(lesson.months[it.month as usize])), it.leaves()))
            .collect();
        let (mut expected, mut spread, mut left) = (0.0, 0.0, 0.0);
        for row in landmarks.rows() {
            let landmark = landmarks.landmarks()[row.landmark as usize];
            let leaves = truth[&(landmark.member, micros(landmark.as_of))];
            expected += leaves;
            spread += leaves * (1.0 - leaves);
            left += f64::from(u8::from(row.fate != Fate::Stayed));
        }
        let most = 4.0 * f64::sqrt(spread);
        assert!(
            left > 20.0 && (left - expected).abs() < most,
            "{profile:?}: {left} left, {expected} expected"
        );
        // Nobody who is there and not frozen is missing.
        let there = lesson
            .truth
            .months
            .iter()
            .filter(|it| [6, 12, 18].contains(&it.month));
        assert_eq!(there.count(), landmarks.rows().len());
    }
}

#[test]
fn later_months_are_reached_by_those_who_stayed() {
    let lesson = lesson(Profile::Uk);
    let landmarks = Landmarks::at(&lesson.history, &[lesson.months[10]], 6, lesson.months[24]).unwrap();
    let mut before: Option<(u32, u8, Fate)> = None;
    for row in landmarks.rows() {
        match before.filter(|(landmark, ..)| *landmark == row.landmark) {
            Some((_, horizon, fate)) => {
                assert_eq!((row.horizon, fate), (horizon + 1, Fate::Stayed));
            }
            None => assert_eq!(row.horizon, 1),
        }
        before = Some((row.landmark, row.horizon, row.fate));
    }
    assert!(landmarks.rows().iter().any(|row| row.horizon == 6));
    let columns = landmarks.columns();
    assert_eq!(columns.last().unwrap().0, "horizon");
    assert!(
        columns
            .iter()
            .all(|(_, values)| values.len() == landmarks.rows().len())
    );
    assert!(
        columns
            .iter()
            .flat_map(|(_, values)| values)
            .all(|value| value.is_finite())
    );
    assert_eq!(landmarks.chosen().len(), landmarks.involuntary().len());
}

#[test]
fn what_is_learned_after_the_end_is_not_looked_at() {
    let whole = lesson(Profile::NorthAmerica);
    let until = whole.months[14];
    let at = [8, 10, 12].map(|month| whole.months[month]);
    let seen = Landmarks::at(&whole.history, &at, 12, until).unwrap();
    let mut facts = whole.history.clone().into_facts();
    let mut columns = facts.memberships.into_columns();
    for row in 0..columns.id.len() {
        if columns.end_recorded_at[row] > micros(until) {
            columns.ending[row] = Ending::Running;
            columns.ends_on[row] = NO_DAY;
            columns.end_recorded_at[row] = NO_TIME;
        }
    }
    facts.memberships = columns.try_into().unwrap();
    let cut = History::new(whole.history.during(), facts).unwrap();
    assert_eq!(Landmarks::at(&cut, &at, 12, until).unwrap(), seen);
    assert!(
        seen.rows().iter().all(|row| row.horizon <= 6),
        "no month after the end is told"
    );
    assert!(Landmarks::at(&cut, &at, 12, whole.months[24] + chrono::Duration::days(1)).is_err());
}

/// One member with these memberships (first day, ending, day after the last; counted from the history's first day), and
/// a freeze if there is one; what is told of the months after day 100.
fn told(held: &[(i32, Ending, i32)], freeze: Option<(i32, i32)>) -> Vec<(u8, Fate)> {
    let first = (FIRST / DAY) as i32;
    let mut facts = Facts::default();
    facts.places.push(Place {
        id: 1,
        zone: chrono_tz::UTC,
        currency: gym_core::money::Currency::EUR,
    });
    facts.plans.push(Plan {
        id: 1,
        price: 1,
        currency: gym_core::money::Currency::EUR,
        cycle_months: 1,
        term_months: 0,
    });
    facts.members.push(Member {
        id: 1,
        place: 0,
        joined_on: first,
        recorded_at: FIRST,
        birth_year: NO_DAY,
    });
    for (id, (starts, ending, ends)) in (1..).zip(held) {
        let runs = *ending == Ending::Running;
        facts.memberships.push(Membership {
            id,
            member: 0,
            place: 0,
            plan: 0,
            recorded_at: FIRST + i64::from(*starts) * DAY,
            starts_on: first + starts,
            committed_until: NO_DAY,
            follows: NO_ID,
            ending: *ending,
            ends_on: if runs { NO_DAY } else { first + ends },
            end_recorded_at: if runs {
                NO_TIME
            } else {
                FIRST + i64::from(*ends - 1) * DAY
            },
        });
    }
    if let Some((from, until)) = freeze {
        facts.freezes.push(Freeze {
            membership: 0,
            place: 0,
            recorded_at: FIRST,
            from: first + from,
            until: first + until,
            ended_on: NO_DAY,
            end_recorded_at: NO_TIME,
        });
    }
    let history = History::new(during(), facts).unwrap();
    let landmarks = Landmarks::at(&history, &[instant(FIRST + 100 * DAY)], 4, during().end()).unwrap();
    landmarks
        .rows()
        .iter()
        .map(|row| (row.horizon, row.fate))
        .collect()
}

#[test]
fn ends_that_go_on_are_none_and_freezes_censor() {
    use Ending::{Chosen, Expired, Involuntary, Running, Switched};
    use Fate::Stayed;
    let four: Vec<_> = (1..=4).map(|month| (month, Stayed)).collect();
    // Day 100 is 2025-04-11; the months after it are over on days 130, 161, 191 and 222.
    assert_eq!(told(&[(0, Running, 0)], None), four);
    assert_eq!(told(&[(0, Chosen, 131)], None), [(1, Stayed), (2, Fate::Chosen)]);
    assert_eq!(told(&[(0, Chosen, 130)], None), [(1, Fate::Chosen)]);
    assert_eq!(told(&[(0, Involuntary, 120)], None), [(1, Fate::Involuntary)]);
    assert_eq!(told(&[(0, Expired, 120)], None), [(1, Fate::Chosen)]);
    assert_eq!(told(&[(0, Expired, 120), (140, Running, 0)], None), four);
    assert_eq!(
        told(&[(0, Expired, 120), (151, Running, 0)], None),
        [(1, Fate::Chosen)]
    );
    assert_eq!(
        told(&[(0, Switched, 120), (120, Chosen, 150)], None),
        [(1, Stayed), (2, Fate::Chosen)]
    );
    assert_eq!(
        told(&[(0, Running, 0)], Some((165, 200))),
        [(1, Stayed), (2, Stayed)]
    );
    assert_eq!(told(&[(0, Running, 0)], Some((165, 170))), four);
    assert_eq!(told(&[(0, Running, 0)], Some((90, 110))), []);
    assert_eq!(told(&[(0, Chosen, 100)], None), []);
    assert_eq!(told(&[], None), []);
}
