//! [`PersonMonths`]: a row for every month at risk, as a discrete-time hazard is learned from it.

use chrono::NaiveDate;

use super::{Cause, End, Landmarks, MAY_LEAVE, ahead};
use crate::columns::{Columns, DataError};

/// Months at risk of one cause: the landmark of each, how many months ahead it is, and whether the member left in it.
///
/// ```
/// use gym_analytics::columns::Columns;
/// use gym_analytics::landmark::{Cause, End, Landmark, Landmarks};
///
/// let as_of = "2026-01-01".parse()?;
/// let rows = [End::Left { month: 3, cause: Cause::Chosen }, End::Censored { months: 2 }];
/// let rows = (0..).zip(rows).map(|(member, end)| Landmark { member, as_of, end }).collect();
/// let landmarks = Landmarks::new(Columns::new([("days_since_visit", vec![30.0, 2.0])])?, rows)?;
/// let months = landmarks.person_months(Cause::Chosen, 12)?;
/// assert_eq!(months.outcomes(), [0.0, 0.0, 1.0, 0.0, 0.0]);
/// assert_eq!(months.columns()?.values("months_ahead")?, [1.0, 2.0, 3.0, 1.0, 2.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct PersonMonths<'a> {
    landmarks: &'a Landmarks<'a>,
    rows: Vec<u32>,
    ahead: Vec<f64>,
    outcomes: Vec<f64>,
}

impl<'a> PersonMonths<'a> {
    pub(super) fn of(landmarks: &'a Landmarks<'_>, cause: Cause, months: u8) -> Result<Self, DataError> {
        let mut all = Self {
            landmarks,
            rows: Vec::new(),
            ahead: Vec::new(),
            outcomes: Vec::new(),
        };
        for (row, landmark) in (0_u32..).zip(landmarks.rows()) {
            let (seen, left) = match landmark.end {
                End::Left { month, cause: why } if why == cause => (month, true),
                End::Left { month, cause } => match cause {
                    Cause::Chosen => (month, false),
                    Cause::Involuntary => (month.saturating_sub(1), false),
                },
                End::Censored { months } => (months, false),
            };
            for month in 1..=seen.min(months) {
                all.rows.push(row);
                all.ahead.push(f64::from(month));
                all.outcomes.push(f64::from(u8::from(left && month == seen)));
            }
        }
        match all.rows.is_empty() {
            true => Err(DataError::NoRows { expected: 1 }),
            false => Ok(all),
        }
    }

    /// Keeps the months in which a notice can take effect, or those in which none can; without a contract among the
    /// features every month is one of the former.
    pub(crate) fn where_a_notice_takes_effect(mut self, it_does: bool) -> Result<Self, DataError> {
        let open = match self.columns()?.values(MAY_LEAVE) {
            Ok(open) => open,
            Err(_) => vec![1.0; self.rows.len()],
        };
        let mut kept = open.iter().map(|open| (*open == 1.0) == it_does);
        self.rows.retain(|_| kept.next().unwrap_or(false));
        for values in [&mut self.ahead, &mut self.outcomes] {
            let mut kept = open.iter().map(|open| (*open == 1.0) == it_does);
            values.retain(|_| kept.next().unwrap_or(false));
        }
        match self.rows.is_empty() {
            true => Err(DataError::NoRows { expected: 1 }),
            false => Ok(self),
        }
    }

    /// Returns the features at the landmark of each month, then [`MAY_LEAVE`](super::MAY_LEAVE) where the contract is among
    /// them, and last [`MONTHS_AHEAD`](super::MONTHS_AHEAD).
    ///
    /// # Errors
    ///
    /// None that rows of landmarks can have.
    pub fn columns(&self) -> Result<Columns<'_>, DataError> {
        let columns = self.landmarks.columns().pick(&self.rows)?;
        ahead(columns, self.ahead.clone())
    }

    /// Returns whether the member left in each month for the cause: 1 or 0.
    pub fn outcomes(&self) -> &[f64] {
        &self.outcomes
    }

    /// Returns the landmark of each month, as its row.
    pub fn landmarks(&self) -> &[u32] {
        &self.rows
    }

    /// Returns the day of the landmark of each month.
    pub fn as_of(&self) -> Vec<NaiveDate> {
        let days = self
            .rows
            .iter()
            .filter_map(|row| self.landmarks.rows().get(*row as usize));
        days.map(|landmark| landmark.as_of).collect()
    }
}
