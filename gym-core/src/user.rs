//! A [`User`] may log in; a [`RoleGrant`] says what they may do, where, and from when until when.
//!
//! One person may hold several roles: a trainer who trains is also a member.
//!
//! ```
//! use gym_core::id::{LocationId, RoleGrantId, UserId};
//! use gym_core::user::{Role, RoleGrant};
//!
//! let grant = RoleGrant {
//!     id: RoleGrantId::new(1)?,
//!     user: UserId::new(1)?,
//!     role: Role::FrontDesk,
//!     location: Some(LocationId::new(2)?),
//!     from: "2026-01-01".parse()?,
//!     until: None,
//! };
//! assert!(grant.holds(LocationId::new(2)?, "2026-02-01".parse()?));
//! assert!(!grant.holds(LocationId::new(3)?, "2026-02-01".parse()?));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::id::{LocationId, RoleGrantId, UserId};

/// What is known of a person; the only place where personal data lives.
///
/// It is left out wherever a value is serialized for the journal, so that a person can be erased
/// without touching what happened. The default is a person who was erased.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The full name, as the person writes it.
    pub name: String,
    /// The e-mail address.
    pub email: Option<String>,
    /// The date of birth.
    pub born_on: Option<NaiveDate>,
}

impl Default for Person {
    fn default() -> Self {
        Self {
            name: "(erased)".to_owned(),
            email: None,
            born_on: None,
        }
    }
}

/// A field of a person that cannot be accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {value:?} is not accepted; expected {expected}")]
pub struct InvalidPerson {
    /// The field: `name` or `email`.
    pub field: &'static str,
    /// What was given.
    pub value: String,
    /// What would be accepted.
    pub expected: &'static str,
}

impl Person {
    /// Makes a person of a name and, if known, an e-mail address; both are trimmed.
    pub fn new(name: &str, email: Option<&str>) -> Result<Self, InvalidPerson> {
        let bad = |field, value: &str, expected| InvalidPerson {
            field,
            value: value.to_owned(),
            expected,
        };
        let name = name.trim();
        if name.is_empty() || name.chars().count() > 200 || name.chars().any(char::is_control) {
            return Err(bad("name", name, "1 to 200 characters on one line"));
        }
        let email = email.map(str::trim).filter(|email| !email.is_empty());
        if let Some(email) = email {
            let mut parts = email.split('@');
            let shaped = matches!((parts.next(), parts.next(), parts.next()), (Some(a), Some(b), None) if !a.is_empty() && b.contains('.') && !b.starts_with('.') && !b.ends_with('.'));
            if !shaped || email.len() > 254 || email.chars().any(|c| c.is_whitespace() || c.is_control()) {
                return Err(bad("email", email, "an address such as ada@example.org"));
            }
        }
        Ok(Self {
            name: name.to_owned(),
            email: email.map(str::to_owned),
            born_on: None,
        })
    }
}

/// A person who may log in; linked to at most one member and one trainer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// The user.
    pub id: UserId,
    /// Who it is.
    #[serde(skip)]
    pub person: Person,
}

/// What a user may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Everything.
    Admin,
    /// Gives classes and sessions. May do whatever the front desk may: who is to do less is no staff of the location.
    Trainer,
    /// Books for members, overrides rules, marks attendance, changes the timetable and who trains whom.
    FrontDesk,
    /// Books for themselves.
    Member,
}

impl Role {
    /// All roles.
    pub const ALL: [Self; 4] = [Self::Admin, Self::Trainer, Self::FrontDesk, Self::Member];

    /// Returns the name in JSON and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Trainer => "trainer",
            Self::FrontDesk => "front_desk",
            Self::Member => "member",
        }
    }

    /// Whether the role may act for members and override rules.
    pub const fn is_staff(self) -> bool {
        matches!(self, Self::Admin | Self::FrontDesk | Self::Trainer)
    }
}

/// A role that a user holds at one location, or at all, for some days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleGrant {
    /// The grant.
    pub id: RoleGrantId,
    /// Who holds the role.
    pub user: UserId,
    /// The role.
    pub role: Role,
    /// Where; everywhere if none.
    pub location: Option<LocationId>,
    /// The first day.
    pub from: NaiveDate,
    /// The last day; for good if none.
    pub until: Option<NaiveDate>,
}

impl RoleGrant {
    /// Whether the role is held at a location on a civil day there.
    pub fn holds(&self, location: LocationId, on: NaiveDate) -> bool {
        self.location.is_none_or(|at| at == location) && self.is_on(on)
    }

    /// Whether the role is held anywhere on a civil day.
    pub fn is_on(&self, on: NaiveDate) -> bool {
        self.from <= on && self.until.is_none_or(|until| on <= until)
    }
}

/// Who gives a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// The program that embeds the library; it may do everything.
    #[default]
    System,
    /// A person, who may do what their roles allow.
    User(UserId),
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System => f.write_str("system"),
            Self::User(id) => write!(f, "user {id}"),
        }
    }
}
