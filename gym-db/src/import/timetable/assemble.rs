//! Joins the events of one UID: a series and its overrides.

use std::collections::HashMap;

use chrono::{NaiveDateTime, TimeDelta};
use gym_core::series::{RuleError, Series};

use super::event::{Body, Event};
use super::recurrence::{self, is_only_moved};
use super::value::{Clock, Stamp};
use super::when::When;
use super::zone::Zones;
use super::{BadEvent, Closure, ImportedSeries, Timetable};

/// How far from the start of its series an override may be: walking there takes time.
const FARTHEST: TimeDelta = TimeDelta::days(50 * 365);

/// Adds what the events say.
pub(super) fn assemble(events: Vec<Event>, zones: &Zones, timetable: &mut Timetable) {
    let mut groups: Vec<Vec<Event>> = Vec::new();
    let mut by_uid: HashMap<String, usize> = HashMap::new();
    for event in events {
        let index = match by_uid.get(&event.uid) {
            Some(index) if !event.uid.is_empty() => *index,
            _ => {
                by_uid.insert(event.uid.clone(), groups.len());
                groups.push(Vec::new());
                groups.len() - 1
            }
        };
        groups[index].push(event);
    }
    for group in groups {
        Group { zones, timetable }.add(group);
    }
    timetable.series.sort_by_key(|series| series.line);
    timetable.closures.sort_by_key(|closure| closure.line);
    timetable.bad.sort_by_key(|bad| bad.line);
    timetable.skipped.sort_by_key(|skipped| skipped.line);
}

struct Group<'a> {
    zones: &'a Zones,
    timetable: &'a mut Timetable,
}

/// What became of the event that overrides refer to.
enum Master {
    Missing,
    Unread(u64),
    Skipped(BadEvent),
    Closure,
    Series(Box<Open>),
}

/// A series that overrides still change.
struct Open {
    series: ImportedSeries,
    clock: Clock,
    moved: Vec<(NaiveDateTime, NaiveDateTime)>,
    except: Vec<NaiveDateTime>,
}

impl Open {
    fn close(self) -> Result<ImportedSeries, RuleError> {
        let mut recurrence = self.series.recurrence.with_except(self.except)?;
        for (original, to) in self.moved {
            recurrence = recurrence.with_moved(original, to)?;
        }
        Ok(ImportedSeries {
            recurrence,
            ..self.series
        })
    }
}

pub(super) fn bad(what: &str, line: u64, field: &str, value: &str, expected: impl Into<String>) -> BadEvent {
    BadEvent {
        event: what.to_owned(),
        line,
        field: field.to_owned(),
        value: super::super::cut(value),
        expected: expected.into(),
    }
}

fn cancelled(event: &Event) -> BadEvent {
    bad(
        &event.what,
        event.line,
        "STATUS",
        "CANCELLED",
        "an event that takes place",
    )
}

pub(super) fn of_rule(what: &str, line: u64, error: &RuleError) -> BadEvent {
    match error {
        RuleError::Invalid {
            part,
            value,
            expected,
        } => bad(what, line, part, value, *expected),
        other => bad(what, line, "RRULE", &other.to_string(), "a series of whole days"),
    }
}

