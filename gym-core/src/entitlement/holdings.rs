//! [`Holdings`]: the lots that some members use together, and what their visits take from them.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::cover::{self, Demand};
use super::explain::{Because, Misfit, Objection, Remedy};
use super::left::{Left, date, end_of, first_days, slots};
use super::run::Run;
use super::scope::{Kind, Visited};
use super::terms::{Bucket, Uses, Validity};
use super::{Lot, Target, Use, UseState};
use crate::id::{LotId, MemberId};
use crate::time::Instant;

/// The lots that some members use together, and what was taken from them: of one member, or of all who share lots
/// with them, directly or through others.
#[derive(Debug, Clone, Default)]
pub struct Holdings<'a> {
    /// The lots, also those that are over.
    pub lots: Vec<&'a Lot>,
    /// Their uses that are held or consumed.
    pub uses: Vec<&'a Use>,
    /// The visits that hold uses.
    pub booked: Vec<Booked<'a>>,
    /// On which days the memberships that grant lots serve whom.
    pub runs: BTreeMap<LotId, Run>,
}

/// A visit that takes uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booked<'a> {
    /// Which.
    pub target: Target,
    /// Whose.
    pub wish: Wish<'a>,
}

/// A visit that is to take uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish<'a> {
    /// Who visits.
    pub member: MemberId,
    /// How many seats, each of which takes one use.
    pub seats: u32,
    /// When it starts.
    pub start: Instant,
    /// What, where and on which day.
    pub visited: Visited<'a>,
    /// The lots that may cover it, if not all may.
    pub only: Option<Vec<LotId>>,
}

/// Which lot covers one seat of a visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Covered {
    /// Which visit: its place among those that hold uses and the others, in the order in which they were given.
    pub visit: usize,
    /// The civil day.
    pub on: NaiveDate,
    /// Which seat, from 1.
    pub seat: u32,
    /// The lot.
    pub lot: LotId,
    /// The cycle of the lot.
    pub cycle: u32,
    /// The day after the last on which that use could be used.
    pub until: Option<NaiveDate>,
    /// Why this lot.
    pub because: Because,
}

/// Which lot covers what: every seat of every visit, in the order of the visits.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan(pub Vec<Covered>);

impl Plan {
    /// Returns what covers a visit, by seat.
    pub fn of(&self, visit: usize) -> impl Iterator<Item = &Covered> {
        self.0.iter().filter(move |it| it.visit == visit)
    }
}

