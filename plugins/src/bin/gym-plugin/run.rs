//! `run`, `test` and `bench`: a plugin is asked, and what it says is shown, compared or timed.

use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;
use gym_plugins::contract::{Failure, OfferRequest, QuoteRequest, RankRequest};
use gym_plugins::{CallError, LogLine, Plugin, Run as Called, Usage, json};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::show::{Shown, Trouble, plugin, read, settings, share, table};

#[derive(Debug, Args)]
pub(crate) struct Run {
    /// The component.
    file: PathBuf,
    /// A request as JSON; `-` is standard input.
    request: PathBuf,
    /// Its settings, a JSON object.
    #[arg(long)]
    settings: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Test {
    /// The component.
    file: PathBuf,
    /// A folder of fixtures, or one file of them: `{"request": .., "answer": .., "settings": ..}`, a `.json` holds one,
    /// a `.jsonl` one in each line.
    fixtures: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Bench {
    /// The component.
    file: PathBuf,
    /// A request as JSON; `-` is standard input.
    request: PathBuf,
    /// Its settings, a JSON object.
    #[arg(long)]
    settings: Option<PathBuf>,
    /// How many calls are made.
    #[arg(long, default_value_t = 10_000)]
    calls: u32,
}

/// One case that a plugin is tested by.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fixture {
    request: Value,
    answer: Value,
    #[serde(default)]
    settings: Map<String, Value>,
}

/// An answer of any kind, as the contract writes it.
struct Answered {
    answer: Value,
    crash: Option<CallError>,
    usage: Usage,
    log: Vec<LogLine>,
}

/// Asks what a request is for: prices, a ranking, or offers.
fn ask(plugin: &Plugin, request: &Value) -> Result<Answered, String> {
    fn parsed<T: for<'de> Deserialize<'de>>(request: &Value) -> Result<T, String> {
        T::deserialize(request).map_err(|error| error.to_string())
    }
    if request.get("candidates").is_some() {
        return Ok(answered(plugin.rank_workouts(&parsed::<RankRequest>(request)?)));
    }
    if request.get("offer-codes").is_some() {
        return Ok(answered(plugin.choose_offers(&parsed::<OfferRequest>(request)?)));
    }
    Ok(answered(plugin.quote_price(&parsed::<QuoteRequest>(request)?)))
}

/// Looks at an answer on prices as the gym would, and says what is wrong with it.
fn unfit(plugin: &Plugin, request: &Value) -> Option<CallError> {
    let request = QuoteRequest::deserialize(request).ok()?;
    plugin.line_prices(&request).answer.err()
}

fn answered<T: Serialize>(run: Called<T>) -> Answered {
    let (answer, crash) = match run.answer {
        Ok(answer) => (json!({ "ok": answer }), None),
        Err(CallError::Declined { code, message, .. }) => (json!({ "err": Failure { code, message } }), None),
        Err(error) => (json!({ "err": error.to_string() }), Some(error)),
    };
    Answered {
        answer,
        crash,
        usage: run.usage,
        log: run.log,
    }
}

fn request(path: &Path) -> Result<Value, Trouble> {
    serde_json::from_str(&read(path)?).map_err(|error| Trouble::bad(path, error))
}

impl Run {
    pub(crate) fn show(&self) -> Result<Shown, Trouble> {
        let plugin = plugin(&self.file, settings(self.settings.as_deref())?)?;
        let request = request(&self.request)?;
        let mut answered = ask(&plugin, &request).map_err(|why| Trouble::bad(&self.request, why))?;
        if answered.answer.get("ok").is_some() {
            answered.crash = unfit(&plugin, &request);
        }
        let meters = meters(&plugin, &answered.usage);
        let mut text = serde_json::to_string_pretty(&answered.answer).unwrap_or_default();
        text.push('\n');
        if let Some(error) = &answered.crash {
            text.push_str(&format!("{error}\n"));
        }
        for line in &answered.log {
            text.push_str(&format!("{:?}: {}\n", line.level, line.message));
        }
        let row = |(what, used, allowed): &(&str, u64, u64)| {
            [
                (*what).to_owned(),
                used.to_string(),
                allowed.to_string(),
                share(*used, *allowed),
            ]
        };
        text.push_str(&table(
            ["limit", "used", "allowed", "share"],
            meters.iter().map(row),
        ));
        text.push_str(&format!(
            "{} µs of processor time, {}\n",
            answered.usage.micros,
            plugin.engine()
        ));
        let meter = |(what, used, allowed): &(&str, u64, u64)| json!({"limit": what, "used": used, "allowed": allowed});
        Ok(Shown {
            text,
            json: json!({
                "answer": answered.answer,
                "engine": plugin.engine(),
                "error": answered.crash.as_ref().map(ToString::to_string),
                "limits": meters.iter().map(meter).collect::<Vec<_>>(),
                "log": answered.log,
                "micros": answered.usage.micros,
            }),
            good: answered.crash.is_none(),
        })
    }
}

fn meters(plugin: &Plugin, usage: &Usage) -> Vec<(&'static str, u64, u64)> {
    let limits = plugin.limits();
    vec![
        ("call fuel", usage.call_fuel, usage.fuel_allowed),
        (
            "instantiate fuel",
            usage.instantiate_fuel,
            limits.instantiate_fuel,
        ),
        ("memory bytes", usage.memory_bytes, limits.memory_bytes),
        ("processor milliseconds", usage.micros / 1_000, limits.call_ms),
        (
            "log lines",
            u64::from(usage.log_lines),
            u64::from(limits.log_lines),
        ),
        ("reads", u64::from(usage.reads), u64::from(limits.reads)),
        ("read bytes", usage.read_bytes, limits.read_bytes),
    ]
}

impl Test {
    pub(crate) fn show(&self) -> Result<Shown, Trouble> {
        let first = plugin(&self.file, Map::new());
        let (mut failed, mut count) = (Vec::new(), 0_u64);
        let mut current = first.ok();
        for (name, fixture) in self.cases()? {
            count += 1;
            let same = current
                .as_ref()
                .is_some_and(|it| it.terms().settings == fixture.settings);
            if !same {
                current = Some(match &current {
                    Some(plugin) => match plugin.with_settings(&fixture.settings) {
                        Ok(plugin) => plugin.into(),
                        Err(why) => {
                            failed.push((name, fixture.answer, Value::from(why.to_string())));
                            continue;
                        }
                    },
                    None => plugin(&self.file, fixture.settings.clone())?,
                });
            }
            let Some(plugin) = &current else { continue };
            let answered =
                ask(plugin, &fixture.request).map_err(|why| Trouble::Bad(format!("{name}: {why}")))?;
            if json::canonical(&answered.answer) != json::canonical(&fixture.answer) {
                failed.push((name, fixture.answer, answered.answer));
            }
        }
        let mut text = String::new();
        for (name, expected, found) in &failed {
            text.push_str(&format!(
                "{name}\n  expected {}\n  answered {}\n",
                json::canonical(expected),
                json::canonical(found)
            ));
        }
        let bad = failed.len() as u64;
        text.push_str(&format!("{} passed, {bad} failed\n", count - bad));
        let failure = |(name, expected, found): &(String, Value, Value)| json!({"case": name, "expected": expected, "answered": found});
        Ok(Shown {
            text,
            json: json!({"passed": count - bad, "failed": failed.iter().map(failure).collect::<Vec<_>>()}),
            good: bad == 0 && count > 0,
        })
    }

