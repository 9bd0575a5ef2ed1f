//! [`Change`]: what a decision changes for lots: who takes a use, who gives one back, who has used one up.

use std::collections::BTreeSet;

use super::super::table::key_of;
use super::super::{Club, Key};
use super::run::News;
use crate::booking::book::sets_aside;
use crate::booking::penalty::takes_use;
use crate::booking::policy::Admits;
use crate::booking::refusal::Code;
use crate::booking::{Registration, RegistrationState, Waiver};
use crate::check_in::{DoorEvent, Opened, Visit};
use crate::entitlement::{
    Booked, EntitlementEvent, Holdings, Kind, Lot, Target, UseState, Uses, Validity, Visited, Wish,
};
use crate::event::Event;
use crate::id::{ClassId, LotId, MemberId, RegistrationId, SessionId};
use crate::membership::MembershipEvent;
use crate::membership::plan::{PlanVersion, Reach};
use crate::schedule::session::{Session, SessionState};
use crate::time::Period;

/// What a decision changes for lots.
pub(super) struct Change<'a> {
    pub(super) club: &'a Club,
    pub(super) events: &'a [Event],
    /// What happened to memberships that grant lots.
    pub(super) news: News<'a>,
    /// Whether that may leave visits without a lot.
    pub(super) shrinks: bool,
    /// The members whose lots are looked at.
    pub(super) members: BTreeSet<MemberId>,
    /// The uses that are given back.
    pub(super) freed: BTreeSet<Target>,
    /// The visits that use up what they hold.
    pub(super) spent: BTreeSet<Target>,
    /// The visits that take uses anew.
    pub(super) new: Vec<Booked<'a>>,
    /// When classes will be.
    pub(super) moved: Vec<(ClassId, Period)>,
    /// When sessions will be.
    pub(super) sessions: Vec<(SessionId, Period)>,
    pub(super) granted: Vec<&'a Lot>,
    /// Lots that more may use, as they are then.
    pub(super) shared: Vec<Lot>,
    pub(super) withdrawn: Vec<LotId>,
}

/// Members who share lots, with what they hold after the decision.
pub(super) struct Group<'a> {
    /// Who led to them.
    pub(super) member: MemberId,
    /// Everyone who may use one of the lots.
    pub(super) members: BTreeSet<MemberId>,
    pub(super) holdings: Holdings<'a>,
    pub(super) new: Vec<&'a Booked<'a>>,
}

impl<'a> Change<'a> {
    /// Returns what events change; `named` is the member whom a booking was asked for.
    pub(super) fn of(club: &'a Club, named: Option<MemberId>, events: &'a [Event]) -> Self {
        let mut change = Self {
            club,
            events,
            news: News::new(),
            shrinks: false,
            members: BTreeSet::new(),
            freed: BTreeSet::new(),
            spent: BTreeSet::new(),
            new: Vec::new(),
            moved: Vec::new(),
            sessions: Vec::new(),
            granted: Vec::new(),
            shared: Vec::new(),
            withdrawn: Vec::new(),
        };
        for event in events {
            change.note(event, named);
        }
        change
    }

