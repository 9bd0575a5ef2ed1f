//! Where to split a leaf.

use super::bins::MISSING;
use super::histogram::{Pair, UNIT};
use super::{BoostParams, Direction};

/// The least curvature of a leaf.
const LEAST: f64 = 1e-3;

/// A split and what it gains.
#[derive(Debug, Clone, Copy)]
pub(super) struct Split {
    pub(super) gain: f64,
    /// Position among the features.
    pub(super) feature: usize,
    /// The last bin that goes left.
    pub(super) bin: u8,
    pub(super) missing_left: bool,
    pub(super) left: f64,
    pub(super) right: f64,
}

/// A leaf as the search sees it.
pub(super) struct Asked<'a> {
    pub(super) params: &'a BoostParams,
    pub(super) total: Pair,
    pub(super) rows: usize,
    /// What values the leaf may have.
    pub(super) bounds: (f64, f64),
}

/// A feature as the search sees it.
pub(super) struct Candidate<'a> {
    pub(super) feature: usize,
    pub(super) bins: &'a [Pair; 256],
    pub(super) edges: usize,
    pub(super) missing: bool,
    pub(super) direction: Option<Direction>,
}

impl Asked<'_> {
    /// Returns the best split on one feature.
    pub(super) fn best(&self, candidate: &Candidate<'_>) -> Option<Split> {
        let missing = candidate.bins[usize::from(MISSING)];
        let mut left = [0, 0];
        let mut best: Option<Split> = None;
        // With something missing, all that is there against all that is not is a split too.
        let bins = candidate.edges + usize::from(candidate.missing);
        for (bin, sum) in (0..MISSING).zip(candidate.bins).take(bins) {
            left = [left[0] + sum[0], left[1] + sum[1]];
            if sum[1] == 0 && usize::from(bin) < candidate.edges {
                continue;
            }
            let both = [false, true];
            let ways = if candidate.missing {
                both.as_slice()
            } else {
                &both[..1]
            };
            for &missing_left in ways {
                let left = if missing_left {
                    [left[0] + missing[0], left[1] + missing[1]]
                } else {
                    left
                };
                if let Some((gain, values)) = self.gain(left, candidate.direction)
                    && best.is_none_or(|best| gain > best.gain)
                {
                    let (feature, (left, right)) = (candidate.feature, values);
                    best = Some(Split {
                        gain,
                        feature,
                        bin,
                        missing_left,
                        left,
                        right,
                    });
                }
            }
        }
        best
    }

    /// Returns what a split gains, and the values of its sides; none where a side is too small, or the values would
    /// stand the wrong way round.
    fn gain(&self, left: Pair, direction: Option<Direction>) -> Option<(f64, (f64, f64))> {
        let right = [self.total[0] - left[0], self.total[1] - left[1]];
        let curvature = |side: Pair| side[1] as f64 / UNIT;
        let least = f64::from(self.params.least_rows) * curvature(self.total) / self.rows as f64;
        let least = least.max(LEAST);
        if curvature(left) < least || curvature(right) < least {
            return None;
        }
        let values = (self.value(left), self.value(right));
        match direction {
            Some(Direction::Rising) if values.0 > values.1 => return None,
            Some(Direction::Falling) if values.0 < values.1 => return None,
            _ => {}
        }
        let gain = self.worth(left, values.0) + self.worth(right, values.1)
            - self.worth(self.total, self.value(self.total));
        (gain > 1e-9).then_some((gain, values))
    }

    /// Returns the value that lowers the loss most, within the bounds.
    pub(super) fn value(&self, side: Pair) -> f64 {
        let curvature = side[1] as f64 / UNIT + self.params.ridge;
        let value = if curvature > 0.0 {
            side[0] as f64 / UNIT / curvature
        } else {
            0.0
        };
        value.max(self.bounds.0).min(self.bounds.1)
    }

    /// Returns by how much a value lowers the loss, doubled.
    fn worth(&self, side: Pair, value: f64) -> f64 {
        let [gradient, curvature] = side.map(|sum| sum as f64 / UNIT);
        2.0 * gradient * value - (curvature + self.params.ridge) * value * value
    }
}
