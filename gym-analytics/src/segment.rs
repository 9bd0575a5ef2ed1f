//! [`Segments`]: the kinds of members that a club has, found in their features at one instant, and what sets each apart.
//!
//! Features are put on one scale, turned into the few axes that hold most of how members differ (principal components), and
//! members who are close to each other there are one kind (k-means, the best of several starts). How many kinds there are is
//! asked for, or is the number whose silhouette is widest (Rousseeuw 1987, doi:10.1016/0377-0427(87)90125-7). A kind is a
//! way to talk about members, not a fact about them: which features are read decides what the kinds are about.
//!
//! A value that is not there has no distance to any other, so that NaN is refused. A feature that is the same for everybody
//! says nothing and counts for nothing, later too. Farther than five standard deviations from the mean counts as five. More
//! than 20,000 members are learned from 20,000 that are drawn; all are assigned, counted and described.
//!
//! ```
//! use gym_analytics::columns::Columns;
//! use gym_analytics::explain::Words;
//! use gym_analytics::segment::{Count, SegmentParams};
//!
//! // Twenty who come often, and ten who hardly do.
//! let visits: Vec<f64> = (0..30).map(|member| if member < 20 { 12.0 + f64::from(member % 3) } else { f64::from(member % 2) }).collect();
//! let tenure: Vec<f64> = (0..30).map(|member| f64::from(100 + member % 7)).collect();
//! let columns = Columns::new([("visit_days_28", visits), ("tenure_days", tenure)])?;
//!
//! let params = SegmentParams { count: Count::Exactly(2), ..SegmentParams::default() };
//! let segments = params.learn(&columns, "2026-01-01T00:00:00Z".parse()?)?;
//! let often = &segments.all()[0];
//! assert_eq!((often.members, segments.all()[1].members), (20, 10));
//! assert_eq!(
//!     segments.describe(1, &Words::for_features()),
//!     ["came on 0.50 of the last 28 days (all: 8.80): -1.4"],
//! );
//!
//! // Somebody new is of one of the kinds.
//! let new = Columns::new([("visit_days_28", vec![11.0]), ("tenure_days", vec![3.0])])?;
//! assert_eq!(segments.assign(&new)?, [0]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod learn;

use gym_core::time::Instant;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::columns::{Columns, DataError, FeatureSet};
use crate::explain::{Part, Words, number};
use crate::standard::{Standard, right};

/// A difference of two tenths of a standard deviation is small (Cohen 1988), and what is less is not told.
const TOLD: f64 = 0.2;

/// Why there are no segments.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum SegmentError {
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
    /// Fewer rows than segments.
    #[error("there are {rows} rows, expected at least one for each of {segments} segments")]
    TooFew {
        /// How many rows there are.
        rows: usize,
        /// How many segments were asked for, at least.
        segments: usize,
    },
    /// No feature tells anybody from anybody else.
    #[error("all {rows} rows are the same in all features, expected rows that differ")]
    NoDifference {
        /// How many rows there are.
        rows: usize,
    },
    /// So many rows are the same that some segments would be empty.
    #[error("the rows fall into {found} kinds, expected {segments}: too many of them are the same")]
    Empty {
        /// How many segments have members.
        found: usize,
        /// How many were asked for.
        segments: usize,
    },
    /// Whatever their number, some segment has next to nobody.
    #[error(
        "with {least} to {most} segments some have next to nobody, expected a hundredth of {rows} rows, and 2, in each"
    )]
    NoneStands {
        /// The least number that was tried.
        least: usize,
        /// The greatest.
        most: usize,
        /// How many rows there are.
        rows: usize,
    },
    /// From linfa.
    #[error("{step}: {why}")]
    Linfa {
        /// Which step.
        step: &'static str,
        /// Why it failed, in linfa's words.
        why: String,
    },
    /// What was kept are no segments.
    #[error("kept segments: {what}")]
    Broken {
        /// What is wrong with them.
        what: &'static str,
    },
}

/// How many segments there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Count {
    /// So many, 2 to 100.
    Exactly(usize),
    /// As many, within bounds, as have the widest silhouette: members are close to their own kind and far from the next one.
    /// Numbers that leave a segment with less than a hundredth of the members, or with one of those looked at, are passed
    /// over. Of equal ones, the fewest.
    Best {
        /// The least, 2 or more.
        least: usize,
        /// The most, up to 100.
        most: usize,
    },
}

/// How segments are learned. The same seed gives the same segments, whatever the number of threads.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SegmentParams {
    /// How many there are.
    pub count: Count,
    /// The share of how members differ that is kept, above 0 and up to 1: the fewest axes that hold it.
    pub variance: f64,
    /// How many starts there are, of which the best is taken; 1 to 100.
    pub runs: usize,
    /// Where starts and samples come from.
    pub seed: u64,
}

impl Default for SegmentParams {
    /// Two to eight segments, nine tenths of the differences, ten starts, seed 0.
    fn default() -> Self {
        Self {
            count: Count::Best { least: 2, most: 8 },
            variance: 0.9,
            runs: 10,
            seed: 0,
        }
    }
}

/// One kind of members.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Segment {
    /// How many there were when it was learned.
    pub members: u64,
    /// Their share of all.
    pub share: f64,
    /// The mean of each feature, in order, in its own unit.
    pub means: Vec<f64>,
}

/// How a segment differs from all members in a feature.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Difference<'a> {
    /// The feature.
    pub feature: &'a str,
    /// Its mean in the segment.
    pub mean: f64,
    /// Its mean over all members.
    pub of_all: f64,
    /// The one less the other, in standard deviations of all members.
    pub apart: f64,
}

