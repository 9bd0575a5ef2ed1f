//! `diff` and `replay`: two versions beside each other, and one beside its past.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;
use gym_plugins::{CallError, Plugin, Record};
use serde::Serialize;
use serde_json::{Value, json};

use crate::question::{Question, Said};
use crate::show::{Shown, Trouble, plugin, read, settings, table};

#[derive(Debug, Args)]
pub(crate) struct Diff {
    /// The live version.
    old: PathBuf,
    /// The candidate.
    new: PathBuf,
    /// Requests, or records of answers, one as JSON in each line.
    #[arg(long)]
    requests: PathBuf,
    /// The settings of both, a JSON object.
    #[arg(long)]
    settings: Option<PathBuf>,
    /// Prints comma-separated values instead of a table.
    #[arg(long)]
    csv: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Replay {
    /// Records, one in each line.
    records: PathBuf,
    /// The component that gave the answers.
    file: PathBuf,
    /// Its settings then, a JSON object.
    #[arg(long)]
    settings: Option<PathBuf>,
}

type Row = [String; 4];

impl Diff {
    pub(crate) fn show(&self) -> Result<Shown, Trouble> {
        let settings = settings(self.settings.as_deref())?;
        let (old, new) = (plugin(&self.old, settings.clone())?, plugin(&self.new, settings)?);
        let (mut rows, mut asked): (Vec<Row>, u64) = (Vec::new(), 0);
        for (at, request) in requests(&self.requests)? {
            asked += 1;
            rows.extend(different(at, &old, &new, &request));
        }
        let header = ["request", "line", "old", "new"];
        let text = if self.csv {
            let quote = |text: &String| format!("\"{}\"", text.replace('"', "\"\""));
            let line = |row: &Row| row.iter().map(quote).collect::<Vec<_>>().join(",") + "\n";
            header.join(",") + "\n" + &rows.iter().map(line).collect::<String>()
        } else {
            table(header, rows.iter().cloned())
                + &format!("{} answers differ in {asked} requests\n", rows.len())
        };
        let value = |[request, line, old, new]: &Row| json!({"request": request, "line": line, "old": old, "new": new});
        Ok(Shown {
            text,
            json: json!({"asked": asked, "different": rows.iter().map(value).collect::<Vec<_>>()}),
            good: true,
        })
    }
}

/// Reads requests; a record is read as what was asked then.
fn requests(path: &Path) -> Result<Vec<(usize, Question)>, Trouble> {
    let mut requests = Vec::new();
    for (at, line) in read(path)?
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
    {
        let wrong = |why: String| Trouble::bad(path, format!("line {}: {why}", at + 1));
        let value: Value = serde_json::from_str(line).map_err(|error| wrong(error.to_string()))?;
        requests.push((at + 1, Question::of(&value).map_err(wrong)?));
    }
    Ok(requests)
}

/// Lists the things of which the two say something else: lines, workouts or offers.
fn different(at: usize, old: &Plugin, new: &Plugin, question: &Question) -> Vec<Row> {
    let (old, new) = match (question.outcome(old), question.outcome(new)) {
        (Ok(old), Ok(new)) => (old, new),
        (old, new) => {
            let said = |answer: Result<Vec<Said>, CallError>| match answer {
                Ok(said) => format!("{} answers", said.len()),
                Err(error) => error.to_string(),
            };
            let (old, new) = (said(old), said(new));
            return if old == new {
                Vec::new()
            } else {
                vec![[at.to_string(), "all".to_owned(), old, new]]
            };
        }
    };
    let (before, after): (BTreeMap<_, _>, BTreeMap<_, _>) =
        (old.iter().cloned().collect(), new.iter().cloned().collect());
    let only_new = new.iter().filter(|(name, _)| !before.contains_key(name));
    let all = old.iter().chain(only_new).map(|(name, _)| name);
    let said =
        |all: &BTreeMap<String, String>, name| all.get(name).cloned().unwrap_or_else(|| "-".to_owned());
    let rows = all.map(|name| {
        [
            at.to_string(),
            name.clone(),
            said(&before, name),
            said(&after, name),
        ]
    });
    rows.filter(|[_, _, old, new]| old != new).collect()
}

/// What asking again came to, whatever was asked.
struct Verdict {
    proved: bool,
    text: String,
    json: Value,
}

impl Verdict {
    fn of<A: Serialize>(replay: &gym_plugins::Replay<A>) -> Self {
        let proved = replay.proves();
        let mut text = if proved { "proved" } else { "not proved" }.to_owned();
        for difference in &replay.differs {
            let _ = write!(text, "; {difference}");
        }
        if !replay.same_answer {
            text.push_str("; the answer is another one");
        }
        match replay.fuel {
            Some((then, now)) if then != now => {
                let _ = write!(text, "; fuel then {then}, now {now}");
            }
            None => text.push_str("; its fuel was measured by another engine"),
            _ => {}
        }
        let json = json!(replay);
        Self { proved, text, json }
    }

    /// Asks again what one line says was asked: for prices, a ranking, or offers.
    fn find(plugin: &Plugin, line: &str) -> Result<Self, String> {
        let value: Value = serde_json::from_str(line).map_err(|error| error.to_string())?;
        let asks = |member: &str| value["request"].get(member).is_some();
        if asks("candidates") {
            return Ok(Self::of(&plugin.replay_ranking(&Record::read(line)?)));
        }
        if asks("offer-codes") {
            return Ok(Self::of(&plugin.replay_offers(&Record::read(line)?)));
        }
        Ok(Self::of(&plugin.replay(&Record::read(line)?)))
    }
}

impl Replay {
    pub(crate) fn show(&self) -> Result<Shown, Trouble> {
        let plugin = plugin(&self.file, settings(self.settings.as_deref())?)?;
        let (mut text, mut values, mut good) = (String::new(), Vec::new(), true);
        let records = read(&self.records)?;
        let lines = records.lines().enumerate();
        for (at, line) in lines.filter(|(_, line)| !line.trim().is_empty()) {
            let at = at + 1;
            let wrong = |why| Trouble::bad(&self.records, format!("line {at}: {why}"));
            let verdict = Verdict::find(&plugin, line).map_err(wrong)?;
            let _ = writeln!(text, "line {at}: {}", verdict.text);
            good &= verdict.proved;
            values.push(json!({"line": at, "proved": verdict.proved, "replay": verdict.json}));
        }
        Ok(Shown {
            text,
            json: Value::from(values),
            good,
        })
    }
}
