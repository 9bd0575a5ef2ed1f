//! A [`Place`] where plugins are installed: a folder of them with a home beside it.

use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use gym_plugins::{
    Compiler, Grants, Home, Install, Installed, Limits, LoadError, Package, Plugins, Terms, signature_file,
};
use minisign::KeyPair;
use tempfile::TempDir;

use crate::guest::Guest;

/// A folder of plugins with a home beside it.
pub struct Place {
    pub root: TempDir,
}

impl Place {
    pub fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("plugins")).unwrap();
        Self { root }
    }

    pub fn plugins(&self) -> PathBuf {
        self.root.path().join("plugins")
    }

    pub fn home(&self) -> Home {
        Home::open(self.root.path().join("home")).unwrap()
    }

    pub fn installer(&self, keys: Option<&KeyPair>) -> Install {
        Install {
            plugins: self.plugins(),
            compiler: Compiler::InProcess,
            key: keys.map(|keys| keys.pk.to_base64()),
            replace: false,
        }
    }

    /// Builds a guest into a folder of its own, signs it, and does something with it.
    pub fn package<T>(&self, guest: &Guest, keys: Option<&KeyPair>, work: impl FnOnce(&Package) -> T) -> T {
        let folder = tempfile::tempdir().unwrap();
        let file = guest.drop_into(folder.path());
        if let Some(keys) = keys {
            sign(keys, &file, "as built");
        }
        work(&Package::read(&file).unwrap())
    }

    pub fn install_as(
        &self,
        guest: &Guest,
        keys: Option<&KeyPair>,
        change: impl FnOnce(&mut Terms),
    ) -> Result<Installed, LoadError> {
        self.package(guest, keys, |package| {
            self.installer(keys).run(&self.home(), package, change)
        })
    }

    /// Installs it as it is.
    pub fn install(&self, guest: &Guest) {
        self.install_as(guest, None, |_| ()).unwrap();
    }

    pub fn load(&self) -> Plugins {
        Plugins::load(
            self.plugins(),
            &Grants::installed(self.home()).unwrap(),
            Limits::default(),
        )
        .unwrap()
    }

    /// Returns what is wrong with the one plugin that is installed.
    pub fn fault(&self) -> String {
        let plugins = self.load();
        assert_eq!(plugins.iter().count(), 0);
        plugins.faults()[0].why.to_string()
    }

    /// The components that are installed.
    pub fn files(&self) -> Vec<PathBuf> {
        let mut files = list(&self.plugins());
        files.retain(|file| file.extension().is_some_and(|it| it == "wasm"));
        files
    }

    pub fn file(&self) -> PathBuf {
        let files = self.files();
        assert_eq!(files.len(), 1, "{files:?}");
        files[0].clone()
    }

    /// The files of compiled code.
    pub fn codes(&self) -> Vec<PathBuf> {
        list(&self.root.path().join("home/cache"))
    }

    pub fn code(&self) -> PathBuf {
        let files = self.codes();
        assert_eq!(files.len(), 1, "{files:?}");
        files[0].clone()
    }

    /// Edits the lock file by hand.
    pub fn edit_lock(&self, from: &str, to: &str) {
        let path = self.home().lock_file();
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{text}");
        fs::write(&path, text.replace(from, to)).unwrap();
    }
}

fn list(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|it| it.unwrap().path())
        .collect();
    files.sort();
    files
}

pub fn keys() -> KeyPair {
    KeyPair::generate_unencrypted_keypair().unwrap()
}

pub fn sign(keys: &KeyPair, file: &Path, comment: &str) -> String {
    let bytes = fs::read(file).unwrap();
    let signed = minisign::sign(Some(&keys.pk), &keys.sk, Cursor::new(&bytes), Some(comment), None).unwrap();
    let text = signed.into_string();
    fs::write(signature_file(file), &text).unwrap();
    text
}
