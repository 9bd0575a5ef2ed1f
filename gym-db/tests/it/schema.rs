//! The schema itself: the same on both databases, as `schema.rs` says, and `down` undoes `up`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use gym_db::Gym;

use crate::support::{Db, both};
use crate::upgrade::migrations;

/// Columns by `table.column`, as `schema.rs` writes the type.
type Columns = BTreeMap<String, String>;

fn type_of(sql: &str) -> &str {
    match sql.to_ascii_lowercase().as_str() {
        "bigint" => "BigInt",
        "integer" => "Integer",
        "text" => "Text",
        "timestamp" | "timestamp without time zone" => "Timestamp",
        "date" => "Date",
        "boolean" => "Bool",
        "double precision" => "Double",
        "blob" | "bytea" => "Binary",
        _ => panic!("{sql:?} is not a portable type"),
    }
}

fn columns(db: &Db) -> Columns {
    let query = if db.is_sqlite() {
        "SELECT m.name || '.' || c.name || '|' || CASE WHEN c.pk = 1 AND c.type = 'INTEGER' THEN 'BIGINT' ELSE c.type END \
         || '|' || CASE c.\"notnull\" WHEN 1 THEN 'NO' ELSE 'YES' END \
         FROM sqlite_schema AS m, pragma_table_info(m.name) AS c WHERE m.type = 'table' AND m.name NOT GLOB '__*'"
    } else {
        "SELECT c.table_name || '.' || c.column_name || '|' || c.data_type || '|' || c.is_nullable \
         FROM information_schema.columns AS c JOIN information_schema.tables AS t USING (table_schema, table_name) \
         WHERE t.table_schema = 'public' AND t.table_type = 'BASE TABLE' AND left(t.table_name, 2) <> '__'"
    };
    let row = |row: String| {
        let parts: Vec<&str> = row.split('|').collect();
        let name = type_of(parts[1]).to_owned();
        (
            parts[0].to_owned(),
            if parts[2] == "YES" {
                format!("Nullable<{name}>")
            } else {
                name
            },
        )
    };
    db.raw().texts(query).into_iter().map(row).collect()
}

/// Reads the columns of the tables that `schema.rs` declares.
fn declared() -> Columns {
    let mut columns = Columns::new();
    let mut table = String::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/schema");
    let parts = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let parts = parts.map(|path| fs::read_to_string(path).unwrap());
    let text: String = std::iter::once(include_str!("../../src/schema.rs").to_owned())
        .chain(parts)
        .collect();
    for line in text.lines().map(str::trim) {
        if let Some((name, _)) = line.split_once(" (").filter(|_| line.ends_with('{')) {
            table = name.to_owned();
        } else if let Some((column, kind)) = line.split_once(" -> ").filter(|_| !line.starts_with("diesel::"))
        {
            columns.insert(format!("{table}.{column}"), kind.trim_end_matches(',').to_owned());
        }
    }
    columns.retain(|name, _| !VIEWS.iter().any(|view| name.starts_with(view)));
    columns
}

const VIEWS: [&str; 2] = ["scheduled_blocks.", "member_emails."];

#[test]
fn both_databases_have_the_tables_that_the_code_declares() {
    both(|db| {
        drop(Gym::open(&db.url).unwrap());
        assert_eq!(columns(db), declared());
    });
}

#[test]
fn both_databases_have_the_same_views() {
    let names = [Db::sqlite(), Db::postgres()].map(|db| {
        drop(Gym::open(&db.url).unwrap());
        let query = if db.is_sqlite() {
            "SELECT m.name || '.' || c.name FROM sqlite_schema AS m, pragma_table_info(m.name) AS c WHERE m.type = 'view'"
        } else {
            "SELECT CAST(v.table_name || '.' || c.column_name AS TEXT) FROM information_schema.views AS v \
             JOIN information_schema.columns AS c USING (table_schema, table_name) WHERE v.table_schema = 'public'"
        };
        db.raw().texts(query).into_iter().collect::<BTreeSet<_>>()
    });
    assert_eq!(names[0], names[1]);
    let seed = ["trainer_id", "date", "start_time", "end_time", "type", "id"];
    let seed = seed.map(|column| format!("scheduled_blocks.{column}"));
    let emails = ["member_emails.email", "member_emails.member_id"].map(str::to_owned);
    assert_eq!(names[0], seed.into_iter().chain(emails).collect());
}

