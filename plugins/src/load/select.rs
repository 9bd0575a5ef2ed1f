//! Which files are loaded, on whose word: everything there is, or what was installed.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::{Loader, Plugins, Source, read};
use crate::absent::Absent;
use crate::error::LoadError;
use crate::grant::Terms;
use crate::lock::Lock;

/// How many files of a folder are looked at where nothing is installed.
const FILES: usize = 256;

/// How many files that are not installed are named.
const NAMED: usize = 20;

impl Loader<'_> {
    /// Loads everything there is, each on the same terms.
    pub(super) fn anyone(&self, source: &Source, terms: &Terms) -> Result<Plugins, LoadError> {
        let files = match source {
            Source::Files(files) => files.clone(),
            Source::Folder(folder) => {
                self.apart(folder)?;
                let (files, all) = components(folder, FILES, |_| true)?;
                if all > files.len() {
                    return Err(LoadError::Place {
                        path: folder.clone(),
                        why: format!("there are {all} plugins; expected at most {FILES}"),
                    });
                }
                files.into_iter().collect()
            }
        };
        let limits = terms.limits.unwrap_or(self.limits).capped();
        let mut plugins = Plugins::default();
        for file in files {
            let bytes = read(&file, &limits);
            let loaded = bytes.and_then(|bytes| self.prepare(&file, &bytes, terms.clone(), true));
            plugins.take(&file, loaded);
        }
        Ok(plugins)
    }

    /// Loads what was installed. Whatever else lies in the folder is named as far as there is room, and keeps nothing
    /// from being loaded.
    pub(super) fn installed(&self, source: &Source, lock: &Lock) -> Result<Plugins, LoadError> {
        let mut plugins = Plugins::default();
        self.refused(lock, &mut plugins);
        match source {
            Source::Folder(folder) => {
                self.must_be_apart(folder, &mut plugins)?;
                for id in lock.plugins.keys() {
                    self.listed(lock, id, folder, &mut plugins);
                }
                unlisted(lock, folder, &mut plugins);
            }
            Source::Files(files) => {
                let folders: BTreeSet<&Path> = files.iter().filter_map(|file| file.parent()).collect();
                for folder in folders.into_iter().filter(|it| !it.as_os_str().is_empty()) {
                    self.must_be_apart(folder, &mut plugins)?;
                }
                for file in files {
                    let folder = file.parent().unwrap_or(Path::new(""));
                    match lock.of_file(file) {
                        Some(id) => self.listed(lock, id, folder, &mut plugins),
                        None => drop(plugins.miss(file, LoadError::Unlisted)),
                    }
                }
            }
        }
        Ok(plugins)
    }

    fn listed(&self, lock: &Lock, id: &str, folder: &Path, plugins: &mut Plugins) {
        let Some(installation) = lock.plugins.get(id) else {
            return;
        };
        let file = folder.join(&installation.file);
        let loaded = self.entry(id, installation, &file);
        let absent = plugins
            .take(&file, loaded)
            .map(|why| Absent::installed(id, installation, why));
        if let Some(absent) = absent
            && plugins.get(id).is_none()
        {
            plugins.absent.push(absent.into());
        }
    }

    /// Names the entries that are none.
    fn refused(&self, lock: &Lock, plugins: &mut Plugins) {
        let home = self.grants.home.as_ref();
        let path = home.map_or_else(|| PathBuf::from("lock.json"), crate::home::Home::lock_file);
        for (id, refused) in lock.refused() {
            plugins.absent.push(Absent::refused(id, refused).into());
            let (id, why) = (id.clone(), refused.why.clone());
            plugins.miss(&path, LoadError::Entry { id, why });
        }
    }

    fn apart(&self, folder: &Path) -> Result<(), LoadError> {
        let home = self.grants.home.as_ref();
        home.map_or(Ok(()), |home| home.apart_from(folder))
    }

    /// Refuses a home in the folder. That the folder cannot be looked at is a fault only: what is installed in it is
    /// missed one by one.
    fn must_be_apart(&self, folder: &Path, plugins: &mut Plugins) -> Result<(), LoadError> {
        match self.apart(folder) {
            Err(why @ LoadError::Io { .. }) => {
                plugins.miss(folder, why);
                Ok(())
            }
            apart => apart,
        }
    }
}

/// Names the files of a folder that are not installed.
fn unlisted(lock: &Lock, folder: &Path, plugins: &mut Plugins) {
    let listed: BTreeSet<&str> = lock.files().collect();
    let other = |name: &str| !listed.contains(name);
    match components(folder, NAMED, other) {
        Ok((files, all)) => {
            for file in &files {
                plugins.miss(file, LoadError::Unlisted);
            }
            if all > files.len() {
                let files = all - files.len();
                plugins.miss(folder, LoadError::ManyUnlisted { files });
            }
        }
        Err(why) => drop(plugins.miss(folder, why)),
    }
}

/// Lists the first so many components of a folder by name, and counts all of them.
fn components(
    folder: &Path,
    most: usize,
    wanted: impl Fn(&str) -> bool,
) -> Result<(BTreeSet<PathBuf>, usize), LoadError> {
    let (mut files, mut all) = (BTreeSet::new(), 0);
    for entry in fs::read_dir(folder).map_err(LoadError::io(folder))? {
        let path = entry.map_err(LoadError::io(folder))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let component = path.extension().is_some_and(|kind| kind == "wasm");
        if component && !name.starts_with('.') && wanted(&name) {
            all += 1;
            files.insert(path);
            if files.len() > most {
                files.pop_last();
            }
        }
    }
    Ok((files, all))
}
