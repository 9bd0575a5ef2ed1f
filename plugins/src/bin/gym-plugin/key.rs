//! `keygen` and `sign`: keys and signatures in the format of minisign, so that its own tool reads them too.

use std::fs::{self, OpenOptions};
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use gym_plugins::signature_file;
use minisign::{KeyPair, SecretKeyBox};
use serde_json::json;

use crate::show::{Shown, Trouble, read};

#[derive(Debug, Args)]
pub(crate) struct Sign {
    /// The component.
    file: PathBuf,
    /// The key to sign with.
    #[arg(long)]
    key: PathBuf,
    /// A comment that is signed too.
    #[arg(long)]
    comment: Option<String>,
}

pub(crate) fn generate(name: &Path) -> Result<Shown, Trouble> {
    let failed = |error: minisign::PError| Trouble::Bad(error.to_string());
    let keys = KeyPair::generate_unencrypted_keypair().map_err(failed)?;
    let (secret, public) = (name.with_extension("key"), name.with_extension("pub"));
    let text = keys.sk.to_box(None).map_err(failed)?.into_string();
    write_new(&secret, &text, 0o600)?;
    write_new(&public, &keys.pk.to_box().map_err(failed)?.into_string(), 0o644)?;
    let key = keys.pk.to_base64();
    Ok(Shown {
        text: format!(
            "{} signs, and is not encrypted: keep it where nobody else can read it\n{} is to be given away: {key}\n",
            secret.display(),
            public.display()
        ),
        json: json!({"secret": secret, "public": public, "key": key}),
        good: true,
    })
}

/// Writes a file that must not be there yet.
pub(crate) fn write_new(path: &Path, text: &str, mode: u32) -> Result<(), Trouble> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
    #[cfg(not(unix))]
    let _ = mode;
    let written = options
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(Trouble::file(path))
}

/// Reads a public key: a file of minisign, or the key itself.
pub(crate) fn public(text: &str) -> Result<String, Trouble> {
    let path = Path::new(text);
    let text = if path.exists() {
        read(path)?
    } else {
        text.to_owned()
    };
    let key = text
        .lines()
        .rfind(|line| !line.trim().is_empty())
        .unwrap_or_default();
    Ok(key.trim().to_owned())
}

impl Sign {
    pub(crate) fn write(&self) -> Result<Shown, Trouble> {
        let failed = |error: minisign::PError| Trouble::bad(&self.key, error);
        let text = read(&self.key)?;
        let secret = SecretKeyBox::from_string(&text)
            .and_then(SecretKeyBox::into_unencrypted_secret_key)
            .map_err(failed)?;
        let bytes = fs::read(&self.file).map_err(Trouble::file(&self.file))?;
        let comment = self.comment.as_deref();
        let signed = minisign::sign(None, &secret, Cursor::new(bytes), comment, None).map_err(failed)?;
        let path = signature_file(&self.file);
        fs::write(&path, signed.into_string()).map_err(Trouble::file(&path))?;
        Ok(Shown {
            text: format!("{}\n", path.display()),
            json: json!({"signature": path}),
            good: true,
        })
    }
}
