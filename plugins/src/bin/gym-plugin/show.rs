//! What a command has to show, what can be in its way, and the files that it reads.

use std::fs;
use std::io::{IsTerminal, Read};
use std::path::Path;
use std::sync::Arc;

use comfy_table::{Table, presets};
use gym_plugins::{Capability, Fault, Grants, Limits, LoadError, Plugin, Plugins, Terms};
use serde_json::{Map, Value};

/// What a command came to.
pub(crate) struct Shown {
    pub(crate) text: String,
    pub(crate) json: Value,
    /// Whether it is as it should be.
    pub(crate) good: bool,
}

/// What is in the way of a command.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Trouble {
    /// The plugin, a request or a signature is not what it should be.
    #[error("{0}")]
    Bad(String),
    /// A file could not be read or written, a home is not private, or there is no engine.
    #[error("{0}")]
    System(String),
}

impl Trouble {
    pub(crate) fn code(&self) -> u8 {
        match self {
            Self::Bad(_) => 1,
            Self::System(_) => 3,
        }
    }

    pub(crate) fn bad(path: &Path, why: impl std::fmt::Display) -> Self {
        Self::Bad(format!("{}: {why}", path.display()))
    }

    pub(crate) fn file(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::System(format!("{}: {source}", path.display()))
    }

    /// Names the file that could not be loaded, unless the error does.
    pub(crate) fn load(path: &Path) -> impl FnOnce(LoadError) -> Self {
        let path = path.to_owned();
        move |error| Self::of(&path, &error)
    }

    fn of(path: &Path, error: &LoadError) -> Self {
        match error {
            LoadError::Io { .. } | LoadError::Place { .. } => Self::System(error.to_string()),
            LoadError::Engine { .. } => Self::System(format!("{}: {error}", path.display())),
            LoadError::Lock { .. } => Self::Bad(error.to_string()),
            other => Self::bad(path, other),
        }
    }
}

impl From<&Fault> for Trouble {
    fn from(fault: &Fault) -> Self {
        Self::of(&fault.file, &fault.why)
    }
}

/// Reads a text; `-` is standard input.
pub(crate) fn read(path: &Path) -> Result<String, Trouble> {
    let mut text = String::new();
    if path.as_os_str() == "-" {
        std::io::stdin()
            .read_to_string(&mut text)
            .map_err(Trouble::file(path))?;
        return Ok(text);
    }
    fs::read_to_string(path).map_err(Trouble::file(path))
}

/// Reads settings: a JSON object in a file, or none.
pub(crate) fn settings(path: Option<&Path>) -> Result<Map<String, Value>, Trouble> {
    let Some(path) = path else {
        return Ok(Map::new());
    };
    let value: Value = serde_json::from_str(&read(path)?).map_err(|error| Trouble::bad(path, error))?;
    match value {
        Value::Object(settings) => Ok(settings),
        _ => Err(Trouble::bad(path, "expected a JSON object")),
    }
}

/// What a file may use while its author works on it: everything that an operator could give.
pub(crate) fn limits() -> Limits {
    Limits {
        component_bytes: Limits::CAP.component_bytes,
        compile_ms: Limits::CAP.compile_ms,
        faults: 0,
        ..Limits::default()
    }
}

/// Loads one file for its author: with settings, with every import, and with default limits for its calls.
pub(crate) fn plugin(file: &Path, settings: Map<String, Value>) -> Result<Arc<Plugin>, Trouble> {
    let terms = Terms {
        imports: [Capability::Log, Capability::Settings, Capability::Lookup].into(),
        settings,
        health: true,
        ..Terms::default()
    };
    let plugins = Plugins::load(vec![file.to_owned()], &Grants::anyone(terms), limits())
        .map_err(Trouble::load(file))?;
    match (plugins.iter().next(), plugins.faults().first()) {
        (Some(plugin), _) => Ok(Arc::clone(plugin)),
        (None, Some(fault)) => Err(fault.into()),
        (None, None) => Err(Trouble::bad(file, "nothing was loaded")),
    }
}

/// Lays rows out under a header.
pub(crate) fn table<const N: usize>(
    header: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(header);
    for row in rows {
        table.add_row(row);
    }
    let text = table.to_string();
    let (header, rows) = text.split_at(text.find('\n').unwrap_or(text.len()));
    format!("{}{rows}\n", painted(BOLD, header, &std::io::stdout()))
}

/// How headers are shown on a terminal, and what is wrong.
pub(crate) const BOLD: u8 = 1;
pub(crate) const RED: u8 = 31;

/// Returns a text for a terminal in a colour (ECMA-48, 8.3.117); for others, and with `NO_COLOR`, the text itself.
pub(crate) fn painted(colour: u8, text: &str, to: &impl IsTerminal) -> String {
    if to.is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|it| it.is_empty()) {
        format!("\u{1b}[{colour}m{text}\u{1b}[0m")
    } else {
        text.to_owned()
    }
}

/// Writes a share of an allowance.
pub(crate) fn share(used: u64, allowed: u64) -> String {
    match (u128::from(used) * 1_000).checked_div(u128::from(allowed)) {
        Some(thousandths) => format!("{}.{} %", thousandths / 10, thousandths % 10),
        None => "-".to_owned(),
    }
}
