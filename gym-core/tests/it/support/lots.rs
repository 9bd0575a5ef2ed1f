//! Passes and allowances in few words, and what is left of them.

use chrono::NaiveDate;
use gym_core::booking::policy::Policy;
use gym_core::command::{Book, Command};
use gym_core::entitlement::*;
use gym_core::event::Event;
use gym_core::id::*;
use gym_core::money::{Currency, Money};
use gym_core::time::{Cycle, Unit};

use super::Gym;

pub fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub fn eur(minor: i64) -> Money {
    Money::new(minor, Currency::EUR)
}

/// So many uses for classes in the whole year.
pub fn year(uses: u32) -> Terms {
    between(uses, "2026-01-01", "2027-01-01")
}

/// So many uses for classes from a day up to, not including, another.
pub fn between(uses: u32, from: &str, until: &str) -> Terms {
    Terms {
        uses: Uses::Counted(uses),
        scope: Scope::classes(),
        validity: Validity::Days {
            from: day(from),
            until: Some(day(until)),
        },
    }
}

pub fn monthly(count: u32, carry: u32) -> Terms {
    let (cycle, anchor) = (Cycle::MONTH, day("2026-01-01"));
    let uses = Uses::PerCycle {
        count,
        cycle,
        anchor,
        carry,
    };
    Terms { uses, ..year(1) }
}

pub fn from_first_visit(uses: u32, days: u32) -> Terms {
    let lasts = Cycle::new(days, Unit::Day).unwrap();
    let sold_on = day("2026-01-01");
    let validity = Validity::FirstVisit {
        sold_on,
        latest: None,
        lasts,
    };
    Terms {
        validity,
        ..year(uses)
    }
}

impl Gym {
    pub fn sell(&mut self, member: MemberId, terms: Terms) -> LotId {
        self.sell_to(&[member], terms)
    }

    pub fn sell_to(&mut self, members: &[MemberId], terms: Terms) -> LotId {
        let (member, others) = members.split_first().unwrap();
        let grant = Grant {
            member: *member,
            shared_with: others.iter().copied().collect(),
            location: self.place,
            terms,
            price: eur(1000),
        };
        self.entitle(EntitlementCommand::SellPass { grant });
        self.club.lots.iter().next_back().unwrap().id
    }

    pub fn entitle(&mut self, command: EntitlementCommand) -> Vec<Event> {
        self.ok(&Command::Entitlement(command))
    }

    /// Adds a class at ten on a day.
    pub fn on(&mut self, day: &str) -> ClassId {
        self.class(&format!("{day}T10:00"), 9)
    }

    pub fn why_not(&mut self, member: MemberId, class: ClassId) -> String {
        let refusal = self.refused(&Command::Book(Book::one(member, class)));
        let told = refusal.to_string();
        told.split_once("- ")
            .unwrap()
            .1
            .replace("nothing that the member has covers it", "no")
    }

    /// The uses that are held or consumed, by day: `05-10 lot 1` if held, `05-10 lot 1!` if consumed.
    pub fn uses(&self) -> String {
        let mut uses: Vec<_> = self.club.uses.iter().filter(|it| it.state.is_live()).collect();
        uses.sort_by_key(|it| (it.on, it.member, it.seat));
        let told = uses.iter().map(|it| {
            let mark = if it.state == UseState::Consumed { "!" } else { "" };
            format!("{} lot {}{mark}", it.on.format("%m-%d"), it.lot)
        });
        told.collect::<Vec<_>>().join(", ")
    }

    /// What is free, held, consumed and expired of a pass.
    pub fn balance(&self, lot: LotId) -> (u32, usize, usize, u32) {
        let of = |state| {
            let uses = self.club.uses.iter().filter(|it| it.lot == lot);
            uses.filter(|it| it.state == state).count()
        };
        let (held, consumed) = (of(UseState::Held), of(UseState::Consumed));
        let lot = self.club.lots.get(lot).unwrap();
        let Uses::Counted(granted) = lot.terms.uses else {
            panic!("{:?}", lot.terms)
        };
        let expired = lot.broken_in(0);
        (
            granted - expired - (held + consumed) as u32,
            held,
            consumed,
            expired,
        )
    }
}

pub fn club() -> Gym {
    let mut gym = Gym::entitled(Policy::default());
    gym.at("2026-02-01T08:00:00Z");
    gym
}
