//! Laws of the timetable, against brute force: pair by pair, minute by minute.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike, Days, Duration, NaiveDate, NaiveDateTime, NaiveTime};
use chrono_tz::Tz;
use gym_core::id::{Id, LocationId, TrainerId};
use gym_core::schedule::availability::{Availability, Dates, Hours, Span, WeeklyRule, subtract};
use gym_core::schedule::claim::{Buffers, Resource};
use gym_core::schedule::conflict::{Block, Timetable, conflicts};
use gym_core::schedule::slots::{Candidate, SlotRequest, any_slots, free_slots, rotation, starting_count};
use gym_core::time::{Instant, Period, civil, merge};
use proptest::prelude::*;

/// Weeks in which the clocks change by an hour, by half an hour, not at all, or by a day.
const WEEKS: [(Tz, &str); 7] = [
    (Tz::Europe__Berlin, "2026-03-26"),
    (Tz::Europe__Berlin, "2026-10-22"),
    (Tz::America__New_York, "2026-03-05"),
    (Tz::America__New_York, "2026-10-29"),
    (Tz::Australia__Lord_Howe, "2026-10-01"),
    (Tz::Asia__Kathmandu, "2026-03-05"),
    (Tz::Pacific__Apia, "2011-12-27"),
];

fn minute(n: i64) -> Instant {
    DateTime::from_timestamp(1_772_000_000 / 60 * 60 + n * 60, 0).unwrap()
}

fn period() -> impl Strategy<Value = Period> {
    (0..600_i64, 1..120_u32).prop_map(|(start, length)| Period::lasting(minute(start), length))
}

fn periods() -> impl Strategy<Value = Vec<Period>> {
    prop::collection::vec(period(), 0..12)
}

/// The minutes that are inside any of the periods.
fn minutes(periods: &[Period]) -> BTreeSet<Instant> {
    let each = |period: &Period| {
        let (start, length) = (period.start(), period.duration().num_minutes());
        (0..length).map(move |n| start + Duration::minutes(n))
    };
    periods.iter().flat_map(each).collect()
}

fn is_merged(periods: &[Period]) -> bool {
    periods.windows(2).all(|two| two[0].end() < two[1].start())
}

fn taken() -> impl Strategy<Value = (Resource, Period)> {
    let resource = (
        prop::sample::select(vec!["trainer", "room", "unit", "member"]),
        1..3_i64,
    );
    let resource = (resource, any::<bool>())
        .prop_map(|((kind, id), local)| Resource::from_parts(kind, if local { -id } else { id }).unwrap());
    (resource, period())
}

fn block() -> impl Strategy<Value = Block> {
    taken().prop_map(|(resource, period)| Block::new(resource, period))
}

