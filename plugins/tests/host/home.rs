//! What is installed: pinned by digest, signed by a key, compiled once, and kept where nobody else can reach it.

use std::collections::BTreeSet;
use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use gym_plugins::{
    Capability, Compiler, Grants, Home, Limits, LoadError, Lock, Plugins, Terms, Trust, signature_file,
};
use minisign::KeyPair;
use tempfile::TempDir;

use crate::guest::Guest;

/// A folder of plugins with a home beside it.
struct Place {
    root: TempDir,
}

impl Place {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("plugins")).unwrap();
        Self { root }
    }

    fn plugins(&self) -> PathBuf {
        self.root.path().join("plugins")
    }

    fn home(&self) -> Home {
        Home::open(self.root.path().join("home")).unwrap()
    }

    fn install(&self, guest: &Guest, key: Option<&str>, granted: &[Capability]) -> Result<(), LoadError> {
        let file = guest.drop_into(&self.plugins());
        let home = self.home();
        let grants = Grants {
            home: Some(home.clone()),
            ..Grants::development()
        };
        let found = Plugins::look(&file, &grants, Limits::default())?;
        let mut lock = Lock::read(&home.lock_file()).unwrap_or_default();
        let name = file.file_name().unwrap().to_str().unwrap();
        let granted: BTreeSet<_> = granted.iter().copied().collect();
        lock.install(name, &found, key.map(str::to_owned), &granted, None)?;
        lock.write(&home.lock_file())
    }

    fn load(&self) -> Plugins {
        Plugins::load(
            self.plugins(),
            &Grants::installed(self.home()).unwrap(),
            Limits::default(),
        )
        .unwrap()
    }

    /// Returns what is wrong with the one plugin that is installed.
    fn fault(&self) -> String {
        let plugins = self.load();
        assert_eq!(plugins.iter().count(), 0);
        plugins.faults()[0].why.to_string()
    }

    fn code(&self) -> PathBuf {
        let mut files = fs::read_dir(self.root.path().join("home/cache")).unwrap();
        let file = files.next().unwrap().unwrap().path();
        assert!(files.next().is_none());
        file
    }
}

#[test]
fn what_is_installed_loads_from_the_cache_alone() {
    let place = Place::new();
    place.install(&Guest::new("packs"), None, &[]).unwrap();
    let plugins = place.load();
    assert!(plugins.faults().is_empty(), "{}", plugins.faults()[0]);
    assert_eq!(plugins.iter().count(), 1);
    fs::remove_file(place.code()).unwrap();
    assert!(
        place
            .fault()
            .starts_with("it has not been compiled for this engine")
    );
}

#[test]
fn code_that_was_tampered_with_is_never_run() {
    let place = Place::new();
    place.install(&Guest::new("packs"), None, &[]).unwrap();
    let (path, good) = (place.code(), fs::read(place.code()).unwrap());
    let step = (good.len() / 40).max(1);
    for at in (0..good.len())
        .step_by(step)
        .chain([0, 15, 16, 47, 48, good.len() - 1])
    {
        let mut bad = good.clone();
        bad[at] ^= 0x10;
        write(&path, &bad);
        assert!(place.fault().starts_with("it has not been compiled"), "byte {at}");
        assert!(!path.exists(), "what is not ours is taken away");
    }
    for bad in [&good[..good.len() - 1], &good[..40], &[]] {
        write(&path, bad);
        assert!(place.fault().starts_with("it has not been compiled"));
    }
    write(&path, &good);
    assert_eq!(place.load().iter().count(), 1);
}

#[test]
fn code_of_another_component_or_another_home_is_none() {
    let (place, other) = (Place::new(), Place::new());
    place.install(&Guest::new("packs"), None, &[]).unwrap();
    other.install(&Guest::new("packs"), None, &[]).unwrap();
    let (mine, foreign) = (place.code(), other.code());
    assert_eq!(
        mine.file_name(),
        foreign.file_name(),
        "the same component on the same engine"
    );
    write(&mine, &fs::read(&foreign).unwrap());
    assert!(place.fault().starts_with("it has not been compiled"));

    other
        .install(&Guest::declining("packs", 0, "another"), None, &[])
        .unwrap();
    let mut codes: Vec<_> = fs::read_dir(foreign.parent().unwrap())
        .unwrap()
        .map(|it| it.unwrap().path())
        .collect();
    codes.retain(|code| *code != foreign);
    write(&codes[0], &fs::read(&foreign).unwrap());
    assert!(other.fault().starts_with("it has not been compiled"));
}

