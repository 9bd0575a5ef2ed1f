//! Bad input: each file is named with what is wrong with it, and the others still load.

use std::path::Path;

use gym_plugins::{Capability, Compiler, Grants, Limits, LoadError, Plugins, Terms};
use serde_json::json;

use crate::guest::Guest;

/// Loads one file among an honest one, and returns what is said of it.
fn said(bytes: &[u8], grants: &Grants) -> String {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("bad.wasm"), bytes).unwrap();
    Guest::new("good").drop_into(folder.path());
    let plugins = Plugins::load(folder.path(), grants, Limits::default()).unwrap();
    assert!(plugins.get("good").is_some(), "the others still load");
    assert_eq!(plugins.faults().len(), 1);
    let fault = plugins.faults()[0].to_string();
    let name = folder.path().join("bad.wasm").display().to_string();
    fault.strip_prefix(&format!("{name}: ")).unwrap().to_owned()
}

/// Makes a component out of text.
fn text(text: &str) -> Vec<u8> {
    wat::parse_str(text).unwrap()
}

#[test]
fn what_is_no_component_is_told_apart() {
    let development = Grants::development();
    let truncated = Guest::new("bad").build();
    for (bytes, expected) in [
        (
            b"".to_vec(),
            "it is not a WebAssembly component: it does not begin as WebAssembly does",
        ),
        (
            b"MZ is something else".to_vec(),
            "it is not a WebAssembly component: it does not begin",
        ),
        (
            text("(module)"),
            "it is a core WebAssembly module, not a component; build it with",
        ),
        (
            b"\x7fELF native".to_vec(),
            "it is native code of an engine; expected the component itself",
        ),
        (
            truncated[..truncated.len() / 2].to_vec(),
            "it could not be compiled: failed to parse WebAssembly module: unexpected end-of-file",
        ),
        (
            vec![0; 5 << 20],
            "the component has 5242880 bytes; expected at most 4194304",
        ),
    ] {
        let said = said(&bytes, &development);
        assert!(said.starts_with(expected), "{said}");
    }
}

#[test]
fn worlds_that_are_not_ours_are_named() {
    let development = Grants::development();
    let instance = |name: &str| format!("(component (instance $i) (export \"{name}\" (instance $i)))");
    for (source, expected) in [
        (
            "(component)".to_owned(),
            "it exports neither gym:plugins/pricing nor gym:plugins/recommendation; it exports: nothing",
        ),
        (
            instance("club:rules/prices@1.0.0"),
            "it exports neither gym:plugins/pricing nor gym:plugins/recommendation; it exports: club:rules/prices@1.0.0",
        ),
        (
            r#"(component (instance $i) (export "gym:plugins/pricing@1.0.0" (instance $i))
              (export "gym:plugins/recommendation@1.0.0" (instance $i)))"#
                .to_owned(),
            "it exports gym:plugins/pricing@1.0.0, gym:plugins/recommendation@1.0.0; expected one of",
        ),
        (
            r#"(component (core module (func (result v128) (v128.const i64x2 0 0))))"#.to_owned(),
            "it could not be compiled: failed to parse WebAssembly module: SIMD support is not enabled",
        ),
        (
            instance("gym:plugins/pricing@2.0.0"),
            "it exports gym:plugins/pricing@2.0.0, and this host knows pricing 0.1 and 1, recommendation 1; a newer host is needed",
        ),
        (
            instance("gym:plugins/pricing@0.2.0"),
            "it exports gym:plugins/pricing@0.2.0, and this host knows",
        ),
        (
            instance("gym:plugins/pricing@1.0.0"),
            "gym:plugins/pricing@1.0.0.quote-price is not the function of the contract: it is not there",
        ),
        (
            r#"(component (import "wasi:clocks/wall-clock@0.2.9" (instance (export "now" (func)))))"#
                .to_owned(),
            "it imports wasi:clocks/wall-clock@0.2.9, and a plugin has no system; rebuild it for wasm32-unknown-unknown",
        ),
        (
            r#"(component (import "gym:plugins/mail@1.0.0" (instance (export "send" (func)))))"#.to_owned(),
            "it imports gym:plugins/mail@1.0.0, which this host does not have",
        ),
        (
            r#"(component (import "gym:plugins/log@2.0.0" (instance (export "write" (func)))))"#.to_owned(),
            "it imports gym:plugins/log@2.0.0, which this host does not have",
        ),
    ] {
        let said = said(&text(&source), &development);
        assert!(said.starts_with(expected), "{said}");
    }
}

#[test]
fn functions_that_are_not_those_of_the_contract_are_named() {
    let bytes = text(
        r#"(component
          (core module $m (func (export "f") (result i32) i32.const 1))
          (core instance $i (instantiate $m))
          (func $f (result u32) (canon lift (core func $i "f")))
          (instance $p (export "quote-price" (func $f)))
          (export "gym:plugins/pricing@1.0.0" (instance $p)))"#,
    );
    let said = said(&bytes, &Grants::development());
    assert!(
        said.starts_with("gym:plugins/pricing@1.0.0.quote-price is not the function of the contract: "),
        "{said}"
    );
}

#[test]
fn what_was_not_granted_is_not_there() {
    let guest = Guest {
        call: "(call $log (i32.const 1) (i32.const 0) (i32.const 0))".to_owned(),
        ..Guest::new("bad")
    };
    let grants = Grants::anyone(Terms {
        imports: [Capability::Settings].into(),
        ..Terms::default()
    });
    assert_eq!(
        said(&guest.build(), &grants),
        "it imports log, which is not granted to it; granted are: settings"
    );
}

