//! Installing: all of it or nothing, by the publisher of before, on the limits that are written down.

use std::fs;
use std::io::Cursor;

use gym_plugins::{Capability, Home, Install, Limits, LoadError, Lock, Package, Plugins, signature_file};

use crate::guest::Guest;
use crate::place::{Place, keys};

fn logging(id: &str) -> Guest {
    Guest {
        call: "(call $log (i32.const 1) (i32.const 0) (i32.const 0))".to_owned(),
        ..Guest::new(id)
    }
}

#[test]
fn another_publisher_inherits_nothing() {
    let (place, ours, theirs) = (Place::new(), keys(), keys());
    place
        .install_as(&logging("rehab"), Some(&ours), |terms| {
            terms.health = true;
            terms.tables.insert("grades".to_owned());
            terms.order = 7;
        })
        .unwrap();
    for stranger in [Some(&theirs), None] {
        let error = place.install_as(&logging("rehab"), stranger, |_| ()).unwrap_err();
        assert!(
            matches!(&error, LoadError::OtherKey { pinned, .. } if *pinned == ours.pk.to_base64()),
            "{error}"
        );
    }
    let update = Guest::declining("rehab", 0, "the next version");
    place.install_as(&update, Some(&ours), |_| ()).unwrap();
    let terms = place.load().get("rehab").unwrap().terms().clone();
    assert!(
        terms.health && terms.order == 7,
        "an update of the same publisher keeps its terms"
    );

    let install = Install {
        replace: true,
        ..place.installer(Some(&theirs))
    };
    place
        .package(&logging("rehab"), Some(&theirs), |package| {
            install.run(&place.home(), package, |_| ())
        })
        .unwrap();
    let terms = place.load().get("rehab").unwrap().terms().clone();
    assert!(
        !terms.health && terms.tables.is_empty() && terms.order == 0,
        "{terms:?}"
    );
}

#[test]
fn a_recommender_does_not_become_a_pricing() {
    let place = Place::new();
    place
        .install_as(&Guest::recommending("coach", &[]), None, |terms| {
            terms.health = true;
        })
        .unwrap();
    let error = place.install_as(&Guest::new("coach"), None, |_| ()).unwrap_err();
    assert!(matches!(error, LoadError::OtherKind { .. }), "{error}");
}

#[test]
fn what_was_granted_can_be_taken_back() {
    let place = Place::new();
    place.install_as(&logging("packs"), None, |_| ()).unwrap();
    let error = place
        .install_as(&logging("packs"), None, |terms| {
            terms.imports.remove(&Capability::Log);
        })
        .unwrap_err();
    assert!(matches!(error, LoadError::NotGranted { .. }), "{error}");
}

#[test]
fn limits_are_pinned_and_what_installs_loads() {
    let place = Place::new();
    let small = Limits {
        component_bytes: 100,
        ..Limits::default()
    };
    let error = place
        .install_as(&Guest::new("packs"), None, |terms| terms.limits = Some(small))
        .unwrap_err();
    assert!(
        matches!(error, LoadError::TooLarge { allowed: 100, .. }),
        "{error}"
    );
    let beyond = Limits {
        call_ms: Limits::CAP.call_ms + 1,
        ..Limits::default()
    };
    let error = place
        .install_as(&Guest::new("packs"), None, |terms| terms.limits = Some(beyond))
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "call-ms: 1001 is not accepted; expected at most 1000"
    );

    let large = Guest {
        more: format!("(data (i32.const 4096) \"{}\")", "x".repeat(60 << 10)),
        ..Guest::new("packs")
    };
    place.install_as(&large, None, |_| ()).unwrap();
    let lock = Lock::read(&place.home().lock_file()).unwrap();
    assert_eq!(lock.plugins["packs"].terms.limits, Some(Limits::default()));
    let grants = gym_plugins::Grants::installed(place.home()).unwrap();
    let plugins = Plugins::load(place.plugins(), &grants, small).unwrap();
    assert!(
        plugins.faults().is_empty(),
        "what the program gives to others is not what it has: {}",
        plugins.faults()[0]
    );
    assert_eq!(*plugins.get("packs").unwrap().limits(), Limits::default());
}

