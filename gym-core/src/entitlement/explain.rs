//! Why a lot does not serve, what would, and why a lot was chosen.

use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::Target;
use crate::id::{LocationId, LotId, SeriesId};

/// Why one lot does not serve.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Objection {
    /// The lot.
    pub lot: LotId,
    /// Why it does not serve.
    pub why: Misfit,
}

/// Why a lot does not serve for a visit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Misfit {
    /// It is not for this kind of visit.
    Kind,
    /// It is not for this location.
    Location {
        /// Where the visit is.
        location: LocationId,
    },
    /// It is not for this programme.
    Programme {
        /// The programme of the class.
        programme: String,
    },
    /// It is not for this series of classes.
    Series {
        /// The series of the class, if it has one.
        series: Option<SeriesId>,
    },
    /// It is not valid yet on the day of the visit.
    NotYet {
        /// The first day.
        from: NaiveDate,
    },
    /// It is not valid any more on the day of the visit.
    Over {
        /// The day after the last.
        until: NaiveDate,
    },
    /// The membership that grants it is frozen on the day of the visit.
    Frozen {
        /// The first day on which it can be used again; none while the freeze has no end.
        again: Option<NaiveDate>,
    },
    /// The memberships of its location rest on the day of the visit.
    Closed {
        /// The first day on which it can be used again; none while that has no end.
        again: Option<NaiveDate>,
    },
    /// The membership that grants it is not shared with the member.
    NotShared,
    /// It was taken back.
    Withdrawn,
    /// All its uses are gone.
    UsedUp {
        /// How many it granted.
        granted: u32,
        /// How many were used.
        consumed: u32,
        /// How many expired.
        expired: u32,
    },
    /// Bookings hold all that is left of it, and one of them would be left without.
    Held {
        /// Which visits.
        by: Vec<Target>,
    },
    /// Too few of its uses are left for so many seats.
    TooFew {
        /// How many are free.
        free: u32,
        /// How many seats were asked for.
        asked: u32,
    },
    /// Its days run from its first visit, and would then not reach another booking that needs it.
    Apart {
        /// Which visits it covers now.
        covers: Vec<Target>,
    },
}

/// What would make a visit possible.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Remedy {
    /// A visit on this day or later, when the allowance renews.
    Renews {
        /// The lot.
        lot: LotId,
        /// The first day of its next cycle.
        on: NaiveDate,
    },
    /// A visit on this day or later, when the membership is not frozen any more.
    Resumes {
        /// The lot that it grants.
        lot: LotId,
        /// The first day.
        on: NaiveDate,
    },
    /// Another pass like one that is used up.
    Another {
        /// The lot.
        lot: LotId,
        /// How many uses it granted.
        uses: u32,
    },
    /// Any pass for this kind of visit.
    Pass {
        /// For where.
        location: LocationId,
        /// For which programme, if it is a class.
        programme: Option<String>,
    },
}

/// Why a lot was chosen over the others that serve, or passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Because {
    /// No other lot serves.
    Only,
    /// It has no count, so that taking from it loses nothing.
    Uncounted,
    /// It ends before the others.
    EndsFirst,
    /// It is for less than the others.
    Narrower,
    /// Its uses cost less.
    Cheaper,
    /// It was granted before the others.
    Older,
    /// Better ones are kept for visits that nothing else covers.
    Spared,
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kind => f.write_str("it is for something else"),
            Self::Location { location } => write!(f, "it is not for location {location}"),
            Self::Programme { programme } => write!(f, "it is not for {programme}"),
            Self::Series { .. } => f.write_str("it is for other classes"),
            Self::NotYet { from } => write!(f, "it is valid from {from}"),
            Self::Over { until } => write!(f, "it was valid until before {until}"),
            Self::Frozen { again: Some(day) } => write!(f, "the membership is frozen until before {day}"),
            Self::Frozen { again: None } => f.write_str("the membership is frozen, until that is ended"),
            Self::Closed { again: Some(day) } => write!(f, "memberships rest until before {day}"),
            Self::Closed { again: None } => f.write_str("memberships rest, until that is ended"),
            Self::NotShared => f.write_str("the membership is not shared with the member"),
            Self::Withdrawn => f.write_str("it was taken back"),
            Self::UsedUp {
                granted,
                consumed,
                expired: 0,
            } => write!(f, "{consumed} of {granted} are used"),
            Self::UsedUp {
                granted,
                consumed,
                expired,
            } => {
                write!(f, "{consumed} of {granted} are used and {expired} have expired")
            }
            Self::Held { by } => write!(f, "what is left of it is held by {}", list(by)),
            Self::TooFew { free, asked } => write!(f, "{free} are free, {asked} asked for"),
            Self::Apart { covers } => {
                write!(
                    f,
                    "its days run from its first visit and must also reach {}",
                    list(covers)
                )
            }
        }
    }
}

fn list(targets: &[Target]) -> String {
    let told: Vec<String> = targets.iter().map(Target::to_string).collect();
    told.join(", ")
}

impl fmt::Display for Remedy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Renews { on, .. } => write!(f, "from {on}, when the allowance renews"),
            Self::Resumes { on, .. } => write!(f, "from {on}, when the membership runs again"),
            Self::Another { uses, .. } => write!(f, "a pass of {uses}"),
            Self::Pass {
                location,
                programme: Some(programme),
            } => {
                write!(f, "a pass for {programme} at location {location}")
            }
            Self::Pass {
                location,
                programme: None,
            } => write!(f, "a pass for location {location}"),
        }
    }
}

impl fmt::Display for Because {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Only => "no other serves",
            Self::Uncounted => "it has no count",
            Self::EndsFirst => "it ends first",
            Self::Narrower => "it is for less",
            Self::Cheaper => "it costs less",
            Self::Older => "it is the oldest",
            Self::Spared => "better ones are kept for visits that nothing else covers",
        })
    }
}
