//! [`Landmarks`]: who was there on some days, what was known of them then, and what became of them in the months after.
//!
//! [`Landmarks::at`] follows the members of a history: a member who was there has a row with their features and how it
//! [ended](End), if it did within the months that are looked at. A freeze of two weeks or more, and the end of what is
//! known, censor. Who was frozen at the landmark, or was known to leave, has none. An end that another membership follows
//! within 30 days is none; one that nobody renewed counts as chosen. [`Landmarks::at_risk`] is whom a model is asked
//! about, and [`Landmarks::new`] takes rows of one's own.
//!
//! ```
//! use gym_analytics::hazard::HazardParams;
//! use gym_analytics::landmark::Landmarks;
//! use gym_core::sim::teacher::{Profile, Teacher};
//!
//! let lesson = Teacher::new(Profile::Uk, 7, 800, "2024-01-01".parse()?, 14).teach();
//! let history = &lesson.history;
//! let (past, now) = (&lesson.months[3..12], lesson.months[14]);
//! let hazard = HazardParams { months: 2, ..HazardParams::linear(10.0) }.learn(&Landmarks::at(history, past, 2, now)?)?;
//! let today = Landmarks::at_risk(history, now)?;
//! let survival = hazard.survival(today.columns())?;
//! assert_eq!(survival.rows(), today.rows().len());
//! assert!((0.0..1.0).contains(&survival.risk(0, 2)));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod ahead;
mod follow;
mod months;
mod spell;

use std::collections::BTreeSet;
use std::fmt;

use chrono::{Months, NaiveDate};
use serde::{Deserialize, Serialize};
use thiserror::Error;

pub(crate) use self::ahead::ahead;
pub use self::ahead::{MAY_LEAVE, MONTHS_AHEAD};
pub use self::months::PersonMonths;
use crate::columns::{Columns, DataError};
use crate::feature::OutOfHistory;

/// Why a membership ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The member left.
    Chosen,
    /// A payment failed for good, or the like.
    Involuntary,
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Chosen => "by choice",
            Self::Involuntary => "without choice",
        })
    }
}

/// What came after a landmark, in months of membership from it on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// The membership ended within this month, from 1.
    Left {
        /// Which month.
        month: u8,
        /// Why.
        cause: Cause,
    },
    /// So many whole months were seen, and then no more: the data end, or the member froze, moved or died.
    Censored {
        /// How many.
        months: u8,
    },
}

/// A member on a day, and what came after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Landmark {
    /// Who: a position in the history, or any number of one's own.
    pub member: u32,
    /// The day: nothing later counts in the features.
    pub as_of: NaiveDate,
    /// What came after.
    pub end: End,
}

/// Why rows are no landmarks.
#[derive(Debug, Error)]
pub enum LandmarkError {
    /// The features cannot be read.
    #[error(transparent)]
    Data(#[from] DataError),
    /// An instant is not in the history.
    #[error(transparent)]
    History(#[from] OutOfHistory),
    /// An end before the first month.
    #[error("landmark {row} ends in month 0, expected 1 or later")]
    MonthZero {
        /// Which landmark, from 0.
        row: usize,
    },
    /// A member is there twice on a day.
    #[error("landmark {row} is member {member} on {as_of}, as one before; expected each once")]
    Twice {
        /// The later one, from 0.
        row: usize,
        /// The member.
        member: u32,
        /// The day.
        as_of: NaiveDate,
    },
}

/// Members on days, with their features and what became of them; see the [module](self).
#[derive(Debug, Clone)]
pub struct Landmarks<'a> {
    columns: Columns<'a>,
    rows: Vec<Landmark>,
}

impl<'a> Landmarks<'a> {
    /// Takes features, and for each row whom and which day they are of and what came after.
    ///
    /// # Errors
    ///
    /// [`DataError::Length`], [`DataError::Twice`] where a feature is called [`MAY_LEAVE`] or [`MONTHS_AHEAD`],
    /// [`LandmarkError::MonthZero`] and [`LandmarkError::Twice`].
    pub fn new(columns: Columns<'a>, rows: Vec<Landmark>) -> Result<Self, LandmarkError> {
        let (expected, found) = (columns.rows(), rows.len());
        if found != expected {
            let name = "end".to_owned();
            return Err(DataError::Length {
                name,
                found,
                expected,
            }
            .into());
        }
        let taken = |name: &&str| columns.features().position(name).is_ok();
        if let Some(name) = [MAY_LEAVE, MONTHS_AHEAD].into_iter().find(taken) {
            let name = name.to_owned();
            return Err(DataError::Twice { name }.into());
        }
        let mut seen = BTreeSet::new();
        for (row, landmark) in rows.iter().enumerate() {
            let Landmark { member, as_of, end } = *landmark;
            if matches!(end, End::Left { month: 0, .. }) {
                return Err(LandmarkError::MonthZero { row });
            }
            if !seen.insert((member, as_of)) {
                return Err(LandmarkError::Twice { row, member, as_of });
            }
        }
        Ok(Self { columns, rows })
    }

