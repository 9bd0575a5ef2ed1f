//! [`Counts`]: how many people were there, time by time.

use chrono::{DateTime, Datelike, TimeDelta, Timelike};
use chrono_tz::Tz;
use gym_core::booking::RegistrationState;
use gym_core::history::{History, NO_TIME, micros};
use gym_core::time::{Instant, civil};
use thiserror::Error;

/// Why counts cannot be used.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum CountsError {
    /// Not a count.
    #[error("the count at {at} is {value}, expected a number from 0 to 1e9")]
    NotCount {
        /// When.
        at: Instant,
        /// The value.
        value: f64,
    },
    /// A place that is not there.
    #[error("place {place} does not exist, there are {places}")]
    NoPlace {
        /// The position that was asked for.
        place: u32,
        /// How many there are.
        places: usize,
    },
    /// A step that is too short or too long.
    #[error("{what} is {minutes} minutes, expected {expected}")]
    Minutes {
        /// Which.
        what: &'static str,
        /// How many minutes.
        minutes: i64,
        /// The range in words.
        expected: &'static str,
    },
}

/// How many people were there, each time once, in order.
#[derive(Debug, Clone, PartialEq)]
pub struct Counts {
    zone: Tz,
    at: Vec<i64>,
    people: Vec<f64>,
}

/// How far from its time a count may be to be taken for it.
const NEAR: i64 = 10 * 60 * 1_000_000;

impl Counts {
    /// Takes counts in any order; of several at the same instant the last counts. Hours of the day are those of `zone`.
    ///
    /// # Errors
    ///
    /// [`CountsError::NotCount`].
    pub fn new(zone: Tz, counts: impl IntoIterator<Item = (Instant, f64)>) -> Result<Self, CountsError> {
        let mut all = Vec::new();
        for (at, value) in counts {
            if !(0.0..=1e9).contains(&value) {
                return Err(CountsError::NotCount { at, value });
            }
            all.push((micros(at), value));
        }
        all.sort_by_key(|(at, _)| *at);
        all.reverse();
        all.dedup_by_key(|(at, _)| *at);
        all.reverse();
        let (at, people) = all.into_iter().unzip();
        Ok(Self { zone, at, people })
    }

    /// Counts who was inside of a place, every so many minutes from the first coming in until `as_of`, by what was
    /// recorded until then: who came in by a door, and who attended a class while it lasted, each member once. Somebody
    /// whom nobody saw leave is taken to stay for `stay`.
    ///
    /// # Errors
    ///
    /// [`CountsError::NoPlace`] and [`CountsError::Minutes`].
    pub fn inside(
        history: &History,
        place: u32,
        as_of: Instant,
        every: TimeDelta,
        stay: TimeDelta,
    ) -> Result<Self, CountsError> {
        let zone = history
            .places
            .zone
            .get(place as usize)
            .copied()
            .ok_or(CountsError::NoPlace {
                place,
                places: history.places.len(),
            })?;
        minutes("the step", every, 1..=1_440, "1 to 1440")?;
        minutes("a stay", stay, 1..=1_440, "1 to 1440")?;
        let until = micros(as_of);
        let every = every.num_minutes() * 60_000_000;
        let mut stays = doors(history, place, until, stay.num_minutes() * 60_000_000);
        stays.extend(classes(history, place, until));
        let mut changes: Vec<(i64, f64)> = Vec::new();
        for (from, left) in together(stays) {
            changes.extend([(from, 1.0), (left, -1.0)]);
        }
        changes.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        let (mut at, mut people) = (Vec::new(), Vec::new());
        let (mut inside, mut next) = (0.0_f64, 0);
        let first = changes.first().map_or(until, |change| change.0);
        let mut now = first.div_euclid(every) * every;
        while now <= until && !changes.is_empty() {
            while let Some(change) = changes.get(next).filter(|change| change.0 <= now) {
                inside += change.1;
                next += 1;
            }
            at.push(now);
            people.push(inside.max(0.0));
            now += every;
        }
        Ok(Self { zone, at, people })
    }

    /// Returns how many there are.
    pub fn len(&self) -> usize {
        self.at.len()
    }

    /// Says whether there is none.
    pub fn is_empty(&self) -> bool {
        self.at.is_empty()
    }

    /// Returns when was counted, in microseconds since 1970.
    pub fn at(&self) -> &[i64] {
        &self.at
    }

    /// Returns how many people were there.
    pub fn people(&self) -> &[f64] {
        &self.people
    }

    /// Returns what was counted until an instant.
    pub fn until(&self, as_of: Instant) -> Self {
        let end = self.at.partition_point(|at| *at <= micros(as_of));
        Self {
            zone: self.zone,
            at: self.at[..end].to_vec(),
            people: self.people[..end].to_vec(),
        }
    }

