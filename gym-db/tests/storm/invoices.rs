//! Processes that bill are killed, month after month: each period of a membership and each thing is charged once, and no
//! number is missing.

use std::collections::BTreeSet;
use std::time::Duration;

use gym_core::billing::BillingCommand;
use gym_core::billing::invoice::Invoice;
use gym_core::billing::obligation::{Charged, Key, Obligation};
use gym_core::billing::tax::TaxCode;
use gym_core::command::Command;
use gym_core::id::{Id, LocationId};
use gym_core::money::{Currency, Money};
use gym_core::schedule::claim::Buffers;
use gym_core::time::Instant;
use gym_db::Gym;
use serde::{Deserialize, Serialize};

use crate::children::{Answer, Child, Said, Work, say};
use crate::contracts::{billed_once, forty};
use crate::killed::keep_what_is_committed;
use crate::support::{Db, times};
use crate::venue::{Draws, Venue, noon, now, seed};

const SESSIONS: usize = 20;
const DESKS: u64 = 4;

/// Bills a location in small batches, over and over, and says how many invoices each round made.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Bills {
    pub url: String,
    pub location: LocationId,
    pub desk: u64,
    pub now: Instant,
}

impl Bills {
    pub fn run(&self) {
        let gym = Gym::open(&self.url).unwrap();
        for round in 0.. {
            let mut after = None;
            loop {
                let (location, most) = (self.location, 1 + (self.desk as u32 + round) % 4);
                let through = self.now.date_naive();
                let run = BillingCommand::RunInvoices {
                    location,
                    through,
                    after,
                    most,
                    answers: Vec::new(),
                };
                let done = gym.at(self.now).run(&Command::Billing(run)).unwrap();
                say(&Said {
                    key: format!("{} {round}", self.desk),
                    member: Id::from_raw(1),
                    answer: Answer::Seat(done.events.len() as i64),
                });
                after = done.find(|event| match event {
                    gym_core::event::Event::Billing(gym_core::billing::BillingEvent::InvoicesRun {
                        last,
                        ..
                    }) => *last,
                    _ => None,
                });
                if after.is_none() {
                    break;
                }
            }
        }
    }
}

/// Charges some members another session.
fn charge(gym: &Gym, venue: &Venue, turn: u64, now: Instant) {
    let members: Vec<_> = gym.club().unwrap().members.iter().map(|it| it.id).collect();
    for (at, member) in (0..).zip(members.into_iter().take(SESSIONS)) {
        let start = noon(20) + chrono::Months::new(turn as u32) + chrono::Duration::minutes(15 * at);
        let book = Command::BookSession {
            trainer: Some(venue.trainer),
            member,
            location: venue.location,
            room: None,
            start,
            minutes: 15,
            buffers: Buffers::default(),
            overriding: None,
        };
        let Ok(done) = gym.at(now).run(&book) else {
            continue;
        };
        let session = done.find(|event| match event {
            gym_core::event::Event::SessionBooked(new) => Some(new.id),
            _ => None,
        });
        let charged = Charged::Session(session.unwrap());
        let obligation = Obligation {
            key: Key::Once(charged),
            charged,
            plan: None,
            days: None,
            due_on: now.date_naive(),
            amount: Money::new(1_990 + at, Currency::EUR),
            tax: TaxCode::new("class").unwrap(),
            text: "Training".to_owned(),
        };
        let command = BillingCommand::Charge {
            location: venue.location,
            payer: member,
            obligation,
        };
        gym.at(now).run(&Command::Billing(command)).unwrap();
    }
}

fn in_order(gym: &Gym, now: Instant, all: bool) -> usize {
    let club = gym.club().unwrap();
    let numbers: Vec<Option<u64>> = club.invoices.iter().map(|it| it.number).collect();
    let sorted: BTreeSet<u64> = numbers.iter().flatten().copied().collect();
    assert_eq!(
        sorted,
        (1..=numbers.len() as u64).collect(),
        "a gap, or a number twice"
    );
    let keys: Vec<Key> = club.invoices.iter().flat_map(Invoice::keys).collect();
    assert_eq!(
        keys.iter().collect::<BTreeSet<_>>().len(),
        keys.len(),
        "charged twice"
    );
    if all {
        let once = keys.iter().filter(|it| matches!(it, Key::Once(_))).count();
        assert_eq!(once, club.charges.len(), "not all is charged");
        billed_once(&club, now);
    }
    keys.len()
}

fn check(db: &Db, kills: u64) {
    let venue = Venue::open(db);
    keep_what_is_committed(db);
    let location = venue.location;
    forty(&venue.gym, now(), location);
    let (mut draws, mut charged, mut half) = (Draws(seed()), 0, 0);
    let turns = kills.div_ceil(DESKS);
    assert!(turns >= 3, "three months");
    for turn in 0..turns {
        let now = now() + chrono::Months::new(turn as u32);
        charge(&venue.gym, &venue, turn, now);
        let desks: Vec<_> = (0..DESKS)
            .map(|desk| {
                Child::start(&Work::Bill(Bills {
                    url: db.url.clone(),
                    location,
                    desk,
                    now,
                }))
            })
            .collect();
        for mut child in desks {
            child.lines.next();
            let dies = std::time::Instant::now() + Duration::from_micros(draws.below(30_000));
            while std::time::Instant::now() < dies {
                std::thread::yield_now();
            }
            child.life.kill();
        }
        let gym = Gym::open(&db.url).unwrap();
        let before = in_order(&gym, now, false);
        gym.at(now).run_invoices(location, now.date_naive()).unwrap();
        let after = in_order(&gym, now, true);
        half += usize::from(before < after);
        assert!(after > charged);
        charged = after;
    }
    let last = now() + chrono::Months::new(turns as u32 - 1);
    let counts = billed_once(&venue.gym.club().unwrap(), last);
    for component in ["fee", "joining", "freeze", "credit", "additional"] {
        assert!(counts.contains_key(component), "{counts:?}");
    }
    eprintln!(
        "{:?}: {kills} desks killed in {turns} months, {half} times something was left to bill, {charged} charged: \
         {counts:?}",
        db.backend
    );
}

#[test]
fn each_period_and_thing_is_charged_once_when_billing_is_killed_on_sqlite() {
    check(&Db::sqlite(), u64::from(times(16).min(160)));
}

#[test]
fn each_period_and_thing_is_charged_once_when_billing_is_killed_on_postgres() {
    check(&Db::postgres(), u64::from(times(12).min(80)));
}
