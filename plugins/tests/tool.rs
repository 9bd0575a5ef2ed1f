//! `gym-plugin` as its users meet it: a plugin is checked, run, tested, signed, installed, compared, replayed, removed.

#![allow(clippy::unwrap_used)]

#[path = "host/guest.rs"]
#[allow(dead_code)]
mod guest;
#[path = "tool/project.rs"]
mod project;

#[path = "tool/exit.rs"]
mod exit;
#[path = "tool/recommend.rs"]
mod recommend;
#[path = "tool/recompile.rs"]
mod recompile;

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use gym_core::billing::pricing::Pricing;
use gym_plugins::contract::Change;
use gym_plugins::{Grants, Home, Limits, Plugins};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::guest::{Guest, adjustment, request};

/// A folder to work in.
struct Desk(TempDir);

impl Desk {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn guest(&self, name: &str, guest: &Guest) {
        fs::write(self.path(name), guest.build()).unwrap();
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let tool = Command::new(env!("CARGO_BIN_EXE_gym-plugin"));
        { tool }
            .args(arguments)
            .current_dir(self.0.path())
            .output()
            .unwrap()
    }

    /// Runs the tool, and returns its exit code and its JSON.
    fn json(&self, arguments: &[&str]) -> (i32, Value) {
        let output = self.run(&[arguments, &["--json"]].concat());
        let text = String::from_utf8(output.stdout).unwrap();
        let json =
            serde_json::from_str(&text).unwrap_or_else(|error| panic!("{arguments:?}: {error}: {text:?}"));
        (output.status.code().unwrap(), json)
    }
}

fn tenth() -> Guest {
    Guest::answering("tenth", &[adjustment(None, Change::PercentOff(1_000))])
}

#[test]
fn an_author_checks_runs_tests_and_times_a_plugin() {
    let desk = Desk::new();
    desk.guest("tenth.wasm", &tenth());
    fs::write(
        desk.path("request.json"),
        serde_json::to_string(&request(&[1_000])).unwrap(),
    )
    .unwrap();
    let (code, found) = desk.json(&["check", "tenth.wasm"]);
    assert_eq!(
        (code, &found["id"], &found["world"]),
        (0, &json!("tenth"), &json!("pricing@1"))
    );
    let (code, run) = desk.json(&["run", "tenth.wasm", "request.json"]);
    assert_eq!(
        (code, &run["answer"]["ok"]["adjustments"][0]["change"]),
        (0, &json!({"percent-off": 1000}))
    );
    let fuel = &run["limits"][0];
    assert!(fuel["limit"] == "call fuel" && fuel["used"].as_u64() > Some(0) && fuel["allowed"] == 10_000_000);
    let (code, bench) = desk.json(&["bench", "tenth.wasm", "request.json", "--calls", "50"]);
    assert_eq!((code, &bench["calls"]), (0, &json!(50)));

    fs::create_dir(desk.path("fixtures")).unwrap();
    let good = json!({"request": request(&[1_000]), "answer": run["answer"]});
    let bad = json!({"request": request(&[1_000]), "answer": {"ok": {"adjustments": [], "facts": []}}});
    fs::write(desk.path("fixtures/good.json"), good.to_string()).unwrap();
    let (code, test) = desk.json(&["test", "tenth.wasm", "fixtures"]);
    assert_eq!((code, test), (0, json!({"passed": 1, "failed": []})));
    fs::write(desk.path("fixtures/more.jsonl"), format!("{good}\n{bad}\n")).unwrap();
    let (code, test) = desk.json(&["test", "tenth.wasm", "fixtures"]);
    assert_eq!((code, &test["passed"]), (1, &json!(2)));
    assert!(
        test["failed"][0]["case"]
            .as_str()
            .unwrap()
            .ends_with("more.jsonl:2")
    );
}

