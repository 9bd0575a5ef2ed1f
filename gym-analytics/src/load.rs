//! [`Load`]: how many hours a trainer, a room or a machine is in use, week by week, and [`Upkeep`]: when that makes
//! maintenance due.
//!
//! ```
//! use chrono::NaiveDate;
//! use gym_analytics::load::{Load, Upkeep, Use};
//!
//! let day = |day| NaiveDate::from_ymd_opt(2027, 3, day).ok_or("no such day");
//! // A treadmill runs five hours on every day of two weeks.
//! let mut uses = Vec::new();
//! for at in 1..15 {
//!     uses.push(Use { of: 7, day: day(at)?, minutes: 300 });
//! }
//! let load = Load::new(uses, day(1)?, day(15)?)?;
//! assert_eq!(load.of(7), [35.0, 35.0]);
//!
//! // It is looked after every 100 hours, and was before the first of these days.
//! let due = Upkeep { every_hours: 100.0, last: day(1)? }.due(&load, 7, 0.8)?;
//! assert_eq!((due.hours_since, due.expected), (70.0, Some(day(20)?)));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::collections::BTreeMap;

use chrono::{DateTime, Days, NaiveDate};
use gym_core::history::{History, NO_KEY, micros};
use gym_core::time::{Instant, civil};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Why there is no figure.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum LoadError {
    /// The days are less than a week, or run backwards.
    #[error("the days from {from} to {until} are {days}, expected at least 7 and at most 36525")]
    Days {
        /// The first day.
        from: NaiveDate,
        /// The day after the last.
        until: NaiveDate,
        /// How many there are.
        days: i64,
    },
    /// A use of more than a day.
    #[error("{of} was in use for {minutes} minutes on {day}, expected at most 1440 of each use")]
    Minutes {
        /// What was used.
        of: i64,
        /// When.
        day: NaiveDate,
        /// For how long.
        minutes: u32,
    },
    /// A setting is out of its range.
    #[error("{name} is {value}, expected {expected}")]
    Setting {
        /// Which setting.
        name: &'static str,
        /// Its value.
        value: f64,
        /// The range in words.
        expected: &'static str,
    },
}

/// One use of something on a civil day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Use {
    /// The id in the club of what is used: a trainer, a room, a piece of equipment.
    pub of: i64,
    /// When.
    pub day: NaiveDate,
    /// For how many minutes, 0 to 1,440.
    pub minutes: u32,
}

/// Who or what a class uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// Its trainer.
    Trainer,
    /// Its room.
    Room,
}

impl Use {
    /// Reads the classes that took place and were over at an instant.
    pub fn of_classes(history: &History, by: By, as_of: Instant) -> Vec<Self> {
        let until = micros(as_of);
        let held = history
            .classes
            .rows()
            .filter(|class| class.is_on && class.ends_at <= until);
        let read = |class: gym_core::history::Class| {
            let of = match by {
                By::Trainer => class.trainer,
                By::Room => class.room,
            };
            let zone = *history.places.zone.get(class.place as usize)?;
            let start = DateTime::from_timestamp_micros(class.starts_at)?;
            let minutes = u32::try_from((class.ends_at - class.starts_at) / 60_000_000).ok()?;
            (of != NO_KEY).then(|| Self {
                of,
                day: civil(zone, start).date(),
                minutes: minutes.min(1_440),
            })
        };
        held.filter_map(read).collect()
    }
}

/// Hours in use by week; weeks are counted back from the last day, so that each is whole.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Load {
    from: NaiveDate,
    until: NaiveDate,
    weeks: usize,
    hours: BTreeMap<i64, Vec<f64>>,
}

impl Load {
    /// Sums uses from a day until the day before `until`; others are left out, and so are the first days where they are
    /// no whole week.
    ///
    /// # Errors
    ///
    /// [`LoadError::Days`] and [`LoadError::Minutes`].
    pub fn new(
        uses: impl IntoIterator<Item = Use>,
        from: NaiveDate,
        until: NaiveDate,
    ) -> Result<Self, LoadError> {
        let days = (until - from).num_days();
        if !(7..=36_525).contains(&days) {
            return Err(LoadError::Days { from, until, days });
        }
        let weeks = usize::try_from(days / 7).unwrap_or_default();
        let mut hours = BTreeMap::<i64, Vec<f64>>::new();
        for one in uses {
            if one.minutes > 1_440 {
                let Use { of, day, minutes } = one;
                return Err(LoadError::Minutes { of, day, minutes });
            }
            let back = (until - one.day).num_days();
            let week = usize::try_from((back - 1).div_euclid(7))
                .ok()
                .filter(|week| back > 0 && *week < weeks);
            if let Some(back) = week {
                let of = hours.entry(one.of).or_insert_with(|| vec![0.0; weeks]);
                of[weeks - 1 - back] += f64::from(one.minutes) / 60.0;
            }
        }
        Ok(Self {
            from,
            until,
            weeks,
            hours,
        })
    }

    /// Returns the day after the last.
    pub fn until(&self) -> NaiveDate {
        self.until
    }

    /// Returns how many weeks there are.
    pub fn weeks(&self) -> usize {
        self.weeks
    }

