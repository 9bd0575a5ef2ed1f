//! How a member stands at the door: whether a membership runs or is frozen, what is owed, and which visits count.

mod debt;

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::{Club, Key};
use crate::check_in::{Opened, Standing, Visit};
use crate::id::{LocationId, MemberId};
use crate::membership::Membership;
use crate::membership::contract::{Contract, DayState};
use crate::membership::freeze::EditKind;
use crate::membership::link::Bond;
use crate::time::Instant;

impl Club {
    /// Says how a member stands at a location: who has a membership, own or shared, that runs is in good standing, who
    /// has only ones that are frozen is frozen, and who has only ones that are over is inactive, unless passes remain or
    /// another begins.
    pub fn standing(&self, member: MemberId, location: LocationId, now: Instant) -> Standing {
        let today = self.locations.get(location).map(|place| place.date(now));
        let debt = today.and_then(|today| self.own_debt(member, location, today));
        let good = Standing {
            debt,
            ..Standing::GOOD
        };
        let memberships = self.memberships_of(member, now);
        // What was closed is over, whatever else is known of it.
        let open = memberships
            .iter()
            .filter(|(it, day)| it.ended_on.is_none_or(|end| day < &end));
        let contracts: Vec<(Contract<'_>, NaiveDate)> = open
            .filter_map(|(it, day)| Some((self.contract(it.id)?, *day)))
            .collect();
        let states = || contracts.iter().map(|(it, day)| (it, it.on(*day)));
        if memberships.is_empty() || states().any(|(_, state)| state.is_usable()) {
            return good;
        }
        let held = states().find_map(|(contract, state)| match state {
            DayState::Held(edit) => contract.edits.iter().find(|it| it.id == edit),
            _ => None,
        });
        if let Some(edit) = held {
            // A club that is closed keeps everybody out, and freezes nobody.
            return Standing {
                frozen: edit.kind == EditKind::Freeze,
                frozen_until: edit.until,
                ends_on_return: edit.ends_on_return,
                ..good
            };
        }
        let passes = self
            .lots
            .of(Key::Member(member))
            .any(|lot| lot.membership().is_none() && !lot.over && !lot.withdrawn);
        let begins = states().any(|(_, state)| state == DayState::Before);
        Standing {
            inactive: !passes && !begins,
            ..good
        }
    }

    /// Lists the memberships that a member holds or shares, with the civil day where they were sold.
    fn memberships_of(&self, member: MemberId, now: Instant) -> Vec<(&Membership, NaiveDate)> {
        let key = Key::Member(member);
        let dated = |it| -> Option<(&Membership, NaiveDate)> {
            let it: &Membership = it;
            Some((it, self.locations.get(it.location)?.date(now)))
        };
        let own = self.memberships.of(key).filter(|it| it.member == member);
        let shared = self.links.of(key).filter_map(|link| match link.bond {
            Bond::Beneficiary(id) if link.person == member => Some((link, self.memberships.get(id)?)),
            _ => None,
        });
        let shared = shared.filter_map(|(link, it)| dated(it).filter(|(_, day)| link.holds(*day)));
        own.filter_map(dated).chain(shared).collect()
    }

    /// Lists the visits of a member, and those of others by lots that they share.
    pub(super) fn visits_by_lots_of(&self, member: MemberId) -> Vec<&Visit> {
        let lots = self.lots.of(Key::Member(member));
        let limited = lots.filter(|lot| {
            lot.terms
                .scope
                .door
                .as_ref()
                .is_some_and(|right| right.limit.is_some())
        });
        let shared = limited.flat_map(|lot| {
            let others = lot.shared_with.iter().copied().chain([lot.owner]);
            let others = others.filter(|other| *other != member).collect::<BTreeSet<_>>();
            let came = others
                .into_iter()
                .flat_map(|other| self.visits.of(Key::Member(other)));
            came.filter(|visit| visit.opened == Opened::Lot(lot.id))
        });
        self.visits.of(Key::Member(member)).chain(shared).collect()
    }
}
