//! Deciding how a membership ends: notice, early end, taking back, exits by right, and another plan in its place.

use chrono::{Datelike, NaiveDate};

use super::case::Case;
use super::sell::Sale;
use crate::billing::subscription::early_end;
use crate::id::{MemberId, MembershipId, MembershipTypeId, NoticeId};
use crate::membership::contract::Contract;
use crate::membership::freeze::Timeline;
use crate::membership::jurisdiction::{Ground, Jurisdiction};
use crate::membership::link::{Bond, Link};
use crate::membership::notice::{Back, Notice, NoticeKind};
use crate::membership::plan::{EndsOn, PlanVersion, Terms};
use crate::membership::{MembershipEvent, Objection};
use crate::money::Money;
use crate::time::Cycle;

impl<'a> Case<'a> {
    pub(super) fn give_notice(&mut self, id: MembershipId, early: bool) -> Option<()> {
        let contract = self.running(id)?;
        let terms = contract.current()?;
        let timeline = contract.timeline();
        let law = self.law(&contract);
        let noticed = self.notice_end(terms.notice, law.and_then(|law| law.longest_notice), &contract);
        let noticed = self.in_calendar("notice", noticed)?;
        let bound = contract
            .terms
            .last()
            .and_then(|term| term.until)
            .max(contract.membership.committed);
        let base = bound.map_or(noticed, |bound| bound.max(noticed));
        let settled = |base: NaiveDate| rounded(base, terms, &contract, &timeline);
        let ordinary = self.in_calendar("notice", settled(base))?;
        if !early {
            return self.notice(&contract, NoticeKind::Ordinary, ordinary, Back::Unused, None);
        }
        let sooner = self.in_calendar("notice", settled(noticed))?;
        if sooner >= ordinary {
            return self.notice(&contract, NoticeKind::Ordinary, ordinary, Back::Unused, None);
        }
        let Some(rule) = terms.early else {
            self.object(Objection::NoEarlyEnd {
                committed: bound.unwrap_or(ordinary),
            });
            return None;
        };
        let share = law.and_then(|law| law.early_end_share);
        match early_end(&contract, &rule, sooner, ordinary, share) {
            Ok(fee) => self.notice(&contract, NoticeKind::Early, sooner, Back::Unused, Some(fee)),
            Err(error) => self.wrong("fee", error.to_string()),
        }
    }

