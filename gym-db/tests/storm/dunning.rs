//! Processes that sweep unpaid invoices at once, each with several threads: every step is taken once.

use std::collections::BTreeMap;

use gym_core::billing::BillingCommand;
use gym_core::billing::tax::{Prices, Rounding, TaxCode, TaxTerms};
use gym_core::command::Command;
use gym_core::event::Event;
use gym_core::id::{Id, LocationId};
use gym_core::money::{Currency, Money};
use gym_core::shop::{Item, ShopCommand, ShopEvent};
use gym_db::Gym;
use serde::{Deserialize, Serialize};

use crate::children::{Answer, Child, Said, Work, say};
use crate::support::both;
use crate::venue::{Venue, now};

const UNPAID: usize = 24;
const THREADS: usize = 4;

/// Sweeps a location by several threads, and says how many steps were taken.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Sweeps {
    pub url: String,
    pub location: LocationId,
}

impl Sweeps {
    pub fn run(&self) {
        let gym = Gym::open(&self.url).unwrap();
        let taken: usize = std::thread::scope(|scope| {
            let sweep = || {
                let then = now() + chrono::Duration::days(17);
                gym.at(then).run_dunning(self.location).unwrap().len()
            };
            let sweeps: Vec<_> = (0..THREADS).map(|_| scope.spawn(sweep)).collect();
            sweeps.into_iter().map(|it| it.join().unwrap()).sum()
        });
        say(&Said {
            key: "sweep".to_owned(),
            member: Id::from_raw(1),
            answer: Answer::Seat(taken as i64),
        });
    }
}

/// Sells something that nobody pays.
fn unpaid(venue: &Venue) {
    let (location, code) = (venue.location, TaxCode::new("free").unwrap());
    let rates = BTreeMap::from([(code.clone(), Vec::new())]);
    let terms = TaxTerms::new(Prices::Inclusive, Rounding::PerLine, rates).unwrap();
    let from = "2020-01-01".parse().unwrap();
    let desk = venue.gym.at(now());
    desk.run(&Command::Billing(BillingCommand::SetTaxRates {
        location,
        from,
        terms,
    }))
    .unwrap();
    let add = ShopCommand::AddProduct {
        name: "Towel".to_owned(),
        tax: code,
        may_go_negative: true,
        prices: BTreeMap::from([(location, Money::new(990, Currency::EUR))]),
    };
    let added = |event: &Event| match event {
        Event::Shop(ShopEvent::ProductAdded(new)) => Some(new.id),
        _ => None,
    };
    let product = desk.expect(&Command::Shop(add), added).unwrap();
    let buyer = venue.members(1)[0];
    for _ in 0..UNPAID {
        let items = vec![Item { product, quantity: 1 }];
        let sell = ShopCommand::Sell {
            location,
            buyer,
            items,
            paid: None,
        };
        desk.run(&Command::Shop(sell)).unwrap();
    }
}

#[test]
fn two_processes_of_four_threads_take_each_step_of_dunning_once() {
    both(|db| {
        let venue = Venue::open(db);
        unpaid(&venue);
        let work = Work::Dun(Sweeps {
            url: db.url.clone(),
            location: venue.location,
        });
        let both = [Child::start(&work), Child::start(&work)];
        let said = both.into_iter().flat_map(Child::finish);
        let taken: i64 = said
            .map(|said| match said.answer {
                Answer::Seat(taken) => taken,
                other => panic!("{other:?}"),
            })
            .sum();
        let club = venue.gym.club().unwrap();
        assert_eq!((taken as usize, club.reminders.len()), (UNPAID, UNPAID));
    });
}
