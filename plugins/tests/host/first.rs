//! Plugins of the contract 1.0, as they were built when it was new and committed: whatever a later host adds, they load,
//! import no more than they did, and answer what they answered then.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gym_plugins::contract::{OfferRequest, RankRequest};
use gym_plugins::{Capability, Digest, Grants, Limits, Plugin, Plugins, World, json};
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// They are never built again, so that these never change.
const DIGESTS: [(&str, &str); 2] = [
    (
        "rehab-first",
        "33c88e999067f2e93924b58160ca551b50ee8d675806cfd59b140fc57ae51b0c",
    ),
    (
        "student-discount",
        "659b2c4234f2547df693966a8c6dd2724bb9057fd0069ec39e60be150a965225",
    ),
];

/// One request with the answer of then.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Past {
    request: Value,
    answer: Value,
    #[serde(default)]
    settings: Map<String, Value>,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/first")
}

fn load(id: &str, world: World) -> Arc<Plugin> {
    let plugins = Plugins::load(folder(), &Grants::development(), Limits::default()).unwrap();
    assert!(plugins.faults().is_empty(), "{}", plugins.faults()[0]);
    let plugin = Arc::clone(plugins.get(id).unwrap());
    let found = plugin.found();
    assert_eq!((found.world, found.version.as_str()), (world, "1.0.0"));
    assert_eq!(found.imports, [Capability::Log, Capability::Settings].into());
    plugin
}

/// Asks whatever was asked then, and returns how often.
fn check(plugin: &Plugin, ask: impl Fn(&Plugin, &Value) -> Value) -> usize {
    let past = fs::read_to_string(folder().join(format!("{}.jsonl", plugin.id()))).unwrap();
    for line in past.lines() {
        let past: Past = serde_json::from_str(line).unwrap();
        let plugin = plugin.with_settings(&past.settings).unwrap();
        let answer = ask(&plugin, &past.request);
        assert_eq!(
            json::canonical(&answer),
            json::canonical(&past.answer),
            "{}",
            past.request
        );
    }
    past.lines().count()
}

#[test]
fn they_are_what_they_were() {
    for (id, digest) in DIGESTS {
        let bytes = fs::read(folder().join(format!("{id}.wasm"))).unwrap();
        assert_eq!(Digest::of(&bytes).to_string(), digest, "{id}");
    }
}

#[test]
fn prices_are_those_of_then() {
    let plugin = load("student-discount", World::Pricing);
    let asked = check(&plugin, |plugin, request| {
        let request = json::quote_request(&request.to_string()).unwrap();
        json!({"ok": plugin.quote_price(&request).answer.unwrap()})
    });
    assert_eq!(asked, 24);
}

#[test]
fn recommendations_are_those_of_then() {
    let plugin = load("rehab-first", World::Recommendation);
    let asked = check(&plugin, |plugin, request| {
        if request.get("candidates").is_some() {
            let request = RankRequest::deserialize(request).unwrap();
            json!({"ok": plugin.rank_workouts(&request).answer.unwrap()})
        } else {
            let request = OfferRequest::deserialize(request).unwrap();
            json!({"ok": plugin.choose_offers(&request).answer.unwrap()})
        }
    });
    assert_eq!(asked, 8);
}
