//! What the tool's exit codes mean, whatever it is asked to do.

use std::fs;
use std::process::Command;

use crate::guest::request;
use crate::{Desk, tenth};

const TO: [&str; 4] = ["--plugins", "plugins", "--home", "home"];

/// A desk with a plugin, a request and a file that is no plugin.
fn desk() -> Desk {
    let desk = Desk::new();
    desk.guest("tenth.wasm", &tenth());
    fs::write(desk.path("notes.wasm"), "no plugin").unwrap();
    let request = serde_json::to_string(&request(&[1_000])).unwrap();
    fs::write(desk.path("request.json"), request).unwrap();
    fs::write(desk.path("fixtures.jsonl"), "").unwrap();
    desk
}

fn check(desk: &Desk, arguments: &[&str], expected: i32) {
    let output = desk.run(arguments);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(expected), "{arguments:?}: {said}");
    assert_eq!(said.is_empty(), expected == 0, "{arguments:?}: {said}");
}

#[test]
fn files_that_are_none_and_files_that_are_not_there_are_told_apart() {
    let desk = desk();
    fs::write(desk.path("fixture.json"), r#"{"request": {}, "answer": {}}"#).unwrap();
    for (file, expected) in [("notes.wasm", 1), ("nowhere.wasm", 3)] {
        let install = ["install", file, "--unsigned"];
        for arguments in [
            &["check", file][..],
            &["run", file, "request.json"],
            &["test", file, "fixture.json"],
            &["bench", file, "request.json"],
            &["diff", file, file, "--requests", "request.json"],
            &["replay", "request.json", file],
            &[&install[..], &TO].concat(),
        ] {
            check(&desk, arguments, expected);
        }
    }
    for arguments in [
        &["run", "tenth.wasm", "nowhere.json"][..],
        &["test", "tenth.wasm", "nowhere.json"],
        &["bench", "tenth.wasm", "nowhere.json"],
        &["diff", "tenth.wasm", "tenth.wasm", "--requests", "nowhere.json"],
        &["replay", "nowhere.json", "tenth.wasm"],
        &["sign", "tenth.wasm", "--key", "nowhere.key"],
        &["keygen", "no/such/folder"],
    ] {
        check(&desk, arguments, 3);
    }
    for (arguments, expected) in [(&["check"][..], 2), (&["dance"], 2), (&["--help"], 0)] {
        assert_eq!(desk.run(arguments).status.code(), Some(expected), "{arguments:?}");
    }
    let output = desk.run(&["compile-component"]);
    assert_eq!(output.status.code(), Some(1), "nothing came on standard input");
}

#[cfg(unix)]
#[test]
fn a_home_that_is_not_private_and_a_lock_that_is_none_are_told_apart() {
    use std::os::unix::fs::PermissionsExt;
    let desk = desk();
    let install = [&["install", "tenth.wasm", "--unsigned"], &TO[..]].concat();
    let remove = [&["remove", "tenth"], &TO[..]].concat();
    check(&desk, &install, 0);
    let mode = |mode| fs::set_permissions(desk.path("home"), fs::Permissions::from_mode(mode)).unwrap();
    mode(0o755);
    for arguments in [&install[..], &["list", "--home", "home"], &remove] {
        check(&desk, arguments, 3);
    }
    mode(0o700);
    let lock = desk.path("home/lock.json");
    let good = fs::read_to_string(&lock).unwrap();
    fs::write(&lock, "{").unwrap();
    for arguments in [&install[..], &["list", "--home", "home"], &remove] {
        check(&desk, arguments, 1);
    }
    fs::write(&lock, good).unwrap();
    check(&desk, &remove, 0);
}

#[test]
fn grants_are_given_and_taken_back_and_a_stranger_gets_none() {
    let desk = desk();
    assert_eq!(desk.json(&["keygen", "us"]).0, 0);
    assert_eq!(desk.json(&["keygen", "them"]).0, 0);
    let sign = |key: &str| assert_eq!(desk.json(&["sign", "tenth.wasm", "--key", key]).0, 0);
    let terms = || desk.json(&["list", "--home", "home"]).1["tenth"]["terms"].clone();
    let install = |key: &str, more: &[&str]| {
        let arguments = [&["install", "tenth.wasm", "--key", key], &TO[..], more].concat();
        desk.json(&arguments)
    };
    sign("us.key");
    assert_eq!(install("us.pub", &["--health", "--table", "grades"]).0, 0);
    assert_eq!(terms()["health"], true);
    assert_eq!(install("us.pub", &["--no-table", "grades"]).0, 0);
    assert_eq!(install("us.pub", &["--tell", "age", "--tell", "plan"]).0, 0);
    assert_eq!(terms()["details"], serde_json::json!(["age", "plan"]));
    assert_eq!(install("us.pub", &["--no-tell", "age"]).0, 0);
    assert_eq!(terms()["details"], serde_json::json!(["plan"]));
    let unknown = ["install", "tenth.wasm", "--key", "us.pub", "--tell", "weight"];
    check(&desk, &[&unknown[..], &TO].concat(), 2);
    assert_eq!(
        terms()["limits"]["component-bytes"],
        4 << 20,
        "limits are written down"
    );
    sign("them.key");
    let (code, refused) = install("them.pub", &[]);
    assert_eq!(code, 1);
    assert!(
        refused["error"].as_str().unwrap().contains("--replace"),
        "{refused}"
    );
    assert_eq!(install("them.pub", &["--replace"]).0, 0);
    assert_eq!(terms()["health"], false);
    assert_eq!(terms().get("details"), None);
    assert_eq!(install("them.pub", &["--large"]).0, 0);
    assert_eq!(terms()["limits"]["component-bytes"], 24 << 20);
}

#[test]
fn who_stops_listening_is_no_panic() {
    let desk = desk();
    let listen = |arguments: &[&str], errors: bool| {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut tool = Command::new(env!("CARGO_BIN_EXE_gym-plugin"));
        tool.args(arguments).current_dir(desk.path(""));
        if errors {
            tool.stderr(writer);
        } else {
            tool.stdout(writer);
        }
        tool.output().unwrap().status.code()
    };
    assert_eq!(listen(&["check", "tenth.wasm"], false), Some(0));
    assert_eq!(listen(&["check", "notes.wasm"], true), Some(1));
    assert_eq!(listen(&["check", "notes.wasm", "--json"], false), Some(1));
    assert_eq!(listen(&["compile-component"], true), Some(1));
}
