//! Decisions that change classes: moving, cancelling, substituting and resizing, with scopes.
//!
//! A change of more than one class splits its series: what has been stays with the old one, what is to come
//! goes to a new one. Classes that were moved on their own keep their time.

mod change;

use chrono::{Duration, NaiveDateTime};

use self::change::Change;
use super::ahead::Ahead;
use super::displace::Changed;
use super::people::Checks;
use super::placing::Placing;
use super::{Club, Key, unknown};
use crate::booking::refusal::{Reason, Refusal, clock};
use crate::booking::rules::takes_place;
use crate::command::{Command, Context, Scope};
use crate::decision::{Decision, Draft};
use crate::event::Event;
use crate::id::{ClassId, SeriesId};
use crate::schedule::claim::Owner;
use crate::schedule::class::{Class, ClassSeries, ClassState};
use crate::series::Series;
use crate::time::{Period, resolve};

impl Club {
    pub(super) fn decide_revision(&self, command: &Command, context: &Context) -> Decision {
        let id = command.class().unwrap_or(ClassId::local(1));
        let facts = self.class_facts(id).ok_or_else(|| unknown("class", id.get()))?;
        let (class, zone) = (facts.class, facts.zone());
        let verb = match command {
            Command::CancelClass { .. } => "call off",
            Command::Substitute { .. } => "substitute",
            Command::SetCapacity { .. } => "resize",
            _ => "move",
        };
        let action = format!(
            "{verb} {} on {}",
            class.offering.title,
            clock(zone, class.period.start())
        );
        let mut checks = Checks::default();
        checks.0.extend(self.may_schedule(facts.location, context));
        takes_place(&facts, &mut checks.0);
        if context.now >= class.period.start() {
            checks.0.push(Reason::Started {
                starts_at: class.period.start(),
            });
        }
        let scope = match command {
            Command::MoveClass { scope, .. }
            | Command::CancelClass { scope, .. }
            | Command::Substitute { scope, .. } => *scope,
            _ => Scope::This,
        };
        if scope != Scope::This {
            checks.value(
                class.series.is_some(),
                "scope",
                format!("{scope:?}"),
                "`this`, for a class of no series",
            );
        }
        checks.into_result(&action, zone)?;
        let change = Change::of(command, class, zone);
        let revision = Revision {
            club: self,
            named: class.id,
            anchor: self.anchor(class, scope, context),
            scope,
            context,
        };
        let decided = match change {
            None => revision.call_off(),
            Some(change) => revision.change(&change),
        };
        decided.map_err(|reasons| Refusal {
            reasons,
            ..Refusal::new(action, zone)
        })
    }

    /// Returns the first class that a change reaches.
    fn anchor<'a>(&'a self, class: &'a Class, scope: Scope, context: &Context) -> &'a Class {
        let Some(series) = class.series.filter(|_| scope == Scope::All) else {
            return class;
        };
        let to_come = self
            .classes
            .of(Key::Series(series))
            .filter(|other| other.period.start() > context.now);
        to_come.min_by_key(|other| other.original).unwrap_or(class)
    }
}

struct Revision<'a> {
    club: &'a Club,
    named: ClassId,
    anchor: &'a Class,
    scope: Scope,
    context: &'a Context,
}

