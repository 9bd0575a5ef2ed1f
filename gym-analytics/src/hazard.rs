//! [`Hazard`]: who leaves in which of the coming months, of their own will or because a payment fails, as two discrete-time
//! hazards on landmark rows.
//!
//! ```
//! use gym_analytics::columns::Columns;
//! use gym_analytics::hazard::HazardParams;
//! use gym_analytics::landmark::{Cause, End, Landmark, Landmarks};
//!
//! let as_of = "2026-01-01".parse()?;
//! let away: Vec<f64> = (0..400).map(|row| f64::from(row % 40)).collect();
//! let rows = (0..400_u32).map(|member| {
//!     let end = match member % 40 > 25 || member % 9 == 0 {
//!         true => End::Left { month: 1 + (member % 3) as u8, cause: Cause::Chosen },
//!         false => End::Censored { months: 3 },
//!     };
//!     Landmark { member, as_of, end }
//! });
//! let landmarks = Landmarks::new(Columns::new([("days_since_visit", away)])?, rows.collect())?;
//! let hazard = HazardParams { months: 3, ..HazardParams::linear(1.0) }.learn(&landmarks)?;
//! let survival = hazard.survival(landmarks.columns())?;
//! assert!(survival.risk(38, 3) > survival.risk(2, 3));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod ridge;
mod survival;

use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use self::survival::Survival;
use crate::columns::{Columns, DataError, FeatureSet};
use crate::design::{Design, Shape};
use crate::explain::Explanation;
use crate::fold::{Backtest, FoldError};
use crate::gam::{Gam, GamParams};
use crate::landmark::{Cause, Landmarks, MAY_LEAVE, MONTHS_AHEAD, PersonMonths, ahead};
use crate::sample::{FitError, Sample, sigmoid};

/// The features that do not act along a line.
const CURVED: [&str; 11] = [
    "days_since_visit",
    "visit_days_28",
    "visit_days_91",
    "visit_days_per_week",
    "trend",
    "longest_gap_91",
    "tenure_days",
    "price_per_month",
    "visits_recent",
    "visits_missed",
    "join_quarter",
];

