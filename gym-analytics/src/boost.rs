//! [`Boost`]: gradient boosted trees over histograms, for what an additive model cannot say. Values may be missing.
//!
//! ```
//! use gym_analytics::boost::BoostParams;
//! use gym_analytics::columns::Columns;
//! use gym_analytics::sample::Sample;
//!
//! let away: Vec<f64> = (0..400).map(|row| if row % 7 == 0 { f64::NAN } else { f64::from(row % 50) }).collect();
//! let left: Vec<f64> = away.iter().map(|days| f64::from(days.is_nan() || *days > 30.0)).collect();
//! let columns = Columns::new([("days_since_visit", away)])?;
//! let boost = BoostParams { trees: 50, ..BoostParams::default() }.learn(&Sample::new(&columns, &left))?;
//! let risk = boost.probabilities(&columns)?;
//! assert!(risk[0] > 0.7 && risk[45] > 0.7 && risk[5] < 0.3);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod bins;
mod grow;
mod histogram;
mod score;
mod shap;
mod split;
mod tree;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use self::bins::Binned;
use self::grow::Grower;
use self::score::Scorer;
pub use self::tree::BadTree;
use self::tree::Tree;
use crate::columns::{Columns, DataError, FeatureSet};
use crate::draw::Draw;
use crate::explain::{Explanation, Part};
use crate::sample::{Family, FitError, Sample, sigmoid};

/// Which way a feature may move the prediction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// More of it is never less likely.
    Rising,
    /// More of it is never more likely.
    Falling,
}

/// How trees are grown. The same settings on the same rows give the same bytes, for any number of threads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct BoostParams {
    /// How many trees, 1 to 10,000.
    pub trees: u32,
    /// How many leaves a tree has at most, 2 to 256; the leaf that gains most is split next.
    pub leaves: u32,
    /// How much of each tree is believed, above 0 to 1.
    pub rate: f64,
    /// The share of rows that each tree sees, above 0 to 1.
    pub rows: f64,
    /// The share of features that each tree sees, above 0 to 1; never fewer than one.
    pub columns: f64,
    /// The least rows of a leaf (counted by curvature), 1 or more.
    pub least_rows: u32,
    /// Ridge on leaf values, 0 or more.
    pub ridge: f64,
    /// Features whose effect may only go one way.
    pub monotone: Vec<(String, Direction)>,
    /// The same seed draws the same rows and features.
    pub seed: u64,
    /// How many threads, 1 to 256.
    pub threads: usize,
}

impl Default for BoostParams {
    /// 200 trees of 8 leaves at rate 0.05 that see 80 % of rows and of features.
    fn default() -> Self {
        Self {
            trees: 200,
            leaves: 8,
            rate: 0.05,
            rows: 0.8,
            columns: 0.8,
            least_rows: 20,
            ridge: 0.0,
            monotone: Vec::new(),
            seed: 42,
            threads: 1,
        }
    }
}

impl BoostParams {
    /// Learns trees from rows; outcomes are 0 or 1. NaN is a missing value and goes the way that fits best; offsets are
    /// not used.
    ///
    /// # Errors
    ///
    /// [`FitError`]; infinities are refused.
    pub fn learn(&self, sample: &Sample<'_>) -> Result<Boost, FitError> {
        self.check()?;
        sample.check(Family::Logistic)?;
        let features = sample.columns().features().clone();
        let mut monotone = vec![None; features.names().len()];
        for (name, direction) in &self.monotone {
            monotone[features.position(name)?] = Some(*direction);
        }
        let binned = Binned::of(sample.columns())?;
        let weights = Weights::of(sample);
        let base = (weights.events / (weights.total - weights.events)).ln();
        let mut scores = vec![base; binned.rows()];
        let mut grower = Grower::new(self, &binned, &monotone);
        let mut draw = Draw::new(self.seed, 1);
        let mut trees = Vec::new();
        for _ in 0..self.trees {
            grower.weigh(&scores, sample.outcomes(), &weights.shares);
            let tree = grower.grow(&mut draw, &mut scores);
            // A tree that could not split says nothing, but the next sees other rows.
            if tree.leaves() > 1 {
                trees.push(tree);
            }
        }
        let stored = Stored {
            features,
            base,
            params: self.clone(),
            trees,
        };
        Boost::try_from(stored).map_err(|_| FitError::NotSettled {
            passes: self.trees as usize,
        })
    }

