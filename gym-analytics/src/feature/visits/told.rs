//! [`Told`]: what is told of a visit in the four bytes in which it waits to be counted.

use gym_core::history::NO_TIME;

use crate::feature::clock::{Clocks, Part};

/// How many members are in a group.
pub(super) const GROUP: u32 = 1 << 9;

/// The longest stay that counts, in microseconds.
const LONGEST: i64 = 24 * 60 * MINUTE;

const MINUTE: i64 = 60_000_000;

/// A word that waits. Its first bit tells whether it says that the rows after it are of another day, in 31 how many days
/// that is before the latest today; or else it is a row: in 9 the member within the group, in 6 the place, in 2 the part
/// of the day, in 1 whether the stay was seen and in 11 its minutes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Told(u32);

impl Told {
    /// Nothing.
    pub(super) const NONE: Self = Self(0);

    /// Says that the rows after it are so many days before the latest today.
    pub(super) const fn day(back: u32) -> Self {
        Self((1 << 31) | back)
    }

    const fn at(place: u32, part: u8) -> Self {
        Self(((place & 63) << 9) | ((part as u32 & 3) << 15))
    }

    /// Tells of a row of a member at this place and time, with a stay.
    #[inline]
    pub(super) const fn of(self, member: u32, stay: u32) -> Self {
        Self(self.0 | (member % GROUP) | (stay << 17))
    }

    /// What tells of a stay.
    #[inline]
    pub(super) fn stay(at: i64, left: i64, as_of: i64) -> u32 {
        let minutes = left.wrapping_sub(at).clamp(0, LONGEST) as u64 / MINUTE as u64;
        let seen = left != NO_TIME && left <= as_of;
        if seen { ((minutes as u32) << 1) | 1 } else { 0 }
    }

    /// How many days ago the rows after it are, if it says that.
    pub(super) const fn back(self) -> Option<u32> {
        if self.0 >> 31 == 1 {
            Some(self.0 & 0x7fff_ffff)
        } else {
            None
        }
    }

    pub(super) const fn member(self) -> usize {
        (self.0 % GROUP) as usize
    }

    pub(super) const fn place(self) -> u64 {
        1 << ((self.0 >> 9) & 63)
    }

    pub(super) const fn part(self) -> usize {
        ((self.0 >> 15) & 3) as usize
    }

    /// One stay, if it was seen, and its minutes.
    pub(super) const fn stays(self) -> (u32, u32) {
        ((self.0 >> 17) & 1, (self.0 >> 18) & 0x7ff)
    }
}

/// The day and the part of it at each place, as they are told, in a stretch of time in which they are the same: as rows
/// come in the order of time, most are in that of the row before.
pub(super) struct Stretch<'a> {
    clocks: &'a Clocks,
    latest: i32,
    from: i64,
    until: i64,
    told: Vec<(Told, u32)>,
    /// The row from which on it may move: if rows come in no order, it is not moved for each.
    rests: usize,
}

impl<'a> Stretch<'a> {
    pub(super) fn new(clocks: &'a Clocks, places: usize, latest: i32) -> Self {
        Self {
            clocks,
            latest,
            from: 0,
            until: 0,
            told: vec![(Told::NONE, 0); places],
            rests: 0,
        }
    }

    /// Returns what is told of an instant at a place, and how many days before the latest today that is.
    #[inline]
    pub(super) fn told(&mut self, row: usize, place: u32, at: i64) -> (Told, u32) {
        match self.told.get(place as usize) {
            Some(told) if (self.from..self.until).contains(&at) => *told,
            _ => self.elsewhere(row, place, at),
        }
    }

    #[cold]
    fn elsewhere(&mut self, row: usize, place: u32, at: i64) -> (Told, u32) {
        if row >= self.rests {
            self.rests = row.saturating_add(4 * self.told.len());
            (self.from, self.until) = (i64::MIN, i64::MAX);
            for (place, told) in (0..).zip(&mut self.told) {
                let part = self.clocks.part(place, at);
                self.from = self.from.max(part.from);
                self.until = self.until.min(part.until);
                *told = tell(place, part, self.latest);
            }
        }
        tell(place, self.clocks.part(place, at), self.latest)
    }
}

/// Returns what is told of a part of a day at a place.
pub(super) fn tell(place: u32, part: Part, latest: i32) -> (Told, u32) {
    let back = latest.saturating_sub(part.day).max(0).unsigned_abs();
    (Told::at(place, part.number), back)
}
