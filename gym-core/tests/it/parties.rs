//! A party that waits at the head of a strict line keeps a seat from who comes after it, as long as the party could have
//! the seats: when its member cannot any more, whatever command did that, the seat is the next one's.

use crate::support::lots::{day, year};
use crate::support::{Gym, civil, overriding};
use gym_core::booking::policy::{Admits, Limits, Mode, Order, PenaltyRules, Policy, WaitlistRules};
use gym_core::booking::refusal::Code;
use gym_core::command::{Book, Command, IfFull};
use gym_core::entitlement::EntitlementCommand;
use gym_core::event::Event;
use gym_core::id::*;

/// A class of three in Soho: Bob has two seats, Ada waits for two, and Cyd, after her, for the one that is free.
struct Line {
    gym: Gym,
    ada: MemberId,
    /// Who shares Ada's pass, where one is needed.
    dan: MemberId,
    cyd: MemberId,
    class: ClassId,
    pass: Option<LotId>,
}

fn line(policy: Policy) -> Line {
    let mut gym = Gym::new();
    gym.ok(&Command::SetPolicy {
        location: None,
        policy: policy.clone(),
    });
    let [ada, bob, cyd, dan] = gym.members(["Ada", "Bob", "Cyd", "Dan"]);
    let entitled = policy.admits == Admits::Entitled;
    let pass = entitled.then(|| gym.sell_to(&[ada, dan], year(2)));
    if entitled {
        gym.sell(bob, year(2));
        gym.sell(cyd, year(1));
    }
    let mut there = gym.offering(3);
    there.location = gym.location("Soho", "Europe/Berlin");
    for member in [ada, bob, cyd] {
        gym.access(member, there.location);
    }
    let class = gym.class_of("2026-02-03T10:00", there);
    assert_eq!(gym.party(bob, class, 2, IfFull::Refuse), "+Bob×2");
    assert_eq!(gym.party(ada, class, 2, IfFull::Wait), "Ada×2 waits");
    gym.join(cyd, class);
    Line {
        gym,
        ada,
        dan,
        cyd,
        class,
        pass,
    }
}

fn anyone() -> Policy {
    Policy {
        admits: Admits::Anyone,
        party_max: 3,
        ..Policy::default()
    }
}

fn passes() -> Policy {
    Policy {
        admits: Admits::Entitled,
        ..anyone()
    }
}

fn one_a_day(waiting_counts: bool) -> Policy {
    let limits = Limits {
        per_day: Some(1),
        waiting_counts,
        ..Limits::default()
    };
    Policy { limits, ..anyone() }
}

/// Has Ada kept out by a command, and looks whether Cyd has the seat then.
fn check(policy: Policy, hinders: impl Fn(&mut Line) -> Command) {
    let mut it = line(policy);
    let command = hinders(&mut it);
    assert_eq!(it.gym.booked(it.class), "Bob", "before {command:?}");
    let events = it.gym.ok(&command);
    let due = Event::PromotionDue { class: it.class };
    let said = events.iter().filter(|event| **event == due).count();
    assert_eq!(said, 1, "{command:?}: {events:?}");
    it.gym.follow();
    assert_eq!(it.gym.booked(it.class), "Bob Cyd", "{command:?}");
}

fn with_trainer(it: &mut Line, start: &str) -> Command {
    let tom = it.gym.trainer("Tom");
    it.gym.session(tom, it.ada, start)
}

#[test]
fn another_class_or_session_takes_her_time_or_her_limit() {
    check(anyone(), |it| with_trainer(it, "2026-02-03T10:15"));
    check(anyone(), |it| {
        Command::Book(Book::one(it.ada, it.gym.class("2026-02-03T10:15", 9)))
    });
    check(one_a_day(false), |it| {
        Command::Book(Book::one(it.ada, it.gym.class("2026-02-03T18:00", 9)))
    });
    check(one_a_day(true), |it| {
        let other = it.gym.class("2026-02-03T18:00", 1);
        it.gym.book(it.dan, other);
        Command::Book(Book {
            if_full: IfFull::Wait,
            overriding: Some(overriding(&[Code::DayLimit])),
            ..Book::one(it.ada, other)
        })
    });
}

