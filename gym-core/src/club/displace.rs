//! What a change of a class does to who booked it: kept, moved to the queue, or cancelled by the club.

use chrono::NaiveDateTime;

use super::placing::Placing;
use super::{Club, Key};
use crate::booking::facts::ClassFacts;
use crate::booking::penalty::forgive;
use crate::booking::rules::is_forfeited;
use crate::booking::waitlist::fill_free;
use crate::booking::{Registration, RegistrationState, WaitlistEntry, WaitlistState, Waiver};
use crate::decision::Draft;
use crate::event::Event;
use crate::id::{ClassId, ClosureId};
use crate::schedule::claim::{Buffers, Owner, Resource};
use crate::schedule::class::{Class, ClassState};
use crate::time::{Fit, Instant};

/// A dated class as it will be, and what that changes.
pub(super) struct Changed {
    /// The class as it will be.
    pub(super) class: Class,
    /// The units that it will have, if it needs equipment.
    pub(super) units: Option<u32>,
    /// How many people its room will hold, if that changes.
    pub(super) room_capacity: Option<u32>,
    /// The civil start that it is given, if its time changes, and how that fits.
    pub(super) given: Option<(NaiveDateTime, Fit)>,
    /// Whether its time changes; the claims of its members are then free already.
    pub(super) moved: bool,
}

impl Club {
    /// Cancels a class for the club: every booking is restored, and penalties for it are taken back.
    pub(super) fn call_off(
        &self,
        draft: &mut Draft,
        class: &Class,
        closure: Option<ClosureId>,
        now: Instant,
    ) {
        let state = closure.map_or(ClassState::Cancelled, ClassState::Closed);
        let key = Key::Class(class.id);
        draft.push(Event::ClassStated {
            class: class.id,
            state,
        });
        draft.push(Event::Released {
            owner: Owner::Class(class.id),
            resource: None,
        });
        for booked in self.registrations.of(key).filter(|booked| booked.state.is_live()) {
            draft.push(club_cancelled(booked, closure, now));
            draft.push(Event::Released {
                owner: Owner::Registration(booked.id),
                resource: None,
            });
        }
        // A late cancellation of a class that did not take place is none.
        for forfeited in self
            .registrations
            .of(key)
            .filter(|booked| is_forfeited(booked.state))
        {
            draft.push(club_cancelled(forfeited, None, now));
        }
        for entry in self.waitlist.of(key).filter(|entry| entry.state.is_live()) {
            let state = WaitlistState::Ended;
            draft.push(Event::WaitlistMoved {
                entry: entry.id,
                state,
                offer_until: None,
            });
        }
        for hold in self.holds.of(key).filter(|hold| !hold.ended) {
            draft.push(Event::HoldEnded { hold: hold.id });
        }
        for penalty in self.penalties.of(key).filter(|penalty| penalty.is_open()) {
            forgive(
                draft,
                penalty,
                self.bans.of(Key::Member(penalty.member)),
                Waiver::ClubCancelled,
            );
        }
    }

    /// Settles who keeps a seat of a changed class: members who are busy at its new time lose it, the last in go
    /// back to the queue if there are too many, and free seats go to who waits.
    pub(super) fn reseat(
        &self,
        draft: &mut Draft,
        placing: &mut Placing<'_>,
        changed: &Changed,
        now: Instant,
    ) {
        let Some(mut facts) = self.class_facts(changed.class.id) else {
            return;
        };
        facts.class = &changed.class;
        let room = changed
            .class
            .offering
            .room
            .and_then(|room| self.rooms.get(room))
            .cloned();
        let room = room.map(|mut room| {
            room.capacity = changed.room_capacity.unwrap_or(room.capacity);
            room
        });
        facts.room = room.as_ref();
        facts.units = changed.units;

        let mut booked: Vec<&Registration> = facts.seated().collect();
        // Who has checked in already stays before all others.
        booked.sort_by_key(|booked| {
            (
                booked.state == RegistrationState::Booked,
                booked.booked_at,
                booked.id,
            )
        });
        if changed.moved {
            let mut gone = Vec::new();
            booked.retain(|booked| self.keep_time(draft, placing, booked, changed, now, &mut gone));
            facts.freed.clone_from(&gone);
            facts.gone = gone;
        }
        let displaced = self.overfull(&facts, booked);
        for booked in &displaced {
            draft.push(club_cancelled(booked, None, now));
            let owner = Owner::Registration(booked.id);
            draft.push(Event::Released {
                owner,
                resource: None,
            });
            placing.give_up(owner);
        }
        facts.gone.extend(displaced.iter().map(|booked| booked.id));
        facts.freed.extend(displaced.iter().map(|booked| booked.id));
        self.queue(draft, &facts, &displaced, now);
        self.fill_changed(draft, placing, facts, now);
    }

