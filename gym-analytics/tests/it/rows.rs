//! Made-up rows: always the same.

use gym_analytics::columns::Columns;

/// Returns the next of a row of well-mixed numbers from 0 to below 1 (splitmix64).
pub fn unit(state: &mut u64) -> f64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) >> 11) as f64 / 9_007_199_254_740_992.0
}

/// Returns number `at` of the row that begins at 0.
pub fn unit_at(at: u64) -> f64 {
    unit(&mut at.wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

/// Members with days since the last visit, age, visits a month and whether the contract is a year's.
pub struct Members {
    pub values: Vec<(&'static str, Vec<f64>)>,
    pub left: Vec<f64>,
}

pub fn members(rows: usize, seed: u64) -> Members {
    let mut state = seed;
    let mut values = vec![
        ("days_since_visit", Vec::new()),
        ("age", Vec::new()),
        ("visits_a_month", Vec::new()),
        ("year_contract", Vec::new()),
    ];
    let mut left = Vec::new();
    for _ in 0..rows {
        let days = (unit(&mut state).powi(3) * 90.0).floor();
        let age = 18.0 + (unit(&mut state) * 50.0).floor();
        let visits = unit(&mut state) * 15.0;
        let year = f64::from(unit(&mut state) < 0.3);
        let eta =
            -1.5 + (days / 20.0).tanh() * 2.0 - 0.15 * visits - year + ((age - 35.0) / 20.0).powi(2) * 0.3;
        for ((_, column), value) in values.iter_mut().zip([days, age, visits, year]) {
            column.push(value);
        }
        left.push(f64::from(unit(&mut state) < 1.0 / (1.0 + (-eta).exp())));
    }
    Members { values, left }
}

impl Members {
    pub fn columns(&self) -> Columns<'_> {
        Columns::new(
            self.values
                .iter()
                .map(|(name, values)| (*name, values.as_slice())),
        )
        .unwrap()
    }
}
