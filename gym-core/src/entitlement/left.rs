//! What is left of lots on some days, and which seats of which visits it could cover: the two sides of the matching.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};

use super::cover::{Demand, Open, Slot};
use super::holdings::{Holdings, Wish};
use super::terms::{Bucket, Validity};
use super::{Lot, Use};

/// One seat of a visit.
pub(super) struct Seat<'w, 'a> {
    pub(super) visit: usize,
    pub(super) wish: &'w Wish<'a>,
    pub(super) number: u32,
}

/// Uses of one lot that are left.
pub(super) struct Left<'a> {
    pub(super) lot: &'a Lot,
    pub(super) bucket: Bucket,
    pub(super) capacity: u32,
}

impl<'a> Holdings<'a> {
    /// Lists the seats that are to be covered, in the order of the visits.
    pub(super) fn wishes<'w>(&'w self, more: &'w [Wish<'a>], stays: &[bool]) -> Vec<Seat<'w, 'a>> {
        let all = self.booked.iter().map(|booked| &booked.wish).chain(more);
        let all = all
            .enumerate()
            .filter(|(visit, _)| !stays.get(*visit).is_some_and(|stays| *stays));
        let seat = |visit, wish, number| Seat { visit, wish, number };
        let seats =
            all.flat_map(|(visit, wish)| (1..=wish.seats).map(move |number| seat(visit, wish, number)));
        let mut seats: Vec<Seat<'w, 'a>> = seats.collect();
        seats.sort_by_key(|it| {
            (
                it.wish.visited.on,
                it.wish.start,
                it.wish.member,
                it.wish.visited.kind.order(),
                it.number,
            )
        });
        seats
    }

    /// Lists what is left of the lots on some days, the best first but for when it ends.
    pub(super) fn left(&self, first: NaiveDate, last: NaiveDate, fixed: &[&Use]) -> Vec<Left<'a>> {
        let lots = self.lots.iter().filter(|lot| !lot.withdrawn);
        let of = |lot: &&'a Lot| self.left_of(lot, first, last, fixed);
        let mut left: Vec<Left<'a>> = lots.flat_map(of).collect();
        left.sort_by_key(|it| (rank(it.lot), it.bucket.cycle, it.bucket.carried));
        left
    }

    /// Lists the uses of a lot that can be used on some days, by cycle.
    pub(super) fn buckets(&self, lot: &Lot, first: NaiveDate, last: NaiveDate) -> Vec<Bucket> {
        match self.runs.get(&lot.id) {
            Some(run) => run.buckets(&lot.terms, first, last),
            None => lot.terms.buckets(first, last),
        }
    }

    /// Lists what is left of a lot on some days, if some uses stay where they are.
    pub(super) fn left_of<'l>(
        &self,
        lot: &'l Lot,
        first: NaiveDate,
        last: NaiveDate,
        fixed: &[&Use],
    ) -> Vec<Left<'l>> {
        left_of(lot, &self.buckets(lot, first, last), fixed)
    }

    /// Says of each seat what could cover it.
    pub(super) fn demands(&self, seats: &[Seat<'_, '_>], left: &[Left<'_>]) -> Vec<Demand> {
        let fits = |wish: &Wish<'_>| {
            let may = |of: &Left<'_>| {
                let run = self.runs.get(&of.lot.id);
                let runs = run.is_none_or(|run| run.against(wish.member, wish.visited.on).is_none());
                let chosen = runs && wish.only.as_ref().is_none_or(|only| only.contains(&of.lot.id));
                let in_days = match of.lot.terms.validity {
                    Validity::Days { .. } => of.bucket.holds(wish.visited.on),
                    Validity::FirstVisit { .. } => of.lot.terms.validity.may_hold(wish.visited.on),
                };
                chosen
                    && in_days
                    && of.lot.serves(wish.member)
                    && of.lot.terms.scope.against(&wish.visited).is_none()
            };
            (0..left.len())
                .filter(|slot| left.get(*slot).is_some_and(may))
                .collect()
        };
        let demand = |seat: &Seat<'_, '_>| Demand {
            day: seat.wish.visited.on.num_days_from_ce(),
            fits: fits(seat.wish),
        };
        seats.iter().map(demand).collect()
    }
}

