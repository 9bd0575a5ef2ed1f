//! A [`Jurisdiction`] is what the law says about contracts at a location, as data that the club keeps up to date.
//!
//! There is no law in the code: a version of the data is set for a location, and what it led to is recorded.
//!
//! ```
//! use gym_core::membership::jurisdiction::{CoolingOff, DayCount, Jurisdiction};
//!
//! let mut law = Jurisdiction::named("Example");
//! law.cooling_off = Some(CoolingOff { days: 5, count: DayCount::Business });
//! law.holidays.insert("2027-07-05".parse()?);
//! // Signed on Thursday 1 July: Friday, Tuesday, Wednesday, Thursday, Friday count.
//! let last = law.last_day(law.cooling_off.unwrap(), "2027-07-01".parse()?);
//! assert_eq!(last, "2027-07-09".parse().ok());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::collections::BTreeSet;

use chrono::{Datelike, NaiveDate, Weekday};
use serde::{Deserialize, Serialize};

use crate::id::{JurisdictionId, LocationId};
use crate::time::Cycle;

/// Which days count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayCount {
    /// Every day.
    Calendar,
    /// Days that are neither days of rest nor holidays of the jurisdiction.
    Business,
}

/// A time in which a contract can be taken back for all the money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CoolingOff {
    /// How many days, after that of the sale.
    pub days: u32,
    /// Which days count.
    pub count: DayCount,
}

/// Why somebody may leave by right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ground {
    /// They died.
    Death,
    /// They can no longer use what the contract is about.
    Disability,
    /// They moved away.
    Moved,
    /// They are expecting a child.
    Pregnancy,
    /// They were called up.
    Service,
    /// The club closed, or what it offers is not there any more.
    ClubClosed,
    /// One of these: a journal does not say which. Nobody can leave on it.
    Unsaid,
}

impl Ground {
    /// Every ground that somebody may leave on.
    pub const ALL: [Self; 6] = [
        Self::Death,
        Self::Disability,
        Self::Moved,
        Self::Pregnancy,
        Self::Service,
        Self::ClubClosed,
    ];

    /// Returns the name in JSON and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Death => "death",
            Self::Disability => "disability",
            Self::Moved => "moved",
            Self::Pregnancy => "pregnancy",
            Self::Service => "service",
            Self::ClubClosed => "club_closed",
            Self::Unsaid => "unsaid",
        }
    }
}

/// A right to leave before the commitment and the notice are over, with what was paid ahead given back by the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExitRight {
    /// Why.
    pub ground: Ground,
    /// The distance of a move, in kilometres, from which it counts; any if none.
    #[serde(default)]
    pub beyond_km: Option<u32>,
    /// How many days after it is claimed the membership ends.
    #[serde(default)]
    pub notice_days: u32,
    /// Whether it has to be proved, such as a move or an illness: then staff records it, who sees the proof. What needs
    /// none, members record themselves.
    #[serde(default = "yes")]
    pub proof: bool,
}

/// What the law says about contracts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Jurisdiction {
    /// What people call it, with the statutes and the day that it was read from.
    pub name: String,
    /// The time in which a contract can be taken back.
    #[serde(default)]
    pub cooling_off: Option<CoolingOff>,
    /// The rights to leave.
    #[serde(default)]
    pub exits: Vec<ExitRight>,
    /// The longest term that may be sold.
    #[serde(default)]
    pub longest_term: Option<Cycle>,
    /// The longest term that a renewal may bind for; a renewal without end is always possible.
    #[serde(default)]
    pub longest_renewal: Option<Cycle>,
    /// Whether a contract is renewed only if the member agreed to that, apart from the contract.
    #[serde(default)]
    pub renewal_consent: bool,
    /// The longest notice that can be asked for.
    #[serde(default)]
    pub longest_notice: Option<Cycle>,
    /// The most that ending early costs, in thousandths of a percent of what the rest of the commitment would.
    #[serde(default)]
    pub early_end_share: Option<u32>,
    /// The days of the week on which no business is done.
    #[serde(default = "weekend")]
    pub rest: BTreeSet<WeekdayNumber>,
    /// The days on which no business is done.
    #[serde(default)]
    pub holidays: BTreeSet<NaiveDate>,
}

/// A day of the week as ISO 8601 numbers it: 1 is Monday, 7 is Sunday.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct WeekdayNumber(u8);

