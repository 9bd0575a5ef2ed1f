//! Features as bytes: up to 255 bins of values, and one for what is missing.

use crate::columns::{Columns, DataError};

/// The byte of a missing value.
pub(super) const MISSING: u8 = 255;
const MOST: usize = 255;
/// Values that bins are cut from.
const SAMPLE: usize = 200_000;

/// Rows of bytes, one per feature. Byte `b` holds values up to `edges[b]`.
pub(super) struct Binned {
    pub(super) features: usize,
    /// Row by row.
    pub(super) codes: Vec<u8>,
    pub(super) edges: Vec<Vec<f64>>,
    pub(super) missing: Vec<bool>,
}

impl Binned {
    pub(super) fn of(columns: &Columns<'_>) -> Result<Self, DataError> {
        let (rows, features) = (columns.rows(), columns.features().names().len());
        let mut codes = vec![0; rows * features];
        let mut values = vec![0.0; rows];
        let (mut all_edges, mut all_missing) = (Vec::new(), Vec::new());
        for feature in 0..features {
            refuse_infinite(columns, feature)?;
            columns.column(feature).read(0, &mut values);
            let edges = edges(&values);
            let table = Search::new(&edges);
            let mut missing = false;
            for (value, code) in values.iter().zip(codes[feature..].iter_mut().step_by(features)) {
                missing |= value.is_nan();
                *code = table.code(*value);
            }
            all_edges.push(edges);
            all_missing.push(missing);
        }
        Ok(Self {
            features,
            codes,
            edges: all_edges,
            missing: all_missing,
        })
    }

    pub(super) fn rows(&self) -> usize {
        self.codes.len() / self.features
    }

    pub(super) fn code(&self, row: u32, feature: usize) -> u8 {
        self.codes[row as usize * self.features + feature]
    }
}

pub(super) fn refuse_infinite(columns: &Columns<'_>, feature: usize) -> Result<(), DataError> {
    match columns.find(feature, f64::is_infinite) {
        None => Ok(()),
        Some((row, value)) => Err(DataError::NotFinite {
            name: columns.features().names()[feature].clone(),
            row,
            value,
        }),
    }
}

/// Returns one row's values; infinities are refused.
pub(super) fn row(columns: &Columns<'_>, row: usize) -> Result<Vec<f64>, DataError> {
    if row >= columns.rows() {
        return Err(DataError::NoSuchRow {
            row,
            rows: columns.rows(),
        });
    }
    let names = columns.features().names().iter().enumerate();
    let value = |(feature, name): (usize, &String)| match columns.column(feature).at(row) {
        value if value.is_infinite() => Err(DataError::NotFinite {
            name: name.clone(),
            row,
            value,
        }),
        value => Ok(value),
    };
    names.map(value).collect()
}

/// Returns up to 254 rising edges: between neighbours where there are few values, else at even shares of rows.
fn edges(values: &[f64]) -> Vec<f64> {
    let step = values.len().div_ceil(SAMPLE).max(1);
    let mut sorted: Vec<f64> = values
        .iter()
        .copied()
        .step_by(step)
        .filter(|value| !value.is_nan())
        .collect();
    sorted.sort_unstable_by(f64::total_cmp);
    // The same number twice, also as 0 and -0.
    let mut distinct = sorted.clone();
    distinct.dedup();
    if distinct.len() <= MOST {
        return distinct
            .windows(2)
            .map(|pair| between(pair[0], pair[1]))
            .collect();
    }
    let mut edges = Vec::with_capacity(MOST - 1);
    for cut in 1..MOST {
        let at = cut * sorted.len() / MOST;
        let below = sorted[..at].last().copied().unwrap_or(sorted[0]);
        // The first value that is larger: a run of equal values stays together.
        let next = sorted.partition_point(|value| *value <= below);
        if let Some(&above) = sorted.get(next) {
            edges.push(between(below, above));
        }
    }
    edges.dedup();
    edges
}

/// Returns a number that `low` does not pass and `high` does.
fn between(low: f64, high: f64) -> f64 {
    let middle = low / 2.0 + high / 2.0;
    if middle >= low && middle < high {
        middle
    } else {
        low
    }
}

/// Thresholds padded to 256, for a search without branches.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Search(Box<[f64; 256]>);

impl Search {
    /// Takes up to 255 rising thresholds.
    pub(super) fn new(thresholds: &[f64]) -> Self {
        let mut padded = Box::new([f64::INFINITY; 256]);
        for (place, threshold) in padded.iter_mut().zip(thresholds) {
            *place = *threshold;
        }
        Self(padded)
    }

    /// Returns how many thresholds are below a value, or [`MISSING`].
    pub(super) fn code(&self, value: f64) -> u8 {
        let mut at = 0;
        for step in [128, 64, 32, 16, 8, 4, 2, 1] {
            // Cannot pass 255: the padding is above every value.
            at += usize::from(self.0[(at + step - 1) & 255] < value) * step;
        }
        if value.is_nan() { MISSING } else { at as u8 }
    }
}