impl<'a> Revision<'a> {
    /// Returns the classes that are reached, the anchor first.
    fn reached(&self) -> Vec<&'a Class> {
        let Some(series) = self.anchor.series.filter(|_| self.scope != Scope::This) else {
            return vec![self.anchor];
        };
        let mut classes: Vec<&Class> = self.club.classes.of(Key::Series(series)).collect();
        classes.retain(|class| {
            class.original >= self.anchor.original && class.period.start() > self.context.now
        });
        classes.sort_by_key(|class| class.original);
        classes
    }

    fn series(&self) -> Option<&'a ClassSeries> {
        self.anchor
            .series
            .filter(|_| self.scope != Scope::This)
            .and_then(|id| self.club.series.get(id))
    }

    /// Returns the original start from which on the series changes. All that is to come is also what no class was made
    /// of, because its day is closed or its place was taken.
    fn cut(&self) -> Option<NaiveDateTime> {
        let (series, anchor) = (self.series()?, self.anchor.original?);
        let ahead = Period::new(self.context.now, self.anchor.period.start()).ok();
        let ahead = ahead.filter(|_| self.scope == Scope::All);
        let next = ahead.and_then(|ahead| series.recurrence.occurrences(ahead).next());
        Some(next.map_or(anchor, |next| next.original.min(anchor)))
    }

    fn call_off(&self) -> Result<Vec<Event>, Vec<Reason>> {
        let mut draft = Draft::default();
        if let (Some(series), Some(original)) = (self.series(), self.cut()) {
            let recurrence = match series.recurrence.ended_before(original) {
                Some(before) => before,
                None => nothing(&series.recurrence).map_err(cannot)?,
            };
            let offering = series.offering.clone();
            draft.push(Event::SeriesChanged {
                series: series.id,
                offering,
                recurrence,
            });
        }
        for class in self
            .reached()
            .into_iter()
            .filter(|class| class.state != ClassState::Cancelled)
        {
            self.club.call_off(&mut draft, class, None, self.context.now);
        }
        Ok(draft.into_events())
    }

    fn change(&self, change: &Change) -> Result<Vec<Event>, Vec<Reason>> {
        let mut draft = Draft::default();
        let series = self.split(change, &mut draft)?;
        let mut checks = Checks::default();
        self.club
            .check_offering(&change.offering(&self.anchor.offering), &mut checks);
        if !checks.0.is_empty() {
            return Err(checks.0);
        }
        let changed: Vec<Changed> = self
            .reached()
            .into_iter()
            .map(|class| self.changed(class, change))
            .collect();
        if let Some(series) = series {
            self.rekey(&mut draft, series, change.shift);
        }
        let mut placing = Placing::new(self.club);
        for it in &changed {
            self.release(&mut draft, &mut placing, it);
        }
        let mut reasons = Vec::new();
        let mut settled = Vec::new();
        for mut it in changed {
            let (class, period, offering) = (it.class.id, it.class.period, it.class.offering.clone());
            draft.push(Event::ClassMoved {
                class,
                period,
                offering,
            });
            if let Some((start, fit)) = it.given {
                draft.fitted(Owner::Class(class), start, fit);
            }
            if !it.class.is_scheduled() {
                continue;
            }
            if period.start() <= self.context.now {
                reasons.push(Reason::Started {
                    starts_at: period.start(),
                });
            }
            let found = match it.moved || change.trainer.is_some() {
                true => placing.find_anew(&it.class.offering, period),
                false => placing.find(&it.class.offering, period),
            };
            match found {
                Ok(found) => {
                    placing.take(&mut draft, Owner::Class(class), period, &found);
                    it.units = it.class.offering.equipment.map(|_| Placing::units(&found));
                    settled.push(it);
                }
                Err(conflicts) => reasons.extend(conflicts),
            }
        }
        if !reasons.is_empty() {
            return Err(reasons);
        }
        let mut ahead = Ahead::new(self.club, self.context.now);
        for it in &settled {
            let club = ahead.after(&draft);
            club.reseat(&mut draft, &mut placing, it, self.context.now);
        }
        Ok(draft.into_events())
    }

    /// Splits the series at the anchor and returns the series of what is to come.
    fn split(&self, change: &Change, draft: &mut Draft) -> Result<Option<SeriesId>, Vec<Reason>> {
        let (Some(series), Some(original)) = (self.series(), self.cut()) else {
            return Ok(None);
        };
        let rest = series
            .recurrence
            .from(original)
            .unwrap_or_else(|| series.recurrence.clone());
        let recurrence = rest.shifted(change.shift).map_err(cannot)?;
        let offering = change.offering(&series.offering);
        let Some(before) = series.recurrence.ended_before(original) else {
            draft.push(Event::SeriesChanged {
                series: series.id,
                offering,
                recurrence,
            });
            return Ok(Some(series.id));
        };
        let kept = series.offering.clone();
        draft.push(Event::SeriesChanged {
            series: series.id,
            offering: kept,
            recurrence: before,
        });
        let id = draft.local();
        draft.push(Event::SeriesAdded(ClassSeries {
            id,
            offering,
            recurrence,
        }));
        Ok(Some(id))
    }

    /// Names the classes from the cut on, also those that have been, by what the series will call them.
    fn rekey(&self, draft: &mut Draft, series: SeriesId, shift: Duration) {
        let Some(old) = self
            .anchor
            .series
            .filter(|old| *old != series || !shift.is_zero())
        else {
            return;
        };
        let mut classes: Vec<&Class> = self.club.classes.of(Key::Series(old)).collect();
        let cut = self.cut();
        classes.retain(|class| class.original >= cut);
        classes.sort_by_key(|class| class.original);
        if shift > Duration::zero() {
            // So that no two have one name in between.
            classes.reverse();
        }
        for class in classes {
            let original = class
                .original
                .and_then(|original| original.checked_add_signed(shift));
            if let Some(original) = original {
                let class = class.id;
                draft.push(Event::ClassRekeyed {
                    class,
                    series,
                    original,
                });
            }
        }
    }

    fn changed(&self, class: &Class, change: &Change) -> Changed {
        let zone = self
            .club
            .locations
            .get(class.offering.location)
            .map_or(chrono_tz::UTC, |location| location.zone);
        let offering = change.offering(&class.offering);
        // A class that was moved on its own keeps its time when the series moves.
        let shift = if class.id == self.named || class.is_as_planned(zone) {
            change.shift
        } else {
            Duration::zero()
        };
        let current = class.civil_start(zone);
        let start = current.checked_add_signed(shift).unwrap_or(current);
        let found = (!shift.is_zero()).then(|| resolve(zone, start));
        let period = match found {
            Some(found) => Period::lasting(found.instant, offering.minutes),
            None => change.minutes.map_or(class.period, |minutes| {
                Period::lasting(class.period.start(), minutes)
            }),
        };
        let moved = period != class.period;
        let class = Class {
            offering,
            period,
            ..class.clone()
        };
        Changed {
            class,
            units: None,
            room_capacity: None,
            given: found.map(|found| (start, found.fit)),
            moved,
        }
    }

    /// Gives up what a class claims, and what its members claim if its time changes.
    fn release(&self, draft: &mut Draft, placing: &mut Placing<'_>, changed: &Changed) {
        if !changed.class.is_scheduled() {
            return;
        }
        let owner = Owner::Class(changed.class.id);
        placing.free(owner);
        draft.push(Event::Released {
            owner,
            resource: None,
        });
        if !changed.moved {
            return;
        }
        let booked = self
            .club
            .registrations
            .of(Key::Class(changed.class.id))
            .filter(|booked| booked.state.is_live());
        for owner in booked.map(|booked| Owner::Registration(booked.id)) {
            placing.free(owner);
            draft.push(Event::Released {
                owner,
                resource: None,
            });
        }
    }
}

/// Returns a series like this one that never occurs.
fn nothing(series: &Series) -> Result<Series, crate::series::RuleError> {
    Series::new(series.start(), series.zone(), None)?.with_except([series.start()])
}

fn cannot(error: crate::series::RuleError) -> Vec<Reason> {
    vec![Reason::SeriesCannot {
        why: error.to_string(),
    }]
}
