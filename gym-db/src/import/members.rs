//! [`Members`] from CSV: headers in any order, by a [`Mapping`] or guessed.
//!
//! The separator is a comma, a semicolon or a tab; fields may be quoted as in RFC 4180; the text is
//! UTF-8 with or without a byte order mark. Lines are counted as an editor counts them.
//!
//! ```
//! use gym_db::import::members::{self, Field, Mapping};
//!
//! let file = "Nachname\tVorname\tClub\tSeit\n\"Bär\"\tNoa\tMitte\t01.02.2026\n";
//! let mapping = Mapping {
//!     columns: vec![(Field::JoinedOn, "Seit".into())],
//!     date_format: "%d.%m.%Y".into(),
//!     separator: None,
//! };
//! let members = members::read(file.as_bytes(), &mapping)?;
//! let noa = &members.rows[0];
//! assert_eq!((noa.line, noa.person.name.as_str(), noa.home.as_deref()), (2, "Noa Bär", Some("Mitte")));
//! assert_eq!(noa.joined_on, "2026-02-01".parse().ok());
//! # Ok::<(), gym_db::import::ImportError>(())
//! ```

use std::collections::HashMap;
use std::fmt;

use chrono::format::{Item, StrftimeItems};
use chrono::{Datelike, NaiveDate};
use gym_core::command::Command;
use gym_core::id::LocationId;
use gym_core::user::Person;

use super::{ImportError, OnBad, cut, first_of, sentence};

mod column;
mod table;

use column::Columns;
pub use column::Field;
use table::{Record, Table};

/// The longest field that is read, in characters.
pub const MAX_FIELD: usize = 1_000;

/// The last year that a date may be in, as in any command.
const LAST_YEAR: i32 = 9998;

/// Which header holds which field, and how dates are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    /// Headers of fields; those of other fields are guessed, without regard to case, spaces and signs.
    pub columns: Vec<(Field, String)>,
    /// How dates are written, in the letters of `strftime`; `%Y-%m-%d` by default.
    pub date_format: String,
    /// What separates fields: `,`, `;` or a tab; told by the line of headers if none.
    pub separator: Option<char>,
}

impl Default for Mapping {
    fn default() -> Self {
        Self {
            columns: Vec::new(),
            date_format: "%Y-%m-%d".to_owned(),
            separator: None,
        }
    }
}

/// One member of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The line on which it starts, from 1.
    pub line: u64,
    /// Who it is.
    pub person: Person,
    /// Their first day, if the file says it.
    pub joined_on: Option<NaiveDate>,
    /// The name of their home location, if the file says it.
    pub home: Option<String>,
    /// Their number in the system that the file comes from, if the file says it.
    pub external: Option<String>,
}

impl Row {
    /// Returns the command that adds them; `joined_on` is their first day if the file does not say it.
    pub fn command(&self, home: LocationId, joined_on: NaiveDate) -> Command {
        Command::AddMember {
            person: self.person.clone(),
            user: None,
            home,
            joined_on: self.joined_on.unwrap_or(joined_on),
        }
    }
}

/// One field of a row that is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct BadRow {
    /// The line on which the row starts, from 1.
    pub line: u64,
    /// The field, as [`Field`] names it, or `row`.
    pub field: &'static str,
    /// What was given, cut after 200 characters.
    pub value: String,
    /// What would be accepted.
    pub expected: String,
}

impl fmt::Display for BadRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        sentence(f, self.line, self.field, &self.value, &self.expected)
    }
}

/// What was read of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Members {
    /// The rows that are good, by line.
    pub rows: Vec<Row>,
    /// Every reason of every row that is not, by line.
    pub bad: Vec<BadRow>,
}

/// A file of members with bad rows was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("members: nothing was imported, because of {} bad fields:{}", .bad.len(), first_of(.bad))]
pub struct Rejected {
    /// Every reason of every bad row, by line.
    pub bad: Vec<BadRow>,
}

impl Members {
    /// Returns the good rows: all of the file, or those that are left when bad rows are skipped.
    pub fn accept(self, on_bad: OnBad) -> Result<Vec<Row>, Rejected> {
        match on_bad {
            OnBad::RefuseAll if !self.bad.is_empty() => Err(Rejected { bad: self.bad }),
            OnBad::RefuseAll | OnBad::Skip => Ok(self.rows),
        }
    }
}

