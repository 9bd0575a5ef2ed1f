//! What rows have in common: how columns become values, and how a column that cannot says so.

use chrono::{NaiveDateTime, NaiveTime, Weekday};
use gym_core::id::Id;
use gym_core::schedule::availability::{Hours, Span};
use gym_core::time::{Instant, Period};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::StoreError;
use crate::stamp::Stamp;

/// A column that holds what no version of this library wrote.
pub(crate) fn bad(column: &str, value: impl ToString) -> StoreError {
    StoreError::other(strange(column, value))
}

/// Says of a column that no version of this library wrote what it holds.
pub(crate) fn strange(column: &str, value: impl ToString) -> String {
    format!(
        "{column}: {:?} was not written by this library",
        value.to_string()
    )
}

/// Finds the value with a name among all of its type.
pub(crate) fn called<T: Copy>(text: &str, all: &[T], name: fn(T) -> &'static str) -> Option<T> {
    all.iter().copied().find(|value| name(*value) == text)
}

/// Reads the value with a name from a column.
pub(crate) fn named<T: Copy>(
    column: &str,
    text: &str,
    all: &[T],
    name: fn(T) -> &'static str,
) -> Result<T, StoreError> {
    called(text, all, name).ok_or_else(|| bad(column, text))
}

pub(crate) fn count(column: &str, value: i32) -> Result<u32, StoreError> {
    value.try_into().map_err(|_| bad(column, value))
}

/// Makes a number a column; what is too large for it becomes the largest.
pub(crate) fn number(value: u32) -> i32 {
    value.try_into().unwrap_or(i32::MAX)
}

pub(crate) fn id<I: Id>(value: i64) -> I {
    I::from_raw(value)
}

pub(crate) fn stamp(at: Instant) -> Stamp {
    at.into()
}

pub(crate) fn period(column: &str, start: Stamp, end: Stamp) -> Result<Period, StoreError> {
    Period::new(start.at(), end.at()).map_err(|_| bad(column, format!("{start:?}/{end:?}")))
}

pub(crate) fn to_json(value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(StoreError::other)
}

pub(crate) fn from_json<T: DeserializeOwned>(column: &str, text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| bad(column, format!("{text} ({error})")))
}

/// Writes bytes as hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    text.extend(digits.filter_map(|digit| char::from_digit(digit.into(), 16)));
    text
}

pub(crate) fn weekday(column: &str, number: i32) -> Result<Weekday, StoreError> {
    u8::try_from(number)
        .ok()
        .and_then(|number| Weekday::try_from(number).ok())
        .ok_or_else(|| bad(column, number))
}

pub(crate) fn clock(time: NaiveTime) -> String {
    time.format("%H:%M").to_string()
}

pub(crate) fn span(column: &str, opens: &str, closes: &str) -> Result<Span, StoreError> {
    let time = |text: &str| time(text).ok_or_else(|| bad(column, text));
    Span::new(time(opens)?, time(closes)?).map_err(|error| bad(column, error))
}

/// Reads what [`clock`] wrote.
pub(crate) fn time(text: &str) -> Option<NaiveTime> {
    let (hour, minute) = text.split_once(':').filter(|_| text.len() == 5)?;
    NaiveTime::from_hms_opt(hour.parse().ok()?, minute.parse().ok()?, 0)
}

pub(crate) fn hours(column: &str, day: i32, opens: &str, closes: &str) -> Result<Hours, StoreError> {
    Ok(Hours {
        weekday: weekday(column, day)?,
        span: span(column, opens, closes)?,
    })
}

/// The form of a civil time in a column of text.
pub(crate) const CIVIL: &str = "%Y-%m-%d %H:%M:%S";

pub(crate) fn civil(column: &str, text: &str) -> Result<NaiveDateTime, StoreError> {
    NaiveDateTime::parse_from_str(text, CIVIL).map_err(|_| bad(column, text))
}
