//! Connections: one type for both databases, made by the scheme of the URL and prepared before first use.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use backon::{BlockingRetryable, ConstantBuilder};
use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::r2d2::{ManageConnection, Pool, PooledConnection, R2D2Connection};
use diesel::sql_types::Text;
use diesel::{Connection, PgConnection, RunQueryDsl, SqliteConnection};
use scheduled_thread_pool::ScheduledThreadPool;

use crate::address::Address;
use crate::error::StoreError;
use crate::open_error::OpenError;
use crate::queue::{Queue, Turn};

/// A connection to either database. Never `establish` it: SQLite would take any text as a path.
#[derive(diesel::MultiConnection)]
pub enum AnyConnection {
    /// PostgreSQL.
    Postgres(PgConnection),
    /// SQLite.
    Sqlite(SqliteConnection),
}

/// Runs one body on the concrete connection, for what the enum cannot do: `on_conflict`, batch inserts,
/// `as_returning()`.
macro_rules! on_backend {
    ($connection:expr, |$c:ident| $body:expr) => {
        match $connection {
            $crate::connection::AnyConnection::Postgres($c) => $body,
            $crate::connection::AnyConnection::Sqlite($c) => $body,
        }
    };
}
pub(crate) use on_backend;

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// To look at a database that may not be ours; writes nothing.
    Inspect,
    /// To read.
    Read,
    /// To write.
    Write,
}

/// Opens a connection and prepares it.
pub(crate) fn connect(
    address: &Address,
    access: Access,
    patience: Duration,
) -> Result<AnyConnection, OpenError> {
    let unreachable = |reason: diesel::ConnectionError| OpenError::Unreachable {
        address: address.to_string(),
        reason: reason.to_string().trim().to_owned(),
    };
    let url = address.client_url();
    let millis = patience.as_millis();
    if let Address::Postgres(_) = address {
        let mut connection = PgConnection::establish(&url).map_err(unreachable)?;
        connection.batch_execute(&format!(
            "SET TIME ZONE 'UTC'; SET lock_timeout = {millis}; {ENGLISH}"
        ))?;
        return Ok(AnyConnection::Postgres(connection));
    }
    let mut connection = SqliteConnection::establish(&url).map_err(unreachable)?;
    connection.batch_execute(&format!(
        "PRAGMA busy_timeout = {millis}; PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL; \
         PRAGMA trusted_schema = OFF; PRAGMA journal_size_limit = 67108864;"
    ))?;
    let mut connection = AnyConnection::Sqlite(connection);
    if access != Access::Inspect {
        write_ahead(&mut connection, patience)?;
    }
    if access == Access::Read {
        connection.batch_execute("PRAGMA query_only = ON;")?;
    }
    Ok(connection)
}

/// Errors that have no code in diesel are known by their English sentence; setting it may need a right we lack.
const ENGLISH: &str = "DO $$ BEGIN PERFORM set_config('lc_messages', 'C', false); \
                       EXCEPTION WHEN insufficient_privilege THEN NULL; END $$;";

/// Sets how long SQLite waits for a lock.
pub(crate) fn set_patience(connection: &mut AnyConnection, patience: Duration) -> Result<(), OpenError> {
    if let AnyConnection::Sqlite(c) = connection {
        c.batch_execute(&format!("PRAGMA busy_timeout = {}", patience.as_millis()))?;
    }
    Ok(())
}

/// Puts a SQLite database into WAL mode, where it stays. To change the mode SQLite goes from reading to writing, for which
/// it never waits; others that open a new file do the same, so it is asked again until `patience` ends.
pub(crate) fn write_ahead(connection: &mut AnyConnection, patience: Duration) -> Result<(), OpenError> {
    let AnyConnection::Sqlite(connection) = connection else {
        return Ok(());
    };
    let since = Instant::now();
    let waits = ConstantBuilder::default().with_delay(TURN).without_max_times();
    let ask = || -> Result<String, StoreError> {
        Ok(sql::<Text>("PRAGMA journal_mode = WAL").get_result(&mut *connection)?)
    };
    let again = |error: &StoreError| error.is_busy() && since.elapsed() < patience;
    match ask.retry(waits).when(again).call()?.as_str() {
        "wal" | "memory" => Ok(()),
        other => Err(StoreError::other(format!("journal_mode: {other:?}; expected \"wal\"")).into()),
    }
}

