//! How spend is learned: by Newton's method, as half the deviance is convex in the logarithm of the mean where its power is
//! between 1 and 2.

use linfa_linalg::cholesky::SolveCInplace;
use ndarray::{Array1, Array2, Axis};

use super::{Kept, MOST, Spend, SpendError, SpendParams, length};
use crate::columns::{Columns, DataError};
use crate::standard::Standard;

/// The steepest slope of half the deviance, a row, at which a fit has settled.
const SETTLED: f64 = 1e-8;
/// Steps that are taken at most, and how often one is halved.
const STEPS: usize = 100;
const HALVED: usize = 40;

impl SpendParams {
    /// Learns from what is known of members, and what each spent in the period after it, in minor units of one currency.
    ///
    /// # Errors
    ///
    /// [`SpendError`].
    pub fn learn(&self, columns: &Columns<'_>, spent: &[i64]) -> Result<Spend, SpendError> {
        self.check()?;
        let rows = columns.rows();
        if rows == 0 {
            return Err(DataError::NoRows { expected: 1 }.into());
        }
        length("spent", spent.len(), rows)?;
        if let Some(row) = spent.iter().position(|it| !(0..=MOST).contains(it)) {
            return Err(SpendError::Amount {
                row,
                spent: spent[row],
            });
        }
        let unit = spent.iter().map(|it| *it as f64).sum::<f64>() / rows as f64;
        if unit == 0.0 {
            return Err(SpendError::Nothing { rows });
        }
        let all: Vec<u32> = (0..rows as u32).collect();
        let (standard, points) = Standard::learn(columns, &all)?;
        let amounts: Array1<f64> = spent.iter().map(|it| *it as f64 / unit).collect();
        let till = Till {
            points: with_ones(points),
            amounts,
            power: self.power,
            // A feature that never differs has no slope, and a ridge keeps it at none.
            ridges: std::iter::once(0.0)
                .chain(standard.differs().map(|it| if it { self.ridge } else { 1.0 }))
                .map(|ridge| ridge / rows as f64)
                .collect(),
        };
        let mut found = till.fit()?;
        let means = till.points.dot(&found).mapv(f64::exp);
        let moved = rows as f64 / means.sum();
        found[0] += moved.ln();
        let means = means * moved;
        let free = rows.saturating_sub(1 + standard.differs().filter(|it| *it).count());
        let pearson = till.amounts.iter().zip(&means);
        let pearson: f64 = pearson
            .map(|(amount, mean)| (amount - mean).powi(2) / mean.powf(self.power))
            .sum();
        Spend::try_from(Kept {
            features: columns.features().clone(),
            standard,
            intercept: found[0],
            coefficients: found.iter().skip(1).copied().collect(),
            unit,
            power: self.power,
            dispersion: pearson / free.max(1) as f64,
            months: self.months,
        })
    }

    fn check(&self) -> Result<(), SpendError> {
        let Self { power, ridge, months } = *self;
        let is_power = (1.1..=1.9).contains(&power);
        let is_ridge = (0.0..=1e12).contains(&ridge);
        let is_months = (1..=60).contains(&months);
        let checks = [
            ("power", power, is_power, "1.1 to 1.9"),
            ("ridge", ridge, is_ridge, "0 to 1e12"),
            ("months", months.into(), is_months, "1 to 60"),
        ];
        match checks.into_iter().find(|(_, _, is_right, _)| !is_right) {
            None => Ok(()),
            Some((name, value, _, expected)) => Err(SpendError::Setting {
                name,
                value,
                expected,
            }),
        }
    }
}

/// What is fitted. Everything is a row's, so that steps do not depend on how many rows there are.
struct Till {
    /// Ones, then the features.
    points: Array2<f64>,
    amounts: Array1<f64>,
    power: f64,
    ridges: Array1<f64>,
}

impl Till {
    /// Finds the intercept and the coefficients.
    fn fit(&self) -> Result<Array1<f64>, SpendError> {
        let mut at = Array1::zeros(self.ridges.len());
        let mut cost = self.cost(&at);
        let mut slope = f64::INFINITY;
        for _ in 0..STEPS {
            let (slopes, bends) = self.slopes(&at);
            slope = slopes.iter().fold(0.0, |most, it| most.max(it.abs()));
            if slope <= SETTLED {
                return Ok(at);
            }
            let step = solve(bends, slopes).ok_or(SpendError::Singular)?;
            let tried = (0..HALVED).map(|halved| &at - &(&step * 0.5_f64.powi(halved as i32)));
            // Where rounding hides that it got better, the full step of a cost that is as good is taken.
            let better = tried
                .map(|tried| (self.cost(&tried), tried))
                .find(|(now, _)| *now <= cost + 1e-14 * cost.abs());
            let Some((now, next)) = better else { break };
            (cost, at) = (now, next);
        }
        Err(SpendError::NotSettled {
            slope,
            expected: SETTLED,
        })
    }

    /// Half the deviance less what does not depend on the coefficients, and the ridge; NaN or infinite where a mean is too large.
    fn cost(&self, at: &Array1<f64>) -> f64 {
        let (near, far) = (1.0 - self.power, 2.0 - self.power);
        let one = |(along, amount): (&f64, &f64)| {
            // Nobody who bought nothing says how little is expected.
            let bought = match *amount {
                0.0 => 0.0,
                amount => amount * (near * along).exp() / near,
            };
            (far * along).exp() / far - bought
        };
        let along = self.points.dot(at);
        let sum: f64 = along.iter().zip(&self.amounts).map(one).sum();
        sum / self.amounts.len() as f64 + 0.5 * (at * at * &self.ridges).sum()
    }

    /// The slopes of the cost, and how they bend.
    fn slopes(&self, at: &Array1<f64>) -> (Array1<f64>, Array2<f64>) {
        let (near, far) = (1.0 - self.power, 2.0 - self.power);
        let along = self.points.dot(at);
        let rows = along.len() as f64;
        let (mut slopes, mut bends) = (Array1::zeros(along.len()), Array1::zeros(along.len()));
        for (row, (along, amount)) in along.iter().zip(&self.amounts).enumerate() {
            let bought = match *amount {
                0.0 => 0.0,
                amount => amount * (near * along).exp(),
            };
            let mean = (far * along).exp();
            slopes[row] = (mean - bought) / rows;
            bends[row] = (far * mean - near * bought) / rows;
        }
        let weighted = &self.points * &bends.insert_axis(Axis(1));
        let mut bends = self.points.t().dot(&weighted);
        for (bend, ridge) in bends.diag_mut().iter_mut().zip(&self.ridges) {
            *bend += ridge;
        }
        (slopes.dot(&self.points) + at * &self.ridges, bends)
    }
}

fn with_ones(points: Array2<f64>) -> Array2<f64> {
    let mut all = Array2::ones((points.nrows(), points.ncols() + 1));
    for (mut to, from) in all.columns_mut().into_iter().skip(1).zip(points.columns()) {
        to.assign(&from);
    }
    all
}

/// Solves for a step; none where the columns depend on each other.
fn solve(mut bends: Array2<f64>, slopes: Array1<f64>) -> Option<Array1<f64>> {
    let mut step = slopes.insert_axis(Axis(1));
    bends.solvec_inplace(&mut step).ok()?;
    let step = step.remove_axis(Axis(1));
    step.iter().all(|it| it.is_finite()).then_some(step)
}
