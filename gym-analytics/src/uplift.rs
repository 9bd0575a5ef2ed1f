//! [`Uplift`]: whom an offer keeps, learned where it was drawn by lot. Those most at risk are often not those whom it
//! changes (Ascarza 2018, doi:10.1509/jmr.16.0163): choose by uplift or expected value, never by risk alone.
//!
//! ```
//! use gym_analytics::columns::Columns;
//! use gym_analytics::gam::GamParams;
//! use gym_analytics::uplift::{Trial, Uplift};
//!
//! // The offer keeps half of the young, and nobody else; one in two leaves without it.
//! let young: Vec<f64> = (0..800).map(|row| f64::from(row / 4 % 2)).collect();
//! let offered: Vec<bool> = (0..800).map(|row| row % 2 == 0).collect();
//! let left = |row: u32| row / 8 % 2 == 0 && !(row % 2 == 0 && row / 4 % 2 == 1 && row / 16 % 2 == 0);
//! let left: Vec<f64> = (0..800).map(|row| f64::from(left(row))).collect();
//! let columns = Columns::new([("young", young)])?;
//! let uplift = Uplift::learn(&Trial::new(&columns, &left, &offered)?, &GamParams::new(vec![]))?;
//! let prospects = uplift.prospects(&Columns::new([("young", vec![1.0, 0.0])])?, &[30_000.0; 2], 500.0)?;
//! assert!(prospects[0].uplift > prospects[1].uplift);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::columns::{Columns, DataError, FeatureSet};
use crate::gam::{Gam, GamParams};
use crate::sample::{FitError, Sample};

/// Standardised differences of means beyond this say that the offer was not drawn by lot, given enough rows.
const BALANCED: f64 = 0.25;
const ENOUGH: usize = 200;

/// Why nothing can be said of an offer.
#[derive(Debug, Error)]
pub enum UpliftError {
    /// The data cannot be read.
    #[error(transparent)]
    Data(#[from] DataError),
    /// One of the two models could not be fitted.
    #[error("the members {group} the offer: {why}")]
    Fit {
        /// "with" or "without".
        group: &'static str,
        /// Why.
        why: FitError,
    },
    /// Nobody on one side.
    #[error("{offered} members had the offer and {held_back} did not, expected at least 2 of each")]
    OneGroup {
        /// With the offer.
        offered: usize,
        /// Without it.
        held_back: usize,
    },
    /// The groups are not alike, so that their difference is not the offer's.
    #[error(
        "{feature:?} differs by {difference:.2} deviations between those with and without the offer, expected at most \
         0.25: it was not drawn by lot"
    )]
    NotByLot {
        /// The feature that differs most.
        feature: String,
        /// By how many standard deviations.
        difference: f64,
    },
}

/// Members of whom some, drawn by lot, had an offer, and whether they left (1) or stayed (0).
#[derive(Debug, Clone, Copy)]
pub struct Trial<'a> {
    columns: &'a Columns<'a>,
    left: &'a [f64],
    offered: &'a [bool],
}

impl<'a> Trial<'a> {
    /// Takes features of before the offer, outcomes, and who had the offer.
    ///
    /// # Errors
    ///
    /// [`UpliftError::OneGroup`], [`UpliftError::NotByLot`] from 200 rows on, and [`DataError::Length`].
    pub fn new(columns: &'a Columns<'a>, left: &'a [f64], offered: &'a [bool]) -> Result<Self, UpliftError> {
        let rows = columns.rows();
        for (name, found) in [("left", left.len()), ("offered", offered.len())] {
            if found != rows {
                return Err(DataError::Length {
                    name: name.to_owned(),
                    found,
                    expected: rows,
                }
                .into());
            }
        }
        let trial = Self {
            columns,
            left,
            offered,
        };
        let count = trial.rows(true).len();
        if count < 2 || rows - count < 2 {
            return Err(UpliftError::OneGroup {
                offered: count,
                held_back: rows - count,
            });
        }
        if rows >= ENOUGH {
            trial.balanced()?;
        }
        Ok(trial)
    }

    fn rows(&self, offered: bool) -> Vec<u32> {
        (0..self.offered.len() as u32)
            .filter(|&row| self.offered[row as usize] == offered)
            .collect()
    }