    fn note(&mut self, event: &'a Event, named: Option<MemberId>) {
        let events = self.events;
        match event {
            Event::Booked(new) => {
                let set_aside = named == Some(new.member) && sets_aside(events, Code::Uncovered);
                if !set_aside {
                    self.take(new);
                }
            }
            Event::BookingSettled {
                registration, state, ..
            } => self.settle(*registration, *state, events),
            Event::BookingReinstated { registration } => {
                if let Some(booked) = self.club.registrations.get(*registration)
                    && self.club.had_uses(*registration)
                {
                    self.take(booked);
                }
            }
            Event::PenaltyWaived {
                penalty,
                waiver: Waiver::Desk,
            } => {
                let penalty = self
                    .club
                    .penalties
                    .get(*penalty)
                    .filter(|penalty| penalty.takes_use());
                if let Some(penalty) = penalty {
                    self.free(Target::Registration(penalty.registration));
                }
            }
            Event::ClassMoved { class, period, .. } => {
                self.moved.push((*class, *period));
                self.touch(*class);
            }
            Event::SessionBooked(new) => self.take_session(new),
            Event::SessionMoved { session, period, .. } => {
                self.sessions.push((*session, *period));
                let uses = self.club.uses.of(Key::Session(*session));
                self.members
                    .extend(uses.filter(|it| it.state == UseState::Held).map(|it| it.member));
            }
            Event::Door(DoorEvent::Entered(visit)) => self.enter(visit),
            Event::SessionStated { session, state, .. } => self.settle_session(*session, *state),
            Event::Entitlement(EntitlementEvent::Granted(lot)) => {
                self.members.extend(lot.members());
                self.granted.push(lot);
            }
            Event::Membership(event) => self.note_contract(event),
            Event::Entitlement(EntitlementEvent::Shared { lot, with }) => self.share(*lot, *with),
            Event::Entitlement(EntitlementEvent::Cut {
                lot, uses, validity, ..
            }) => {
                if let Some(mut lot) = self.club.lots.get(*lot).cloned() {
                    lot.recut(*uses, *validity);
                    self.members.extend(lot.members());
                    self.shared.push(lot);
                }
            }
            Event::Entitlement(EntitlementEvent::Withdrawn { lot, .. }) => {
                self.members
                    .extend(self.club.lots.get(*lot).into_iter().flat_map(Lot::members));
                self.withdrawn.push(*lot);
            }
            _ => {}
        }
    }

    /// Looks at the lots anew of all memberships of a location or a type, where visits hold uses of them.
    fn note_all(&mut self, of: Key, event: &'a MembershipEvent) {
        self.shrinks = true;
        for membership in self.club.memberships.of(of) {
            self.news.entry(membership.id).or_default().push(event);
            let lots = self.club.lots.of(Key::Membership(membership.id));
            for lot in lots.filter(|lot| !lot.over) {
                let uses = self.club.uses.of(Key::Lot(lot.id));
                let held = uses.filter(|it| it.state == UseState::Held);
                self.members.extend(held.map(|it| it.member));
            }
        }
    }

    /// Looks at the lots anew of all memberships of a type that a version of it may reach, where visits hold uses of them.
    fn note_version(&mut self, version: &PlanVersion, event: &'a MembershipEvent) {
        if version.reach > Reach::Sales {
            self.note_all(Key::MembershipType(version.of), event);
        }
    }

    /// Looks at the lots of a membership anew whose days or users change.
    fn note_contract(&mut self, event: &'a MembershipEvent) {
        if let Some(place) = self.club.place_changed_by(event) {
            return self.note_all(Key::Location(place), event);
        }
        if let MembershipEvent::PlanVersioned(version) = event {
            return self.note_version(version, event);
        }
        let Some(id) = self.club.changed_by(event) else {
            return;
        };
        self.news.entry(id).or_default().push(event);
        self.shrinks |= matches!(
            event,
            MembershipEvent::Edited(_)
                | MembershipEvent::EditEnded { .. }
                | MembershipEvent::Returned { .. }
                | MembershipEvent::NoticeGiven(_)
                | MembershipEvent::Consented { .. }
                | MembershipEvent::LinkEnded { .. }
        );
        let lots = self.club.lots.of(Key::Membership(id));
        self.members
            .extend(lots.filter(|lot| !lot.over).flat_map(Lot::members));
    }

    /// Has one more use a lot: one that is there, or one that the decision grants.
    fn share(&mut self, id: LotId, with: MemberId) {
        let known = self.shared.iter().position(|lot| lot.id == id);
        let lot = match known {
            Some(at) => Some(self.shared.swap_remove(at)),
            None => self.club.lots.get(id).cloned(),
        };
        if let Some(mut lot) = lot {
            lot.shared_with.insert(with);
            self.members.extend(lot.members());
            self.shared.push(lot);
        }
    }

