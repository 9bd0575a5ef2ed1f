//! What a location does about money that does not come: a [`PaymentPolicy`], checked and kept as data.

use serde::{Deserialize, Serialize};

use crate::billing::dunning::Dunning;
use crate::booking::policy::InvalidPolicy;
use crate::id::{LocationId, PaymentPolicyId};

/// The rules about late and lost money.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PaymentPolicy {
    /// When to try again, remind, hand over and stop.
    pub dunning: Dunning,
    /// When a debt closes the door.
    pub door: DoorPolicy,
    /// How long a gift card can be used, in months from its sale; for good if none.
    pub gift_card_months: Option<u32>,
    /// What becomes of what is never used.
    pub breakage: Breakage,
}

/// When a debt closes the door. A policy of its own: dunning never decides about access.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DoorPolicy {
    /// For how many days after the due day a debt does not count.
    pub grace_days: u32,
    /// Up to which debt nobody is stopped, in minor units.
    pub grace_minor: i64,
}

impl Default for DoorPolicy {
    fn default() -> Self {
        Self {
            grace_days: 14,
            grace_minor: 0,
        }
    }
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
        let checks = [
            (
                self.door.grace_days <= 3650,
                "door.grace_days",
                i64::from(self.door.grace_days),
                "at most 3650 days",
            ),
            (
                self.door.grace_minor >= 0,
                "door.grace_minor",
                self.door.grace_minor,
                "an amount of at least 0",
            ),
            (
                self.gift_card_months
                    .is_none_or(|months| (1..=1200).contains(&months)),
                "gift_card_months",
                i64::from(self.gift_card_months.unwrap_or(0)),
                "1 to 1200 months",
            ),
        ];
        match checks.into_iter().find(|(ok, ..)| !ok) {
            Some((_, field, value, expected)) => Err(InvalidPolicy {
                field,
                value: value.to_string(),
                expected,
            }),
            None => Ok(()),
        }
    }
}
