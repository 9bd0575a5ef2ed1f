//! Deciding how a membership ends: notice, early end, taking back, and exits by right.

use chrono::{Datelike, NaiveDate};

use super::case::Case;
use crate::billing::subscription::{early_end, saved};
use crate::id::{MembershipId, NoticeId};
use crate::membership::contract::Contract;
use crate::membership::freeze::{Edit, EditOf, Timeline};
use crate::membership::jurisdiction::{ExitRight, Ground, Jurisdiction};
use crate::membership::notice::{Back, Notice, NoticeKind};
use crate::membership::plan::{EndsOn, Terms};
use crate::membership::{MembershipEvent, Objection, Term};
use crate::money::{Money, MoneyError};
use crate::time::Cycle;

impl<'a> Case<'a> {
    pub(super) fn give_notice(&mut self, id: MembershipId, early: bool) -> Option<()> {
        let contract = self.running(id)?;
        // Who gives notice on the day of the renewal is as bound before the sweep as after it.
        let begun = self.begin_terms(&contract, self.today);
        let mut contract = contract;
        contract.terms.extend(&begun);
        let term = contract.term_on(self.today)?;
        let terms = &contract.version(term.plan)?.terms;
        let laws = self.laws(&contract);
        let longest = laws.iter().filter_map(|law| law.longest_notice);
        let day = self.notice_end(terms.notice, longest, &contract);
        let day = self.in_calendar("notice", day)?;
        let edits = self.thaw(&contract, day);
        contract.edits = edits.iter().collect();
        let timeline = contract.timeline();
        let noticed = timeline.counted(day);
        let bound = term.until.max(contract.membership.committed);
        let base = bound.map_or(noticed, |bound| bound.max(noticed));
        let settled = |base: NaiveDate| rounded(base, term, terms, &contract, &timeline);
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
        let share = laws.iter().filter_map(|law| law.early_end_share).min();
        let outstanding = bound.unwrap_or(ordinary);
        let fee = self.saved_before(&contract);
        let fee = fee.and_then(|before| early_end(&contract, &rule, before, sooner, outstanding, share));
        match fee {
            Ok(fee) => self.notice(&contract, NoticeKind::Early, sooner, Back::Unused, Some(fee)),
            Err(error) => self.wrong("fee", error.to_string()),
        }
    }

    /// Returns what discounts for the same commitment saved in the contracts whose place one took.
    fn saved_before(&self, contract: &Contract<'a>) -> Result<Money, MoneyError> {
        let mut sum = Money::zero(contract.location.currency);
        let mut after = contract.membership;
        while let Some(before) = after.follows.and_then(|id| self.club.contract(id)) {
            let switch = NoticeKind::Switch(after.id);
            let Some(left) = before.notices.iter().find(|given| given.kind == switch) else {
                break;
            };
            let term = before.terms.iter().rfind(|term| term.from <= left.until);
            let bound = term.and_then(|term| term.until).max(before.membership.committed);
            if bound.is_none_or(|bound| bound <= left.until) {
                break;
            }
            let held = term.and_then(|term| before.version(term.plan));
            if let Some(rule) = held.and_then(|held| held.terms.early) {
                sum = sum.checked_add(saved(&before, &rule, left.until)?)?;
            }
            after = before.membership;
        }
        Ok(sum)
    }

