//! A made-up year of claims: always the same, from whole numbers.

use gym_core::id::{Id, RoomId};
use gym_core::schedule::claim::Resource;
use gym_core::schedule::conflict::Block;
use gym_core::time::Period;

use crate::numbers::{minute, next};

const YEAR_MINUTES: u64 = 365 * 24 * 60;

/// How many rooms a million blocks of half an hour to 90 minutes go to, so that 0.95 million pairs overlap.
pub const CROWDED: u64 = 120;

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
