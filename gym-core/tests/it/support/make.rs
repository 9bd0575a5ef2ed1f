//! How the club of a test gets its people, places and classes.

use std::collections::BTreeSet;

use chrono::{NaiveTime, Weekday};
use gym_core::billing::BillingCommand;
use gym_core::billing::tax::{Prices, Rounding, TaxCode, TaxTerms};
use gym_core::command::Command;
use gym_core::event::Event;
use gym_core::id::*;
use gym_core::money::Currency;
use gym_core::schedule::availability::{Availability, Hours, WeeklyHours, WeeklyRule};
use gym_core::schedule::claim::Buffers;
use gym_core::schedule::class::Offering;
use gym_core::series::Series;
use gym_core::time::zone;
use gym_core::user::{Person, Role};

use super::{Gym, civil, instant};

impl Gym {
    pub fn location(&mut self, name: &str, in_zone: &str) -> LocationId {
        self.ok(&Command::AddLocation {
            name: name.to_owned(),
            zone: zone(in_zone).unwrap(),
            currency: Currency::EUR,
            hours: WeeklyHours::default(),
        });
        self.club.locations.iter().next_back().unwrap().id
    }

    /// Has things of these kinds bear no tax at a location from 2020 on.
    pub fn rates(&mut self, location: LocationId, codes: &[&str]) {
        let rates = codes.iter().map(|code| (TaxCode::new(code).unwrap(), Vec::new()));
        let terms = TaxTerms::new(Prices::Inclusive, Rounding::PerLine, rates.collect()).unwrap();
        self.ok(&Command::Billing(BillingCommand::SetTaxRates {
            location,
            from: "2020-01-01".parse().unwrap(),
            terms,
        }));
    }

    pub fn user(&mut self, name: &str) -> UserId {
        let person = Person::new(name, None).unwrap();
        self.ok(&Command::AddUser { person });
        self.club.users.iter().next_back().unwrap().id
    }

    /// Adds a user with a role at the first location.
    pub fn staff(&mut self, name: &str, role: Role) -> UserId {
        let user = self.user(name);
        self.ok(&Command::GrantRole {
            user,
            role,
            location: Some(self.place),
            from: "2026-01-01".parse().unwrap(),
            until: None,
        });
        user
    }

    pub fn member(&mut self, name: &str) -> MemberId {
        self.member_of(name, None)
    }

    pub fn member_of(&mut self, name: &str, user: Option<UserId>) -> MemberId {
        self.ok(&Command::AddMember {
            person: Person::new(name, None).unwrap(),
            user,
            home: self.place,
            joined_on: "2025-01-01".parse().unwrap(),
        });
        let id = self.club.members.iter().next_back().unwrap().id;
        self.names.insert(id, name.to_owned());
        id
    }

    pub fn members<const N: usize>(&mut self, names: [&str; N]) -> [MemberId; N] {
        names.map(|name| self.member(name))
    }

    pub fn access(&mut self, member: MemberId, location: LocationId) {
        let from = "2025-01-01".parse().unwrap();
        self.ok(&Command::GrantAccess {
            member,
            location,
            from,
            until: None,
        });
    }

    /// Adds a trainer who can be booked from 6 to 22 every day.
    pub fn trainer(&mut self, name: &str) -> TrainerId {
        let time = |hour| NaiveTime::from_hms_opt(hour, 0, 0).unwrap();
        let weekly = (0..7).map(|day| WeeklyRule {
            hours: Hours::new(Weekday::try_from(day).unwrap(), time(6), time(22)).unwrap(),
            location: None,
            dates: Default::default(),
        });
        self.ok(&Command::AddTrainer {
            person: Person::new(name, None).unwrap(),
            user: None,
            home: self.place,
            also_at: BTreeSet::new(),
            availability: Availability {
                weekly: weekly.collect(),
                ..Availability::default()
            },
        });
        self.club.trainers.iter().next_back().unwrap().id
    }

    pub fn room(&mut self, name: &str, capacity: u32) -> RoomId {
        self.ok(&Command::AddRoom {
            location: self.place,
            name: name.to_owned(),
            capacity,
        });
        self.club.rooms.iter().next_back().unwrap().id
    }

    pub fn equipment(&mut self, name: &str, units: u32) -> EquipmentId {
        self.ok(&Command::AddEquipment {
            location: self.place,
            name: name.to_owned(),
            units: (1..=units).map(|n| format!("{name} {n}")).collect(),
        });
        self.club.equipment.iter().next_back().unwrap().id
    }

    /// An hour of spin without trainer, room or equipment.
    pub fn offering(&self, capacity: u32) -> Offering {
        Offering {
            location: self.place,
            title: "Spin".to_owned(),
            programme: "cycling".to_owned(),
            trainer: None,
            room: None,
            equipment: None,
            capacity,
            minutes: 60,
            buffers: Buffers::default(),
        }
    }

    /// Adds a class of one hour at a civil start.
    pub fn class(&mut self, start: &str, capacity: u32) -> ClassId {
        let offering = self.offering(capacity);
        self.class_of(start, offering)
    }

    pub fn class_of(&mut self, start: &str, offering: Offering) -> ClassId {
        let start = civil(start);
        self.ok(&Command::AddClass { offering, start });
        self.club.classes.iter().next_back().unwrap().id
    }

    /// Adds a series and returns its dated classes.
    pub fn series(&mut self, start: &str, rule: &str, until: &str, offering: Offering) -> Vec<ClassId> {
        let zone = self.club.locations.get(offering.location).unwrap().zone;
        let recurrence = Series::new(civil(start), zone, Some(rule.parse().unwrap())).unwrap();
        let until = instant(until);
        let events = self.ok(&Command::AddSeries {
            offering,
            recurrence,
            until,
        });
        let added = events.iter().filter_map(|event| match event {
            Event::ClassAdded(class) => Some(class.id),
            _ => None,
        });
        added.collect()
    }

    /// Adds a series of so many days, a class on each.
    pub fn daily<const N: usize>(&mut self, start: &str, offering: Offering) -> [ClassId; N] {
        let until = self.now + chrono::Duration::days(365);
        let rule = format!("FREQ=DAILY;COUNT={N}");
        let classes = self.series(start, &rule, &until.to_string(), offering);
        classes
            .try_into()
            .unwrap_or_else(|found| panic!("{N} classes, not {found:?}"))
    }

    /// Asks for a training session of an hour.
    pub fn session(&self, trainer: TrainerId, member: MemberId, start: &str) -> Command {
        Command::BookSession {
            trainer: Some(trainer),
            member,
            location: self.place,
            room: None,
            start: civil(start),
            minutes: 60,
            buffers: Buffers::default(),
            overriding: None,
        }
    }
}
