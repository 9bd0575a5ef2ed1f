//! [`Plugins`]: what was loaded of a folder, and what was not, file by file.

pub(crate) mod prepare;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gym_core::billing::pricing::Pricing;
use gym_core::recommendation::Recommender;

use crate::compile::{component, sniff};
use crate::digest::Digest;
use crate::engine::Host;
use crate::error::{Fault, LoadError};
use crate::grant::{Capability, Grants, Terms, Trust};
use crate::limits::Limits;
use crate::lock::{Found, Installation, Lock};
use crate::plugin::Plugin;
use crate::signature::{signature_file, verify};

/// How many files of a folder are looked at.
const FILES: usize = 256;

/// Where plugins are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The `.wasm` files of a folder.
    Folder(PathBuf),
    /// These files.
    Files(Vec<PathBuf>),
}

impl From<&Path> for Source {
    fn from(folder: &Path) -> Self {
        Self::Folder(folder.to_owned())
    }
}

impl From<&str> for Source {
    fn from(folder: &str) -> Self {
        Self::Folder(folder.into())
    }
}

impl From<PathBuf> for Source {
    fn from(folder: PathBuf) -> Self {
        Self::Folder(folder)
    }
}

impl From<Vec<PathBuf>> for Source {
    fn from(files: Vec<PathBuf>) -> Self {
        Self::Files(files)
    }
}

/// The plugins that were loaded, in the order in which they are asked, and the files that were not.
#[derive(Debug)]
pub struct Plugins {
    loaded: Vec<Arc<Plugin>>,
    faults: Vec<Fault>,
}

impl Plugins {
    /// Loads what is granted. A file that cannot be loaded does not keep others from it: see [`faults`](Self::faults).
    ///
    /// Plugins run on the thread that asks, which needs half a mebibyte of stack for them.
    ///
    /// # Errors
    /// If the folder cannot be read, or there is no engine.
    pub fn load(source: impl Into<Source>, grants: &Grants, limits: Limits) -> Result<Self, LoadError> {
        let host = Host::shared()?;
        let files = files(&source.into(), grants)?;
        let loader = Loader {
            host,
            grants,
            limits: limits.capped(),
        };
        let mut plugins = Self {
            loaded: Vec::new(),
            faults: Vec::new(),
        };
        let mut ids: BTreeMap<String, PathBuf> = BTreeMap::new();
        for file in files {
            let loaded = loader.load(&file).and_then(|plugin| match ids.get(plugin.id()) {
                None => Ok(plugin),
                Some(other) => Err(LoadError::SameId {
                    id: plugin.id().to_owned(),
                    other: other.clone(),
                }),
            });
            match loaded {
                Ok(plugin) => {
                    ids.insert(plugin.id().to_owned(), file);
                    plugins.loaded.push(Arc::new(plugin));
                }
                Err(why) => plugins.faults.push(Fault { file, why }),
            }
        }
        let place = |plugin: &Arc<Plugin>| (plugin.terms().order, plugin.id().to_owned());
        plugins.loaded.sort_by_key(place);
        Ok(plugins)
    }

    /// Looks at one file without installing it: who it is and what it needs. Nothing is granted to it but that it
    /// may import what there is; its settings are not looked at.
    ///
    /// # Errors
    /// As for a file that is loaded.
    pub fn look(file: &Path, grants: &Grants, limits: Limits) -> Result<Found, LoadError> {
        let terms = Terms {
            imports: [Capability::Log, Capability::Settings, Capability::Lookup].into(),
            ..Terms::default()
        };
        let loader = Loader {
            host: Host::shared()?,
            grants,
            limits: limits.capped(),
        };
        let bytes = read(file, &loader.limits)?;
        loader
            .prepare(file, &bytes, terms, false)
            .map(|plugin| plugin.found)
    }

    /// Returns the plugins, in the order in which they are asked.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Plugin>> {
        self.loaded.iter()
    }

    /// Finds a plugin.
    pub fn get(&self, id: &str) -> Option<&Arc<Plugin>> {
        self.loaded.iter().find(|plugin| plugin.id() == id)
    }

    /// Returns the files that were not loaded, each with its reason.
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }

    /// Returns those that propose prices, in the order in which they are asked.
    pub fn pricings(&self) -> Vec<Arc<dyn Pricing>> {
        let pricing = |plugin: &Arc<Plugin>| Arc::clone(plugin) as Arc<dyn Pricing>;
        self.loaded.iter().filter(|it| it.prices()).map(pricing).collect()
    }

    /// Returns those that recommend, in the order in which they are asked.
    pub fn recommenders(&self) -> Vec<Arc<dyn Recommender>> {
        let recommender = |plugin: &Arc<Plugin>| Arc::clone(plugin) as Arc<dyn Recommender>;
        self.loaded
            .iter()
            .filter(|it| !it.prices())
            .map(recommender)
            .collect()
    }
}

