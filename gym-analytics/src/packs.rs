//! [`PackModel`]: who will buy another pass, where nobody says that they leave: the BG/NBD model (Fader, Hardie and Lee
//! 2005, doi:10.1287/mksc.1040.0098). Buyers buy at their own rate until, after some purchase, they are gone.
//!
//! ```
//! use gym_analytics::packs::{Buyer, PackModel};
//!
//! let model = PackModel::new(0.2426, 4.4136, 0.7929, 2.4259)?;
//! let buyer = Buyer::new(2, 30.43, 38.86)?;
//! assert!((model.expected(&buyer, 39.0) - 1.226).abs() < 0.001);
//! assert!((model.alive(&buyer) - 0.726).abs() < 0.001);
//! # Ok::<(), gym_analytics::packs::PackError>(())
//! ```

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::likelihood::most_likely;

/// Why there is no buyer, or no model.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum PackError {
    /// Times that cannot be.
    #[error(
        "a buyer with {repeats} repeat purchases has the last at {last} of {age}, expected 0 to the age, more than 0 \
         exactly with repeat purchases, and an age above 0"
    )]
    Times {
        /// Purchases after the first.
        repeats: u32,
        /// From the first purchase to the last.
        last: f64,
        /// From the first purchase to today.
        age: f64,
    },
    /// No buyers, or none that bought again, or no end to how likely it gets.
    #[error("{buyers} buyers with {repeats} repeat purchases are explained best by no model")]
    NothingToLearn {
        /// How many buyers there are.
        buyers: usize,
        /// Their repeat purchases.
        repeats: u64,
    },
    /// Parameters that are none.
    #[error("the parameters are {parameters:?}, expected four finite numbers above 0")]
    Parameters {
        /// r, alpha, a and b.
        parameters: [f64; 4],
    },
}

/// What is known of one buyer. Times are in one unit, as weeks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Buyer {
    repeats: u32,
    last: f64,
    age: f64,
}

