//! A [`Charge`] is something that is charged once, on the next invoice of who pays.

use serde::{Deserialize, Serialize};

use super::obligation::Obligation;
use crate::id::{ChargeId, LocationId, MemberId};

/// Something that is charged once: a training session, a class, a pass.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charge {
    /// The charge.
    pub id: ChargeId,
    /// Where it is supplied.
    pub location: LocationId,
    /// Who pays.
    pub payer: MemberId,
    /// What is owed.
    pub obligation: Obligation,
}
