//! The [`Gate`]: no more calls run at a time than the pool has places, and nobody waits for ever.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Counts places.
#[derive(Debug)]
pub(crate) struct Gate {
    free: Mutex<u32>,
    freed: Condvar,
}

/// A place that is taken until it is dropped.
#[derive(Debug)]
pub(crate) struct Place<'g>(&'g Gate);

impl Gate {
    pub(crate) fn new(places: u32) -> Self {
        Self {
            free: Mutex::new(places),
            freed: Condvar::new(),
        }
    }

    fn free(&self) -> MutexGuard<'_, u32> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a place, or says how long it waited in vain.
    pub(crate) fn enter(&self, patience: Duration) -> Result<Place<'_>, Duration> {
        let mut free = self.free();
        if *free == 0 {
            let since = Instant::now();
            let (guard, waited) = self
                .freed
                .wait_timeout_while(free, patience, |free| *free == 0)
                .unwrap_or_else(PoisonError::into_inner);
            if waited.timed_out() && *guard == 0 {
                return Err(since.elapsed());
            }
            free = guard;
        }
        *free -= 1;
        Ok(Place(self))
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        *self.0.free() += 1;
        self.0.freed.notify_one();
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
        assert_eq!(*gate.free(), 1);
    }
}