    /// Returns the law of the sale of a contract, and that of today if that is another: the better of both holds for
    /// the member, so that no change of the law takes what they have.
    pub(super) fn laws(&self, contract: &Contract<'_>) -> Vec<&'a Jurisdiction> {
        let club = self.club;
        let sale = contract.membership.law.and_then(|id| club.jurisdictions.get(id));
        let now = club.jurisdiction(contract.location.id);
        let now = now.filter(|now| sale.is_none_or(|sale| sale.id != now.id));
        sale.into_iter().chain(now).map(|version| &version.law).collect()
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

    /// Ends the freezes of a membership that have no end with its notice, so that it ends too. Returns all its edits.
    fn thaw(&mut self, contract: &Contract<'_>, on: NaiveDate) -> Vec<Edit> {
        let mut edits: Vec<Edit> = contract.edits.iter().copied().cloned().collect();
        let open = |edit: &&mut Edit| {
            let own = edit.of == EditOf::Membership(contract.membership.id);
            own && edit.days().is_some_and(|days| days.until() == NaiveDate::MAX)
        };
        for edit in edits.iter_mut().filter(open) {
            let ended = self.ended(edit, on.max(edit.from));
            edit.ended = Some(ended);
            self.push(MembershipEvent::EditEnded { edit: edit.id, ended });
        }
        edits
    }

    /// Returns the civil day after a notice that is given today. The day itself does not count.
    fn notice_end(
        &self,
        plan: Option<Cycle>,
        longest: impl Iterator<Item = Cycle>,
        contract: &Contract<'_>,
    ) -> Option<NaiveDate> {
        let given = self.today.max(contract.membership.start.pred_opt()?);
        let last = |length: Cycle| length.start(given, 1);
        let asked = plan.map_or(Some(given), last)?;
        longest.filter_map(last).fold(asked, NaiveDate::min).succ_opt()
    }

    pub(super) fn notice(
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
        for given in &contract.notices {
            if let NoticeKind::Switch(next) = given.kind {
                self.undo(next);
            }
        }
        let timeline = contract.timeline();
        // A closure without an end that is in the way moves the end by as long as it comes to last.
        let ends_on = if until <= contract.membership.start {
            Some(until)
        } else {
            timeline.end(until)
        };
        let id: NoticeId = self.draft.local();
        let (given_on, given_at) = self.recorded(EditOf::Membership(contract.membership.id));
        self.push(MembershipEvent::NoticeGiven(Notice {
            id,
            membership: contract.membership.id,
            kind,
            given_on,
            given_at,
            until,
            ends_on: ends_on.unwrap_or(until),
            back,
            fee: fee.filter(|fee| !fee.is_zero()),
        }));
        Some(())
    }

    /// Takes a membership back that was to take the place of one that ends before it begins.
    fn undo(&mut self, id: MembershipId) -> Option<()> {
        let next = self.club.contract(id)?;
        let start = next.membership.start;
        if start <= self.today || next.notice().is_some_and(|given| given.until <= start) {
            return None;
        }
        let (given_on, given_at) = self.recorded(EditOf::Membership(id));
        let notice = Notice {
            id: self.draft.local(),
            membership: id,
            kind: NoticeKind::CoolingOff,
            given_on,
            given_at,
            until: start,
            ends_on: start,
            back: Back::All,
            fee: None,
        };
        self.push(MembershipEvent::NoticeGiven(notice));
        for given in &next.notices {
            if let NoticeKind::Switch(after) = given.kind {
                self.undo(after);
            }
        }
        Some(())
    }

    pub(super) fn take_back(&mut self, id: MembershipId) -> Option<()> {
        let contract = self.running(id)?;
        if let Some(of) = contract.membership.follows {
            // What it took the place of is over, and would not come back.
            self.object(Objection::TookPlace { of });
        }
        let plan = contract.version(contract.membership.plan)?;
        let nothing = Jurisdiction::named("none");
        let laws = self.laws(&contract);
        // How long it is, the law of the sale says; the law of today may know more days on which nothing is done.
        let law = laws.first().copied().unwrap_or(&nothing);
        let sold_on = contract.membership.sold_on;
        let calendars = laws.iter().copied().chain([law]);
        let lengths = [plan.terms.cooling_off, law.cooling_off];
        let last = calendars.flat_map(|calendar| {
            let days = lengths.into_iter().flatten();
            days.filter_map(move |cooling| calendar.last_day(cooling, sold_on))
        });
        let last_day = last.max();
        if last_day.is_none_or(|last| self.today > last) {
            self.object(Objection::CoolingOffOver { last_day });
        }
        let until = contract.timeline().counted(self.today);
        self.notice(&contract, NoticeKind::CoolingOff, until, Back::All, None)
    }

    pub(super) fn exit(&mut self, id: MembershipId, ground: Ground, km: Option<u32>) -> Option<()> {
        let contract = self.running(id)?;
        let laws = self.laws(&contract);
        let rights = laws.iter().flat_map(|law| law.rights(ground, km));
        let (own, proved): (Vec<&ExitRight>, Vec<&ExitRight>) =
            rights.partition(|right| self.staff || !right.proof);
        let soonest = own.into_iter().min_by_key(|right| right.notice_days);
        let Some(right) = soonest.copied() else {
            if !proved.is_empty() {
                self.object(Objection::NeedsProof { ground });
                return None;
            }
            let exits = laws.iter().flat_map(|law| &law.exits);
            let of = exits.filter(|right| right.ground == ground);
            let beyond_km = of.filter_map(|right| right.beyond_km).min();
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
            && !contract.renews()
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
}

/// Returns the end that a plan allows on or after a day, both as the contract counts days.
fn rounded(
    base: NaiveDate,
    term: &Term,
    terms: &Terms,
    contract: &Contract<'_>,
    timeline: &Timeline,
) -> Option<NaiveDate> {
    if term.until == Some(base) {
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
            // While the club is closed without an end, months are those of the days that are counted.
            let Some(civil) = timeline.end(base) else {
                return month_from(base);
            };
            Some(timeline.counted(month_from(civil)?))
        }
    }
}

/// Returns the first day of a month on or after a day.
fn month_from(day: NaiveDate) -> Option<NaiveDate> {
    let first = day.with_day(1)?;
    if first == day {
        Some(first)
    } else {
        Cycle::MONTH.start(first, 1)
    }
}