/// Reads members; fails only if the file as a whole cannot be read.
///
/// A row is bad if its name, its e-mail address or a date is not accepted, if a date is outside of the years 2 to
/// 9998, if somebody was born before 1900 or after they joined, if a row above has the same e-mail address (without regard to case) or
/// the same number, or if it has more or fewer fields than there are headers. Empty fields are absent.
pub fn read(bytes: &[u8], mapping: &Mapping) -> Result<Members, ImportError> {
    if StrftimeItems::new(&mapping.date_format).any(|item| matches!(item, Item::Error)) {
        return Err(ImportError::invalid(
            1,
            "date_format",
            &mapping.date_format,
            "a format such as %Y-%m-%d or %d.%m.%Y",
        ));
    }
    let mut table = Table::read(bytes, mapping.separator)?;
    let columns = Columns::find(&table.headers, table.header_line, &mapping.columns)?;
    let mut reader = RowReader {
        columns,
        width: table.headers.len(),
        date_format: &mapping.date_format,
        emails: HashMap::new(),
        externals: HashMap::new(),
    };
    let mut members = Members {
        rows: Vec::new(),
        bad: Vec::new(),
    };
    for record in table.records.drain(..) {
        let before = members.bad.len();
        let row = reader.row(&record, &mut members.bad);
        if members.bad.len() == before {
            members.rows.extend(row);
        }
    }
    Ok(members)
}

struct RowReader<'a> {
    columns: Columns,
    width: usize,
    date_format: &'a str,
    emails: HashMap<String, u64>,
    externals: HashMap<String, u64>,
}

impl RowReader<'_> {
    fn row(&mut self, record: &Record, bad: &mut Vec<BadRow>) -> Option<Row> {
        let mut refuse = |field: &'static str, value: &str, expected: String| {
            bad.push(BadRow {
                line: record.line,
                field,
                value: cut(value),
                expected,
            });
        };
        if record.is_open {
            refuse("row", &record.fields.join(" "), "a closing quote".to_owned());
            return None;
        }
        if record.fields.len() != self.width {
            let expected = format!("{} fields, not {}", self.width, record.fields.len());
            refuse("row", &record.fields.join(" "), expected);
            return None;
        }
        for (field, text) in self.columns.fields(record) {
            if text.chars().nth(MAX_FIELD).is_some() {
                refuse(field.name(), text, format!("at most {MAX_FIELD} characters"));
                return None;
            }
        }
        let (person, address) = self.who(record, &mut refuse);
        let born_on = self.date(record, Field::BornOn, &mut refuse);
        let joined_on = self.date(record, Field::JoinedOn, &mut refuse);
        if let (Some(born), Some(joined)) = (born_on, joined_on)
            && born > joined
        {
            refuse(
                "born_on",
                &born.to_string(),
                format!("a day not after joined_on, {joined}"),
            );
        }
        let external = self.columns.get(record, Field::External);
        if let Some(number) = external
            && let Some(first) = first_line(&mut self.externals, number.to_owned(), record.line)
        {
            refuse(
                "external",
                number,
                format!("a number that no row above has (line {first} has it)"),
            );
        }
        Some(Row {
            line: record.line,
            person: Person {
                email: address,
                born_on,
                ..person?
            },
            joined_on,
            home: self.columns.get(record, Field::Home).map(str::to_owned),
            external: external.map(str::to_owned),
        })
    }

    /// Reads who somebody is; both reasons are listed where name and address are bad.
    fn who(
        &mut self,
        record: &Record,
        refuse: &mut impl FnMut(&'static str, &str, String),
    ) -> (Option<Person>, Option<String>) {
        let email = self.columns.get(record, Field::Email);
        let name = self.columns.name(record);
        let person = match Person::new(&name, None) {
            Ok(person) => Some(person),
            Err(error) => {
                refuse(error.field, &error.value, error.expected.to_owned());
                None
            }
        };
        // Any accepted name will do to ask for the address alone, so that both reasons are listed.
        let address = match Person::new("x", email) {
            Ok(person) => person.email,
            Err(error) => {
                refuse(error.field, &error.value, error.expected.to_owned());
                None
            }
        };
        if let Some(address) = &address
            && let Some(first) = first_line(&mut self.emails, address.to_lowercase(), record.line)
        {
            refuse(
                "email",
                address,
                format!("an address that no row above has (line {first} has it)"),
            );
        }
        (person, address)
    }

    fn date(
        &self,
        record: &Record,
        field: Field,
        refuse: &mut impl FnMut(&'static str, &str, String),
    ) -> Option<NaiveDate> {
        let text = self.columns.get(record, field)?;
        let earliest = if field == Field::BornOn { 1900 } else { 2 };
        let expected = match NaiveDate::parse_from_str(text, self.date_format) {
            Ok(date) if (earliest..=LAST_YEAR).contains(&date.year()) => return Some(date),
            // Programs write the first or the last day that they know for one that nobody knows.
            Ok(_) => format!("a date of the years {earliest} to {LAST_YEAR}; leave out what is not known"),
            Err(_) if earliest > 2 => format!("a date from {earliest} on written as {}", self.date_format),
            Err(_) => format!("a date written as {}", self.date_format),
        };
        refuse(field.name(), text, expected);
        None
    }
}

/// Remembers a value that must be there once; returns the line that has it already.
fn first_line(seen: &mut HashMap<String, u64>, value: String, line: u64) -> Option<u64> {
    match seen.entry(value) {
        std::collections::hash_map::Entry::Occupied(entry) => Some(*entry.get()),
        std::collections::hash_map::Entry::Vacant(entry) => {
            entry.insert(line);
            None
        }
    }
}
