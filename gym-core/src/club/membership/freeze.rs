//! Deciding freezes, gifts and closures, and their ends.

use chrono::{Datelike, NaiveDate};

use super::case::Case;
use crate::club::{Club, Key};
use crate::event::Event;
use crate::id::{EditId, LocationId, MemberId, MembershipId};
use crate::location::Location;
use crate::membership::contract::Contract;
use crate::membership::freeze::{
    Compensation, Edit, EditKind, EditOf, Ended, FreezeFee, FreezeReason, FreezeRules, Year,
};
use crate::membership::{MembershipEvent, Objection};
use crate::time::{Cycle, Days, Instant, Unit, civil};

impl Club {
    /// Ends the freezes of a member's memberships that end when they come back, on the civil day of a location.
    pub fn returned(&self, member: MemberId, location: &Location, now: Instant) -> Vec<Event> {
        let key = Key::Member(member);
        let on = location.date(now);
        let own = self.memberships.of(key).map(|it| it.id);
        let shared = self
            .links
            .of(key)
            .filter(|link| link.person == member && link.holds(on));
        let shared = shared.filter_map(|link| match link.bond {
            crate::membership::link::Bond::Beneficiary(id) => Some(id),
            _ => None,
        });
        let edits = own
            .chain(shared)
            .flat_map(|id| self.edits.of(Key::Membership(id)));
        let held = edits.filter(|edit| edit.ends_on_return && edit.kind == EditKind::Freeze);
        let back = held.filter_map(|edit| {
            // It ends by the clocks of where the membership was sold, wherever they come in.
            let zone = self.locations.get(self.location_of_edit(edit)?)?.zone;
            let recorded_at = self.recorded_at(edit.of, now);
            let on = civil(zone, recorded_at).date();
            let ended = Ended {
                on,
                recorded_on: on,
                recorded_at,
            };
            let edit = edit.covers(on).then_some(edit.id)?;
            Some(Event::Membership(MembershipEvent::Returned { edit, ended }))
        });
        back.collect()
    }
}

