//! When the classes of an event recur, and what they are.

use chrono::{NaiveDateTime, NaiveTime};
use chrono_tz::Tz;
use gym_core::series::{End, Rule, RuleError, Series, Until};
use gym_core::time::civil;

use super::assemble::{bad, of_rule};
use super::event::{At, Body, Event};
use super::value::{Clock, Stamp};
use super::zone::Zones;
use super::{BadEvent, ImportedSeries, shown_once};

/// Makes an event with times a series, whose times are read by a clock.
pub(super) fn read(
    event: &Event,
    body: &Body,
    start: &At<Stamp>,
    minutes: u32,
    clock: Clock,
) -> Result<ImportedSeries, BadEvent> {
    let civil = clock.civil(start.value);
    if let Stamp::Utc(at) = start.value
        && shown_once(clock.zone, at.and_utc()).is_none()
    {
        let expected = format!(
            "a start that the clocks of {} show once, or the first of two",
            clock.zone
        );
        return Err(bad(&event.what, start.line, "DTSTART", &start.text, expected));
    }
    let rule = match &body.rule {
        Some(rule) => Some(shifted(event, rule, start, civil, &clock)?),
        None => None,
    };
    let stamps = |stamps: &[At<Stamp>]| stamps.iter().map(|at| clock.civil(at.value)).collect::<Vec<_>>();
    let recurrence = started(civil, clock, rule)
        .and_then(|series| series.with_extra(stamps(&body.extra)))
        .and_then(|series| series.with_except(stamps(&body.except)))
        .map_err(|error| of_rule(&event.what, start.line, &error))?;
    let details = body.details.clone();
    let series = ImportedSeries {
        uid: event.uid.clone(),
        line: event.line,
        title: details.title,
        description: details.description,
        location: details.location,
        trainer: details.trainer,
        categories: details.categories,
        recurrence,
        minutes,
        replaces: None,
    };
    Ok(series)
}

/// The zone of a series, and how its times are read in it.
pub(super) fn clock(start: Stamp, recurs: bool, zones: &Zones) -> Clock {
    let plain = |zone| Clock {
        zone,
        time: NaiveTime::MIN,
        shift: None,
    };
    let mut clock = match (start, zones.named()) {
        (Stamp::In(zone, _), _) => plain(zone),
        (Stamp::Utc(at), Some(zone)) if recurs => Clock {
            shift: Some(civil(zone, at.and_utc()) - at),
            ..plain(zone)
        },
        (Stamp::Utc(_), None) if recurs => plain(Tz::UTC),
        // What the clocks of the zone show a second time, they cannot say.
        (Stamp::Utc(at), _) if shown_once(zones.floating(), at.and_utc()).is_none() => plain(Tz::UTC),
        _ => plain(zones.floating()),
    };
    clock.time = clock.civil(start).time();
    clock
}

/// Whether an override changes nothing but the start.
pub(super) fn is_only_moved(series: &ImportedSeries, single: &ImportedSeries) -> bool {
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
