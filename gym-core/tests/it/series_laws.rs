//! Laws of series, over random rules, zones, windows and lists.

use std::collections::BTreeSet;

use crate::series_rules::Random;
use chrono::{DateTime, Duration, NaiveDateTime, Utc};
use chrono_tz::TZ_VARIANTS;
use gym_core::series::{Occurrence, Rule, Series};
use gym_core::time::{Instant, Period};
use proptest::prelude::*;

fn bare(random: &mut Random) -> Series {
    let start = random.start();
    let zone = TZ_VARIANTS[random.below(TZ_VARIANTS.len() as u64) as usize];
    let rule = (!random.one_in(12)).then(|| random.rule(start).parse().unwrap());
    Series::new(start, zone, rule).unwrap()
}

/// Lists that meet the rule's starts now and then.
fn starts_near(random: &mut Random, series: &Series, count: u64) -> Vec<NaiveDateTime> {
    let some: Vec<_> = series
        .occurrences(years(series, 3))
        .take(20)
        .map(|at| at.original)
        .collect();
    let near = |_| match random.below(some.len() as u64 + 4) as usize {
        index if index < some.len() => some[index],
        _ => series.start() + Duration::minutes(random.below(500 * 24 * 60)),
    };
    (0..count).map(near).collect()
}

fn years(series: &Series, years: i64) -> Period {
    let start = series.start().and_utc() - Duration::days(30);
    Period::new(start, start + Duration::days(366 * years)).unwrap()
}

fn series(random: &mut Random) -> Series {
    let bare = bare(random);
    let extra = starts_near(random, &bare, 4);
    let except = starts_near(random, &bare, 3);
    let mut series = bare.with_extra(extra).unwrap().with_except(except).unwrap();
    for original in starts_near(random, &series.clone(), 3) {
        let to = original + Duration::minutes(random.below(20 * 24 * 60) - 10 * 24 * 60);
        series = series.with_moved(original, to).unwrap();
    }
    series
}

fn instant(random: &mut Random, series: &Series) -> Instant {
    series.start().and_utc() + Duration::seconds(random.below(900 * 86_400) - 50 * 86_400)
}

fn within(series: &Series, window: Period) -> Vec<Occurrence> {
    series.occurrences(window).collect()
}

fn originals(series: &Series, window: Period) -> BTreeSet<NaiveDateTime> {
    series.occurrences(window).map(|at| at.original).collect()
}

