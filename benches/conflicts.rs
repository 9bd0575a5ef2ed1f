//! All conflicts among a million blocks, and whether one more would conflict.

mod numbers;
mod timetable;

use std::hint::black_box;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use gym_core::schedule::conflict::{Timetable, conflicts};

const MILLION: usize = 1_000_000;

fn bench(c: &mut Criterion) {
    let mut group = c.benchmark_group("conflicts");
    group.sample_size(20);
    for rooms in [timetable::CROWDED, 20_000] {
        let blocks = timetable::blocks(MILLION, rooms);
        let found = conflicts(&blocks).len();
        group.bench_function(format!("of 1M blocks, {found} pairs"), |b| {
            b.iter(|| conflicts(black_box(&blocks)));
        });
    }
    let table = Timetable::new(timetable::blocks(MILLION, 20_000));
    let mut new = timetable::blocks(MILLION, 20_000).into_iter().rev().cycle();
    group.bench_function("of one block with 1M", |b| {
        b.iter_batched(
            || new.next(),
            |new| new.and_then(|new| table.first_conflict(black_box(&new)).copied()),
            BatchSize::SmallInput,
        );
    });
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
