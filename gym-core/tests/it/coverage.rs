//! Which lot covers which visit: compared with every possibility, and the same whatever order things were told in.

mod oracle;
use std::collections::{BTreeMap, BTreeSet};

use crate::support::Gym;
use chrono::{Days, NaiveDate};
use gym_core::booking::policy::Policy;
use gym_core::command::{Book, Command};
use gym_core::entitlement::*;
use gym_core::id::*;
use gym_core::money::{Currency, Money};
use gym_core::time::{Cycle, Instant, Unit};
use oracle::Oracle;
use proptest::prelude::*;

fn id<I: Id>(raw: i64) -> I {
    I::from_raw(raw)
}

fn day(n: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2027, 3, 1).unwrap() + Days::new(u64::from(n))
}

fn start(n: u32) -> Instant {
    day(n).and_hms_opt(10, 0, 0).unwrap().and_utc()
}

/// A lot in short: how many uses, when, for which programme, at what price, for whom.
#[derive(Debug, Clone, Copy)]
struct Short {
    uses: u8,
    when: u8,
    from: u32,
    days: u32,
    programme: u8,
    price: i64,
    shared: bool,
}

impl Short {
    fn lot(self, n: i64) -> Lot {
        let programmes = ["yoga", "spin"].get(usize::from(self.programme));
        let programmes = programmes.map(|name| BTreeSet::from([(*name).to_owned()]));
        let classes = ClassScope {
            programmes,
            series: None,
        };
        let scope = Scope {
            classes: Some(classes),
            ..Scope::default()
        };
        let lasts = Cycle::new(self.days, Unit::Day).unwrap();
        let until = Some(day(self.from + self.days));
        let whole = Validity::Days {
            from: day(self.from),
            until,
        };
        let (uses, validity) = match self.when {
            0 => (Uses::Unlimited, whole),
            1 | 2 => (Uses::Counted(u32::from(self.uses)), whole),
            3 | 4 => {
                let sold_on = day(self.from);
                let latest = (self.price > 0).then(|| day(self.from + 3));
                let validity = Validity::FirstVisit {
                    sold_on,
                    latest,
                    lasts,
                };
                (Uses::Counted(u32::from(self.uses)), validity)
            }
            _ => {
                let cycle = Cycle::new(3, Unit::Day).unwrap();
                let (count, carry) = (u32::from(self.uses), u32::from(self.uses) / 2);
                let anchor = day(self.from);
                let uses = Uses::PerCycle {
                    count,
                    cycle,
                    anchor,
                    carry,
                };
                (uses, whole)
            }
        };
        Lot {
            id: id(n),
            owner: id(1),
            shared_with: self.shared.then(|| id(2)).into_iter().collect(),
            location: id(1),
            terms: Terms {
                uses,
                scope,
                validity,
            },
            price: Money::new(self.price * 100, Currency::EUR),
            source: Source::Sale,
            granted_at: start(0),
            withdrawn: false,
            due_on: None,
            over: false,
            broken: Vec::new(),
        }
    }
}

fn shorts() -> impl Strategy<Value = Vec<Short>> {
    let one = (
        1..4_u8,
        0..6_u8,
        0..6_u32,
        1..8_u32,
        0..3_u8,
        0..3_i64,
        any::<bool>(),
    );
    let one = one.prop_map(|(uses, when, from, days, programme, price, shared)| Short {
        uses,
        when,
        from,
        days,
        programme,
        price,
        shared,
    });
    proptest::collection::vec(one, 1..5)
}

/// Visits by day, programme and member; no two of a member on one day.
fn visits() -> impl Strategy<Value = Vec<(u32, u8, i64)>> {
    proptest::collection::vec((0..10_u32, 0..2_u8, 1..3_i64), 1..6).prop_map(|mut visits| {
        visits.sort_unstable_by_key(|(day, _, member)| (*day, *member));
        visits.dedup_by_key(|(day, _, member)| (*day, *member));
        visits
    })
}

fn wish(&(on, programme, member): &(u32, u8, i64)) -> Wish<'static> {
    let programme = ["yoga", "spin"][usize::from(programme)];
    let kind = Kind::Class {
        programme,
        series: None,
    };
    Wish {
        member: id(member),
        seats: 1,
        start: start(on),
        visited: Visited {
            location: id(1),
            kind,
            on: day(on),
        },
        only: None,
    }
}

fn planned(lots: &[Lot], visits: &[(u32, u8, i64)]) -> Option<Vec<(LotId, u32)>> {
    let holdings = Holdings {
        lots: lots.iter().collect(),
        ..Holdings::default()
    };
    let wishes: Vec<Wish<'_>> = visits.iter().map(wish).collect();
    let plan = holdings.plan(&wishes)?;
    let found = (0..visits.len()).map(|n| plan.of(n).next().map(|it| (it.lot, it.cycle)).unwrap());
    Some(found.collect())
}

proptest! {
    #![proptest_config(crate::support::soak::cases(1_500))]

    #[test]
    fn the_best_of_all_ways_is_found(shorts in shorts(), visits in visits()) {
        let lots: Vec<Lot> = shorts.iter().zip(1..).map(|(short, n)| short.lot(n)).collect();
        let best = Oracle::new(&lots, &visits).solve();
        prop_assert_eq!(planned(&lots, &visits), best);
    }
}

