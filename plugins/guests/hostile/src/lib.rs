//! Everything that a plugin must not do, so that hosts can be tested.
//!
//! | setting | what it is |
//! |---|---|
//! | `attack` | what it does, see [`Hostile::attack`] and [`Hostile::lie`] |
//! | `where` | `check-config`: already when the settings are checked; else when it is asked for a price |

use std::hint::black_box;

use gym_plugin_sdk::pricing::{Adjustment, Change, Line, Pricing, Quote, QuoteRequest};
use gym_plugin_sdk::{Fact, Failure, Money, Percent, Settings, log, plugin, text};

struct Hostile {
    attack: String,
}

impl Pricing for Hostile {
    fn new(settings: &Settings) -> Result<Self, Failure> {
        let attack = settings.text("attack").unwrap_or_else(|| "loop".to_owned());
        let hostile = Self { attack };
        if settings.text("where").as_deref() == Some("check-config") {
            hostile.attack()?;
        }
        Ok(hostile)
    }

    fn quote(&self, request: &QuoteRequest) -> Result<Quote, Failure> {
        match (self.lie(request), request.lines.first()) {
            (Some(quote), _) => Ok(quote),
            (None, Some(line)) => {
                self.attack()?;
                Ok(vec![line.adjust("nothing-happened", "Still here", Percent::whole(1).off())].into())
            }
            (None, None) => Ok(Quote::default()),
        }
    }
}

impl Hostile {
    /// Uses more than it may, or crashes.
    fn attack(&self) -> Result<(), Failure> {
        match self.attack.as_str() {
            "loop" => spin(),
            "recursion" => drop(black_box(descend(1))),
            "memory" => hoard(),
            "copies" => copy(),
            "log-flood" => (0..100_000).for_each(|_| log::error(&"x".repeat(60_000))),
            "log-one" => log::error(&"x".repeat(1_000_000)),
            "panic" => panic!("the plugin has panicked on purpose"),
            "long-failure" => return Err(Failure::internal("x".repeat(1_000_000))),
            other => return Err(Failure::invalid_config(text!["attack ", other, ": unknown"])),
        }
        Ok(())
    }

    /// Answers what no host may believe, if the attack is one of these.
    fn lie(&self, request: &QuoteRequest) -> Option<Quote> {
        let line = request.lines.first()?;
        let currency = line.list_price.currency.as_str();
        let tenth = || Percent::whole(10).off();
        let adjustment = match self.attack.as_str() {
            "unknown-line" => Adjustment {
                line_id: Some(u32::MAX),
                ..line.adjust("lie", "Lie", tenth())
            },
            "wrong-currency" => line.adjust("lie", "Lie", Change::AmountOff(Money::new(1, "XTS"))),
            "negative" => line.adjust("lie", "Lie", Change::SetPrice(Money::new(-1, currency))),
            "too-much" => line.adjust("lie", "Lie", Change::AmountOff(Money::new(i64::MAX, currency))),
            "negative-percent" => line.adjust("lie", "Lie", Change::PercentOff(-10_000)),
            "percent-beyond" => line.adjust("lie", "Lie", Change::PercentOff(i32::MAX)),
            "control-characters" => line.adjust("lie", "Lie\u{1b}[31m\r\n\u{202e}", tenth()),
            "bad-reason" => line.adjust("A lie, told LOUDLY", "Lie", tenth()),
            "no-label" => line.adjust("lie", "", tenth()),
            "long-text" => line.adjust("lie", &"x".repeat(1_000_000), tenth()),
            "long-group" => line
                .adjust("lie", "Lie", tenth())
                .within(&"x".repeat(1_000), i32::MAX),
            "set-all" => Adjustment::of_all("lie", "Lie", Change::SetPrice(Money::new(0, currency))),
            "long-explanation" => return Some(Quote::default().explained("x".repeat(10_000))),
            "many-facts" => return Some(many_facts()),
            "many-adjustments" => return Some(many(line, 1_000_000)),
            "65-adjustments" => return Some(many(line, 65)),
            _ => return None,
        };
        Some(vec![adjustment].into())
    }
}

fn spin() {
    let mut number = 0_u64;
    while black_box(number) != 1 {
        number = number.wrapping_add(2);
    }
}

fn descend(depth: u64) -> u64 {
    let space = black_box([depth; 64]);
    if black_box(depth) == 0 {
        0
    } else {
        space[0] + descend(depth + 1)
    }
}

fn hoard() {
    let mut hoard = Vec::new();
    loop {
        hoard.push(vec![1_u8; 1 << 20]);
        black_box(&hoard);
    }
}

fn copy() {
    let (from, mut to) = (vec![1_u8; 4 << 20], vec![0_u8; 4 << 20]);
    loop {
        to.copy_from_slice(black_box(&from));
        black_box(&to);
    }
}

fn many(line: &Line, number: usize) -> Quote {
    let lie = line.adjust("lie", "Lie", Percent::whole(1).off());
    vec![lie; number].into()
}

fn many_facts() -> Quote {
    Quote {
        facts: vec![Fact::new("lie.told", true); 17],
        ..Quote::default()
    }
}

plugin!(pricing: Hostile);
