//! [`FeatureSet`]: names in an order that counts.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::DataError;

/// The names of features, in order. Two sets are the same only with the same names in the same order.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct FeatureSet(Arc<[String]>);

impl FeatureSet {
    /// Takes names in order.
    ///
    /// # Errors
    ///
    /// [`DataError::NoColumns`] and [`DataError::Twice`].
    pub fn new<N: Into<String>>(names: impl IntoIterator<Item = N>) -> Result<Self, DataError> {
        let names: Vec<String> = names.into_iter().map(Into::into).collect();
        if names.is_empty() {
            return Err(DataError::NoColumns);
        }
        let mut seen = BTreeSet::new();
        match names.iter().find(|name| !seen.insert(name.as_str())) {
            Some(name) => Err(DataError::Twice { name: name.clone() }),
            None => Ok(Self(names.into())),
        }
    }

    /// Returns the names in order.
    pub fn names(&self) -> &[String] {
        &self.0
    }

    /// Returns where a feature stands, from 0.
    ///
    /// # Errors
    ///
    /// [`DataError::Missing`].
    pub fn position(&self, name: &str) -> Result<usize, DataError> {
        let missing = || DataError::Missing {
            name: name.to_owned(),
        };
        self.0.iter().position(|it| it == name).ok_or_else(missing)
    }

    /// Returns the SHA-256 of the names in order, in hexadecimal: equal exactly when the sets are.
    pub fn hash(&self) -> String {
        let mut hasher = Sha256::new();
        for name in self.0.iter() {
            hasher.update((name.len() as u64).to_le_bytes());
            hasher.update(name.as_bytes());
        }
        hex(&hasher.finalize())
    }

    /// Returns `Ok` when `found` is this set in this order.
    ///
    /// # Errors
    ///
    /// [`DataError::OtherFeatures`] with the first difference.
    pub fn expect(&self, found: &Self) -> Result<(), DataError> {
        let quoted = |set: &Self, at: usize| match set.0.get(at) {
            Some(name) => format!("{name:?}"),
            None => "nothing".to_owned(),
        };
        let most = self.0.len().max(found.0.len());
        match (0..most).find(|&at| self.0.get(at) != found.0.get(at)) {
            None => Ok(()),
            Some(position) => Err(DataError::OtherFeatures {
                position,
                found: quoted(found, position),
                expected: quoted(self, position),
            }),
        }
    }
}

impl TryFrom<Vec<String>> for FeatureSet {
    type Error = DataError;

    fn try_from(names: Vec<String>) -> Result<Self, DataError> {
        Self::new(names)
    }
}

impl From<FeatureSet> for Vec<String> {
    fn from(set: FeatureSet) -> Self {
        set.0.to_vec()
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
