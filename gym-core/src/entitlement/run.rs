//! The [`Run`] of a lot that a membership grants: on which days it serves whom, as the contract says.
//!
//! The contract counts days without those that a freeze gives back at the end. The cycles of an allowance are counted
//! in the same way, so that a freeze makes a cycle longer and never grants a use more.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::Grant;
use super::explain::Misfit;
use super::scope::Scope;
use super::terms::{Bucket, Granted, Terms, Uses, Validity, cycles};
use crate::id::{EditId, MemberId};
use crate::membership::Membership;
use crate::membership::contract::Contract;
use crate::membership::freeze::{EditKind, Timeline};
use crate::membership::link::Bond;
use crate::membership::plan::{self, Allowance, MembershipType};
use crate::money::Money;
use crate::time::Days;

impl Grant {
    /// Returns what a membership grants: its allowance, or any number of uses, for everything where it is valid, from
    /// its first day on. With [`Source::Plan`](super::Source::Plan) it serves until the membership ends, but for days
    /// on which that is frozen, and everyone who uses the membership.
    pub fn of_plan(membership: &Membership, kind: &MembershipType, terms: &plan::Terms) -> Self {
        let from = membership.start;
        let uses = terms
            .allowance
            .map_or(Uses::Unlimited, |allowance| Uses::PerCycle {
                count: allowance.uses,
                cycle: allowance.per,
                anchor: from,
                carry: allowance.carry.map_or(0, |carry| carry.uses),
            });
        let locations = kind.location.map(|location| BTreeSet::from([location]));
        let scope = Scope {
            locations,
            ..Scope::everything()
        };
        let validity = Validity::Days { from, until: None };
        Self {
            member: membership.member,
            shared_with: BTreeSet::new(),
            location: membership.location,
            terms: Terms {
                uses,
                scope,
                validity,
            },
            price: Money::zero(terms.price.currency()),
        }
    }
}

/// On which days a lot that a membership grants serves whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    start: NaiveDate,
    until: Option<NaiveDate>,
    timeline: Timeline,
    closures: BTreeSet<EditId>,
    /// What is allowed by the version that holds from a counted day on: a cycle has what holds when it begins.
    allowances: BTreeMap<NaiveDate, Allowance>,
    member: MemberId,
    /// Since when and until when others use it.
    others: BTreeMap<MemberId, Vec<(NaiveDate, Option<NaiveDate>)>>,
}

impl Run {
    /// Returns the run of what a contract grants.
    pub fn of(contract: &Contract<'_>) -> Self {
        let closures = contract
            .edits
            .iter()
            .filter(|edit| edit.kind == EditKind::Closure);
        let mut others: BTreeMap<MemberId, Vec<_>> = BTreeMap::new();
        for link in &contract.links {
            if matches!(link.bond, Bond::Beneficiary(_)) {
                others
                    .entry(link.person)
                    .or_default()
                    .push((link.from, link.until));
            }
        }
        let timeline = contract.timeline();
        Self {
            start: contract.membership.start,
            until: contract.over_on(),
            allowances: allowances(contract, &timeline),
            timeline,
            closures: closures.map(|edit| edit.id).collect(),
            member: contract.membership.member,
            others,
        }
    }

    /// Returns the day after the last; none if it runs until notice or is frozen without an end.
    pub const fn until(&self) -> Option<NaiveDate> {
        self.until
    }

    /// Says why it does not serve somebody on a civil day, if it does not.
    pub(crate) fn against(&self, member: MemberId, day: NaiveDate) -> Option<Misfit> {
        if day < self.start {
            return Some(Misfit::NotYet { from: self.start });
        }
        if let Some(until) = self.until.filter(|until| *until <= day) {
            return Some(Misfit::Over { until });
        }
        if let Some(piece) = self.timeline.at(day).filter(|piece| piece.keeps_out) {
            let again = self.again(day);
            return Some(if self.closures.contains(&piece.edit) {
                Misfit::Closed { again }
            } else {
                Misfit::Frozen { again }
            });
        }
        if member == self.member {
            return None;
        }
        let dates = self.others.get(&member).map_or(&[][..], Vec::as_slice);
        let holds = |(from, until): &(NaiveDate, Option<NaiveDate>)| {
            *from <= day && until.is_none_or(|until| day < until)
        };
        if dates.iter().any(holds) {
            return None;
        }
        let next = dates
            .iter()
            .map(|(from, _)| *from)
            .filter(|from| day < *from)
            .min();
        let last = dates.iter().filter_map(|(_, until)| *until).max();
        Some(match (next, last) {
            (Some(from), _) => Misfit::NotYet { from },
            (None, Some(until)) => Misfit::Over { until },
            (None, None) => Misfit::NotShared,
        })
    }

