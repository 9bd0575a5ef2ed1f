//! A feed: dated classes as an iCalendar text (RFC 5545), for a location, a trainer or a member.
//!
//! ```
//! use gym_core::time::{Period, zone};
//! use gym_db::feed::{self, Item};
//!
//! let start = "2026-03-30T16:00:00Z".parse()?;
//! let yoga = Item {
//!     uid: "class-7@club.example.org".into(),
//!     title: "Yoga".into(),
//!     description: None,
//!     location: Some("Mitte, Studio 2".into()),
//!     programme: Some("yoga".into()),
//!     period: Period::lasting(start, 60),
//!     is_cancelled: false,
//!     sequence: 0,
//!     stamp: "2026-03-01T08:00:00Z".parse()?,
//! };
//! let text = feed::write("Mitte", zone("Europe/Berlin")?, &[yoga]);
//! assert!(text.contains("DTSTART:20260330T160000Z\r\nDTEND:20260330T170000Z\r\n"));
//! assert!(text.contains(r"LOCATION:Mitte\, Studio 2"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Every class is written with its own start, in UTC, and not as a rule: a series has classes that were
//! moved, cancelled or given to somebody else, each class has an identity of its own, and no reader can
//! misread UTC, while VTIMEZONE is read differently by each. Calendars show the times on the user's clocks.

use chrono_tz::Tz;
use gym_core::schedule::class::Class;
use gym_core::time::{Instant, Period};

/// The longest line, in bytes, without its end (RFC 5545, section 3.1).
const LONGEST: usize = 75;

/// One dated class of a feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// An identity that never changes and that no other item in the world has, e.g. `class-7@club.example.org`.
    pub uid: String,
    /// The title.
    pub title: String,
    /// What there is to know.
    pub description: Option<String>,
    /// Where.
    pub location: Option<String>,
    /// The programme.
    pub programme: Option<String>,
    /// When; written to the second.
    pub period: Period,
    /// Whether it does not take place; calendars then strike it out or hide it.
    pub is_cancelled: bool,
    /// How often it was changed; a calendar takes the higher one.
    pub sequence: u32,
    /// When it was last changed.
    pub stamp: Instant,
}

impl Item {
    /// Makes the item of a class; `host` is the club's domain, `stamp` when the class was last changed.
    ///
    /// Description and place are left to the caller, who knows the names of trainers and rooms, and so is
    /// the sequence, which is 0.
    pub fn of(class: &Class, host: &str, stamp: Instant) -> Self {
        Self {
            uid: format!("class-{}@{host}", class.id),
            title: class.offering.title.clone(),
            description: None,
            location: None,
            programme: Some(class.offering.programme.clone()).filter(|programme| !programme.is_empty()),
            period: class.period,
            is_cancelled: !class.is_scheduled(),
            sequence: 0,
            stamp,
        }
    }
}

/// Writes a feed; `zone` is the one that calendars may show it in.
///
/// The same items give the same bytes. Control characters in texts become spaces.
pub fn write(name: &str, zone: Tz, items: &[Item]) -> String {
    let mut text = String::with_capacity(256 + items.len() * 256);
    let mut line = |name: &str, value: &str| fold(&mut text, name, value);
    line("BEGIN", "VCALENDAR");
    line("VERSION", "2.0");
    line("PRODID", "-//gym//gym feed//EN");
    line("CALSCALE", "GREGORIAN");
    line("METHOD", "PUBLISH");
    line("NAME", &escaped(name));
    line("X-WR-CALNAME", &escaped(name));
    line("X-WR-TIMEZONE", zone.name());
    line("REFRESH-INTERVAL;VALUE=DURATION", "PT1H");
    line("X-PUBLISHED-TTL", "PT1H");
    for item in items {
        line("BEGIN", "VEVENT");
        line("UID", &escaped(&item.uid));
        line("DTSTAMP", &utc(item.stamp));
        line("LAST-MODIFIED", &utc(item.stamp));
        line("SEQUENCE", &item.sequence.to_string());
        line("DTSTART", &utc(item.period.start()));
        line("DTEND", &utc(item.period.end()));
        line("SUMMARY", &escaped(&item.title));
        let optional = [
            ("DESCRIPTION", &item.description),
            ("LOCATION", &item.location),
            ("CATEGORIES", &item.programme),
        ];
        for (name, value) in optional {
            if let Some(value) = value {
                line(name, &escaped(value));
            }
        }
        line(
            "STATUS",
            if item.is_cancelled {
                "CANCELLED"
            } else {
                "CONFIRMED"
            },
        );
        line(
            "TRANSP",
            if item.is_cancelled {
                "TRANSPARENT"
            } else {
                "OPAQUE"
            },
        );
        line("END", "VEVENT");
    }
    line("END", "VCALENDAR");
    text
}

fn utc(at: Instant) -> String {
    at.format("%Y%m%dT%H%M%SZ").to_string()
}

/// Escapes a text (RFC 5545, section 3.3.11).
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.replace("\r\n", "\n").chars() {
        match c {
            '\\' | ';' | ',' => escaped.extend(['\\', c]),
            '\n' => escaped.push_str("\\n"),
            c if c.is_control() => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}

/// Writes a line, folded between characters.
fn fold(text: &mut String, name: &str, value: &str) {
    let mut width = 0;
    for c in name.chars().chain([':']).chain(value.chars()) {
        if width + c.len_utf8() > LONGEST {
            text.push_str("\r\n ");
            width = 1;
        }
        text.push(c);
        width += c.len_utf8();
    }
    text.push_str("\r\n");
}
