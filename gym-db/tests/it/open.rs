//! Opening a club: good and bad URLs, and databases that are empty, older, newer, foreign or read-only.

use std::fs;

use gym_db::{Gym, Migrate, OpenError, Options};

use crate::support::{Db, both, server};

fn with(migrate: Migrate) -> Options {
    Options {
        migrate,
        ..Options::default()
    }
}

/// Checks that opening fails with these words, and that the database is as before.
#[track_caller]
fn check(db: &Db, migrate: Migrate, words: &str) -> OpenError {
    let before = contents(db);
    let error = Gym::open_with(&db.url, &with(migrate)).unwrap_err();
    assert!(error.to_string().contains(words), "{error}; expected {words:?}");
    assert_eq!(before, contents(db), "something was written");
    error
}

fn contents(db: &Db) -> Vec<String> {
    if db.is_sqlite() {
        let file = db.path();
        let folder = fs::read_dir(file.parent().unwrap()).unwrap();
        let mut seen: Vec<String> = folder
            .map(|entry| entry.unwrap().path().display().to_string())
            .collect();
        seen.retain(|name| !name.ends_with("-shm") && !name.ends_with("-wal"));
        seen.sort();
        seen.push(format!("{:?}", fs::read(&file).ok()));
        return seen;
    }
    db.raw()
        .texts("SELECT CAST(oid AS TEXT) || relname FROM pg_class WHERE oid >= 16384 ORDER BY oid")
}

/// How many migrations there are.
const MIGRATIONS: u64 = 8;

#[test]
fn a_url_of_no_database_is_named() {
    for (url, word) in [
        ("club.db", "no scheme"),
        ("", "no scheme"),
        ("mysql://localhost/club", "\"mysql\""),
        ("Sqlite://club.db", "\"Sqlite\""),
        ("sqlite://", "path"),
        ("sqlite://club.db?mode=ro", "club.db?mode=ro"),
    ] {
        let error = Gym::open(url).unwrap_err().to_string();
        assert!(error.contains(word), "{url}: {error}");
    }
}

#[cfg(not(any(feature = "postgres-tls", feature = "postgres-system")))]
#[test]
fn tls_without_its_feature_is_named() {
    let error = Gym::open("postgres://localhost/club?sslmode=verify-full").unwrap_err();
    assert!(
        matches!(&error, OpenError::TlsNotBuiltIn { sslmode } if sslmode == "verify-full"),
        "{error}"
    );
}

#[test]
fn opening_twice_finds_the_club_again() {
    both(|db| {
        for migrate in [Migrate::WhenEmpty, Migrate::Never, Migrate::Always] {
            drop(Gym::open_with(&db.url, &with(migrate)).unwrap());
            assert_eq!(db.raw().count("__diesel_schema_migrations"), MIGRATIONS);
        }
    });
}

#[test]
fn many_may_set_up_one_database_at_once() {
    both(|db| {
        let opened = std::thread::scope(|scope| {
            let openers: Vec<_> = (0..8)
                .map(|_| scope.spawn(|| Gym::open(&db.url).map(drop)))
                .collect();
            openers
                .into_iter()
                .map(|opener| opener.join().unwrap())
                .collect::<Vec<_>>()
        });
        for opened in opened {
            opened.unwrap();
        }
        assert_eq!(db.raw().count("__diesel_schema_migrations"), MIGRATIONS);
    });
}

#[test]
fn an_empty_database_stays_so_unless_asked() {
    both(|db| {
        let error = check(db, Migrate::Never, "empty");
        assert!(matches!(error, OpenError::Empty { .. }), "{error:?}");
    });
}

#[test]
fn a_newer_club_is_left_alone() {
    both(|db| {
        drop(Gym::open(&db.url).unwrap());
        db.raw()
            .run("INSERT INTO __diesel_schema_migrations (version) VALUES ('99990101')")
            .unwrap();
        for migrate in [Migrate::Never, Migrate::WhenEmpty, Migrate::Always] {
            let error = check(db, migrate, "99990101");
            assert!(matches!(error, OpenError::Newer { .. }), "{error:?}");
        }
    });
}

#[test]
fn an_older_club_is_changed_only_when_asked() {
    both(|db| {
        drop(Gym::open(&db.url).unwrap());
        db.raw().run("DELETE FROM __diesel_schema_migrations").unwrap();
        for migrate in [Migrate::Never, Migrate::WhenEmpty] {
            let error = check(db, migrate, "lacks 8 migration");
            assert!(matches!(error, OpenError::Older { pending: 8, .. }), "{error:?}");
        }
        check(db, Migrate::Always, "already exists");
    });
}

#[test]
fn a_database_of_others_is_left_alone() {
    both(|db| {
        db.raw()
            .batch("CREATE TABLE invoices (id INTEGER PRIMARY KEY); INSERT INTO invoices VALUES (1)")
            .unwrap();
        for migrate in [Migrate::Never, Migrate::WhenEmpty, Migrate::Always] {
            let error = check(db, migrate, "table invoices");
            assert!(matches!(error, OpenError::Foreign { .. }), "{error:?}");
        }
    });
}

#[test]
fn a_table_named_as_ours_does_not_make_it_ours() {
    both(|db| {
        db.raw().batch("CREATE TABLE journal (id INTEGER PRIMARY KEY); CREATE TABLE __diesel_schema_migrations (version TEXT)").unwrap();
        check(db, Migrate::Always, "not a club's database");
    });
}

