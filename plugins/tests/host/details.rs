//! What a plugin is told beside what every request has: what it was granted.

use std::sync::Arc;

use gym_core::billing::pricing::{Detail, Pricing};
use gym_core::fact::{Fact, Facts};
use gym_core::money::Money;
use gym_plugins::{Grants, Limits, Terms};

use crate::guest::Guest;
use crate::price::asked;

/// Loads a plugin that is told some details.
fn told(details: &[Detail]) -> Arc<gym_plugins::Plugin> {
    let terms = Terms {
        details: details.iter().copied().collect(),
        ..Terms::default()
    };
    let plugins = Guest::new("told").plugins(&Grants::anyone(terms), Limits::default());
    Arc::clone(plugins.iter().next().unwrap())
}

#[test]
fn a_plugin_wants_and_is_told_what_it_was_granted() {
    let with = |key: &str, fact| Facts::default().with(key, fact).unwrap();
    let mut asked = asked(&[1_000]);
    asked.facts = with("code.1", Fact::Text("TEN".to_owned()));
    let known = with("age.from", Fact::Whole(30)).with("tenure.months", Fact::Whole(7));
    asked.payer_facts = known.unwrap().with("plan.1.type", Fact::Whole(2)).unwrap();
    asked.items[0].facts = with("channel", Fact::Text("online".to_owned()));
    for (details, payer, item) in [
        (&[][..], &[][..], &[][..]),
        (&[Detail::Age], &["age.from"], &[]),
        (&[Detail::Channel], &[], &["channel"]),
        (
            &[Detail::Plan, Detail::Tenure],
            &["plan.1.type", "tenure.months"],
            &[],
        ),
        (
            &Detail::ALL,
            &["age.from", "plan.1.type", "tenure.months"],
            &["channel"],
        ),
    ] {
        let plugin = told(details);
        assert_eq!(plugin.wants(), details.iter().copied().collect());
        let request = plugin.request(&asked);
        let keys = |facts: &[gym_plugins::contract::Fact]| -> Vec<String> {
            facts.iter().map(|fact| fact.key.clone()).collect()
        };
        assert_eq!(keys(&request.member.unwrap().facts), payer, "{details:?}");
        assert_eq!(keys(&request.lines[0].facts), item, "{details:?}");
        assert_eq!(
            keys(&request.context.facts),
            ["code.1"],
            "who gives a code tells it"
        );
    }
}

#[test]
fn a_plugin_is_told_the_facts_of_the_gym() {
    let plugin = told(&[Detail::Plan]);
    let with = |key: &str, fact| Facts::default().with(key, fact).unwrap();
    let mut asked = asked(&[1_000]);
    asked.facts = with("code.1", Fact::Text("TEN".to_owned()));
    asked.payer_facts = with("joined", Fact::Day("2026-11-22".parse().unwrap()));
    asked.items[0].facts = with("plan.fee", Fact::Amount(Money::new(5, "EUR".parse().unwrap())));
    let told = plugin.request(&asked);
    let json = serde_json::json!([
        told.context.facts,
        told.member.unwrap().facts,
        told.lines[0].facts
    ]);
    let expected = serde_json::json!([
        [{"key": "code.1", "value": {"text": "TEN"}}],
        [{"key": "joined", "value": {"day": {"year": 2026, "month": 11, "day": 22}}}],
        [{"key": "plan.fee", "value": {"amount": {"minor-units": 5, "currency": "EUR"}}}],
    ]);
    assert_eq!(json, expected);
}
