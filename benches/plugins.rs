//! One price by a plugin: a new instance for each, an instance that is kept, the same rule in Rust; and loading it.

#[path = "plugins/scene.rs"]
mod scene;

use std::hint::black_box;
use std::sync::Arc;

use criterion::{Criterion, criterion_group, criterion_main};
use gym_core::billing::pricing::{Answer, Change, Operation, Pricing, Request};
use gym_plugins::contract::{Failure, Quote, QuoteRequest};
use gym_plugins::{Grants, Home, Limits, Plugin, Plugins};
use wasmtime::component::{Component, Linker, TypedFunc};
use wasmtime::{Config, Engine, Store};

use self::scene::{Failed, request, sample};

const FUEL: u64 = 10_000_000;

/// The rule of the sample, without a plugin.
struct Native;

impl Pricing for Native {
    fn name(&self) -> &str {
        "native"
    }

    fn propose(&self, request: &Request) -> Answer {
        if !request.concessions.contains("student") {
            return Answer::of(Vec::new());
        }
        let lower = |item| Operation {
            item,
            change: Change::Percent(-10_000),
            text: "Student discount".to_owned(),
        };
        Answer::of((0..request.items.len()).map(lower).collect())
    }
}

fn load(grants: &Grants) -> Result<Arc<Plugin>, Failed> {
    let plugins = Plugins::load(vec![sample("student-discount")], grants, Limits::default())?;
    let plugin = plugins.iter().next().cloned();
    plugin.ok_or_else(|| {
        plugins
            .faults()
            .iter()
            .map(ToString::to_string)
            .collect::<String>()
            .into()
    })
}

/// An instance that the library would never keep: whatever it wrote would be there at the next call.
type Kept<'r> = TypedFunc<(&'r QuoteRequest,), (Result<Quote, Failure>,)>;

fn keep<'r>() -> Result<(Store<()>, Kept<'r>), Failed> {
    let mut config = Config::new();
    config
        .consume_fuel(true)
        .epoch_interruption(true)
        .cranelift_nan_canonicalization(true)
        .concurrency_support(false);
    let engine = Engine::new(&config)?;
    let component = Component::from_file(&engine, sample("student-discount"))?;
    let mut linker = Linker::<()>::new(&engine);
    let mut settings = linker.instance("gym:plugins/settings@1.0.0")?;
    settings.func_wrap("get", |_, (_,): (String,)| Ok((None::<String>,)))?;
    type Line = (gym_plugins::contract::Level, String);
    let mut log = linker.instance("gym:plugins/log@1.0.0")?;
    log.func_wrap("write", |_, _: Line| Ok(()))?;
    let mut store = Store::new(&engine, ());
    store.set_fuel(FUEL)?;
    store.set_epoch_deadline(u64::MAX / 2);
    let instance = linker.instantiate(&mut store, &component)?;
    let interface = component.get_export_index(None, "gym:plugins/pricing@1.0.0");
    let quote = interface.and_then(|it| component.get_export_index(Some(&it), "quote-price"));
    let quote = instance.get_typed_func(&mut store, quote.ok_or("no such function")?)?;
    Ok((store, quote))
}

fn bench(c: &mut Criterion) -> Result<(), Failed> {
    let (request, folder) = (request()?, tempfile::tempdir()?);
    let grants = Grants {
        home: Some(Home::open(folder.path().join("home"))?),
        ..Grants::development()
    };
    let plugin = load(&grants)?;
    let asked = plugin.request(&request);
    let expected = plugin.quote_price(&asked).answer?;
    assert_eq!(expected.adjustments.len(), 2);
    let proposed = plugin.propose(&request).proposed;
    assert_eq!(proposed, Native.propose(&request).proposed, "one rule, twice");

    let mut group = c.benchmark_group("plugins");
    group.bench_function("a quote by a new instance", |b| {
        b.iter(|| black_box(plugin.quote_price(black_box(&asked)).answer.is_ok()));
    });
    group.bench_function("the same, checked, recorded and as operations of the gym", |b| {
        b.iter(|| black_box(plugin.propose(black_box(&request))));
    });
    let (mut store, quote) = keep()?;
    assert_eq!(quote.call(&mut store, (&asked,))?.0, Ok(expected));
    group.bench_function("a quote by an instance that is kept", |b| {
        b.iter(|| {
            let fuelled = store.set_fuel(FUEL).is_ok();
            black_box(fuelled && quote.call(&mut store, (black_box(&asked),)).is_ok())
        });
    });
    let mut one = request.clone();
    one.items.truncate(1);
    let one = plugin.request(&one);
    group.bench_function("a quote of one line by an instance that is kept", |b| {
        b.iter(|| {
            let fuelled = store.set_fuel(FUEL).is_ok();
            black_box(fuelled && quote.call(&mut store, (black_box(&one),)).is_ok())
        });
    });
    group.bench_function("the rule in Rust, without a plugin", |b| {
        b.iter(|| black_box(Native.propose(black_box(&request))));
    });
    group.bench_function("loading from the cache of compiled code", |b| {
        b.iter(|| black_box(load(&grants).is_ok()));
    });
    group.finish();
    Ok(())
}

fn plugins(c: &mut Criterion) {
    if let Err(error) = bench(c) {
        panic!("{error}");
    }
}

criterion_group!(benches, plugins);
criterion_main!(benches);
