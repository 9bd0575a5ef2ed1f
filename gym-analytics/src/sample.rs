//! [`Sample`]: rows to learn from, and why nothing could be learned from them.
//!
//! ```
//! use gym_analytics::columns::Columns;
//! use gym_analytics::sample::Sample;
//!
//! let columns = Columns::new([("age", vec![29.0, 41.0])])?;
//! let sample = Sample::new(&columns, &[1.0, 0.0]).weights(&[2.0, 1.0]);
//! assert_eq!(sample.outcomes(), [1.0, 0.0]);
//! # Ok::<(), gym_analytics::columns::DataError>(())
//! ```

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::columns::{Columns, DataError};

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
    pub(crate) columns: &'a Columns<'a>,
    pub(crate) outcomes: &'a [f64],
    pub(crate) weights: Option<&'a [f64]>,
    pub(crate) offset: Option<&'a [f64]>,
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