    fn balanced(&self) -> Result<(), UpliftError> {
        let mut most = (0.0, "");
        for feature in self.columns.features().names() {
            let values = self.columns.values(feature)?;
            let part = |offered| {
                let rows = values
                    .iter()
                    .zip(self.offered)
                    .filter(move |(_, it)| **it == offered);
                let count = rows.clone().count() as f64;
                let mean = rows.clone().map(|(value, _)| value).sum::<f64>() / count;
                (
                    mean,
                    rows.map(|(value, _)| (value - mean).powi(2)).sum::<f64>() / count,
                )
            };
            let ((with, a), (without, b)) = (part(true), part(false));
            let deviation = ((a + b) / 2.0).sqrt();
            let difference = if deviation > 0.0 {
                (with - without).abs() / deviation
            } else {
                0.0
            };
            if difference > most.0 {
                most = (difference, feature);
            }
        }
        match most {
            (difference, feature) if difference > BALANCED => Err(UpliftError::NotByLot {
                feature: feature.to_owned(),
                difference,
            }),
            _ => Ok(()),
        }
    }
}

/// What is known of making one member the offer.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Prospect {
    /// The probability to leave without the offer.
    pub risk: f64,
    /// By how much the offer lowers it; below zero where it wakes a sleeping member.
    pub uplift: f64,
    /// Uplift times what staying is worth, less what the offer costs.
    pub expected_value: f64,
}

/// Two models, one of those with the offer and one of those without (a T-learner, Künzel et al. 2019,
/// doi:10.1073/pnas.1804597116).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Uplift {
    with: Gam,
    without: Gam,
}

impl Uplift {
    /// Learns both models with the same settings.
    ///
    /// # Errors
    ///
    /// [`UpliftError::Fit`].
    pub fn learn(trial: &Trial<'_>, params: &GamParams) -> Result<Self, UpliftError> {
        let learn = |offered: bool, group: &'static str| {
            let rows = trial.rows(offered);
            let columns = trial.columns.pick(&rows)?;
            let left: Vec<f64> = rows.iter().map(|&row| trial.left[row as usize]).collect();
            params
                .learn(&Sample::new(&columns, &left))
                .map_err(|why| UpliftError::Fit { group, why })
        };
        Ok(Self {
            with: learn(true, "with")?,
            without: learn(false, "without")?,
        })
    }

    /// Returns the features, in order.
    pub fn features(&self) -> &FeatureSet {
        self.with.features()
    }

    /// Returns risk, uplift and expected value of every row. `worth` is what a member who stays is worth and `cost` what
    /// the offer costs, in the same unit.
    ///
    /// # Errors
    ///
    /// [`DataError`].
    pub fn prospects(
        &self,
        columns: &Columns<'_>,
        worth: &[f64],
        cost: f64,
    ) -> Result<Vec<Prospect>, DataError> {
        if worth.len() != columns.rows() {
            let (name, found) = ("worth".to_owned(), worth.len());
            return Err(DataError::Length {
                name,
                found,
                expected: columns.rows(),
            });
        }
        let (with, without) = (
            self.with.probabilities(columns)?,
            self.without.probabilities(columns)?,
        );
        let prospect = |((with, risk), worth): ((f64, f64), &f64)| Prospect {
            risk,
            uplift: risk - with,
            expected_value: (risk - with) * worth - cost,
        };
        Ok(with.into_iter().zip(without).zip(worth).map(prospect).collect())
    }
}

/// Returns how many more of a hundred stayed with the offer than without among the `share` (above 0 to 1) of rows with the
/// highest uplift, as a fraction: what the offer did where the model would make it. None where a group is empty.
pub fn effect_at(uplift: &[f64], trial: &Trial<'_>, share: f64) -> Option<f64> {
    if uplift.len() != trial.offered.len() || !(share > 0.0 && share <= 1.0) {
        return None;
    }
    let mut order: Vec<usize> = (0..uplift.len()).collect();
    order.sort_by(|&a, &b| uplift[b].total_cmp(&uplift[a]));
    order.truncate(((uplift.len() as f64 * share).round() as usize).max(1));
    let stayed = |offered: bool| {
        let rows = order.iter().filter(|&&row| trial.offered[row] == offered);
        let count = rows.clone().count();
        (count > 0).then(|| 1.0 - rows.map(|&row| trial.left[row]).sum::<f64>() / count as f64)
    };
    Some(stayed(true)? - stayed(false)?)
}
