//! Rankings and offers: run, timed and compared as prices are, and every limit with what was used of it.

use std::fs;

use gym_plugins::Limits;
use serde_json::{Value, json};

use crate::guest::{Guest, request};
use crate::{Desk, tenth};

fn profile() -> Value {
    json!({"subject": "s", "goals": [], "level": 3, "limits": [], "recent": [], "facts": []})
}

fn ranking() -> Value {
    let workout = |id: &str| {
        json!({
            "id": id, "title": "Row", "minutes": 30, "intensity": 5, "muscle-groups": [], "equipment": [],
            "base-score": 5_000, "facts": [],
        })
    };
    let candidates = ["1", "2", "3"].map(workout);
    json!({
        "profile": profile(), "candidates": candidates, "limit": 3,
        "today": {"year": 2026, "month": 11, "day": 22}, "seed": 1,
    })
}

fn offers() -> Value {
    json!({
        "profile": profile(), "offer-codes": ["1", "2", "3"], "limit": 2,
        "today": {"year": 2026, "month": 11, "day": 22}, "seed": 1,
    })
}

/// A desk with two versions that rank and choose differently, and a request of each kind.
fn desk() -> Desk {
    let desk = Desk::new();
    desk.guest(
        "old.wasm",
        &Guest::recommending("coach", &[("1", 8_000, "fits"), ("2", 4_050, "new")]),
    );
    desk.guest(
        "new.wasm",
        &Guest::recommending("coach", &[("1", 8_000, "fits"), ("3", 4_050, "new")]),
    );
    for (name, request) in [("ranking.json", ranking()), ("offers.json", offers())] {
        fs::write(desk.path(name), request.to_string()).unwrap();
    }
    desk
}

#[test]
fn rankings_and_offers_are_timed() {
    let desk = desk();
    for request in ["ranking.json", "offers.json"] {
        let (code, bench) = desk.json(&["bench", "old.wasm", request, "--calls", "20"]);
        assert_eq!((code, &bench["calls"]), (0, &json!(20)), "{bench}");
    }
    desk.guest("tenth.wasm", &tenth());
    let (code, refused) = desk.json(&["bench", "tenth.wasm", "offers.json", "--calls", "20"]);
    let why = refused["error"].as_str().unwrap();
    assert!(code == 1 && why.contains("gives no recommendations"), "{why}");
}

#[test]
fn rankings_and_offers_of_two_versions_are_compared() {
    let desk = desk();
    // A record is read as what was asked then.
    let lines = [ranking(), json!({ "request": offers() })].map(|it| it.to_string());
    fs::write(desk.path("requests.jsonl"), lines.join("\n")).unwrap();
    let (code, diff) = desk.json(&["diff", "old.wasm", "new.wasm", "--requests", "requests.jsonl"]);
    assert_eq!((code, &diff["asked"]), (0, &json!(2)));
    let (second, none) = ("2: 40.50 %, new", "-");
    let different = ["1", "2"].map(|request| {
        [
            json!({"request": request, "line": "2", "old": second, "new": none}),
            json!({"request": request, "line": "3", "old": none, "new": second}),
        ]
    });
    assert_eq!(diff["different"], json!(different.concat()));
    let (_, same) = desk.json(&["diff", "old.wasm", "old.wasm", "--requests", "requests.jsonl"]);
    assert_eq!(same["different"], json!([]));
    desk.guest("tenth.wasm", &tenth());
    let (_, other) = desk.json(&["diff", "old.wasm", "tenth.wasm", "--requests", "requests.jsonl"]);
    assert_eq!(other["different"][0]["line"], "all");
}

#[test]
fn every_limit_is_shown_with_its_use() {
    let desk = desk();
    desk.guest("tenth.wasm", &tenth());
    let prices = serde_json::to_string(&request(&[1_000, 2_000])).unwrap();
    fs::write(desk.path("request.json"), prices).unwrap();
    for (file, request, items, answers) in [
        ("tenth.wasm", "request.json", 2, 1),
        ("old.wasm", "ranking.json", 3, 2),
        ("old.wasm", "offers.json", 3, 2),
    ] {
        let (code, run) = desk.json(&["run", file, request]);
        assert_eq!(code, 0, "{run}");
        let of = |limit: &str| {
            let limits = run["limits"].as_array().unwrap();
            let found = limits.iter().find(|it| it["limit"] == limit);
            let found = found.unwrap_or_else(|| panic!("{limit} is not in {run}"));
            (found["used"].as_u64(), found["allowed"].as_u64().unwrap())
        };
        let limits = Limits::default();
        assert_eq!(
            of("request lines"),
            (Some(items), u64::from(limits.items)),
            "{request}"
        );
        assert_eq!(
            of("answers"),
            (Some(answers), u64::from(limits.answers)),
            "{request}"
        );
        assert_eq!(
            of("memory bytes"),
            (Some(2 << 16), limits.memory_bytes),
            "{request}"
        );
        assert_eq!(of("stack bytes"), (None, Limits::STACK));
        for limit in [
            "call fuel",
            "request bytes",
            "answer bytes",
            "record bytes",
            "component bytes",
        ] {
            let (used, allowed) = of(limit);
            assert!(
                (1..allowed).contains(&used.unwrap()),
                "{limit}: {used:?} of {allowed}"
            );
        }
        for limit in [
            "instantiate fuel",
            "processor milliseconds",
            "milliseconds in the queue",
            "table elements",
            "log lines",
            "log bytes",
            "reads",
            "read bytes",
        ] {
            let (used, allowed) = of(limit);
            assert!(used.unwrap() < allowed, "{limit}: {used:?} of {allowed}");
        }
        let text = desk.run(&["run", file, request]).stdout;
        let text = String::from_utf8(text).unwrap();
        let stack = text.lines().find(|line| line.contains("stack bytes")).unwrap();
        assert_eq!(
            stack.split_whitespace().collect::<Vec<_>>(),
            ["stack", "bytes", "-", "524288", "-"]
        );
    }
}
