//! The [`Breaker`]: a plugin that keeps failing is off for a while, so that nobody waits for it.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Within what time faults add up, and for how long it is off then.
const WINDOW: Duration = Duration::from_secs(60);

/// How a call went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Went {
    /// It answered, be it that it has no answer.
    Well,
    /// It failed, and that is its own doing.
    Badly,
    /// It did not come to it: nothing is known.
    NotTried,
}

/// Lets one call through. A probe is the one call by which a plugin that was off is tried again.
#[derive(Debug)]
pub(crate) struct Ticket {
    probe: bool,
}

/// Counts faults. After as many as are allowed within a minute nothing passes for a minute, then one call: if that
/// fails too, another minute.
#[derive(Debug, Default)]
pub(crate) struct Breaker {
    allowed: usize,
    faults: VecDeque<Instant>,
    off_until: Option<Instant>,
}

impl Breaker {
    /// Makes one that is on; with 0 it is never off.
    pub(crate) fn new(allowed: u32) -> Self {
        Self {
            allowed: usize::try_from(allowed).unwrap_or(usize::MAX),
            ..Self::default()
        }
    }

    /// Lets a call through, or says for how long it is off.
    pub(crate) fn admit(&mut self, now: Instant) -> Result<Ticket, Duration> {
        match self.off_until {
            Some(until) if now < until => Err(until - now),
            Some(_) => {
                self.off_until = Some(now + WINDOW);
                Ok(Ticket { probe: true })
            }
            None => Ok(Ticket { probe: false }),
        }
    }

    /// Learns how a call went. While it is off only the probe decides: calls from before may still end well.
    pub(crate) fn saw(&mut self, ticket: Ticket, went: Went, now: Instant) {
        match went {
            Went::Well if ticket.probe => self.off_until = None,
            Went::NotTried if ticket.probe => self.off_until = Some(now),
            Went::Well | Went::NotTried => {}
            Went::Badly => self.fault(now),
        }
    }

    fn fault(&mut self, now: Instant) {
        if self.off_until.is_some() {
            self.off_until = Some(now + WINDOW);
            return;
        }
        let is_old = |first: &Instant| now.duration_since(*first) >= WINDOW;
        while self.faults.front().is_some_and(is_old) {
            self.faults.pop_front();
        }
        self.faults.push_back(now);
        if self.allowed > 0 && self.faults.len() >= self.allowed {
            self.faults.clear();
            self.off_until = Some(now + WINDOW);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// Makes a call at a time, if it is let through.
    fn call(breaker: &mut Breaker, went: Went, now: Instant) -> bool {
        let ticket = breaker.admit(now);
        let passed = ticket.is_ok();
        if let Ok(ticket) = ticket {
            breaker.saw(ticket, went, now);
        }
        passed
    }

    #[test]
    fn faults_within_a_minute_switch_off_and_a_probe_switches_on() {
        let (mut breaker, start) = (Breaker::new(3), Instant::now());
        for second in 0..3 {
            assert!(call(&mut breaker, Went::Badly, start + SECOND * second));
        }
        let off = start + SECOND * 2 + WINDOW;
        assert_eq!(breaker.admit(start + SECOND * 3).map(drop), Err(SECOND * 59));
        let probe = breaker.admit(off).expect("one probe");
        assert!(breaker.admit(off).is_err(), "and no second one");
        breaker.saw(probe, Went::Badly, off);
        assert!(breaker.admit(off + SECOND * 59).is_err());
        assert!(call(&mut breaker, Went::Well, off + WINDOW));
        assert!(call(&mut breaker, Went::Badly, off + WINDOW));
        assert!(call(&mut breaker, Went::Well, off + WINDOW));
    }

    #[test]
    fn a_call_from_before_does_not_switch_it_on() {
        let (mut breaker, now) = (Breaker::new(2), Instant::now());
        let before = breaker.admit(now).expect("it is on");
        for _ in 0..2 {
            assert!(call(&mut breaker, Went::Badly, now));
        }
        breaker.saw(before, Went::Well, now);
        assert!(breaker.admit(now).is_err());
    }

    #[test]
    fn a_probe_that_was_not_tried_leaves_the_place_to_another() {
        let (mut breaker, now) = (Breaker::new(1), Instant::now());
        assert!(call(&mut breaker, Went::Badly, now));
        assert!(call(&mut breaker, Went::NotTried, now + WINDOW));
        let probe = breaker.admit(now + WINDOW).expect("another probe");
        assert!(breaker.admit(now + WINDOW).is_err(), "but not two");
        breaker.saw(probe, Went::Well, now + WINDOW);
        assert!(breaker.admit(now + WINDOW).is_ok());
    }

    #[test]
    fn faults_that_are_far_apart_do_not_add_up() {
        let (mut breaker, start) = (Breaker::new(2), Instant::now());
        for minute in 0..10 {
            assert!(call(&mut breaker, Went::Badly, start + WINDOW * minute));
        }
    }

    #[test]
    fn none_allowed_means_never_off() {
        let (mut breaker, now) = (Breaker::new(0), Instant::now());
        for _ in 0..100 {
            assert!(call(&mut breaker, Went::Badly, now));
        }
    }
}