#[test]
fn a_session_moves_onto_it() {
    check(anyone(), |it| {
        let books = with_trainer(it, "2026-02-03T14:00");
        it.gym.ok(&books);
        let session = it.gym.club.sessions.iter().next().unwrap().id;
        let start = civil("2026-02-03T10:15");
        Command::MoveSession { session, start }
    });
}

#[test]
fn her_pass_is_used_elsewhere_or_by_who_shares_it_or_taken_away() {
    check(passes(), |it| {
        Command::Book(Book::one(it.ada, it.gym.class("2026-02-05T10:00", 9)))
    });
    check(passes(), |it| {
        let lot = it.pass.unwrap();
        Command::Entitlement(EntitlementCommand::Withdraw { lot })
    });
    check(passes(), |it| {
        Command::Book(Book::one(it.dan, it.gym.class("2026-02-05T10:00", 9)))
    });
}

#[test]
fn her_right_ends_or_she_is_banned() {
    check(anyone(), |it| {
        let rights = &it.gym.club.access;
        let access = rights.iter().find(|access| access.member == it.ada).unwrap().id;
        let until = day("2026-02-02");
        Command::EndAccess { access, until }
    });
    let strict = Policy {
        penalties: PenaltyRules {
            waivers: 0,
            strikes: 1,
            ..PenaltyRules::default()
        },
        ..anyone()
    };
    check(strict, |it| {
        let other = it.gym.class("2026-02-02T10:00", 9);
        it.gym.book(it.ada, other);
        it.gym.follow();
        it.gym.at("2026-02-02T08:30:00Z");
        Command::Cancel {
            class: other,
            member: it.ada,
        }
    });
}

#[test]
fn a_lifted_closure_brings_back_both_lists_on_which_she_waits() {
    let mut policy = one_a_day(true);
    policy.waitlist.mode = Mode::Offer { minutes: 45 };
    let mut it = line(policy);
    let soho = it.gym.club.classes.get(it.class).unwrap().offering.location;
    it.gym.access(it.dan, soho);
    let mut there = it.gym.offering(1);
    there.location = soho;
    let other = it.gym.class_of("2026-02-03T18:00", there);
    it.gym.book(it.dan, other);
    it.gym.ok(&Command::Book(Book {
        if_full: IfFull::Wait,
        overriding: Some(overriding(&[Code::DayLimit])),
        ..Book::one(it.ada, other)
    }));
    it.gym.follow();
    assert_eq!(it.gym.waiting(it.class), "Ada (Cyd)");
    it.gym.ok(&Command::CloseLocation {
        location: soho,
        from: day("2026-02-03"),
        until: day("2026-02-03"),
        reason: "works".to_owned(),
    });
    assert_eq!(it.gym.waiting(it.class), "");
    let closure = it.gym.club.closures.iter().next_back().unwrap().id;
    let events = it.gym.ok(&Command::LiftClosure { closure });
    let due = Event::PromotionDue { class: it.class };
    assert!(events.contains(&due), "{events:?}");
    it.gym.follow();
    assert_eq!(it.gym.waiting(it.class), "Ada (Cyd)");
}

#[test]
fn nothing_is_tried_where_no_line_can_move() {
    let fits_first = Policy {
        waitlist: WaitlistRules {
            order: Order::FitFirst,
            ..WaitlistRules::default()
        },
        ..anyone()
    };
    let mut it = line(fits_first);
    let other = it.gym.class("2026-02-04T10:00", 9);
    let events = it.gym.ok(&Command::Book(Book::one(it.ada, other)));
    let tries = |events: &[Event]| events.iter().any(|it| matches!(it, Event::PromotionDue { .. }));
    assert!(!tries(&events), "{events:?}");
    let mut it = line(anyone());
    let other = it.gym.class("2026-02-04T10:00", 9);
    let events = it.gym.ok(&Command::Book(Book::one(it.cyd, other)));
    assert!(
        !tries(&events),
        "who waits for one seat keeps none from others: {events:?}"
    );
}
