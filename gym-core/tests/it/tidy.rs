//! The house rules: which crate may use which, how long a file may be, and that documents are clean UTF-8.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_path_buf()
}

/// Reads the direct dependencies of each crate of the workspace, without those that only tests have.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version", "1", "--offline"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let uses = |package: &serde_json::Value| {
        let all = package["dependencies"].as_array().unwrap().iter();
        all.filter(|it| it["kind"].as_str() != Some("dev"))
            .map(|it| text(&it["name"]))
            .collect()
    };
    let packages = metadata["packages"].as_array().unwrap();
    packages
        .iter()
        .map(|package| (text(&package["name"]), uses(package)))
        .collect()
}

#[test]
fn arrows_between_crates_point_one_way() {
    let allowed: [(&str, &[&str]); 7] = [
        ("gym-analytics", &["gym-core"]),
        ("gym-core", &[]),
        ("gym-db", &["gym-core"]),
        ("gym-plugin-sdk", &[]),
        ("gym-plugins", &["gym-core"]),
        (
            "gym-benches",
            &["gym-analytics", "gym-core", "gym-db", "gym-plugins"],
        ),
        (
            "gym-examples",
            &["gym-analytics", "gym-core", "gym-db", "gym-plugins"],
        ),
    ];
    let allowed: BTreeMap<_, _> = allowed.into_iter().collect();
    let found = dependencies();
    let ours: BTreeSet<&String> = found.keys().collect();
    assert_eq!(ours.len(), allowed.len(), "a crate without arrows: {ours:?}");
    for (package, uses) in &found {
        let arrows: BTreeSet<&str> = uses
            .iter()
            .map(String::as_str)
            .filter(|it| it.starts_with("gym-"))
            .collect();
        let may: BTreeSet<&str> = allowed[package.as_str()].iter().copied().collect();
        assert!(
            arrows.is_subset(&may),
            "{package} uses {arrows:?}, and may use {may:?}"
        );
    }
}

#[test]
fn the_core_has_no_clock_no_store_and_no_runtime() {
    let found = dependencies();
    let core: BTreeSet<&str> = found["gym-core"].iter().map(String::as_str).collect();
    let may = BTreeSet::from(["chrono", "chrono-tz", "rand_chacha", "serde", "thiserror"]);
    assert!(core.is_subset(&may), "{core:?}");
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let chrono = manifest
        .lines()
        .find(|line| line.starts_with("chrono = "))
        .unwrap();
    assert!(
        chrono.contains("default-features = false") && !chrono.contains("clock"),
        "{chrono}"
    );
}

#[test]
fn the_core_asks_nobody_for_the_time() {
    let mut sources = Vec::new();
    files(&root().join("gym-core/src"), ".rs", &mut sources);
    for path in sources {
        let text = std::fs::read_to_string(&path).unwrap();
        for word in [
            "Utc::now",
            "Local::now",
            "SystemTime",
            "std::env",
            "std::fs",
            "thread_rng",
        ] {
            assert!(!text.contains(word), "{}: {word}", path.display());
        }
    }
}

fn files(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && name != "target" && !name.starts_with('.') {
            files(&path, ending, found);
        } else if name.ends_with(ending) {
            found.push(path);
        }
    }
}

#[test]
fn a_file_holds_one_noun_and_says_what_it_is() {
    let mut sources = Vec::new();
    files(&root(), ".rs", &mut sources);
    assert!(sources.len() > 50);
    for path in sources {
        let text = std::fs::read_to_string(&path).unwrap();
        let lines = text.lines().count();
        assert!(lines <= 400, "{}: {lines} lines; 400 are enough", path.display());
        assert!(
            text.starts_with("//!"),
            "{}: opens without saying what it is",
            path.display()
        );
    }
}

#[test]
fn every_law_is_soaked() {
    let mut sources = Vec::new();
    files(&root(), ".rs", &mut sources);
    let mut laws = 0;
    for path in sources {
        let text = std::fs::read_to_string(&path).unwrap();
        let mut lines = text.lines();
        while lines.by_ref().any(|line| line.trim().ends_with("proptest! {")) {
            let first = lines
                .by_ref()
                .find(|line| !line.trim().starts_with("//"))
                .unwrap_or_default();
            let soaked = first.contains("proptest_config(") && first.contains("soak::cases(");
            assert!(
                soaked,
                "{}: {first}; expected cases that GYM_SOAK multiplies",
                path.display()
            );
            laws += 1;
        }
    }
    assert!(laws > 20, "{laws}");
}

#[test]
fn documents_are_clean_utf8() {
    let mut documents = Vec::new();
    files(&root(), ".md", &mut documents);
    assert!(documents.len() >= 4);
    for path in documents {
        let text = String::from_utf8(std::fs::read(&path).unwrap()).unwrap();
        // UTF-8 that was read as Windows-1252 and saved again shows up as these.
        for wrong in [
            "\u{e2}\u{20ac}",
            "\u{c3}\u{a4}",
            "\u{e2}\u{2020}",
            "\u{f0}\u{178}",
            "\u{fffd}",
        ] {
            assert!(!text.contains(wrong), "{}: {wrong:?}", path.display());
        }
    }
}
