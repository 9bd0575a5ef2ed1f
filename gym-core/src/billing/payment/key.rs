//! A [`ProviderKey`]: the name under which a provider knows one payment or refund, whatever is tried how often.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A text that cannot be a provider's key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("provider key: {0:?} is not accepted; expected 8 to 64 letters, digits, '-' and '_'")]
pub struct InvalidProviderKey(pub String);

/// The idempotency key of a payment or a refund at its provider: minted once, stored before the first call, and
/// never replaced.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ProviderKey(String);

impl ProviderKey {
    /// Makes a key.
    ///
    /// # Errors
    /// If it is not 8 to 64 letters, digits, `-` and `_`.
    pub fn new(key: &str) -> Result<Self, InvalidProviderKey> {
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if (8..=64).contains(&key.len()) && key.chars().all(fits) {
            Ok(Self(key.to_owned()))
        } else {
            Err(InvalidProviderKey(key.chars().take(80).collect()))
        }
    }

    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ProviderKey {
    type Error = InvalidProviderKey;

    fn try_from(key: String) -> Result<Self, InvalidProviderKey> {
        Self::new(&key)
    }
}

impl From<ProviderKey> for String {
    fn from(key: ProviderKey) -> Self {
        key.0
    }
}

impl fmt::Display for ProviderKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
