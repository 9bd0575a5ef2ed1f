//! What expires of a lot unused, and when to look.

use chrono::NaiveDate;

use super::run::Run;
use super::terms::{Bucket, Uses, Validity};
use super::{Breakage, Lot, Use, UseState};

impl Lot {
    /// Returns what has expired by a day and was not recorded yet, and the day to look again, if there is one.
    ///
    /// What a membership grants expires by the `run` of that.
    pub(crate) fn lapsed(
        &self,
        uses: &[&Use],
        run: Option<&Run>,
        today: NaiveDate,
    ) -> (Vec<Breakage>, Option<NaiveDate>) {
        let live: Vec<&Use> = uses
            .iter()
            .copied()
            .filter(|it| it.lot == self.id && it.state.is_live())
            .collect();
        if self.withdrawn {
            return (Vec::new(), None);
        }
        if self.membership().is_some() {
            return run.map_or((Vec::new(), None), |run| self.lapsed_of_run(run, &live, today));
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
            Uses::PerCycle { .. } => {
                let buckets = self.terms.buckets(self.terms.validity.from(), today);
                self.lapsed_cycles(&buckets, &live, today)
            }
        };
        let next = match (ended, held) {
            (true, false) => None,
            (true, true) => today.succ_opt(),
            (false, _) => self.next_look(&live, today),
        };
        (broken, next)
    }

    fn lapsed_of_run(
        &self,
        run: &Run,
        live: &[&Use],
        today: NaiveDate,
    ) -> (Vec<Breakage>, Option<NaiveDate>) {
        if !matches!(self.terms.uses, Uses::PerCycle { .. }) {
            return (Vec::new(), None);
        }
        let from = self.terms.validity.from();
        let broken = self.lapsed_cycles(&run.buckets(&self.terms, from, today), live, today);
        let next = run.next_cycle(&self.terms, today).map(|days| days.from());
        let ends = run.until().into_iter().chain(next).filter(|day| today < *day);
        (broken, ends.min().or_else(|| today.succ_opt()))
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

    /// Returns what has expired of cycles: with its cycle what cannot be carried, and the rest when that is over too. Of
    /// what a membership allows, nothing is noted of cycles of which nothing can be carried.
    fn lapsed_cycles(&self, buckets: &[Bucket], live: &[&Use], today: NaiveDate) -> Vec<Breakage> {
        let granted = self.membership().is_some();
        let mut broken = Vec::new();
        for cycle in buckets.chunk_by(|one, other| one.cycle == other.cycle) {
            let own = cycle.iter().find(|it| !it.carried);
            let carried = cycle.iter().find(|it| it.carried);
            let Some(last) = carried.or(own.filter(|_| !granted)) else {
                continue;
            };
            let over = |it: &Bucket| it.until.filter(|until| *until <= today);
            let of = |it: &Bucket| it.granted.unwrap_or(0);
            let (k, sum) = (last.cycle, cycle.iter().map(of).fold(0, u32::saturating_add));
            let lapsed = match (over(last), own.and_then(over)) {
                (Some(on), _) => Some((on, self.free(sum, k, live))),
                (None, Some(on)) => {
                    let used = live.iter().filter(|it| it.cycle == k && it.on < on);
                    let used = u32::try_from(used.count()).unwrap_or(u32::MAX);
                    let left = own.map_or(0, of).saturating_sub(used);
                    Some((on, left.saturating_sub(self.broken_in(k))))
                }
                (None, None) => None,
            };
            if let Some((on, uses)) = lapsed.filter(|(_, uses)| *uses > 0) {
                let cycle = k;
                broken.push(Breakage { cycle, uses, on });
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
    /// What a membership grants costs nothing by itself, and is over when that is: it is looked at if it can be carried.
    pub(crate) fn first_look(&self) -> Option<NaiveDate> {
        let carries = matches!(self.terms.uses, Uses::PerCycle { carry, .. } if carry > 0);
        if self.membership().is_some() && !carries {
            return None;
        }
        self.next_look(&[], self.terms.validity.from())
    }
}
