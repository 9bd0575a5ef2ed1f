//! What a club already has: [`members`] from CSV and [`timetable`]s from iCalendar, as values.
//!
//! Reading touches no database. A reader gives what it could read and, apart, everything that it could
//! not, each with its line, its field, its value and what was expected; [`OnBad`] says what to do then.
//!
//! ```
//! use gym_db::import::{OnBad, members};
//!
//! let file = b"E-Mail;Name;Eintritt\nada@example.org;Ada Adler;2026-01-15\nbo@example;;2026-02-30\n";
//! let members = members::read(file, &members::Mapping::default())?;
//! let bad: Vec<String> = members.bad.iter().map(ToString::to_string).collect();
//! assert_eq!(bad[0], r#"line 3: name: "" is not accepted; expected 1 to 200 characters on one line"#);
//! assert_eq!(bad.len(), 3);
//! assert!(members.clone().accept(OnBad::RefuseAll).is_err());
//! assert_eq!(members.accept(OnBad::Skip)?[0].person.name, "Ada Adler");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::fmt;

mod bad;
mod intake;
pub mod members;
mod name;
pub mod timetable;

pub use intake::{Assumed, IntakeError, MembersTaken, TimetableTaken};

/// The largest file that is read, in bytes (16 MiB).
pub const MAX_BYTES: usize = 16 * 1024 * 1024;

/// What to do with a file in which something is bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnBad {
    /// Import nothing.
    #[default]
    RefuseAll,
    /// Import what is good; the bad parts stay in the list that was read beside it.
    Skip,
}

/// Why a file was not read at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The file is larger than [`MAX_BYTES`].
    #[error("file: {bytes} bytes are too many; expected at most {MAX_BYTES}")]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// The text is not UTF-8.
    #[error("line {line}: the byte {byte:#04x} at offset {offset} is not UTF-8{}; expected a file saved as UTF-8", like(*.guess))]
    Encoding {
        /// The line, from 1.
        line: u64,
        /// How many bytes of the file are before it.
        offset: usize,
        /// The byte.
        byte: u8,
        /// What the file seems to be: `UTF-16` or `Windows-1252`.
        guess: Option<&'static str>,
    },
    /// A part of the file as a whole, such as a header of a table, is not what it must be.
    #[error("line {line}: {field}: {value:?} is not accepted; expected {expected}")]
    Invalid {
        /// The line, from 1.
        line: u64,
        /// Which part.
        field: String,
        /// What was given, cut after 200 characters.
        value: String,
        /// What would be accepted.
        expected: String,
    },
}

fn like(guess: Option<&str>) -> String {
    guess.map_or_else(String::new, |name| format!(" (it looks like {name})"))
}

impl ImportError {
    fn invalid(line: u64, field: &str, value: &str, expected: impl Into<String>) -> Self {
        Self::Invalid {
            line,
            field: field.to_owned(),
            value: cut(value),
            expected: expected.into(),
        }
    }
}

/// Cuts what is quoted in a message.
fn cut(text: &str) -> String {
    const LONGEST: usize = 200;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// Refuses what is too large or UTF-16, and takes a byte order mark away; returns the mark's length too.
fn unmarked(bytes: &[u8]) -> Result<(&[u8], usize), ImportError> {
    if bytes.len() > MAX_BYTES {
        return Err(ImportError::TooLarge { bytes: bytes.len() });
    }
    let wide = match bytes {
        [0xFE, 0xFF, ..] | [0xFF, 0xFE, ..] => true,
        // Without a mark, every other byte of what begins with Latin letters is 0.
        [a, b, c, d, ..] => {
            let zeros = [a, b, c, d].map(|byte| *byte == 0);
            matches!(zeros, [true, false, true, false] | [false, true, false, true])
        }
        _ => false,
    };
    if wide {
        return Err(ImportError::Encoding {
            line: 1,
            offset: 0,
            byte: bytes.first().copied().unwrap_or_default(),
            guess: Some("UTF-16"),
        });
    }
    Ok(match bytes.strip_prefix(b"\xEF\xBB\xBF") {
        Some(rest) => (rest, 3),
        None => (bytes, 0),
    })
}

/// Reads bytes as UTF-8; the file has a mark of `mark` bytes before them.
fn utf8(bytes: &[u8], mark: usize) -> Result<&str, ImportError> {
    std::str::from_utf8(bytes).map_err(|error| {
        let at = error.valid_up_to();
        let before = bytes.get(..at).unwrap_or_default();
        ImportError::Encoding {
            line: 1 + before.iter().filter(|byte| **byte == b'\n').count() as u64,
            offset: mark + at,
            byte: bytes.get(at).copied().unwrap_or_default(),
            guess: guess(bytes),
        }
    })
}

/// What bytes that are not UTF-8 seem to be: Windows-1252, unless they have one of the five that it lacks.
fn guess(bytes: &[u8]) -> Option<&'static str> {
    let is_lacking = |byte: &u8| matches!(byte, 0x81 | 0x8D | 0x8F | 0x90 | 0x9D);
    (!bytes.iter().any(is_lacking)).then_some("Windows-1252")
}

/// The sentence of one bad value.
fn sentence(f: &mut fmt::Formatter<'_>, line: u64, field: &str, value: &str, expected: &str) -> fmt::Result {
    write!(
        f,
        "line {line}: {field}: {value:?} is not accepted; expected {expected}"
    )
}

/// The first few of a list of sentences, for the message of an error that carries them all.
fn first_of<T: fmt::Display>(all: &[T]) -> String {
    const SHOWN: usize = 10;
    let mut text = all
        .iter()
        .take(SHOWN)
        .map(|one| format!("\n  {one}"))
        .collect::<String>();
    if all.len() > SHOWN {
        text.push_str(&format!("\n  and {} more", all.len() - SHOWN));
    }
    text
}
