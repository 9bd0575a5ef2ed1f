//! [`Model`]: a fitted model with its card, in a file that says what it is and whether it is whole.
//!
//! ```
//! use chrono::NaiveDate;
//! use gym_analytics::columns::Columns;
//! use gym_analytics::fold::Backtest;
//! use gym_analytics::gam::GamParams;
//! use gym_analytics::model::{Model, Params, Training};
//!
//! let day = |row: u64| NaiveDate::from_ymd_opt(2025, 1, 1).unwrap_or_default() + chrono::Days::new(row);
//! let away: Vec<f64> = (0..300).map(|row| f64::from(row * 7 % 50)).collect();
//! let left: Vec<f64> = away.iter().map(|days| f64::from(*days > 30.0)).collect();
//! let as_of: Vec<NaiveDate> = (0..300).map(day).collect();
//! let columns = Columns::new([("days_since_visit", away)])?;
//!
//! let training = Training::new("retention", &columns, &left, &as_of).backtest(Backtest { folds: 3, embargo_days: 30 });
//! let model = training.learn(&Params::Gam(GamParams::new(vec![])))?;
//! let back = Model::from_bytes(&model.to_bytes()?)?;
//! assert_eq!(back.probabilities(&columns)?, model.probabilities(&columns)?);
//! assert!(model.card().to_markdown().starts_with("# retention"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod card;
mod training;

use std::io::Write;
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;

pub use self::card::{Card, FeatureNote, Window};
pub use self::training::{Params, Training, TrainingError};
use crate::boost::Boost;
use crate::columns::{Columns, DataError, FeatureSet, hex};
use crate::explain::Explanation;
use crate::gam::Gam;
use crate::hazard::Hazard;
use crate::uplift::Uplift;

/// The first word of a model file.
const MAGIC: &str = "gym-model";
/// The version of the format that this library writes, and the only one that it reads.
const VERSION: u32 = 1;
/// Longer files are no models.
const LONGEST: usize = 256 << 20;

/// What learned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Engine {
    /// An additive model.
    Gam(Gam),
    /// Boosted trees.
    Boost(Boost),
    /// Two hazards over the coming months.
    Hazard(Hazard),
    /// Two models, with an offer and without.
    Uplift(Uplift),
}

impl Engine {
    /// Returns the features, in order.
    pub fn features(&self) -> &FeatureSet {
        match self {
            Self::Gam(it) => it.features(),
            Self::Boost(it) => it.features(),
            Self::Hazard(it) => it.features(),
            Self::Uplift(it) => it.features(),
        }
    }

    /// Returns the probability of every row: of a hazard that of being gone after the next month; of uplift none.
    fn next_month(&self, columns: &Columns<'_>) -> Result<Vec<f64>, DataError> {
        match self {
            Self::Gam(it) => it.probabilities(columns),
            Self::Boost(it) => it.probabilities(columns),
            Self::Hazard(it) => {
                let survival = it.survival(columns)?;
                Ok((0..survival.rows()).map(|row| survival.risk(row, 1)).collect())
            }
            Self::Uplift(_) => Ok(Vec::new()),
        }
    }

    /// Returns what it is, in words.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Gam(_) => "additive model (penalised splines)",
            Self::Boost(_) => "gradient boosted trees",
            Self::Hazard(_) => "two cause-specific discrete-time hazards",
            Self::Uplift(_) => "uplift by two additive models",
        }
    }
}

