//! Forty memberships to bill: with joining and freeze fees, days given back, and additional persons.

use std::collections::{BTreeMap, BTreeSet};

use gym_core::billing::BillingCommand;
use gym_core::billing::obligation::{Component, Key};
use gym_core::billing::subscription::owed;
use gym_core::billing::tax::{Prices, Rounding, TaxCode, TaxComponent, TaxTerms};
use gym_core::club::Club;
use gym_core::command::Command;
use gym_core::event::Event;
use gym_core::id::{LocationId, MemberId, MembershipId, MembershipTypeId};
use gym_core::membership::freeze::{Compensation, FreezeFee, FreezeReason, FreezeRules};
use gym_core::membership::link::Bond;
use gym_core::membership::plan::{FirstDue, Shared, Terms};
use gym_core::membership::{MembershipCommand as C, MembershipEvent};
use gym_core::money::{Currency, Money};
use gym_core::time::{Cycle, Instant, Unit};
use gym_core::user::Person;
use gym_db::Gym;

pub const MEMBERSHIPS: u64 = 40;

fn eur(minor: i64) -> Money {
    Money::new(minor, Currency::EUR)
}

fn code(text: &str) -> TaxCode {
    TaxCode::new(text).unwrap()
}

/// Runs a command, and returns the number of what it made.
fn made<T>(gym: &Gym, now: Instant, command: C, of: impl Fn(&MembershipEvent) -> Option<T>) -> T {
    let done = gym.at(now).run(&Command::Membership(command)).unwrap();
    let found = done.find(|event| match event {
        Event::Membership(event) => of(event),
        _ => None,
    });
    found.unwrap()
}

/// Sets the taxes of memberships and classes at a location.
pub fn rates(gym: &Gym, location: LocationId, now: Instant) {
    let vat = || {
        vec![TaxComponent {
            name: "VAT".to_owned(),
            rate: 19_000,
        }]
    };
    let rates = [(code("class"), vat()), (code("membership"), vat())];
    let terms = TaxTerms::new(Prices::Inclusive, Rounding::PerLine, rates.into()).unwrap();
    let from = "2020-01-01".parse().unwrap();
    let rates = BillingCommand::SetTaxRates {
        location,
        from,
        terms,
    };
    gym.at(now).run(&Command::Billing(rates)).unwrap();
}

/// Adds a plan from a day on.
pub fn plan(gym: &Gym, now: Instant, name: &str, terms: Terms) -> MembershipTypeId {
    let (name, from, terms) = (name.to_owned(), now.date_naive(), Box::new(terms));
    let add = C::AddType {
        name,
        location: None,
        from,
        terms,
    };
    made(gym, now, add, |event| match event {
        MembershipEvent::TypeAdded(new) => Some(new.id),
        _ => None,
    })
}

/// By the month, due at the sale, with a joining fee and a freeze that is paid for and credited.
pub fn monthly() -> Terms {
    Terms {
        joining: Some(eur(19_99)),
        first_due: FirstDue::AtSale,
        freeze: Some(FreezeRules {
            fee: FreezeFee::PerPeriod(eur(3_00)),
            ..FreezeRules::free(Compensation::Credit)
        }),
        shared: Some(Shared {
            included: 1,
            most: 3,
            each_additional: eur(10_01),
        }),
        ..Terms::monthly(eur(31_07), code("membership"))
    }
}

/// Sells a membership from a day on.
pub fn sell(
    gym: &Gym,
    now: Instant,
    location: LocationId,
    member: MemberId,
    of: MembershipTypeId,
    after: u64,
) -> MembershipId {
    let sale = C::Sell {
        member,
        of,
        location,
        start: now.date_naive() + chrono::Days::new(after),
        payer: None,
        intro: false,
    };
    made(gym, now, sale, |event| match event {
        MembershipEvent::Sold(new) => Some(new.id),
        _ => None,
    })
}

/// Adds forty members and sells each a membership, by the month or by four weeks, that begins within four weeks; some
/// freeze days that are due already, some bring another person.
pub fn forty(gym: &Gym, now: Instant, location: LocationId) -> Vec<MembershipId> {
    rates(gym, location, now);
    let weeks = Terms {
        cycle: Cycle::new(4, Unit::Week).unwrap(),
        ..monthly()
    };
    let plans = [plan(gym, now, "Gold", monthly()), plan(gym, now, "Weeks", weeks)];
    let today = now.date_naive();
    let member = |n: u64| {
        let person = Person::new(&format!("Payer {n}"), None).unwrap();
        gym.at(now).add_member(person, location, today).unwrap()
    };
    let members: Vec<MemberId> = (0..MEMBERSHIPS).map(member).collect();
    (0..)
        .zip(&members)
        .map(|(n, member)| {
            let of = plans[usize::from(n % 3 == 0)];
            let id = sell(gym, now, location, *member, of, n % 28);
            let start = today + chrono::Days::new(n % 28);
            let freeze = C::Freeze {
                membership: id,
                from: start + chrono::Days::new(7),
                until: Some(start + chrono::Days::new(45)),
                why: FreezeReason::Travel,
            };
            let (from, bond) = (start + chrono::Days::new(5), Bond::Beneficiary(id));
            let person = members[usize::try_from(n + 1).unwrap() % members.len()];
            let more = C::Link { person, bond, from };
            for (every, command) in [(4, freeze), (5, more)] {
                if n % every == 0 {
                    gym.at(now).run(&Command::Membership(command)).unwrap();
                }
            }
            id
        })
        .collect()
}

/// Every subscription, component and period that has fallen due through the day of an instant is on one live line, and
/// no other is. Returns how many of each component there are.
pub fn billed_once(club: &Club, now: Instant) -> BTreeMap<String, usize> {
    let due = club.memberships.iter().flat_map(|it| {
        let zone = club.locations.get(it.location).unwrap().zone;
        let through = gym_core::time::civil(zone, now).date();
        owed(&club.contract(it.id).unwrap(), through).unwrap()
    });
    let due: BTreeSet<Key> = due.map(|it| it.key).collect();
    let lines = club.invoices.iter().flat_map(|it| it.keys());
    let billed: Vec<Key> = lines.filter(|it| matches!(it, Key::Period { .. })).collect();
    let once: BTreeSet<Key> = billed.iter().copied().collect();
    assert_eq!(once.len(), billed.len(), "a period is billed twice");
    assert_eq!(once, due, "what is billed is not what is due");
    let mut counts = BTreeMap::new();
    for key in due {
        let Key::Period { component, .. } = key else {
            continue;
        };
        let word = match component {
            Component::Fee => "fee",
            Component::Joining => "joining",
            Component::FreezeFee(_) => "freeze",
            Component::Credit(_) => "credit",
            Component::Additional(_) => "additional",
            _ => "other",
        };
        *counts.entry(word.to_owned()).or_default() += 1;
    }
    counts
}
