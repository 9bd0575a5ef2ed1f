//! [`Days`]: on which of the last 364 civil days something happened, as bits; day 0 is the last.

/// How many days are remembered: 52 weeks.
pub(crate) const YEAR: u32 = 364;

/// How many words hold the days, and two more.
pub(super) const WORDS: usize = 6;

/// A bit for each of the last 364 days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Days([u64; WORDS]);

impl Days {
    /// Marks the day that was so many days ago, if that is remembered.
    #[inline]
    pub(super) fn mark(&mut self, ago: u32) {
        if ago < YEAR
            && let Some(word) = self.0.get_mut((ago / 64) as usize)
        {
            *word |= 1 << (ago % 64);
        }
    }

    /// Takes the days that were counted back from a day that is `later` than day 0, at most 20; what is later than day 0
    /// is marked as it.
    pub(super) fn since(mut words: [u64; WORDS], later: u32) -> Self {
        let later = later.min(20);
        if later > 0 {
            let ahead = words[0] & ((1 << later) - 1) != 0;
            for at in 0..WORDS {
                let next = words.get(at + 1).copied().unwrap_or(0);
                words[at] = words[at] >> later | next << (64 - later);
            }
            words[0] |= u64::from(ahead);
        }
        words[WORDS - 1] &= (1 << (YEAR % 64)) - 1;
        Self(words)
    }

    /// Returns the days of `self` that are in `other`.
    pub(super) fn intersection(&self, other: &Self) -> Self {
        let mut both = *self;
        for (word, other) in both.0.iter_mut().zip(other.0) {
            *word &= other;
        }
        both
    }

    /// Whether a day is marked.
    pub(crate) fn has(&self, ago: u32) -> bool {
        let word = self.0.get((ago / 64) as usize).copied().unwrap_or(0);
        ago < YEAR && word >> (ago % 64) & 1 == 1
    }

    /// Counts the marked days among the last `days`.
    #[inline]
    pub(super) fn count(&self, days: u32) -> u32 {
        let days = days.min(YEAR);
        let whole = (days / 64) as usize;
        let full: u32 = self.0.iter().take(whole).map(|word| word.count_ones()).sum();
        let part = self.0.get(whole).copied().unwrap_or(0) & ((1 << (days % 64)) - 1);
        full + part.count_ones()
    }

    /// Returns the 64 days from one on.
    fn from(&self, ago: u32) -> u64 {
        let word = |at: u32| self.0.get(at as usize).copied().unwrap_or(0);
        let (at, by) = (ago / 64, ago % 64);
        word(at) >> by | word(at + 1).checked_shl(64 - by).unwrap_or(0)
    }

    /// Counts the marked days of a week; week 0 is the last seven days.
    #[inline]
    pub(super) fn week(&self, number: u32) -> u32 {
        (self.from(number * 7) & 0x7f).count_ones()
    }

    /// Counts the weeks in a row with a marked day, from the last one back.
    pub(super) fn streak(&self) -> u32 {
        (0..YEAR / 7).take_while(|week| self.week(*week) > 0).count() as u32
    }

    /// Returns the last marked day, in days ago.
    pub(super) fn last(&self) -> Option<u32> {
        let (n, word) = (0..).zip(self.0).find(|(_, word)| *word != 0)?;
        Some(n * 64 + word.trailing_zeros())
    }

    /// Returns the first marked day, in days ago.
    pub(super) fn first(&self) -> Option<u32> {
        let (n, word) = (0..6).zip(self.0).rfind(|(_, word)| *word != 0)?;
        Some(n * 64 + 63 - word.leading_zeros())
    }

    /// Returns the marked days, in days ago, from the last one back.
    pub(super) fn ago(&self) -> impl Iterator<Item = u32> {
        (0..).zip(self.0).flat_map(|(n, word)| {
            std::iter::successors(Some(word), |word| Some(word & word.wrapping_sub(1)))
                .take_while(|word| *word != 0)
                .map(move |word| n * 64 + word.trailing_zeros())
        })
    }

    /// Returns the longest run of days without a mark among the last `days`.
    pub(super) fn longest_gap(&self, days: u32) -> u32 {
        let days = days.min(YEAR);
        let (mut longest, mut after) = (0, 0);
        for (low, mut word) in (0..).step_by(64).zip(self.0) {
            while word != 0 {
                let ago = low + word.trailing_zeros();
                if ago >= days {
                    return longest.max(days.saturating_sub(after));
                }
                longest = longest.max(ago.saturating_sub(after));
                after = ago + 1;
                word &= word - 1;
            }
        }
        longest.max(days.saturating_sub(after))
    }

    /// Returns the days that are Saturdays and Sundays, where day 0 is a civil day since 1970-01-01.
    pub(super) fn weekends(today: i32) -> Self {
        let mut weekends = Self::default();
        // 1970-01-01 was a Thursday: 0 is Monday here.
        let weekday = |ago: u32| (i64::from(today) - i64::from(ago) + 3).rem_euclid(7);
        (0..YEAR)
            .filter(|ago| weekday(*ago) >= 5)
            .for_each(|ago| weekends.mark(ago));
        weekends
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(crate::soak::cases(256))]

        #[test]
        fn bits_count_as_a_set_does(marked in proptest::collection::btree_set(0..400_u32, 0..40), days in 0..400_u32) {
            let mut bits = Days::default();
            marked.iter().for_each(|ago| bits.mark(*ago));
            let set: BTreeSet<u32> = marked.iter().copied().filter(|ago| *ago < YEAR).collect();
            let within = |low: u32, high: u32| set.iter().filter(|ago| (low..high).contains(ago)).count() as u32;
            prop_assert_eq!(bits.count(days), within(0, days.min(YEAR)));
            prop_assert!(bits.ago().eq(set.iter().copied()));
            prop_assert_eq!(bits.last(), set.first().copied());
            prop_assert_eq!(bits.first(), set.last().copied());
            prop_assert_eq!(bits.week(3), within(21, 28));
            let streak = (0..52).position(|week| within(week * 7, week * 7 + 7) == 0).unwrap_or(52);
            prop_assert_eq!(bits.streak(), streak as u32);
            let days = days.min(YEAR);
            let mut edges: Vec<i64> = set.iter().filter(|ago| **ago < days).map(|ago| i64::from(*ago)).collect();
            edges.insert(0, -1);
            edges.push(i64::from(days));
            let gap = edges.windows(2).map(|pair| pair[1] - pair[0] - 1).max().unwrap_or(0);
            prop_assert_eq!(i64::from(bits.longest_gap(days)), gap);
            let later = marked.first().map_or(0, |ago| days % (ago + 1)).min(20);
            let mut earlier = Days::default();
            set.iter().for_each(|ago| earlier.mark(ago - later));
            prop_assert_eq!(Days::since(bits.0, later), earlier);
            prop_assert_eq!(bits.intersection(&Days::weekends(20_000)).count(7) <= 2, true);
        }
    }

    #[test]
    fn a_week_has_two_days_of_weekend() {
        // 2026-11-22, a Sunday, is day 20,779.
        let weekends = Days::weekends(20_779);
        assert!(weekends.has(0) && weekends.has(1) && !weekends.has(2) && weekends.has(7));
        assert_eq!(weekends.count(YEAR), 104);
    }
}
