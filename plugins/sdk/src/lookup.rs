//! Rows of the gym's tables, where the installation was granted them. What is read is recorded with the answer.
//!
//! A plugin that calls [`row`] imports `gym:plugins/lookup`, and does not load where that is not granted.

use crate::{Fact, Failure};

/// Returns the row of a table, if there is one. Native tests have no tables.
///
/// # Errors
/// [`FailureCode::Unsupported`](crate::FailureCode::Unsupported) for a table that was not granted.
#[cfg(target_arch = "wasm32")]
pub fn row(table: &str, key: &str) -> Result<Option<Vec<Fact>>, Failure> {
    crate::bindings::base::gym::plugins::lookup::get(table, key)
}

/// Returns the row of a table, if there is one. Native tests have no tables.
///
/// # Errors
/// [`FailureCode::Unsupported`](crate::FailureCode::Unsupported) for a table that was not granted.
#[cfg(not(target_arch = "wasm32"))]
pub fn row(table: &str, key: &str) -> Result<Option<Vec<Fact>>, Failure> {
    Err(Failure::unsupported(format!(
        "table {table}, key {key}: there are no tables outside a host"
    )))
}
