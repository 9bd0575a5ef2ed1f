//! The [`Ticker`]: a thread that moves the engine's epoch while calls run, and sleeps while none do.
//!
//! It is a thread of the system and no task of an executor: a guest that spins must not be able to starve it. It
//! holds the engine weakly and ends when that is gone.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use wasmtime::{Engine, EngineWeak};

/// How long a tick is.
pub(crate) const TICK: Duration = Duration::from_millis(5);

/// Counts who needs ticks.
#[derive(Debug)]
pub(crate) struct Ticker(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    state: Mutex<Need>,
    changed: Condvar,
    process: u32,
}

#[derive(Debug)]
struct Need {
    calls: u32,
    gone: bool,
}

/// The ticker ticks until this is dropped.
#[derive(Debug)]
pub(crate) struct Ticking<'t>(&'t Shared);

impl Ticker {
    pub(crate) fn start(engine: &Engine) -> std::io::Result<Self> {
        let shared = Arc::new(Shared {
            state: Mutex::new(Need {
                calls: 0,
                gone: false,
            }),
            changed: Condvar::new(),
            process: std::process::id(),
        });
        let (weak, its) = (engine.weak(), Arc::clone(&shared));
        std::thread::Builder::new()
            .name("gym-plugins-ticker".to_owned())
            .spawn(move || its.run(&weak))?;
        Ok(Self(shared))
    }

    pub(crate) fn tick(&self) -> Ticking<'_> {
        let mut need = self.0.lock();
        need.calls += 1;
        if need.calls == 1 {
            self.0.changed.notify_all();
        }
        Ticking(&self.0)
    }

    #[cfg(test)]
    pub(crate) fn again(&self) -> Self {
        Self(Arc::clone(&self.0))
    }

    #[cfg(test)]
    pub(crate) fn locked(&self) -> impl Sized {
        self.0.lock()
    }

    /// Returns after how many ticks so much time may have passed; whoever waits for them looks again.
    pub(crate) fn ticks(time: Duration) -> u64 {
        let ticks = time.as_nanos().div_ceil(TICK.as_nanos());
        u64::try_from(ticks).unwrap_or(u64::MAX / 2).max(1)
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        // In a fork there is no thread to be told, and one of the parent may have held the lock.
        if self.0.process != std::process::id() {
            return;
        }
        self.0.lock().gone = true;
        self.0.changed.notify_all();
    }
}

impl Drop for Ticking<'_> {
    fn drop(&mut self) {
        let mut need = self.0.lock();
        need.calls = need.calls.saturating_sub(1);
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Need> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self, engine: &EngineWeak) {
        loop {
            let asleep = |need: &mut Need| need.calls == 0 && !need.gone;
            let need = self.changed.wait_while(self.lock(), asleep);
            if need.unwrap_or_else(PoisonError::into_inner).gone {
                return;
            }
            std::thread::sleep(TICK);
            match engine.upgrade() {
                Some(engine) => engine.increment_epoch(),
                None => return,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_whole_ticks_and_at_least_one() {
        assert_eq!(Ticker::ticks(Duration::from_millis(50)), 10);
        assert_eq!(Ticker::ticks(Duration::from_millis(51)), 11);
        assert_eq!(Ticker::ticks(Duration::ZERO), 1);
    }
}
