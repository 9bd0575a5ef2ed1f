//! Every figure in one value, as a model card shows it.

use serde::{Deserialize, Serialize};

use super::{Bin, Bootstrap, Decomposition, EvaluateError, Interval, Line, Scored};

/// Bins of reliability curve, expected calibration error and decomposition.
const BINS: usize = 15;

/// What is known of predictions on rows that the model has not seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// How many rows.
    pub rows: u64,
    /// How many true outcomes.
    pub events: u64,
    /// Area under the ROC curve with its interval.
    pub roc_auc: Interval,
    /// Average precision.
    pub pr_auc: f64,
    /// Mean negative log-likelihood, in nats.
    pub log_loss: f64,
    /// The Brier score and what it is made of.
    pub brier: Decomposition,
    /// Expected calibration error over 15 bins of equal width, with its band.
    pub ece: Interval,
    /// The reliability curve over the same bins.
    pub reliability: Vec<Bin>,
    /// Slope and intercept; none where no line is best.
    pub calibration: Option<Line>,
    /// Rows that staff can call.
    pub calls: u64,
    /// The gain of calling the rows with the highest probability.
    pub lift: f64,
}

impl Scored {
    /// Returns every figure; `calls` is how many members staff can call (at most all rows count).
    ///
    /// # Errors
    ///
    /// [`EvaluateError::OneClass`] and [`EvaluateError::Setting`].
    pub fn report(&self, calls: usize, bootstrap: Bootstrap) -> Result<Report, EvaluateError> {
        let calls = calls.min(self.rows());
        Ok(Report {
            rows: self.rows() as u64,
            events: self.events() as u64,
            roc_auc: self.roc_auc_interval(bootstrap)?,
            pr_auc: self.pr_auc()?,
            log_loss: self.log_loss(),
            brier: self.brier_decomposition(BINS)?,
            ece: self.ece_band(BINS, bootstrap)?,
            reliability: self.reliability(BINS)?,
            calibration: self.calibration_line().ok(),
            calls: calls as u64,
            lift: self.lift(calls)?,
        })
    }
}
