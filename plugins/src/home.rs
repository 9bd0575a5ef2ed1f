//! The [`Home`] of plugins: a private folder for the lock file, the secret and compiled code.
//!
//! It is never inside the folder that plugins are dropped into: who may drop a plugin must not be able to grant it
//! anything.

use std::fmt;
use std::fs::{self, File, Metadata, OpenOptions};
#[cfg(unix)]
use std::io;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use hmac::{Hmac, KeyInit, Mac};
use serde::Serialize;
use sha2::Sha256;

use crate::cache::Cache;
use crate::digest::Digest;
use crate::error::LoadError;
use crate::file;

/// Thirty-two random bytes that only this host knows, or a key that was derived from them. Without a home they are zero.
#[derive(Clone, Default)]
pub(crate) struct Secret([u8; 32]);

impl Secret {
    pub(crate) const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Returns the key of pseudonyms.
    pub(crate) fn for_pseudonyms(&self) -> Self {
        self.derived("gym-plugins: pseudonyms")
    }

    /// Returns the key of the seals over compiled code.
    fn for_code(&self) -> Self {
        self.derived("gym-plugins: compiled code")
    }

    /// One key for one purpose: a pseudorandom function of the secret and a label, as in NIST SP 800-108.
    fn derived(&self, label: &str) -> Self {
        Self(self.mac(&[label.as_bytes()]))
    }