/// Adds a class of a programme at ten on a day.
fn class(gym: &mut Gym, on: u32, programme: u8) -> ClassId {
    let mut offering = gym.offering(9);
    offering.programme = ["yoga", "spin"][usize::from(programme)].to_owned();
    gym.class_of(&format!("{}T10:00", day(on)), offering)
}

struct World {
    gym: Gym,
    classes: BTreeMap<(u32, u8), ClassId>,
}

fn world(shorts: &[Short], visits: &[(u32, u8, i64)]) -> World {
    let mut gym = Gym::entitled(Policy::default());
    gym.members(["Ada", "Bob"]);
    gym.at("2027-02-01T08:00:00Z");
    let mut classes = BTreeMap::new();
    for (on, programme, _) in visits {
        let key = (*on, *programme);
        classes
            .entry(key)
            .or_insert_with(|| class(&mut gym, *on, *programme));
    }
    let mut world = World { gym, classes };
    shorts.iter().for_each(|short| world.grant(*short));
    world
}

impl World {
    fn grant(&mut self, short: Short) {
        let lot = short.lot(1);
        let grant = Grant {
            member: lot.owner,
            shared_with: lot.shared_with,
            location: self.gym.place,
            terms: lot.terms,
            price: lot.price,
        };
        self.gym
            .ok(&Command::Entitlement(EntitlementCommand::SellPass { grant }));
    }

    fn book(&mut self, &(on, programme, member): &(u32, u8, i64)) -> bool {
        let class = self.classes[&(on, programme)];
        self.gym.run(&Command::Book(Book::one(id(member), class))).is_ok()
    }

    fn cancel(&mut self, &(on, programme, member): &(u32, u8, i64)) {
        let (class, member) = (self.classes[&(on, programme)], id(member));
        self.gym.ok(&Command::Cancel { class, member });
    }

    /// Which lot and cycle covers whom in which class.
    fn covered(&self) -> BTreeMap<(ClassId, MemberId), (LotId, u32)> {
        let club = &self.gym.club;
        let held = club.uses.iter().filter(|it| it.state == UseState::Held);
        let told = held.map(|it| {
            let Target::Registration(booked) = it.target else {
                panic!("{it:?}")
            };
            let class = club.registrations.get(booked).unwrap().class;
            ((class, it.member), (it.lot, it.cycle))
        });
        told.collect()
    }
}

proptest! {
    #![proptest_config(crate::support::soak::cases(60))]

    #[test]
    fn the_order_of_commands_does_not_matter(
        shorts in shorts(), visits in visits(), order in any::<proptest::sample::Index>(), extra in visits()
    ) {
        let all: Vec<_> = visits.iter().chain(&extra).copied().collect();
        let mut first = world(&shorts, &all);
        let accepted: Vec<_> = visits.iter().copied().filter(|visit| first.book(visit)).collect();
        let covered = first.covered();
        prop_assert_eq!(covered.len(), accepted.len());

        // In another order, with others who came and went.
        let mut second = world(&shorts, &all);
        let mut turned = accepted.clone();
        let turn = order.index(turned.len().max(1));
        let turn = turn.min(turned.len());
        turned.rotate_left(turn);
        turned.reverse();
        let (early, late) = turned.split_at(turned.len() / 2);
        prop_assert!(early.iter().all(|visit| second.book(visit)));
        let others = extra.iter().filter(|visit| !accepted.iter().any(|it| (it.0, it.2) == (visit.0, visit.2)));
        let gone: Vec<_> = others.filter(|visit| second.book(visit)).collect();
        gone.iter().for_each(|visit| second.cancel(visit));
        for visit in late {
            prop_assert!(second.book(visit), "{visit:?} was accepted before");
        }
        prop_assert_eq!(second.covered(), covered.clone());

        // With the lots told after a part of the bookings, which are the same lots.
        let mut third = world(&[], &all);
        shorts.iter().for_each(|short| third.grant(*short));
        prop_assert!(turned.iter().rev().all(|visit| third.book(visit)));
        prop_assert_eq!(third.covered(), covered);
    }
}

#[test]
fn a_thousand_bookings_by_fifty_lots_take_bounded_time() {
    let short = |n: u32, when| Short {
        uses: 40,
        when,
        from: n % 7,
        days: 400 + n,
        programme: (n % 3) as u8,
        price: i64::from(n % 5),
        shared: false,
    };
    for whens in [[1, 1, 1], [1, 3, 5], [3, 3, 3]] {
        let lots: Vec<Lot> = (0..50)
            .zip(whens.into_iter().cycle())
            .map(|(n, when)| short(n, when).lot(i64::from(n) + 1))
            .collect();
        let visits: Vec<_> = (0..1_000_u32).map(|n| (n % 300 + 6, (n % 2) as u8, 1)).collect();
        let started = std::time::Instant::now();
        let found = planned(&lots, &visits);
        eprintln!("{whens:?}: {} in {:?}", found.is_some(), started.elapsed());
        assert!(started.elapsed().as_secs() < 60);
    }
}
