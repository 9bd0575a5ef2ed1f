//! What a feature adds to the log-odds, as a line or as cubics between knots.

use crate::design::{Design, Term};
use crate::spline::Spline;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Curve {
    Line {
        mean: f64,
        slope: f64,
    },
    Cubics {
        least: f64,
        greatest: f64,
        inner: Vec<f64>,
        pieces: Vec<Cubic>,
    },
}

/// `c[0] + c[1] u + c[2] u² + c[3] u³` with `u = (x - origin) * scale`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Cubic {
    origin: f64,
    scale: f64,
    c: [f64; 4],
}

/// Returns the curve of every term.
pub(super) fn of(design: &Design, coefficients: &[f64]) -> Vec<Curve> {
    let mut rest = coefficients;
    let mut curves = Vec::new();
    for term in design.terms() {
        let (own, others) = rest.split_at(term.width());
        rest = others;
        curves.push(match term {
            Term::Linear { mean, .. } => Curve::Line {
                mean: *mean,
                slope: unscaled(own, term.sds())[0],
            },
            Term::Spline { spline, means, sds } => cubics(spline, means, &unscaled(own, sds)),
        });
    }
    curves
}

fn unscaled(coefficients: &[f64], sds: &[f64]) -> Vec<f64> {
    let pairs = coefficients.iter().zip(sds);
    pairs
        .map(|(coefficient, &sd)| if sd > 0.0 { coefficient / sd } else { 0.0 })
        .collect()
}

fn cubics(spline: &Spline, means: &[f64], slopes: &[f64]) -> Curve {
    let centre: f64 = means.iter().zip(slopes).map(|(mean, slope)| mean * slope).sum();
    let mut factors = slopes.to_vec();
    factors.push(0.0);
    let knots = spline.knots();
    let (least, greatest) = (knots[0], knots[knots.len() - 1]);
    let combined = spline.combined(&factors);
    let pieces = combined.into_iter().zip(spline.pieces()).map(|(mut c, piece)| {
        c[0] -= centre;
        Cubic {
            origin: piece.origin,
            scale: piece.scale,
            c,
        }
    });
    let pieces = pieces.collect();
    Curve::Cubics {
        least,
        greatest,
        inner: knots[1..knots.len() - 1].to_vec(),
        pieces,
    }
}

impl Curve {
    pub(super) fn at(&self, x: f64) -> f64 {
        match self {
            Self::Line { mean, slope } => slope * (x - mean),
            Self::Cubics {
                least,
                greatest,
                inner,
                pieces,
            } => {
                let x = x.max(*least).min(*greatest);
                let at: usize = inner.iter().map(|&knot| usize::from(x >= knot)).sum();
                pieces[at].at(x)
            }
        }
    }

    /// Adds the curve at each value to its sum. Returns false if a value is not finite that the sum does not show: a line
    /// takes it there, while a curve goes on beyond its ends as it is at them.
    pub(super) fn add(&self, values: &[f64], sums: &mut [f64]) -> bool {
        match self {
            Self::Line { mean, slope } => {
                for (sum, x) in sums.iter_mut().zip(values) {
                    *sum += slope * (x - mean);
                }
                true
            }
            Self::Cubics { .. } => {
                for (sum, &x) in sums.iter_mut().zip(values) {
                    *sum += self.at(x);
                }
                // Without an early end, so that many are looked at together.
                values.iter().fold(true, |right, value| right & value.is_finite())
            }
        }
    }
}

impl Cubic {
    fn at(&self, x: f64) -> f64 {
        let u = (x - self.origin) * self.scale;
        ((self.c[3] * u + self.c[2]) * u + self.c[1]) * u + self.c[0]
    }
}
