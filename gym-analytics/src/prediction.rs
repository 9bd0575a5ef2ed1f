//! [`PredictionLog`]: what was predicted of whom, so that it can be held against what became of them.
//!
//! ```
//! use gym_analytics::prediction::{Prediction, PredictionLog};
//! use gym_core::sim::teacher::{Profile, Teacher};
//!
//! let lesson = Teacher::new(Profile::Uk, 7, 300, "2024-01-01".parse()?, 12).teach();
//! let mut log = PredictionLog::default();
//! for member in 1..=100 {
//!     let (as_of, model) = (lesson.months[6], "3f9c01b2aa10".to_owned());
//!     log.add(Prediction { member, as_of, months: 3, probability: 0.2, model })?;
//! }
//! let known = log.outcomes(&lesson.history, lesson.months[12])?;
//! assert!(known.scored()?.events() > 0 && known.rows.len() == 100);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, Write};
use std::path::Path;

use gym_core::history::History;
use gym_core::time::Instant;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::evaluate::{EvaluateError, Scored};
use crate::landmark::{LandmarkError, Landmarks};
use crate::model::replace;

/// Why a prediction is not kept, or cannot be joined.
#[derive(Debug, Error)]
pub enum PredictionError {
    /// A number that is no probability.
    #[error("probability: {0} is not accepted, expected 0 to 1")]
    NotProbability(f64),
    /// Nothing to wait for.
    #[error("months: 0 is not accepted, expected 1 or more")]
    NoMonths,
    /// A model has said it already.
    #[error("member {member} at {as_of} is there already for model {model}, expected each once")]
    Twice {
        /// The member.
        member: i64,
        /// The instant.
        as_of: Instant,
        /// The model.
        model: String,
    },
    /// A line of the file is no prediction.
    #[error("line {line} of the file is no prediction: {why}")]
    Line {
        /// Which, from 1.
        line: usize,
        /// Why.
        why: String,
    },
    /// Outcomes cannot be told.
    #[error(transparent)]
    Landmark(#[from] LandmarkError),
    /// Reading or writing failed.
    #[error("the predictions cannot be read or written")]
    Io(#[from] std::io::Error),
}

/// What a model said of a member at an instant: with which probability they are gone after so many months.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prediction {
    /// The member, by the club's id.
    pub member: i64,
    /// When: nothing later was known.
    pub as_of: Instant,
    /// Within how many months.
    pub months: u8,
    /// The probability.
    pub probability: f64,
    /// Which model: [`Model::id`](crate::model::Model::id).
    pub model: String,
}

/// Predictions in the order in which they were made; see the [module](self).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PredictionLog {
    all: Vec<Prediction>,
    seen: BTreeSet<(i64, Instant, u8, String)>,
}

impl PredictionLog {
    /// Adds a prediction.
    ///
    /// # Errors
    ///
    /// [`PredictionError::NotProbability`], [`PredictionError::NoMonths`] and [`PredictionError::Twice`].
    pub fn add(&mut self, prediction: Prediction) -> Result<(), PredictionError> {
        if !(0.0..=1.0).contains(&prediction.probability) {
            return Err(PredictionError::NotProbability(prediction.probability));
        }
        if prediction.months == 0 {
            return Err(PredictionError::NoMonths);
        }
        let Prediction {
            member,
            as_of,
            months,
            ref model,
            ..
        } = prediction;
        if !self.seen.insert((member, as_of, months, model.clone())) {
            let model = model.clone();
            return Err(PredictionError::Twice { member, as_of, model });
        }
        self.all.push(prediction);
        Ok(())
    }

    /// Returns all predictions.
    pub fn all(&self) -> &[Prediction] {
        &self.all
    }

    /// Forgets a member who was erased.
    pub fn forget(&mut self, member: i64) {
        self.all.retain(|it| it.member != member);
        self.seen.retain(|(it, ..)| *it != member);
    }

    /// Joins the predictions to what became of the members, by what was recorded until an instant. Who is not in the
    /// history any more is left out: they were erased.
    ///
    /// # Errors
    ///
    /// [`PredictionError::Landmark`] where an instant is not in the history.
    pub fn outcomes(&self, history: &History, until: Instant) -> Result<Outcomes, PredictionError> {
        let positions: BTreeMap<i64, u32> = history.members.id.iter().copied().zip(0..).collect();
        let mut told: BTreeMap<(Instant, u8), BTreeMap<u32, Option<bool>>> = BTreeMap::new();
        let mut rows = Vec::new();
        for prediction in &self.all {
            let Some(position) = positions.get(&prediction.member) else {
                continue;
            };
            let key = (prediction.as_of, prediction.months);
            if let Entry::Vacant(vacant) = told.entry(key) {
                let landmarks = Landmarks::at(history, &[prediction.as_of], prediction.months, until)?;
                let members = landmarks.rows().iter().map(|row| row.member);
                vacant.insert(members.zip(landmarks.left_within(prediction.months)).collect());
            }
            let gone = told
                .get(&key)
                .and_then(|gone| gone.get(position).copied().flatten());
            rows.push((prediction.clone(), gone));
        }
        Ok(Outcomes { rows })
    }

    /// Writes the predictions to a file, one line of JSON each.
    ///
    /// # Errors
    ///
    /// [`PredictionError::Io`].
    pub fn save(&self, path: &Path) -> Result<(), PredictionError> {
        let mut lines = Vec::new();
        for prediction in &self.all {
            serde_json::to_writer(&mut lines, prediction).map_err(std::io::Error::from)?;
            writeln!(lines)?;
        }
        Ok(replace(path, &lines)?)
    }

    /// Reads predictions from a file.
    ///
    /// # Errors
    ///
    /// [`PredictionError::Line`] and [`PredictionError::Io`].
    pub fn load(path: &Path) -> Result<Self, PredictionError> {
        let mut log = Self::default();
        for (at, text) in std::io::BufReader::new(std::fs::File::open(path)?)
            .lines()
            .enumerate()
        {
            let line = at + 1;
            let no_prediction = |why: String| PredictionError::Line { line, why };
            let prediction = serde_json::from_str(&text?).map_err(|why| no_prediction(why.to_string()))?;
            log.add(prediction)
                .map_err(|why| no_prediction(why.to_string()))?;
        }
        Ok(log)
    }
}

/// Predictions with what became of the members; none where that was not seen yet, or they froze.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcomes {
    /// In the order of the log.
    pub rows: Vec<(Prediction, Option<bool>)>,
}

impl Outcomes {
    /// Returns those whose outcome is known, for figures of how good the predictions were.
    ///
    /// # Errors
    ///
    /// [`EvaluateError::Empty`] where none is.
    pub fn scored(&self) -> Result<Scored, EvaluateError> {
        let known = self
            .rows
            .iter()
            .filter_map(|(it, gone)| Some((it.probability, (*gone)?)));
        let (probabilities, outcomes) = known.unzip();
        Scored::new(probabilities, outcomes)
    }
}
