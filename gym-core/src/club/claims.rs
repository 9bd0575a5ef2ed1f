//! The live [`Claims`]: what takes which resource, and when.

use std::collections::{BTreeMap, BTreeSet};

use crate::id::{Id, TrainerId};
use crate::schedule::claim::{Claim, Owner, Resource};
use crate::time::{Instant, Period};

/// The live claims, by resource and time and by owner. No two of one resource overlap.
#[derive(Debug, Clone, Default)]
pub struct Claims {
    live: BTreeMap<(Resource, Instant), Claim>,
    owned: BTreeSet<(Owner, Resource, Instant)>,
    last_id: i64,
}

impl PartialEq for Claims {
    /// Compares what is claimed; the counter for new ids is not part of it.
    fn eq(&self, other: &Self) -> bool {
        self.live == other.live
    }
}

impl Claims {
    /// Adds a claim.
    pub fn insert(&mut self, claim: Claim) {
        self.last_id = self.last_id.max(claim.id.get());
        self.owned
            .insert((claim.owner, claim.resource, claim.occupied().start()));
        self.live
            .insert((claim.resource, claim.occupied().start()), claim);
    }

    /// Releases what an owner claims, of one resource or of all.
    pub fn release(&mut self, owner: Owner, resource: Option<Resource>) {
        let gone: Vec<_> = self
            .keys_of(owner)
            .filter(|(_, of, _)| resource.is_none_or(|only| only == *of))
            .collect();
        for (owner, resource, start) in gone {
            self.owned.remove(&(owner, resource, start));
            self.live.remove(&(resource, start));
        }
    }

    /// Returns what an owner claims.
    pub fn of(&self, owner: Owner) -> impl Iterator<Item = &Claim> {
        self.keys_of(owner)
            .filter_map(|(_, resource, start)| self.live.get(&(resource, start)))
    }

    /// Returns the claims of a resource that overlap a period, by start.
    pub fn during(&self, resource: Resource, period: Period) -> impl Iterator<Item = &Claim> {
        let first = self.live.range(..=(resource, period.start())).next_back();
        let low = first
            .filter(|((of, _), _)| *of == resource)
            .map_or(period.start(), |((_, start), _)| *start);
        let range = self.live.range((resource, low)..(resource, period.end()));
        range
            .map(|(_, claim)| claim)
            .filter(move |claim| claim.occupied().overlaps(&period))
    }

    /// Returns all claims, by resource and start.
    pub fn iter(&self) -> impl Iterator<Item = &Claim> {
        self.live.values()
    }

    /// Returns the id after the last.
    pub const fn next_id(&self) -> i64 {
        self.last_id + 1
    }

    fn keys_of(&self, owner: Owner) -> impl Iterator<Item = (Owner, Resource, Instant)> {
        let low = (
            owner,
            Resource::Trainer(TrainerId::from_raw(i64::MIN)),
            Instant::MIN_UTC,
        );
        self.owned
            .range(low..)
            .copied()
            .take_while(move |(of, _, _)| *of == owner)
    }
}
