//! What is installed: pinned by digest, signed by a key, compiled once, and kept where nobody else can reach it.

use std::fs;
use std::path::Path;

use crate::guest::Guest;
use crate::place::{Place, keys, sign};
use gym_plugins::{Capability, Grants, Home, Limits, LoadError, Lock, Plugins, Terms, Trust, signature_file};

#[test]
fn what_is_installed_loads_from_the_cache_alone() {
    let place = Place::new();
    place.install(&Guest::new("packs"));
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
    place.install(&Guest::new("packs"));
    let (path, good) = (place.code(), fs::read(place.code()).unwrap());
    let step = (good.len() / 40).max(1);
    for at in (0..good.len())
        .step_by(step)
        .chain([0, 15, 16, 47, 48, good.len() - 1])
    {
        let mut bad = good.clone();
        bad[at] ^= 0x10;
        write(&path, &bad);
        assert!(place.fault().contains("does not bear the seal"), "byte {at}");
        assert_eq!(fs::read(&path).unwrap(), bad, "who only loads takes nothing away");
    }
    for bad in [&good[..good.len() - 1], &good[..40], &[]] {
        write(&path, bad);
        assert!(place.fault().contains("does not bear the seal"));
    }
    assert_eq!(place.load().iter().count(), 0);
    place.install(&Guest::new("packs"));
    assert_eq!(
        place.load().iter().count(),
        1,
        "what is installed again is made anew"
    );
}

#[test]
fn code_of_another_component_or_another_home_is_none() {
    let (place, other) = (Place::new(), Place::new());
    place.install(&Guest::new("packs"));
    other.install(&Guest::new("packs"));
    let (mine, foreign) = (place.code(), other.code());
    assert_eq!(
        mine.file_name(),
        foreign.file_name(),
        "the same component on the same engine"
    );
    write(&mine, &fs::read(&foreign).unwrap());
    assert!(place.fault().contains("does not bear the seal of this home"));

    let code = fs::read(&foreign).unwrap();
    other.install(&Guest::declining("packs", 0, "another"));
    assert_ne!(
        other.code(),
        foreign,
        "the code of the version before is not kept"
    );
    write(&other.code(), &code);
    assert!(other.fault().contains("does not bear the seal of this home"));
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
    let open = place.root.path().join("open");
    fs::create_dir(&open).unwrap();
    fs::set_permissions(&open, fs::Permissions::from_mode(0o777)).unwrap();
    let error = Home::open(open.join("home")).unwrap_err().to_string();
    assert!(
        error.contains("has mode 0777, so that anybody can exchange it"),
        "{error}"
    );
    fs::set_permissions(&open, fs::Permissions::from_mode(0o1777)).unwrap();
    assert!(Home::open(open.join("home")).is_ok(), "as in /tmp");
}

#[cfg(unix)]
#[test]
fn a_lock_file_that_others_can_write_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    place.install(&Guest::new("packs"));
    let path = place.home().lock_file();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).unwrap();
    let error = Grants::installed(place.home()).unwrap_err().to_string();
    assert!(error.contains("its mode is 666"), "{error}");
}

/// Only root can give files away.
#[cfg(unix)]
#[test]
fn a_home_of_somebody_else_is_refused() {
    use std::os::unix::fs::{MetadataExt, chown};
    let place = Place::new();
    place.install(&Guest::new("packs"));
    let home = place.home();
    if fs::metadata(home.folder()).unwrap().uid() != 0 {
        let error = Home::open("/").unwrap_err();
        assert!(
            matches!(error, LoadError::Place { .. } | LoadError::Io { .. }),
            "{error}"
        );
        return;
    }
    for path in [
        home.folder().to_owned(),
        home.folder().join("secret"),
        home.folder().join("cache"),
    ] {
        chown(&path, Some(65_534), None).unwrap();
        let error = Home::open(home.folder()).unwrap_err().to_string();
        assert!(error.contains("it belongs to user 65534"), "{error}");
        chown(&path, Some(0), None).unwrap();
    }
    chown(home.lock_file(), Some(65_534), None).unwrap();
    let error = Grants::installed(place.home()).unwrap_err().to_string();
    assert!(error.contains("it belongs to user 65534"), "{error}");
    chown(home.lock_file(), Some(0), None).unwrap();
    chown(place.code(), Some(65_534), None).unwrap();
    assert!(place.fault().contains("it belongs to user 65534"));
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
    place.install(&Guest::new("packs"));
    Guest::new("dropped").drop_into(&place.plugins());
    let plugins = place.load();
    assert_eq!(plugins.iter().map(|it| it.id()).collect::<Vec<_>>(), ["packs"]);
    assert!(
        matches!(plugins.faults()[0].why, LoadError::Unlisted),
        "{}",
        plugins.faults()[0]
    );
    fs::remove_file(place.plugins().join("dropped.wasm")).unwrap();
    fs::remove_file(place.file()).unwrap();
    assert!(
        place
            .fault()
            .starts_with("it is installed, and the file is not there")
    );
}

