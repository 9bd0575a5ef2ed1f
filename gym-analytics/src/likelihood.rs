//! Finding the most likely parameters of small models.

use argmin::core::{CostFunction, Error, Executor, State};
use argmin::solver::neldermead::NelderMead;

/// Parameters are looked for between e⁻¹⁶ and e¹⁶.
const WIDEST: f64 = 16.0;
const ITERATIONS: u64 = 5_000;

struct Negated<F>(F);

impl<F: Fn(&[f64]) -> f64> CostFunction for Negated<F> {
    type Param = Vec<f64>;
    type Output = f64;

    fn cost(&self, logs: &Vec<f64>) -> Result<f64, Error> {
        if logs.iter().any(|log| log.abs() > WIDEST) {
            return Ok(f64::MAX);
        }
        let parameters: Vec<f64> = logs.iter().map(|log| log.exp()).collect();
        let value = -(self.0)(&parameters);
        Ok(if value.is_finite() { value } else { f64::MAX })
    }
}

/// Returns the positive parameters with the greatest log-likelihood, and it: Nelder and Mead's search over their
/// logarithms, begun anew where it stopped until that gains nothing. None where it does not settle.
pub(crate) fn most_likely(log_likelihood: impl Fn(&[f64]) -> f64, start: &[f64]) -> Option<(Vec<f64>, f64)> {
    let mut best: Vec<f64> = start.iter().map(|value| value.ln()).collect();
    let cost = Negated(log_likelihood);
    let mut least = cost.cost(&best).ok()?;
    for step in [1.0, 0.5, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002] {
        let corner = |at: usize| {
            let mut corner = best.clone();
            corner[at] += step;
            corner
        };
        let simplex = [best.clone()]
            .into_iter()
            .chain((0..best.len()).map(corner))
            .collect();
        let solver = NelderMead::new(simplex)
            .with_sd_tolerance(1e-11 * least.abs().max(1.0))
            .ok()?;
        let search = Executor::new(Negated(&cost.0), solver).configure(|state| state.max_iters(ITERATIONS));
        let found = search.run().ok()?;
        let (point, value) = (
            found.state().get_best_param()?.clone(),
            found.state().get_best_cost(),
        );
        let gained = least - value;
        if gained > 0.0 {
            (best, least) = (point, value);
        }
        if step < 0.1 && gained <= 1e-10 * least.abs() {
            let inside = best.iter().all(|log| log.abs() < WIDEST - 0.01);
            return (inside && least < f64::MAX)
                .then(|| (best.iter().map(|log| log.exp()).collect(), -least));
        }
    }
    None
}
