//! Transactions: every write goes through one [`write`](Store::write), every read through one
//! [`read`](Store::read).

use std::time::{Duration, Instant};

use backon::{BlockingRetryable, ExponentialBuilder};
use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::{Connection, QueryResult};

use crate::connection::{AnyConnection, Begun, Store};
use crate::error::StoreError;

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
        AnyConnection::Sqlite(c) => AnsiTransactionManager::begin_transaction_sql(c, "BEGIN IMMEDIATE"),
    }?)
}

fn begin_read(connection: &mut AnyConnection) -> Begun {
    Ok(match connection {
        AnyConnection::Postgres(c) => AnsiTransactionManager::begin_transaction_sql(
            c,
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        ),
        AnyConnection::Sqlite(c) => AnsiTransactionManager::begin_transaction_sql(c, "BEGIN DEFERRED"),
    }?)
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
    let AnyConnection::Postgres(c) = connection else {
        return Manager::commit_transaction(connection);
    };
    c.batch_execute("SET CONSTRAINTS ALL IMMEDIATE; COMMIT")
        .inspect_err(|_| {
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
mod tests {
    use std::cell::Cell;
    use std::sync::Barrier;

    use diesel::prelude::*;

    use super::*;
    use crate::Gym;
    use crate::connection::on_backend;
    use crate::schema::idempotency_keys as keys;
    use crate::support::{Backend, Db, both};

    fn put(connection: &mut AnyConnection, key: &str) -> Result<(), StoreError> {
        let row = (
            keys::key.eq(key),
            keys::body_hash.eq("0".repeat(64)),
            keys::created_at.eq(at()),
        );
        diesel::insert_into(keys::table).values(row).execute(connection)?;
        Ok(())
    }

    fn at() -> chrono::NaiveDateTime {
        chrono::NaiveDate::from_ymd_opt(2026, 3, 1)
            .unwrap()
            .and_hms_opt(18, 0, 0)
            .unwrap()
    }

    fn found(gym: &Gym) -> Vec<String> {
        let query = |c: &mut AnyConnection| Ok(keys::table.select(keys::key).order(keys::key).load(c)?);
        gym.store.read(query).unwrap()
    }

    fn each(test: impl Fn(&Db, &Gym)) {
        both(|db| test(db, &Gym::open(&db.url).unwrap()));
    }

    #[test]
    fn ok_commits_and_err_rolls_back() {
        each(|_, gym| {
            gym.store.write(|c| put(c, "kept")).unwrap();
            let failed = gym.store.write(|c| {
                put(c, "gone")?;
                Err::<(), _>(StoreError::other("no"))
            });
            assert!(failed.is_err());
            assert_eq!(found(gym), ["kept"]);
        });
    }

    #[test]
    fn a_savepoint_rolls_back_alone() {
        each(|_, gym| {
            gym.store
                .write(|c| {
                    put(c, "outer")?;
                    let inner = c.transaction(|c| {
                        put(c, "inner")?;
                        put(c, "outer")
                    });
                    assert_eq!(inner.unwrap_err().guard(), Some(crate::Guard::IdempotencyKey));
                    c.transaction(|c| put(c, "second"))
                })
                .unwrap();
            assert_eq!(found(gym), ["outer", "second"]);
        });
    }

    #[test]
    fn a_panic_rolls_back_and_the_next_write_works() {
        each(|_, gym| {
            let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                gym.store.write(|c| {
                    put(c, "gone")?;
                    panic!("on purpose");
                    #[allow(unreachable_code)]
                    Ok(())
                })
            }));
            assert!(panicked.is_err());
            gym.store.write(|c| put(c, "kept")).unwrap();
            assert_eq!(found(gym), ["kept"]);
        });
    }

    #[test]
    fn an_error_that_is_swallowed_never_commits_half() {
        let gym_db = Db::postgres();
        let gym = Gym::open(&gym_db.url).unwrap();
        let swallowed = gym.store.write(|c| {
            put(c, "one")?;
            let _ = put(c, "one");
            Ok(())
        });
        assert!(swallowed.is_err(), "PostgreSQL has rolled back, and says so");
        assert!(found(&gym).is_empty());
        gym.store.write(|c| put(c, "two")).unwrap();
    }

    #[test]
    fn a_read_cannot_write() {
        each(|_, gym| {
            let error = gym.store.read(|c| put(c, "x")).unwrap_err();
            assert!(error.is_read_only(), "{error}");
            gym.store.write(|c| put(c, "y")).unwrap();
            assert_eq!(found(gym), ["y"]);
        });
    }

    #[test]
    fn a_read_sees_one_moment() {
        each(|_, gym| {
            let count = |c: &mut AnyConnection| keys::table.count().get_result::<i64>(c);
            let (before, after) = gym
                .store
                .read(|c| {
                    let before = count(c)?;
                    gym.store.write(|c| put(c, "new"))?;
                    Ok((before, count(c)?))
                })
                .unwrap();
            assert_eq!((before, after), (0, 0));
            assert_eq!(found(gym), ["new"]);
        });
    }

    #[test]
    fn on_conflict_and_batches_work_on_both() {
        each(|_, gym| {
            let row = |key: &str| {
                let hash = "0".repeat(64);
                (
                    keys::key.eq(key.to_owned()),
                    keys::body_hash.eq(hash),
                    keys::created_at.eq(at()),
                )
            };
            let counts = gym.store.write(|c| {
                Ok([vec![row("a"), row("b")], vec![row("b"), row("c")]].map(|rows| {
                    on_backend!(c, |c| {
                        let insert = diesel::insert_into(keys::table).values(rows);
                        insert.on_conflict_do_nothing().execute(c).unwrap()
                    })
                }))
            });
            assert_eq!(counts.unwrap(), [2, 1]);
        });
    }

    /// Two stores on one database stand for two processes; each write reads first, which must not cost it its turn.
    #[test]
    fn writers_wait_for_each_other() {
        each(|db, gym| {
            let other = Gym::open(&db.url).unwrap();
            let together = Barrier::new(8);
            let count = |c: &mut AnyConnection| keys::table.count().get_result::<i64>(c);
            std::thread::scope(|scope| {
                for n in 0..8 {
                    let gym = if n % 2 == 0 { gym.clone() } else { other.clone() };
                    let together = &together;
                    scope.spawn(move || {
                        together.wait();
                        for m in 0..10 {
                            gym.store
                                .write(|c| {
                                    count(c)
                                        .map(drop)
                                        .map_err(Into::into)
                                        .and_then(|()| put(c, &format!("{n}-{m}")))
                                })
                                .unwrap();
                        }
                    });
                }
            });
            assert_eq!(found(gym).len(), 80);
        });
    }

    #[test]
    fn a_conflict_runs_the_body_again_and_no_more_than_five_times() {
        let db = Db::postgres();
        let gym = Gym::open(&db.url).unwrap();
        for state in ["40001", "40P01"] {
            let sentence = if state == "40P01" {
                "deadlock detected"
            } else {
                "could not serialize access"
            };
            let conflict =
                format!("DO $$ BEGIN RAISE EXCEPTION '{sentence}' USING ERRCODE = '{state}'; END $$");
            let runs = Cell::new(0);
            let run = |until: usize| {
                runs.set(0);
                gym.store.write(|c| {
                    runs.set(runs.get() + 1);
                    put(c, &format!("{state}-{until}"))?;
                    if runs.get() < until {
                        diesel::sql_query(&conflict).execute(c)?;
                    }
                    Ok(())
                })
            };
            run(3).unwrap();
            assert_eq!(runs.get(), 3);
            assert!(run(99).unwrap_err().is_conflict());
            assert_eq!(runs.get(), TRIES);
        }
        assert_eq!(found(&gym), ["40001-3", "40P01-3"]);
    }

    #[test]
    fn a_deadlock_of_two_resolves() {
        let db = Db::postgres();
        let gym = Gym::open(&db.url).unwrap();
        gym.store
            .write(|c| put(c, "a").and_then(|()| put(c, "b")))
            .unwrap();
        let together = Barrier::new(2);
        std::thread::scope(|scope| {
            for pair in [["a", "b"], ["b", "a"]] {
                let (gym, together) = (&gym, &together);
                scope.spawn(move || {
                    let first = Cell::new(true);
                    gym.store
                        .write(|c| {
                            for key in pair {
                                let row = keys::table.filter(keys::key.eq(key));
                                diesel::update(row)
                                    .set(keys::body_hash.eq("1".repeat(64)))
                                    .execute(c)?;
                                if first.replace(false) {
                                    together.wait();
                                }
                            }
                            Ok(())
                        })
                        .unwrap();
                });
            }
        });
    }

    #[test]
    fn another_process_that_writes_makes_us_busy_not_wrong() {
        each(|db, _| {
            let options = crate::Options {
                patience: Duration::from_millis(50),
                ..Default::default()
            };
            let gym = Gym::open_with(&db.url, &options).unwrap();
            let mut other = db.raw();
            let lock = match db.backend {
                Backend::Sqlite => "BEGIN IMMEDIATE",
                Backend::Postgres => "BEGIN; LOCK TABLE idempotency_keys IN EXCLUSIVE MODE",
            };
            other.batch(lock).unwrap();
            let error = gym.store.write(|c| put(c, "x")).unwrap_err();
            assert!(error.is_busy(), "{error}");
            other.batch("ROLLBACK").unwrap();
            gym.store.write(|c| put(c, "x")).unwrap();
        });
    }

    #[test]
    fn a_lost_connection_is_told_and_replaced() {
        let db = Db::postgres();
        let gym = Gym::open(&db.url).unwrap();
        let kill = "SELECT CAST(pg_terminate_backend(pid) AS TEXT) FROM pg_stat_activity \
                    WHERE datname = current_database() AND pid <> pg_backend_pid()";
        let error = gym
            .store
            .write(|c| {
                put(c, "gone")?;
                db.raw().texts(kill);
                put(c, "gone too")
            })
            .unwrap_err();
        assert!(error.is_lost(), "{error}");
        gym.store.write(|c| put(c, "kept")).unwrap();
        db.raw().texts(kill);
        gym.store.write(|c| put(c, "idle")).unwrap();
        assert_eq!(found(&gym), ["idle", "kept"]);
    }

    #[test]
    fn a_full_disk_is_told_and_nothing_is_half_done() {
        let db = Db::sqlite();
        let gym = Gym::open(&db.url).unwrap();
        gym.store.write(|c| put(c, "before")).unwrap();
        let error = gym
            .store
            .write(|c| {
                diesel::sql_query("PRAGMA max_page_count = 1").execute(c)?;
                (0..10_000).try_for_each(|n| put(c, &format!("{n}")))
            })
            .unwrap_err();
        assert!(error.is_full(), "{error}");
        assert_eq!(found(&gym), ["before"]);
    }
}
