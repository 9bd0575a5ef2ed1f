//! The club remembered: a [`Gym`] loads facts, asks `gym-core`, and saves what happened, on SQLite and PostgreSQL.
//!
//! ```
//! use gym_db::Gym;
//! let gym = Gym::open("sqlite::memory:")?;
//! assert_eq!(gym.address(), "sqlite::memory:");
//! # Ok::<(), gym_db::OpenError>(())
//! ```

pub mod feed;
pub mod import;

mod address;
mod billing;
mod booking;
mod calendar;
mod check_in;
mod connection;
mod desk;
mod entitlement;
mod equipment;
mod error;
mod guard;
mod history;
mod insight;
mod journal;
mod load;
mod location;
mod member;
mod membership;
mod migration;
mod open_error;
mod payroll;
mod policy;
mod query;
mod queue;
mod row;
mod save;
mod schedule;
mod schema;
mod shop;
mod stamp;
mod statement;
mod trainer;
mod transaction;
mod user;
mod word;

#[cfg(test)]
#[path = "../tests/support/mod.rs"]
mod support;

use std::sync::Arc;
use std::time::Duration;

pub use calendar::Whose;
pub use desk::{Billed, Desk, Done, Offer, Place, Together};
pub use error::{Failure, StoreError};
pub use guard::Guard;
pub use gym_core;
pub use history::{Attendance, Filled, Past};
pub use insight::Ran;
pub use journal::{Entry, canonical};
pub use migration::Migrate;
pub use open_error::OpenError;
pub use policy::{PolicyError, policy_from_json};
pub use query::{Block, Listing};

use address::Address;
use connection::Store;
use gym_core::billing::pricing::Pricing;

/// A club in a database. Cheap to clone; clones share their connections.
#[derive(Clone)]
pub struct Gym {
    store: Arc<Store>,
    clock_tolerance: Duration,
    pricings: Vec<Arc<dyn Pricing>>,
}

/// How to open a club.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Whether opening may change the tables.
    pub migrate: Migrate,
    /// How many connections at most: on PostgreSQL in all, on SQLite those that read.
    pub connections: u32,
    /// How long a command waits for a connection or a lock before it is busy: a millisecond to 24 days, and what is
    /// beyond that counts as that.
    pub patience: Duration,
    /// How far the clock of a command may be behind that of the last one. Where a clock was set far ahead by mistake and
    /// a command was stored, this is the way on: open with more tolerance until the right clock has passed it.
    pub clock_tolerance: Duration,
}

/// The shortest and the longest time that both databases can be told to wait, in whole milliseconds.
const PATIENCE: (Duration, Duration) = (Duration::from_millis(1), Duration::from_millis(i32::MAX as u64));

impl Default for Options {
    fn default() -> Self {
        Self {
            migrate: Migrate::WhenEmpty,
            connections: 8,
            patience: Duration::from_secs(5),
            clock_tolerance: Duration::from_secs(60),
        }
    }
}

impl Gym {
    /// Opens a club by its URL, and sets up an empty database.
    ///
    /// | URL | database |
    /// |---|---|
    /// | `sqlite://club.db`, `sqlite:///srv/club.db` | a SQLite file |
    /// | `sqlite::memory:` | SQLite in memory, gone with the last clone |
    /// | `postgres://user@host/club` | PostgreSQL, in the first schema of the search path |
    ///
    /// # Errors
    ///
    /// [`OpenError`] says what is wrong with the URL, the file, the server or what it holds; nothing was written.
    pub fn open(url: &str) -> Result<Self, OpenError> {
        Self::open_with(url, &Options::default())
    }

    /// Opens a club by its URL, in another way than the default.
    ///
    /// ```
    /// use gym_db::{Gym, Migrate, OpenError, Options};
    /// let options = Options { migrate: Migrate::Never, ..Options::default() };
    /// assert!(matches!(Gym::open_with("sqlite::memory:", &options), Err(OpenError::Empty { .. })));
    /// ```
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub fn open_with(url: &str, options: &Options) -> Result<Self, OpenError> {
        let address = Address::parse(url)?;
        let patience = options.patience.clamp(PATIENCE.0, PATIENCE.1);
        let mut store = Store::new(address.clone(), options.connections, patience)?;
        store.secret = migration::prepare(&address, options.migrate, patience)?;
        Ok(Self {
            store: Arc::new(store),
            clock_tolerance: options.clock_tolerance,
            pricings: Vec::new(),
        })
    }

    /// Returns where the club is stored, without user, password and parameters.
    pub fn address(&self) -> String {
        self.store.address.to_string()
    }
}

impl std::fmt::Debug for Gym {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Gym").field(&self.store.address).finish()
    }
}
