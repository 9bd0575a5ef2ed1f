//! [`Gam`]: an additive model, one curve or line per feature, whose explanations are exact.
//!
//! ```
//! use gym_analytics::columns::Columns;
//! use gym_analytics::design::Shape;
//! use gym_analytics::gam::{Gam, GamParams, Sample};
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
use crate::columns::{BLOCK, Columns, DataError, FeatureSet};
use crate::design::{Design, Shape};
use crate::explain::{Explanation, Part};

/// What is modelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// Yes or no, 1 or 0, on the scale of log-odds.
    #[default]
    Logistic,
    /// A count, on the scale of its logarithm.
    Poisson,
}

impl Family {
    pub(crate) fn mean(self, eta: f64) -> f64 {
        match self {
            Self::Logistic => sigmoid(eta),
            Self::Poisson => eta.exp(),
        }
    }
}

pub(crate) fn sigmoid(eta: f64) -> f64 {
    1.0 / (1.0 + (-eta).exp())
}

/// Why a model could not be fitted.
#[derive(Debug, Error)]
pub enum FitError {
    /// The data cannot be read.
    #[error(transparent)]
    Data(#[from] DataError),
    /// Every outcome is the same, so there is nothing to tell apart.
    #[error("every outcome is {outcome}, expected some 0 and some 1")]
    OneClass {
        /// The only outcome.
        outcome: f64,
    },
    /// All counts are zero.
    #[error("every count is 0, expected at least one event")]
    NoEvents,
    /// No weight is above zero.
    #[error("every weight is 0, expected at least one above 0")]
    NoWeight,
    /// A setting is out of its range.
    #[error("{name} is {value}, expected {expected}")]
    Setting {
        /// Which setting.
        name: &'static str,
        /// Its value.
        value: f64,
        /// The range in words.
        expected: &'static str,
    },
    /// Columns depend on each other and nothing holds their coefficients together.
    #[error("the columns depend on each other, expected a ridge above 0")]
    Singular,
    /// The fit did not settle.
    #[error("the fit did not settle within {passes} passes, expected a larger ridge")]
    NotSettled {
        /// Passes over the data that were made.
        passes: usize,
    },
    /// From linfa.
    #[error(transparent)]
    Linfa(#[from] ::linfa::Error),
}

/// Rows to learn from. Weights count rows; an offset is added to the log-odds (or log-mean) and has no
/// coefficient.
#[derive(Debug, Clone, Copy)]
pub struct Sample<'a> {
    columns: &'a Columns<'a>,
    outcomes: &'a [f64],
    weights: Option<&'a [f64]>,
    offset: Option<&'a [f64]>,
}

impl<'a> Sample<'a> {
    /// Takes features and outcomes: 0 or 1, or counts.
    pub fn new(columns: &'a Columns<'a>, outcomes: &'a [f64]) -> Self {
        Self {
            columns,
            outcomes,
            weights: None,
            offset: None,
        }
    }

    /// Gives each row a weight of 0 or more: 2 counts like the row twice.
    pub fn weights(mut self, weights: &'a [f64]) -> Self {
        self.weights = Some(weights);
        self
    }

    /// Gives each row an offset.
    pub fn offset(mut self, offset: &'a [f64]) -> Self {
        self.offset = Some(offset);
        self
    }

    /// Returns the features.
    pub fn columns(&self) -> &'a Columns<'a> {
        self.columns
    }

    /// Returns the outcomes.
    pub fn outcomes(&self) -> &'a [f64] {
        self.outcomes
    }

    pub(crate) fn weight(&self, row: usize) -> f64 {
        self.weights.map_or(1.0, |weights| weights[row])
    }

    /// Checks lengths and ranges, and that there is something to learn.
    pub(crate) fn check(&self, family: Family) -> Result<(), FitError> {
        let rows = self.columns.rows();
        if rows == 0 {
            return Err(DataError::NoRows { expected: 1 }.into());
        }
        type Test = fn(f64) -> bool;
        let outcome: (Test, _) = match family {
            Family::Logistic => (|y| y == 0.0 || y == 1.0, "0 or 1"),
            Family::Poisson => (|y| (0.0..=1e15).contains(&y), "a count of 0 or more"),
        };
        let weight: (Test, _) = (|w| (0.0..=1e15).contains(&w), "a finite number of 0 or more");
        let offset: (Test, _) = (|o| o.abs() <= 500.0, "a number from -500 to 500");
        let given = [
            ("outcome", Some(self.outcomes), outcome),
            ("weight", self.weights, weight),
        ];
        for (name, values, (right, expected)) in given.into_iter().chain([("offset", self.offset, offset)]) {
            let Some(values) = values else { continue };
            let name = name.to_owned();
            if values.len() != rows {
                return Err(DataError::Length {
                    name,
                    found: values.len(),
                    expected: rows,
                }
                .into());
            }
            if let Some(row) = values.iter().position(|&value| !right(value)) {
                return Err(DataError::OutOfRange {
                    name,
                    row,
                    value: values[row],
                    expected,
                }
                .into());
            }
        }
        self.varied(family)
    }

    fn varied(&self, family: Family) -> Result<(), FitError> {
        let mut counted = (0..self.outcomes.len()).filter(|&row| self.weight(row) > 0.0);
        let Some(first) = counted.next() else {
            return Err(FitError::NoWeight);
        };
        let outcome = self.outcomes[first];
        match family {
            Family::Logistic if counted.all(|row| self.outcomes[row] == outcome) => {
                Err(FitError::OneClass { outcome })
            }
            Family::Poisson if outcome == 0.0 && counted.all(|row| self.outcomes[row] == 0.0) => {
                Err(FitError::NoEvents)
            }
            _ => Ok(()),
        }
    }
}

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
        let mut buffer = [0.0; BLOCK];
        for (block, scores) in scores.chunks_mut(BLOCK).enumerate() {
            let values = &mut buffer[..scores.len()];
            for (position, curve) in self.curves.iter().enumerate() {
                columns.column(position).read(block * BLOCK, values);
                // A sum of zeros, but for what is not finite.
                if values.iter().map(|value| value * 0.0).sum::<f64>() != 0.0 {
                    crate::design::finite(columns, position)?;
                }
                curve.add(values, scores);
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