#[cfg(unix)]
#[test]
fn a_home_that_others_can_reach_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    let home = place.home();
    for (path, mode) in [
        (home.folder().join("secret"), 0o644),
        (home.folder().to_owned(), 0o755),
    ] {
        let before = fs::metadata(&path).unwrap().permissions();
        assert_eq!(before.mode() & 0o077, 0, "{}", path.display());
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let error = Home::open(home.folder()).unwrap_err().to_string();
        assert!(error.contains(&format!("its mode is {mode:03o}")), "{error}");
        fs::set_permissions(&path, before).unwrap();
    }
    fs::set_permissions(home.folder().join("cache"), fs::Permissions::from_mode(0o777)).unwrap();
    assert!(Home::open(home.folder()).is_err());
}

#[test]
fn a_home_in_the_folder_of_plugins_is_refused() {
    let place = Place::new();
    let home = Home::open(place.plugins().join("home")).unwrap();
    let grants = Grants {
        home: Some(home),
        ..Grants::development()
    };
    let error = Plugins::load(place.plugins(), &grants, Limits::default()).unwrap_err();
    assert!(
        error.to_string().contains("it lies in the folder of the plugins"),
        "{error}"
    );
}

#[test]
fn what_is_not_listed_does_not_load_and_what_is_gone_is_missed() {
    let place = Place::new();
    place.install(&Guest::new("packs"), None, &[]).unwrap();
    Guest::new("dropped").drop_into(&place.plugins());
    let plugins = place.load();
    assert_eq!(plugins.iter().map(|it| it.id()).collect::<Vec<_>>(), ["packs"]);
    assert!(
        matches!(plugins.faults()[0].why, LoadError::Unlisted),
        "{}",
        plugins.faults()[0]
    );
    fs::remove_file(place.plugins().join("packs.wasm")).unwrap();
    fs::remove_file(place.plugins().join("dropped.wasm")).unwrap();
    assert!(
        place
            .fault()
            .starts_with("it is installed, and the file is not there")
    );
}

#[test]
fn another_file_under_the_same_name_does_not_load() {
    let place = Place::new();
    place.install(&Guest::new("packs"), None, &[]).unwrap();
    Guest::declining("packs", 0, "swapped").drop_into(&place.plugins());
    let fault = place.fault();
    assert!(
        fault.starts_with("its digest is ") && fault.ends_with("install it again if that is meant"),
        "{fault}"
    );
}

#[test]
fn an_update_that_imports_more_needs_a_new_grant() {
    let place = Place::new();
    place.install(&Guest::new("packs"), None, &[]).unwrap();
    let logs = Guest {
        call: "(call $log (i32.const 1) (i32.const 0) (i32.const 0))".to_owned(),
        ..Guest::new("packs")
    };
    let error = place.install(&logs, None, &[]).unwrap_err();
    assert!(
        matches!(&error, LoadError::NotGranted { import, .. } if import == "log"),
        "{error}"
    );
    place.install(&logs, None, &[Capability::Log]).unwrap();
    assert_eq!(
        place.load().get("packs").unwrap().terms().imports,
        [Capability::Log].into()
    );
}

fn sign(keys: &KeyPair, file: &Path, comment: &str) -> String {
    let bytes = fs::read(file).unwrap();
    let signed = minisign::sign(Some(&keys.pk), &keys.sk, Cursor::new(&bytes), Some(comment), None).unwrap();
    let text = signed.into_string();
    fs::write(signature_file(file), &text).unwrap();
    text
}

