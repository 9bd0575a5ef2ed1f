//! The [`Lock`]: which plugins are installed, pinned by what they are, and on what terms they run.

use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::path::Path;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::digest::Digest;
use crate::error::LoadError;
use crate::grant::{Capability, Policy, Terms};
use crate::home::{read_private, write_private};
use crate::world::World;

/// The most bytes of a lock file.
const MOST: u64 = 16 << 20;

/// What is installed, by id.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Lock {
    /// The installations, by the id of the plugin.
    pub plugins: BTreeMap<String, Installation>,
    /// Entries that are none, as they were read.
    refused: BTreeMap<String, Refused>,
}

/// An entry of a lock file that is none.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Refused {
    pub(crate) why: String,
    entry: Value,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Written {
    format: u32,
    plugins: BTreeMap<String, Value>,
}

/// One plugin as it was installed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Installation {
    /// The name of its file in the folder of plugins.
    pub file: String,
    /// The SHA-256 of the file.
    pub digest: Digest,
    /// The minisign key that has signed it; none if it was installed unsigned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// What it said of its version.
    pub version: String,
    /// Its world.
    pub world: World,
    /// On what terms it runs.
    pub terms: Terms,
}

/// What a component was found to be when it was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its id.
    pub id: String,
    /// Its version.
    pub version: String,
    /// Who made it.
    pub vendor: String,
    /// Its world.
    pub world: World,
    /// What it imports.
    pub imports: BTreeSet<Capability>,
    /// The SHA-256 of the file.
    pub digest: Digest,
    /// The bytes of the file.
    pub bytes: u64,
}

impl Refused {
    /// What becomes of a quote without it: there is none, unless the entry clearly says otherwise.
    pub(crate) fn policy(&self) -> Policy {
        self.term("on-failure").unwrap_or(Policy::FailQuote)
    }

    pub(crate) fn order(&self) -> i32 {
        self.term("order").unwrap_or_default()
    }

    /// Returns its world, if it has one that is known.
    pub(crate) fn world(&self) -> Option<World> {
        World::deserialize(self.entry.get("world")?).ok()
    }

    /// Returns the name of its file, if it has one.
    pub(crate) fn file(&self) -> Option<&str> {
        self.entry.get("file")?.as_str()
    }

    fn digest(&self) -> Option<Digest> {
        Digest::deserialize(self.entry.get("digest")?).ok()
    }

    fn term<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        T::deserialize(self.entry.get("terms")?.get(name)?).ok()
    }
}

impl Lock {
    /// Reads a lock file. An entry that is none does not keep others from being read: its plugin does not load, and
    /// `Plugins::faults` says why.
    ///
    /// # Errors
    /// If it is not there, belongs to somebody else, can be written by others, or is not one.
    pub fn read(path: &Path) -> Result<Self, LoadError> {
        let bytes = read_private(path, MOST)?;
        let wrong = |why| LoadError::Lock {
            path: path.to_owned(),
            why,
        };
        let written: Written = serde_json::from_slice(&bytes).map_err(|error| wrong(error.to_string()))?;
        if written.format != 1 {
            let why = format!("format {} is not accepted; expected 1", written.format);
            return Err(wrong(why));
        }
        let mut lock = Self::default();
        for (id, entry) in written.plugins {
            match installation(&entry) {
                Ok(installation) => {
                    lock.plugins.insert(id, installation);
                }
                Err(why) => {
                    lock.refused.insert(id, Refused { why, entry });
                }
            }
        }
        Ok(lock)
    }

    /// Reads a lock file, or begins one if it is not there.
    ///
    /// # Errors
    /// As for [`read`](Self::read), but that it is not there.
    pub fn read_or_new(path: &Path) -> Result<Self, LoadError> {
        match Self::read(path) {
            Err(LoadError::Io { source, .. }) if source.kind() == ErrorKind::NotFound => Ok(Self::default()),
            read => read,
        }
    }

