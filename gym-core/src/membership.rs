//! A [`Membership`] is a contract of a member: what was bought, from when on, for how long, and how it ends.
//!
//! It starts on a day and lasts by [`Term`]s of a duration, never to a date that somebody types. Its days are counted
//! by the contract and moved by [`freeze::Edit`]s; what it costs is [`crate::billing::subscription::owed`].
//!
//! ```
//! use gym_core::membership::after;
//! use gym_core::time::{Cycle, Unit};
//!
//! // Terms are measured from the first day, so that a short month does not wear the day of the month away.
//! let (start, month) = ("2027-01-31".parse()?, Cycle::MONTH);
//! assert_eq!(after(start, &[month]), "2027-02-28".parse().ok());
//! assert_eq!(after(start, &[month, Cycle::new(1, Unit::Month)?]), "2027-03-31".parse().ok());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod act;
pub mod contract;
pub mod freeze;
pub mod intro;
pub mod jurisdiction;
pub mod link;
pub mod notice;
mod objection;
pub mod plan;
pub mod recorded;

use chrono::{Months, NaiveDate};
use serde::{Deserialize, Serialize};

pub use self::act::{MembershipCommand, MembershipEvent};
pub use self::objection::Objection;
use crate::id::{
    JurisdictionId, LocationId, MemberId, MembershipId, MembershipTypeId, PlanVersionId, TermId,
};
use crate::time::{Cycle, Unit};

/// A contract of a member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    /// The membership.
    pub id: MembershipId,
    /// Whose it is.
    pub member: MemberId,
    /// Of which type.
    pub of: MembershipTypeId,
    /// The version of the plan that was bought.
    pub plan: PlanVersionId,
    /// Where it was sold: whose clocks, currency and law hold.
    pub location: LocationId,
    /// The version of the law in force there at the sale; none if none was set. What it gave stays.
    pub law: Option<JurisdictionId>,
    /// Whether the member agreed to renewals.
    pub consent: Consent,
    /// The civil day of the sale.
    pub sold_on: NaiveDate,
    /// The first civil day.
    pub start: NaiveDate,
    /// The first day, as the contract counts them, on which it may end; none without a commitment.
    pub committed: Option<NaiveDate>,
    /// Whether the first periods cost the introductory price.
    pub intro: bool,
    /// The membership whose place it took.
    pub follows: Option<MembershipId>,
    /// The first day, as the contract counts them, that neither a term nor a notice lets it last to; none while it
    /// runs without an end.
    pub until: Option<NaiveDate>,
    /// The first civil day after its end, once it was found to have ended.
    pub ended_on: Option<NaiveDate>,
}

/// Whether a member agreed to renewals, where the law of the sale asks for that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Consent {
    /// Nobody has to.
    NotNeeded,
    /// They did not, or do not any more: the membership ends with its term.
    Missing,
    /// They did, on a civil day.
    Given(NaiveDate),
}

impl Consent {
    /// Whether another term may begin.
    pub const fn renews(self) -> bool {
        !matches!(self, Self::Missing)
    }
}

/// A time that a membership was sold or renewed for. Days are counted by the contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Term {
    /// The term.
    pub id: TermId,
    /// Of which membership.
    pub membership: MembershipId,
    /// The first is 0.
    pub number: u32,
    /// The version of the plan that holds in it.
    pub plan: PlanVersionId,
    /// How long it was sold or renewed for; until notice if none.
    pub length: Option<Cycle>,
    /// The first day.
    pub from: NaiveDate,
    /// The day after the last.
    pub until: Option<NaiveDate>,
    /// The civil day on which it was recorded.
    pub recorded_on: NaiveDate,
}

/// Returns the day after terms of these lengths, one after the other from `start`; none past the calendar's end.
///
/// Months are added up and counted from `start`, so that 31 January and two terms of a month end on 31 March.
pub fn after(start: NaiveDate, lengths: &[Cycle]) -> Option<NaiveDate> {
    let (mut anchor, mut months) = (start, 0_u32);
    for length in lengths {
        match length.unit() {
            Unit::Month => months = months.checked_add(length.count())?,
            Unit::Year => months = months.checked_add(length.count().checked_mul(12)?)?,
            Unit::Day | Unit::Week => {
                anchor = length.start(anchor.checked_add_months(Months::new(months))?, 1)?;
                months = 0;
            }
        }
    }
    anchor.checked_add_months(Months::new(months))
}
