//! An instance that is kept, as the library never does: it answers as a new one, and its memory does not grow.

use std::path::Path;

use gym_plugins::contract::{Fact, FactValue, Failure, Level, Quote, QuoteRequest};
use serde_json::json;
use wasmtime::component::{Component, Linker, TypedFunc};
use wasmtime::{Config, Engine, ResourceLimiter, Store};

use crate::load::{both, load};
use crate::pricing::classes;

/// The bytes of memory that it has.
#[derive(Default)]
struct Bytes(usize);

impl ResourceLimiter for Bytes {
    fn memory_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        self.0 = self.0.max(desired);
        Ok(true)
    }

    fn table_growing(&mut self, _: usize, _: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        Ok(true)
    }
}

type Asked<'r> = TypedFunc<(&'r QuoteRequest,), (Result<Quote, Failure>,)>;

fn keep<'r>(file: &Path) -> (Store<Bytes>, Asked<'r>) {
    let mut config = Config::new();
    config.concurrency_support(false);
    let engine = Engine::new(&config).unwrap();
    let component = Component::from_file(&engine, file).unwrap();
    let mut linker = Linker::<Bytes>::new(&engine);
    let mut settings = linker.instance("gym:plugins/settings@1.0.0").unwrap();
    let of = |key: &str| match key {
        "label" => Some("Weniger für Studierende".to_owned()),
        "percent" => Some("12.5".to_owned()),
        _ => None,
    };
    settings
        .func_wrap("get", move |_, (key,): (String,)| Ok((of(&key),)))
        .unwrap();
    let mut log = linker.instance("gym:plugins/log@1.0.0").unwrap();
    log.func_wrap("write", |_, _: (Level, String)| Ok(())).unwrap();
    let mut store = Store::new(&engine, Bytes::default());
    store.limiter(|bytes| bytes);
    let instance = linker.instantiate(&mut store, &component).unwrap();
    let interface = component.get_export_index(None, "gym:plugins/pricing@1.0.0");
    let quote = interface.and_then(|it| component.get_export_index(Some(&it), "quote-price"));
    let quote = instance.get_typed_func(&mut store, quote.unwrap()).unwrap();
    (store, quote)
}

#[test]
fn an_instance_that_is_kept_answers_as_a_new_one_and_does_not_grow() {
    let mut few = classes(1);
    let mut many = classes(64);
    for request in [&mut few, &mut many] {
        request.member = serde_json::from_value(json!({
            "facts": [], "subject": "m-1", "tags": ["senior", "student"]
        }))
        .unwrap();
    }
    many.lines[5].facts.push(Fact {
        key: "plan.name".to_owned(),
        value: FactValue::Text("all".repeat(400)),
    });
    let mut wrong = few.clone();
    wrong.lines[0].list_price.currency = "JPY".to_owned();
    for file in both("student-discount.wasm") {
        let settings = json!({ "label": "Weniger für Studierende", "percent": 12.5 });
        let plugin = load(&file, &settings).unwrap();
        let (mut store, quote) = keep(&file);
        let expected = [&few, &many].map(|request| plugin.quote_price(request).answer.unwrap());
        let mut round = || {
            let mut ask = |request| {
                quote
                    .call(&mut store, (request,))
                    .map(|(answer,)| answer)
                    .unwrap()
            };
            assert_eq!(ask(&few), Ok(expected[0].clone()));
            assert!(ask(&wrong).is_err());
            assert_eq!(ask(&many), Ok(expected[1].clone()));
            store.data().0
        };
        let bytes = round();
        for _ in 0..1_000 {
            assert_eq!(round(), bytes);
        }
    }
}
