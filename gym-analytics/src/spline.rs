//! [`Spline`]: a cubic B-spline basis over one feature, with knots where the data are.
//!
//! ```
//! use gym_analytics::spline::Spline;
//!
//! let tenure: Vec<f64> = (0..100).map(f64::from).collect();
//! let spline = Spline::at_quantiles(&tenure, 5);
//! let basis = spline.basis(40.0);
//! assert_eq!((spline.len(), basis.len()), (7, 7));
//! assert!((basis.iter().sum::<f64>() - 1.0).abs() < 1e-12);
//! ```

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Basis functions that are not zero at one place: those of a cubic.
pub(crate) const ACTIVE: usize = 4;
const DEGREE: usize = 3;

/// Why knots are no knots.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum BadKnots {
    /// Fewer than two.
    #[error("a spline has {found} knots, expected at least 2")]
    TooFew {
        /// How many there are.
        found: usize,
    },
    /// Not finite, or falling.
    #[error("knot {at} of a spline is {value}, expected a finite number that is not below the one before it")]
    NotRising {
        /// Which knot, from 0.
        at: usize,
        /// Its value.
        value: f64,
    },
}

/// What holds between two knots: four cubics in `u = (x - origin) / width`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Piece {
    pub(crate) origin: f64,
    pub(crate) scale: f64,
    /// The first basis function that is not zero here.
    pub(crate) first: usize,
    /// `cubics[i][k]` is the factor of `u^k` in basis function `first + i`.
    pub(crate) cubics: [[f64; 4]; ACTIVE],
}

/// A cubic B-spline basis (de Boor 1978). Knots may repeat; the first and last spacing is continued outside;
/// a value outside of the knots counts as the nearest end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<f64>", into = "Vec<f64>")]
pub struct Spline {
    knots: Vec<f64>,
    pieces: Vec<Piece>,
}

impl Spline {
    /// Takes knots in rising order, at least two; equal knots are allowed.
    ///
    /// # Errors
    ///
    /// [`BadKnots`].
    pub fn new(knots: Vec<f64>) -> Result<Self, BadKnots> {
        if knots.len() < 2 {
            return Err(BadKnots::TooFew { found: knots.len() });
        }
        let falls = |at: usize| !knots[at].is_finite() || (at > 0 && knots[at] < knots[at - 1]);
        if let Some(at) = (0..knots.len()).find(|&at| falls(at)) {
            return Err(BadKnots::NotRising { at, value: knots[at] });
        }
        Ok(Self::of_rising(knots))
    }

    /// Puts `knots` knots (at least 2) at evenly spaced quantiles of finite values, linearly interpolated; the
    /// first is the least value and the last the greatest.
    pub fn at_quantiles(values: &[f64], knots: usize) -> Self {
        let mut sorted: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
        sorted.sort_unstable_by(f64::total_cmp);
        let knots = knots.max(2);
        let quantile = |at: usize| quantile(&sorted, at as f64 / (knots - 1) as f64);
        let mut knots: Vec<f64> = (0..knots).map(quantile).collect();
        // Interpolation may round the other way between equal values.
        for at in 1..knots.len() {
            knots[at] = knots[at].max(knots[at - 1]);
        }
        Self::of_rising(knots)
    }

    fn of_rising(knots: Vec<f64>) -> Self {
        let extended = extended(&knots);
        let mut pieces: Vec<Piece> = Vec::with_capacity(knots.len() - 1);
        for at in 0..knots.len() - 1 {
            let piece = match (knots[at + 1] > knots[at], pieces.last()) {
                (true, _) => piece(&extended, at),
                // Behind a gap of no width the piece before it goes on.
                (false, Some(before)) => before.clone(),
                (false, None) => Piece {
                    origin: knots[at],
                    scale: 0.0,
                    first: at,
                    cubics: [[0.0; 4]; ACTIVE],
                },
            };
            pieces.push(piece);
        }
        Self { knots, pieces }
    }

    /// Returns how many basis functions there are: knots + 2.
    #[expect(clippy::len_without_is_empty, reason = "a basis is never empty")]
    pub fn len(&self) -> usize {
        self.knots.len() + DEGREE - 1
    }

    /// Returns the knots, rising.
    pub fn knots(&self) -> &[f64] {
        &self.knots
    }

    /// Returns all basis functions at `x`, at most four of them not zero. They sum to 1, save where all knots
    /// are equal: there all are zero. NaN gives NaN.
    pub fn basis(&self, x: f64) -> Vec<f64> {
        let mut all = vec![0.0; self.len()];
        let (first, active) = self.active(x);
        all[first..first + ACTIVE].copy_from_slice(&active);
        all
    }

