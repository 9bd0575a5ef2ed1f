//! What is told of a crash, and what is none.

use std::path::Path;

use gym_plugins::contract::FailureCode;
use gym_plugins::{CallError, Grants, Limits, Plugins};

use crate::guest::{Guest, component, request};

#[test]
fn what_survives_a_refused_growth_crashes_for_its_own_reason() {
    let message = "panic: no such weekday at src/lib.rs:7";
    let mut guest = Guest::new("survivor");
    let [at, length] = guest.image.text(message);
    guest.call = format!(
        "(drop (memory.grow (i32.const 10000)))
         (call $log (i32.const 3) (i32.const {at}) (i32.const {length})) unreachable"
    );
    let error = guest
        .load(Limits::default())
        .quote_price(&request(&[1_000]))
        .answer
        .unwrap_err();
    let told = error.to_string();
    assert!(
        matches!(&error, CallError::Crashed { said: Some(said), .. } if said == message),
        "{told}"
    );
    assert!(
        told.contains("bytes of memory were refused, of which it may have 16777216"),
        "{told}"
    );
}

#[test]
fn a_guest_of_0_1_that_declines_is_not_switched_off() {
    let early = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/early/early-bird.wat");
    let text = std::fs::read_to_string(early).unwrap();
    // It answers with an error of the ten letters at 32, instead of with discounts.
    let declining = text
        .replace(
            "(i32.store (i32.const 64) (i32.const 0))",
            "(i32.store (i32.const 64) (i32.const 1))",
        )
        .replace(
            "(i32.store (i32.const 68) (local.get $list))",
            "(i32.store (i32.const 68) (i32.const 32))",
        )
        .replace(
            "(i32.store (i32.const 72) (local.get $count))",
            "(i32.store (i32.const 72) (i32.const 10))",
        );
    let wit = Path::new(env!("CARGO_MANIFEST_DIR")).join("wit-0.1");
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("early.wasm"),
        component(&declining, &wit, "pricing-plugin"),
    )
    .unwrap();
    let plugins = Plugins::load(folder.path(), &Grants::development(), Limits::default()).unwrap();
    let plugin = plugins.get("early-bird").unwrap();
    for _ in 0..10 {
        let error = plugin.quote_price(&request(&[1_000])).answer.unwrap_err();
        let CallError::Declined { code, message, .. } = error else {
            panic!("{error}")
        };
        assert_eq!((code, message.as_str()), (FailureCode::Unsupported, "Early bird"));
    }
}
