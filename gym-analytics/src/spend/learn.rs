//! How spend is learned.

use linfa::DatasetBase;
use linfa::traits::Fit;
use linfa_linear::{Link, TweedieRegressor};
use ndarray::{Array1, Array2};

use super::{Kept, MOST, Spend, SpendError, SpendParams, length};
use crate::columns::{Columns, DataError};
use crate::standard::Standard;

/// The steepest slope of half the deviance, a row, at which a fit has settled.
const SETTLED: f64 = 1e-5;

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
        let (mut intercept, coefficients) = match standard.is_flat() {
            true => (0.0, Array1::zeros(points.ncols())),
            false => self.fit(&points, &amounts)?,
        };
        let along = points.dot(&coefficients);
        let mut means = along.mapv(|it| (it + intercept).exp());
        let moved = rows as f64 / means.sum();
        intercept += moved.ln();
        means *= moved;
        let free = rows.saturating_sub(1 + standard.differing()).max(1);
        let pearson = amounts.iter().zip(&means);
        let pearson: f64 = pearson
            .map(|(amount, mean)| (amount - mean).powi(2) / mean.powf(self.power))
            .sum();
        Spend::try_from(Kept {
            features: columns.features().clone(),
            standard,
            intercept,
            coefficients: coefficients.to_vec(),
            unit,
            power: self.power,
            dispersion: pearson / free as f64,
            months: self.months,
        })
    }

    fn check(&self) -> Result<(), SpendError> {
        let checks = [
            (
                "power",
                self.power,
                (1.1..=1.9).contains(&self.power),
                "1.1 to 1.9",
            ),
            (
                "ridge",
                self.ridge,
                (0.0..=1e12).contains(&self.ridge),
                "0 to 1e12",
            ),
            (
                "months",
                self.months.into(),
                (1..=60).contains(&self.months),
                "1 to 60",
            ),
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

    /// Fits intercept and coefficients, and looks itself whether linfa's search has settled, as linfa does not say.
    fn fit(&self, points: &Array2<f64>, amounts: &Array1<f64>) -> Result<(f64, Array1<f64>), SpendError> {
        let rows = amounts.len() as f64;
        let dataset = DatasetBase::new(points.view(), amounts.view());
        let found = TweedieRegressor::params()
            .power(self.power)
            .link(Link::Log)
            .alpha(self.ridge)
            .max_iter(1_000)
            .tol(1e-7 * rows)
            .fit(&dataset)
            .map_err(|why| SpendError::Linfa { why: why.to_string() })?;
        let along = points.dot(&found.coef) + found.intercept;
        let slopes: Array1<f64> = along
            .iter()
            .zip(amounts)
            .map(|(eta, amount)| (eta.exp() - amount) * ((1.0 - self.power) * eta).exp())
            .collect();
        let by_feature = slopes.dot(points) + &found.coef * self.ridge;
        let steepest = by_feature
            .iter()
            .chain([&slopes.sum()])
            .fold(0.0, |most: f64, slope| {
                if slope.is_nan() {
                    f64::INFINITY
                } else {
                    most.max(slope.abs())
                }
            });
        let slope = steepest / rows;
        match slope <= SETTLED {
            true => Ok((found.intercept, found.coef)),
            false => Err(SpendError::NotSettled {
                slope,
                expected: SETTLED,
            }),
        }
    }
}
