//! How often tests repeat: as often as they say, or a hundred times that with `GYM_SOAK=1`, in every crate.

#![allow(dead_code, clippy::unwrap_used, missing_docs)]

use proptest::prelude::ProptestConfig;
use proptest::test_runner::RngSeed;

fn factor(soak: Option<&str>) -> u32 {
    match soak {
        Some("1") => 100,
        _ => 1,
    }
}

/// How often to repeat something: `usual`, or a hundred times that with `GYM_SOAK=1`.
pub fn times(usual: u32) -> u32 {
    usual * factor(std::env::var("GYM_SOAK").ok().as_deref())
}

/// How many cases a law takes: as [`times`], or more if `PROPTEST_CASES` asks for them.
///
/// The usual number are the same cases each time, so that a change fails by what it changed. More are other cases each
/// time, and `PROPTEST_RNG_SEED` picks which.
pub fn cases(usual: u32) -> ProptestConfig {
    let default = ProptestConfig::default();
    let asked = std::env::var_os("PROPTEST_CASES").map_or(0, |_| default.cases);
    let cases = times(usual).max(asked);
    let rng_seed = match default.rng_seed {
        RngSeed::Random if cases == usual => RngSeed::Fixed(u64::from(usual)),
        seed => seed,
    };
    ProptestConfig {
        cases,
        rng_seed,
        failure_persistence: None,
        max_shrink_iters: 3_000,
        // Cases that do not apply are as many times more, too.
        max_global_rejects: default.max_global_rejects.max(cases.saturating_mul(10)),
        ..default
    }
}

#[test]
fn a_soak_is_a_hundred_times_as_long() {
    assert_eq!([None, Some(""), Some("0"), Some("1")].map(factor), [1, 1, 1, 100]);
}
