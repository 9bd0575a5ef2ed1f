//! [`Money`]: whole minor units of a currency, checked.

use std::fmt;

use crate::text::Piece;
use crate::{Failure, Money, Percent, text};

/// The largest size of an amount: 2^53 - 1, the largest whole number up to which doubles count exactly.
const LARGEST: i64 = (1 << 53) - 1;

impl Money {
    /// Makes an amount of minor units: `Money::new(12_50, "EUR")` is € 12.50.
    ///
    /// ```
    /// use gym_plugin_sdk::{Failure, Money, Percent};
    ///
    /// let price = Money::new(12_50, "EUR");
    /// assert_eq!(price.share(Percent::whole(15))?, Money::new(1_88, "EUR"));
    /// assert_eq!(price.times(3)?.plus(&Money::new(50, "EUR"))?, Money::new(38_00, "EUR"));
    /// assert!(price.plus(&Money::new(1, "JPY")).is_err());
    /// # Ok::<(), Failure>(())
    /// ```
    pub fn new(minor_units: i64, currency: &str) -> Self {
        Self {
            minor_units,
            currency: currency.to_owned(),
        }
    }

    /// Returns a share of it, rounded once, halves away from zero.
    ///
    /// # Errors
    /// [`Failure::invalid_input`] if it is larger than the contract allows.
    pub fn share(&self, share: Percent) -> Result<Self, Failure> {
        self.or_too_large(share.of(self.minor_units))
    }

    /// Returns the sum of two amounts of one currency.
    ///
    /// # Errors
    /// [`Failure::invalid_input`] if the currencies differ, or it is larger than the contract allows.
    pub fn plus(self, other: &Self) -> Result<Self, Failure> {
        if self.currency != other.currency {
            let why = text!["amount ", other, ": expected one in ", self.currency];
            return Err(Failure::invalid_input(why));
        }
        match within(self.minor_units.checked_add(other.minor_units)) {
            Some(minor_units) => Ok(Self { minor_units, ..self }),
            None => Err(self.too_large()),
        }
    }

    /// Returns it so many times.
    ///
    /// # Errors
    /// [`Failure::invalid_input`] if it is larger than the contract allows.
    pub fn times(&self, times: i64) -> Result<Self, Failure> {
        self.or_too_large(self.minor_units.checked_mul(times))
    }

    fn or_too_large(&self, minor_units: Option<i64>) -> Result<Self, Failure> {
        let fits = within(minor_units).map(|units| Self::new(units, &self.currency));
        fits.ok_or_else(|| self.too_large())
    }

    #[inline(never)]
    fn too_large(&self) -> Failure {
        let why = text![
            "a sum from ",
            self,
            ": expected at most ",
            LARGEST,
            " minor units"
        ];
        Failure::invalid_input(why)
    }
}

fn within(minor_units: Option<i64>) -> Option<i64> {
    minor_units.filter(|units| (-LARGEST..=LARGEST).contains(units))
}

impl Eq for Money {}

/// As `1250 EUR`, in minor units: a plugin does not know how many digits a currency has.
impl Piece for Money {
    fn write(&self, text: &mut String) {
        self.minor_units.write(text);
        " ".write(text);
        self.currency.write(text);
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&text![self])
    }
}
