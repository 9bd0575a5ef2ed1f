//! Migrations: what a database holds, and how it gets the tables that this release needs.

use std::collections::BTreeSet;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::migration::{Migration, MigrationSource};
use diesel::sql_types::{BigInt, Bool, Nullable, Text};
use diesel::{QueryDsl, QueryResult, RunQueryDsl};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::address::Address;
use crate::connection::{Access, AnyConnection, MultiBackend, connect, set_patience, write_ahead};
use crate::error::StoreError;
use crate::open_error::OpenError;
use crate::schema::secrets;
use crate::transaction::write_on;

const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");
const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");

/// What `PRAGMA application_id` of a club's file says: `GYM1`.
const APPLICATION_ID: i64 = 1_196_248_369;

/// Serialises the set-up of one PostgreSQL schema.
const SET_UP_LOCK: &str = "SELECT pg_advisory_xact_lock(1196248369, hashtext(current_schema()))";

/// Whether opening may change the tables.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Migrate {
    /// Opens only what is up to date.
    Never,
    /// Sets up an empty database; opens others only if they are up to date.
    #[default]
    WhenEmpty,
    /// Sets up an empty database, and brings an older one up to date.
    Always,
}

/// What a database holds.
#[derive(Debug, PartialEq, Eq)]
enum Contents {
    Empty,
    Foreign(String),
    Club { applied: BTreeSet<String> },
}

/// Looks at the database; writes nothing unless it is ours, or empty and `migrate` allows to set it up. Returns the
/// secret that its hashes are made with.
pub(crate) fn prepare(address: &Address, migrate: Migrate, patience: Duration) -> Result<String, OpenError> {
    check_path(address, migrate)?;
    let mut connection =
        connect(address, Access::Inspect, patience).map_err(|error| no_database(address, error))?;
    check_library(&mut connection)?;
    let contents = inspect(address, &mut connection).map_err(|error| no_database(address, error))?;
    let shown = || address.to_string();
    match (pending(address, &connection, contents)?, migrate) {
        (Pending::Nothing, _) => check_writable(address, &mut connection, patience)?,
        (Pending::Everything, Migrate::Never) => return Err(OpenError::Empty { address: shown() }),
        (Pending::Some(pending), Migrate::Never | Migrate::WhenEmpty) => {
            return Err(OpenError::Older {
                address: shown(),
                pending,
            });
        }
        (Pending::Everything, _) | (Pending::Some(_), Migrate::Always) => {
            run_pending(&mut connection).map_err(|error| read_only(address, error))?;
        }
    }
    write_ahead(&mut connection, patience)?;
    let secret = secrets::table.find("journal").select(secrets::value);
    Ok(secret.first(&mut connection)?)
}

fn read_only(address: &Address, error: StoreError) -> OpenError {
    if error.is_read_only() {
        OpenError::ReadOnly {
            address: address.to_string(),
        }
    } else {
        error.into()
    }
}

enum Pending {
    Nothing,
    Some(usize),
    Everything,
}

/// Asks the file system, never the file: to open and close it here would drop SQLite's locks of this process.
fn check_path(address: &Address, migrate: Migrate) -> Result<(), OpenError> {
    let Some(path) = address.path() else { return Ok(()) };
    let shown = || address.to_string();
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    match path.metadata() {
        Ok(found) if !found.is_file() => Err(OpenError::NotAFile {
            path: path.to_owned(),
        }),
        Ok(found) if found.permissions().readonly() => Err(OpenError::ReadOnly { address: shown() }),
        Ok(_) => Ok(()),
        Err(_) => match folder.map(|folder| folder.metadata()) {
            Some(Ok(folder)) if folder.permissions().readonly() => {
                Err(OpenError::ReadOnly { address: shown() })
            }
            Some(Err(_)) => Err(OpenError::NoFolder {
                path: path.to_owned(),
            }),
            _ if migrate == Migrate::Never => Err(OpenError::Empty { address: shown() }),
            _ => Ok(()),
        },
    }
}

fn check_library(connection: &mut AnyConnection) -> Result<(), OpenError> {
    let AnyConnection::Sqlite(connection) = connection else {
        return Ok(());
    };
    let found: String = sql::<Text>("SELECT sqlite_version()").get_result(connection)?;
    if is_safe(&found) {
        Ok(())
    } else {
        Err(OpenError::OldSqlite { found })
    }
}

fn is_safe(version: &str) -> bool {
    let parts: Vec<u32> = version.split('.').map_while(|part| part.parse().ok()).collect();
    parts.as_slice() >= [3, 51, 3].as_slice()
}

