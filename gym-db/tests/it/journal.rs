//! Journal rows are added and never changed.

use gym_db::Gym;

use crate::support::{Raw, both};

fn key(raw: &mut Raw, key: &str) -> Result<usize, String> {
    let hash = "a".repeat(64);
    raw.run(&format!(
        "INSERT INTO idempotency_keys VALUES ('{key}', '{hash}', '2026-03-02 10:00:00')"
    ))
    .map_err(|error| error.to_string())
}

fn entry(raw: &mut Raw, verb: &str, id: i64, key: &str, at: &str) -> Result<usize, String> {
    raw.run(&format!(
        "{verb} INTO journal (id, at, command, body, actor, key, tzdb, decision_version, outcome, ids) \
         VALUES ({id}, '{at}', 'book', '{{}}', 'staff:1', '{key}', '2025b', 1, '{{}}', '{{}}')"
    ))
    .map_err(|error| error.to_string())
}

#[test]
fn a_row_is_never_changed_or_deleted() {
    both(|db| {
        drop(Gym::open(&db.url).unwrap());
        let mut raw = db.raw();
        key(&mut raw, "k1").unwrap();
        entry(&mut raw, "INSERT", 1, "k1", "2026-03-02 10:00:00.123456").unwrap();
        let mut tries = vec![
            "UPDATE journal SET actor = 'nobody'",
            "DELETE FROM journal",
            "UPDATE journal SET id = id",
        ];
        if !db.is_sqlite() {
            tries.push("TRUNCATE journal");
            tries.push("TRUNCATE idempotency_keys CASCADE");
        }
        for change in tries {
            let error = raw.run(change).unwrap_err();
            assert!(
                error.to_string().contains("journal_append_only"),
                "{change}: {error}"
            );
        }
        if db.is_sqlite() {
            for (id, key) in [(1, "k2"), (2, "k1")] {
                let error = entry(&mut raw, "INSERT OR REPLACE", id, key, "2026-03-02 10:00:00").unwrap_err();
                assert!(error.contains("journal_append_only"), "{error}");
            }
        }
        assert_eq!(raw.text("SELECT actor FROM journal"), "staff:1");
    });
}

#[test]
fn a_row_has_a_key_that_is_known_and_its_own() {
    both(|db| {
        drop(Gym::open(&db.url).unwrap());
        let mut raw = db.raw();
        raw.batch(if db.is_sqlite() {
            "PRAGMA foreign_keys = ON"
        } else {
            "SELECT 1"
        })
        .unwrap();
        assert!(entry(&mut raw, "INSERT", 1, "unknown", "2026-03-02 10:00:00").is_err());
        key(&mut raw, "k1").unwrap();
        assert!(key(&mut raw, "k1").is_err(), "a key is there once");
        entry(&mut raw, "INSERT", 1, "k1", "2026-03-02 10:00:00").unwrap();
        assert!(entry(&mut raw, "INSERT", 2, "k1", "2026-03-02 10:00:00").is_err());
        assert!(
            raw.run("DELETE FROM idempotency_keys").is_err(),
            "the journal refers to it"
        );
        assert_eq!((raw.count("journal"), raw.count("idempotency_keys")), (1, 1));
    });
}

#[test]
fn sqlite_keeps_only_times_that_sort() {
    let db = crate::support::Db::sqlite();
    drop(Gym::open(&db.url).unwrap());
    let mut raw = db.raw();
    for (id, at, good) in [
        (1, "2026-03-02 10:00:00", true),
        (2, "2026-03-02 10:00:00.001", true),
        (3, "2026-03-02 10:00:00.000001", true),
        (4, "2026-03-02 10:00:00.1", false),
        (5, "2026-03-02T10:00:00", false),
        (6, "2026-03-02 10:00:00Z", false),
        (7, "2026-03-02 10:00:00.00x", false),
        (8, "yesterday", false),
        (9, "2026", false),
    ] {
        key(&mut raw, &format!("k{id}")).unwrap();
        assert_eq!(
            entry(&mut raw, "INSERT", id, &format!("k{id}"), at).is_ok(),
            good,
            "{at}"
        );
    }
}
