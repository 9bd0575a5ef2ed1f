//! Memberships: what is sold, frozen, ended and owed, one feature at a time; and what holds of random years.

mod anchor;
mod carry;
mod civil;
mod closed;
mod cover;
mod door;
mod elsewhere;
mod faults;
mod freeze;
mod freeze_rules;
mod history;
mod kept;
mod law;
mod leave;
mod lowered;
mod ordered;
mod paid;
mod people;
mod prospect;
pub(crate) mod random;
mod rates;
mod renew;
mod second;
mod sell;
mod switch;
mod timeline;
mod used;
mod waits;
mod worth;
pub(crate) mod years;

use crate::support::Gym;
use chrono::{NaiveDate, TimeZone};
use gym_core::billing::obligation::{Component, Key, Obligation};
use gym_core::billing::subscription::owed;
use gym_core::billing::tax::TaxCode;
use gym_core::booking::refusal::{Reason, Refusal};
use gym_core::command::Command;
use gym_core::event::Event;
use gym_core::id::*;
use gym_core::membership::freeze::FreezeReason;
use gym_core::membership::plan::Terms;
use gym_core::membership::{MembershipCommand, Objection};
use gym_core::money::{Currency, Money};
use gym_core::time::{Cycle, Unit};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap_or_else(|_| panic!("a day, not {text}"))
}

fn eur(minor: i64) -> Money {
    Money::new(minor, Currency::EUR)
}

fn months(count: u32) -> Cycle {
    Cycle::new(count, Unit::Month).unwrap()
}

fn days(count: u32) -> Cycle {
    Cycle::new(count, Unit::Day).unwrap()
}

/// 50 euros a month until notice.
fn monthly(minor: i64) -> Terms {
    Terms::monthly(eur(minor), TaxCode::new("membership").unwrap())
}

/// A club that sells memberships, with a clock that shows days.
#[derive(Clone)]
pub(crate) struct Hall {
    pub(crate) gym: Gym,
}

impl Hall {
    fn new() -> Self {
        let mut hall = Self { gym: Gym::new() };
        let place = hall.gym.place;
        hall.gym.rates(place, &["membership"]);
        hall.on("2027-01-01");
        hall
    }

    /// Makes it noon of a day in Berlin.
    fn on(&mut self, today: &str) -> &mut Self {
        self.on_day(day(today))
    }

    pub(crate) fn on_day(&mut self, today: NaiveDate) -> &mut Self {
        let noon = chrono_tz::Europe::Berlin.from_local_datetime(&today.and_hms_opt(12, 0, 0).unwrap());
        self.gym.now = noon.unwrap().to_utc();
        self
    }

    pub(crate) fn today(&self) -> NaiveDate {
        gym_core::time::civil(chrono_tz::Europe::Berlin, self.gym.now).date()
    }

    fn run(&mut self, command: MembershipCommand) -> Result<Vec<Event>, Refusal> {
        self.gym.run(&Command::Membership(command))
    }

    fn ok(&mut self, command: MembershipCommand) -> Vec<Event> {
        self.gym.ok(&Command::Membership(command))
    }

    /// Runs a command that the contract must refuse, and says why.
    fn objections(&mut self, command: MembershipCommand) -> Vec<Objection> {
        let refusal = self.gym.refused(&Command::Membership(command));
        let why = refusal.reasons.into_iter().map(|reason| match reason {
            Reason::Contract { why } => why,
            other => panic!("{other:?}"),
        });
        why.collect()
    }

    /// Runs a command that must be refused, and returns the sentences.
    fn no(&mut self, command: MembershipCommand) -> String {
        let refusal = self.gym.refused(&Command::Membership(command));
        let told: Vec<String> = refusal
            .reasons
            .iter()
            .map(|it| it.sentence(refusal.zone))
            .collect();
        told.join("; ")
    }

    fn add_type(&mut self, name: &str, terms: Terms) -> MembershipTypeId {
        let (name, from) = (name.to_owned(), self.today());
        let terms = Box::new(terms);
        self.ok(MembershipCommand::AddType {
            name,
            location: None,
            from,
            terms,
        });
        self.gym.club.membership_types.iter().next_back().unwrap().id
    }

    fn sale(&self, member: MemberId, of: MembershipTypeId, start: &str) -> MembershipCommand {
        let location = self.gym.place;
        MembershipCommand::Sell {
            member,
            of,
            location,
            start: day(start),
            payer: None,
            intro: false,
        }
    }

    fn sell(&mut self, member: MemberId, of: MembershipTypeId, start: &str) -> MembershipId {
        let command = self.sale(member, of, start);
        self.ok(command);
        self.gym.club.memberships.iter().next_back().unwrap().id
    }

    /// A club on a day on which somebody buys a membership with these terms, from that day on.
    fn with(start: &str, terms: Terms) -> (Self, MembershipId) {
        let mut hall = Self::new();
        hall.on(start);
        let ada = hall.gym.member("Ada");
        let gold = hall.add_type("Gold", terms);
        let id = hall.sell(ada, gold, start);
        (hall, id)
    }

    fn freeze(&mut self, membership: MembershipId, from: &str, until: &str) -> EditId {
        self.ok(freeze(membership, from, Some(until)));
        self.gym.club.edits.iter().next_back().unwrap().id
    }

    /// Renews, and returns what happens to memberships.
    fn renew(&mut self) -> Vec<Event> {
        let (location, through) = (self.gym.place, self.today());
        let mut events = self.ok(MembershipCommand::Renew { location, through });
        events.retain(|event| matches!(event, Event::Membership(_)));
        events
    }

    fn owed(&self, membership: MembershipId, through: &str) -> Vec<Obligation> {
        owed(&self.gym.club.contract(membership).unwrap(), day(through)).unwrap()
    }

    /// What falls due up to a day, as `day component cents`.
    fn bill(&self, membership: MembershipId, through: &str) -> Vec<String> {
        let line = |owed: &Obligation| {
            let Key::Period { component, .. } = owed.key else {
                panic!("{owed:?}")
            };
            format!("{} {} {}", owed.due_on, word(component), owed.amount.minor())
        };
        self.owed(membership, through).iter().map(line).collect()
    }

    fn ends_on(&self, membership: MembershipId) -> Option<String> {
        self.gym
            .club
            .contract(membership)
            .unwrap()
            .ends_on()
            .map(|day| day.to_string())
    }
}

fn freeze(membership: MembershipId, from: &str, until: Option<&str>) -> MembershipCommand {
    let (from, until) = (day(from), until.map(day));
    MembershipCommand::Freeze {
        membership,
        from,
        until,
        why: FreezeReason::Travel,
    }
}

fn word(component: Component) -> &'static str {
    match component {
        Component::Fee => "fee",
        Component::Joining => "joining",
        Component::Additional(_) => "additional",
        Component::FreezeFee(_) => "freeze",
        Component::Credit(_) => "credit",
        Component::Resumed(_) => "resumed",
        Component::Returned(_) => "returned",
        Component::Switch(_) => "switch",
        Component::Termination(_) => "termination",
        Component::Exit(_) => "back",
        Component::JoiningBack(_) => "joining-back",
        Component::FreezeBack(_) => "freeze-back",
        Component::TerminationBack(_) => "termination-back",
    }
}