#[test]
fn settings_are_looked_at_by_the_plugin() {
    let grants = Grants::anyone(Terms {
        settings: json!({"percent": 120}).as_object().unwrap().clone(),
        ..Terms::default()
    });
    let guest = Guest::new("bad").rejecting("percent: 120 is not accepted; expected 1 to 100");
    assert_eq!(
        said(&guest.build(), &grants),
        "it rejects its settings: percent: 120 is not accepted; expected 1 to 100"
    );
}

#[test]
fn two_plugins_of_one_id_are_one() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = Guest::new("same").build();
    for name in ["b.wasm", "a.wasm"] {
        std::fs::write(folder.path().join(name), &bytes).unwrap();
    }
    let plugins = Plugins::load(folder.path(), &Grants::development(), Limits::default()).unwrap();
    assert_eq!(plugins.iter().count(), 1);
    let fault = plugins.faults()[0].to_string();
    assert!(
        fault.contains("b.wasm: its id \"same\" is that of ") && fault.ends_with("a.wasm"),
        "{fault}"
    );
}

#[test]
fn a_folder_that_cannot_be_read_is_named() {
    let error = Plugins::load("no/such/folder", &Grants::development(), Limits::default()).unwrap_err();
    assert!(error.to_string().starts_with("no/such/folder: "), "{error}");
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("folder.wasm")).unwrap();
    std::fs::write(folder.path().join("notes.txt"), "no plugin").unwrap();
    let plugins = Plugins::load(folder.path(), &Grants::development(), Limits::default()).unwrap();
    assert_eq!(plugins.faults().len(), 1, "what is no .wasm is none of ours");
    assert!(plugins.faults()[0].to_string().ends_with("it is not a file"));
}

#[test]
fn requests_that_are_too_large_are_not_sent() {
    let plugin = Guest::new("small").load(Limits::default());
    for _ in 0..10 {
        let error = plugin
            .quote_price(&crate::guest::request(&[1; 201]))
            .answer
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "small: lines of the request: 201 is not accepted; expected at most 200"
        );
    }
    let mut large = crate::guest::request(&[1]);
    large.context.location = "x".repeat(200_000);
    let error = plugin.quote_price(&large).answer.unwrap_err();
    assert!(
        error.to_string().starts_with("small: bytes of the request: 200"),
        "{error}"
    );
    assert!(
        plugin.quote_price(&crate::guest::request(&[1])).answer.is_ok(),
        "that was not its fault"
    );
}

#[test]
fn two_memories_that_are_joined_do_not_panic_the_compiler() {
    let source = r#"(component
      (core module $a (memory (export "m") 1)
        (func (export "r") (param i32 i32 i32 i32) (result i32) i32.const 0)
        (func (export "f") (param i32 i32) (result i32) i32.const 0))
      (core instance $ia (instantiate $a))
      (component $b
        (import "f" (func $f (param "s" string) (result string)))
        (core module $m (memory (export "m") 1)
          (func (export "r") (param i32 i32 i32 i32) (result i32) i32.const 0))
        (core instance $im (instantiate $m))
        (core func $g (canon lower (func $f) (memory $im "m") (realloc (func $im "r"))))
        (core module $n (import "" "g" (func $g (param i32 i32 i32))))
        (core instance (instantiate $n (with "" (instance (export "g" (func $g)))))))
      (func $f (param "s" string) (result string)
        (canon lift (core func $ia "f") (memory $ia "m") (realloc (func $ia "r"))))
      (instance (instantiate $b (with "f" (func $f)))))"#;
    let said = said(&text(source), &Grants::development());
    assert!(said.starts_with("it exports neither"), "{said}");
}

#[test]
fn what_takes_too_long_to_compile_is_given_up() {
    let folder = tempfile::tempdir().unwrap();
    let many: String = (0..3_000)
        .map(|at| {
            format!(
                "(func $f{at} (param i32) (result i32) {} local.get 0)",
                "local.get 0 drop ".repeat(200)
            )
        })
        .collect();
    let guest = Guest {
        more: many,
        ..Guest::new("endless")
    };
    guest.drop_into(folder.path());
    let limits = Limits {
        compile_ms: 1,
        ..Limits::default()
    };
    let plugins = Plugins::load(folder.path(), &Grants::development(), limits).unwrap();
    assert!(
        matches!(plugins.faults()[0].why, LoadError::CompileTime { allowed_ms: 1 }),
        "{}",
        plugins.faults()[0]
    );
    let grants = Grants {
        compiler: Compiler::CacheOnly,
        ..Grants::development()
    };
    let plugins = Plugins::load(folder.path(), &grants, Limits::default()).unwrap();
    assert!(matches!(plugins.faults()[0].why, LoadError::NotCompiled));
}

#[test]
fn the_records_name_the_engine_that_is_used() {
    let lock = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.lock")).unwrap();
    let at = lock.find("name = \"wasmtime\"\n").unwrap();
    let version = lock[at..]
        .lines()
        .nth(1)
        .unwrap()
        .trim_start_matches("version = ")
        .trim_matches('"');
    let plugin = Guest::new("plain").load(Limits::default());
    assert!(
        plugin.engine().starts_with(&format!("wasmtime-{version}/")),
        "{}",
        plugin.engine()
    );
}
