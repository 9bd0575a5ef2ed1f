//! Transactions: every write goes through one [`write`](Store::write), every read through one
//! [`read`](Store::read).

use std::time::{Duration, Instant};

use backon::{BlockingRetryable, ExponentialBuilder};
use diesel::connection::{
    AnsiTransactionManager, SimpleConnection, TransactionDepthChange, TransactionManager,
    TransactionManagerStatus,
};
use diesel::query_builder::{QueryFragment, QueryId};
use diesel::sqlite::Sqlite;
use diesel::{Connection, QueryResult, RunQueryDsl, SqliteConnection};

use crate::connection::{AnyConnection, Begun, Store};
use crate::error::StoreError;
use crate::statement::{BeginDeferred, BeginImmediate, Commit};

type Manager = <AnyConnection as Connection>::TransactionManager;

/// How often a transaction that met another one is run, the first time included.
pub(crate) const TRIES: usize = 5;

impl Store {
    /// Runs `body` in a transaction that may write; commits on `Ok`, rolls back on `Err` and on a panic.
    ///
    /// On SQLite it holds the write lock from the start, and there is one writer per process. On PostgreSQL it is
    /// READ COMMITTED, and `body` runs again, up to five times, where PostgreSQL asks for that (40001, 40P01) or a
    /// command needs locks that it can only take from the start: it must do nothing but talk to the database.
    pub(crate) fn write<T>(
        &self,
        mut body: impl FnMut(&mut AnyConnection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let once = || run(&mut *self.writer(|c| self.begin_write(c))?, &mut body);
        let waits = ExponentialBuilder::default()
            .with_min_delay(Duration::from_millis(5))
            .with_max_delay(Duration::from_millis(200))
            .with_max_times(TRIES - 1)
            .with_jitter();
        once.retry(waits).when(StoreError::is_conflict).call()
    }

    /// Runs `body` on one consistent snapshot, which cannot be written.
    pub(crate) fn read<T>(
        &self,
        mut body: impl FnMut(&mut AnyConnection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        run(&mut *self.reader(begin_read)?, &mut body)
    }

    /// Begins to write. SQLite's own wait ends up asking for the lock only every 100 ms, and a process with much to
    /// write gives it back for a moment only: who shall have a turn has to ask often.
    fn begin_write(&self, connection: &mut AnyConnection) -> Begun {
        let since = Instant::now();
        loop {
            match begin_write(connection) {
                Err(error) if error.is_busy() && since.elapsed() < self.patience => {}
                outcome => return outcome,
            }
        }
    }
}

fn begin_write(connection: &mut AnyConnection) -> Begun {
    Ok(match connection {
        AnyConnection::Postgres(c) => AnsiTransactionManager::begin_transaction_sql(
            c,
            "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE",
        ),
        AnyConnection::Sqlite(c) => boundary(c, BeginImmediate, TransactionDepthChange::IncreaseDepth),
    }?)
}

fn begin_read(connection: &mut AnyConnection) -> Begun {
    Ok(match connection {
        AnyConnection::Postgres(c) => AnsiTransactionManager::begin_transaction_sql(
            c,
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        ),
        AnyConnection::Sqlite(c) => boundary(c, BeginDeferred, TransactionDepthChange::IncreaseDepth),
    }?)
}

/// Begins or ends a transaction on SQLite by a statement that is prepared once, and tells diesel, which would have SQLite
/// read the text anew each time.
fn boundary<S>(
    connection: &mut SqliteConnection,
    statement: S,
    change: TransactionDepthChange,
) -> QueryResult<()>
where
    S: QueryFragment<Sqlite> + QueryId + RunQueryDsl<SqliteConnection>,
{
    statement.execute(connection)?;
    match AnsiTransactionManager::transaction_manager_status_mut(connection) {
        TransactionManagerStatus::Valid(status) => status.change_transaction_depth(change),
        TransactionManagerStatus::InError => Err(diesel::result::Error::BrokenTransactionManager),
    }
}

/// Runs `body` in the transaction that was begun. A panic in `body` drops the connection in its transaction; the pool
/// closes such a one, which rolls back.
fn run<T>(
    connection: &mut AnyConnection,
    body: &mut impl FnMut(&mut AnyConnection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    match body(connection) {
        Ok(value) => {
            commit(connection)?;
            Ok(value)
        }
        Err(error) => {
            // Where this fails too, the pool closes the connection; the first error says why.
            let _ = Manager::rollback_transaction(connection);
            Err(error)
        }
    }
}

/// PostgreSQL answers COMMIT with success, and rolls back, where a statement failed and `body` took no notice. Such a
/// transaction refuses any other statement, so one goes before it in the same message; diesel learns from libpq that the
/// transaction is over.
fn commit(connection: &mut AnyConnection) -> QueryResult<()> {
    let committed = match connection {
        AnyConnection::Postgres(c) => c.batch_execute("SET CONSTRAINTS ALL IMMEDIATE; COMMIT"),
        AnyConnection::Sqlite(c) => boundary(c, Commit, TransactionDepthChange::DecreaseDepth),
    };
    committed.inspect_err(|_| {
        let _ = Manager::rollback_transaction(connection);
    })
}

/// Runs `body` in a write transaction on a connection that is of no pool.
pub(crate) fn write_on<T>(
    connection: &mut AnyConnection,
    mut body: impl FnMut(&mut AnyConnection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    begin_write(connection)?;
    run(connection, &mut body)
}

#[cfg(test)]
mod tests;
