//! Whether what is scored is still what was learned from.

use serde::{Deserialize, Serialize};

use super::EvaluateError;
use crate::columns::{Columns, DataError};
use crate::spline::quantile;

/// How far one feature has moved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Drift {
    /// The feature.
    pub feature: String,
    /// The population stability index over ten bins: below 0.1 little, above 0.25 a lot, by custom.
    pub psi: f64,
    /// The Kolmogorov–Smirnov distance: the largest gap between the two distributions, 0 to 1.
    pub ks: f64,
    /// The mean when the model was fitted.
    pub before: f64,
    /// The mean now.
    pub after: f64,
}

/// Returns the population stability index: Σ (a − e) ln(a / e) over bins at quantiles of `before` (2 to 100 bins, equal
/// quantiles joined); an empty share counts as half a row.
///
/// # Errors
///
/// [`EvaluateError::Empty`], [`EvaluateError::NotFinite`] and [`EvaluateError::Setting`].
pub fn psi(before: &[f64], after: &[f64], bins: usize) -> Result<f64, EvaluateError> {
    if !(2..=100).contains(&bins) {
        return Err(EvaluateError::Setting {
            name: "bins",
            value: bins as f64,
            expected: "2 to 100",
        });
    }
    let (before, after) = (sorted("before", before)?, sorted("after", after)?);
    let mut edges: Vec<f64> = (1..bins)
        .map(|at| quantile(&before, at as f64 / bins as f64))
        .collect();
    edges.dedup();
    let shares = |values: &[f64]| -> Vec<f64> {
        let ends = edges
            .iter()
            .map(|edge| values.partition_point(|value| value <= edge))
            .chain([values.len()]);
        let starts = [0].into_iter().chain(ends.clone());
        ends.zip(starts)
            .map(|(end, start)| ((end - start) as f64).max(0.5) / values.len() as f64)
            .collect()
    };
    let pairs = shares(&after).into_iter().zip(shares(&before));
    Ok(pairs
        .map(|(actual, expected)| (actual - expected) * (actual / expected).ln())
        .sum())
}

/// Returns the two-sample Kolmogorov–Smirnov distance.
///
/// # Errors
///
/// [`EvaluateError::Empty`] and [`EvaluateError::NotFinite`].
pub fn ks(before: &[f64], after: &[f64]) -> Result<f64, EvaluateError> {
    let (a, b) = (sorted("before", before)?, sorted("after", after)?);
    let (mut i, mut j, mut most) = (0, 0, 0.0f64);
    while i < a.len() && j < b.len() {
        let at = a[i].min(b[j]);
        i += a[i..].iter().take_while(|value| **value <= at).count();
        j += b[j..].iter().take_while(|value| **value <= at).count();
        most = most.max((i as f64 / a.len() as f64 - j as f64 / b.len() as f64).abs());
    }
    Ok(most)
}

/// Returns how far each feature has moved, the farthest (by index) first. Values that are not finite are left out; a
/// feature with none on one side is left out too.
///
/// # Errors
///
/// [`DataError::OtherFeatures`].
pub fn drift(before: &Columns<'_>, after: &Columns<'_>) -> Result<Vec<Drift>, DataError> {
    before.features().expect(after.features())?;
    let mut moved = Vec::new();
    for feature in before.features().names() {
        let finite = |columns: &Columns<'_>| -> Result<Vec<f64>, DataError> {
            Ok(columns
                .values(feature)?
                .into_iter()
                .filter(|value| value.is_finite())
                .collect())
        };
        let (old, new) = (finite(before)?, finite(after)?);
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        if let (Ok(psi), Ok(ks)) = (psi(&old, &new, 10), ks(&old, &new)) {
            moved.push(Drift {
                feature: feature.clone(),
                psi,
                ks,
                before: mean(&old),
                after: mean(&new),
            });
        }
    }
    moved.sort_by(|a, b| b.psi.total_cmp(&a.psi).then_with(|| a.feature.cmp(&b.feature)));
    Ok(moved)
}

fn sorted(name: &'static str, values: &[f64]) -> Result<Vec<f64>, EvaluateError> {
    if values.is_empty() {
        return Err(EvaluateError::Empty);
    }
    if let Some(row) = values.iter().position(|value| !value.is_finite()) {
        return Err(EvaluateError::NotFinite {
            name,
            row,
            value: values[row],
        });
    }
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    Ok(sorted)
}
