//! A [`Calendar`]: the content lines of a file, unfolded, with their numbers, in their components.
//!
//! Unfolding works on bytes, since a fold may lie inside a character (RFC 5545, section 3.1). What is in a
//! line is read by the parser of the `icalendar` crate, line by line, so that one bad line spoils one event.

use icalendar::parser::{ParseString, Property};

use super::super::{ImportError, guess, unmarked};

/// How deep components may be nested; VCALENDAR, VTIMEZONE and STANDARD are three.
const DEEPEST: usize = 16;

/// How many events a calendar may have.
const MOST_EVENTS: usize = 20_000;

/// How many lines a calendar may have, unfolded.
const MOST_LINES: usize = 500_000;

/// One content line.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) number: u64,
    /// The property's name in upper case.
    pub(super) name: String,
    params: Vec<(String, String)>,
    /// The value, unescaped if it is a text and no list.
    pub(super) value: String,
    /// Whether it is no `NAME:value`; then the value is the whole line.
    pub(super) is_malformed: bool,
}

impl Line {
    fn read(number: u64, text: &str) -> Self {
        let (name, rest) = text.split_at(text.find([':', ';']).unwrap_or(text.len()));
        let upper = name.trim().to_ascii_uppercase();
        let malformed = |name| Self {
            number,
            name,
            params: Vec::new(),
            value: text.to_owned(),
            is_malformed: true,
        };
        // The parser of properties leaves these two to that of components.
        if let ("BEGIN" | "END", Some(value)) = (upper.as_str(), rest.strip_prefix(':')) {
            return Self {
                value: value.to_owned(),
                is_malformed: false,
                ..malformed(upper)
            };
        }
        // The parser knows which properties are texts by their names in upper case.
        let named = format!("{upper}{rest}");
        match Property::try_from(named.as_str()) {
            Ok(property)
                if property.name == upper.as_str() && (property.val != "" || rest.ends_with(':')) =>
            {
                let params = property.params.iter().map(|param| {
                    // The parser leaves the quotes of an empty text.
                    let value = param
                        .val
                        .as_ref()
                        .map_or("", |value| value.as_str().trim_matches('"'));
                    (param.key.as_str().to_ascii_uppercase(), value.to_owned())
                });
                Self {
                    number,
                    params: params.collect(),
                    value: property.val.as_str().to_owned(),
                    is_malformed: upper.is_empty(),
                    name: upper,
                }
            }
            _ => malformed(upper),
        }
    }

    /// Returns the first value of a parameter.
    pub(super) fn param(&self, name: &str) -> Option<&str> {
        self.params
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// Whether a parameter has a value, without regard to case.
    pub(super) fn param_is(&self, name: &str, value: &str) -> bool {
        self.param(name)
            .is_some_and(|given| given.eq_ignore_ascii_case(value))
    }
}

/// Unescapes a text (RFC 5545, section 3.3.11).
pub(super) fn unescaped(text: &str) -> String {
    ParseString::from(text.to_owned())
        .unescape_text()
        .as_str()
        .to_owned()
}

/// A component without those inside it.
#[derive(Debug)]
pub(super) struct Component {
    pub(super) name: String,
    pub(super) line: u64,
    pub(super) lines: Vec<Line>,
}

impl Component {
    pub(super) fn find(&self, name: &str) -> Option<&Line> {
        self.lines
            .iter()
            .find(|line| line.name == name && !line.is_malformed)
    }

    /// Returns a property's value, trimmed; nothing if it is empty.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        let text = self.find(name)?.value.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }
}

/// The components of a file that say something about classes.
pub(super) struct Calendar {
    own: Component,
    pub(super) events: Vec<Component>,
    pub(super) zones: Vec<Component>,
    /// To-dos and journals.
    pub(super) others: Vec<Component>,
}

impl Calendar {
    pub(super) fn read(bytes: &[u8]) -> Result<Self, ImportError> {
        let (bytes, mark) = unmarked(bytes)?;
        let mut builder = Builder::default();
        for line in unfolded(bytes) {
            let joined = line.joined();
            let Ok(text) = std::str::from_utf8(&joined) else {
                return Err(line.encoding(&joined, mark));
            };
            if !text.trim().is_empty() {
                builder.line(Line::read(line.number(), text))?;
            }
        }
        let calendar = builder.finish()?;
        calendar.must_be("VERSION", |value| value == "2.0", "2.0")?;
        calendar.must_be(
            "CALSCALE",
            |value| value.eq_ignore_ascii_case("GREGORIAN"),
            "GREGORIAN",
        )?;
        let adds = |value: &str| {
            ["PUBLISH", "REQUEST", "ADD"]
                .iter()
                .any(|method| value.eq_ignore_ascii_case(method))
        };
        calendar.must_be("METHOD", adds, "PUBLISH, REQUEST or ADD")?;
        Ok(calendar)
    }

    pub(super) fn find(&self, name: &str) -> Option<&Line> {
        self.own.find(name)
    }

    pub(super) fn name(&self) -> Option<String> {
        // The parser takes properties with X- for texts, but does not know NAME of RFC 7986.
        let rfc_7986 = || self.own.text("NAME").map(|name| unescaped(&name));
        self.own.text("X-WR-CALNAME").or_else(rfc_7986)
    }

