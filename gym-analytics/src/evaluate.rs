//! [`Scored`]: predicted probabilities beside what happened, and every measure of how well they fit.
//!
//! ```
//! use gym_analytics::evaluate::Scored;
//!
//! let scored = Scored::new(vec![0.1, 0.4, 0.35, 0.8], vec![false, false, true, true])?;
//! assert_eq!(scored.roc_auc()?, 0.75);
//! assert!((scored.log_loss() - 0.472_287_953_8).abs() < 1e-9);
//! # Ok::<(), gym_analytics::evaluate::EvaluateError>(())
//! ```

mod auc;
mod brier;
mod calibration;
mod compare;
mod drift;
mod report;
mod slices;

use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use self::brier::Decomposition;
pub use self::calibration::{Bin, Line};
pub use self::compare::Comparison;
pub use self::drift::{Drift, drift, ks, psi};
pub use self::report::Report;
pub use self::slices::{Slice, SliceMeasure};
use crate::draw::Draw;

/// Why there is no figure.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum EvaluateError {
    /// Nothing was scored.
    #[error("there are no scored rows, expected at least 1")]
    Empty,
    /// Two columns of different length.
    #[error("{name} has {found} rows, expected {expected}")]
    Length {
        /// Which column.
        name: &'static str,
        /// Its rows.
        found: usize,
        /// The rows of the predictions.
        expected: usize,
    },
    /// Not a probability.
    #[error("the prediction of row {row} is {value}, expected a number from 0 to 1")]
    NotProbability {
        /// The first such row, from 0.
        row: usize,
        /// What was predicted.
        value: f64,
    },
    /// Two predictions are not of the same rows.
    #[error("the outcome of row {row} differs between champion and challenger, expected the same rows")]
    OtherOutcomes {
        /// The first such row, from 0.
        row: usize,
    },
    /// Only one outcome, so ranks say nothing.
    #[error("every outcome is {outcome}, expected some true and some false")]
    OneClass {
        /// The only outcome.
        outcome: bool,
    },
    /// A value that cannot be compared.
    #[error("{name} has {value} in row {row}, expected a finite number")]
    NotFinite {
        /// Which column.
        name: &'static str,
        /// The first such row, from 0.
        row: usize,
        /// The value.
        value: f64,
    },
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
    /// The calibration line could not be fitted.
    #[error("no calibration line: predictions tell the outcomes apart without error, or are all the same")]
    NoLine,
}

/// An estimate between two bounds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// The lower bound.
    pub low: f64,
    /// The figure of all rows.
    pub value: f64,
    /// The upper bound.
    pub high: f64,
}

/// Predicted probabilities beside what happened: at least one row, each probability from 0 to 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Scored {
    probabilities: Vec<f64>,
    outcomes: Vec<bool>,
}

impl Scored {
    /// Takes a probability and an outcome per row.
    ///
    /// # Errors
    ///
    /// [`EvaluateError::Empty`], [`EvaluateError::Length`] and [`EvaluateError::NotProbability`].
    pub fn new(probabilities: Vec<f64>, outcomes: Vec<bool>) -> Result<Self, EvaluateError> {
        let (rows, found) = (probabilities.len(), outcomes.len());
        if found != rows {
            return Err(EvaluateError::Length {
                name: "outcomes",
                found,
                expected: rows,
            });
        }
        if rows == 0 {
            return Err(EvaluateError::Empty);
        }
        match probabilities.iter().position(|p| !(0.0..=1.0).contains(p)) {
            Some(row) => Err(EvaluateError::NotProbability {
                row,
                value: probabilities[row],
            }),
            None => Ok(Self {
                probabilities,
                outcomes,
            }),
        }
    }

    /// Returns the probabilities.
    pub fn probabilities(&self) -> &[f64] {
        &self.probabilities
    }

    /// Returns the outcomes.
    pub fn outcomes(&self) -> &[bool] {
        &self.outcomes
    }

    /// Returns how many rows there are, at least 1.
    pub fn rows(&self) -> usize {
        self.outcomes.len()
    }

    /// Returns how many outcomes are true.
    pub fn events(&self) -> usize {
        self.outcomes.iter().filter(|yes| **yes).count()
    }

    /// Returns the share of true outcomes.
    pub fn prevalence(&self) -> f64 {
        self.events() as f64 / self.rows() as f64
    }

    /// Returns the area under the ROC curve: how often a true row is above a false one, ties half.
    ///
    /// # Errors
    ///
    /// [`EvaluateError::OneClass`].
    pub fn roc_auc(&self) -> Result<f64, EvaluateError> {
        auc::roc(self, &auc::order(self), None).ok_or_else(|| self.one_class())
    }

