//! Decisions about training sessions: who trains whom, when, and with whom instead.

use chrono::NaiveDateTime;

use super::people::Checks;
use super::placing::Placing;
use super::{Club, unknown};
use crate::booking::refusal::{Alternative, Reason, Refusal, clock};
use crate::command::{Command, Context, Override};
use crate::decision::{Decision, Draft, set_aside};
use crate::event::Event;
use crate::id::{ClosureId, SessionId, TrainerId};
use crate::location::Location;
use crate::schedule::claim::Owner;
use crate::schedule::session::{Session, SessionState};
use crate::time::{Fit, Period, civil, resolve};

impl Club {
    pub(super) fn decide_session(&self, command: &Command, context: &Context) -> Decision {
        match command {
            Command::BookSession {
                trainer,
                member,
                location,
                room,
                start,
                minutes,
                buffers,
                overriding,
            } => {
                let place = self
                    .locations
                    .get(*location)
                    .ok_or_else(|| unknown("location", location.get()))?;
                self.members
                    .get(*member)
                    .ok_or_else(|| unknown("member", member.get()))?;
                let found = resolve(place.zone, *start);
                let wanted = Session {
                    id: SessionId::local(1),
                    trainer: trainer.unwrap_or(TrainerId::local(1)),
                    member: *member,
                    location: *location,
                    room: *room,
                    period: Period::lasting(found.instant, *minutes),
                    buffers: *buffers,
                    state: SessionState::Booked,
                    booked_at: context.now,
                    closure: None,
                };
                let mut checks = Checks::default();
                checks.value((1..=1440).contains(minutes), "minutes", minutes, "1 to 1440");
                let longest = buffers.before_minutes.max(buffers.after_minutes);
                checks.value(longest <= 1440, "buffers", longest, "at most 1440 minutes");
                checks.into_result("book a session", place.zone)?;
                let given = (*start, found.fit);
                let any = trainer.is_none();
                self.book_session(place, wanted, given, any, overriding.as_ref(), context)
            }
            Command::MoveSession { session, start } => self.move_session(*session, *start, context),
            Command::CancelSession { session } => {
                self.state_session(*session, SessionState::Cancelled, context)
            }
            Command::CompleteSession { session, attended } => {
                let state = if *attended {
                    SessionState::Attended
                } else {
                    SessionState::NoShow
                };
                self.state_session(*session, state, context)
            }
            _ => Ok(Vec::new()),
        }
    }

    fn book_session(
        &self,
        place: &Location,
        mut wanted: Session,
        (start, fit): (NaiveDateTime, Fit),
        any: bool,
        overriding: Option<&Override>,
        context: &Context,
    ) -> Decision {
        let placing = Placing::new(self);
        let mut draft = Draft::default();
        let mut reasons = self.against_session(place, &wanted, &placing, context);
        reasons.extend(self.banned(wanted.member, context.now));
        if any {
            match self.next_trainer(place, &wanted, &placing) {
                Some(trainer) => wanted.trainer = trainer,
                None => reasons.push(Reason::NobodyFree {
                    period: wanted.period,
                }),
            }
        } else {
            reasons.extend(self.against_trainer(place, &wanted, &placing));
        }
        set_aside(
            &mut draft,
            &mut reasons,
            overriding,
            self.staff_at(place, context),
        );
        if !reasons.is_empty() {
            let action = format!("book a session on {}", clock(place.zone, wanted.period.start()));
            let alternatives = self.instead_of(place, &wanted, any, &reasons, context);
            return Err(Refusal {
                reasons,
                alternatives,
                ..Refusal::new(action, place.zone)
            });
        }
        wanted.id = draft.local();
        let (owner, period, resources) = (Owner::Session(wanted.id), wanted.period, wanted.resources());
        draft.push(Event::SessionBooked(wanted));
        draft.fitted(owner, start, fit);
        Placing::new(self).take(&mut draft, owner, period, &resources);
        Ok(draft.into_events())
    }

