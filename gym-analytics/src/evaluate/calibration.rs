//! Whether 20 % means 20 %: reliability curve, expected calibration error, slope and intercept.

use serde::{Deserialize, Serialize};

use super::{Bootstrap, EvaluateError, Interval, Scored};
use crate::columns::Columns;
use crate::gam::GamParams;
use crate::sample::Sample;

/// One point of a reliability curve.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Bin {
    /// The least probability that belongs here.
    pub from: f64,
    /// The first that does not; the last bin includes 1.
    pub to: f64,
    /// How many rows are here, at least 1.
    pub rows: u64,
    /// Their mean probability.
    pub predicted: f64,
    /// The share of them whose outcome is true.
    pub observed: f64,
}

/// What logistic regression of the outcome on the log-odds of the prediction says: slope 1 and intercept 0 are best;
/// a slope below 1 means predictions that are too extreme (Cox 1958).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// Its slope.
    pub slope: f64,
    /// Its intercept, fitted together with the slope.
    pub intercept: f64,
}

/// Returns the bins that have rows, each row counted as often as drawn.
pub(super) fn bins(scored: &Scored, count: usize, drawn: Option<&[u32]>) -> Result<Vec<Bin>, EvaluateError> {
    if !(1..=1_000).contains(&count) {
        let expected = "1 to 1000";
        return Err(EvaluateError::Setting {
            name: "bins",
            value: count as f64,
            expected,
        });
    }
    let mut sums = vec![(0u64, 0.0, 0.0); count];
    for (row, (p, yes)) in scored.pairs().enumerate() {
        let times = drawn.map_or(1, |counts| counts[row]);
        let (rows, predicted, observed) = &mut sums[((p * count as f64) as usize).min(count - 1)];
        *rows += u64::from(times);
        *predicted += f64::from(times) * p;
        *observed += f64::from(times) * f64::from(yes);
    }
    let edge = |at: usize| at as f64 / count as f64;
    let filled = sums.into_iter().enumerate().filter(|(_, (rows, ..))| *rows > 0);
    let bin = |(at, (rows, predicted, observed)): (usize, (u64, f64, f64))| Bin {
        from: edge(at),
        to: edge(at + 1),
        rows,
        predicted: predicted / rows as f64,
        observed: observed / rows as f64,
    };
    Ok(filled.map(bin).collect())
}

fn error(bins: &[Bin]) -> f64 {
    let rows: u64 = bins.iter().map(|bin| bin.rows).sum();
    bins.iter()
        .map(|bin| bin.rows as f64 * (bin.predicted - bin.observed).abs())
        .sum::<f64>()
        / rows as f64
}

impl Scored {
    /// Returns the reliability curve over this many bins of equal width (1 to 1,000); bins without rows are left out.
    ///
    /// # Errors
    ///
    /// [`EvaluateError::Setting`].
    pub fn reliability(&self, count: usize) -> Result<Vec<Bin>, EvaluateError> {
        bins(self, count, None)
    }

    /// Returns the expected calibration error: the mean distance of probability and outcome over bins of equal width,
    /// by rows (Naeini, Cooper and Hauskrecht 2015).
    ///
    /// # Errors
    ///
    /// [`EvaluateError::Setting`].
    pub fn ece(&self, count: usize) -> Result<f64, EvaluateError> {
        bins(self, count, None).map(|bins| error(&bins))
    }

    /// Returns the expected calibration error with a bootstrap band. It is biased upwards in small samples, and the
    /// band with it: compare models on the same rows.
    ///
    /// # Errors
    ///
    /// [`EvaluateError::Setting`].
    pub fn ece_band(&self, count: usize, bootstrap: Bootstrap) -> Result<Interval, EvaluateError> {
        let value = self.ece(count)?;
        bootstrap.interval(value, self.rows(), |drawn| {
            bins(self, count, Some(drawn)).ok().map(|bins| error(&bins))
        })
    }

    /// Returns slope and intercept of the calibration line; probabilities are kept 1e-12 away from 0 and 1.
    ///
    /// # Errors
    ///
    /// [`EvaluateError::OneClass`], and [`EvaluateError::NoLine`] where no line is best.
    pub fn calibration_line(&self) -> Result<Line, EvaluateError> {
        if self.events() == 0 || self.events() == self.rows() {
            return Err(self.one_class());
        }
        let log_odds = self.probabilities.iter().map(|p| {
            let p = p.clamp(1e-12, 1.0 - 1e-12);
            (p / (1.0 - p)).ln()
        });
        let outcomes: Vec<f64> = self.outcomes.iter().map(|&yes| f64::from(yes)).collect();
        let columns = Columns::new([("log_odds", log_odds.collect::<Vec<f64>>())])
            .map_err(|_| EvaluateError::NoLine)?;
        let fitted = GamParams::new(Vec::new())
            .ridge(0.0)
            .learn(&Sample::new(&columns, &outcomes));
        let gam = fitted.map_err(|_| EvaluateError::NoLine)?;
        if !gam.design().constant().is_empty() {
            return Err(EvaluateError::NoLine);
        }
        let ends = Columns::new([("log_odds", vec![0.0, 1.0])]).and_then(|ends| gam.log_odds(&ends));
        match ends.map_err(|_| EvaluateError::NoLine)?.as_slice() {
            [intercept, one] => Ok(Line {
                slope: one - intercept,
                intercept: *intercept,
            }),
            _ => Err(EvaluateError::NoLine),
        }
    }
}
