//! [`Limits`]: what a plugin may use, each with a default and a cap of the host.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What one plugin may use. Everything above [`Limits::CAP`] is lowered to it when a plugin is loaded.
///
/// ```
/// use gym_plugins::Limits;
///
/// let generous = Limits { call_fuel: 50_000_000, ..Limits::default() };
/// assert!(generous.capped() == generous);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Limits {
    /// Bytes of the component.
    pub component_bytes: u64,
    /// Milliseconds for compiling it.
    pub compile_ms: u64,
    /// Fuel for making an instance: start functions count.
    pub instantiate_fuel: u64,
    /// Fuel for a call with up to 20 lines or candidates.
    pub call_fuel: u64,
    /// Fuel for each line or candidate more.
    pub item_fuel: u64,
    /// Milliseconds of processor time that a call may take.
    pub call_ms: u64,
    /// Milliseconds that a call may wait for a place.
    pub queue_ms: u64,
    /// Bytes of all linear memories together.
    pub memory_bytes: u64,
    /// Elements of all tables together.
    pub table_elements: u64,
    /// Bytes of texts and records that are handed to the plugin.
    pub input_bytes: u64,
    /// Lines or candidates of a request.
    pub items: u32,
    /// Bytes that the host lifts from one answer or one argument.
    pub output_bytes: u64,
    /// Adjustments, recommendations or offers of an answer.
    pub answers: u32,
    /// Lines of the log that are kept of a call; sixteen times as many stop it.
    pub log_lines: u32,
    /// Bytes of the log that are kept of a call; sixteen times as many stop it.
    pub log_bytes: u64,
    /// Calls of settings and lookups.
    pub reads: u32,
    /// Bytes that settings and lookups return.
    pub read_bytes: u64,
    /// Bytes that its answer, its lookups and its log take in the record, as JSON.
    pub record_bytes: u64,
    /// Faults within a minute after which it is off for a minute; 0 never switches it off.
    pub faults: u32,
}

impl Limits {
    /// The most that the host gives to any plugin.
    pub const CAP: Self = Self {
        component_bytes: 24 << 20,
        compile_ms: 120_000,
        instantiate_fuel: 10_000_000,
        call_fuel: 100_000_000,
        item_fuel: 1_000_000,
        call_ms: 1_000,
        queue_ms: 10_000,
        memory_bytes: 32 << 20,
        table_elements: 10_000,
        input_bytes: 512 << 10,
        items: 2_000,
        output_bytes: 256 << 10,
        answers: 2_000,
        log_lines: 1_000,
        log_bytes: 256 << 10,
        reads: 1_000,
        read_bytes: 1 << 20,
        record_bytes: 1 << 20,
        faults: u32::MAX,
    };

    /// Bytes of stack that a call has, whatever its other limits are.
    pub const STACK: u64 = 512 << 10;

    /// Returns the limits, each lowered to the cap.
    #[must_use]
    pub fn capped(self) -> Self {
        let cap = Self::CAP;
        Self {
            component_bytes: self.component_bytes.min(cap.component_bytes),
            compile_ms: self.compile_ms.min(cap.compile_ms),
            instantiate_fuel: self.instantiate_fuel.min(cap.instantiate_fuel),
            call_fuel: self.call_fuel.min(cap.call_fuel),
            item_fuel: self.item_fuel.min(cap.item_fuel),
            call_ms: self.call_ms.min(cap.call_ms),
            queue_ms: self.queue_ms.min(cap.queue_ms),
            memory_bytes: self.memory_bytes.min(cap.memory_bytes),
            table_elements: self.table_elements.min(cap.table_elements),
            input_bytes: self.input_bytes.min(cap.input_bytes),
            items: self.items.min(cap.items),
            output_bytes: self.output_bytes.min(cap.output_bytes),
            answers: self.answers.min(cap.answers),
            log_lines: self.log_lines.min(cap.log_lines),
            log_bytes: self.log_bytes.min(cap.log_bytes),
            reads: self.reads.min(cap.reads),
            read_bytes: self.read_bytes.min(cap.read_bytes),
            record_bytes: self.record_bytes.min(cap.record_bytes),
            faults: self.faults,
        }
    }

    /// Returns the fuel of a call with so many lines or candidates.
    pub fn fuel_for(&self, items: usize) -> u64 {
        let more = u64::try_from(items.saturating_sub(20)).unwrap_or(u64::MAX);
        self.call_fuel.saturating_add(self.item_fuel.saturating_mul(more))
    }

    /// Returns how long a call may take.
    pub const fn call_time(&self) -> Duration {
        Duration::from_millis(self.call_ms)
    }

    /// Returns how long a call may wait for a place.
    pub const fn queue_time(&self) -> Duration {
        Duration::from_millis(self.queue_ms)
    }

    /// Returns how long compiling may take.
    pub const fn compile_time(&self) -> Duration {
        Duration::from_millis(self.compile_ms)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            component_bytes: 4 << 20,
            compile_ms: 30_000,
            instantiate_fuel: 10_000_000,
            call_fuel: 10_000_000,
            item_fuel: 50_000,
            call_ms: 100,
            queue_ms: 1_000,
            memory_bytes: 16 << 20,
            table_elements: 10_000,
            input_bytes: 128 << 10,
            items: 200,
            output_bytes: 64 << 10,
            answers: 64,
            log_lines: 32,
            log_bytes: 4 << 10,
            reads: 64,
            read_bytes: 64 << 10,
            record_bytes: 32 << 10,
            faults: 5,
        }
    }
}

/// A limit of [`Limits`] that a call can reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum Limit {
    /// `instantiate-fuel`.
    #[error("instantiate fuel")]
    InstantiateFuel,
    /// `call-fuel` and `item-fuel`.
    #[error("call fuel")]
    CallFuel,
    /// `call-ms`.
    #[error("processor milliseconds")]
    CallTime,
    /// `queue-ms`.
    #[error("milliseconds in the queue")]
    QueueTime,
    /// `memory-bytes`.
    #[error("bytes of memory")]
    Memory,
    /// `table-elements`.
    #[error("table elements")]
    Table,
    /// `input-bytes`.
    #[error("bytes of the request")]
    Input,
    /// `items`.
    #[error("lines of the request")]
    Items,
    /// `output-bytes`.
    #[error("bytes of an answer or an argument")]
    Output,
    /// `log-lines`.
    #[error("lines of the log")]
    LogLines,
    /// `log-bytes`.
    #[error("bytes of the log")]
    LogBytes,
    /// `reads`.
    #[error("reads of settings and lookups")]
    Reads,
    /// `read-bytes`.
    #[error("bytes of settings and lookups")]
    ReadBytes,
    /// `record-bytes`.
    #[error("bytes of the record")]
    Record,
    /// The wasm stack of 512 KiB.
    #[error("bytes of stack")]
    Stack,
}
