//! Detached signatures: Ed25519 over the component, in the format of minisign, beside it as `name.wasm.minisig`.

use std::path::{Path, PathBuf};

use minisign_verify::{PublicKey, Signature};

use crate::error::LoadError;

/// Returns where the signature of a file is.
pub fn signature_file(component: &Path) -> PathBuf {
    let mut name = component.as_os_str().to_owned();
    name.push(".minisig");
    PathBuf::from(name)
}

/// Checks a signature over a component, and the signature over its trusted comment.
///
/// # Errors
/// If it is not one, or not of the key, or the component was changed.
pub fn verify(component: &[u8], signature: &str, key: &str) -> Result<(), LoadError> {
    let failed = |what: &str, error: minisign_verify::Error| LoadError::Signature {
        why: format!("{what}: {error}"),
    };
    let key = PublicKey::from_base64(key.trim()).map_err(|error| failed("the key", error))?;
    let signature = Signature::decode(signature).map_err(|error| failed("the signature", error))?;
    key.verify(component, &signature, false)
        .map_err(|error| failed("the component", error))
}
