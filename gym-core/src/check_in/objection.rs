//! [`Objection`]: why a door stays shut, with the facts; its sentence is for the person in front of it.

use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::rules::Debt;
use crate::entitlement::{Misfit, VisitLimit};
use crate::id::{LotId, MemberId, MembershipId, WaiverId};
use crate::money::Money;

/// Why a door stays shut.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Objection {
    /// Nothing that the member has opens this door now.
    NoRight {
        /// Why, for each lot.
        lots: Vec<(LotId, Shut)>,
        /// The day from which a booking opens it, if one does later that day.
        booked_from: Option<crate::time::Instant>,
    },
    /// The membership is frozen.
    Frozen {
        /// The day on which the freeze ends, if one is set.
        until: Option<NaiveDate>,
    },
    /// The membership has ended, or has not begun.
    Inactive,
    /// A debt is too old or too large.
    Debt {
        /// What is owed.
        debt: Debt,
        /// How many days are accepted.
        days: Option<u32>,
        /// How much is accepted.
        most: Option<Money>,
    },
    /// What somebody else owes for a membership that the member uses is too old or too large. How much that is, and since
    /// when, is between them and the club.
    Unpaid {
        /// The membership.
        membership: MembershipId,
        /// Who pays for it.
        payer: MemberId,
    },
    /// The waiver in force is not signed by whom it must be.
    Waiver {
        /// Which version.
        waiver: WaiverId,
        /// What it is called.
        title: String,
        /// Whether a guardian must sign, because the member is not of age.
        by_guardian: bool,
        /// The day on which the member came of age, so that the guardian's signature no longer binds.
        came_of_age: Option<NaiveDate>,
    },
    /// The host is not there.
    HostAbsent,
    /// Nobody is their own guest.
    OwnGuest,
    /// The host has brought as many guests as they may.
    HostLimit {
        /// The limit.
        limit: VisitLimit,
        /// How many came.
        came: u32,
        /// The first day on which one may come again.
        again: Option<NaiveDate>,
    },
    /// The guest has come as often as a guest may.
    GuestLimit {
        /// The limit.
        limit: VisitLimit,
        /// On how many days they came.
        came: u32,
        /// The first day on which they may come again.
        again: Option<NaiveDate>,
    },
}

/// Why a lot does not open a door.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shut {
    /// It is not for this place, day or door, or it is used up.
    Misfit(Misfit),
    /// It is not for this area.
    Area {
        /// The area; the way in is open to every right.
        area: String,
    },
    /// It is for other hours.
    Hours {
        /// The next time at which it opens, within a week.
        opens: Option<chrono::NaiveDateTime>,
    },
    /// The member, and those who share the right, have come as often as it allows.
    Limit {
        /// The limit.
        limit: VisitLimit,
        /// On how many days each of them came, added up.
        came: u32,
        /// The first day on which they may come again.
        again: Option<NaiveDate>,
    },
}

impl fmt::Display for Objection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoRight { lots, booked_from } => {
                f.write_str("nothing opens this door now")?;
                for (lot, shut) in lots {
                    write!(f, "; lot {lot}: {shut}")?;
                }
                match booked_from {
                    Some(from) => write!(f, "; a booking opens it from {} UTC", from.format("%H:%M")),
                    None => Ok(()),
                }
            }
            Self::Frozen { until: Some(until) } => write!(f, "the membership is frozen until {until}"),
            Self::Frozen { until: None } => f.write_str("the membership is frozen"),
            Self::Inactive => f.write_str("the membership does not run today"),
            Self::Debt { debt, days, most } => {
                write!(f, "{} have been open since {}", debt.open, debt.since)?;
                match (days, most) {
                    (Some(days), Some(most)) => write!(f, " (up to {most} and {days} days are accepted)"),
                    (Some(days), None) => write!(f, " ({days} days are accepted)"),
                    (None, Some(most)) => write!(f, " (up to {most} is accepted)"),
                    (None, None) => Ok(()),
                }
            }
            Self::Unpaid { membership, payer } => {
                write!(
                    f,
                    "member {payer}, who pays for membership {membership}, has not paid"
                )
            }
            Self::Waiver {
                title,
                by_guardian,
                came_of_age,
                ..
            } => match (by_guardian, came_of_age) {
                (true, _) => write!(f, "{title:?} is not signed by a guardian"),
                (false, None) => write!(f, "{title:?} is not signed"),
                (false, Some(day)) => {
                    write!(
                        f,
                        "{title:?} must be signed again: the member is of age since {day}"
                    )
                }
            },
            Self::HostAbsent => f.write_str("the host has not checked in today"),
            Self::OwnGuest => f.write_str("a guest is somebody else than the host"),
            Self::HostLimit { limit, came, again } => {
                write!(
                    f,
                    "the host has brought {came} of {} guests in a {}",
                    limit.most, limit.per
                )?;
                from(f, *again)
            }
            Self::GuestLimit { limit, came, again } => {
                write!(
                    f,
                    "the guest has come {came} of {} times in a {}",
                    limit.most, limit.per
                )?;
                from(f, *again)
            }
        }
    }
}

fn from(f: &mut fmt::Formatter<'_>, day: Option<NaiveDate>) -> fmt::Result {
    match day {
        Some(day) => write!(f, "; again from {day}"),
        None => Ok(()),
    }
}

impl fmt::Display for Shut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Misfit(misfit) => misfit.fmt(f),
            Self::Area { area } => write!(f, "it does not open {area:?}"),
            Self::Hours { opens: Some(opens) } => {
                write!(
                    f,
                    "it is for other hours, next from {}",
                    opens.format("%a %-d %b %H:%M")
                )
            }
            Self::Hours { opens: None } => f.write_str("it is for other hours"),
            Self::Limit { limit, came, again } => {
                write!(f, "{came} of {} visits in a {} are used", limit.most, limit.per)?;
                from(f, *again)
            }
        }
    }
}