impl Buyer {
    /// Takes the number of purchases after the first, and the times from the first purchase to the last and to today.
    ///
    /// # Errors
    ///
    /// [`PackError::Times`].
    pub fn new(repeats: u32, last: f64, age: f64) -> Result<Self, PackError> {
        let right =
            age > 0.0 && age.is_finite() && (0.0..=age).contains(&last) && (last > 0.0) == (repeats > 0);
        if right {
            Ok(Self { repeats, last, age })
        } else {
            Err(PackError::Times { repeats, last, age })
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Parameters {
    r: f64,
    alpha: f64,
    a: f64,
    b: f64,
}

/// A BG/NBD model: rates are Gamma(r, α) over buyers, the chance to be gone after a purchase Beta(a, b).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Parameters", into = "Parameters")]
pub struct PackModel {
    r: f64,
    alpha: f64,
    a: f64,
    b: f64,
}

impl PackModel {
    /// Finds the most likely parameters.
    ///
    /// # Errors
    ///
    /// [`PackError::NothingToLearn`].
    pub fn fit(buyers: &[Buyer]) -> Result<Self, PackError> {
        let repeats = buyers.iter().map(|buyer| u64::from(buyer.repeats)).sum();
        let nothing = PackError::NothingToLearn {
            buyers: buyers.len(),
            repeats,
        };
        if repeats == 0 {
            return Err(nothing);
        }
        let longest = buyers.iter().map(|buyer| buyer.age).fold(0.0, f64::max);
        let of = |p: &[f64]| Self {
            r: p[0],
            alpha: p[1],
            a: p[2],
            b: p[3],
        };
        // In units of the longest age, so that the start suits days and years.
        let scaled: Vec<Buyer> = buyers
            .iter()
            .map(|buyer| Buyer {
                last: buyer.last / longest,
                age: buyer.age / longest,
                ..*buyer
            })
            .collect();
        let found = most_likely(|p| of(p).log_likelihood(&scaled), &[1.0, 0.5, 1.0, 2.0]);
        let Some((p, _)) = found else { return Err(nothing) };
        Self::new(p[0], p[1] * longest, p[2], p[3])
    }

    /// Takes r, α, a and b.
    ///
    /// # Errors
    ///
    /// [`PackError::Parameters`].
    pub fn new(r: f64, alpha: f64, a: f64, b: f64) -> Result<Self, PackError> {
        let parameters = [r, alpha, a, b];
        match parameters.iter().all(|value| value.is_finite() && *value > 0.0) {
            true => Ok(Self { r, alpha, a, b }),
            false => Err(PackError::Parameters { parameters }),
        }
    }

    /// Returns r, α, a and b.
    pub fn parameters(&self) -> [f64; 4] {
        [self.r, self.alpha, self.a, self.b]
    }

    /// Returns the log-likelihood of buyers, in nats.
    pub fn log_likelihood(&self, buyers: &[Buyer]) -> f64 {
        let Self { r, alpha, a, b } = *self;
        let constant = r * alpha.ln() - ln_gamma(r) + ln_gamma(a + b) - ln_gamma(b);
        let one = |buyer: &Buyer| {
            let x = f64::from(buyer.repeats);
            let shared = ln_gamma(r + x) + ln_gamma(b + x) - ln_gamma(a + b + x);
            let active = -(r + x) * (alpha + buyer.age).ln();
            if buyer.repeats == 0 {
                return constant + shared + active;
            }
            let gone = a.ln() - (b + x - 1.0).ln() - (r + x) * (alpha + buyer.last).ln();
            let most = active.max(gone);
            constant + shared + most + ((active - most).exp() + (gone - most).exp()).ln()
        };
        buyers.iter().map(one).sum()
    }

    /// Returns the probability that a buyer is not gone (1 for who never bought again: being gone takes a repeat
    /// purchase here).
    pub fn alive(&self, buyer: &Buyer) -> f64 {
        1.0 / (1.0 + self.odds_of_gone(buyer))
    }

    /// Returns how many purchases are expected of a buyer within the next `ahead` units of time; 0 for a time that is not
    /// above 0.
    pub fn expected(&self, buyer: &Buyer, ahead: f64) -> f64 {
        let Self { r, alpha, b, .. } = *self;
        if !(ahead > 0.0 && ahead.is_finite()) {
            return 0.0;
        }
        // The formula divides by a - 1; beside 1 it is smooth.
        let a = if (self.a - 1.0).abs() < 1e-7 {
            1.0 + 1e-7
        } else {
            self.a
        };
        let x = f64::from(buyer.repeats);
        let z = ahead / (alpha + buyer.age + ahead);
        let c = a + b + x - 1.0;
        // The paper's (1 - z)^(r + x) ₂F₁(r + x, b + x; c; z) after Euler's transformation: short for any x.
        let kept = (1.0 - z).powf(a - 1.0) * hypergeometric(a + b - 1.0 - r, a - 1.0, c, z);
        c / (a - 1.0) * (1.0 - kept) * self.alive(buyer)
    }

    fn odds_of_gone(&self, buyer: &Buyer) -> f64 {
        if buyer.repeats == 0 {
            return 0.0;
        }
        let x = f64::from(buyer.repeats);
        let ratio = (self.alpha + buyer.age) / (self.alpha + buyer.last);
        self.a / (self.b + x - 1.0) * ratio.powf(self.r + x)
    }
}

impl TryFrom<Parameters> for PackModel {
    type Error = PackError;

    fn try_from(p: Parameters) -> Result<Self, PackError> {
        Self::new(p.r, p.alpha, p.a, p.b)
    }
}

impl From<PackModel> for Parameters {
    fn from(model: PackModel) -> Self {
        Self {
            r: model.r,
            alpha: model.alpha,
            a: model.a,
            b: model.b,
        }
    }
}

fn ln_gamma(x: f64) -> f64 {
    libm::lgamma(x)
}

/// Returns ₂F₁(a, b; c; z) for 0 ≤ z < 1 by its series.
fn hypergeometric(a: f64, b: f64, c: f64, z: f64) -> f64 {
    let (mut term, mut sum) = (1.0f64, 1.0f64);
    for step in 0..100_000 {
        let n = f64::from(step);
        term *= (a + n) * (b + n) / (c + n) * z / (n + 1.0);
        sum += term;
        if term.abs() <= 1e-15 * sum.abs() {
            break;
        }
    }
    sum
}
