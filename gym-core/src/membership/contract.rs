//! A [`Contract`] is a membership with all that bears on its days and its price: what every question about it is asked.

use chrono::{Datelike, NaiveDate};

use super::freeze::{Edit, Timeline};
use super::link::{Bond, Link};
use super::notice::{Back, Notice};
use super::plan::{AtEnd, MembershipType, Periods, PlanVersion, Reach, Terms};
use super::{Membership, Term};
use crate::billing::subscription::Subscription;
use crate::id::{EditId, MemberId, PlanVersionId};
use crate::location::Location;
use crate::time::{Cycle, Days, Unit};

/// A membership with all that bears on its days and its price.
#[derive(Debug, Clone)]
pub struct Contract<'a> {
    /// The membership.
    pub membership: &'a Membership,
    /// What was bought.
    pub kind: &'a MembershipType,
    /// Where it was sold.
    pub location: &'a Location,
    /// Its billing side.
    pub subscription: &'a Subscription,
    /// Its terms, by number; never empty.
    pub terms: Vec<&'a Term>,
    /// Every version of its type.
    pub versions: Vec<&'a PlanVersion>,
    /// The edits of its days and of all days at its location.
    pub edits: Vec<&'a Edit>,
    /// The notices on it.
    pub notices: Vec<&'a Notice>,
    /// The links to it.
    pub links: Vec<&'a Link>,
}

/// What a civil day is for a membership.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DayState {
    /// It has not begun.
    Before,
    /// It runs.
    Running,
    /// It runs, and the day costs nothing.
    Gifted(EditId),
    /// It is frozen, or the club is closed.
    Held(EditId),
    /// It has ended.
    Over,
}

impl DayState {
    /// Whether the member may use the membership.
    pub const fn is_usable(self) -> bool {
        matches!(self, Self::Running | Self::Gifted(_))
    }
}

/// A part of a billing period that one term and one version hold in. Days are counted by the contract.
#[derive(Debug, Clone, Copy)]
pub struct Slice<'a> {
    /// Which billing period, from 0.
    pub number: u32,
    /// The whole period, which the price is for.
    pub period: Days,
    /// The days of it that this is about.
    pub days: Days,
    /// The version that sets the price.
    pub plan: &'a PlanVersion,
    /// The civil day on which it was seen to begin, by the edits that were recorded before that day.
    pub begins: NaiveDate,
}

