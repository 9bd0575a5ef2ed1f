//! Edits are a set of days: each day belongs to one of them, and an allowance never grows.

use chrono::NaiveDate;
use gym_core::id::*;
use gym_core::membership::MembershipCommand as C;
use gym_core::membership::contract::DayState;
use gym_core::membership::freeze::{
    Compensation, Edit, EditKind, EditOf, Ended, FreezeFee, FreezeReason, Timeline,
};
use gym_core::membership::plan::Terms;
use gym_core::time::Cycle;
use gym_core::time::Unit;
use proptest::prelude::*;

use super::random::compensation;
use super::{Hall, day, monthly};

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let edit = (
        0_u64..200,
        prop::option::weighted(0.9, 1_u64..60),
        any::<u8>(),
        prop::option::of(0_u64..200),
    );
    prop::collection::vec(edit, 0..8).prop_map(|all| {
        let first = NaiveDate::from_ymd_opt(2027, 1, 1).unwrap();
        let make = |(n, (from, length, kind, ended)): (usize, (u64, Option<u64>, u8, Option<u64>))| Edit {
            id: EditId::new(i64::try_from(n).unwrap() + 1).unwrap(),
            of: EditOf::Membership(MembershipId::new(1).unwrap()),
            kind: EditKind::ALL[usize::from(kind % 3)],
            from: first + chrono::Days::new(from),
            until: length.map(|length| first + chrono::Days::new(from + length)),
            compensation: compensation(kind / 3),
            fee: FreezeFee::Free,
            why: FreezeReason::Other,
            ends_on_return: false,
            recorded_on: first,
            recorded_at: first.and_hms_opt(9, 0, 0).unwrap().and_utc(),
            ended: ended.map(|on| Ended {
                on: first + chrono::Days::new(on),
                recorded_on: first,
                recorded_at: first.and_hms_opt(10, 0, 0).unwrap().and_utc(),
            }),
            returned: None,
        };
        all.into_iter().enumerate().map(make).collect()
    })
}

proptest! {
    #![proptest_config(crate::support::soak::cases(300))]

    #[test]
    fn edits_are_a_set(edits in edits(), turn in 0_usize..8, moves: bool) {
        let once = Timeline::of(&edits, moves);
        let mut again: Vec<&Edit> = edits.iter().chain(&edits).collect();
        again.rotate_left(turn.min(edits.len()));
        again.reverse();
        prop_assert_eq!(&once, &Timeline::of(again, moves), "the same twice, in another order");
        // Each day belongs to one edit, the first that covers it, and so has exactly one compensation.
        let first = NaiveDate::from_ymd_opt(2027, 1, 1).unwrap();
        let mut sorted = edits.clone();
        sorted.sort_by_key(|edit| (edit.from, edit.id));
        let mut counted = first;
        for day in first.iter_days().take(300) {
            let edit = sorted.iter().find(|edit| edit.covers(day));
            prop_assert_eq!(once.at(day).map(|piece| piece.edit), edit.map(|edit| edit.id));
            prop_assert_eq!(once.counted(day), counted);
            let added = once.at(day).is_some_and(|piece| piece.compensation == Compensation::Extend);
            prop_assert!(!added || moves);
            if !added {
                prop_assert_eq!(once.actual(counted), Some(day));
                counted = counted.succ_opt().unwrap();
            }
        }
    }

    #[test]
    fn a_weekly_allowance_never_grows_through_edits(edits in edits(), per in 1_u32..15, window in (0_usize..250, 1_usize..60)) {
        let (first, per) = (NaiveDate::from_ymd_opt(2027, 1, 1).unwrap(), Cycle::new(per, Unit::Day).unwrap());
        let (with, without) = (Timeline::of(&edits, true), Timeline::default());
        let cycles = |timeline: &Timeline, from: usize, days: usize| {
            let days = first.iter_days().skip(from).take(days);
            let mut all: Vec<u32> = days.filter_map(|day| timeline.cycle(first, per, day)).map(|(k, _)| k).collect();
            all.dedup();
            all.len()
        };
        prop_assert!(cycles(&with, 0, window.0) <= cycles(&without, 0, window.0), "from the first day on");
        // Anywhere, a cut may fall in the middle of a cycle: it is one that is as long as any.
        prop_assert!(cycles(&with, window.0, window.1) <= cycles(&without, 0, window.1) + 1);
        for day in first.iter_days().take(300) {
            let Some((k, days)) = with.cycle(first, per, day) else { continue };
            prop_assert!(days.contains(day));
            let served = first.iter_days().skip_while(|it| *it < days.from()).take_while(|it| *it < days.until());
            let served = served.filter(|it| with.cycle(first, per, *it).is_some_and(|(of, _)| of == k)).count();
            let gifts = first.iter_days().skip_while(|it| *it < days.from()).take_while(|it| *it < days.until());
            let gifts = gifts.filter(|it| with.at(*it).is_some_and(|piece| !piece.keeps_out && piece.compensation == Compensation::Extend)).count();
            prop_assert!(served <= usize::try_from(per.count()).unwrap() + gifts);
        }
    }
}

#[test]
fn a_membership_is_before_running_held_or_over_on_every_day() {
    let mut hall = Hall::new();
    hall.ok(C::FreezeAll {
        location: hall.gym.place,
        from: day("2027-02-20"),
        until: Some(day("2027-03-06")),
        compensation: Compensation::Extend,
    });
    let ada = hall.gym.member("Ada");
    let gold = hall.add_type(
        "Gold",
        Terms {
            term: Some(Cycle::MONTH),
            ..monthly(31_00)
        },
    );
    let id = hall.sell(ada, gold, "2027-03-01");
    let club = &hall.gym.club;
    let contract = club.contract(id).unwrap();
    let states = |from: &str, until: &str| {
        let days = day(from).iter_days().take_while(|it| *it < day(until));
        let mut states: Vec<DayState> = days.map(|it| contract.on(it)).collect();
        states.dedup();
        states
    };
    let edit = club.edits.iter().next().unwrap().id;
    assert_eq!(states("2027-02-01", "2027-03-01"), [DayState::Before]);
    assert_eq!(states("2027-03-01", "2027-03-06"), [DayState::Held(edit)]);
    assert_eq!(states("2027-03-06", "2027-04-06"), [DayState::Running]);
    assert_eq!(states("2027-04-06", "2027-06-01"), [DayState::Over]);
}
