//! An [`Event`]: what one VEVENT says, before it is joined with those of the same UID.

use chrono::NaiveDate;
use gym_core::series::{Rule, RuleError};

use super::super::cut;
use super::BadEvent;
use super::line::{Component, Line};
use super::value::{Stamp, texts};
use super::when::When;
use super::zone::{self, Zones};

/// A value with the line and the text that it was read from.
#[derive(Debug, Clone)]
pub(super) struct At<T> {
    pub(super) value: T,
    pub(super) line: u64,
    pub(super) text: String,
}

#[derive(Debug)]
pub(super) struct Event {
    pub(super) line: u64,
    pub(super) uid: String,
    /// The title, else the UID.
    pub(super) what: String,
    /// What it overrides (RECURRENCE-ID).
    pub(super) original: Option<At<Stamp>>,
    pub(super) is_cancelled: bool,
    /// What a class needs; a cancelled event may lack it.
    pub(super) body: Option<Body>,
    pub(super) bad: Vec<BadEvent>,
}

#[derive(Debug, Clone)]
pub(super) struct Body {
    pub(super) details: Details,
    pub(super) when: When,
    pub(super) rule: Option<At<Rule>>,
    pub(super) extra: Vec<At<Stamp>>,
    pub(super) except: Vec<At<Stamp>>,
}

/// What an override may change besides its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Details {
    pub(super) title: String,
    pub(super) description: Option<String>,
    pub(super) location: Option<String>,
    pub(super) trainer: Option<String>,
    pub(super) categories: Vec<String>,
}

/// Reads an event; what is not accepted is in its list.
pub(super) fn read(component: &Component, zones: &Zones) -> Event {
    let uid = component.text("UID").unwrap_or_default();
    let mut reader = Reader {
        component,
        zones,
        what: component.text("SUMMARY").unwrap_or_else(|| uid.clone()),
        bad: Vec::new(),
    };
    if uid.is_empty() {
        reader.refuse(component.line, "UID", "", "the identity that every event has");
    }
    let mut malformed = component.lines.iter().filter(|line| line.is_malformed);
    if let Some(line) = malformed.next() {
        let expected = match malformed.count() {
            0 => "NAME:value".to_owned(),
            more => format!("NAME:value, as on {more} more lines"),
        };
        reader.refuse(line.number, "line", &line.value, expected);
    }
    let status = component.text("STATUS").unwrap_or_default();
    let is_cancelled = status.eq_ignore_ascii_case("CANCELLED");
    let original = reader.original();
    let body = if is_cancelled { None } else { reader.body() };
    Event {
        line: component.line,
        uid,
        what: cut(&reader.what),
        original,
        is_cancelled,
        body,
        bad: reader.bad,
    }
}

pub(super) struct Reader<'a> {
    pub(super) component: &'a Component,
    pub(super) zones: &'a Zones,
    what: String,
    bad: Vec<BadEvent>,
}

impl<'a> Reader<'a> {
    pub(super) fn refuse(&mut self, line: u64, field: &str, value: &str, expected: impl Into<String>) {
        self.bad.push(BadEvent {
            event: cut(&self.what),
            line,
            field: field.to_owned(),
            value: cut(value),
            expected: expected.into(),
        });
    }

