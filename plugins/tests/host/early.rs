//! A plugin of the contract 0.1, as it was built then and committed, still runs.

use std::path::{Path, PathBuf};

use gym_plugins::contract::Change;
use gym_plugins::{Digest, Grants, Limits, Plugins, World};

use crate::guest::{component, request};

const DIGEST: &str = include_str!("../early/SHA256");

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/early")
}

/// Where its source and the encoder are as they were, building it again gives the same bytes.
#[test]
fn the_committed_guest_is_what_its_source_builds() {
    let text = std::fs::read_to_string(folder().join("early-bird.wat")).unwrap();
    let wit = Path::new(env!("CARGO_MANIFEST_DIR")).join("wit-0.1");
    let built = component(&text, &wit, "pricing-plugin");
    if std::env::var_os("GYM_BUILD_EARLY").is_some() {
        std::fs::write(folder().join("early-bird.wasm"), &built).unwrap();
        std::fs::write(folder().join("SHA256"), format!("{}\n", Digest::of(&built))).unwrap();
    }
    let committed = std::fs::read(folder().join("early-bird.wasm")).unwrap();
    assert_eq!(Digest::of(&committed).to_string(), DIGEST.trim());
    assert_eq!(built.len(), committed.len());
}

#[test]
fn the_committed_guest_of_0_1_prices() {
    let plugins = Plugins::load(folder(), &Grants::development(), Limits::default()).unwrap();
    assert!(plugins.faults().is_empty(), "{}", plugins.faults()[0]);
    let plugin = plugins.get("early-bird").unwrap();
    assert_eq!(plugin.found().world, World::EarlyPricing);
    let quote = plugin
        .quote_price(&request(&[1_000, 2_000, 3_000]))
        .answer
        .unwrap();
    let found: Vec<_> = quote
        .adjustments
        .iter()
        .map(|it| (it.line_id, &it.change))
        .collect();
    let off = Change::PercentOff(1_000);
    assert_eq!(found, [(Some(0), &off), (Some(1), &off), (Some(2), &off)]);
    assert_eq!(quote.adjustments[0].label, "Early bird");
}
