//! What the visits of a class or a session are worth that passes and memberships cover.
//!
//! A use of a pass is worth the pass's net price by its uses. A visit by a membership is worth its share of the fee that
//! was invoiced for the days around it: with an allowance the fee of a cycle by the visits of that cycle that are
//! allowed, and without a limit the fee of one day. Each is rounded once, halves away from zero, so that it is the same
//! whoever comes when. What nobody was charged for, such as a gift, is worth nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::is_charged;
use crate::billing::invoice::{Invoice, Line};
use crate::billing::obligation::{Charged, Component, Key as Owed};
use crate::club::{Club, Key};
use crate::entitlement::{Source, Use, UseState, Uses};
use crate::money::MoneyError;
use crate::payroll::{Delivered, Work};

/// The lines that charge passes and memberships.
type Sold<'c> = BTreeMap<Charged, Vec<(&'c Invoice, &'c Line)>>;

impl Club {
    /// Adds what passes and memberships brought in by covering visits, and returns these.
    pub(super) fn covered_takings(
        &self,
        work: Work,
        all: &mut Delivered,
    ) -> Result<BTreeSet<Charged>, MoneyError> {
        let uses = self.consumed_by(work);
        if uses.is_empty() {
            return Ok(BTreeSet::new());
        }
        let paid_for: BTreeSet<Charged> = uses.iter().filter_map(|it| self.paid_for(it)).collect();
        let sold = self.sold(&paid_for);
        for it in uses {
            let Some(lines) = self.paid_for(it).and_then(|charged| sold.get(&charged)) else {
                continue;
            };
            for (invoice, line) in lines {
                let Some((part, of)) = self.share_of(it, line) else {
                    continue;
                };
                let worth = self.left_of(invoice, line).net.share(part, of)?;
                all.covered = all.covered.checked_add(worth)?;
                all.revenue = all.revenue.checked_add(worth)?;
                all.unpaid = all
                    .unpaid
                    .checked_add(self.unpaid(invoice, line)?.share(part, of)?)?;
            }
        }
        Ok(paid_for)
    }

    fn consumed_by(&self, work: Work) -> Vec<&Use> {
        let keys: Vec<Key> = match work {
            Work::Class(class) => {
                let booked = self.registrations.of(Key::Class(class));
                booked.map(|it| Key::Registration(it.id)).collect()
            }
            Work::Session(session) => vec![Key::Session(session)],
        };
        let uses = keys.into_iter().flat_map(|key| self.uses.of(key));
        uses.filter(|it| it.state == UseState::Consumed).collect()
    }

    /// Returns what was sold that a use is of.
    fn paid_for(&self, it: &Use) -> Option<Charged> {
        let lot = self.lots.get(it.lot)?;
        match lot.source {
            Source::Plan(membership) => Some(Charged::Membership(membership)),
            Source::Sale => Some(Charged::Lot(lot.id)),
            Source::Gift | Source::Restore(_) => None,
        }
    }

    fn sold(&self, wanted: &BTreeSet<Charged>) -> Sold<'_> {
        let mut sold = Sold::new();
        for invoice in self.invoices.iter().filter(|invoice| is_charged(invoice)) {
            for line in &invoice.lines {
                let charged = line.obligation.charged;
                if wanted.contains(&charged) {
                    sold.entry(charged).or_default().push((invoice, line));
                }
            }
        }
        sold
    }

    /// Returns which part of a line's price a use is worth, as a fraction; none if the line is not for its day.
    fn share_of(&self, it: &Use, line: &Line) -> Option<(i128, i128)> {
        let lot = self.lots.get(it.lot)?;
        let days = line.obligation.days;
        if let Source::Plan(_) = lot.source {
            let fee = matches!(
                line.obligation.key,
                Owed::Period {
                    component: Component::Fee,
                    ..
                }
            );
            days.filter(|days| fee && days.contains(it.on))?;
        }
        let of = days.map_or(1, |days| i128::from(days.count()));
        match lot.terms.uses {
            Uses::Counted(count) => Some((1, i128::from(count))),
            Uses::Unlimited => Some((1, of)),
            Uses::PerCycle {
                count, cycle, anchor, ..
            } => {
                let (_, around) = cycle.containing(anchor, it.on)?;
                Some((i128::from(around.count()), of * i128::from(count)))
            }
        }
        .filter(|(_, of)| *of > 0)
    }
}
