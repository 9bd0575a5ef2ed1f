//! [`Design`]: how features become the columns of an additive model, learned from training rows.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::columns::{Columns, DataError, FeatureSet};
use crate::spline::{BadKnots, Spline};

/// How a feature enters an additive model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Shape {
    /// A straight line.
    Linear,
    /// A smooth curve: a cubic B-spline with this many knots (2 to 64) at quantiles.
    Spline {
        /// How many knots; 5 are the least, 25 %, 50 %, 75 % and the greatest.
        knots: u8,
    },
}

/// One feature's part of an additive model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Term {
    Linear {
        mean: f64,
        sd: f64,
    },
    /// The last basis function is left out: with the intercept it says nothing new.
    Spline {
        spline: Spline,
        means: Vec<f64>,
        sds: Vec<f64>,
    },
}

impl Term {
    /// Returns how many coefficients the term has.
    pub(crate) fn width(&self) -> usize {
        match self {
            Self::Linear { .. } => 1,
            Self::Spline { spline, .. } => spline.len() - 1,
        }
    }

    fn means(&self) -> &[f64] {
        match self {
            Self::Linear { mean, .. } => std::slice::from_ref(mean),
            Self::Spline { means, .. } => means,
        }
    }

    pub(crate) fn sds(&self) -> &[f64] {
        match self {
            Self::Linear { sd, .. } => std::slice::from_ref(sd),
            Self::Spline { sds, .. } => sds,
        }
    }
}

/// Why a stored design is none.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum BadDesign {
    /// As many terms as features are needed.
    #[error("a design has {terms} terms for {features} features")]
    Terms {
        /// Terms there are.
        terms: usize,
        /// Features there are.
        features: usize,
    },
    /// A term's means and deviations do not fit it.
    #[error("the term of {feature:?} has numbers that are missing, not finite or not positive")]
    Numbers {
        /// The feature.
        feature: String,
    },
    /// Knots are wrong.
    #[error(transparent)]
    Knots(#[from] BadKnots),
}

#[derive(Clone, Serialize, Deserialize)]
struct Parts {
    features: FeatureSet,
    terms: Vec<Term>,
}

/// Features and, for each, a line or a spline; every column standardised to mean 0 and deviation 1 over the
/// training rows (a column that does not vary stays 0).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Parts", into = "Parts")]
pub struct Design {
    features: FeatureSet,
    terms: Vec<Term>,
}

impl Design {
    /// Learns knots, means and deviations from training rows. Features that `shapes` does not name are linear.
    ///
    /// # Errors
    ///
    /// [`DataError`] where a shape's feature is missing, a value is not finite, or there is no row.
    pub fn learn(columns: &Columns<'_>, shapes: &[(String, Shape)]) -> Result<Self, DataError> {
        if columns.rows() == 0 {
            return Err(DataError::NoRows { expected: 1 });
        }
        let mut shape_of = vec![Shape::Linear; columns.features().names().len()];
        for (name, shape) in shapes {
            shape_of[columns.features().position(name)?] = *shape;
        }
        let mut values = vec![0.0; columns.rows()];
        let mut terms = Vec::new();
        for (position, shape) in shape_of.into_iter().enumerate() {
            finite(columns, position)?;
            columns.column(position).read(0, &mut values);
            terms.push(match shape {
                Shape::Linear => linear(&values),
                Shape::Spline { knots } => spline(&values, usize::from(knots.clamp(2, 64))),
            });
        }
        Ok(Self {
            features: columns.features().clone(),
            terms,
        })
    }

    /// Returns the features, in order.
    pub fn features(&self) -> &FeatureSet {
        &self.features
    }

    /// Returns how many coefficients a model on this design has, without the intercept.
    pub fn width(&self) -> usize {
        self.terms.iter().map(Term::width).sum()
    }

    /// Returns the features that did not vary in the training rows: they change no prediction.
    pub fn constant(&self) -> Vec<&str> {
        let names = self.features.names().iter().zip(&self.terms);
        names
            .filter(|(_, term)| term.sds().iter().all(|&sd| sd == 0.0))
            .map(|(name, _)| name.as_str())
            .collect()
    }

    pub(crate) fn terms(&self) -> &[Term] {
        &self.terms
    }