/// The kinds of members at an instant, the largest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Kept", into = "Kept")]
pub struct Segments(Kept);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Kept {
    as_of: Instant,
    features: FeatureSet,
    standard: Standard,
    /// Whether a feature is 0 or 1 for everybody.
    is_flag: Vec<bool>,
    /// By axis, then feature.
    axes: Vec<Vec<f64>>,
    variance: f64,
    /// By segment, then axis.
    centres: Vec<Vec<f64>>,
    silhouette: Option<f64>,
    means: Vec<f64>,
    segments: Vec<Segment>,
}

impl Segments {
    /// Returns when the members were as they were learned.
    pub fn as_of(&self) -> Instant {
        self.0.as_of
    }

    /// Returns the features, in order.
    pub fn features(&self) -> &FeatureSet {
        &self.0.features
    }

    /// Returns all segments, the largest first; they are called by their position.
    pub fn all(&self) -> &[Segment] {
        &self.0.segments
    }

    /// Returns how many axes there are.
    pub fn axes(&self) -> usize {
        self.0.axes.len()
    }

    /// Returns the share of how members differ that the axes hold.
    pub fn variance(&self) -> f64 {
        self.0.variance
    }

    /// Returns the mean silhouette, -1 to 1, of at most 600 members: about 0 where kinds merge into each other. None where
    /// one of them is alone in its segment.
    pub fn silhouette(&self) -> Option<f64> {
        self.0.silhouette
    }

    /// Returns the segment of each row, as its position in [`Segments::all`].
    ///
    /// # Errors
    ///
    /// [`DataError::OtherFeatures`], [`DataError::NotFinite`] and [`DataError::OutOfRange`].
    pub fn assign(&self, columns: &Columns<'_>) -> Result<Vec<u32>, DataError> {
        self.0.features.expect(columns.features())?;
        (0..self.0.features.names().len()).try_for_each(|at| right(columns, at))?;
        let nearest = learn::nearest(&self.0.standard, &self.0.axes, &self.0.centres, columns);
        Ok(nearest)
    }

    /// Returns how a segment differs from all members in each feature that differs at all, the farthest apart first, equal
    /// ones by name. There are none for a segment that is not there.
    pub fn differences(&self, segment: usize) -> Vec<Difference<'_>> {
        let kept = &self.0;
        let Some(segment) = kept.segments.get(segment) else {
            return Vec::new();
        };
        let means = segment.means.iter().zip(&kept.means);
        let all = kept.features.names().iter().zip(means).enumerate();
        let mut differences: Vec<Difference<'_>> = all
            .map(|(at, (feature, (mean, of_all)))| Difference {
                feature,
                mean: *mean,
                of_all: *of_all,
                apart: kept.standard.apart(at, mean - of_all),
            })
            .filter(|it| it.apart != 0.0)
            .collect();
        differences.sort_by(|a, b| {
            let farther = b.apart.abs().total_cmp(&a.apart.abs());
            farther.then_with(|| a.feature.cmp(b.feature))
        });
        differences
    }

    /// Returns the same in words, as "31 days since the last visit (all: 6.20): +1.4": what a member of the segment is like on
    /// average, what all are like, and how many standard deviations are between. Of what is so or not so, the share of
    /// whom it is so. Less than 0.2 standard deviations are not told.
    pub fn describe(&self, segment: usize, words: &Words) -> Vec<String> {
        let told = self.differences(segment).into_iter();
        told.filter(|it| it.apart.abs() >= TOLD)
            .map(|it| self.say(&it, words))
            .collect()
    }

    fn say(&self, difference: &Difference<'_>, words: &Words) -> String {
        let say = |value| {
            words.say(&Part {
                feature: difference.feature.to_owned(),
                value,
                adds: difference.apart,
            })
        };
        let (mean, of_all, apart) = (difference.mean, difference.of_all, difference.apart);
        let position = self.0.features.position(difference.feature);
        let is_share = position.is_ok_and(|at| self.0.is_flag[at]) && words.is_flag(difference.feature);
        match is_share {
            true => format!(
                "{:.0} % {} (all: {:.0} %): {apart:+.1}",
                mean * 100.0,
                say(1.0),
                of_all * 100.0
            ),
            false => format!("{} (all: {}): {apart:+.1}", say(mean), number(of_all)),
        }
    }
}

impl TryFrom<Kept> for Segments {
    type Error = SegmentError;

    fn try_from(kept: Kept) -> Result<Self, SegmentError> {
        let (features, axes) = (kept.features.names().len(), kept.axes.len());
        let are = |rows: &[Vec<f64>], length: usize| {
            let right = |row: &Vec<f64>| row.len() == length && row.iter().all(|it| it.is_finite());
            !rows.is_empty() && rows.iter().all(right)
        };
        let means: Vec<Vec<f64>> = kept.segments.iter().map(|it| it.means.clone()).collect();
        let shares = kept.segments.iter().all(|it| (0.0..=1.0).contains(&it.share));
        let checks = [
            (kept.standard.is_of(features), "the scale is of other features"),
            (kept.is_flag.len() == features, "the flags are of other features"),
            (are(&kept.axes, features), "an axis is of other features"),
            (are(&kept.centres, axes), "a centre is on other axes"),
            (
                are(std::slice::from_ref(&kept.means), features),
                "a mean is of other features",
            ),
            (are(&means, features), "a segment is of other features"),
            (
                kept.segments.len() == kept.centres.len(),
                "segments and centres differ in number",
            ),
            (shares, "a share is not within 0 to 1"),
        ];
        match checks.into_iter().find(|(is_right, _)| !is_right) {
            Some((_, what)) => Err(SegmentError::Broken { what }),
            None => Ok(Self(kept)),
        }
    }
}

impl From<Segments> for Kept {
    fn from(segments: Segments) -> Self {
        segments.0
    }
}
