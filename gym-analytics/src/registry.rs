//! [`Registry`]: a folder of models of which one serves, with who took whose place when, and why.
//!
//! A challenger serves only where it was held against the champion on rows that neither has learned from, and won beyond
//! doubt of the interval; the champion before can always come back.
//!
//! ```
//! use gym_analytics::columns::Columns;
//! use gym_analytics::fold::Backtest;
//! use gym_analytics::gam::GamParams;
//! use gym_analytics::model::{Params, Training};
//! use gym_analytics::registry::Registry;
//!
//! let day = |row: u64| chrono::NaiveDate::default() + chrono::Days::new(row);
//! let away: Vec<f64> = (0..300).map(|row| f64::from(row * 7 % 50)).collect();
//! let left: Vec<f64> = away.iter().map(|days| f64::from(*days > 30.0)).collect();
//! let as_of: Vec<_> = (0..300).map(day).collect();
//! let columns = Columns::new([("days_since_visit", away)])?;
//! let training = Training::new("retention", &columns, &left, &as_of).backtest(Backtest { folds: 3, embargo_days: 30 });
//! let model = training.learn(&Params::Gam(GamParams::new(vec![])))?;
//!
//! let folder = std::env::temp_dir().join(format!("gym-registry-{}", std::process::id()));
//! let registry = Registry::open(&folder)?;
//! assert!(registry.champion()?.is_none());
//! registry.promote(&model, None, "2026-11-23T00:00:00Z".parse()?)?;
//! assert_eq!(registry.champion()?, Some(model));
//! # std::fs::remove_dir_all(folder)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use gym_core::time::Instant;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::columns::Columns;
use crate::evaluate::{Bootstrap, Comparison, EvaluateError, Scored};
use crate::model::{Model, ModelError, replace};

/// Why a model does not serve.
#[derive(Debug, Error)]
pub enum RegistryError {
    /// A model serves, and the challenger was not held against it.
    #[error("model {champion} serves, expected a contest of model {challenger} with it")]
    NoContest {
        /// Which serves.
        champion: String,
        /// Which should.
        challenger: String,
    },
    /// The challenger is not better beyond doubt.
    #[error("the log-loss changes by {value:.5} ({low:.5} to {high:.5}), expected an interval below 0")]
    NotBetter {
        /// The lower bound.
        low: f64,
        /// The change.
        value: f64,
        /// The upper bound.
        high: f64,
    },
    /// A row that one of the two has learned from.
    #[error("row {row} is of {as_of}, expected days after {learned}: one of the two has learned from it")]
    Learned {
        /// The row, from 0.
        row: usize,
        /// Its day.
        as_of: NaiveDate,
        /// The last day that was learned from.
        learned: NaiveDate,
    },
    /// No champion came before.
    #[error("no model served before, expected one to go back to")]
    NothingBefore,
    /// The file of promotions holds something else.
    #[error("the file of promotions cannot be understood")]
    Content(#[source] serde_json::Error),
    /// The two cannot be compared.
    #[error(transparent)]
    Evaluate(#[from] EvaluateError),
    /// A model cannot be read or written, or does not answer.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// Reading or writing failed.
    #[error("the folder of models cannot be read or written")]
    Io(#[from] std::io::Error),
}

/// Why a model serves.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Because {
    /// There was none before.
    First,
    /// It won against the one before.
    Won(Comparison),
    /// The one after it was taken back.
    RolledBack,
}

/// That a model serves from an instant on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Promotion {
    /// Which: [`Model::id`].
    pub model: String,
    /// From when on.
    pub at: Instant,
    /// Why.
    pub because: Because,
}

/// A challenger held against the champion on the same rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Contest {
    champion: String,
    challenger: String,
    comparison: Comparison,
}

impl Contest {
    /// Returns by how much the challenger differs.
    pub const fn comparison(&self) -> &Comparison {
        &self.comparison
    }
}

/// Models of which one serves; see the [module](self).
#[derive(Debug, Clone)]
pub struct Registry {
    folder: PathBuf,
}

impl Registry {
    /// Opens a folder, and makes it where there is none.
    ///
    /// # Errors
    ///
    /// [`RegistryError::Io`].
    pub fn open(folder: impl Into<PathBuf>) -> Result<Self, RegistryError> {
        let folder = folder.into();
        std::fs::create_dir_all(&folder)?;
        Ok(Self { folder })
    }

