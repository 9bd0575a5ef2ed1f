//! [`Checks`]: the reasons against a command, as they are found.

use chrono::NaiveDate;
use chrono_tz::Tz;

use crate::booking::refusal::{Reason, Refusal};
use crate::id::Id;

/// The reasons against a command, as they are found.
#[derive(Default)]
pub(super) struct Checks(pub(super) Vec<Reason>);

/// Whether a text is short and on one line; PostgreSQL cannot store every control character.
pub(crate) fn is_line(text: &str) -> bool {
    text.chars().count() <= 200 && !text.chars().any(char::is_control)
}

impl Checks {
    pub(super) fn known<T>(&mut self, what: &str, id: impl Id, found: Option<T>) -> Option<T> {
        if found.is_none() {
            self.0.push(Reason::Unknown {
                what: what.to_owned(),
                id: id.raw(),
            });
        }
        found
    }

    pub(super) fn value(&mut self, ok: bool, field: &str, value: impl ToString, expected: &str) {
        if !ok {
            let (field, value) = (field.to_owned(), value.to_string());
            self.0.push(Reason::BadValue {
                field,
                value,
                expected: expected.to_owned(),
            });
        }
    }

    pub(super) fn days(&mut self, from: NaiveDate, until: Option<NaiveDate>) {
        if let Some(until) = until {
            self.value(from <= until, "until", until, &format!("a day from {from} on"));
        }
    }

    /// What ends may end earlier than it did, and never later.
    pub(super) fn ends(&mut self, from: NaiveDate, current: Option<NaiveDate>, until: NaiveDate) {
        let expected = match current {
            Some(current) => format!("a day from {from} to {current}"),
            None => format!("a day from {from} on"),
        };
        let ok = from <= until && current.is_none_or(|current| until <= current);
        self.value(ok, "until", until, &expected);
    }

    pub(super) fn text(&mut self, field: &str, text: &str) {
        self.value(
            !text.trim().is_empty() && is_line(text),
            field,
            format!("{text:?}"),
            "1 to 200 characters on one line",
        );
    }

    /// Words that may say something about a person: what they say stands in no reason.
    pub(super) fn words(&mut self, field: &str, words: &str) {
        let ok = !words.trim().is_empty() && is_line(words);
        self.value(ok, field, "what was given", "1 to 200 characters on one line");
    }

    pub(super) fn into_result(self, action: &str, zone: Tz) -> Result<(), Refusal> {
        if self.0.is_empty() {
            return Ok(());
        }
        Err(Refusal {
            reasons: self.0,
            ..Refusal::new(action, zone)
        })
    }
}
