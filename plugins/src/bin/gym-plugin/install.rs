//! `install`, `list` and `remove`: what is in the lock file is what loads.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, ValueEnum};
use gym_core::billing::pricing::Detail;
use gym_plugins::{
    Capability, Compiler, Grants, Home, Installation, Limits, LoadError, Lock, Package, Plugin, Plugins,
    Policy, Terms,
};
use serde_json::{Map, Value, json};

use crate::inspect::{imports, value};
use crate::key::public;
use crate::show::{Shown, Trouble, read, settings, table};

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Import {
    Log,
    Settings,
    Lookup,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum OnFailure {
    /// The list price, flagged on the quote.
    Skip,
    /// No quote.
    FailQuote,
}

#[derive(Debug, Args)]
pub(crate) struct Install {
    /// The component; its signature is beside it.
    file: PathBuf,
    /// The folder of plugins.
    #[arg(long)]
    plugins: PathBuf,
    /// The home of plugins: lock file, secret, compiled code. Not in the folder of plugins.
    #[arg(long)]
    home: PathBuf,
    /// Whose signature it must have: a public key, or a file with it.
    #[arg(long, required_unless_present = "unsigned", conflicts_with = "unsigned")]
    key: Option<String>,
    /// Installs it without a signature: what is pinned is its digest alone.
    #[arg(long)]
    unsigned: bool,
    /// Grants an import that it was not granted before.
    #[arg(long, value_name = "IMPORT")]
    grant: Vec<Import>,
    /// Takes an import back that was granted before.
    #[arg(long, value_name = "IMPORT")]
    revoke: Vec<Import>,
    /// Lets it look into a table.
    #[arg(long, value_name = "TABLE")]
    table: Vec<String>,
    /// Does not let it look into a table any more.
    #[arg(long, value_name = "TABLE")]
    no_table: Vec<String>,
    /// Tells it what people must not strain.
    #[arg(long, conflicts_with = "no_health")]
    health: bool,
    /// Does not tell it what people must not strain any more.
    #[arg(long)]
    no_health: bool,
    /// Tells it something of payers and things: age, tenure, plan or channel.
    #[arg(long, value_name = "DETAIL")]
    tell: Vec<Detail>,
    /// Does not tell it that any more.
    #[arg(long, value_name = "DETAIL")]
    no_tell: Vec<Detail>,
    /// Lets it take the place of a plugin of another key, or for something else; it gets nothing that was granted to that.
    #[arg(long)]
    replace: bool,
    /// Its settings, a JSON object.
    #[arg(long)]
    settings: Option<PathBuf>,
    /// What it may use: a JSON object of limits; those that are not named are the default ones.
    #[arg(long, conflicts_with = "large")]
    limits: Option<PathBuf>,
    /// Lets it be as large, and take as long to compile, as any plugin may; plugins in Python need it.
    #[arg(long)]
    large: bool,
    /// What becomes of a quote without its answer.
    #[arg(long)]
    on_failure: Option<OnFailure>,
    /// Lower is asked first.
    #[arg(long, allow_negative_numbers = true)]
    order: Option<i32>,
}

#[derive(Debug, Args)]
pub(crate) struct Remove {
    /// The id of the plugin.
    id: String,
    /// The folder of plugins.
    #[arg(long)]
    plugins: PathBuf,
    /// The home of plugins.
    #[arg(long)]
    home: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Recompile {
    /// The folder of plugins.
    #[arg(long)]
    plugins: PathBuf,
    /// The home of plugins.
    #[arg(long)]
    home: PathBuf,
}

impl Recompile {
    pub(crate) fn run(&self) -> Result<Shown, Trouble> {
        let home = Home::open(&self.home).map_err(Trouble::load(&self.home))?;
        let cached = Grants::installed(home).map_err(Trouble::load(&self.home))?;
        let program = std::env::current_exe().map_err(Trouble::file(Path::new("gym-plugin")))?;
        let compiling = Grants {
            compiler: Compiler::Program(program),
            ..cached.clone()
        };
        let load = |grants: &Grants| {
            Plugins::load(self.plugins.as_path(), grants, Limits::default())
                .map_err(Trouble::load(&self.plugins))
        };
        let (before, after) = (load(&cached)?, load(&compiling)?);
        let mut text = String::new();
        let mut row = |plugin: &Arc<Plugin>| {
            let (id, engine, compiled) = (plugin.id(), plugin.engine(), before.get(plugin.id()).is_none());
            let what = if compiled {
                "was compiled"
            } else {
                "had been compiled"
            };
            let _ = writeln!(text, "{id} {what} for {engine}");
            json!({"id": id, "engine": engine, "compiled": compiled})
        };
        let ready: Vec<Value> = after.iter().map(&mut row).collect();
        // What is not installed has nothing to be compiled.
        let unlisted = |why: &LoadError| matches!(why, LoadError::Unlisted | LoadError::ManyUnlisted { .. });
        let faults = after.faults().iter().filter(|fault| !unlisted(&fault.why));
        let faults: Vec<String> = faults.map(ToString::to_string).collect();
        for fault in &faults {
            let _ = writeln!(text, "{fault}");
        }
        Ok(Shown {
            text,
            good: faults.is_empty(),
            json: json!({"ready": ready, "failed": faults}),
        })
    }
}

fn grants(imports: &[Import]) -> impl Iterator<Item = Capability> {
    imports.iter().map(|import| match import {
        Import::Log => Capability::Log,
        Import::Settings => Capability::Settings,
        Import::Lookup => Capability::Lookup,
    })
}

impl Install {
    pub(crate) fn run(&self) -> Result<Shown, Trouble> {
        let package = Package::read(&self.file).map_err(Trouble::load(&self.file))?;
        let home = Home::open(&self.home).map_err(Trouble::load(&self.home))?;
        let program = std::env::current_exe().map_err(Trouble::file(Path::new("gym-plugin")))?;
        let install = gym_plugins::Install {
            plugins: self.plugins.clone(),
            compiler: Compiler::Program(program),
            key: self.key.as_deref().map(public).transpose()?,
            replace: self.replace,
        };
        let limits = self.limits()?;
        let settings = self
            .settings
            .as_deref()
            .map(|path| settings(Some(path)))
            .transpose()?;
        let installed = install
            .run(&home, &package, |terms| self.set(terms, settings, limits))
            .map_err(Trouble::load(&self.file))?;
        let found = &installed.found;
        let before = installed.before.as_ref();
        Ok(Shown {
            text: format!(
                "{} {} is installed as {}; it imports {}{}\n",
                found.id,
                found.version,
                installed.file.display(),
                imports(found),
                before
                    .map(|it| format!("; {} was installed before", it.version))
                    .unwrap_or_default()
            ),
            json: json!({"installed": value(found), "file": installed.file}),
            good: true,
        })
    }

    /// Reads the limits that the command names; those of the version before stay if there are none.
    fn limits(&self) -> Result<Option<Limits>, Trouble> {
        if self.large {
            return Ok(Some(Limits {
                component_bytes: Limits::CAP.component_bytes,
                compile_ms: Limits::CAP.compile_ms,
                ..Limits::default()
            }));
        }
        let read =
            |path: &PathBuf| serde_json::from_str(&read(path)?).map_err(|error| Trouble::bad(path, error));
        self.limits.as_ref().map(read).transpose()
    }

    /// Sets what the command says of its terms; what it does not say stays.
    fn set(&self, terms: &mut Terms, settings: Option<Map<String, Value>>, limits: Option<Limits>) {
        terms.imports.extend(grants(&self.grant));
        for import in grants(&self.revoke) {
            terms.imports.remove(&import);
        }
        terms.tables.extend(self.table.iter().cloned());
        terms.tables.retain(|table| !self.no_table.contains(table));
        terms.health = (terms.health || self.health) && !self.no_health;
        terms.details.extend(self.tell.iter().copied());
        terms.details.retain(|detail| !self.no_tell.contains(detail));
        terms.settings = settings.unwrap_or_else(|| std::mem::take(&mut terms.settings));
        terms.limits = limits.or(terms.limits);
        terms.order = self.order.unwrap_or(terms.order);
        if let Some(policy) = self.on_failure {
            terms.on_failure = match policy {
                OnFailure::Skip => Policy::Skip,
                OnFailure::FailQuote => Policy::FailQuote,
            };
        }
    }
}

pub(crate) fn list(home: &Path) -> Result<Shown, Trouble> {
    let path = Home::open(home).map_err(Trouble::load(home))?.lock_file();
    let lock = Lock::read_or_new(&path).map_err(Trouble::load(&path))?;
    let row = |(id, it): (&String, &Installation)| {
        let imports: Vec<String> = it.terms.imports.iter().map(ToString::to_string).collect();
        [
            id.clone(),
            it.version.clone(),
            it.world.to_string(),
            imports.join(", "),
            it.key.clone().unwrap_or_else(|| "unsigned".to_owned()),
            it.digest.short(),
        ]
    };
    let header = ["id", "version", "world", "imports", "key", "sha-256"];
    Ok(Shown {
        text: table(header, lock.plugins.iter().map(row)),
        json: json!(lock.plugins),
        good: true,
    })
}

impl Remove {
    pub(crate) fn run(&self) -> Result<Shown, Trouble> {
        let home = Home::open(&self.home).map_err(Trouble::load(&self.home))?;
        let gone = home
            .remove(&self.id, &self.plugins)
            .map_err(Trouble::load(&self.home))?;
        if !gone {
            return Err(Trouble::Bad(format!("{}: it is not installed", self.id)));
        }
        Ok(Shown {
            text: format!("{} is removed\n", self.id),
            json: json!({"removed": self.id}),
            good: true,
        })
    }
}
