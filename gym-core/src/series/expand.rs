//! The days of a rule, in order. Only whole numbers; zones are asked once in ten years.
//!
//! Days are numbered from 1, which is 0001-01-01. A month is a mask with one bit for each of its days.

use chrono::{Datelike, Duration, NaiveDate};
use chrono_tz::Tz;

use super::omission::Omissions;
use super::rule::{Frequency, Rule};

/// The day 9999-12-31, after which nothing occurs.
pub(super) const LAST_DAY: i32 = 3_652_059;

pub(super) fn number(date: NaiveDate) -> i32 {
    date.num_days_from_ce()
}

pub(super) fn date(day: i32) -> NaiveDate {
    NaiveDate::from_num_days_from_ce_opt(day).unwrap_or(NaiveDate::MAX)
}

/// The date of `day`, found from one that is known not far before.
pub(super) fn date_after((known, its_date): (i32, NaiveDate), day: i32) -> (i32, NaiveDate) {
    let near = u64::try_from(day - known).ok().filter(|days| *days < 366);
    let found = near.and_then(|days| its_date.checked_add_days(chrono::Days::new(days)));
    (day, found.unwrap_or_else(|| date(day)))
}

/// The midnight of `day` in UTC, in seconds since 1970.
pub(super) fn seconds(day: i32) -> i64 {
    (i64::from(day) - 719_163) * 86_400
}

/// The days that a rule yields from `from` to `last`, strictly increasing.
#[derive(Debug, Clone)]
pub(super) struct Days<'a> {
    rule: &'a Rule,
    start: i32,
    from: i32,
    last: i32,
    left: Option<u32>,
    /// The next period: its day, the first day of its week, its month since year 0, or its year.
    cursor: i64,
    final_cursor: i64,
    step: i64,
    months: u16,
    /// Bit n is the n-th day of a month, from its start and from its end.
    month_days: Option<(u32, u32)>,
    weekdays: u8,
    /// The weekdays again, bit 0 being the first day of the rule's week.
    week: u8,
    set: Vec<i32>,
    at: usize,
    omissions: Omissions,
}

impl<'a> Days<'a> {
    /// Expands `rule` for a series that starts on the day `start`, within `from..=last`.
    pub(super) fn new(rule: &'a Rule, zone: Tz, start: i32, from: i32, last: i32) -> Self {
        let (first, last) = (date(start), last.min(LAST_DAY));
        let implicit = rule.days.is_empty() && rule.month_days.is_empty();
        let mut days = Self {
            rule,
            start,
            from: from.max(start),
            last,
            left: match rule.end {
                super::End::Count(count) => Some(count),
                _ => None,
            },
            cursor: 0,
            final_cursor: 0,
            step: i64::from(rule.interval),
            months: rule.months.iter().fold(0, |mask, month| mask | 1 << month),
            month_days: (!rule.month_days.is_empty()).then(|| masks(&rule.month_days)),
            weekdays: rule
                .days
                .iter()
                .filter(|day| day.ordinal.is_none())
                .fold(0, |mask, day| mask | 1 << day.weekday.num_days_from_monday()),
            week: 0,
            set: Vec::new(),
            at: 0,
            omissions: Omissions::new(zone),
        };
        match rule.frequency {
            Frequency::Weekly if rule.days.is_empty() => days.weekdays = 1 << weekday(start),
            Frequency::Monthly | Frequency::Yearly if implicit => {
                days.month_days = Some((1 << first.day(), 0));
            }
            _ => {}
        }
        if rule.frequency == Frequency::Yearly && implicit && days.months == 0 {
            days.months = 1 << first.month();
        }
        let first_of_week = rule.week_start.num_days_from_monday();
        days.week = (days.weekdays >> first_of_week | days.weekdays << (7 - first_of_week)) & 0x7f;
        days.place();
        days
    }

