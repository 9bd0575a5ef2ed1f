//! The [`Breaker`]: a plugin that keeps failing is off for a while, so that nobody waits for it.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Within what time faults add up, and for how long it is off then.
const WINDOW: Duration = Duration::from_secs(60);

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
    pub(crate) fn admit(&mut self, now: Instant) -> Result<(), Duration> {
        match self.off_until {
            Some(until) if now < until => Err(until - now),
            Some(_) => {
                self.off_until = Some(now + WINDOW);
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Learns how a call went.
    pub(crate) fn saw(&mut self, fault: bool, now: Instant) {
        if !fault {
            self.off_until = None;
            return;
        }
        while self
            .faults
            .front()
            .is_some_and(|first| now.duration_since(*first) >= WINDOW)
        {
            self.faults.pop_front();
        }
        self.faults.push_back(now);
        if self.allowed > 0 && self.faults.len() >= self.allowed {
            self.faults.clear();
            self.off_until = Some(now + WINDOW);
        } else if self.off_until.is_some() {
            self.off_until = Some(now + WINDOW);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn faults_within_a_minute_switch_off_and_a_probe_switches_on() {
        let (mut breaker, start) = (Breaker::new(3), Instant::now());
        for second in 0..3 {
            assert!(breaker.admit(start + SECOND * second).is_ok());
            breaker.saw(true, start + SECOND * second);
        }
        let off = start + SECOND * 2 + WINDOW;
        assert_eq!(breaker.admit(start + SECOND * 3), Err(SECOND * 59));
        assert!(breaker.admit(off).is_ok(), "one probe");
        assert!(breaker.admit(off).is_err(), "and no second one");
        breaker.saw(true, off);
        assert!(breaker.admit(off + SECOND * 59).is_err());
        assert!(breaker.admit(off + WINDOW).is_ok());
        breaker.saw(false, off + WINDOW);
        assert!(breaker.admit(off + WINDOW).is_ok());
        assert!(breaker.admit(off + WINDOW).is_ok());
    }

    #[test]
    fn faults_that_are_far_apart_do_not_add_up() {
        let (mut breaker, start) = (Breaker::new(2), Instant::now());
        for minute in 0..10 {
            let now = start + WINDOW * minute;
            assert!(breaker.admit(now).is_ok());
            breaker.saw(true, now);
        }
    }

    #[test]
    fn none_allowed_means_never_off() {
        let (mut breaker, now) = (Breaker::new(0), Instant::now());
        for _ in 0..100 {
            assert!(breaker.admit(now).is_ok());
            breaker.saw(true, now);
        }
    }
}