    /// Proposes other times for a session that is refused, or, to who is banned, to book it after the ban.
    fn instead_of(
        &self,
        place: &Location,
        wanted: &Session,
        any: bool,
        reasons: &[Reason],
        context: &Context,
    ) -> Vec<Alternative> {
        let until = reasons.iter().find_map(|reason| match reason {
            Reason::Banned { until } => Some(*until),
            _ => None,
        });
        if let Some(at) = until {
            let later = Context { now: at, ..*context };
            let given = (civil(place.zone, wanted.period.start()), Fit::Exact);
            let accepted = self
                .book_session(place, wanted.clone(), given, any, None, &later)
                .is_ok();
            return accepted.then_some(Alternative::From { at }).into_iter().collect();
        }
        match self.may_act(place, wanted.member, context) {
            Ok(()) => self.other_slots(place, wanted, any, &Placing::new(self), context.now),
            Err(_) => Vec::new(),
        }
    }

    fn move_session(&self, id: SessionId, start: NaiveDateTime, context: &Context) -> Decision {
        let session = self
            .sessions
            .get(id)
            .ok_or_else(|| unknown("session", id.get()))?;
        let place = self
            .locations
            .get(session.location)
            .ok_or_else(|| unknown("location", session.location.get()))?;
        let minutes = session.period.duration().num_minutes().try_into().unwrap_or(1);
        let found = resolve(place.zone, start);
        let period = Period::lasting(found.instant, minutes);
        let wanted = Session {
            period,
            ..session.clone()
        };
        let owner = Owner::Session(id);
        let mut placing = Placing::new(self);
        placing.free(owner);
        let mut reasons = against_state(session);
        let starts_at = session.period.start();
        if starts_at <= context.now {
            reasons.push(Reason::Started { starts_at });
        }
        let movable = reasons.is_empty();
        reasons.extend(self.against_session(place, &wanted, &placing, context));
        reasons.extend(self.against_trainer(place, &wanted, &placing));
        if !reasons.is_empty() {
            let action = format!("move session {id} to {}", clock(place.zone, period.start()));
            let alternatives = if movable && self.may_act(place, session.member, context).is_ok() {
                self.other_slots(place, &wanted, false, &placing, context.now)
            } else {
                Vec::new()
            };
            return Err(Refusal {
                reasons,
                alternatives,
                ..Refusal::new(action, place.zone)
            });
        }
        let mut draft = Draft::default();
        draft.push(Event::Released {
            owner,
            resource: None,
        });
        draft.push(Event::SessionMoved {
            session: id,
            trainer: session.trainer,
            period,
        });
        draft.fitted(owner, start, found.fit);
        placing.take(&mut draft, owner, period, &wanted.resources());
        Ok(draft.into_events())
    }

    fn state_session(&self, id: SessionId, state: SessionState, context: &Context) -> Decision {
        let session = self
            .sessions
            .get(id)
            .ok_or_else(|| unknown("session", id.get()))?;
        let place = self
            .locations
            .get(session.location)
            .ok_or_else(|| unknown("location", session.location.get()))?;
        let mut reasons = against_state(session);
        if self.actor_facts(context.actor).member != Some(session.member) || state != SessionState::Cancelled
        {
            reasons.extend(self.staff_at(place, context).err());
        }
        let start = session.period.start();
        match state {
            SessionState::Cancelled if context.now >= start => {
                reasons.push(Reason::Started { starts_at: start });
            }
            SessionState::Attended | SessionState::NoShow if context.now < start => {
                reasons.push(Reason::TooEarly { from: start });
            }
            _ => {}
        }
        if !reasons.is_empty() {
            let action = format!("settle session {id}");
            return Err(Refusal {
                reasons,
                ..Refusal::new(action, place.zone)
            });
        }
        let mut draft = Draft::default();
        let closure: Option<ClosureId> = None;
        draft.push(Event::SessionStated {
            session: id,
            state,
            closure,
        });
        if !state.is_live() {
            draft.push(Event::Released {
                owner: Owner::Session(id),
                resource: None,
            });
        }
        Ok(draft.into_events())
    }
}

fn against_state(session: &Session) -> Vec<Reason> {
    let open = session.state == SessionState::Booked;
    let looked_for = format!("session {} that is still to come", session.id);
    if open {
        Vec::new()
    } else {
        vec![Reason::NothingToDo { looked_for }]
    }
}
