//! The [`Gate`]: no more calls run at a time than the pool has places, and nobody waits for ever.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Counts places, and lets those who wait in by their turn.
#[derive(Debug)]
pub(crate) struct Gate {
    line: Mutex<Line>,
    moved: Condvar,
}

#[derive(Debug)]
struct Line {
    free: u32,
    next: u64,
    waiting: VecDeque<u64>,
}

/// A place that is taken until it is dropped.
#[derive(Debug)]
pub(crate) struct Place<'g>(&'g Gate);

impl Gate {
    pub(crate) fn new(places: u32) -> Self {
        Self {
            line: Mutex::new(Line {
                free: places,
                next: 0,
                waiting: VecDeque::new(),
            }),
            moved: Condvar::new(),
        }
    }

    #[cfg(test)]
    pub(crate) fn locked(&self) -> impl Sized {
        self.line()
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a place, or says how long it waited in vain.
    pub(crate) fn enter(&self, patience: Duration) -> Result<Place<'_>, Duration> {
        let mut line = self.line();
        if line.free == 0 || !line.waiting.is_empty() {
            let (since, ticket) = (Instant::now(), line.next);
            line.next += 1;
            line.waiting.push_back(ticket);
            let must_wait = |line: &mut Line| line.free == 0 || line.waiting.front() != Some(&ticket);
            let waited = self.moved.wait_timeout_while(line, patience, must_wait);
            let (guard, waited) = waited.unwrap_or_else(PoisonError::into_inner);
            line = guard;
            line.waiting.retain(|other| *other != ticket);
            // Whoever is next may have been waiting for this one alone.
            self.moved.notify_all();
            if waited.timed_out() {
                return Err(since.elapsed());
            }
        }
        line.free -= 1;
        Ok(Place(self))
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut line = self.0.line();
        line.free += 1;
        if !line.waiting.is_empty() {
            self.0.moved.notify_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_gate_turns_away_in_time() {
        let gate = Gate::new(1);
        let place = gate.enter(Duration::ZERO);
        assert!(place.is_ok());
        let waited = gate.enter(Duration::from_millis(20)).map(|_| ());
        assert!(waited.is_err_and(|waited| waited >= Duration::from_millis(20)));
        drop(place);
        assert!(gate.enter(Duration::ZERO).is_ok());
    }

    #[test]
    fn who_waits_gets_the_place_that_is_freed() {
        let gate = Gate::new(1);
        std::thread::scope(|scope| {
            let place = gate.enter(Duration::ZERO);
            let waits = scope.spawn(|| gate.enter(Duration::from_secs(30)).is_ok());
            drop(place);
            assert!(waits.join().is_ok_and(|got| got));
        });
        assert_eq!(gate.line().free, 1);
        assert!(gate.line().waiting.is_empty());
    }
}
