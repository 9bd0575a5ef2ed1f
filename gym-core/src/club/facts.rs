//! How the facts of a booking are put together from a [`Club`].

use chrono::{Duration, NaiveTime};

use super::{Club, Key};
use crate::booking::facts::{ActorFacts, ClassFacts, Commitment, MemberFacts, Waiting};
use crate::booking::policy::{Admits, Policy};
use crate::booking::rules::{is_forfeited, week_of};
use crate::booking::{RegistrationState, WaitlistEntry};
use crate::entitlement::Holdings;
use crate::id::{ClassId, MemberId, RegistrationId};
use crate::location::Location;
use crate::schedule::claim::{Claim, Owner, Resource};
use crate::time::{Instant, resolve};
use crate::user::Actor;

/// Returns from when on a member's diary matters to a class at `start`: `now`, or the start of its week in
/// whichever zone that comes first.
pub fn diary_from(location: &Location, start: Instant, now: Instant, policy: &Policy) -> Instant {
    let week = week_of(location.date(start), policy.limits.week_starts);
    let begins = resolve(location.zone, week.and_time(NaiveTime::MIN)).instant;
    (begins - Duration::hours(26)).min(now)
}

impl Club {
    /// Puts together what a decision needs to know of a class.
    pub fn class_facts(&self, id: ClassId) -> Option<ClassFacts<'_>> {
        let class = self.classes.get(id)?;
        let location = self.locations.get(class.offering.location)?;
        let key = Key::Class(id);
        let is_unit = |resource| matches!(resource, Resource::Unit(_));
        let units = || {
            self.claims
                .of(Owner::Class(id))
                .filter(|claim| is_unit(claim.resource))
                .count()
        };
        Some(ClassFacts {
            class,
            location,
            closures: self
                .closures
                .of(Key::Location(location.id))
                .filter(|closure| !closure.lifted)
                .collect(),
            room: class.offering.room.and_then(|room| self.rooms.get(room)),
            units: class
                .offering
                .equipment
                .map(|_| u32::try_from(units()).unwrap_or(u32::MAX)),
            registrations: self.registrations.of(key).collect(),
            missed: {
                let missed = self
                    .registrations
                    .of(key)
                    .filter(|it| it.state == RegistrationState::NoShow);
                let kept =
                    |id: &RegistrationId| self.uses.of(Key::Registration(*id)).any(|it| it.state.is_live());
                missed.map(|booked| booked.id).filter(kept).collect()
            },
            waitlist: {
                let mut entries: Vec<_> = self.waitlist.of(key).collect();
                entries.sort_by_key(|entry| entry.seq);
                entries
            },
            holds: self.holds.of(key).filter(|hold| !hold.ended).collect(),
            given: Vec::new(),
            gone: Vec::new(),
            offered: Vec::new(),
            held: None,
            covered: Vec::new(),
            freed: Vec::new(),
            last_seq: self.waitlist.of(key).map(|entry| entry.seq).max().unwrap_or(0),
        })
    }

    /// Puts together what a decision about a class needs to know of a member.
    pub fn member_facts(
        &self,
        id: MemberId,
        class: &ClassFacts<'_>,
        now: Instant,
        policy: &Policy,
    ) -> Option<MemberFacts<'_>> {
        let from = diary_from(class.location, class.class.period.start(), now, policy);
        let key = Key::Member(id);
        let mut diary = self.diary(id, from);
        let besides = self.claimed_besides(id, class, &diary);
        diary.extend(besides);
        Some(MemberFacts {
            member: self.members.get(id)?,
            access: self.access.of(key).collect(),
            diary,
            waiting: self
                .waitlist
                .of(key)
                .filter(|entry| entry.state.is_live())
                .filter_map(|entry| self.waits(entry))
                .collect(),
            penalties: self.penalties.of(key).collect(),
            bans: self.bans.of(key).collect(),
            holdings: match policy.admits {
                Admits::Entitled => self.holdings(id),
                Admits::Anyone => Holdings::default(),
            },
        })
    }

    fn waits<'a>(&'a self, entry: &'a WaitlistEntry) -> Option<Waiting<'a>> {
        let class = self.classes.get(entry.class)?;
        let location = self.locations.get(class.offering.location)?;
        Some(Waiting {
            entry,
            programme: &class.offering.programme,
            period: class.period,
            date: location.date(class.period.start()),
        })
    }

    /// Lists what a member has booked that ends after `from`, classes first.
    pub fn diary(&self, id: MemberId, from: Instant) -> Vec<Commitment<'_>> {
        let key = Key::Member(id);
        let classes = self.registrations.of(key).filter_map(|booked| {
            let class = self
                .classes
                .get(booked.class)
                .filter(|class| class.period.end() > from)?;
            let (live, forfeited) = (booked.state.is_live(), is_forfeited(booked.state));
            let location = self.locations.get(class.offering.location)?;
            (live || forfeited).then(|| Commitment {
                owner: Owner::Class(class.id),
                title: &class.offering.title,
                programme: Some(&class.offering.programme),
                period: class.period,
                date: location.date(class.period.start()),
                live,
                forfeited,
            })
        });
        let sessions = self.sessions.of(key).filter_map(|session| {
            let location = self.locations.get(session.location)?;
            let stands = session.state.is_live() && session.period.end() > from;
            stands.then(|| Commitment {
                owner: Owner::Session(session.id),
                title: "a training session",
                programme: None,
                period: session.period,
                date: location.date(session.period.start()),
                live: true,
                forfeited: false,
            })
        });
        classes.chain(sessions).collect()
    }

    /// Lists what is claimed of a member's time during a class that nothing in their diary explains: whoever claimed it
    /// did so around this library.
    fn claimed_besides<'a>(
        &'a self,
        id: MemberId,
        class: &ClassFacts<'_>,
        diary: &[Commitment<'a>],
    ) -> Vec<Commitment<'a>> {
        let (period, date) = (class.class.period, class.date());
        let explained = |claim: &&Claim| {
            let owner = match claim.owner {
                Owner::Registration(id) => self.registrations.get(id).map(|it| Owner::Class(it.class)),
                owner => Some(owner),
            };
            let known =
                |it: &Commitment<'_>| it.live && Some(it.owner) == owner && it.period.overlaps(&period);
            diary.iter().any(known)
        };
        let claims = self.claims.during(Resource::Member(id), period);
        let besides = claims.filter(|claim| !explained(claim)).map(|claim| Commitment {
            owner: claim.owner,
            title: "something else",
            programme: None,
            period: claim.occupied(),
            date,
            live: true,
            forfeited: false,
        });
        besides.collect()
    }

    /// Puts together what a decision needs to know of who commands.
    pub fn actor_facts(&self, actor: Actor) -> ActorFacts<'_> {
        let Actor::User(user) = actor else {
            return ActorFacts {
                actor,
                roles: Vec::new(),
                member: None,
            };
        };
        let key = Key::User(user);
        ActorFacts {
            actor,
            roles: self.grants.of(key).collect(),
            member: self.members.of(key).next().map(|member| member.id),
        }
    }
}
