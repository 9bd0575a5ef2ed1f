//! Random rules and series from a seed, for the tests of recurrence.

#![allow(dead_code, reason = "each test uses a part")]
use chrono::{Duration, NaiveDate, NaiveDateTime};

/// The splitmix64 generator of Steele, Lea and Flood (2014).
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ mixed >> 31
    }

    pub fn below(&mut self, end: u64) -> i64 {
        (self.next() % end) as i64
    }

    pub fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    /// A number of ±1 to ±most, mostly positive.
    fn signed(&mut self, most: u64) -> i64 {
        let value = self.below(most) + 1;
        if self.one_in(3) { -value } else { value }
    }

    fn list(&mut self, most: u64, mut item: impl FnMut(&mut Self) -> String) -> String {
        let count = self.below(most) + 1;
        (0..count).map(|_| item(self)).collect::<Vec<_>>().join(",")
    }

    /// A start in the years 1996 to 2025, at a whole minute.
    pub fn start(&mut self) -> NaiveDateTime {
        let first = NaiveDate::from_ymd_opt(1996, 1, 1)
            .unwrap()
            .and_hms_opt(0, 0, 0)
            .unwrap();
        let date = first + Duration::days(self.below(30 * 365));
        date + Duration::minutes(self.below(24 * 60))
    }

    /// A valid rule in any order of its values, with its end near `start`.
    pub fn rule(&mut self, start: NaiveDateTime) -> String {
        let frequency = ["DAILY", "WEEKLY", "MONTHLY", "YEARLY"][self.below(4) as usize];
        let long = matches!(frequency, "MONTHLY" | "YEARLY");
        let mut text = format!("FREQ={frequency}");
        let mut alone = true;
        if self.one_in(2) {
            let most = [40, 6, 19, 5][self.below(4) as usize];
            text += &format!(";INTERVAL={}", self.below(most) + 1);
        }
        if self.one_in(3) {
            text += &format!(";WKST={}", self.weekday());
        }
        if self.one_in(4) {
            text += &format!(
                ";BYMONTH={}",
                self.list(4, |random| (random.below(12) + 1).to_string())
            );
            alone = false;
        }
        if frequency != "WEEKLY" && self.one_in(3) {
            text += &format!(
                ";BYMONTHDAY={}",
                self.list(5, |random| random.signed(31).to_string())
            );
            alone = false;
        }
        if self.one_in(2) {
            let numbered = long && self.one_in(2);
            let most = if self.one_in(8) { 53 } else { 5 };
            let day = |random: &mut Self| {
                let number = numbered && !random.one_in(12);
                let number = if number {
                    random.signed(most).to_string()
                } else {
                    String::new()
                };
                format!("{number}{}", random.weekday())
            };
            text += &format!(";BYDAY={}", self.list(4, day));
            alone = false;
        }
        if !alone && self.one_in(4) {
            let most = if self.one_in(5) { 366 } else { 4 };
            text += &format!(
                ";BYSETPOS={}",
                self.list(3, |random| random.signed(most).to_string())
            );
        }
        text + &self.end(start)
    }

    fn end(&mut self, start: NaiveDateTime) -> String {
        let most = if self.one_in(2) { 60 } else { 3_000 };
        let until = start + Duration::minutes(self.below(most * 24 * 60));
        match self.below(8) {
            0 | 1 => format!(";COUNT={}", self.below(40) + 1),
            2 => until.format(";UNTIL=%Y%m%d").to_string(),
            3 => until.format(";UNTIL=%Y%m%dT%H%M%S").to_string(),
            4 => until.format(";UNTIL=%Y%m%dT%H%M%SZ").to_string(),
            _ => String::new(),
        }
    }

    fn weekday(&mut self) -> &'static str {
        ["MO", "TU", "WE", "TH", "FR", "SA", "SU"][self.below(7) as usize]
    }
}