proptest! {
    #![proptest_config(crate::support::soak::cases(256))]

    #[test]
    fn overlap_is_symmetric_and_half_open(a in period(), b in period()) {
        prop_assert_eq!(a.overlaps(&b), b.overlaps(&a));
        prop_assert_eq!(a.overlaps(&b), !minutes(&[a]).is_disjoint(&minutes(&[b])));
        let next = Period::lasting(a.end(), 30);
        prop_assert!(!a.overlaps(&next) && !next.overlaps(&a));
    }

    #[test]
    fn merging_is_idempotent_and_equals_brute_force(periods in periods()) {
        let merged = merge(periods.clone());
        prop_assert!(is_merged(&merged));
        prop_assert_eq!(minutes(&merged), minutes(&periods));
        prop_assert_eq!(merge(merged.clone()), merged);
    }

    #[test]
    fn subtracting_equals_brute_force(open in periods(), busy in periods()) {
        let left = subtract(&open, &busy);
        prop_assert!(is_merged(&left));
        prop_assert_eq!(minutes(&left), &minutes(&open) - &minutes(&busy));
        prop_assert_eq!(subtract(&left, &busy), left);
    }

    #[test]
    fn conflicts_are_the_overlapping_pairs(taken in prop::collection::vec(taken(), 0..60)) {
        let blocks: Vec<Block> = taken.iter().map(|(resource, period)| Block::new(*resource, *period)).collect();
        let found = conflicts(&blocks);
        let pair = |a: usize, b: usize| (a.min(b), a.max(b));
        let pairs: BTreeSet<_> = found.iter().map(|c| pair(c.earlier, c.later)).collect();
        prop_assert_eq!(pairs.len(), found.len(), "each pair once");
        for a in 0..taken.len() {
            for b in a + 1..taken.len() {
                let overlap = taken[a].0 == taken[b].0 && taken[a].1.overlaps(&taken[b].1);
                prop_assert_eq!(blocks[a].overlaps(&blocks[b]), overlap);
                prop_assert_eq!(pairs.contains(&(a, b)), overlap);
            }
        }
        prop_assert!(found.iter().all(|c| blocks[c.earlier] <= blocks[c.later]));
    }

    #[test]
    fn conflicts_do_not_depend_on_the_order_of_blocks(blocks in prop::collection::vec(block(), 0..40)) {
        let seen = |blocks: &[Block]| -> Vec<_> {
            conflicts(blocks).iter().map(|c| (blocks[c.earlier], blocks[c.later])).collect()
        };
        let reversed: Vec<Block> = blocks.iter().rev().copied().collect();
        prop_assert_eq!(seen(&blocks), seen(&reversed));
    }

    #[test]
    fn the_first_conflict_is_the_first(blocks in prop::collection::vec(block(), 0..40), new in block()) {
        let table = Timetable::new(blocks);
        let first = table.blocks().iter().find(|block| block.overlaps(&new));
        prop_assert_eq!(table.first_conflict(&new), first);
    }
}

/// Reads civil times off the minutes of a fortnight, instead of asking the zone.
struct Clock {
    shown: Vec<(Instant, NaiveDateTime)>,
    first: BTreeMap<NaiveDateTime, Instant>,
}

impl Clock {
    fn around(zone: Tz, date: NaiveDate) -> Self {
        let start = (date - Days::new(5)).and_time(NaiveTime::MIN).and_utc();
        let minutes = (0..16 * 1440).map(|n| start + Duration::minutes(n));
        let shown: Vec<_> = minutes.map(|at| (at, civil(zone, at))).collect();
        let mut first = BTreeMap::new();
        for (at, clock) in &shown {
            first.entry(*clock).or_insert(*at);
        }
        Self { shown, first }
    }

    fn shows(&self, date: NaiveDate) -> bool {
        self.first.keys().any(|clock| clock.date() == date)
    }

    /// The first minute that shows `clock`; if none does, the time passed since the last that came before.
    fn instant(&self, clock: NaiveDateTime) -> Instant {
        self.first.get(&clock).copied().unwrap_or_else(|| {
            let jump = self
                .shown
                .windows(2)
                .find(|two| two[0].1 < clock && clock < two[1].1)
                .unwrap();
            jump[0].0 + (clock - jump[0].1)
        })
    }
}

fn span() -> impl Strategy<Value = Span> {
    let time = || (0..48_u32).prop_map(|n| NaiveTime::from_hms_opt(n / 2, n % 2 * 30, 0).unwrap());
    (time(), time()).prop_map(|(opens, closes)| Span::new(opens, closes).unwrap())
}

fn availability(date: NaiveDate) -> impl Strategy<Value = Availability> {
    let day = move || (0..7_u64).prop_map(move |n| date + Days::new(n));
    let rule = (
        day(),
        span(),
        prop::option::of(1..3_i64),
        prop::option::of(day()),
        prop::option::of(day()),
    );
    let rule = rule.prop_map(|(day, span, location, from, until)| WeeklyRule {
        hours: Hours {
            weekday: day.weekday(),
            span,
        },
        location: location.map(LocationId::from_raw),
        dates: Dates::new(from, until).unwrap_or_default(),
    });
    let start = date.and_time(NaiveTime::MIN).and_utc();
    let off = (0..7 * 1440_i64, 1..2000_u32);
    let off = off.prop_map(move |(n, length)| Period::lasting(start + Duration::minutes(n), length));
    let overrides = prop::collection::btree_map(day(), prop::collection::vec(span(), 0..3), 0..3);
    let weekly = prop::collection::vec(rule, 0..10);
    (weekly, overrides, prop::collection::vec(off, 0..3)).prop_map(|(weekly, overrides, time_off)| {
        Availability {
            weekly,
            overrides,
            time_off,
        }
    })
}

