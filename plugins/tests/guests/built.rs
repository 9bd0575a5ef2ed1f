//! The committed components are those of the digests beside them, and say nothing of where they were built.

use std::collections::BTreeSet;
use std::fs;

use gym_plugins::Digest;
use serde_json::json;

use crate::load::{committed, load};

#[test]
fn the_digests_hold() {
    let sums = fs::read_to_string(committed().join("SHA256SUMS")).unwrap();
    let mut named = BTreeSet::new();
    for line in sums.lines() {
        let (sum, name) = line.split_once("  ").unwrap();
        let bytes = fs::read(committed().join(name)).unwrap();
        let digest: String = Digest::of(&bytes)
            .as_bytes()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert_eq!(digest, sum, "{name}");
        named.insert(name.to_owned());
    }
    let files = fs::read_dir(committed()).unwrap();
    let files = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let files: BTreeSet<String> = files.filter(|name| name != "SHA256SUMS").collect();
    assert_eq!(named, files);
}

#[test]
fn they_are_small_and_tell_no_place() {
    for file in fs::read_dir(committed()).unwrap() {
        let file = file.unwrap().path();
        let bytes = fs::read(&file).unwrap();
        assert!(bytes.len() <= 30_000, "{}: {} bytes", file.display(), bytes.len());
        for place in [
            "/home/",
            "/root/",
            "/tmp/",
            "/usr/",
            "/var/",
            "/Users/",
            "crates.io",
            "://",
        ] {
            let found = bytes
                .windows(place.len())
                .any(|window| window == place.as_bytes());
            assert!(!found, "{} has {place}", file.display());
        }
    }
}

#[test]
fn each_is_who_its_file_says() {
    for name in [
        "dynamic-packs",
        "hostile",
        "off-peak",
        "rehab-first",
        "student-discount",
    ] {
        let settings = if name == "hostile" {
            json!({"attack": "loop"})
        } else {
            json!({})
        };
        let plugin = load(&committed().join(format!("{name}.wasm")), &settings).unwrap();
        let found = plugin.found();
        assert_eq!((found.id.as_str(), found.version.as_str()), (name, "1.0.0"));
    }
    let old = load(&committed().join("old-percent.wasm"), &json!({})).unwrap();
    assert_eq!(old.id(), "old-percent");
}
