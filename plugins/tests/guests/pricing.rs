//! What the samples propose.

use gym_plugins::contract::{
    Adjustment, Change, Context, Date, ItemKind, Line, Money, Occasion, QuoteRequest,
};
use serde_json::{Value, json};

use crate::load::{both, load};

const TODAY: Date = Date {
    year: 2026,
    month: 11,
    day: 23,
};

fn line(line_id: u32, kind: ItemKind, units: i64, occasion: Option<Occasion>) -> Line {
    let list_price = Money {
        minor_units: units,
        currency: "EUR".to_owned(),
    };
    Line {
        line_id,
        kind,
        tax_code: "class".to_owned(),
        list_price,
        days: None,
        occasion,
        facts: Vec::new(),
    }
}

pub fn request(lines: Vec<Line>) -> QuoteRequest {
    let context = Context {
        today: TODAY,
        location: "1".to_owned(),
        currency: "EUR".to_owned(),
        seed: 7,
        facts: Vec::new(),
    };
    QuoteRequest {
        lines,
        member: None,
        context,
    }
}

/// Classes by number from 0.
pub fn classes(count: u32) -> QuoteRequest {
    let class = |number| line(number, ItemKind::ClassBooking, 1_500, None);
    request((0..count).map(class).collect())
}

fn brief(adjustment: &Adjustment) -> (u32, String) {
    let change = match &adjustment.change {
        Change::PercentOff(points) => format!("-{points}"),
        Change::PercentSurcharge(points) => format!("+{points}"),
        other => format!("{other:?}"),
    };
    (adjustment.line_id.unwrap(), change)
}

/// Asks the committed and the fresh plugin, and compares line, change and explanation.
#[track_caller]
fn check(
    name: &str,
    settings: Value,
    request: &QuoteRequest,
    expected: &[(u32, &str)],
    explanation: Option<&str>,
) {
    for file in both(&format!("{name}.wasm")) {
        let plugin = load(&file, &settings).unwrap();
        let quote = plugin.quote_price(request).answer.unwrap();
        let found: Vec<_> = quote.adjustments.iter().map(brief).collect();
        let found: Vec<_> = found
            .iter()
            .map(|(line, change)| (*line, change.as_str()))
            .collect();
        assert_eq!(found, expected, "{}", file.display());
        assert_eq!(quote.explanation.as_deref(), explanation, "{}", file.display());
    }
}

#[track_caller]
fn check_refused(name: &str, settings: Value, sentence: &str) {
    for file in both(&format!("{name}.wasm")) {
        let why = load(&file, &settings).err();
        assert!(why.as_ref().is_some_and(|why| why.contains(sentence)), "{why:?}");
    }
}

fn class(weekday: u8, minute: u16, places: u32, taken: u32) -> QuoteRequest {
    let occasion = Occasion {
        day: TODAY,
        weekday,
        minute,
        places,
        taken,
    };
    request(vec![line(4, ItemKind::ClassBooking, 1_500, Some(occasion))])
}

#[test]
fn off_peak_lowers_the_price_the_more_the_emptier_a_class() {
    let name = "off-peak";
    check(name, json!({}), &class(1, 600, 20, 0), &[(4, "-3000")], None);
    check(name, json!({}), &class(1, 600, 20, 6), &[(4, "-1500")], None);
    check(name, json!({}), &class(1, 600, 20, 11), &[(4, "-250")], None);
    check(name, json!({}), &class(1, 600, 20, 12), &[], None);
    check(name, json!({}), &class(5, 959, 20, 0), &[(4, "-3000")], None);
    for busy in [
        class(1, 599, 20, 0),
        class(1, 960, 20, 0),
        class(6, 600, 20, 0),
        class(1, 600, 0, 0),
    ] {
        check(name, json!({}), &busy, &[], None);
    }
    check(name, json!({}), &classes(2), &[], None);
    let weekend = json!({"days": "67", "from": "00:00", "until": "24:00", "percent": 10});
    check(name, weekend, &class(7, 1_439, 10, 0), &[(4, "-1000")], None);
    let dear = json!({"busy-from": 90, "busy-percent": "7.5"});
    check(name, dear.clone(), &class(6, 1_200, 10, 9), &[(4, "+750")], None);
    check(name, dear, &class(6, 1_200, 10, 8), &[], None);
}

#[test]
fn off_peak_refuses_what_is_no_time() {
    let time = "is not accepted; expected a time such as 16:30";
    for wrong in ["25:00", "24:01", "9:00", "09:60", "+9:00", "noon", ""] {
        check_refused(
            "off-peak",
            json!({ "from": wrong }),
            &format!("setting from: {wrong} {time}"),
        );
    }
    check_refused(
        "off-peak",
        json!({"from": "16:00"}),
        "setting until: expected a time after from",
    );
    let days = "expected digits from 1, Monday, to 7, Sunday";
    check_refused(
        "off-peak",
        json!({ "days": "08" }),
        &format!("setting days: 08 is not accepted; {days}"),
    );
}

#[test]
fn packs_are_cheaper_the_larger() {
    let name = "dynamic-packs";
    check(name, json!({}), &classes(2), &[], None);
    let three = [(0, "-500"), (1, "-500"), (2, "-500")];
    check(name, json!({}), &classes(3), &three, Some("3 more for 10 %"));
    let packs = json!({"packs": {"2": "2.25", "3": 40}});
    check(
        name,
        packs.clone(),
        &classes(2),
        &[(0, "-225"), (1, "-225")],
        Some("1 more for 40 %"),
    );
    let all = [(0, "-4000"), (1, "-4000"), (2, "-4000")];
    check(name, packs, &classes(3), &all, Some("the largest pack, from 3"));
    let mixed = request(vec![
        line(0, ItemKind::PersonalSession, 6_000, None),
        line(1, ItemKind::Product, 500, None),
        line(2, ItemKind::ClassBooking, 1_500, None),
        line(3, ItemKind::ClassBooking, 0, None),
        line(4, ItemKind::ClassBooking, 1_500, None),
    ]);
    let counted = [(0, "-500"), (2, "-500"), (4, "-500")];
    check(name, json!({}), &mixed, &counted, Some("3 more for 10 %"));
}

#[test]
fn packs_that_make_no_sense_are_refused() {
    let sentence = "is not accepted; expected 2 to 1000, and a percentage";
    for (from, percent) in [
        ("1", "5"),
        ("1001", "5"),
        ("x", "5"),
        ("3", "0"),
        ("3", "101"),
        ("3", "lots"),
    ] {
        let wrong = format!("setting packs: {from} for {percent} {sentence}");
        check_refused("dynamic-packs", json!({ "packs": { from: percent } }), &wrong);
    }
    check_refused(
        "dynamic-packs",
        json!({"packs": [3]}),
        "setting packs: [3] is not accepted; expected a JSON object",
    );
    check_refused(
        "dynamic-packs",
        json!({"best": 1}),
        "setting best: 1 is not accepted; expected true or false",
    );
}

#[test]
fn a_plugin_of_the_first_contract_is_asked_in_its_words() {
    let lines = [1_999, 2_000, 9_000].into_iter().zip(0..);
    let lines = lines.map(|(units, number)| line(number, ItemKind::Product, units, None));
    let tenth = [(1, "-1000"), (2, "-1000")];
    check("old-percent", json!({}), &request(lines.collect()), &tenth, None);
}