    /// Returns which model served from when on, the first first.
    ///
    /// # Errors
    ///
    /// [`RegistryError::Content`] and [`RegistryError::Io`].
    pub fn promotions(&self) -> Result<Vec<Promotion>, RegistryError> {
        match std::fs::read(self.file()) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(RegistryError::Content),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(error.into()),
        }
    }

    /// Returns the model that serves.
    ///
    /// # Errors
    ///
    /// As [`Registry::promotions`], and [`RegistryError::Model`].
    pub fn champion(&self) -> Result<Option<Model>, RegistryError> {
        match self.promotions()?.last() {
            Some(last) => Ok(Some(Model::load(&self.model(&last.model))?)),
            None => Ok(None),
        }
    }

    /// Holds a challenger against the champion on rows that neither has learned from: features as both have them, outcomes,
    /// and the day of each row. None where no model serves.
    ///
    /// # Errors
    ///
    /// [`RegistryError::Learned`], [`RegistryError::Evaluate`] and those of [`Registry::champion`].
    pub fn contest(
        &self,
        challenger: &Model,
        columns: &Columns<'_>,
        outcomes: &[bool],
        as_of: &[NaiveDate],
        bootstrap: Bootstrap,
    ) -> Result<Option<Contest>, RegistryError> {
        let Some(champion) = self.champion()? else {
            return Ok(None);
        };
        if as_of.len() != columns.rows() {
            let (name, found, expected) = ("days", as_of.len(), columns.rows());
            return Err(EvaluateError::Length {
                name,
                found,
                expected,
            }
            .into());
        }
        let learned = champion.card().window.last.max(challenger.card().window.last);
        if let Some(row) = as_of.iter().position(|day| *day <= learned) {
            let as_of = as_of[row];
            return Err(RegistryError::Learned { row, as_of, learned });
        }
        let scored = |model: &Model| -> Result<Scored, RegistryError> {
            Ok(Scored::new(model.probabilities(columns)?, outcomes.to_vec())?)
        };
        let comparison = scored(challenger)?.against(&scored(&champion)?, bootstrap)?;
        Ok(Some(Contest {
            champion: champion.id()?,
            challenger: challenger.id()?,
            comparison,
        }))
    }

    /// Lets a model serve, from an instant on: the first one, or one that has won a contest with the champion.
    ///
    /// # Errors
    ///
    /// [`RegistryError::NoContest`], [`RegistryError::NotBetter`] and those of [`Registry::promotions`]; nothing changes.
    pub fn promote(
        &self,
        challenger: &Model,
        contest: Option<&Contest>,
        at: Instant,
    ) -> Result<Promotion, RegistryError> {
        let mut all = self.promotions()?;
        let model = challenger.id()?;
        let because = match (all.last(), contest) {
            (None, _) => Because::First,
            (Some(last), Some(contest)) if contest.champion == last.model && contest.challenger == model => {
                let loss = contest.comparison.log_loss;
                if !contest.comparison.is_won() {
                    let (low, value, high) = (loss.low, loss.value, loss.high);
                    return Err(RegistryError::NotBetter { low, value, high });
                }
                Because::Won(contest.comparison)
            }
            (Some(last), _) => {
                return Err(RegistryError::NoContest {
                    champion: last.model.clone(),
                    challenger: model,
                });
            }
        };
        // The model first: a promotion never names one that is not there.
        challenger.save(&self.model(&model))?;
        let promotion = Promotion { model, at, because };
        all.push(promotion.clone());
        self.write(&all)?;
        Ok(promotion)
    }

    /// Lets the champion before serve again, from an instant on. Going back twice goes two champions back.
    ///
    /// # Errors
    ///
    /// [`RegistryError::NothingBefore`] and those of [`Registry::champion`]; nothing changes.
    pub fn roll_back(&self, at: Instant) -> Result<Promotion, RegistryError> {
        let mut all = self.promotions()?;
        let mut line: Vec<&Promotion> = Vec::new();
        for promotion in &all {
            match promotion.because {
                Because::RolledBack => {
                    line.pop();
                }
                Because::First | Because::Won(_) => line.push(promotion),
            }
        }
        let [.., before, _] = line.as_slice() else {
            return Err(RegistryError::NothingBefore);
        };
        let model = before.model.clone();
        Model::load(&self.model(&model))?;
        let promotion = Promotion {
            model,
            at,
            because: Because::RolledBack,
        };
        all.push(promotion.clone());
        self.write(&all)?;
        Ok(promotion)
    }

    fn write(&self, all: &[Promotion]) -> Result<(), RegistryError> {
        let json = serde_json::to_vec_pretty(all).map_err(RegistryError::Content)?;
        Ok(replace(&self.file(), &json)?)
    }

    fn file(&self) -> PathBuf {
        self.folder.join("promotions.json")
    }

    fn model(&self, id: &str) -> PathBuf {
        self.folder.join(Path::new(id).with_extension("model"))
    }
}
