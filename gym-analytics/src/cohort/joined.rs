//! [`Joined`]: who joined in the same months, and how many of them were left after 1, 2, … months.

use std::collections::BTreeMap;

use chrono::{Datelike, Months, NaiveDate};
use gym_core::history::{Ending, History, day_number, day_of, micros};
use gym_core::time::{Instant, civil};
use serde::{Deserialize, Serialize};

use super::{Cohort, CohortError};

/// Within how many days another membership goes on with one that has ended.
const GRACE: i32 = 30;

/// Members whose first membership began in the same months.
///
/// ```
/// use gym_analytics::cohort::{CohortModel, Joined};
/// use gym_core::sim::teacher::{Profile, Teacher};
///
/// let lesson = Teacher::new(Profile::Uk, 7, 300, "2024-01-01".parse()?, 24).teach();
/// let years = Joined::of(&lesson.history, 12, lesson.months[24]);
/// assert_eq!(years[0].from, "2024-01-01".parse()?);
/// assert!(years[0].survival()[0] == 1.0 && years[0].survival()[8] < 0.8);
/// let model = CohortModel::fit(&[years[0].cohort()?])?;
/// assert!(model.survival(24) > 0.1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Joined {
    /// The first day of those months.
    pub from: NaiveDate,
    /// How many there were, and how many were left after 1, 2, … months: as many as were seen of all of them.
    pub counts: Vec<f64>,
}

impl Joined {
    /// Reads the cohorts of a history, by so many months each (1 to 12, counted from January) in which their first membership
    /// began, as far as that was known at an instant. Days are those at the member's home. An end that another membership
    /// follows within 30 days is none; a freeze is none either.
    pub fn of(history: &History, months: u32, as_of: Instant) -> Vec<Self> {
        let months = months.clamp(1, 12);
        let mut cohorts = BTreeMap::<NaiveDate, Vec<Stay>>::new();
        for stay in stays(history, as_of) {
            let month0 = stay.from.month0() / months * months;
            if let Some(from) = NaiveDate::from_ymd_opt(stay.from.year(), month0 + 1, 1) {
                cohorts.entry(from).or_default().push(stay);
            }
        }
        let cohort = |(from, stays): (NaiveDate, Vec<Stay>)| {
            let seen = stays.iter().map(Stay::seen).min().unwrap_or(0);
            let left = |month| stays.iter().filter(|stay| stay.is_there_after(month)).count() as f64;
            Self {
                from,
                counts: (0..=seen).map(left).collect(),
            }
        };
        cohorts.into_iter().map(cohort).collect()
    }

    /// Returns the share that was left after 0, 1, 2, … months.
    pub fn survival(&self) -> Vec<f64> {
        let all = self.counts.first().copied().unwrap_or(0.0).max(1.0);
        self.counts.iter().map(|count| count / all).collect()
    }

    /// Returns the counts for a [`CohortModel`](super::CohortModel).
    ///
    /// # Errors
    ///
    /// [`CohortError::TooShort`] where no whole month was seen.
    pub fn cohort(&self) -> Result<Cohort, CohortError> {
        Cohort::new(self.counts.clone())
    }
}

/// A member's first stay.
struct Stay {
    from: NaiveDate,
    /// The first day after it, if that is known.
    until: Option<NaiveDate>,
    /// What day it is for them.
    today: NaiveDate,
}

impl Stay {
    fn after(&self, months: u32) -> Option<NaiveDate> {
        self.from.checked_add_months(Months::new(months))
    }

    /// How many whole months have passed since it began.
    fn seen(&self) -> u32 {
        let over = |months: &u32| self.after(*months).is_some_and(|day| day <= self.today);
        (1..=1_200).take_while(over).last().unwrap_or(0)
    }

    fn is_there_after(&self, months: u32) -> bool {
        let day = self.after(months);
        self.until
            .is_none_or(|until| day.is_some_and(|day| months == 0 || day < until))
    }
}

/// The first stays of all members that had begun at an instant.
fn stays(history: &History, as_of: Instant) -> Vec<Stay> {
    let until = micros(as_of);
    let today = |member: u32| {
        let place = history.members.place.get(member as usize)?;
        let zone = history.places.zone.get(*place as usize)?;
        Some(civil(*zone, as_of).date())
    };
    let mut held = BTreeMap::<u32, Vec<(i32, i32)>>::new();
    for row in history.memberships.rows().filter(|row| row.recorded_at <= until) {
        let is_known = row.ending != Ending::Running && row.end_recorded_at <= until;
        let ends_on = if is_known { row.ends_on } else { i32::MAX };
        // What was taken back before it began is none.
        if ends_on > row.starts_on {
            held.entry(row.member).or_default().push((row.starts_on, ends_on));
        }
    }
    let stay = |(member, mut held): (u32, Vec<(i32, i32)>)| {
        held.sort_unstable();
        let (from, mut end) = *held.first()?;
        for (next, ends_on) in held {
            if next <= end.saturating_add(GRACE) {
                end = ends_on.max(end);
            }
        }
        let today = today(member)?;
        let until = if end == i32::MAX { None } else { day_of(end) };
        (from <= day_number(today)).then_some(Stay {
            from: day_of(from)?,
            until,
            today,
        })
    };
    held.into_iter().filter_map(stay).collect()
}