/// Lists what there is to load, and what is installed and not there.
fn files(source: &Source, grants: &Grants) -> Result<Vec<PathBuf>, LoadError> {
    let folder = match source {
        Source::Files(files) => return Ok(files.clone()),
        Source::Folder(folder) => folder,
    };
    let io = |source| LoadError::Io {
        path: folder.clone(),
        source,
    };
    if let Some(home) = &grants.home {
        home.apart_from(folder)?;
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(io)? {
        let path = entry.map_err(io)?.path();
        let hidden = path
            .file_name()
            .is_none_or(|name| name.to_string_lossy().starts_with('.'));
        if !hidden && path.extension().is_some_and(|kind| kind == "wasm") {
            files.push(path);
        }
    }
    if let Trust::Installed(lock) = &grants.trust {
        let installed = lock.plugins.values().map(|it| folder.join(&it.file));
        files.extend(installed);
    }
    files.sort();
    files.dedup();
    if files.len() > FILES {
        let why = format!("there are {} plugins; expected at most {FILES}", files.len());
        return Err(LoadError::Place {
            path: folder.clone(),
            why,
        });
    }
    Ok(files)
}

pub(crate) struct Loader<'g> {
    pub(crate) host: Arc<Host>,
    pub(crate) grants: &'g Grants,
    pub(crate) limits: Limits,
}

impl Loader<'_> {
    fn load(&self, file: &Path) -> Result<Plugin, LoadError> {
        let lock = match &self.grants.trust {
            Trust::Anyone(terms) => {
                let limits = terms.limits.unwrap_or(self.limits).capped();
                let bytes = read(file, &limits)?;
                return self.prepare(file, &bytes, terms.clone(), true);
            }
            Trust::Installed(lock) => lock,
        };
        let (id, pinned) = listed(lock, file).ok_or(LoadError::Unlisted)?;
        let limits = pinned.terms.limits.unwrap_or(self.limits).capped();
        let bytes = match read(file, &limits) {
            Err(LoadError::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {
                return Err(LoadError::Missing);
            }
            read => read?,
        };
        same("its digest", &Digest::of(&bytes), &pinned.digest)?;
        signed(file, &bytes, pinned)?;
        let plugin = self.prepare(file, &bytes, pinned.terms.clone(), true)?;
        same("its id", &plugin.id(), &id.as_str())?;
        same("its world", &plugin.found.world, &pinned.world)?;
        Ok(plugin)
    }

    fn prepare(
        &self,
        file: &Path,
        bytes: &[u8],
        terms: Terms,
        configured: bool,
    ) -> Result<Plugin, LoadError> {
        let limits = terms.limits.unwrap_or(self.limits).capped();
        sniff(bytes, &limits)?;
        let home = self.grants.home.as_ref();
        let component = component(
            &self.host,
            bytes,
            home.map(|home| &home.cache),
            &self.grants.compiler,
            &limits,
        )?;
        let plan = prepare::Plan {
            file,
            bytes,
            component: &component,
            terms,
            limits,
            configured,
        };
        self.finish(plan)
    }
}

fn listed<'l>(lock: &'l Lock, file: &Path) -> Option<(&'l String, &'l Installation)> {
    let name = file.file_name()?.to_str()?;
    lock.plugins
        .iter()
        .find(|(_, installation)| installation.file == name)
}

fn same<T: PartialEq + std::fmt::Display>(
    what: &'static str,
    found: &T,
    pinned: &T,
) -> Result<(), LoadError> {
    if found == pinned {
        return Ok(());
    }
    Err(LoadError::Changed {
        what,
        found: found.to_string(),
        pinned: pinned.to_string(),
    })
}

/// Checks the signature of a plugin that was installed with a key.
fn signed(file: &Path, bytes: &[u8], pinned: &Installation) -> Result<(), LoadError> {
    let Some(key) = &pinned.key else {
        return Ok(());
    };
    let path = signature_file(file);
    let mut signature = String::new();
    File::open(&path)
        .and_then(|file| file.take(4 << 10).read_to_string(&mut signature))
        .map_err(|error| LoadError::Signature {
            why: format!("{}: {error}", path.display()),
        })?;
    verify(bytes, &signature, key)
}

/// Reads a file, no larger than a component may be.
pub(crate) fn read(file: &Path, limits: &Limits) -> Result<Vec<u8>, LoadError> {
    let io = |source| LoadError::Io {
        path: file.to_owned(),
        source,
    };
    let opened = File::open(file).map_err(io)?;
    let facts = opened.metadata().map_err(io)?;
    if !facts.is_file() {
        return Err(LoadError::NotComponent {
            why: "it is not a file".to_owned(),
        });
    }
    let allowed = limits.component_bytes;
    if facts.len() > allowed {
        return Err(LoadError::TooLarge {
            bytes: facts.len(),
            allowed,
        });
    }
    let mut bytes = Vec::new();
    opened
        .take(allowed.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(io)?;
    Ok(bytes)
}
