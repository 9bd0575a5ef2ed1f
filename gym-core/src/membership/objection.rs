//! An [`Objection`] is why a contract does not allow something, with the facts that it used.

use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::freeze::FreezeReason;
use super::jurisdiction::Ground;
use crate::entitlement::Target;
use crate::id::{EditId, LinkId, LocationId, MemberId, MembershipId, MembershipTypeId, NoticeId};
use crate::money::Money;
use crate::time::Cycle;

/// Why a contract does not allow something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "rule", rename_all = "snake_case")]
#[non_exhaustive]
#[expect(missing_docs, reason = "the sentence of each says what its fields mean")]
pub enum Objection {
    NotSoldYet {
        of: MembershipTypeId,
        on: NaiveDate,
    },
    NotSoldHere {
        of: MembershipTypeId,
        location: LocationId,
        only: LocationId,
    },
    LongerThanLaw {
        field: String,
        given: Cycle,
        longest: Cycle,
    },
    IntroNotOffered {
        of: MembershipTypeId,
    },
    IntroUsed {
        by: MemberId,
        membership: MembershipId,
    },
    Ended {
        membership: MembershipId,
        on: NaiveDate,
    },
    NoticeGiven {
        notice: NoticeId,
        ends_on: NaiveDate,
    },
    OutsideMembership {
        field: String,
        day: NaiveDate,
        first: NaiveDate,
        end: Option<NaiveDate>,
    },
    NoFreeze,
    FreezeLength {
        days: Option<u32>,
        shortest: u32,
        longest: Option<u32>,
    },
    FreezeTooSoon {
        from: NaiveDate,
        first: NaiveDate,
    },
    FreezeCount {
        limit: u32,
        used: u32,
        year: Option<NaiveDate>,
    },
    FreezeDays {
        limit: u32,
        used: u32,
        asked: u32,
        year: NaiveDate,
    },
    FreezeReasonNotAccepted {
        why: FreezeReason,
        accepted: Vec<FreezeReason>,
    },
    AlreadyFrozen {
        edit: EditId,
        from: NaiveDate,
        until: Option<NaiveDate>,
    },
    DaysUsed {
        days: Vec<NaiveDate>,
    },
    WouldUncover {
        bookings: Vec<(Target, NaiveDate)>,
    },
    AlreadyEnded {
        edit: EditId,
        on: NaiveDate,
    },
    Past {
        field: String,
        day: NaiveDate,
        today: NaiveDate,
    },
    Committed {
        until: NaiveDate,
        ends_on: NaiveDate,
    },
    NoEarlyEnd {
        committed: NaiveDate,
    },
    CoolingOffOver {
        last_day: Option<NaiveDate>,
    },
    TookPlace {
        of: MembershipId,
    },
    NoRight {
        ground: Ground,
        beyond_km: Option<u32>,
        km: Option<u32>,
    },
    NeedsProof {
        ground: Ground,
    },
    NoConsentNeeded {
        membership: MembershipId,
    },
    SamePlan {
        of: MembershipTypeId,
    },
    CheaperWhileCommitted {
        from: Money,
        to: Money,
        committed: NaiveDate,
    },
    Crowded {
        most: u32,
        on: NaiveDate,
    },
    AlreadyLinked {
        link: LinkId,
    },
    OneCannotBeOwnGuardian {
        member: MemberId,
    },
    OutOfCalendar {
        field: String,
    },
}

struct Until<'a>(&'a Option<NaiveDate>);

impl fmt::Display for Until<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(day) => write!(f, "to the day before {day}"),
            None => f.write_str("without an end"),
        }
    }
}