    /// Returns the first basis function that is not zero at `x`, and it and the next three there.
    pub(crate) fn active(&self, x: f64) -> (usize, [f64; ACTIVE]) {
        let (piece, u) = self.locate(x);
        let cubic = |c: &[f64; 4]| ((c[3] * u + c[2]) * u + c[1]) * u + c[0];
        let [a, b, c, d] = &piece.cubics;
        (piece.first, [cubic(a), cubic(b), cubic(c), cubic(d)])
    }

    /// Returns the piece that `x` is in, and where in it.
    pub(crate) fn locate(&self, x: f64) -> (&Piece, f64) {
        let last = self.knots.len() - 1;
        let x = x.max(self.knots[0]).min(self.knots[last]);
        let at: usize = self.knots[1..last]
            .iter()
            .map(|&knot| usize::from(x >= knot))
            .sum();
        let piece = &self.pieces[at];
        (piece, (x - piece.origin) * piece.scale)
    }

    pub(crate) fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// Returns, for every piece, the cubic in `u` that the basis gives with these factors.
    pub(crate) fn combined(&self, factors: &[f64]) -> Vec<[f64; 4]> {
        let combine = |piece: &Piece| {
            let mut sum = [0.0; 4];
            for (cubic, factor) in piece.cubics.iter().zip(&factors[piece.first..]) {
                for (total, c) in sum.iter_mut().zip(cubic) {
                    *total += factor * c;
                }
            }
            sum
        };
        self.pieces.iter().map(combine).collect()
    }
}

impl TryFrom<Vec<f64>> for Spline {
    type Error = BadKnots;

    fn try_from(knots: Vec<f64>) -> Result<Self, BadKnots> {
        Self::new(knots)
    }
}

impl From<Spline> for Vec<f64> {
    fn from(spline: Spline) -> Self {
        spline.knots
    }
}

/// Returns the quantile of rising values, linearly interpolated between neighbours; 0 where there are none.
pub(crate) fn quantile(sorted: &[f64], share: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else {
        return 0.0;
    };
    let place = share.clamp(0.0, 1.0) * last as f64;
    let below = (place.floor() as usize).min(last);
    let above = (below + 1).min(last);
    sorted[below] + (sorted[above] - sorted[below]) * (place - below as f64)
}

fn extended(knots: &[f64]) -> Vec<f64> {
    let last = knots.len() - 1;
    let (before, after) = (knots[1] - knots[0], knots[last] - knots[last - 1]);
    let left = (1..=DEGREE).rev().map(|step| knots[0] - step as f64 * before);
    let right = (1..=DEGREE).map(|step| knots[last] + step as f64 * after);
    left.chain(knots.iter().copied()).chain(right).collect()
}

/// Builds the four cubics over `[t[k], t[k + 1]]` by the Cox–de Boor recursion on polynomials in `u`.
fn piece(t: &[f64], at: usize) -> Piece {
    let k = at + DEGREE;
    let (origin, width) = (t[k], t[k + 1] - t[k]);
    let mut lower: Vec<[f64; 4]> = vec![[1.0, 0.0, 0.0, 0.0]];
    for degree in 1..=DEGREE {
        let mut next = vec![[0.0; 4]; degree + 1];
        for (offset, cubic) in lower.iter().enumerate() {
            // Basis function i of the lower degree feeds i - 1 (falling) and i (rising) of the higher one.
            let i = k + 1 + offset - degree;
            let span = t[i + degree] - t[i];
            if span > 0.0 {
                let (rise, start) = (width / span, (origin - t[i]) / span);
                add_product(&mut next[offset + 1], cubic, start, rise);
                add_product(&mut next[offset], cubic, 1.0 - start, -rise);
            }
        }
        lower = next;
    }
    let mut cubics = [[0.0; 4]; ACTIVE];
    cubics.copy_from_slice(&lower);
    Piece {
        origin,
        scale: 1.0 / width,
        first: at,
        cubics,
    }
}

/// Adds `polynomial × (constant + slope u)` to `sum`.
fn add_product(sum: &mut [f64; 4], polynomial: &[f64; 4], constant: f64, slope: f64) {
    for power in 0..4 {
        sum[power] += constant * polynomial[power];
        if power > 0 {
            sum[power] += slope * polynomial[power - 1];
        }
    }
}
