//! Decisions about training sessions: who trains whom, when, and with whom instead.

use chrono::NaiveDateTime;

use super::people::Checks;
use super::placing::Placing;
use super::{Club, Key, unknown};
use crate::booking::refusal::{Reason, Refusal, clock};
use crate::command::{Command, Context, Override};
use crate::decision::{Decision, Draft, set_aside};
use crate::event::Event;
use crate::id::{ClosureId, SessionId, TrainerId};
use crate::location::Location;
use crate::schedule::claim::{Owner, Resource};
use crate::schedule::session::{Session, SessionState};
use crate::time::{Period, resolve};

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
                let wanted = Session {
                    id: SessionId::local(1),
                    trainer: trainer.unwrap_or(TrainerId::local(1)),
                    member: *member,
                    location: *location,
                    room: *room,
                    period: Period::lasting(resolve(place.zone, *start).instant, *minutes),
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
                self.book_session(place, wanted, trainer.is_none(), overriding.as_ref(), context)
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
        any: bool,
        overriding: Option<&Override>,
        context: &Context,
    ) -> Decision {
        let placing = Placing::new(self);
        let mut draft = Draft::default();
        let mut reasons = self.against_session(place, &wanted, &placing, context);
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
            let alternatives = self.other_slots(place, &wanted, any, &placing, context);
            return Err(Refusal {
                reasons,
                alternatives,
                ..Refusal::new(action, place.zone)
            });
        }
        wanted.id = draft.local();
        let (owner, period, resources) = (Owner::Session(wanted.id), wanted.period, wanted.resources());
        draft.push(Event::SessionBooked(wanted));
        Placing::new(self).take(&mut draft, owner, period, &resources);
        Ok(draft.into_events())
    }

    fn staff_at(&self, place: &Location, context: &Context) -> Result<(), Reason> {
        let allowed = self
            .actor_facts(context.actor)
            .is_staff(place.id, place.date(context.now));
        let action = "act for other members".to_owned();
        if allowed {
            Ok(())
        } else {
            Err(Reason::NotPermitted {
                action,
                location: Some(place.id),
            })
        }
    }

    /// Lists what speaks against a session, whoever gives it.
    pub(super) fn against_session(
        &self,
        place: &Location,
        wanted: &Session,
        placing: &Placing<'_>,
        context: &Context,
    ) -> Vec<Reason> {
        let (period, date) = (wanted.period, place.date(wanted.period.start()));
        let mut reasons = Vec::new();
        if self.actor_facts(context.actor).member != Some(wanted.member) {
            reasons.extend(self.staff_at(place, context).err());
        }
        if period.start() <= context.now {
            reasons.push(Reason::Started {
                starts_at: period.start(),
            });
        }
        self.check_open(place, period, None, &mut reasons);
        if let Some(id) = wanted.room {
            match self.rooms.get(id) {
                None => reasons.push(Reason::Unknown {
                    what: "room".to_owned(),
                    id: id.get(),
                }),
                Some(room) if room.location != place.id => {
                    let (what, id) = ("room".to_owned(), id.get());
                    reasons.push(Reason::WrongPlace {
                        what,
                        id,
                        at: room.location,
                        expected: place.id,
                    });
                }
                Some(_) => reasons.extend(taken(placing, Resource::Room(id), wanted)),
            }
        }
        if let Some(member) = self.members.get(wanted.member) {
            let at_home = member.home == place.id && member.joined_on <= date;
            let mut access = self.access.of(Key::Member(wanted.member));
            if !at_home && !access.any(|access| access.allows(place.id, date)) {
                reasons.push(Reason::NoAccess {
                    location: place.id,
                    date,
                });
            }
        }
        if let Some(rival) = placing.rival(Resource::Member(wanted.member), period) {
            let title = self.title_of(rival.owner);
            reasons.push(Reason::Overlaps {
                owner: rival.owner,
                title,
                period: rival.block(),
            });
        }
        reasons
    }

    fn title_of(&self, owner: Owner) -> String {
        let class = match owner {
            Owner::Registration(id) => self
                .registrations
                .get(id)
                .and_then(|booked| self.classes.get(booked.class)),
            _ => None,
        };
        class.map_or_else(
            || "a training session".to_owned(),
            |class| class.offering.title.clone(),
        )
    }

    /// Lists what speaks against the trainer of a session.
    pub(super) fn against_trainer(
        &self,
        place: &Location,
        wanted: &Session,
        placing: &Placing<'_>,
    ) -> Vec<Reason> {
        let (id, period) = (wanted.trainer, wanted.period);
        let Some(trainer) = self.trainers.get(id) else {
            return vec![Reason::Unknown {
                what: "trainer".to_owned(),
                id: id.get(),
            }];
        };
        let mut reasons = Vec::new();
        if !trainer.works_at(place.id) {
            reasons.push(Reason::TrainerElsewhere {
                trainer: id,
                location: place.id,
            });
        }
        if !self
            .working(trainer, place, period)
            .iter()
            .any(|open| open.covers(&period))
        {
            reasons.push(Reason::TrainerAway { trainer: id, period });
        }
        reasons.extend(taken(placing, Resource::Trainer(id), wanted));
        reasons
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
        let period = Period::lasting(resolve(place.zone, start).instant, minutes);
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
            let alternatives = if movable {
                self.other_slots(place, &wanted, false, &placing, context)
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

fn taken(placing: &Placing<'_>, resource: Resource, wanted: &Session) -> Option<Reason> {
    let rival = placing.rival(resource, wanted.buffers.around(wanted.period))?;
    Some(Reason::Taken {
        resource,
        owner: rival.owner,
        period: rival.occupied(),
    })
}
