//! A [`Failure`]: the plugin says why it has no answer; the gym then does what its policy for the plugin says.
//!
//! `Failure` is an [`Error`](std::error::Error), so `?` works on it; bindings write its `Display`.

use crate::{Failure, FailureCode};

impl Failure {
    /// The plugin does not do this.
    pub fn unsupported(message: impl Into<String>) -> Self {
        Self::of(FailureCode::Unsupported, message)
    }

    /// The request cannot be answered.
    pub fn invalid_input(message: impl Into<String>) -> Self {
        Self::of(FailureCode::InvalidInput, message)
    }

    /// The settings are not accepted.
    pub fn invalid_config(message: impl Into<String>) -> Self {
        Self::of(FailureCode::InvalidConfig, message)
    }

    /// A lookup failed.
    pub fn dependency(message: impl Into<String>) -> Self {
        Self::of(FailureCode::Dependency, message)
    }

    /// A fault of the plugin.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::of(FailureCode::Internal, message)
    }

    fn of(code: FailureCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }
}
