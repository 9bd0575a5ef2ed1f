//! The Brier score and what it is made of.

use serde::{Deserialize, Serialize};

use super::calibration::bins;
use super::{EvaluateError, Scored};

/// The Brier score taken apart (Murphy 1973, with the two terms within bins of Stephenson, Coelho and Jolliffe 2008):
/// `score = reliability - resolution + uncertainty + within`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Decomposition {
    /// The mean squared error of the probabilities.
    pub score: f64,
    /// How far probabilities are from what happened, bin by bin: 0 is best.
    pub reliability: f64,
    /// How far bins are from each other: more is better.
    pub resolution: f64,
    /// What the outcomes alone make: prevalence × (1 − prevalence).
    pub uncertainty: f64,
    /// Variance within bins less twice their covariance with the outcomes: nothing with one probability per bin.
    pub within: f64,
}

impl Scored {
    /// Returns the mean squared difference of probability and outcome.
    pub fn brier(&self) -> f64 {
        self.pairs()
            .map(|(p, yes)| (p - f64::from(yes)).powi(2))
            .sum::<f64>()
            / self.rows() as f64
    }

    /// Returns the Brier score taken apart over this many bins of equal width (1 to 1,000).
    ///
    /// # Errors
    ///
    /// [`EvaluateError::Setting`].
    pub fn brier_decomposition(&self, count: usize) -> Result<Decomposition, EvaluateError> {
        let (rows, base) = (self.rows() as f64, self.prevalence());
        let (score, uncertainty) = (self.brier(), base * (1.0 - base));
        let (mut reliability, mut resolution) = (0.0, 0.0);
        for bin in bins(self, count, None)? {
            let share = bin.rows as f64 / rows;
            reliability += share * (bin.predicted - bin.observed).powi(2);
            resolution += share * (bin.observed - base).powi(2);
        }
        let within = score - (reliability - resolution + uncertainty);
        Ok(Decomposition {
            score,
            reliability,
            resolution,
            uncertainty,
            within,
        })
    }
}
