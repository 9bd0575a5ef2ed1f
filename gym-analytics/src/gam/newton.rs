//! Newton's method on the penalised loss, with halved steps where a full one does not help.

use linfa_linalg::cholesky::SolveCInplace;
use ndarray::{Array1, Array2};

use super::GamParams;
use super::gram::{Layout, Sums, pass};
use crate::design::Design;
use crate::sample::{Family, FitError, Sample};

/// Half of what a step may still gain, in units of the loss, when the step is taken as the last.
const SETTLED: f64 = 1e-9;
const PASSES: usize = 100;
/// From this many rows on, a start is looked for on a part of them.
const MANY: usize = 60_000;
const START: usize = 20_000;

pub(super) struct Solved {
    pub(super) intercept: f64,
    /// Of standardised columns.
    pub(super) coefficients: Vec<f64>,
    pub(super) passes: usize,
}

/// Finds the least penalised loss. Deterministic: the start depends on the rows alone.
pub(super) fn solve(design: &Design, sample: &Sample<'_>, params: &GamParams) -> Result<Solved, FitError> {
    let rows = sample.columns.rows();
    let start = match rows >= MANY {
        true => start(design, sample, params),
        false => None,
    };
    descend(design, sample, params, params.ridge, start)
}

/// Solves for every so-many-th row, with a ridge in proportion. A start only: none is no loss.
fn start(design: &Design, sample: &Sample<'_>, params: &GamParams) -> Option<Vec<f64>> {
    let rows: Vec<u32> = (0..sample.columns.rows() as u32)
        .step_by(sample.columns.rows() / START)
        .collect();
    let share = rows.len() as f64 / sample.columns.rows() as f64;
    let take = |values: &[f64]| -> Vec<f64> { rows.iter().map(|&row| values[row as usize]).collect() };
    let columns = sample.columns.pick(&rows).ok()?;
    let outcomes = take(sample.outcomes);
    let (weights, offset) = (sample.weights.map(take), sample.offset.map(take));
    let mut part = Sample::new(&columns, &outcomes);
    part.weights = weights.as_deref();
    part.offset = offset.as_deref();
    part.check(params.family).ok()?;
    let solved = descend(design, &part, params, params.ridge * share, None).ok()?;
    Some(
        [solved.intercept]
            .into_iter()
            .chain(solved.coefficients)
            .collect(),
    )
}

fn descend(
    design: &Design,
    sample: &Sample<'_>,
    params: &GamParams,
    ridge: f64,
    start: Option<Vec<f64>>,
) -> Result<Solved, FitError> {
    let layout = Layout::new(design);
    let mut beta = start.unwrap_or_else(|| {
        let mut beta = vec![0.0; layout.places.len() + 1];
        beta[0] = plain_intercept(sample, params.family);
        beta
    });
    let at = |beta: &[f64]| {
        let (intercept, factors) = unscaled(&layout, beta);
        let sums = pass(
            &layout,
            sample,
            params.family,
            (intercept, &factors),
            params.threads,
        );
        let penalty = 0.5 * ridge * beta[1..].iter().map(|value| value * value).sum::<f64>();
        (sums.loss + penalty, sums)
    };
    let (mut loss, mut sums) = at(&beta);
    let mut passes = 1;
    loop {
        let step = step(&layout, &sums, &beta, ridge)?;
        let moved = |scale: f64| -> Vec<f64> {
            beta.iter()
                .zip(&step.by)
                .map(|(value, by)| value + scale * by)
                .collect()
        };
        if step.gain <= SETTLED {
            let mut last = moved(1.0);
            let intercept = last.remove(0);
            return Ok(Solved {
                intercept,
                coefficients: last,
                passes,
            });
        }
        let mut scale = 1.0;
        let next = loop {
            let candidate = moved(scale);
            let (less, sums) = at(&candidate);
            passes += 1;
            let rounding = 1e-13 * loss.abs();
            if less <= loss - 1e-4 * scale * step.gain + rounding {
                break (candidate, less, sums);
            }
            scale /= 2.0;
            if passes >= PASSES || scale < 1e-6 {
                return Err(FitError::NotSettled { passes });
            }
        };
        (beta, loss, sums) = next;
        if passes >= PASSES {
            return Err(FitError::NotSettled { passes });
        }
    }
}