#[test]
fn what_is_not_signed_never_runs_and_leaves_nothing() {
    let (place, keys) = (Place::new(), keys());
    let file = Guest::new("packs").drop_into(place.root.path());
    let signed = minisign::sign(Some(&keys.pk), &keys.sk, Cursor::new(b"another"), None, None).unwrap();
    fs::write(signature_file(&file), signed.into_string()).unwrap();
    let error = place
        .installer(Some(&keys))
        .run(&place.home(), &Package::read(&file).unwrap(), |_| ())
        .unwrap_err();
    assert!(matches!(error, LoadError::Signature { .. }), "{error}");
    assert!(place.codes().is_empty(), "it was not even compiled");
    assert!(place.files().is_empty() && !place.home().lock_file().exists());
}

#[test]
fn refused_and_replaced_code_is_not_kept() {
    let place = Place::new();
    let rejecting = Guest::new("packs").rejecting("no");
    place.install_as(&rejecting, None, |_| ()).unwrap_err();
    assert!(place.codes().is_empty());
    for version in 0..4 {
        let guest = Guest::declining("packs", 0, &format!("version {version}"));
        place.install_as(&guest, None, |_| ()).unwrap();
        assert_eq!((place.codes().len(), place.files().len()), (1, 1));
        place.install_as(&rejecting, None, |_| ()).unwrap_err();
        assert!(
            place.load().faults().is_empty(),
            "what was installed before still is"
        );
    }
    let code = place.code();
    let of_engine = |engine: &str| {
        code.with_file_name(
            code.file_name().unwrap().to_str().unwrap().replace(
                code.file_stem()
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .split_once('-')
                    .unwrap()
                    .1,
                engine,
            ),
        )
    };
    for engine in 0..9 {
        fs::copy(&code, of_engine(&format!("{engine:016x}"))).unwrap();
    }
    assert!(
        place
            .home()
            .remove("nobody", &place.plugins())
            .is_ok_and(|gone| !gone)
    );
    place
        .install_as(&Guest::declining("packs", 0, "version 3"), None, |_| ())
        .unwrap();
    assert_eq!(place.codes().len(), 3, "engines of other versions may still run");
    assert!(place.home().remove("packs", &place.plugins()).unwrap());
    assert!(place.codes().is_empty() && place.files().is_empty());
}

#[test]
fn many_at_once_lose_nothing() {
    let place = Place::new();
    place.home();
    std::thread::scope(|scope| {
        for at in 0..8 {
            let place = &place;
            scope.spawn(move || {
                let guest = Guest::new(&format!("plugin-{at}"));
                place.install_as(&guest, None, |_| ()).unwrap();
            });
        }
    });
    let plugins = place.load();
    assert!(plugins.faults().is_empty(), "{}", plugins.faults()[0]);
    assert_eq!(plugins.iter().count(), 8);
}

#[test]
fn a_home_among_the_plugins_is_refused_before_anything_is_written() {
    let place = Place::new();
    let home = Home::open(place.plugins().join("home")).unwrap();
    let file = Guest::new("packs").drop_into(place.root.path());
    let package = Package::read(&file).unwrap();
    let error = place.installer(None).run(&home, &package, |_| ()).unwrap_err();
    assert!(
        error.to_string().contains("it lies in the folder of the plugins"),
        "{error}"
    );
    assert!(!home.lock_file().exists());
}

#[cfg(unix)]
#[test]
fn links_in_the_folder_of_plugins_are_not_followed() {
    let (place, keys) = (Place::new(), keys());
    let precious = place.root.path().join("precious");
    fs::write(&precious, "mine").unwrap();
    place
        .install_as(&Guest::new("packs"), Some(&keys), |_| ())
        .unwrap();
    let target = place.file();
    fs::remove_file(&target).unwrap();
    fs::remove_file(signature_file(&target)).unwrap();
    for path in [&target, &signature_file(&target)] {
        for link in [path.clone(), path.with_extension("new")] {
            drop(fs::remove_file(&link));
            std::os::unix::fs::symlink(&precious, link).unwrap();
        }
    }
    place
        .install_as(&Guest::new("packs"), Some(&keys), |_| ())
        .unwrap();
    assert_eq!(fs::read_to_string(&precious).unwrap(), "mine");
    assert!(place.load().get("packs").is_some());
}
