//! Canonical JSON: sorted keys, no spaces; and the contract's values in it.
//!
//! ```
//! let line = gym_plugins::json::canonical(&serde_json::json!({"b": [1, "x"], "a": null}));
//! assert_eq!(line, r#"{"a":null,"b":[1,"x"]}"#);
//! ```

use std::io;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::contract::{Failure, Quote, QuoteRequest};

/// Writes a value with sorted keys and no spaces.
pub fn canonical(value: &Value) -> String {
    let mut text = String::new();
    write(value, &mut text);
    text
}

fn write(value: &Value, text: &mut String) {
    match value {
        Value::Array(values) => {
            text.push('[');
            for (at, value) in values.iter().enumerate() {
                if at > 0 {
                    text.push(',');
                }
                write(value, text);
            }
            text.push(']');
        }
        Value::Object(members) => {
            let mut sorted: Vec<_> = members.iter().collect();
            sorted.sort_unstable_by_key(|(key, _)| key.as_str());
            text.push('{');
            for (at, (key, value)) in sorted.into_iter().enumerate() {
                if at > 0 {
                    text.push(',');
                }
                write(&Value::from(key.as_str()), text);
                text.push(':');
                write(value, text);
            }
            text.push('}');
        }
        plain => text.push_str(&plain.to_string()),
    }
}

/// Writes a value of the contract, or of ours, as canonical JSON.
pub(crate) fn line<T: Serialize>(value: &T) -> String {
    serde_json::to_value(value).map_or_else(|_| "null".to_owned(), |value| canonical(&value))
}

/// Returns how many bytes a value takes as JSON.
pub(crate) fn bytes<T: Serialize>(value: &T) -> u64 {
    let mut count = Count(0);
    match serde_json::to_writer(&mut count, value) {
        Ok(()) => count.0,
        Err(_) => u64::MAX,
    }
}

/// Counts what is written.
struct Count(u64);

impl io::Write for Count {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self.0.saturating_add(bytes.len() as u64);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Reads one value.
pub(crate) fn read<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_str(text).map_err(|error| error.to_string())
}

/// Reads a request of prices.
///
/// # Errors
/// A sentence that says where it is no such request.
pub fn quote_request(text: &str) -> Result<QuoteRequest, String> {
    read(text)
}

/// Writes an answer on prices as one line: `{"ok":{..}}` or `{"err":{"code":"..","message":".."}}`.
pub fn quote_answer(answer: &Result<Quote, Failure>) -> String {
    line(&match answer {
        Ok(quote) => serde_json::json!({ "ok": quote }),
        Err(failure) => serde_json::json!({ "err": failure }),
    })
}