/// Returns the intercept of a model without features, offsets aside.
fn plain_intercept(sample: &Sample<'_>, family: Family) -> f64 {
    let rows = 0..sample.outcomes.len();
    let (total, events) = rows.fold((0.0, 0.0), |(total, events), row| {
        let weight = sample.weight(row);
        (total + weight, events + weight * sample.outcomes[row])
    });
    match family {
        Family::Logistic => (events / (total - events)).ln(),
        Family::Poisson => (events / total).ln(),
    }
}

/// Returns intercept and factors for columns that are not standardised.
fn unscaled(layout: &Layout<'_>, beta: &[f64]) -> (f64, Vec<f64>) {
    let mut factors = vec![0.0; layout.width];
    let mut intercept = beta[0];
    for (place, value) in layout.places.iter().zip(&beta[1..]) {
        if place.sd > 0.0 {
            factors[place.at] = value / place.sd;
            intercept -= factors[place.at] * place.mean;
        }
    }
    (intercept, factors)
}

struct Step {
    by: Vec<f64>,
    /// What the step promises to lower the loss by, doubled: gᵀ H⁻¹ g.
    gain: f64,
}

/// Solves (H + ridge) by = gradient, in standardised columns.
fn step(layout: &Layout<'_>, sums: &Sums, beta: &[f64], ridge: f64) -> Result<Step, FitError> {
    let size = layout.places.len() + 1;
    let mut h = Array2::<f64>::zeros((size, size));
    let mut g = vec![0.0; size];
    (h[[0, 0]], g[0]) = (sums.v, sums.r);
    for (j, a) in layout.places.iter().enumerate() {
        if a.sd == 0.0 {
            h[[j + 1, j + 1]] = 1.0;
            continue;
        }
        let of_a = sums.vb[a.at];
        let mixed = (of_a - a.mean * sums.v) / a.sd;
        (h[[0, j + 1]], h[[j + 1, 0]]) = (mixed, mixed);
        g[j + 1] = (sums.rb[a.at] - a.mean * sums.r) / a.sd - ridge * beta[j + 1];
        for (k, b) in layout
            .places
            .iter()
            .enumerate()
            .filter(|(k, b)| *k >= j && b.sd > 0.0)
        {
            let (low, high) = (a.at.min(b.at), a.at.max(b.at));
            let raw = sums.vbb[low * layout.width + high];
            let centred = raw - a.mean * sums.vb[b.at] - b.mean * of_a + a.mean * b.mean * sums.v;
            let value = centred / (a.sd * b.sd);
            (h[[j + 1, k + 1]], h[[k + 1, j + 1]]) = (value, value);
        }
        h[[j + 1, j + 1]] += ridge;
    }
    let by = solved(h, &g).ok_or(FitError::Singular)?;
    let gain: f64 = by.iter().zip(&g).map(|(by, g)| by * g).sum();
    match gain.is_finite() && gain >= 0.0 {
        true => Ok(Step { by, gain }),
        false => Err(FitError::Singular),
    }
}

/// Solves a symmetric positive definite system, scaled to a unit diagonal first.
fn solved(mut h: Array2<f64>, g: &[f64]) -> Option<Vec<f64>> {
    let scales: Vec<f64> = h.diag().iter().map(|value| 1.0 / value.sqrt()).collect();
    if scales.iter().any(|scale| !scale.is_finite()) {
        return None;
    }
    for ((i, j), value) in h.indexed_iter_mut() {
        *value *= scales[i] * scales[j];
    }
    let right: Array1<f64> = g.iter().zip(&scales).map(|(g, scale)| g * scale).collect();
    let mut right = right.insert_axis(ndarray::Axis(1));
    h.solvec_inplace(&mut right).ok()?;
    Some(
        right
            .iter()
            .zip(&scales)
            .map(|(value, scale)| value * scale)
            .collect(),
    )
}
