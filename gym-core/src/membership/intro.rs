//! An [`Intro`] is a price that a person pays at first, once; who is one person is a policy.
//!
//! ```
//! use gym_core::membership::intro::Identity;
//! use gym_core::user::Person;
//!
//! let ada = Person::new("Ada Lovelace", Some("ada@example.org"))?;
//! let again = Person::new("A. Lovelace", Some("Ada@Example.org"))?;
//! assert!(Identity::Email.same(&ada, &again));
//! assert!(!Identity::NameAndBirth.same(&ada, &again));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::money::Money;
use crate::time::Days;
use crate::user::Person;

/// Who may have an introductory price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Newcomer {
    /// Who never had a membership.
    New,
    /// Who never had one, or whose last ended so many days ago.
    NewOrReturning {
        /// The days since the last one ended.
        after_days: u32,
    },
}

/// What makes two members one person, besides being one member.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Identity {
    /// Nothing.
    Member,
    /// The same e-mail address, whatever the case of its letters A to Z.
    #[default]
    Email,
    /// The same name, whatever its case and spaces, and the same day of birth.
    NameAndBirth,
}

impl Identity {
    /// Whether two members are one person. What is not known is never the same.
    pub fn same(self, one: &Person, other: &Person) -> bool {
        match self {
            Self::Member => false,
            Self::Email => match (&one.email, &other.email) {
                (Some(one), Some(other)) => one.eq_ignore_ascii_case(other),
                _ => false,
            },
            Self::NameAndBirth => {
                one.born_on.is_some()
                    && one.born_on == other.born_on
                    && plain(&one.name) == plain(&other.name)
            }
        }
    }
}

fn plain(name: &str) -> String {
    name.split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .to_lowercase()
}

/// A price for the first periods of a membership, once per person; then the plan's price holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Intro {
    /// Who may have it.
    pub who: Newcomer,
    /// What a period costs.
    pub price: Money,
    /// For how many periods.
    pub periods: u32,
    /// What makes two members one person.
    #[serde(default)]
    pub identity: Identity,
}

/// What an earlier membership of a person says about an introductory price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Earlier {
    /// The day after its last; none while it runs.
    pub ended: Option<NaiveDate>,
    /// Whether it had an introductory price.
    pub intro: bool,
}

impl Intro {
    /// Whether a person with these earlier memberships may have it on a day.
    pub fn admits(&self, earlier: impl IntoIterator<Item = Earlier>, on: NaiveDate) -> bool {
        earlier.into_iter().all(|one| match self.who {
            _ if one.intro => false,
            Newcomer::New => false,
            Newcomer::NewOrReturning { after_days } => one
                .ended
                .is_some_and(|ended| (on - ended).num_days() >= i64::from(after_days)),
        })
    }
}

/// Returns since when somebody is a member without a break of more than `gap` days, as of a day; none if they are not.
///
/// Memberships are their first days and the days after their last. A later one that starts before the day counts
/// from where the chain of breaks no longer than `gap` begins.
pub fn continuous_since(
    memberships: impl IntoIterator<Item = (NaiveDate, Option<NaiveDate>)>,
    gap: u32,
    on: NaiveDate,
) -> Option<NaiveDate> {
    let mut spans: Vec<Days> = memberships
        .into_iter()
        .filter_map(|(from, until)| Days::new(from, until.unwrap_or(NaiveDate::MAX)).ok())
        .filter(|days| days.from() <= on)
        .collect();
    spans.sort_unstable();
    let mut chain: Option<(NaiveDate, NaiveDate)> = None;
    for days in spans {
        chain = Some(match chain {
            Some((since, until)) if (days.from() - until).num_days() <= i64::from(gap) => {
                (since, until.max(days.until()))
            }
            _ => (days.from(), days.until()),
        });
    }
    let (since, until) = chain?;
    ((on - until).num_days() < i64::from(gap).max(1) || on < until).then_some(since)
}
