//! Proposals of prices: taken, stacked, or dropped with the reason on the quote.

mod set;

use std::collections::BTreeSet;

use gym_core::billing::Objection;
use gym_core::billing::certificate::{Certificate, Shows};
use gym_core::billing::discount::Off;
use gym_core::billing::invoice::Source;
use gym_core::billing::obligation::Charged;
use gym_core::billing::policy::{Bounds, Stacking};
use gym_core::billing::pricing::{
    Answer, Answers, Change, Given, Occasion, OnFailure, Operation, Pricing, Request, Rule, Unfit,
};
use gym_core::billing::quote::{Ask, Quote};
use gym_core::billing::tax::{Prices, Rounding};
use gym_core::decision::Draft;
use gym_core::money::{Currency, Money};

use super::make::{House, at, day, discount, eur, id, session};

/// Proposes what it is told to.
struct Says(&'static str, Result<Vec<Operation>, String>);

impl Pricing for Says {
    fn name(&self) -> &str {
        self.0
    }

    fn propose(&self, _: &Request) -> Answer {
        let proposed = self.1.clone();
        Answer {
            proposed,
            record: None,
        }
        .recorded(format!("{} was asked", self.0))
    }
}

fn operation(item: usize, change: Change) -> Operation {
    Operation {
        item,
        change,
        text: "because".to_owned(),
    }
}

fn house() -> House {
    House::new(Prices::Inclusive, Rounding::PerLine)
}

/// Quotes sessions 1 and 2 at 20.00 and 10.00, tomorrow at 10:00 and 18:00.
fn quote(house: &House, pricings: &[&dyn Pricing]) -> Quote {
    try_quote(house, pricings).unwrap()
}

fn try_quote(house: &House, pricings: &[&dyn Pricing]) -> Result<Quote, Vec<Objection>> {
    let owed = [session(1, "2027-03-02", 2_000), session(2, "2027-03-02", 1_000)];
    let owed: Vec<_> = owed.iter().collect();
    let mut terms = house.terms();
    terms.pricing = pricings.to_vec();
    for (number, hour) in [(1, 10), (2, 18)] {
        let starts = day("2027-03-02").and_hms_opt(hour, 0, 0).unwrap();
        terms.occasions.insert(
            Charged::Session(id(number)),
            Occasion {
                starts,
                places: 10,
                taken: 4,
            },
        );
    }
    let ask = Ask {
        payer: id(7),
        on: day("2027-03-01"),
        codes: &[],
        owed: &owed,
    };
    terms.quote(&ask, &mut Draft::default())
}

fn grosses(quote: &Quote) -> Vec<i64> {
    quote.lines.iter().map(|line| line.gross.minor()).collect()
}

#[test]
fn a_class_at_a_quiet_time_is_cheaper_unless_it_is_full() {
    let mut house = house();
    let time = |hour| chrono::NaiveTime::from_hms_opt(hour, 0, 0).unwrap();
    let quiet = |filled_at_most| Rule::OffPeak {
        days: BTreeSet::new(),
        from: time(9),
        until: time(16),
        filled_at_most,
        percent: -25_000,
    };
    house.policy.rules = vec![quiet(50_000)];
    assert_eq!(grosses(&quote(&house, &[])), [1_500, 1_000]);
    house.policy.rules = vec![quiet(39_999)];
    assert_eq!(grosses(&quote(&house, &[])), [2_000, 1_000]);
}

#[test]
fn a_student_pays_less_while_the_card_counts() {
    let mut house = house();
    house.policy.rules = vec![Rule::Concession {
        name: "student".to_owned(),
        percent: -20_000,
    }];
    assert_eq!(grosses(&quote(&house, &[])), [2_000, 1_000]);
    let (from, until) = (day("2026-10-01"), Some(day("2027-03-01")));
    let shows = Shows::Concession("student".to_owned());
    house.certificates.push(Certificate {
        id: id(1),
        member: id(7),
        shows,
        reference: "card".to_owned(),
        from,
        until,
    });
    let cheaper = quote(&house, &[]);
    assert_eq!(grosses(&cheaper), [1_600, 800]);
    assert_eq!(
        cheaper.lines[0].adjustments[0].source,
        Source::Pricing("student".to_owned())
    );
    assert_eq!(cheaper.lines[0].adjustments[0].text, "Concession (student)");
    house.certificates[0].until = Some(day("2027-02-28"));
    assert_eq!(grosses(&quote(&house, &[])), [2_000, 1_000]);
}

#[test]
fn proposals_add_up_on_the_list_price_and_discounts_come_after() {
    let mut house = house();
    house.discounts = vec![discount(1, Off::Percent(50_000))];
    let lower = Says(
        "lower",
        Ok(vec![
            operation(0, Change::Percent(-10_000)),
            operation(0, Change::Amount(eur(-100))),
        ]),
    );
    let raise = Says(
        "raise",
        Ok(vec![
            operation(0, Change::Percent(20_000)),
            operation(1, Change::Percent(20_000)),
        ]),
    );
    let both = quote(&house, &[&lower, &raise]);
    // 20.00 − 2.00 − 1.00 + 4.00, half of it; 10.00 + 2.00, half of it.
    assert_eq!(grosses(&both), [1_050, 600]);
    let amounts: Vec<i64> = both.lines[0]
        .adjustments
        .iter()
        .map(|it| it.amount.minor())
        .collect();
    assert_eq!(amounts, [-200, -100, 400, -1_050]);
    assert!(both.dropped.is_empty());
}

#[test]
fn the_best_for_the_payer_counts_where_they_do_not_stack() {
    let mut house = house();
    house.policy.stacking = Stacking::Best;
    let some = Says("some", Ok(vec![operation(0, Change::Percent(-10_000))]));
    let more = Says("more", Ok(vec![operation(1, Change::Percent(-50_000))]));
    let equal = Says("equal", Ok(vec![operation(0, Change::Amount(eur(-500)))]));
    let none = Says("none", Ok(Vec::new()));
    let best = quote(&house, &[&some, &more, &equal, &none]);
    assert_eq!(grosses(&best), [2_000, 500]);
    let better = Unfit::Stacked {
        better: "more".to_owned(),
    };
    let dropped: Vec<_> = best
        .dropped
        .iter()
        .map(|it| (it.source.as_str(), &it.why))
        .collect();
    assert_eq!(dropped, [("some", &better), ("equal", &better)]);
}

#[track_caller]
fn dropped(bounds: Bounds, operations: Vec<Operation>, sentence: &str) {
    let mut house = house();
    house.policy.bounds = bounds;
    let quote = quote(&house, &[&Says("guest", Ok(operations))]);
    assert_eq!(grosses(&quote), [2_000, 1_000], "the list prices stay");
    assert!(quote.lines.iter().all(|line| line.adjustments.is_empty()));
    let why: Vec<_> = quote
        .dropped
        .iter()
        .map(|it| (it.source.as_str(), it.why.to_string()))
        .collect();
    assert_eq!(why, [("guest", sentence.to_owned())]);
}

#[test]
fn a_proposal_that_must_not_be_is_dropped_whole_and_the_reason_kept() {
    let wide = Bounds {
        floor: 0,
        ceiling: 200_000,
    };
    let fine = operation(1, Change::Percent(-10_000));
    let with = |change| vec![fine.clone(), operation(0, change)];
    dropped(
        wide,
        with(Change::Amount(eur(-2_001))),
        "item 0: -0.01 EUR is not accepted; expected at least 0.00 EUR",
    );
    dropped(
        wide,
        with(Change::Percent(100_100)),
        "item 0: 40.02 EUR is not accepted; expected at most 40.00 EUR",
    );
    let usd = Money::new(-1, Currency::USD);
    dropped(
        wide,
        with(Change::Amount(usd)),
        "item 0: -0.01 USD is not accepted; expected EUR",
    );
    let far = with(Change::Amount(eur(i64::MAX)));
    dropped(
        wide,
        far,
        "item 0: the price is out of range; expected an amount that fits 64 bits of minor units",
    );
    dropped(
        wide,
        vec![operation(2, Change::Percent(-1))],
        "item 2: there are 2 items; expected a smaller number",
    );
    let silent = Operation {
        text: "a\nb".to_owned(),
        ..fine.clone()
    };
    dropped(
        wide,
        vec![silent],
        "item 1: the text is not accepted; expected 1 to 200 characters on one line",
    );
    let narrow = Bounds {
        floor: 80_000,
        ceiling: 120_000,
    };
    dropped(
        narrow,
        with(Change::Percent(-20_050)),
        "item 0: 15.99 EUR is not accepted; expected at least 16.00 EUR",
    );
    dropped(
        narrow,
        with(Change::Percent(21_000)),
        "item 0: 24.20 EUR is not accepted; expected at most 24.00 EUR",
    );
}

#[test]
fn a_pricing_without_an_answer_leaves_the_list_price() {
    let broken = Says("guest", Err("out of fuel".to_owned()));
    let quote = quote(&house(), &[&broken]);
    assert_eq!(grosses(&quote), [2_000, 1_000]);
    assert_eq!(quote.dropped[0].why.to_string(), "no answer: out of fuel");
}

#[test]
fn one_bad_proposal_does_not_take_another_with_it() {
    let bad = Says("bad", Ok(vec![operation(0, Change::Percent(-200_000))]));
    let good = Says("good", Ok(vec![operation(0, Change::Percent(-10_000))]));
    let quote = quote(&house(), &[&bad, &good]);
    assert_eq!((grosses(&quote), quote.dropped.len()), (vec![1_800, 1_000], 1));
}

#[test]
fn an_answer_counts_for_the_request_that_it_was_given_to() {
    let house = house();
    let owed = [session(1, "2027-03-02", 2_000)];
    let owed: Vec<_> = owed.iter().collect();
    let ask = Ask {
        payer: id(7),
        on: day("2027-03-01"),
        codes: &[],
        owed: &owed,
    };
    let request = house.terms().request(&ask);
    let json = serde_json::to_string(&request).unwrap();
    assert_eq!(serde_json::from_str::<Request>(&json).unwrap(), request);
    assert_eq!(
        json,
        serde_json::to_string(&house.terms().request(&ask)).unwrap(),
        "the same facts, the same bytes"
    );
    let operations = vec![operation(0, Change::Percent(-50_000))];
    let until = at("2027-03-01T12:00:00Z");
    let given = Given {
        request: request.clone(),
        until,
        answer: Answer::of(operations),
        seal: None,
    };
    let answers = Answers {
        name: "guest".to_owned(),
        on_failure: OnFailure::ListPrice,
        wants: BTreeSet::new(),
        answers: vec![given],
    };
    let again = |on: &str, now: &str, answers: &Answers| {
        let standing = answers.at(at(now));
        let mut terms = house.terms();
        terms.pricing = vec![&standing];
        terms.quote(&Ask { on: day(on), ..ask }, &mut Draft::default())
    };
    let fresh = again("2027-03-01", "2027-03-01T11:59:59Z", &answers).unwrap();
    assert_eq!(fresh.total, eur(1_000));
    let priced = fresh.priced.unwrap();
    assert_eq!(
        (&priced.request, priced.answers[0].source.as_str()),
        (&request, "guest")
    );
    for (on, now) in [
        ("2027-03-02", "2027-03-01T11:59:59Z"),
        ("2027-03-01", "2027-03-01T12:00:00Z"),
    ] {
        let stale = again(on, now, &answers).unwrap();
        assert_eq!(stale.total, eur(2_000));
        assert_eq!(
            stale.dropped[0].why.to_string(),
            "no answer: the request has changed since it was answered, or the answer has expired"
        );
        let needed = Answers {
            on_failure: OnFailure::Refuse,
            ..answers.clone()
        };
        let refused = again(on, now, &needed).unwrap_err();
        assert!(
            matches!(&refused[..], [Objection::Unpriced { payer, .. }] if *payer == ask.payer),
            "{refused:?}"
        );
    }
}

/// A pricing without which there is no quote.
struct Needed(Says);

impl Pricing for Needed {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn on_failure(&self) -> OnFailure {
        OnFailure::Refuse
    }

    fn propose(&self, request: &Request) -> Answer {
        self.0.propose(request)
    }
}

#[test]
fn a_pricing_that_is_needed_leaves_no_quote_when_it_fails_or_goes_too_far() {
    let needed = |proposed| Needed(Says("guest", proposed));
    let fine = needed(Ok(vec![operation(0, Change::Percent(-10_000))]));
    assert_eq!(grosses(&quote(&house(), &[&fine])), [1_800, 1_000]);
    for (proposed, why) in [
        (Err("out of fuel".to_owned()), "no answer: out of fuel"),
        (
            Ok(vec![operation(0, Change::Percent(-200_000))]),
            "item 0: -20.00 EUR is not accepted; expected at least 0.00 EUR",
        ),
    ] {
        let refused = try_quote(&house(), &[&needed(proposed)]).unwrap_err();
        assert_eq!(
            refused[0].to_string(),
            format!(
                "price: guest has none for member 7 ({why}); expected an answer, since there is no quote without"
            )
        );
    }
}

#[test]
fn a_quote_records_what_was_asked_and_what_every_pricing_said() {
    let fine = Says("fine", Ok(vec![operation(0, Change::Percent(-10_000))]));
    let broken = Says("broken", Err("out of fuel".to_owned()));
    let quote = quote(&house(), &[&fine, &broken]);
    let priced = quote.priced.as_ref().unwrap();
    assert_eq!(priced.request.items.len(), 2);
    let told: Vec<_> = priced
        .answers
        .iter()
        .map(|it| (it.source.as_str(), it.answer.record.as_deref().unwrap()))
        .collect();
    assert_eq!(told, [("fine", "fine was asked"), ("broken", "broken was asked")]);
    let json = serde_json::to_string(&quote).unwrap();
    assert_eq!(serde_json::from_str::<Quote>(&json).unwrap(), quote);
    let silent = self::quote(&house(), &[]);
    assert!(silent.priced.is_none(), "nobody outside was asked");
}
