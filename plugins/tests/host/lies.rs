//! Answers that are well-formed and untrue: none of them reaches a price, and each says what is wrong with it.

use gym_core::billing::pricing::{OnFailure, Pricing};
use gym_plugins::contract::{Adjustment, Change, FactValue, Money};
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
            "adjustment 0: -5 minor units are not accepted; expected 0 to 9007199254740991",
        ),
        (
            off(Change::SetPrice(eur(-1))),
            "adjustment 0: -1 minor units are not accepted; expected 0 to 9007199254740991",
        ),
        (
            off(Change::Surcharge(eur(i64::MAX))),
            "adjustment 0: 9223372036854775807 minor units are not accepted; expected 0 to 9007199254740991",
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
            off(Change::PercentOff(-1)),
            "adjustment 0: -1 basis points are not accepted; expected 0 to 10000",
        ),
        (
            off(Change::PercentSurcharge(i32::MAX)),
            "adjustment 0: 2147483647 basis points are not accepted; expected 0 to 10000",
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
            "group 0: it is not one line of 1 to 40 bytes",
        ),
        (
            other(|it| it.label = "Yoga \u{202e}00.1".to_owned()),
            "label 0: it is not one line of 1 to 200 characters",
        ),
        (
            other(|it| it.exclusive_group = Some("two\u{2028}lines".to_owned())),
            "group 0: it is not one line of 1 to 40 bytes",
        ),
        (
            vec![adjustment(Some(0), Change::SetPrice(eur(900))); 2],
            "adjustment 1: the price of line 0 is set twice",
        ),
        (
            vec![
                adjustment(None, Change::PercentOff(5_000)),
                adjustment(Some(1), Change::SetPrice(eur(1_500))),
            ],
            "adjustment 0: the price of line 1 is set, and a share is of the list price",
        ),
        (
            vec![adjustment(Some(0), Change::PercentOff(1)); 65],
            "65 adjustments are not accepted; expected at most 64",
        ),
    ] {
        assert_eq!(lie(&answer), expected);
    }
}

fn telling(facts: &[(&str, FactValue)]) -> Guest {
    let mut guest = Guest::new("liar");
    let mut words = Vec::new();
    for (key, value) in facts {
        let [key, length] = guest.image.text(key);
        let (case, rest) = match value {
            FactValue::Text(text) => (0, [guest.image.text(text).as_slice(), &[0, 0]].concat()),
            FactValue::Amount(money) => {
                let [low, high] = [money.minor_units as u32, (money.minor_units >> 32) as u32];
                (
                    5,
                    [&[low, high], guest.image.text(&money.currency).as_slice()].concat(),
                )
            }
            other => panic!("{other:?}"),
        };
        words.extend([key, length, case, 0]);
        words.extend(rest);
    }
    let list = guest.image.words(&words);
    let count = u32::try_from(facts.len()).unwrap();
    guest.answer = guest.image.words(&[0, list, 0, 0, 0, 0, list, count]);
    guest
}

#[test]
fn what_is_said_for_the_records_is_checked_as_what_is_said_for_invoices() {
    let text = |text: &str| FactValue::Text(text.to_owned());
    let good = [
        ("saved.so-far", FactValue::Amount(eur(-500))),
        ("why", text("früh")),
    ];
    let answer = telling(&good).load(quiet()).propose(&asked(&[1_000]));
    assert_eq!(answer.proposed, Ok(Vec::new()));
    assert!(answer.record.unwrap().contains("saved.so-far"));
    let yen = Money {
        minor_units: 5,
        currency: "JPY".to_owned(),
    };
    let not_a_line = "fact 0: it is not one line of at most 200 bytes";
    for (key, value, expected) in [
        ("a", text(&"\u{1}".repeat(60_000)), not_a_line),
        ("a", text("two\u{2028}lines"), not_a_line),
        ("a", text(&"x".repeat(201)), not_a_line),
        (
            "A key",
            text("x"),
            "fact 0: key \"A key\" is not lower-case words joined by dots, of at most 40 bytes",
        ),
        (
            "a",
            FactValue::Amount(yen),
            "fact 0: currency \"JPY\" is not that of the request",
        ),
        (
            "a",
            FactValue::Amount(eur(i64::MIN)),
            "fact 0: -9223372036854775808 minor units are not accepted; expected at most 9007199254740991",
        ),
    ] {
        let answer = telling(&[(key, value)]).load(quiet()).propose(&asked(&[1_000]));
        let expected = format!("liar: its answer is not accepted: {expected}");
        assert_eq!(answer.proposed, Err(expected));
        assert!(answer.record.unwrap().len() < 4_096);
    }
    let many = vec![("a", text("x")); 17];
    let why = telling(&many).load(quiet()).propose(&asked(&[1_000])).proposed;
    assert!(
        why.unwrap_err()
            .ends_with("17 facts are not accepted; expected at most 16")
    );
}

#[test]
fn a_record_is_bounded_whatever_is_said() {
    let mut long = adjustment(Some(0), Change::PercentOff(1));
    long.label = "\"".repeat(200);
    let limits = Limits {
        output_bytes: 256 << 10,
        ..quiet()
    };
    let plugin = Guest::answering("liar", &vec![long.clone(); 64]).load(limits);
    let least = asked(&[1_000]);
    let honest = Guest::answering("liar", &[long]).load(limits).propose(&least);
    assert!(honest.proposed.is_ok());
    let answer = plugin.propose(&least);
    assert_eq!(
        answer.proposed.as_ref().unwrap().len(),
        64,
        "25 600 bytes of labels as JSON"
    );
    let tight = plugin.limited(Limits {
        record_bytes: 16 << 10,
        ..limits
    });
    let answer = tight.propose(&least);
    let why = answer.proposed.unwrap_err();
    assert!(
        why.starts_with("liar: bytes of the record: ") && why.ends_with("expected at most 16384"),
        "{why}"
    );
    let line = answer.record.unwrap();
    assert!(line.len() < 4_096, "{}", line.len());
    let replay = tight.replay(&Record::read(&line).unwrap());
    assert!(
        !replay.proves() && replay.differs[0].contains("it depended on the moment"),
        "{replay:?}"
    );
}

#[test]
fn who_lies_is_off_as_who_crashes() {
    let plugin =
        Guest::answering("liar", &[adjustment(Some(9), Change::PercentOff(1))]).load(Limits::default());
    for _ in 0..5 {
        let why = plugin.propose(&asked(&[1_000])).proposed.unwrap_err();
        assert!(why.contains("its answer is not accepted"), "{why}");
    }
    let why = plugin.propose(&asked(&[1_000])).proposed.unwrap_err();
    assert!(why.starts_with("liar: it failed too often and is off"), "{why}");
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
