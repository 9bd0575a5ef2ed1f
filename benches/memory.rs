//! The peak memory of finding all conflicts among a million blocks, input and answer included.

mod numbers;
mod timetable;

use gym_core::schedule::conflict::conflicts;
use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

fn main() {
    for rooms in [timetable::CROWDED, 20_000] {
        MEMORY.reset_peak_usage();
        let blocks = timetable::blocks(1_000_000, rooms);
        let found = conflicts(&blocks);
        let (blocks, found) = (blocks.len(), found.len());
        println!(
            "{blocks} blocks, {found} pairs: {:.1} MB at the peak",
            MEMORY.peak_usage() as f64 / 1e6
        );
    }
}
