//! [`forecast`]: a series of months, continued, with bounds that held before.
//!
//! The mean of AutoETS (not where it has to be quick), the best of four Theta models (Assimakopoulos and Nikolopoulos
//! 2000; Fiorucci et al. 2016) and MSTL with AutoETS for what is left without the season (Bandara, Hyndman and Bergmeir
//! 2021), all from the crate anofox-forecast; MSTL works on logarithms where every month is above 0, because seasons grow
//! with the level. A mean of models that differ beats each of them (Makridakis and Hibon 2000).
//!
//! The bounds are conformal: the same is forecast again from earlier months, and how far that was off widens them.
//!
//! ```
//! use gym_analytics::forecast::{Effort, forecast};
//!
//! // Five years that grow, with a good January.
//! let months: Vec<f64> = (0..60).map(|at| 1000.0 + 5.0 * f64::from(at) + if at % 12 == 0 { 300.0 } else { 0.0 }).collect();
//! let ahead = forecast(&months, 12, Effort::Fast)?;
//! assert!((ahead.expected[0] - 1600.0).abs() < 50.0, "{:?}", ahead.expected);
//! assert!((ahead.expected[5] - 1325.0).abs() < 50.0);
//! # Ok::<(), gym_analytics::forecast::ForecastError>(())
//! ```

mod bands;
mod models;

use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use self::bands::{Band, Bands, bands};
pub use self::models::Model;

/// Months of a year.
pub const SEASON: usize = 12;
/// The fewest months that are continued.
pub const LEAST: usize = 6;
/// The most months ahead.
pub const MOST_AHEAD: usize = 60;

/// Why there is no forecast.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum ForecastError {
    /// There are too few months.
    #[error("there are {found} months, expected at least {expected}")]
    TooShort {
        /// Months there are.
        found: usize,
        /// Months that are needed.
        expected: usize,
    },
    /// A month is not a number that can be continued.
    #[error("month {month} is {value}, expected a number from -1e15 to 1e15")]
    NotNumber {
        /// Which, from 0.
        month: usize,
        /// Its value.
        value: f64,
    },
    /// Too many months ahead, or none.
    #[error("{months} months ahead are asked for, expected 1 to 60")]
    Ahead {
        /// How many.
        months: usize,
    },
    /// No model found a forecast.
    #[error("none of the models found a forecast for these months")]
    NoModel,
}

/// How much work a forecast may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effort {
    /// AutoETS, Theta and MSTL: about a tenth of a second.
    #[default]
    Accurate,
    /// Theta and MSTL: a few milliseconds.
    Fast,
}

/// A series, continued.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Forecast {
    /// What is expected of each month ahead.
    pub expected: Vec<f64>,
    /// The models whose mean that is.
    pub models: Vec<Model>,
}

/// Continues a series of months. With less than two years there is no season.
///
/// # Errors
///
/// [`ForecastError`].
pub fn forecast(months: &[f64], ahead: usize, effort: Effort) -> Result<Forecast, ForecastError> {
    check(months, ahead)?;
    // Sums of money of any size are the same to the models.
    let scale = months.iter().map(|value| value.abs()).sum::<f64>() / months.len() as f64;
    let first = months[0];
    if months.iter().all(|value| *value == first) || scale < f64::MIN_POSITIVE {
        return Ok(Forecast {
            expected: vec![first; ahead],
            models: vec![Model::Same],
        });
    }
    let scaled: Vec<f64> = months.iter().map(|value| value / scale).collect();
    let mut found = Vec::new();
    for model in models::of(effort, months.len()) {
        if let Some(expected) = model.run(&scaled, ahead) {
            found.push((*model, expected));
        }
    }
    let count = found.len() as f64;
    let mean = |at: usize| found.iter().map(|(_, expected)| expected[at]).sum::<f64>() / count * scale;
    match found.is_empty() {
        true => Err(ForecastError::NoModel),
        false => Ok(Forecast {
            expected: (0..ahead).map(mean).collect(),
            models: found.iter().map(|(model, _)| *model).collect(),
        }),
    }
}

fn check(months: &[f64], ahead: usize) -> Result<(), ForecastError> {
    if !(1..=MOST_AHEAD).contains(&ahead) {
        return Err(ForecastError::Ahead { months: ahead });
    }
    if months.len() < LEAST {
        let (found, expected) = (months.len(), LEAST);
        return Err(ForecastError::TooShort { found, expected });
    }
    match months
        .iter()
        .position(|value| value.is_nan() || value.abs() > 1e15)
    {
        Some(month) => Err(ForecastError::NotNumber {
            month,
            value: months[month],
        }),
        None => Ok(()),
    }
}