/// How long one attempt to write to SQLite waits; [`Store::write`] makes as many as patience allows.
const TURN: Duration = Duration::from_millis(5);

/// Makes connections for a pool, and tells which are broken.
#[derive(Debug)]
pub(crate) struct Maker {
    address: Address,
    access: Access,
    patience: Duration,
}

impl ManageConnection for Maker {
    type Connection = AnyConnection;
    type Error = OpenError;

    fn connect(&self) -> Result<AnyConnection, OpenError> {
        let mut connection = connect(&self.address, self.access, self.patience)?;
        if self.access == Access::Write {
            set_patience(&mut connection, TURN)?;
        }
        Ok(connection)
    }

    fn is_valid(&self, connection: &mut AnyConnection) -> Result<(), OpenError> {
        Ok(connection.ping()?)
    }

    fn has_broken(&self, connection: &mut AnyConnection) -> bool {
        std::thread::panicking() || connection.is_broken()
    }
}

/// Whether a transaction was begun.
pub(crate) type Begun = Result<(), StoreError>;

/// A connection that goes back to its pool, before the next has its turn.
pub(crate) struct Pooled<'q> {
    connection: PooledConnection<Maker>,
    _turn: Turn<'q>,
}

impl Deref for Pooled<'_> {
    type Target = AnyConnection;

    fn deref(&self) -> &AnyConnection {
        &self.connection
    }
}

impl DerefMut for Pooled<'_> {
    fn deref_mut(&mut self) -> &mut AnyConnection {
        &mut self.connection
    }
}

/// A pool, and those who wait for a connection of it.
#[derive(Clone)]
struct Line {
    pool: Pool<Maker>,
    queue: Arc<Queue>,
}

impl Line {
    /// Begins a transaction on a connection. The pool alone would give one to whoever comes by when it is given back.
    ///
    /// A server may have gone away since the last use. BEGIN finds that out as well as a ping before it would, and
    /// nothing is done yet, so another connection is as good.
    fn begin(
        &self,
        patience: Duration,
        begin: impl Fn(&mut AnyConnection) -> Begun,
    ) -> Result<Pooled<'_>, StoreError> {
        let turn = self.queue.wait(patience).ok_or_else(StoreError::crowded)?;
        let mut stale = self.pool.max_size();
        loop {
            let mut connection = self.pool.get().map_err(StoreError::from_pool)?;
            match begin(&mut connection) {
                Err(_) if stale > 0 && connection.is_broken() => stale -= 1,
                begun => {
                    return begun.map(|()| Pooled {
                        connection,
                        _turn: turn,
                    });
                }
            }
        }
    }
}

/// The connections to one database: on SQLite one that writes and some that read; on PostgreSQL one pool for both.
pub(crate) struct Store {
    pub(crate) address: Address,
    readers: Line,
    writers: Line,
    /// How long to wait for a connection, or for the write lock.
    pub(crate) patience: Duration,
    /// What hashes are made with.
    pub(crate) secret: String,
    /// Keeps a database in memory alive while the pools have no connection.
    _anchor: Option<Mutex<AnyConnection>>,
}

impl Store {
    pub(crate) fn new(address: Address, connections: u32, patience: Duration) -> Result<Self, OpenError> {
        let threads = Arc::new(
            ScheduledThreadPool::builder()
                .num_threads(1)
                .thread_name_pattern("gym-db-{}")
                .build(),
        );
        let line = |access, size: u32| Line {
            queue: Arc::new(Queue::new(size)),
            pool: Pool::builder()
                .max_size(size.max(1))
                .min_idle(Some(0))
                .connection_timeout(patience)
                .test_on_check_out(false)
                .thread_pool(threads.clone())
                .build_unchecked(Maker {
                    address: address.clone(),
                    access,
                    patience,
                }),
        };
        let (readers, writers) = match address {
            Address::Postgres(_) => {
                let both = line(Access::Write, connections);
                (both.clone(), both)
            }
            Address::File(_) | Address::Memory(_) => {
                (line(Access::Read, connections), line(Access::Write, 1))
            }
        };
        let anchor = match address {
            Address::Memory(_) => Some(Mutex::new(connect(&address, Access::Write, patience)?)),
            _ => None,
        };
        Ok(Self {
            address,
            readers,
            writers,
            patience,
            secret: String::new(),
            _anchor: anchor,
        })
    }

