//! A [`Timetable`] from iCalendar (RFC 5545), as Google Calendar, Apple's Calendar and Outlook write it.
//!
//! ```
//! use gym_db::import::timetable::{self, Defaults};
//! use gym_core::time::zone;
//!
//! let file = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1@example.org\r\nSUMMARY:Yoga\\, slow\r\n\
//!     DTSTART;TZID=W. Europe Standard Time:20260105T180000\r\nDURATION:PT1H\r\n\
//!     RRULE:FREQ=WEEKLY;COUNT=10\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
//! let timetable = timetable::read(file.as_bytes(), &Defaults { zone: zone("UTC")? })?;
//! let yoga = &timetable.series[0];
//! assert_eq!((yoga.title.as_str(), yoga.minutes), ("Yoga, slow", 60));
//! assert_eq!(yoga.recurrence.zone(), zone("Europe/Berlin")?);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What a calendar says becomes:
//!
//! - An event with a time is a class series; without RRULE and RDATE, a series that occurs once.
//! - DTSTART occurs even if the rule does not give it, and counts as the first of a COUNT, as calendars show it.
//! - An event of whole days is a [`Closure`]; one that is marked free (TRANSP:TRANSPARENT) is skipped.
//! - An override (RECURRENCE-ID) that changes only the start moves it. One that changes anything else
//!   excludes it from the series and is a series of its own, which occurs once and knows what it replaces.
//! - A cancelled override excludes its start; a cancelled event is skipped. So are to-dos and journals.
//! - A zone is found by its IANA name, by Windows' name, or by X-LIC-LOCATION of its VTIMEZONE.
//! - A floating time is in the zone of the calendar (X-WR-TIMEZONE), else in the default zone. So is a single
//!   UTC time, which stays in UTC if the clocks show it for the second time in a night. A series in UTC keeps its hour on the
//!   clocks of X-WR-TIMEZONE; without it, in UTC.
//! - EXDATE as a date excludes the start on that day.
//!
//! Unknown properties, alarms and unknown components say nothing about classes and are left out. Everything
//! else that cannot be kept is in [`Timetable::bad`] or [`Timetable::skipped`].

use std::fmt;

use chrono::{NaiveDate, NaiveDateTime};
use chrono_tz::Tz;
use gym_core::command::Command;
use gym_core::schedule::class::Offering;
use gym_core::series::Series;
use gym_core::time::{Instant, civil, resolve};

use super::{ImportError, OnBad, first_of, sentence};

mod assemble;
mod event;
mod line;
mod recurrence;
mod value;
mod when;
mod windows;
mod zone;

use line::Calendar;
use zone::Zones;

/// What a calendar may leave open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Defaults {
    /// The zone of times that have none, if the calendar names none either.
    pub zone: Tz,
}

/// Classes that recur, or one that does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedSeries {
    /// The identity in the calendar (UID).
    pub uid: String,
    /// The line on which the event begins, from 1.
    pub line: u64,
    /// The title (SUMMARY): 1 to 200 characters on one line.
    pub title: String,
    /// The description.
    pub description: Option<String>,
    /// Where, as the calendar says it.
    pub location: Option<String>,
    /// Who gives it: the first attendee who has not declined, else the organizer; the name, else the address.
    pub trainer: Option<String>,
    /// The categories, in order.
    pub categories: Vec<String>,
    /// When it recurs.
    pub recurrence: Series,
    /// How long it lasts: 1 to 1440 elapsed minutes.
    pub minutes: u32,
    /// The original civil start that it replaces in the series of the same UID.
    pub replaces: Option<NaiveDateTime>,
}

impl ImportedSeries {
    /// Whether it occurs at most once.
    pub fn is_single(&self) -> bool {
        self.recurrence.rule().is_none() && self.recurrence.extra().is_empty()
    }

