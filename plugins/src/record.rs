//! A [`Record`] of one answer: everything that is needed to prove a past price, as one line of JSON.

use gym_core::billing::pricing::Operation;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::call::{Run, Usage};
use crate::check::check_quote;
use crate::contract::{Quote, QuoteRequest};
use crate::digest::Digest;
use crate::error::CallError;
use crate::grant::{Policy, Tables};
use crate::json;
use crate::limits::Limits;
use crate::plugin::Plugin;
use crate::state::{LogLine, Lookup};
use crate::world::World;

/// How one answer came about: on prices, or on what else was asked.
///
/// A record of a ranking is a `Record<RankRequest, Vec<Ranked>>`, one of offers a `Record<OfferRequest, Vec<Choice>>`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Record<Q = QuoteRequest, A = Quote> {
    format: u32,
    /// The id of the plugin.
    pub plugin: String,
    /// Its version.
    pub version: String,
    /// The SHA-256 of its file.
    pub digest: Digest,
    /// Its world.
    pub world: World,
    /// The engine that ran it: fuel is comparable within one of these only.
    pub engine: String,
    /// The SHA-256 of its settings.
    pub settings: Digest,
    /// What it could use.
    pub limits: Limits,
    /// What would become of the quote without its answer.
    pub policy: Policy,
    /// What it was asked.
    pub request: Q,
    /// What it looked up.
    pub lookups: Vec<Lookup>,
    /// What it answered.
    pub answer: Result<A, CallError>,
    /// What it used.
    pub usage: Usage,
    /// What it wrote.
    pub log: Vec<LogLine>,
}

impl<Q: Serialize, A: Serialize> Record<Q, A> {
    pub(crate) fn of(plugin: &Plugin, request: Q, run: Run<A>) -> Self {
        let found = plugin.found();
        Self {
            format: 1,
            plugin: found.id.clone(),
            version: found.version.clone(),
            digest: found.digest,
            world: found.world,
            engine: plugin.engine().to_owned(),
            settings: plugin.settings(),
            limits: *plugin.limits(),
            policy: plugin.terms().on_failure,
            request,
            lookups: run.lookups,
            answer: run.answer,
            usage: run.usage,
            log: run.log,
        }
    }

    /// Writes it as one line of canonical JSON.
    pub fn line(&self) -> String {
        json::line(self)
    }
}

impl<Q: DeserializeOwned, A: DeserializeOwned> Record<Q, A> {
    /// Reads one, of prices if it is not said otherwise.
    ///
    /// # Errors
    /// A sentence that says where it is none.
    pub fn read(line: &str) -> Result<Self, String> {
        let record: Self = json::read(line)?;
        match record.format {
            1 => Ok(record),
            other => Err(format!("format {other} is not accepted; expected 1")),
        }
    }
}

impl<Q, A> Record<Q, A> {
    /// Returns the tables as far as they were looked into.
    pub(crate) fn tables(&self) -> Tables {
        let mut tables = Tables::new();
        for lookup in &self.lookups {
            if let Ok(row) = &lookup.answer {
                let table = tables.entry(lookup.table.clone()).or_default();
                if let Some(facts) = row {
                    table.insert(lookup.key.clone(), facts.clone());
                }
            }
        }
        tables
    }
}

impl Record {
    /// Returns the operations that the answer came to.
    ///
    /// # Errors
    /// Why there were none.
    pub fn operations(&self) -> Result<Vec<Operation>, CallError> {
        let quote = self.answer.clone()?;
        check_quote(&self.request, &quote, &self.limits).map_err(|why| CallError::BadAnswer {
            plugin: self.plugin.clone(),
            why,
        })
    }
}
