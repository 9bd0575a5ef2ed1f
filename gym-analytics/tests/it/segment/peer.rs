//! linfa by itself: what is the same, and why some of it is not taken.

use gym_analytics::columns::Columns;
use gym_analytics::segment::SegmentParams;
use linfa::DatasetBase;
use linfa::traits::{Fit, Predict, Transformer};
use linfa_clustering::KMeans;
use linfa_preprocessing::linear_scaling::LinearScaler;
use linfa_reduction::Pca;
use ndarray::Array2;

use super::{NAMES, exactly, kinds, noise, now};
use crate::random::Draw;

/// linfa's steps by hand, on data without outliers and constants, part the members as we do.
#[test]
fn members_are_parted_as_by_linfa() {
    let mut draw = Draw(5);
    // Three kinds that overlap a little: each is high in two features of its own.
    let value = |draw: &mut Draw, row: usize, at: usize| {
        let middle = if at / 2 == row % 3 { 4.0 } else { 0.0 };
        middle + noise(draw).clamp(-3.0, 3.0)
    };
    let columns: Vec<Vec<f64>> = (0..6)
        .map(|at| (0..400).map(|row| value(&mut draw, row, at)).collect())
        .collect();
    let names = ["a", "b", "c", "d", "e", "f"];
    let matrix = Array2::from_shape_fn((400, 6), |(row, at)| columns[at][row]);
    let columns = Columns::new(names.into_iter().zip(columns)).unwrap();
    let ours = SegmentParams {
        variance: 1.0,
        runs: 10,
        ..exactly(3)
    };
    let ours = ours.learn(&columns, now()).unwrap();
    assert_eq!(ours.axes(), 6);
    assert!((ours.variance() - 1.0).abs() < 1e-12);

    let dataset = DatasetBase::from(matrix);
    let scaled = LinearScaler::standard().fit(&dataset).unwrap().transform(dataset);
    let pca = Pca::params(6).fit(&scaled).unwrap();
    let points = DatasetBase::from(pca.predict(&scaled));
    let peer = KMeans::params(3).n_runs(10).fit(&points).unwrap();
    let theirs = peer.predict(points.records());
    let ours = ours.assign(&columns).unwrap();
    // Names of segments may differ, and who is as far from two of them.
    let mut pairs = [[0; 3]; 3];
    for (a, b) in ours.iter().zip(&theirs) {
        pairs[*a as usize][*b] += 1;
    }
    let agree: i32 = pairs.iter().map(|row| *row.iter().max().unwrap()).sum();
    assert!(agree >= 396, "{pairs:?}");
}

#[test]
fn linfa_takes_its_share_of_the_axes_that_it_was_asked_for() {
    // Why the shares are not taken from linfa: these differ alike in three directions, of which two are asked for, or one.
    let mut corners = Array2::zeros((6, 3));
    for at in 0..3 {
        corners[(2 * at, at)] = 1.0;
        corners[(2 * at + 1, at)] = -1.0;
    }
    let dataset = DatasetBase::from(corners);
    let two = Pca::params(2).fit(&dataset).unwrap();
    assert!((two.explained_variance_ratio().sum() - 1.0).abs() < 1e-9);
    let one = Pca::params(1).fit(&dataset).unwrap();
    assert!(one.explained_variance_ratio()[0].is_nan());
}

#[test]
fn linfa_counts_the_members_of_its_last_run() {
    // Why members are counted again: these counts are none of the best run's, for some seed.
    let (columns, _) = kinds(4, [30, 20, 10]);
    let rows = Array2::from_shape_fn((60, 4), |(row, at)| columns.values(NAMES[at]).unwrap()[row]);
    let dataset = DatasetBase::from(rows);
    let wrong = (2..8).any(|segments| {
        let found = KMeans::params(segments).n_runs(10).fit(&dataset).unwrap();
        let of = found.predict(dataset.records());
        (0..segments).any(|it| {
            let members = of.iter().filter(|segment| **segment == it).count();
            (found.cluster_count()[it] - members as f64).abs() > 0.5
        })
    });
    assert!(wrong);
}
