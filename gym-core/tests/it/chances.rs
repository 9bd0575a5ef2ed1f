//! Whoever kept a seat from somebody who waits: when it is gone, the seat is theirs, whatever command it was.

use crate::support::lots::{day, eur, year};
use crate::support::{Gym, civil, overriding, skipped_for};
use gym_core::booking::policy::{Admits, Limits, PenaltyRules, Policy};
use gym_core::booking::refusal::Code;
use gym_core::command::{Book, Command, IfFull, Scope};
use gym_core::entitlement::{EntitlementCommand, Grant, Source};
use gym_core::event::Event;
use gym_core::id::*;

/// A club with a class of one seat in Soho, which Bob has and for which Ada waits.
struct Full {
    gym: Gym,
    soho: LocationId,
    ada: MemberId,
    bob: MemberId,
    class: ClassId,
}

fn full(policy: Policy) -> Full {
    let mut gym = Gym::new();
    gym.ok(&Command::SetPolicy {
        location: None,
        policy: policy.clone(),
    });
    let [ada, bob] = gym.members(["Ada", "Bob"]);
    if policy.admits == Admits::Entitled {
        gym.sell(ada, year(1));
        gym.sell(bob, year(1));
    }
    let soho = gym.location("Soho", "Europe/Berlin");
    for member in [ada, bob] {
        gym.access(member, soho);
    }
    let mut there = gym.offering(1);
    there.location = soho;
    let class = gym.class_of("2026-02-03T10:00", there);
    assert_eq!(gym.book(bob, class), "+Bob");
    assert_eq!(gym.join(ada, class), "Ada waits");
    Full {
        gym,
        soho,
        ada,
        bob,
        class,
    }
}

fn anyone() -> Policy {
    Policy {
        admits: Admits::Anyone,
        ..Policy::default()
    }
}

fn limited(limits: Limits) -> Policy {
    Policy { limits, ..anyone() }
}

fn one_a_day() -> Policy {
    limited(Limits {
        per_day: Some(1),
        ..Limits::default()
    })
}

/// Has something keep Ada out, frees the seat, and takes that away by a command.
fn check(policy: Policy, because: Code, hinder: impl Fn(&mut Full) -> Command) {
    let mut it = full(policy);
    let frees = hinder(&mut it);
    let cancel = Command::Cancel {
        class: it.class,
        member: it.bob,
    };
    let events = it.gym.ok(&cancel);
    assert!(skipped_for(&events, because), "{frees:?}: {events:?}");
    it.gym.follow();
    assert_eq!(it.gym.booked(it.class), "", "{frees:?}");
    let events = it.gym.ok(&frees);
    let due = Event::PromotionDue { class: it.class };
    assert_eq!(
        events.iter().filter(|event| **event == due).count(),
        1,
        "{frees:?}: {events:?}"
    );
    it.gym.follow();
    assert_eq!(it.gym.booked(it.class), "Ada", "{frees:?}");
}

/// Has Ada book another class on that day.
fn booked_besides(it: &mut Full, start: &str) -> ClassId {
    let other = it.gym.class(start, 3);
    assert_eq!(it.gym.book(it.ada, other), "+Ada");
    other
}

/// Has a class that Ada has booked moved to where it overlaps the one for which she waits.
fn moved_onto_it(it: &mut Full) -> ClassId {
    let other = booked_besides(it, "2026-02-03T18:00");
    it.gym.ok(&Command::MoveClass {
        class: other,
        scope: Scope::This,
        start: civil("2026-02-03T10:30"),
        minutes: None,
        room: None,
    });
    it.gym.follow();
    other
}

