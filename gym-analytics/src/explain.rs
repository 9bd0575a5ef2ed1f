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

/// How features read in a sentence.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Words(BTreeMap<String, String>);

impl Words {
    /// Takes a phrase per feature, in which `{}` stands for its value.
    pub fn new<F: Into<String>, P: Into<String>>(phrases: impl IntoIterator<Item = (F, P)>) -> Self {
        Self(
            phrases
                .into_iter()
                .map(|(feature, phrase)| (feature.into(), phrase.into()))
                .collect(),
        )
    }

    /// Returns what is so, as "31 days since the last visit"; without a phrase, name and value.
    pub fn say(&self, part: &Part) -> String {
        let value = match part.value {
            value if value.is_nan() => "unknown".to_owned(),
            value if value == value.round() && value.abs() < 1e15 => format!("{value:.0}"),
            value if value.abs() >= 10.0 => format!("{value:.1}"),
            value => format!("{value:.2}"),
        };
        match self.0.get(&part.feature) {
            Some(phrase) => phrase.replace("{}", &value),
            None => format!("{} {value}", part.feature.replace('_', " ")),
        }
    }
}