/// Why there is no hazard.
#[derive(Debug, Error)]
pub enum HazardError {
    /// The data cannot be read.
    #[error(transparent)]
    Data(#[from] DataError),
    /// A model could not be fitted.
    #[error("leaving {cause}: {why}")]
    Fit {
        /// "by choice" or "without choice".
        cause: Cause,
        /// Why.
        why: FitError,
    },
    /// The days cannot be split for choosing the ridge.
    #[error(transparent)]
    Fold(#[from] FoldError),
    /// A setting is out of its range.
    #[error("{name} is {value}, expected {expected}")]
    Setting {
        /// Which setting.
        name: &'static str,
        /// Its value.
        value: f64,
        /// The range in words.
        expected: &'static str,
    },
}

/// How hazards are learned.
#[derive(Debug, Clone, PartialEq)]
pub struct HazardParams {
    /// Features that are not linear.
    pub shapes: Vec<(String, Shape)>,
    /// How many months ahead, 1 to 60.
    pub months: u8,
    /// Penalties to choose from, by the log-loss of a temporal backtest, for each cause by itself. One is taken as it is.
    pub ridges: Vec<f64>,
    /// How the backtest cuts time. What training rows see ends where the test begins, whatever the embargo.
    pub backtest: Backtest,
    /// How many threads; the result does not depend on it.
    pub threads: usize,
}

impl Default for HazardParams {
    /// Twelve months, all features linear, ridges from 0.3 to 100, three folds.
    fn default() -> Self {
        let ridges = vec![0.3, 1.0, 3.0, 10.0, 30.0, 100.0];
        let backtest = Backtest {
            folds: 3,
            embargo_days: 0,
        };
        Self {
            shapes: Vec::new(),
            months: 12,
            ridges,
            backtest,
            threads: 1,
        }
    }
}

impl HazardParams {
    /// Twelve months of the features of this crate, with curves for those that bend.
    pub fn for_features() -> Self {
        let shapes = CURVED.map(|name| (name.to_owned(), Shape::Spline { knots: 5 }));
        Self {
            shapes: shapes.into(),
            ridges: vec![1.0, 10.0, 100.0, 1_000.0],
            ..Self::default()
        }
    }

    /// Twelve months, all features linear, with one penalty.
    pub fn linear(ridge: f64) -> Self {
        Self {
            ridges: vec![ridge],
            ..Self::default()
        }
    }

    /// Learns both hazards. Where nobody left without choice, that hazard is zero.
    ///
    /// # Errors
    ///
    /// [`HazardError`].
    pub fn learn(&self, landmarks: &Landmarks<'_>) -> Result<Hazard, HazardError> {
        self.check()?;
        let chosen = self.one(landmarks, Risk::Free)?;
        let bound = self.bound(landmarks)?;
        let involuntary = match landmarks.any(Cause::Involuntary, self.months) {
            true => Some(self.one(landmarks, Risk::Involuntary)?),
            false => None,
        };
        let features = landmarks.columns().features().clone();
        Ok(Hazard {
            features,
            months: self.months,
            chosen,
            bound,
            involuntary,
        })
    }

    fn one(&self, landmarks: &Landmarks<'_>, risk: Risk) -> Result<Gam, HazardError> {
        let ridge = match self.ridges.as_slice() {
            [ridge] => *ridge,
            _ => ridge::best(self, landmarks, risk)?,
        };
        let cause = risk.cause();
        let months = risk.months(landmarks, self.months)?;
        let columns = months.columns()?;
        let design = self.design(&columns)?;
        let params = GamParams::new(Vec::new()).ridge(ridge).threads(self.threads);
        params
            .learn_on(design, &Sample::new(&columns, months.outcomes()))
            .map_err(|why| HazardError::Fit { cause, why })
    }

    /// Learns from months in which a contract lets nobody go; none if there are no such months.
    fn bound(&self, landmarks: &Landmarks<'_>) -> Result<Option<Bound>, HazardError> {
        let Ok(months) = Risk::Bound.months(landmarks, self.months) else {
            return Ok(None);
        };
        let left: f64 = months.outcomes().iter().sum();
        if left >= LEAST_BOUND {
            return Ok(Some(Bound::Model(self.one(landmarks, Risk::Bound)?)));
        }
        let odds = (left + 0.5) / (months.outcomes().len() as f64 - left + 0.5);
        Ok(Some(Bound::Even { log_odds: odds.ln() }))
    }

    /// Months ahead are a curve where there are enough of them.
    fn design(&self, columns: &Columns<'_>) -> Result<Design, DataError> {
        let mut shapes = self.shapes.clone();
        if self.months >= 6 {
            shapes.push((MONTHS_AHEAD.to_owned(), Shape::Spline { knots: 5 }));
        }
        Design::learn(columns, &shapes)
    }

    fn check(&self) -> Result<(), HazardError> {
        let wrong = |name, value, expected| {
            Err(HazardError::Setting {
                name,
                value,
                expected,
            })
        };
        if !(1..=60).contains(&self.months) {
            return wrong("months", f64::from(self.months), "1 to 60");
        }
        let positive = |ridge: &&f64| !(ridge.is_finite() && **ridge >= 0.0);
        match (self.ridges.iter().find(positive), self.ridges.is_empty()) {
            (Some(ridge), _) => wrong("ridge", *ridge, "a finite number of 0 or more"),
            (None, true) => wrong("ridges", 0.0, "at least one"),
            (None, false) => Ok(()),
        }
    }
}

/// Of fewer who left in spite of their contract nothing is learned but how many they are.
const LEAST_BOUND: f64 = 100.0;

/// What somebody may be at risk of in a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Risk {
    /// Leaving by choice, where the contract lets them.
    Free,
    /// Leaving by choice, where it does not.
    Bound,
    /// Having to leave.
    Involuntary,
}

impl Risk {
    const fn cause(self) -> Cause {
        match self {
            Self::Free | Self::Bound => Cause::Chosen,
            Self::Involuntary => Cause::Involuntary,
        }
    }

    /// Returns the months at this risk.
    fn months<'a>(self, landmarks: &'a Landmarks<'_>, months: u8) -> Result<PersonMonths<'a>, DataError> {
        let all = landmarks.person_months(self.cause(), months)?;
        match self {
            // Where everybody is bound, there is nobody else to learn from.
            Self::Free => all.clone().where_a_notice_takes_effect(true).or(Ok(all)),
            Self::Bound => all.where_a_notice_takes_effect(false),
            Self::Involuntary => Ok(all),
        }
    }
}

/// Who leaves by choice although their contract does not let them: it closes a door on everything else that is so, which is
/// why there is a model of its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Bound {
    /// Everybody alike.
    Even {
        log_odds: f64,
    },
    Model(Gam),
}

