//! The same figures for parts of the members: is the model as good for everyone?

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Bootstrap, EvaluateError, Interval, Scored};

/// A figure of a slice.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SliceMeasure {
    /// Area under the ROC curve with its interval; none where only one outcome occurred.
    pub roc_auc: Option<Interval>,
    /// Events that happened per event that was predicted, with its interval; none where none was predicted.
    pub observed_expected: Option<Interval>,
    /// The share of false outcomes whose probability reaches the threshold, with its interval; none without a false
    /// outcome.
    pub false_positives: Option<Interval>,
}

/// One part of the rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Slice {
    /// What the rows share, as "contract 12 months".
    pub name: String,
    /// How many rows.
    pub rows: u64,
    /// How many true outcomes.
    pub events: u64,
    /// Log-loss, in nats.
    pub log_loss: f64,
    /// Figures with intervals.
    pub measures: SliceMeasure,
}

impl Scored {
    /// Returns figures by slice, in the order of names. `names` has one name per row; `threshold` is the probability
    /// from which a member would be called.
    ///
    /// # Errors
    ///
    /// [`EvaluateError::Length`] and [`EvaluateError::Setting`].
    pub fn slices<S: AsRef<str>>(
        &self,
        names: &[S],
        threshold: f64,
        bootstrap: Bootstrap,
    ) -> Result<Vec<Slice>, EvaluateError> {
        if names.len() != self.rows() {
            let found = names.len();
            return Err(EvaluateError::Length {
                name: "slices",
                found,
                expected: self.rows(),
            });
        }
        let mut parts: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (row, name) in names.iter().enumerate() {
            parts.entry(name.as_ref()).or_default().push(row);
        }
        parts
            .into_iter()
            .map(|(name, rows)| self.slice(name, &rows, threshold, bootstrap))
            .collect()
    }

    fn slice(
        &self,
        name: &str,
        rows: &[usize],
        threshold: f64,
        bootstrap: Bootstrap,
    ) -> Result<Slice, EvaluateError> {
        let probabilities = rows.iter().map(|&row| self.probabilities[row]).collect();
        let part = Self::new(
            probabilities,
            rows.iter().map(|&row| self.outcomes[row]).collect(),
        )?;
        let of = |figure: &dyn Fn(&[u32]) -> Option<f64>| -> Result<Option<Interval>, EvaluateError> {
            let Some(value) = figure(&vec![1; part.rows()]) else {
                return Ok(None);
            };
            bootstrap.interval(value, part.rows(), figure).map(Some)
        };
        let roc_auc = match part.roc_auc_interval(bootstrap) {
            Err(EvaluateError::OneClass { .. }) => None,
            other => Some(other?),
        };
        let measures = SliceMeasure {
            roc_auc,
            observed_expected: of(&|drawn| ratio(&part, drawn, |p, yes| (f64::from(yes), p)))?,
            false_positives: of(&|drawn| {
                ratio(&part, drawn, |p, yes| {
                    (f64::from(!yes && p >= threshold), f64::from(!yes))
                })
            })?,
        };
        Ok(Slice {
            name: name.to_owned(),
            rows: part.rows() as u64,
            events: part.events() as u64,
            log_loss: part.log_loss(),
            measures,
        })
    }
}

/// Sums two numbers of every row and divides the first by the second.
fn ratio(part: &Scored, drawn: &[u32], numbers: impl Fn(f64, bool) -> (f64, f64)) -> Option<f64> {
    let (mut above, mut below) = (0.0, 0.0);
    for ((p, yes), &times) in part.pairs().zip(drawn) {
        let (a, b) = numbers(p, yes);
        above += f64::from(times) * a;
        below += f64::from(times) * b;
    }
    (below > 0.0).then(|| above / below)
}
