//! A [`Link`] says who pays for a membership, who else uses it, and who is guardian of whom: three different people.
//!
//! A company that pays for its people is a member record that pays and never trains.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::event::{Ids, Resolve};
use crate::id::{LinkId, MemberId, MembershipId};
use crate::time::Instant;

/// What a link says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bond {
    /// The person pays for a membership, in place of whoever did.
    Payer(MembershipId),
    /// The person uses a membership, besides its member.
    Beneficiary(MembershipId),
    /// The person signs for another.
    Guardian(MemberId),
}

impl Bond {
    /// Returns the name of what it says, in JSON and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Payer(_) => "payer",
            Self::Beneficiary(_) => "beneficiary",
            Self::Guardian(_) => "guardian",
        }
    }

    /// Returns the membership that it is about.
    pub const fn membership(self) -> Option<MembershipId> {
        match self {
            Self::Payer(id) | Self::Beneficiary(id) => Some(id),
            Self::Guardian(_) => None,
        }
    }

    /// Returns the person that somebody signs for.
    pub const fn ward(self) -> Option<MemberId> {
        match self {
            Self::Guardian(ward) => Some(ward),
            _ => None,
        }
    }
}

/// A dated link of a person to a membership or to another person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// The link.
    pub id: LinkId,
    /// Who pays, uses or signs.
    pub person: MemberId,
    /// What for.
    pub bond: Bond,
    /// The first day.
    pub from: NaiveDate,
    /// The day after the last; for good if none.
    pub until: Option<NaiveDate>,
    /// The civil day on which it was recorded.
    pub recorded_on: NaiveDate,
    /// When it was recorded, as [`Edit::recorded_at`](super::freeze::Edit::recorded_at).
    pub recorded_at: Instant,
}

impl Link {
    /// Whether it holds on a civil day.
    pub fn holds(&self, day: NaiveDate) -> bool {
        self.from <= day && self.until.is_none_or(|until| day < until)
    }
}

impl Resolve for Link {
    fn resolve(&mut self, ids: &Ids) {
        self.id.resolve(ids);
        self.person.resolve(ids);
        match &mut self.bond {
            Bond::Payer(id) | Bond::Beneficiary(id) => id.resolve(ids),
            Bond::Guardian(id) => id.resolve(ids),
        }
    }
}
