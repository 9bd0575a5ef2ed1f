//! Champion against challenger, on the same rows.

use serde::{Deserialize, Serialize};

use super::{Bootstrap, EvaluateError, Interval, Scored, auc};

/// By how much a challenger differs from the champion; rows are drawn in pairs, so that what both find hard cancels.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// The challenger's area under the ROC curve less the champion's: above 0 it ranks better.
    pub roc_auc: Interval,
    /// The challenger's log-loss less the champion's: below 0 its probabilities are better.
    pub log_loss: Interval,
}

impl Comparison {
    /// Says whether the challenger's probabilities are better beyond doubt of the interval.
    pub fn is_won(&self) -> bool {
        self.log_loss.high < 0.0
    }
}

impl Scored {
    /// Compares these predictions, the challenger's, with the champion's for the same rows.
    ///
    /// # Errors
    ///
    /// [`EvaluateError::Length`], [`EvaluateError::OtherOutcomes`], [`EvaluateError::OneClass`] and
    /// [`EvaluateError::Setting`].
    pub fn against(&self, champion: &Self, bootstrap: Bootstrap) -> Result<Comparison, EvaluateError> {
        let (expected, found) = (self.rows(), champion.rows());
        if found != expected {
            return Err(EvaluateError::Length {
                name: "the champion",
                found,
                expected,
            });
        }
        let pairs = self.outcomes.iter().zip(&champion.outcomes);
        if let Some(row) = pairs
            .enumerate()
            .find_map(|(row, (own, other))| (own != other).then_some(row))
        {
            return Err(EvaluateError::OtherOutcomes { row });
        }
        let (own, other) = (auc::order(self), auc::order(champion));
        let area =
            |drawn: Option<&[u32]>| Some(auc::roc(self, &own, drawn)? - auc::roc(champion, &other, drawn)?);
        let losses = self.losses().zip(champion.losses());
        let losses: Vec<f64> = losses.map(|(own, other)| own - other).collect();
        let mean = |drawn: &[u32]| {
            let sum = losses
                .iter()
                .zip(drawn)
                .map(|(loss, times)| loss * f64::from(*times))
                .sum::<f64>();
            Some(sum / losses.len() as f64)
        };
        let value = area(None).ok_or_else(|| self.one_class())?;
        Ok(Comparison {
            roc_auc: bootstrap.interval(value, expected, |drawn| area(Some(drawn)))?,
            log_loss: bootstrap.interval(self.log_loss() - champion.log_loss(), expected, mean)?,
        })
    }
}
