//! `install`, `list` and `remove`: what is in the lock file is what loads.

use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use gym_plugins::{
    Capability, Compiler, Grants, Home, Installation, LoadError, Lock, Plugins, Policy, signature_file,
    verify,
};
use serde_json::json;

use crate::inspect::{imports, value};
use crate::key::public;
use crate::show::{Shown, Trouble, limits, read, settings, table};

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
    /// Lets it look into a table.
    #[arg(long, value_name = "TABLE")]
    table: Vec<String>,
    /// Tells it what people must not strain.
    #[arg(long)]
    health: bool,
    /// Its settings, a JSON object.
    #[arg(long)]
    settings: Option<PathBuf>,
    /// What it may use: a JSON object of limits.
    #[arg(long)]
    limits: Option<PathBuf>,
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

fn open(home: &Path) -> Result<(Home, Lock), Trouble> {
    let home = Home::open(home).map_err(Trouble::load(home))?;
    let path = home.lock_file();
    let lock = match Lock::read(&path) {
        Err(LoadError::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => Lock::default(),
        read => read.map_err(Trouble::load(&path))?,
    };
    Ok((home, lock))
}

impl Install {
    pub(crate) fn run(&self) -> Result<Shown, Trouble> {
        let (home, mut lock) = open(&self.home)?;
        let program = std::env::current_exe().map_err(Trouble::file(Path::new("gym-plugin")))?;
        let mut grants = Grants {
            home: Some(home.clone()),
            compiler: Compiler::Program(program),
            ..Grants::development()
        };
        let found = Plugins::look(&self.file, &grants, limits()).map_err(Trouble::load(&self.file))?;
        let key = self.key.as_deref().map(public).transpose()?;
        let bytes = fs::read(&self.file).map_err(Trouble::file(&self.file))?;
        if let Some(key) = &key {
            let signature = read(&signature_file(&self.file))?;
            verify(&bytes, &signature, key).map_err(Trouble::load(&self.file))?;
        }
        let before = lock.plugins.get(&found.id).cloned();
        let name = format!("{}.wasm", found.id);
        let granted = self.grant.iter().map(|import| match import {
            Import::Log => Capability::Log,
            Import::Settings => Capability::Settings,
            Import::Lookup => Capability::Lookup,
        });
        lock.install(&name, &found, key, &granted.collect(), None)
            .map_err(Trouble::load(&self.file))?;
        let installation = lock.plugins.get_mut(&found.id);
        let installation =
            installation.ok_or_else(|| Trouble::bad(&self.file, "it was not taken into the lock"))?;
        self.set(installation)?;
        grants.trust = gym_plugins::Trust::Anyone(installation.terms.clone());
        let tried =
            Plugins::load(vec![self.file.clone()], &grants, limits()).map_err(Trouble::load(&self.file))?;
        if let Some(fault) = tried.faults().first() {
            return Err(Trouble::Bad(fault.to_string()));
        }
        let target = self.plugins.join(&name);
        fs::create_dir_all(&self.plugins).map_err(Trouble::file(&self.plugins))?;
        write(&target, &bytes)?;
        if installation.key.is_some() {
            let signature = signature_file(&self.file);
            let bytes = fs::read(&signature).map_err(Trouble::file(&signature))?;
            write(&signature_file(&target), &bytes)?;
        }
        let path = home.lock_file();
        lock.write(&path).map_err(Trouble::load(&path))?;
        Ok(Shown {
            text: format!(
                "{} {} is installed as {}; it imports {}{}\n",
                found.id,
                found.version,
                target.display(),
                imports(&found),
                before
                    .map(|it| format!("; {} was installed before", it.version))
                    .unwrap_or_default()
            ),
            json: json!({"installed": value(&found), "file": target}),
            good: true,
        })
    }

    /// Sets what the command says of its terms; what it does not say stays.
    fn set(&self, installation: &mut Installation) -> Result<(), Trouble> {
        let terms = &mut installation.terms;
        terms.tables.extend(self.table.iter().cloned());
        terms.health |= self.health;
        if let Some(path) = &self.settings {
            terms.settings = settings(Some(path))?;
        }
        if let Some(path) = &self.limits {
            let limits = serde_json::from_str(&read(path)?).map_err(|error| Trouble::bad(path, error))?;
            terms.limits = Some(limits);
        }
        if let Some(policy) = self.on_failure {
            terms.on_failure = match policy {
                OnFailure::Skip => Policy::Skip,
                OnFailure::FailQuote => Policy::FailQuote,
            };
        }
        terms.order = self.order.unwrap_or(terms.order);
        Ok(())
    }
}

/// Writes a file at once, so that nobody sees half of it.
fn write(path: &Path, bytes: &[u8]) -> Result<(), Trouble> {
    let aside = path.with_extension("new");
    fs::write(&aside, bytes)
        .and_then(|()| fs::rename(&aside, path))
        .map_err(Trouble::file(path))
}

pub(crate) fn list(home: &Path) -> Result<Shown, Trouble> {
    let (_, lock) = open(home)?;
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
        let (home, mut lock) = open(&self.home)?;
        let gone = lock.plugins.remove(&self.id);
        let gone = gone.ok_or_else(|| Trouble::Bad(format!("{}: it is not installed", self.id)))?;
        let path = home.lock_file();
        lock.write(&path).map_err(Trouble::load(&path))?;
        home.forget(&gone.digest).map_err(Trouble::load(&path))?;
        let file = self.plugins.join(&gone.file);
        for file in [signature_file(&file), file] {
            if file.exists() {
                fs::remove_file(&file).map_err(Trouble::file(&file))?;
            }
        }
        Ok(Shown {
            text: format!("{} {} is removed\n", self.id, gone.version),
            json: json!({"removed": self.id}),
            good: true,
        })
    }
}
