//! A plugin of the contract 0.1: a tenth off everything that costs 20.00 or more.

wit_bindgen::generate!({ path: "../../wit-0.1", world: "pricing-plugin" });

use exports::gym::plugins::{lifecycle, pricing};

struct OldPercent;

impl lifecycle::Guest for OldPercent {
    fn describe() -> String {
        env!("CARGO_PKG_NAME").to_owned()
    }
}

impl pricing::Guest for OldPercent {
    fn quote_price(currency: String, lines: Vec<pricing::Line>) -> Result<Vec<pricing::Discount>, String> {
        if currency != "EUR" {
            return Err(format!("currency {currency}: expected EUR"));
        }
        let dear = lines.iter().filter(|line| line.minor_units >= 2_000);
        let lower = |line: &pricing::Line| pricing::Discount {
            line_id: line.line_id,
            basis_points: 1_000,
            label: "A tenth off".to_owned(),
        };
        Ok(dear.map(lower).collect())
    }
}

export!(OldPercent);
