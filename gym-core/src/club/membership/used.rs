//! The days on which a membership was used: they can be frozen no more.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use crate::booking::RegistrationState;
use crate::check_in::Opened;
use crate::club::table::key_of;
use crate::club::{Club, Key};
use crate::entitlement::{Lot, Target};
use crate::id::MembershipId;
use crate::schedule::session::SessionState;
use crate::time::{Days, Instant};

impl Club {
    /// Lists the civil days, of those given, on which somebody used a membership: came in by it or by a booking that it
    /// covers, or has a booking that it covers, that has begun, and that was neither missed nor cancelled.
    pub(super) fn days_used(&self, id: MembershipId, days: Days, now: Instant) -> BTreeSet<NaiveDate> {
        let lots = self.lots.of(Key::Membership(id));
        let used = lots.flat_map(|lot| self.booked_by(lot, now).chain(self.came_by(lot)));
        used.filter(|day| days.contains(*day)).collect()
    }

    fn booked_by<'a>(&'a self, lot: &Lot, now: Instant) -> impl Iterator<Item = NaiveDate> + use<'a> {
        let uses = self.uses.of(Key::Lot(lot.id));
        let live = uses.filter(|it| it.state.is_live());
        live.filter(move |it| self.took_place(it.target, now))
            .map(|it| it.on)
    }

    fn came_by<'a>(&'a self, lot: &'a Lot) -> impl Iterator<Item = NaiveDate> + use<'a> {
        let covers = move |target| self.uses.of(key_of(target)).any(|it| it.lot == lot.id);
        let visits = lot
            .members()
            .flat_map(move |member| self.visits.of(Key::Member(member)));
        let by_it = visits.filter(move |visit| match visit.opened {
            Opened::Lot(opened) => opened == lot.id,
            Opened::Booking(booked) => covers(Target::Registration(booked)),
            Opened::Session(session) => covers(Target::Session(session)),
            Opened::Desk | Opened::Open => false,
        });
        by_it.map(|visit| visit.on)
    }

    /// Whether what was booked has begun, and nobody recorded that the member stayed away.
    fn took_place(&self, target: Target, now: Instant) -> bool {
        match target {
            Target::Registration(id) => self.registrations.get(id).is_some_and(|booked| {
                let begun = |class: &crate::schedule::class::Class| class.period.start() <= now;
                match booked.state {
                    RegistrationState::Attended => true,
                    RegistrationState::Booked => self.classes.get(booked.class).is_some_and(begun),
                    _ => false,
                }
            }),
            Target::Session(id) => self.sessions.get(id).is_some_and(|session| match session.state {
                SessionState::Attended => true,
                SessionState::Booked => session.period.start() <= now,
                SessionState::NoShow | SessionState::Cancelled => false,
            }),
            Target::Visit(_) => true,
        }
    }
}
