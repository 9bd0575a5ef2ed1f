//! [`Landmarks`]: who was there at some instants, what was known of them, and month by month what became of them.
//!
//! Each row is one month after a landmark, as a discrete-time hazard model reads it: the features at the landmark, the
//! horizon (1 is the first month), and the [`Fate`] in that month of somebody who was still there at its beginning.
//! A member has rows up to the month in which they left, or up to the last month that was seen in full: a freeze of two
//! weeks or more, and the end of what is known, censor. Who was frozen at the landmark, or was known to leave, has none.
//!
//! An end that another membership follows within 30 days is none; one that nobody renewed counts as chosen.
//!
//! ```
//! use gym_analytics::landmark::{Fate, Landmarks};
//! use gym_core::sim::teacher::{Profile, Teacher};
//!
//! let lesson = Teacher::new(Profile::Uk, 7, 300, "2024-01-01".parse()?, 12).teach();
//! let (at, until) = (lesson.months[6], lesson.months[12]);
//! let landmarks = Landmarks::at(&lesson.history, &[at], 6, until)?;
//! assert!(landmarks.rows().iter().any(|row| row.fate == Fate::Chosen));
//! assert!(landmarks.rows().iter().all(|row| (1..=6).contains(&row.horizon)));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod spell;

use chrono::Months;
use gym_core::history::{History, NO_ID, day_number, day_of, micros};
use gym_core::time::Instant;

use self::spell::{End, Spells};
use crate::feature::standing::{self, Standing};
use crate::feature::{Features, NAMES, OutOfHistory};

/// What became of a member in a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fate {
    /// They were still there at its end.
    Stayed,
    /// They chose to leave.
    Chosen,
    /// They had to leave.
    Involuntary,
}

/// A member at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Landmark {
    /// Who: a position in the history.
    pub member: u32,
    /// When.
    pub as_of: Instant,
}

/// A month after a landmark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PersonMonth {
    /// The landmark: a position in [`Landmarks::landmarks`].
    pub landmark: u32,
    /// Which month after it, from 1.
    pub horizon: u8,
    /// What became of them in it.
    pub fate: Fate,
}

/// Months after landmarks; see the [module](self).
#[derive(Debug, Clone, PartialEq)]
pub struct Landmarks {
    landmarks: Vec<Landmark>,
    features: Vec<Vec<f64>>,
    rows: Vec<PersonMonth>,
}

impl Landmarks {
    /// Follows whoever was there at instants for so many months, by what was recorded until another.
    ///
    /// Nothing after `until` is looked at, so that a model that is trained with it could have been trained then.
    ///
    /// # Errors
    ///
    /// If an instant is not in the history.
    pub fn at(
        history: &History,
        instants: &[Instant],
        horizon: u8,
        until: Instant,
    ) -> Result<Self, OutOfHistory> {
        let during = history.during();
        if until < during.start() || until > during.end() {
            return Err(OutOfHistory { as_of: until, during });
        }
        let spells = Spells::of(history, micros(until));
        let mut all = Self {
            landmarks: Vec::new(),
            features: NAMES.iter().map(|_| Vec::new()).collect(),
            rows: Vec::new(),
        };
        for as_of in instants {
            all.add(history, &spells, *as_of, horizon, until)?;
        }
        Ok(all)
    }

