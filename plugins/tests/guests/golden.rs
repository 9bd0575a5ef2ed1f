//! One rule in four languages: the same answers, byte for byte, and the same refusals.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use gym_plugins::contract::{Failure, QuoteRequest};
use gym_plugins::json::{canonical, quote_answer, quote_request};
use gym_plugins::{CallError, Plugin};
use serde_json::{Value, json};

use crate::load::{both, fresh, load};

/// Requests with the answers that they must get, by settings.
fn vectors() -> BTreeMap<String, Vec<(QuoteRequest, String)>> {
    let file = fresh().join("vectors.jsonl");
    let text = fs::read_to_string(&file).expect("no vectors: run `make guests`");
    let mut vectors: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for line in text.lines() {
        let vector: Value = serde_json::from_str(line).unwrap();
        assert_eq!(canonical(&vector), line);
        let request = quote_request(&vector["request"].to_string()).unwrap();
        let settings = canonical(&vector["settings"]);
        vectors
            .entry(settings)
            .or_default()
            .push((request, canonical(&vector["answer"])));
    }
    vectors
}

fn answer(plugin: &Plugin, request: &QuoteRequest) -> String {
    quote_answer(&match plugin.quote_price(request).answer {
        Ok(quote) => Ok(quote),
        Err(CallError::Declined { code, message, .. }) => Err(Failure { code, message }),
        Err(error) => panic!("{error}"),
    })
}

#[track_caller]
fn check(file: &Path) {
    let (mut asked, mut declined) = (0, 0);
    for (settings, vectors) in vectors() {
        let plugin = load(file, &serde_json::from_str(&settings).unwrap()).unwrap();
        for (request, expected) in vectors {
            assert_eq!(
                answer(&plugin, &request),
                expected,
                "{} with {settings}",
                file.display()
            );
            asked += 1;
            declined += u32::from(expected.starts_with(r#"{"err""#));
        }
    }
    assert!(asked >= 200, "{asked} vectors");
    assert!(declined >= 5, "{declined} of them declined");
}

/// Settings that are refused, and the end of the sentence.
fn wrong_settings() -> Vec<(Value, String)> {
    let percent = "expected a percentage from 0 to 100 with at most two decimals, such as 12.5";
    let most = "expected a whole number from 0 to 4294967295";
    let label = "expected 1 to 200 bytes without control characters";
    let mut wrong = Vec::new();
    for value in [
        "much",
        "",
        "-1",
        "100.01",
        "12.345",
        "1.",
        ".5",
        "1e1",
        "+5",
        "٣",
        "99999999999999999999",
    ] {
        wrong.push((
            json!({ "percent": value }),
            format!("setting percent: {value} is not accepted; {percent}"),
        ));
    }
    for value in ["-1", "4294967296", "1.0", "+5", " 1", "99999999999999999999999"] {
        wrong.push((
            json!({ "most": value }),
            format!("setting most: {value} is not accepted; {most}"),
        ));
    }
    wrong.push((
        json!({ "percent": true }),
        format!("setting percent: true is not accepted; {percent}"),
    ));
    wrong.push((
        json!({ "most": ["a", 1] }),
        format!(r#"setting most: ["a",1] is not accepted; {most}"#),
    ));
    let long = "é".repeat(101);
    wrong.push((
        json!({ "label": long }),
        format!("setting label: {long} is not accepted; {label}"),
    ));
    wrong
}

#[track_caller]
fn check_refused(file: &Path, every: usize) {
    for (settings, sentence) in wrong_settings().into_iter().step_by(every) {
        let why = load(file, &settings).err();
        assert!(
            why.as_ref().is_some_and(|why| why.contains(&sentence)),
            "{settings}: {why:?}"
        );
    }
    let why = load(file, &json!({ "percnt": 5 })).err();
    let sentence = "setting percnt: unknown; expected label, most, percent";
    assert!(why.as_ref().is_some_and(|why| why.contains(sentence)), "{why:?}");
}

// A language is one test, so that its component is compiled once.

#[test]
fn rust_answers_the_vectors_and_refuses_wrong_settings() {
    for file in both("student-discount.wasm") {
        check(&file);
        check_refused(&file, 1);
    }
}

#[test]
fn javascript_answers_the_vectors_and_refuses_wrong_settings() {
    let file = fresh().join("student-discount-js.wasm");
    check(&file);
    check_refused(&file, 1);
}

#[test]
fn python_answers_the_vectors_and_refuses_wrong_settings() {
    let file = fresh().join("student-discount-py.wasm");
    check(&file);
    // Reading 40 MB of compiled code takes seconds where the test is not optimised.
    check_refused(&file, 7);
}

#[test]
fn c_answers_the_vectors_and_refuses_wrong_settings() {
    let file = fresh().join("student-discount-c.wasm");
    check(&file);
    check_refused(&file, 1);
    // Every kind of value is read before its name is looked for.
    for other in [
        json!({"a": null, "percnt": 5}),
        json!({"a": [1, -2.5e3, {"b": ["\u{1f3cb}\u{7}\\\"", {}]}, []], "percent": true}),
        json!({"\u{e9}\u{1}": "\u{1}"}),
    ] {
        let name = other.as_object().unwrap().keys().next().unwrap().clone();
        let why = load(&file, &other).err().unwrap();
        let shown = name.replace('\u{1}', " ");
        let sentence = format!("setting {shown}: unknown; expected label, most, percent");
        assert!(why.contains(&sentence), "{other}: {why}");
    }
}
