//! [`Facts`]: what else is known, by key, where a type has no field for it.
//!
//! ```
//! use gym_core::fact::{Fact, Facts};
//!
//! let facts = Facts::default().with("rehab", Fact::Text("knee shoulder".to_owned()))?;
//! assert_eq!(facts.get("rehab"), Some(&Fact::Text("knee shoulder".to_owned())));
//! assert_eq!(
//!     facts.with("Rehab", Fact::Flag(true)).unwrap_err().to_string(),
//!     "fact \"Rehab\": the key is not accepted; expected codes joined by dots, at most 40 characters"
//! );
//! # Ok::<(), gym_core::fact::InvalidFact>(())
//! ```

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::money::Money;
use crate::text::{is_key, is_line, is_shown};

/// The most characters of a text.
const TEXT: usize = 200;

/// A value that is known.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fact {
    /// A line of 1 to 200 characters.
    Text(String),
    /// A whole number.
    Whole(i64),
    /// A share in basis points.
    Share(i32),
    /// Yes or no.
    Flag(bool),
    /// A civil day.
    Day(NaiveDate),
    /// An amount.
    Amount(Money),
}

/// A fact that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("fact {key:?}: the {what} is not accepted; expected {expected}")]
pub struct InvalidFact {
    /// Its key.
    pub key: String,
    /// What of it is wrong.
    pub what: &'static str,
    /// What was expected.
    pub expected: &'static str,
}

/// What else is known, by key, in the order of the keys.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "BTreeMap<String, Fact>", into = "BTreeMap<String, Fact>")]
pub struct Facts(BTreeMap<String, Fact>);

impl Facts {
    /// Adds a fact, in the place of one with the same key.
    ///
    /// # Errors
    /// If the key is not codes joined by dots, or the text not one line.
    pub fn with(mut self, key: &str, fact: Fact) -> Result<Self, InvalidFact> {
        check(key, &fact)?;
        self.0.insert(key.to_owned(), fact);
        Ok(self)
    }

    /// Returns what is known by a key.
    pub fn get(&self, key: &str) -> Option<&Fact> {
        self.0.get(key)
    }

    /// Returns whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns all of them, by key.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Fact)> {
        self.0.iter().map(|(key, fact)| (key.as_str(), fact))
    }
}

fn check(key: &str, fact: &Fact) -> Result<(), InvalidFact> {
    let wrong = |what, expected| InvalidFact {
        key: key.chars().take(60).filter(|c| is_shown(*c)).collect(),
        what,
        expected,
    };
    if !is_key(key) {
        return Err(wrong("key", "codes joined by dots, at most 40 characters"));
    }
    match fact {
        Fact::Text(text) if !is_line(text, TEXT) => Err(wrong("text", "one line of 1 to 200 characters")),
        _ => Ok(()),
    }
}

impl TryFrom<BTreeMap<String, Fact>> for Facts {
    type Error = InvalidFact;

    fn try_from(facts: BTreeMap<String, Fact>) -> Result<Self, InvalidFact> {
        facts.iter().try_for_each(|(key, fact)| check(key, fact))?;
        Ok(Self(facts))
    }
}

impl From<Facts> for BTreeMap<String, Fact> {
    fn from(facts: Facts) -> Self {
        facts.0
    }
}
