//! The [`Cache`] of compiled code: a folder of our own, where every file is sealed.
//!
//! Native code is run as it is found, so that a file of it is worth as much as the seal over it: HMAC-SHA-256
//! (RFC 2104) under a key of the home's secret, over the format, the digest of the component, the hash of the engine, and the code.

pub(crate) mod native;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use self::native::Code;
use crate::digest::Digest;
use crate::error::LoadError;
use crate::home::{self, Secret};

const FORMAT: &[u8; 16] = b"gym-plugin-code1";
const SEAL: usize = 32;

/// The most bytes of native code of one component.
pub(crate) const CODE_BYTES: u64 = 256 << 20;

/// For how many engines the code of a component is kept.
const ENGINES: usize = 3;

const HOUR: Duration = Duration::from_secs(3_600);

/// A folder of sealed code.
#[derive(Debug, Clone)]
pub(crate) struct Cache {
    folder: PathBuf,
    secret: Secret,
}

impl Cache {
    pub(crate) const fn new(folder: PathBuf, secret: Secret) -> Self {
        Self { folder, secret }
    }

    fn file(&self, component: &Digest, engine: &Digest) -> PathBuf {
        self.folder.join(format!("{component}-{}.code", engine.short()))
    }

    /// Finds the code of a component for an engine.
    ///
    /// # Errors
    /// If there is a file for it whose seal does not fit. It stays where it is: only who makes the code anew replaces it.
    pub(crate) fn find(&self, component: &Digest, engine: &Digest) -> Result<Option<Code>, LoadError> {
        let path = self.file(component, engine);
        home::is_private(&self.folder)?;
        let sealed = match home::read_private(&path, CODE_BYTES) {
            Err(LoadError::Io { source, .. }) if source.kind() == ErrorKind::NotFound => return Ok(None),
            read => read?,
        };
        let code = self.open(component, engine, sealed);
        code.map(Some).ok_or(LoadError::Seal { path })
    }

    fn open(&self, component: &Digest, engine: &Digest, mut sealed: Vec<u8>) -> Option<Code> {
        let body = FORMAT.len() + SEAL;
        let (format, rest) = sealed.split_at_checked(FORMAT.len())?;
        let (seal, code) = rest.split_at_checked(SEAL)?;
        if format != FORMAT {
            return None;
        }
        let mac = self.mac(component, engine, code)?;
        mac.verify_slice(seal).ok()?;
        sealed.drain(..body);
        Some(Code::proven(sealed))
    }

    /// Keeps the code of a component for an engine.
    pub(crate) fn keep(&self, component: &Digest, engine: &Digest, code: &Code) -> Result<(), LoadError> {
        home::private_folder(&self.folder)?;
        let Some(mac) = self.mac(component, engine, code.bytes()) else {
            return Err(LoadError::Place {
                path: self.folder.clone(),
                why: "the secret cannot be used".to_owned(),
            });
        };
        let seal = mac.finalize().into_bytes();
        let parts: [&[u8]; 3] = [FORMAT, &seal, code.bytes()];
        home::write_private(&self.file(component, engine), &parts.concat())
    }

    /// Takes away the code of a component, for every engine.
    pub(crate) fn forget(&self, component: &Digest) -> Result<(), LoadError> {
        let prefix = format!("{component}-");
        let io = LoadError::io(&self.folder);
        for entry in fs::read_dir(&self.folder).map_err(io)?.flatten() {
            if entry.file_name().to_string_lossy().starts_with(&prefix) {
                remove(&entry.path())?;
            }
        }
        Ok(())
    }

    /// Takes away the code of every component that is not listed, and of those that are all but the latest few: engines
    /// of another version may still be running.
    pub(crate) fn prune(&self, listed: &BTreeSet<Digest>) -> Result<(), LoadError> {
        let mut kept: BTreeMap<Digest, Vec<(SystemTime, PathBuf)>> = BTreeMap::new();
        let io = LoadError::io(&self.folder);
        for entry in fs::read_dir(&self.folder).map_err(io)?.flatten() {
            let path = entry.path();
            // What is not there any more was put in place, or removed, by another process.
            let Ok(facts) = entry.metadata() else { continue };
            let changed = facts.modified().unwrap_or(SystemTime::UNIX_EPOCH);
            match component(&path) {
                Some(digest) if listed.contains(&digest) => {
                    kept.entry(digest).or_default().push((changed, path));
                }
                // What is being written by another process is younger.
                None if changed.elapsed().is_ok_and(|age| age < HOUR) => {}
                _ => remove(&path)?,
            }
        }
        for mut files in kept.into_values() {
            files.sort_unstable();
            files.reverse();
            for (_, path) in files.into_iter().skip(ENGINES) {
                remove(&path)?;
            }
        }
        Ok(())
    }

    fn mac(&self, component: &Digest, engine: &Digest, code: &[u8]) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.secret.bytes()).ok()?;
        mac.update(FORMAT);
        mac.update(component.as_bytes());
        mac.update(engine.as_bytes());
        mac.update(code);
        Some(mac)
    }
}

/// Removes a file, unless another process was faster.
fn remove(path: &Path) -> Result<(), LoadError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        done => done.map_err(LoadError::io(path)),
    }
}

/// Returns the component that a file is the code of, by its name.
fn component(path: &Path) -> Option<Digest> {
    let name = path.file_name()?.to_str()?.strip_suffix(".code")?;
    name.split_once('-')?.0.parse().ok()
}
