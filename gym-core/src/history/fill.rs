//! A [`Filler`] makes a [`History`] of a club's rows.

use std::collections::HashMap;

use chrono::{Datelike, NaiveDate};

use super::{
    Booking, CheckIn, Class, Dense, Ending, Facts, Freeze, History, Member, Membership, NO_DAY, NO_ID,
    NO_KEY, NO_TIME, Outcome, Payment, Place, Plan, Term, day_number, micros,
};
use crate::billing::payment::PaymentState;
use crate::booking::RegistrationState;
use crate::location::Location;
use crate::membership::freeze::{Edit, EditOf};
use crate::membership::notice::{Back, Notice, NoticeKind};
use crate::membership::plan::PlanVersion;
use crate::time::{Cycle, Period, Unit, day};
use crate::user::Person;

/// A history in the making: rows go in table by table, in the order of [`Facts`], and those of a table by their ids.
///
/// What belongs to a member who was not given, as one who was erased, is left out.
#[derive(Debug, Clone)]
pub struct Filler {
    during: Period,
    facts: Facts,
    places: Dense,
    plans: Dense,
    members: Dense,
    memberships: Dense,
    classes: Dense,
    programmes: HashMap<String, u32>,
}

impl Filler {
    /// Starts a history of a period.
    pub fn new(during: Period) -> Self {
        Self {
            during,
            facts: Facts::default(),
            places: Dense::default(),
            plans: Dense::default(),
            members: Dense::default(),
            memberships: Dense::default(),
            classes: Dense::default(),
            programmes: HashMap::new(),
        }
    }

    /// Adds a location.
    pub fn place(&mut self, location: &Location) {
        self.places.add(location.id.get());
        self.facts.places.push(Place {
            id: location.id.get(),
            zone: location.zone,
            currency: location.currency,
        });
    }

    /// Adds a version of a plan.
    pub fn plan(&mut self, version: &PlanVersion) {
        self.plans.add(version.id.get());
        self.facts.plans.push(Plan {
            id: version.id.get(),
            price: version.terms.price.minor(),
            currency: version.terms.price.currency(),
            cycle_months: months(version.terms.cycle),
            term_months: version.terms.term.map_or(0, months),
        });
    }

    /// Adds a member, unless they were erased.
    pub fn member(&mut self, member: &crate::member::Member) {
        let place = self.places.position(member.home.get());
        if place == NO_ID || member.person == Person::default() {
            return;
        }
        self.members.add(member.id.get());
        self.facts.members.push(Member {
            id: member.id.get(),
            place,
            joined_on: day_number(member.joined_on),
            recorded_at: self.over(place, member.joined_on),
            birth_year: member.person.born_on.map_or(NO_DAY, |day| day.year()),
        });
    }

