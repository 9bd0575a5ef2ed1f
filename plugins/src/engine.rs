//! The [`Host`]: one engine for the process, its ticker, and the places that calls take.

mod config;
#[cfg(all(test, unix))]
mod fork;
mod gate;
mod ticker;

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError, Weak};
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use wasmtime::Engine;

pub(crate) use self::config::engine;
pub(crate) use self::gate::{Gate, Place};
pub(crate) use self::ticker::Ticker;
use crate::compile::Slow;
use crate::digest::Digest;
use crate::error::LoadError;

/// How many calls run at a time in one process.
pub const PLACES: u32 = 64;

/// What every plugin of a process shares.
pub(crate) struct Host {
    pub(crate) engine: Engine,
    pub(crate) gate: Gate,
    pub(crate) ticker: Ticker,
    pub(crate) id: String,
    pub(crate) hash: Digest,
    pub(crate) slow: Slow,
    process: u32,
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

static HOST: Mutex<Weak<Host>> = Mutex::new(Weak::new());

/// The process that has last held [`HOST`].
static PROCESS: AtomicU32 = AtomicU32::new(0);

/// How often a new process tries to get [`HOST`], a millisecond apart, before it takes it for lost.
const TRIES: u32 = 100;

/// Takes hold of [`HOST`], unless a thread of a parent process held it at the fork: that one will never let go.
fn slot() -> Option<MutexGuard<'static, Weak<Host>>> {
    let here = std::process::id();
    for _ in 0..TRIES {
        if PROCESS.load(Ordering::Acquire) == here {
            return Some(HOST.lock().unwrap_or_else(PoisonError::into_inner));
        }
        let held = match HOST.try_lock() {
            Ok(held) => held,
            Err(TryLockError::Poisoned(held)) => held.into_inner(),
            Err(TryLockError::WouldBlock) => {
                std::thread::sleep(Duration::from_millis(1));
                continue;
            }
        };
        PROCESS.store(here, Ordering::Release);
        return Some(held);
    }
    None
}

impl Host {
    /// Returns the host of this process, and makes it if there is none, or if that is the one of a parent process.
    pub(crate) fn shared() -> Result<Arc<Self>, LoadError> {
        let Some(mut slot) = slot() else {
            return Self::new().map(Arc::new);
        };
        if let Some(host) = slot.upgrade().filter(|host| !host.is_foreign()) {
            return Ok(host);
        }
        let host = Arc::new(Self::new()?);
        *slot = Arc::downgrade(&host);
        Ok(host)
    }

    fn new() -> Result<Self, LoadError> {
        let engine = engine()?;
        let hash = compatibility(&engine);
        let ticker = Ticker::start(&engine).map_err(|error| LoadError::Engine {
            why: error.to_string(),
        })?;
        Ok(Self {
            id: format!("wasmtime-{}/{}", config::VERSION, hash.short()),
            hash,
            gate: Gate::new(PLACES),
            ticker,
            engine,
            slow: Slow::default(),
            process: std::process::id(),
        })
    }

    /// Returns the process that made it, if that is another one: neither its ticker nor its locks can be trusted.
    pub(crate) fn foreign(&self) -> Option<(u32, u32)> {
        let here = std::process::id();
        (here != self.process).then_some((self.process, here))
    }

    fn is_foreign(&self) -> bool {
        self.foreign().is_some()
    }
}

/// Returns what compiled code must have been compiled for.
pub(crate) fn compatibility(engine: &Engine) -> Digest {
    let mut hasher = Bytes(Sha256::new());
    config::VERSION.hash(&mut hasher);
    engine.precompile_compatibility_hash().hash(&mut hasher);
    Digest::from(<[u8; 32]>::from(hasher.0.finalize()))
}

/// Feeds what is hashed to a digest.
struct Bytes(Sha256);

impl Hasher for Bytes {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_of_a_parent_process_is_not_used() {
        let host = Host::new().map(|host| Host {
            process: host.process.wrapping_add(1),
            ..host
        });
        let host = Arc::new(host.expect("there is an engine"));
        assert_eq!(host.foreign(), Some((host.process, std::process::id())));
        *HOST.lock().unwrap_or_else(PoisonError::into_inner) = Arc::downgrade(&host);
        let own = Host::shared().expect("there is an engine");
        assert!(own.foreign().is_none());
        let again = Host::shared().expect("there is an engine");
        assert!(Arc::ptr_eq(&own, &again), "there is one engine in a process");
        assert_eq!(
            (own.hash, &own.id),
            (host.hash, &host.id),
            "and all engines are alike"
        );
    }
}
