//! Whose debts keep whom out: what is owed for a membership keeps out who uses it, whoever pays for it; anything else
//! keeps out who owes it.

use chrono::NaiveDate;

use crate::billing::invoice::Line;
use crate::billing::obligation::Charged;
use crate::check_in::{Debt, Unpaid};
use crate::club::{Club, Key};
use crate::id::{LocationId, MemberId, MembershipId};
use crate::membership::contract::DayState;
use crate::membership::link::Bond;
use crate::money::{Currency, Money};
use crate::time::Instant;

impl Club {
    /// Adds up what a member owes that is due and open, in the currency of a location, but not for memberships that only
    /// others use.
    pub(super) fn own_debt(&self, member: MemberId, location: LocationId, today: NaiveDate) -> Option<Debt> {
        let currency = self.locations.get(location)?.currency;
        self.debt(member, currency, today, |line| match line.obligation.charged {
            Charged::Membership(id) => self.uses_or_used(member, id),
            _ => true,
        })
    }

    /// Lists the memberships that a member uses today and another pays for, with who does.
    pub fn paid_by_others(&self, member: MemberId, now: Instant) -> Vec<(MembershipId, MemberId)> {
        let used = self.memberships_of(member, now).into_iter();
        let open = used.filter(|(it, day)| it.ended_on.is_none_or(|end| *day < end));
        let paid = open.filter_map(|(it, day)| {
            let contract = self.contract(it.id)?;
            (contract.on(day) != DayState::Over).then(|| (it.id, contract.payer_on(day)))
        });
        paid.filter(|(_, payer)| *payer != member).collect()
    }

    /// Lists what others owe, in the currency of a location, for the memberships that a member uses today and they pay for.
    pub(in crate::club) fn unpaid(
        &self,
        member: MemberId,
        location: LocationId,
        now: Instant,
    ) -> Vec<Unpaid> {
        let Some(place) = self.locations.get(location) else {
            return Vec::new();
        };
        let others = self.paid_by_others(member, now).into_iter();
        let owed = others.filter_map(|(membership, payer)| {
            let chain = self.with_followed(membership);
            let counts = |line: &Line| match line.obligation.charged {
                Charged::Membership(id) => chain.contains(&id),
                _ => false,
            };
            let debt = self.debt(payer, place.currency, place.date(now), counts)?;
            Some(Unpaid {
                membership,
                payer,
                debt,
            })
        });
        owed.collect()
    }

    /// Returns a membership and those whose place it took.
    fn with_followed(&self, membership: MembershipId) -> Vec<MembershipId> {
        let before = |id: &MembershipId| self.memberships.get(*id)?.follows;
        std::iter::successors(Some(membership), before).collect()
    }

    fn uses_or_used(&self, member: MemberId, id: MembershipId) -> bool {
        let mut links = self.links.of(Key::Member(member));
        self.memberships.get(id).is_some_and(|it| it.member == member)
            || links.any(|link| link.person == member && link.bond == Bond::Beneficiary(id))
    }

    /// Adds up what is due and open of some lines: their share of what is open of their invoice.
    fn debt(
        &self,
        payer: MemberId,
        currency: Currency,
        today: NaiveDate,
        counts: impl Fn(&Line) -> bool,
    ) -> Option<Debt> {
        // Who pays on the day itself is not late.
        let yesterday = today.pred_opt()?;
        let own = self.invoices.of(Key::Member(payer));
        let due = own
            .filter(|it| it.payer == payer && it.currency == currency)
            .filter_map(|it| {
                let due = it.due(yesterday).ok()?;
                let lines = it.lines.iter().filter(|line| counts(line));
                let part = lines.fold(0, |sum, line| sum + i128::from(line.gross.minor()));
                let all = i128::from(it.total.minor()).max(1);
                let open = i128::from(due.now.minor()) * part.clamp(0, all) / all;
                let open = Money::new(i64::try_from(open).ok()?, currency);
                Some((open, due.since?)).filter(|_| !open.is_zero())
            });
        due.fold(None, |debt: Option<Debt>, (open, since)| {
            Some(match debt {
                None => Debt { open, since },
                Some(sum) => Debt {
                    open: sum.open.checked_add(open).unwrap_or(sum.open),
                    since: sum.since.min(since),
                },
            })
        })
    }
}
