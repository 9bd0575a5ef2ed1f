//! Entitlements: lots of uses, and which one covers a visit.

use serde::{Deserialize, Serialize};

use crate::event::{Ids, New};

/// What somebody wants.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EntitlementCommand {}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EntitlementEvent {}

impl EntitlementEvent {
    pub(crate) const fn made(&self) -> Option<New> {
        match *self {}
    }

    pub(crate) fn resolve(&mut self, _ids: &Ids) {
        match *self {}
    }
}
