//! [`Money`]: whole minor units of a [`Currency`]; never a float, never a silent overflow.
//!
//! Arithmetic is checked and stays in one currency. What must be split is split by [`allocate`],
//! whose parts always sum to the whole.
//!
//! ```
//! use gym_core::money::{Currency, Money, allocate};
//!
//! let price: Money = "29.90 EUR".parse()?;
//! assert_eq!(price, Money::new(2990, Currency::EUR));
//! let parts = allocate(price, &[1, 1, 1])?;
//! assert_eq!(parts.iter().map(Money::to_string).collect::<Vec<_>>(), ["9.97 EUR", "9.97 EUR", "9.96 EUR"]);
//! # Ok::<(), gym_core::money::MoneyError>(())
//! ```
//!
//! There is no way from a float to money, nor back:
//!
//! ```compile_fail,E0277
//! let price: gym_core::money::Money = 29.90_f64.into();
//! ```

mod currency;

use std::cmp::{Ordering, Reverse};
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

pub use currency::{Currency, UnknownCurrency};

/// An amount that cannot be read, or arithmetic that has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// The answer does not fit 64 bits of minor units.
    #[error("money: {0} is out of range; expected an amount that fits 64 bits of minor units")]
    Overflow(String),
    /// Two amounts in different currencies.
    #[error("money: {left} and {right} are in different currencies; expected one currency")]
    CurrencyMismatch {
        /// The first amount.
        left: Money,
        /// The second amount.
        right: Money,
    },
    /// More decimals than the currency has, even if they are zeros.
    #[error("money: {text:?} has too many decimals; {currency} has {}", currency.decimals())]
    TooManyDecimals {
        /// The text that was given.
        text: String,
        /// Its currency.
        currency: Currency,
    },
    /// A text that is not an amount.
    #[error("money: {0:?} is not an amount; expected a text such as \"12.34 EUR\"")]
    Malformed(String),
    /// The text names a currency that is not on the list.
    #[error(transparent)]
    UnknownCurrency(#[from] UnknownCurrency),
    /// There is nobody to give a part to.
    #[error("weights: the weights of {0} add up to 0; expected at least one weight above 0")]
    NoWeight(Money),
}

/// An amount in minor units (cents, pence, fils; yen have none) of one currency. May be negative.
///
/// Amounts of one currency compare by size; amounts of two do not compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    minor: i64,
    currency: Currency,
}

impl Money {
    /// Makes an amount from minor units: `Money::new(1234, Currency::EUR)` is 12.34 EUR.
    pub const fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// Makes an amount of nothing.
    pub const fn zero(currency: Currency) -> Self {
        Self::new(0, currency)
    }

    /// Returns the minor units.
    pub const fn minor(self) -> i64 {
        self.minor
    }

    /// Returns the currency.
    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// Whether it is nothing.
    pub const fn is_zero(self) -> bool {
        self.minor == 0
    }

    /// Whether it is below nothing.
    pub const fn is_negative(self) -> bool {
        self.minor < 0
    }

    /// Adds; fails on another currency or out of range.
    pub fn checked_add(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        self.with(self.minor.checked_add(other.minor), || {
            format!("{self} + {other}")
        })
    }

    /// Subtracts; fails on another currency or out of range.
    pub fn checked_sub(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        self.with(self.minor.checked_sub(other.minor), || {
            format!("{self} - {other}")
        })
    }

    /// Multiplies by a whole number; fails out of range.
    pub fn checked_mul(self, times: i64) -> Result<Self, MoneyError> {
        self.with(self.minor.checked_mul(times), || format!("{self} × {times}"))
    }

    /// Turns a charge into a credit and back; fails out of range.
    pub fn checked_neg(self) -> Result<Self, MoneyError> {
        self.with(self.minor.checked_neg(), || format!("-({self})"))
    }

    /// Returns `self · part / of`, rounded once, halves away from zero.
    ///
    /// # Errors
    /// If `of` is 0, or the amount does not fit.
    pub fn share(self, part: i128, of: i128) -> Result<Self, MoneyError> {
        if of == 0 {
            return Err(MoneyError::NoWeight(self));
        }
        let exact = i128::from(self.minor).checked_mul(part);
        let exact = exact.and_then(|exact| exact.checked_mul(of.signum()));
        let minor = exact.and_then(|exact| {
            let (size, whole) = (exact.unsigned_abs(), of.unsigned_abs());
            let up = size % whole >= whole - size % whole;
            let size = i128::try_from(size / whole + u128::from(up)).ok()?;
            i64::try_from(if exact < 0 { -size } else { size }).ok()
        });
        self.with(minor, || format!("{part}/{of} of {self}"))
    }