    /// Keeps a booking at the new time of its class, or cancels it because the member is busy then.
    fn keep_time(
        &self,
        draft: &mut Draft,
        placing: &mut Placing<'_>,
        booked: &Registration,
        changed: &Changed,
        now: Instant,
        gone: &mut Vec<crate::id::RegistrationId>,
    ) -> bool {
        let (resource, owner) = (Resource::Member(booked.member), Owner::Registration(booked.id));
        let free = placing.rival(resource, changed.class.period).is_none();
        if free {
            placing.take(
                draft,
                owner,
                changed.class.period,
                &[(resource, Buffers::default())],
            );
        } else {
            draft.push(club_cancelled(booked, None, now));
            gone.push(booked.id);
        }
        free
    }

    /// Returns the last in that are too many; who came before them keeps what seats that leaves.
    fn overfull<'a>(
        &self,
        facts: &ClassFacts<'_>,
        mut booked: Vec<&'a Registration>,
    ) -> Vec<&'a Registration> {
        let mut excess = facts.taken().saturating_sub(facts.capacity());
        let (mut displaced, mut free) = (Vec::new(), 0);
        while excess > 0
            && let Some(last) = booked.pop()
        {
            free = last.seats.saturating_sub(excess);
            excess = excess.saturating_sub(last.seats);
            displaced.push(last);
        }
        displaced.reverse();
        displaced.retain(|booked| {
            let fits = booked.seats <= free;
            free -= if fits { booked.seats } else { 0 };
            !fits
        });
        displaced
    }

    fn queue(&self, draft: &mut Draft, facts: &ClassFacts<'_>, displaced: &[&Registration], now: Instant) {
        let rules = self.policy(facts.location.id).waitlist;
        if now >= rules.closes.before(facts.class.period.start(), facts.zone()) {
            return;
        }
        for (seq, booked) in (facts.last_seq + 1..).zip(displaced) {
            let id = draft.local();
            draft.push(Event::Waitlisted(WaitlistEntry {
                id,
                class: booked.class,
                member: booked.member,
                seats: booked.seats,
                channel: booked.channel,
                seq,
                state: WaitlistState::Waiting,
                entered_at: now,
                offer_until: None,
            }));
        }
    }

    /// Gives free seats of a changed class to who waits.
    fn fill_changed<'a>(
        &'a self,
        draft: &mut Draft,
        placing: &mut Placing<'_>,
        mut facts: ClassFacts<'a>,
        now: Instant,
    ) {
        let policy = self.policy(facts.location.id);
        let snapshot = facts.clone();
        let people = self.waiting_members(&snapshot, now, policy);
        let before = draft.events().len();
        fill_free(draft, &mut facts, &people, now, policy);
        placing.note(draft.events().get(before..).unwrap_or_default());
    }

    /// Brings back what a closure had cancelled of a class that takes place again, where members and seats are still free.
    pub(super) fn reinstate(
        &self,
        draft: &mut Draft,
        placing: &mut Placing<'_>,
        class: &Class,
        closure: ClosureId,
    ) {
        let key = Key::Class(class.id);
        let Some(mut facts) = self.class_facts(class.id) else {
            return;
        };
        let mut free = facts.capacity().saturating_sub(facts.taken());
        for booked in self
            .registrations
            .of(key)
            .filter(|booked| booked.closure == Some(closure))
        {
            let (resource, owner) = (Resource::Member(booked.member), Owner::Registration(booked.id));
            let fits = booked.seats <= free && placing.rival(resource, class.period).is_none();
            if fits && self.is_still_covered(booked, &facts) {
                free -= booked.seats;
                if self.had_uses(booked.id) {
                    facts.covered.push((booked.member, booked.seats));
                }
                draft.push(Event::BookingReinstated {
                    registration: booked.id,
                });
                placing.take(draft, owner, class.period, &[(resource, Buffers::default())]);
            }
        }
        let ended = self
            .waitlist
            .of(key)
            .filter(|entry| entry.state == WaitlistState::Ended);
        for entry in ended {
            draft.push(Event::WaitlistRevived { entry: entry.id });
        }
    }

    /// Gives free seats of a class that takes place again to who waits.
    pub(super) fn refill(&self, draft: &mut Draft, placing: &mut Placing<'_>, class: ClassId, now: Instant) {
        if let Some(facts) = self.class_facts(class) {
            self.fill_changed(draft, placing, facts, now);
        }
    }
}

fn club_cancelled(booked: &Registration, closure: Option<ClosureId>, at: Instant) -> Event {
    Event::BookingSettled {
        registration: booked.id,
        state: RegistrationState::ClubCancelled,
        at,
        closure,
    }
}
