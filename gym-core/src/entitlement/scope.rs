//! [`Scope`]: what the uses of a lot are for. [`Visited`] is a visit as a scope sees it.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::explain::Misfit;
use super::terms::InvalidTerms;
use crate::id::{LocationId, SeriesId};
use crate::schedule::availability::Hours;
use crate::time::Unit;

/// What the uses of a lot are for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Scope {
    /// Where; everywhere if none.
    pub locations: Option<BTreeSet<LocationId>>,
    /// Which classes; no class if none.
    pub classes: Option<ClassScope>,
    /// Whether they are for training sessions.
    pub sessions: bool,
    /// When and where they open doors; no door if none.
    pub door: Option<DoorRight>,
}

/// Which classes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ClassScope {
    /// The programmes; all if none.
    pub programmes: Option<BTreeSet<String>>,
    /// The series; all if none. A class that happens once has no series, and what a change splits off from a series is
    /// another one.
    pub series: Option<BTreeSet<SeriesId>>,
}

/// A right to come in.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DoorRight {
    /// The areas, besides the way in; all if none.
    pub areas: Option<BTreeSet<String>>,
    /// The civil hours of a week in which it holds, e.g. off-peak in two parts; always if empty.
    pub windows: Vec<Hours>,
    /// How often; as often as one likes if none.
    pub limit: Option<VisitLimit>,
}

/// How often somebody may come. Days count, not visits: who comes again on the same day comes once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct VisitLimit {
    /// The most days with a visit.
    pub most: u32,
    /// In what time.
    pub per: Window,
}

/// A time in which visits are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Window {
    /// The civil day, week (from Monday), month or year that the visit is in.
    Calendar(Unit),
    /// So many civil days, of which the day of the visit is the last.
    Rolling {
        /// How many, at least 1.
        days: u32,
    },
}

/// What kind of visit it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind<'a> {
    /// A class.
    Class {
        /// Its programme.
        programme: &'a str,
        /// Its series.
        series: Option<SeriesId>,
    },
    /// A training session.
    Session,
    /// The door.
    Door,
}

/// A visit as a scope sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Visited<'a> {
    /// Where.
    pub location: LocationId,
    /// What kind.
    pub kind: Kind<'a>,
    /// The civil day there.
    pub on: NaiveDate,
}

impl Kind<'_> {
    /// Returns the place of visits of this kind among those of one member that start at the same time.
    pub(crate) const fn order(&self) -> u8 {
        match self {
            Self::Class { .. } => 0,
            Self::Session => 1,
            Self::Door => 2,
        }
    }
}

impl Scope {
    /// Returns the scope of every class everywhere, and nothing else.
    pub fn classes() -> Self {
        Self {
            classes: Some(ClassScope::default()),
            ..Self::default()
        }
    }

    /// Returns the scope of everything, everywhere, at any time.
    pub fn everything() -> Self {
        Self {
            sessions: true,
            door: Some(DoorRight::default()),
            ..Self::classes()
        }
    }

    /// Says why it does not cover a visit, if it does not. Days, hours and numbers are not looked at.
    pub(crate) fn against(&self, visit: &Visited<'_>) -> Option<Misfit> {
        if let Some(locations) = &self.locations
            && !locations.contains(&visit.location)
        {
            return Some(Misfit::Location {
                location: visit.location,
            });
        }
        match visit.kind {
            Kind::Class { programme, series } => match &self.classes {
                None => Some(Misfit::Kind),
                Some(classes) => classes.against(programme, series),
            },
            Kind::Session => (!self.sessions).then_some(Misfit::Kind),
            Kind::Door => self.door.is_none().then_some(Misfit::Kind),
        }
    }

    /// Returns how much it covers: what covers less comes first. Kinds of visit, then locations, programmes, series.
    pub(crate) fn width(&self) -> (u32, u32, u32, u32) {
        let kinds = [self.classes.is_some(), self.sessions, self.door.is_some()];
        let size = |len: Option<usize>| len.map_or(u32::MAX, |len| u32::try_from(len).unwrap_or(u32::MAX));
        let classes = self.classes.as_ref();
        (
            kinds.into_iter().map(u32::from).sum(),
            size(self.locations.as_ref().map(BTreeSet::len)),
            size(classes.and_then(|it| it.programmes.as_ref()).map(BTreeSet::len)),
            size(classes.and_then(|it| it.series.as_ref()).map(BTreeSet::len)),
        )
    }

    pub(crate) fn check(&self) -> Result<(), InvalidTerms> {
        let wrong = |field, value: &str, expected| {
            let value = value.to_owned();
            Err(InvalidTerms {
                field,
                value,
                expected,
            })
        };
        if self.classes.is_none() && !self.sessions && self.door.is_none() {
            return wrong("scope", "nothing", "classes, sessions or a door");
        }
        let limit = self.door.as_ref().and_then(|door| door.limit);
        match limit {
            Some(VisitLimit { most: 0, .. }) => wrong("scope.door.limit.most", "0", "at least 1"),
            Some(VisitLimit {
                per: Window::Rolling { days },
                ..
            }) if !(1..=3660).contains(&days) => {
                wrong("scope.door.limit.per.days", &days.to_string(), "1 to 3660")
            }
            _ => Ok(()),
        }
    }
}

impl ClassScope {
    fn against(&self, programme: &str, series: Option<SeriesId>) -> Option<Misfit> {
        if let Some(programmes) = &self.programmes
            && !programmes.contains(programme)
        {
            return Some(Misfit::Programme {
                programme: programme.to_owned(),
            });
        }
        let among = |all: &BTreeSet<SeriesId>| series.is_some_and(|series| all.contains(&series));
        match &self.series {
            Some(all) if !among(all) => Some(Misfit::Series { series }),
            _ => None,
        }
    }
}

impl std::fmt::Display for Window {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Calendar(Unit::Day) => f.write_str("calendar day"),
            Self::Calendar(Unit::Week) => f.write_str("calendar week"),
            Self::Calendar(Unit::Month) => f.write_str("calendar month"),
            Self::Calendar(Unit::Year) => f.write_str("calendar year"),
            Self::Rolling { days } => write!(f, "{days} days in a row"),
        }
    }
}

impl Window {
    /// Returns the first civil day that counts for a visit on `day`.
    pub fn since(self, day: NaiveDate) -> NaiveDate {
        use chrono::{Datelike, Days, Weekday};
        let start = match self {
            Self::Calendar(Unit::Day) => Some(day),
            Self::Calendar(Unit::Week) => Some(crate::booking::rules::week_of(day, Weekday::Mon)),
            Self::Calendar(Unit::Month) => day.with_day(1),
            Self::Calendar(Unit::Year) => NaiveDate::from_ymd_opt(day.year(), 1, 1),
            Self::Rolling { days } => day.checked_sub_days(Days::new(u64::from(days.saturating_sub(1)))),
        };
        start.unwrap_or(day)
    }

    /// Returns the first civil day after `day` on which a visit on `day` does not count any more.
    pub fn forgets(self, day: NaiveDate) -> Option<NaiveDate> {
        use chrono::{Days, Months};
        match self {
            Self::Calendar(Unit::Day) => day.succ_opt(),
            Self::Calendar(Unit::Week) => self.since(day).checked_add_days(Days::new(7)),
            Self::Calendar(Unit::Month) => self.since(day).checked_add_months(Months::new(1)),
            Self::Calendar(Unit::Year) => self.since(day).checked_add_months(Months::new(12)),
            Self::Rolling { days } => day.checked_add_days(Days::new(u64::from(days))),
        }
    }
}
