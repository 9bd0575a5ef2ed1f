//! Learning a model together with its card: a temporal backtest says how good it is, then all rows are learned from.

use std::borrow::Cow;

use chrono::NaiveDate;
use thiserror::Error;

use super::{Card, Engine, FeatureNote, Model, Window};
use crate::boost::BoostParams;
use crate::columns::{Columns, DataError};
use crate::evaluate::{Bootstrap, EvaluateError, Scored, Slice};
use crate::fold::{Backtest, FoldError, temporal};
use crate::gam::GamParams;
use crate::hazard::{HazardError, HazardParams};
use crate::landmark::Landmarks;
use crate::sample::{FitError, Sample};
use crate::spline::quantile;

/// Why nothing was learned.
#[derive(Debug, Error)]
pub enum TrainingError {
    /// The data cannot be read.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The days cannot be split.
    #[error(transparent)]
    Fold(#[from] FoldError),
    /// A model could not be fitted.
    #[error("{what}: {why}")]
    Fit {
        /// Which rows, in words.
        what: String,
        /// Why.
        why: FitError,
    },
    /// Hazards could not be fitted.
    #[error(transparent)]
    Hazard(#[from] HazardError),
    /// Hazards were asked for of rows of which only the outcome is known.
    #[error("hazards are learned from landmarks, expected Training::of")]
    NoLandmarks,
    /// There are no figures for the card.
    #[error(transparent)]
    Evaluate(#[from] EvaluateError),
}

/// What is fitted, and how.
#[derive(Debug, Clone, PartialEq)]
pub enum Params {
    /// An additive model.
    Gam(GamParams),
    /// Boosted trees.
    Boost(BoostParams),
    /// Two hazards over the coming months; of [landmarks](Training::of) only.
    Hazard(HazardParams),
}

/// Landmark rows with outcomes, and how the model is tested.
#[derive(Debug, Clone)]
pub struct Training<'a> {
    name: String,
    columns: Columns<'a>,
    outcomes: Cow<'a, [f64]>,
    as_of: Cow<'a, [NaiveDate]>,
    landmarks: Option<Landmarks<'a>>,
    backtest: Backtest,
    bootstrap: Bootstrap,
    calls: usize,
    slices: Vec<&'a [String]>,
    limits: Vec<String>,
}

impl<'a> Training<'a> {
    /// Takes features, outcomes (0 or 1) and the day that each row was made for. It is tested in three folds over time with
    /// an embargo of 31 days, and staff can call 50 members.
    pub fn new(
        name: impl Into<String>,
        columns: &'a Columns<'a>,
        outcomes: &'a [f64],
        as_of: &'a [NaiveDate],
    ) -> Self {
        Self::on(name.into(), columns.lent(), outcomes.into(), as_of.into(), None)
    }

    /// Takes the landmarks of which the first month was seen: the outcome is whether the member was gone after it. Tested and
    /// called as in [`Training::new`].
    ///
    /// # Errors
    ///
    /// [`DataError::NoRows`] where no first month was seen.
    pub fn of(name: impl Into<String>, landmarks: &'a Landmarks<'_>) -> Result<Self, DataError> {
        let gone = landmarks.left_within(1);
        let seen: Vec<u32> = (0..)
            .zip(&gone)
            .filter_map(|(row, gone)| gone.map(|_| row))
            .collect();
        if seen.is_empty() {
            return Err(DataError::NoRows { expected: 1 });
        }
        let outcomes: Vec<f64> = gone
            .into_iter()
            .flatten()
            .map(|gone| f64::from(u8::from(gone)))
            .collect();
        let landmarks = landmarks.pick(&seen)?;
        let (columns, as_of) = (landmarks.columns().clone(), landmarks.as_of());
        Ok(Self::on(
            name.into(),
            columns,
            outcomes.into(),
            as_of.into(),
            Some(landmarks),
        ))
    }

    fn on(
        name: String,
        columns: Columns<'a>,
        outcomes: Cow<'a, [f64]>,
        as_of: Cow<'a, [NaiveDate]>,
        landmarks: Option<Landmarks<'a>>,
    ) -> Self {
        Self {
            name,
            columns,
            outcomes,
            as_of,
            landmarks,
            backtest: Backtest {
                folds: 3,
                embargo_days: 31,
            },
            bootstrap: Bootstrap::default(),
            calls: 50,
            slices: Vec::new(),
            limits: Vec::new(),
        }
    }

    /// Sets how time is cut; the embargo is how many days an outcome looks ahead.
    pub fn backtest(mut self, backtest: Backtest) -> Self {
        self.backtest = backtest;
        self
    }

    /// Sets how intervals are found.
    pub fn bootstrap(mut self, bootstrap: Bootstrap) -> Self {
        self.bootstrap = bootstrap;
        self
    }

    /// Sets how many members staff can call in a test window.
    pub fn calls(mut self, calls: usize) -> Self {
        self.calls = calls.max(1);
        self
    }

    /// Adds a cut of the members, as by sex or contract: one name per row. It need not be a feature.
    pub fn slices(mut self, names: &'a [String]) -> Self {
        self.slices.push(names);
        self
    }

    /// Adds what the model is not for.
    pub fn limit(mut self, limit: impl Into<String>) -> Self {
        self.limits.push(limit.into());
        self
    }

    /// Tests the model over time, learns it from all rows, and writes its card.
    ///
    /// # Errors
    ///
    /// [`TrainingError`].
    pub fn learn(&self, params: &Params) -> Result<Model, TrainingError> {
        self.check()?;
        let (tested, scored) = self.test(params)?;
        let rows: Vec<u32> = (0..self.columns.rows() as u32).collect();
        let engine = self.fit(params, &rows, None, "all rows")?;
        let card = self.card(&tested, &scored)?;
        Ok(Model::new(engine, card))
    }

    fn check(&self) -> Result<(), DataError> {
        let expected = self.columns.rows();
        let own = [("outcome", self.outcomes.len()), ("as_of", self.as_of.len())];
        let slices = self.slices.iter().map(|names| ("slice", names.len()));
        match own
            .into_iter()
            .chain(slices)
            .find(|(_, found)| *found != expected)
        {
            Some((name, found)) => Err(DataError::Length {
                name: name.to_owned(),
                found,
                expected,
            }),
            None => Ok(()),
        }
    }

    /// Learns from rows by what was known of them on a day.
    fn fit(
        &self,
        params: &Params,
        rows: &[u32],
        on: Option<NaiveDate>,
        what: &str,
    ) -> Result<Engine, TrainingError> {
        let columns = self.columns.pick(rows)?;
        let outcomes: Vec<f64> = rows.iter().map(|&row| self.outcomes[row as usize]).collect();
        let sample = Sample::new(&columns, &outcomes);
        let fit = |why| TrainingError::Fit {
            what: what.to_owned(),
            why,
        };
        match params {
            Params::Gam(params) => params.learn(&sample).map(Engine::Gam).map_err(fit),
            Params::Boost(params) => params.learn(&sample).map(Engine::Boost).map_err(fit),
            Params::Hazard(params) => {
                let landmarks = self
                    .landmarks
                    .as_ref()
                    .ok_or(TrainingError::NoLandmarks)?
                    .pick(rows)?;
                let landmarks = match on {
                    Some(day) => landmarks.known_on(day),
                    None => landmarks,
                };
                Ok(Engine::Hazard(params.learn(&landmarks)?))
            }
        }
    }

    /// Returns the rows that were tested and what was predicted of them.
    fn test(&self, params: &Params) -> Result<(Vec<u32>, Scored), TrainingError> {
        let (mut rows, mut probabilities) = (Vec::new(), Vec::new());
        for (at, fold) in temporal(&self.as_of, self.backtest)?.into_iter().enumerate() {
            let start = fold.test.iter().map(|&row| self.as_of[row as usize]).min();
            let what = format!("the rows before test {}", at + 1);
            let engine = self.fit(params, &fold.train, start, &what)?;
            probabilities.extend(engine.next_month(&self.columns.pick(&fold.test)?)?);
            rows.extend(fold.test);
        }
        let happened = rows
            .iter()
            .map(|&row| self.outcomes[row as usize] == 1.0)
            .collect();
        Ok((rows, Scored::new(probabilities, happened)?))
    }

    fn card(&self, tested: &[u32], scored: &Scored) -> Result<Card, TrainingError> {
        let rows = self.columns.rows();
        let day = |day: Option<&NaiveDate>| day.copied().ok_or(DataError::NoRows { expected: 1 });
        let window = Window {
            first: day(self.as_of.iter().min())?,
            last: day(self.as_of.iter().max())?,
        };
        let Backtest { folds, embargo_days } = self.backtest;
        Ok(Card {
            name: self.name.clone(),
            kind: String::new(),
            library: env!("CARGO_PKG_VERSION").to_owned(),
            window,
            rows: rows as u64,
            prevalence: self.outcomes.iter().sum::<f64>() / rows as f64,
            features: self.notes()?,
            features_hash: String::new(),
            tested: format!(
                "Tested over time: {folds} windows, each predicted by a model that learned only from rows at least \
                 {embargo_days} days before it. The model itself learned from all rows."
            ),
            report: Some(scored.report(self.calls, self.bootstrap)?),
            slices: self.cut(tested, scored)?,
            limits: self
                .limits
                .iter()
                .cloned()
                .chain([STANDING_LIMIT.to_owned()])
                .collect(),
        })
    }

    fn cut(&self, tested: &[u32], scored: &Scored) -> Result<Vec<Slice>, TrainingError> {
        let mut slices = Vec::new();
        // Whoever is among the calls is called: the least probability of those is the threshold.
        let mut sorted = scored.probabilities().to_vec();
        sorted.sort_unstable_by(|a, b| b.total_cmp(a));
        let threshold = sorted[self.calls.min(sorted.len()) - 1];
        for names in &self.slices {
            let names: Vec<&str> = tested.iter().map(|&row| names[row as usize].as_str()).collect();
            slices.extend(scored.slices(&names, threshold, self.bootstrap)?);
        }
        Ok(slices)
    }

    fn notes(&self) -> Result<Vec<FeatureNote>, DataError> {
        let note = |name: &String| {
            let mut values = self.columns.values(name)?;
            values.retain(|value| !value.is_nan());
            values.sort_unstable_by(f64::total_cmp);
            let missing = 1.0 - values.len() as f64 / self.columns.rows() as f64;
            let [least, median, greatest] = [0.0, 0.5, 1.0].map(|share| quantile(&values, share));
            Ok(FeatureNote {
                name: name.clone(),
                least,
                median,
                greatest,
                missing,
            })
        };
        self.columns.features().names().iter().map(note).collect()
    }
}

const STANDING_LIMIT: &str =
    "It says who is likely to leave, not whom an offer keeps: choose whom to target by uplift.";
