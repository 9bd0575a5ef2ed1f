//! What is one line, and what a fact may be.

use gym_core::fact::{Fact, Facts};
use gym_core::text::{is_key, is_line};
use proptest::prelude::*;

#[test]
fn a_line_is_what_people_see_of_it() {
    for good in [
        "a",
        "20 % günstiger – früh",
        "קל",
        "العربية",
        "👩\u{200d}🎤",
        "می\u{200c}خواهم",
        &"ä".repeat(200),
    ] {
        assert!(is_line(good, 200), "{good:?}");
    }
    let hidden = [
        '\0',
        '\t',
        '\n',
        '\u{1b}',
        '\u{7f}',
        '\u{85}',
        '\u{ad}',
        '\u{200b}',
        '\u{200e}',
        '\u{200f}',
        '\u{2028}',
        '\u{2029}',
        '\u{202a}',
        '\u{202e}',
        '\u{2060}',
        '\u{2066}',
        '\u{2069}',
        '\u{feff}',
        '\u{e0041}',
    ];
    for bad in hidden {
        assert!(!is_line(&format!("a{bad}b"), 200), "{bad:?}");
    }
    assert!(!is_line("", 200) && !is_line(" \u{a0}", 200) && !is_line(&"ä".repeat(201), 200));
}

#[test]
fn facts_are_valid_by_construction() {
    let text = |text: &str| Fact::Text(text.to_owned());
    for (key, fact, what) in [
        ("", Fact::Flag(true), "key"),
        ("a..b", Fact::Flag(true), "key"),
        ("Plan", Fact::Flag(true), "key"),
        ("plan", text("two\nlines"), "text"),
        ("plan", text(""), "text"),
    ] {
        let wrong = Facts::default().with(key, fact.clone()).unwrap_err();
        assert_eq!(wrong.what, what, "{key} {fact:?}");
        let json = serde_json::json!({ key: fact });
        assert!(serde_json::from_value::<Facts>(json).is_err(), "{key}");
    }
    let facts = Facts::default().with("plan.name", text("Gold")).unwrap();
    let facts = facts.with("age", Fact::Whole(30)).unwrap();
    let json = serde_json::to_string(&facts).unwrap();
    assert_eq!(json, r#"{"age":{"whole":30},"plan.name":{"text":"Gold"}}"#);
    assert_eq!(serde_json::from_str::<Facts>(&json).unwrap(), facts);
}

proptest! {
    #![proptest_config(crate::support::soak::cases(256))]

    #[test]
    fn a_line_has_no_control_characters_and_a_key_is_a_line(text in any::<String>()) {
        prop_assert!(!is_line(&text, 200) || !text.chars().any(char::is_control));
        prop_assert!(!is_key(&text) || is_line(&text, 40));
    }
}
