//! Reading RRULE text, RFC 5545, section 3.3.10.

use std::str::FromStr;

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, Weekday};

use super::rule::{ByDay, End, Frequency, Rule, RuleError, Until};

const COUNT: &str = "a whole number from 1 to 4294967295";
const MONTH_DAY: &str = "days of the month from 1 to 31 or from -31 to -1";
const MONTH: &str = "months from 1 to 12";
const POSITION: &str = "positions from 1 to 366 or from -366 to -1";
const DAY: &str = "weekdays such as MO, or 2TU and -1FR where FREQ is MONTHLY or YEARLY";
const UNTIL: &str =
    "a date such as 20260131, a local time such as 20260131T180000, or UTC such as 20260131T170000Z";

/// The parts that RFC 5545 and RFC 7529 define and that the expander does not do.
const UNSUPPORTED: [&str; 7] = [
    "BYSECOND",
    "BYMINUTE",
    "BYHOUR",
    "BYYEARDAY",
    "BYWEEKNO",
    "RSCALE",
    "SKIP",
];

impl FromStr for Rule {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Self, RuleError> {
        if text.len() > Self::MAX_LENGTH {
            return Err(RuleError::TooLong { length: text.len() });
        }
        let text = text.trim().to_ascii_uppercase();
        let mut parts = Parts::default();
        for part in text.strip_prefix("RRULE:").unwrap_or(&text).split(';') {
            let Some((name, value)) = part.split_once('=') else {
                return Err(RuleError::invalid(
                    "RRULE",
                    part,
                    "parts such as FREQ=WEEKLY, separated by semicolons",
                ));
            };
            parts.read(name, value)?;
        }
        parts.rule()
    }
}

#[derive(Default)]
struct Parts {
    frequency: Option<Frequency>,
    interval: Option<u32>,
    count: Option<u32>,
    until: Option<Until>,
    week_start: Option<Weekday>,
    months: Option<Vec<u8>>,
    month_days: Option<Vec<i8>>,
    days: Option<Vec<ByDay>>,
    positions: Option<Vec<i16>>,
}

fn once<T>(
    slot: &mut Option<T>,
    name: &str,
    value: &str,
    read: Option<T>,
    expected: &'static str,
) -> Result<(), RuleError> {
    if slot.is_some() {
        return Err(RuleError::invalid(name, value, "each part at most once"));
    }
    *slot = Some(read.ok_or_else(|| RuleError::invalid(name, value, expected))?);
    Ok(())
}

impl Parts {
    fn read(&mut self, name: &str, value: &str) -> Result<(), RuleError> {
        match name {
            "FREQ" => once(
                &mut self.frequency,
                name,
                value,
                frequency(value)?,
                "DAILY, WEEKLY, MONTHLY or YEARLY",
            ),
            "INTERVAL" => once(&mut self.interval, name, value, positive(value), COUNT),
            "COUNT" => once(&mut self.count, name, value, positive(value), COUNT),
            "UNTIL" => once(&mut self.until, name, value, until(value), UNTIL),
            "WKST" => once(
                &mut self.week_start,
                name,
                value,
                weekday(value),
                "one of MO, TU, WE, TH, FR, SA, SU",
            ),
            "BYMONTH" if value.contains('L') => Err(RuleError::unsupported(name, value)),
            "BYMONTH" => once(&mut self.months, name, value, list(value, month), MONTH),
            "BYMONTHDAY" => once(
                &mut self.month_days,
                name,
                value,
                list(value, |text| signed(text, 31)),
                MONTH_DAY,
            ),
            "BYDAY" => once(&mut self.days, name, value, list(value, by_day), DAY),
            "BYSETPOS" => once(
                &mut self.positions,
                name,
                value,
                list(value, |text| signed(text, 366)),
                POSITION,
            ),
            _ if UNSUPPORTED.contains(&name) || name.starts_with("X-") => {
                Err(RuleError::unsupported(name, value))
            }
            _ => Err(RuleError::invalid(
                "RRULE",
                name,
                "the name of a part, such as FREQ or BYDAY",
            )),
        }
    }

    fn rule(self) -> Result<Rule, RuleError> {
        let Some(frequency) = self.frequency else {
            return Err(RuleError::invalid("FREQ", "", "DAILY, WEEKLY, MONTHLY or YEARLY"));
        };
        let end = match (self.count, self.until) {
            (Some(_), Some(until)) => {
                return Err(RuleError::invalid("UNTIL", until, "only one of COUNT and UNTIL"));
            }
            (Some(count), None) => End::Count(count),
            (None, Some(until)) => End::Until(until),
            (None, None) => End::Never,
        };
        let mut rule = Rule {
            frequency,
            interval: self.interval.unwrap_or(1),
            end,
            week_start: self.week_start.unwrap_or(Weekday::Mon),
            months: self.months.unwrap_or_default(),
            month_days: self.month_days.unwrap_or_default(),
            days: self.days.unwrap_or_default(),
            positions: self.positions.unwrap_or_default(),
        };
        rule.normalise();
        together(&rule)?;
        Ok(rule)
    }
}