    /// Adds a membership with the notices on it.
    pub fn membership<'a>(
        &mut self,
        held: &crate::membership::Membership,
        notices: impl IntoIterator<Item = &'a Notice>,
    ) {
        let member = self.members.position(held.member.get());
        let place = self.places.position(held.location.get());
        let plan = self.plans.position(held.plan.get());
        if [member, place, plan].contains(&NO_ID) {
            return;
        }
        let notice = notices
            .into_iter()
            .min_by_key(|notice| (notice.back != Back::All, notice.until, notice.id));
        let (ending, ends_on, known_on) = match (notice, held.ended_on) {
            (Some(notice), ended) => {
                let on = ended.unwrap_or(notice.ends_on);
                (ending(notice.kind), Some(on), Some(notice.given_on))
            }
            (None, Some(ended)) => (Ending::Expired, Some(ended), Some(ended)),
            (None, None) => (Ending::Running, None, None),
        };
        let follows = held
            .follows
            .map_or(NO_ID, |it| self.memberships.position(it.get()));
        self.memberships.add(held.id.get());
        self.facts.memberships.push(Membership {
            id: held.id.get(),
            member,
            place,
            plan,
            recorded_at: self.over(place, held.sold_on),
            starts_on: day_number(held.start),
            committed_until: held.committed.map_or(NO_DAY, day_number),
            follows,
            ending,
            ends_on: ends_on.map_or(NO_DAY, day_number),
            end_recorded_at: known_on.map_or(NO_TIME, |day| self.over(place, day)),
        });
    }

    /// Adds a term of a membership.
    pub fn term(&mut self, term: &crate::membership::Term) {
        let membership = self.memberships.position(term.membership.get());
        let plan = self.plans.position(term.plan.get());
        let Some(place) = self.place_of(membership).filter(|_| plan != NO_ID) else {
            return;
        };
        self.facts.terms.push(Term {
            membership,
            plan,
            recorded_at: self.over(place, term.recorded_on),
            from: day_number(term.from),
            until: term.until.map_or(NO_DAY, day_number),
        });
    }

    /// Adds a freeze or a closure; gifts of days keep nobody away, nor do days that were used.
    pub fn freeze(&mut self, edit: &Edit) {
        if !edit.keeps_out() {
            return;
        }
        let (membership, place) = match edit.of {
            EditOf::Membership(id) => {
                let membership = self.memberships.position(id.get());
                (membership, self.place_of(membership).unwrap_or(NO_ID))
            }
            EditOf::Location(id) => (NO_ID, self.places.position(id.get())),
        };
        if place == NO_ID {
            return;
        }
        let ended = edit.ends().min_by_key(|ended| (ended.on, ended.recorded_on));
        self.facts.freezes.push(Freeze {
            membership,
            place,
            recorded_at: self.over(place, edit.recorded_on),
            from: day_number(edit.from),
            until: edit.until.map_or(NO_DAY, day_number),
            ended_on: ended.map_or(NO_DAY, |ended| day_number(ended.on)),
            end_recorded_at: ended.map_or(NO_TIME, |ended| self.over(place, ended.recorded_on)),
        });
    }

    /// Adds one coming in: the ids of member and location, and when they came and left, in microseconds.
    pub fn check_in(&mut self, member: i64, location: i64, at: i64, left_at: Option<i64>) {
        let (member, place) = (self.members.position(member), self.places.position(location));
        if member != NO_ID && place != NO_ID {
            self.facts.check_ins.push(CheckIn {
                member,
                place,
                at,
                recorded_at: at,
                left_at: left_at.unwrap_or(NO_TIME),
            });
        }
    }

    /// Adds a dated class.
    pub fn class(&mut self, class: &crate::schedule::class::Class) {
        let offering = &class.offering;
        let place = self.places.position(offering.location.get());
        if place == NO_ID {
            return;
        }
        let next = u32::try_from(self.programmes.len()).unwrap_or(NO_ID);
        let programme = match self.programmes.get(&offering.programme) {
            Some(known) => *known,
            None => {
                self.programmes.insert(offering.programme.clone(), next);
                self.facts.programmes.push(offering.programme.clone());
                next
            }
        };
        self.classes.add(class.id.get());
        self.facts.classes.push(Class {
            id: class.id.get(),
            series: class.series.map_or(NO_KEY, |it| it.get()),
            place,
            programme,
            trainer: offering.trainer.map_or(NO_KEY, |it| it.get()),
            room: offering.room.map_or(NO_KEY, |it| it.get()),
            capacity: offering.capacity,
            starts_at: micros(class.period.start()),
            ends_at: micros(class.period.end()),
            is_on: class.is_scheduled(),
        });
    }

    /// Adds a booking: the ids of member and class, seats, state, and when it was made and settled, in microseconds.
    pub fn booking(
        &mut self,
        (member, class): (i64, i64),
        seats: u32,
        state: RegistrationState,
        booked_at: i64,
        settled_at: Option<i64>,
    ) {
        let member = self.members.position(member);
        if member != NO_ID {
            self.facts.bookings.push(Booking {
                member,
                class: self.classes.position(class),
                seats,
                booked_at,
                recorded_at: booked_at,
                state,
                settled_at: settled_at.unwrap_or(NO_TIME),
            });
        }
    }

    /// Adds a payment: the ids of payer and location, the amount in minor units, its state, when it was made and when it
    /// was last told of, in microseconds.
    pub fn payment(
        &mut self,
        (member, location): (i64, i64),
        amount: i64,
        state: PaymentState,
        made_at: i64,
        told_at: Option<i64>,
    ) {
        let (member, place) = (self.members.position(member), self.places.position(location));
        if member == NO_ID || place == NO_ID {
            return;
        }
        let outcome = match state {
            PaymentState::Created
            | PaymentState::Submitted
            | PaymentState::Pending
            | PaymentState::Unknown => Outcome::Open,
            PaymentState::Settled => Outcome::Settled,
            PaymentState::Failed(_) | PaymentState::Disputed => Outcome::Failed,
            PaymentState::Refunded => Outcome::Refunded,
        };
        let outcome_at = match outcome {
            Outcome::Open => NO_TIME,
            _ => told_at.unwrap_or(made_at).max(made_at),
        };
        self.facts.payments.push(Payment {
            member,
            place,
            amount,
            made_at,
            recorded_at: made_at,
            outcome,
            outcome_at,
        });
    }

    /// Returns the history.
    pub fn finish(self) -> History {
        History {
            during: self.during,
            facts: self.facts,
        }
    }

    fn place_of(&self, membership: u32) -> Option<u32> {
        self.facts.memberships.place.get(membership as usize).copied()
    }

    /// Returns when a civil day is over at a place.
    fn over(&self, place: u32, on: NaiveDate) -> i64 {
        let zone = self.facts.places.zone.get(place as usize).copied();
        let zone = zone.unwrap_or(chrono_tz::UTC);
        day(zone, on).map_or(i64::MAX, |day| micros(day.end()))
    }
}

const fn months(cycle: Cycle) -> u32 {
    match cycle.unit() {
        Unit::Day => cycle.count().div_ceil(30),
        Unit::Week => cycle.count().saturating_mul(7).div_ceil(30),
        Unit::Month => cycle.count(),
        Unit::Year => cycle.count().saturating_mul(12),
    }
}

/// What is past a notice: what the member chose, and what they did not.
const fn ending(kind: NoticeKind) -> Ending {
    match kind {
        NoticeKind::Ordinary | NoticeKind::Early | NoticeKind::CoolingOff => Ending::Chosen,
        NoticeKind::Exit(_) => Ending::Involuntary,
        NoticeKind::Switch(_) => Ending::Switched,
    }
}
