//! A [`Habit`] is what is typical of a member: drawn from the seed and the member's id alone, so that it is
//! the same in every run, however the run got there.

use chrono::{Datelike, NaiveDate};

use super::draw::Draws;
use crate::id::MemberId;

/// What is typical of a member; chances are per mille.
#[derive(Debug, Clone, Copy)]
pub(super) struct Habit {
    /// Looks at the timetable per ten weeks.
    pub(super) looks: i64,
    /// The first and last hour at which they like to start.
    pub(super) hours: (u32, u32),
    /// Which programme they like: an index that is reduced to those there are.
    pub(super) taste: u64,
    /// How often they do not come.
    pub(super) absent: u32,
    /// How often they cancel in time.
    pub(super) cancels: u32,
    /// How often they cancel late.
    pub(super) late: u32,
    /// How often they wait when a class is full.
    pub(super) patient: u32,
    /// How often they bring a guest.
    pub(super) guests: u32,
    /// After how many days they lose interest.
    pub(super) fades: i64,
    /// Whether they like to train with a trainer.
    pub(super) trains: bool,
}

impl Habit {
    /// Draws the habit of a member.
    pub(super) fn of(seed: u64, member: MemberId) -> Self {
        let mut draws = Draws::of(seed, u64::MAX - member.get().unsigned_abs());
        let hours = draws.pick(&[(6, 8), (9, 13), (17, 20), (17, 20), (17, 20), (6, 21)]);
        let unreliable = draws.chance(150);
        Self {
            looks: draws.between(6, 44),
            hours: hours.unwrap_or((6, 21)),
            taste: draws.below(1 << 20),
            absent: if unreliable { 190 } else { 35 },
            cancels: u32::try_from(draws.between(40, 180)).unwrap_or(100),
            late: if unreliable { 100 } else { 25 },
            patient: u32::try_from(draws.between(300, 950)).unwrap_or(600),
            guests: u32::try_from(draws.between(0, 60)).unwrap_or(0),
            fades: if draws.chance(300) {
                draws.between(30, 400)
            } else {
                i64::MAX
            },
            trains: draws.chance(120),
        }
    }

    /// Returns the minutes until the next look, before chance: fewer in January, more in summer and
    /// once interest is lost.
    pub(super) fn pause(&self, on: NaiveDate, days: i64) -> i64 {
        let season = match on.month() {
            1 | 2 => 1250,
            6..=8 => 750,
            12 => 700,
            _ => 1000,
        };
        let interest = if days > self.fades { 120 } else { 1000 };
        let per_ten_weeks = (self.looks * season * interest / 1_000_000).max(1);
        70 * 24 * 60 / per_ten_weeks
    }
}
