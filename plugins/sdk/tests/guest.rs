//! A plugin runs natively as it does in a component: its settings, its answers, its failures.

#![allow(clippy::unwrap_used)]

use gym_plugin_sdk::pricing::{
    Change, Context, ItemKind, Line, Member, Occasion, Pricing, Quote, QuoteRequest,
};
use gym_plugin_sdk::{Date, Fact, FactValue, Failure, FailureCode, Money, Percent, Settings, export};

struct Evenings {
    percent: Percent,
    until: u32,
}

impl Pricing for Evenings {
    fn new(settings: &Settings) -> Result<Self, Failure> {
        settings.only(&["percent", "until"])?;
        Ok(Self {
            percent: settings.share("percent", Percent::whole(5))?,
            until: settings.whole("until", 1_440)?,
        })
    }

    fn quote(&self, request: &QuoteRequest) -> Result<Quote, Failure> {
        let late = |line: &&Line| {
            let minute = line.occasion.map(|at| u32::from(at.minute));
            minute.is_some_and(|minute| (1_200..self.until).contains(&minute))
        };
        let dearer = |line: &Line| line.adjust("evening", "Evening", self.percent.surcharge());
        Ok(request.lines.iter().filter(late).map(dearer).collect())
    }
}

gym_plugin_sdk::plugin!(pricing: Evenings);

fn request(minute: u16) -> QuoteRequest {
    let day = Date {
        year: 2026,
        month: 11,
        day: 22,
    };
    let occasion = Occasion {
        day,
        weekday: 7,
        minute,
        places: 12,
        taken: 3,
    };
    QuoteRequest {
        lines: vec![Line {
            line_id: 7,
            kind: ItemKind::ClassBooking,
            tax_code: "class".to_owned(),
            list_price: Money::new(1_500, "EUR"),
            days: None,
            occasion: Some(occasion),
            facts: vec![Fact::new("room.floor", 2)],
        }],
        member: Some(Member {
            subject: "m-1".to_owned(),
            tags: vec!["senior".to_owned()],
            facts: Vec::new(),
        }),
        context: Context {
            today: day,
            location: "1".to_owned(),
            currency: "EUR".to_owned(),
            seed: 0,
            facts: Vec::new(),
        },
    }
}

#[track_caller]
fn check(settings: &str, minute: u16, expected: &[(u32, Change)]) {
    let plugin = Evenings::new(&Settings::parse(settings).unwrap()).unwrap();
    let quote = plugin.quote(&request(minute)).unwrap();
    let found: Vec<_> = quote
        .adjustments
        .iter()
        .map(|it| (it.line_id.unwrap(), it.change.clone()))
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn a_rule_follows_its_settings() {
    check("{}", 1_199, &[]);
    check("{}", 1_200, &[(7, Change::PercentSurcharge(500))]);
    check(
        r#"{"percent":"7.25"}"#,
        1_439,
        &[(7, Change::PercentSurcharge(725))],
    );
    check(
        r#"{"until":1260,"percent":100}"#,
        1_259,
        &[(7, Change::PercentSurcharge(10_000))],
    );
    check(r#"{"until":1260}"#, 1_260, &[]);
}

#[track_caller]
fn check_refused(settings: &str, sentence: &str) {
    let failure = export::check_pricing::<Evenings>(settings).unwrap_err();
    assert_eq!(failure.code, FailureCode::InvalidConfig);
    assert_eq!(failure.message, sentence);
}

#[test]
fn settings_are_refused_with_their_name_and_value() {
    let share = "expected a percentage from 0 to 100 with at most two decimals, such as 12.5";
    for wrong in [
        "-1",
        "100.01",
        "12.345",
        "1e1",
        "true",
        "\"\"",
        "\"much\"",
        "null",
        "[1]",
        "99999999999",
    ] {
        let value = wrong.trim_matches('"');
        let sentence = format!("setting percent: {value} is not accepted; {share}");
        check_refused(&format!(r#"{{"percent":{wrong}}}"#), &sentence);
    }
    check_refused(
        r#"{"until":-1}"#,
        "setting until: -1 is not accepted; expected a whole number from 0 to 4294967295",
    );
    check_refused(
        r#"{"percnt":5}"#,
        "setting percnt: unknown; expected percent, until",
    );
    check_refused(
        r#"{"until":"+5"}"#,
        "setting until: +5 is not accepted; expected a whole number from 0 to 4294967295",
    );
    check_refused("[]", "settings: byte 0 is not accepted; expected a JSON object");
    assert_eq!(export::check_pricing::<Evenings>("{}"), Ok(()));
}

#[test]
fn what_the_host_knows_is_found_by_key() {
    let request = request(600);
    let line = &request.lines[0];
    assert_eq!(line.fact("room.floor").and_then(FactValue::as_whole), Some(2));
    assert_eq!(line.fact("room.floor").and_then(FactValue::as_text), None);
    assert_eq!(line.fact("room"), None);
    assert!(request.has_tag("senior") && !request.has_tag("student"));
    assert_eq!(line.occasion.map(|at| at.fill()), Some(Percent::whole(25)));
}

#[test]
fn a_full_house_has_no_places_left() {
    let day = Date {
        year: 2026,
        month: 1,
        day: 1,
    };
    let fill = |places, taken| {
        Occasion {
            day,
            weekday: 4,
            minute: 0,
            places,
            taken,
        }
        .fill()
    };
    assert_eq!(fill(0, 0), Percent::whole(100));
    assert_eq!(fill(3, 1), Percent::basis_points(3_333));
    assert_eq!(fill(u32::MAX, u32::MAX), Percent::whole(100));
}
