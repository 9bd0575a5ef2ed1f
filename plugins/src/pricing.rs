//! A [`Plugin`] as a [`Pricing`]: from the gym's request to the contract's, and from adjustments to operations.

use std::collections::BTreeSet;

use chrono::{Datelike, Timelike};
use gym_core::billing::obligation::{Charged, Component, Key};
use gym_core::billing::pricing::{Answer, Detail, Item, OnFailure, Pricing, Request};
use gym_core::fact::Facts;
use gym_core::money::{Currency, Money as CoreMoney};

use crate::call::Run;
use crate::check::check_quote;
use crate::contract::{Context, Fact, ItemKind, Line, Member, Money, Occasion, QuoteRequest, Span, facts};
use crate::parallel;
use crate::plugin::Plugin;
use crate::record::Record;

impl Pricing for Plugin {
    fn name(&self) -> &str {
        self.id()
    }

    fn on_failure(&self) -> OnFailure {
        self.terms().on_failure.into()
    }

    fn wants(&self) -> BTreeSet<Detail> {
        self.terms().details.clone()
    }

    fn propose(&self, request: &Request) -> Answer {
        let request = self.request(request);
        let mut operations = Vec::new();
        let run = self.priced(&request, &self.tables).then(|(quote, checked)| {
            operations = checked;
            Ok(quote)
        });
        let answer = match &run.answer {
            Ok(_) => Answer::of(operations),
            Err(error) => Answer::none(error.to_string()),
        };
        answer.recorded(Record::of(self, request, run).line())
    }

    fn propose_all(&self, requests: &[Request]) -> Vec<Answer> {
        parallel::each(requests, |request| self.propose(request))
    }
}

impl Plugin {
    /// Puts a request in the words of the contract, with this plugin's pseudonym for the payer, and without what others
    /// want to be told and this one was not granted.
    pub fn request(&self, request: &Request) -> QuoteRequest {
        let mut told = QuoteRequest {
            lines: request
                .items
                .iter()
                .enumerate()
                .map(|(at, item)| line(at, item, self.told(&item.facts)))
                .collect(),
            member: Some(Member {
                subject: self.key.pseudonym(self.id(), &request.payer.to_string()),
                tags: request.concessions.iter().cloned().collect(),
                facts: self.told(&request.payer_facts),
            }),
            context: Context {
                today: request.on.into(),
                location: request.location.to_string(),
                currency: request.currency.code().to_owned(),
                seed: 0,
                facts: self.told(&request.facts),
            },
        };
        told.context.seed = self.key.seed(self.id(), &told);
        told
    }

    /// Returns the facts that this plugin may be told: of details those that it was granted.
    pub(crate) fn told(&self, known: &Facts) -> Vec<Fact> {
        let granted = |key: &str| Detail::of(key).is_none_or(|it| self.terms().details.contains(&it));
        let told = facts(known).into_iter();
        told.filter(|fact| granted(&fact.key)).collect()
    }

    /// Asks for prices in the words of the contract, and returns the price of each line by its answer alone, without the
    /// gym's own rules and bounds.
    pub fn line_prices(&self, request: &QuoteRequest) -> Run<Vec<CoreMoney>> {
        let run = self.quote_price(request);
        run.then(|quote| {
            let bad = |why: String| self.bad(vec![why]);
            let operations = check_quote(request, &quote, self.limits()).map_err(|why| self.bad(why))?;
            let list = |line: &Line| {
                let currency: Result<Currency, _> = line.list_price.currency.parse();
                currency.map(|currency| CoreMoney::new(line.list_price.minor_units, currency))
            };
            let lists: Result<Vec<CoreMoney>, _> = request.lines.iter().map(list).collect();
            let lists = lists.map_err(|error| bad(error.to_string()))?;
            let mut prices = lists.clone();
            for operation in operations {
                let place = operation.item;
                if let (Some(list), Some(price)) = (lists.get(place), prices.get_mut(place)) {
                    let step = operation
                        .change
                        .step(*list)
                        .and_then(|step| price.checked_add(step));
                    *price = step.map_err(|error| bad(error.to_string()))?;
                }
            }
            Ok(prices)
        })
    }
}

fn line(at: usize, item: &Item, facts: Vec<Fact>) -> Line {
    Line {
        line_id: u32::try_from(at).unwrap_or(u32::MAX),
        kind: kind(&item.key),
        tax_code: item.tax.as_str().to_owned(),
        list_price: Money {
            minor_units: item.list.minor(),
            currency: item.list.currency().code().to_owned(),
        },
        days: item.days.map(|days| Span {
            first: days.from().into(),
            last: days.until().pred_opt().unwrap_or(days.from()).into(),
        }),
        occasion: item.occasion.map(|occasion| Occasion {
            day: occasion.starts.date().into(),
            weekday: u8::try_from(occasion.starts.weekday().number_from_monday()).unwrap_or_default(),
            minute: u16::try_from(occasion.starts.num_seconds_from_midnight() / 60).unwrap_or_default(),
            places: occasion.places,
            taken: occasion.taken,
        }),
        facts,
    }
}

fn kind(key: &Key) -> ItemKind {
    match key {
        Key::Period {
            component: Component::Fee | Component::Additional(_) | Component::Resumed(_),
            ..
        } => ItemKind::Membership,
        Key::Period { .. } => ItemKind::Fee,
        Key::Once(charged) => match charged {
            Charged::Membership(_) => ItemKind::Membership,
            Charged::Session(_) => ItemKind::PersonalSession,
            Charged::Registration(_) => ItemKind::ClassBooking,
            Charged::Penalty(_) => ItemKind::Fee,
            Charged::Lot(_) => ItemKind::Pass,
            Charged::Sale(_) | Charged::GiftCard(_) => ItemKind::Product,
        },
    }
}