/// The open minutes of a week, worked out minute by minute from what the wall clock showed.
fn open_by_minute(
    availability: &Availability,
    clock: &Clock,
    location: Option<LocationId>,
    window: Period,
) -> BTreeSet<Instant> {
    let holds = |rule: &WeeklyRule, date: NaiveDate| {
        let here = location.is_none() || rule.location.is_none() || rule.location == location;
        here && rule.hours.weekday == date.weekday() && rule.dates.contains(date)
    };
    let mut spans: Vec<(Instant, Instant)> = Vec::new();
    let dates: BTreeSet<NaiveDate> = clock.shown[1440..13 * 1440]
        .iter()
        .map(|(_, c)| c.date())
        .collect();
    for date in dates.into_iter().filter(|date| clock.shows(*date)) {
        let weekly = availability.weekly.iter().filter(|rule| holds(rule, date));
        let weekly: Vec<Span> = weekly.map(|rule| rule.hours.span).collect();
        for span in availability.overrides.get(&date).unwrap_or(&weekly) {
            let past_midnight = u64::from(span.closes() <= span.opens());
            let closes = (date + Days::new(past_midnight)).and_time(span.closes());
            spans.push((clock.instant(date.and_time(span.opens())), clock.instant(closes)));
        }
    }
    let open = |at: &Instant| spans.iter().any(|(opens, closes)| opens <= at && at < closes);
    let off = |at: &Instant| availability.time_off.iter().any(|period| period.contains(*at));
    let all = clock.shown.iter().map(|(at, _)| *at);
    all.filter(|at| window.contains(*at) && open(at) && !off(at))
        .collect()
}

fn week_and_availability() -> impl Strategy<Value = (Tz, NaiveDate, Availability)> {
    prop::sample::select(&WEEKS[..]).prop_flat_map(|(zone, date)| {
        let date = date.parse().unwrap();
        availability(date).prop_map(move |availability| (zone, date, availability))
    })
}

proptest! {
    // A week by the minute is slow.
    #![proptest_config(crate::support::soak::cases(52))]

    #[test]
    fn open_time_equals_brute_force_by_minute(
        (zone, date, availability) in week_and_availability(),
        location in prop::option::of((1..3_i64).prop_map(LocationId::from_raw)),
        (from, length) in (0..2880_i64, 1..8000_u32),
    ) {
        let start = date.and_time(NaiveTime::MIN).and_utc();
        let window = Period::lasting(start + Duration::minutes(from), length);
        let open = availability.open(zone, location, window);
        prop_assert!(is_merged(&open));
        let expected = open_by_minute(&availability, &Clock::around(zone, date), location, window);
        prop_assert_eq!(minutes(&open), expected);
    }

    #[test]
    fn slots_equal_brute_force_by_minute(
        (zone, date, availability) in week_and_availability(),
        busy in prop::collection::vec((0..8 * 1440_i64, 1..300_u32), 0..12),
        (length, step, before, after) in (1..180_u32, 1..200_u32, 0..60_u32, 0..60_u32),
        notice in 0..2880_i64,
    ) {
        let start = date.and_time(NaiveTime::MIN).and_utc();
        let shifted = |n: i64| start + Duration::minutes(n);
        let open = availability.open(zone, None, Period::lasting(start, 7 * 1440));
        let busy: Vec<Period> = busy.into_iter().map(|(n, length)| Period::lasting(shifted(n), length)).collect();
        let buffers = Buffers { before_minutes: before, after_minutes: after };
        let request = SlotRequest::new(length, step, buffers, shifted(notice)).unwrap();
        let fits = |at: &Instant| {
            let (clock, slot) = (civil(zone, *at), Period::lasting(*at, length));
            let on_grid = (clock - clock.date().and_time(NaiveTime::MIN)).num_minutes() % i64::from(step) == 0;
            on_grid
                && *at >= shifted(notice)
                && open.iter().any(|open| open.covers(&slot))
                && !busy.iter().any(|busy| busy.overlaps(&slot.padded(before, after)))
        };
        let expected: Vec<Period> = (0..8 * 1440)
            .map(shifted)
            .filter(fits)
            .map(|at| Period::lasting(at, length))
            .collect();
        prop_assert_eq!(free_slots(&open, &busy, &request, zone), expected);
    }
}

