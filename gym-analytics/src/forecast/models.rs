//! The models that a forecast is the mean of.

use anofox_forecast::core::TimeSeries;
use anofox_forecast::models::Forecaster;
use anofox_forecast::models::exponential::AutoETS;
use anofox_forecast::models::mstl_forecaster::MSTLForecaster;
use anofox_forecast::models::theta::AutoTheta;
use chrono::{DateTime, TimeDelta};
use serde::{Deserialize, Serialize};

use super::{Effort, SEASON};

/// One way to continue a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Model {
    /// Exponential smoothing, its kind chosen by AICc, with the season of a year.
    SeasonalEts,
    /// The Theta model of four that fitted best, with the season of a year.
    SeasonalTheta,
    /// A season by LOESS, exponential smoothing for the rest.
    Mstl,
    /// Exponential smoothing without a season.
    Ets,
    /// Theta without a season.
    Theta,
    /// Every month was the same.
    Same,
}

/// Returns the models for so many months.
pub(super) fn of(effort: Effort, months: usize) -> &'static [Model] {
    match (effort, months >= 2 * SEASON) {
        (Effort::Accurate, true) => &[Model::SeasonalEts, Model::SeasonalTheta, Model::Mstl],
        (Effort::Fast, true) => &[Model::SeasonalTheta, Model::Mstl],
        (_, false) => &[Model::Ets, Model::Theta],
    }
}

impl Model {
    /// Continues a series; nothing where the model cannot, or runs away.
    pub(super) fn run(self, months: &[f64], ahead: usize) -> Option<Vec<f64>> {
        let expected = match self {
            Self::SeasonalEts => fitted(AutoETS::with_period(SEASON), months, ahead)?,
            Self::SeasonalTheta => fitted(AutoTheta::seasonal(SEASON), months, ahead)?,
            Self::Ets => fitted(AutoETS::non_seasonal(), months, ahead)?,
            Self::Theta => fitted(AutoTheta::new(), months, ahead)?,
            Self::Mstl if months.iter().all(|value| *value > 0.0) => {
                let logs: Vec<f64> = months.iter().map(|value| value.ln()).collect();
                let expected = fitted(MSTLForecaster::new(vec![SEASON]), &logs, ahead)?;
                expected.into_iter().map(f64::exp).collect()
            }
            Self::Mstl => fitted(MSTLForecaster::new(vec![SEASON]), months, ahead)?,
            Self::Same => return None,
        };
        let most = months.iter().fold(0.0, |most: f64, value| most.max(value.abs()));
        let holds = |value: &f64| value.is_finite() && value.abs() <= 100.0 * most;
        (expected.len() == ahead && expected.iter().all(holds)).then_some(expected)
    }
}

fn fitted(mut model: impl Forecaster, months: &[f64], ahead: usize) -> Option<Vec<f64>> {
    // Evenly spaced: which days they are is nothing to the models.
    let day = |at: usize| DateTime::UNIX_EPOCH + TimeDelta::days(30 * at as i64);
    let series = TimeSeries::univariate((0..months.len()).map(day).collect(), months.to_vec()).ok()?;
    model.fit(&series).ok()?;
    Some(model.predict(ahead).ok()?.primary().to_vec())
}