impl fmt::Display for Objection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotSoldYet { of, on } => write!(f, "membership type {of} is not sold on {on}"),
            Self::NotSoldHere { of, location, only } => {
                write!(
                    f,
                    "membership type {of} is sold at location {only}, not {location}"
                )
            }
            Self::LongerThanLaw {
                field,
                given,
                longest,
            } => {
                write!(
                    f,
                    "the {field} of {given} is longer than the {longest} that the law allows"
                )
            }
            Self::IntroNotOffered { of } => write!(f, "membership type {of} has no introductory price"),
            Self::IntroUsed { by, membership } => {
                write!(
                    f,
                    "the introductory price is for newcomers; member {by} had membership {membership}"
                )
            }
            Self::Ended { membership, on } => write!(f, "membership {membership} ended before {on}"),
            Self::NoticeGiven { notice, ends_on } => {
                write!(
                    f,
                    "notice {notice} was given; the membership ends before {ends_on}"
                )
            }
            Self::OutsideMembership {
                field,
                day,
                first,
                end,
            } => {
                write!(
                    f,
                    "{field}: {day} is not a day of the membership, which runs from {first} {}",
                    Until(end)
                )
            }
            Self::Past { field, day, today } => {
                write!(f, "{field}: {day} is past; expected {today} or later")
            }
            Self::Committed { until, ends_on } => {
                write!(
                    f,
                    "the membership is bound until {until}; with notice it ends on {ends_on}"
                )
            }
            Self::NoEarlyEnd { committed } => {
                write!(f, "the plan has no price for ending before {committed}")
            }
            Self::CoolingOffOver { last_day: Some(day) } => {
                write!(f, "the contract could be taken back until {day}")
            }
            Self::CoolingOffOver { last_day: None } => f.write_str("the contract cannot be taken back"),
            Self::TookPlace { of } => write!(
                f,
                "the contract took the place of membership {of} and cannot be taken back; it ends with notice"
            ),
            Self::NoConsentNeeded { membership } => write!(
                f,
                "no consent is needed for membership {membership} to be renewed; it ends with notice"
            ),
            Self::SamePlan { of } => write!(f, "the membership is of type {of} already"),
            Self::CheaperWhileCommitted { from, to, committed } => {
                write!(
                    f,
                    "the plan may not become cheaper (from {from} to {to} a period) before {committed}"
                )
            }
            Self::Crowded { most: 1, on } => {
                write!(f, "1 person uses the membership on {on}, as many as may")
            }
            Self::Crowded { most, on } => {
                write!(f, "{most} people use the membership on {on}, as many as may")
            }
            Self::AlreadyLinked { link } => write!(f, "link {link} says so already"),
            Self::OneCannotBeOwnGuardian { member } => {
                write!(f, "member {member} cannot be guardian of themselves")
            }
            Self::OutOfCalendar { field } => write!(f, "{field}: the days run past the calendar's end"),
            other => other.freezing(f),
        }
    }
}

impl Objection {
    fn freezing(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoFreeze => f.write_str("the plan cannot be frozen"),
            Self::DaysUsed { days } => {
                let told: Vec<String> = days.iter().map(NaiveDate::to_string).collect();
                write!(
                    f,
                    "the membership was used on {}; expected days on which nobody came",
                    told.join(" and ")
                )
            }
            Self::WouldUncover { bookings } => {
                let told: Vec<String> = bookings
                    .iter()
                    .map(|(target, on)| format!("{target} on {on}"))
                    .collect();
                write!(
                    f,
                    "{} would be left without a membership that covers it; cancel it first, or freeze other days",
                    told.join(" and ")
                )
            }
            Self::FreezeLength {
                days: None, longest, ..
            } => {
                write!(
                    f,
                    "a freeze without an end is not accepted; expected at most {} days",
                    longest.unwrap_or(0)
                )
            }
            Self::FreezeLength {
                days: Some(days),
                shortest,
                longest: None,
            } => {
                write!(
                    f,
                    "a freeze of {days} days is not accepted; expected at least {shortest}"
                )
            }
            Self::FreezeLength {
                days: Some(days),
                shortest,
                longest: Some(longest),
            } => {
                write!(
                    f,
                    "a freeze of {days} days is not accepted; expected {shortest} to {longest}"
                )
            }
            Self::FreezeTooSoon { from, first } => {
                write!(
                    f,
                    "a freeze from {from} is too soon; the first possible day is {first}"
                )
            }
            Self::FreezeCount {
                limit,
                used,
                year: Some(year),
            } => {
                write!(f, "{used} of {limit} freezes are used in the year from {year}")
            }
            Self::FreezeCount {
                limit,
                used,
                year: None,
            } => {
                write!(f, "{used} of {limit} freezes of the membership are used")
            }
            Self::FreezeDays {
                limit,
                used,
                asked,
                year,
            } => {
                write!(
                    f,
                    "{used} of {limit} days of freezing are used in the year from {year}; {asked} were asked for"
                )
            }
            Self::FreezeReasonNotAccepted { why, accepted } => {
                let accepted: Vec<&str> = accepted.iter().map(|why| why.as_str()).collect();
                write!(
                    f,
                    "a freeze for {} is not accepted; expected {}",
                    why.as_str(),
                    accepted.join(", ")
                )
            }
            Self::AlreadyFrozen { edit, from, until } => {
                write!(
                    f,
                    "edit {edit} covers some of these days, from {from} {}",
                    Until(until)
                )
            }
            Self::AlreadyEnded { edit, on } => write!(f, "edit {edit} has ended before {on}"),
            Self::NoRight {
                ground,
                beyond_km: Some(least),
                km,
            } => {
                let km = km.map_or_else(|| "an unknown distance".to_owned(), |km| format!("{km} km"));
                write!(
                    f,
                    "the right to leave ({}) is for more than {least} km, not {km}",
                    ground.as_str()
                )
            }
            Self::NeedsProof { ground } => {
                write!(
                    f,
                    "leaving by right ({}) has to be proved; expected staff, who records it once they see the proof",
                    ground.as_str()
                )
            }
            Self::NoRight { ground, .. } => {
                write!(
                    f,
                    "the law at this location gives no right to leave ({})",
                    ground.as_str()
                )
            }
            _ => f.write_str("the contract does not allow it"),
        }
    }
}
