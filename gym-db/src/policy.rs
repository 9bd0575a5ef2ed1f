//! Policies as JSON, from files and forms: what is wrong is named by its path.
//!
//! ```
//! use gym_db::policy_from_json;
//!
//! let policy = policy_from_json(r#"{"opens": {"days": {"days": 7, "at": "08:00:00"}}, "limits": {"per_day": 1}}"#)?;
//! assert_eq!(policy.limits.per_day, Some(1));
//!
//! let wrong = policy_from_json(r#"{"limits": {"per_day": "two"}}"#).unwrap_err();
//! assert_eq!(wrong.to_string(), "policy limits.per_day: invalid type: string \"two\", expected u32");
//! # Ok::<(), gym_db::PolicyError>(())
//! ```

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use gym_core::booking::policy::{InvalidPolicy, Policy};

use crate::error::StoreError;
use crate::row::from_json;

/// A policy that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("policy {field}: {why}")]
pub struct PolicyError {
    /// The path of the field, e.g. `limits.per_day`; `.` for the whole.
    pub field: String,
    /// What was given, and what was expected.
    pub why: String,
}

impl From<InvalidPolicy> for PolicyError {
    fn from(wrong: InvalidPolicy) -> Self {
        let why = format!("{} is not accepted; expected {}", wrong.value, wrong.expected);
        Self {
            field: wrong.field.to_owned(),
            why,
        }
    }
}

/// Reads a policy; fields that are left out have their defaults.
///
/// # Errors
///
/// A [`PolicyError`] that names the first field that is unknown, of another type, or out of its bounds.
pub fn policy_from_json(text: &str) -> Result<Policy, PolicyError> {
    let mut json = serde_json::Deserializer::from_str(text);
    let policy: Policy = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        // The path of a key that cannot be one ends in a question mark.
        let field = error.path().to_string().trim_end_matches(".?").to_owned();
        let why = error.into_inner().to_string();
        PolicyError {
            field,
            why: why.split(" at line ").next().unwrap_or_default().to_owned(),
        }
    })?;
    json.end().map_err(|error| PolicyError {
        field: ".".to_owned(),
        why: error.to_string(),
    })?;
    policy.check()?;
    Ok(policy)
}

/// How many different texts are remembered.
const REMEMBERED: usize = 64;

/// Policies by the text that they were read from: each command reads the same few.
static READ: LazyLock<Mutex<HashMap<String, Policy>>> = LazyLock::new(Mutex::default);

/// Reads a policy as it is stored.
pub(crate) fn stored(text: &str) -> Result<Policy, StoreError> {
    let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(policy) = read.get(text) {
        return Ok(policy.clone());
    }
    let policy: Policy = from_json("policies.body", text)?;
    if read.len() == REMEMBERED {
        read.clear();
    }
    read.insert(text.to_owned(), policy.clone());
    Ok(policy)
}