    /// Returns the property that an event may have once.
    pub(super) fn one(&mut self, name: &str) -> Option<&'a Line> {
        let component = self.component;
        let mut lines = component
            .lines
            .iter()
            .filter(|line| line.name == name && !line.is_malformed);
        let first = lines.next();
        if let Some(second) = lines.next() {
            self.refuse(second.number, name, &second.value, "the property once");
        }
        first
    }

    /// Reads a date or a time with its zone.
    pub(super) fn stamp(&mut self, line: &Line, text: &str) -> Option<At<Stamp>> {
        let text = text.trim();
        let is_kind = |stamp: &Stamp| match line.param("VALUE") {
            Some(kind) if kind.eq_ignore_ascii_case("DATE") => matches!(stamp, Stamp::Date(_)),
            Some(kind) if kind.eq_ignore_ascii_case("DATE-TIME") => !matches!(stamp, Stamp::Date(_)),
            _ => true,
        };
        let Some(stamp) = Stamp::read(text).filter(is_kind) else {
            let expected = "a time such as 20260105T180000, or a date such as 20260105 with VALUE=DATE";
            self.refuse(line.number, &line.name, text, expected);
            return None;
        };
        let value = match (stamp, line.param("TZID")) {
            (Stamp::Floating(at), Some(id)) => match self.zones.find(id) {
                Some(zone) => Stamp::In(zone, at),
                None => {
                    self.refuse(line.number, "TZID", id, zone::EXPECTED);
                    return None;
                }
            },
            (stamp, _) => stamp,
        };
        Some(At {
            value,
            line: line.number,
            text: text.to_owned(),
        })
    }

    fn stamps(&mut self, name: &str) -> Vec<At<Stamp>> {
        let component = self.component;
        let mut stamps = Vec::new();
        for line in component
            .lines
            .iter()
            .filter(|line| line.name == name && !line.is_malformed)
        {
            if line.param_is("VALUE", "PERIOD") {
                self.refuse(line.number, name, &line.value, "starts, not periods");
                continue;
            }
            let texts = line.value.split(',').filter(|text| !text.trim().is_empty());
            // The first value that is not accepted speaks for its line.
            stamps.extend(texts.map_while(|text| self.stamp(line, text)));
        }
        stamps
    }

    fn original(&mut self) -> Option<At<Stamp>> {
        let line = self.one("RECURRENCE-ID")?;
        if let Some(range) = line.param("RANGE") {
            self.refuse(
                line.number,
                "RANGE",
                range,
                "an override of one occurrence; split the series there",
            );
        }
        // An override that cannot be read must not pass for a series.
        let unread = At {
            value: Stamp::Date(NaiveDate::MIN),
            line: line.number,
            text: line.value.clone(),
        };
        Some(self.stamp(line, &line.value).unwrap_or(unread))
    }

    fn body(&mut self) -> Option<Body> {
        let title = self.title();
        let when = self.when();
        let rule = self.rule();
        let extra = self.stamps("RDATE");
        let except = self.stamps("EXDATE");
        for day in extra.iter().filter(|stamp| matches!(stamp.value, Stamp::Date(_))) {
            if matches!(when, Some(When::Timed { .. })) {
                self.refuse(day.line, "RDATE", &day.text, "a time, as DTSTART has one");
            }
        }
        for line in self.component.lines.iter().filter(|line| line.name == "EXRULE") {
            self.refuse(
                line.number,
                "EXRULE",
                &line.value,
                "EXDATE; rules of exceptions are not supported",
            );
        }
        let categories = self
            .component
            .lines
            .iter()
            .filter(|line| line.name == "CATEGORIES");
        let categories = categories.flat_map(|line| texts(&line.value)).collect();
        Some(Body {
            details: Details {
                title: title?,
                description: self.component.text("DESCRIPTION"),
                location: self.component.text("LOCATION"),
                trainer: self.trainer(),
                categories,
            },
            when: when?,
            rule,
            extra,
            except,
        })
    }

    fn title(&mut self) -> Option<String> {
        let line = self.one("SUMMARY");
        let (number, title) = line.map_or((self.component.line, ""), |line| (line.number, line.value.trim()));
        if title.is_empty() || title.chars().nth(200).is_some() || title.chars().any(char::is_control) {
            self.refuse(number, "SUMMARY", title, "1 to 200 characters on one line");
            return None;
        }
        Some(title.to_owned())
    }

    fn rule(&mut self) -> Option<At<Rule>> {
        let line = self.one("RRULE")?;
        let text = line.value.trim().trim_end_matches(';');
        let (field, value, expected) = match text.parse::<Rule>() {
            Ok(rule) => {
                return Some(At {
                    value: rule,
                    line: line.number,
                    text: text.to_owned(),
                });
            }
            Err(RuleError::Unsupported { part, value }) => {
                let expected = "a rule of whole days (FREQ=DAILY, WEEKLY, MONTHLY or YEARLY)";
                (part, value, expected.to_owned())
            }
            Err(RuleError::Invalid {
                part,
                value,
                expected,
            }) => (part, value, expected.to_owned()),
            Err(RuleError::TooLong { length }) => {
                let expected = format!("at most {} bytes, not {length}", Rule::MAX_LENGTH);
                ("RRULE".to_owned(), text.to_owned(), expected)
            }
        };
        self.refuse(line.number, &field, &value, expected);
        None
    }

    /// The first attendee who has not declined, else the organizer, unless that is the calendar itself.
    fn trainer(&self) -> Option<String> {
        let person = |line: &Line| {
            let address = line.value.trim();
            let address = match address.get(..7) {
                Some(scheme) if scheme.eq_ignore_ascii_case("mailto:") => &address[7..],
                _ => address,
            };
            let name = line.param("CN").map(str::trim).filter(|name| !name.is_empty());
            (!address.ends_with("calendar.google.com"))
                .then(|| name.unwrap_or(address).to_owned())
                .filter(|name| !name.is_empty())
        };
        let is_person = |line: &&Line| {
            let is_thing = ["ROOM", "RESOURCE"]
                .iter()
                .any(|kind| line.param_is("CUTYPE", kind));
            !is_thing && !line.param_is("PARTSTAT", "DECLINED")
        };
        let of = |name: &'static str| self.component.lines.iter().filter(move |line| line.name == name);
        let attendee = of("ATTENDEE").filter(is_person).find_map(person);
        attendee.or_else(|| of("ORGANIZER").find_map(person))
    }
}
