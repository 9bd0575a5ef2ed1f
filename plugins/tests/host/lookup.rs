//! Settings and lookups: what was granted is read, within bounds, and recorded.

use gym_plugins::contract::{Fact, FactValue};
use gym_plugins::{CallError, Capability, Grants, Limit, Limits, Record, Tables, Terms};
use serde_json::json;

use crate::guest::{Guest, request};
use crate::price::asked;

/// Looks `key` of `table` up, and traps unless the answer's first byte and option are as expected.
fn looks(table: &str, key: &str, discriminants: (u32, u32)) -> Guest {
    let mut guest = Guest::new("looks");
    let ([t, tl], [k, kl]) = (guest.image.text(table), guest.image.text(key));
    let at = guest.image.words(&[9; 8]);
    let (outer, inner) = discriminants;
    guest.call = format!(
        "(call $lookup (i32.const {t}) (i32.const {tl}) (i32.const {k}) (i32.const {kl}) (i32.const {at}))
         (if (i32.ne (i32.load8_u (i32.const {at})) (i32.const {outer})) (then unreachable))
         (if (i32.ne (i32.load8_u (i32.const {inner_at})) (i32.const {inner})) (then unreachable))",
        inner_at = at + 4
    );
    guest.world = "pricing-plugin-with-lookup";
    guest
}

fn grants(tables: &[&str]) -> Grants {
    let row = vec![Fact {
        key: "grade".to_owned(),
        value: FactValue::Text("gold".to_owned()),
    }];
    let table = |name: &str| (name.to_owned(), [("7".to_owned(), row.clone())].into());
    Grants {
        tables: Tables::from([table("grades"), table("secrets")]),
        ..Grants::anyone(Terms {
            imports: [Capability::Lookup, Capability::Settings].into(),
            tables: tables.iter().map(|it| (*it).to_owned()).collect(),
            settings: json!({"percent": 10, "label": "Ten", "days": ["mo", 2]})
                .as_object()
                .unwrap()
                .clone(),
            ..Terms::default()
        })
    }
}

#[test]
fn granted_tables_are_read_and_others_are_not_there() {
    for (table, key, expected) in [
        ("grades", "7", (0, 1)),
        ("grades", "8", (0, 0)),
        // The failure's code is `unsupported`, the first.
        ("secrets", "7", (1, 0)),
    ] {
        let plugins = looks(table, key, expected).plugins(&grants(&["grades"]), Limits::default());
        let run = plugins.get("looks").unwrap().quote_price(&request(&[1_000]));
        assert!(run.answer.is_ok(), "{table} {key}: {:?}", run.answer);
        assert_eq!(run.lookups.len(), 1);
        assert_eq!(run.lookups[0].answer.is_ok(), expected.0 == 0);
    }
}

#[test]
fn a_replay_gets_the_rows_of_then() {
    use gym_core::billing::pricing::Pricing;
    let guest = looks("grades", "7", (0, 1));
    let then = guest.plugins(&grants(&["grades"]), Limits::default());
    let record = Record::read(
        &then
            .get("looks")
            .unwrap()
            .propose(&asked(&[1_000]))
            .record
            .unwrap(),
    )
    .unwrap();
    let changed = Grants {
        tables: Tables::from([("grades".to_owned(), [].into())]),
        ..grants(&["grades"])
    };
    let now = guest.plugins(&changed, Limits::default());
    let plugin = now.get("looks").unwrap();
    assert!(
        plugin.quote_price(&request(&[1_000])).answer.is_err(),
        "the row is gone"
    );
    assert!(plugin.replay(&record).proves());
}

#[test]
fn settings_are_texts_or_canonical_json() {
    for (key, expected) in [
        ("percent", Some("10")),
        ("label", Some("Ten")),
        ("days", Some("[\"mo\",2]")),
        ("none", None),
    ] {
        let mut guest = Guest::new("reads");
        let ([k, kl], at) = (guest.image.text(key), guest.image.words(&[9; 4]));
        let (some, length) = expected.map_or((0, 9), |text| (1, text.len()));
        guest.call = format!(
            "(call $setting (i32.const {k}) (i32.const {kl}) (i32.const {at}))
             (if (i32.ne (i32.load8_u (i32.const {at})) (i32.const {some})) (then unreachable))
             (if (i32.ne (i32.load (i32.const {length_at})) (i32.const {length})) (then unreachable))",
            length_at = at + 8
        );
        let plugins = guest.plugins(&grants(&[]), Limits::default());
        let run = plugins.get("reads").unwrap().quote_price(&request(&[1_000]));
        assert!(run.answer.is_ok(), "{key}: {:?}", run.answer);
        assert_eq!(run.usage.reads, 1);
    }
}

#[test]
fn reads_are_counted_in_number_and_bytes() {
    let mut guest = looks("grades", "7", (0, 1));
    guest.call = format!("(loop $more {} (br $more))", guest.call);
    for (limits, expected) in [
        (Limits::default(), Limit::Reads),
        (
            Limits {
                read_bytes: 100,
                ..Limits::default()
            },
            Limit::ReadBytes,
        ),
    ] {
        let plugins = guest.plugins(&grants(&["grades"]), limits);
        let error = plugins
            .get("looks")
            .unwrap()
            .quote_price(&request(&[1_000]))
            .answer
            .unwrap_err();
        assert!(
            matches!(error, CallError::Limit { limit, .. } if limit == expected),
            "{error}"
        );
    }
}

#[test]
fn nothing_is_read_while_a_plugin_says_who_it_is() {
    let base = looks("grades", "7", (0, 1));
    let guest = Guest {
        describe: base.call.clone(),
        call: String::new(),
        ..base
    };
    let plugins = guest.plugins(&grants(&["grades"]), Limits::default());
    let why = plugins.faults()[0].to_string();
    assert!(
        why.contains("settings and lookups cannot be read while the plugin is made or asked who it is"),
        "{why}"
    );
}