    /// Returns the design matrix, standardised, row by row: what another engine would be fitted on. Without the
    /// intercept.
    ///
    /// # Errors
    ///
    /// [`DataError::OtherFeatures`].
    pub fn matrix(&self, columns: &Columns<'_>) -> Result<ndarray::Array2<f64>, DataError> {
        self.features.expect(columns.features())?;
        let mut matrix = ndarray::Array2::zeros((columns.rows(), self.width()));
        let mut offset = 0;
        for (position, term) in self.terms.iter().enumerate() {
            for row in 0..columns.rows() {
                let x = columns.column(position).at(row);
                let raw = match term {
                    Term::Linear { .. } => vec![x],
                    Term::Spline { spline, .. } => spline.basis(x),
                };
                let scales = term.means().iter().zip(term.sds());
                for (at, (value, (mean, sd))) in raw.iter().zip(scales).enumerate() {
                    matrix[[row, offset + at]] = if *sd > 0.0 { (value - mean) / sd } else { 0.0 };
                }
            }
            offset += term.width();
        }
        Ok(matrix)
    }
}

impl TryFrom<Parts> for Design {
    type Error = BadDesign;

    fn try_from(parts: Parts) -> Result<Self, BadDesign> {
        let (terms, features) = (parts.terms.len(), parts.features.names().len());
        if terms != features {
            return Err(BadDesign::Terms { terms, features });
        }
        for (term, feature) in parts.terms.iter().zip(parts.features.names()) {
            let lengths = term.means().len() == term.width() && term.sds().len() == term.width();
            let finite = term.means().iter().all(|mean| mean.is_finite());
            if !(lengths && finite && term.sds().iter().all(|sd| sd.is_finite() && *sd >= 0.0)) {
                return Err(BadDesign::Numbers {
                    feature: feature.clone(),
                });
            }
        }
        Ok(Self {
            features: parts.features,
            terms: parts.terms,
        })
    }
}

impl From<Design> for Parts {
    fn from(design: Design) -> Self {
        Self {
            features: design.features,
            terms: design.terms,
        }
    }
}

/// Beyond this, squares overflow.
const LARGEST: f64 = 1e100;

/// Refuses a column with a value that is not finite, or that no arithmetic would survive.
pub(crate) fn finite(columns: &Columns<'_>, position: usize) -> Result<(), DataError> {
    let Some((row, value)) = columns.find(position, |value| value.is_nan() || value.abs() > LARGEST) else {
        return Ok(());
    };
    let name = columns.features().names()[position].clone();
    Err(match value.is_finite() {
        true => DataError::OutOfRange {
            name,
            row,
            value,
            expected: "at most 1e100 either way",
        },
        false => DataError::NotFinite { name, row, value },
    })
}

fn linear(values: &[f64]) -> Term {
    let first = values[0];
    let rows = values.len() as f64;
    // Shifted by one of the values, so that a large mean does not eat the deviation.
    let mean = values.iter().map(|value| value - first).sum::<f64>() / rows;
    let variance = values
        .iter()
        .map(|value| (value - first - mean).powi(2))
        .sum::<f64>()
        / rows;
    Term::Linear {
        mean: first + mean,
        sd: deviation(variance, first + mean),
    }
}

fn spline(values: &[f64], knots: usize) -> Term {
    let spline = Spline::at_quantiles(values, knots);
    let width = spline.len();
    let (mut sums, mut squares) = (vec![0.0; width], vec![0.0; width]);
    for &value in values {
        let (first, active) = spline.active(value);
        for (at, basis) in active.into_iter().enumerate() {
            sums[first + at] += basis;
            squares[first + at] += basis * basis;
        }
    }
    let rows = values.len() as f64;
    let means: Vec<f64> = sums[..width - 1].iter().map(|sum| sum / rows).collect();
    let variances = squares
        .iter()
        .zip(&means)
        .map(|(square, mean)| square / rows - mean * mean);
    let sds = variances
        .zip(&means)
        .map(|(variance, mean)| deviation(variance, *mean))
        .collect();
    Term::Spline { spline, means, sds }
}

/// Returns the deviation, or 0 where it is no more than rounding.
fn deviation(variance: f64, mean: f64) -> f64 {
    let sd = variance.max(0.0).sqrt();
    if sd.is_finite() && sd > 1e-9 * mean.abs() {
        sd
    } else {
        0.0
    }
}