    /// Puts the cursor on the first period that matters.
    fn place(&mut self) {
        let last = date(self.last.max(1));
        let aim = if self.left.is_some() {
            self.start
        } else {
            self.from
        };
        let (first, aimed) = (date(self.start), date(aim));
        let month = |date: NaiveDate| i64::from(date.year()) * 12 + i64::from(date.month0());
        let (origin, target, end) = match self.rule.frequency {
            Frequency::Daily => (self.start.into(), aim.into(), self.last.into()),
            Frequency::Weekly => {
                self.step *= 7;
                let back = (weekday(self.start) + 7 - self.rule.week_start.num_days_from_monday()) % 7;
                let origin = i64::from(self.start) - i64::from(back);
                (origin, aim.into(), self.last.into())
            }
            Frequency::Monthly => (month(first), month(aimed), month(last)),
            Frequency::Yearly => (first.year().into(), aimed.year().into(), last.year().into()),
        };
        self.cursor = origin + (target - origin) / self.step * self.step;
        self.final_cursor = if self.never() || self.last < self.start {
            -1
        } else {
            end
        };
        if self.final_cursor == -1 {
            self.cursor = 0;
        }
    }

    /// Whether no month that the rule names has a day of the month that it names, as in 30 February.
    fn never(&self) -> bool {
        let Some((from_start, from_end)) = self.month_days else {
            return false;
        };
        let longest = |month: i32| match month {
            2 => 29,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        (1..=12)
            .filter(|month| self.months == 0 || self.months >> month & 1 == 1)
            .all(|month| (from_start | from_end) & (u32::MAX >> (31 - longest(month))) == 0)
    }

    /// Collects the days of the next period; false after the last period.
    fn fill(&mut self) -> bool {
        self.set.clear();
        self.at = 0;
        if self.cursor > self.final_cursor {
            return false;
        }
        match self.rule.frequency {
            Frequency::Daily => self.fill_days(),
            Frequency::Weekly => self.fill_week(),
            Frequency::Monthly => {
                let (year, month) = (
                    self.cursor.div_euclid(12) as i32,
                    self.cursor.rem_euclid(12) as u32 + 1,
                );
                self.fill_month(year, month, None);
            }
            Frequency::Yearly => self.fill_year(self.cursor as i32),
        }
        if !self.rule.positions.is_empty() {
            self.choose();
        }
        self.cursor += self.step;
        true
    }

    /// Takes many periods at once, except where BYSETPOS looks at each.
    fn fill_days(&mut self) {
        self.fill_day();
        while self.rule.positions.is_empty()
            && self.set.len() < 32
            && self.cursor + self.step <= self.final_cursor
        {
            self.cursor += self.step;
            self.fill_day();
        }
    }

    fn fill_day(&mut self) {
        let day = self.cursor as i32;
        if self.weekdays != 0 && self.weekdays >> weekday(day) & 1 == 0 {
            return;
        }
        if self.months != 0 || self.month_days.is_some() {
            let date = date(day);
            if !self.in_months(date.month()) {
                let (year, month) = (date.year() + i32::from(date.month() == 12), date.month() % 12 + 1);
                if let Some(next) = NaiveDate::from_ymd_opt(year, month, 1) {
                    // The periods that start before the next month are as wrong as this one.
                    let gap = i64::from(number(next)) - self.cursor;
                    self.cursor += (gap - 1) / self.step * self.step;
                }
                return;
            }
            if self.month_days.is_some_and(|masks| {
                in_month(masks, length(date.year(), date.month())) >> date.day0() & 1 == 0
            }) {
                return;
            }
        }
        self.set.push(day);
    }

    fn fill_week(&mut self) {
        let first = self.cursor as i32;
        let mut mask = self.week;
        while mask != 0 {
            let day = first + mask.trailing_zeros() as i32;
            if self.months == 0 || self.in_months(date(day).month()) {
                self.set.push(day);
            }
            mask &= mask - 1;
        }
    }

    fn fill_year(&mut self, year: i32) {
        let numbered = self.rule.days.iter().any(|day| day.ordinal.is_some());
        let of_year = (numbered && self.months == 0).then(|| self.numbered_in_year(year));
        for month in 1..=12_u32 {
            self.fill_month(
                year,
                month,
                of_year.as_ref().map(|masks| masks[month as usize - 1]),
            );
        }
    }

    /// Adds the days of one month; `numbered` holds the days that BYDAY numbers within the year.
    fn fill_month(&mut self, year: i32, month: u32, numbered: Option<u32>) {
        let Some(first) = NaiveDate::from_ymd_opt(year, month, 1).filter(|_| self.in_months(month)) else {
            return;
        };
        let length = length(year, month);
        let mut mask =
            self.month_days.map_or(u32::MAX, |masks| in_month(masks, length)) & (u32::MAX >> (32 - length));
        if !self.rule.days.is_empty() {
            let numbered = numbered.unwrap_or_else(|| self.numbered_in_month(first, length));
            mask &= numbered | self.each_in_month(first);
        }
        let before = number(first);
        while mask != 0 {
            self.set.push(before + mask.trailing_zeros() as i32);
            mask &= mask - 1;
        }
    }

    fn in_months(&self, month: u32) -> bool {
        self.months == 0 || self.months >> month & 1 == 1
    }

    fn each_in_month(&self, first: NaiveDate) -> u32 {
        const WEEKLY: u32 = 1 | 1 << 7 | 1 << 14 | 1 << 21 | 1 << 28;
        (0..7)
            .filter(|weekday| self.weekdays >> weekday & 1 == 1)
            .fold(0, |mask, weekday| mask | WEEKLY << offset(first, weekday))
    }

    fn numbered_in_month(&self, first: NaiveDate, length: u32) -> u32 {
        self.numbered(first, length as i32)
            .fold(0, |mask, index| mask | 1 << index)
    }

    fn numbered_in_year(&self, year: i32) -> [u32; 12] {
        let mut masks = [0; 12];
        let Some(first) = NaiveDate::from_ymd_opt(year, 1, 1) else {
            return masks;
        };
        let length = if first.leap_year() { 366 } else { 365 };
        for index in self.numbered(first, length) {
            let date = first + Duration::days(index.into());
            masks[date.month0() as usize] |= 1 << date.day0();
        }
        masks
    }

    /// The numbered weekdays in the `length` days from `first`, as days after it.
    fn numbered(&self, first: NaiveDate, length: i32) -> impl Iterator<Item = i32> {
        self.rule.days.iter().filter_map(move |day| {
            let ordinal = i32::from(day.ordinal?);
            let earliest = offset(first, day.weekday.num_days_from_monday()) as i32;
            let index = if ordinal > 0 {
                earliest + (ordinal - 1) * 7
            } else {
                earliest + (length - 1 - earliest) / 7 * 7 + (ordinal + 1) * 7
            };
            (0..length).contains(&index).then_some(index)
        })
    }

    /// Keeps the positions that BYSETPOS names. No period has more than 366 days.
    fn choose(&mut self) {
        let mut named = [0_u64; 6];
        for position in &self.rule.positions {
            let position = isize::from(*position);
            let index = if position > 0 {
                position - 1
            } else {
                self.set.len() as isize + position
            };
            if (0..384).contains(&index) {
                named[index as usize / 64] |= 1 << (index % 64);
            }
        }
        let mut index = 0;
        self.set.retain(|_| {
            index += 1;
            named[(index - 1) / 64] >> ((index - 1) % 64) & 1 == 1
        });
    }
}

impl Iterator for Days<'_> {
    type Item = i32;

