//! A [`Record`] of one answer: everything that is needed to prove a past price, as one line of JSON.

use std::sync::Arc;

use gym_core::billing::pricing::Operation;
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

/// How one answer came about.
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

/// What asking again came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Replay {
    /// What is not as it was then: the plugin, its settings, its limits; a price is proved by the same things only.
    pub differs: Vec<String>,
    /// Whether the answer is the same.
    pub same_answer: bool,
    /// The fuel then and now, if the engine is the same.
    pub fuel: Option<(u64, u64)>,
    /// The answer now.
    pub answer: Result<Quote, CallError>,
}

impl Replay {
    /// Says whether the price is proved: the same plugin with the same settings gave the same answer, for the same
    /// fuel where that can be compared.
    pub fn proves(&self) -> bool {
        let fuel = self.fuel.is_none_or(|(then, now)| then == now);
        self.differs.is_empty() && self.same_answer && fuel
    }
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

impl Record {
    /// Reads one.
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

    /// Returns the tables as far as they were looked into.
    fn tables(&self) -> Tables {
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

impl Plugin {
    /// Asks again what was asked then, with the answers that its lookups got then.
    pub fn replay(&self, record: &Record) -> Replay {
        let mut differs = Vec::new();
        let mut compare = |what: &str, then: &dyn std::fmt::Display, now: &dyn std::fmt::Display| {
            let (then, now) = (then.to_string(), now.to_string());
            if then != now {
                differs.push(format!("{what}: then {then}, now {now}"));
            }
        };
        compare("plugin", &record.plugin, &self.id());
        compare("digest", &record.digest, &self.found().digest);
        compare("settings", &record.settings, &self.settings());
        if record.limits != *self.limits() {
            differs.push("limits".to_owned());
        }
        let mut run = self.quote_with(&record.request, &Arc::new(record.tables()));
        if let Ok(quote) = &run.answer
            && let Err(why) = check_quote(&record.request, quote, self.limits())
        {
            run.answer = Err(self.bad(why));
        }
        let comparable = record.engine == self.engine();
        Replay {
            differs,
            same_answer: run.answer == record.answer,
            fuel: comparable.then_some((record.usage.call_fuel, run.usage.call_fuel)),
            answer: run.answer,
        }
    }
}
