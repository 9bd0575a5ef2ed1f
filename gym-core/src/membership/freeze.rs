//! An [`Edit`] changes what some civil days of a membership are: a freeze, a gift, days on which the club is closed.
//!
//! Edits are a set: a day belongs to the first edit by (first day, id) that covers it, so that overlapping days
//! count once and the order of commands does not matter. Each has exactly one [`Compensation`]. A closure leaves out the
//! days on which a member came ([`EditKind::Used`]). The [`Timeline`] is what they make of the days.
//!
//! ```
//! use gym_core::id::{EditId, MembershipId};
//! use gym_core::membership::freeze::{Compensation, Edit, EditKind, EditOf, FreezeFee, FreezeReason, Timeline};
//!
//! let freeze = Edit {
//!     id: EditId::new(1)?,
//!     of: EditOf::Membership(MembershipId::new(1)?),
//!     kind: EditKind::Freeze,
//!     from: "2027-03-10".parse()?,
//!     until: Some("2027-03-20".parse()?),
//!     compensation: Compensation::Extend,
//!     fee: FreezeFee::Free,
//!     why: FreezeReason::Travel,
//!     ends_on_return: true,
//!     recorded_on: "2027-03-01".parse()?,
//!     recorded_at: "2027-03-01T09:30:00Z".parse()?,
//!     ended: None,
//!     returned: None,
//! };
//! let timeline = Timeline::of([&freeze, &freeze], true); // the same twice is the same once
//! assert_eq!(timeline.actual("2027-04-01".parse()?), "2027-04-11".parse().ok());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod timeline;

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

pub use self::timeline::{Piece, Timeline};
use crate::event::{Ids, Resolve};
use crate::id::{EditId, LocationId, MembershipId};
use crate::money::Money;
use crate::time::{Days, Instant};

/// What a day that an edit took is given back as: exactly one of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Compensation {
    /// As a day at the end: what comes after is moved.
    Extend,
    /// As its price.
    Credit,
    /// Not at all.
    None,
}

impl Compensation {
    /// Every compensation.
    pub const ALL: [Self; 3] = [Self::Extend, Self::Credit, Self::None];

    /// Returns the name in JSON and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Extend => "extend",
            Self::Credit => "credit",
            Self::None => "none",
        }
    }
}

/// What kind of change it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EditKind {
    /// The member stays away, and may not come in.
    Freeze,
    /// Days that cost nothing; the member comes as always.
    Gift,
    /// The club is closed.
    Closure,
    /// A member came on a day that the club was then said to have been closed on: the day is theirs as it was.
    Used,
}

impl EditKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Freeze, Self::Gift, Self::Closure, Self::Used];

    /// Returns the name in JSON and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Freeze => "freeze",
            Self::Gift => "gift",
            Self::Closure => "closure",
            Self::Used => "used",
        }
    }
}

/// Whose days an edit changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EditOf {
    /// Those of one membership.
    Membership(MembershipId),
    /// Those of every membership of a location.
    Location(LocationId),
}

/// Why a membership is frozen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FreezeReason {
    /// For health.
    Medical,
    /// A child is expected or was born.
    Parenthood,
    /// Travel.
    Travel,
    /// Work elsewhere.
    Work,
    /// They were called up.
    Service,
    /// The club decided it.
    Club,
    /// Another reason, or none that was told.
    Other,
}

impl FreezeReason {
    /// Every reason.
    pub const ALL: [Self; 7] = [
        Self::Medical,
        Self::Parenthood,
        Self::Travel,
        Self::Work,
        Self::Service,
        Self::Club,
        Self::Other,
    ];

    /// Returns the name in JSON and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Medical => "medical",
            Self::Parenthood => "parenthood",
            Self::Travel => "travel",
            Self::Work => "work",
            Self::Service => "service",
            Self::Club => "club",
            Self::Other => "other",
        }
    }
}

/// What a freeze costs, besides what it gives back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FreezeFee {
    /// Nothing.
    #[default]
    Free,
    /// An amount, once.
    Once(Money),
    /// An amount for each billing period, counted from its first day, that begins while it lasts.
    PerPeriod(Money),
}

/// In which years freezes are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Year {
    /// Those from the first day of the membership.
    #[default]
    Contract,
    /// Those of the calendar.
    Calendar,
}