    /// Returns the features, one row for each landmark: what a model is asked about.
    pub fn columns(&self) -> &Columns<'a> {
        &self.columns
    }

    /// Returns who, when, and what came after, row by row.
    pub fn rows(&self) -> &[Landmark] {
        &self.rows
    }

    /// Returns the day of each row.
    pub fn as_of(&self) -> Vec<NaiveDate> {
        self.rows.iter().map(|row| row.as_of).collect()
    }

    /// Returns these rows, in this order.
    ///
    /// # Errors
    ///
    /// [`DataError::NoSuchRow`].
    pub fn pick(&self, rows: &[u32]) -> Result<Landmarks<'_>, DataError> {
        let columns = self.columns.pick(rows)?;
        let rows = rows
            .iter()
            .filter_map(|row| self.rows.get(*row as usize).copied());
        Ok(Landmarks {
            columns,
            rows: rows.collect(),
        })
    }

    /// Returns the same rows with these features alone, in this order: those that a model is to read.
    ///
    /// # Errors
    ///
    /// [`DataError::Missing`] and [`DataError::Twice`].
    pub fn only(&self, features: &[&str]) -> Result<Landmarks<'static>, DataError> {
        let mut columns = Vec::with_capacity(features.len());
        for name in features {
            columns.push((*name, self.columns.values(name)?));
        }
        Ok(Landmarks {
            columns: Columns::new(columns)?,
            rows: self.rows.clone(),
        })
    }

    /// Returns the same rows as they were known on a day: months that were not over by then had not been seen.
    pub fn known_on(mut self, day: NaiveDate) -> Self {
        for row in &mut self.rows {
            row.end = row.known_on(day);
        }
        self
    }

    /// Returns a row for every month at risk of a cause, up to so many months ahead.
    ///
    /// A failed payment comes first in a month: who left by choice was at risk of it and escaped, while who had to leave was
    /// not at risk of choosing any more. So the two hazards make the total exactly.
    ///
    /// # Errors
    ///
    /// [`DataError::NoRows`] where no month was seen.
    pub fn person_months(&self, cause: Cause, months: u8) -> Result<PersonMonths<'_>, DataError> {
        PersonMonths::of(self, cause, months)
    }

    /// Returns whether each member was gone after so many months, for whatever cause; none where that was not seen.
    pub fn left_within(&self, months: u8) -> Vec<Option<bool>> {
        let left = |row: &Landmark| match row.end {
            End::Left { month, .. } => Some(month <= months),
            End::Censored { months: seen } => (seen >= months).then_some(false),
        };
        self.rows.iter().map(left).collect()
    }

    pub(crate) fn any(&self, wanted: Cause, months: u8) -> bool {
        let wanted = |row: &Landmark| matches!(row.end, End::Left { month, cause } if cause == wanted && month <= months);
        self.rows.iter().any(wanted)
    }
}

impl Landmark {
    fn known_on(&self, day: NaiveDate) -> End {
        let over = |month: u8| {
            let end = self.as_of.checked_add_months(Months::new(u32::from(month)));
            end.is_some_and(|end| end <= day)
        };
        let last = match self.end {
            End::Left { month, .. } if over(month) => return self.end,
            End::Left { month, .. } => month,
            End::Censored { months } => months,
        };
        End::Censored {
            months: (1..=last).take_while(|month| over(*month)).count() as u8,
        }
    }
}
