//! [`Demand`]: how many people will be there, an hour or a day ahead.
//!
//! A Poisson model with curves: what was counted at the same time an hour, a day and a week before, as far as that is known
//! at the time of the forecast, the usual count of such an hour lately, the level of the last fortnight in which was counted, and the hour of
//! the day on workdays and weekends, alone and together with the lags. Levels drift, so what was
//! lately so counts; a level that moves by 2 % a day is followed late, and told up to a fifth too high or low. Weekdays and
//! months count as well. It is fitted by [`Gam`], because linfa's generalised linear model has no curves, no weights
//! and no offset, and wants all columns in one dense matrix.
//!
//! ```
//! use chrono::{TimeDelta, Utc};
//! use gym_analytics::demand::{Ahead, Counts, Demand};
//!
//! // Ten at night, forty at noon, for eight weeks, every half hour.
//! let start = "2027-03-01T00:00:00Z".parse::<chrono::DateTime<Utc>>()?;
//! let people = |step: i32| if (step / 2 % 24 - 12).abs() < 4 { 40.0 } else { 10.0 };
//! let counts = Counts::new(chrono_tz::UTC, (0..8 * 7 * 48).map(|step| (start + TimeDelta::minutes(30) * step, people(step))))?;
//!
//! let tomorrow = start + TimeDelta::days(56) + TimeDelta::hours(12);
//! let demand = Demand::learn(&counts, Ahead::Day)?;
//! let noon = demand.forecast(&counts, &[tomorrow])?[0];
//! assert!((35.0..45.0).contains(&noon), "{noon}");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod classes;
mod counts;
mod past;

use chrono::TimeDelta;
use gym_core::time::Instant;
use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use self::classes::{ClassDemand, Plan};
pub use self::counts::{Counts, CountsError};
use self::past::Past;
use crate::columns::{Columns, DataError};
use crate::design::Shape;
use crate::gam::{Gam, GamParams};
use crate::sample::{Family, FitError, Sample};

/// Why there is no forecast.
#[derive(Debug, Error)]
pub enum DemandError {
    /// Too little was counted.
    #[error("{found} counts have others before them, expected at least {expected}")]
    TooShort {
        /// Counts with a past.
        found: usize,
        /// How many are needed.
        expected: usize,
    },
    /// Nothing is known in the sixty days before the forecast is made.
    #[error("nothing was counted in the sixty days before {before}")]
    NoPast {
        /// When the forecast would be made.
        before: Instant,
    },
    /// Columns cannot be read.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The model cannot be fitted.
    #[error(transparent)]
    Fit(#[from] FitError),
}

/// How long before its time a forecast is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ahead {
    /// An hour.
    Hour,
    /// A day.
    Day,
}

impl Ahead {
    /// Returns the time between.
    pub const fn span(self) -> TimeDelta {
        match self {
            Self::Hour => TimeDelta::hours(1),
            Self::Day => TimeDelta::days(1),
        }
    }

    /// The lags that are known, in hours.
    const fn lags(self) -> &'static [i64] {
        match self {
            Self::Hour => &[1, 24, 168],
            Self::Day => &[24, 168],
        }
    }
}

/// The least number of counts with a past that a model is fitted on.
const LEAST: usize = 200;

/// The ridge, for each row that is learned from (scikit-learn's alpha), and the least: few rows are not believed.
fn ridge(rows: usize) -> f64 {
    (1e-3 * rows as f64).max(50.0)
}

/// A fitted model of counts; see the [module](self).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Demand {
    ahead: Ahead,
    gam: Gam,
}

impl Demand {
    /// Learns from everything that was counted.
    ///
    /// # Errors
    ///
    /// [`DemandError`].
    pub fn learn(counts: &Counts, ahead: Ahead) -> Result<Self, DemandError> {
        let pasts = past::all(counts, counts.at(), ahead);
        let with: Vec<usize> = (0..pasts.len()).filter(|at| pasts[*at].is_some()).collect();
        if with.len() < LEAST {
            return Err(DemandError::TooShort {
                found: with.len(),
                expected: LEAST,
            });
        }
        let people: Vec<f64> = with.iter().map(|&at| counts.people()[at]).collect();
        let pasts: Vec<Past> = pasts.into_iter().flatten().collect();
        let columns = columns(&pasts, ahead)?;
        let params = GamParams::new(shapes(ahead))
            .family(Family::Poisson)
            .ridge(ridge(people.len()));
        let gam = params.learn(&Sample::new(&columns, &people))?;
        Ok(Self { ahead, gam })
    }

    /// Returns how long before its time a forecast is made.
    pub fn ahead(&self) -> Ahead {
        self.ahead
    }

    /// Returns the fitted model.
    pub fn gam(&self) -> &Gam {
        &self.gam
    }

    /// Returns how many people are expected at each of these times, from what was counted until an hour or a day
    /// before it. Whatever was counted later changes nothing.
    ///
    /// # Errors
    ///
    /// [`DemandError::NoPast`].
    pub fn forecast(&self, counts: &Counts, at: &[Instant]) -> Result<Vec<f64>, DemandError> {
        let micros: Vec<i64> = at.iter().map(|at| gym_core::history::micros(*at)).collect();
        let mut pasts = Vec::with_capacity(at.len());
        for (past, at) in past::all(counts, &micros, self.ahead).into_iter().zip(at) {
            pasts.push(past.ok_or(DemandError::NoPast {
                before: *at - self.ahead.span(),
            })?);
        }
        Ok(self.gam.probabilities(&columns(&pasts, self.ahead)?)?)
    }
}

fn shapes(ahead: Ahead) -> Vec<(String, Shape)> {
    let curve = |name: String| (name, Shape::Spline { knots: 8 });
    let lags = ahead.lags().iter().map(|hours| curve(lag_name(*hours)));
    lags.chain(["usual", "level", "minute"].map(|name| curve(name.to_owned())))
        .collect()
}

fn lag_name(hours: i64) -> String {
    format!("lag_{hours}h")
}

/// The columns of the model: counts as log(1 + count), hours of workdays and weekends as yes or no, and the hours
/// times the lags.
fn columns(pasts: &[Past], ahead: Ahead) -> Result<Columns<'static>, DataError> {
    let of = |value: &dyn Fn(&Past) -> f64| -> Vec<f64> { pasts.iter().map(value).collect() };
    let mut columns: Vec<(String, Vec<f64>)> = Vec::new();
    for (at, hours) in ahead.lags().iter().enumerate() {
        columns.push((lag_name(*hours), of(&|past| past.lags[at])));
    }
    columns.push(("usual".to_owned(), of(&|past| past.usual)));
    columns.push(("level".to_owned(), of(&|past| past.level)));
    columns.push(("minute".to_owned(), of(&|past| f64::from(past.minute))));
    for weekday in 0..7 {
        let is = |past: &Past| f64::from(past.weekday == weekday);
        columns.push((format!("weekday_{weekday}"), of(&is)));
    }
    for month in 1..=12 {
        columns.push((
            format!("month_{month}"),
            of(&|past| f64::from(past.month == month)),
        ));
    }
    for bin in 0..past::BINS {
        let is = |past: &Past| f64::from(past.bin == bin);
        let name = format!("{}_{}", if bin < 24 { "workday" } else { "weekend" }, bin % 24);
        for (at, hours) in ahead.lags().iter().enumerate() {
            columns.push((
                format!("{name}_lag_{hours}h"),
                of(&|past| is(past) * past.lags[at]),
            ));
        }
        columns.push((format!("{name}_usual"), of(&|past| is(past) * past.usual)));
        columns.push((name, of(&is)));
    }
    Columns::new(columns)
}
