//! [`Rhythm`]: how a member comes of late and how long they have not, against what is usual for them.

use super::days::{Days, YEAR};
use super::visits::Visits;

/// After how many days a visit counts half.
const HALF: f64 = 30.0;

/// How often somebody of whom nothing is known yet comes in a week.
const USUAL: f64 = 2.0;

/// What a visit counts, by how many days ago it was, and all days of the year so far back together.
pub(super) struct Rhythm {
    weights: [f64; YEAR as usize],
    all: f64,
}

impl Rhythm {
    pub(super) fn new() -> Self {
        let mut weights = [0.0; YEAR as usize];
        for (ago, weight) in weights.iter_mut().enumerate() {
            *weight = libm::exp2(-(ago as f64) / HALF);
        }
        let all = weights.iter().sum();
        Self { weights, all }
    }

    /// Returns the days with a visit a week, the latest the most; the days before joining count as usual ones.
    pub(super) fn recent(&self, visits: &Days, lived: u32) -> f64 {
        let came: f64 = visits
            .ago()
            .filter_map(|ago| self.weights.get(ago as usize))
            .sum();
        let before: f64 = self.weights.iter().skip(lived as usize).sum();
        (came * 7.0 + before * USUAL) / self.all
    }
}

/// Returns the days since the last visit; since joining if there was none.
pub(super) fn since(visits: &Visits, tenure: u32) -> u32 {
    visits.last.unwrap_or(tenure)
}

/// Returns the days with a visit a week, in the last year or since joining.
pub(super) fn weekly(visits: &Visits, tenure: u32) -> f64 {
    let lived = (tenure + 1).clamp(7, YEAR);
    f64::from(visits.days.count(YEAR)) / (f64::from(lived) / 7.0)
}
