//! What expires of a lot unused, and when to look.

use chrono::NaiveDate;

use super::terms::{Uses, Validity};
use super::{Breakage, Lot, Use, UseState};

impl Lot {
    /// Returns what has expired by a day and was not recorded yet, and the day to look again, if there is one.
    pub(crate) fn lapsed(&self, uses: &[&Use], today: NaiveDate) -> (Vec<Breakage>, Option<NaiveDate>) {
        let live: Vec<&Use> = uses
            .iter()
            .copied()
            .filter(|it| it.lot == self.id && it.state.is_live())
            .collect();
        if self.withdrawn || self.membership().is_some() {
            return (Vec::new(), None);
        }
        let until = self.ends(&live);
        let ended = until.is_some_and(|until| until <= today);
        let held = live.iter().any(|it| it.state == UseState::Held);
        let broken = match self.terms.uses {
            Uses::Unlimited => Vec::new(),
            Uses::Counted(count) => {
                let free = self.free(count, 0, &live);
                let breakage = Breakage {
                    cycle: 0,
                    uses: free,
                    on: until.unwrap_or(today),
                };
                (ended && free > 0).then_some(breakage).into_iter().collect()
            }
            Uses::PerCycle { .. } => self.lapsed_cycles(&live, today),
        };
        let next = match (ended, held) {
            (true, false) => None,
            (true, true) => today.succ_opt(),
            (false, _) => self.next_look(&live, today),
        };
        (broken, next)
    }

    /// Returns the day after the last on which a use can be used, as far as that is settled.
    fn ends(&self, live: &[&Use]) -> Option<NaiveDate> {
        match self.terms.validity {
            Validity::Days { until, .. } => until,
            Validity::FirstVisit { .. } => match live.iter().map(|it| it.on).min() {
                Some(first) => self.terms.validity.until_from(first),
                None => self.terms.validity.until(),
            },
        }
    }

    fn free(&self, count: u32, cycle: u32, live: &[&Use]) -> u32 {
        let taken = live.iter().filter(|it| it.cycle == cycle).count();
        let taken = u32::try_from(taken).unwrap_or(u32::MAX);
        count.saturating_sub(taken).saturating_sub(self.broken_in(cycle))
    }

    fn lapsed_cycles(&self, live: &[&Use], today: NaiveDate) -> Vec<Breakage> {
        let Uses::PerCycle {
            count,
            cycle,
            anchor,
            carry,
        } = self.terms.uses
        else {
            return Vec::new();
        };
        let (from, until) = (self.terms.validity.from(), self.terms.validity.until());
        let mut broken = Vec::new();
        for k in 0_u32.. {
            let Some(days) = cycle.days(anchor, k).filter(|days| days.from() < today) else {
                break;
            };
            let ends = until.map_or(days.until(), |until| until.min(days.until()));
            if days.until() <= from || ends <= days.from() || today < ends {
                continue;
            }
            let next = cycle.start(anchor, k.saturating_add(2));
            let last = until.into_iter().chain(next).min();
            let all_over = carry == 0 || last.is_some_and(|last| last <= today);
            let free = if all_over {
                self.free(count, k, live)
            } else {
                let used = live
                    .iter()
                    .filter(|it| it.cycle == k && it.on < days.until())
                    .count();
                let used = u32::try_from(used).unwrap_or(u32::MAX);
                let own = count.saturating_sub(carry);
                own.saturating_sub(used).saturating_sub(self.broken_in(k))
            };
            let on = if all_over { last.unwrap_or(ends) } else { ends };
            if free > 0 {
                broken.push(Breakage {
                    cycle: k,
                    uses: free,
                    on,
                });
            }
        }
        broken
    }

    /// Returns the first day after `today` on which something can expire.
    fn next_look(&self, live: &[&Use], today: NaiveDate) -> Option<NaiveDate> {
        match (self.terms.uses, self.terms.validity) {
            (Uses::PerCycle { cycle, anchor, .. }, validity) => {
                let (_, days) = cycle.containing(anchor, today.max(anchor).max(validity.from()))?;
                validity.until().into_iter().chain([days.until()]).min()
            }
            (_, Validity::Days { until, .. }) => until,
            (_, validity @ Validity::FirstVisit { lasts, .. }) if live.is_empty() => {
                validity.until().into_iter().chain(lasts.start(today, 1)).min()
            }
            _ => self.ends(live),
        }
    }

    /// Returns the first day on which something of a new lot can expire.
    ///
    /// What a membership grants costs nothing by itself, so that nothing of it breaks; it is over when that is.
    pub(crate) fn first_look(&self) -> Option<NaiveDate> {
        if self.membership().is_some() {
            return None;
        }
        self.next_look(&[], self.terms.validity.from())
    }
}