    /// Returns what was counted from an instant on.
    pub fn since(&self, from: Instant) -> Self {
        let start = self.at.partition_point(|at| *at < micros(from));
        Self {
            zone: self.zone,
            at: self.at[start..].to_vec(),
            people: self.people[start..].to_vec(),
        }
    }

    /// Returns the count nearest to an instant, within ten minutes; of two equally near the earlier.
    pub fn near(&self, at: Instant) -> Option<f64> {
        self.nearest(micros(at), i64::MAX)
    }

    /// Returns the count of a week before, where there is one: the forecast that any other has to beat.
    pub fn last_week(&self, at: Instant) -> Option<f64> {
        self.near(at - TimeDelta::days(7))
    }

    /// The count nearest to a time, of those until another.
    pub(super) fn nearest(&self, at: i64, until: i64) -> Option<f64> {
        let after = self.at.partition_point(|time| *time < at);
        let candidates = [after.checked_sub(1), Some(after)].into_iter().flatten();
        let near = candidates.filter(|place| {
            let time = self.at.get(*place);
            time.is_some_and(|time| (time - at).abs() <= NEAR && *time <= until)
        });
        let nearest = near.min_by_key(|place| (self.at[*place] - at).abs())?;
        Some(self.people[nearest])
    }

    /// Returns the mean count of each hour of the week, Monday first, over the counts from an instant on; nothing where
    /// none was counted.
    pub fn week(&self, from: Instant) -> [[Option<f64>; 24]; 7] {
        let mut sums = [[(0.0, 0.0); 24]; 7];
        let start = self.at.partition_point(|at| *at < micros(from));
        for (at, people) in self.at[start..].iter().zip(&self.people[start..]) {
            let local = self.civil(*at);
            let day = local.weekday().num_days_from_monday() as usize;
            let sum = &mut sums[day][local.hour() as usize];
            sum.0 += people;
            sum.1 += 1.0;
        }
        sums.map(|day| day.map(|(people, times)| (times > 0.0).then(|| people / times)))
    }

    /// The civil time of an instant in the counts' zone.
    pub(super) fn civil(&self, at: i64) -> chrono::NaiveDateTime {
        civil(self.zone, DateTime::from_timestamp_micros(at).unwrap_or_default())
    }
}

/// A member's stay: who, and from when until when.
type Stay = (u32, i64, i64);

/// Who came in by a door until an instant.
fn doors(history: &History, place: u32, until: i64, stay: i64) -> Vec<Stay> {
    let rows = history.check_ins.rows();
    let known = rows.filter(|visit| visit.place == place && visit.recorded_at <= until && visit.at <= until);
    let left = |visit: gym_core::history::CheckIn| match visit.left_at {
        left if left == NO_TIME || left > until => visit.at + stay,
        left => left.max(visit.at),
    };
    known.map(|visit| (visit.member, visit.at, left(visit))).collect()
}

/// Who was known at an instant to have attended a class: some come by doors that nobody watches.
fn classes<'a>(history: &'a History, place: u32, until: i64) -> impl Iterator<Item = Stay> + 'a {
    let known = move |booking: &gym_core::history::Booking| {
        let was_noted = (NO_TIME + 1..=until).contains(&booking.settled_at);
        booking.state == RegistrationState::Attended && booking.recorded_at <= until && was_noted
    };
    let here = move |class: usize| {
        let is_here = history.classes.place.get(class) == Some(&place);
        let (from, left) = (
            history.classes.starts_at.get(class)?,
            history.classes.ends_at.get(class)?,
        );
        (is_here && *from <= until).then_some((*from, *left))
    };
    let attended = history.bookings.rows().filter(known);
    attended.filter_map(move |booking| {
        let (from, left) = here(booking.class as usize)?;
        Some((booking.member, from, left))
    })
}

/// Joins the stays of a member that overlap or touch.
fn together(mut stays: Vec<Stay>) -> Vec<(i64, i64)> {
    stays.sort_unstable();
    let mut joined: Vec<Stay> = Vec::with_capacity(stays.len());
    for (member, from, left) in stays {
        match joined.last_mut() {
            Some((who, _, end)) if *who == member && from <= *end => *end = left.max(*end),
            _ => joined.push((member, from, left)),
        }
    }
    joined.into_iter().map(|(_, from, left)| (from, left)).collect()
}

fn minutes(
    what: &'static str,
    span: TimeDelta,
    range: std::ops::RangeInclusive<i64>,
    expected: &'static str,
) -> Result<(), CountsError> {
    let minutes = span.num_minutes();
    match range.contains(&minutes) {
        true => Ok(()),
        false => Err(CountsError::Minutes {
            what,
            minutes,
            expected,
        }),
    }
}