    fn add(
        &mut self,
        history: &History,
        spells: &Spells,
        as_of: Instant,
        horizon: u8,
        until: Instant,
    ) -> Result<(), OutOfHistory> {
        let features = Features::at(history, as_of)?;
        let zones: Vec<_> = history
            .places
            .zone
            .iter()
            .map(|zone| Civil::at(*zone, as_of, until))
            .collect();
        let home = |member: u32| {
            let place = history.members.place.get(member as usize)?;
            zones.get(*place as usize)
        };
        let todays: Vec<i32> = (0..history.members.len() as u32)
            .map(|member| home(member).map_or(0, |it| it.today))
            .collect();
        let standings = standing::of(history, micros(as_of), &todays);
        let frozen = standing::frozen(history, micros(as_of), &todays);
        for (position, member) in features.members().iter().enumerate() {
            let who = *member as usize;
            let (Some(standing), Some(civil)) = (standings.get(who), home(*member)) else {
                continue;
            };
            if !is_at_risk(standing) || frozen.get(who).is_some_and(|days| days.has(0)) {
                continue;
            }
            let landmark = self.landmarks.len() as u32;
            let before = self.rows.len();
            let end = spells.end(*member, standing.membership, civil.today);
            let censored = spells.censored(*member, civil.today).min(civil.last);
            self.follow(landmark, civil, end, censored, horizon);
            if self.rows.len() == before {
                continue;
            }
            self.landmarks.push(Landmark {
                member: *member,
                as_of,
            });
            for (column, (_, values)) in self.features.iter_mut().zip(features.columns()) {
                column.extend(values.get(position));
            }
        }
        Ok(())
    }

    /// Adds the months of a landmark.
    fn follow(&mut self, landmark: u32, civil: &Civil, end: Option<End>, censored: i32, horizon: u8) {
        for month in 1..=horizon {
            let Some(last) = civil.months_on(month).filter(|day| *day <= censored) else {
                return;
            };
            let left = end.filter(|end| end.on <= last);
            self.rows.push(PersonMonth {
                landmark,
                horizon: month,
                fate: left.map_or(Fate::Stayed, |end| end.fate),
            });
            if left.is_some() {
                return;
            }
        }
    }

    /// Returns who was there, when.
    pub fn landmarks(&self) -> &[Landmark] {
        &self.landmarks
    }

    /// Returns the months, by landmark and horizon.
    pub fn rows(&self) -> &[PersonMonth] {
        &self.rows
    }

    /// Returns the features of each landmark, by name.
    pub fn features(&self) -> impl ExactSizeIterator<Item = (&'static str, &[f64])> {
        NAMES.into_iter().zip(self.features.iter().map(Vec::as_slice))
    }

    /// Returns the columns that a model reads, one value for each of [`rows`](Self::rows): the features at the landmark,
    /// and last `horizon`.
    pub fn columns(&self) -> Vec<(&'static str, Vec<f64>)> {
        let spread = |values: &[f64]| -> Vec<f64> {
            let value = |row: &PersonMonth| values.get(row.landmark as usize).copied();
            self.rows
                .iter()
                .map(|row| value(row).unwrap_or(f64::NAN))
                .collect()
        };
        let mut columns: Vec<_> = self
            .features()
            .map(|(name, values)| (name, spread(values)))
            .collect();
        columns.push((
            "horizon",
            self.rows.iter().map(|row| f64::from(row.horizon)).collect(),
        ));
        columns
    }

    /// Returns for each row whether they chose to leave. Rows of those who had to leave tell nothing of it, and are to be
    /// left out of its model or kept as no event.
    pub fn chosen(&self) -> Vec<bool> {
        self.rows.iter().map(|row| row.fate == Fate::Chosen).collect()
    }

    /// Returns for each row whether they had to leave.
    pub fn involuntary(&self) -> Vec<bool> {
        self.rows
            .iter()
            .map(|row| row.fate == Fate::Involuntary)
            .collect()
    }
}

const fn is_at_risk(standing: &Standing) -> bool {
    standing.membership != NO_ID && !standing.ends
}

/// The civil days of a landmark at a place.
struct Civil {
    today: i32,
    /// The last day on which a month may be over: that of what is known.
    last: i32,
}

impl Civil {
    fn at(zone: chrono_tz::Tz, as_of: Instant, until: Instant) -> Self {
        let day = |at: Instant| day_number(gym_core::time::civil(zone, at).date());
        Self {
            today: day(as_of),
            last: day(until),
        }
    }

    /// Returns the day that is so many months later.
    fn months_on(&self, months: u8) -> Option<i32> {
        let day = day_of(self.today)?.checked_add_months(Months::new(months.into()))?;
        Some(day_number(day))
    }
}
