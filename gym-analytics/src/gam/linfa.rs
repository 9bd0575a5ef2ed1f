//! linfa's traits: `params.fit(&dataset)` and `gam.predict(&records)`.

use linfa::dataset::{AsSingleTargets, DatasetBase};
use linfa::traits::{Fit, PredictInplace};
use ndarray::{Array1, ArrayBase, Data, Ix2};

use super::{Gam, GamParams};
use crate::columns::{Columns, DataError, FeatureSet};
use crate::sample::{FitError, Sample};

impl<D: Data<Elem = f64>, T: AsSingleTargets<Elem = bool>> Fit<ArrayBase<D, Ix2>, T, FitError> for GamParams {
    type Object = Gam;

    /// Reads the data set's weights where it has some, and its feature names; features without names are `x0`,
    /// `x1`, ….
    fn fit(&self, dataset: &DatasetBase<ArrayBase<D, Ix2>, T>) -> Result<Gam, FitError> {
        let records = dataset.records();
        let names = match dataset.feature_names() {
            [] => (0..records.ncols()).map(|column| format!("x{column}")).collect(),
            names => names.to_vec(),
        };
        let columns = Columns::of_matrix(&FeatureSet::new(names)?, records.view())?;
        let outcomes: Vec<f64> = dataset
            .as_single_targets()
            .iter()
            .map(|&yes| f64::from(yes))
            .collect();
        let weights: Option<Vec<f64>> = dataset
            .weights()
            .map(|all| all.iter().map(|&w| f64::from(w)).collect());
        let mut sample = Sample::new(&columns, &outcomes);
        sample.weights = weights.as_deref();
        self.learn(&sample)
    }
}

impl<D: Data<Elem = f64>> PredictInplace<ArrayBase<D, Ix2>, Array1<f64>> for Gam {
    /// Writes the probability (or mean) of each row. The trait has no way to refuse: rows are NaN where the number
    /// of columns is not the model's, and where a value is not finite. [`Gam::probabilities`] says why.
    fn predict_inplace<'a>(&'a self, records: &'a ArrayBase<D, Ix2>, targets: &mut Array1<f64>) {
        targets.fill(f64::NAN);
        let finite: Vec<usize> = match records.ncols() == self.features().names().len() {
            true => (0..records.nrows())
                .filter(|&row| records.row(row).iter().all(|x| x.is_finite()))
                .collect(),
            false => return,
        };
        let rows = records.select(ndarray::Axis(0), &finite);
        let scored: Result<_, DataError> =
            Columns::of_matrix(self.features(), rows.view()).and_then(|columns| self.probabilities(&columns));
        for (row, probability) in finite.into_iter().zip(scored.unwrap_or_default()) {
            if let Some(target) = targets.get_mut(row) {
                *target = probability;
            }
        }
    }

    fn default_target(&self, records: &ArrayBase<D, Ix2>) -> Array1<f64> {
        Array1::zeros(records.nrows())
    }
}
