//! A fresh database for each test, on SQLite and on PostgreSQL.
//!
//! ```ignore
//! both(|db| {
//!     let gym = Gym::open(&db.url).unwrap();
//!     db.raw().run("DELETE FROM journal").unwrap_err();
//! });
//! ```

#![allow(dead_code, unused_imports, clippy::unwrap_used, missing_docs)]

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::sql_types::Text;
use diesel::{Connection, PgConnection, QueryResult, RunQueryDsl, SqliteConnection};

#[path = "../../../gym-core/tests/it/support/soak.rs"]
pub mod soak;
pub use soak::times;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    Sqlite,
    Postgres,
}

/// An empty database, which is gone when this is dropped.
pub struct Db {
    pub url: String,
    pub backend: Backend,
    folder: Option<tempfile::TempDir>,
}

/// Runs a test on an empty database of each kind.
pub fn both(test: impl Fn(&Db)) {
    for db in [Db::sqlite(), Db::postgres()] {
        eprintln!("on {:?}", db.backend);
        test(&db);
    }
}

impl Db {
    pub fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("club.db").display());
        Self {
            url,
            backend: Backend::Sqlite,
            folder: Some(folder),
        }
    }

    pub fn postgres() -> Self {
        Self::postgres_like("template0")
    }

    /// Copies a database that nobody has open.
    pub fn copy(&self) -> Self {
        if !self.is_sqlite() {
            return Self::postgres_like(split(&self.url).1);
        }
        let copy = Self::sqlite();
        std::fs::copy(self.path(), copy.path()).unwrap();
        let log = |db: &Self| db.path().with_extension("db-wal");
        if log(self).exists() {
            std::fs::copy(log(self), log(&copy)).unwrap();
        }
        copy
    }

    fn postgres_like(template: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(1);
        let name = format!(
            "gym_test_{}_{}",
            std::process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        );
        admin(&format!("DROP DATABASE IF EXISTS {name}"));
        admin(&format!("CREATE DATABASE {name} TEMPLATE {template}"));
        Self {
            url: with_name(&server(), &name),
            backend: Backend::Postgres,
            folder: None,
        }
    }

    /// Opens a connection that goes around the library.
    pub fn raw(&self) -> Raw {
        raw(&self.url)
    }

    /// Returns the file of a SQLite database.
    pub fn path(&self) -> PathBuf {
        PathBuf::from(self.url.strip_prefix("sqlite://").unwrap())
    }

    pub fn is_sqlite(&self) -> bool {
        self.backend == Backend::Sqlite
    }
}

impl Drop for Db {
    fn drop(&mut self) {
        if self.folder.is_none() {
            let (_, name, _) = split(&self.url);
            admin(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        }
    }
}

/// The URL of a server on which tests may make databases.
pub fn server() -> String {
    std::env::var("GYM_TEST_POSTGRES")
        .expect("GYM_TEST_POSTGRES is not set: run `make test`, or `make venv` once and then `tools/with-postgres cargo test`")
}

fn admin(command: &str) {
    PgConnection::establish(&server())
        .unwrap()
        .batch_execute(command)
        .unwrap();
}

/// Splits a URL into what is before the name of the database, the name, and the parameters.
fn split(url: &str) -> (&str, &str, &str) {
    let (address, parameters) = url.split_at(url.find('?').unwrap_or(url.len()));
    let start = address.find("://").unwrap() + 3;
    let slash = address[start..].find('/').map_or(address.len(), |at| start + at);
    (
        &address[..slash],
        address[slash..].trim_start_matches('/'),
        parameters,
    )
}

fn with_name(url: &str, name: &str) -> String {
    let (host, _, parameters) = split(url);
    format!("{host}/{name}{parameters}")
}

/// A connection that goes around the library.
pub enum Raw {
    Postgres(PgConnection),
    Sqlite(SqliteConnection),
}

pub fn raw(url: &str) -> Raw {
    match url.strip_prefix("sqlite://") {
        Some(path) => {
            let mut connection = SqliteConnection::establish(path).unwrap();
            connection.batch_execute("PRAGMA busy_timeout = 5000").unwrap();
            Raw::Sqlite(connection)
        }
        None => Raw::Postgres(PgConnection::establish(url).unwrap()),
    }
}

impl Raw {
    /// Runs one statement and returns the number of rows that it changed.
    pub fn run(&mut self, statement: &str) -> QueryResult<usize> {
        match self {
            Self::Postgres(c) => diesel::sql_query(statement).execute(c),
            Self::Sqlite(c) => diesel::sql_query(statement).execute(c),
        }
    }

    /// Runs several statements.
    pub fn batch(&mut self, statements: &str) -> QueryResult<()> {
        match self {
            Self::Postgres(c) => c.batch_execute(statements),
            Self::Sqlite(c) => c.batch_execute(statements),
        }
    }

    /// Returns the rows of a query with one column of text.
    pub fn texts(&mut self, query: &str) -> Vec<String> {
        match self {
            Self::Postgres(c) => sql::<Text>(query).load(c).unwrap(),
            Self::Sqlite(c) => sql::<Text>(query).load(c).unwrap(),
        }
    }

    /// Returns the one text of a query.
    pub fn text(&mut self, query: &str) -> String {
        let mut rows = self.texts(query);
        assert_eq!(rows.len(), 1, "{query}: {rows:?}");
        rows.remove(0)
    }

    pub fn count(&mut self, table: &str) -> u64 {
        self.text(&format!("SELECT CAST(count(*) AS TEXT) FROM {table}"))
            .parse()
            .unwrap()
    }
}
