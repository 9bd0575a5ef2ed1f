//! An [`Oracle`] tries every way to cover visits, and knows the best.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use gym_core::entitlement::*;
use gym_core::id::LotId;

use super::{day, id};

/// How good a use is for a visit: less is better.
type Rank = (bool, NaiveDate, usize, i64, i64, u32, bool);

/// How good a coverage is, and what it takes.
type Best = (Vec<Rank>, Vec<(LotId, u32)>);

/// Tries every way to cover visits by buckets, and returns the best by the order of the visits.
pub(super) struct Oracle<'a> {
    lots: &'a [Lot],
    visits: &'a [(u32, u8, i64)],
    buckets: Vec<(usize, Bucket)>,
    best: Option<Best>,
}

impl<'a> Oracle<'a> {
    pub(super) fn new(lots: &'a [Lot], visits: &'a [(u32, u8, i64)]) -> Self {
        let all = lots.iter().enumerate();
        let buckets = all.flat_map(|(n, lot)| {
            let buckets = lot.terms.buckets(day(0), day(20));
            buckets.into_iter().map(move |bucket| (n, bucket))
        });
        Self {
            lots,
            visits,
            buckets: buckets.collect(),
            best: None,
        }
    }

    pub(super) fn solve(mut self) -> Option<Vec<(LotId, u32)>> {
        self.try_all(&mut Vec::new());
        self.best.map(|(_, lots)| lots)
    }

    fn try_all(&mut self, chosen: &mut Vec<usize>) {
        if chosen.len() == self.visits.len() {
            if let Some(ranks) = self.ranks(chosen)
                && self.best.as_ref().is_none_or(|(best, _)| ranks < *best)
            {
                let lots = chosen.iter().map(|at| {
                    let (lot, bucket) = self.buckets[*at];
                    (self.lots[lot].id, bucket.cycle)
                });
                self.best = Some((ranks, lots.collect()));
            }
            return;
        }
        for at in 0..self.buckets.len() {
            if self.fits(self.visits[chosen.len()], at) {
                chosen.push(at);
                self.try_all(chosen);
                chosen.pop();
            }
        }
    }

    fn fits(&self, (on, programme, member): (u32, u8, i64), at: usize) -> bool {
        let (lot, bucket) = (&self.lots[self.buckets[at].0], self.buckets[at].1);
        let programmes = lot.terms.scope.classes.as_ref().unwrap().programmes.as_ref();
        let name = ["yoga", "spin"][usize::from(programme)];
        lot.serves(id(member)) && programmes.is_none_or(|it| it.contains(name)) && bucket.holds(day(on))
    }

    fn ranks(&self, chosen: &[usize]) -> Option<Vec<Rank>> {
        let mut ends = BTreeMap::new();
        for (at, (lot, bucket)) in self.buckets.iter().enumerate() {
            let days = || chosen.iter().zip(self.visits).filter(|(it, _)| **it == at);
            let count = u32::try_from(days().count()).unwrap();
            if bucket.granted.is_some_and(|granted| count > granted) {
                return None;
            }
            let mut end = bucket.until;
            if let Validity::FirstVisit { latest, lasts, .. } = self.lots[*lot].terms.validity
                && let Some(first) = days().map(|(_, visit)| day(visit.0)).min()
            {
                let last = days().map(|(_, visit)| day(visit.0)).max().unwrap();
                end = lasts.start(latest.map_or(first, |latest| first.min(latest)), 1);
                if end.is_some_and(|end| end <= last) {
                    return None;
                }
            }
            ends.insert(at, end.unwrap_or(NaiveDate::MAX));
        }
        let rank = |at: &usize| {
            let (lot, bucket) = self.buckets[*at];
            let lot = &self.lots[lot];
            let programmes = lot.terms.scope.classes.as_ref().unwrap().programmes.as_ref();
            let width = programmes.map_or(usize::MAX, BTreeSet::len);
            let (price, end) = (lot.price.minor(), ends[at]);
            (
                bucket.granted.is_some(),
                end,
                width,
                price,
                lot.id.get(),
                bucket.cycle,
                bucket.carried,
            )
        };
        Some(chosen.iter().map(rank).collect())
    }
}
