//! A [`Standing`]: what a part of a period is worth by what is known of it, one change after the other.

use chrono::NaiveDate;

use super::before;
use crate::billing::obligation::Component;
use crate::billing::proration::prorate;
use crate::membership::contract::{Contract, Slice};
use crate::membership::freeze::{Edit, EditKind, Timeline};
use crate::membership::link::{Bond, Link};
use crate::membership::notice::{Back, Notice, NoticeKind};
use crate::money::{Money, MoneyError};
use crate::time::{Days, Instant};

/// Something that was recorded, and may change what a period is worth.
pub(super) struct Change<'a> {
    /// The civil day on which it counts: that of its recording, or that on which the period was due.
    pub(super) day: NaiveDate,
    /// When it was recorded, if that was on its day; else it was known before.
    at: Option<Instant>,
    what: What<'a>,
}

enum What<'a> {
    Came(&'a Link, Money),
    Edited(&'a Edit, Days),
    Resumed(&'a Edit, Option<Days>, Component),
    Left(&'a Notice),
}

impl What<'_> {
    /// The order of what counts at one time: what was known before a period was due goes by its first day, and that a
    /// member came goes before the closure that leaves the day out.
    fn order(&self) -> (u8, NaiveDate, i64) {
        match self {
            Self::Came(link, _) => (0, link.from, link.id.get()),
            Self::Edited(edit, _) if edit.kind == EditKind::Used => (1, edit.from, edit.id.get()),
            Self::Edited(edit, _) => (2, edit.from, edit.id.get()),
            Self::Resumed(edit, ..) => (3, NaiveDate::MIN, edit.id.get()),
            Self::Left(notice) => (4, NaiveDate::MIN, notice.id.get()),
        }
    }
}

/// What is known of a part of a period.
pub(super) struct Standing<'c, 'a> {
    contract: &'c Contract<'a>,
    slice: &'c Slice<'a>,
    due_on: NaiveDate,
    /// What is charged for the whole period, and for which of its days.
    prices: Vec<(Money, Days)>,
    edits: Vec<(&'a Edit, Days)>,
    until: NaiveDate,
    all_back: bool,
}

impl<'c, 'a> Standing<'c, 'a> {
    /// What was known before the period was due, without edits and other people, which are changes.
    pub(super) fn new(
        contract: &'c Contract<'a>,
        slice: &'c Slice<'a>,
        due_on: NaiveDate,
        price: Money,
    ) -> Self {
        let mut standing = Self {
            contract,
            slice,
            due_on,
            prices: vec![(price, slice.days)],
            edits: Vec::new(),
            until: NaiveDate::MAX,
            all_back: false,
        };
        before(contract, due_on).for_each(|notice| standing.leave(notice));
        standing
    }

    fn leave(&mut self, notice: &Notice) {
        self.until = self.until.min(notice.until);
        self.all_back |= notice.back == Back::All;
    }

    /// The days that are paid for.
    pub(super) fn part(&self) -> Option<Days> {
        let until = if self.all_back { NaiveDate::MIN } else { self.until };
        Days::new(self.slice.days.from(), self.slice.days.until().min(until)).ok()
    }

    fn timeline(&self) -> Timeline {
        Timeline::from_days(self.edits.iter().copied(), self.contract.moves())
    }

    /// The days of the part that are credited.
    pub(super) fn credited(&self) -> Vec<Days> {
        match self.part() {
            Some(part) if !self.edits.is_empty() => self.timeline().credited(part),
            _ => Vec::new(),
        }
    }

    /// What the part is worth.
    pub(super) fn value(&self) -> Result<Money, MoneyError> {
        let period = self.slice.period;
        let mut value = Money::zero(self.slice.plan.terms.price.currency());
        let Some(part) = self.part() else { return Ok(value) };
        let credited = self.credited();
        for (price, days) in &self.prices {
            let Some(days) = days.intersection(&part) else {
                continue;
            };
            value = value.checked_add(prorate(*price, period, days)?)?;
            for free in credited.iter().filter_map(|free| free.intersection(&days)) {
                value = value.checked_sub(prorate(*price, period, free)?)?;
            }
        }
        Ok(value)
    }

    /// The civil days of the part, as they were known when it was due.
    pub(super) fn civil(&self) -> Days {
        let until = self.part().map_or(self.slice.days.until(), |part| part.until());
        let known = self.due_on.pred_opt().unwrap_or(self.due_on);
        let timeline = self.contract.timeline_known_on(known);
        let plain = || self.slice.begins + (until - self.slice.days.from());
        let until = timeline
            .end(until)
            .filter(|until| *until > self.slice.begins)
            .unwrap_or_else(plain);
        Days::new(self.slice.begins, until).unwrap_or(self.slice.days)
    }

    /// Everything that was recorded and may change what it is worth, in order.
    pub(super) fn changes(&self) -> Vec<Change<'a>> {
        let mut changes = Vec::new();
        for edit in &self.contract.edits {
            self.edit(edit, &mut changes);
        }
        let later = self
            .contract
            .notices
            .iter()
            .filter(|notice| notice.given_on >= self.due_on);
        changes.extend(later.map(|notice| Change {
            day: notice.given_on,
            at: Some(notice.given_at),
            what: What::Left(notice),
        }));
        self.people(&mut changes);
        changes.sort_by_key(|change| (change.day, change.at, change.what.order()));
        changes
    }

    fn edit(&self, edit: &'a Edit, changes: &mut Vec<Change<'a>>) {
        let day = edit.recorded_on.max(self.due_on);
        let days = |until| {
            let days = Days::new(edit.from, until).ok()?;
            self.contract.within(days)
        };
        let mut until = edit.until.unwrap_or(NaiveDate::MAX);
        let (known, news): (Vec<_>, Vec<_>) = edit.ends().partition(|it| it.recorded_on < self.due_on);
        until = known.iter().map(|ended| ended.on).fold(until, NaiveDate::min);
        let Some(planned) = days(until) else { return };
        let recorded = |on: NaiveDate, at: Instant| (on >= self.due_on).then_some(at);
        changes.push(Change {
            day,
            at: recorded(edit.recorded_on, edit.recorded_at),
            what: What::Edited(edit, planned),
        });
        for ended in news {
            until = until.min(ended.on);
            let component = if Some(ended) == edit.ended {
                Component::Resumed(edit.id)
            } else {
                Component::Returned(edit.id)
            };
            changes.push(Change {
                day: ended.recorded_on.max(day),
                at: recorded(ended.recorded_on, ended.recorded_at),
                what: What::Resumed(edit, days(until), component),
            });
        }
    }

    /// Those beyond the people that the price includes, by how many there are when each comes or the part begins.
    fn people(&self, changes: &mut Vec<Change<'a>>) {
        let Some(shared) = self.slice.plan.terms.shared else {
            return;
        };
        for link in self
            .contract
            .links
            .iter()
            .filter(|link| matches!(link.bond, Bond::Beneficiary(_)))
        {
            let day = link.from.max(self.slice.begins);
            let place = self
                .contract
                .others_on(day)
                .iter()
                .position(|other| other.id == link.id);
            let beyond = place
                .is_some_and(|place| place + 1 >= usize::try_from(shared.included).unwrap_or(usize::MAX));
            if beyond {
                let (day, what) = (day.max(self.due_on), What::Came(link, shared.each_additional));
                let at = (link.recorded_on >= day).then_some(link.recorded_at);
                changes.push(Change { day, at, what });
            }
        }
    }

    /// Takes a change in, and says what it is charged or given back as.
    pub(super) fn make(&mut self, change: &Change<'a>) -> Component {
        match change.what {
            What::Came(link, price) => {
                let from = self.timeline().counted(link.from).max(self.slice.days.from());
                self.prices.extend(
                    Days::new(from, self.slice.days.until())
                        .ok()
                        .map(|days| (price, days)),
                );
                Component::Additional(link.id)
            }
            What::Edited(edit, days) => {
                self.edits.push((edit, days));
                Component::Credit(edit.id)
            }
            What::Resumed(edit, days, component) => {
                self.edits.retain(|(other, _)| other.id != edit.id);
                self.edits.extend(days.map(|days| (edit, days)));
                component
            }
            What::Left(notice) => {
                self.leave(notice);
                match notice.kind {
                    NoticeKind::Switch(next) => Component::Switch(next),
                    _ => Component::Exit(notice.id),
                }
            }
        }
    }
}
