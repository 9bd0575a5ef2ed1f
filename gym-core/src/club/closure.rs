//! Closing a location for some days, and taking that back.

use super::ahead::Ahead;
use super::people::Checks;
use super::placing::Placing;
use super::{Club, Key, unknown};
use crate::booking::refusal::Reason;
use crate::command::{Command, Context};
use crate::decision::{Decision, Draft};
use crate::event::Event;
use crate::id::ClosureId;
use crate::location::{Closure, Location};
use crate::schedule::claim::Owner;
use crate::schedule::class::{Class, ClassState};
use crate::schedule::session::SessionState;
use crate::time::{Instant, Period};

impl Club {
    pub(super) fn decide_closure(&self, command: &Command, context: &Context) -> Decision {
        match command {
            Command::CloseLocation {
                location,
                from,
                until,
                reason,
            } => {
                let found = self
                    .locations
                    .get(*location)
                    .ok_or_else(|| unknown("location", location.get()))?;
                let mut draft = Draft::default();
                let id = draft.local();
                let reason = reason.clone();
                let closure = Closure {
                    id,
                    location: *location,
                    from: *from,
                    until: *until,
                    reason,
                    lifted: false,
                };
                self.close(draft, found, closure, context)
            }
            Command::LiftClosure { closure } => self.lift(*closure, context),
            _ => Ok(Vec::new()),
        }
    }

    fn close(&self, mut draft: Draft, location: &Location, closure: Closure, context: &Context) -> Decision {
        let mut checks = Checks::default();
        checks.0.extend(self.may_schedule(location, context));
        checks.days(closure.from, Some(closure.until));
        checks.text("reason", &closure.reason);
        let length = (closure.until - closure.from).num_days();
        checks.value(
            length <= 3660,
            "until",
            closure.until,
            "at most ten years of days",
        );
        checks.into_result(&format!("close {}", location.name), location.zone)?;
        let period = closure.period(location.zone);
        let hit = |other: Period| {
            other.start() > context.now && period.is_some_and(|period| period.overlaps(&other))
        };
        let id = closure.id;
        draft.push(Event::LocationClosed(closure));
        let key = Key::Location(location.id);
        for class in self
            .classes
            .of(key)
            .filter(|class| class.is_scheduled() && hit(class.period))
        {
            self.call_off(&mut draft, class, Some(id), context.now);
        }
        let sessions = self.sessions.of(key);
        for session in sessions.filter(|session| session.state == SessionState::Booked && hit(session.period))
        {
            let (session, state) = (session.id, SessionState::Cancelled);
            draft.push(Event::SessionStated {
                session,
                state,
                closure: Some(id),
            });
            draft.push(Event::Released {
                owner: Owner::Session(session),
                resource: None,
            });
        }
        Ok(draft.into_events())
    }

    fn lift(&self, id: ClosureId, context: &Context) -> Decision {
        let closure = self
            .closures
            .get(id)
            .ok_or_else(|| unknown("closure", id.get()))?;
        let place = closure.location;
        let location = self
            .locations
            .get(place)
            .ok_or_else(|| unknown("location", place.get()))?;
        let mut checks = Checks::default();
        checks.0.extend(self.may_schedule(location, context));
        if closure.lifted {
            checks.0.push(Reason::NothingToDo {
                looked_for: format!("closure {id} that is not lifted"),
            });
        }
        checks.into_result(&format!("open {} again", location.name), location.zone)?;
        let mut draft = Draft::default();
        draft.push(Event::ClosureLifted { closure: id });
        let mut placing = Placing::new(self).despite(id);
        let key = Key::Location(place);
        let closed =
            |class: &&Class| class.state == ClassState::Closed(id) && class.period.start() > context.now;
        let classes: Vec<&Class> = self.classes.of(key).filter(closed).collect();
        let mut ahead = Ahead::new(self, context.now);
        let mut reopened = Vec::new();
        for class in classes {
            if let Some(other) = self.also_closed(closure, location, class.period) {
                self.hand_over(&mut draft, class, id, other, context.now);
                continue;
            }
            let found = match placing.find(&class.offering, class.period) {
                Ok(found) => found,
                Err(reasons) => {
                    let (class, state) = (class.id, ClassState::Cancelled);
                    draft.push(Event::ClassStated { class, state });
                    draft.push(Event::ClassNotReopened { class, reasons });
                    continue;
                }
            };
            draft.push(Event::ClassStated {
                class: class.id,
                state: ClassState::Scheduled,
            });
            placing.take(&mut draft, Owner::Class(class.id), class.period, &found);
            let club = ahead.after(&draft);
            club.reinstate(&mut draft, &mut placing, class, id);
            reopened.push(class.id);
        }
        self.reinstate_sessions(&mut draft, &mut placing, closure, location, context);
        // Who had a seat or a session has it again before anybody has a seat instead.
        for class in reopened {
            let club = ahead.after(&draft);
            club.refill(&mut draft, &mut placing, class, context.now);
        }
        Ok(draft.into_events())
    }

    /// Returns another closure that a period falls into.
    fn also_closed(&self, lifted: &Closure, location: &Location, period: Period) -> Option<ClosureId> {
        let mut others = self.closures.of(Key::Location(location.id));
        let hits = |other: &Closure| {
            other
                .period(location.zone)
                .is_some_and(|days| days.overlaps(&period))
        };
        let other = others.find(|other| other.id != lifted.id && !other.lifted && hits(other));
        other.map(|other| other.id)
    }

    /// Leaves a class closed, by another closure.
    fn hand_over(&self, draft: &mut Draft, class: &Class, from: ClosureId, to: ClosureId, now: Instant) {
        let state = ClassState::Closed(to);
        draft.push(Event::ClassStated {
            class: class.id,
            state,
        });
        let booked = self.registrations.of(Key::Class(class.id));
        for booked in booked.filter(|booked| booked.closure == Some(from)) {
            draft.push(Event::BookingSettled {
                registration: booked.id,
                state: booked.state,
                at: booked.settled_at.unwrap_or(now),
                closure: Some(to),
            });
        }
    }

    fn reinstate_sessions(
        &self,
        draft: &mut Draft,
        placing: &mut Placing<'_>,
        closure: &Closure,
        location: &Location,
        context: &Context,
    ) {
        let sessions = self.sessions.of(Key::Location(location.id));
        for session in sessions.filter(|session| session.closure == Some(closure.id)) {
            if let Some(other) = self.also_closed(closure, location, session.period) {
                draft.push(Event::SessionStated {
                    session: session.id,
                    state: session.state,
                    closure: Some(other),
                });
                continue;
            }
            let wants = session.resources();
            let rival = |(resource, buffers): &(_, crate::schedule::claim::Buffers)| {
                placing.rival(*resource, buffers.around(session.period)).is_none()
            };
            let to_come = session.state == SessionState::Cancelled && session.period.start() > context.now;
            if to_come && wants.iter().all(rival) {
                let (owner, state) = (Owner::Session(session.id), SessionState::Booked);
                draft.push(Event::SessionStated {
                    session: session.id,
                    state,
                    closure: None,
                });
                placing.take(draft, owner, session.period, &wants);
            }
        }
    }
}
