//! Check-in: whether the door opens, and every reason why it does not.

use serde::{Deserialize, Serialize};

use crate::event::{Ids, New};

/// What somebody wants.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DoorCommand {}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DoorEvent {}

impl DoorEvent {
    pub(crate) const fn made(&self) -> Option<New> {
        match *self {}
    }

    pub(crate) fn resolve(&mut self, _ids: &Ids) {
        match *self {}
    }
}
