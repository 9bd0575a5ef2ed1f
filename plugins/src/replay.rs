//! A [`Replay`] asks a plugin again what a [`Record`] says it was asked, as it was asked then: with the same limits, and
//! with the answers that its lookups got.

use std::fmt::Display;
use std::sync::Arc;

use serde::Serialize;

use crate::call::Run;
use crate::contract::{Choice, OfferRequest, Quote, RankRequest, Ranked};
use crate::error::CallError;
use crate::grant::Tables;
use crate::limits::Limits;
use crate::plugin::Plugin;
use crate::record::Record;

/// What asking again came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Replay<A = Quote> {
    /// Why nothing is proved, whatever the answer: another plugin, other settings, limits beyond what the host gives, an
    /// answer that depended on the moment.
    pub differs: Vec<String>,
    /// Whether the answer is the same.
    pub same_answer: bool,
    /// The fuel then and now, if the engine is the same.
    pub fuel: Option<(u64, u64)>,
    /// The answer now.
    pub answer: Result<A, CallError>,
}

impl<A> Replay<A> {
    /// Says whether the answer is proved: the same plugin with the same settings gave the same one, for the same fuel
    /// where that can be compared.
    pub fn proves(&self) -> bool {
        let fuel = self.fuel.is_none_or(|(then, now)| then == now);
        self.differs.is_empty() && self.same_answer && fuel
    }
}

impl Plugin {
    /// Asks for prices again. What limits the plugin has now does not matter: it gets those of then.
    pub fn replay(&self, record: &Record) -> Replay {
        self.again(record, |then, tables| {
            then.priced(&record.request, tables).then(|(quote, _)| Ok(quote))
        })
    }

    /// Asks for a ranking again, as [`replay`](Self::replay) does for prices.
    pub fn replay_ranking(&self, record: &Record<RankRequest, Vec<Ranked>>) -> Replay<Vec<Ranked>> {
        self.again(record, |then, tables| then.rank_with(&record.request, tables))
    }

    /// Asks for offers again, as [`replay`](Self::replay) does for prices.
    pub fn replay_offers(&self, record: &Record<OfferRequest, Vec<Choice>>) -> Replay<Vec<Choice>> {
        self.again(record, |then, tables| then.choose_with(&record.request, tables))
    }

    fn again<Q, A: PartialEq>(
        &self,
        record: &Record<Q, A>,
        ask: impl FnOnce(&Self, &Arc<Tables>) -> Run<A>,
    ) -> Replay<A> {
        let mut differs = Vec::new();
        let mut compare = |what: &str, then: &dyn Display, now: &dyn Display| {
            let (then, now) = (then.to_string(), now.to_string());
            if then != now {
                differs.push(format!("{what}: then {then}, now {now}"));
            }
        };
        compare("plugin", &record.plugin, &self.id());
        compare("digest", &record.digest, &self.found().digest);
        compare("settings", &record.settings, &self.settings());
        if record.limits != record.limits.capped() {
            differs.push("limits: those of then are more than the host gives".to_owned());
        }
        if let Err(error) = &record.answer
            && error.is_of_the_moment()
        {
            differs.push(format!("answer: it depended on the moment: {error}"));
        }
        // Whatever failed before, and however often: what is asked here is about then.
        let then = self.limited(Limits {
            faults: 0,
            ..record.limits
        });
        let run = ask(&then, &Arc::new(record.tables()));
        let comparable = record.engine == self.engine();
        Replay {
            differs,
            same_answer: run.answer == record.answer,
            fuel: comparable.then_some((record.usage.call_fuel, run.usage.call_fuel)),
            answer: run.answer,
        }
    }
}
