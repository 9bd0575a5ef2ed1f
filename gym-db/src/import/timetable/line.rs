//! A [`Calendar`]: the content lines of a file, unfolded, with their numbers, in their components.
//!
//! Unfolding works on bytes, since a fold may lie inside a character (RFC 5545, section 3.1). What is in a
//! line is read by the parser of the `icalendar` crate, line by line, so that one bad line spoils one event.

use icalendar::parser::{ParseString, Property};

use super::super::{ImportError, unmarked, utf8};

/// How deep components may be nested; VCALENDAR, VTIMEZONE and STANDARD are three.
const DEEPEST: usize = 16;

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
        // The parser knows which properties are texts by their names in upper case.
        let text = format!("{upper}{rest}");
        match Property::try_from(text.as_str()) {
            Ok(property)
                if property.name == upper.as_str() && (property.val != "" || rest.ends_with(':')) =>
            {
                let params = property.params.iter().map(|param| {
                    let value = param.val.as_ref().map_or("", |value| value.as_str());
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
            _ => Self {
                number,
                name: upper,
                params: Vec::new(),
                value: text,
                is_malformed: true,
            },
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
        for (number, offset, bytes) in unfolded(bytes) {
            let text = utf8(&bytes, number, mark + offset)?;
            if !text.trim().is_empty() {
                builder.line(Line::read(number, text))?;
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
}

impl Builder {
    fn line(&mut self, line: Line) -> Result<(), ImportError> {
        self.last = line.number;
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

/// Joins folded lines; gives the number of the first physical line and the offset of its first byte.
fn unfolded(bytes: &[u8]) -> Vec<(u64, usize, Vec<u8>)> {
    let mut lines: Vec<(u64, usize, Vec<u8>)> = Vec::new();
    let mut offset = 0;
    for (index, physical) in bytes.split(|byte| *byte == b'\n').enumerate() {
        let text = physical.strip_suffix(b"\r").unwrap_or(physical);
        match (text, lines.last_mut()) {
            ([b' ' | b'\t', rest @ ..], Some((_, _, line))) => line.extend_from_slice(rest),
            _ => lines.push((index as u64 + 1, offset, text.to_vec())),
        }
        offset += physical.len() + 1;
    }
    lines
}
