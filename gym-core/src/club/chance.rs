//! [`Chances`]: whom what happened may let into a class where they wait.
//!
//! A class gives its own free seats away in the decision that frees them. What else may let somebody in, in whatever
//! class they wait for, is found here from what happened, after every decision: a time that is free again, a limit, a
//! lot, a right, a ban that is lifted, other rules; and the loss of any of them by a party that heads a strict line, and
//! kept free seats from all behind it. Each of those lists is tried next: see [`due`](crate::decision::due). What the
//! clock alone makes possible, such as a ban that runs out, waits for the next command about the class, or for
//! [`Promote`](crate::command::Command::Promote).

mod due;
mod less;

use std::collections::BTreeSet;

use super::{Club, Key};
use crate::booking::WaitlistState;
use crate::booking::rules::is_forfeited;
use crate::entitlement::{EntitlementEvent, Lot, Use, UseState};
use crate::event::Event;
use crate::id::{ClassId, LocationId, MemberId, MembershipId, MembershipTypeId};
use crate::membership::MembershipEvent;
use crate::membership::plan::Reach;
use crate::time::Period;

/// Whom what happened may let into a class where they wait.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Chances {
    /// Members whose time, limits, lots or rights leave more than before.
    pub members: BTreeSet<MemberId>,
    /// Members who wait in one place less, which leaves more where waiting counts.
    pub off_a_list: BTreeSet<MemberId>,
    /// Members whose time, limits, lots or rights leave less than before, which moves the line behind a party of theirs.
    /// Without those who book by the decision itself, which knows where they wait.
    pub held_back: BTreeSet<MemberId>,
    /// Locations of which the days of all memberships changed: whoever may use a lot of one.
    pub memberships_at: BTreeSet<LocationId>,
    /// Types of membership of which a new version reaches those that run: whoever may use a lot of one.
    pub memberships_of: BTreeSet<MembershipTypeId>,
    /// Where the rules changed; all locations without rules of their own if none.
    pub rules_at: BTreeSet<Option<LocationId>>,
}

impl Chances {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
            && self.off_a_list.is_empty()
            && self.held_back.is_empty()
            && self.memberships_at.is_empty()
            && self.memberships_of.is_empty()
            && self.rules_at.is_empty()
    }
}

impl Club {
    /// Says whom events that were decided on this club may let into a class where they wait.
    pub fn chances(&self, events: &[Event]) -> Chances {
        let mut chances = Chances::default();
        for event in events {
            self.note_chance(&mut chances, event);
            self.note_less(&mut chances.held_back, event);
        }
        for member in events.iter().filter_map(less::who_books) {
            chances.held_back.remove(&member);
        }
        chances
    }

    fn note_chance(&self, chances: &mut Chances, event: &Event) {
        match event {
            Event::BookingSettled {
                registration, state, ..
            } if !state.is_live() => {
                let booked = self.registrations.get(*registration);
                chances.members.extend(booked.map(|booked| booked.member));
            }
            Event::SessionStated { session, state, .. } if !state.is_live() => {
                let session = self.sessions.get(*session);
                chances.members.extend(session.map(|session| session.member));
            }
            Event::SessionMoved { session, .. } => {
                let moved = self.sessions.get(*session);
                chances.members.extend(moved.map(|session| session.member));
                let held = self.uses.of(Key::Session(*session));
                held.for_each(|held| self.share_chance(chances, held));
            }
            Event::ClassMoved { class, period, .. } => self.note_move(chances, *class, *period),
            Event::WaitlistMoved { entry, state, .. }
                if !state.is_live() && *state != WaitlistState::Promoted =>
            {
                let entry = self.waitlist.get(*entry);
                chances.off_a_list.extend(entry.map(|entry| entry.member));
            }
            Event::AccessGranted(access) => {
                chances.members.insert(access.member);
            }
            Event::BanLifted { ban } => {
                chances.members.extend(self.bans.get(*ban).map(|ban| ban.member));
            }
            Event::PolicySet(version) => {
                chances.rules_at.insert(version.location);
            }
            Event::Entitlement(event) => self.note_lot(chances, event),
            Event::Membership(event) => self.note_days(chances, event),
            _ => {}
        }
    }

