//! Deciding which memberships begin another term, and which have ended: one sweep over a location.

use chrono::NaiveDate;

use super::case::Case;
use crate::club::Key;
use crate::entitlement::EntitlementEvent;
use crate::event::Event;
use crate::id::LocationId;
use crate::membership::contract::Contract;
use crate::membership::plan::{AtEnd, Reach};
use crate::membership::{MembershipEvent, Term, after};
use crate::time::Cycle;

/// How far ahead of today terms are renewed at most, in days.
const AHEAD: u64 = 62;

impl Case<'_> {
    pub(super) fn renew(&mut self, location: LocationId, through: NaiveDate) -> Option<()> {
        self.place(location)?;
        let last = self.today.checked_add_days(chrono::Days::new(AHEAD))?;
        self.checks
            .value(through <= last, "through", through, &format!("{last} or earlier"));
        let memberships: Vec<_> = self.club.memberships.of(Key::Location(location)).collect();
        for membership in memberships {
            // What is given back at the end only moves the end back.
            let due = membership.ended_on.is_none() && membership.until.is_some_and(|until| until <= through);
            if let Some(contract) = self.club.contract(membership.id).filter(|_| due) {
                self.carry_on(&contract, through);
            }
        }
        Some(())
    }

    fn carry_on(&mut self, contract: &Contract<'_>, through: NaiveDate) -> Option<()> {
        let id = contract.membership.id;
        if contract.notice().is_some() {
            return self.close(contract, contract.ends_on()?);
        }
        let timeline = contract.timeline();
        let mut lengths: Vec<Cycle> = contract.terms.iter().filter_map(|term| term.length).collect();
        let mut last = Term::clone(contract.terms.last()?);
        while let Some(until) = last.until {
            let ends_on = timeline.end(until)?;
            if ends_on > through {
                break;
            }
            let held = contract.version(last.plan)?;
            let length = match held.terms.at_end {
                AtEnd::Expire => return self.close(contract, ends_on),
                AtEnd::Renew(length) => self.lawful(contract, length, until),
                AtEnd::MonthToMonth => None,
            };
            lengths.extend(length);
            last = Term {
                id: self.draft.local(),
                membership: id,
                number: last.number.checked_add(1)?,
                plan: contract
                    .reached(held, Reach::Renewals, timeline.actual(until)?)
                    .id,
                length,
                from: until,
                until: match length {
                    Some(_) => Some(after(contract.membership.start, &lengths)?),
                    None => None,
                },
                recorded_on: self.today,
            };
            self.push(MembershipEvent::TermBegun(last.clone()));
        }
        Some(())
    }

    /// A renewal for longer than the law allows goes on until notice.
    fn lawful(&self, contract: &Contract<'_>, length: Cycle, from: NaiveDate) -> Option<Cycle> {
        let law = self.club.jurisdiction(contract.location.id);
        let longest = law.and_then(|version| version.law.longest_renewal);
        longest
            .is_none_or(|longest| length.start(from, 1) <= longest.start(from, 1))
            .then_some(length)
    }

    fn close(&mut self, contract: &Contract<'_>, on: NaiveDate) -> Option<()> {
        if on <= self.today {
            self.push(MembershipEvent::Ended {
                membership: contract.membership.id,
                on,
            });
            let granted = self.club.lots.of(Key::Membership(contract.membership.id));
            for lot in granted.filter(|lot| !lot.over) {
                self.draft.push(Event::Entitlement(EntitlementEvent::Swept {
                    lot: lot.id,
                    broken: Vec::new(),
                    next: None,
                }));
            }
        }
        Some(())
    }
}
