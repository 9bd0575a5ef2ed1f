//! The law by which members choose to leave, as the [module above](super#who-leaves) tells it.

use chrono::{Datelike, NaiveDate};

use super::chance::logistic;
use super::life::Life;
use super::month::Stay;

/// The mean length of a month in days.
pub(super) const MONTH: f64 = 30.44;

/// The probability of leaving within a term: hardly anybody does.
const WITHIN: f64 = 0.003;

/// What not having come adds, by the days since the last visit.
fn absence(days: i64) -> f64 {
    let months = (days / 7 * 7) as f64 / MONTH;
    0.9 * (1.0 - (-months / 2.31).exp())
}

impl Life<'_> {
    /// Returns the probability of choosing to leave in a month, with an offer and without.
    pub(super) fn hazard(&self, stay: &Stay, month: NaiveDate) -> (f64, f64) {
        let shape = self.shape;
        let (height, fade) = shape.early;
        let visits = stay.weeks * 4.35;
        let mut logit = shape.base + height * (-stay.months(month) / fade).exp();
        logit += 0.95 * (-visits / 3.0).exp() + absence((month - stay.last_visit).num_days());
        logit += if stay.joined.month() >= 10 { 0.2 } else { 0.0 };
        logit += self.nature.frailty - 0.012 * (self.age - 40.0);
        let at = |logit: f64| match stay.cliff(month) {
            Some(false) => WITHIN,
            Some(true) => logistic(logit + shape.cliff),
            None => logistic(logit),
        };
        (at(logit - self.nature.moved), at(logit))
    }
}

#[cfg(test)]
mod tests {
    use super::absence;

    #[test]
    fn absence_counts_by_whole_weeks_and_is_full_in_the_end() {
        assert_eq!((absence(0), absence(6)), (0.0, 0.0));
        assert_eq!(absence(7), absence(13));
        assert!((absence(70) - 0.9 * (1.0 - (-70.0_f64 / (2.31 * 30.44)).exp())).abs() < 1e-12);
        assert!(absence(14) > absence(13) && absence(3_650) <= 0.9 && absence(3_650) > 0.899);
    }
}
