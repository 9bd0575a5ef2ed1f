//! The [`Lock`]: which plugins are installed, pinned by what they are, and on what terms they run.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::error::LoadError;
use crate::grant::{Capability, Terms};
use crate::home::write_private;
use crate::world::World;

/// What is installed, by id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Lock {
    format: u32,
    /// The installations, by the id of the plugin.
    pub plugins: BTreeMap<String, Installation>,
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

impl Default for Lock {
    fn default() -> Self {
        Self {
            format: 1,
            plugins: BTreeMap::new(),
        }
    }
}

impl Lock {
    /// Reads a lock file.
    ///
    /// # Errors
    /// If it is not there or not one.
    pub fn read(path: &Path) -> Result<Self, LoadError> {
        let text = fs::read_to_string(path).map_err(|source| LoadError::Io {
            path: path.to_owned(),
            source,
        })?;
        let wrong = |why| LoadError::Lock { why };
        let lock: Self = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
        if lock.format != 1 {
            return Err(wrong(format!(
                "format {} is not accepted; expected 1",
                lock.format
            )));
        }
        for (id, installation) in &lock.plugins {
            let name = &installation.file;
            if name.is_empty() || name.contains(['/', '\\', '\0']) || name.starts_with('.') {
                return Err(wrong(format!(
                    "{id}: file {name:?} is not the plain name of a file"
                )));
            }
        }
        Ok(lock)
    }

    /// Writes a lock file.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), LoadError> {
        let text = serde_json::to_string_pretty(self).map_err(|error| LoadError::Lock {
            why: error.to_string(),
        })?;
        write_private(path, format!("{text}\n").as_bytes())
    }

    /// Takes a plugin in, or takes another version of it.
    ///
    /// What an update imports beyond what was granted before has to be granted anew; its other terms stay unless
    /// `terms` says otherwise.
    ///
    /// # Errors
    /// If it imports what was not granted.
    pub fn install(
        &mut self,
        file: &str,
        found: &Found,
        key: Option<String>,
        granted: &BTreeSet<Capability>,
        terms: Option<Terms>,
    ) -> Result<(), LoadError> {
        let before = self.plugins.get(&found.id);
        let mut terms = terms
            .or_else(|| before.map(|it| it.terms.clone()))
            .unwrap_or_default();
        if let Some(before) = before {
            terms.imports.clone_from(&before.terms.imports);
        }
        terms.imports.extend(granted);
        if let Some(import) = found.imports.difference(&terms.imports).next() {
            return Err(LoadError::NotGranted {
                import: import.to_string(),
                granted: Capability::list(&terms.imports),
            });
        }
        terms.imports.retain(|import| found.imports.contains(import));
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