/// How a membership can be frozen. Lengths are in days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FreezeRules {
    /// What is given back.
    pub compensation: Compensation,
    /// What it costs.
    #[serde(default)]
    pub fee: FreezeFee,
    /// The shortest.
    #[serde(default = "one")]
    pub shortest: u32,
    /// The longest, which also means that a last day must be named.
    #[serde(default)]
    pub longest: Option<u32>,
    /// How many may begin in a year.
    #[serde(default)]
    pub per_year: Option<u32>,
    /// How many may begin in all.
    #[serde(default)]
    pub per_contract: Option<u32>,
    /// How many days of a year may be frozen; a freeze that runs into another year counts in each by its days there.
    #[serde(default)]
    pub days_per_year: Option<u32>,
    /// Which years are meant.
    #[serde(default)]
    pub year: Year,
    /// How many days before it begins it must be asked for.
    #[serde(default)]
    pub notice: u32,
    /// How many days ago it may have begun if staff records it late; such days are credited.
    #[serde(default)]
    pub backdated: u32,
    /// The reasons that are accepted; every reason if none is named.
    #[serde(default)]
    pub reasons: BTreeSet<FreezeReason>,
    /// Whether checking in ends it.
    #[serde(default = "yes")]
    pub ends_on_return: bool,
}

const fn one() -> u32 {
    1
}

const fn yes() -> bool {
    true
}

impl FreezeRules {
    /// Makes rules that ask for nothing, for a compensation.
    pub const fn free(compensation: Compensation) -> Self {
        Self {
            compensation,
            fee: FreezeFee::Free,
            shortest: 1,
            longest: None,
            per_year: None,
            per_contract: None,
            days_per_year: None,
            year: Year::Contract,
            notice: 0,
            backdated: 0,
            reasons: BTreeSet::new(),
            ends_on_return: true,
        }
    }
}

/// That an edit ended before its time, or was taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Ended {
    /// The first day that it does not cover any more.
    pub on: NaiveDate,
    /// The civil day on which that was recorded.
    pub recorded_on: NaiveDate,
    /// When that was recorded, as [`Edit::recorded_at`].
    pub recorded_at: Instant,
}

/// A change of what some civil days are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edit {
    /// The edit.
    pub id: EditId,
    /// Whose days.
    pub of: EditOf,
    /// What kind of change.
    pub kind: EditKind,
    /// The first day.
    pub from: NaiveDate,
    /// The day after the last; none until it is ended.
    pub until: Option<NaiveDate>,
    /// What its days are given back as.
    pub compensation: Compensation,
    /// What it costs.
    pub fee: FreezeFee,
    /// Why.
    pub why: FreezeReason,
    /// Whether checking in ends it.
    pub ends_on_return: bool,
    /// The civil day on which it was recorded, that of `recorded_at`.
    pub recorded_on: NaiveDate,
    /// When it was recorded: by the clock, or just after all that was recorded before of the membership and its location
    /// though the clock went back; of a location just after all that was recorded of any membership there.
    pub recorded_at: Instant,
    /// That it was recorded to end before its time.
    pub ended: Option<Ended>,
    /// That somebody came back before that.
    pub returned: Option<Ended>,
}

impl Edit {
    /// Returns its days; none if it ended before it began.
    pub fn days(&self) -> Option<Days> {
        self.days_known_on(NaiveDate::MAX)
    }

    /// Returns its days as they were known at the end of a civil day; none if it was not recorded, or had ended
    /// before it began.
    pub fn days_known_on(&self, day: NaiveDate) -> Option<Days> {
        if self.recorded_on > day {
            return None;
        }
        let known = self.ends().filter(|ended| ended.recorded_on <= day);
        let until = known.map(|ended| ended.on).chain(self.until).min();
        Days::new(self.from, until.unwrap_or(NaiveDate::MAX)).ok()
    }

    /// Returns every time that it was recorded to end before its time, in the order of recording.
    pub fn ends(&self) -> impl Iterator<Item = Ended> + use<> {
        self.ended.into_iter().chain(self.returned)
    }

    /// Whether it covers a day.
    pub fn covers(&self, day: NaiveDate) -> bool {
        self.days().is_some_and(|days| days.contains(day))
    }

    /// Whether the member may not come in on its days.
    pub fn keeps_out(&self) -> bool {
        !matches!(self.kind, EditKind::Gift | EditKind::Used)
    }
}

impl Resolve for Edit {
    fn resolve(&mut self, ids: &Ids) {
        self.id.resolve(ids);
        match &mut self.of {
            EditOf::Membership(id) => id.resolve(ids),
            EditOf::Location(id) => id.resolve(ids),
        }
    }
}
