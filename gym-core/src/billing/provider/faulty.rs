//! A provider that fails on purpose, for tests: it answers late or never after it has moved the money, sends its
//! messages twice and out of order, and forgets requests on their way. Deterministic for a seed.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{Charge, Notice, PaymentProvider, Return};
use crate::billing::payment::{Decline, ProviderKey, Told};
use crate::money::Money;
use crate::time::Instant;

/// How often, of a hundred requests, something goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Faults {
    /// The request is lost on its way: nothing happens, and there is no answer.
    pub lost: u8,
    /// The money moves, and there is no answer.
    pub silent: u8,
    /// The provider says no, and would say yes another day.
    pub soft: u8,
    /// The provider says no for good.
    pub hard: u8,
    /// A message comes twice.
    pub doubled: u8,
    /// A message comes before the one that was sent before it.
    pub overtaken: u8,
}

impl Faults {
    /// Nothing goes wrong.
    pub const NONE: Self = Self {
        lost: 0,
        silent: 0,
        soft: 0,
        hard: 0,
        doubled: 0,
        overtaken: 0,
    };
}

/// A provider with faults, and the money that it has moved.
#[derive(Debug)]
pub struct Faulty {
    faults: Faults,
    since: Instant,
    books: Mutex<Books>,
}

#[derive(Debug, Default)]
struct Books {
    drawn: u64,
    said: i64,
    told: BTreeMap<ProviderKey, Told>,
    moved: BTreeMap<ProviderKey, Vec<Money>>,
    messages: Vec<Notice>,
}

impl Faulty {
    /// Makes a provider whose clock starts at an instant.
    pub fn new(faults: Faults, seed: u64, since: Instant) -> Self {
        let books = Books {
            drawn: seed,
            ..Books::default()
        };
        Self {
            faults,
            since,
            books: Mutex::new(books),
        }
    }

    /// Returns every movement of money under a key: one for a payment that was charged once.
    pub fn moved(&self, key: &ProviderKey) -> Vec<Money> {
        self.books().moved.get(key).cloned().unwrap_or_default()
    }

    /// Takes the messages that were sent since, some of them twice or out of order.
    pub fn messages(&self) -> Vec<Notice> {
        let mut books = self.books();
        let sent = std::mem::take(&mut books.messages);
        let mut all: Vec<Notice> = Vec::new();
        for notice in sent {
            if books.chance(self.faults.doubled) {
                all.push(notice.clone());
            }
            let at = if books.chance(self.faults.overtaken) {
                all.len().saturating_sub(1)
            } else {
                all.len()
            };
            all.insert(at, notice);
        }
        all
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Each message is a millisecond later than the one before.
    fn notice(&self, books: &mut Books, key: &ProviderKey, told: Told) -> Notice {
        books.said += 1;
        let at = books.said;
        Notice {
            key: key.clone(),
            told,
            at: self.since + chrono::Duration::milliseconds(at),
            reference: Some(format!("faulty {key}")),
        }
    }

    fn ask(&self, key: &ProviderKey, amount: Money) -> Notice {
        let mut books = self.books();
        if books.chance(self.faults.lost) {
            return self.notice(&mut books, key, Told::Silent);
        }
        let told = match books.told.get(key) {
            Some(told) => *told,
            None => books.first(key, amount, self.faults),
        };
        let message = self.notice(&mut books, key, told);
        books.messages.push(message.clone());
        if books.chance(self.faults.silent) {
            return self.notice(&mut books, key, Told::Silent);
        }
        message
    }
}

impl Books {
    /// Draws the next number: a linear congruential generator (Knuth, MMIX), so that a seed means the same anywhere.
    fn chance(&mut self, of_a_hundred: u8) -> bool {
        self.drawn = self
            .drawn
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.drawn >> 33) % 100 < u64::from(of_a_hundred)
    }

    fn first(&mut self, key: &ProviderKey, amount: Money, faults: Faults) -> Told {
        let told = if self.chance(faults.hard) {
            Told::Declined(Decline::Hard)
        } else if self.chance(faults.soft) {
            Told::Declined(Decline::Soft)
        } else {
            self.moved.entry(key.clone()).or_default().push(amount);
            Told::Settled
        };
        self.told.insert(key.clone(), told);
        told
    }
}

impl PaymentProvider for Faulty {
    fn name(&self) -> &str {
        "faulty"
    }

    fn charge(&self, charge: &Charge) -> Notice {
        self.ask(&charge.key, charge.amount)
    }

    fn look_up(&self, key: &ProviderKey) -> Notice {
        let mut books = self.books();
        if books.chance(self.faults.silent) {
            return self.notice(&mut books, key, Told::Silent);
        }
        let told = books.told.get(key).copied().unwrap_or(Told::Absent);
        self.notice(&mut books, key, told)
    }

    fn give_back(&self, back: &Return) -> Notice {
        self.ask(&back.key, back.amount)
    }
}
