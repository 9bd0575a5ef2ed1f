//! The [`History`] of a club in memory.

use super::{Filler, History, micros};
use crate::club::{Club, Key};
use crate::time::Period;

impl History {
    /// Returns what a club has lived through in a period.
    ///
    /// Check-ins, bookings and payments are those that were recorded in it, classes those that end after its start;
    /// people and contracts are all there are, as they stand.
    pub fn of(club: &Club, during: Period) -> Self {
        let mut filler = Filler::new(during);
        club.locations.iter().for_each(|it| filler.place(it));
        club.plans.iter().for_each(|it| filler.plan(it));
        club.members.iter().for_each(|it| filler.member(it));
        for held in club.memberships.iter() {
            filler.membership(held, club.notices.of(Key::Membership(held.id)));
        }
        club.terms.iter().for_each(|it| filler.term(it));
        club.edits.iter().for_each(|it| filler.freeze(it));
        for visit in club.visits.iter() {
            if visit.area.is_none() && during.contains(visit.at) {
                let (member, place) = (visit.member.get(), visit.location.get());
                filler.check_in(member, place, micros(visit.at), visit.left_at.map(micros));
            }
        }
        for class in club.classes.iter() {
            if class.period.end() > during.start() {
                filler.class(class);
            }
        }
        for booked in club.registrations.iter() {
            if during.contains(booked.booked_at) {
                let whose = (booked.member.get(), booked.class.get());
                let (at, settled) = (micros(booked.booked_at), booked.settled_at.map(micros));
                filler.booking(whose, booked.seats, booked.state, at, settled);
            }
        }
        for paid in club.payments.iter() {
            if during.contains(paid.made_at) {
                let whose = (paid.payer.get(), paid.location.get());
                let (at, told) = (micros(paid.made_at), paid.told_at.map(micros));
                filler.payment(whose, paid.amount.minor(), paid.state, at, told);
            }
        }
        filler.finish()
    }
}
