//! Draws that are not integers: only the teacher makes them, and no command ever depends on one.

use super::super::draw::Draws;

/// How many values a draw has between 0 and 1.
const GRAINS: u64 = 1 << 53;

impl Draws {
    /// Draws from 0 up to but not including 1.
    pub(super) fn unit(&mut self) -> f64 {
        self.below(GRAINS) as f64 / GRAINS as f64
    }

    /// Says yes with a probability.
    pub(super) fn happens(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// Draws from the standard normal distribution (Box and Muller).
    pub(super) fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.unit()).cos()
    }

    /// Draws from the gamma distribution with a shape of 1 or more and mean 1 (Marsaglia and Tsang, 2000).
    pub(super) fn gamma(&mut self, shape: f64) -> f64 {
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / (9.0 * d).sqrt();
        loop {
            let x = self.normal();
            let v = (1.0 + c * x).powi(3);
            let u = 1.0 - self.unit();
            if v > 0.0 && u.ln() < 0.5 * x * x + d - d * v + d * v.ln() {
                return d * v / shape;
            }
        }
    }

    /// Draws from the Poisson distribution with a mean of at most 60 (Knuth).
    pub(super) fn poisson(&mut self, mean: f64) -> u32 {
        let floor = (-mean.clamp(0.0, 60.0)).exp();
        let (mut product, mut count) = (self.unit(), 0);
        while product > floor {
            product *= self.unit();
            count += 1;
        }
        count
    }

    /// Draws a position by weights.
    pub(super) fn weighted(&mut self, weights: &[u32]) -> usize {
        let total: u64 = weights.iter().map(|it| u64::from(*it)).sum();
        let mut draw = self.below(total);
        for (position, weight) in weights.iter().enumerate() {
            if draw < u64::from(*weight) {
                return position;
            }
            draw -= u64::from(*weight);
        }
        0
    }
}

/// Returns the probability of a logit.
pub(super) fn logistic(logit: f64) -> f64 {
    1.0 / (1.0 + (-logit).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_have_the_means_that_they_are_named_for() {
        let mut draws = Draws::of(5, 0);
        let n = 20_000;
        let mut mean = |draw: &mut dyn FnMut(&mut Draws) -> f64| {
            let sum: f64 = (0..n).map(|_| draw(&mut draws)).sum();
            sum / f64::from(n)
        };
        assert!((mean(&mut |it| it.unit()) - 0.5).abs() < 0.01);
        assert!(mean(&mut |it| it.normal()).abs() < 0.03);
        assert!((mean(&mut |it| it.normal().powi(2)) - 1.0).abs() < 0.04);
        assert!((mean(&mut |it| it.gamma(1.6)) - 1.0).abs() < 0.03);
        assert!((mean(&mut |it| f64::from(it.poisson(8.7))) - 8.7).abs() < 0.08);
        assert!((mean(&mut |it| it.weighted(&[1, 0, 3]) as f64) - 1.5).abs() < 0.03);
    }
}
