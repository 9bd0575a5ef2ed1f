//! [`Absent`]: stands in for an installed plugin that was not loaded, so that its failure policy still decides.

use gym_core::answer::Answer;
use gym_core::billing::pricing::{self, OnFailure, Pricing, Request};
use gym_core::recommendation::{Chosen, Ranked, Ranking, Recommender, Retention};

use crate::error::LoadError;
use crate::grant::Policy;
use crate::lock::{Installation, Refused};
use crate::state::one_line;

/// An installed plugin that was not loaded: it has no answer to anything, and says why.
#[derive(Debug)]
pub(crate) struct Absent {
    pub(crate) id: String,
    pub(crate) order: i32,
    pub(crate) prices: bool,
    pub(crate) recommends: bool,
    policy: Policy,
    why: String,
}

impl Absent {
    pub(crate) fn installed(id: &str, installation: &Installation, why: &LoadError) -> Self {
        let prices = installation.world.prices();
        Self {
            id: id.to_owned(),
            order: installation.terms.order,
            prices,
            recommends: !prices,
            policy: installation.terms.on_failure,
            why: said(id, &why.to_string()),
        }
    }

    /// Stands in for what an entry is meant to be: for anything, where it does not say.
    pub(crate) fn refused(id: &str, refused: &Refused) -> Self {
        let world = refused.world();
        Self {
            id: id.to_owned(),
            order: refused.order(),
            prices: world.is_none_or(crate::world::World::prices),
            recommends: world.is_none_or(|world| !world.prices()),
            policy: refused.policy(),
            why: said(id, &refused.why),
        }
    }
}

fn said(id: &str, why: &str) -> String {
    format!("{id}: it was not loaded: {}", one_line(why, 400))
}

impl Pricing for Absent {
    fn name(&self) -> &str {
        &self.id
    }

    fn on_failure(&self) -> OnFailure {
        self.policy.into()
    }

    fn propose(&self, _: &Request) -> pricing::Answer {
        Answer::none(&self.why)
    }
}

impl Recommender for Absent {
    fn name(&self) -> &str {
        &self.id
    }

    fn rank(&self, _: &Ranking) -> Answer<Ranked> {
        Answer::none(&self.why)
    }

    fn choose(&self, _: &Retention) -> Answer<Chosen> {
        Answer::none(&self.why)
    }
}
