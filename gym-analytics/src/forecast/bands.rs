//! Bounds of a forecast, from how far the same was off before.

use serde::{Deserialize, Serialize};

use super::{Effort, ForecastError, LEAST, SEASON, check, forecast};

/// From and to.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Band {
    /// The lower bound.
    pub low: f64,
    /// The upper bound.
    pub high: f64,
}

/// How far forecasts of a series were off, by months ahead; see [`bands`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bands {
    /// Relative errors where every month is above 0, else absolute ones; for one month ahead, in order.
    errors: Vec<f64>,
    /// Errors grow with this power of the months ahead.
    power: f64,
    is_relative: bool,
    origins: usize,
}

/// From how many earlier months the same is forecast.
const ORIGINS: usize = 18;

/// Forecasts again, quickly, from each of the last months, as if what came after were not known, and keeps how far that
/// was off.
///
/// # Errors
///
/// [`ForecastError`]; [`ForecastError::TooShort`] with less than 12 months.
pub fn bands(months: &[f64], ahead: usize) -> Result<Bands, ForecastError> {
    check(months, ahead)?;
    // Two years to learn from where there are as many and half a year more, else half of all.
    let start = if months.len() >= 2 * SEASON + SEASON / 2 {
        2 * SEASON
    } else {
        months.len() / 2
    };
    let origins = ORIGINS.min(months.len() - start);
    if start < LEAST || origins < 3 {
        return Err(ForecastError::TooShort {
            found: months.len(),
            expected: 2 * LEAST,
        });
    }
    let is_relative = months.iter().all(|value| *value > 0.0);
    let mut errors = Vec::new();
    for origin in months.len() - origins..months.len() {
        let (known, later) = months.split_at(origin);
        let expected = forecast(known, ahead.min(later.len()), Effort::Fast)?.expected;
        for (at, (truly, expected)) in later.iter().zip(expected).enumerate() {
            let off = match is_relative {
                true => (truly / expected.max(truly / 1e3)).ln().abs(),
                false => (truly - expected).abs(),
            };
            errors.push(((at + 1) as f64, off));
        }
    }
    let power = growth(&errors);
    let mut errors: Vec<f64> = errors.into_iter().map(|(at, off)| off / at.powf(power)).collect();
    errors.sort_unstable_by(f64::total_cmp);
    Ok(Bands {
        errors,
        power,
        is_relative,
        origins,
    })
}

/// The power of the months ahead with which errors grow: less than a random walk's, moved by what these errors say.
fn growth(errors: &[(f64, f64)]) -> f64 {
    let positive = errors.iter().filter(|(_, off)| *off > 0.0);
    let (mut n, mut x, mut y, mut xx, mut xy) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for (at, off) in positive {
        let (log, size) = (at.ln(), off.ln());
        n += 1.0;
        x += log;
        y += size;
        xx += log * log;
        xy += log * size;
    }
    let spread = xx - x * x / f64::max(n, 1.0);
    let prior = 60.0;
    // A slope of 0.3, as sure as `prior` errors over horizons that differ by a deviation of one.
    let slope = (xy - x * y / f64::max(n, 1.0) + prior * 0.3) / (spread + prior);
    slope.clamp(0.0, 1.0)
}

impl Bands {
    /// Returns the bounds around a forecast that hold so large a share of months (above 0, below 1). The errors are few
    /// and alike from one month to the next, so they are widened as the few degrees of freedom of a t-distribution
    /// would be.
    ///
    /// # Errors
    ///
    /// [`ForecastError::NoModel`] where the level is not above 0 and below 1.
    pub fn around(&self, expected: &[f64], level: f64) -> Result<Vec<Band>, ForecastError> {
        if !(level > 0.0 && level < 1.0) || self.errors.is_empty() {
            return Err(ForecastError::NoModel);
        }
        let count = self.errors.len();
        // The conformal rank: of one more error than there are.
        let rank = (((count + 1) as f64 * level).ceil() as usize).clamp(1, count);
        let wide = self.errors[rank - 1] * widened(level, self.origins);
        let band = |(at, value): (usize, &f64)| {
            let off = wide * ((at + 1) as f64).powf(self.power);
            match self.is_relative && *value > 0.0 {
                true => Band {
                    low: value * (-off).exp(),
                    high: value * off.exp(),
                },
                false => Band {
                    low: value - off,
                    high: value + off,
                },
            }
        };
        Ok(expected.iter().enumerate().map(band).collect())
    }
}

/// By how much a quantile of Student's t is above that of the normal distribution (Fisher and Cornish 1960, to second
/// order).
fn widened(level: f64, origins: usize) -> f64 {
    let z = crate::load::quantile(0.5 + level / 2.0);
    // The errors of neighbouring origins share most of their months: two count for one.
    let df = (origins as f64 / 2.0 - 1.0).max(2.0);
    let first = (z * z + 1.0) / (4.0 * df);
    let second = (5.0 * z.powi(4) + 16.0 * z * z + 3.0) / (96.0 * df * df);
    1.0 + first + second
}
