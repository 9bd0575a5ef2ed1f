//! [`CohortModel`]: how many of those who joined together are still there, and will be: the shifted beta-geometric
//! model (Fader and Hardie 2007, doi:10.1002/dir.20074). Members differ in how likely they are to leave at each renewal,
//! so those who stay are ever more loyal.
//!
//! ```
//! use gym_analytics::cohort::{Cohort, CohortModel};
//!
//! let joined = Cohort::new(vec![1000.0, 869.0, 743.0, 653.0, 593.0, 551.0, 517.0, 491.0])?;
//! let model = CohortModel::fit(&[joined])?;
//! assert!((model.survival(12) - 0.378).abs() < 0.001);
//! # Ok::<(), gym_analytics::cohort::CohortError>(())
//! ```

mod joined;

use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use self::joined::Joined;
use crate::likelihood::most_likely;

/// Why there is no cohort, or no model of it.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum CohortError {
    /// Fewer than two counts.
    #[error(
        "a cohort has {found} counts, expected those who joined and those left after at least one period"
    )]
    TooShort {
        /// How many counts there are.
        found: usize,
    },
    /// A count that is not finite, below zero, or above the one before.
    #[error("the count after {period} periods is {value}, expected a number from 0 to the count before")]
    NotFalling {
        /// After how many periods.
        period: usize,
        /// The count.
        value: f64,
    },
    /// Nobody left, or everybody at once.
    #[error("the cohorts have {lost} losses and {kept} members at the end, which no model explains best")]
    NothingToLearn {
        /// Members lost.
        lost: f64,
        /// Members left at the end.
        kept: f64,
    },
    /// Parameters that are none.
    #[error("alpha is {alpha} and beta is {beta}, expected finite numbers above 0")]
    Parameters {
        /// The first shape.
        alpha: f64,
        /// The second shape.
        beta: f64,
    },
}

/// Members who joined together: how many there were, and how many were left after 1, 2, … periods.
#[derive(Debug, Clone, PartialEq)]
pub struct Cohort(Vec<f64>);

impl Cohort {
    /// Takes counts, those who joined first.
    ///
    /// # Errors
    ///
    /// [`CohortError::TooShort`] and [`CohortError::NotFalling`].
    pub fn new(counts: Vec<f64>) -> Result<Self, CohortError> {
        if counts.len() < 2 {
            return Err(CohortError::TooShort { found: counts.len() });
        }
        let most = |period: usize| if period == 0 { 1e15 } else { counts[period - 1] };
        match (0..counts.len()).find(|&period| !(0.0..=most(period)).contains(&counts[period])) {
            Some(period) => Err(CohortError::NotFalling {
                period,
                value: counts[period],
            }),
            None => Ok(Self(counts)),
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Shapes {
    alpha: f64,
    beta: f64,
}

/// A shifted beta-geometric model: the chance to leave at a renewal is Beta(α, β) over members.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Shapes", into = "Shapes")]
pub struct CohortModel {
    alpha: f64,
    beta: f64,
}

impl CohortModel {
    /// Finds the most likely shapes for cohorts of any lengths.
    ///
    /// # Errors
    ///
    /// [`CohortError::NothingToLearn`].
    pub fn fit(cohorts: &[Cohort]) -> Result<Self, CohortError> {
        let kept: f64 = cohorts.iter().filter_map(|cohort| cohort.0.last()).sum();
        let lost = cohorts.iter().filter_map(|cohort| cohort.0.first()).sum::<f64>() - kept;
        let nothing = CohortError::NothingToLearn { lost, kept };
        if lost <= 0.0 || kept <= 0.0 {
            return Err(nothing);
        }
        let log_likelihood = |shapes: &[f64]| {
            let model = Self {
                alpha: shapes[0],
                beta: shapes[1],
            };
            cohorts.iter().map(|cohort| model.log_likelihood(cohort)).sum()
        };
        match most_likely(log_likelihood, &[1.0, 1.0]) {
            Some((shapes, _)) => Self::new(shapes[0], shapes[1]),
            None => Err(nothing),
        }
    }

    /// Takes shapes.
    ///
    /// # Errors
    ///
    /// [`CohortError::Parameters`].
    pub fn new(alpha: f64, beta: f64) -> Result<Self, CohortError> {
        match [alpha, beta]
            .iter()
            .all(|shape| shape.is_finite() && *shape > 0.0)
        {
            true => Ok(Self { alpha, beta }),
            false => Err(CohortError::Parameters { alpha, beta }),
        }
    }

    /// Returns α and β.
    pub fn shapes(&self) -> (f64, f64) {
        (self.alpha, self.beta)
    }

    /// Returns the share of members that stay at renewal `period` (1, 2, …) of those who were there before.
    pub fn retention(&self, period: u32) -> f64 {
        let before = f64::from(period.saturating_sub(1));
        (self.beta + before) / (self.alpha + self.beta + before)
    }

    /// Returns the share of those who joined that is left after so many periods.
    pub fn survival(&self, periods: u32) -> f64 {
        (1..=periods).map(|period| self.retention(period)).product()
    }

    /// Returns how many more renewals are expected of a member who has made `renewals`, each discounted to `discount`
    /// (0 to 1) of the one before, up to `horizon` periods ahead (Fader and Hardie 2010, doi:10.1287/mksc.1090.0506).
    pub fn residual(&self, renewals: u32, discount: f64, horizon: u32) -> f64 {
        let mut left = 1.0;
        let terms = (1..=horizon).map(|ahead| {
            left *= self.retention(renewals.saturating_add(ahead)) * discount.clamp(0.0, 1.0);
            left
        });
        terms.sum()
    }

    fn log_likelihood(&self, cohort: &Cohort) -> f64 {
        let (mut survival, mut sum) = (1.0f64, 0.0);
        for (before, pair) in (1..).zip(cohort.0.windows(2)) {
            let stays = self.retention(before);
            let lost = pair[0] - pair[1];
            if lost > 0.0 {
                sum += lost * (survival * (1.0 - stays)).ln();
            }
            survival *= stays;
        }
        let kept = cohort.0[cohort.0.len() - 1];
        if kept > 0.0 {
            sum + kept * survival.ln()
        } else {
            sum
        }
    }
}

impl TryFrom<Shapes> for CohortModel {
    type Error = CohortError;

    fn try_from(shapes: Shapes) -> Result<Self, CohortError> {
        Self::new(shapes.alpha, shapes.beta)
    }
}

impl From<CohortModel> for Shapes {
    fn from(model: CohortModel) -> Self {
        Self {
            alpha: model.alpha,
            beta: model.beta,
        }
    }
}
