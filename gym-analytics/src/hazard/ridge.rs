//! Choosing the penalty by a temporal backtest.

use super::{HazardError, HazardParams, Risk};
use crate::columns::DataError;
use crate::fold::{Fold, temporal};
use crate::gam::GamParams;
use crate::landmark::Landmarks;
use crate::sample::{FitError, Sample};

/// Returns the ridge with the least log-loss on months that came after what was learned from; the larger of equal ones.
pub(super) fn best(params: &HazardParams, landmarks: &Landmarks<'_>, risk: Risk) -> Result<f64, HazardError> {
    let mut losses = vec![0.0; params.ridges.len()];
    let mut tested = 0;
    let mut refused = FitError::Data(DataError::NoRows { expected: 1 });
    for fold in temporal(&landmarks.as_of(), params.backtest)? {
        match test(params, landmarks, risk, &fold) {
            Ok(fold) => {
                tested += 1;
                losses.iter_mut().zip(fold).for_each(|(loss, more)| *loss += more);
            }
            // A window may be too short to see anybody leave; the others count.
            Err(why) => refused = why,
        }
    }
    if tested == 0 {
        let cause = risk.cause();
        return Err(HazardError::Fit { cause, why: refused });
    }
    let better = |a: &(f64, f64), b: &(f64, f64)| a.0.total_cmp(&b.0).then(b.1.total_cmp(&a.1));
    let best = losses
        .into_iter()
        .zip(params.ridges.iter().copied())
        .min_by(better);
    best.map(|(_, ridge)| ridge).ok_or(HazardError::Setting {
        name: "ridges",
        value: 0.0,
        expected: "at least one",
    })
}

/// Returns the summed log-loss of each ridge on a fold.
fn test(
    params: &HazardParams,
    landmarks: &Landmarks<'_>,
    risk: Risk,
    fold: &Fold,
) -> Result<Vec<f64>, FitError> {
    let (before, after) = (landmarks.pick(&fold.train)?, landmarks.pick(&fold.test)?);
    let start = after.rows().iter().map(|row| row.as_of).min();
    let before = match start {
        Some(day) => before.known_on(day),
        None => before,
    };
    let train = risk.months(&before, params.months)?;
    let test = risk.months(&after, params.months)?;
    let (columns, later) = (train.columns()?, test.columns()?);
    let design = params.design(&columns)?;
    let loss = |ridge: &f64| {
        let fit = GamParams::new(Vec::new()).ridge(*ridge).threads(params.threads);
        let gam = fit.learn_on(design.clone(), &Sample::new(&columns, train.outcomes()))?;
        let rows = gam.probabilities(&later)?.into_iter().zip(test.outcomes());
        let losses = rows.map(|(p, left)| -(if *left == 1.0 { p } else { 1.0 - p }).max(f64::EPSILON).ln());
        Ok(losses.sum())
    };
    params.ridges.iter().map(loss).collect()
}
