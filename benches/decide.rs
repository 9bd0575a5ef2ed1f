//! Deciding one booking over twenty facts: twelve bookings of the class, a waitlist entry, a diary, penalties.

use std::hint::black_box;

use chrono_tz::Tz;
use criterion::{Criterion, criterion_group, criterion_main};
use gym_core::booking::book::book;
use gym_core::booking::facts::{ActorFacts, ClassFacts, Commitment, MemberFacts};
use gym_core::booking::policy::{Bound, Channel, Limits, Policy};
use gym_core::booking::{
    Consequence, Offence, Penalty, Registration, RegistrationState, WaitlistEntry, WaitlistState, Waiver,
};
use gym_core::command::Book;
use gym_core::entitlement::Holdings;
use gym_core::id::Id;
use gym_core::location::{Location, Room};
use gym_core::member::{Access, Member};
use gym_core::money::Currency;
use gym_core::schedule::availability::WeeklyHours;
use gym_core::schedule::claim::{Buffers, Owner};
use gym_core::schedule::class::{Class, ClassState, Offering};
use gym_core::time::{Instant, Period};
use gym_core::user::{Actor, Person};

fn id<I: Id>(raw: i64) -> I {
    I::from_raw(raw)
}

fn registration(n: i64, at: Instant) -> Registration {
    Registration {
        id: id(n),
        class: id(1),
        member: id(n),
        seats: 1,
        channel: Channel::Online,
        state: RegistrationState::Booked,
        booked_at: at,
        grace_until: None,
        settled_at: None,
        closure: None,
    }
}

fn penalty(n: i64, at: Instant) -> Penalty {
    Penalty {
        id: id(n),
        member: id(99),
        class: id(n + 100),
        registration: id(n + 200),
        offence: Offence::LateCancel,
        at,
        consequence: Consequence::Nothing,
        due_at: None,
        waiver: Some(Waiver::Allowance),
    }
}

fn class(start: Instant) -> Class {
    Class {
        id: id(1),
        series: Some(id(1)),
        original: None,
        offering: Offering {
            location: id(1),
            title: "Spin".to_owned(),
            programme: "cycling".to_owned(),
            trainer: Some(id(1)),
            room: Some(id(1)),
            equipment: None,
            capacity: 20,
            minutes: 60,
            buffers: Buffers::default(),
        },
        period: Period::lasting(start, 60),
        state: ClassState::Scheduled,
    }
}

fn commitment(n: i64, start: Instant) -> Commitment<'static> {
    Commitment {
        owner: Owner::Class(id(n)),
        title: "Yoga",
        programme: Some("yoga"),
        period: Period::lasting(start, 60),
        date: start.date_naive(),
        live: true,
        forfeited: false,
    }
}

fn policy() -> Policy {
    Policy {
        opens: Some(Bound::days_before(7, 8, 0)),
        closes: Bound::Minutes(15),
        limits: Limits {
            per_day: Some(2),
            per_week: Some(5),
            concurrent: Some(6),
            ..Limits::default()
        },
        channels: [(Channel::Aggregator, 3)].into(),
        ..Policy::open()
    }
}

fn decide(c: &mut Criterion) {
    let Ok(start) = "2026-02-03T10:00:00Z".parse::<Instant>() else {
        return;
    };
    let days = |n: i64| chrono::Duration::days(n);
    let now = start - days(2);
    let class = class(start);
    let location = Location {
        id: id(1),
        name: "Mitte".to_owned(),
        zone: Tz::Europe__Berlin,
        currency: Currency::EUR,
        hours: WeeklyHours::default(),
    };
    let room = Room {
        id: id(1),
        location: id(1),
        name: "Studio".to_owned(),
        capacity: 30,
    };
    let member = Member {
        id: id(99),
        user: None,
        person: Person::default(),
        home: id(1),
        joined_on: start.date_naive() - days(300),
    };
    let access = Access {
        id: id(1),
        member: id(99),
        location: id(2),
        from: member.joined_on,
        until: None,
    };
    let booked: Vec<Registration> = (1..=12).map(|n| registration(n, now - days(n))).collect();
    let penalties = [penalty(1, now - days(9)), penalty(2, now - days(40))];
    let left = WaitlistEntry {
        id: id(1),
        class: id(1),
        member: id(50),
        seats: 1,
        channel: Channel::Club,
        seq: 1,
        state: WaitlistState::Left,
        entered_at: now,
        offer_until: None,
    };
    let facts = ClassFacts {
        class: &class,
        location: &location,
        closures: Vec::new(),
        room: Some(&room),
        units: None,
        registrations: booked.iter().collect(),
        waitlist: vec![&left],
        holds: Vec::new(),
        given: Vec::new(),
        missed: Vec::new(),
        gone: Vec::new(),
        offered: Vec::new(),
        held: None,
        covered: Vec::new(),
        freed: Vec::new(),
        last_seq: 1,
    };
    let person = MemberFacts {
        member: &member,
        access: vec![&access],
        diary: vec![
            commitment(11, start - days(1)),
            commitment(12, start + days(1)),
            commitment(13, start + days(3)),
        ],
        waiting: Vec::new(),
        penalties: penalties.iter().collect(),
        bans: Vec::new(),
        holdings: Holdings::default(),
    };
    let actor = ActorFacts {
        actor: Actor::System,
        roles: Vec::new(),
        member: None,
    };
    let (policy, order) = (policy(), Book::one(id(99), id(1)));
    let run = || book(&facts, &person, &[], &actor, &order, now, &policy);
    assert!(run().is_ok_and(|events| events.len() == 2));
    c.bench_function("decide a booking over 20 facts, accepted", |b| {
        b.iter(|| black_box(run()));
    });
}

criterion_group!(benches, decide);
criterion_main!(benches);