    /// Begins a transaction on a connection that reads.
    pub(crate) fn reader(
        &self,
        begin: impl Fn(&mut AnyConnection) -> Begun,
    ) -> Result<Pooled<'_>, StoreError> {
        self.readers.begin(self.patience, begin)
    }

    /// Begins a transaction on a connection that writes.
    pub(crate) fn writer(
        &self,
        begin: impl Fn(&mut AnyConnection) -> Begun,
    ) -> Result<Pooled<'_>, StoreError> {
        self.writers.begin(self.patience, begin)
    }
}

#[cfg(test)]
mod tests {
    use chrono::{NaiveDate, NaiveDateTime, TimeDelta};
    use diesel::prelude::*;

    use super::*;
    use crate::schema::{claims, scheduled_blocks};
    use crate::support::both;
    use crate::{Guard, Gym};

    fn claim(gym: &Gym, start: NaiveDateTime) -> Result<usize, StoreError> {
        let end = start + TimeDelta::minutes(45);
        gym.store.write(|c| {
            let row = (
                claims::resource_kind.eq("trainer"),
                claims::resource_id.eq(7),
                claims::owner_kind.eq("class"),
                claims::owner_id.eq(3),
                (claims::block_start.eq(start), claims::block_end.eq(end)),
                (claims::starts_at.eq(start), claims::ends_at.eq(end)),
                claims::state.eq("live"),
            );
            Ok(diesel::insert_into(claims::table).values(row).execute(c)?)
        })
    }

    #[test]
    fn whole_seconds_are_written_in_the_one_form_and_others_are_refused() {
        both(|db| {
            let gym = Gym::open(&db.url).unwrap();
            let start = NaiveDate::from_ymd_opt(2026, 3, 29)
                .unwrap()
                .and_hms_opt(1, 0, 5)
                .unwrap();
            assert_eq!(claim(&gym, start).unwrap(), 1);
            let fraction = start + TimeDelta::hours(3) + TimeDelta::microseconds(1);
            assert_eq!(
                claim(&gym, fraction).unwrap_err().guard(),
                Some(Guard::ClaimsTimes)
            );
            let block: (i64, NaiveDateTime, String, NaiveDateTime, String, i64) =
                gym.store.read(|c| Ok(scheduled_blocks::table.first(c)?)).unwrap();
            let end = start + TimeDelta::minutes(45);
            assert_eq!(
                block,
                (
                    7,
                    start,
                    "2026-03-29 01:00:05".to_owned(),
                    end,
                    "class".to_owned(),
                    3
                )
            );
        });
    }

    #[test]
    fn every_connection_to_sqlite_is_safe() {
        let db = crate::support::Db::sqlite();
        let gym = Gym::open(&db.url).unwrap();
        let ask = |c: &mut AnyConnection, name: &str| -> QueryResult<String> {
            let query = format!("SELECT CAST({name} AS TEXT) FROM pragma_{name}");
            sql::<Text>(&query).get_result(c)
        };
        let wanted = [
            ("journal_mode", "wal"),
            ("foreign_keys", "1"),
            ("synchronous", "2"),
            ("trusted_schema", "0"),
        ];
        for (name, value) in wanted {
            assert_eq!(gym.store.write(|c| Ok(ask(c, name)?)).unwrap(), value, "{name}");
            assert_eq!(gym.store.read(|c| Ok(ask(c, name)?)).unwrap(), value, "{name}");
        }
    }
}
