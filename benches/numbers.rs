//! Made-up instants and numbers: always the same, so that two runs measure the same work.

use chrono::{DateTime, Duration};
use gym_core::time::Instant;

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