    fn check(&self) -> Result<(), FitError> {
        let share = "a number above 0 and at most 1";
        let ranges = [
            (
                "trees",
                f64::from(self.trees),
                (1..=10_000).contains(&self.trees),
                "1 to 10000",
            ),
            (
                "leaves",
                f64::from(self.leaves),
                (2..=256).contains(&self.leaves),
                "2 to 256",
            ),
            ("rate", self.rate, self.rate > 0.0 && self.rate <= 1.0, share),
            ("rows", self.rows, self.rows > 0.0 && self.rows <= 1.0, share),
            (
                "columns",
                self.columns,
                self.columns > 0.0 && self.columns <= 1.0,
                share,
            ),
            (
                "least_rows",
                f64::from(self.least_rows),
                self.least_rows >= 1,
                "1 or more",
            ),
            ("ridge", self.ridge, (0.0..=1e9).contains(&self.ridge), "0 to 1e9"),
            (
                "threads",
                self.threads as f64,
                (1..=256).contains(&self.threads),
                "1 to 256",
            ),
        ];
        match ranges.into_iter().find(|(.., right, _)| !right) {
            Some((name, value, _, expected)) => Err(FitError::Setting {
                name,
                value,
                expected,
            }),
            None => Ok(()),
        }
    }
}

/// Row weights as shares of the largest, so that sums of whole numbers cannot overflow.
struct Weights {
    shares: Option<Vec<f64>>,
    total: f64,
    events: f64,
}

impl Weights {
    fn of(sample: &Sample<'_>) -> Self {
        let rows = sample.outcomes().len();
        let most = (0..rows).map(|row| sample.weight(row)).fold(0.0, f64::max);
        let shares: Vec<f64> = (0..rows).map(|row| sample.weight(row) / most).collect();
        let total = shares.iter().sum();
        let events = shares
            .iter()
            .zip(sample.outcomes())
            .map(|(share, outcome)| share * outcome)
            .sum();
        let even = shares.iter().all(|share| *share == 1.0);
        Self {
            shares: (!even).then_some(shares),
            total,
            events,
        }
    }
}

/// Fitted trees.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct Boost {
    stored: Stored,
    scorer: Scorer,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Stored {
    features: FeatureSet,
    base: f64,
    params: BoostParams,
    trees: Vec<Tree>,
}

/// Why stored trees are no model.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum BadBoost {
    /// The baseline is not a number.
    #[error("the baseline of the trees is {base}, expected a finite number")]
    Base {
        /// What it is.
        base: f64,
    },
    /// A tree is no tree.
    #[error("tree {at}: {why}")]
    Tree {
        /// Which one, from 0.
        at: usize,
        /// What is wrong with it.
        why: BadTree,
    },
}

impl TryFrom<Stored> for Boost {
    type Error = BadBoost;

    fn try_from(stored: Stored) -> Result<Self, BadBoost> {
        if !stored.base.is_finite() {
            return Err(BadBoost::Base { base: stored.base });
        }
        let features = stored.features.names().len();
        for (at, tree) in stored.trees.iter().enumerate() {
            tree.check(features).map_err(|why| BadBoost::Tree { at, why })?;
        }
        let scorer = Scorer::of(features, &stored.trees);
        Ok(Self { stored, scorer })
    }
}

impl From<Boost> for Stored {
    fn from(boost: Boost) -> Self {
        boost.stored
    }
}

impl Boost {
    /// Returns the features, in order.
    pub fn features(&self) -> &FeatureSet {
        &self.stored.features
    }

    /// Returns how the trees were grown.
    pub fn params(&self) -> &BoostParams {
        &self.stored.params
    }

    /// Returns how many trees there are: those that could split.
    pub fn trees(&self) -> usize {
        self.stored.trees.len()
    }

    /// Returns the log-odds of every row.
    ///
    /// # Errors
    ///
    /// [`DataError::OtherFeatures`] and, for infinities, [`DataError::NotFinite`].
    pub fn log_odds(&self, columns: &Columns<'_>) -> Result<Vec<f64>, DataError> {
        self.features().expect(columns.features())?;
        let mut scores = vec![self.stored.base; columns.rows()];
        self.scorer.add(&self.stored.trees, columns, &mut scores)?;
        Ok(scores)
    }

    /// Returns the probability of every row.
    ///
    /// # Errors
    ///
    /// As [`Boost::log_odds`].
    pub fn probabilities(&self, columns: &Columns<'_>) -> Result<Vec<f64>, DataError> {
        let mut scores = self.log_odds(columns)?;
        for score in &mut scores {
            *score = sigmoid(*score);
        }
        Ok(scores)
    }

    /// Returns what each feature adds to one row's log-odds: Shapley values over the paths of the trees (Lundberg et
    /// al. 2020, doi:10.1038/s42256-019-0138-9). The parts and the baseline sum to the log-odds.
    ///
    /// # Errors
    ///
    /// As [`Boost::log_odds`]; [`DataError::NoSuchRow`].
    pub fn explain(&self, columns: &Columns<'_>, row: usize) -> Result<Explanation, DataError> {
        self.features().expect(columns.features())?;
        let values = bins::row(columns, row)?;
        let mut adds = vec![0.0; values.len()];
        let mut baseline = self.stored.base;
        for tree in &self.stored.trees {
            baseline += tree.mean();
            shap::add(tree, &values, &mut adds);
        }
        let parts = self.features().names().iter().zip(values).zip(adds);
        let part = |((name, value), adds): ((&String, f64), f64)| Part {
            feature: name.clone(),
            value,
            adds,
        };
        Ok(Explanation::new(baseline, parts.map(part).collect()))
    }
}