impl Case<'_> {
    pub(super) fn freeze(
        &mut self,
        id: MembershipId,
        from: NaiveDate,
        until: Option<NaiveDate>,
        why: FreezeReason,
    ) -> Option<()> {
        let contract = self.running(id)?;
        let days = self.days(from, until)?;
        self.within("from", from, &contract);
        let Some(rules) = contract.current().and_then(|terms| terms.freeze.as_ref()) else {
            self.object(Objection::NoFreeze);
            self.check_overlap(&contract, days);
            return None;
        };
        self.check_rules(rules, from, until, why);
        self.check_counts(rules, &contract, days, until.is_some());
        self.check_overlap(&contract, days);
        let compensation = self.compensation(rules.compensation, from);
        let (recorded_on, recorded_at) = self.recorded(EditOf::Membership(id));
        self.edit(Edit {
            id: EditId::local(1),
            of: EditOf::Membership(id),
            kind: EditKind::Freeze,
            from,
            until,
            compensation,
            fee: rules.fee,
            why,
            ends_on_return: rules.ends_on_return,
            recorded_on,
            recorded_at,
            ended: None,
            returned: None,
        })?;
        let used = self.club.days_used(id, days, self.now);
        if !used.is_empty() {
            let days = used.into_iter().collect();
            self.object(Objection::DaysUsed { days });
        }
        let bookings = self.club.left_out_by(self.draft.events(), self.now);
        if !bookings.is_empty() {
            self.object(Objection::WouldUncover { bookings });
        }
        Some(())
    }

    /// Returns that an edit ends on a day, as it is recorded today.
    pub(super) fn ended(&self, edit: &Edit, on: NaiveDate) -> Ended {
        let (recorded_on, recorded_at) = self.recorded(edit.of);
        Ended {
            on,
            recorded_on,
            recorded_at,
        }
    }

    fn edit(&mut self, edit: Edit) -> Option<()> {
        let id = self.draft.local();
        self.push(MembershipEvent::Edited(Edit { id, ..edit }));
        Some(())
    }

    /// What is past cannot be moved: it is credited.
    fn compensation(&self, asked: Compensation, from: NaiveDate) -> Compensation {
        match asked {
            Compensation::Extend if from < self.today => Compensation::Credit,
            other => other,
        }
    }

    fn days(&mut self, from: NaiveDate, until: Option<NaiveDate>) -> Option<Days> {
        let near = self.near("from", from) & until.is_none_or(|until| self.near("until", until));
        let days = Days::new(from, until.unwrap_or(NaiveDate::MAX));
        let expected = format!("a day after {from}");
        self.checks
            .value(days.is_ok(), "until", until.unwrap_or(from), &expected);
        days.ok().filter(|_| near)
    }

    fn check_rules(
        &mut self,
        rules: &FreezeRules,
        from: NaiveDate,
        until: Option<NaiveDate>,
        why: FreezeReason,
    ) {
        let (shortest, longest) = (rules.shortest, rules.longest.or(rules.days_per_year));
        let days = until.and_then(|until| u32::try_from((until - from).num_days()).ok());
        let fits = match days {
            Some(days) => days >= shortest && rules.longest.is_none_or(|longest| days <= longest),
            None => longest.is_none(),
        };
        if !fits {
            self.object(Objection::FreezeLength {
                days,
                shortest,
                longest,
            });
        }
        let shift = |days: u32, ahead: bool| {
            let days = chrono::Days::new(u64::from(days));
            if ahead {
                self.today.checked_add_days(days)
            } else {
                self.today.checked_sub_days(days)
            }
        };
        let late = self.staff && rules.backdated > 0;
        let earliest = if late {
            shift(rules.backdated, false)
        } else {
            shift(rules.notice, true)
        };
        let first = earliest.unwrap_or(self.today);
        if from < first {
            self.object(Objection::FreezeTooSoon { from, first });
        }
        if !rules.reasons.is_empty() && !rules.reasons.contains(&why) {
            let accepted = rules.reasons.iter().copied().collect();
            self.object(Objection::FreezeReasonNotAccepted { why, accepted });
        }
    }

    fn check_counts(&mut self, rules: &FreezeRules, contract: &Contract<'_>, days: Days, ends: bool) {
        let key = Key::Membership(contract.membership.id);
        let club = self.club;
        let freezes = || {
            club.edits
                .of(key)
                .filter(|it| it.kind == EditKind::Freeze)
                .filter_map(Edit::days)
        };
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        if let Some(limit) = rules.per_contract
            && count(freezes().count()) >= limit
        {
            self.object(Objection::FreezeCount {
                limit,
                used: count(freezes().count()),
                year: None,
            });
        }
        let Some(year) = year_of(rules.year, contract.membership.start, days.from()) else {
            return;
        };
        let begun: Vec<Days> = freezes().filter(|it| year.contains(it.from())).collect();
        if let Some(limit) = rules.per_year
            && count(begun.len()) >= limit
        {
            self.object(Objection::FreezeCount {
                limit,
                used: count(begun.len()),
                year: Some(year.from()),
            });
        }
        let Some(limit) = rules.days_per_year.filter(|_| ends) else {
            return;
        };
        let frozen: Vec<Days> = freezes().collect();
        let mut year = Some(year);
        while let Some((now, asked)) = year.and_then(|year| Some((year, days.intersection(&year)?))) {
            let before = frozen.iter().filter_map(|it| it.intersection(&now));
            let used = before.map(|it| it.count()).fold(0, u32::saturating_add);
            let (asked, year_from) = (asked.count(), now.from());
            if used.saturating_add(asked) > limit {
                self.object(Objection::FreezeDays {
                    limit,
                    used,
                    asked,
                    year: year_from,
                });
            }
            year = year_of(rules.year, contract.membership.start, now.until());
        }
    }

    fn check_overlap(&mut self, contract: &Contract<'_>, days: Days) {
        let key = Key::Membership(contract.membership.id);
        let other = self
            .club
            .edits
            .of(key)
            .filter(|edit| edit.kind != EditKind::Used)
            .find(|edit| edit.days().is_some_and(|other| other.overlaps(&days)));
        if let Some(edit) = other {
            let (id, from, until) = (edit.id, edit.from, edit.until);
            self.object(Objection::AlreadyFrozen {
                edit: id,
                from,
                until,
            });
        }
    }

    pub(super) fn gift(
        &mut self,
        id: MembershipId,
        from: NaiveDate,
        until: NaiveDate,
        compensation: Compensation,
    ) -> Option<()> {
        let contract = self.running(id)?;
        let days = self.days(from, Some(until))?;
        self.within("from", from, &contract);
        self.check_overlap(&contract, days);
        self.checks
            .value(days.count() <= 366, "until", until, "at most 366 days");
        let gives = compensation != Compensation::None;
        self.checks
            .value(gives, "compensation", compensation.as_str(), "extend or credit");
        let compensation = self.compensation(compensation, from);
        let of = EditOf::Membership(id);
        let recorded = self.recorded(of);
        self.plain(of, EditKind::Gift, (from, Some(until)), compensation, recorded)
    }

    pub(super) fn freeze_all(
        &mut self,
        location: LocationId,
        from: NaiveDate,
        until: Option<NaiveDate>,
        compensation: Compensation,
    ) -> Option<()> {
        self.place(location);
        let days = self.days(from, until)?;
        let compensation = self.compensation(compensation, from);
        let of = EditOf::Location(location);
        let recorded = self.recorded(of);
        self.plain(of, EditKind::Closure, (from, until), compensation, recorded)?;
        self.keep_used(location, days)
    }

    /// Leaves the days on which members came, of days that the club is said to have been closed on, as they were.
    fn keep_used(&mut self, location: LocationId, days: Days) -> Option<()> {
        if days.from() > self.today {
            return Some(());
        }
        let club = self.club;
        let recorded = self.recorded(EditOf::Location(location));
        for membership in club.memberships.of(Key::Location(location)) {
            for day in club.days_used(membership.id, days, self.now) {
                let (of, until) = (EditOf::Membership(membership.id), Some(day.succ_opt()?));
                self.plain(of, EditKind::Used, (day, until), Compensation::None, recorded)?;
            }
        }
        Some(())
    }

    fn plain(
        &mut self,
        of: EditOf,
        kind: EditKind,
        (from, until): (NaiveDate, Option<NaiveDate>),
        compensation: Compensation,
        (recorded_on, recorded_at): (NaiveDate, Instant),
    ) -> Option<()> {
        self.edit(Edit {
            id: EditId::local(1),
            of,
            kind,
            from,
            until,
            compensation,
            fee: FreezeFee::Free,
            why: FreezeReason::Club,
            ends_on_return: false,
            recorded_on,
            recorded_at,
            ended: None,
            returned: None,
        })
    }

    pub(super) fn end_freeze(&mut self, id: EditId, on: NaiveDate) -> Option<()> {
        let edit = self
            .checks
            .known("membership edit", id, self.club.edits.get(id))?;
        let expected = "a freeze, a gift or a closure";
        self.checks
            .value(edit.kind != EditKind::Used, "edit", id, expected);
        self.not_past("on", on);
        let told = edit.ends().map(|ended| ended.on).chain(edit.until).min();
        let back = on == self.today && edit.from <= on;
        if let Some(on) = told.filter(|told| *told <= on || (edit.ended.is_some() && !back)) {
            self.object(Objection::AlreadyEnded { edit: id, on });
        }
        let ended = self.ended(edit, on.max(edit.from));
        // What was told before stays as it was told: they are back today.
        self.push(match edit.ended {
            Some(_) => MembershipEvent::Returned { edit: id, ended },
            None => MembershipEvent::EditEnded { edit: id, ended },
        });
        Some(())
    }
}

/// Returns the year in which a day is counted.
fn year_of(year: Year, start: NaiveDate, day: NaiveDate) -> Option<Days> {
    match year {
        Year::Contract => Cycle::new(1, Unit::Year)
            .ok()?
            .containing(start, day)
            .map(|(_, days)| days),
        Year::Calendar => {
            let first = |year: i32| NaiveDate::from_ymd_opt(year, 1, 1);
            Days::new(first(day.year())?, first(day.year() + 1)?).ok()
        }
    }
}
