//! [`Install`]: a [`Package`] becomes an installed plugin, or nothing changes.
//!
//! A package is read once, and what is verified is what is tried and what is written. Whoever loads plugins meanwhile finds
//! the version before or the new one: files are named by what is in them, and the lock file is what decides.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::compile::Compiler;
use crate::engine::Host;
use crate::error::LoadError;
use crate::file;
use crate::grant::{Capability, Grants, Terms};
use crate::home::Home;
use crate::limits::Limits;
use crate::load::{Loader, read, signature};
use crate::lock::{Found, Installation, Lock};
use crate::signature::{signature_file, verify};

/// A component with the signature that lies beside it, each read once.
#[derive(Debug, Clone)]
pub struct Package {
    file: PathBuf,
    component: Vec<u8>,
    signature: Option<String>,
}

impl Package {
    /// Reads a component of up to [`Limits::CAP`], and its signature if there is one.
    ///
    /// # Errors
    /// If either cannot be read, or is no plain file.
    pub fn read(file: &Path) -> Result<Self, LoadError> {
        let signature = match signature(file) {
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            read => Some(read.map_err(LoadError::io(&signature_file(file)))?),
        };
        Ok(Self {
            component: read(file, &Limits::CAP)?,
            signature,
            file: file.to_owned(),
        })
    }

    fn signed_by(&self, key: &str) -> Result<(), LoadError> {
        let missing = || LoadError::Io {
            path: signature_file(&self.file),
            source: ErrorKind::NotFound.into(),
        };
        verify(&self.component, self.signature.as_ref().ok_or_else(missing)?, key)
    }
}

/// How plugins are installed.
///
/// ```
/// use gym_plugins::{Compiler, Home, Install, Package};
///
/// let root = tempfile::tempdir()?;
/// let file = root.path().join("broken.wasm");
/// std::fs::write(&file, "no plugin")?;
/// let install = Install {
///     plugins: root.path().join("plugins"),
///     compiler: Compiler::InProcess,
///     key: None,
///     replace: false,
/// };
/// let home = Home::open(root.path().join("home"))?;
/// let refused = install.run(&home, &Package::read(&file)?, |terms| terms.order = 7);
/// assert!(refused.unwrap_err().to_string().starts_with("it is not a WebAssembly component"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Install {
    /// The folder of plugins, which is made if it is not there.
    pub plugins: PathBuf,
    /// Who compiles.
    pub compiler: Compiler,
    /// Whose signature the component must have, a public key of minisign in base 64; none pins its digest alone.
    pub key: Option<String>,
    /// Whether it may take the place of a plugin of another key or for something else, of which it inherits nothing.
    pub replace: bool,
}

/// What was installed.
#[derive(Debug, Clone, PartialEq)]
pub struct Installed {
    /// What it was found to be.
    pub found: Found,
    /// Where its file is.
    pub file: PathBuf,
    /// What was installed under its id before.
    pub before: Option<Installation>,
}

impl Install {
    /// Installs a package on the terms of the version before, or on the default ones, as `change` changes them.
    ///
    /// It is verified before anything of it runs, compiled, asked who it is, and tried with exactly the settings and
    /// limits that are written down. If it is refused, what was installed before still is.
    ///
    /// # Errors
    /// As for a file that is loaded; if it imports what it is not granted, if a limit is above [`Limits::CAP`], or if its
    /// key or what it is for is not that of the version before.
    pub fn run(
        &self,
        home: &Home,
        package: &Package,
        change: impl FnOnce(&mut Terms),
    ) -> Result<Installed, LoadError> {
        fs::create_dir_all(&self.plugins).map_err(LoadError::io(&self.plugins))?;
        home.apart_from(&self.plugins)?;
        if let Some(key) = &self.key {
            package.signed_by(key)?;
        }
        let grants = Grants {
            home: Some(home.clone()),
            compiler: self.compiler.clone(),
            ..Grants::development()
        };
        let loader = Loader {
            host: Host::shared()?,
            grants: &grants,
            limits: Limits::CAP,
        };
        let all = Terms {
            imports: [Capability::Log, Capability::Settings, Capability::Lookup].into(),
            ..Terms::default()
        };
        let looked = loader.prepare(&package.file, &package.component, all, false);
        let held = home.hold()?;
        let installed = looked.and_then(|plugin| self.take(home, package, &loader, plugin.found, change));
        // Code of what was refused or replaced is not kept.
        let pruned = home.prune();
        drop(held);
        let installed = installed?;
        pruned.map(|()| installed)
    }

