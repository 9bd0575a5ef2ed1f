//! A hostile guest in Rust is stopped, by name of the limit, and says where it panicked.

use gym_plugins::{CallError, Limit};
use serde_json::json;

use crate::load::{both, load};
use crate::pricing::classes;

/// Asks for a price under an attack, committed and fresh.
#[track_caller]
fn check(attack: &str, stopped: impl Fn(&CallError) -> bool) {
    for file in both("hostile.wasm") {
        let plugin = load(&file, &json!({ "attack": attack })).unwrap();
        let error = plugin.quote_price(&classes(1)).answer.unwrap_err();
        assert!(stopped(&error), "{attack}: {error}");
    }
}

fn reached(limit: Limit) -> impl Fn(&CallError) -> bool {
    move |error| matches!(error, CallError::Limit { limit: it, used, allowed, .. } if *it == limit && used > allowed)
}

#[test]
fn what_uses_too_much_is_stopped_by_the_limit_that_it_reached() {
    check("loop", |error| {
        matches!(
            error,
            CallError::Limit {
                limit: Limit::CallFuel,
                ..
            }
        )
    });
    check("copies", |error| {
        matches!(
            error,
            CallError::Limit {
                limit: Limit::CallFuel,
                ..
            }
        )
    });
    check("memory", |error| {
        matches!(
            error,
            CallError::Limit {
                limit: Limit::CallFuel | Limit::Memory,
                ..
            }
        )
    });
    check("long-text", reached(Limit::Output));
    check("long-failure", reached(Limit::Output));
    check("many-adjustments", |error| {
        matches!(
            error,
            CallError::Limit {
                limit: Limit::CallFuel | Limit::Memory | Limit::Output,
                ..
            }
        )
    });
    check("log-one", |error| {
        matches!(
            error,
            CallError::Limit {
                limit: Limit::Output | Limit::LogBytes,
                ..
            }
        )
    });
    check("log-flood", |error| {
        matches!(
            error,
            CallError::Limit {
                limit: Limit::LogLines | Limit::LogBytes | Limit::CallFuel,
                ..
            }
        )
    });
    check("recursion", |error| {
        matches!(
            error,
            CallError::Crashed { .. }
                | CallError::Limit {
                    limit: Limit::Stack | Limit::CallFuel,
                    ..
                }
        )
    });
}

#[test]
fn what_is_not_true_is_not_believed() {
    for (attack, expected) in [
        ("unknown-line", "there is no line 4294967295"),
        ("wrong-currency", "currency \"XTS\" is not that of the request"),
        ("negative", "-1 minor units are not accepted"),
        ("too-much", "9223372036854775807 minor units are not accepted"),
        ("negative-percent", "-10000 basis points are not accepted"),
        ("percent-beyond", "2147483647 basis points are not accepted"),
        ("control-characters", "label 0: it is not one line"),
        ("bad-reason", "reason code 0: \"A lie, told LOUDLY\""),
        ("no-label", "label 0: it is not one line"),
        ("long-group", "group 0: it is not one line of 1 to 40 bytes"),
        ("set-all", "a price can be set for one line only"),
        (
            "long-explanation",
            "the explanation is not one line of at most 400 bytes",
        ),
        ("many-facts", "17 facts are not accepted; expected at most 16"),
        (
            "65-adjustments",
            "65 adjustments are not accepted; expected at most 64",
        ),
    ] {
        for file in both("hostile.wasm") {
            let plugin = load(&file, &json!({ "attack": attack })).unwrap();
            let error = plugin.line_prices(&classes(2)).answer.unwrap_err();
            assert!(matches!(error, CallError::BadAnswer { .. }), "{attack}: {error}");
            assert!(error.to_string().contains(expected), "{attack}: {error}");
        }
    }
}

#[test]
fn a_panic_tells_its_message_and_place() {
    check("panic", |error| {
        let CallError::Crashed { said: Some(said), .. } = error else {
            return false;
        };
        said.starts_with("panic: the plugin has panicked on purpose at hostile/src/lib.rs:")
    });
}

#[test]
fn an_attack_when_its_settings_are_checked_keeps_it_from_being_loaded() {
    for file in both("hostile.wasm") {
        for attack in ["loop", "panic", "copies", "recursion", "long-failure"] {
            let settings = json!({ "attack": attack, "where": "check-config" });
            assert!(load(&file, &settings).is_err(), "{attack}");
        }
        assert!(load(&file, &json!({ "attack": "tickle", "where": "check-config" })).is_err());
    }
}
