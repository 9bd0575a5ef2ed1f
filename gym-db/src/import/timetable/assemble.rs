//! Joins the events of one UID: a series and its overrides.

use std::collections::HashMap;

use chrono::{NaiveDateTime, TimeDelta};
use gym_core::series::{End, Rule, RuleError, Series, Until};

use super::event::{At, Body, Event, When};
use super::value::{Clock, Stamp};
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
}

struct Group<'a> {
    zones: &'a Zones,
    timetable: &'a mut Timetable,
}

/// What became of the event that overrides refer to.
enum Master {
    Missing,
    Unread(u64),
    Cancelled,
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

fn bad(what: &str, line: u64, field: &str, value: &str, expected: impl Into<String>) -> BadEvent {
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

fn of_rule(what: &str, line: u64, error: &RuleError) -> BadEvent {
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
                Master::Cancelled
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
                let (series, clock) = self.series(event, body, start, *minutes)?;
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
                    self.timetable.skipped.push(skipped);
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

    fn series(
        &self,
        event: &Event,
        body: &Body,
        start: &At<Stamp>,
        minutes: u32,
    ) -> Result<(ImportedSeries, Clock), BadEvent> {
        let recurs = body.rule.is_some() || !body.extra.is_empty();
        let clock = self.clock(start.value, recurs);
        let civil = clock.civil(start.value);
        let rule = match &body.rule {
            Some(rule) => Some(shifted(event, rule, start, civil, &clock)?),
            None => None,
        };
        let stamps = |stamps: &[At<Stamp>]| stamps.iter().map(|at| clock.civil(at.value)).collect::<Vec<_>>();
        let recurrence = started(civil, clock, rule)
            .and_then(|series| series.with_extra(stamps(&body.extra)))
            .and_then(|series| series.with_except(stamps(&body.except)))
            .map_err(|error| of_rule(&event.what, start.line, &error))?;
        Ok((imported(event, body, recurrence, minutes, None), clock))
    }

    /// The zone of a series, and how its times are read in it.
    fn clock(&self, start: Stamp, recurs: bool) -> Clock {
        let plain = |zone| Clock {
            zone,
            time: chrono::NaiveTime::MIN,
            shift: None,
        };
        let mut clock = match (start, self.zones.named()) {
            (Stamp::In(zone, _), _) => plain(zone),
            (Stamp::Utc(at), Some(zone)) if recurs => Clock {
                shift: Some(gym_core::time::civil(zone, at.and_utc()) - at),
                ..plain(zone)
            },
            (Stamp::Utc(_), None) if recurs => plain(chrono_tz::Tz::UTC),
            _ => plain(self.zones.floating()),
        };
        clock.time = clock.civil(start).time();
        clock
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
            Master::Cancelled => {
                self.timetable.skipped.push(cancelled(event));
                Ok(None)
            }
            Master::Missing if event.is_cancelled => {
                self.timetable.skipped.push(cancelled(event));
                Ok(None)
            }
            Master::Missing => {
                let clock = self.clock(original.value, false);
                let replaced = clock.civil(original.value);
                self.single(event, replaced)
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
        let single = self.single(event, at)?;
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

    /// An override as a series of its own, which occurs once.
    fn single(&self, event: &Event, replaces: NaiveDateTime) -> Result<ImportedSeries, BadEvent> {
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
                let (series, _) = self.series(event, body, start, *minutes)?;
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

fn imported(
    event: &Event,
    body: &Body,
    recurrence: Series,
    minutes: u32,
    replaces: Option<NaiveDateTime>,
) -> ImportedSeries {
    let details = body.details.clone();
    ImportedSeries {
        uid: event.uid.clone(),
        line: event.line,
        title: details.title,
        description: details.description,
        location: details.location,
        trainer: details.trainer,
        categories: details.categories,
        recurrence,
        minutes,
        replaces,
    }
}

fn is_only_moved(series: &ImportedSeries, single: &ImportedSeries) -> bool {
    series.title == single.title
        && series.description == single.description
        && series.location == single.location
        && series.trainer == single.trainer
        && series.categories == single.categories
        && series.minutes == single.minutes
}

/// Makes a rule in UTC one of the series' zone, where its start was shifted there.
fn shifted(
    event: &Event,
    rule: &At<Rule>,
    start: &At<Stamp>,
    civil: NaiveDateTime,
    clock: &Clock,
) -> Result<Rule, BadEvent> {
    let (Some(shift), Stamp::Utc(at)) = (clock.shift, start.value) else {
        return Ok(rule.value.clone());
    };
    let names_days = !rule.value.days().is_empty()
        || !rule.value.month_days().is_empty()
        || !rule.value.months().is_empty();
    if names_days && civil.date() != at.date() {
        let expected = format!(
            "a start with TZID={}, where it is {}: the rule names days of UTC",
            clock.zone,
            civil.date()
        );
        return Err(bad(&event.what, start.line, "DTSTART", &start.text, expected));
    }
    match rule.value.end() {
        End::Until(Until::Utc(until)) => {
            let end = End::Until(Until::Local(until.naive_utc() + shift));
            let rule_in_zone = rule.value.clone().with_end(end);
            rule_in_zone.map_err(|error| of_rule(&event.what, rule.line, &error))
        }
        _ => Ok(rule.value.clone()),
    }
}

/// A series whose start occurs, and is the first of a COUNT, also if the rule does not give it.
fn started(start: NaiveDateTime, clock: Clock, rule: Option<Rule>) -> Result<Series, RuleError> {
    let series = Series::new(start, clock.zone, rule.clone())?;
    let Some(rule) = rule.filter(|_| !series.occurs_at(start)) else {
        return Ok(series);
    };
    match rule.end() {
        End::Count(1) => Series::new(start, clock.zone, None),
        End::Count(count) => {
            let rule = rule.with_end(End::Count(count - 1))?;
            Series::new(start, clock.zone, Some(rule))?.with_extra([start])
        }
        End::Never | End::Until(_) => series.with_extra([start]),
    }
}
