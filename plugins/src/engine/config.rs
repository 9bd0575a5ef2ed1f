//! How the engine is set: every choice that matters is made here, also where it is the default today.

use std::num::NonZeroUsize;

use wasmtime::{
    Config, Enabled, Engine, Inlining, InstanceAllocationStrategy, OperatorCost, OptLevel,
    PoolingAllocationConfig, RegallocAlgorithm, Strategy, WasmBacktraceDetails, WasmFeatures,
};

use super::PLACES;
use crate::error::LoadError;
use crate::limits::Limits;

/// The version of the engine; `Cargo.toml` pins its minor version, and a test compares this with the lock file.
pub(crate) const VERSION: &str = "48.0.8";

/// Linear memories of one component: engines of scripting languages bring three.
pub(crate) const MEMORIES: u32 = 4;
/// Tables of one component.
pub(crate) const TABLES: u32 = 8;
/// Core instances of one component.
pub(crate) const CORE_INSTANCES: u32 = 40;

/// Makes an engine: with a pool, or without where the address space is too small for one.
pub(crate) fn engine() -> Result<Engine, LoadError> {
    let pooled = config().and_then(|mut config| {
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool()));
        Engine::new(&config)
    });
    let made = pooled.or_else(|_| {
        config().and_then(|mut config| {
            config.allocation_strategy(InstanceAllocationStrategy::OnDemand);
            Engine::new(&config)
        })
    });
    made.map_err(|error| LoadError::Engine {
        why: format!("{error:#}"),
    })
}

fn config() -> wasmtime::Result<Config> {
    let mut config = Config::new();
    config
        .strategy(Strategy::Cranelift)
        .cranelift_opt_level(OptLevel::Speed)
        .cranelift_regalloc_algorithm(RegallocAlgorithm::Backtracking)
        .cranelift_nan_canonicalization(true)
        .compiler_inlining(Inlining::No)
        .consume_fuel(true)
        .operator_cost(OperatorCost::default())
        .epoch_interruption(true)
        .max_wasm_stack(crate::state::STACK)
        .memory_init_cow(true)
        .memory_may_move(false)
        .guard_before_linear_memory(true)
        .signals_based_traps(true)
        .debug_info(false)
        .native_unwind_info(false)
        .generate_address_map(true)
        .wasm_backtrace_details(WasmBacktraceDetails::Disable)
        .wasm_backtrace_max_frames(NonZeroUsize::new(16))
        .shared_memory(false)
        .gc_support(false)
        .concurrency_support(false);
    features(&mut config);
    Ok(config)
}

/// Switches on what compilers of guests need, and off all else. Several memories stay on: without them a component
/// whose adapters need two makes this version of the engine panic while compiling.
fn features(config: &mut Config) {
    config
        .wasm_component_model(true)
        .wasm_multi_memory(true)
        .wasm_bulk_memory(true)
        .wasm_multi_value(true)
        .wasm_extended_const(true)
        .wasm_simd(false)
        .wasm_relaxed_simd(false)
        .relaxed_simd_deterministic(true)
        .wasm_memory64(false)
        .wasm_tail_call(false)
        .wasm_custom_page_sizes(false)
        .wasm_wide_arithmetic(false)
        .wasm_branch_hinting(false)
        .wasm_stack_switching(false)
        .wasm_shared_everything_threads(false)
        .wasm_component_model_error_context(false)
        .wasm_component_model_gc(false)
        .wasm_component_model_map(false)
        .wasm_component_model_memory64(false)
        .wasm_component_model_fixed_length_lists(false)
        .wasm_component_model_implements(false)
        .wasm_features(
            WasmFeatures::GC
                | WasmFeatures::FUNCTION_REFERENCES
                | WasmFeatures::EXCEPTIONS
                | WasmFeatures::LEGACY_EXCEPTIONS
                | WasmFeatures::THREADS,
            false,
        );
}

fn pool() -> PoolingAllocationConfig {
    let mut pool = PoolingAllocationConfig::new();
    let memory = usize::try_from(Limits::CAP.memory_bytes).unwrap_or(usize::MAX);
    let elements = usize::try_from(Limits::CAP.table_elements).unwrap_or(usize::MAX);
    pool.total_component_instances(PLACES)
        .total_core_instances(PLACES * CORE_INSTANCES)
        .total_memories(PLACES * MEMORIES)
        .total_tables(PLACES * TABLES)
        .max_core_instances_per_component(CORE_INSTANCES)
        .max_memories_per_component(MEMORIES)
        .max_tables_per_component(TABLES)
        .max_memories_per_module(1)
        .max_tables_per_module(1)
        .table_elements(elements)
        .max_memory_size(memory)
        .max_component_instance_size(1 << 20)
        .max_core_instance_size(256 << 10)
        .max_unused_warm_slots(16)
        .decommit_batch_size(8)
        .linear_memory_keep_resident(128 << 10)
        .table_keep_resident(8 << 10)
        .pagemap_scan(Enabled::Auto);
    pool
}
