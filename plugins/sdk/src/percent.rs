//! A [`Percent`]: a share in hundredths of a percent, without floats.

use std::fmt;
use std::str::FromStr;

use crate::pricing::Change;
use crate::text;
use crate::text::{Piece, number};

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

/// As `12.5 %`.
impl Piece for Percent {
    fn write(&self, text: &mut String) {
        let (sign, size) = (if self.0 < 0 { "-" } else { "" }, self.0.unsigned_abs());
        let (tenths, hundredths) = (size / 10 % 10, size % 10);
        sign.write(text);
        (size / 100).write(text);
        if tenths + hundredths > 0 {
            ".".write(text);
            tenths.write(text);
        }
        if hundredths > 0 {
            hundredths.write(text);
        }
        " %".write(text);
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&text![self])
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
        points(text.as_bytes()).map(Self).ok_or(PercentError)
    }
}

fn points(text: &[u8]) -> Option<i32> {
    let size = text.strip_prefix(b"-").unwrap_or(text);
    let mut parts = size.splitn(2, |byte| *byte == b'.');
    let (whole, rest) = (number(parts.next()?)?, parts.next());
    let rest = match rest {
        None => 0,
        Some(rest @ [_]) => number(rest)? * 10,
        Some(rest @ [_, _]) => number(rest)?,
        Some(_) => return None,
    };
    let points = i32::try_from(whole.checked_mul(100)?.checked_add(rest)?).ok()?;
    Some(if size.len() < text.len() { -points } else { points })
}
