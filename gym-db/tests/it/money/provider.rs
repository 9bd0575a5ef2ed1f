//! Money that a provider moves: once, whatever it answers, and whenever the process dies.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use chrono::Duration;
use gym_core::billing::payment::*;
use gym_core::billing::provider::{Charge, Faults, Faulty, Notice, PaymentProvider, Return};
use gym_core::command::Command;
use gym_core::event::Event;
use gym_core::user::Actor;
use gym_db::{Failure, Gym};

use super::{balances, club, eur, start};
use crate::support::{Db, both, times};

/// A provider during whose call the process dies now and then, after the money has moved.
struct Deadly<'p> {
    inner: &'p Faulty,
    every: u32,
    calls: std::cell::Cell<u32>,
}

impl PaymentProvider for Deadly<'_> {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn charge(&self, charge: &Charge) -> Notice {
        let notice = self.inner.charge(charge);
        self.calls.set(self.calls.get() + 1);
        if self.calls.get().is_multiple_of(self.every) {
            resume_unwind(Box::new("the process dies"));
        }
        notice
    }

    fn look_up(&self, key: &ProviderKey) -> Notice {
        self.inner.look_up(key)
    }

    fn give_back(&self, back: &Return) -> Notice {
        self.inner.give_back(back)
    }
}

/// Charges invoices by a provider that loses requests, moves money without an answer, and repeats itself, from
/// processes that die in the middle; each try is a fresh process.
fn charged_once(db: &Db, invoices: u32) {
    let club = club(&Gym::open(&db.url).unwrap());
    let faults = Faults {
        lost: 15,
        silent: 40,
        doubled: 30,
        overtaken: 30,
        ..Faults::NONE
    };
    let provider = Faulty::new(faults, 7, start());
    let deadly = Deadly {
        inner: &provider,
        every: 5,
        calls: std::cell::Cell::new(0),
    };
    let (mut tries, mut now) = (0_u32, start());
    for n in 0..invoices {
        let gym = Gym::open(&db.url).unwrap();
        let invoice = club.unpaid(&gym, now);
        drop(gym);
        loop {
            tries += 1;
            now += Duration::seconds(1);
            let gym = Gym::open(&db.url).unwrap();
            let desk = gym.at(now);
            let done = catch_unwind(AssertUnwindSafe(|| desk.charge(invoice, None, &deadly)));
            // Messages come now and then.
            let messages = if tries % 4 == 0 {
                provider.messages()
            } else {
                Vec::new()
            };
            let told = messages.iter().map(|notice| desk.notified(notice).unwrap());
            let told: Vec<_> = told
                .filter(|payment| payment.invoice == Some(invoice))
                .map(|payment| payment.state)
                .collect();
            let asked = matches!(done, Ok(Ok(payment)) if payment.state == PaymentState::Settled);
            if asked || told.contains(&PaymentState::Settled) {
                break;
            }
            assert!(tries < 40 * (n + 1), "invoice {invoice} is never paid");
        }
    }
    assert!(tries > invoices * 5 / 4, "{tries} tries");
    let gym = Gym::open(&db.url).unwrap();
    let club = gym.club().unwrap();
    assert_eq!(
        club.payments.len(),
        invoices as usize,
        "one payment for each invoice"
    );
    for payment in club.payments.iter() {
        let moved = provider.moved(payment.key.as_ref().unwrap());
        assert_eq!(moved, [eur(4990)], "payment {}", payment.id);
        assert_eq!(
            (payment.state, payment.allocated),
            (PaymentState::Settled, eur(4990))
        );
    }
    let bank = i64::from(invoices) * 4990;
    let all = balances(db);
    assert_eq!(
        (all["bank"], all["receivables"], all["payer_credit"]),
        (bank, 0, 0)
    );
    eprintln!("{invoices} invoices in {tries} processes on {:?}", db.backend);
}

#[test]
fn a_provider_that_times_out_after_charging_charges_once() {
    charged_once(&Db::sqlite(), times(150).min(1000));
}

#[test]
fn a_provider_that_times_out_after_charging_charges_once_on_a_server() {
    charged_once(&Db::postgres(), times(25).min(200));
}

#[test]
fn two_processes_that_charge_one_invoice_make_one_payment() {
    both(|db| {
        let gym = Gym::open(&db.url).unwrap();
        let club = club(&gym);
        let provider = Faulty::new(Faults::NONE, 1, start());
        for round in 0..5 {
            let invoice = club.unpaid(&gym, start());
            std::thread::scope(|scope| {
                for _ in 0..4 {
                    let (gym, provider) = (gym.clone(), &provider);
                    scope.spawn(move || {
                        // Who comes second is refused, or finds the payment of the first.
                        let _ = gym.at(start()).charge(invoice, None, provider);
                    });
                }
            });
            let whole = gym.club().unwrap();
            assert_eq!(whole.payments.len(), round + 1);
            let payment = whole.payments.iter().next_back().unwrap();
            assert_eq!(provider.moved(payment.key.as_ref().unwrap()).len(), 1);
            assert_eq!(whole.invoices.get(invoice).unwrap().settled, eur(4990));
        }
    });
}

