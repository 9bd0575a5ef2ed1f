//! [`Spend`]: what a member is expected to spend at the counter in the next period, from what is known of them today.
//!
//! Most members buy nothing in a month, and those who buy pay sums of every size: a number of purchases, each of its own size,
//! is a compound Poisson–gamma, whose variance is the mean to a power between 1 and 2 (Jørgensen 1987,
//! doi:10.1111/j.2517-6161.1987.tb01685.x; Smyth and Jørgensen 2002, doi:10.2143/AST.32.1.1020). Each feature multiplies what
//! is expected. Such a model need not add up to what was spent; this one is moved so that it does over the rows that it
//! learned from (Denuit, Charpentier and Trufin 2021, doi:10.1016/j.insmatheco.2021.09.001).
//!
//! What was spent is whole minor units of one currency. What is expected is a number in them, never money: nothing is ever
//! charged by it. [`Spend::by_month`] is the shop's part of [`bottom_up`](crate::revenue::bottom_up). A
//! [`History`](gym_core::history::History) does not say what a payment was for, so what was bought at the counter comes with the
//! rows.
//!
//! ```
//! use gym_analytics::columns::Columns;
//! use gym_analytics::revenue::{Joins, bottom_up};
//! use gym_analytics::spend::SpendParams;
//!
//! // Whoever comes often buys more; every third buys nothing.
//! let visits: Vec<f64> = (0..60).map(|member| f64::from(member % 12)).collect();
//! let spent: Vec<i64> = (0..60).map(|member| if member % 3 == 0 { 0 } else { 200 * (1 + member % 12) }).collect();
//! let members = Columns::new([("visit_days_28", visits)])?;
//! let spend = SpendParams::default().learn(&members, &spent)?;
//!
//! let expected = spend.expected(&members)?;
//! assert!(expected[11] > 2.0 * expected[0]);
//! assert!((expected.iter().sum::<f64>() - spent.iter().sum::<i64>() as f64).abs() < 1e-6);
//!
//! // Two of them in the next two months, as far as they are still there then.
//! let two = members.pick(&[0, 11])?;
//! let shop = spend.by_month(&two, &[&[0.9, 0.8], &[1.0, 1.0]])?;
//! let nobody = Joins { each_month: &[0.0, 0.0], price: 0.0, survival: &[1.0, 1.0] };
//! assert_eq!(bottom_up(&[], &nobody, &shop)?.total(1), 0.8 * expected[0] + expected[11]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod learn;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::columns::{Columns, DataError, FeatureSet};
use crate::revenue::Estimate;
use crate::standard::{FAR, Standard, right};

/// The most that anybody is read to have spent, in minor units.
const MOST: i64 = 1_000_000_000_000_000;

/// Why there is no expected spend.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum SpendError {
    /// The data cannot be read.
    #[error(transparent)]
    Data(#[from] DataError),
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
    /// Something is not as long as what it belongs to.
    #[error("{name} has {found}, expected {expected}")]
    Length {
        /// Which.
        name: &'static str,
        /// Its length.
        found: usize,
        /// What it should be.
        expected: usize,
    },
    /// An amount that nobody can have spent.
    #[error("row {row} spent {spent} minor units, expected 0 to 10^15")]
    Amount {
        /// The first such row, from 0.
        row: usize,
        /// What it spent.
        spent: i64,
    },
    /// A chance to be there that is none.
    #[error("row {row} is there with {value}, expected a share, 0 to 1")]
    Share {
        /// The first such row, from 0.
        row: usize,
        /// The chance.
        value: f64,
    },
    /// Nobody bought anything.
    #[error("none of {rows} rows spent anything, expected one that did")]
    Nothing {
        /// How many rows there are.
        rows: usize,
    },
    /// The fit did not settle.
    #[error(
        "the fit did not settle: its slope is {slope} a row, expected at most {expected}; a larger ridge may help"
    )]
    NotSettled {
        /// The steepest slope that is left.
        slope: f64,
        /// What would have done.
        expected: f64,
    },
    /// Columns depend on each other and nothing holds their coefficients together.
    #[error("the columns depend on each other, expected a ridge above 0")]
    Singular,
    /// What was kept is no model.
    #[error("kept spend: {what}")]
    Broken {
        /// What is wrong with it.
        what: &'static str,
    },
}

/// How spend is learned.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SpendParams {
    /// The power of the mean that the variance is, 1.1 to 1.9: near 1 the number of purchases is what varies, near 2 their
    /// size.
    pub power: f64,
    /// The penalty on each squared coefficient of the standardised features, 0 or more.
    pub ridge: f64,
    /// How many months the spend of a row is for, 1 to 60.
    pub months: u32,
}

impl Default for SpendParams {
    /// Power 1.5, ridge 1, one month.
    fn default() -> Self {
        Self {
            power: 1.5,
            ridge: 1.0,
            months: 1,
        }
    }
}

/// What members are expected to spend in a period. Farther than five standard deviations from its mean, a feature counts as
/// five, so that no member is expected to buy the shop.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Kept", into = "Kept")]
pub struct Spend(Kept);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Kept {
    features: FeatureSet,
    standard: Standard,
    /// The logarithm of what is expected where every feature is at its mean, in units of `unit`.
    intercept: f64,
    coefficients: Vec<f64>,
    /// The mean spend, in minor units: what amounts are divided by, so that fitting goes well in any currency.
    unit: f64,
    power: f64,
    dispersion: f64,
    months: u32,
}