impl<'a> Holdings<'a> {
    /// Decides which lot covers what, for the visits that hold uses and for more; none if not all can be covered.
    ///
    /// A visit that the club has moved to where no lot reaches keeps the use that it has, and is not in the plan.
    pub fn plan(&self, more: &[Wish<'a>]) -> Option<Plan> {
        let stays = self.stranded();
        let found = self.matched(more, &stays);
        let at_fault = found.is_none() && !self.booked.is_empty();
        if !at_fault || (!more.is_empty() && self.matched(&[], &stays).is_some()) {
            return found;
        }
        self.plan_beside(more)
    }

    /// Decides which lot covers what, for more visits than those that hold uses, which keep the uses that they have.
    pub(crate) fn plan_beside(&self, more: &[Wish<'a>]) -> Option<Plan> {
        self.matched(more, &vec![true; self.booked.len()])
    }

    /// Says of each booked visit whether no lot reaches it.
    fn stranded(&self) -> Vec<bool> {
        self.booked
            .iter()
            .map(|booked| !self.reaches(&booked.wish))
            .collect()
    }

    /// Covers all visits but those that stay where they are.
    fn matched(&self, more: &[Wish<'a>], stays: &[bool]) -> Option<Plan> {
        let fixed = self.fixed(stays);
        let wishes = self.wishes(more, stays);
        let (Some(first), Some(last)) = (wishes.first(), wishes.last()) else {
            return Some(Plan::default());
        };
        let left = self.left(first.wish.visited.on, last.wish.visited.on, &fixed);
        let demands = self.demands(&wishes, &left);
        let slots = slots(&left, &demands, &fixed);
        let found = cover::cover(&slots, &demands)?;
        let covered = wishes.iter().zip(&demands).zip(&found);
        let days = first_days(&demands, &found, &slots);
        let ends: Vec<i32> = (0..slots.len())
            .map(|slot| end_of(&slots[slot], days[slot]))
            .collect();
        let told = covered.filter_map(|((seat, demand), &slot)| {
            let of = left.get(slot)?;
            Some(Covered {
                visit: seat.visit,
                on: seat.wish.visited.on,
                seat: seat.number,
                lot: of.lot.id,
                cycle: of.bucket.cycle,
                until: date(*ends.get(slot)?),
                because: because(slot, demand, &left, &ends),
            })
        });
        Some(Plan(told.collect()))
    }

    /// Says why each lot does not serve for a visit, and what would serve.
    pub fn against(&self, wish: &Wish<'a>, others: &[Wish<'a>]) -> (Vec<Objection>, Vec<Remedy>) {
        let own = self.lots.iter().filter(|lot| lot.serves(wish.member));
        let why: Vec<Objection> = own
            .map(|lot| Objection {
                lot: lot.id,
                why: self.misfit(lot, wish, others),
            })
            .collect();
        let mut would: Vec<Remedy> = why.iter().filter_map(|it| self.remedy(it, wish)).collect();
        if would.is_empty() {
            let programme = match wish.visited.kind {
                Kind::Class { programme, .. } => Some(programme.to_owned()),
                Kind::Session | Kind::Door => None,
            };
            would.push(Remedy::Pass {
                location: wish.visited.location,
                programme,
            });
        }
        (why, would)
    }

    /// Whether a member may use one of the lots.
    pub(crate) fn concerns(&self, member: MemberId) -> bool {
        self.lots.iter().any(|lot| lot.serves(member))
    }

    /// Whether a lot could cover a visit if nothing else were booked.
    pub(crate) fn reaches(&self, wish: &Wish<'_>) -> bool {
        self.lots
            .iter()
            .any(|lot| lot.serves(wish.member) && self.never(lot, wish).is_none())
    }

    /// Lists the visits after `now` that were covered `before` and cannot all be any more: those that no lot reaches,
    /// and of the others the last.
    pub(crate) fn left_out(&self, before: &Self, now: Instant) -> Vec<Target> {
        let ahead = |it: &&Booked<'_>| it.wish.start > now && before.reaches(&it.wish);
        let (kept, mut out): (Vec<&Booked<'_>>, Vec<&Booked<'_>>) = self
            .booked
            .iter()
            .filter(ahead)
            .partition(|it| self.reaches(&it.wish));
        let targets = |visits: &[&Booked<'_>]| visits.iter().map(|it| it.target).collect::<Vec<_>>();
        let fits = |gone: &[Target]| {
            let rest = self.without(gone);
            rest.matched(&[], &rest.stranded()).is_some()
        };
        let mut gone = targets(&out);
        if !fits(&gone) {
            let mut order = kept;
            order.sort_by_key(|it| (it.wish.start, it.wish.member));
            gone.extend(targets(&order));
            for visit in order {
                let less: Vec<Target> = gone.iter().copied().filter(|it| *it != visit.target).collect();
                if fits(&less) {
                    gone = less;
                } else {
                    out.push(visit);
                }
            }
        }
        out.sort_by_key(|it| (it.wish.start, it.wish.member));
        targets(&out)
    }

    /// Returns the same without some visits.
    pub(crate) fn without(&self, gone: &[Target]) -> Self {
        let mut less = self.clone();
        less.uses.retain(|it| !gone.contains(&it.target));
        less.booked.retain(|it| !gone.contains(&it.target));
        less
    }

    /// Returns the same where some visits are over: what they hold stays with them.
    pub(crate) fn spending(mut self, over: &[Target]) -> Self {
        self.booked.retain(|it| !over.contains(&it.target));
        self
    }

    fn remedy(&self, objection: &Objection, wish: &Wish<'a>) -> Option<Remedy> {
        if let Misfit::Frozen { again: Some(on) } | Misfit::Closed { again: Some(on) } = objection.why {
            return Some(Remedy::Resumes {
                lot: objection.lot,
                on,
            });
        }
        let used_up = matches!(
            objection.why,
            Misfit::UsedUp { .. } | Misfit::Held { .. } | Misfit::TooFew { .. }
        );
        let lot = self
            .lots
            .iter()
            .find(|lot| lot.id == objection.lot)
            .filter(|_| used_up)?;
        match lot.terms.uses {
            Uses::PerCycle { .. } => {
                let day = wish.visited.on;
                let days = match self.runs.get(&lot.id) {
                    Some(run) => run.next_cycle(&lot.terms, day),
                    None => lot.terms.next_cycle(day),
                }?;
                Some(Remedy::Renews {
                    lot: lot.id,
                    on: days.from(),
                })
            }
            Uses::Counted(uses) => Some(Remedy::Another { lot: lot.id, uses }),
            Uses::Unlimited => None,
        }
    }

    /// Says why one lot does not serve for a visit, beside others that are wished for as well.
    fn misfit(&self, lot: &Lot, wish: &Wish<'a>, others: &[Wish<'a>]) -> Misfit {
        if let Some(misfit) = self.never(lot, wish) {
            return misfit;
        }
        let day = wish.visited.on;
        let fixed = self.fixed(&self.stranded());
        let left = self.left_of(lot, day, day, &fixed);
        let here: Vec<&Left<'_>> = left.iter().filter(|left| left.bucket.holds(day)).collect();
        let capacity = here
            .iter()
            .fold(0_u32, |sum, left| sum.saturating_add(left.capacity));
        if capacity == 0 {
            return used_up(lot, &self.buckets(lot, day, day), day, &fixed);
        }
        if capacity < wish.seats {
            return Misfit::TooFew {
                free: capacity,
                asked: wish.seats,
            };
        }
        let mut by: Vec<Target> = self
            .held()
            .filter(|it| it.lot == lot.id)
            .map(|it| it.target)
            .collect();
        by.sort_unstable();
        by.dedup();
        let held = self.held().filter(|it| it.lot == lot.id).count();
        let spare = u64::from(capacity) >= held as u64 + u64::from(wish.seats);
        match lot.terms.validity {
            Validity::FirstVisit { .. } if spare && !by.is_empty() => Misfit::Apart { covers: by },
            _ if by.is_empty() && !others.is_empty() => Misfit::TooFew {
                free: capacity,
                asked: wish.seats,
            },
            _ => Misfit::Held { by },
        }
    }

    /// Says why a lot can never serve for a visit, whatever else was booked.
    pub(crate) fn never(&self, lot: &Lot, wish: &Wish<'_>) -> Option<Misfit> {
        let run = self.runs.get(&lot.id);
        static_misfit(lot, wish).or_else(|| run?.against(wish.member, wish.visited.on))
    }

    fn held(&self) -> impl Iterator<Item = &&'a Use> {
        self.uses.iter().filter(|it| it.state == UseState::Held)
    }

    /// Lists the uses that stay where they are: the consumed ones, and those held by visits that are not matched.
    fn fixed(&self, stays: &[bool]) -> Vec<&'a Use> {
        let matched = self.booked.iter().zip(stays).filter(|(_, stays)| !**stays);
        let matched: BTreeSet<Target> = matched.map(|(booked, _)| booked.target).collect();
        let stays = |it: &&Use| match it.state {
            UseState::Held => !matched.contains(&it.target),
            UseState::Consumed => true,
            UseState::Released => false,
        };
        self.uses.iter().copied().filter(stays).collect()
    }
}

