//! [`Pricing`]: proposes changes of prices, which the gym adds up, rounds and bounds.
//!
//! ```
//! use gym_plugin_sdk::pricing::{Line, Pricing, Quote, QuoteRequest};
//! use gym_plugin_sdk::{Failure, Percent, Settings};
//!
//! /// The earlier half of the day costs a fifth less.
//! struct Mornings;
//!
//! impl Pricing for Mornings {
//!     fn new(_: &Settings) -> Result<Self, Failure> {
//!         Ok(Self)
//!     }
//!
//!     fn quote(&self, request: &QuoteRequest) -> Result<Quote, Failure> {
//!         let early = |line: &&Line| line.occasion.is_some_and(|at| at.minute < 12 * 60);
//!         let lower = |line: &Line| line.adjust("morning", "Morning price", Percent::whole(20).off());
//!         Ok(request.lines.iter().filter(early).map(lower).collect())
//!     }
//! }
//! ```

pub use crate::bindings::price::gym::plugins::pricing_types::{
    Adjustment, Change, Context, Days, ItemKind, Line, Member, Occasion, Quote, QuoteRequest,
};
use crate::fact::find;
use crate::{FactValue, Failure, Percent, Settings};

/// A plugin that proposes prices.
pub trait Pricing: Sized {
    /// Makes it for an installation. It is also how settings are checked when the plugin is installed, so everything
    /// that it accepts must work.
    ///
    /// # Errors
    /// [`Failure::invalid_config`] with the setting, its value and what was expected.
    fn new(settings: &Settings) -> Result<Self, Failure>;

    /// Proposes changes of prices. A [`Quote`] without adjustments leaves the list prices.
    ///
    /// # Errors
    /// A [`Failure`] if there is no answer; what is paid then is the policy of the installation.
    fn quote(&self, request: &QuoteRequest) -> Result<Quote, Failure>;
}

impl QuoteRequest {
    /// Says whether the payer has shown something that counts on the day, such as `student`.
    pub fn has_tag(&self, tag: &str) -> bool {
        let member = self.member.as_ref();
        member.is_some_and(|member| member.tags.iter().any(|it| it == tag))
    }
}

impl Line {
    /// Proposes a change of this line's price. `reason` is 1 to 40 lower-case letters, digits and hyphens for the records;
    /// `label` one line of 1 to 200 characters for the invoice.
    pub fn adjust(&self, reason: &str, label: &str, change: Change) -> Adjustment {
        Adjustment {
            line_id: Some(self.line_id),
            ..Adjustment::of_all(reason, label, change)
        }
    }

    /// Returns what else the host knows of this line, by key.
    pub fn fact(&self, key: &str) -> Option<&FactValue> {
        find(&self.facts, key)
    }
}

impl Member {
    /// Returns what else the host knows of the payer, by key.
    pub fn fact(&self, key: &str) -> Option<&FactValue> {
        find(&self.facts, key)
    }
}

impl Context {
    /// Returns what else the host knows, by key.
    pub fn fact(&self, key: &str) -> Option<&FactValue> {
        find(&self.facts, key)
    }
}

impl Occasion {
    /// Returns the share of the places that is taken; a class without places is full.
    pub fn fill(&self) -> Percent {
        Percent::ratio(self.taken, self.places).unwrap_or(Percent::whole(100))
    }
}

impl Adjustment {
    /// Proposes a change of every line's price: a share applies to each, an amount is split over them.
    pub fn of_all(reason: &str, label: &str, change: Change) -> Self {
        Self {
            line_id: None,
            reason_code: reason.to_owned(),
            label: label.to_owned(),
            change,
            exclusive_group: None,
            priority: 0,
        }
    }

    /// Lets only the highest priority of a group count on a line.
    #[must_use]
    pub fn within(self, group: &str, priority: i32) -> Self {
        Self {
            exclusive_group: Some(group.to_owned()),
            priority,
            ..self
        }
    }
}

impl Quote {
    /// Adds one line for the records, at most 400 bytes.
    #[must_use]
    pub fn explained(self, explanation: impl Into<String>) -> Self {
        Self {
            explanation: Some(explanation.into()),
            ..self
        }
    }
}

/// The list prices.
impl Default for Quote {
    fn default() -> Self {
        Vec::new().into()
    }
}

impl From<Vec<Adjustment>> for Quote {
    fn from(adjustments: Vec<Adjustment>) -> Self {
        Self {
            adjustments,
            explanation: None,
            facts: Vec::new(),
        }
    }
}

impl FromIterator<Adjustment> for Quote {
    fn from_iter<I: IntoIterator<Item = Adjustment>>(adjustments: I) -> Self {
        adjustments.into_iter().collect::<Vec<_>>().into()
    }
}
