//! The price of two classes for a student, by one rule: through gym-plugins and through extism, in one run.
//!
//! Every quote has an instance of its own. The hosts take turns in short rounds, so that whatever else the machine does
//! slows both; the median round counts. `benches/peers/run` builds what is needed and starts it.

use std::error::Error;
use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use extism::{CompiledPlugin, Manifest, PluginBuilder, Wasm};
use gym_plugins::contract::{Quote, QuoteRequest};
use gym_plugins::{Grants, Limits, Plugins};
use wasmtime_of_extism::{Config, Enabled, InstanceAllocationStrategy, PoolingAllocationConfig};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const ROUNDS: usize = 60;
const QUOTES: u32 = 100;
/// Fuel and time of a call, for both.
const FUEL: u64 = 10_000_000;
const TIME: Duration = Duration::from_millis(100);

const REQUEST: &str = r#"{
  "lines": [
    {"line-id": 0, "kind": "class-booking", "tax-code": "class",
     "list-price": {"minor-units": 1500, "currency": "EUR"}, "facts": []},
    {"line-id": 1, "kind": "class-booking", "tax-code": "class",
     "list-price": {"minor-units": 1500, "currency": "EUR"}, "facts": []}
  ],
  "member": {"subject": "somebody", "tags": ["student"], "facts": []},
  "context": {"today": {"year": 2026, "month": 11, "day": 22}, "location": "1", "currency": "EUR", "seed": 1, "facts": []}
}"#;

fn main() -> Result<()> {
    let guest = std::env::args().nth(1).ok_or("expected the guest for extism; start benches/peers/run")?;
    let request = gym_plugins::json::quote_request(REQUEST)?;
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../plugins/guests/built/student-discount.wasm");
    let plugins = Plugins::load(vec![sample], &Grants::development(), Limits::default())?;
    let ours = plugins.iter().next().ok_or("the sample was not loaded")?;
    let (plain, pooled) = (extism(&guest, Config::new())?, extism(&guest, pooled())?);
    let bytes = serde_json::to_vec(&request)?;

    let expected = ours.quote_price(&request).answer?;
    assert_eq!(expected.adjustments.len(), 2);
    assert_eq!(theirs(&plain, &request)?, expected);
    assert_eq!(theirs(&pooled, &request)?, expected);

    let mut times = [const { Vec::new() }; 4];
    for _ in 0..ROUNDS {
        times[0].push(round(|| Ok(ours.quote_price(black_box(&request)).answer.is_ok()))?);
        times[1].push(round(|| Ok(theirs(&plain, black_box(&request)).is_ok()))?);
        times[2].push(round(|| Ok(theirs(&pooled, black_box(&request)).is_ok()))?);
        times[3].push(round(|| Ok(called(&pooled, black_box(&bytes))?.len() > 2))?);
    }
    let medians = times.map(|mut its| {
        its.sort_unstable();
        its[its.len() / 2] / QUOTES
    });
    let names = [
        "gym-plugins",
        "extism, as it comes",
        "extism, with a pool of instances",
        "extism, with a pool, and JSON made and read beforehand",
    ];
    for (name, median) in names.iter().zip(medians) {
        let ratio = median.as_secs_f64() / medians[0].as_secs_f64();
        println!("{name:<56} {:>8.1} µs {ratio:>6.1} ×", median.as_secs_f64() * 1e6);
    }
    Ok(())
}

/// Times some quotes, all of which must succeed.
fn round(mut quote: impl FnMut() -> Result<bool>) -> Result<Duration> {
    let from = Instant::now();
    for _ in 0..QUOTES {
        if !quote()? {
            return Err("a quote has failed".into());
        }
    }
    Ok(from.elapsed())
}

/// Sets its engine as ours is set, as far as it lets: a pool whose pages stay resident.
fn pooled() -> Config {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_memories(256)
        .total_core_instances(256)
        .total_tables(256)
        .max_memory_size(32 << 20)
        .linear_memory_keep_resident(128 << 10)
        .table_keep_resident(8 << 10)
        .pagemap_scan(Enabled::Auto);
    let mut config = Config::new();
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    config
}

fn extism(guest: &str, config: Config) -> Result<CompiledPlugin> {
    let manifest = Manifest::new([Wasm::data(std::fs::read(guest)?)]).with_timeout(TIME);
    let builder = PluginBuilder::new(manifest).with_wasmtime_config(config);
    Ok(builder.with_fuel_limit(FUEL).with_cache_disabled().compile()?)
}

/// Asks in a new instance, as a program does that has typed values.
fn theirs(compiled: &CompiledPlugin, request: &QuoteRequest) -> Result<Quote> {
    let answer = called(compiled, &serde_json::to_vec(request)?)?;
    Ok(serde_json::from_slice(&answer)?)
}

fn called(compiled: &CompiledPlugin, request: &[u8]) -> Result<Vec<u8>> {
    let mut plugin = extism::Plugin::new_from_compiled(compiled)?;
    Ok(plugin.call::<&[u8], Vec<u8>>("quote_price", request)?)
}
