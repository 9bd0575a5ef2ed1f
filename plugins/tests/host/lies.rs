//! Answers that are well-formed and untrue: none of them reaches a price, and each says what is wrong with it.

use gym_core::billing::pricing::{OnFailure, Pricing};
use gym_plugins::contract::{Adjustment, Change, Money};
use gym_plugins::{Grants, Limits, Policy, Record, Terms};

use crate::guest::{Guest, adjustment, eur};
use crate::price::asked;

fn quiet() -> Limits {
    Limits {
        faults: 0,
        answers: 64,
        ..Limits::default()
    }
}

fn lie(adjustments: &[Adjustment]) -> String {
    let plugin = Guest::answering("liar", adjustments).load(quiet());
    let answer = plugin.propose(&asked(&[1_000, 2_000]));
    let why = answer.proposed.unwrap_err();
    let record: Record = Record::read(&answer.record.unwrap()).unwrap();
    assert_eq!(
        record.answer.unwrap_err().to_string(),
        why,
        "what is recorded is what is said"
    );
    why.strip_prefix("liar: its answer is not accepted: ")
        .unwrap_or(&why)
        .to_owned()
}

fn other(change: impl FnOnce(&mut Adjustment)) -> Vec<Adjustment> {
    let mut it = adjustment(Some(0), Change::PercentOff(1_000));
    change(&mut it);
    vec![it]
}

#[test]
fn each_lie_is_named() {
    let yen = Money {
        minor_units: 5,
        currency: "JPY".to_owned(),
    };
    let off = |change| vec![adjustment(Some(0), change)];
    for (answer, expected) in [
        (
            vec![adjustment(Some(9), Change::PercentOff(1_000))],
            "adjustment 0: there is no line 9; expected 0 to 1",
        ),
        (
            off(Change::AmountOff(yen)),
            "adjustment 0: currency \"JPY\" is not that of the request",
        ),
        (
            off(Change::AmountOff(eur(-5))),
            "adjustment 0: -5 minor units are not accepted; expected 1 to 9007199254740991",
        ),
        (
            off(Change::SetPrice(eur(-1))),
            "adjustment 0: -1 minor units are not accepted; expected 0 to 9007199254740991",
        ),
        (
            off(Change::Surcharge(eur(i64::MAX))),
            "adjustment 0: 9223372036854775807 minor units are not accepted; expected 1 to 9007199254740991",
        ),
        (
            off(Change::AmountOff(eur(1_001))),
            "line 0: its price would be below zero",
        ),
        (
            vec![adjustment(None, Change::PercentOff(6_000)); 2],
            "line 0: its price would be below zero; line 1: its price would be below zero",
        ),
        (
            off(Change::PercentOff(0)),
            "adjustment 0: 0 basis points are not accepted; expected 1 to 10000",
        ),
        (
            off(Change::PercentSurcharge(i32::MAX)),
            "adjustment 0: 2147483647 basis points are not accepted; expected 1 to 10000",
        ),
        (
            vec![adjustment(None, Change::SetPrice(eur(5)))],
            "adjustment 0: a price can be set for one line only; expected its line-id",
        ),
        (
            other(|it| it.label = "two\nlines".to_owned()),
            "label 0: it is not one line of 1 to 200 characters",
        ),
        (
            other(|it| it.label = String::new()),
            "label 0: it is not one line of 1 to 200 characters",
        ),
        (
            other(|it| it.reason_code = "Not A Code".to_owned()),
            "reason code 0: \"Not A Code\" is not 1 to 40 lower-case letters, digits and hyphens",
        ),
        (
            other(|it| it.exclusive_group = Some("g".repeat(41))),
            "group 0: it is not 1 to 40 bytes",
        ),
        (
            vec![adjustment(Some(0), Change::PercentOff(1)); 65],
            "65 adjustments are not accepted; expected at most 64",
        ),
    ] {
        assert_eq!(lie(&answer), expected);
    }
}

#[test]
fn a_hundred_thousand_adjustments_are_not_read() {
    let mut guest = Guest::new("flood");
    guest.pages = 200;
    guest.answer = guest.image.words(&[0, 1024, 100_000, 0, 0, 0, 0, 0]);
    let why = guest
        .load(quiet())
        .propose(&asked(&[1_000]))
        .proposed
        .unwrap_err();
    assert!(
        why.starts_with("flood: bytes of an answer or an argument: 65537"),
        "{why}"
    );
    let many: Vec<_> = (0..200)
        .map(|_| adjustment(Some(0), Change::PercentOff(1)))
        .collect();
    assert!(lie(&many).contains("200 adjustments"));
}

#[test]
fn what_a_plugin_says_of_itself_is_checked() {
    for id in ["", "Upper", "two words", "line\nbreak", "a/b", &"x".repeat(65)] {
        let guest = Guest {
            id: id.to_owned(),
            ..Guest::new("x")
        };
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("odd.wasm"), guest.build()).unwrap();
        let plugins = gym_plugins::Plugins::load(folder.path(), &Grants::development(), quiet()).unwrap();
        let why = plugins.faults()[0].to_string();
        assert!(
            why.contains("odd.wasm: id: ")
                && why.ends_with("expected 1 to 64 lower-case letters, digits and hyphens"),
            "{why}"
        );
    }
}

#[test]
fn the_policy_says_what_becomes_of_the_quote() {
    for (policy, expected) in [
        (Policy::Skip, OnFailure::ListPrice),
        (Policy::FailQuote, OnFailure::Refuse),
    ] {
        let terms = Terms {
            on_failure: policy,
            ..Terms::default()
        };
        let plugins =
            Guest::declining("declines", 4, "out of order").plugins(&Grants::anyone(terms), quiet());
        let pricing = &plugins.pricings()[0];
        assert_eq!(pricing.on_failure(), expected);
        let answer = pricing.propose(&asked(&[1_000]));
        assert_eq!(
            answer.proposed.unwrap_err(),
            "declines: it has no answer: out of order"
        );
    }
}