    /// Writes a lock file. Entries that are none stay as they were read.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), LoadError> {
        let wrong = |error: serde_json::Error| LoadError::Lock {
            path: path.to_owned(),
            why: error.to_string(),
        };
        let refused = self.refused.iter();
        let mut plugins: BTreeMap<_, _> = refused.map(|(id, it)| (id.clone(), it.entry.clone())).collect();
        for (id, installation) in &self.plugins {
            plugins.insert(id.clone(), serde_json::to_value(installation).map_err(wrong)?);
        }
        let written = Written { format: 1, plugins };
        let text = serde_json::to_string_pretty(&written).map_err(wrong)?;
        write_private(path, format!("{text}\n").as_bytes())
    }

    /// Returns the entries that are none.
    pub(crate) const fn refused(&self) -> &BTreeMap<String, Refused> {
        &self.refused
    }

    /// Lists the digests that entries are for.
    pub(crate) fn digests(&self) -> impl Iterator<Item = Digest> {
        let refused = self.refused.values().filter_map(Refused::digest);
        self.plugins.values().map(|it| it.digest).chain(refused)
    }

    /// Lists the names of files that entries are for.
    pub(crate) fn files(&self) -> impl Iterator<Item = &str> {
        let refused = self.refused.values().filter_map(Refused::file);
        self.plugins.values().map(|it| it.file.as_str()).chain(refused)
    }

    /// Returns the id of the plugin that a file is, by its name.
    pub(crate) fn of_file(&self, file: &Path) -> Option<&str> {
        let name = file.file_name()?.to_str()?;
        let mut plugins = self.plugins.iter();
        plugins.find(|(_, it)| it.file == name).map(|(id, _)| id.as_str())
    }

    /// Takes a plugin out; says whether it was listed.
    pub fn remove(&mut self, id: &str) -> bool {
        let refused = self.refused.remove(id).is_some();
        self.plugins.remove(id).is_some() || refused
    }

    /// Takes a plugin in, or takes another version of it.
    ///
    /// What an update imports beyond what was granted before has to be granted anew; its other terms stay unless
    /// `terms` says otherwise. Its limits are written down, whatever is given to others.
    ///
    /// # Errors
    /// If it imports what was not granted, or if its key is not the one of the version before, or it is for something
    /// else: whoever means that takes out what was there, and grants anew.
    pub fn install(
        &mut self,
        file: &str,
        found: &Found,
        key: Option<String>,
        granted: &BTreeSet<Capability>,
        terms: Option<Terms>,
    ) -> Result<(), LoadError> {
        let known = self.plugins.contains_key(&found.id);
        self.admit(file, found, key, |before| {
            if let Some(terms) = terms {
                let imports = if known {
                    before.imports.clone()
                } else {
                    terms.imports.clone()
                };
                *before = Terms { imports, ..terms };
            }
            before.imports.extend(granted);
        })
    }

    /// As [`install`](Self::install), changing the terms as they were before.
    pub(crate) fn admit(
        &mut self,
        file: &str,
        found: &Found,
        key: Option<String>,
        change: impl FnOnce(&mut Terms),
    ) -> Result<(), LoadError> {
        if let Some(Refused { why, .. }) = self.refused.get(&found.id) {
            return Err(LoadError::Entry {
                id: found.id.clone(),
                why: why.clone(),
            });
        }
        let before = self.plugins.get(&found.id);
        if let Some(before) = before {
            before.gives_way_to(found, key.as_ref())?;
        }
        let mut terms = before.map(|it| it.terms.clone()).unwrap_or_default();
        change(&mut terms);
        if let Some(import) = found.imports.difference(&terms.imports).next() {
            return Err(LoadError::NotGranted {
                import: import.to_string(),
                granted: Capability::list(&terms.imports),
            });
        }
        terms.imports.retain(|import| found.imports.contains(import));
        terms.limits = Some(terms.limits.unwrap_or_default());
        let installation = Installation {
            file: file.to_owned(),
            digest: found.digest,
            key,
            version: found.version.clone(),
            world: found.world,
            terms,
        };
        self.plugins.insert(found.id.clone(), installation);
        Ok(())
    }
}

impl Installation {
    /// Says whether another version comes from where this one does, and is for the same.
    fn gives_way_to(&self, found: &Found, key: Option<&String>) -> Result<(), LoadError> {
        if self.key.as_ref() != key {
            let named = |key: Option<&String>| key.cloned().unwrap_or_else(|| "none".to_owned());
            return Err(LoadError::OtherKey {
                pinned: named(self.key.as_ref()),
                found: named(key),
            });
        }
        if self.world.prices() != found.world.prices() {
            return Err(LoadError::OtherKind {
                pinned: self.world,
                found: found.world,
            });
        }
        Ok(())
    }
}

/// Reads an entry, or says why it is none.
fn installation(entry: &Value) -> Result<Installation, String> {
    let installation = Installation::deserialize(entry).map_err(|error| error.to_string())?;
    let name = &installation.file;
    if name.is_empty() || name.contains(['/', '\\', '\0']) || name.starts_with('.') {
        return Err(format!("file {name:?} is not the plain name of a file"));
    }
    if installation.terms.limits.is_none() {
        return Err("limits: there are none; expected those that it may use".to_owned());
    }
    Ok(installation)
}