/// A right to read is not one to write: takes the write lock once, and changes nothing. SQLite asks for the right
/// before the lock, so who finds the lock taken may write, and need not wait for those who do.
fn check_writable(
    address: &Address,
    connection: &mut AnyConnection,
    patience: Duration,
) -> Result<(), OpenError> {
    set_patience(connection, Duration::ZERO)?;
    let outcome = write_on(connection, |_| Ok(()));
    set_patience(connection, patience)?;
    match outcome {
        Err(error) if error.is_busy() => Ok(()),
        outcome => outcome.map_err(|error| read_only(address, error)),
    }
}

fn inspect(address: &Address, connection: &mut AnyConnection) -> Result<Contents, OpenError> {
    let found = match connection {
        AnyConnection::Sqlite(_) => look(
            connection,
            &format!("SELECT application_id = {APPLICATION_ID} FROM pragma_application_id"),
            "SELECT (SELECT application_id <> 0 FROM pragma_application_id) + (SELECT count(*) FROM sqlite_schema)",
            "SELECT coalesce((SELECT type || ' ' || name FROM sqlite_schema WHERE type = 'table' LIMIT 1), \
             'another program''s mark')",
        ),
        AnyConnection::Postgres(c) => {
            let schema: Option<String> =
                sql::<Nullable<Text>>("SELECT current_schema()::text").get_result(c)?;
            if schema.is_none() {
                return Err(OpenError::NoSchema {
                    address: address.to_string(),
                });
            }
            look(
                connection,
                "SELECT coalesce(obj_description(to_regclass(quote_ident(current_schema()) || '.journal'), \
                 'pg_class') = 'gym-db', false)",
                &format!("SELECT count(*) FROM {RELATIONS}"),
                &format!("SELECT 'table ' || min(r.relname) FROM {RELATIONS}"),
            )
        }
    };
    Ok(found?)
}

fn no_database(address: &Address, error: OpenError) -> OpenError {
    match error {
        OpenError::Store(error) if error.is_corrupt() => OpenError::Foreign {
            address: address.to_string(),
            found: "no SQLite database".to_owned(),
        },
        OpenError::Store(error) if lacks_log(address, &error) => OpenError::ReadOnly {
            address: address.to_string(),
        },
        OpenError::Store(error) => read_only(address, error),
        error => error,
    }
}

/// Whether a file that was opened cannot be read, because its write-ahead log cannot be made in a read-only folder.
fn lacks_log(address: &Address, error: &StoreError) -> bool {
    address.path().is_some() && error.to_string().contains("unable to open database file")
}

/// What is in the first schema of the search path and is of no extension.
const RELATIONS: &str = "pg_class r WHERE r.relnamespace = (SELECT oid FROM pg_namespace \
     WHERE nspname = current_schema()) AND r.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT EXISTS \
     (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = r.oid AND d.deptype = 'e')";

fn look(connection: &mut AnyConnection, ours: &str, count: &str, example: &str) -> QueryResult<Contents> {
    if sql::<Bool>(ours).get_result::<bool>(connection)? {
        let applied = "SELECT version FROM __diesel_schema_migrations";
        let applied: Vec<String> = sql::<Text>(applied).load(connection)?;
        return Ok(Contents::Club {
            applied: applied.into_iter().collect(),
        });
    }
    if sql::<BigInt>(count).get_result::<i64>(connection)? == 0 {
        return Ok(Contents::Empty);
    }
    Ok(Contents::Foreign(sql::<Text>(example).get_result(connection)?))
}

fn pending(address: &Address, connection: &AnyConnection, contents: Contents) -> Result<Pending, OpenError> {
    let shown = || address.to_string();
    let applied = match contents {
        Contents::Empty => return Ok(Pending::Everything),
        Contents::Foreign(found) => {
            return Err(OpenError::Foreign {
                address: shown(),
                found,
            });
        }
        Contents::Club { applied } => applied,
    };
    let known = known(connection)?;
    match applied.difference(&known).next() {
        Some(found) => Err(OpenError::Newer {
            address: shown(),
            found: found.clone(),
        }),
        None => Ok(match known.difference(&applied).count() {
            0 => Pending::Nothing,
            pending => Pending::Some(pending),
        }),
    }
}

fn source(connection: &AnyConnection) -> EmbeddedMigrations {
    match connection {
        AnyConnection::Postgres(_) => POSTGRES,
        AnyConnection::Sqlite(_) => SQLITE,
    }
}

fn known(connection: &AnyConnection) -> Result<BTreeSet<String>, StoreError> {
    let all: Vec<Box<dyn Migration<MultiBackend>>> =
        source(connection).migrations().map_err(StoreError::other)?;
    Ok(all
        .iter()
        .map(|migration| migration.name().version().to_string())
        .collect())
}

