//! Memberships that are billed at many desks at once for three months, and plans that change while a run is under way.

use std::sync::Barrier;

use chrono::Months;
use gym_core::billing::obligation::Key;
use gym_core::billing::{BillingCommand, BillingEvent};
use gym_core::club::Club;
use gym_core::command::Command;
use gym_core::event::Event;
use gym_core::id::{LocationId, MemberId, MembershipTypeId};
use gym_core::membership::MembershipCommand as C;
use gym_core::membership::plan::{Reach, Terms};
use gym_core::money::{Currency, Money};
use gym_core::time::Instant;
use gym_core::user::Person;
use gym_db::Gym;

use crate::billing::in_order;
use crate::contracts::{MEMBERSHIPS, billed_once, forty, monthly, plan, rates, sell};
use crate::scenario::at;
use crate::support::{Db, both};

const DESKS: u32 = 8;

fn club(db: &Db, now: Instant) -> (Gym, LocationId) {
    let gym = Gym::open(&db.url).unwrap();
    let berlin = "Europe/Berlin".parse().unwrap();
    let location = gym.at(now).add_location("Mitte", berlin, Currency::EUR).unwrap();
    (gym, location)
}

/// Bills in batches of so many payers, and returns how many invoices that made.
fn bill(gym: &Gym, now: Instant, location: LocationId, most: u32) -> usize {
    let (mut made, mut after) = (0, None);
    loop {
        let (some, next) = batch(gym, now, location, (after, most));
        made += some;
        after = next;
        if after.is_none() {
            return made;
        }
    }
}

/// Bills the next payers.
fn batch(
    gym: &Gym,
    now: Instant,
    location: LocationId,
    (after, most): (Option<MemberId>, u32),
) -> (usize, Option<MemberId>) {
    let run = BillingCommand::RunInvoices {
        location,
        through: gym_core::time::civil(chrono_tz::Europe::Berlin, now).date(),
        after,
        most,
        answers: Vec::new(),
    };
    let done = gym.at(now).run(&Command::Billing(run)).unwrap();
    let is_made = |event: &&Event| matches!(event, Event::Billing(BillingEvent::InvoiceMade(_)));
    let last = done.find(|event| match event {
        Event::Billing(BillingEvent::InvoicesRun { last, .. }) => *last,
        _ => None,
    });
    (done.events.iter().filter(is_made).count(), last)
}

#[test]
fn three_months_of_memberships_billed_at_eight_desks_at_once_are_billed_once() {
    both(|db| {
        let sold = at("2027-01-04T09:00:00Z");
        let (gym, location) = club(db, sold);
        assert_eq!(forty(&gym, sold, location).len() as u64, MEMBERSHIPS);
        let mut counts = std::collections::BTreeMap::new();
        for month in 1..=3 {
            // In the night after the clocks go forward, when it is another day in Berlin than in UTC.
            let now = at("2026-12-28T22:30:00Z") + Months::new(month);
            let before = gym.club().unwrap().invoices.len();
            let together = Barrier::new(DESKS as usize);
            let made: usize = std::thread::scope(|scope| {
                let desks: Vec<_> = (0..DESKS)
                    .map(|n| {
                        let (url, together) = (&db.url, &together);
                        scope.spawn(move || {
                            let gym = Gym::open(url).unwrap();
                            together.wait();
                            let sizes = [3 + n % 4, 7, 100];
                            sizes
                                .map(|most| bill(&gym, now, location, most))
                                .iter()
                                .sum::<usize>()
                        })
                    })
                    .collect();
                desks.into_iter().map(|desk| desk.join().unwrap()).sum()
            });
            let club = gym.club().unwrap();
            in_order(&club);
            assert_eq!(made, club.invoices.len() - before, "besides those of before");
            assert_eq!(bill(&gym, now, location, 100), 0, "the next run finds nothing");
            counts = billed_once(&club, now);
        }
        for (component, least) in [
            ("fee", 3 * 40),
            ("joining", 40),
            ("freeze", 10),
            ("credit", 10),
            ("additional", 8),
        ] {
            assert!(counts.get(component) >= Some(&least), "{counts:?}");
        }
        eprintln!("{:?}: {counts:?}", db.backend);
    });
}

/// What each membership was billed: the first day of the period, and how much.
fn fees(club: &Club) -> Vec<(String, i64)> {
    let lines = club.invoices.iter().flat_map(|it| &it.lines);
    let fee = lines.filter_map(|line| match line.obligation.key {
        Key::Period { start, .. } => Some((start.to_string(), line.obligation.amount.minor())),
        Key::Once(_) => None,
    });
    fee.collect()
}

fn revise(of: MembershipTypeId, from: &str, minor: i64) -> Command {
    let terms = Terms {
        price: Money::new(minor, Currency::EUR),
        joining: None,
        ..monthly()
    };
    Command::Membership(C::Revise {
        of,
        from: from.parse().unwrap(),
        reach: Reach::Running,
        terms: Box::new(terms),
    })
}

#[test]
fn a_plan_that_is_edited_under_a_running_run_bills_some_at_the_new_price_and_some_at_the_old() {
    both(|db| {
        let sold = at("2027-02-28T09:00:00Z");
        let (gym, location) = club(db, sold);
        rates(&gym, location, sold);
        let terms = Terms {
            joining: None,
            ..monthly()
        };
        let gold = plan(&gym, sold, "Gold", terms);
        for name in ["Ada", "Bea"] {
            let person = Person::new(name, None).unwrap();
            let member = gym
                .at(sold)
                .add_member(person, location, sold.date_naive())
                .unwrap();
            sell(&gym, sold, location, member, gold, 1);
        }
        // The first is billed; then the plan is edited, and then the second is billed.
        let first = at("2027-03-01T09:00:00Z");
        let (made, last) = batch(&gym, first, location, (None, 1));
        assert!(made == 1 && last.is_some());
        let before = (gym.club().unwrap(), db.raw().count("plan_versions"));
        for from in ["2027-02-28", "2027-03-01"] {
            let error = gym.at(first).run(&revise(gold, from, 99_00)).unwrap_err();
            let refusal = error.refusal().unwrap_or_else(|| panic!("{error}"));
            assert!(refusal.to_string().contains("2027-03-01"), "{refusal}");
            assert!(gym.club().unwrap() == before.0, "{from}: something was written");
            assert_eq!(db.raw().count("plan_versions"), before.1, "{from}");
        }
        gym.at(first).run(&revise(gold, "2027-03-02", 99_00)).unwrap();
        assert_eq!(batch(&gym, first, location, (last, 1)).0, 1);
        let march = |minor| ("2027-03-01".to_owned(), minor);
        assert_eq!(fees(&gym.club().unwrap()), [march(31_07), march(31_07)]);
        assert_eq!(bill(&gym, first, location, 1), 0);
        // The next period costs both the new price.
        let next = at("2027-04-01T09:00:00Z");
        assert_eq!(bill(&gym, next, location, 1), 2);
        let april = ("2027-04-01".to_owned(), 99_00);
        assert_eq!(fees(&gym.club().unwrap())[2..], [april.clone(), april]);
        billed_once(&gym.club().unwrap(), next);
        in_order(&gym.club().unwrap());
    });
}
