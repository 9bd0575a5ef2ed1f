//! `run`, `test` and `bench`: a plugin is asked, and what it says is shown, compared or timed.

use std::io::stdout;
use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use gym_plugins::{Limits, Plugin, json};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::question::{Answered, Question};
use crate::show::{BOLD, RED, Shown, Trouble, painted, plugin, read, settings, share, table};

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

impl Run {
    pub(crate) fn show(&self) -> Result<Shown, Trouble> {
        let plugin = plugin(&self.file, settings(self.settings.as_deref())?)?;
        let question = Question::read(&self.request)?;
        let mut answered = question.ask(&plugin);
        if answered.answer.get("ok").is_some() {
            answered.crash = question.unfit(&plugin);
        }
        let meters = meters(&plugin, &answered);
        let mut text = serde_json::to_string_pretty(&answered.answer).unwrap_or_default();
        text.push('\n');
        if let Some(error) = &answered.crash {
            let error = painted(RED, &error.to_string(), &stdout());
            text.push_str(&format!("{error}\n"));
        }
        for line in &answered.log {
            text.push_str(&format!("{:?}: {}\n", line.level, line.message));
        }
        let row = |meter: &Meter| {
            let used = |text: fn(u64, u64) -> String| {
                meter
                    .used
                    .map_or("-".to_owned(), |used| text(used, meter.allowed))
            };
            [
                meter.limit.to_owned(),
                used(|used, _| used.to_string()),
                meter.allowed.to_string(),
                used(share),
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
        let meter = |it: &Meter| json!({"limit": it.limit, "used": it.used, "allowed": it.allowed});
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

/// One limit, and how much of it a call has used; nothing is known of some.
struct Meter {
    limit: &'static str,
    used: Option<u64>,
    allowed: u64,
}

fn meters(plugin: &Plugin, answered: &Answered) -> Vec<Meter> {
    let (limits, usage): (&Limits, _) = (plugin.limits(), &answered.usage);
    let meter = |limit, used, allowed| Meter {
        limit,
        used: Some(used),
        allowed,
    };
    vec![
        meter("call fuel", usage.call_fuel, usage.fuel_allowed),
        meter(
            "instantiate fuel",
            usage.instantiate_fuel,
            limits.instantiate_fuel,
        ),
        meter("processor milliseconds", usage.micros / 1_000, limits.call_ms),
        meter(
            "milliseconds in the queue",
            usage.queue_micros / 1_000,
            limits.queue_ms,
        ),
        meter("memory bytes", usage.memory_bytes, limits.memory_bytes),
        meter("table elements", usage.table_elements, limits.table_elements),
        // The engine stops a call that needs more, and does not say how much one has used.
        Meter {
            limit: "stack bytes",
            used: None,
            allowed: Limits::STACK,
        },
        meter("request bytes", usage.request_bytes, limits.input_bytes),
        meter("request lines", u64::from(usage.items), u64::from(limits.items)),
        meter("answer bytes", usage.answer_bytes, limits.output_bytes),
        meter("answers", u64::from(usage.answers), u64::from(limits.answers)),
        meter(
            "log lines",
            u64::from(usage.log_lines),
            u64::from(limits.log_lines),
        ),
        meter("log bytes", usage.log_bytes, limits.log_bytes),
        meter("reads", u64::from(usage.reads), u64::from(limits.reads)),
        meter("read bytes", usage.read_bytes, limits.read_bytes),
        meter("record bytes", answered.record_bytes, limits.record_bytes),
        meter("component bytes", plugin.found().bytes, limits.component_bytes),
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
            let question =
                Question::of(&fixture.request).map_err(|why| Trouble::Bad(format!("{name}: {why}")))?;
            let answered = question.ask(plugin);
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
        let summary = format!("{} passed, {bad} failed", count - bad);
        let colour = if bad > 0 { RED } else { BOLD };
        text.push_str(&format!("{}\n", painted(colour, &summary, &stdout())));
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
        let question = Question::read(&self.request)?;
        let calls = self.calls.max(1);
        let (mut times, started) = (Vec::new(), Instant::now());
        for _ in 0..calls {
            let at = Instant::now();
            let answered = question.try_on(&plugin);
            times.push(at.elapsed().as_nanos());
            answered.map_err(|error| Trouble::Bad(error.to_string()))?;
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