impl Bound {
    fn probabilities(&self, columns: &Columns<'_>) -> Result<Vec<f64>, DataError> {
        match self {
            Self::Even { log_odds } => Ok(vec![sigmoid(*log_odds); columns.rows()]),
            Self::Model(gam) => gam.probabilities(columns),
        }
    }
}

/// Cause-specific hazards: leaving by choice, in months in which the contract lets a member and in months in which it does
/// not, and having to leave. Within a month a failed payment ends a membership before its member can: the hazard of either
/// is 1 − (1 − chosen)(1 − involuntary).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hazard {
    features: FeatureSet,
    months: u8,
    chosen: Gam,
    /// None where no contract bound anybody: then everybody is as those who may leave.
    bound: Option<Bound>,
    involuntary: Option<Gam>,
}

impl Hazard {
    /// Returns the features of a landmark, in order.
    pub fn features(&self) -> &FeatureSet {
        &self.features
    }

    /// Returns how many months ahead it looks.
    pub fn months(&self) -> u8 {
        self.months
    }

    /// Returns the model of leaving by choice in months in which the contract lets a member go; its last feature is
    /// [`MONTHS_AHEAD`].
    pub fn chosen(&self) -> &Gam {
        &self.chosen
    }

    /// Returns the model of leaving without choice, if anybody did.
    pub fn involuntary(&self) -> Option<&Gam> {
        self.involuntary.as_ref()
    }

    /// Returns survival and causes for every landmark and month.
    ///
    /// # Errors
    ///
    /// [`DataError`].
    pub fn survival(&self, columns: &Columns<'_>) -> Result<Survival, DataError> {
        self.features.expect(columns.features())?;
        let mut survival = Survival::new(columns.rows(), self.months);
        for month in 1..=self.months {
            let then = ahead(columns.clone(), vec![f64::from(month); columns.rows()])?;
            let chosen = self.choosing(&then)?;
            let involuntary = match &self.involuntary {
                Some(gam) => gam.probabilities(&then)?,
                None => vec![0.0; columns.rows()],
            };
            survival.add(month, &chosen, &involuntary);
        }
        Ok(survival)
    }

    /// Returns the probability of leaving by choice in the month of each row, in two parts that are put together.
    fn choosing(&self, then: &Columns<'_>) -> Result<Vec<f64>, DataError> {
        let Some(bound) = &self.bound else {
            return self.chosen.probabilities(then);
        };
        let open = then.values(MAY_LEAVE)?;
        let mut chosen = vec![0.0; open.len()];
        for free in [true, false] {
            let rows: Vec<u32> = (0..)
                .zip(&open)
                .filter_map(|(row, open)| ((*open == 1.0) == free).then_some(row))
                .collect();
            let part = then.pick(&rows)?;
            let found = match free {
                true => self.chosen.probabilities(&part)?,
                false => bound.probabilities(&part)?,
            };
            for (row, probability) in rows.into_iter().zip(found) {
                chosen[row as usize] = probability;
            }
        }
        Ok(chosen)
    }

    /// Returns what each feature adds to the log-odds of leaving by choice in one month (1 to [`Hazard::months`]), given
    /// that the member is there until then. Where the contract does not let them go, and few ever left so, nothing does.
    ///
    /// # Errors
    ///
    /// [`DataError`].
    pub fn explain(&self, columns: &Columns<'_>, row: usize, month: u8) -> Result<Explanation, DataError> {
        self.features.expect(columns.features())?;
        let month = f64::from(month.clamp(1, self.months));
        let one = u32::try_from(row).map_err(|_| DataError::NoSuchRow {
            row,
            rows: columns.rows(),
        })?;
        let picked = columns.pick(&[one])?;
        let then = ahead(picked, vec![month])?;
        match &self.bound {
            Some(bound) if then.values(MAY_LEAVE)? == [0.0] => match bound {
                Bound::Even { log_odds } => Ok(Explanation::new(*log_odds, Vec::new())),
                Bound::Model(gam) => gam.explain(&then, 0),
            },
            _ => self.chosen.explain(&then, 0),
        }
    }
}
