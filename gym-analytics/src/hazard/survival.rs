//! Survival over the coming months, and what ends it.

use crate::landmark::Cause;

/// For every row and month: the chance to be there still, and to have left by then for each cause. The three sum to 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Survival {
    months: u8,
    rows: usize,
    /// Row by row.
    alive: Vec<f64>,
    chosen: Vec<f64>,
    involuntary: Vec<f64>,
}

impl Survival {
    pub(super) fn new(rows: usize, months: u8) -> Self {
        let zeros = vec![0.0; rows * usize::from(months)];
        Self {
            months,
            rows,
            alive: zeros.clone(),
            chosen: zeros.clone(),
            involuntary: zeros,
        }
    }

    /// Adds the hazards of a month; months come in order.
    pub(super) fn add(&mut self, month: u8, chosen: &[f64], involuntary: &[f64]) {
        for (row, (h1, h2)) in chosen.iter().zip(involuntary).enumerate() {
            let at = self.at(row, month);
            let (before, left1, left2) = match month {
                1 => (1.0, 0.0, 0.0),
                _ => (self.alive[at - 1], self.chosen[at - 1], self.involuntary[at - 1]),
            };
            self.alive[at] = before * (1.0 - h1) * (1.0 - h2);
            self.chosen[at] = left1 + before * (1.0 - h2) * h1;
            self.involuntary[at] = left2 + before * h2;
        }
    }

    fn at(&self, row: usize, month: u8) -> usize {
        row * usize::from(self.months) + usize::from(month) - 1
    }

    /// Returns how many rows there are.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Returns how many months there are.
    pub fn months(&self) -> u8 {
        self.months
    }

    /// Returns the chance of a row to be there after 1, 2, … months; empty for a row that is not there.
    pub fn curve(&self, row: usize) -> &[f64] {
        let months = usize::from(self.months);
        self.alive
            .get(row * months..(row + 1) * months)
            .unwrap_or_default()
    }

    /// Returns the probability to have left within so many months (0 where there is no such row; months beyond the last
    /// count as the last).
    pub fn risk(&self, row: usize, months: u8) -> f64 {
        match months.min(self.months) {
            0 => 0.0,
            month => self
                .curve(row)
                .get(usize::from(month) - 1)
                .map_or(0.0, |alive| 1.0 - alive),
        }
    }

    /// Returns the probability to have left within so many months for one cause, as [`Survival::risk`].
    pub fn risk_of(&self, cause: Cause, row: usize, months: u8) -> f64 {
        let of = match cause {
            Cause::Chosen => &self.chosen,
            Cause::Involuntary => &self.involuntary,
        };
        match months.min(self.months) {
            0 => 0.0,
            month if row < self.rows => of[self.at(row, month)],
            _ => 0.0,
        }
    }
}
