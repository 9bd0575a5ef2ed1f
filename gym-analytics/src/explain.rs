//! [`Explanation`]: what each feature adds to one member's log-odds, and the same in plain words.
//!
//! ```
//! use gym_analytics::explain::{Explanation, Part, Words};
//!
//! let away = Part { feature: "days_since_visit".into(), value: 31.0, adds: 1.42 };
//! let age = Part { feature: "age".into(), value: 29.5, adds: -0.3 };
//! let explanation = Explanation::new(-2.0, vec![age, away]);
//! let words = Words::new([("days_since_visit", "{} days since the last visit")]);
//! assert_eq!(explanation.reasons(&words), ["31 days since the last visit: +1.4", "age 29.5: -0.3"]);
//! assert!((explanation.log_odds - -0.88).abs() < 1e-12);
//! ```

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What one feature adds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// The feature.
    pub feature: String,
    /// Its value in the row; NaN where it is not known.
    pub value: f64,
    /// What it adds to the log-odds, against the average of the training rows.
    pub adds: f64,
}

/// A score taken apart: the baseline and the parts sum to the log-odds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Explanation {
    /// The log-odds where every feature says what it says on average.
    pub baseline: f64,
    /// Every feature, in the model's order.
    pub parts: Vec<Part>,
    /// What the model says of the row.
    pub log_odds: f64,
}

impl Explanation {
    /// Sums parts in their order.
    pub fn new(baseline: f64, parts: Vec<Part>) -> Self {
        let log_odds = parts.iter().fold(baseline, |sum, part| sum + part.adds);
        Self {
            baseline,
            parts,
            log_odds,
        }
    }

    /// Returns the parts that change the log-odds by 0.05 or more, the largest first, equal ones by name.
    pub fn ranked(&self) -> Vec<&Part> {
        let mut parts: Vec<&Part> = self.parts.iter().filter(|part| part.adds.abs() >= 0.05).collect();
        parts.sort_by(|a, b| {
            b.adds
                .abs()
                .total_cmp(&a.adds.abs())
                .then_with(|| a.feature.cmp(&b.feature))
        });
        parts
    }

    /// Returns [`Explanation::ranked`] as sentences: what is so, and by how much it raises or lowers the log-odds.
    pub fn reasons(&self, words: &Words) -> Vec<String> {
        self.ranked()
            .into_iter()
            .map(|part| format!("{}: {:+.1}", words.say(part), part.adds))
            .collect()
    }
}

/// How the features of this crate read, and what is known beforehand of a month.
const PHRASES: [(&str, &str); 45] = [
    ("days_since_visit", "{} days since the last visit"),
    ("visits_total", "{} visits in all"),
    ("visit_days_7", "came on {} of the last 7 days"),
    ("visit_days_28", "came on {} of the last 28 days"),
    ("visit_days_91", "came on {} of the last 91 days"),
    ("visit_days_182", "came on {} of the last 182 days"),
    ("visit_days_364", "came on {} of the last 364 days"),
    ("visit_days_per_week", "came on {} days a week in the last year"),
    (
        "trend",
        "{} days a week {more/fewer} in the last month than before",
    ),
    ("active_weeks_12", "came in {} of the last 12 weeks"),
    ("streak_weeks", "came {} weeks in a row"),
    ("weekly_sd_12", "weeks differ by {} visit days"),
    ("longest_gap_91", "stayed away {} days in a row within 91 days"),
    ("mean_gap", "{} days from visit to visit"),
    ("share_weekend", "{} of the visit days on weekends"),
    ("share_early", "{} of the visits before 9 o'clock"),
    ("share_evening", "{} of the visits from 16 o'clock"),
    ("share_late", "{} of the visits from 20 o'clock"),
    ("places_seen", "visits to {} locations"),
    ("stay_minutes", "stays {} minutes"),
    ("tenure_days", "joined {} days ago"),
    ("membership_days", "this membership began {} days ago"),
    ("memberships_begun", "{} memberships so far"),
    ("term_months", "a term of {} months||0=a contract until notice"),
    ("price_per_month", "pays {} a month (in the smallest unit)"),
    (
        "days_to_cliff",
        "{} days until the term is over||366=no term is over within a year",
    ),
    ("is_ending", "known to end|not known to end"),
    ("is_frozen", "frozen today|not frozen today"),
    ("days_frozen_364", "frozen on {} of the last 364 days"),
    ("payments_failed_182", "{} failed payments in half a year"),
    (
        "days_since_failure",
        "{} days since a payment failed||366=no payment failed within a year",
    ),
    (
        "is_behind",
        "the last payment failed|the last payment did not fail",
    ),
    ("bookings_91", "{} classes booked in 91 days"),
    ("classes_attended_91", "{} classes attended in 91 days"),
    ("late_cancels_182", "{} late cancellations in half a year"),
    ("no_shows_182", "missed {} booked classes in half a year"),
    ("programmes_seen", "{} kinds of classes in a year"),
    ("visits_recent", "came on {} days a week of late"),
    ("visits_missed", "{} usual visits missed since the last one"),
    ("renewals", "renewed {} times"),
    ("age", "{} years old"),
    ("is_age_known", "the age is known|the age is not known"),
    ("join_quarter", "joined in quarter {} of a year"),
    (
        "may_leave",
        "a notice can take effect in that month|no notice can take effect in that month",
    ),
    ("months_ahead", "month {} from now"),
];

