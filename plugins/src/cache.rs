//! The [`Cache`] of compiled code: a folder of our own, where every file is sealed.
//!
//! Native code is run as it is found, so that a file of it is worth as much as the seal over it: HMAC-SHA-256
//! (RFC 2104) under the home's secret, over the format, the digest of the component, the hash of the engine, and the code.

pub(crate) mod native;

use std::fs;
use std::path::PathBuf;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use self::native::Code;
use crate::digest::Digest;
use crate::error::LoadError;
use crate::home::{self, Secret};

const FORMAT: &[u8; 16] = b"gym-plugin-code1";
const SEAL: usize = 32;

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

    /// Finds the code of a component for an engine. A file whose seal does not fit is as if it were not there, and is
    /// taken away.
    pub(crate) fn find(&self, component: &Digest, engine: &Digest) -> Option<Code> {
        let file = self.file(component, engine);
        home::is_private(&self.folder).ok()?;
        let sealed = fs::read(&file).ok()?;
        let code = self.open(component, engine, sealed);
        if code.is_none() {
            drop(fs::remove_file(&file));
        }
        code
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
        let io = |source| LoadError::Io {
            path: self.folder.clone(),
            source,
        };
        for entry in fs::read_dir(&self.folder).map_err(io)?.flatten() {
            if entry.file_name().to_string_lossy().starts_with(&prefix) {
                fs::remove_file(entry.path()).map_err(io)?;
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