/// Why a model file is not read or written, or a model does not answer.
#[derive(Debug, Error)]
pub enum ModelError {
    /// The file begins with something else.
    #[error("this is no model file, expected it to begin with \"gym-model\"")]
    NotAModel,
    /// The file is of another version.
    #[error("the model file is of version {found:?}, expected {VERSION}")]
    Version {
        /// The version, as it is written.
        found: String,
    },
    /// The file is not what was written.
    #[error("the model file is damaged: its checksum is {found}, expected {expected}")]
    Checksum {
        /// What its bytes make.
        found: String,
        /// What it says.
        expected: String,
    },
    /// The file is whole, but holds no model of this version.
    #[error("the model file does not hold a model")]
    Content(#[source] serde_json::Error),
    /// The file's features are not those that it was fitted on.
    #[error("the features of the model have hash {found}, its card says {expected}")]
    Features {
        /// The hash of the model's features.
        found: String,
        /// The hash that the card has.
        expected: String,
    },
    /// A model that gives no probability was asked for one.
    #[error("{kind}: no single probability, ask the engine")]
    NoProbability {
        /// What it is.
        kind: &'static str,
    },
    /// Longer than any model.
    #[error("the model file has {bytes} bytes, expected at most 268435456")]
    TooLong {
        /// How many.
        bytes: u64,
    },
    /// The data cannot be read.
    #[error(transparent)]
    Data(#[from] DataError),
    /// Reading or writing failed.
    #[error("the model file cannot be read or written")]
    Io(#[from] std::io::Error),
}

#[derive(Serialize, Deserialize)]
struct Content {
    card: Card,
    engine: Engine,
}

/// A fitted model and its card.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    engine: Engine,
    card: Card,
}

impl Model {
    /// Joins an engine and its card, whose features and kind become those of the engine.
    pub fn new(engine: Engine, card: Card) -> Self {
        let card = card.of(&engine);
        Self { engine, card }
    }

    /// Returns what learned.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Returns the card.
    pub fn card(&self) -> &Card {
        &self.card
    }

    /// Returns the probability of every row; of a hazard that of being gone after the next month.
    ///
    /// # Errors
    ///
    /// [`ModelError::Data`] where features are not the model's in its order, and [`ModelError::NoProbability`] for uplift.
    pub fn probabilities(&self, columns: &Columns<'_>) -> Result<Vec<f64>, ModelError> {
        match &self.engine {
            Engine::Uplift(_) => Err(ModelError::NoProbability {
                kind: self.engine.kind(),
            }),
            engine => Ok(engine.next_month(columns)?),
        }
    }

    /// Returns what each feature adds to one row's log-odds; of a hazard, for the next month.
    ///
    /// # Errors
    ///
    /// As [`Model::probabilities`].
    pub fn explain(&self, columns: &Columns<'_>, row: usize) -> Result<Explanation, ModelError> {
        match &self.engine {
            Engine::Gam(it) => Ok(it.explain(columns, row)?),
            Engine::Boost(it) => Ok(it.explain(columns, row)?),
            Engine::Hazard(it) => Ok(it.explain(columns, row, 1)?),
            Engine::Uplift(_) => Err(ModelError::NoProbability {
                kind: self.engine.kind(),
            }),
        }
    }

    /// Returns the first twelve digits of the file's checksum: predictions carry it.
    ///
    /// # Errors
    ///
    /// As [`Model::to_bytes`].
    pub fn id(&self) -> Result<String, ModelError> {
        let bytes = self.to_bytes()?;
        let sum = bytes.split(|byte| *byte == b' ').nth(2).unwrap_or_default();
        Ok(String::from_utf8_lossy(sum.get(..12).unwrap_or_default()).into_owned())
    }

    /// Returns the file: a line `gym-model VERSION SHA256`, and JSON.
    ///
    /// # Errors
    ///
    /// [`ModelError::Content`] where a number is none that JSON can hold.
    pub fn to_bytes(&self) -> Result<Vec<u8>, ModelError> {
        let content = Content {
            card: self.card.clone(),
            engine: self.engine.clone(),
        };
        let json = serde_json::to_vec(&content).map_err(ModelError::Content)?;
        let mut bytes = format!("{MAGIC} {VERSION} {}\n", hex(&Sha256::digest(&json))).into_bytes();
        bytes.extend(json);
        Ok(bytes)
    }

    /// Reads a file's bytes. Nothing in them is ever run.
    ///
    /// # Errors
    ///
    /// [`ModelError`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ModelError> {
        if bytes.len() > LONGEST {
            return Err(ModelError::TooLong {
                bytes: bytes.len() as u64,
            });
        }
        let end = bytes
            .iter()
            .take(200)
            .position(|byte| *byte == b'\n')
            .ok_or(ModelError::NotAModel)?;
        let head = std::str::from_utf8(&bytes[..end]).map_err(|_| ModelError::NotAModel)?;
        let (version, expected) = match head.split(' ').collect::<Vec<_>>().as_slice() {
            [MAGIC, version, rest @ ..] => (*version, rest.first().copied().unwrap_or_default()),
            _ => return Err(ModelError::NotAModel),
        };
        if version != VERSION.to_string() {
            return Err(ModelError::Version {
                found: version.to_owned(),
            });
        }
        let json = &bytes[end + 1..];
        let found = hex(&Sha256::digest(json));
        if found != expected {
            return Err(ModelError::Checksum {
                found,
                expected: expected.to_owned(),
            });
        }
        let Content { card, engine } = serde_json::from_slice(json).map_err(ModelError::Content)?;
        let found = engine.features().hash();
        match found == card.features_hash {
            true => Ok(Self { engine, card }),
            false => Err(ModelError::Features {
                found,
                expected: card.features_hash,
            }),
        }
    }

    /// Writes the file: beside it first, and then in its place, so that no reader sees half of it.
    ///
    /// # Errors
    ///
    /// [`ModelError::Io`].
    pub fn save(&self, path: &Path) -> Result<(), ModelError> {
        Ok(replace(path, &self.to_bytes()?)?)
    }

    /// Reads a file.
    ///
    /// # Errors
    ///
    /// [`ModelError`].
    pub fn load(path: &Path) -> Result<Self, ModelError> {
        let bytes = std::fs::metadata(path)?.len();
        if bytes > LONGEST as u64 {
            return Err(ModelError::TooLong { bytes });
        }
        Self::from_bytes(&std::fs::read(path)?)
    }
}

/// Writes a file: beside it first, and then in its place, so that no reader sees half of it.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}", std::process::id()));
    let mut file = std::fs::File::create(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&beside, path)
}
