//! [`Group`]: the visits of some members.

use super::told::Told;
use crate::feature::days::{WORDS, YEAR};

/// What is counted of a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::feature) struct Counts {
    /// Which places they came to; those beyond the 64th share a bit.
    pub(in crate::feature) places: u64,
    /// How often they came in all.
    pub(in crate::feature) total: u32,
    /// How many days the last visit is before the latest today.
    pub(super) back: u32,
    /// Minutes of the stays of the last year whose end was seen, and how many those are.
    pub(in crate::feature) minutes: u32,
    pub(in crate::feature) stays: u32,
    /// How often in the last year they came in each part of the day.
    pub(in crate::feature) hours: [u32; 4],
}

impl Counts {
    const NONE: Self = Self {
        places: 0,
        total: 0,
        back: u32::MAX,
        minutes: 0,
        stays: 0,
        hours: [0; 4],
    };

    #[inline]
    fn add(&mut self, told: Told, back: u32) {
        self.places |= told.place();
        self.total = self.total.saturating_add(1);
        self.back = self.back.min(back);
    }

    /// Adds what counts only in the last year.
    #[inline]
    fn add_of_year(&mut self, told: Told) {
        let (seen, minutes) = told.stays();
        self.stays = self.stays.saturating_add(seen);
        self.minutes = self.minutes.saturating_add(minutes);
        let hour = &mut self.hours[told.part()];
        *hour = hour.saturating_add(1);
    }

    fn merge(&mut self, other: &Self) {
        self.places |= other.places;
        self.total = self.total.saturating_add(other.total);
        self.back = self.back.min(other.back);
        self.minutes = self.minutes.saturating_add(other.minutes);
        self.stays = self.stays.saturating_add(other.stays);
        for (hour, more) in self.hours.iter_mut().zip(other.hours) {
            *hour = hour.saturating_add(more);
        }
    }
}

/// The visits of some members.
#[derive(Debug, Clone)]
pub(super) struct Group {
    counts: Vec<Counts>,
    /// Their days, word by word: rows come in the order of time, so that those of one word come together.
    days: [Vec<u64>; WORDS],
    /// How many days before the latest today each one's year ends.
    years: Vec<u16>,
    /// The day of the next who is counted.
    back: u32,
}

impl Group {
    /// Nobody has come; each one's year ends so many days before the latest today.
    pub(super) fn new(years: Vec<u16>) -> Self {
        Self {
            counts: vec![Counts::NONE; years.len()],
            days: std::array::from_fn(|_| vec![0; years.len()]),
            years,
            back: 0,
        }
    }

    /// Counts those who have waited.
    #[inline(never)]
    pub(super) fn count(&mut self, waited: &[Told]) {
        let mut back = self.back;
        let mut days = self.days.get_mut((back / 64) as usize);
        for told in waited {
            if let Some(other) = told.back() {
                back = other;
                days = self.days.get_mut((back / 64) as usize);
                continue;
            }
            let member = told.member();
            let Some(counts) = self.counts.get_mut(member) else {
                continue;
            };
            counts.add(*told, back);
            if let Some(days) = &mut days
                && let Some(days) = days.get_mut(member)
            {
                *days |= 1 << (back % 64);
                if back < YEAR || self.years.get(member).is_some_and(|year| back < (*year).into()) {
                    counts.add_of_year(*told);
                }
            }
        }
        self.back = back;
    }

    /// Adds what another has counted of the same members.
    pub(super) fn merge(&mut self, other: &Self) {
        for (counts, more) in self.counts.iter_mut().zip(&other.counts) {
            counts.merge(more);
        }
        for (days, more) in self.days.iter_mut().flatten().zip(other.days.iter().flatten()) {
            *days |= more;
        }
    }

    /// Returns what was counted of a member, and on which days they came, back from the latest today.
    pub(super) fn of(&self, member: usize) -> Option<(Counts, [u64; WORDS])> {
        let mut words = [0; WORDS];
        for (word, days) in words.iter_mut().zip(&self.days) {
            *word = *days.get(member)?;
        }
        Some((*self.counts.get(member)?, words))
    }
}
