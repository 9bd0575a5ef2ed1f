//! Texts from outside: policies as JSON, URLs and ids, good, bad and arbitrary.

use gym_core::booking::policy::{Bound, Mode, Policy};
use gym_core::id::ClassId;
use gym_db::policy_from_json;
use proptest::prelude::*;

fn check(text: &str, told: &str) {
    assert_eq!(policy_from_json(text).unwrap_err().to_string(), told, "{text}");
}

#[test]
fn a_policy_that_is_wrong_is_told_where() {
    check(
        "{\"limits\": {\"per_dya\": 1}}",
        "policy limits.per_dya: unknown field `per_dya`, expected one of `per_day`, `per_week`, `per_programme_week`, `concurrent`, `week_starts`, `late_cancels_count`, `waiting_counts`",
    );
    check(
        "{\"party_max\": 0}",
        "policy party_max: 0 is not accepted; expected at least 1",
    );
    check(
        "{\"party_max\": -1}",
        "policy party_max: invalid value: integer `-1`, expected u32",
    );
    check(
        "{\"waitlist\": {\"mode\": \"lottery\"}}",
        "policy waitlist.mode: unknown variant `lottery`, expected one of `auto`, `offer`, `broadcast`",
    );
    check(
        "{\"hold_minutes\": 99999999}",
        "policy hold_minutes: 99999999 is not accepted; expected at most a year of minutes",
    );
    check(
        "{\"channels\": {\"fax\": 1}}",
        "policy channels: unknown variant `fax`, expected one of `club`, `online`, `aggregator`",
    );
    assert!(policy_from_json("{} {}").is_err());
    assert!(policy_from_json("").is_err());
}

#[test]
fn a_policy_survives_json() {
    let policy = Policy {
        opens: Some(Bound::days_before(7, 8, 0)),
        ..Policy::default()
    };
    let text = serde_json::to_string(&policy).unwrap();
    assert_eq!(policy_from_json(&text).unwrap(), policy);
    let offered = policy_from_json("{\"waitlist\": {\"mode\": {\"offer\": {\"minutes\": 30}}}}").unwrap();
    assert_eq!(offered.waitlist.mode, Mode::Offer { minutes: 30 });
}

#[test]
fn an_id_is_a_positive_number() {
    assert_eq!("7".parse::<ClassId>().unwrap().get(), 7);
    for text in ["0", "-1", "seven", "", "7.0", "99999999999999999999"] {
        let told = text.parse::<ClassId>().unwrap_err().to_string();
        assert_eq!(
            told,
            format!("class id: {text} is not an id; expected a positive whole number")
        );
    }
}

proptest! {
    #![proptest_config(crate::support::soak::cases(256))]

    #[test]
    fn any_text_is_a_policy_or_an_error(text in "\\PC{0,200}") {
        let _ = policy_from_json(&text);
    }

    #[test]
    fn any_change_of_a_policy_is_a_policy_or_an_error(at in 0usize..600, byte in any::<u8>()) {
        let mut bytes = serde_json::to_vec(&Policy::default()).unwrap();
        let at = at % bytes.len();
        bytes[at] = byte;
        if let Ok(policy) = policy_from_json(&String::from_utf8_lossy(&bytes)) {
            prop_assert!(policy.check().is_ok());
        }
    }
}