impl Spend {
    /// Returns the features, in order.
    pub fn features(&self) -> &FeatureSet {
        &self.0.features
    }

    /// Returns how many months the period has.
    pub fn months(&self) -> u32 {
        self.0.months
    }

    /// Returns the dispersion φ: the variance of what one row spends is φ·mean^power, in units of the mean spend of all.
    pub fn dispersion(&self) -> f64 {
        self.0.dispersion
    }

    /// Returns of each feature by what one more standard deviation of it multiplies what is expected.
    pub fn factors(&self) -> Vec<(&str, f64)> {
        let names = self.0.features.names().iter().map(String::as_str);
        names.zip(self.0.coefficients.iter().map(|it| it.exp())).collect()
    }

    /// Expects of each row what it spends in the period, in minor units, 0 or more.
    ///
    /// # Errors
    ///
    /// [`DataError::OtherFeatures`], [`DataError::NotFinite`] and [`DataError::OutOfRange`].
    pub fn expected(&self, columns: &Columns<'_>) -> Result<Vec<f64>, DataError> {
        let means = self.0.means(columns)?;
        Ok(means.into_iter().map(|mean| mean * self.0.unit).collect())
    }

    /// Expects what all rows spend together in the period, and how far off chance alone may put it, at least by one minor
    /// unit; members buy independently of each other. That the coefficients themselves are wrong is not in it.
    ///
    /// # Errors
    ///
    /// As [`Spend::expected`].
    pub fn total(&self, columns: &Columns<'_>) -> Result<Estimate, DataError> {
        let means = self.0.means(columns)?;
        let powers: f64 = means.iter().map(|mean| mean.powf(self.0.power)).sum();
        Ok(Estimate {
            expected: means.iter().sum::<f64>() * self.0.unit,
            deviation: ((self.0.dispersion * powers).sqrt() * self.0.unit).max(1.0),
        })
    }

    /// Expects what all rows spend together in each month ahead, given the chance of each row to be there in each of these
    /// months: a month's share of the period. It is the shop of [`bottom_up`](crate::revenue::bottom_up).
    ///
    /// # Errors
    ///
    /// As [`Spend::expected`]; [`SpendError::Length`] where there is not one survival a row, or they differ in months, and
    /// [`SpendError::Share`].
    pub fn by_month(&self, columns: &Columns<'_>, survival: &[&[f64]]) -> Result<Vec<f64>, SpendError> {
        let expected = self.expected(columns)?;
        length("survival", survival.len(), expected.len())?;
        let mut months = vec![0.0; survival.first().map_or(0, |first| first.len())];
        for (row, (spends, shares)) in expected.iter().zip(survival).enumerate() {
            length("the survival of a row", shares.len(), months.len())?;
            for (month, share) in months.iter_mut().zip(*shares) {
                if !(0.0..=1.0).contains(share) {
                    return Err(SpendError::Share { row, value: *share });
                }
                *month += share * (spends / f64::from(self.0.months));
            }
        }
        Ok(months)
    }
}

impl Kept {
    /// Expects of each row what it spends, in units of the mean.
    fn means(&self, columns: &Columns<'_>) -> Result<Vec<f64>, DataError> {
        self.features.expect(columns.features())?;
        (0..self.features.names().len()).try_for_each(|at| right(columns, at))?;
        let mut row_of = vec![0.0; self.coefficients.len()];
        let one = |row| {
            self.standard.row(columns, row, &mut row_of);
            let adds = row_of.iter().zip(&self.coefficients).map(|(a, b)| a * b);
            (self.intercept + adds.sum::<f64>()).exp()
        };
        Ok((0..columns.rows()).map(one).collect())
    }
}

impl TryFrom<Kept> for Spend {
    type Error = SpendError;

    fn try_from(kept: Kept) -> Result<Self, SpendError> {
        let features = kept.features.names().len();
        let farthest = kept.intercept.abs() + FAR * kept.coefficients.iter().map(|it| it.abs()).sum::<f64>();
        let checks = [
            (kept.standard.is_of(features), "the scale is of other features"),
            (
                kept.coefficients.len() == features,
                "the coefficients are of other features",
            ),
            // What is expected of anybody then is a number.
            (farthest <= 300.0, "a coefficient is too large"),
            (
                kept.unit > 0.0 && kept.unit <= MOST as f64,
                "the mean spend is not above 0 and up to 1e15",
            ),
            ((1.1..=1.9).contains(&kept.power), "the power is not 1.1 to 1.9"),
            (
                (0.0..=1e100).contains(&kept.dispersion),
                "the dispersion is not 0 to 1e100",
            ),
            ((1..=60).contains(&kept.months), "the months are not 1 to 60"),
        ];
        match checks.into_iter().find(|(is_right, _)| !is_right) {
            Some((_, what)) => Err(SpendError::Broken { what }),
            None => Ok(Self(kept)),
        }
    }
}

impl From<Spend> for Kept {
    fn from(spend: Spend) -> Self {
        spend.0
    }
}

fn length(name: &'static str, found: usize, expected: usize) -> Result<(), SpendError> {
    match found == expected {
        true => Ok(()),
        false => Err(SpendError::Length {
            name,
            found,
            expected,
        }),
    }
}
