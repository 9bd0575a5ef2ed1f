//! Deciding which memberships begin another term, and which have ended: one sweep over a location.

use chrono::NaiveDate;

use super::case::Case;
use crate::booking::refusal::Reason;
use crate::club::Key;
use crate::entitlement::{EntitlementEvent, Use};
use crate::event::Event;
use crate::id::LocationId;
use crate::id::MembershipId;
use crate::membership::contract::Contract;
use crate::membership::plan::{AtEnd, Reach};
use crate::membership::{Consent, MembershipEvent, Objection, Term, after};
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

    /// Records that the member agrees to renewals, or does not any more.
    pub(super) fn consent(&mut self, id: MembershipId, renews: bool) -> Option<()> {
        let contract = self.running(id)?;
        let consent = match (contract.membership.consent, renews) {
            (Consent::NotNeeded, _) => {
                self.object(Objection::NoConsentNeeded { membership: id });
                return None;
            }
            (Consent::Missing, true) => Consent::Given(self.today),
            (Consent::Given(_), false) => Consent::Missing,
            (Consent::Missing, false) | (Consent::Given(_), true) => {
                let other = if renews { "no consent" } else { "a consent" };
                let looked_for = format!("membership {id} with {other} to renewals");
                self.checks.0.push(Reason::NothingToDo { looked_for });
                return None;
            }
        };
        let membership = id;
        self.push(MembershipEvent::Consented { membership, consent });
        Some(())
    }

    fn carry_on(&mut self, contract: &Contract<'_>, through: NaiveDate) -> Option<()> {
        if contract.notice().is_some() {
            return self.close(contract, contract.ends_on()?);
        }
        let begun = self.begin_terms(contract, through);
        let last = begun.last().or(contract.terms.last().copied());
        match last.and_then(|last| contract.timeline().end(last.until?)) {
            Some(ends_on) if ends_on <= through => self.close(contract, ends_on),
            _ => Some(()),
        }
    }

    /// Begins the terms that follow those that are over by a day; none if it expires.
    pub(super) fn begin_terms(&mut self, contract: &Contract<'_>, through: NaiveDate) -> Vec<Term> {
        // Consent can be withdrawn until the day on which the term begins.
        let through = match contract.membership.consent {
            Consent::NotNeeded => through,
            Consent::Given(_) => through.min(self.today),
            Consent::Missing => return Vec::new(),
        };
        let timeline = contract.timeline();
        let mut lengths: Vec<Cycle> = contract.terms.iter().filter_map(|term| term.length).collect();
        let mut begun: Vec<Term> = Vec::new();
        while let Some(last) = begun.last().or(contract.terms.last().copied()) {
            let over = last
                .until
                .filter(|until| timeline.end(*until).is_some_and(|end| end <= through));
            let Some(until) = over else { break };
            let Some(next) = self.next_term(contract, last, until, &mut lengths) else {
                break;
            };
            self.push(MembershipEvent::TermBegun(next.clone()));
            begun.push(next);
        }
        begun
    }

    fn next_term(
        &mut self,
        contract: &Contract<'_>,
        last: &Term,
        from: NaiveDate,
        lengths: &mut Vec<Cycle>,
    ) -> Option<Term> {
        let held = contract.version(last.plan)?;
        let length = match held.terms.at_end {
            AtEnd::Expire => return None,
            AtEnd::Renew(length) => self.lawful(contract, length, from),
            AtEnd::MonthToMonth => None,
        };
        lengths.extend(length);
        let begins = contract.timeline().actual(from)?;
        let until = match length {
            Some(_) => Some(after(contract.membership.start, lengths)?),
            None => None,
        };
        Some(Term {
            id: self.draft.local(),
            membership: contract.membership.id,
            number: last.number.checked_add(1)?,
            plan: contract.reached(held, Reach::Renewals, begins).id,
            length,
            from,
            until,
            recorded_on: self.today,
        })
    }

    /// A renewal for longer than the law allows, that of today or of the sale, goes on until notice.
    fn lawful(&self, contract: &Contract<'_>, length: Cycle, from: NaiveDate) -> Option<Cycle> {
        let laws = self.laws(contract);
        let mut longest = laws.iter().filter_map(|law| law.longest_renewal);
        longest
            .all(|longest| length.start(from, 1) <= longest.start(from, 1))
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
                let uses: Vec<&Use> = self.club.uses.of(Key::Lot(lot.id)).collect();
                let (broken, _) = lot.lapsed(&uses, self.club.run(lot).as_ref(), self.today);
                self.draft.push(Event::Entitlement(EntitlementEvent::Swept {
                    lot: lot.id,
                    broken,
                    next: None,
                }));
            }
        }
        Some(())
    }
}
