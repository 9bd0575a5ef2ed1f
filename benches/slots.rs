//! A year of free slots for a team of 100 trainers, from weekly hours and 500 booked sessions each.

mod numbers;

use std::collections::BTreeMap;
use std::hint::black_box;

use chrono::{NaiveTime, Weekday};
use chrono_tz::Tz;
use criterion::{Criterion, criterion_group, criterion_main};
use gym_core::id::{Id, TrainerId};
use gym_core::schedule::availability::{Availability, Dates, Hours, InvalidHours, WeeklyRule};
use gym_core::schedule::claim::Buffers;
use gym_core::schedule::slots::{InvalidSlotRequest, SlotRequest, any_slots, free_slots};
use gym_core::time::Period;

const TRAINERS: i64 = 100;
const ZONE: Tz = Tz::Europe__Berlin;

fn weekdays() -> Result<Availability, InvalidHours> {
    let at = |hour| NaiveTime::from_hms_opt(hour, 0, 0).unwrap_or_default();
    let days = [
        Weekday::Mon,
        Weekday::Tue,
        Weekday::Wed,
        Weekday::Thu,
        Weekday::Fri,
    ];
    let hours = days.map(|day| Hours::new(day, at(9), at(18)));
    let rule = |hours| WeeklyRule {
        hours,
        location: None,
        dates: Dates::always(),
    };
    let weekly = hours
        .into_iter()
        .map(|hours| hours.map(rule))
        .collect::<Result<_, _>>()?;
    Ok(Availability {
        weekly,
        ..Availability::default()
    })
}

fn request() -> Result<SlotRequest, InvalidSlotRequest> {
    let buffers = Buffers {
        before_minutes: 0,
        after_minutes: 10,
    };
    SlotRequest::new(60, 30, buffers, numbers::minute(0))
}

fn bench(c: &mut Criterion) {
    let (Ok(hours), Ok(request)) = (weekdays(), request()) else {
        panic!("the hours and the request of this measure are valid");
    };
    let year = Period::lasting(numbers::minute(0), 365 * 24 * 60);
    let open = hours.open(ZONE, None, year);
    let mut state = 7;
    let mut session = |_| {
        let day = &open[numbers::next(&mut state) as usize % open.len()];
        let start = day.start() + chrono::Duration::minutes(30 * (numbers::next(&mut state) % 17) as i64);
        Period::lasting(start, 60)
    };
    let busy: BTreeMap<TrainerId, Vec<Period>> = (1..=TRAINERS)
        .map(|id| (TrainerId::from_raw(id), (0..500).map(&mut session).collect()))
        .collect();
    let order: Vec<TrainerId> = busy.keys().copied().collect();

    let mut group = c.benchmark_group("slots");
    group.sample_size(30);
    let slots = |busy: &[Period]| free_slots(black_box(&open), busy, &request, ZONE);
    let found: usize = busy.values().map(|busy| slots(busy).len()).sum();
    group.bench_function(format!("of a year × {TRAINERS} trainers, {found} free"), |b| {
        b.iter(|| busy.values().map(|busy| slots(busy).len()).sum::<usize>());
    });
    group.bench_function(
        format!("of a year × {TRAINERS} trainers, hours opened each time"),
        |b| {
            let year_of =
                |busy: &Vec<Period>| free_slots(&hours.open(ZONE, None, year), busy, &request, ZONE).len();
            b.iter(|| busy.values().map(year_of).sum::<usize>());
        },
    );
    let free: BTreeMap<TrainerId, Vec<Period>> = busy.iter().map(|(id, busy)| (*id, slots(busy))).collect();
    group.bench_function("of any trainer, merged", |b| {
        b.iter(|| any_slots(black_box(&free), &order).len());
    });
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
