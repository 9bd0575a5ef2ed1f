//! What the visits of a class or a session are worth that passes and memberships cover.
//!
//! A use of a pass is worth the pass's net price by its uses. A visit by a membership is worth its share of the fee that
//! was invoiced for the days around it: with an allowance the fee of a cycle by the visits that the version of the plan
//! allows which holds in that cycle, and without a limit the fee of one day. Each is rounded once, halves away from zero, so that it is the same
//! whoever comes when. What nobody was charged for, such as a gift, is worth nothing.

use std::collections::BTreeSet;

use super::takings::Books;
use crate::billing::obligation::{Charged, Component, Key as Owed, Obligation};
use crate::billing::subscription::{OwedError, owed};
use crate::club::Key;
use crate::entitlement::{Source, Use, UseState, Uses};
use crate::id::MembershipId;
use crate::money::{Money, MoneyError};
use crate::payroll::{Delivered, Work};

impl<'c> Books<'c> {
    /// Adds what passes and memberships brought in by covering visits, and what of that is not invoiced yet, and returns
    /// what was sold for that.
    pub(super) fn covered_takings(
        &mut self,
        work: Work,
        all: &mut Delivered,
    ) -> Result<BTreeSet<Charged>, MoneyError> {
        let mut paid_for = BTreeSet::new();
        for it in self.consumed_by(work) {
            let Some(charged) = self.paid_for(it) else {
                continue;
            };
            paid_for.insert(charged);
            let allowed = self.allowed(it);
            for (invoice, line) in self.lines(charged) {
                let Some((part, of)) = self.share_of(it, &line.obligation, allowed) else {
                    continue;
                };
                let worth = self.left_of(invoice, line).net.share(part, of)?;
                all.covered = all.covered.checked_add(worth)?;
                all.revenue = all.revenue.checked_add(worth)?;
                all.unpaid = all
                    .unpaid
                    .checked_add(self.unpaid(invoice, line)?.share(part, of)?)?;
            }
            if let Charged::Membership(membership) = charged {
                let missing = self.unbilled_fee(it, membership, allowed)?;
                all.unbilled = all
                    .unbilled
                    .checked_add(missing.unwrap_or(Money::zero(all.unbilled.currency())))?;
            }
        }
        Ok(paid_for)
    }

    fn consumed_by(&self, work: Work) -> Vec<&'c Use> {
        let club = self.club;
        let keys: Vec<Key> = match work {
            Work::Class(class) => {
                let booked = club.registrations.of(Key::Class(class));
                booked.map(|it| Key::Registration(it.id)).collect()
            }
            Work::Session(session) => vec![Key::Session(session)],
        };
        let uses = keys.into_iter().flat_map(|key| club.uses.of(key));
        uses.filter(|it| it.state == UseState::Consumed).collect()
    }

    /// Returns what was sold that a use is of.
    fn paid_for(&self, it: &Use) -> Option<Charged> {
        let lot = self.club.lots.get(it.lot)?;
        match lot.source {
            Source::Plan(membership) => Some(Charged::Membership(membership)),
            Source::Sale => Some(Charged::Lot(lot.id)),
            Source::Gift | Source::Restore(_) => None,
        }
    }

    /// Returns how many uses the cycle of a use allows, by the version of the plan that holds in it.
    fn allowed(&mut self, it: &Use) -> Option<u32> {
        let lot = self.club.lots.get(it.lot)?;
        let run = self
            .runs
            .entry(lot.id)
            .or_insert_with(|| self.club.run(lot))
            .as_ref()?;
        run.allowed_on(&lot.terms, it.cycle, it.on)
    }

    /// Returns a use's part of the fee for its day, if that is on no invoice that was opened; none if it is.
    fn unbilled_fee(
        &mut self,
        it: &Use,
        membership: MembershipId,
        allowed: Option<u32>,
    ) -> Result<Option<Money>, MoneyError> {
        if !self.fees.contains_key(&membership) {
            let all = self.club.contract(membership).map(|it| owed(&it, self.today));
            let all = match all {
                Some(Err(OwedError::Money(error))) => return Err(error),
                Some(Ok(all)) => all,
                Some(Err(OwedError::TooFar(_))) | None => Vec::new(),
            };
            self.fees.insert(membership, all);
        }
        let fees = self.fees.get(&membership).into_iter().flatten();
        for fee in fees.filter(|fee| !self.is_billed(&fee.key)) {
            if let Some((part, of)) = self.share_of(it, fee, allowed) {
                return fee.amount.share(part, of).map(Some);
            }
        }
        Ok(None)
    }

    /// Returns which part of what is owed a use is worth, as a fraction; none if that is not for its day.
    fn share_of(&self, it: &Use, owed: &Obligation, allowed: Option<u32>) -> Option<(i128, i128)> {
        let lot = self.club.lots.get(it.lot)?;
        let days = owed.days;
        if let Source::Plan(_) = lot.source {
            let fee = matches!(
                owed.key,
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
                let count = allowed.unwrap_or(count);
                Some((i128::from(around.count()), of * i128::from(count)))
            }
        }
        .filter(|(_, of)| *of > 0)
    }
}
