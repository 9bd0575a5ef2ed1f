//! A made-up year of claims: always the same, from whole numbers.

use chrono::{DateTime, Duration};
use gym_core::id::{Id, RoomId};
use gym_core::schedule::claim::Resource;
use gym_core::schedule::conflict::Block;
use gym_core::time::{Instant, Period};

const YEAR_MINUTES: u64 = 365 * 24 * 60;

/// How many rooms a million blocks of half an hour to 90 minutes go to, so that 0.95 million pairs overlap.
pub const CROWDED: u64 = 120;

/// Returns 2026-01-01 00:00 UTC and `minutes`.
pub fn minute(minutes: u64) -> Instant {
    DateTime::UNIX_EPOCH + Duration::days(20_454) + Duration::minutes(minutes as i64)
}

/// Returns the next of a row of well-mixed numbers (splitmix64, Steele et al. 2014, doi:10.1145/2660193.2660195).
pub fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Makes `count` blocks of 30, 45, 60, 75 or 90 minutes, spread over `rooms` and a year.
pub fn blocks(count: usize, rooms: u64) -> Vec<Block> {
    let mut state = 1;
    let block = |_| {
        let room = Resource::Room(RoomId::from_raw((next(&mut state) % rooms) as i64 + 1));
        let start = minute(next(&mut state) % YEAR_MINUTES);
        let length = 30 + 15 * (next(&mut state) % 5) as u32;
        Block::new(room, Period::lasting(start, length))
    };
    (0..count).map(block).collect()
}
