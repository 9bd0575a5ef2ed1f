//! [`Standard`]: features less their mean, in standard deviations.

use linfa::DatasetBase;
use linfa::traits::{Fit, Transformer};
use linfa_preprocessing::linear_scaling::LinearScaler;
use ndarray::{Array2, Axis};
use serde::{Deserialize, Serialize};

use crate::columns::{Columns, DataError};

/// How many standard deviations from the mean a value can be; one that is farther counts as this far, so that neither one odd
/// row bends what is learned nor a new one is sent where nothing was seen.
pub(crate) const FAR: f64 = 5.0;

/// The largest number that is read, which a sum of squares can hold.
const MOST: f64 = 1e15;

/// What takes each feature to the same scale. A feature that never differs says nothing: it stands at 0 for everybody.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Standard {
    means: Vec<f64>,
    /// One over the standard deviation; 0 where there is none.
    scales: Vec<f64>,
}

impl Standard {
    /// Learns from some rows, and returns them on the new scale (rows × features). All rows are checked.
    ///
    /// # Errors
    ///
    /// [`DataError::NoRows`], [`DataError::NotFinite`] and [`DataError::OutOfRange`].
    pub(crate) fn learn(columns: &Columns<'_>, rows: &[u32]) -> Result<(Self, Array2<f64>), DataError> {
        let features = columns.features().names().len();
        (0..features).try_for_each(|at| right(columns, at))?;
        let mut matrix = Array2::zeros((rows.len(), features));
        for (at, mut column) in matrix.axis_iter_mut(Axis(1)).enumerate() {
            let values = rows.iter().map(|row| columns.column(at).at(*row as usize));
            column.iter_mut().zip(values).for_each(|(to, value)| *to = value);
        }
        let dataset = DatasetBase::from(matrix);
        let scaler = LinearScaler::standard()
            .fit(&dataset)
            .map_err(|_| DataError::NoRows { expected: 1 })?;
        let (means, mut scales) = (scaler.offsets().to_vec(), scaler.scales().to_vec());
        // The scaler compares a deviation with an absolute epsilon, and rounding alone can make one of a constant.
        for (column, scale) in dataset.records().columns().into_iter().zip(&mut scales) {
            if column.iter().all(|value| Some(value) == column.first()) {
                *scale = 0.0;
            }
        }
        let mut matrix = scaler.transform(dataset.records);
        for (mut column, scale) in matrix.columns_mut().into_iter().zip(&scales) {
            match scale {
                0.0 => column.fill(0.0),
                _ => column.mapv_inplace(|value| value.clamp(-FAR, FAR)),
            }
        }
        Ok((Self { means, scales }, matrix))
    }

    /// Puts a row of finite numbers on the new scale.
    pub(crate) fn row(&self, columns: &Columns<'_>, row: usize, out: &mut [f64]) {
        let learned = self.means.iter().zip(&self.scales);
        for (at, (to, (mean, scale))) in out.iter_mut().zip(learned).enumerate() {
            *to = ((columns.column(at).at(row) - mean) * scale).clamp(-FAR, FAR);
        }
    }

    /// Says whether no feature differs.
    pub(crate) fn is_flat(&self) -> bool {
        !self.differs().any(|it| it)
    }

    /// Says of each feature whether it differs.
    pub(crate) fn differs(&self) -> impl Iterator<Item = bool> + '_ {
        self.scales.iter().map(|scale| *scale != 0.0)
    }

    /// Returns a difference of a feature in its standard deviations.
    pub(crate) fn apart(&self, feature: usize, difference: f64) -> f64 {
        self.scales.get(feature).map_or(0.0, |scale| scale * difference)
    }

    /// Says whether this is a scale for so many features.
    pub(crate) fn is_of(&self, features: usize) -> bool {
        let (means, scales) = (&self.means, &self.scales);
        means.len() == features
            && scales.len() == features
            && means.iter().all(|mean| mean.is_finite())
            && scales.iter().all(|scale| scale.is_finite() && *scale >= 0.0)
    }
}

/// Checks that a column has finite numbers of a size that can be squared.
pub(crate) fn right(columns: &Columns<'_>, at: usize) -> Result<(), DataError> {
    let name = || columns.features().names()[at].clone();
    if let Some((row, value)) = columns.find(at, |value| !value.is_finite()) {
        return Err(DataError::NotFinite {
            name: name(),
            row,
            value,
        });
    }
    match columns.find(at, |value| value.abs() > MOST) {
        None => Ok(()),
        Some((row, value)) => Err(DataError::OutOfRange {
            name: name(),
            row,
            value,
            expected: "-1e15 to 1e15",
        }),
    }
}