#[test]
fn another_file_under_the_same_name_does_not_load() {
    let place = Place::new();
    place.install(&Guest::new("packs"));
    fs::write(place.file(), Guest::declining("packs", 0, "swapped").build()).unwrap();
    let fault = place.fault();
    assert!(
        fault.starts_with("its digest is ") && fault.ends_with("install it again if that is meant"),
        "{fault}"
    );
}

#[test]
fn an_update_that_imports_more_needs_a_new_grant() {
    let place = Place::new();
    place.install(&Guest::new("packs"));
    let logs = Guest {
        call: "(call $log (i32.const 1) (i32.const 0) (i32.const 0))".to_owned(),
        ..Guest::new("packs")
    };
    let error = place.install_as(&logs, None, |_| ()).unwrap_err();
    assert!(
        matches!(&error, LoadError::NotGranted { import, .. } if import == "log"),
        "{error}"
    );
    place
        .install_as(&logs, None, |terms| {
            terms.imports.insert(Capability::Log);
        })
        .unwrap();
    assert_eq!(
        place.load().get("packs").unwrap().terms().imports,
        [Capability::Log].into()
    );
}

#[test]
fn a_signature_is_checked_on_every_load() {
    let place = Place::new();
    let ours = keys();
    place
        .install_as(&Guest::new("packs"), Some(&ours), |_| ())
        .unwrap();
    let file = place.file();
    fs::remove_file(signature_file(&file)).unwrap();
    assert!(
        place.fault().starts_with("its signature is not accepted: "),
        "there is none"
    );
    let good = sign(&ours, &file, "packs 1.2.3");
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
    let stranger = keys();
    sign(&stranger, &file, "packs 1.2.3");
    assert!(place.fault().starts_with("its signature is not accepted: "));
}

#[test]
fn lock_files_that_are_none_are_refused() {
    let place = Place::new();
    place.install(&Guest::new("packs"));
    let path = place.home().lock_file();
    let good = fs::read_to_string(&path).unwrap();
    for (from, to, expected) in [
        (
            "\"format\": 1",
            "\"format\": 9",
            "format 9 is not accepted; expected 1",
        ),
        ("{", "[", "invalid type: "),
        ("\"plugins\"", "\"pluggins\"", "unknown field `pluggins`"),
    ] {
        fs::write(&path, good.replacen(from, to, 1)).unwrap();
        let error = Grants::installed(place.home()).unwrap_err().to_string();
        let begin = format!("{}: the lock file is not accepted: ", path.display());
        assert!(error.starts_with(&begin) && error.contains(expected), "{error}");
    }
    for (from, to, expected) in [
        ("\"packs-", "\"../packs-", "is not the plain name of a file"),
        ("\"packs-", "\".packs-", "is not the plain name of a file"),
        ("\"order\"", "\"odrer\"", "unknown field `odrer`"),
        ("pricing@1", "pricing@7", "unknown variant `pricing@7`"),
        ("\"settings\": {}", "\"settings\": []", "expected a map"),
        ("\"limits\"", "\"limit\"", "unknown field `limit`"),
    ] {
        fs::write(&path, good.replace(from, to)).unwrap();
        let fault = place.fault();
        let begin = "the entry of packs in the lock file is not accepted: ";
        assert!(fault.starts_with(begin) && fault.contains(expected), "{fault}");
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
    place.install(&Guest::new("packs"));
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

fn write(path: &Path, bytes: &[u8]) {
    fs::write(path, bytes).unwrap();
}
