//! A [`Fact`]: one thing more that the host knows, found by its key.

use crate::{Date, Fact, FactValue, Money, Percent};

impl Fact {
    /// Makes a fact.
    pub fn new(key: &str, value: impl Into<FactValue>) -> Self {
        Self {
            key: key.to_owned(),
            value: value.into(),
        }
    }
}

/// Returns the value of a key, if it is there.
pub(crate) fn find<'a>(facts: &'a [Fact], key: &str) -> Option<&'a FactValue> {
    facts.iter().find(|fact| fact.key == key).map(|fact| &fact.value)
}

impl FactValue {
    /// Returns the text, if it is one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the whole number, if it is one.
    pub fn as_whole(&self) -> Option<i64> {
        match self {
            Self::Whole(number) => Some(*number),
            _ => None,
        }
    }

    /// Returns the share, if it is one.
    pub fn as_ratio(&self) -> Option<Percent> {
        match self {
            Self::Ratio(share) => Some(Percent::basis_points(*share)),
            _ => None,
        }
    }

    /// Returns the yes or no, if it is one.
    pub fn as_flag(&self) -> Option<bool> {
        match self {
            Self::Flag(flag) => Some(*flag),
            _ => None,
        }
    }

    /// Returns the civil day, if it is one.
    pub fn as_day(&self) -> Option<Date> {
        match self {
            Self::Day(day) => Some(*day),
            _ => None,
        }
    }

    /// Returns the amount, if it is one.
    pub fn as_amount(&self) -> Option<&Money> {
        match self {
            Self::Amount(amount) => Some(amount),
            _ => None,
        }
    }
}

impl From<&str> for FactValue {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<i64> for FactValue {
    fn from(number: i64) -> Self {
        Self::Whole(number)
    }
}

impl From<Percent> for FactValue {
    fn from(share: Percent) -> Self {
        Self::Ratio(share.as_basis_points())
    }
}

impl From<bool> for FactValue {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl From<Date> for FactValue {
    fn from(day: Date) -> Self {
        Self::Day(day)
    }
}

impl From<Money> for FactValue {
    fn from(amount: Money) -> Self {
        Self::Amount(amount)
    }
}