/// A number that is no day of the week.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("weekday: {0} is not accepted; expected 1 (Monday) to 7 (Sunday)")]
pub struct InvalidWeekday(pub u8);

impl TryFrom<u8> for WeekdayNumber {
    type Error = InvalidWeekday;

    fn try_from(number: u8) -> Result<Self, InvalidWeekday> {
        if (1..=7).contains(&number) {
            Ok(Self(number))
        } else {
            Err(InvalidWeekday(number))
        }
    }
}

impl From<WeekdayNumber> for u8 {
    fn from(day: WeekdayNumber) -> Self {
        day.0
    }
}

impl From<Weekday> for WeekdayNumber {
    fn from(day: Weekday) -> Self {
        Self(u8::try_from(day.number_from_monday()).unwrap_or(7))
    }
}

const fn yes() -> bool {
    true
}

fn weekend() -> BTreeSet<WeekdayNumber> {
    BTreeSet::from([Weekday::Sat.into(), Weekday::Sun.into()])
}

/// The version of the law in force at a location, or at all that have none of their own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JurisdictionVersion {
    /// The version.
    pub id: JurisdictionId,
    /// Where; at all locations that have none of their own if none.
    pub location: Option<LocationId>,
    /// The law.
    pub law: Jurisdiction,
}

/// A field of a jurisdiction that cannot be accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("jurisdiction {field}: {value} is not accepted; expected {expected}")]
pub struct InvalidJurisdiction {
    /// The field.
    pub field: &'static str,
    /// What was given.
    pub value: String,
    /// What would be accepted.
    pub expected: &'static str,
}

impl Jurisdiction {
    /// Makes one that says nothing, with Saturdays and Sundays as days of rest.
    pub fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            cooling_off: None,
            exits: Vec::new(),
            longest_term: None,
            longest_renewal: None,
            renewal_consent: false,
            longest_notice: None,
            early_end_share: None,
            rest: weekend(),
            holidays: BTreeSet::new(),
        }
    }

    /// Checks that it can be applied.
    ///
    /// # Errors
    /// The first field that cannot.
    pub fn check(&self) -> Result<(), InvalidJurisdiction> {
        let bad = |field, value: String, expected| {
            Err(InvalidJurisdiction {
                field,
                value,
                expected,
            })
        };
        let name = self.name.trim();
        if name.is_empty() || name.chars().count() > 200 || name.chars().any(char::is_control) {
            return bad("name", format!("{name:?}"), "1 to 200 characters on one line");
        }
        if let Some(cooling) = self.cooling_off.filter(|it| !(1..=366).contains(&it.days)) {
            return bad("cooling_off days", cooling.days.to_string(), "1 to 366");
        }
        if self.rest.len() > 6 {
            return bad("rest", self.rest.len().to_string(), "at most 6 days of the week");
        }
        if let Some(exit) = self.exits.iter().find(|exit| exit.notice_days > 366) {
            return bad("exits notice_days", exit.notice_days.to_string(), "at most 366");
        }
        if self.exits.iter().any(|exit| !Ground::ALL.contains(&exit.ground)) {
            return bad("exits ground", "unsaid".to_owned(), "why somebody may leave");
        }
        match self.early_end_share {
            Some(share) if share > 100_000 => {
                bad("early_end_share", share.to_string(), "at most 100000 (100 %)")
            }
            _ => Ok(()),
        }
    }

    /// Whether business is done on a day.
    pub fn is_business_day(&self, day: NaiveDate) -> bool {
        !self.rest.contains(&day.weekday().into()) && !self.holidays.contains(&day)
    }

    /// Returns the last day of a cooling-off time for a contract of a day; none past the calendar's end.
    pub fn last_day(&self, cooling: CoolingOff, sold_on: NaiveDate) -> Option<NaiveDate> {
        let counts = |day: &NaiveDate| cooling.count == DayCount::Calendar || self.is_business_day(*day);
        let days = sold_on.iter_days().skip(1).take(20_000).filter(counts);
        days.take(usize::try_from(cooling.days).ok()?).last()
    }

    /// Returns the rights to leave on a ground, for a move of so many kilometres.
    pub fn rights(&self, ground: Ground, km: Option<u32>) -> impl Iterator<Item = &ExitRight> {
        self.exits.iter().filter(move |right| {
            right.ground == ground
                && right
                    .beyond_km
                    .is_none_or(|least| km.is_some_and(|km| km > least))
        })
    }
}
