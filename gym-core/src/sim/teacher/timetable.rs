//! The timetable of a [`Teacher`](super::Teacher): every kind of class twice a day.

use chrono::{Days, NaiveDate, NaiveTime};

use super::KINDS;
use super::profile::Shape;
use crate::history::{Class, Facts, micros};
use crate::time::{Instant, resolve};

/// What there is, in the order of [`Nature::tastes`](super::Nature::tastes).
const NAMES: [&str; KINDS] = ["cycling", "yoga", "strength", "dance", "boxing", "pilates"];

/// The hours at which a kind of class starts.
const STARTS: [[u32; 2]; KINDS] = [[7, 18], [9, 19], [6, 17], [10, 18], [12, 20], [8, 17]];

/// How many people may come.
const SEATS: u32 = 24;

/// The classes of a club, in the order of days, kinds and hours.
pub(super) struct Timetable {
    first: NaiveDate,
    starts: Vec<Instant>,
}

impl Timetable {
    pub(super) fn new(shape: &Shape, months: &[NaiveDate], facts: &mut Facts) -> Self {
        facts.programmes = NAMES.map(str::to_owned).to_vec();
        let first = months.first().copied().unwrap_or_default();
        let last = months.last().copied().unwrap_or_default();
        let mut starts = Vec::new();
        let mut day = first;
        while day < last {
            for (programme, hours) in (0..).zip(STARTS) {
                for hour in hours {
                    let time = NaiveTime::from_hms_opt(hour, 0, 0).unwrap_or_default();
                    let start = resolve(shape.zone, day.and_time(time)).instant;
                    starts.push(start);
                    let id = starts.len() as i64;
                    facts.classes.push(Class {
                        id,
                        series: i64::from(programme) * 2 + i64::from(hour > 12) + 1,
                        place: 0,
                        programme,
                        trainer: i64::from(programme) + 1,
                        room: i64::from(programme % 3) + 1,
                        capacity: SEATS,
                        starts_at: micros(start),
                        ends_at: micros(start) + 50 * 60 * 1_000_000,
                        is_on: true,
                    });
                }
            }
            day = day.checked_add_days(Days::new(1)).unwrap_or(last);
        }
        Self { first, starts }
    }

    /// Returns the position and the start of the class of a kind on a day, in the morning or the evening.
    pub(super) fn class(&self, day: NaiveDate, kind: usize, evening: bool) -> Option<(u32, Instant)> {
        let days = usize::try_from((day - self.first).num_days()).ok()?;
        let position = (days * KINDS + kind) * 2 + usize::from(evening);
        let start = self.starts.get(position).copied()?;
        Some((u32::try_from(position).ok()?, start))
    }
}
