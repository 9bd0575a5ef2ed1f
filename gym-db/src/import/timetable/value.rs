//! Values of content lines: dates, times, lengths and lists (RFC 5545, section 3.3).

use chrono::{Duration, NaiveDate, NaiveDateTime, NaiveTime};
use chrono_tz::Tz;
use gym_core::time::{Instant, civil, resolve};

use super::line::unescaped;

/// A date, or a time with what says where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stamp {
    Date(NaiveDate),
    Utc(NaiveDateTime),
    Floating(NaiveDateTime),
    In(Tz, NaiveDateTime),
}

impl Stamp {
    /// Reads `20260105`, `20260105T180000` or `20260105T170000Z`; a local time is floating.
    pub(super) fn read(text: &str) -> Option<Self> {
        let (date, time) = match text.split_once(['T', 't']) {
            Some((date, time)) => (date, Some(time)),
            None => (text, None),
        };
        let date = NaiveDate::from_ymd_opt(
            i32::try_from(digits(date, 0, 4, 8)?)
                .ok()
                .filter(|year| *year > 0)?,
            digits(date, 4, 6, 8)?,
            digits(date, 6, 8, 8)?,
        )?;
        let Some(time) = time else {
            return Some(Self::Date(date));
        };
        let (time, is_utc) = match time.strip_suffix(['Z', 'z']) {
            Some(time) => (time, true),
            None => (time, false),
        };
        let time = NaiveTime::from_hms_opt(
            digits(time, 0, 2, 6)?,
            digits(time, 2, 4, 6)?,
            digits(time, 4, 6, 6)?,
        )?;
        let at = date.and_time(time);
        Some(if is_utc { Self::Utc(at) } else { Self::Floating(at) })
    }

    /// Returns the instant; a date has none.
    pub(super) fn instant(self, floating: Tz) -> Option<Instant> {
        match self {
            Self::Date(_) => None,
            Self::Utc(at) => Some(at.and_utc()),
            Self::Floating(at) => Some(resolve(floating, at).instant),
            Self::In(zone, at) => Some(resolve(zone, at).instant),
        }
    }
}

/// The number in bytes `from` to `to` of a text that must have `length` bytes, all of them digits.
fn digits(text: &str, from: usize, to: usize, length: usize) -> Option<u32> {
    if text.len() != length || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.get(from..to)?.parse().ok()
}

/// How the stamps of one series become civil times of its zone.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    pub(super) zone: Tz,
    /// The time of the day of its start.
    pub(super) time: NaiveTime,
    /// What is added to times in UTC, where a series that was written in UTC keeps its hour in the zone.
    pub(super) shift: Option<Duration>,
}

impl Clock {
    pub(super) fn civil(&self, stamp: Stamp) -> NaiveDateTime {
        match stamp {
            Stamp::Date(date) => date.and_time(self.time),
            Stamp::Floating(at) => at,
            Stamp::In(zone, at) if zone == self.zone => at,
            Stamp::In(zone, at) => civil(self.zone, resolve(zone, at).instant),
            Stamp::Utc(at) => match self.shift {
                Some(shift) => at + shift,
                None => civil(self.zone, at.and_utc()),
            },
        }
    }
}

/// Reads a DURATION such as `PT1H30M`, `P1D` or `P2W`, in seconds.
pub(super) fn seconds(text: &str) -> Option<i64> {
    let (text, sign) = match text.strip_prefix('-') {
        Some(text) => (text, -1),
        None => (text.strip_prefix('+').unwrap_or(text), 1),
    };
    let (days, time) = match text.strip_prefix('P')?.split_once('T') {
        Some((_, "")) => return None,
        Some((days, time)) => (days, time),
        None => (text.strip_prefix('P')?, ""),
    };
    let weeks = [('W', 604_800), ('D', 86_400)];
    let hours = [('H', 3_600), ('M', 60), ('S', 1)];
    let sum = units(days, &weeks)?.checked_add(units(time, &hours)?)?;
    (!days.is_empty() || !time.is_empty()).then_some(sign * sum)
}

fn units(mut text: &str, units: &[(char, i64)]) -> Option<i64> {
    let mut sum = 0_i64;
    let mut units = units.iter();
    while !text.is_empty() {
        let end = text.find(|c: char| !c.is_ascii_digit())?;
        let (number, rest) = text.split_at(end);
        let unit = rest.chars().next()?;
        let (_, seconds) = units.find(|(name, _)| *name == unit)?;
        sum = sum.checked_add(number.parse::<i64>().ok()?.checked_mul(*seconds)?)?;
        text = rest.get(unit.len_utf8()..)?;
    }
    Some(sum)
}

/// Splits a list of texts at its commas that are not escaped; empty ones are left out.
pub(super) fn texts(list: &str) -> Vec<String> {
    let mut items = vec![String::new()];
    let mut is_escaped = false;
    for c in list.chars() {
        match (c, items.last_mut()) {
            (',', _) if !is_escaped => items.push(String::new()),
            (c, Some(item)) => item.push(c),
            (_, None) => {}
        }
        is_escaped = c == '\\' && !is_escaped;
    }
    let items = items.into_iter().map(|item| unescaped(item.trim()));
    items.filter(|item| !item.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_read_as_seconds() {
        let check = |text, expected| assert_eq!(seconds(text), expected, "{text}");
        check("PT1H", Some(3_600));
        check("P0DT1H30M0S", Some(5_400));
        check("P1D", Some(86_400));
        check("P2W", Some(1_209_600));
        check("-PT15M", Some(-900));
        check("PT90M", Some(5_400));
        check("+PT1H", Some(3_600));
        for bad in [
            "",
            "P",
            "PT",
            "1H",
            "PT1",
            "PTH",
            "PT1M1H",
            "P1H",
            "PT1.5H",
            "PT99999999999999999999H",
            "PT9223372036854775807H",
        ] {
            check(bad, None);
        }
    }

    #[test]
    fn stamps_are_dates_or_whole_times() {
        let check = |text, expected: Option<&str>| {
            let read = Stamp::read(text).map(|stamp| format!("{stamp:?}"));
            assert_eq!(read.as_deref(), expected, "{text}");
        };
        check("20260105", Some("Date(2026-01-05)"));
        check("20260105T183000", Some("Floating(2026-01-05T18:30:00)"));
        check("20260105T173000Z", Some("Utc(2026-01-05T17:30:00)"));
        for bad in [
            "",
            "2026-01-05",
            "20260230",
            "20260105T25",
            "20260105T250000",
            "20260105T1830",
            "00000101",
            "20260105T183000+0100",
            "२०२६०१०५",
        ] {
            check(bad, None);
        }
    }

    #[test]
    fn lists_split_at_free_commas() {
        assert_eq!(
            texts(r"Cycling,Indoor\, hot, ,a\\,b"),
            ["Cycling", "Indoor, hot", r"a\", "b"]
        );
    }
}