    /// Returns the first civil day from `day` on that is neither frozen nor closed, if there is one before the end.
    pub fn again(&self, day: NaiveDate) -> Option<NaiveDate> {
        let mut day = day.max(self.start);
        while let Some(piece) = self.timeline.at(day).filter(|piece| piece.keeps_out) {
            day = piece.days.until();
        }
        let runs = day < NaiveDate::MAX && self.until.is_none_or(|until| day < until);
        runs.then_some(day)
    }

    /// Returns what `terms` grant on some of the days `[first, last]`, by cycles of counted days. A cycle has what the
    /// version allows that holds when it begins.
    pub(super) fn buckets(&self, terms: &Terms, first: NaiveDate, last: NaiveDate) -> Vec<Bucket> {
        let Uses::PerCycle {
            anchor,
            cycle,
            count,
            carry,
        } = terms.uses
        else {
            let all = terms.buckets(first, last).into_iter();
            return all.filter_map(|bucket| self.cut(terms, bucket)).collect();
        };
        let sold = Granted {
            count,
            carry,
            lasts: 1,
        };
        let granted = |days: Days| {
            let held = self.allowances.range(..=days.from()).next_back();
            let held = held.map(|(_, held)| held).filter(|held| held.per == cycle);
            held.map_or(sold, |held| Granted {
                count: held.uses,
                carry: held.carry.map_or(0, |carry| carry.uses),
                lasts: held.carry.map_or(1, |carry| carry.cycles),
            })
        };
        let carries = self.allowances.values().filter_map(|held| held.carry);
        let back = carries.map(|carry| carry.cycles).max().unwrap_or(0);
        let counted = (self.timeline.counted(first), self.timeline.counted(last));
        let all = cycles((cycle, anchor), counted, back.max(u32::from(carry > 0)), granted);
        let civil = all.into_iter().filter_map(|bucket| {
            Some(Bucket {
                from: self.civil(bucket.from)?,
                until: bucket.until.and_then(|until| self.civil(until)),
                ..bucket
            })
        });
        civil.filter_map(|bucket| self.cut(terms, bucket)).collect()
    }

    /// Returns how many uses a cycle allows that are used on a civil day; none without a limit.
    pub(crate) fn allowed_on(&self, terms: &Terms, cycle: u32, day: NaiveDate) -> Option<u32> {
        let of_cycle = |bucket: &Bucket| bucket.cycle == cycle && !bucket.carried;
        self.buckets(terms, day, day).into_iter().find(of_cycle)?.granted
    }

    /// Returns the days of the cycle after the one that a day is in, if there is one before the end.
    pub(super) fn next_cycle(&self, terms: &Terms, day: NaiveDate) -> Option<Days> {
        let Uses::PerCycle { cycle, anchor, .. } = terms.uses else {
            return None;
        };
        let (k, _) = cycle.containing(anchor, self.timeline.counted(day).max(anchor))?;
        let next = cycle.days(anchor, k.checked_add(1)?)?;
        let (from, until) = (self.again(self.civil(next.from())?)?, self.civil(next.until()));
        Days::new(from, until.or(self.until).unwrap_or(NaiveDate::MAX)).ok()
    }

    /// Returns the civil day on which a cycle begins that begins on a counted day.
    fn civil(&self, counted: NaiveDate) -> Option<NaiveDate> {
        self.timeline.end(counted)
    }

    /// Cuts off what is not among the days of the lot or of the membership; none if nothing is left.
    fn cut(&self, terms: &Terms, bucket: Bucket) -> Option<Bucket> {
        let from = bucket.from.max(terms.validity.from()).max(self.start);
        let ends = [bucket.until, terms.validity.until(), self.until];
        let until = ends.into_iter().flatten().min();
        until.is_none_or(|until| from < until).then_some(Bucket {
            from,
            until,
            ..bucket
        })
    }
}

/// Returns what each version allows that comes to hold, by the counted day from which on it does.
fn allowances(contract: &Contract<'_>, timeline: &Timeline) -> BTreeMap<NaiveDate, Allowance> {
    let terms = contract.terms.iter().map(|term| term.from);
    let versions = contract.versions.iter().map(|plan| timeline.counted(plan.from));
    let held = |day| Some((day, contract.plan_from(timeline, day)?.terms.allowance?));
    terms.chain(versions).filter_map(held).collect()
}