/// Runs all that is pending in one transaction, so that a failure leaves what was there; waits for another process
/// that does the same, and then finds nothing to do.
fn run_pending(connection: &mut AnyConnection) -> Result<(), StoreError> {
    write_on(connection, |connection| {
        if let AnyConnection::Postgres(c) = connection {
            c.batch_execute(SET_UP_LOCK)?;
        }
        let source = source(connection);
        connection
            .run_pending_migrations(source)
            .map_err(StoreError::from_migration)?;
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use diesel::result::{DatabaseErrorKind, Error as DieselError};

    use super::*;
    use crate::support::Db;

    const PATIENCE: Duration = Duration::from_secs(60);

    fn inspector(db: &Db) -> (Address, AnyConnection) {
        let address = Address::parse(&db.url).unwrap();
        let connection = connect(&address, Access::Inspect, PATIENCE).unwrap();
        (address, connection)
    }

    /// What the next who opens it finds.
    fn left(db: &Db) -> Contents {
        let (address, mut connection) = inspector(db);
        inspect(&address, &mut connection).unwrap()
    }

    #[test]
    fn a_file_whose_folder_is_read_only_is_named_so() {
        let address = Address::parse("sqlite://some/club.db").unwrap();
        let of = |text: &str| {
            let info = Box::new(text.to_owned());
            let error = DieselError::DatabaseError(DatabaseErrorKind::Unknown, info);
            no_database(&address, error.into())
        };
        for text in [
            "attempt to write a readonly database",
            "unable to open database file",
        ] {
            let error = of(text);
            assert!(matches!(error, OpenError::ReadOnly { .. }), "{error:?}");
            assert!(error.to_string().contains("some/club.db"), "{error}");
        }
        assert!(matches!(of("file is not a database"), OpenError::Foreign { .. }));
        assert!(matches!(of("database is locked"), OpenError::Store(error) if error.is_busy()));
    }

    #[test]
    fn a_disk_that_is_full_half_way_leaves_the_file_empty() {
        let db = Db::sqlite();
        let (_, mut connection) = inspector(&db);
        connection.batch_execute("PRAGMA max_page_count = 40").unwrap();
        let error = run_pending(&mut connection).unwrap_err();
        assert!(error.is_full(), "{error}");
        assert_eq!(left(&db), Contents::Empty);
        drop(connection);
        crate::Gym::open(&db.url).unwrap();
    }

    #[test]
    fn a_connection_that_is_lost_half_way_leaves_the_database_empty() {
        let db = Db::postgres();
        let (_, mut connection) = inspector(&db);
        let id = sql::<BigInt>("SELECT CAST(pg_backend_pid() AS BIGINT)").get_result::<i64>(&mut connection);
        // It comes to the table that another is making, and waits.
        let mut other = db.raw();
        other.batch("BEGIN; CREATE TABLE invoices (id BIGINT)").unwrap();
        let kill = format!(
            "SELECT CAST(pg_terminate_backend(pid) AS TEXT) FROM pg_stat_activity \
             WHERE pid = {} AND wait_event_type = 'Lock'",
            id.unwrap()
        );
        let error = std::thread::scope(|scope| {
            let opener = scope.spawn(|| run_pending(&mut connection));
            let mut killer = db.raw();
            while !opener.is_finished() && killer.texts(&kill).is_empty() {
                std::thread::yield_now();
            }
            opener.join().unwrap().unwrap_err()
        });
        assert!(error.is_lost(), "{error}");
        other.batch("ROLLBACK").unwrap();
        assert_eq!(left(&db), Contents::Empty);
        crate::Gym::open(&db.url).unwrap();
    }

    #[test]
    fn both_databases_have_the_same_migrations() {
        let names = |source: EmbeddedMigrations| -> Vec<String> {
            let all: Vec<Box<dyn Migration<MultiBackend>>> = source.migrations().unwrap();
            all.iter().map(|migration| migration.name().to_string()).collect()
        };
        assert_eq!(names(SQLITE), names(POSTGRES));
        assert!(!names(SQLITE).is_empty());
    }

    #[test]
    fn a_sqlite_that_can_corrupt_its_log_is_refused() {
        for (version, safe) in [
            ("3.51.3", true),
            ("3.51.2", false),
            ("3.40.1", false),
            ("3.53.0", true),
            ("4.0", true),
            ("?", false),
        ] {
            assert_eq!(is_safe(version), safe, "{version}");
        }
    }
}