    fn must_be(&self, name: &str, is: impl Fn(&str) -> bool, expected: &str) -> Result<(), ImportError> {
        match self.find(name) {
            Some(line) if !is(line.value.trim()) => {
                Err(ImportError::invalid(line.number, name, &line.value, expected))
            }
            _ => Ok(()),
        }
    }
}

#[derive(Default)]
struct Builder {
    open: Vec<Component>,
    calendar: Option<Component>,
    events: Vec<Component>,
    zones: Vec<Component>,
    others: Vec<Component>,
    last: u64,
    count: usize,
}

impl Builder {
    fn line(&mut self, line: Line) -> Result<(), ImportError> {
        self.last = line.number;
        self.count += 1;
        if self.count > MOST_LINES {
            let expected = format!("at most {MOST_LINES} lines");
            return Err(ImportError::invalid(line.number, "file", &line.value, expected));
        }
        match line.name.as_str() {
            "BEGIN" => self.begin(&line),
            "END" => self.end(&line),
            _ => match self.open.last_mut() {
                Some(component) => {
                    component.lines.push(line);
                    Ok(())
                }
                None => Err(ImportError::invalid(
                    line.number,
                    "file",
                    &line.value,
                    "BEGIN:VCALENDAR",
                )),
            },
        }
    }

    fn begin(&mut self, line: &Line) -> Result<(), ImportError> {
        let name = component_name(line);
        let is_calendar = name == "VCALENDAR";
        if self.open.is_empty() && (!is_calendar || self.calendar.is_some()) {
            return Err(ImportError::invalid(line.number, "BEGIN", &name, "one VCALENDAR"));
        }
        if self.open.len() == DEEPEST || is_calendar && !self.open.is_empty() {
            let expected =
                format!("VEVENT, VTIMEZONE or another part of a calendar, nested at most {DEEPEST} deep");
            return Err(ImportError::invalid(line.number, "BEGIN", &name, expected));
        }
        self.open.push(Component {
            name,
            line: line.number,
            lines: Vec::new(),
        });
        Ok(())
    }

    fn end(&mut self, line: &Line) -> Result<(), ImportError> {
        let name = component_name(line);
        match self.open.pop() {
            Some(component) if component.name == name => {
                match (self.open.len(), name.as_str()) {
                    (0, _) => self.calendar = Some(component),
                    (1, "VEVENT") if self.events.len() == MOST_EVENTS => {
                        let expected = format!("at most {MOST_EVENTS} events");
                        return Err(ImportError::invalid(component.line, "BEGIN", &name, expected));
                    }
                    (1, "VEVENT") => self.events.push(component),
                    (1, "VTIMEZONE") => self.zones.push(component),
                    (1, "VTODO" | "VJOURNAL") => self.others.push(component),
                    _ => {}
                }
                Ok(())
            }
            Some(component) => {
                let expected = format!("END:{}, which begins on line {}", component.name, component.line);
                Err(ImportError::invalid(line.number, "END", &name, expected))
            }
            None => Err(ImportError::invalid(line.number, "END", &name, "BEGIN:VCALENDAR")),
        }
    }

    fn finish(self) -> Result<Calendar, ImportError> {
        if let Some(open) = self.open.last() {
            let expected = format!(
                "END:{}, which begins on line {}; the file seems cut off",
                open.name, open.line
            );
            return Err(ImportError::invalid(self.last, "file", "", expected));
        }
        match self.calendar {
            Some(own) => Ok(Calendar {
                own,
                events: self.events,
                zones: self.zones,
                others: self.others,
            }),
            None => Err(ImportError::invalid(1, "file", "", "BEGIN:VCALENDAR")),
        }
    }
}

fn component_name(line: &Line) -> String {
    line.value.trim().to_ascii_uppercase()
}

/// A line as it lies in the file: its parts, each with its number and the offset of its first byte.
struct Folded<'a>(Vec<(u64, usize, &'a [u8])>);

impl Folded<'_> {
    fn number(&self) -> u64 {
        self.0.first().map_or(1, |(number, _, _)| *number)
    }

    fn joined(&self) -> Vec<u8> {
        self.0
            .iter()
            .flat_map(|(_, _, part)| part.iter().copied())
            .collect()
    }

    /// Says where the joined line is not UTF-8, in terms of the file, whose mark has `mark` bytes.
    fn encoding(&self, joined: &[u8], mark: usize) -> ImportError {
        let mut at = std::str::from_utf8(joined)
            .err()
            .map_or(0, |error| error.valid_up_to());
        let byte = joined.get(at).copied().unwrap_or_default();
        let (mut line, mut offset) = (self.number(), mark);
        for (number, start, part) in &self.0 {
            (line, offset) = (*number, mark + start + at);
            if at < part.len() {
                break;
            }
            at -= part.len();
        }
        ImportError::Encoding {
            line,
            offset,
            byte,
            guess: guess(joined),
        }
    }
}

/// Finds the lines with their folds, one by one: a file may have as many as bytes.
fn unfolded(bytes: &[u8]) -> impl Iterator<Item = Folded<'_>> {
    let mut offset = 0;
    let physical = bytes.split(|byte| *byte == b'\n').zip(1_u64..);
    let mut physical = physical
        .map(move |(line, number)| {
            let start = offset;
            offset += line.len() + 1;
            (number, start, line.strip_suffix(b"\r").unwrap_or(line))
        })
        .peekable();
    std::iter::from_fn(move || {
        let mut line = Folded(vec![physical.next()?]);
        while let Some((number, start, [b' ' | b'\t', rest @ ..])) =
            physical.next_if(|(_, _, next)| matches!(next, [b' ' | b'\t', ..]))
        {
            line.0.push((number, start + 1, rest));
        }
        Some(line)
    })
}