    /// Returns the ids of what was used at all.
    pub fn ids(&self) -> impl Iterator<Item = i64> + '_ {
        self.hours.keys().copied()
    }

    /// Returns the hours of each week, the oldest first; none where it was never in use.
    pub fn of(&self, id: i64) -> &[f64] {
        self.hours.get(&id).map_or(&[], Vec::as_slice)
    }

    /// Returns what is expected of a week to come, and how far weeks are off it: the mean and the deviation of the last
    /// `weeks` weeks (at least one, at most those there are), in hours.
    pub fn lately(&self, id: i64, weeks: usize) -> (f64, f64) {
        let all = self.of(id);
        let last = &all[all.len() - weeks.clamp(1, self.weeks.max(1)).min(all.len())..];
        if last.is_empty() {
            return (0.0, 0.0);
        }
        let count = last.len() as f64;
        let mean = last.iter().sum::<f64>() / count;
        let squares: f64 = last.iter().map(|hours| (hours - mean).powi(2)).sum();
        let deviation = if last.len() > 1 {
            (squares / (count - 1.0)).sqrt()
        } else {
            0.0
        };
        (mean, deviation)
    }

    /// Returns the share of the hours that somebody or something could be used which is used, of the last `weeks`
    /// weeks, by id: whom the club leans on comes first. `available` is the hours of a week; who has none is left out.
    ///
    /// # Errors
    ///
    /// [`LoadError::Setting`] where hours are not from 0 to 168.
    pub fn share(&self, available: &BTreeMap<i64, f64>, weeks: usize) -> Result<Vec<(i64, f64)>, LoadError> {
        let mut shares = Vec::new();
        for (&id, &hours) in available {
            setting(
                "hours of a week",
                hours,
                (0.0..=168.0).contains(&hours),
                "0 to 168",
            )?;
            if hours > 0.0 {
                shares.push((id, self.lately(id, weeks).0 / hours));
            }
        }
        shares.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        Ok(shares)
    }
}

/// How many weeks are looked back on to say what comes.
const BACK: usize = 8;
/// How far ahead maintenance is foreseen, in days.
const AHEAD: f64 = 3_652.0;

/// A rule of maintenance by use.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Upkeep {
    /// After how many hours of use, above 0.
    pub every_hours: f64,
    /// The day on which it was last looked after, before it was used.
    pub last: NaiveDate,
}

/// When maintenance is due.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Due {
    /// Hours of use since the last time.
    pub hours_since: f64,
    /// Whether they are as many as the rule allows, or more.
    pub is_due: bool,
    /// The first day by whose end they will be, as it was used lately; none within ten years.
    pub expected: Option<NaiveDate>,
    /// The day by which that has happened at the lesser of two odds: `1 - level` halved.
    pub earliest: Option<NaiveDate>,
    /// The day by which it has happened at the greater.
    pub latest: Option<NaiveDate>,
}

impl Upkeep {
    /// Says when something is due, by the use of it in the last eight weeks. Weeks are taken for independent and their sum
    /// for normal, so that the span holds the day in about `level` of all cases (above 0, below 1); what happened in the
    /// week of the last time is taken to be spread over its days.
    ///
    /// # Errors
    ///
    /// [`LoadError::Setting`].
    pub fn due(&self, load: &Load, id: i64, level: f64) -> Result<Due, LoadError> {
        let (every, above) = (self.every_hours, "a finite number above 0");
        setting("every_hours", every, every > 0.0 && every.is_finite(), above)?;
        setting(
            "level",
            level,
            level > 0.0 && level < 1.0,
            "a number above 0 and below 1",
        )?;
        let hours_since = self.since(load, id);
        let left = (every - hours_since).max(0.0);
        let (mean, deviation) = load.lately(id, BACK);
        let z = quantile(0.5 + level / 2.0);
        let after = |z: f64| day_after(load.until, left, (mean, deviation), z);
        Ok(Due {
            hours_since,
            is_due: left == 0.0,
            expected: after(0.0),
            earliest: after(z),
            latest: after(-z),
        })
    }

    fn since(&self, load: &Load, id: i64) -> f64 {
        let all = load.of(id).iter().rev().enumerate();
        all.map(|(back, hours)| {
            let end = (load.until - self.last).num_days() - 7 * back as i64;
            hours * end.clamp(0, 7) as f64 / 7.0
        })
        .sum()
    }
}

/// The day by whose end the hours of `t` weeks, `mean t + z deviation √t`, reach what is left.
fn day_after(from: NaiveDate, left: f64, (mean, deviation): (f64, f64), z: f64) -> Option<NaiveDate> {
    if left <= 0.0 {
        return Some(from);
    }
    if mean <= 0.0 {
        return None;
    }
    let slope = z * deviation;
    let root = (-slope + (slope * slope + 4.0 * mean * left).sqrt()) / (2.0 * mean);
    let days = (7.0 * root * root - 1e-9).ceil() - 1.0;
    (days <= AHEAD).then(|| from.checked_add_days(Days::new(days.max(0.0) as u64)))?
}

fn setting(name: &'static str, value: f64, is_right: bool, expected: &'static str) -> Result<(), LoadError> {
    match is_right {
        true => Ok(()),
        false => Err(LoadError::Setting {
            name,
            value,
            expected,
        }),
    }
}

/// The quantile of the normal distribution, by bisection.
pub(crate) fn quantile(share: f64) -> f64 {
    let (mut low, mut high) = (-40.0, 40.0);
    for _ in 0..100 {
        let middle = (low + high) / 2.0;
        if 0.5 * libm::erfc(-middle / std::f64::consts::SQRT_2) < share {
            low = middle;
        } else {
            high = middle;
        }
    }
    (low + high) / 2.0
}
