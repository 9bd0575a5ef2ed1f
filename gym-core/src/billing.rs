//! Billing: what is owed, invoiced, paid and credited.

pub mod dunning;
pub mod gift_card;
pub mod invoice;
pub mod ledger;
pub mod obligation;
pub mod payment;
pub mod proration;
pub mod provider;
pub mod subscription;
pub mod tax;

use serde::{Deserialize, Serialize};

use crate::event::{Ids, New};

/// What somebody wants.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum BillingCommand {}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum BillingEvent {}

impl BillingEvent {
    pub(crate) const fn made(&self) -> Option<New> {
        match *self {}
    }

    pub(crate) fn resolve(&mut self, _ids: &Ids) {
        match *self {}
    }
}
