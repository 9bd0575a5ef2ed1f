//! A [`BillingPolicy`]: how long payers have, which prices may be proposed, and how far they may go.
//!
//! ```
//! use gym_core::billing::policy::{BillingPolicy, Bounds};
//!
//! let policy = BillingPolicy { bounds: Bounds { floor: 50_000, ceiling: 120_000 }, ..BillingPolicy::default() };
//! assert!(policy.check().is_ok());
//! let wrong = BillingPolicy { bounds: Bounds { floor: 120_000, ceiling: 50_000 }, ..policy };
//! assert_eq!(wrong.check().unwrap_err().field, "bounds.floor");
//! ```

use serde::{Deserialize, Serialize};

use super::pricing::Rule;
use super::tax::WHOLE;
use crate::booking::policy::InvalidPolicy;
use crate::id::{BillingPolicyId, LocationId};

/// How a location bills.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BillingPolicy {
    /// How many civil days a payer has after the invoice was issued.
    pub days_to_pay: u32,
    /// What happens when several proposals are about one thing.
    pub stacking: Stacking,
    /// How far proposals may move a price.
    pub bounds: Bounds,
    /// How many minutes what a pricing outside the house has answered may be used.
    pub quote_minutes: u32,
    /// The house's own pricings, in the order of application.
    pub rules: Vec<Rule>,
}

impl Default for BillingPolicy {
    /// Fourteen days, every proposal, down to nothing and up to twice the list price, half an hour, no rules.
    fn default() -> Self {
        Self {
            days_to_pay: 14,
            stacking: Stacking::All,
            bounds: Bounds {
                floor: 0,
                ceiling: 2 * WHOLE,
            },
            quote_minutes: 30,
            rules: Vec::new(),
        }
    }
}

/// What happens when several proposals are about one thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stacking {
    /// All count, in the order of the pricings; each share is of the list price.
    All,
    /// The proposal that is best for the payer over the whole request counts, the first of equals.
    Best,
}

/// How far proposals may move a price, as shares of the list price in thousandths of a percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Bounds {
    /// The least.
    pub floor: u32,
    /// The most.
    pub ceiling: u32,
}

/// A version of the billing policy, for one location or for all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BillingPolicyVersion {
    /// The version.
    pub id: BillingPolicyId,
    /// For which location; for all that have none of their own if none.
    pub location: Option<LocationId>,
    /// The rules.
    pub policy: BillingPolicy,
}

impl BillingPolicy {
    /// Checks what types cannot hold.
    ///
    /// # Errors
    /// The first field that is out of its bounds.
    pub fn check(&self) -> Result<(), InvalidPolicy> {
        let wrong = |field, value: String, expected| {
            Err(InvalidPolicy {
                field,
                value,
                expected,
            })
        };
        let Bounds { floor, ceiling } = self.bounds;
        if self.days_to_pay > 3660 {
            return wrong("days_to_pay", self.days_to_pay.to_string(), "at most 3660 days");
        }
        if floor > WHOLE {
            return wrong(
                "bounds.floor",
                floor.to_string(),
                "at most 100000, which is the list price",
            );
        }
        if !(WHOLE..=100 * WHOLE).contains(&ceiling) {
            return wrong(
                "bounds.ceiling",
                ceiling.to_string(),
                "100000, the list price, to a hundred times that",
            );
        }
        if !(1..=44_640).contains(&self.quote_minutes) {
            return wrong(
                "quote_minutes",
                self.quote_minutes.to_string(),
                "1 to 44640 minutes, which are 31 days",
            );
        }
        if self.rules.len() > 100 {
            return wrong("rules", self.rules.len().to_string(), "at most 100 rules");
        }
        Ok(())
    }
}