impl Group<'_> {
    fn add(&mut self, events: Vec<Event>) {
        let (overrides, masters): (Vec<_>, Vec<_>) =
            events.into_iter().partition(|event| event.original.is_some());
        let mut masters = masters.into_iter();
        let mut master = match masters.next() {
            Some(event) => self.master(&event),
            None => Master::Missing,
        };
        for event in masters {
            let expected = "one event with this UID that is no override";
            self.refuse(event.bad.clone());
            self.refuse(vec![bad(&event.what, event.line, "UID", &event.uid, expected)]);
        }
        let mut singles = Vec::new();
        let mut seen: HashMap<NaiveDateTime, u64> = HashMap::new();
        for event in &overrides {
            let result = if event.bad.is_empty() {
                self.over(&mut master, event, &mut seen)
            } else {
                Err(event.bad.clone())
            };
            match result {
                Ok(single) => singles.extend(single),
                Err(reasons) => self.refuse(reasons),
            }
        }
        if let Master::Series(open) = master {
            let (what, line) = (open.series.title.clone(), open.series.line);
            match open.close() {
                Ok(series) => self.timetable.series.push(series),
                Err(error) => self.refuse(vec![of_rule(&what, line, &error)]),
            }
        }
        self.timetable.series.extend(singles);
    }

    fn refuse(&mut self, reasons: Vec<BadEvent>) {
        self.timetable.bad.extend(reasons);
    }

    fn master(&mut self, event: &Event) -> Master {
        match (&event.body, event.is_cancelled) {
            _ if !event.bad.is_empty() => {
                self.refuse(event.bad.clone());
                Master::Unread(event.line)
            }
            (None, _) | (_, true) => {
                self.timetable.skipped.push(cancelled(event));
                Master::Skipped(cancelled(event))
            }
            (Some(body), false) => match self.read(event, body) {
                Ok(master) => master,
                Err(reason) => {
                    self.refuse(vec![reason]);
                    Master::Unread(event.line)
                }
            },
        }
    }

    fn read(&mut self, event: &Event, body: &Body) -> Result<Master, BadEvent> {
        match &body.when {
            When::Timed { start, minutes } => {
                let recurs = body.rule.is_some() || !body.extra.is_empty();
                let clock = recurrence::clock(start.value, recurs, self.zones);
                let series = recurrence::read(event, body, start, *minutes, clock)?;
                Ok(Master::Series(Box::new(Open {
                    series,
                    clock,
                    moved: Vec::new(),
                    except: Vec::new(),
                })))
            }
            When::AllDay { from, until, is_free } => {
                if *is_free {
                    let expected = "OPAQUE for a closure, or an event with times for a class";
                    let skipped = bad(&event.what, event.line, "TRANSP", "TRANSPARENT", expected);
                    self.timetable.skipped.push(skipped.clone());
                    return Ok(Master::Skipped(skipped));
                } else if let Some(rule) = &body.rule {
                    let expected = "whole days that do not recur; give each closure its own event";
                    return Err(bad(&event.what, rule.line, "RRULE", &rule.text, expected));
                } else if let Some(date) = body.extra.first() {
                    let expected = "whole days that do not recur; give each closure its own event";
                    return Err(bad(&event.what, date.line, "RDATE", &date.text, expected));
                } else {
                    self.timetable.closures.push(Closure {
                        uid: event.uid.clone(),
                        line: event.line,
                        title: body.details.title.clone(),
                        from: *from,
                        until: *until,
                    });
                }
                Ok(Master::Closure)
            }
        }
    }

    fn over(
        &mut self,
        master: &mut Master,
        event: &Event,
        seen: &mut HashMap<NaiveDateTime, u64>,
    ) -> Result<Option<ImportedSeries>, Vec<BadEvent>> {
        let Some(original) = &event.original else {
            return Ok(None);
        };
        let refused = |field: &str, value: &str, expected: String| {
            Err(vec![bad(&event.what, original.line, field, value, expected)])
        };
        match master {
            Master::Unread(line) => {
                let expected = format!("an override of a series that can be read; see line {line}");
                refused("UID", &event.uid, expected)
            }
            Master::Closure => refused(
                "RECURRENCE-ID",
                &original.text,
                "an override of a series with times".to_owned(),
            ),
            Master::Skipped(reason) => {
                self.timetable.skipped.push(BadEvent {
                    line: event.line,
                    ..reason.clone()
                });
                Ok(None)
            }
            Master::Missing if event.is_cancelled => {
                self.timetable.skipped.push(cancelled(event));
                Ok(None)
            }
            Master::Missing => {
                let clock = recurrence::clock(original.value, false, self.zones);
                let replaced = clock.civil(original.value);
                self.single(event, replaced, None)
                    .map(Some)
                    .map_err(|reason| vec![reason])
            }
            Master::Series(open) => {
                let at = open.clock.civil(original.value);
                if let Some(line) = seen.insert(at, event.line) {
                    let expected = format!("one override of this start; line {line} begins another");
                    return refused("RECURRENCE-ID", &original.text, expected);
                }
                let recurrence = &open.series.recurrence;
                if event.is_cancelled && recurrence.except().contains(&at) {
                    return Ok(None);
                }
                let is_near = at - recurrence.start() <= FARTHEST;
                if !is_near || !recurrence.occurs_at(at) {
                    let (line, years) = (open.series.line, FARTHEST.num_days() / 365);
                    let expected =
                        format!("a start of the series on line {line}, in its first {years} years");
                    return refused("RECURRENCE-ID", &original.text, expected);
                }
                self.apply(open, event, at).map_err(|reason| vec![reason])
            }
        }
    }

    fn apply(
        &self,
        open: &mut Open,
        event: &Event,
        at: NaiveDateTime,
    ) -> Result<Option<ImportedSeries>, BadEvent> {
        let Some(body) = event.body.as_ref().filter(|_| !event.is_cancelled) else {
            open.except.push(at);
            return Ok(None);
        };
        let single = self.single(event, at, Some(open.clock))?;
        match &body.when {
            When::Timed { start, .. } if is_only_moved(&open.series, &single) => {
                let to = open.clock.civil(start.value);
                Series::new(to, open.clock.zone, None)
                    .map_err(|error| of_rule(&event.what, start.line, &error))?;
                open.moved.push((at, to));
                Ok(None)
            }
            _ => {
                open.except.push(at);
                Ok(Some(single))
            }
        }
    }

    /// An override as a series of its own, which occurs once; a time in UTC is read as those of its series are.
    fn single(
        &self,
        event: &Event,
        replaces: NaiveDateTime,
        of: Option<Clock>,
    ) -> Result<ImportedSeries, BadEvent> {
        let Some(body) = &event.body else {
            return Err(cancelled(event));
        };
        let recurring = body.rule.as_ref().map(|rule| ("RRULE", rule.line, &rule.text));
        let recurring = recurring.or_else(|| body.extra.first().map(|date| ("RDATE", date.line, &date.text)));
        if let Some((field, line, text)) = recurring {
            return Err(bad(
                &event.what,
                line,
                field,
                text,
                "an override that occurs once",
            ));
        }
        match &body.when {
            When::Timed { start, minutes } => {
                let theirs = of.filter(|_| matches!(start.value, Stamp::Utc(_)));
                let clock = theirs.unwrap_or_else(|| recurrence::clock(start.value, false, self.zones));
                let series = recurrence::read(event, body, start, *minutes, clock)?;
                Ok(ImportedSeries {
                    replaces: Some(replaces),
                    ..series
                })
            }
            When::AllDay { from, .. } => {
                let expected = "a time, as the series has one";
                Err(bad(
                    &event.what,
                    event.line,
                    "DTSTART",
                    &from.to_string(),
                    expected,
                ))
            }
        }
    }
}
