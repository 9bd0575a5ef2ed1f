//! Commands in short, with what does not matter filled in.

use std::collections::BTreeSet;

use chrono::{NaiveTime, Weekday};
use gym_core::booking::policy::Channel;
use gym_core::command::{Book, Command, IfFull};
use gym_core::id::MemberId;
use gym_core::money::Currency;
use gym_core::schedule::availability::{Availability, Hours, WeeklyHours, WeeklyRule};
use gym_core::schedule::claim::Buffers;
use gym_core::schedule::class::Offering;
use gym_core::series::Series;
use gym_core::time::{Period, zone};
use gym_core::trainer::Care;

use super::{at, civil, id, person};

pub(super) fn daily() -> Availability {
    let time = |hour| NaiveTime::from_hms_opt(hour, 0, 0).unwrap();
    let rule = |day| WeeklyRule {
        hours: Hours::new(Weekday::try_from(day).unwrap(), time(6), time(22)).unwrap(),
        location: None,
        dates: Default::default(),
    };
    Availability {
        weekly: (0..7).map(rule).collect(),
        ..Availability::default()
    }
}

pub(super) fn offering(title: &str, place: i64, equipment: Option<i64>, capacity: u32) -> Offering {
    Offering {
        location: id(1),
        title: title.to_owned(),
        programme: "cardio".to_owned(),
        trainer: Some(id(place)),
        room: Some(id(place)),
        equipment: equipment.map(id),
        capacity,
        minutes: 60,
        buffers: Buffers::default(),
    }
}

pub(super) fn weekly(start: &str, count: u32) -> Series {
    let rule = format!("FREQ=WEEKLY;COUNT={count}").parse().unwrap();
    Series::new(civil(start), zone("Europe/Berlin").unwrap(), Some(rule)).unwrap()
}

pub(super) fn location(name: &str) -> Command {
    Command::AddLocation {
        name: name.to_owned(),
        zone: zone("Europe/Berlin").unwrap(),
        currency: Currency::EUR,
        hours: WeeklyHours::default(),
    }
}

pub(super) fn room(name: &str) -> Command {
    let (location, name, capacity) = (id(1), name.to_owned(), 10);
    Command::AddRoom {
        location,
        name,
        capacity,
    }
}

pub(super) fn equipment(name: &str, units: usize) -> Command {
    Command::AddEquipment {
        location: id(1),
        name: name.to_owned(),
        units: (1..=units).map(|n| format!("{name} {n}")).collect(),
    }
}

pub(super) fn member(name: &str) -> Command {
    Command::AddMember {
        person: person(name),
        user: None,
        home: id(1),
        joined_on: "2026-01-01".parse().unwrap(),
    }
}

pub(super) fn trainer(name: &str) -> Command {
    Command::AddTrainer {
        person: person(name),
        user: None,
        home: id(1),
        also_at: BTreeSet::from([id(2)]),
        availability: daily(),
    }
}

pub(super) fn class(title: &str, place: i64, equipment: Option<i64>, capacity: u32, start: &str) -> Command {
    Command::AddClass {
        offering: offering(title, place, equipment, capacity),
        start: civil(start),
    }
}

pub fn join(member: i64, class: i64) -> Command {
    Command::Book(Book {
        if_full: IfFull::Wait,
        ..Book::one(id::<MemberId>(member), id(class))
    })
}

pub(super) fn session(trainer: Option<i64>, member: i64, start: &str) -> Command {
    Command::BookSession {
        trainer: trainer.map(id),
        member: id(member),
        location: id(1),
        room: Some(id(2)),
        start: civil(start),
        minutes: 60,
        buffers: Buffers {
            before_minutes: 5,
            after_minutes: 10,
        },
        overriding: None,
    }
}

pub(super) fn closing(from: &str, until: &str) -> Command {
    Command::CloseLocation {
        location: id(1),
        from: from.parse().unwrap(),
        until: until.parse().unwrap(),
        reason: "works".to_owned(),
    }
}

pub(super) fn repair(unit: i64, from: &str, until: &str) -> Command {
    Command::StartMaintenance {
        unit: id(unit),
        period: Period::new(at(from), at(until)).unwrap(),
        work: "new belt".to_owned(),
    }
}

pub(super) fn assign(trainer: i64, member: i64) -> Command {
    Command::AssignTrainer {
        trainer: id(trainer),
        member: id(member),
        care: Care::Training,
        primary: true,
        from: "2026-03-02".parse().unwrap(),
        until: None,
    }
}

pub(super) fn hold(member: i64, class: i64) -> Command {
    Command::Hold {
        class: id(class),
        member: id(member),
        seats: 1,
        channel: Channel::Online,
    }
}