/// How features read in a sentence.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Words(BTreeMap<String, String>);

impl Words {
    /// Takes a phrase per feature, in which `{}` stands for its value. A flag has two without it, `yes|no`: what is said
    /// of 0 stands behind the bar, and what is said of any other value before it. `{a/b}` stands for `a` where the value is
    /// 0 or more and for `b` below, and it has no sign then. What follows `||366=` is said instead where it is 366.
    ///
    /// ```
    /// use gym_analytics::explain::{Part, Words};
    ///
    /// let words = Words::new([("trend", "{} days {more/fewer}"), ("behind", "behind|not behind"), ("end", "{} days left||366=no end")]);
    /// let say = |feature: &str, value| words.say(&Part { feature: feature.into(), value, adds: 0.1 });
    /// assert_eq!((say("trend", -0.5), say("trend", 2.0)), ("0.50 days fewer".into(), "2 days more".into()));
    /// assert_eq!((say("behind", 0.0), say("end", 30.0)), ("not behind".into(), "30 days left".into()));
    /// assert_eq!(say("end", 366.0), "no end");
    /// ```
    pub fn new<F: Into<String>, P: Into<String>>(phrases: impl IntoIterator<Item = (F, P)>) -> Self {
        Self(
            phrases
                .into_iter()
                .map(|(feature, phrase)| (feature.into(), phrase.into()))
                .collect(),
        )
    }

    /// Returns phrases for the features of this crate.
    ///
    /// ```
    /// use gym_analytics::explain::{Part, Words};
    ///
    /// let away = Part { feature: "days_since_visit".into(), value: 31.0, adds: 1.42 };
    /// assert_eq!(Words::for_features().say(&away), "31 days since the last visit");
    /// ```
    pub fn for_features() -> Self {
        Self::new(PHRASES)
    }

    /// Says whether a feature reads as what is so or not so.
    pub(crate) fn is_flag(&self, feature: &str) -> bool {
        let phrase = self.0.get(feature).map_or("", String::as_str);
        let phrase = phrase.split_once("||").map_or(phrase, |(phrase, _)| phrase);
        phrase.contains('|')
    }

    /// Returns what is so, as "31 days since the last visit"; without a phrase, name and value.
    ///
    /// ```
    /// use gym_analytics::explain::{Part, Words};
    ///
    /// let bound = |value| Part { feature: "may_leave".into(), value, adds: 1.4 };
    /// assert_eq!(Words::for_features().say(&bound(1.0)), "a notice can take effect in that month");
    /// assert_eq!(Words::for_features().say(&bound(0.0)), "no notice can take effect in that month");
    /// ```
    pub fn say(&self, part: &Part) -> String {
        let Some(phrase) = self.0.get(&part.feature) else {
            return format!("{} {}", part.feature.replace('_', " "), number(part.value));
        };
        let (phrase, instead) = match phrase.split_once("||") {
            Some((phrase, instead)) => (phrase, instead.split_once('=')),
            None => (phrase.as_str(), None),
        };
        if let Some((at, words)) = instead
            && at.parse() == Ok(part.value)
        {
            return words.to_owned();
        }
        if let Some((yes, no)) = phrase.split_once('|') {
            return match part.value {
                value if value.is_nan() => format!("{yes}: unknown"),
                0.0 => no.to_owned(),
                _ => yes.to_owned(),
            };
        }
        // The first pair of braces with a slash between them.
        let choice = phrase.match_indices('{').find_map(|(from, _)| {
            let to = from + phrase[from..].find('}')?;
            Some((from, to, phrase[from + 1..to].split_once('/')?))
        });
        match choice {
            Some((from, to, (more, less))) => {
                let word = if part.value < 0.0 { less } else { more };
                let said = format!("{}{word}{}", &phrase[..from], &phrase[to + 1..]);
                said.replace("{}", &number(part.value.abs()))
            }
            None => phrase.replace("{}", &number(part.value)),
        }
    }
}

pub(crate) fn number(value: f64) -> String {
    match value {
        value if value.is_nan() => "unknown".to_owned(),
        value if value == value.round() && value.abs() < 1e15 => format!("{value:.0}"),
        value if value.abs() >= 10.0 => format!("{value:.1}"),
        value => format!("{value:.2}"),
    }
}