    /// Adds up amounts in `currency`; nothing adds up to zero. Only the sum must be in range.
    pub fn sum(currency: Currency, amounts: impl IntoIterator<Item = Self>) -> Result<Self, MoneyError> {
        let zero = Self::zero(currency);
        let mut total = 0_i128;
        for amount in amounts {
            zero.same_currency(amount)?;
            total = total.saturating_add(i128::from(amount.minor));
        }
        zero.with(i64::try_from(total).ok(), || {
            format!("a sum of {total} minor units of {currency}")
        })
    }

    fn same_currency(self, other: Self) -> Result<(), MoneyError> {
        if self.currency == other.currency {
            Ok(())
        } else {
            Err(MoneyError::CurrencyMismatch {
                left: self,
                right: other,
            })
        }
    }

    fn with(self, minor: Option<i64>, what: impl FnOnce() -> String) -> Result<Self, MoneyError> {
        let minor = minor.ok_or_else(|| MoneyError::Overflow(what()))?;
        Ok(Self { minor, ..self })
    }
}

impl PartialOrd for Money {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        (self.currency == other.currency).then(|| self.minor.cmp(&other.minor))
    }
}

impl fmt::Display for Money {
    /// Writes all decimals of the currency, as `12.34 EUR`, `-5 JPY` or `0.500 KWD`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.minor < 0 { "-" } else { "" };
        let decimals = self.currency.decimals();
        let unit = 10_u64.pow(decimals);
        let (whole, part) = (self.minor.unsigned_abs() / unit, self.minor.unsigned_abs() % unit);
        match decimals {
            0 => write!(f, "{sign}{whole} {}", self.currency),
            _ => write!(
                f,
                "{sign}{whole}.{part:0width$} {}",
                self.currency,
                width = decimals as usize
            ),
        }
    }
}

impl FromStr for Money {
    type Err = MoneyError;

    /// Reads a decimal amount, one space and a currency code: `12.34 EUR`, `12 EUR`, `-0.5 EUR`.
    fn from_str(text: &str) -> Result<Self, MoneyError> {
        let malformed = || MoneyError::Malformed(text.to_owned());
        let (amount, code) = text.split_once(' ').ok_or_else(malformed)?;
        let (negative, digits) = match amount.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, amount),
        };
        let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if !is_number(whole) || !is_number(part) {
            return Err(malformed());
        }
        let currency: Currency = code.parse()?;
        let decimals = currency.decimals() as usize;
        if digits.contains('.') && part.len() > decimals {
            return Err(MoneyError::TooManyDecimals {
                text: text.to_owned(),
                currency,
            });
        }
        let sign = if negative { "-" } else { "" };
        let part = if decimals == 0 { "" } else { part };
        let minor = format!("{sign}{whole}{part:0<decimals$}").parse();
        Self::zero(currency).with(minor.ok(), || text.to_owned())
    }
}

/// Splits `total` in proportion to `weights`, in minor units, by the method of largest remainder.
///
/// The parts come in the order of the weights and always sum to `total`; each is within one minor
/// unit of its exact share. Of equal remainders the earliest goes first. A weight of 0 gets nothing,
/// and splitting `-total` gives the negated parts. Fails if all weights are 0 or there are none.
pub fn allocate(total: Money, weights: &[u64]) -> Result<Vec<Money>, MoneyError> {
    let sum = weights.iter().map(|w| i128::from(*w)).sum::<i128>();
    if sum == 0 {
        return Err(MoneyError::NoWeight(total));
    }
    let size = i128::from(total.minor.unsigned_abs());
    let share = |weight: &u64| size * i128::from(*weight);
    let mut parts: Vec<i128> = weights.iter().map(|w| share(w) / sum).collect();
    let left = size - parts.iter().sum::<i128>();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by_cached_key(|i| Reverse(share(&weights[*i]) % sum));
    for i in order
        .into_iter()
        .take(usize::try_from(left).unwrap_or(usize::MAX))
    {
        parts[i] += 1;
    }
    let signed = |part: i128| if total.is_negative() { -part } else { part };
    let parts = parts.into_iter().map(|part| i64::try_from(signed(part)).ok());
    parts
        .map(|minor| total.with(minor, || total.to_string()))
        .collect()
}
