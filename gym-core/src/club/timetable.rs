//! Decisions that add classes: a series, its dated classes up to a horizon, a class that happens once.

use std::collections::BTreeSet;

use super::people::Checks;
use super::placing::Placing;
use super::{Club, Key, unknown};
use crate::booking::refusal::{Reason, Refusal};
use crate::command::{Command, Context};
use crate::decision::{Decision, Draft};
use crate::event::Event;
use crate::id::{ClassId, SeriesId};
use crate::location::Location;
use crate::schedule::claim::Owner;
use crate::schedule::class::{Class, ClassSeries, ClassState, Offering};
use crate::series::{Occurrence, Series};
use crate::time::{Instant, Period, resolve};

/// The most dated classes that one command makes.
pub(super) const OCCURRENCES_MAX: usize = 5_000;

impl Club {
    pub(super) fn decide_timetable(&self, command: &Command, context: &Context) -> Decision {
        match command {
            Command::AddSeries {
                offering,
                recurrence,
                until,
            } => self.add_series(offering, recurrence, *until, context),
            Command::Materialise { series, until } => self.materialise(*series, *until, context),
            Command::AddClass { offering, start } => self.add_class(offering, *start, context),
            _ => Ok(Vec::new()),
        }
    }

    fn add_series(
        &self,
        offering: &Offering,
        recurrence: &Series,
        until: Instant,
        context: &Context,
    ) -> Decision {
        let action = format!("add the series {}", offering.title);
        let (location, mut draft) = (self.offered_at(offering, &action, context)?, Draft::default());
        let id: SeriesId = draft.local();
        let mut checks = Checks::default();
        let zone = location.zone;
        let expected = format!("the zone of the location, {zone}");
        checks.value(recurrence.zone() == zone, "zone", recurrence.zone(), &expected);
        let occurrences = within(recurrence, context.now, until).take(OCCURRENCES_MAX + 1);
        let occurrences: Vec<Occurrence> = occurrences.collect();
        let most = format!("at most {OCCURRENCES_MAX} classes at once");
        checks.value(occurrences.len() <= OCCURRENCES_MAX, "until", until, &most);
        checks.into_result(&action, zone)?;

        let series = ClassSeries {
            id,
            offering: offering.clone(),
            recurrence: recurrence.clone(),
        };
        draft.push(Event::SeriesAdded(series));
        let mut placing = Placing::new(self);
        let mut reasons = Vec::new();
        for occurrence in occurrences {
            match self.place(&mut placing, &mut draft, Some(id), offering, &occurrence) {
                Ok(()) => {}
                Err(Closed(closed)) => {
                    let original = occurrence.original;
                    draft.push(Event::OccurrenceSkipped {
                        series: id,
                        original,
                        reasons: closed,
                    });
                }
                Err(Conflicts(conflicts)) => reasons.extend(conflicts),
            }
        }
        if reasons.is_empty() {
            return Ok(draft.into_events());
        }
        Err(Refusal {
            reasons,
            ..Refusal::new(action, zone)
        })
    }

    fn materialise(&self, id: SeriesId, until: Instant, context: &Context) -> Decision {
        let series = self
            .series
            .get(id)
            .ok_or_else(|| unknown("class series", id.get()))?;
        let action = format!("continue the series {}", series.offering.title);
        self.offered_at(&series.offering, &action, context)?;
        let mut draft = Draft::default();
        let mut placing = Placing::new(self);
        let made: BTreeSet<_> = self
            .classes
            .of(Key::Series(id))
            .filter_map(|class| class.original)
            .collect();
        let occurrences = within(&series.recurrence, context.now, until);
        for occurrence in occurrences
            .filter(|it| !made.contains(&it.original))
            .take(OCCURRENCES_MAX)
        {
            let original = occurrence.original;
            let placed = self.place(&mut placing, &mut draft, Some(id), &series.offering, &occurrence);
            if let Err(Closed(reasons) | Conflicts(reasons)) = placed {
                draft.push(Event::OccurrenceSkipped {
                    series: id,
                    original,
                    reasons,
                });
            }
        }
        Ok(draft.into_events())
    }

    fn add_class(&self, offering: &Offering, start: chrono::NaiveDateTime, context: &Context) -> Decision {
        let action = format!("add the class {}", offering.title);
        let location = self.offered_at(offering, &action, context)?;
        let resolved = resolve(location.zone, start);
        let refuse = |reasons| {
            Err(Refusal {
                reasons,
                ..Refusal::new(action.clone(), location.zone)
            })
        };
        if resolved.instant <= context.now {
            return refuse(vec![Reason::Started {
                starts_at: resolved.instant,
            }]);
        }
        let mut draft = Draft::default();
        let once = Occurrence {
            original: start,
            start,
            instant: resolved.instant,
            fit: resolved.fit,
        };
        match self.place(&mut Placing::new(self), &mut draft, None, offering, &once) {
            Ok(()) => Ok(draft.into_events()),
            Err(Closed(reasons) | Conflicts(reasons)) => refuse(reasons),
        }
    }

    /// Checks that an offering is sound and that the actor may change the timetable of its location.
    fn offered_at(&self, offering: &Offering, action: &str, context: &Context) -> Result<&Location, Refusal> {
        let mut checks = Checks::default();
        self.check_offering(offering, &mut checks);
        let location = self.locations.get(offering.location);
        let zone = location.map_or(chrono_tz::UTC, |location| location.zone);
        if let Some(location) = location {
            checks.0.extend(self.may_schedule(location, context));
            self.check_fees(location, self.policy(location.id), context.now, &mut checks);
        }
        checks.into_result(action, zone)?;
        location.ok_or_else(|| unknown("location", offering.location.get()))
    }

    /// Returns why the actor may not change the timetable of a location, if so.
    pub(super) fn may_schedule(&self, location: &Location, context: &Context) -> Option<Reason> {
        let allowed = self
            .actor_facts(context.actor)
            .is_staff(location.id, location.date(context.now));
        let action = "change the timetable".to_owned();
        (!allowed).then_some(Reason::NotPermitted {
            action,
            location: Some(location.id),
        })
    }

    fn place(
        &self,
        placing: &mut Placing<'_>,
        draft: &mut Draft,
        series: Option<SeriesId>,
        offering: &Offering,
        occurrence: &Occurrence,
    ) -> Result<(), InTheWay> {
        let period = occurrence.lasting(offering.minutes);
        let found = placing.find_anew(offering, period).map_err(|reasons| {
            let closed = reasons
                .iter()
                .any(|reason| matches!(reason, Reason::LocationClosed { .. }));
            if closed && series.is_some() {
                Closed(reasons)
            } else {
                Conflicts(reasons)
            }
        })?;
        let id: ClassId = draft.local();
        draft.push(Event::ClassAdded(Class {
            id,
            series,
            original: series.map(|_| occurrence.original),
            offering: offering.clone(),
            period,
            state: ClassState::Scheduled,
        }));
        draft.fitted(Owner::Class(id), occurrence.start, occurrence.fit);
        placing.take(draft, Owner::Class(id), period, &found);
        Ok(())
    }
}

use InTheWay::{Closed, Conflicts};

/// Why a dated class was not made: its location is closed that day, or something takes its place.
enum InTheWay {
    Closed(Vec<Reason>),
    Conflicts(Vec<Reason>),
}

/// Lists the occurrences from `now` up to `until`, one more than are allowed at the most.
fn within(series: &Series, now: Instant, until: Instant) -> impl Iterator<Item = Occurrence> {
    let window = Period::new(now, until).ok();
    window.into_iter().flat_map(|window| series.occurrences(window))
}