fn candidates() -> impl Strategy<Value = Vec<Candidate>> {
    let candidate = (0..20_u32, prop::option::of(0..50_i64), 1..4_u32);
    prop::collection::vec(candidate, 1..8).prop_map(|all| {
        let numbered = all.into_iter().zip(1..);
        let candidate = |((given, last, weight), id): ((u32, Option<i64>, u32), i64)| Candidate {
            trainer: TrainerId::from_raw(id),
            given,
            last: last.map(minute),
            weight,
        };
        numbered.map(candidate).collect()
    })
}

proptest! {
    #![proptest_config(crate::support::soak::cases(256))]

    #[test]
    fn turns_do_not_depend_on_the_order_of_candidates(team in candidates()) {
        let reversed: Vec<Candidate> = team.iter().rev().copied().collect();
        prop_assert_eq!(rotation(&team), rotation(&reversed));
        prop_assert_eq!(rotation(&team).len(), team.len());
    }

    #[test]
    fn turns_share_the_work_by_weight(weights in prop::collection::vec(1..5_u32, 1..6), rounds in 1..200_i64) {
        let new = |(weight, id): (&u32, i64)| Candidate {
            trainer: TrainerId::from_raw(id),
            given: 0,
            last: None,
            weight: *weight,
        };
        let mut team: Vec<Candidate> = weights.iter().zip(1..).map(new).collect();
        for n in 0..rounds {
            let next = rotation(&team)[0];
            let next = team.iter_mut().find(|c| c.trainer == next).unwrap();
            (next.given, next.last) = (next.given + 1, Some(minute(n)));
        }
        for a in &team {
            for b in &team {
                // Nobody is ever a whole turn ahead: (given − 1) / weight stays at or below every other share.
                prop_assert!(i64::from(a.given - 1.min(a.given)) * i64::from(b.weight) <= i64::from(b.given) * i64::from(a.weight));
            }
        }
    }

    #[test]
    fn a_newcomer_stands_at_the_mean(team in candidates(), weight in 1..4_u32) {
        let count = starting_count(&team, weight);
        let (least, most) = team.iter().fold((f64::MAX, 0_f64), |(least, most), c| {
            let share = f64::from(c.given) / f64::from(c.weight);
            (least.min(share), most.max(share))
        });
        prop_assert!(f64::from(count) >= least * f64::from(weight) - 1e-9);
        prop_assert!(f64::from(count) < most * f64::from(weight) + 1.0);
    }

    #[test]
    fn any_trainer_slots_are_exactly_the_slots_of_the_trainers(all in prop::collection::vec(periods(), 1..5)) {
        let trainer = |n: usize| TrainerId::from_raw(n as i64 + 1);
        let free: BTreeMap<_, _> = all.into_iter().enumerate().map(|(n, slots)| (trainer(n), merge(slots))).collect();
        let order: Vec<TrainerId> = free.keys().rev().copied().collect();
        let offered = any_slots(&free, &order);
        prop_assert!(offered.is_sorted_by(|a, b| a.slot < b.slot));
        let count: usize = free.values().map(Vec::len).sum();
        prop_assert_eq!(offered.iter().map(|offer| offer.trainers.len()).sum::<usize>(), count);
        for offer in &offered {
            prop_assert!(offer.trainers.is_sorted_by(|a, b| a > b), "by turn, which is the highest id first here");
            prop_assert!(offer.trainers.iter().all(|trainer| free[trainer].contains(&offer.slot)));
        }
    }
}

#[test]
fn a_period_stays_in_the_calendar() {
    let last = Instant::MAX_UTC;
    let first = Instant::MIN_UTC;
    for period in [
        Period::lasting(last, 60),
        Period::lasting(first, u32::MAX).padded(u32::MAX, u32::MAX),
        Period::lasting(last, u32::MAX).padded(0, u32::MAX),
    ] {
        let text = serde_json::to_string(&period).unwrap();
        assert_eq!(serde_json::from_str::<Period>(&text).unwrap(), period);
    }
}
