//! Landmarks: what is told of the months after an instant is what was true, and nothing that nobody could know.

use std::collections::HashMap;

use chrono::NaiveDate;
use gym_analytics::columns::Columns;
use gym_analytics::hazard::HazardParams;
use gym_analytics::landmark::{Cause, End, Landmark, LandmarkError, Landmarks};
use gym_core::history::*;
use gym_core::sim::teacher::{Lesson, Profile, Teacher};

use crate::random::{DAY, FIRST, during, instant};

fn lesson(profile: Profile) -> Lesson {
    Teacher::new(profile, 5, 2_500, "2023-01-01".parse().unwrap(), 24).teach()
}

/// The day on which a month begins at the club.
fn first_day(lesson: &Lesson, month: u32) -> NaiveDate {
    gym_core::time::civil(lesson.history.places.zone[0], lesson.months[month as usize]).date()
}

#[test]
fn the_first_month_is_that_whose_truth_is_known() {
    for profile in Profile::ALL {
        let lesson = lesson(profile);
        let at = [6, 12, 18].map(|month| lesson.months[month]);
        let landmarks = Landmarks::at(&lesson.history, &at, 1, lesson.months[24]).unwrap();
        let truth: HashMap<(u32, NaiveDate), f64> = lesson
            .truth
            .months
            .iter()
            .map(|it| ((it.member, first_day(&lesson, it.month)), it.leaves()))
            .collect();
        let (mut expected, mut spread, mut left) = (0.0, 0.0, 0.0);
        for row in landmarks.rows() {
            let leaves = truth[&(row.member, row.as_of)];
            expected += leaves;
            spread += leaves * (1.0 - leaves);
            left += f64::from(u8::from(matches!(row.end, End::Left { .. })));
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
    assert!(
        landmarks
            .rows()
            .iter()
            .any(|row| row.end == End::Censored { months: 6 })
    );
    for cause in [Cause::Chosen, Cause::Involuntary] {
        let months = landmarks.person_months(cause, 6).unwrap();
        let columns = months.columns().unwrap();
        let ahead = columns.values("months_ahead").unwrap();
        assert!(ahead.contains(&6.0));
        let mut before: Option<(u32, f64, f64)> = None;
        for ((landmark, ahead), outcome) in months.landmarks().iter().zip(ahead).zip(months.outcomes()) {
            match before.filter(|(it, ..)| it == landmark) {
                Some((_, last, stayed)) => assert_eq!((ahead, stayed), (last + 1.0, 0.0)),
                None => assert_eq!(ahead, 1.0),
            }
            before = Some((*landmark, ahead, *outcome));
        }
        let causes = landmarks.rows().iter();
        let left = causes.filter(|row| matches!(row.end, End::Left { cause: why, .. } if why == cause));
        assert_eq!(months.outcomes().iter().sum::<f64>(), left.count() as f64);
        assert_eq!(months.as_of().len(), columns.rows());
    }
    let features = landmarks.columns();
    let finite = |name: &String| features.values(name).unwrap().iter().all(|it| it.is_finite());
    assert!(features.features().names().iter().all(finite));
}

#[test]
fn whom_a_model_is_asked_about_is_whoever_is_there() {
    let lesson = lesson(Profile::Uk);
    let (then, now) = (lesson.months[10], lesson.months[20]);
    let at_risk = Landmarks::at_risk(&lesson.history, then).unwrap();
    let followed = Landmarks::at(&lesson.history, &[then], 1, now).unwrap();
    let who =
        |landmarks: &Landmarks<'_>| -> Vec<u32> { landmarks.rows().iter().map(|row| row.member).collect() };
    assert_eq!(who(&at_risk), who(&followed));
    assert!(
        at_risk
            .rows()
            .iter()
            .all(|row| row.end == End::Censored { months: 0 })
    );
    assert!(at_risk.left_within(1).iter().all(Option::is_none));
    assert!(followed.left_within(1).contains(&Some(true)) && !followed.left_within(1).contains(&None));
    let hazard = HazardParams {
        months: 3,
        ..HazardParams::linear(10.0)
    };
    let past = Landmarks::at(&lesson.history, &lesson.months[4..10], 3, then).unwrap();
    let survival = hazard.learn(&past).unwrap().survival(at_risk.columns()).unwrap();
    let expected: f64 = (0..survival.rows()).map(|row| survival.risk(row, 1)).sum();
    let left = followed
        .left_within(1)
        .iter()
        .filter(|it| **it == Some(true))
        .count() as f64;
    assert!(
        (left - expected).abs() < 4.0 * expected.sqrt(),
        "{left} left, {expected} expected"
    );
}

#[test]
fn rows_of_ones_own_are_checked() {
    let landmark = |member, month| Landmark {
        member,
        as_of: NaiveDate::from_ymd_opt(2025, 1, 1).unwrap(),
        end: End::Left {
            month,
            cause: Cause::Chosen,
        },
    };
    let columns = |name: &str| Columns::new([(name.to_owned(), vec![1.0, 2.0])]).unwrap();
    let refused = |name: &str, rows: &[Landmark]| Landmarks::new(columns(name), rows.to_vec()).unwrap_err();
    let (first, second) = (landmark(0, 1), landmark(1, 2));
    assert!(Landmarks::new(columns("away"), vec![first, second]).is_ok());
    assert!(matches!(
        refused("away", &[first, landmark(1, 0)]),
        LandmarkError::MonthZero { row: 1 }
    ));
    assert_eq!(
        refused("away", &[first, landmark(0, 2)]).to_string(),
        "landmark 1 is member 0 on 2025-01-01, as one before; expected each once"
    );
    assert!(matches!(refused("away", &[first]), LandmarkError::Data(_)));
    assert!(matches!(
        refused("months_ahead", &[first, second]),
        LandmarkError::Data(_)
    ));
    let twice = Landmarks::new(columns("away"), vec![first, second]).unwrap();
    assert_eq!(twice.pick(&[1]).unwrap().rows(), [second]);
    assert!(twice.pick(&[2]).is_err());
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
    let cut_off = Landmarks::at(&cut, &at, 12, until).unwrap();
    assert_eq!(cut_off.rows(), seen.rows());
    for name in seen.columns().features().names() {
        let bits = |it: &Landmarks<'_>| -> Vec<u64> {
            it.columns()
                .values(name)
                .unwrap()
                .into_iter()
                .map(f64::to_bits)
                .collect()
        };
        assert_eq!(bits(&cut_off), bits(&seen), "{name}");
    }
    let months = |end: &End| match end {
        End::Left { month, .. } => *month,
        End::Censored { months } => *months,
    };
    assert!(
        seen.rows().iter().all(|row| months(&row.end) <= 6),
        "no month after the end is told"
    );
    assert!(Landmarks::at(&cut, &at, 12, whole.months[24] + chrono::Duration::days(1)).is_err());
}

/// One member with these memberships (first day, ending, day after the last; counted from the history's first day), and
/// a freeze if there is one; what is told of the months after day 100.
fn told(held: &[(i32, Ending, i32)], freeze: Option<(i32, i32)>) -> Option<End> {
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
    landmarks.rows().first().map(|row| row.end)
}

#[test]
fn ends_that_go_on_are_none_and_freezes_censor() {
    use Ending::{Chosen, Expired, Involuntary, Running, Switched};
    let stayed = |months| Some(End::Censored { months });
    let left = |month| {
        Some(End::Left {
            month,
            cause: Cause::Chosen,
        })
    };
    // Day 100 is 2025-04-11; the months after it are over on days 130, 161, 191 and 222.
    assert_eq!(told(&[(0, Running, 0)], None), stayed(4));
    assert_eq!(told(&[(0, Chosen, 131)], None), left(2));
    assert_eq!(told(&[(0, Chosen, 130)], None), left(1));
    let had_to = End::Left {
        month: 1,
        cause: Cause::Involuntary,
    };
    assert_eq!(told(&[(0, Involuntary, 120)], None), Some(had_to));
    assert_eq!(told(&[(0, Expired, 120)], None), left(1));
    assert_eq!(told(&[(0, Expired, 120), (140, Running, 0)], None), stayed(4));
    assert_eq!(told(&[(0, Expired, 120), (151, Running, 0)], None), left(1));
    assert_eq!(told(&[(0, Switched, 120), (120, Chosen, 150)], None), left(2));
    assert_eq!(told(&[(0, Running, 0)], Some((165, 200))), stayed(2));
    assert_eq!(told(&[(0, Running, 0)], Some((165, 170))), stayed(4));
    assert_eq!(told(&[(0, Running, 0)], Some((90, 110))), None);
    assert_eq!(told(&[(0, Chosen, 100)], None), None);
    assert_eq!(told(&[], None), None);
}

#[test]
fn some_features_are_those_and_the_rows_are_the_same() {
    let lesson = Teacher::new(Profile::Uk, 3, 120, "2024-01-01".parse().unwrap(), 6).teach();
    let all = Landmarks::at(&lesson.history, &[lesson.months[3]], 2, lesson.months[6]).unwrap();
    let some = all.only(&["trend", "days_since_visit"]).unwrap();
    assert_eq!(some.rows(), all.rows());
    assert_eq!(some.columns().features().names(), ["trend", "days_since_visit"]);
    assert_eq!(
        some.columns().values("trend").unwrap(),
        all.columns().values("trend").unwrap()
    );
    assert!(all.only(&["mood"]).is_err() && all.only(&["trend", "trend"]).is_err());
}