/// What RFC 5545 forbids between parts that are fine alone.
fn together(rule: &Rule) -> Result<(), RuleError> {
    let short = matches!(rule.frequency, Frequency::Daily | Frequency::Weekly);
    if let Some(day) = rule.days.iter().find(|day| short && day.ordinal.is_some()) {
        return Err(RuleError::invalid(
            "BYDAY",
            day,
            "weekdays without a number where FREQ is DAILY or WEEKLY",
        ));
    }
    if let (Frequency::Weekly, Some(day)) = (rule.frequency, rule.month_days.first()) {
        return Err(RuleError::invalid(
            "BYMONTHDAY",
            day,
            "no BYMONTHDAY where FREQ is WEEKLY",
        ));
    }
    let alone = rule.days.is_empty() && rule.month_days.is_empty() && rule.months.is_empty();
    if let (true, Some(position)) = (alone, rule.positions.first()) {
        return Err(RuleError::invalid(
            "BYSETPOS",
            position,
            "BYDAY, BYMONTHDAY or BYMONTH beside BYSETPOS",
        ));
    }
    Ok(())
}

fn frequency(text: &str) -> Result<Option<Frequency>, RuleError> {
    Ok(Some(match text {
        "DAILY" => Frequency::Daily,
        "WEEKLY" => Frequency::Weekly,
        "MONTHLY" => Frequency::Monthly,
        "YEARLY" => Frequency::Yearly,
        "HOURLY" | "MINUTELY" | "SECONDLY" => return Err(RuleError::unsupported("FREQ", text)),
        _ => return Ok(None),
    }))
}

fn list<T>(text: &str, read: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
    text.split(',').map(read).collect()
}

/// Reads plain digits; `str::parse` alone would take a sign too.
fn digits(text: &str) -> Option<u32> {
    text.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| text.parse().ok())?
}

fn positive(text: &str) -> Option<u32> {
    digits(text).filter(|value| *value > 0)
}

fn month(text: &str) -> Option<u8> {
    positive(text).filter(|value| *value <= 12)?.try_into().ok()
}

fn signed<T: TryFrom<i32>>(text: &str, most: u32) -> Option<T> {
    let (sign, text) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let value = positive(text).filter(|value| *value <= most)?;
    T::try_from(sign * i32::try_from(value).ok()?).ok()
}

fn weekday(text: &str) -> Option<Weekday> {
    Some(match text {
        "MO" => Weekday::Mon,
        "TU" => Weekday::Tue,
        "WE" => Weekday::Wed,
        "TH" => Weekday::Thu,
        "FR" => Weekday::Fri,
        "SA" => Weekday::Sat,
        "SU" => Weekday::Sun,
        _ => return None,
    })
}

fn by_day(text: &str) -> Option<ByDay> {
    let (ordinal, name) = text.split_at_checked(text.len().checked_sub(2)?)?;
    let ordinal = match ordinal {
        "" => None,
        _ => Some(signed(ordinal, 53)?),
    };
    let weekday = weekday(name)?;
    Some(ByDay { ordinal, weekday })
}

fn until(text: &str) -> Option<Until> {
    let Some((date_text, time_text)) = text.split_once('T') else {
        return date(text).map(Until::Date);
    };
    let date = date(date_text)?;
    match time_text.strip_suffix('Z') {
        Some(utc) => Some(Until::Utc(NaiveDateTime::new(date, time(utc)?).and_utc())),
        None => Some(Until::Local(NaiveDateTime::new(date, time(time_text)?))),
    }
}

fn date(text: &str) -> Option<NaiveDate> {
    let all = digits(text).filter(|_| text.len() == 8)?;
    NaiveDate::from_ymd_opt((all / 10_000).try_into().ok()?, all / 100 % 100, all % 100)
}

/// A leap second is read as the second before it, as RFC 5545, section 3.3.12, says.
fn time(text: &str) -> Option<NaiveTime> {
    let all = digits(text).filter(|_| text.len() == 6)?;
    let second = match all % 100 {
        60 => 59,
        second => second,
    };
    NaiveTime::from_hms_opt(all / 10_000, all / 100 % 100, second)
}
