//! [`When`] an event is: its start and its length, or its days.

use chrono::{NaiveDate, NaiveTime, TimeDelta};

use super::event::{At, Reader};
use super::line::Line;
use super::value::{Stamp, seconds};

/// The longest class, in minutes: a day.
const LONGEST: i64 = 24 * 60;

#[derive(Debug, Clone)]
pub(super) enum When {
    Timed {
        start: At<Stamp>,
        minutes: u32,
    },
    AllDay {
        from: NaiveDate,
        until: NaiveDate,
        is_free: bool,
    },
}

impl Reader<'_> {
    /// Reads start and length.
    pub(super) fn when(&mut self) -> Option<When> {
        let Some(line) = self.one("DTSTART") else {
            self.refuse(
                self.component.line,
                "DTSTART",
                "",
                "the start that every event has",
            );
            return None;
        };
        let start = self.stamp(line, &line.value)?;
        let end = self.one("DTEND");
        let duration = self.one("DURATION");
        if let (Some(_), Some(duration)) = (end, duration) {
            self.refuse(
                duration.number,
                "DURATION",
                &duration.value,
                "either DTEND or DURATION",
            );
            return None;
        }
        let is_day = self.component.text("X-MICROSOFT-CDO-ALLDAYEVENT");
        let is_day = is_day.is_some_and(|is| is.eq_ignore_ascii_case("TRUE"));
        match start.value {
            Stamp::Date(from) => self.all_day(from, end, duration),
            Stamp::Floating(at) | Stamp::In(_, at) if is_day && at.time() == NaiveTime::MIN => {
                self.all_day(at.date(), end, duration)
            }
            _ => {
                let minutes = self.minutes(&start, end, duration)?;
                Some(When::Timed { start, minutes })
            }
        }
    }

    fn minutes(&mut self, start: &At<Stamp>, end: Option<&Line>, duration: Option<&Line>) -> Option<u32> {
        let Some(line) = end.or(duration) else {
            self.refuse(start.line, "DTEND", "", "an end (DTEND) or a length (DURATION)");
            return None;
        };
        let length = if line.name == "DTEND" {
            let end = self.stamp(line, &line.value)?.value;
            let floating = self.zones.floating();
            let length = end.instant(floating).zip(start.value.instant(floating));
            length.map(|(end, start)| (end - start).num_seconds())
        } else {
            seconds(line.value.trim())
        };
        match length {
            Some(length) if length % 60 == 0 && (60..=LONGEST * 60).contains(&length) => {
                u32::try_from(length / 60).ok()
            }
            _ => {
                let expected = match line.name.as_str() {
                    "DTEND" => format!(
                        "a time 1 to {LONGEST} whole minutes after DTSTART, {}",
                        start.text
                    ),
                    _ => format!("1 to {LONGEST} whole minutes, such as PT1H"),
                };
                self.refuse(line.number, &line.name, &line.value, expected);
                None
            }
        }
    }

    fn all_day(&mut self, from: NaiveDate, end: Option<&Line>, duration: Option<&Line>) -> Option<When> {
        let after = match (end, duration) {
            (Some(line), _) => match self.stamp(line, &line.value)?.value {
                Stamp::Date(date) => Some(date),
                Stamp::Floating(at) | Stamp::In(_, at) if at.time() == NaiveTime::MIN => Some(at.date()),
                _ => None,
            },
            (None, Some(line)) => seconds(line.value.trim())
                .filter(|length| length % 86_400 == 0)
                .and_then(TimeDelta::try_seconds)
                .and_then(|length| from.checked_add_signed(length)),
            (None, None) => from.succ_opt(),
        };
        let until = after
            .and_then(|after| after.pred_opt())
            .filter(|until| *until >= from);
        let Some(until) = until else {
            let line = end.or(duration)?;
            self.refuse(
                line.number,
                &line.name,
                &line.value,
                format!("the date after the last day, after {from}"),
            );
            return None;
        };
        let is_free = self.component.text("TRANSP");
        Some(When::AllDay {
            from,
            until,
            is_free: is_free.is_some_and(|transparency| transparency.eq_ignore_ascii_case("TRANSPARENT")),
        })
    }
}
