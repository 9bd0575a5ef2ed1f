//! A club that is in use is brought up to date, whichever version it was left at.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use gym_db::{Failure, Gym, Migrate, OpenError, Options};

use crate::scenario::{Scenario, scenarios, stage};
use crate::schema::everything;
use crate::support::{Db, both};

/// Every migration's folder, in order.
pub fn migrations(db: &Db) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("migrations")
        .join(if db.is_sqlite() { "sqlite" } else { "postgres" });
    let mut all: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    all.sort();
    all
}

/// Every cell of every table of ours by its column, in the order of the tables' keys, which are their first columns.
fn cells(db: &Db) -> BTreeMap<String, Vec<String>> {
    let mut raw = db.raw();
    let columns = raw.texts(if db.is_sqlite() {
        "SELECT m.name || '.' || c.name FROM sqlite_schema AS m, pragma_table_info(m.name) AS c \
         WHERE m.type = 'table' AND m.name NOT GLOB '__*' ORDER BY m.name, c.cid"
    } else {
        "SELECT c.table_name || '.' || c.column_name FROM information_schema.columns AS c \
         JOIN information_schema.tables AS t USING (table_schema, table_name) WHERE t.table_schema = 'public' \
         AND t.table_type = 'BASE TABLE' AND left(c.table_name, 2) <> '__' ORDER BY c.table_name, c.ordinal_position"
    });
    let mut keys = BTreeMap::new();
    let cell = |column: String| {
        let (table, name) = column.split_once('.').unwrap();
        let key = keys.entry(table.to_owned()).or_insert_with(|| name.to_owned());
        let query = format!("SELECT COALESCE(CAST({name} AS TEXT), 'NULL') FROM {table} ORDER BY {key}");
        let found = raw.texts(&query);
        (column, found)
    };
    columns.into_iter().map(cell).collect()
}

/// Takes a club back to its first so many migrations.
fn back_to(db: &Db, kept: usize) {
    let all = migrations(db);
    for step in all[kept..].iter().rev() {
        let down = fs::read_to_string(step.join("down.sql")).unwrap();
        db.raw().batch(&down).unwrap();
    }
    let first = &all[kept].file_name().unwrap().to_str().unwrap()[..4];
    let forget = format!("DELETE FROM __diesel_schema_migrations WHERE version >= '{first}'");
    assert_eq!(db.raw().run(&forget).unwrap(), all.len() - kept);
}

#[test]
fn a_club_in_use_is_brought_up_to_date_from_every_version() {
    both(|db| {
        let gym = stage(db);
        let mut all = scenarios();
        all.sort_by_key(|it| it.context.now);
        for Scenario { context, command } in all {
            // What one of them does may be in the way of another.
            match gym.at(context.now).by(context.actor).run(&command) {
                Ok(_) | Err(Failure::Refused(_)) => (),
                Err(other) => panic!("{command:?}: {other}"),
            }
        }
        drop(gym);
        let (full, schema) = (cells(db), everything(db));
        let most = migrations(db).len();
        for kept in 1..most {
            let copy = db.copy();
            back_to(&copy, kept);
            let old = cells(&copy);
            assert!(old.len() < full.len() && !old["journal.id"].is_empty(), "{kept}");
            let refused = Gym::open(&copy.url).unwrap_err();
            assert!(matches!(refused, OpenError::Older { pending, .. } if pending == most - kept));
            assert_eq!(cells(&copy), old, "{kept}: something was written");

            let options = Options {
                migrate: Migrate::Always,
                ..Options::default()
            };
            drop(Gym::open_with(&copy.url, &options).unwrap());
            let new = cells(&copy);
            assert_eq!(everything(&copy), schema, "{kept}");
            for (column, found) in &old {
                assert_eq!(*found, full[column], "{kept}: {column}");
                assert_eq!(*found, new[column], "{kept}: {column}");
            }
            // What a later version adds to rows that are there: what a penalty costs, and where invoices are counted.
            let rows = |column: &str| old.get(column).map_or(0, Vec::len);
            if kept > 1 {
                assert!(rows("penalties.id") > 0 && rows("locations.id") > 1, "{kept}");
            }
            assert_eq!(new["penalties.pardoned"].len(), rows("penalties.id"), "{kept}");
            let counted = old.get("locations.id").cloned().unwrap_or_default();
            assert_eq!(new["document_numbers.location_id"], counted, "{kept}");
            drop(Gym::open(&copy.url).unwrap());
        }
    });
}
