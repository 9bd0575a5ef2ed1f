//! The [`State`] of one call: what it has used, what it may read, and what it said. Nothing of it outlives the call.

mod import;

use std::sync::Arc;

use gym_core::text::is_shown;
use serde::{Deserialize, Serialize};
use wasmtime::ResourceLimiter;

pub(crate) use self::import::linker;
use crate::contract::{Fact, Failure, Level};
use crate::grant::{Settings, Tables};
use crate::limits::{Limit, Limits};

/// Bytes of stack that a guest has.
pub(crate) const STACK: usize = Limits::STACK as usize;

/// How often the kept lines and bytes of a log may be exceeded before the call is stopped.
const FLOOD: u32 = 16;

/// What part of its life a plugin is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Being made: start functions run.
    Instantiate,
    /// Being asked who it is.
    Lifecycle,
    /// Being asked for what it is for.
    Call,
}

/// One line that a plugin wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogLine {
    /// How much it matters.
    pub level: Level,
    /// The line, without what is not seen.
    pub message: String,
}

/// One row that a plugin looked up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lookup {
    /// The table.
    pub table: String,
    /// The row's key.
    pub key: String,
    /// What it got.
    pub answer: Result<Option<Vec<Fact>>, Failure>,
}

/// What one call has used and may use.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) limits: Limits,
    pub(crate) phase: Phase,
    settings: Arc<Settings>,
    tables: Arc<Tables>,
    memory: u64,
    elements: u64,
    reads: u32,
    read_bytes: u64,
    lines: u32,
    line_bytes: u64,
    kept_bytes: u64,
    pub(crate) log: Vec<LogLine>,
    pub(crate) said: Option<String>,
    pub(crate) lookups: Vec<Lookup>,
    /// A growth that was refused, which the guest may have survived.
    pub(crate) refused: Option<(Limit, u64)>,
    /// The limit for which the host ended the call.
    pub(crate) broken: Option<(Limit, u64)>,
}

impl State {
    pub(crate) fn new(limits: Limits, settings: Arc<Settings>, tables: Arc<Tables>) -> Self {
        Self {
            limits,
            phase: Phase::Instantiate,
            settings,
            tables,
            memory: 0,
            elements: 0,
            reads: 0,
            read_bytes: 0,
            lines: 0,
            line_bytes: 0,
            kept_bytes: 0,
            log: Vec::new(),
            said: None,
            lookups: Vec::new(),
            refused: None,
            broken: None,
        }
    }

    /// Returns the most bytes of memory that it had.
    pub(crate) const fn memory(&self) -> u64 {
        self.memory
    }

    /// Returns the most elements of tables that it had.
    pub(crate) const fn elements(&self) -> u64 {
        self.elements
    }

    /// Returns how many lines were written, kept or not, and of how many bytes.
    pub(crate) const fn lines(&self) -> (u32, u64) {
        (self.lines, self.line_bytes)
    }

    /// Returns how many reads there were, and of how many bytes.
    pub(crate) const fn reads(&self) -> (u32, u64) {
        (self.reads, self.read_bytes)
    }

    fn breaks(&mut self, limit: Limit, used: u64) -> wasmtime::Error {
        self.broken = Some((limit, used));
        wasmtime::format_err!("{limit}: {used}")
    }

    fn write(&mut self, level: Level, message: &str) -> wasmtime::Result<()> {
        self.lines += 1;
        self.line_bytes = self.line_bytes.saturating_add(message.len() as u64);
        if self.lines > self.limits.log_lines.saturating_mul(FLOOD) {
            return Err(self.breaks(Limit::LogLines, u64::from(self.lines)));
        }
        if self.line_bytes > self.limits.log_bytes.saturating_mul(u64::from(FLOOD)) {
            return Err(self.breaks(Limit::LogBytes, self.line_bytes));
        }
        if level == Level::Error {
            self.said = Some(one_line(message, 400));
        }
        let room = self.limits.log_bytes.saturating_sub(self.kept_bytes);
        if self.lines <= self.limits.log_lines && room > 0 {
            let message = one_line(message, usize::try_from(room).unwrap_or(usize::MAX));
            self.kept_bytes += message.len() as u64;
            self.log.push(LogLine { level, message });
        }
        Ok(())
    }

    /// Counts a read, whose key has so many bytes.
    fn read(&mut self, bytes: usize) -> wasmtime::Result<()> {
        if self.phase != Phase::Call {
            return Err(wasmtime::format_err!(
                "settings and lookups cannot be read while the plugin is made or asked who it is"
            ));
        }
        self.reads += 1;
        if self.reads > self.limits.reads {
            return Err(self.breaks(Limit::Reads, u64::from(self.reads)));
        }
        self.returned(bytes)
    }

    fn returned(&mut self, bytes: usize) -> wasmtime::Result<()> {
        self.read_bytes = self.read_bytes.saturating_add(bytes as u64);
        if self.read_bytes > self.limits.read_bytes {
            return Err(self.breaks(Limit::ReadBytes, self.read_bytes));
        }
        Ok(())
    }
}

/// Returns a text on one line, cut to so many bytes.
pub(crate) fn one_line(text: &str, bytes: usize) -> String {
    let mut end = bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let clean = |c: char| if is_shown(c) { c } else { ' ' };
    text[..end].chars().map(clean).collect()
}

impl ResourceLimiter for State {
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let total = self.memory.saturating_add(desired.saturating_sub(current) as u64);
        let fits = total <= self.limits.memory_bytes;
        if fits {
            self.memory = total;
        } else {
            self.refused = Some((Limit::Memory, total));
        }
        Ok(fits)
    }

    fn table_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let total = self
            .elements
            .saturating_add(desired.saturating_sub(current) as u64);
        let fits = total <= self.limits.table_elements;
        if fits {
            self.elements = total;
        } else {
            self.refused = Some((Limit::Table, total));
        }
        Ok(fits)
    }

    fn instances(&self) -> usize {
        64
    }

    fn tables(&self) -> usize {
        16
    }

    fn memories(&self) -> usize {
        8
    }
}
