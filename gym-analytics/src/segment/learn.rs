//! How segments are found.

use gym_core::time::Instant;
use linfa::DatasetBase;
use linfa::metrics::SilhouetteScore;
use linfa::traits::{Fit, Predict};
use linfa_clustering::KMeans;
use linfa_reduction::Pca;
use ndarray::{Array1, Array2, Axis};
use rand_xoshiro::Xoshiro256Plus;
use rand_xoshiro::rand_core::SeedableRng;

use super::{Count, Kept, Segment, SegmentError, SegmentParams, Segments};
use crate::columns::{Columns, DataError};
use crate::draw::Draw;
use crate::standard::Standard;

/// From more rows than this, so many are drawn.
const LEARNED_FROM: usize = 20_000;
/// The silhouette compares each row with each other one.
const COMPARED: usize = 600;
/// The most segments that anybody can tell apart, and more.
const MOST: usize = 100;

impl SegmentParams {
    /// Learns the kinds of members from what is known of them at an instant.
    ///
    /// # Errors
    ///
    /// [`SegmentError`].
    pub fn learn(&self, columns: &Columns<'_>, as_of: Instant) -> Result<Segments, SegmentError> {
        let least = self.check()?;
        let rows = columns.rows();
        if rows == 0 {
            return Err(DataError::NoRows { expected: least }.into());
        }
        if rows < least {
            return Err(SegmentError::TooFew {
                rows,
                segments: least,
            });
        }
        let (standard, points) = Standard::learn(columns, &self.drawn(rows))?;
        if standard.is_flat() {
            return Err(SegmentError::NoDifference { rows });
        }
        let (axes, variance) = axes(&points, self.variance)?;
        let points = DatasetBase::from(points.dot(&axes.t()));
        let (centres, silhouette) = match self.count {
            Count::Exactly(segments) => self.clusters(&points, segments)?,
            Count::Best { least, most } => self.best(&points, least, most)?,
        };
        let (axes, mut centres) = (by_row(&axes), by_row(&centres));
        let described = describe(
            columns,
            &nearest(&standard, &axes, &centres, columns),
            &mut centres,
        )?;
        let features = 0..columns.features().names().len();
        let is_flag = features.map(|at| columns.find(at, |value| value != 0.0 && value != 1.0).is_none());
        Segments::try_from(Kept {
            as_of,
            features: columns.features().clone(),
            standard,
            is_flag: is_flag.collect(),
            axes,
            variance,
            centres,
            silhouette,
            means: described.0,
            segments: described.1,
        })
    }

    /// Returns the least number of segments that would do.
    fn check(&self) -> Result<usize, SegmentError> {
        let wrong = |name, value, expected| {
            Err(SegmentError::Setting {
                name,
                value,
                expected,
            })
        };
        let (least, most) = match self.count {
            Count::Exactly(segments) => (segments, segments),
            Count::Best { least, most } => (least, most),
        };
        if !(2..=MOST).contains(&least) {
            return wrong("the number of segments", least as f64, "2 to 100");
        }
        if !(least..=MOST).contains(&most) {
            return wrong("the most segments", most as f64, "the least to 100");
        }
        if !(self.variance > 0.0 && self.variance <= 1.0) {
            return wrong("variance", self.variance, "a share above 0 and up to 1");
        }
        match (1..=100).contains(&self.runs) {
            true => Ok(least),
            false => wrong("runs", self.runs as f64, "1 to 100"),
        }
    }

    fn drawn(&self, rows: usize) -> Vec<u32> {
        let mut all: Vec<u32> = (0..rows as u32).collect();
        if rows > LEARNED_FROM {
            Draw::new(self.seed, 0).shuffle(&mut all);
            all.truncate(LEARNED_FROM);
            all.sort_unstable();
        }
        all
    }

    /// Finds the centres of so many segments, of which none is empty, and their silhouette.
    fn clusters(&self, points: &Points, segments: usize) -> Result<(Array2<f64>, Option<f64>), SegmentError> {
        let generator = Xoshiro256Plus::seed_from_u64(self.seed);
        let found = KMeans::params_with_rng(segments, generator)
            .n_runs(self.runs)
            .fit(points)
            .map_err(|why| linfa("clustering", &why))?;
        // What linfa counts is of its last run, not of the best.
        let of: Array1<usize> = found.predict(points.records());
        let found_members = counts(of.iter(), segments);
        let filled = found_members.iter().filter(|members| **members > 0).count();
        if filled < segments {
            return Err(SegmentError::Empty {
                found: filled,
                segments,
            });
        }
        let silhouette = self.silhouette(points, &of, segments)?;
        Ok((found.centroids().clone(), silhouette))
    }

    /// Returns the mean silhouette of some rows; none where one is alone, of which linfa says that it could not be better
    /// placed.
    fn silhouette(
        &self,
        points: &Points,
        of: &Array1<usize>,
        segments: usize,
    ) -> Result<Option<f64>, SegmentError> {
        let mut rows: Vec<usize> = (0..of.len()).collect();
        Draw::new(self.seed, 1).shuffle(&mut rows);
        rows.truncate(COMPARED);
        let labels = of.select(Axis(0), &rows);
        if counts(labels.iter(), segments).contains(&1) {
            return Ok(None);
        }
        let sample = DatasetBase::new(points.records().select(Axis(0), &rows), labels);
        let width = sample
            .silhouette_score()
            .map_err(|why| linfa("silhouette", &why))?;
        Ok(Some(width).filter(|width| width.is_finite()))
    }

