//! The contract in Rust is the contract of `wit/`: every world instantiates, and what goes in and out is what is meant.

use std::path::Path;

use gym_plugins::contract::{Change, FactValue, QuoteRequest};
use gym_plugins::{Capability, Grants, Limits, Plugins, Terms, World, json};
use wit_component::{ComponentEncoder, StringEncoding, dummy_module, embed_component_metadata};
use wit_parser::{ManglingAndAbi, Resolve};

use crate::guest::{Guest, adjustment, eur, request};

/// Makes a component of a world that traps on every call, from the WIT alone.
fn dummy(folder: &str, world: &str) -> Vec<u8> {
    let mut resolve = Resolve::default();
    let (package, _) = resolve
        .push_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder))
        .unwrap();
    let world = resolve.select_world(&[package], Some(world)).unwrap();
    let mut module = dummy_module(&resolve, world, ManglingAndAbi::Standard32);
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
    let encoder = ComponentEncoder::default()
        .validate(true)
        .module(&module)
        .unwrap();
    { encoder }.encode().unwrap()
}

#[test]
fn every_world_of_the_wit_has_the_functions_that_the_host_calls() {
    for (folder, world) in [
        ("wit", "pricing-plugin"),
        ("wit", "pricing-plugin-with-lookup"),
        ("wit", "recommendation-plugin"),
        ("wit", "recommendation-plugin-with-lookup"),
        ("wit-0.1", "pricing-plugin"),
    ] {
        let place = tempfile::tempdir().unwrap();
        std::fs::write(place.path().join("dummy.wasm"), dummy(folder, world)).unwrap();
        let terms = Terms {
            imports: [Capability::Log, Capability::Settings, Capability::Lookup].into(),
            ..Terms::default()
        };
        let plugins = Plugins::load(place.path(), &Grants::anyone(terms), Limits::default()).unwrap();
        let why = plugins.faults()[0].why.to_string();
        assert_eq!(
            why, "describe: dummy.wasm: it crashed: wasm trap: wasm `unreachable` instruction executed",
            "{folder} {world}: types are compared before the first call, so that this is as far as a dummy comes"
        );
    }
}

#[test]
fn what_a_guest_answers_is_what_the_host_reads() {
    let mut all = vec![
        adjustment(Some(0), Change::PercentOff(2_000)),
        adjustment(None, Change::PercentSurcharge(150)),
        adjustment(Some(1), Change::AmountOff(eur(250))),
        adjustment(Some(1), Change::Surcharge(eur((1 << 53) - 1))),
        adjustment(Some(0), Change::SetPrice(eur(0))),
    ];
    all[1].exclusive_group = Some("peak".to_owned());
    all[1].priority = -5;
    let plugin = Guest::answering("five", &all).load(Limits::default());
    let run = plugin.quote_price(&request(&[1_000, 2_000]));
    assert_eq!(run.answer.unwrap().adjustments, all);
    assert_eq!(plugin.found().world, World::Pricing);
    assert_eq!(plugin.found().version, "1.2.3");
    assert!(
        run.usage.call_fuel > 0 && run.usage.memory_bytes == 2 << 16,
        "{:?}",
        run.usage
    );
}

#[test]
fn a_request_reads_as_it_is_written() {
    let line = r#"{"context":{"currency":"EUR","facts":[{"key":"season","value":{"text":"winter"}}],"location":"1","seed":7,"today":{"day":22,"month":11,"year":2026}},"lines":[{"facts":[],"kind":"pass","line-id":0,"list-price":{"currency":"EUR","minor-units":900},"occasion":{"day":{"day":23,"month":11,"year":2026},"minute":600,"places":12,"taken":3,"weekday":1},"tax-code":"class"}]}"#;
    let request: QuoteRequest = json::quote_request(line).unwrap();
    assert_eq!(
        request.context.facts[0].value,
        FactValue::Text("winter".to_owned())
    );
    assert_eq!(json::canonical(&serde_json::to_value(&request).unwrap()), line);
    let typo = line.replace("\"seed\"", "\"sede\"");
    assert!(json::quote_request(&typo).unwrap_err().contains("sede"));
}
