//! Tax: codes say what kind of thing is sold, rates say what that kind bears, where and when.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A text that is not a tax code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("tax code: {0:?} is not accepted; expected 1 to 32 lower-case letters, digits and underscores")]
pub struct InvalidTaxCode(pub String);

/// The kind of thing that is sold, as far as tax cares: `membership`, `class`, `food`, `book`, `fee`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TaxCode(String);

impl TaxCode {
    /// Makes a tax code.
    ///
    /// # Errors
    /// If it is not 1 to 32 lower-case letters, digits and underscores.
    pub fn new(code: &str) -> Result<Self, InvalidTaxCode> {
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if (1..=32).contains(&code.len()) && code.chars().all(fits) {
            Ok(Self(code.to_owned()))
        } else {
            Err(InvalidTaxCode(code.to_owned()))
        }
    }

    /// Returns the code.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for TaxCode {
    type Error = InvalidTaxCode;

    fn try_from(code: String) -> Result<Self, InvalidTaxCode> {
        Self::new(&code)
    }
}

impl From<TaxCode> for String {
    fn from(code: TaxCode) -> Self {
        code.0
    }
}

impl fmt::Display for TaxCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
