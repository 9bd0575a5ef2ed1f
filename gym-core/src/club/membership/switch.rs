//! Deciding which plan takes the place of another: who is bound stays bound, and who pays goes on paying.

use chrono::NaiveDate;

use super::case::Case;
use super::sell::Sale;
use crate::id::{MemberId, MembershipId, MembershipTypeId};
use crate::membership::contract::Contract;
use crate::membership::link::{Bond, Link};
use crate::membership::notice::{Back, NoticeKind};
use crate::membership::plan::{PlanVersion, Terms};
use crate::membership::{MembershipEvent, Objection};

impl Case<'_> {
    pub(super) fn switch(&mut self, id: MembershipId, to: MembershipTypeId, on: NaiveDate) -> Option<()> {
        let contract = self.running(id)?;
        self.not_past("on", on);
        self.within("on", on, &contract);
        if to == contract.membership.of {
            self.object(Objection::SamePlan { of: to });
        }
        let location = contract.membership.location;
        let plan = self.on_sale(to, location)?;
        self.check_taxed(plan, location, on.min(self.today));
        let timeline = contract.timeline();
        let until = timeline.counted(on);
        let planned = contract
            .notices
            .iter()
            .find(|given| matches!(given.kind, NoticeKind::Switch(_)) && until < given.until);
        if let Some(given) = planned {
            self.object(Objection::NoticeGiven {
                notice: given.id,
                ends_on: given.ends_on,
            });
        }
        let begun = self.begin_terms(&contract, self.today);
        let mut contract = contract;
        contract.terms.extend(&begun);
        let bound = self.bound(&contract, until);
        self.check_cheaper(&contract, plan, until, bound);
        let member = contract.membership.member;
        let payer = contract.subscription.payer;
        // The days that are left of what somebody is bound for go with them.
        let left = bound.and_then(|bound| u64::try_from((bound - until).num_days()).ok());
        let follows = Some(id);
        let next = self.contract(&Sale {
            member,
            payer,
            plan,
            location,
            start: on,
            intro: false,
            follows,
            bound: left.and_then(|days| on.checked_add_days(chrono::Days::new(days))),
        })?;
        let others = self.take_along(&contract, plan, next, on);
        self.grant(next, plan, others)?;
        self.notice(&contract, NoticeKind::Switch(next), until, Back::Unused, None)
    }

    /// Returns until when somebody is bound who leaves on a day, both as the contract counts days; none if they are not.
    fn bound(&self, contract: &Contract<'_>, until: NaiveDate) -> Option<NaiveDate> {
        let term = contract.term_on(self.today).and_then(|term| term.until);
        let bound = contract.membership.committed.max(term);
        bound.filter(|bound| until < *bound)
    }

    /// A plan may become dearer at any time, and cheaper once nobody is bound.
    fn check_cheaper(
        &mut self,
        contract: &Contract<'_>,
        to: &PlanVersion,
        until: NaiveDate,
        bound: Option<NaiveDate>,
    ) {
        let held = contract
            .term_on(self.today)
            .and_then(|term| contract.version(term.plan));
        let Some((committed, from)) = bound.zip(held.map(|held| &held.terms)) else {
            return;
        };
        let days = |terms: &Terms| terms.cycle.from(until).map_or(1, |days| i128::from(days.count()));
        let cheaper = i128::from(to.terms.price.minor()) * days(from)
            < i128::from(from.price.minor()) * days(&to.terms);
        if cheaper {
            self.object(Objection::CheaperWhileCommitted {
                from: from.price,
                to: to.terms.price,
                committed,
            });
        }
    }

    /// Those who use the old membership use the new one, and those who pay for it pay, on the same days.
    fn take_along(
        &mut self,
        contract: &Contract<'_>,
        plan: &PlanVersion,
        next: MembershipId,
        on: NaiveDate,
    ) -> Vec<MemberId> {
        let others = contract.others_on(on);
        let people = others.iter().map(|link| link.person).collect();
        let most = plan.terms.shared.map_or(1, |shared| shared.most);
        if others.len() >= usize::try_from(most).unwrap_or(usize::MAX) {
            self.object(Objection::Crowded { most, on });
        }
        let pays =
            |link: &&&Link| matches!(link.bond, Bond::Payer(_)) && link.until.is_none_or(|until| on < until);
        for payer in contract.links.iter().filter(pays) {
            let id = self.draft.local();
            self.push(MembershipEvent::Linked(Link {
                id,
                bond: Bond::Payer(next),
                from: payer.from.max(on),
                recorded_on: self.today,
                recorded_at: self.now,
                ..Link::clone(payer)
            }));
        }
        for other in others {
            let id = self.draft.local();
            let (bond, recorded_on) = (Bond::Beneficiary(next), self.today);
            self.push(MembershipEvent::Linked(Link {
                id,
                bond,
                from: on,
                recorded_on,
                recorded_at: self.now,
                ..other.clone()
            }));
        }
        people
    }
}