proptest! {
    #![proptest_config(crate::support::soak::cases(400))]

    #[test]
    fn two_windows_give_what_their_union_gives(seed: u64) {
        let random = &mut Random(seed);
        let series = series(random);
        let mut at = [(); 3].map(|()| instant(random, &series));
        at.sort_unstable();
        prop_assume!(at[0] < at[1] && at[1] < at[2]);
        let part = |from, to| within(&series, Period::new(from, to).unwrap());
        let mut joined = part(at[0], at[1]);
        joined.extend(part(at[1], at[2]));
        prop_assert_eq!(joined, part(at[0], at[2]));
    }

    #[test]
    fn starts_increase_and_are_in_the_window(seed: u64) {
        let random = &mut Random(seed);
        let bare = bare(random);
        let window = Period::lasting(instant(random, &bare), 500 * 24 * 60);
        let found = within(&bare, window);
        prop_assert!(found.is_sorted_by(|a, b| a.original < b.original && a.instant < b.instant));
        let series = series(random);
        let found = within(&series, years(&series, 4));
        prop_assert!(found.is_sorted_by(|a, b| (a.instant, a.original) < (b.instant, b.original)));
        prop_assert!(found.iter().all(|at| years(&series, 4).contains(at.instant)));
        let unique: BTreeSet<_> = found.iter().map(|at| at.original).collect();
        prop_assert_eq!(unique.len(), found.len());
    }

    #[test]
    fn extra_and_excluded_starts_are_sets(seed: u64) {
        let random = &mut Random(seed);
        let bare = bare(random);
        let (extra, except) = (starts_near(random, &bare, 5), starts_near(random, &bare, 5));
        let series = bare.clone().with_extra(extra.clone()).unwrap().with_except(except.clone()).unwrap();
        let window = years(&bare, 5);
        let mut expected = originals(&bare, window);
        let left_out = ["Pacific/Apia", "Pacific/Fakaofo"].contains(&bare.zone().name());
        expected.extend(extra.into_iter().filter(|at| !left_out || at.date().to_string() != "2011-12-30"));
        for start in &except {
            expected.remove(start);
        }
        prop_assert_eq!(originals(&series, window), expected);
    }

    #[test]
    fn moving_keeps_the_identity(seed: u64, minutes in -20_000_i64..20_000) {
        let random = &mut Random(seed);
        let series = series(random);
        let window = years(&series, 5);
        let found = within(&series, window);
        prop_assume!(!found.is_empty());
        let chosen = found[random.below(found.len() as u64) as usize];
        let to = chosen.original + Duration::minutes(minutes);
        let moved = series.clone().with_moved(chosen.original, to).unwrap();
        let wide = Period::new(window.start() - Duration::days(60), window.end() + Duration::days(60)).unwrap();
        prop_assert_eq!(originals(&moved, wide), originals(&series, wide));
        let now: Vec<_> = moved.occurrences(wide).filter(|at| at.original == chosen.original).collect();
        prop_assert_eq!(now.len(), 1);
        prop_assert_eq!(now[0].start, to);
        prop_assert!(moved.occurs_at(chosen.original));
        let back = moved.with_moved(chosen.original, chosen.original).unwrap();
        prop_assert_eq!(back.moved().contains_key(&chosen.original), false);
    }

    #[test]
    fn occurs_at_agrees_with_occurrences(seed: u64) {
        let random = &mut Random(seed);
        let series = series(random);
        let all = originals(&series, years(&series, 4));
        for start in starts_near(random, &series, 12) {
            let moved_out = series.moved().contains_key(&start);
            prop_assert!(moved_out || series.occurs_at(start) == all.contains(&start), "{start}");
        }
        prop_assert!(all.iter().all(|start| series.occurs_at(*start)));
    }

    #[test]
    fn the_two_parts_of_a_split_give_the_whole(seed: u64) {
        let random = &mut Random(seed);
        let series = series(random);
        let at = starts_near(random, &series, 1)[0];
        let window = years(&series, 6);
        let (before, after) = (series.ended_before(at), series.from(at));
        let part = |part: &Option<Series>| part.as_ref().map_or(Vec::new(), |part| within(part, window));
        prop_assert!(part(&before).iter().all(|found| found.original < at));
        prop_assert!(part(&after).iter().all(|found| found.original >= at));
        let mut joined = part(&before);
        joined.extend(part(&after));
        joined.sort_unstable_by_key(|found| (found.instant, found.original));
        prop_assert_eq!(joined, within(&series, window));
    }

    #[test]
    fn a_shift_moves_every_start(seed: u64, seconds in -86_400_i64 * 20..86_400 * 20, within_day: bool) {
        let random = &mut Random(seed);
        let series = series(random);
        let midnight = series.start().date().and_hms_opt(0, 0, 0).unwrap();
        let by = match within_day {
            true => midnight + Duration::seconds(seconds.rem_euclid(86_400)) - series.start(),
            false => Duration::seconds(seconds),
        };
        let shifted = series.shifted(by);
        prop_assert!(!within_day || shifted.is_ok(), "{shifted:?}");
        // Dates that a zone left out are not shifted with the rest.
        prop_assume!(!series.zone().name().starts_with("Pacific/") && !series.zone().name().starts_with("Kwaj"));
        let Ok(shifted) = shifted else { return Ok(()) };
        let civil = |series: &Series| -> BTreeSet<_> {
            series.occurrences(years(series, 200)).take(60).map(|at| (at.original, at.start)).collect()
        };
        let expected: BTreeSet<_> = civil(&series).into_iter().map(|(a, b)| (a + by, b + by)).collect();
        prop_assert_eq!(civil(&shifted), expected);
        prop_assert_eq!(shifted.shifted(-by).map(|back| civil(&back)), Ok(civil(&series)));
    }

    #[test]
    fn text_and_json_keep_a_series(seed: u64) {
        let random = &mut Random(seed);
        let series = series(random);
        if let Some(rule) = series.rule() {
            let text = rule.to_string();
            prop_assert!(text.len() <= Rule::MAX_LENGTH);
            prop_assert_eq!(text.parse::<Rule>(), Ok(rule.clone()));
            prop_assert_eq!(format!("rrule:{}", text.to_lowercase()).parse::<Rule>(), Ok(rule.clone()));
        }
        let json = serde_json::to_string(&series).unwrap();
        prop_assert_eq!(serde_json::from_str::<Series>(&json).unwrap(), series);
    }

    #[test]
    fn any_instants_make_a_window(seed: u64, from: i64, to: i64) {
        let random = &mut Random(seed);
        let series = series(random);
        let near = |seconds: i64| DateTime::<Utc>::from_timestamp(seconds % 8_000_000_000_000, 0).unwrap();
        let (from, to) = (near(from.min(to)), near(from.max(to)));
        if let Ok(window) = Period::new(from, to) {
            prop_assert!(series.occurrences(window).take(10).all(|at| window.contains(at.instant)));
        }
    }
}
