//! What speaks against a training session: its time, place and room, its member, and its trainer.

use super::placing::Placing;
use super::{Club, Key};
use crate::booking::refusal::Reason;
use crate::command::Context;
use crate::id::{MemberId, RoomId};
use crate::location::Location;
use crate::schedule::claim::{Buffers, Owner, Resource};
use crate::schedule::session::Session;
use crate::time::{Instant, Period};

/// What is wanted of a session besides its trainer.
pub(super) struct Wanted {
    pub(super) room: Option<RoomId>,
    pub(super) member: Option<MemberId>,
    pub(super) period: Period,
    pub(super) buffers: Buffers,
}

impl Wanted {
    pub(super) const fn of(session: &Session) -> Self {
        Self {
            room: session.room,
            member: Some(session.member),
            period: session.period,
            buffers: session.buffers,
        }
    }
}

impl Club {
    /// Says why nobody but staff may act for a member, to whoever is neither.
    pub(super) fn may_act(
        &self,
        place: &Location,
        member: MemberId,
        context: &Context,
    ) -> Result<(), Reason> {
        if self.actor_facts(context.actor).member == Some(member) {
            return Ok(());
        }
        self.staff_at(place, context)
    }

    pub(super) fn staff_at(&self, place: &Location, context: &Context) -> Result<(), Reason> {
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
        let mut reasons = Vec::new();
        reasons.extend(self.may_act(place, wanted.member, context).err());
        reasons.extend(self.against_time(place, &Wanted::of(wanted), placing, context.now));
        reasons
    }

    /// Lists what speaks against the time of a session: of its place, its room, and its member if it has one.
    pub(super) fn against_time(
        &self,
        place: &Location,
        wanted: &Wanted,
        placing: &Placing<'_>,
        now: Instant,
    ) -> Vec<Reason> {
        let (period, mut reasons) = (wanted.period, Vec::new());
        if period.start() <= now {
            reasons.push(Reason::Started {
                starts_at: period.start(),
            });
        }
        self.check_open(place, period, None, &mut reasons);
        if let Some(room) = wanted.room {
            reasons.extend(self.against_room(place, room, wanted.buffers.around(period), placing));
        }
        if let Some(member) = wanted.member {
            self.against_member(place, member, period, placing, &mut reasons);
        }
        reasons
    }

    fn against_room(
        &self,
        place: &Location,
        id: RoomId,
        around: Period,
        placing: &Placing<'_>,
    ) -> Option<Reason> {
        let (what, raw) = ("room".to_owned(), id.get());
        match self.rooms.get(id) {
            None => Some(Reason::Unknown { what, id: raw }),
            Some(room) if room.location != place.id => Some(Reason::WrongPlace {
                what,
                id: raw,
                at: room.location,
                expected: place.id,
            }),
            Some(_) => taken(placing, Resource::Room(id), around),
        }
    }

    fn against_member(
        &self,
        place: &Location,
        id: MemberId,
        period: Period,
        placing: &Placing<'_>,
        reasons: &mut Vec<Reason>,
    ) {
        let date = place.date(period.start());
        if let Some(member) = self.members.get(id) {
            let at_home = member.home == place.id && member.joined_on <= date;
            let mut access = self.access.of(Key::Member(id));
            if !at_home && !access.any(|access| access.allows(place.id, date)) {
                reasons.push(Reason::NoAccess {
                    location: place.id,
                    date,
                });
            }
        }
        if let Some(rival) = placing.rival(Resource::Member(id), period) {
            let title = self.title_of(rival.owner);
            reasons.push(Reason::Overlaps {
                owner: rival.owner,
                title,
                period: rival.block(),
            });
        }
    }

    /// Says until when a member may not book, if they may not.
    pub(super) fn banned(&self, member: MemberId, now: Instant) -> Option<Reason> {
        let bans = self.bans.of(Key::Member(member));
        let until = bans.filter(|ban| ban.binds(now)).map(|ban| ban.until).max()?;
        Some(Reason::Banned { until })
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
        let around = wanted.buffers.around(period);
        reasons.extend(taken(placing, Resource::Trainer(id), around));
        reasons
    }
}

fn taken(placing: &Placing<'_>, resource: Resource, around: Period) -> Option<Reason> {
    let rival = placing.rival(resource, around)?;
    Some(Reason::Taken {
        resource,
        owner: rival.owner,
        period: rival.occupied(),
    })
}