#[test]
fn a_signature_is_checked_on_every_load() {
    let place = Place::new();
    let keys = KeyPair::generate_unencrypted_keypair().unwrap();
    let (key, file) = (keys.pk.to_base64(), place.plugins().join("packs.wasm"));
    place.install(&Guest::new("packs"), Some(&key), &[]).unwrap();
    assert!(
        place.fault().starts_with("its signature is not accepted: "),
        "there is none yet"
    );
    let good = sign(&keys, &file, "packs 1.2.3");
    let plugins = place.load();
    assert!(plugins.faults().is_empty(), "{}", plugins.faults()[0]);

    let path = signature_file(&file);
    fs::write(&path, good.replace("packs 1.2.3", "packs 9.9.9")).unwrap();
    assert!(
        place.fault().starts_with("its signature is not accepted: "),
        "the comment is signed too"
    );
    for (at, letter) in good
        .char_indices()
        .filter(|(_, letter)| letter.is_ascii_alphanumeric())
    {
        let line = good[..at].matches('\n').count();
        if line == 0 || (line == 2 && at % 3 > 0) {
            continue;
        }
        let mut bad = good.clone();
        bad.replace_range(at..=at, if letter == 'A' { "B" } else { "A" });
        fs::write(&path, bad).unwrap();
        let plugins = place.load();
        assert_eq!(
            plugins.iter().count(),
            0,
            "character {at} of the signature was changed"
        );
    }
    fs::write(&path, "not a signature").unwrap();
    assert!(place.fault().starts_with("its signature is not accepted: "));
    let stranger = KeyPair::generate_unencrypted_keypair().unwrap();
    sign(&stranger, &file, "packs 1.2.3");
    assert!(place.fault().starts_with("its signature is not accepted: "));
}

#[test]
fn lock_files_that_are_none_are_refused() {
    let place = Place::new();
    place.install(&Guest::new("packs"), None, &[]).unwrap();
    let path = place.home().lock_file();
    let good = fs::read_to_string(&path).unwrap();
    for (from, to, expected) in [
        (
            "\"format\": 1",
            "\"format\": 9",
            "format 9 is not accepted; expected 1",
        ),
        (
            "packs.wasm",
            "../packs.wasm",
            "file \"../packs.wasm\" is not the plain name of a file",
        ),
        ("packs.wasm", ".packs", "is not the plain name of a file"),
        ("\"order\"", "\"odrer\"", "unknown field `odrer`"),
        ("pricing@1", "pricing@7", "unknown variant `pricing@7`"),
    ] {
        fs::write(&path, good.replace(from, to)).unwrap();
        let error = Grants::installed(place.home()).unwrap_err().to_string();
        assert!(
            error.starts_with("the lock file is not accepted: ") && error.contains(expected),
            "{error}"
        );
    }
    fs::write(&path, good.replace("pricing@1", "recommendation@1")).unwrap();
    let fault = place.fault();
    assert_eq!(
        fault,
        "its world is pricing@1, and recommendation@1 was installed; install it again if that is meant"
    );
    assert!(matches!(
        Grants::installed(place.home()).unwrap().trust,
        Trust::Installed(_)
    ));
}

#[test]
fn terms_are_pinned_with_the_plugin() {
    let place = Place::new();
    place.install(&Guest::new("packs"), None, &[]).unwrap();
    let path = place.home().lock_file();
    let mut lock = Lock::read(&path).unwrap();
    let limits = Limits {
        call_fuel: 1,
        ..Limits::default()
    };
    let installation = lock.plugins.get_mut("packs").unwrap();
    installation.terms = Terms {
        limits: Some(limits),
        order: 7,
        ..installation.terms.clone()
    };
    lock.write(&path).unwrap();
    assert_eq!(Lock::read(&path).unwrap(), lock);
    let plugins = place.load();
    let plugin = plugins.get("packs").unwrap();
    assert_eq!((plugin.limits().call_fuel, plugin.terms().order), (1, 7));
    let error = plugin
        .quote_price(&crate::guest::request(&[1]))
        .answer
        .unwrap_err();
    assert!(error.to_string().starts_with("packs: call fuel: "), "{error}");
}

#[test]
fn a_program_that_compiles_is_killed_when_its_time_is_up() {
    let folder = tempfile::tempdir().unwrap();
    Guest::new("packs").drop_into(folder.path());
    let load = |program: &str, compile_ms| {
        let grants = Grants {
            compiler: Compiler::Program(program.into()),
            ..Grants::development()
        };
        let limits = Limits {
            compile_ms,
            ..Limits::default()
        };
        let plugins = Plugins::load(folder.path(), &grants, limits).unwrap();
        plugins.faults()[0].why.to_string()
    };
    assert!(load("/no/such/program", 1_000).starts_with("/no/such/program: "));
    assert!(load("/bin/false", 10_000).starts_with("it could not be compiled: "));
    assert!(
        load("/bin/echo", 10_000).starts_with("it could not be compiled: "),
        "what it prints is no code"
    );
}

fn write(path: &Path, bytes: &[u8]) {
    fs::write(path, bytes).unwrap();
}
