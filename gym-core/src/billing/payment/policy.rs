//! What a location does about money that does not come: a [`PaymentPolicy`], checked and kept as data.

use serde::{Deserialize, Serialize};

use crate::billing::dunning::Dunning;
use crate::booking::policy::InvalidPolicy;
use crate::id::{LocationId, PaymentPolicyId};

/// The rules about late and lost money. When a debt closes the door is for the rules of the door to say: dunning never
/// decides about access.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PaymentPolicy {
    /// When to try again, remind, hand over and stop.
    pub dunning: Dunning,
    /// How long a gift card can be used, in months from its sale; for good if none.
    pub gift_card_months: Option<u32>,
    /// What becomes of what is never used.
    pub breakage: Breakage,
}

/// What becomes of a liability that runs out unused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Breakage {
    /// It stays owed.
    #[default]
    Never,
    /// It is income on the day on which it runs out.
    OnExpiry,
}

/// A version of the payment policy, for one location or for all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentPolicyVersion {
    /// The version.
    pub id: PaymentPolicyId,
    /// For which location; for all that have none of their own if none.
    pub location: Option<LocationId>,
    /// The rules.
    pub policy: PaymentPolicy,
}

impl PaymentPolicy {
    /// Checks every number.
    ///
    /// # Errors
    /// The first that makes no sense.
    pub fn check(&self) -> Result<(), InvalidPolicy> {
        self.dunning.check()?;
        let months = self
            .gift_card_months
            .filter(|months| !(1..=1200).contains(months));
        match months {
            Some(months) => Err(InvalidPolicy {
                field: "gift_card_months",
                value: months.to_string(),
                expected: "1 to 1200 months",
            }),
            None => Ok(()),
        }
    }
}