impl<'a> Contract<'a> {
    /// Returns the version with an id.
    pub fn version(&self, id: PlanVersionId) -> Option<&'a PlanVersion> {
        self.versions.iter().copied().find(|version| version.id == id)
    }

    /// Returns the terms in force, of the last term that has been recorded; none if the facts are not complete.
    pub fn current(&self) -> Option<&'a Terms> {
        let term = self.terms.last()?;
        self.version(term.plan).map(|version| &version.terms)
    }

    /// Returns the term that has begun by a civil day, or is the first; a term that was renewed ahead has not.
    pub fn term_on(&self, day: NaiveDate) -> Option<&'a Term> {
        let counted = self.timeline().counted(day);
        let begun = self.terms.iter().rfind(|term| term.from <= counted);
        begun.or(self.terms.first()).copied()
    }

    /// Whether another term begins when the last is over, as nobody has given notice. Until that is recorded it runs.
    pub fn renews(&self) -> bool {
        let last = self.terms.last().filter(|term| term.until.is_some());
        let held = last.and_then(|term| self.version(term.plan));
        let agreed = self.notices.is_empty() && self.membership.consent.renews();
        agreed && held.is_some_and(|held| held.terms.at_end != AtEnd::Expire)
    }

    /// Whether billing periods move with days that are given back at the end.
    pub fn moves(&self) -> bool {
        self.version(self.membership.plan)
            .is_none_or(|plan| plan.terms.periods == Periods::Anniversary)
    }

    /// Returns what the edits make of its days.
    pub fn timeline(&self) -> Timeline {
        self.timeline_known_on(NaiveDate::MAX)
    }

    /// Returns what the edits that were known at the end of a civil day make of its days.
    pub fn timeline_known_on(&self, day: NaiveDate) -> Timeline {
        let known = self
            .edits
            .iter()
            .filter_map(|edit| Some((*edit, self.within(edit.days_known_on(day)?)?)));
        Timeline::from_days(known, self.moves())
    }

    /// Returns the days that are not before the first of the membership.
    pub(crate) fn within(&self, days: Days) -> Option<Days> {
        Days::new(days.from().max(self.membership.start), days.until()).ok()
    }

    /// Returns the notice that ends it first, of those known at the end of a civil day.
    pub fn notice_known_on(&self, day: NaiveDate) -> Option<&'a Notice> {
        let known = self
            .notices
            .iter()
            .copied()
            .filter(|notice| notice.given_on <= day);
        known.min_by_key(|notice| (notice.back != Back::All, notice.until, notice.id))
    }

    /// Returns the notice that ends it.
    pub fn notice(&self) -> Option<&'a Notice> {
        self.notice_known_on(NaiveDate::MAX)
    }

    /// Returns the first day after its end, as the contract counts days; none if it runs until notice.
    pub fn until(&self) -> Option<NaiveDate> {
        match self.notice() {
            Some(notice) => Some(notice.until),
            None => self.terms.last().and_then(|term| term.until),
        }
    }

    /// Returns the first civil day on which it is over; none if it goes on until notice, or is frozen without an end.
    pub fn over_on(&self) -> Option<NaiveDate> {
        self.ends_on().filter(|_| !self.renews())
    }

    /// Returns the first civil day after the end of what is recorded; none if it runs until notice or is frozen without
    /// an end.
    pub fn ends_on(&self) -> Option<NaiveDate> {
        let until = self.until()?;
        if until <= self.membership.start {
            return Some(self.membership.start);
        }
        self.timeline().end(until)
    }

    /// Says what a civil day is.
    pub fn on(&self, day: NaiveDate) -> DayState {
        if day < self.membership.start {
            return DayState::Before;
        }
        if self.over_on().is_some_and(|end| day >= end) {
            return DayState::Over;
        }
        match self.timeline().at(day) {
            Some(piece) if piece.keeps_out => DayState::Held(piece.edit),
            Some(piece) => DayState::Gifted(piece.edit),
            None => DayState::Running,
        }
    }

    /// Returns the cycle of its allowance that a civil day is in, from 0, and its civil days; none without an
    /// allowance and on a day that it cannot be used.
    pub fn allowance_cycle(&self, day: NaiveDate) -> Option<(u32, Days)> {
        let allowance = self.current()?.allowance?;
        if !self.on(day).is_usable() {
            return None;
        }
        self.timeline().cycle(self.membership.start, allowance.per, day)
    }

    /// Returns who pays on a civil day.
    pub fn payer_on(&self, day: NaiveDate) -> MemberId {
        let pays = |link: &&&Link| matches!(link.bond, Bond::Payer(_)) && link.holds(day);
        let last = self
            .links
            .iter()
            .filter(pays)
            .max_by_key(|link| (link.from, link.id));
        last.map_or(self.subscription.payer, |link| link.person)
    }

    /// Returns who uses it on a civil day: its member first, then others in the order in which they came.
    pub fn users_on(&self, day: NaiveDate) -> Vec<MemberId> {
        let others = self.others_on(day).into_iter().map(|link| link.person);
        std::iter::once(self.membership.member).chain(others).collect()
    }

    /// Returns the links of those who use it besides its member on a civil day, in the order in which they came.
    pub fn others_on(&self, day: NaiveDate) -> Vec<&'a Link> {
        let uses = |link: &&Link| matches!(link.bond, Bond::Beneficiary(_)) && link.holds(day);
        let mut others: Vec<&Link> = self.links.iter().copied().filter(uses).collect();
        others.sort_unstable_by_key(|link| (link.from, link.id));
        others
    }

    /// Returns the parts of its billing periods that begin on a civil day up to `through`, in order.
    pub fn slices(&self, through: NaiveDate) -> Vec<Slice<'a>> {
        let latest = self.notices.iter().map(|notice| notice.until).max();
        // A notice takes the place of terms that were renewed ahead.
        let noticed = self.notices.iter().map(|notice| notice.given_on).min();
        let noticed = noticed.map(|day| self.timeline().counted(day));
        let begun = |term: &&&Term| term.number == 0 || noticed.is_none_or(|day| term.from <= day);
        let terms: Vec<&Term> = self.terms.iter().filter(begun).copied().collect();
        let mut slices = Vec::new();
        for (i, term) in terms.iter().enumerate() {
            self.cut(term, term.from, term.until, through, &mut slices);
            // A notice can end later than the term that it was given in.
            if let (true, Some(until), Some(latest)) = (i + 1 == terms.len(), term.until, latest) {
                self.cut(term, until, Some(latest), through, &mut slices);
            }
        }
        slices
    }

    fn cut(
        &self,
        term: &Term,
        from: NaiveDate,
        until: Option<NaiveDate>,
        through: NaiveDate,
        slices: &mut Vec<Slice<'a>>,
    ) -> Option<()> {
        let all = Days::new(from, until.unwrap_or(NaiveDate::MAX)).ok()?;
        let cycle = self.version(term.plan)?.terms.cycle;
        let (mut number, mut period) = cycle.containing(self.subscription.anchor, all.from())?;
        while let Some(days) = period.intersection(&all) {
            let first = self.membership.start;
            let begins = if days.from() == first {
                first
            } else {
                self.begins(days.from(), through)?
            };
            let plan = self.plan_on(term, begins)?;
            slices.push(Slice {
                number,
                period,
                days,
                plan,
                begins,
            });
            number = number.checked_add(1)?;
            period = cycle.days(self.subscription.anchor, number)?;
        }
        Some(())
    }

    /// Returns the first civil day, up to `through`, before which it was known that a counted day has come by then.
    ///
    /// A freeze that is recorded on the day does not take the beginning back.
    fn begins(&self, counted: NaiveDate, through: NaiveDate) -> Option<NaiveDate> {
        let mut day = counted;
        while day <= through {
            if self.edits.is_empty() {
                return Some(day);
            }
            let seen = self.timeline_known_on(day.pred_opt()?).actual(counted);
            if seen.is_some_and(|seen| seen <= day) {
                return Some(day);
            }
            let news = self
                .edits
                .iter()
                .flat_map(|edit| edit.ends())
                .map(|ended| ended.recorded_on);
            let news = news.filter(|on| *on >= day).min().and_then(|on| on.succ_opt());
            day = [seen, news].into_iter().flatten().min()?;
        }
        None
    }

    /// Returns the version that holds for what begins on a counted day; none if a freeze without an end comes before it.
    pub(crate) fn plan_from(&self, timeline: &Timeline, counted: NaiveDate) -> Option<&'a PlanVersion> {
        let term = self.terms.iter().rfind(|term| term.from <= counted)?;
        self.plan_on(term, timeline.actual(counted)?)
    }

    /// Returns the version that sets the price of a period of a term that begins on a civil day.
    fn plan_on(&self, term: &Term, begins: NaiveDate) -> Option<&'a PlanVersion> {
        let held = self.version(term.plan)?;
        let least = if term.length.is_none() {
            Reach::Renewals
        } else {
            Reach::Running
        };
        Some(self.reached(held, least, begins))
    }

    /// Returns the newest version with at least a reach, from the one that is held on, that is in force on a civil day.
    pub(crate) fn reached(&self, held: &'a PlanVersion, least: Reach, on: NaiveDate) -> &'a PlanVersion {
        let order = |version: &PlanVersion| (version.from, version.id);
        let later = self.versions.iter().copied().filter(|version| {
            version.of == held.of
                && version.reach >= least
                && version.from <= on
                && order(version) > order(held)
        });
        later.max_by_key(|version| order(version)).unwrap_or(held)
    }
}

/// Returns the day that billing periods are measured from for a membership that starts on a day.
pub fn anchor(periods: Periods, cycle: Cycle, start: NaiveDate) -> NaiveDate {
    let floor = match (periods, cycle.unit()) {
        (Periods::Anniversary, _) | (_, Unit::Day) => Some(start),
        (_, Unit::Week) => start.week(chrono::Weekday::Mon).checked_first_day(),
        (_, Unit::Month) => {
            let months = if 12 % cycle.count() == 0 { cycle.count() } else { 1 };
            NaiveDate::from_ymd_opt(start.year(), start.month0() / months * months + 1, 1)
        }
        (_, Unit::Year) => NaiveDate::from_ymd_opt(start.year(), 1, 1),
    };
    floor.unwrap_or(start)
}