    /// A class at another time leaves its old time and day to who booked it or waits for it.
    fn note_move(&self, chances: &mut Chances, class: ClassId, period: Period) {
        if self.classes.get(class).is_none_or(|class| class.period == period) {
            return;
        }
        for booked in self.registrations.of(Key::Class(class)) {
            if booked.state.is_live() || is_forfeited(booked.state) {
                chances.members.insert(booked.member);
                let held = self.uses.of(Key::Registration(booked.id));
                held.for_each(|held| self.share_chance(chances, held));
            }
        }
        let waiting = self
            .waitlist
            .of(Key::Class(class))
            .filter(|it| it.state.is_live());
        chances.off_a_list.extend(waiting.map(|entry| entry.member));
    }

    fn note_lot(&self, chances: &mut Chances, event: &EntitlementEvent) {
        match event {
            EntitlementEvent::Granted(lot) => self.note_users(chances, lot),
            EntitlementEvent::Shared { lot, with } => {
                self.note_sharers(chances, *with);
                let lot = self.lots.get(*lot);
                lot.into_iter().for_each(|lot| self.note_users(chances, lot));
            }
            EntitlementEvent::Cut { lot, .. } => {
                let lot = self.lots.get(*lot);
                lot.into_iter().for_each(|lot| self.note_users(chances, lot));
            }
            EntitlementEvent::Released { id, .. } => {
                let member = self.uses.get(*id).map(|it| it.member);
                member
                    .into_iter()
                    .for_each(|member| self.note_sharers(chances, member));
            }
            _ => {}
        }
    }

    /// Other days of memberships are other days of their lots, and so is what a plan allows.
    fn note_days(&self, chances: &mut Chances, event: &MembershipEvent) {
        if let MembershipEvent::PlanVersioned(version) = event
            && version.reach > Reach::Sales
        {
            chances.memberships_of.insert(version.of);
            self.note_all(chances, Key::MembershipType(version.of));
        }
        let opens = matches!(
            event,
            MembershipEvent::TermBegun(_)
                | MembershipEvent::Edited(_)
                | MembershipEvent::EditEnded { .. }
                | MembershipEvent::Returned { .. }
                | MembershipEvent::Linked(_)
                | MembershipEvent::Consented { .. }
        );
        if !opens {
            return;
        }
        let Some(place) = self.place_changed_by(event) else {
            let lots = self.changed_by(event).into_iter().flat_map(|of| self.lots_of(of));
            return lots.for_each(|lot| self.note_users(chances, lot));
        };
        chances.memberships_at.insert(place);
        self.note_all(chances, Key::Location(place));
    }

    /// Notes who may use a lot of a running membership of a location or a type.
    fn note_all(&self, chances: &mut Chances, of: Key) {
        let running = self.memberships.of(of);
        for membership in running.filter(|membership| membership.ended_on.is_none()) {
            for lot in self.lots_of(membership.id) {
                chances.members.extend(lot.members());
                let held = self.uses.of(Key::Lot(lot.id));
                held.for_each(|held| self.share_chance(chances, held));
            }
        }
    }

    fn lots_of(&self, membership: MembershipId) -> impl Iterator<Item = &Lot> {
        self.lots.of(Key::Membership(membership)).filter(|lot| !lot.over)
    }

    fn note_users(&self, chances: &mut Chances, lot: &Lot) {
        lot.members()
            .for_each(|member| self.note_sharers(chances, member));
    }

    /// What covers a booking from now on may leave another lot to who shares that.
    fn share_chance(&self, chances: &mut Chances, held: &Use) {
        if held.state == UseState::Held {
            self.note_sharers(chances, held.member);
        }
    }

    fn note_sharers(&self, chances: &mut Chances, member: MemberId) {
        chances.members.extend(self.sharers(member));
    }
}