    /// Has a booking take uses, where bookings must.
    fn take(&mut self, booked: &'a Registration) {
        let Some(class) = self.club.classes.get(booked.class) else {
            return;
        };
        if self.club.policy(class.offering.location).admits == Admits::Anyone {
            return;
        }
        if let Some(mut wish) = self.club.wish_for(booked, class) {
            if let Some((_, period)) = self.moved.iter().find(|(moved, _)| *moved == class.id) {
                self.shift(&mut wish, *period);
            }
            self.members.insert(booked.member);
            self.new.push(Booked {
                target: Target::Registration(booked.id),
                wish,
            });
        }
    }

    /// Has a visit use up what it takes, if the lot that opened the door has a count, and not twice on one day.
    fn enter(&mut self, visit: &'a Visit) {
        let Opened::Lot(id) = visit.opened else { return };
        let Some(lot) = self.club.lots.get(id) else { return };
        let unlimited =
            matches!(lot.terms.validity, Validity::Days { .. }) && lot.terms.uses == Uses::Unlimited;
        let mut visits = self.club.visits.of(Key::Member(visit.member));
        if unlimited || visits.any(|before| before.on == visit.on && before.opened == visit.opened) {
            return;
        }
        let visited = Visited {
            location: visit.location,
            kind: Kind::Door,
            on: visit.on,
        };
        let (member, target) = (visit.member, Target::Visit(visit.id));
        let wish = Wish {
            member,
            seats: 1,
            start: visit.at,
            visited,
            only: Some(vec![id]),
        };
        self.members.insert(member);
        self.spent.insert(target);
        self.new.push(Booked { target, wish });
    }

    /// Has a session take a use, if there is one for it.
    fn take_session(&mut self, session: &'a Session) {
        let Some(wish) = self.club.wish_of(session) else {
            return;
        };
        let holdings = self.club.holdings(session.member);
        if !holdings.lots.is_empty() && holdings.plan(std::slice::from_ref(&wish)).is_some() {
            self.members.insert(session.member);
            self.new.push(Booked {
                target: Target::Session(session.id),
                wish,
            });
        }
    }

    fn settle(&mut self, id: RegistrationId, state: RegistrationState, events: &[Event]) {
        let target = Target::Registration(id);
        match state {
            RegistrationState::Attended => {
                let live = self.club.uses.of(key_of(target)).any(|it| it.state.is_live());
                if let Some(booked) = self.club.registrations.get(id)
                    && !live
                    && self.club.had_uses(id)
                    && !sets_aside(events, Code::Uncovered)
                {
                    self.take(booked);
                }
                self.spend(target);
            }
            RegistrationState::LateCancelled | RegistrationState::NoShow if takes_use(events, id) => {
                self.spend(target);
            }
            RegistrationState::Booked => {}
            _ => self.free(target),
        }
    }

    fn settle_session(&mut self, id: SessionId, state: SessionState) {
        let target = Target::Session(id);
        match state {
            SessionState::Attended | SessionState::NoShow => self.spend(target),
            SessionState::Cancelled => self.free(target),
            SessionState::Booked => {
                let had = self.club.uses.of(key_of(target)).next().is_some();
                if let Some(session) = self.club.sessions.get(id).filter(|_| had) {
                    self.take_session(session);
                }
            }
        }
    }

    fn free(&mut self, target: Target) {
        let uses = self.club.uses.of(key_of(target));
        self.members
            .extend(uses.filter(|it| it.state.is_live()).map(|it| it.member));
        self.freed.insert(target);
    }

    fn spend(&mut self, target: Target) {
        let uses = self.club.uses.of(key_of(target));
        self.members
            .extend(uses.filter(|it| it.state == UseState::Held).map(|it| it.member));
        self.spent.insert(target);
    }

    fn touch(&mut self, class: ClassId) {
        for booked in self.club.registrations.of(Key::Class(class)) {
            if self
                .club
                .uses
                .of(Key::Registration(booked.id))
                .any(|it| it.state == UseState::Held)
            {
                self.members.insert(booked.member);
            }
        }
    }
}
