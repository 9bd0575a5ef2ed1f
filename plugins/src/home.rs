//! The [`Home`] of plugins: a private folder for the lock file, the secret and compiled code.
//!
//! It is never inside the folder that plugins are dropped into: who may drop a plugin must not be able to grant it
//! anything.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::cache::Cache;
use crate::digest::Digest;
use crate::error::LoadError;

/// Thirty-two random bytes that only this host knows.
#[derive(Clone)]
pub(crate) struct Secret([u8; 32]);

impl Secret {
    pub(crate) const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// Returns the pseudonym of somebody for a plugin.
pub(crate) fn pseudonym(key: &[u8; 32], plugin: &str, somebody: &str) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
        return String::new();
    };
    mac.update(plugin.as_bytes());
    mac.update(&[0]);
    mac.update(somebody.as_bytes());
    let bytes = mac.finalize().into_bytes();
    bytes.iter().take(12).map(|byte| format!("{byte:02x}")).collect()
}

/// A private folder for the lock file, the secret and compiled code.
#[derive(Debug, Clone)]
pub struct Home {
    folder: PathBuf,
    pub(crate) secret: Secret,
    pub(crate) cache: Cache,
}

impl Home {
    /// Opens a home, and makes it if it is not there.
    ///
    /// # Errors
    /// If the folder or the secret can be read or written by others, or cannot be made.
    pub fn open(folder: impl Into<PathBuf>) -> Result<Self, LoadError> {
        let folder = folder.into();
        private_folder(&folder)?;
        let secret = secret(&folder.join("secret"))?;
        let cache = folder.join("cache");
        private_folder(&cache)?;
        Ok(Self {
            cache: Cache::new(cache, secret.clone()),
            secret,
            folder,
        })
    }

    /// Returns where it is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns the path of the lock file.
    pub fn lock_file(&self) -> PathBuf {
        self.folder.join("lock.json")
    }

    /// Forgets the compiled code of a component.
    ///
    /// # Errors
    /// If it cannot be removed.
    pub fn forget(&self, component: &Digest) -> Result<(), LoadError> {
        self.cache.forget(component)
    }

    /// Refuses to lie in the folder of plugins, or around it in a way that a plugin's file could be the lock.
    pub(crate) fn apart_from(&self, plugins: &Path) -> Result<(), LoadError> {
        let real = |path: &Path| {
            path.canonicalize().map_err(|source| LoadError::Io {
                path: path.to_owned(),
                source,
            })
        };
        if real(&self.folder)?.starts_with(real(plugins)?) {
            return Err(LoadError::Place {
                path: self.folder.clone(),
                why:
                    "it lies in the folder of the plugins; expected a place that plugins are not dropped into"
                        .to_owned(),
            });
        }
        Ok(())
    }
}

fn secret(path: &Path) -> Result<Secret, LoadError> {
    let io = |source| LoadError::Io {
        path: path.to_owned(),
        source,
    };
    match File::open(path) {
        Ok(file) => {
            is_private(path)?;
            let mut bytes = Vec::new();
            file.take(64).read_to_end(&mut bytes).map_err(io)?;
            let bytes = bytes.try_into().map_err(|bytes: Vec<u8>| LoadError::Place {
                path: path.to_owned(),
                why: format!("the secret has {} bytes; expected 32", bytes.len()),
            })?;
            Ok(Secret(bytes))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let mut bytes = [0; 32];
            getrandom::fill(&mut bytes).map_err(|error| LoadError::Place {
                path: path.to_owned(),
                why: error.to_string(),
            })?;
            write_private(path, &bytes)?;
            Ok(Secret(bytes))
        }
        Err(error) => Err(io(error)),
    }
}

/// Writes a file that only its owner can read, at once.
pub(crate) fn write_private(path: &Path, bytes: &[u8]) -> Result<(), LoadError> {
    let io = |source| LoadError::Io {
        path: path.to_owned(),
        source,
    };
    let mut salt = [0; 8];
    getrandom::fill(&mut salt).map_err(|error| io(io::Error::other(error.to_string())))?;
    let aside = path.with_extension(format!("{:016x}.new", u64::from_le_bytes(salt)));
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options
        .open(&aside)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&aside, path));
    if written.is_err() {
        drop(fs::remove_file(&aside));
    }
    written.map_err(io)
}

/// Makes a folder that only its owner can look into, if it is not there.
pub(crate) fn private_folder(path: &Path) -> Result<(), LoadError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|source| LoadError::Io {
        path: path.to_owned(),
        source,
    })?;
    is_private(path)
}

/// Checks that nobody but the owner can read or write something.
pub(crate) fn is_private(path: &Path) -> Result<(), LoadError> {
    let facts = fs::metadata(path).map_err(|source| LoadError::Io {
        path: path.to_owned(),
        source,
    })?;
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::MetadataExt::mode(&facts) & 0o777;
        if mode & 0o077 != 0 {
            return Err(LoadError::Place {
                path: path.to_owned(),
                why: format!(
                    "its mode is {mode:03o}, so that others can reach it; expected 700 for a folder, 600 for a file"
                ),
            });
        }
    }
    #[cfg(not(unix))]
    drop(facts);
    Ok(())
}
