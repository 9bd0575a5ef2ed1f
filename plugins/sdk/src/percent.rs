//! A [`Percent`]: a share in hundredths of a percent, without floats.

use std::fmt;
use std::str::FromStr;

use crate::pricing::Change;

/// The hundredths of a percent in a whole.
const WHOLE: i64 = 10_000;

/// A share in hundredths of a percent, "basis points".
///
/// ```
/// use gym_plugin_sdk::Percent;
///
/// let share: Percent = "12.5".parse()?;
/// assert_eq!(share, Percent::basis_points(1_250));
/// assert_eq!(share.of(999), Some(125), "124.875, rounded once");
/// assert_eq!(share.to_string(), "12.5 %");
/// # Ok::<(), gym_plugin_sdk::PercentError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Percent(i32);

impl Percent {
    /// So many whole percent.
    pub const fn whole(percent: i16) -> Self {
        Self(percent as i32 * 100)
    }

    /// So many hundredths of a percent.
    pub const fn basis_points(points: i32) -> Self {
        Self(points)
    }

    /// Returns the hundredths of a percent.
    pub const fn as_basis_points(self) -> i32 {
        self.0
    }

    /// Returns `part` of `whole` as a share, rounded down; none of nothing.
    ///
    /// ```
    /// use gym_plugin_sdk::Percent;
    ///
    /// assert_eq!(Percent::ratio(2, 3), Some(Percent::basis_points(6_666)));
    /// assert_eq!(Percent::ratio(2, 0), None);
    /// ```
    pub fn ratio(part: u32, whole: u32) -> Option<Self> {
        let points = (i64::from(part) * WHOLE).checked_div(i64::from(whole))?;
        i32::try_from(points).ok().map(Self)
    }

    /// Returns this share of minor units, rounded once, halves away from zero; none beyond 64 bits.
    ///
    /// It multiplies the ten-thousands and the rest apart: for amounts up to 2^53 - 1 and shares up to a whole, no step
    /// of it is beyond 2^53, so that the same rule in JavaScript gives the same cent.
    pub fn of(self, minor_units: i64) -> Option<i64> {
        let points = i64::from(self.0);
        let (many, rest) = (minor_units / WHOLE, minor_units % WHOLE);
        let part = rest * points;
        let half = if part < 0 { -WHOLE / 2 } else { WHOLE / 2 };
        many.checked_mul(points)?.checked_add((part + half) / WHOLE)
    }

    /// Lowers a price by this share of the list price.
    pub fn off(self) -> Change {
        Change::PercentOff(self.0)
    }

    /// Raises a price by this share of the list price.
    pub fn surcharge(self) -> Change {
        Change::PercentSurcharge(self.0)
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, size) = (if self.0 < 0 { "-" } else { "" }, self.0.unsigned_abs());
        match (size / 100, size % 100) {
            (whole, 0) => write!(f, "{sign}{whole} %"),
            (whole, rest) if rest % 10 == 0 => write!(f, "{sign}{whole}.{} %", rest / 10),
            (whole, rest) => write!(f, "{sign}{whole}.{rest:02} %"),
        }
    }
}

/// A text that is not a share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PercentError;

impl fmt::Display for PercentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected a percentage with at most two decimals, such as 12.5")
    }
}

impl std::error::Error for PercentError {}

/// From `12`, `12.5`, `-0.25`: percent, with at most two decimals.
impl FromStr for Percent {
    type Err = PercentError;

    fn from_str(text: &str) -> Result<Self, PercentError> {
        let size = text.strip_prefix('-').unwrap_or(text);
        let (whole, rest) = size.split_once('.').unwrap_or((size, "0"));
        let rest = match digits(rest)? {
            tenths if rest.len() == 1 => tenths * 10,
            hundredths if rest.len() == 2 => hundredths,
            _ => return Err(PercentError),
        };
        let points = digits(whole)?
            .checked_mul(100)
            .and_then(|it| it.checked_add(rest));
        let points = points.ok_or(PercentError)?;
        Ok(Self(if size.len() < text.len() { -points } else { points }))
    }
}

fn digits(text: &str) -> Result<i32, PercentError> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        text.parse().map_err(|_| PercentError)
    } else {
        Err(PercentError)
    }
}
