//! A [`Question`]: a request of any kind, told apart by what is in it.

use std::path::Path;

use gym_plugins::contract::{Choice, Failure, OfferRequest, QuoteRequest, RankRequest, Ranked};
use gym_plugins::{CallError, LogLine, Plugin, Run, Usage};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::show::{Trouble, read};

/// What a plugin is asked.
#[derive(Debug)]
pub(crate) enum Question {
    Prices(QuoteRequest),
    Ranking(RankRequest),
    Offers(OfferRequest),
}

/// An answer of any kind, as the contract writes it.
pub(crate) struct Answered {
    pub(crate) answer: Value,
    /// Why there is none, unless the plugin says so itself.
    pub(crate) crash: Option<CallError>,
    pub(crate) usage: Usage,
    pub(crate) record_bytes: u64,
    pub(crate) log: Vec<LogLine>,
}

/// One thing of an answer, and what is said of it.
pub(crate) type Said = (String, String);

impl Question {
    /// Reads a request; a record is read as what was asked then.
    pub(crate) fn of(value: &Value) -> Result<Self, String> {
        fn parsed<T: for<'de> Deserialize<'de>>(request: &Value) -> Result<T, String> {
            T::deserialize(request).map_err(|error| error.to_string())
        }
        let request = value.get("request").unwrap_or(value);
        if request.get("candidates").is_some() {
            return parsed(request).map(Self::Ranking);
        }
        if request.get("offer-codes").is_some() {
            return parsed(request).map(Self::Offers);
        }
        parsed(request).map(Self::Prices)
    }

    /// Reads the one request of a file; `-` is standard input.
    pub(crate) fn read(path: &Path) -> Result<Self, Trouble> {
        let value: Value = serde_json::from_str(&read(path)?).map_err(|error| Trouble::bad(path, error))?;
        Self::of(&value).map_err(|why| Trouble::bad(path, why))
    }

    /// Asks a plugin.
    pub(crate) fn ask(&self, plugin: &Plugin) -> Answered {
        match self {
            Self::Prices(request) => answered(plugin.quote_price(request)),
            Self::Ranking(request) => answered(plugin.rank_workouts(request)),
            Self::Offers(request) => answered(plugin.choose_offers(request)),
        }
    }

    /// Asks a plugin as the gym does, and returns nothing but whether there was an answer.
    pub(crate) fn try_on(&self, plugin: &Plugin) -> Result<(), CallError> {
        match self {
            Self::Prices(request) => plugin.quote_price(request).answer.map(drop),
            Self::Ranking(request) => plugin.rank_workouts(request).answer.map(drop),
            Self::Offers(request) => plugin.choose_offers(request).answer.map(drop),
        }
    }

    /// Looks at an answer as the gym would, and says what is wrong with it. Recommendations are looked at when they are
    /// asked for.
    pub(crate) fn unfit(&self, plugin: &Plugin) -> Option<CallError> {
        match self {
            Self::Prices(request) => plugin.line_prices(request).answer.err(),
            Self::Ranking(_) | Self::Offers(_) => None,
        }
    }

    /// Asks a plugin, and returns what comes of each thing: the price of a line, the place of a workout or an offer.
    pub(crate) fn outcome(&self, plugin: &Plugin) -> Result<Vec<Said>, CallError> {
        match self {
            Self::Prices(request) => {
                let prices = plugin.line_prices(request).answer?;
                let lines = request.lines.iter().zip(prices);
                Ok(lines
                    .map(|(line, price)| (line.line_id.to_string(), price.to_string()))
                    .collect())
            }
            Self::Ranking(request) => Ok(placed(plugin.rank_workouts(request).answer?)),
            Self::Offers(request) => Ok(placed(plugin.choose_offers(request).answer?)),
        }
    }
}

/// Something that has a place in an answer.
trait Placed {
    fn said(&self) -> Said;
}

impl Placed for Ranked {
    fn said(&self) -> Said {
        let scale = self
            .scale_minutes
            .map(|scale| format!(", {} of its minutes", percent(scale)));
        let said = format!(
            "{}{}, {}",
            percent(self.score),
            scale.unwrap_or_default(),
            self.reason_code
        );
        (self.workout_id.clone(), said)
    }
}

impl Placed for Choice {
    fn said(&self) -> Said {
        let said = format!("{}, {}", percent(self.score), self.reason_code);
        (self.offer_code.clone(), said)
    }
}

fn placed<T: Placed>(items: Vec<T>) -> Vec<Said> {
    let place = |(place, item): (usize, T)| {
        let (name, said) = item.said();
        (name, format!("{}: {said}", place + 1))
    };
    items.into_iter().enumerate().map(place).collect()
}

fn percent(points: i32) -> String {
    format!("{}.{:02} %", points / 100, points % 100)
}

fn answered<T: Serialize>(run: Run<T>) -> Answered {
    let record_bytes = run.record_bytes();
    let (answer, crash) = match run.answer {
        Ok(answer) => (json!({ "ok": answer }), None),
        Err(CallError::Declined { code, message, .. }) => (json!({ "err": Failure { code, message } }), None),
        Err(error) => (json!({ "err": error.to_string() }), Some(error)),
    };
    Answered {
        answer,
        crash,
        usage: run.usage,
        record_bytes,
        log: run.log,
    }
}
