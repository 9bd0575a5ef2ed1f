//! A [`Member`] trains at the club; an [`Access`] lets them use a location.
//!
//! ```
//! use gym_core::{id::{AccessId, LocationId, MemberId}, member::Access};
//! let access = Access {
//!     id: AccessId::new(1)?,
//!     member: MemberId::new(1)?,
//!     location: LocationId::new(1)?,
//!     from: "2026-01-01".parse()?,
//!     until: Some("2026-01-31".parse()?),
//! };
//! assert!(access.allows(LocationId::new(1)?, "2026-01-31".parse()?));
//! assert!(!access.allows(LocationId::new(1)?, "2026-02-01".parse()?));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::id::{AccessId, LocationId, MemberId, UserId};
use crate::user::Person;

/// A person who trains at the club.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// The member.
    pub id: MemberId,
    /// The login, if there is one.
    pub user: Option<UserId>,
    /// Who it is.
    #[serde(skip)]
    pub person: Person,
    /// Where they are at home, and may always train.
    pub home: LocationId,
    /// Their first day, at home.
    pub joined_on: NaiveDate,
}

/// A right to use a location besides home: one row of the seed's `Member_Location_Access`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Access {
    /// The right.
    pub id: AccessId,
    /// Whose.
    pub member: MemberId,
    /// Where.
    pub location: LocationId,
    /// The first day.
    pub from: NaiveDate,
    /// The last day; for good if none.
    pub until: Option<NaiveDate>,
}

impl Access {
    /// Whether it lets the member in at a location on a civil day there.
    pub fn allows(&self, location: LocationId, on: NaiveDate) -> bool {
        self.location == location && self.from <= on && self.until.is_none_or(|until| on <= until)
    }
}
