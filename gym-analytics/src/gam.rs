//! [`Gam`]: an additive model, one curve or line per feature, whose explanations are exact.
//!
//! ```
//! use gym_analytics::columns::Columns;
//! use gym_analytics::design::Shape;
//! use gym_analytics::gam::GamParams;
//! use gym_analytics::sample::Sample;
//!
//! let away: Vec<f64> = (0..200).map(|row| f64::from(row % 50)).collect();
//! let left: Vec<f64> = away.iter().enumerate().map(|(row, days)| f64::from(*days > 30.0 || row % 9 == 0)).collect();
//! let columns = Columns::new([("days_since_visit", away)])?;
//!
//! let shapes = vec![("days_since_visit".to_owned(), Shape::Spline { knots: 5 })];
//! let gam = GamParams::new(shapes).ridge(1.0).learn(&Sample::new(&columns, &left))?;
//! let risk = gam.probabilities(&columns)?;
//! assert!(risk[45] > 0.8 && risk[5] < 0.4);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod curve;
mod gram;
mod linfa;
mod newton;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use self::curve::Curve;
use crate::columns::{Columns, DataError, FeatureSet};
use crate::design::{Design, Shape};
use crate::explain::{Explanation, Part};
use crate::sample::{Family, FitError, Sample};

/// How an additive model is fitted: penalised iteratively reweighted least squares, the same bytes for any number
/// of threads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GamParams {
    shapes: Vec<(String, Shape)>,
    family: Family,
    ridge: f64,
    threads: usize,
}

impl GamParams {
    /// Takes the features that are not linear. The ridge starts at 1, on one thread.
    pub fn new(shapes: Vec<(String, Shape)>) -> Self {
        Self {
            shapes,
            family: Family::Logistic,
            ridge: 1.0,
            threads: 1,
        }
    }

    /// Sets the penalty: half of `ridge` times the sum of squared coefficients of standardised columns is added to
    /// the summed loss (scikit-learn's 1/C). The intercept is free.
    pub fn ridge(mut self, ridge: f64) -> Self {
        self.ridge = ridge;
        self
    }

    /// Sets what is modelled.
    pub fn family(mut self, family: Family) -> Self {
        self.family = family;
        self
    }

    /// Sets how many threads a fit may use; the result does not depend on it.
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = threads.clamp(1, 256);
        self
    }

    /// Learns knots and coefficients from rows.
    ///
    /// # Errors
    ///
    /// [`FitError`].
    pub fn learn(&self, sample: &Sample<'_>) -> Result<Gam, FitError> {
        self.learn_on(Design::learn(sample.columns, &self.shapes)?, sample)
    }

    /// Learns coefficients on a design that is there.
    ///
    /// # Errors
    ///
    /// [`FitError`].
    pub fn learn_on(&self, design: Design, sample: &Sample<'_>) -> Result<Gam, FitError> {
        if !(self.ridge >= 0.0 && self.ridge.is_finite()) {
            let expected = "a finite number of 0 or more";
            return Err(FitError::Setting {
                name: "ridge",
                value: self.ridge,
                expected,
            });
        }
        design.features().expect(sample.columns.features())?;
        sample.check(self.family)?;
        for position in 0..design.terms().len() {
            crate::design::finite(sample.columns, position)?;
        }
        let solved = newton::solve(&design, sample, self)?;
        let stored = Stored {
            family: self.family,
            ridge: self.ridge,
            design,
            intercept: solved.intercept,
            coefficients: solved.coefficients,
        };
        Gam::try_from(stored).map_err(|_| FitError::NotSettled {
            passes: solved.passes,
        })
    }
}

/// Rows that are scored at a time: as many of a column as are fetched from memory ahead of their use, few enough that
/// their sums stay in the nearest cache.
const STRETCH: usize = 2_048;

/// A fitted additive model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct Gam {
    stored: Stored,
    curves: Vec<Curve>,
}