    fn take(
        &self,
        home: &Home,
        package: &Package,
        loader: &Loader<'_>,
        found: Found,
        change: impl FnOnce(&mut Terms),
    ) -> Result<Installed, LoadError> {
        let mut lock = Lock::read_or_new(&home.lock_file())?;
        let before = lock.plugins.get(&found.id).cloned();
        let name = format!("{}-{}.wasm", found.id, found.digest.short());
        if self.replace {
            lock.remove(&found.id);
        }
        lock.admit(&name, &found, self.key.clone(), change)?;
        if let Some(installation) = lock.plugins.get(&found.id) {
            let terms = installation.terms.clone();
            within_the_cap(terms.limits.unwrap_or_default())?;
            loader.prepare(&package.file, &package.component, terms, true)?;
        }
        let target = self.plugins.join(&name);
        if self.key.is_some()
            && let Some(signature) = &package.signature
        {
            write(&signature_file(&target), signature.as_bytes())?;
        }
        write(&target, &package.component)?;
        lock.write(&home.lock_file())?;
        if let Some(old) = before.as_ref().filter(|it| it.file != name) {
            clear(&self.plugins.join(&old.file))?;
        }
        Ok(Installed {
            found,
            file: target,
            before,
        })
    }
}

impl Home {
    /// Takes an installed plugin out of the lock file, and its file out of the folder of plugins. Says whether there
    /// was one.
    ///
    /// # Errors
    /// If a file cannot be read, written or removed.
    pub fn remove(&self, id: &str, plugins: &Path) -> Result<bool, LoadError> {
        let _held = self.hold()?;
        let mut lock = Lock::read_or_new(&self.lock_file())?;
        let gone = lock.plugins.get(id).map(|it| it.file.clone());
        if !lock.remove(id) {
            return Ok(false);
        }
        lock.write(&self.lock_file())?;
        if let Some(name) = gone {
            clear(&plugins.join(name))?;
        }
        self.prune().map(|()| true)
    }

    /// Takes away compiled code of what is not installed.
    fn prune(&self) -> Result<(), LoadError> {
        let lock = Lock::read_or_new(&self.lock_file())?;
        let listed: BTreeSet<_> = lock.digests().collect();
        self.cache.prune(&listed)
    }
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), LoadError> {
    file::write(path, bytes, 0o644).map_err(LoadError::io(path))
}

/// Takes a component and its signature away, if they are there.
fn clear(component: &Path) -> Result<(), LoadError> {
    for path in [signature_file(component), component.to_owned()] {
        match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(LoadError::io(&path)(error)),
            _ => {}
        }
    }
    Ok(())
}

/// Refuses limits that would be lowered when the plugin is loaded.
fn within_the_cap(limits: Limits) -> Result<(), LoadError> {
    let members = |limits| match serde_json::to_value(limits) {
        Ok(Value::Object(members)) => members,
        _ => serde_json::Map::new(),
    };
    let (asked, given) = (members(limits), members(limits.capped()));
    let lowered = asked
        .into_iter()
        .find(|(name, value)| given.get(name) != Some(value));
    lowered.map_or(Ok(()), |(limit, value)| {
        Err(LoadError::Limits {
            cap: given.get(&limit).map(Value::to_string).unwrap_or_default(),
            value: value.to_string(),
            limit,
        })
    })
}
