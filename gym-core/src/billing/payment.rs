//! Payments: what was given, what it settles, and what came back.

use serde::{Deserialize, Serialize};

use crate::event::{Ids, New};

/// What somebody wants.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PaymentCommand {}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PaymentEvent {}

impl PaymentEvent {
    pub(crate) const fn made(&self) -> Option<New> {
        match *self {}
    }

    pub(crate) fn resolve(&mut self, _ids: &Ids) {
        match *self {}
    }
}