/// Lists what is left of the uses of a lot, if some stay where they are.
fn left_of<'a>(lot: &'a Lot, buckets: &[Bucket], fixed: &[&Use]) -> Vec<Left<'a>> {
    let mut spent: BTreeMap<u32, Spent> = BTreeMap::new();
    let own = |cycle| buckets.iter().find(|it| it.cycle == cycle && !it.carried);
    let end = |cycle| own(cycle).and_then(|it| it.until);
    for it in fixed.iter().filter(|it| it.lot == lot.id) {
        let spent = spent.entry(it.cycle).or_default();
        match end(it.cycle) {
            Some(end) if it.on >= end => spent.next += 1,
            _ => spent.own += 1,
        }
    }
    let capacity = |bucket: &Bucket| {
        let Some(granted) = bucket.granted else {
            return u32::MAX;
        };
        let mut spent = spent.get(&bucket.cycle).copied().unwrap_or_default();
        spent.broken = lot.broken_in(bucket.cycle);
        let own = if bucket.carried {
            own(bucket.cycle).and_then(|it| it.granted).unwrap_or(0)
        } else {
            granted
        };
        // What was used in its own cycle was of the part that is lost with it, as far as that went.
        let over = (spent.own.saturating_add(spent.broken)).saturating_sub(own);
        if bucket.carried {
            granted.saturating_sub(over).saturating_sub(spent.next)
        } else {
            own.saturating_sub(spent.own).saturating_sub(spent.broken)
        }
    };
    let left = buckets.iter().map(|bucket| Left {
        lot,
        bucket: *bucket,
        capacity: capacity(bucket),
    });
    left.filter(|left| left.capacity > 0).collect()
}

/// Makes what is left the slots of the matching.
pub(super) fn slots(left: &[Left<'_>], demands: &[Demand], fixed: &[&Use]) -> Vec<Slot> {
    let slot = |(rank, of): (usize, &Left<'_>)| Slot {
        capacity: of.capacity,
        rank,
        open: match of.lot.terms.validity {
            Validity::Days { .. } => Open::Days(of.bucket.from.num_days_from_ce(), number(of.bucket.until)),
            Validity::FirstVisit { .. } => first_visit(of.lot, rank, demands, fixed),
        },
    };
    left.iter().enumerate().map(slot).collect()
}

/// Lists the days on which a pass could start that starts with its first visit.
fn first_visit(lot: &Lot, slot: usize, demands: &[Demand], fixed: &[&Use]) -> Open {
    let validity = lot.terms.validity;
    let used = || {
        fixed
            .iter()
            .filter(|it| it.lot == lot.id)
            .map(|it| it.on.num_days_from_ce())
    };
    let consumed = used().min().zip(used().max());
    let fitting = demands
        .iter()
        .filter(|demand| demand.fits.contains(&slot))
        .map(|demand| demand.day);
    let mut days: Vec<i32> = fitting.chain(consumed.map(|(first, _)| first)).collect();
    days.sort_unstable();
    days.dedup();
    let starts = days.into_iter().filter_map(|start| {
        let day = NaiveDate::from_num_days_from_ce_opt(start)?;
        let until = number(validity.until_from(day));
        let reaches = |(first, last)| start == first || (start < first && last < until);
        let fits = validity.from() <= day && start < until;
        consumed.map_or(fits, reaches).then_some((start, until))
    });
    let starts: Vec<(i32, i32)> = starts.collect();
    match (starts.as_slice(), consumed) {
        // What opened it is settled.
        ([(from, until)], Some(_)) => Open::Days(*from, *until),
        _ => Open::First { starts, consumed },
    }
}

/// The uses of one cycle that are gone.
#[derive(Clone, Copy, Default)]
struct Spent {
    own: u32,
    next: u32,
    broken: u32,
}

fn rank(lot: &Lot) -> impl Ord + use<> {
    (
        lot.terms.scope.width(),
        lot.price.minor(),
        lot.price.currency().to_string(),
        lot.id,
    )
}

fn number(until: Option<NaiveDate>) -> i32 {
    until.map_or(i32::MAX, |until| until.num_days_from_ce())
}

pub(super) fn date(day: i32) -> Option<NaiveDate> {
    NaiveDate::from_num_days_from_ce_opt(day)
}

/// Returns the first day that each slot covers.
pub(super) fn first_days(demands: &[Demand], found: &[usize], slots: &[Slot]) -> Vec<Option<i32>> {
    let mut days = vec![None; slots.len()];
    for (demand, &slot) in demands.iter().zip(found) {
        if let Some(day) = days.get_mut(slot) {
            *day = Some(day.map_or(demand.day, |first: i32| first.min(demand.day)));
        }
    }
    days
}

/// Returns the end of a slot, which for one that starts with its first visit follows from that.
pub(super) fn end_of(slot: &Slot, first: Option<i32>) -> i32 {
    match &slot.open {
        Open::Days(_, until) => *until,
        Open::First { starts, consumed } => {
            let start = first.into_iter().chain(consumed.map(|(first, _)| first)).min();
            let found = starts.iter().find(|(day, _)| Some(*day) == start);
            found.map_or(i32::MAX, |(_, until)| *until)
        }
    }
}