#[test]
fn a_plugin_that_lies_is_shown_with_what_is_wrong() {
    let desk = Desk::new();
    let liar = Guest::answering("liar", &[adjustment(Some(7), Change::PercentOff(1_000))]);
    desk.guest("liar.wasm", &liar);
    fs::write(
        desk.path("request.json"),
        serde_json::to_string(&request(&[1_000])).unwrap(),
    )
    .unwrap();
    let output = desk.run(&["run", "liar.wasm", "request.json"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text.contains("liar: its answer is not accepted: adjustment 0: there is no line 7"),
        "{text}"
    );
}

#[test]
fn an_operator_installs_updates_lists_and_removes() {
    let desk = Desk::new();
    desk.guest("tenth.wasm", &tenth());
    let to = ["--plugins", "plugins", "--home", "home"];
    assert_eq!(
        desk.run(&[&["install", "tenth.wasm"], &to[..]].concat())
            .status
            .code(),
        Some(2),
        "signed or not?"
    );
    assert_eq!(desk.json(&["keygen", "me"]).0, 0);
    assert_eq!(desk.json(&["keygen", "me"]).0, 3, "keys are not overwritten");
    let signed = [&["install", "tenth.wasm", "--key", "me.pub"], &to[..]].concat();
    assert_eq!(desk.json(&signed).0, 3, "there is no signature yet");
    assert_eq!(desk.json(&["sign", "tenth.wasm", "--key", "me.key"]).0, 0);
    assert_eq!(desk.json(&signed).0, 0);

    let load = || {
        let grants = Grants::installed(Home::open(desk.path("home")).unwrap()).unwrap();
        Plugins::load(desk.path("plugins"), &grants, Limits::default()).unwrap()
    };
    let plugins = load();
    assert!(plugins.faults().is_empty(), "{}", plugins.faults()[0]);
    assert_eq!(plugins.pricings()[0].name(), "tenth");

    let logs = Guest {
        call: "(call $log (i32.const 1) (i32.const 0) (i32.const 0))".to_owned(),
        ..tenth()
    };
    desk.guest("tenth.wasm", &logs);
    assert_eq!(desk.json(&signed).0, 1, "it was changed after it was signed");
    assert_eq!(desk.json(&["sign", "tenth.wasm", "--key", "me.key"]).0, 0);
    let (code, refused) = desk.json(&signed);
    assert_eq!(code, 1);
    assert_eq!(
        refused["error"],
        "tenth.wasm: it imports log, which is not granted to it; granted are: none"
    );
    assert!(load().faults().is_empty(), "what was installed before still is");
    assert_eq!(
        desk.json(&[&signed[..], &["--grant", "log", "--order", "-3"]].concat())
            .0,
        0
    );
    let (code, list) = desk.json(&["list", "--home", "home"]);
    assert_eq!((code, &list["tenth"]["terms"]["imports"]), (0, &json!(["log"])));
    assert_eq!(list["tenth"]["terms"]["order"], -3);
    assert_eq!(desk.json(&[&["remove", "tenth"], &to[..]].concat()).0, 0);
    assert_eq!(desk.json(&[&["remove", "tenth"], &to[..]].concat()).0, 1);
    assert_eq!(load().iter().count(), 0);
}

#[test]
fn versions_are_compared_and_records_are_replayed() {
    let desk = Desk::new();
    let fifth = Guest::answering("tenth", &[adjustment(Some(1), Change::PercentOff(2_000))]);
    desk.guest("old.wasm", &tenth());
    desk.guest("new.wasm", &fifth);
    let lines = [request(&[0, 0]), request(&[1_000, 2_000])].map(|it| serde_json::to_string(&it).unwrap());
    fs::write(desk.path("requests.jsonl"), lines.join("\n")).unwrap();
    let (code, diff) = desk.json(&["diff", "old.wasm", "new.wasm", "--requests", "requests.jsonl"]);
    assert_eq!((code, &diff["asked"]), (0, &json!(2)));
    assert_eq!(
        diff["different"],
        json!([
            {"request": "2", "line": "0", "old": "9.00 EUR", "new": "10.00 EUR"},
            {"request": "2", "line": "1", "old": "18.00 EUR", "new": "16.00 EUR"},
        ])
    );
    let csv = desk
        .run(&[
            "diff",
            "old.wasm",
            "new.wasm",
            "--requests",
            "requests.jsonl",
            "--csv",
        ])
        .stdout;
    assert!(
        String::from_utf8(csv)
            .unwrap()
            .starts_with("request,line,old,new\n\"2\",\"0\",\"9.00 EUR\",\"10.00 EUR\"\n")
    );

    let plugin = tenth().load(Limits::default());
    let record: gym_plugins::Record =
        gym_plugins::Record::read(&plugin.propose(&asked()).record.unwrap()).unwrap();
    fs::write(desk.path("records.jsonl"), record.line()).unwrap();
    let (code, replay) = desk.json(&["replay", "records.jsonl", "old.wasm"]);
    assert_eq!((code, &replay[0]["proved"]), (0, &json!(true)), "{replay}");
    let output = desk.run(&["replay", "records.jsonl", "new.wasm"]);
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.starts_with("line 1: not proved; digest: then "), "{text}");
}

fn asked() -> gym_core::billing::pricing::Request {
    let item = json!({"key": {"once": {"registration": 1}}, "tax": "class", "days": null, "occasion": null, "list": {"minor": 1000, "currency": "EUR"}});
    serde_json::from_value(json!({
        "location": 1, "currency": "EUR", "on": "2026-11-22", "payer": 1, "concessions": [], "items": [item],
    }))
    .unwrap()
}

#[test]
fn a_new_project_has_what_it_needs() {
    let desk = Desk::new();
    let sdk = concat!(env!("CARGO_MANIFEST_DIR"), "/sdk");
    assert_eq!(desk.json(&["new", "my-prices", "--sdk", sdk]).0, 0);
    assert_eq!(
        desk.json(&["new", "my-prices", "--sdk", sdk]).0,
        3,
        "it is there already"
    );
    assert_eq!(desk.json(&["new", "My Prices", "--sdk", sdk]).0, 1);
    assert_eq!(desk.json(&["new", "others", "--sdk", "nowhere"]).0, 3);
    let source = fs::read_to_string(desk.path("my-prices/src/lib.rs")).unwrap();
    assert!(
        source.contains("struct MyPrices") && source.contains("plugin!(pricing: MyPrices)"),
        "{source}"
    );
    let request = fs::read_to_string(desk.path("my-prices/request.json")).unwrap();
    assert!(gym_plugins::json::quote_request(&request).is_ok());
    desk.guest("tenth.wasm", &tenth());
    assert_eq!(desk.json(&["run", "tenth.wasm", "my-prices/request.json"]).0, 0);
}
