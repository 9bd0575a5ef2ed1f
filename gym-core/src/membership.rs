//! Memberships: what is sold, for how long, and how it ends.

use serde::{Deserialize, Serialize};

use crate::event::{Ids, New};

/// What somebody wants.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum MembershipCommand {}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum MembershipEvent {}

impl MembershipEvent {
    pub(crate) const fn made(&self) -> Option<New> {
        match *self {}
    }

    pub(crate) fn resolve(&mut self, _ids: &Ids) {
        match *self {}
    }
}
