//! A [`Run`]: what a call came to, and what it used.

use serde::{Deserialize, Serialize};

use crate::error::CallError;
use crate::json;
use crate::limits::Limit;
use crate::plugin::Plugin;
use crate::state::{LogLine, Lookup};

/// What a call came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run<T> {
    /// The answer, or why there is none.
    pub answer: Result<T, CallError>,
    /// What it used.
    pub usage: Usage,
    /// What it wrote, as far as that is kept.
    pub log: Vec<LogLine>,
    /// What it looked up.
    pub lookups: Vec<Lookup>,
}

/// What a call used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct Usage {
    /// Fuel for making the instance; it differs between systems.
    pub instantiate_fuel: u64,
    /// Fuel for the call itself: the same for the same request on the same engine.
    pub call_fuel: u64,
    /// The fuel that the call had.
    pub fuel_allowed: u64,
    /// Bytes of linear memory.
    pub memory_bytes: u64,
    /// Elements of tables.
    pub table_elements: u64,
    /// Bytes of the request, about.
    pub request_bytes: u64,
    /// Lines or candidates of the request.
    pub items: u32,
    /// Bytes of the answer, about.
    pub answer_bytes: u64,
    /// Adjustments, recommendations or offers of the answer.
    pub answers: u32,
    /// Lines written, kept or not.
    pub log_lines: u32,
    /// Bytes of them.
    pub log_bytes: u64,
    /// Reads of settings and lookups.
    pub reads: u32,
    /// Bytes of them.
    pub read_bytes: u64,
    /// Microseconds of processor time; no two runs agree, so that they are not recorded.
    #[serde(skip)]
    pub micros: u64,
    /// Microseconds that it waited for a place; not recorded either.
    #[serde(skip)]
    pub queue_micros: u64,
}

impl<T> Run<T> {
    pub(crate) fn failed(error: CallError) -> Self {
        Self {
            answer: Err(error),
            usage: Usage::default(),
            log: Vec::new(),
            lookups: Vec::new(),
        }
    }

    /// Returns the bytes that the answer, the lookups and the log take in a record.
    pub fn record_bytes(&self) -> u64
    where
        T: Serialize,
    {
        json::bytes(&(self.answer.as_ref().ok(), &self.lookups, &self.log))
    }

    /// Adds how large the request was, and how large the answer is.
    pub(crate) fn measured(
        mut self,
        (items, bytes): (usize, usize),
        said: impl Fn(&T) -> (usize, usize),
    ) -> Self {
        let usage = &mut self.usage;
        (usage.items, usage.request_bytes) = (u32::try_from(items).unwrap_or(u32::MAX), bytes as u64);
        if let Ok(answer) = &self.answer {
            let (answers, bytes) = said(answer);
            (usage.answers, usage.answer_bytes) = (u32::try_from(answers).unwrap_or(u32::MAX), bytes as u64);
        }
        self
    }

    /// Refuses what would take too much of a record, and forgets it.
    pub(crate) fn kept<A: Serialize>(mut self, plugin: &Plugin, answer: impl Fn(&T) -> &A) -> Self {
        let Ok(said) = &self.answer else { return self };
        let used = json::bytes(&(answer(said), &self.lookups, &self.log));
        let allowed = plugin.limits().record_bytes;
        if used > allowed {
            self.answer = Err(CallError::Limit {
                plugin: plugin.id().to_owned(),
                limit: Limit::Record,
                used,
                allowed,
            });
            self.lookups.clear();
            self.log.clear();
        }
        self
    }

    pub(crate) fn then<U>(self, f: impl FnOnce(T) -> Result<U, CallError>) -> Run<U> {
        Run {
            answer: self.answer.and_then(f),
            usage: self.usage,
            log: self.log,
            lookups: self.lookups,
        }
    }
}
