//! How a member stands at the door: whether a membership runs or is frozen, and what is owed.

use chrono::NaiveDate;

use super::{Club, Key};
use crate::billing::payment::balance;
use crate::check_in::{Debt, Standing};
use crate::entitlement::Source;
use crate::id::{LocationId, MemberId};
use crate::membership::contract::{Contract, DayState};
use crate::membership::freeze::EditKind;
use crate::membership::link::Bond;
use crate::time::Instant;

impl Club {
    /// Says how a member stands at a location: who has a membership, own or shared, that runs is in good standing, who
    /// has only ones that are frozen is frozen, and who has only ones that are over is inactive, unless passes remain.
    pub fn standing(&self, member: MemberId, location: LocationId, now: Instant) -> Standing {
        let today = self.locations.get(location).map(|place| place.date(now));
        let debt = today.and_then(|today| self.debt(member, location, today));
        let good = Standing {
            debt,
            ..Standing::GOOD
        };
        let contracts = self.contracts_of(member, now);
        let states = || contracts.iter().map(|it| (it, it.on(it.location.date(now))));
        if contracts.is_empty() || states().any(|(_, state)| state.is_usable()) {
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
            .any(|lot| !matches!(lot.source, Source::Plan(_)));
        Standing {
            inactive: !passes,
            ..good
        }
    }

    /// Lists the memberships that a member holds or shares.
    fn contracts_of(&self, member: MemberId, now: Instant) -> Vec<Contract<'_>> {
        let key = Key::Member(member);
        let own = self
            .memberships
            .of(key)
            .filter(|it| it.member == member)
            .map(|it| it.id);
        let shared = self.links.of(key).filter_map(|link| match link.bond {
            Bond::Beneficiary(id) if link.person == member => Some((id, link)),
            _ => None,
        });
        let on = |id| {
            let at = self
                .memberships
                .get(id)
                .and_then(|it| self.locations.get(it.location));
            at.map(|location| location.date(now))
        };
        let shared = shared
            .filter(|(id, link)| on(*id).is_some_and(|day| link.holds(day)))
            .map(|(id, _)| id);
        own.chain(shared).filter_map(|id| self.contract(id)).collect()
    }

    /// Adds up what is due and open, in the currency of a location.
    fn debt(&self, payer: MemberId, location: LocationId, today: NaiveDate) -> Option<Debt> {
        let currency = self.locations.get(location)?.currency;
        let due = self.invoices.of(Key::Member(payer)).filter(|it| {
            it.payer == payer && it.currency == currency && it.state.is_due() && it.due_on < today
        });
        let mut debt: Option<Debt> = None;
        for invoice in due {
            let open = balance(invoice)
                .ok()
                .filter(|open| !open.is_zero() && !open.is_negative());
            let Some(open) = open else { continue };
            debt = Some(match debt {
                None => Debt {
                    open,
                    since: invoice.due_on,
                },
                Some(sum) => Debt {
                    open: sum.open.checked_add(open).unwrap_or(sum.open),
                    since: sum.since.min(invoice.due_on),
                },
            });
        }
        debt
    }
}
