//! Laws of the values that a plugin counts with.

#![allow(clippy::unwrap_used)]

use gym_plugin_sdk::{Date, FailureCode, Money, Percent, Settings};
use proptest::prelude::*;

#[path = "../../../gym-core/tests/it/support/soak.rs"]
mod soak;

#[path = "../../../gym-core/src/text.rs"]
#[allow(dead_code)]
mod text;

/// What is installed works: a label that settings may have is one that the gym takes.
#[test]
fn a_label_is_what_the_gym_takes_for_a_line() {
    let planes = (0..0x3_0000).chain(0xe_0000..0xe_1000).filter_map(char::from_u32);
    for c in planes.filter(|c| !matches!(c, '"' | '\\' | '\0'..='\u{1f}')) {
        let label = format!("a{c}b");
        let settings = Settings::parse(&format!(r#"{{"label":"{label}"}}"#)).unwrap();
        assert_eq!(
            settings.label("label", "").is_ok(),
            text::is_line(&label, 200),
            "{c:?}"
        );
    }
    for blank in ["", " ", "\u{a0}"] {
        assert!(Settings::default().label("label", blank).is_err(), "{blank:?}");
    }
}

const LARGEST: i64 = (1 << 53) - 1;

proptest! {
    #![proptest_config(soak::cases(256))]

    #[test]
    fn a_share_is_rounded_once_halves_away_from_zero(units in -LARGEST..=LARGEST, points in -10_000..=10_000_i32) {
        let exact = i128::from(units) * i128::from(points);
        let half = if exact < 0 { -5_000 } else { 5_000 };
        let expected = (exact + half) / 10_000;
        prop_assert_eq!(Percent::basis_points(points).of(units).map(i128::from), Some(expected));
    }

    #[test]
    fn any_share_of_any_amount_is_exact_or_none(units: i64, points: i32) {
        let exact = i128::from(units) * i128::from(points);
        let half = if exact < 0 { -5_000 } else { 5_000 };
        let expected = i64::try_from((exact + half) / 10_000).ok();
        let found = Percent::basis_points(points).of(units);
        prop_assert!(found.is_none() || found == expected);
    }

    #[test]
    fn a_percentage_is_read_as_it_is_shown(points: i32) {
        let share = Percent::basis_points(points);
        let shown = share.to_string();
        prop_assert_eq!(shown.strip_suffix(" %").map(str::parse), Some(Ok(share)).filter(|_| points != i32::MIN));
    }

    #[test]
    fn no_text_makes_a_percentage_or_settings_panic(text in ".*") {
        let _ = text.parse::<Percent>();
        let _ = Settings::parse(&text);
    }

    #[test]
    fn settings_give_back_the_texts_that_were_written(key in ".*", value in ".*") {
        let json = |text: &str| {
            let units: String = text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
            format!("\"{units}\"")
        };
        let settings = Settings::parse(&format!(" {{ {} : {} }} ", json(&key), json(&value))).unwrap();
        prop_assert_eq!(settings.text(&key), Some(value));
    }

    #[test]
    fn days_follow_each_other(day in -1_000_000..1_000_000_i64) {
        let of = |days: i64| -> Date {
            // By `civil_from_days` of the same paper, the inverse.
            let shifted = days + 719_468;
            let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
            let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
            let of_year = of_era - (365 * year + year / 4 - year / 100);
            let shifted_month = (5 * of_year + 2) / 153;
            let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
            let day = of_year - (153 * shifted_month + 2) / 5 + 1;
            let year = era * 400 + year + i64::from(month <= 2);
            Date { year: year.try_into().unwrap(), month: month.try_into().unwrap(), day: day.try_into().unwrap() }
        };
        prop_assert_eq!(of(day).days_since_1970(), day);
        prop_assert!(of(day) < of(day + 1));
        prop_assert_eq!(of(day).weekday() % 7 + 1, of(day + 1).weekday());
    }
}

#[test]
fn the_smallest_share_cannot_be_read_back_but_is_shown() {
    assert_eq!(Percent::basis_points(i32::MIN).to_string(), "-21474836.48 %");
}

#[test]
fn a_known_day_is_a_sunday() {
    assert_eq!(
        Date {
            year: 2026,
            month: 11,
            day: 22
        }
        .weekday(),
        7
    );
    assert_eq!(
        Date {
            year: 2026,
            month: 3,
            day: 2
        }
        .to_string(),
        "2026-03-02"
    );
}

#[track_caller]
fn check_json(text: &str, expected: Option<&[(&str, &str)]>) {
    let settings = Settings::parse(&format!(r#"{{"t":{text}}}"#));
    let table = settings.ok().and_then(|it| it.table("t").ok()).flatten();
    let table: Option<Vec<_>> = table
        .as_ref()
        .map(|it| it.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect());
    assert_eq!(table.as_deref(), expected, "{text}");
}

#[test]
fn tables_are_read_and_other_json_is_refused() {
    check_json("{}", Some(&[]));
    check_json(
        r#"{"a":"x\n\"\\\/é😀","b":-1.5e+3}"#,
        Some(&[("a", "x\n\"\\/é😀"), ("b", "-1.5e+3")]),
    );
    check_json(
        r#"{ "a" : [1, {"b": [null]}] }"#,
        Some(&[("a", r#"[1, {"b": [null]}]"#)]),
    );
    for wrong in [
        r#"{"a":01}"#,
        r#"{"a":1.}"#,
        r#"{"a":.5}"#,
        r#"{"a":1e}"#,
        r#"{"a":+1}"#,
        r#"{"a":nan}"#,
        r#"{"a"}"#,
        r#"{"a":1,}"#,
        r#"{a:1}"#,
        r#"{"a":"\ud800"}"#,
        r#"{"a":"\ud800\u0041"}"#,
        r#"{"a":"\x"}"#,
        "{\"a\":\"\n\"}",
        r#"{"a":1"#,
        "1",
        "[]",
    ] {
        check_json(wrong, None);
    }
    let (deep, deeper) = ("[".repeat(30) + &"]".repeat(30), "[".repeat(10_000));
    assert!(Settings::parse(&format!(r#"{{"a":{deep}}}"#)).is_ok());
    assert!(Settings::parse(&format!(r#"{{"a":{deeper}"#)).is_err());
}

#[test]
fn sums_beyond_the_contract_are_failures() {
    let large = Money::new(LARGEST, "EUR");
    let sum = large.clone().plus(&Money::new(1, "EUR")).unwrap_err();
    assert_eq!(sum.code, FailureCode::InvalidInput);
    assert_eq!(
        sum.message,
        "a sum from 9007199254740991 EUR: expected at most 9007199254740991 minor units"
    );
    assert!(large.times(2).is_err());
    assert_eq!(large.share(Percent::whole(100)), Ok(large.clone()));
    let other = large.plus(&Money::new(1, "JPY")).unwrap_err();
    assert_eq!(other.message, "amount 1 JPY: expected one in EUR");
}
