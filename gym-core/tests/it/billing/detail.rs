//! What pricings are told of payers and things: as much as they want, and no more than a tariff needs.

use std::collections::{BTreeMap, BTreeSet};

use gym_core::billing::obligation::Charged;
use gym_core::billing::pricing::{Answer, Answers, Detail, Known, Payer, Pricing, Request};
use gym_core::billing::quote::Ask;
use gym_core::billing::tax::{Prices, Rounding};
use gym_core::booking::policy::Channel;
use gym_core::fact::Facts;
use gym_core::id::Id;
use gym_core::membership::plan::MembershipType;

use super::make::{House, day, id, session};

fn told(facts: &Facts) -> String {
    serde_json::to_string(facts).unwrap()
}

/// Checks what is told of a payer who was born and joined on some days.
fn check(wanted: &[Detail], (born, joined, on): (&str, &str, &str), expected: &str) {
    let payer = Payer {
        born_on: born.parse().ok(),
        joined_on: day(joined),
        contracts: Vec::new(),
    };
    let known = Known {
        wanted: wanted.iter().copied().collect(),
        payers: BTreeMap::from([(id(7), payer)]),
        ..Known::default()
    };
    assert_eq!(
        told(&known.of_payer(id(7), day(on))),
        expected,
        "{born} {joined} {on}"
    );
    assert_eq!(told(&known.of_payer(id(8), day(on))), "{}");
}

#[test]
fn an_age_is_a_band() {
    for (born, on, expected) in [
        (
            "2026-11-22",
            "2026-11-22",
            r#"{"age.from":{"whole":0},"age.until":{"whole":14}}"#,
        ),
        (
            "2008-11-23",
            "2026-11-22",
            r#"{"age.from":{"whole":14},"age.until":{"whole":18}}"#,
        ),
        (
            "2008-11-22",
            "2026-11-22",
            r#"{"age.from":{"whole":18},"age.until":{"whole":21}}"#,
        ),
        (
            "2008-02-29",
            "2026-02-28",
            r#"{"age.from":{"whole":14},"age.until":{"whole":18}}"#,
        ),
        (
            "2008-02-29",
            "2026-03-01",
            r#"{"age.from":{"whole":18},"age.until":{"whole":21}}"#,
        ),
        (
            "1961-11-23",
            "2026-11-22",
            r#"{"age.from":{"whole":60},"age.until":{"whole":65}}"#,
        ),
        ("1900-01-01", "2026-11-22", r#"{"age.from":{"whole":65}}"#),
        ("2026-11-23", "2026-11-22", "{}"),
        ("unknown", "2026-11-22", "{}"),
    ] {
        check(&[Detail::Age], (born, "2020-01-01", on), expected);
    }
}

#[test]
fn time_with_the_club_is_whole_months() {
    for (joined, on, months) in [
        ("2026-11-22", "2026-11-22", 0),
        ("2026-10-23", "2026-11-22", 0),
        ("2026-10-22", "2026-11-22", 1),
        ("2026-01-31", "2026-02-27", 0),
        ("2026-01-31", "2026-02-28", 1),
        ("2024-02-29", "2025-02-28", 12),
        ("2016-12-01", "2026-11-30", 119),
        ("2027-01-01", "2026-11-22", 0),
    ] {
        let expected = format!(r#"{{"tenure.months":{{"whole":{months}}}}}"#);
        check(&[Detail::Tenure], ("1990-01-01", joined, on), &expected);
    }
}

#[test]
fn what_nobody_wants_is_not_told() {
    check(&[], ("1990-01-01", "2020-01-01", "2026-11-22"), "{}");
    check(
        &[Detail::Plan, Detail::Channel],
        ("1990-01-01", "2020-01-01", "2026-11-22"),
        "{}",
    );
}

#[test]
fn a_thing_is_told_by_its_plan_and_where_it_was_booked() {
    let kind = |name: &str| MembershipType {
        id: Id::from_raw(3),
        name: name.to_owned(),
        location: None,
    };
    let (gold, odd) = (kind("Gold"), kind("Go\nld"));
    let mut owed = session(1, "2027-03-02", 2_000);
    owed.plan = Some(Id::from_raw(9));
    owed.charged = Charged::Registration(id(4));
    let of = |wanted: &[Detail], kind| {
        let known = Known {
            wanted: wanted.iter().copied().collect(),
            plans: BTreeMap::from([(Id::from_raw(9), kind)]),
            channels: BTreeMap::from([(owed.charged, Channel::Aggregator)]),
            ..Known::default()
        };
        told(&known.of_item(&owed))
    };
    let (plan, channel) = (
        r#""plan.name":{"text":"Gold"},"plan.type":{"whole":3}"#,
        r#""channel":{"text":"aggregator"}"#,
    );
    assert_eq!(of(&Detail::ALL, &gold), format!("{{{channel},{plan}}}"));
    assert_eq!(of(&[Detail::Plan], &gold), format!("{{{plan}}}"));
    assert_eq!(of(&[Detail::Channel], &gold), format!("{{{channel}}}"));
    assert_eq!(of(&[Detail::Age], &gold), "{}");
    assert_eq!(
        of(&[Detail::Plan], &odd),
        r#"{"plan.type":{"whole":3}}"#,
        "a name that is no line is no fact"
    );
}

/// Wants to be told how old somebody is.
struct Curious;

impl Pricing for Curious {
    fn name(&self) -> &str {
        "curious"
    }

    fn wants(&self) -> BTreeSet<Detail> {
        BTreeSet::from([Detail::Age])
    }

    fn propose(&self, _: &Request) -> Answer {
        Answer::of(Vec::new())
    }
}

#[test]
fn an_answer_says_what_it_wanted_to_be_told() {
    let answers = Answers::new(&Curious);
    let json = serde_json::to_string(&answers).unwrap();
    assert_eq!(
        json,
        r#"{"name":"curious","on_failure":"list_price","wants":["age"],"answers":[]}"#
    );
    assert_eq!(serde_json::from_str::<Answers>(&json).unwrap(), answers);
    let standing = answers.at("2026-11-22T12:00:00Z".parse().unwrap());
    assert_eq!(standing.wants(), Curious.wants());
}

#[test]
fn a_request_has_what_is_known_on_its_day() {
    let house = House::new(Prices::Inclusive, Rounding::PerLine);
    let mut terms = house.terms();
    let payer = Payer {
        born_on: Some(day("2009-03-02")),
        joined_on: day("2027-01-01"),
        contracts: Vec::new(),
    };
    terms.known = Known {
        wanted: BTreeSet::from([Detail::Age]),
        payers: BTreeMap::from([(id(7), payer)]),
        ..Known::default()
    };
    let owed = [&session(1, "2027-03-02", 2_000)];
    let on = |on| Ask {
        payer: id(7),
        on: day(on),
        codes: &[],
        owed: &owed,
    };
    let (before, after) = (terms.request(&on("2027-03-01")), terms.request(&on("2027-03-02")));
    assert!(told(&before.payer_facts).starts_with(r#"{"age.from":{"whole":14}"#));
    assert!(told(&after.payer_facts).starts_with(r#"{"age.from":{"whole":18}"#));
}
