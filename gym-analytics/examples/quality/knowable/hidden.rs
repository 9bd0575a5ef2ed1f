//! What nobody sees of a member, on a grid.

use super::seen::Laws;

/// How fine the grid is.
#[derive(Debug, Clone, Copy)]
pub struct Grid {
    /// Values of how often somebody would come.
    pub rates: usize,
    /// Values of motivation.
    pub moods: usize,
    /// Values of how easily somebody leaves.
    pub frailties: usize,
    /// Values of how an offer moves them.
    pub moved: usize,
}

impl Default for Grid {
    fn default() -> Self {
        Self {
            rates: 32,
            moods: 28,
            frailties: 13,
            moved: 4,
        }
    }
}

/// Values with their weights.
pub(super) type Values = Vec<(f64, f64)>;

fn spread(from: f64, to: f64, count: usize, density: impl Fn(f64) -> f64) -> Values {
    let step = (to - from) / (count - 1) as f64;
    let points = (0..count).map(|n| from + step * n as f64);
    let points: Values = points.map(|x| (x, density(x))).collect();
    let sum: f64 = points.iter().map(|it| it.1).sum();
    points.into_iter().map(|(x, weight)| (x, weight / sum)).collect()
}

fn bell(x: f64) -> f64 {
    (-0.5 * x * x).exp()
}

/// The density of the logarithm of a gamma value with mean 1.
fn log_gamma(shape: f64) -> impl Fn(f64) -> f64 {
    move |x: f64| (shape * (x - x.exp())).exp()
}

/// What is common to all members: the values of what nobody sees, and how motivation moves among its own.
pub(super) struct Hidden {
    pub(super) laws: Laws,
    pub(super) rates: Values,
    pub(super) moods: Vec<f64>,
    pub(super) frailties: Values,
    pub(super) moved: Vec<f64>,
    pub(super) fails: Values,
    /// For each motivation, the first of the next ones and the weights from it on.
    pub(super) moves: Vec<(usize, Vec<f64>)>,
    pub(super) first: Vec<f64>,
}

impl Hidden {
    pub(super) fn new(laws: Laws, grid: Grid) -> Self {
        let moods: Vec<f64> = spread(-2.25, 2.0, grid.moods, |_| 1.0)
            .into_iter()
            .map(|it| it.0)
            .collect();
        let next = |mean: f64| -> Vec<f64> {
            let weights = moods.iter().map(|to| bell((to - mean) / 0.28));
            let weights: Vec<f64> = weights.map(|it| if it < 1e-5 { 0.0 } else { it }).collect();
            let sum: f64 = weights.iter().sum();
            weights.iter().map(|it| it / sum).collect()
        };
        let moves = moods.iter().map(|from| {
            let weights = next(0.85 * from - 0.012);
            let first = weights.iter().position(|it| *it > 0.0).unwrap_or(0);
            let last = weights.iter().rposition(|it| *it > 0.0).unwrap_or(0);
            (first, weights[first..=last].to_vec())
        });
        Self {
            laws,
            rates: spread(-4.6, 1.7, grid.rates, log_gamma(1.6)),
            moves: moves.collect(),
            first: next(0.85 * 0.3 - 0.012),
            frailties: spread(-2.6, 2.6, grid.frailties, bell),
            moved: (0..grid.moved)
                .map(|n| (n as f64 + 0.5) / grid.moved as f64)
                .collect(),
            fails: spread(-6.0, 1.8, 24, log_gamma(1.5)),
            moods,
        }
    }

    /// How many things nobody sees stay as they are besides the rate.
    pub(super) fn natures(&self) -> usize {
        self.frailties.len() * self.moved.len()
    }
}