    fn cases(&self) -> Result<Vec<(String, Fixture)>, Trouble> {
        let mut files = vec![self.fixtures.clone()];
        if self.fixtures.is_dir() {
            let entries = std::fs::read_dir(&self.fixtures).map_err(Trouble::file(&self.fixtures))?;
            files = entries.flatten().map(|entry| entry.path()).collect();
            files.retain(|file| file.extension().is_some_and(|it| it == "json" || it == "jsonl"));
            files.sort();
        }
        let mut cases = Vec::new();
        for file in files {
            let text = read(&file)?;
            let parse = |text: &str| serde_json::from_str(text).map_err(|error| Trouble::bad(&file, error));
            if file.extension().is_some_and(|it| it == "jsonl") {
                for (at, line) in text
                    .lines()
                    .enumerate()
                    .filter(|(_, line)| !line.trim().is_empty())
                {
                    cases.push((format!("{}:{}", file.display(), at + 1), parse(line)?));
                }
            } else {
                cases.push((file.display().to_string(), parse(&text)?));
            }
        }
        Ok(cases)
    }
}

impl Bench {
    pub(crate) fn show(&self) -> Result<Shown, Trouble> {
        let plugin = plugin(&self.file, settings(self.settings.as_deref())?)?;
        let request = request(&self.request)?;
        let request =
            QuoteRequest::deserialize(&request).map_err(|error| Trouble::bad(&self.request, error))?;
        let calls = self.calls.max(1);
        let (mut times, started) = (Vec::new(), Instant::now());
        for _ in 0..calls {
            let at = Instant::now();
            let run = plugin.quote_price(&request);
            times.push(at.elapsed().as_nanos());
            if let Err(error) = run.answer {
                return Err(Trouble::Bad(error.to_string()));
            }
        }
        let per_second = f64::from(calls) / started.elapsed().as_secs_f64();
        times.sort_unstable();
        let at = |share: usize| {
            times
                .get(times.len().saturating_sub(1) * share / 100)
                .copied()
                .unwrap_or_default()
        };
        let (median, high) = (at(50), at(99));
        let micros = |nanos: u128| format!("{}.{:01} µs", nanos / 1_000, nanos % 1_000 / 100);
        let text = format!(
            "{calls} calls, each in an instance of its own: median {}, 99 % below {}, {per_second:.0} a second\n",
            micros(median),
            micros(high)
        );
        let json = json!({"calls": calls, "median-ns": median as u64, "p99-ns": high as u64, "per-second": per_second as u64});
        Ok(Shown {
            text,
            json,
            good: true,
        })
    }
}
