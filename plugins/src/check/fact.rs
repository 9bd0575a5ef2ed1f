//! What a plugin may say for the records, beside its answer.

use gym_core::text::{is_key, is_line};

use super::{EXACT, Wrong};
use crate::contract::{Fact, FactValue};

/// The most facts of an answer.
const MOST: usize = 16;

pub(super) fn check(facts: &[Fact], currency: &str, wrong: &mut Wrong) {
    if wrong.many("facts", facts.len(), MOST) {
        return;
    }
    for (at, fact) in facts.iter().enumerate() {
        if !is_key(&fact.key) {
            let key = crate::state::one_line(&fact.key, 60);
            let expected = "lower-case words joined by dots, of at most 40 bytes";
            wrong.add(|| format!("fact {at}: key {key:?} is not {expected}"));
        }
        match &fact.value {
            FactValue::Text(text) if text.len() > 200 || !(text.is_empty() || is_line(text, 200)) => {
                wrong.add(|| format!("fact {at}: it is not one line of at most 200 bytes"));
            }
            FactValue::Amount(money) if money.currency != currency => {
                let found = crate::state::one_line(&money.currency, 16);
                wrong.add(|| format!("fact {at}: currency {found:?} is not that of the request"));
            }
            FactValue::Amount(money) if money.minor_units.unsigned_abs() > EXACT.unsigned_abs() => {
                let units = money.minor_units;
                wrong.add(|| {
                    format!("fact {at}: {units} minor units are not accepted; expected at most {EXACT}")
                });
            }
            _ => {}
        }
    }
}
