//! Students pay less for memberships, passes and classes: the rule of `plugins/guests/student-discount`, for extism.

use extism_pdk::{Error, FnResult, Json, config, plugin_fn};
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Request {
    lines: Vec<Line>,
    member: Option<Member>,
    context: Context,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Line {
    line_id: u32,
    kind: String,
    list_price: Money,
}

#[derive(Deserialize)]
struct Member {
    tags: Vec<String>,
}

#[derive(Deserialize)]
struct Context {
    currency: String,
}

#[derive(Clone, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
struct Money {
    minor_units: i64,
    currency: String,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum Change {
    PercentOff(i64),
    AmountOff(Money),
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Adjustment {
    line_id: u32,
    reason_code: &'static str,
    label: String,
    change: Change,
    exclusive_group: &'static str,
    priority: i64,
}

#[derive(Serialize)]
enum Value {
    #[serde(rename = "amount")]
    Amount(Money),
}

#[derive(Serialize)]
struct Fact {
    key: &'static str,
    value: Value,
}

#[derive(Default, Serialize)]
struct Quote {
    adjustments: Vec<Adjustment>,
    #[serde(skip_serializing_if = "Option::is_none")]
    explanation: Option<String>,
    facts: Vec<Fact>,
}

#[plugin_fn]
pub fn quote_price(Json(request): Json<Request>) -> FnResult<Json<Quote>> {
    let points = setting("percent")?.map_or(Ok(1_000), |it| share(&it))?;
    let most = setting("most")?.map_or(Ok(0), |it| it.parse::<u32>())?;
    let label = setting("label")?.unwrap_or_else(|| "Student discount".to_owned());
    if !request.member.is_some_and(|it| it.tags.iter().any(|tag| tag == "student")) {
        return Ok(Json(Quote::default()));
    }
    let (mut quote, mut saved) = (Quote::default(), 0_i64);
    let currency = request.context.currency;
    for line in &request.lines {
        if !matches!(line.kind.as_str(), "membership" | "class-booking" | "pass") {
            continue;
        }
        let price = &line.list_price;
        if price.currency != currency {
            let why = format!("line {}: {} is not accepted; expected {currency}", line.line_id, price.currency);
            return Err(Error::msg(why).into());
        }
        let part = part(price.minor_units, points);
        let capped = most != 0 && part > i64::from(most);
        let off = if capped { i64::from(most) } else { part };
        if off <= 0 {
            continue;
        }
        saved = saved.checked_add(off).ok_or_else(|| Error::msg("the sum is out of range"))?;
        let most = Money { minor_units: off, currency: currency.clone() };
        quote.adjustments.push(Adjustment {
            line_id: line.line_id,
            reason_code: "student",
            label: label.clone(),
            change: if capped { Change::AmountOff(most) } else { Change::PercentOff(points) },
            exclusive_group: "concession",
            priority: points,
        });
    }
    if !quote.adjustments.is_empty() {
        quote.explanation = Some(format!("{} of {} lines", quote.adjustments.len(), request.lines.len()));
        let saved = Money { minor_units: saved, currency };
        quote.facts.push(Fact { key: "student.saved", value: Value::Amount(saved) });
    }
    Ok(Json(quote))
}

fn setting(key: &str) -> Result<Option<String>, Error> {
    config::get(key)
}

fn part(amount: i64, points: i64) -> i64 {
    let rest = amount % 10_000 * points;
    amount / 10_000 * points + (rest + if rest < 0 { -5_000 } else { 5_000 }) / 10_000
}

/// Reads hundredths of a percent from a text such as 12.5.
fn share(text: &str) -> Result<i64, Error> {
    let wrong = || Error::msg(format!("setting percent: {text} is not accepted"));
    let (whole, rest) = text.split_once('.').unwrap_or((text, "0"));
    let rest = match (rest.parse::<u8>(), rest.len()) {
        (Ok(tenths), 1) => tenths * 10,
        (Ok(hundredths), 2) => hundredths,
        _ => return Err(wrong()),
    };
    let points = whole.parse::<i64>().map_err(|_| wrong())? * 100 + i64::from(rest);
    if (0..=10_000).contains(&points) { Ok(points) } else { Err(wrong()) }
}
