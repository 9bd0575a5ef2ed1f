//! Bad rows and events of what was well written, and is refused.

use gym_core::booking::refusal::{Reason, Refusal};
use gym_core::id::LocationId;

use super::cut;
use super::members::{BadRow, Field, Row};
use super::name::Named;
use super::timetable::BadEvent;
use crate::error::Failure;

/// A row whose home is no location, or one of several.
pub(super) fn homeless(row: &Row, homes: &Named<LocationId>, is_known: bool) -> BadRow {
    let names = homes.iter().filter(|(_, it)| it.is_ok());
    let names: Vec<&str> = names.map(|(name, _)| name.as_str()).collect();
    BadRow {
        line: row.line,
        field: Field::Home.name(),
        value: cut(row.home.as_deref().unwrap_or_default()),
        expected: match is_known {
            true => "a name that only one location has".to_owned(),
            false => format!("a location: {}", names.join(", ")),
        },
    }
}

pub(super) fn refused_row(row: &Row, refusal: &Refusal) -> BadRow {
    let (field, value, expected) = told(refusal, "no refusal");
    let known = Field::ALL.into_iter().find(|it| it.name() == field);
    BadRow {
        line: row.line,
        field: known.map_or("row", Field::name),
        value,
        expected,
    }
}

/// The field, the value and what was expected, as far as a refusal is of one; else its first reason.
pub(super) fn told(refusal: &Refusal, expected: &str) -> (String, String, String) {
    match refusal.reasons.first() {
        Some(Reason::BadValue {
            field,
            value,
            expected,
        }) => (field.clone(), cut(value), expected.clone()),
        first => {
            let sentence = first.map(|reason| reason.sentence(refusal.zone));
            let expected = format!("{expected} ({} in all)", refusal.reasons.len());
            (String::new(), cut(&sentence.unwrap_or_default()), expected)
        }
    }
}

/// Makes a refusal a bad event; any other failure stays one.
pub(super) fn refused(title: &str, line: u64, failure: Failure) -> Result<BadEvent, Failure> {
    let Failure::Refused(refusal) = failure else {
        return Err(failure);
    };
    let (field, value, expected) = told(&refusal, "no conflict");
    Ok(BadEvent {
        event: title.to_owned(),
        line,
        field: Some(field)
            .filter(|it| !it.is_empty())
            .unwrap_or_else(|| "timetable".to_owned()),
        value,
        expected,
    })
}