/// Everything that a migration can leave behind, in an order of its own.
pub fn everything(db: &Db) -> Vec<String> {
    let query = if db.is_sqlite() {
        "SELECT type || ' ' || name || ' ' || coalesce(sql, '') FROM sqlite_schema WHERE name NOT GLOB '*__diesel*' \
         UNION ALL SELECT 'application ' || application_id FROM pragma_application_id ORDER BY 1"
    } else {
        "SELECT * FROM (SELECT 'column ' || table_name || '.' || column_name || ' ' || data_type || is_nullable \
           FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT LIKE '\\_\\_%' \
         UNION ALL SELECT 'constraint ' || conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint \
           WHERE connamespace = 'public'::regnamespace AND conname NOT LIKE '\\_\\_%' \
         UNION ALL SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename NOT LIKE '\\_\\_%' \
         UNION ALL SELECT 'trigger ' || pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal \
         UNION ALL SELECT 'view ' || definition FROM pg_views WHERE schemaname = 'public' \
         UNION ALL SELECT 'function ' || proname FROM pg_proc p WHERE pronamespace = 'public'::regnamespace \
           AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')) AS t (line) ORDER BY 1"
    };
    db.raw().texts(query)
}

#[test]
fn down_undoes_up_and_up_does_it_again() {
    both(|db| {
        drop(Gym::open(&db.url).unwrap());
        let full = everything(db);
        let steps = migrations(db);
        for step in steps.iter().rev() {
            db.raw()
                .batch(&fs::read_to_string(step.join("down.sql")).unwrap())
                .unwrap();
        }
        let left = everything(db);
        assert!(left.iter().all(|line| line == "application 0"), "{left:?}");
        for step in &steps {
            db.raw()
                .batch(&fs::read_to_string(step.join("up.sql")).unwrap())
                .unwrap();
        }
        assert_eq!(everything(db), full);
    });
}

#[test]
fn every_foreign_key_is_indexed() {
    both(|db| {
        drop(Gym::open(&db.url).unwrap());
        let query = if db.is_sqlite() {
            "SELECT m.name || '.' || f.\"from\" FROM sqlite_schema AS m, pragma_foreign_key_list(m.name) AS f \
             WHERE m.type = 'table' AND f.seq = 0 AND NOT EXISTS (SELECT 1 FROM pragma_index_list(m.name) AS i, \
             pragma_index_info(i.name) AS c WHERE c.seqno = 0 AND c.name = f.\"from\" AND i.partial = 0) \
             AND NOT EXISTS (SELECT 1 FROM pragma_table_info(m.name) AS c WHERE c.name = f.\"from\" AND c.pk = 1)"
        } else {
            "SELECT k.conrelid::regclass || '.' || k.conname FROM pg_constraint AS k WHERE k.contype = 'f' \
             AND NOT EXISTS (SELECT 1 FROM pg_index AS i WHERE i.indrelid = k.conrelid \
             AND i.indkey[0] = k.conkey[1] AND i.indpred IS NULL)"
        };
        assert_eq!(db.raw().texts(query), [""; 0]);
    });
}

#[test]
fn what_is_charged_is_one_typed_foreign_key_of_each_kind() {
    let kinds = [
        ("membership_id", "memberships"),
        ("session_id", "sessions"),
        ("registration_id", "class_registrations"),
        ("penalty_id", "penalties"),
        ("lot_id", "lots"),
        ("sale_id", "sales"),
        ("gift_card_id", "gift_cards"),
    ];
    both(|db| {
        drop(Gym::open(&db.url).unwrap());
        let query = if db.is_sqlite() {
            "SELECT m.name || '.' || f.\"from\" || ' ' || f.\"table\" FROM sqlite_schema AS m, \
             pragma_foreign_key_list(m.name) AS f WHERE m.type = 'table'"
        } else {
            "SELECT k.conrelid::regclass || '.' || a.attname || ' ' || k.confrelid::regclass FROM pg_constraint AS k \
             JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1] WHERE k.contype = 'f'"
        };
        let keys: BTreeSet<String> = db.raw().texts(query).into_iter().collect();
        for table in ["charges", "invoice_lines"] {
            for (column, to) in kinds {
                let key = format!("{table}.{column} {to}");
                assert!(keys.contains(&key), "{key} is missing");
            }
        }
        assert!(keys.contains("deferrals.lot_id lots"));
        // As many kinds as the core has: none is left without a key.
        let named = gym_core::billing::obligation::Charged::KINDS;
        assert_eq!(kinds.map(|(column, _)| column.trim_end_matches("_id")), named);
        for (references, values) in [("text", "''"), ("session_id, lot_id, text", "1, 1, 'x'")] {
            let insert = format!(
                "INSERT INTO charges (location_id, payer_id, obligation_key, due_on, amount, currency, tax_code, \
                 {references}) VALUES (1, 1, 'x', '2026-01-01', 1, 'EUR', 'class', {values})"
            );
            let error = db.raw().run(&insert).unwrap_err().to_string();
            assert!(error.contains("charges_charged"), "{error}");
        }
    });
}
