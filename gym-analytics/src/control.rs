//! [`ControlGroup`]: the members to whom nothing is offered, so that what offers do can be known.
//!
//! Who belongs to it is drawn once, by a hash of the member's id, and never again: it is the same in every run, for members
//! who join later too, and no list of people is kept.
//!
//! ```
//! use gym_analytics::control::ControlGroup;
//!
//! let group = ControlGroup::new("offers of 2026", 100, "2026-01-01".parse()?)?;
//! let held = (1..=10_000).filter(|member| group.holds(*member)).count();
//! assert!((900..1_100).contains(&held), "{held}");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::path::Path;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::model::replace;

/// Why there is no control group.
#[derive(Debug, Error)]
pub enum ControlError {
    /// The share is out of its range.
    #[error("share: {0} per mille is not accepted, expected 1 to 500")]
    Share(u16),
    /// A group without a name.
    #[error("name: expected at least one character")]
    NoName,
    /// The file holds something else.
    #[error("the file holds no control group")]
    Content(#[source] serde_json::Error),
    /// Another group is kept there already: a group that changes is none.
    #[error("the file keeps {kept:?} since {since}, expected the same group")]
    Kept {
        /// Its name.
        kept: String,
        /// Since when.
        since: NaiveDate,
    },
    /// Reading or writing failed.
    #[error("the control group cannot be read or written")]
    Io(#[from] std::io::Error),
}

#[derive(Serialize, Deserialize)]
struct Parts {
    name: String,
    per_mille: u16,
    since: NaiveDate,
}

/// Members to whom nothing is offered; see the [module](self).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Parts", into = "Parts")]
pub struct ControlGroup {
    name: String,
    per_mille: u16,
    since: NaiveDate,
}

impl ControlGroup {
    /// Draws a group of so many in a thousand; another name draws another.
    ///
    /// # Errors
    ///
    /// [`ControlError::NoName`] and [`ControlError::Share`].
    pub fn new(name: impl Into<String>, per_mille: u16, since: NaiveDate) -> Result<Self, ControlError> {
        let name = name.into();
        if name.trim().is_empty() {
            return Err(ControlError::NoName);
        }
        if !(1..=500).contains(&per_mille) {
            return Err(ControlError::Share(per_mille));
        }
        Ok(Self {
            name,
            per_mille,
            since,
        })
    }

    /// Returns its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns how many in a thousand belong to it.
    pub const fn per_mille(&self) -> u16 {
        self.per_mille
    }

    /// Returns since when nothing is offered to them.
    pub const fn since(&self) -> NaiveDate {
        self.since
    }

    /// Whether a member, by the club's id, belongs to it.
    pub fn holds(&self, member: i64) -> bool {
        let mut hasher = Sha256::new();
        hasher.update((self.name.len() as u64).to_le_bytes());
        hasher.update(self.name.as_bytes());
        hasher.update(member.to_le_bytes());
        let digest = hasher.finalize();
        let drawn = digest
            .iter()
            .take(8)
            .fold(0_u64, |all, byte| (all << 8) | u64::from(*byte));
        drawn % 1_000 < u64::from(self.per_mille)
    }

    /// Keeps the group in a file: one that is there must be the same.
    ///
    /// # Errors
    ///
    /// [`ControlError::Kept`], [`ControlError::Content`] and [`ControlError::Io`].
    pub fn save(&self, path: &Path) -> Result<(), ControlError> {
        if path.exists() {
            let kept = Self::load(path)?;
            return match kept == *self {
                true => Ok(()),
                false => Err(ControlError::Kept {
                    kept: kept.name,
                    since: kept.since,
                }),
            };
        }
        let json = serde_json::to_vec_pretty(self).map_err(ControlError::Content)?;
        Ok(replace(path, &json)?)
    }

    /// Reads a group from a file.
    ///
    /// # Errors
    ///
    /// [`ControlError::Content`] and [`ControlError::Io`].
    pub fn load(path: &Path) -> Result<Self, ControlError> {
        serde_json::from_slice(&std::fs::read(path)?).map_err(ControlError::Content)
    }
}

impl TryFrom<Parts> for ControlGroup {
    type Error = ControlError;

    fn try_from(parts: Parts) -> Result<Self, ControlError> {
        Self::new(parts.name, parts.per_mille, parts.since)
    }
}

impl From<ControlGroup> for Parts {
    fn from(group: ControlGroup) -> Self {
        Self {
            name: group.name,
            per_mille: group.per_mille,
            since: group.since,
        }
    }
}
