//! A [`Rule`] is a pricing of the house: quiet hours, empty classes, concessions.

use std::collections::BTreeSet;

use chrono::{Datelike, NaiveTime, Weekday};
use serde::{Deserialize, Serialize};

use super::{Answer, Change, Item, Operation, Pricing, Request};

/// A pricing that a club sets up without a plugin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// Classes and sessions at quiet times are cheaper, or dearer.
    OffPeak {
        /// On which days of the week; on all if none.
        days: BTreeSet<Day>,
        /// From which civil time.
        from: NaiveTime,
        /// Until which civil time.
        until: NaiveTime,
        /// Only while at most this share of the places is taken, in thousandths of a percent.
        filled_at_most: u32,
        /// By which share of the list price, in thousandths of a percent.
        percent: i32,
    },
    /// Those who have shown something pay less.
    Concession {
        /// What they have shown, such as `student`.
        name: String,
        /// By which share of the list price, in thousandths of a percent.
        percent: i32,
    },
}

/// A day of the week, in order from Monday, 1, to Sunday, 7, as in ISO 8601.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Day(pub u8);

impl From<Weekday> for Day {
    fn from(day: Weekday) -> Self {
        Self(u8::try_from(day.number_from_monday()).unwrap_or_default())
    }
}

impl Rule {
    fn concerns(&self, request: &Request, item: &Item) -> bool {
        match self {
            Self::OffPeak {
                days,
                from,
                until,
                filled_at_most,
                ..
            } => item.occasion.is_some_and(|at| {
                let (day, time) = (Day::from(at.starts.weekday()), at.starts.time());
                let filled = u64::from(at.taken) * u64::from(crate::billing::tax::WHOLE);
                (days.is_empty() || days.contains(&day))
                    && *from <= time
                    && time < *until
                    && filled <= u64::from(at.places) * u64::from(*filled_at_most)
            }),
            Self::Concession { name, .. } => request.concessions.contains(name),
        }
    }

    fn change(&self) -> (i32, String) {
        match self {
            Self::OffPeak { percent, .. } => (*percent, "Quiet hours".to_owned()),
            Self::Concession { name, percent } => (*percent, format!("Concession ({name})")),
        }
    }
}

impl Pricing for Rule {
    fn name(&self) -> &str {
        match self {
            Self::OffPeak { .. } => "off_peak",
            Self::Concession { name, .. } => name,
        }
    }

    fn propose(&self, request: &Request) -> Answer {
        let (percent, text) = self.change();
        let items = request
            .items
            .iter()
            .enumerate()
            .filter(|(_, item)| self.concerns(request, item));
        let operation = |(item, _): (usize, &Item)| Operation {
            item,
            change: Change::Percent(percent),
            text: text.clone(),
        };
        Answer::of(items.map(operation).collect())
    }
}
