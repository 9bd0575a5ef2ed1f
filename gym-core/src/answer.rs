//! An [`Answer`] of something outside the house, such as a plugin: what it proposes, or why there is nothing.
//!
//! ```
//! use gym_core::answer::Answer;
//!
//! let answer = Answer::<u8>::none("out of fuel").recorded(r#"{"fuel":1000000}"#);
//! assert_eq!(serde_json::to_string(&answer)?, r#"{"proposed":{"Err":"out of fuel"},"record":"{\"fuel\":1000000}"}"#);
//! # Ok::<(), serde_json::Error>(())
//! ```

use serde::{Deserialize, Serialize};

/// What is proposed to the gym: changes of prices, workouts, offers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer<T> {
    /// What is proposed, or a sentence that says why there is nothing to be had.
    pub proposed: Result<Vec<T>, String>,
    /// How it came to that, for whoever proves it later. What it says is the affair of whoever answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<String>,
}

impl<T> Answer<T> {
    /// Makes an answer out of what is proposed.
    pub const fn of(proposed: Vec<T>) -> Self {
        Self {
            proposed: Ok(proposed),
            record: None,
        }
    }

    /// Makes the answer of one that has failed.
    pub fn none(why: impl Into<String>) -> Self {
        Self {
            proposed: Err(why.into()),
            record: None,
        }
    }

    /// Adds how it came to that.
    #[must_use]
    pub fn recorded(mut self, record: impl Into<String>) -> Self {
        self.record = Some(record.into());
        self
    }
}