    fn law(&self, contract: &Contract<'_>) -> Option<&'a Jurisdiction> {
        self.club
            .jurisdiction(contract.location.id)
            .map(|version| &version.law)
    }

    fn wrong(&mut self, field: &str, value: String) -> Option<()> {
        self.checks.value(false, field, value, "an amount in range");
        None
    }

    fn in_calendar(&mut self, field: &str, day: Option<NaiveDate>) -> Option<NaiveDate> {
        let day = day.filter(|day| day.year() <= 9998);
        if day.is_none() {
            self.object(Objection::OutOfCalendar {
                field: field.to_owned(),
            });
        }
        day
    }

    /// Returns the day after a notice that is given today, as the contract counts days. The day itself does not count.
    fn notice_end(
        &self,
        plan: Option<Cycle>,
        law: Option<Cycle>,
        contract: &Contract<'_>,
    ) -> Option<NaiveDate> {
        let given = self.today.max(contract.membership.start.pred_opt()?);
        let last = |length: Option<Cycle>| length.map_or(Some(given), |length| length.start(given, 1));
        let last = match law {
            Some(_) => last(plan)?.min(last(law)?),
            None => last(plan)?,
        };
        Some(contract.timeline().counted(last.succ_opt()?))
    }

    fn notice(
        &mut self,
        contract: &Contract<'_>,
        kind: NoticeKind,
        until: NaiveDate,
        back: Back,
        fee: Option<Money>,
    ) -> Option<()> {
        let until = until.max(contract.membership.start);
        if let Some(given) = contract.notice().filter(|given| given.until <= until) {
            self.object(Objection::NoticeGiven {
                notice: given.id,
                ends_on: given.ends_on,
            });
        }
        let timeline = contract.timeline();
        // A freeze without an end that is in the way is over when the membership is.
        let ends_on = if until <= contract.membership.start {
            Some(until)
        } else {
            timeline.end(until)
        };
        let id: NoticeId = self.draft.local();
        self.push(MembershipEvent::NoticeGiven(Notice {
            id,
            membership: contract.membership.id,
            kind,
            given_on: self.today,
            until,
            ends_on: ends_on.unwrap_or(until),
            back,
            fee: fee.filter(|fee| !fee.is_zero()),
        }));
        Some(())
    }

    pub(super) fn take_back(&mut self, id: MembershipId) -> Option<()> {
        let contract = self.running(id)?;
        let plan = contract.version(contract.membership.plan)?;
        let nothing = Jurisdiction::named("none");
        let law = self.law(&contract).unwrap_or(&nothing);
        let sold_on = contract.membership.sold_on;
        let last = |cooling| law.last_day(cooling, sold_on);
        let last_day = plan
            .terms
            .cooling_off
            .and_then(last)
            .max(law.cooling_off.and_then(last));
        if last_day.is_none_or(|last| self.today > last) {
            self.object(Objection::CoolingOffOver { last_day });
        }
        let until = contract.timeline().counted(self.today);
        self.notice(&contract, NoticeKind::CoolingOff, until, Back::All, None)
    }

    pub(super) fn exit(&mut self, id: MembershipId, ground: Ground, km: Option<u32>) -> Option<()> {
        let contract = self.running(id)?;
        let law = self.law(&contract);
        let Some(right) = law.and_then(|law| law.right(ground, km)).copied() else {
            let of = law.and_then(|law| law.exits.iter().find(|right| right.ground == ground));
            let beyond_km = of.and_then(|right| right.beyond_km);
            self.object(Objection::NoRight {
                ground,
                beyond_km,
                km,
            });
            return None;
        };
        let days = chrono::Days::new(u64::from(right.notice_days));
        let ends_on = self.in_calendar("notice", self.today.checked_add_days(days))?;
        let until = contract.timeline().counted(ends_on);
        if let (None, Some(until_now)) = (contract.notice(), contract.until())
            && until_now <= until
        {
            let (field, day) = ("end".to_owned(), ends_on);
            let (first, end) = (contract.membership.start, contract.ends_on());
            self.object(Objection::OutsideMembership {
                field,
                day,
                first,
                end,
            });
        }
        self.notice(&contract, NoticeKind::Exit(ground), until, Back::Unused, None)
    }

    pub(super) fn switch(&mut self, id: MembershipId, to: MembershipTypeId, on: NaiveDate) -> Option<()> {
        let contract = self.running(id)?;
        self.not_past("on", on);
        self.within("on", on, &contract);
        if to == contract.membership.of {
            self.object(Objection::SamePlan { of: to });
        }
        let location = contract.membership.location;
        let plan = self.on_sale(to, location)?;
        let timeline = contract.timeline();
        let until = timeline.counted(on);
        self.check_cheaper(&contract, plan, until);
        let member = contract.membership.member;
        let payer = contract.payer_on(on);
        let follows = Some(id);
        let next = self.contract(&Sale {
            member,
            payer,
            plan,
            location,
            start: on,
            intro: false,
            follows,
        })?;
        let others = self.take_along(&contract, plan, next, on);
        self.grant(next, plan, others)?;
        self.notice(&contract, NoticeKind::Switch(next), until, Back::Unused, None)
    }

    /// A plan may become dearer at any time, and cheaper once nobody is bound.
    fn check_cheaper(&mut self, contract: &Contract<'_>, to: &PlanVersion, until: NaiveDate) {
        let term = contract.terms.last().and_then(|term| term.until);
        let bound = contract
            .membership
            .committed
            .max(term)
            .filter(|bound| until < *bound);
        let Some((committed, from)) = bound.zip(contract.current()) else {
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

    /// Those who use the old membership use the new one.
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
        for other in others {
            let id = self.draft.local();
            let (bond, recorded_on) = (Bond::Beneficiary(next), self.today);
            self.push(MembershipEvent::Linked(Link {
                id,
                bond,
                from: on,
                recorded_on,
                ..other.clone()
            }));
        }
        people
    }
}

/// Returns the end that a plan allows on or after a day, both as the contract counts days.
fn rounded(
    base: NaiveDate,
    terms: &Terms,
    contract: &Contract<'_>,
    timeline: &Timeline,
) -> Option<NaiveDate> {
    if contract.terms.last().and_then(|term| term.until) == Some(base) {
        return Some(base);
    }
    match terms.ends {
        EndsOn::AnyDay => Some(base),
        EndsOn::PeriodEnd => {
            let (_, period) = terms.cycle.containing(contract.subscription.anchor, base)?;
            Some(if period.from() == base {
                base
            } else {
                period.until()
            })
        }
        EndsOn::MonthEnd => {
            let civil = timeline.end(base)?;
            let first = civil.with_day(1)?;
            let first = if first == civil {
                first
            } else {
                Cycle::MONTH.start(first, 1)?
            };
            Some(timeline.counted(first))
        }
    }
}