#[test]
fn a_file_of_others_is_left_alone() {
    for (bytes, words) in [
        ("Dear diary, ".repeat(100), "no SQLite database"),
        ("short".to_owned(), "no SQLite database"),
    ] {
        let db = Db::sqlite();
        fs::write(db.path(), bytes).unwrap();
        check(&db, Migrate::Always, words);
    }
    let db = Db::sqlite();
    db.raw().batch("PRAGMA application_id = 7").unwrap();
    check(&db, Migrate::Always, "another program");
}

#[test]
fn a_folder_or_a_missing_folder_is_named() {
    let db = Db::sqlite();
    fs::create_dir(db.path()).unwrap();
    let error = Gym::open(&db.url).unwrap_err();
    assert!(matches!(error, OpenError::NotAFile { .. }), "{error:?}");
    let error = Gym::open(&format!("{}/deeper/club.db", db.url)).unwrap_err();
    assert!(matches!(error, OpenError::NoFolder { .. }), "{error:?}");
}

#[test]
fn a_file_or_folder_that_may_only_be_read_is_named() {
    let protect = |path: &std::path::Path, readonly: bool| {
        let mut permissions = path.metadata().unwrap().permissions();
        #[allow(clippy::permissions_set_readonly_false)]
        permissions.set_readonly(readonly);
        fs::set_permissions(path, permissions).unwrap();
    };
    let db = Db::sqlite();
    let folder = db.path().parent().unwrap().to_owned();
    protect(&folder, true);
    let error = check(&db, Migrate::Always, "read-only");
    assert!(matches!(error, OpenError::ReadOnly { .. }), "{error:?}");
    protect(&folder, false);
    drop(Gym::open(&db.url).unwrap());
    protect(&db.path(), true);
    check(&db, Migrate::Always, "read-only");
    protect(&db.path(), false);
    drop(Gym::open(&db.url).unwrap());
    protect(&folder, true);
    // Root may write where nobody may.
    let may_write = fs::write(folder.join("try"), "").is_ok();
    match Gym::open(&db.url) {
        Ok(_) => assert!(may_write),
        Err(OpenError::ReadOnly { address }) => assert!(!may_write && address.contains("club.db")),
        Err(error) => panic!("{error:?}"),
    }
    protect(&folder, false);
}

#[test]
fn a_server_that_is_not_there_is_named_without_secrets() {
    let error = Gym::open("postgres://ada:s3cret@/club?host=/nowhere&password=s3cret").unwrap_err();
    assert!(matches!(error, OpenError::Unreachable { .. }), "{error:?}");
    assert!(
        error.to_string().contains("/nowhere") && !format!("{error} {error:?}").contains("s3cret"),
        "{error}"
    );
}

#[test]
fn a_database_or_schema_that_is_not_there_is_named() {
    let db = Db::postgres();
    let error = Gym::open(&db.url.replace("gym_test", "no_such"))
        .unwrap_err()
        .to_string();
    assert!(error.contains("does not exist"), "{error}");
    let error = Gym::open(&format!("{}&options=-csearch_path%3Dnowhere", db.url)).unwrap_err();
    assert!(matches!(error, OpenError::NoSchema { .. }), "{error:?}");
    assert!(server().starts_with("postgres"));
}

#[test]
fn two_clubs_live_in_two_schemas_of_one_database() {
    let db = Db::postgres();
    let mut raw = db.raw();
    for club in ["north", "south"] {
        raw.batch(&format!("CREATE SCHEMA {club}")).unwrap();
        let separator = if db.url.contains('?') { '&' } else { '?' };
        let gym = Gym::open(&format!("{}{separator}options=-csearch_path%3D{club}", db.url)).unwrap();
        assert!(!gym.address().contains("search_path"));
        assert_eq!(raw.count(&format!("{club}.journal")), 0);
    }
}

#[test]
fn a_memory_is_of_its_own_and_shared_by_clones() {
    let gym = Gym::open("sqlite::memory:").unwrap();
    assert_eq!(gym.clone().address(), "sqlite::memory:");
    Gym::open("sqlite::memory:").unwrap();
}

#[test]
fn a_club_opens_while_somebody_else_writes() {
    both(|db| {
        drop(Gym::open(&db.url).unwrap());
        let mut other = db.raw();
        other
            .batch(match db.is_sqlite() {
                true => "BEGIN IMMEDIATE",
                false => "BEGIN; LOCK TABLE journal IN EXCLUSIVE MODE",
            })
            .unwrap();
        let gym = Gym::open(&db.url).unwrap();
        assert!(gym.journal(0, 1).unwrap().is_empty());
        other.batch("ROLLBACK").unwrap();
    });
}

#[test]
fn any_patience_is_one_that_both_databases_know() {
    use std::time::Duration;
    both(|db| {
        let now = "2026-02-01T10:00:00Z".parse().unwrap();
        let berlin = ("Europe/Berlin".parse().unwrap(), "EUR".parse().unwrap());
        for patience in [Duration::MAX, Duration::ZERO, Duration::from_micros(500)] {
            let options = Options {
                patience,
                ..Options::default()
            };
            let gym = Gym::open_with(&db.url, &options).unwrap();
            if patience == Duration::MAX {
                gym.club().unwrap();
                gym.at(now).add_location("Mitte", berlin.0, berlin.1).unwrap();
                continue;
            }
            let mut other = db.raw();
            let lock = match db.is_sqlite() {
                true => "BEGIN IMMEDIATE",
                false => "BEGIN; LOCK TABLE idempotency_keys IN EXCLUSIVE MODE",
            };
            other.batch(lock).unwrap();
            let error = gym.at(now).add_location("Nord", berlin.0, berlin.1).unwrap_err();
            assert!(
                matches!(&error, gym_db::Failure::Store(error) if error.is_busy()),
                "{patience:?}: {error}"
            );
            other.batch("ROLLBACK").unwrap();
        }
    });
}
