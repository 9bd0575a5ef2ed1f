//! A plugin that keeps failing is off for a minute, then tried once: by a clock that the test holds.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use gym_core::billing::pricing::Pricing;
use gym_plugins::contract::Change;
use gym_plugins::{Limits, Plugin};

use crate::guest::{Guest, adjustment};
use crate::price::asked;

/// Lies about requests of one line, and answers others, by a clock.
struct Liar {
    plugin: Plugin,
    seconds: Arc<AtomicU64>,
}

impl Liar {
    fn new() -> Self {
        let guest = Guest::answering("liar", &[adjustment(Some(1), Change::PercentOff(500))]);
        let (start, seconds) = (Instant::now(), Arc::new(AtomicU64::new(0)));
        let passed = Arc::clone(&seconds);
        let clock = move || start + Duration::from_secs(passed.load(Ordering::SeqCst));
        Self {
            plugin: guest.load(Limits::default()).timed_by(clock),
            seconds,
        }
    }

    fn at(&self, second: u64) -> &Self {
        self.seconds.store(second, Ordering::SeqCst);
        self
    }

    fn lies(&self) {
        let why = self.plugin.propose(&asked(&[1_000])).proposed.unwrap_err();
        assert!(why.contains("there is no line 1"), "{why}");
    }

    fn answers(&self) {
        let answer = self.plugin.propose(&asked(&[1_000, 1_000]));
        assert_eq!(answer.proposed.unwrap().len(), 1);
    }

    fn is_off(&self, seconds: u64) {
        for prices in [&[1_000][..], &[1_000, 1_000]] {
            let why = self.plugin.propose(&asked(prices)).proposed.unwrap_err();
            let expected = format!("it failed too often and is off for {seconds} seconds more");
            assert!(why.contains(&expected), "{why}");
        }
    }
}

#[test]
fn a_probe_that_lies_keeps_it_off_for_another_minute() {
    let liar = Liar::new();
    for second in 0..5 {
        liar.at(second * 10).lies();
    }
    liar.at(40).is_off(61);
    liar.at(99).is_off(2);
    liar.at(100).lies();
    liar.at(100).is_off(61);
    liar.at(159).is_off(2);
    liar.at(160).lies();
    liar.at(161).is_off(60);
    liar.at(220).answers();
    // It is on again, and begins to count anew.
    for second in 220..224 {
        liar.at(second).lies();
        liar.answers();
    }
    liar.at(279).lies();
    liar.is_off(61);
}

#[test]
fn faults_that_are_a_minute_apart_do_not_add_up() {
    let liar = Liar::new();
    for second in (0..20).map(|fault| fault * 15) {
        liar.at(second).lies();
    }
    liar.at(286).lies();
    liar.at(287).is_off(60);
}