    fn best(
        &self,
        points: &Points,
        least: usize,
        most: usize,
    ) -> Result<(Array2<f64>, Option<f64>), SegmentError> {
        let rows = points.records().nrows();
        let mut best: Option<(Array2<f64>, f64)> = None;
        for segments in least..=most.min(rows) {
            let (centres, width) = match self.clusters(points, segments) {
                // So many kinds there are not, and no more either.
                Err(SegmentError::Empty { .. }) => break,
                found => found?,
            };
            let Some(width) = width else { continue };
            let of = assigned(points, &centres);
            let stands = of.iter().all(|members| members * MOST >= rows);
            if stands && best.as_ref().is_none_or(|(_, widest)| width > *widest) {
                best = Some((centres, width));
            }
        }
        let (centres, width) = best.ok_or(SegmentError::NoneStands { least, most, rows })?;
        Ok((centres, Some(width)))
    }
}

type Points = DatasetBase<Array2<f64>, Array1<()>>;

fn linfa(step: &'static str, why: &dyn std::error::Error) -> SegmentError {
    SegmentError::Linfa {
        step,
        why: why.to_string(),
    }
}

fn by_row(matrix: &Array2<f64>) -> Vec<Vec<f64>> {
    matrix.outer_iter().map(|row| row.to_vec()).collect()
}

fn counts<'a>(of: impl Iterator<Item = &'a usize>, segments: usize) -> Vec<usize> {
    let mut members = vec![0; segments];
    of.for_each(|segment| members[*segment] += 1);
    members
}

/// Finds the fewest axes (axes × features) that hold a share of how points differ, and the share that they do hold.
///
/// linfa's solver is made for a few axes of many and stops below an absolute error. All are asked for here, of points that
/// are made small, so that its first step is the whole decomposition; its own shares are of the axes that were asked for.
fn axes(points: &Array2<f64>, variance: f64) -> Result<(Array2<f64>, f64), SegmentError> {
    let (rows, features) = points.dim();
    let small = DatasetBase::from(points / ((rows as f64).sqrt() * 1_000.0));
    let found = Pca::params(rows.min(features))
        .fit(&small)
        .map_err(|why| linfa("reduction", &why))?;
    let squares: Vec<f64> = found.singular_values().iter().map(|it| it * it).collect();
    let all: f64 = squares.iter().sum();
    let (mut held, mut kept) = (0.0, 0);
    for square in &squares {
        held += square / all;
        kept += 1;
        if held >= variance {
            break;
        }
    }
    let axes = found.components().select(Axis(0), &(0..kept).collect::<Vec<_>>());
    match kept > 0 && held.is_finite() && axes.iter().all(|it| it.is_finite()) {
        true => Ok((axes, held.min(1.0))),
        false => Err(SegmentError::Linfa {
            step: "reduction",
            why: "there are no axes".to_owned(),
        }),
    }
}

fn assigned(points: &Points, centres: &Array2<f64>) -> Vec<usize> {
    let centres = by_row(centres);
    let of: Vec<usize> = points
        .records()
        .outer_iter()
        .map(|point| closest(&point.to_vec(), &centres))
        .collect();
    counts(of.iter(), centres.len())
}

/// Returns the centre that is closest to a point, of equal ones the first.
fn closest(point: &[f64], centres: &[Vec<f64>]) -> usize {
    let (mut best, mut least) = (0, f64::INFINITY);
    for (at, centre) in centres.iter().enumerate() {
        let distance: f64 = point.iter().zip(centre).map(|(a, b)| (a - b) * (a - b)).sum();
        if distance < least {
            (best, least) = (at, distance);
        }
    }
    best
}

/// Returns the segment of each row of finite numbers.
pub(super) fn nearest(
    standard: &Standard,
    axes: &[Vec<f64>],
    centres: &[Vec<f64>],
    columns: &Columns<'_>,
) -> Vec<u32> {
    let mut row_of = vec![0.0; columns.features().names().len()];
    let mut point = vec![0.0; axes.len()];
    let mut nearest = Vec::with_capacity(columns.rows());
    for row in 0..columns.rows() {
        standard.row(columns, row, &mut row_of);
        for (along, axis) in point.iter_mut().zip(axes) {
            *along = axis.iter().zip(&row_of).map(|(a, b)| a * b).sum();
        }
        nearest.push(closest(&point, centres) as u32);
    }
    nearest
}

/// Describes the segments of all rows, puts them and their centres in order, and returns the means of all rows with them.
fn describe(
    columns: &Columns<'_>,
    of: &[u32],
    centres: &mut Vec<Vec<f64>>,
) -> Result<(Vec<f64>, Vec<Segment>), SegmentError> {
    let (rows, features) = (columns.rows() as f64, columns.features().names().len());
    let mut members = vec![0_u64; centres.len()];
    let mut sums = vec![vec![0.0; features]; centres.len()];
    for (row, segment) in of.iter().map(|it| *it as usize).enumerate() {
        members[segment] += 1;
        for (at, sum) in sums[segment].iter_mut().enumerate() {
            *sum += columns.column(at).at(row);
        }
    }
    let found = members.iter().filter(|members| **members > 0).count();
    if found < centres.len() {
        return Err(SegmentError::Empty {
            found,
            segments: centres.len(),
        });
    }
    let means = (0..features).map(|at| sums.iter().map(|sum| sum[at]).sum::<f64>() / rows);
    let means = means.collect();
    let mut order: Vec<usize> = (0..centres.len()).collect();
    order.sort_by_key(|segment| std::cmp::Reverse(members[*segment]));
    let segments = order.iter().map(|segment| Segment {
        members: members[*segment],
        share: members[*segment] as f64 / rows,
        means: sums[*segment]
            .iter()
            .map(|sum| sum / members[*segment] as f64)
            .collect(),
    });
    let segments = segments.collect();
    *centres = order
        .iter()
        .map(|segment| std::mem::take(&mut centres[*segment]))
        .collect();
    Ok((means, segments))
}
