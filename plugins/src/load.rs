//! [`Plugins`]: what was loaded of a folder, and what was not, file by file.

pub(crate) mod prepare;
mod select;

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gym_core::billing::pricing::Pricing;
use gym_core::recommendation::Recommender;

use crate::absent::Absent;
use crate::compile::{component, sniff};
use crate::digest::Digest;
use crate::engine::Host;
use crate::error::{Fault, LoadError};
use crate::file;
use crate::grant::{Capability, Grants, Terms, Trust};
use crate::limits::Limits;
use crate::lock::{Found, Installation};
use crate::plugin::Plugin;
use crate::signature::{signature_file, verify};

/// The most bytes of a signature.
const SIGNATURE: u64 = 4 << 10;

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
#[derive(Debug, Default)]
pub struct Plugins {
    loaded: Vec<Arc<Plugin>>,
    absent: Vec<Arc<Absent>>,
    faults: Vec<Fault>,
}

impl Plugins {
    /// Loads what is granted. A file that cannot be loaded does not keep others from it: see [`faults`](Self::faults).
    /// `limits` are for what is not installed; what is installed has its own.
    ///
    /// # Errors
    /// If there is no engine, if the home lies in the folder, or if the folder cannot be read and nothing is installed
    /// in it.
    pub fn load(source: impl Into<Source>, grants: &Grants, limits: Limits) -> Result<Self, LoadError> {
        let loader = Loader {
            host: Host::shared()?,
            grants,
            limits: limits.capped(),
        };
        let mut plugins = match &grants.trust {
            Trust::Anyone(terms) => loader.anyone(&source.into(), terms)?,
            Trust::Installed(lock) => loader.installed(&source.into(), lock)?,
        };
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
        let plugin = loader.prepare(file, &bytes, terms, false)?;
        Ok(plugin.found)
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

    /// Returns those that propose prices, in the order in which they are asked. An installed one that was not loaded is
    /// among them: it has no answer, so that its failure policy decides.
    pub fn pricings(&self) -> Vec<Arc<dyn Pricing>> {
        let loaded = self.loaded.iter().filter(|it| it.prices()).map(|plugin| {
            let pricing: Arc<dyn Pricing> = Arc::clone(plugin) as _;
            (plugin.terms().order, plugin.id(), pricing)
        });
        let absent = self.absent.iter().filter(|it| it.prices).map(|absent| {
            let pricing: Arc<dyn Pricing> = Arc::clone(absent) as _;
            (absent.order, absent.id.as_str(), pricing)
        });
        in_order(loaded.chain(absent))
    }

    /// Returns those that recommend, in the order in which they are asked. An installed one that was not loaded is
    /// among them: it has no answer, and says why.
    pub fn recommenders(&self) -> Vec<Arc<dyn Recommender>> {
        let loaded = self.loaded.iter().filter(|it| !it.prices()).map(|plugin| {
            let recommender: Arc<dyn Recommender> = Arc::clone(plugin) as _;
            (plugin.terms().order, plugin.id(), recommender)
        });
        let absent = self.absent.iter().filter(|it| it.recommends).map(|absent| {
            let recommender: Arc<dyn Recommender> = Arc::clone(absent) as _;
            (absent.order, absent.id.as_str(), recommender)
        });
        in_order(loaded.chain(absent))
    }

    /// Takes what was loaded of a file, or what was in the way; says so if it was.
    fn take(&mut self, file: &Path, loaded: Result<Plugin, LoadError>) -> Option<&LoadError> {
        let other = |plugin: &Plugin| self.loaded.iter().find(|it| it.id() == plugin.id());
        let loaded = loaded.and_then(|plugin| match other(&plugin) {
            None => Ok(plugin),
            Some(other) => Err(LoadError::SameId {
                id: plugin.id().to_owned(),
                other: other.file().clone(),
            }),
        });
        match loaded {
            Ok(plugin) => {
                self.loaded.push(Arc::new(plugin));
                None
            }
            Err(why) => self.miss(file, why),
        }
    }

    fn miss(&mut self, file: &Path, why: LoadError) -> Option<&LoadError> {
        let file = file.to_owned();
        self.faults.push(Fault { file, why });
        self.faults.last().map(|fault| &fault.why)
    }
}

fn in_order<'p, T>(plugins: impl Iterator<Item = (i32, &'p str, T)>) -> Vec<T> {
    let mut plugins: Vec<_> = plugins.collect();
    plugins.sort_by_key(|(order, id, _)| (*order, *id));
    plugins.into_iter().map(|(_, _, plugin)| plugin).collect()
}

pub(crate) struct Loader<'g> {
    pub(crate) host: Arc<Host>,
    pub(crate) grants: &'g Grants,
    pub(crate) limits: Limits,
}

impl Loader<'_> {
    /// Loads what was installed, if it is what was installed.
    fn entry(&self, id: &str, pinned: &Installation, file: &Path) -> Result<Plugin, LoadError> {
        let limits = pinned.terms.limits.unwrap_or_default().capped();
        let bytes = match read(file, &limits) {
            Err(LoadError::Io { source, .. }) if source.kind() == ErrorKind::NotFound => {
                return Err(LoadError::Missing);
            }
            read => read?,
        };
        same("its digest", &Digest::of(&bytes), &pinned.digest)?;
        signed(file, &bytes, pinned)?;
        let terms = Terms {
            limits: Some(limits),
            ..pinned.terms.clone()
        };
        let plugin = self.prepare(file, &bytes, terms, true)?;
        same("its id", &plugin.id(), &id)?;
        same("its world", &plugin.found.world, &pinned.world)?;
        Ok(plugin)
    }

    pub(crate) fn prepare(
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
    let signature = signature(file).map_err(|error| LoadError::Signature {
        why: format!("{}: {error}", signature_file(file).display()),
    })?;
    verify(bytes, &signature, key)
}

/// Reads the signature beside a component.
pub(crate) fn signature(component: &Path) -> std::io::Result<String> {
    let bytes = file::read(file::open(&signature_file(component))?, SIGNATURE)?;
    String::from_utf8(bytes).map_err(std::io::Error::other)
}

/// Reads a component, no larger than one may be.
pub(crate) fn read(path: &Path, limits: &Limits) -> Result<Vec<u8>, LoadError> {
    let io = LoadError::io(path);
    let opened = match file::open(path) {
        Ok(opened) => opened,
        Err(error) => return Err(io(error)),
    };
    let allowed = limits.component_bytes;
    let bytes = opened.metadata().map_err(io)?.len();
    if bytes > allowed {
        return Err(LoadError::TooLarge { bytes, allowed });
    }
    file::read(opened, allowed).map_err(LoadError::io(path))
}