fn used_up(lot: &Lot, buckets: &[Bucket], day: NaiveDate, fixed: &[&Use]) -> Misfit {
    let bucket = buckets.iter().rev().find(|bucket| bucket.holds(day));
    let cycle = bucket.map_or(0, |bucket| bucket.cycle);
    let of_cycle = buckets.iter().filter(|bucket| bucket.cycle == cycle);
    let all = of_cycle.filter_map(|bucket| bucket.granted);
    let all = all.fold(0, u32::saturating_add);
    let consumed = fixed.iter().filter(|it| it.lot == lot.id && it.cycle == cycle);
    // What a membership grants follows the versions of its plan.
    let granted = match lot.terms.uses {
        Uses::PerCycle { .. } if lot.membership().is_some() && all > 0 => all,
        Uses::Counted(count) | Uses::PerCycle { count, .. } => count,
        Uses::Unlimited => u32::MAX,
    };
    Misfit::UsedUp {
        granted,
        consumed: u32::try_from(consumed.count()).unwrap_or(u32::MAX),
        expired: lot.broken_in(cycle),
    }
}

/// Why a lot can never serve for a visit, whatever else was booked.
fn static_misfit(lot: &Lot, wish: &Wish<'_>) -> Option<Misfit> {
    if lot.withdrawn {
        return Some(Misfit::Withdrawn);
    }
    if let Some(misfit) = lot.terms.scope.against(&wish.visited) {
        return Some(misfit);
    }
    let (day, validity) = (wish.visited.on, lot.terms.validity);
    if day < validity.from() {
        return Some(Misfit::NotYet {
            from: validity.from(),
        });
    }
    validity
        .until()
        .filter(|until| *until <= day)
        .map(|until| Misfit::Over { until })
}

/// Says why a slot covers a demand rather than another that fits.
fn because(slot: usize, demand: &Demand, left: &[Left<'_>], ends: &[i32]) -> Because {
    let key = |slot: usize| {
        let of = left.get(slot)?;
        Some((
            of.bucket.granted.is_some(),
            *ends.get(slot)?,
            of.lot.terms.scope.width(),
            of.lot.price.minor(),
        ))
    };
    let lot = |slot: usize| left.get(slot).map(|of| of.lot.id);
    let others: Vec<usize> = demand
        .fits
        .iter()
        .copied()
        .filter(|other| lot(*other) != lot(slot))
        .collect();
    let Some(own) = key(slot) else {
        return Because::Only;
    };
    let Some(rival) = others.iter().filter_map(|other| key(*other)).min() else {
        return Because::Only;
    };
    if rival < own {
        Because::Spared
    } else if own.0 != rival.0 {
        Because::Uncounted
    } else if own.1 != rival.1 {
        Because::EndsFirst
    } else if own.2 != rival.2 {
        Because::Narrower
    } else if own.3 != rival.3 {
        Because::Cheaper
    } else {
        Because::Older
    }
}
