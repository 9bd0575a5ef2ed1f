//! Changing a series from one occurrence on, and moving all of it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, Duration, NaiveDateTime, NaiveTime, Weekday};

use super::Series;
use super::expand::{self, LAST_DAY};
use super::rule::{End, Frequency, Rule, RuleError, Until};

impl Series {
    /// Returns the part whose original starts are before `original`; `None` where nothing is left.
    ///
    /// Together with [`Series::from`] it splits a series for "this and all that follow": both parts give
    /// what the whole gave, each occurrence with the same original start.
    #[must_use]
    pub fn ended_before(&self, original: NaiveDateTime) -> Option<Self> {
        let mut part = self.clone();
        part.extra.retain(|at| *at < original);
        part.except.retain(|at| *at < original);
        part.moved.retain(|at, _| *at < original);
        if let Some(last) = self.last_ruled_before(original) {
            if self.first_ruled_from(original).is_some() {
                part.rule = match part.rule {
                    Some(rule) => Some(rule.with_end(End::Until(Until::Local(last))).ok()?),
                    None => None,
                };
            }
            return Some(part);
        }
        // Without a rule the start itself occurs, so it becomes the first extra start.
        part.rule = None;
        part.start = part.extra.pop_first()?;
        Some(part)
    }

    /// Returns the part whose original starts are not before `original`; `None` where nothing is left.
    ///
    /// It starts at `original`, or at the first start after it where `original` is not one of the rule's.
    /// A COUNT becomes what is left of it; extra, excluded and moved starts from there on are kept.
    #[must_use]
    pub fn from(&self, original: NaiveDateTime) -> Option<Self> {
        let mut part = self.clone();
        part.extra.retain(|at| *at >= original);
        part.except.retain(|at| *at >= original);
        part.moved.retain(|at, _| *at >= original);
        let Some(first) = self.first_ruled_from(original) else {
            part.rule = None;
            part.start = part.extra.pop_first()?;
            return Some(part);
        };
        part.start = first;
        if let Some(rule) = &mut part.rule
            && let End::Count(count) = rule.end
        {
            let before = self.days(0, expand::number(first.date()) - 1).count();
            rule.end = End::Count(
                count
                    .saturating_sub(u32::try_from(before).unwrap_or(u32::MAX))
                    .max(1),
            );
        }
        Some(part)
    }

    fn first_ruled_from(&self, original: NaiveDateTime) -> Option<NaiveDateTime> {
        let day = expand::number(original.date()) + i32::from(original.time() > self.start.time());
        self.ruled(day, LAST_DAY).next()
    }

    fn last_ruled_before(&self, original: NaiveDateTime) -> Option<NaiveDateTime> {
        let day = expand::number(original.date()) - i32::from(original.time() <= self.start.time());
        // Any start before will do as the end, and the first is found without walking to the last.
        self.ruled(0, day)
            .next()
            .map(|_| expand::date(day.min(LAST_DAY)).and_time(self.start.time()))
    }

    fn ruled(&self, from: i32, last: i32) -> impl Iterator<Item = NaiveDateTime> {
        self.days(from, last)
            .map(|day| expand::date(day).and_time(self.start.time()))
    }

    /// Returns the series with every civil start, original or moved, `by` later (or earlier).
    ///
    /// A change of the time within the day is always possible. Where the day changes too, the rule must
    /// say the same of the new days: DAILY and WEEKLY rules have their weekdays rotated; days of the
    /// month are shifted while all stay within 1 to 28; everything else is [`RuleError::Unsupported`].
    pub fn shifted(&self, by: Duration) -> Result<Self, RuleError> {
        let shift = |at: NaiveDateTime| {
            let to = at.checked_add_signed(by);
            super::civil("shift", to.unwrap_or(NaiveDateTime::MAX))
        };
        let start = shift(self.start)?;
        let days = expand::number(start.date()) - expand::number(self.start.date());
        let rule = match &self.rule {
            Some(rule) => Some(self.shifted_rule(rule, by, days)?),
            None => None,
        };
        Ok(Self {
            start,
            zone: self.zone,
            rule,
            extra: self
                .extra
                .iter()
                .map(|at| shift(*at))
                .collect::<Result<BTreeSet<_>, _>>()?,
            except: self
                .except
                .iter()
                .map(|at| shift(*at))
                .collect::<Result<BTreeSet<_>, _>>()?,
            moved: (self.moved.iter())
                .map(|(original, to)| Ok((shift(*original)?, shift(*to)?)))
                .collect::<Result<BTreeMap<_, _>, RuleError>>()?,
        })
    }

    fn shifted_rule(&self, rule: &Rule, by: Duration, days: i32) -> Result<Rule, RuleError> {
        let mut rule = rule.clone();
        if let End::Until(_) = rule.end {
            let last = expand::date(self.last_day().max(0)).and_time(self.start.time());
            let last = last.checked_add_signed(by).filter(|at| at.year() <= 9999);
            rule.end = last.map_or(End::Never, |at| End::Until(Until::Local(at.max(earliest()))));
        }
        if days == 0 {
            return Ok(rule);
        }
        let refuse = || RuleError::unsupported("shift", format!("{days} days of {}", self.rule_text()));
        match rule.frequency {
            Frequency::Daily | Frequency::Weekly if rule.months.is_empty() && rule.month_days.is_empty() => {
                let rotate = |weekday: Weekday| (0..days.rem_euclid(7)).fold(weekday, |day, _| day.succ());
                for day in &mut rule.days {
                    day.weekday = rotate(day.weekday);
                }
                if rule.interval > 1 || !rule.positions.is_empty() {
                    rule.week_start = rotate(rule.week_start);
                }
                rule.normalise();
            }
            Frequency::Monthly | Frequency::Yearly if rule.days.is_empty() => {
                let implied = [self.start.day() as i8];
                let named = if rule.month_days.is_empty() {
                    &implied[..]
                } else {
                    &rule.month_days[..]
                };
                let to: Option<Vec<i8>> = named.iter().map(|day| shifted_month_day(*day, days)).collect();
                let to = to.filter(|_| same_month(self.start, by)).ok_or_else(refuse)?;
                if !rule.month_days.is_empty() {
                    rule.month_days = to;
                }
            }
            _ => return Err(refuse()),
        }
        Ok(rule)
    }

    fn rule_text(&self) -> String {
        self.rule.as_ref().map(Rule::to_string).unwrap_or_default()
    }
}

/// A day of the year 0, the first year that RRULE text can say: before every start.
fn earliest() -> NaiveDateTime {
    expand::date(0).and_time(NaiveTime::MIN)
}

/// Every month has the days 1 to 28, so that a shift within them skips none and adds none.
fn shifted_month_day(day: i8, by: i32) -> Option<i8> {
    let fixed = 1..=28;
    let to = i8::try_from(i32::from(day).checked_add(by)?).ok()?;
    (fixed.contains(&day) && fixed.contains(&to)).then_some(to)
}

fn same_month(at: NaiveDateTime, by: Duration) -> bool {
    at.checked_add_signed(by)
        .is_some_and(|to| (to.year(), to.month()) == (at.year(), at.month()))
}