    /// Returns the area under the precision-recall curve as average precision (no interpolation).
    ///
    /// # Errors
    ///
    /// [`EvaluateError::OneClass`] where no outcome is true.
    pub fn pr_auc(&self) -> Result<f64, EvaluateError> {
        auc::precision_recall(self, &auc::order(self)).ok_or_else(|| self.one_class())
    }

    /// Returns the mean negative log-likelihood, in nats; probabilities are kept 2⁻⁵² away from 0 and 1.
    pub fn log_loss(&self) -> f64 {
        self.losses().sum::<f64>() / self.rows() as f64
    }

    /// Returns the share of true outcomes among the `calls` rows with the highest probability, divided by the share
    /// among all (equal probabilities in the order of rows): what calling those instead of anyone gains.
    ///
    /// # Errors
    ///
    /// [`EvaluateError::Setting`] where `calls` is 0 or above the number of rows; [`EvaluateError::OneClass`] where
    /// no outcome is true.
    pub fn lift(&self, calls: usize) -> Result<f64, EvaluateError> {
        if calls == 0 || calls > self.rows() {
            let expected = "1 to the number of rows";
            return Err(EvaluateError::Setting {
                name: "calls",
                value: calls as f64,
                expected,
            });
        }
        if self.events() == 0 {
            return Err(self.one_class());
        }
        let hits = auc::order(self)[..calls]
            .iter()
            .filter(|&&row| self.outcomes[row as usize])
            .count();
        Ok(hits as f64 / calls as f64 / self.prevalence())
    }

    /// Returns the area under the ROC curve with a bootstrap percentile interval of this `level` (as 0.95).
    ///
    /// # Errors
    ///
    /// [`EvaluateError::OneClass`] and [`EvaluateError::Setting`].
    pub fn roc_auc_interval(&self, bootstrap: Bootstrap) -> Result<Interval, EvaluateError> {
        let order = auc::order(self);
        let value = auc::roc(self, &order, None).ok_or_else(|| self.one_class())?;
        bootstrap.interval(value, self.rows(), |counts| auc::roc(self, &order, Some(counts)))
    }

    fn losses(&self) -> impl Iterator<Item = f64> + '_ {
        self.pairs().map(|(p, yes)| {
            let p = p.clamp(f64::EPSILON, 1.0 - f64::EPSILON);
            if yes { -p.ln() } else { -(1.0 - p).ln() }
        })
    }

    fn one_class(&self) -> EvaluateError {
        EvaluateError::OneClass {
            outcome: self.outcomes[0],
        }
    }

    fn pairs(&self) -> impl Iterator<Item = (f64, bool)> + '_ {
        self.probabilities
            .iter()
            .copied()
            .zip(self.outcomes.iter().copied())
    }
}

/// How intervals are found: rows are drawn with replacement, and percentiles of the figure are the bounds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bootstrap {
    /// How often rows are drawn, 20 to 100,000.
    pub draws: u32,
    /// The share of draws within the bounds, above 0 and below 1.
    pub level: f64,
    /// The same seed gives the same bounds.
    pub seed: u64,
}

impl Default for Bootstrap {
    /// 500 draws at 95 %.
    fn default() -> Self {
        Self {
            draws: 500,
            level: 0.95,
            seed: 42,
        }
    }
}

impl Bootstrap {
    /// Finds the bounds of a figure that takes how often each row was drawn; a draw without a figure is left out.
    pub(crate) fn interval(
        self,
        value: f64,
        rows: usize,
        figure: impl Fn(&[u32]) -> Option<f64>,
    ) -> Result<Interval, EvaluateError> {
        let wrong = |name, value, expected| {
            Err(EvaluateError::Setting {
                name,
                value,
                expected,
            })
        };
        if !(20..=100_000).contains(&self.draws) {
            return wrong("draws", f64::from(self.draws), "20 to 100000");
        }
        if !(self.level > 0.0 && self.level < 1.0) {
            return wrong("level", self.level, "a number above 0 and below 1");
        }
        let draw = |stream| figure(&Draw::new(self.seed, u64::from(stream)).counts(rows));
        let mut figures: Vec<f64> = (0..self.draws)
            .filter_map(draw)
            .filter(|value| value.is_finite())
            .collect();
        figures.sort_unstable_by(f64::total_cmp);
        if figures.is_empty() {
            return Ok(Interval {
                low: value,
                value,
                high: value,
            });
        }
        let at = |share| crate::spline::quantile(&figures, share);
        let tail = (1.0 - self.level) / 2.0;
        Ok(Interval {
            low: at(tail),
            value,
            high: at(1.0 - tail),
        })
    }
}