#[test]
fn a_refund_whose_answer_is_lost_goes_back_once() {
    both(|db| {
        let gym = Gym::open(&db.url).unwrap();
        let club = club(&gym);
        let invoice = club.unpaid(&gym, start());
        let good = Faulty::new(Faults::NONE, 1, start());
        let payment = gym.at(start()).charge(invoice, None, &good).unwrap();
        let silent = Faulty::new(
            Faults {
                silent: 60,
                ..Faults::NONE
            },
            3,
            start(),
        );
        let mut state = gym
            .at(start())
            .refund(payment.id, eur(1000), "kindness", &silent)
            .unwrap();
        for _ in 0..30 {
            if state == RefundState::Settled {
                break;
            }
            let gym = Gym::open(&db.url).unwrap();
            gym.at(start()).resume(&silent).unwrap();
            state = gym.club().unwrap().refunds.iter().next().unwrap().state;
        }
        assert_eq!(state, RefundState::Settled);
        let whole = gym.club().unwrap();
        let refund = whole.refunds.iter().next().unwrap();
        assert_eq!(silent.moved(refund.key.as_ref().unwrap()), [eur(1000)]);
        assert_eq!(balances(db)["bank"], 3990);
    });
}

#[test]
fn what_is_asked_twice_with_one_key_moves_money_once() {
    both(|db| {
        let gym = Gym::open(&db.url).unwrap();
        let club = club(&gym);
        let invoice = club.unpaid(&gym, start());
        let good = Faulty::new(Faults::NONE, 1, start());
        let charge = || {
            gym.at(start())
                .key("charge-1")
                .charge(invoice, None, &good)
                .unwrap()
        };
        let payment = charge();
        assert_eq!(charge(), payment, "the first outcome");
        let refund = |key: &str, minor| {
            let desk = gym.at(start()).key(key);
            desk.refund(payment.id, eur(minor), "kindness", &good)
        };
        for _ in 0..3 {
            assert_eq!(refund("refund-1", 2000).unwrap(), RefundState::Settled);
        }
        assert!(matches!(refund("refund-1", 1000), Err(Failure::KeyReused { .. })));
        assert_eq!(refund("refund-2", 1000).unwrap(), RefundState::Settled);
        let whole = gym.club().unwrap();
        assert_eq!((whole.payments.len(), whole.refunds.len()), (1, 2));
        assert_eq!(balances(db)["bank"], 4990 - 3000);
        // Who comes with another key asks for other money: the provider must not take it for the same.
        let keys: std::collections::BTreeSet<_> = whole.refunds.iter().map(|it| it.key.clone()).collect();
        assert_eq!(keys.len(), 2);
    });
}

#[test]
fn a_declined_payment_is_not_tried_again_by_the_same_request() {
    both(|db| {
        let gym = Gym::open(&db.url).unwrap();
        let club = club(&gym);
        let invoice = club.unpaid(&gym, start());
        let declines = Faulty::new(
            Faults {
                soft: 100,
                ..Faults::NONE
            },
            1,
            start(),
        );
        let charge = |key: &str| gym.at(start()).key(key).charge(invoice, None, &declines).unwrap();
        let first = charge("charge-1");
        assert_eq!(first.state, PaymentState::Failed(Decline::Soft));
        assert_eq!(charge("charge-1"), first);
        assert_eq!(gym.club().unwrap().payments.len(), 1);
        charge("charge-2");
        assert_eq!(gym.club().unwrap().payments.len(), 2);
    });
}

#[test]
fn a_member_at_the_desk_is_charged_and_the_program_says_what_came_of_it() {
    both(|db| {
        let gym = Gym::open(&db.url).unwrap();
        let club = club(&gym);
        let desk = gym.at(start());
        let person = crate::scenario::person("Lou");
        let added = |event: &Event| match event {
            Event::UserAdded(new) => Some(new.id),
            _ => None,
        };
        let add = Command::AddUser {
            person: person.clone(),
        };
        let user = desk.expect(&add, added).unwrap();
        let member = |event: &Event| match event {
            Event::MemberAdded(new) => Some(new.id),
            _ => None,
        };
        let add = Command::AddMember {
            person,
            user: Some(user),
            home: club.location,
            joined_on: start().date_naive(),
        };
        let lou = desk.expect(&add, member).unwrap();
        let own = super::Club { member: lou, ..club }.unpaid(&gym, start());
        let good = Faulty::new(Faults::NONE, 1, start());
        let by_lou = desk.clone().by(Actor::User(user));
        assert_eq!(
            by_lou.charge(own, None, &good).unwrap().state,
            PaymentState::Settled
        );
    });
}
