//! A [`Date`]: civil days can be compared, counted and shown.

use std::cmp::Ordering;
use std::fmt;

use crate::Date;

impl Date {
    /// Returns the days since 1970-01-01, negative before.
    ///
    /// By the algorithm `days_from_civil` of Howard Hinnant, "chrono-compatible low-level date algorithms" (2013).
    ///
    /// ```
    /// use gym_plugin_sdk::Date;
    ///
    /// assert_eq!(Date { year: 2026, month: 11, day: 22 }.days_since_1970(), 20_779);
    /// ```
    pub fn days_since_1970(&self) -> i64 {
        let month = i64::from(self.month);
        let year = i64::from(self.year) - i64::from(month <= 2);
        let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
        let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + i64::from(self.day) - 1;
        era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
    }

    /// Returns the day of the week: 1 for Monday to 7 for Sunday, as in ISO 8601.
    pub fn weekday(&self) -> u8 {
        // 1970-01-01 was a Thursday.
        u8::try_from((self.days_since_1970() + 3).rem_euclid(7) + 1).unwrap_or(7)
    }
}

impl Eq for Date {}

impl PartialOrd for Date {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Date {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.year, self.month, self.day).cmp(&(other.year, other.month, other.day))
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}