    fn next(&mut self) -> Option<i32> {
        loop {
            while let Some(&day) = self.set.get(self.at) {
                self.at += 1;
                if day < self.start || self.left.is_none() && day < self.from {
                    continue;
                }
                if day > self.last || self.left == Some(0) {
                    self.final_cursor = -1;
                    self.cursor = 0;
                    self.set.clear();
                    return None;
                }
                if self.omissions.contains(day) {
                    continue;
                }
                if let Some(left) = &mut self.left {
                    *left -= 1;
                }
                if day >= self.from {
                    return Some(day);
                }
            }
            if self.left == Some(0) || !self.fill() {
                return None;
            }
        }
    }
}

/// Days from Monday; day 1 was one.
fn weekday(day: i32) -> u32 {
    (day - 1).rem_euclid(7) as u32
}

/// Days from `first` to the next `weekday`.
fn offset(first: NaiveDate, weekday: u32) -> u32 {
    (weekday + 7 - first.weekday().num_days_from_monday()) % 7
}

fn length(year: i32, month: u32) -> u32 {
    match month {
        2 => 28 + u32::from(year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn masks(month_days: &[i8]) -> (u32, u32) {
    month_days
        .iter()
        .fold((0, 0), |(from_start, from_end), day| match day {
            1.. => (from_start | 1 << day, from_end),
            _ => (from_start, from_end | 1 << -day),
        })
}

/// The days of a month of `length` days: bit 0 is its first.
fn in_month((from_start, from_end): (u32, u32), length: u32) -> u32 {
    from_start >> 1 | (from_end >> 1).reverse_bits() >> (32 - length)
}
