//! [`Fold`]: which rows a model learns from and which it is tested on. Time decides; a random split has to be asked
//! for by name, because rows of one month know about each other.
//!
//! ```
//! use chrono::NaiveDate;
//! use gym_analytics::fold::{Backtest, temporal};
//!
//! let months: Vec<NaiveDate> = (1..=12).filter_map(|month| NaiveDate::from_ymd_opt(2025, month, 1)).collect();
//! let backtest = Backtest { folds: 3, embargo_days: 60 };
//! let folds = temporal(&months, backtest)?;
//! assert_eq!(folds.len(), 3);
//! // Tested from April on; labels that look 60 days ahead are known by then for January alone.
//! assert_eq!((folds[0].train.as_slice(), folds[0].test.as_slice()), ([0].as_slice(), [3, 4, 5].as_slice()));
//! # Ok::<(), gym_analytics::fold::FoldError>(())
//! ```

use chrono::{Days, NaiveDate};
use thiserror::Error;

use crate::draw::Draw;

/// Rows to learn from and rows to be tested on, by number from 0, rising; never a row in both, and neither is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fold {
    /// Rows to learn from.
    pub train: Vec<u32>,
    /// Rows to be tested on.
    pub test: Vec<u32>,
}

/// Why rows could not be split.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FoldError {
    /// A count of folds that makes no sense.
    #[error("there are {folds} folds, expected {least} to 1000")]
    Folds {
        /// How many were asked for.
        folds: usize,
        /// The least.
        least: usize,
    },
    /// More rows than a row number can hold.
    #[error("there are {rows} rows, expected at most 4294967295")]
    TooManyRows {
        /// How many there are.
        rows: usize,
    },
    /// Not enough days, or rows, to fill every part.
    #[error(
        "fold {fold} has {train} rows to learn from and {test} to be tested on, expected at least 1 of each"
    )]
    TooFew {
        /// Which fold, from 0.
        fold: usize,
        /// Its training rows.
        train: usize,
        /// Its test rows.
        test: usize,
    },
    /// A day so far away that the embargo passes the end of the calendar.
    #[error("an embargo of {days} days before {day} leaves the calendar")]
    Calendar {
        /// The start of a test.
        day: NaiveDate,
        /// The embargo.
        days: u64,
    },
}

/// How a model is tested over time: the training window grows, fold by fold, and ends `embargo_days` before the test
/// begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backtest {
    /// How many folds, 1 to 1,000: the days are cut into folds + 1 parts of about as many rows, the first is only
    /// learned from.
    pub folds: usize,
    /// How many days labels look ahead: no label of a training row is known later than the test's first day.
    pub embargo_days: u64,
}

/// Splits rows by the day that each was made for (its `as_of`): an expanding window with an embargo. A day is never
/// split.
///
/// # Errors
///
/// [`FoldError`].
pub fn temporal(days: &[NaiveDate], backtest: Backtest) -> Result<Vec<Fold>, FoldError> {
    let rows = counted(days.len(), backtest.folds, 1)?;
    let mut sorted = days.to_vec();
    sorted.sort_unstable();
    let parts = backtest.folds + 1;
    // A day that holds several cuts fills one part only; the others are then empty, which is told below.
    let starts: Vec<Option<NaiveDate>> = (1..=parts)
        .map(|part| sorted.get(part * sorted.len() / parts).copied())
        .collect();
    let mut folds = Vec::with_capacity(backtest.folds);
    for (fold, ends) in starts.windows(2).enumerate() {
        let Some(start) = ends[0] else {
            return Err(FoldError::TooFew {
                fold,
                train: days.len(),
                test: 0,
            });
        };
        let left = FoldError::Calendar {
            day: start,
            days: backtest.embargo_days,
        };
        let last = start
            .checked_sub_days(Days::new(backtest.embargo_days))
            .ok_or(left)?;
        let pick = |wanted: &dyn Fn(NaiveDate) -> bool| -> Vec<u32> {
            (0..rows).filter(|&row| wanted(days[row as usize])).collect()
        };
        let train = pick(&|day| day <= last && day < start);
        let test = pick(&|day| day >= start && ends[1].is_none_or(|end| day < end));
        folds.push(checked(fold, train, test)?);
    }
    Ok(folds)
}

/// Splits rows at random, so that neighbours in time fall on both sides: figures are then better than what can be
/// expected next month. For data without time, and for what is compared with others on such a split.
///
/// # Errors
///
/// [`FoldError`].
pub fn random_ignoring_time(rows: usize, folds: usize, seed: u64) -> Result<Vec<Fold>, FoldError> {
    let count = counted(rows, folds, 2)?;
    let mut order: Vec<u32> = (0..count).collect();
    Draw::new(seed, 0).shuffle(&mut order);
    let mut labels = vec![0; rows];
    for (place, &row) in order.iter().enumerate() {
        labels[row as usize] = place % folds;
    }
    labelled(&labels, folds)
}

/// Splits rows by given labels 0, 1, …: fold `k` is tested on the rows labelled `k` and learns from all others, as two
/// programs do that are compared on the same rows. It ignores time as well.
///
/// # Errors
///
/// [`FoldError`].
pub fn given_ignoring_time(labels: &[usize]) -> Result<Vec<Fold>, FoldError> {
    labelled(
        labels,
        labels.iter().max().map_or(0, |most| most.saturating_add(1)),
    )
}

fn labelled(labels: &[usize], folds: usize) -> Result<Vec<Fold>, FoldError> {
    let rows = counted(labels.len(), folds, 2)?;
    let fold = |fold| {
        let (test, train) = (0..rows).partition(|&row| labels[row as usize] == fold);
        checked(fold, train, test)
    };
    (0..folds).map(fold).collect()
}

fn counted(rows: usize, folds: usize, least: usize) -> Result<u32, FoldError> {
    if !(least..=1_000).contains(&folds) {
        return Err(FoldError::Folds { folds, least });
    }
    u32::try_from(rows).map_err(|_| FoldError::TooManyRows { rows })
}

fn checked(fold: usize, train: Vec<u32>, test: Vec<u32>) -> Result<Fold, FoldError> {
    match train.is_empty() || test.is_empty() {
        true => Err(FoldError::TooFew {
            fold,
            train: train.len(),
            test: test.len(),
        }),
        false => Ok(Fold { train, test }),
    }
}
