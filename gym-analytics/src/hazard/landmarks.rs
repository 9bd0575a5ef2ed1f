//! Landmark rows: what was known of a member on a day, and what came after.

use std::fmt;

use chrono::{Months, NaiveDate};
use serde::{Deserialize, Serialize};

use super::{HazardError, MONTHS_AHEAD};
use crate::columns::{Columns, DataError};

/// Why a membership ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
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

/// Rows of features at a day, and what came after. One member may have many.
#[derive(Debug, Clone, Copy)]
pub struct Landmarks<'a> {
    columns: &'a Columns<'a>,
    as_of: &'a [NaiveDate],
    ends: &'a [End],
}

impl<'a> Landmarks<'a> {
    /// Takes features, the day that each row was made for, and what came after.
    ///
    /// # Errors
    ///
    /// [`DataError::Length`], [`DataError::Twice`] where a feature is called [`MONTHS_AHEAD`], and
    /// [`HazardError::MonthZero`].
    pub fn new(
        columns: &'a Columns<'a>,
        as_of: &'a [NaiveDate],
        ends: &'a [End],
    ) -> Result<Self, HazardError> {
        let expected = columns.rows();
        for (name, found) in [("as_of", as_of.len()), ("end", ends.len())] {
            if found != expected {
                return Err(DataError::Length {
                    name: name.to_owned(),
                    found,
                    expected,
                }
                .into());
            }
        }
        if columns.features().position(MONTHS_AHEAD).is_ok() {
            return Err(DataError::Twice {
                name: MONTHS_AHEAD.to_owned(),
            }
            .into());
        }
        match ends
            .iter()
            .position(|end| matches!(end, End::Left { month: 0, .. }))
        {
            Some(row) => Err(HazardError::MonthZero { row }),
            None => Ok(Self { columns, as_of, ends }),
        }
    }

    /// Returns the features.
    pub fn columns(&self) -> &'a Columns<'a> {
        self.columns
    }

    /// Returns the day of each row.
    pub fn as_of(&self) -> &'a [NaiveDate] {
        self.as_of
    }

    /// Returns what came after each row.
    pub fn ends(&self) -> &'a [End] {
        self.ends
    }

    pub(super) fn any(&self, wanted: Cause, months: u8) -> bool {
        let wanted =
            |end: &End| matches!(end, End::Left { month, cause } if *cause == wanted && *month <= months);
        self.ends.iter().any(wanted)
    }

    /// Returns a row for every month at risk of one cause, up to `months`, as it was known on the day `until`.
    ///
    /// A failed payment comes first in a month: one that left by choice was at risk of it and escaped, while one whose
    /// payment failed was not at risk of choosing any more. So the two hazards make the total exactly.
    pub(super) fn table(
        &self,
        rows: &[u32],
        cause: Cause,
        months: u8,
        until: Option<NaiveDate>,
    ) -> Result<Table, DataError> {
        let mut table = Table {
            rows: Vec::new(),
            ahead: Vec::new(),
            outcomes: Vec::new(),
        };
        for &row in rows {
            let end = match until {
                Some(day) => self.known(row as usize, day),
                None => self.ends[row as usize],
            };
            let (seen, left) = match end {
                End::Left { month, cause: why } if why == cause => (month, true),
                End::Left {
                    month,
                    cause: Cause::Chosen,
                } => (month, false),
                End::Left {
                    month,
                    cause: Cause::Involuntary,
                } => (month - 1, false),
                End::Censored { months } => (months, false),
            };
            for month in 1..=seen.min(months) {
                table.rows.push(row);
                table.ahead.push(f64::from(month));
                table.outcomes.push(f64::from(left && month == seen));
            }
        }
        match table.rows.is_empty() {
            true => Err(DataError::NoRows { expected: 1 }),
            false => Ok(table),
        }
    }

    /// Returns what was known on a day: months that were not over by then had not been seen.
    fn known(&self, row: usize, day: NaiveDate) -> End {
        let over = |month: u8| {
            let end = self.as_of[row].checked_add_months(Months::new(u32::from(month)));
            end.is_some_and(|end| end <= day)
        };
        let last = match self.ends[row] {
            End::Left { month, .. } if over(month) => return self.ends[row],
            End::Left { month, .. } => month,
            End::Censored { months } => months,
        };
        End::Censored {
            months: (1..=last).take_while(|month| over(*month)).count() as u8,
        }
    }
}

/// Months at risk: the landmark of each, how many months ahead it is, and whether the member left in it.
pub(super) struct Table {
    pub(super) rows: Vec<u32>,
    pub(super) ahead: Vec<f64>,
    pub(super) outcomes: Vec<f64>,
}

impl Table {
    /// Returns the features of the landmark behind each row, and the months ahead.
    pub(super) fn columns<'a>(&'a self, landmarks: &Landmarks<'a>) -> Result<Columns<'a>, DataError> {
        landmarks
            .columns
            .pick(&self.rows)?
            .with(MONTHS_AHEAD, self.ahead.as_slice())
    }
}
