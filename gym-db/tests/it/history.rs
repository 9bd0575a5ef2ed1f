//! Memberships, freezes and payments that have been: each list is what the whole club says, page by page.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use gym_core::billing::ledger::{Account, Deferral, Unearned, balances};
use gym_core::billing::obligation::Charged;
use gym_core::billing::payment::{Hand, Payment, PaymentCommand};
use gym_core::booking::refusal::Code;
use gym_core::check_in::{DoorCommand, GuestVisit, Visit};
use gym_core::club::Club;
use gym_core::command::{Command, Override};
use gym_core::membership::Membership;
use gym_core::membership::freeze::{Edit, EditOf};
use gym_core::money::Currency;
use gym_core::time::{Days, Period};
use gym_db::{Attendance, Gym, Past, StoreError};

use crate::scenario::billing::eur;
use crate::scenario::{at, id, scenarios, stage};
use crate::support::both;

/// Reads a list in pages of two.
fn paged<T>(mut page: impl FnMut(Option<&T>) -> Result<Vec<T>, StoreError>) -> Vec<T> {
    let mut all = Vec::new();
    loop {
        let more = page(all.last()).unwrap();
        assert!(more.len() <= 2);
        if more.is_empty() {
            return all;
        }
        all.extend(more);
    }
}

fn all_pasts() -> Vec<Past> {
    let members = (1..=6).map(|n| Past::Member(id(n)));
    let rest = [
        Past::Location(id(1)),
        Past::Location(id(2)),
        Past::Class(id(1)),
        Past::Class(id(7)),
    ];
    members.chain(rest).collect()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn is_of(of: Past, membership: &Membership) -> bool {
    match of {
        Past::Member(member) => membership.member == member,
        Past::Location(location) => membership.location == location,
        Past::Class(_) => false,
    }
}

fn memberships(club: &Club, of: Past, during: Days) -> Vec<Membership> {
    let running = |it: &&Membership| {
        it.start < during.until() && it.ended_on.is_none_or(|end| end > during.from()) && is_of(of, it)
    };
    let mut found: Vec<Membership> = club.memberships.iter().filter(running).cloned().collect();
    found.sort_by_key(|it| (it.start, it.id));
    found
}

fn freezes(club: &Club, of: Past, during: Days) -> Vec<Edit> {
    let held = || club.memberships.iter().filter(|it| is_of(of, it));
    let concerned = |edit: &Edit| match edit.of {
        EditOf::Membership(one) => held().any(|it| it.id == one),
        EditOf::Location(place) => of == Past::Location(place) || held().any(|it| it.location == place),
    };
    let within = |edit: &Edit| {
        let ends = [
            edit.until,
            edit.ended.map(|it| it.on),
            edit.returned.map(|it| it.on),
        ];
        edit.from < during.until() && ends.into_iter().flatten().all(|end| end > during.from())
    };
    let edits = club.edits.iter().filter(|it| concerned(it) && within(it));
    let mut found: Vec<Edit> = edits.cloned().collect();
    found.sort_by_key(|it| (it.from, it.id));
    found
}

fn payments(club: &Club, of: Past, during: Period) -> Vec<Payment> {
    let booked = |charged: Charged| match (charged, of) {
        (Charged::Registration(it), Past::Class(class)) => club.registrations.get(it).unwrap().class == class,
        _ => false,
    };
    let bills: BTreeSet<_> = club
        .invoices
        .iter()
        .filter(|it| it.lines.iter().any(|line| booked(line.obligation.charged)))
        .map(|it| it.id)
        .collect();
    let concerned = |payment: &Payment| match of {
        Past::Member(member) => payment.payer == member,
        Past::Location(location) => payment.location == location,
        Past::Class(_) => club
            .allocations
            .iter()
            .any(|it| it.payment == payment.id && bills.contains(&it.invoice)),
    };
    let made = |it: &&Payment| during.contains(it.made_at) && concerned(it);
    let mut found: Vec<Payment> = club.payments.iter().filter(made).cloned().collect();
    found.sort_by_key(|it| (it.made_at, it.id));
    found
}

fn visits(club: &Club, of: Past, during: Days) -> Vec<Visit> {
    let concerned = |visit: &Visit| match of {
        Past::Member(member) => visit.member == member,
        Past::Location(location) => visit.location == location,
        Past::Class(_) => false,
    };
    let on = |it: &&Visit| during.from() <= it.on && it.on < during.until() && concerned(it);
    let mut found: Vec<Visit> = club.visits.iter().filter(on).cloned().collect();
    found.sort_by_key(|it| (it.on, it.at, it.id));
    found
}

fn guests(club: &Club, of: Past, during: Days) -> Vec<GuestVisit> {
    let on =
        |it: &&GuestVisit| during.from() <= it.on && it.on < during.until() && of == Past::Member(it.host);
    let mut found: Vec<GuestVisit> = club.guest_visits.iter().filter(on).cloned().collect();
    found.sort_by_key(|it| (it.on, it.at, it.id));
    found
}

fn attendance(club: &Club, of: Past, during: Period) -> Vec<Attendance> {
    let concerned = |it: &Attendance| match of {
        Past::Member(member) => it.booking.member == member && during.contains(it.class.period.start()),
        Past::Location(location) => {
            it.class.offering.location == location && during.contains(it.class.period.start())
        }
        Past::Class(class) => it.class.id == class,
    };
    let all = club.registrations.iter().map(|booking| Attendance {
        booking: booking.clone(),
        class: club.classes.get(booking.class).unwrap().clone(),
    });
    let mut found: Vec<Attendance> = all.filter(concerned).collect();
    found.sort_by_key(|it| (it.class.period.start(), it.booking.id));
    found
}

/// People come in at both locations, some at the same instant, and member 1 brings guests.
fn come_and_go(gym: &Gym) {
    let enter = |member: i64, location: i64, now: &str| {
        let enter = DoorCommand::Enter {
            member: id(member),
            location: id(location),
            area: None,
            overriding: Some(Override {
                rules: Code::ALL
                    .iter()
                    .copied()
                    .filter(|rule| rule.is_overridable())
                    .collect(),
                why: "they may".to_owned(),
            }),
        };
        gym.at(at(now)).run(&Command::Door(enter)).unwrap();
    };
    for day in ["2026-03-02", "2026-03-15", "2026-03-16"] {
        for member in 1..=4 {
            enter(member, 1, &format!("{day}T09:00:00Z"));
        }
        enter(1, 2, &format!("{day}T12:00:00Z"));
        for guest in 5..=6 {
            let guest = DoorCommand::EnterGuest {
                host: id(1),
                guest: id(guest),
                location: id(2),
                overriding: Some(Override {
                    rules: Code::ALL
                        .iter()
                        .copied()
                        .filter(|rule| rule.is_overridable())
                        .collect(),
                    why: "they may".to_owned(),
                }),
            };
            let now = at(&format!("{day}T12:00:00Z"));
            gym.at(now).run(&Command::Door(guest)).unwrap();
        }
    }
}

#[test]
fn who_came_is_found_page_by_page() {
    both(|db| {
        let gym = stage(db);
        come_and_go(&gym);
        let club = gym.club().unwrap();
        let mut found = [0; 3];
        for of in all_pasts() {
            for (from, until) in [
                ("2026-01-01", "2027-01-01"),
                ("2026-02-01", "2026-03-02"),
                ("2026-03-02", "2026-03-12"),
                ("2026-03-15", "2026-03-16"),
            ] {
                let during = Days::new(day(from), day(until)).unwrap();
                let midnight = |day: &str| at(&format!("{day}T00:00:00Z"));
                let period = Period::new(midnight(from), midnight(until)).unwrap();
                let seen = paged(|after| gym.visits(of, during, after, 2));
                assert_eq!(seen, visits(&club, of, during), "{of:?} {during}");
                found[0] += seen.len();
                if let Past::Member(host) = of {
                    let seen = paged(|after| gym.guests_of(host, during, after, 2));
                    assert_eq!(seen, guests(&club, of, during), "{of:?} {during}");
                    found[1] += seen.len();
                }
                let seen = paged(|after| gym.attendance(of, period, after, 2));
                assert_eq!(seen, attendance(&club, of, period), "{of:?} {during}");
                found[2] += seen.len();
            }
        }
        assert!(found.iter().all(|count| *count >= 10), "{found:?}");
    });
}

/// Lives through all that can be done with memberships and money, where it can still be done.
fn lived(gym: &Gym) -> Club {
    let paid = PaymentCommand::Take {
        payer: id(1),
        location: id(1),
        hand: Hand::Cash,
        amount: eur(1_000),
        invoice: Some(id(1)),
        reference: None,
    };
    gym.at(at("2026-03-02T08:03:00Z"))
        .run(&Command::Payment(paid))
        .unwrap();
    let mut all = scenarios();
    all.retain(|it| matches!(it.command, Command::Membership(_) | Command::Payment(_)));
    all.sort_by_key(|it| it.context.now);
    for scenario in all {
        let _ = gym.at(scenario.context.now).run(&scenario.command);
    }
    gym.club().unwrap()
}

#[test]
fn what_has_been_is_found_by_whom_it_is_of_and_when() {
    both(|db| {
        let gym = stage(db);
        let club = lived(&gym);
        let mut found = [0; 3];
        for of in all_pasts() {
            for (from, until) in [
                ("2026-01-01", "2027-01-01"),
                ("2026-02-01", "2026-03-02"),
                ("2026-03-02", "2026-03-03"),
                ("2026-03-15", "2026-04-15"),
            ] {
                let during = Days::new(day(from), day(until)).unwrap();
                let midnight = |day: &str| at(&format!("{day}T00:00:00Z"));
                let period = Period::new(midnight(from), midnight(until)).unwrap();
                let seen = paged(|after| gym.memberships(of, during, after, 2));
                assert_eq!(seen, memberships(&club, of, during), "{of:?} {during}");
                found[0] += seen.len();
                let seen = paged(|after| gym.freezes(of, during, after, 2));
                assert_eq!(seen, freezes(&club, of, during), "{of:?} {during}");
                found[1] += seen.len();
                let seen = paged(|after| gym.payments(of, period, after, 2));
                assert_eq!(seen, payments(&club, of, period), "{of:?} {during}");
                found[2] += seen.len();
            }
        }
        assert!(found.iter().all(|count| *count > 10), "{found:?}");
        let instant = Period::new(at("2026-03-02T08:03:00Z"), at("2026-03-02T08:03:01Z")).unwrap();
        assert_eq!(
            gym.payments(Past::Class(id(1)), instant, None, 9).unwrap().len(),
            1
        );
    });
}

#[test]
fn what_is_deferred_is_what_the_ledger_holds_of_it() {
    both(|db| {
        let gym = stage(db);
        let mut all = scenarios();
        all.retain(|it| matches!(it.command, Command::Billing(_) | Command::Ledger(_)));
        all.sort_by_key(|it| it.context.now);
        for scenario in all {
            let _ = gym.at(scenario.context.now).run(&scenario.command);
        }
        let club = gym.club().unwrap();
        let sums = balances(club.entries.iter()).unwrap();
        let (mut found, mut held) = (0, 0);
        for place in [1, 2] {
            let seen = paged(|after| gym.deferrals(id(place), after, 2));
            let left = |it: &&Deferral| it.location == id(place) && !it.state.left().unwrap().is_zero();
            let mut expected: Vec<Deferral> = club.deferrals.iter().filter(left).cloned().collect();
            expected.sort_by_key(|it| it.id);
            assert_eq!(seen, expected, "location {place}");
            found += seen.len();
            let unearned = Unearned::of(&seen, Currency::EUR, day("2026-03-01"), 3).unwrap();
            let of = |account| {
                sums.get(&(id(place), Currency::EUR, account))
                    .map_or(0, |it| it.minor())
            };
            let balance = of(Account::Deferred) + of(Account::Passes);
            assert_eq!(unearned.total().unwrap(), eur(-balance), "location {place}");
            held -= balance;
        }
        assert!(
            found >= 2 && found < club.deferrals.iter().count(),
            "some is earned: {found}"
        );
        assert!(held > 0, "{held}");
    });
}