/// Why stored numbers are no model.
#[derive(Debug, Clone, PartialEq, Error)]
#[error("an additive model has {found} finite coefficients, expected {expected} and a finite intercept")]
pub struct BadGam {
    /// Finite coefficients there are.
    pub found: usize,
    /// Coefficients that its design needs.
    pub expected: usize,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Stored {
    family: Family,
    ridge: f64,
    design: Design,
    intercept: f64,
    coefficients: Vec<f64>,
}

impl TryFrom<Stored> for Gam {
    type Error = BadGam;

    fn try_from(stored: Stored) -> Result<Self, BadGam> {
        let found = stored
            .coefficients
            .iter()
            .filter(|value| value.is_finite())
            .count();
        let expected = stored.design.width();
        if found != expected || stored.coefficients.len() != expected || !stored.intercept.is_finite() {
            return Err(BadGam { found, expected });
        }
        let curves = curve::of(&stored.design, &stored.coefficients);
        Ok(Self { stored, curves })
    }
}

impl From<Gam> for Stored {
    fn from(gam: Gam) -> Self {
        gam.stored
    }
}

impl Gam {
    /// Returns the features, in order.
    pub fn features(&self) -> &FeatureSet {
        self.stored.design.features()
    }

    /// Returns how features became columns.
    pub fn design(&self) -> &Design {
        &self.stored.design
    }

    /// Returns the log-odds (or log-mean) where every feature says what it says on average.
    pub fn intercept(&self) -> f64 {
        self.stored.intercept
    }

    /// Returns the coefficients of standardised columns, in the order of [`Design::matrix`].
    pub fn coefficients(&self) -> &[f64] {
        &self.stored.coefficients
    }

    /// Returns the log-odds (or log-mean) of every row, without offset.
    ///
    /// # Errors
    ///
    /// [`DataError::OtherFeatures`] and [`DataError::NotFinite`].
    pub fn log_odds(&self, columns: &Columns<'_>) -> Result<Vec<f64>, DataError> {
        self.features().expect(columns.features())?;
        let mut scores = vec![self.stored.intercept; columns.rows()];
        let mut buffer = [0.0; STRETCH];
        for (stretch, scores) in scores.chunks_mut(STRETCH).enumerate() {
            for (position, curve) in self.curves.iter().enumerate() {
                let values = columns
                    .column(position)
                    .block(stretch * STRETCH, &mut buffer[..scores.len()]);
                if !curve.add(values, scores) {
                    crate::design::finite(columns, position)?;
                }
            }
            // What is not finite on a line shows in the sum, and so does what no arithmetic survives.
            if scores
                .iter()
                .fold(false, |wrong, score| wrong | !score.is_finite())
            {
                (0..self.curves.len()).try_for_each(|position| crate::design::finite(columns, position))?;
            }
        }
        Ok(scores)
    }

    /// Returns the probability (or mean) of every row.
    ///
    /// # Errors
    ///
    /// As [`Gam::log_odds`].
    pub fn probabilities(&self, columns: &Columns<'_>) -> Result<Vec<f64>, DataError> {
        let mut scores = self.log_odds(columns)?;
        for score in &mut scores {
            *score = self.stored.family.mean(*score);
        }
        Ok(scores)
    }

    /// Returns what each feature adds to one row's log-odds: the parts and the baseline sum to it.
    ///
    /// # Errors
    ///
    /// As [`Gam::log_odds`]; [`DataError::NoSuchRow`].
    pub fn explain(&self, columns: &Columns<'_>, row: usize) -> Result<Explanation, DataError> {
        self.features().expect(columns.features())?;
        if row >= columns.rows() {
            return Err(DataError::NoSuchRow {
                row,
                rows: columns.rows(),
            });
        }
        let mut parts = Vec::new();
        for (position, curve) in self.curves.iter().enumerate() {
            let (feature, value) = (
                self.features().names()[position].clone(),
                columns.column(position).at(row),
            );
            if !value.is_finite() {
                return Err(DataError::NotFinite {
                    name: feature,
                    row,
                    value,
                });
            }
            parts.push(Part {
                feature,
                value,
                adds: curve.at(value),
            });
        }
        Ok(Explanation::new(self.stored.intercept, parts))
    }
}
