//! A [`Subscription`] is the billing side of one membership; [`owed`] is everything that it comes to owe.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::id::{MemberId, MembershipId, SubscriptionId};

/// The billing side of exactly one membership.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// The subscription.
    pub id: SubscriptionId,
    /// The membership.
    pub membership: MembershipId,
    /// Who pays, unless a link names another from some day on.
    pub payer: MemberId,
    /// The day that billing periods are measured from; the membership's first, or the first of its calendar period.
    pub anchor: NaiveDate,
}