    /// Returns the code of parts; the length of each counts.
    fn mac(&self, parts: &[&[u8]]) -> [u8; 32] {
        // RFC 2104: a key that is shorter than a block is filled up with zeros.
        let mut key = [0; 64];
        key[..self.0.len()].copy_from_slice(&self.0);
        let mut mac = Hmac::<Sha256>::new(&key.into());
        for part in parts {
            mac.update(&(part.len() as u64).to_le_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }

    /// Returns the pseudonym of somebody for a plugin.
    pub(crate) fn pseudonym(&self, plugin: &str, somebody: &str) -> String {
        let bytes = self.mac(&[b"subject", plugin.as_bytes(), somebody.as_bytes()]);
        bytes.iter().take(12).map(|byte| format!("{byte:02x}")).collect()
    }

    /// Returns the number of chance of what a plugin is told: the same for the same, and another for another plugin.
    pub(crate) fn seed<T: Serialize>(&self, plugin: &str, told: &T) -> u64 {
        let told = serde_json::to_vec(told).unwrap_or_default();
        let bytes = self.mac(&[b"seed", plugin.as_bytes(), &told]);
        bytes
            .iter()
            .take(8)
            .fold(0, |seed, byte| seed << 8 | u64::from(*byte))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// A private folder for the lock file, the secret and compiled code.
///
/// All of it belongs to the user that the process runs as, and nobody else can read or write it; on systems that are no
/// Unix, neither is looked at, and the folder has to be kept private by other means.
#[derive(Debug, Clone)]
pub struct Home {
    folder: PathBuf,
    pub(crate) secret: Secret,
    pub(crate) cache: Cache,
}

impl Home {
    /// Opens a home, and makes it if it is not there. Whoever opens a new one at the same time gets the same secret.
    ///
    /// # Errors
    /// If the folder or the secret belong to somebody else, can be read or written by others, or cannot be made.
    pub fn open(folder: impl Into<PathBuf>) -> Result<Self, LoadError> {
        let folder = folder.into();
        private_folder(&folder)?;
        in_a_safe_place(&folder)?;
        let secret = secret(&folder)?;
        let cache = folder.join("cache");
        private_folder(&cache)?;
        Ok(Self {
            cache: Cache::new(cache, secret.for_code()),
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

    /// Waits until nobody else changes what is in it, and keeps them waiting until what it returns is dropped.
    pub(crate) fn hold(&self) -> Result<File, LoadError> {
        hold(&self.folder)
    }

    /// Refuses to lie in the folder of plugins: who may drop a file there must not be able to write here.
    pub(crate) fn apart_from(&self, plugins: &Path) -> Result<(), LoadError> {
        let real = |path: &Path| path.canonicalize().map_err(LoadError::io(path));
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

fn hold(folder: &Path) -> Result<File, LoadError> {
    let path = folder.join("lock");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let held = options.open(&path).and_then(|file| file.lock().map(|()| file));
    held.map_err(LoadError::io(&path))
}

fn secret(folder: &Path) -> Result<Secret, LoadError> {
    let path = folder.join("secret");
    if let Some(kept) = kept(&path)? {
        return Ok(kept);
    }
    let _held = hold(folder)?;
    if let Some(kept) = kept(&path)? {
        return Ok(kept);
    }
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| LoadError::Place {
        path: path.clone(),
        why: error.to_string(),
    })?;
    write_private(&path, &bytes)?;
    Ok(Secret(bytes))
}

/// Reads the secret, if there is one.
fn kept(path: &Path) -> Result<Option<Secret>, LoadError> {
    let bytes = match read_private(path, 64) {
        Err(LoadError::Io { source, .. }) if source.kind() == ErrorKind::NotFound => return Ok(None),
        read => read?,
    };
    let bytes = bytes.try_into().map_err(|bytes: Vec<u8>| LoadError::Place {
        path: path.to_owned(),
        why: format!("the secret has {} bytes; expected 32", bytes.len()),
    })?;
    Ok(Some(Secret(bytes)))
}

/// Reads a file that is its owner's alone.
pub(crate) fn read_private(path: &Path, most: u64) -> Result<Vec<u8>, LoadError> {
    let opened = file::open(path).map_err(LoadError::io(path))?;
    private(path, &opened.metadata().map_err(LoadError::io(path))?)?;
    file::read(opened, most).map_err(LoadError::io(path))
}

/// Writes a file that only its owner can read, at once.
pub(crate) fn write_private(path: &Path, bytes: &[u8]) -> Result<(), LoadError> {
    file::write(path, bytes, 0o600).map_err(LoadError::io(path))
}

/// Makes a folder that only its owner can look into, if it is not there.
pub(crate) fn private_folder(path: &Path) -> Result<(), LoadError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(LoadError::io(path))?;
    is_private(path)
}

/// Checks that a folder is the user's of this process, and nobody else can read or write it.
pub(crate) fn is_private(path: &Path) -> Result<(), LoadError> {
    private(path, &fs::metadata(path).map_err(LoadError::io(path))?)
}

#[cfg(unix)]
fn private(path: &Path, facts: &Metadata) -> Result<(), LoadError> {
    use std::os::unix::fs::MetadataExt;
    let wrong = |why| {
        let path = path.to_owned();
        Err(LoadError::Place { path, why })
    };
    let mode = facts.mode() & 0o777;
    if mode & 0o077 != 0 {
        return wrong(format!(
            "its mode is {mode:03o}, so that others can reach it; expected 700 for a folder, 600 for a file"
        ));
    }
    let (owner, user) = (facts.uid(), user().map_err(LoadError::io(path))?);
    if owner != user {
        return wrong(format!(
            "it belongs to user {owner}, who could change it; expected user {user}, who runs this process"
        ));
    }
    Ok(())
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "there is something to check on Unix")]
fn private(_: &Path, _: &Metadata) -> Result<(), LoadError> {
    Ok(())
}

/// Returns whose files this process makes: what it has just made is that user's.
#[cfg(unix)]
fn user() -> io::Result<u32> {
    let (end, _) = io::pipe()?;
    let made = File::from(std::os::fd::OwnedFd::from(end));
    Ok(std::os::unix::fs::MetadataExt::uid(&made.metadata()?))
}

/// Refuses a folder that anybody could exchange for another one.
fn in_a_safe_place(folder: &Path) -> Result<(), LoadError> {
    #[cfg(unix)]
    {
        let real = folder.canonicalize().map_err(LoadError::io(folder))?;
        let Some(parent) = real.parent() else {
            return Ok(());
        };
        let facts = fs::metadata(parent).map_err(LoadError::io(parent))?;
        let mode = std::os::unix::fs::MetadataExt::mode(&facts) & 0o7777;
        if mode & 0o1002 == 0o0002 {
            return Err(LoadError::Place {
                path: folder.to_owned(),
                why: format!(
                    "the folder that it lies in has mode {mode:04o}, so that anybody can exchange it; expected one that others cannot write to"
                ),
            });
        }
    }
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_who_open_a_new_home_at_once_have_one_secret() {
        for _ in 0..20 {
            let root = tempfile::tempdir().expect("a folder");
            let (folder, start) = (root.path().join("home"), std::sync::Barrier::new(16));
            let secrets: std::collections::BTreeSet<[u8; 32]> = std::thread::scope(|scope| {
                let open = || {
                    start.wait();
                    *Home::open(&folder).expect("it opens").secret.bytes()
                };
                let all: Vec<_> = (0..16).map(|_| scope.spawn(open)).collect();
                all.into_iter().map(|one| one.join().expect("it ends")).collect()
            });
            assert_eq!(secrets.len(), 1);
            let kept = fs::read(folder.join("secret")).expect("it is kept");
            assert!(secrets.iter().any(|secret| kept == secret));
        }
    }
}
