//! `new`: a working project of a plugin in Rust.

use std::fs;
use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use crate::key::write_new;
use crate::show::{Shown, Trouble};

#[derive(Debug, Args)]
pub(crate) struct New {
    /// The folder to make; its name is the plugin's id.
    folder: PathBuf,
    /// Where the SDK's source is: the folder `plugins/sdk` of the gym's repository.
    #[arg(long)]
    sdk: PathBuf,
}

impl New {
    pub(crate) fn write(&self) -> Result<Shown, Trouble> {
        let id = self
            .folder
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let letter = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
        let starts = id.bytes().next().is_some_and(|first| first.is_ascii_lowercase());
        if !starts || id.len() > 64 || !id.bytes().all(letter) {
            let expected = "expected 1 to 64 lower-case letters, digits and hyphens, a letter first";
            return Err(Trouble::Bad(format!("name: {id:?} is not accepted; {expected}")));
        }
        let sdk = self.sdk.canonicalize().map_err(Trouble::file(&self.sdk))?;
        let sdk = format!("{{ path = {:?} }}", sdk.display().to_string());
        fs::create_dir(&self.folder).map_err(Trouble::file(&self.folder))?;
        let source = self.folder.join("src");
        fs::create_dir(&source).map_err(Trouble::file(&source))?;
        let name: String = id.split('-').map(capital).collect();
        let manifest = include_str!("template/Cargo.toml.in")
            .replace("@ID@", &id)
            .replace("@SDK@", &sdk);
        let fixtures = self.folder.join("fixtures");
        fs::create_dir(&fixtures).map_err(Trouble::file(&fixtures))?;
        let cargo = self.folder.join(".cargo");
        fs::create_dir(&cargo).map_err(Trouble::file(&cargo))?;
        write_new(&self.folder.join("Cargo.toml"), &manifest, 0o644)?;
        write_new(
            &cargo.join("config.toml"),
            include_str!("template/config.toml"),
            0o644,
        )?;
        write_new(
            &source.join("lib.rs"),
            &include_str!("template/lib.rs.in").replace("@NAME@", &name),
            0o644,
        )?;
        write_new(
            &self.folder.join("request.json"),
            include_str!("template/request.json"),
            0o644,
        )?;
        write_new(
            &fixtures.join("student.json"),
            include_str!("template/student.json"),
            0o644,
        )?;
        Ok(Shown {
            text: format!(
                "{} is made. Next:\n  cd {0}\n  cargo wasm\n  gym-plugin run target/wasm32-unknown-unknown/release/{}.wasm request.json\n",
                self.folder.display(),
                id.replace('-', "_")
            ),
            json: json!({"made": self.folder, "id": id}),
            good: true,
        })
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters
        .next()
        .map(|first| first.to_ascii_uppercase())
        .into_iter()
        .chain(letters)
        .collect()
}