#[test]
fn a_time_or_a_limit_that_is_free_again() {
    let scope = Scope::This;
    check(one_a_day(), Code::DayLimit, |it| Command::CancelClass {
        class: booked_besides(it, "2026-02-03T18:00"),
        scope,
    });
    check(anyone(), Code::Overlaps, |it| Command::MoveClass {
        class: moved_onto_it(it),
        scope,
        start: civil("2026-02-03T12:00"),
        minutes: None,
        room: None,
    });
    check(one_a_day(), Code::DayLimit, |it| Command::MoveClass {
        class: booked_besides(it, "2026-02-03T18:00"),
        scope,
        start: civil("2026-02-04T18:00"),
        minutes: None,
        room: None,
    });
    check(one_a_day(), Code::DayLimit, |it| {
        let class = booked_besides(it, "2026-02-03T18:00");
        let cyd = it.gym.member("Cyd");
        // The last in loses the seat.
        it.gym.cancel(it.ada, class);
        it.gym.book(cyd, class);
        it.gym.book(it.ada, class);
        Command::SetCapacity { class, capacity: 1 }
    });
    check(anyone(), Code::Overlaps, |it| {
        moved_onto_it(it);
        Command::CloseLocation {
            location: it.gym.place,
            from: day("2026-02-03"),
            until: day("2026-02-03"),
            reason: "works".to_owned(),
        }
    });
    let waiting_counts = Limits {
        per_day: Some(1),
        waiting_counts: true,
        ..Limits::default()
    };
    check(limited(waiting_counts), Code::DayLimit, |it| {
        let other = it.gym.class("2026-02-03T18:00", 1);
        let cyd = it.gym.member("Cyd");
        it.gym.book(cyd, other);
        let wait = Book {
            if_full: IfFull::Wait,
            overriding: Some(overriding(&[Code::DayLimit])),
            ..Book::one(it.ada, other)
        };
        it.gym.ok(&Command::Book(wait));
        Command::Cancel {
            class: other,
            member: it.ada,
        }
    });
}

#[test]
fn a_right_to_come_or_a_ban_that_is_lifted() {
    check(anyone(), Code::NoAccess, |it| {
        let rights = &it.gym.club.access;
        let access = rights.iter().find(|access| access.member == it.ada).unwrap().id;
        it.gym.ok(&Command::EndAccess {
            access,
            until: day("2026-02-02"),
        });
        Command::GrantAccess {
            member: it.ada,
            location: it.soho,
            from: day("2026-02-03"),
            until: None,
        }
    });
    let strict = Policy {
        penalties: PenaltyRules {
            waivers: 0,
            strikes: 1,
            ..PenaltyRules::default()
        },
        ..anyone()
    };
    check(strict, Code::Banned, |it| {
        let other = booked_besides(it, "2026-02-02T10:00");
        it.gym.at("2026-02-02T08:30:00Z").cancel(it.ada, other);
        let penalty = it.gym.club.penalties.iter().next().unwrap().id;
        Command::Entitlement(EntitlementCommand::WaivePenalty {
            penalty,
            why: "the train stood still".to_owned(),
        })
    });
}

#[test]
fn other_rules() {
    for anywhere in [true, false] {
        check(one_a_day(), Code::DayLimit, |it| {
            booked_besides(it, "2026-02-03T18:00");
            Command::SetPolicy {
                location: (!anywhere).then_some(it.soho),
                policy: anyone(),
            }
        });
    }
    let mut it = full(one_a_day());
    let charges = Policy {
        penalties: PenaltyRules {
            ban_days: 9,
            ..PenaltyRules::default()
        },
        ..one_a_day()
    };
    for (location, policy) in [(None, charges), (Some(it.gym.place), anyone())] {
        let events = it.gym.ok(&Command::SetPolicy { location, policy });
        assert_eq!(events.len(), 1, "nobody is let in by that: {events:?}");
    }
    let (location, policy) = (Some(it.soho), one_a_day());
    it.gym.ok(&Command::SetPolicy { location, policy });
    let (location, policy) = (None, anyone());
    let events = it.gym.ok(&Command::SetPolicy { location, policy });
    assert_eq!(events.len(), 1, "Soho has rules of its own: {events:?}");
}

#[test]
fn a_pass_that_is_sold_or_given_or_freed_by_who_shares_it() {
    let grant = |it: &Full| Grant {
        member: it.ada,
        shared_with: Default::default(),
        location: it.gym.place,
        terms: year(1),
        price: eur(1000),
    };
    check(Policy::default(), Code::Uncovered, |it| {
        booked_besides(it, "2026-02-05T10:00");
        let grant = grant(it);
        Command::Entitlement(EntitlementCommand::SellPass { grant })
    });
    check(Policy::default(), Code::Uncovered, |it| {
        booked_besides(it, "2026-02-05T10:00");
        let (grant, source) = (grant(it), Source::Gift);
        Command::Entitlement(EntitlementCommand::Grant { grant, source })
    });
    check(Policy::default(), Code::Uncovered, |it| {
        booked_besides(it, "2026-02-05T10:00");
        let cyd = it.gym.member("Cyd");
        it.gym.sell_to(&[cyd, it.ada], year(1));
        let class = it.gym.on("2026-02-06");
        assert_eq!(it.gym.book(cyd, class), "+Cyd");
        Command::Cancel { class, member: cyd }
    });
    check(Policy::default(), Code::Uncovered, |it| Command::CancelClass {
        class: booked_besides(it, "2026-02-05T10:00"),
        scope: Scope::This,
    });
}