    /// Returns the command that adds the class or the series, with its title, its first category as
    /// programme (if it has one) and its length; the rest of the offering is the caller's.
    ///
    /// `zone` is that of the location, and `until` the horizon of dated classes. There is none for a single
    /// class that is excluded.
    ///
    /// # Errors
    ///
    /// A single class in the second of two hours that the clocks of the location show twice: a class begins in the first.
    pub fn command(&self, offering: Offering, zone: Tz, until: Instant) -> Result<Option<Command>, BadEvent> {
        let offering = Offering {
            title: self.title.clone(),
            programme: self.categories.first().cloned().unwrap_or(offering.programme),
            minutes: self.minutes,
            ..offering
        };
        if !self.is_single() {
            return Ok(Some(Command::AddSeries {
                offering,
                recurrence: self.recurrence.clone(),
                until,
            }));
        }
        let original = self.recurrence.start();
        if !self.recurrence.occurs_at(original) {
            return Ok(None);
        }
        let start = *self.recurrence.moved().get(&original).unwrap_or(&original);
        let instant = resolve(self.recurrence.zone(), start).instant;
        match shown_once(zone, instant) {
            Some(start) => Ok(Some(Command::AddClass { offering, start })),
            None => Err(BadEvent {
                event: self.title.clone(),
                line: self.line,
                field: "DTSTART".to_owned(),
                value: instant.to_string(),
                expected: format!(
                    "a start that the clocks of {zone} show once, or the first of two: they show {} again",
                    civil(zone, instant)
                ),
            }),
        }
    }
}

/// What the clocks show, unless they showed the same before and that is what is meant by it.
fn shown_once(zone: Tz, instant: Instant) -> Option<NaiveDateTime> {
    let shown = civil(zone, instant);
    (resolve(zone, shown).instant == instant).then_some(shown)
}

/// Whole days on which there are no classes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closure {
    /// The identity in the calendar (UID).
    pub uid: String,
    /// The line on which the event begins, from 1.
    pub line: u64,
    /// The title (SUMMARY).
    pub title: String,
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub until: NaiveDate,
}

/// One property of an event that is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct BadEvent {
    /// The title of the event, else its UID; empty if it has neither.
    pub event: String,
    /// The line of the property, or on which the event begins; from 1.
    pub line: u64,
    /// The property, parameter or part of a rule, e.g. `DTSTART`, `TZID` or `BYHOUR`.
    pub field: String,
    /// What was given, cut after 200 characters.
    pub value: String,
    /// What would be accepted.
    pub expected: String,
}

impl fmt::Display for BadEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "event {:?}, ", self.event)?;
        sentence(f, self.line, &self.field, &self.value, &self.expected)
    }
}

/// What was read of a calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timetable {
    /// The calendar's name.
    pub name: Option<String>,
    /// The zone of times that have none.
    pub zone: Tz,
    /// The series, in the order of the file.
    pub series: Vec<ImportedSeries>,
    /// The closures, in the order of the file.
    pub closures: Vec<Closure>,
    /// Every reason of every event that is not accepted, by line.
    pub bad: Vec<BadEvent>,
    /// What is well written and no class: cancelled events, whole days marked free, to-dos, journals; by line.
    pub skipped: Vec<BadEvent>,
}

/// A calendar with bad events was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("timetable: nothing was imported, because of {} bad fields:{}", .bad.len(), first_of(.bad))]
pub struct Rejected {
    /// Every reason of every bad event, by line.
    pub bad: Vec<BadEvent>,
}

impl Timetable {
    /// Returns the series and closures: all of the file, or those that are left when bad events are skipped.
    pub fn accept(self, on_bad: OnBad) -> Result<(Vec<ImportedSeries>, Vec<Closure>), Rejected> {
        match on_bad {
            OnBad::RefuseAll if !self.bad.is_empty() => Err(Rejected { bad: self.bad }),
            OnBad::RefuseAll | OnBad::Skip => Ok((self.series, self.closures)),
        }
    }
}

/// Reads a calendar; fails only if the file as a whole cannot be read: its encoding, its nesting, its
/// version, or a zone of the whole calendar.
pub fn read(bytes: &[u8], defaults: &Defaults) -> Result<Timetable, ImportError> {
    let calendar = Calendar::read(bytes)?;
    let zones = Zones::of(&calendar, defaults.zone)?;
    let mut timetable = Timetable {
        name: calendar.name(),
        zone: zones.floating(),
        series: Vec::new(),
        closures: Vec::new(),
        bad: Vec::new(),
        skipped: Vec::new(),
    };
    for other in &calendar.others {
        timetable.skipped.push(BadEvent {
            event: other
                .text("SUMMARY")
                .or_else(|| other.text("UID"))
                .unwrap_or_default(),
            line: other.line,
            field: "BEGIN".to_owned(),
            value: other.name.clone(),
            expected: "VEVENT".to_owned(),
        });
    }
    let events = calendar
        .events
        .iter()
        .map(|event| event::read(event, &zones))
        .collect();
    assemble::assemble(events, &zones, &mut timetable);
    Ok(timetable)
}
