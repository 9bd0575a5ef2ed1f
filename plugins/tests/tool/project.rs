//! Projects of authors, made by the tool or typed from the README: they are tested and built as their authors do it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;
use serde_json::json;

use crate::Desk;

/// How `make guests` builds plugins in Rust on this machine.
#[derive(Deserialize)]
struct Toolchain {
    options: Vec<String>,
    environment: BTreeMap<String, String>,
}

/// A folder for a project beside the guests, where it is no part of the library's workspace, empty.
fn project(name: &str) -> PathBuf {
    let folder = guests().join("projects").join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder).unwrap();
    }
    fs::create_dir_all(folder.parent().unwrap()).unwrap();
    folder
}

fn guests() -> PathBuf {
    let folder = std::env::var_os("GYM_TEST_GUESTS");
    PathBuf::from(
        folder.expect(
            "GYM_TEST_GUESTS is not set: run `make test`, or `make guests` and set it to target/guests",
        ),
    )
}

fn cargo(project: &Path, arguments: &[&str], environment: &BTreeMap<String, String>) -> String {
    let output = Command::new("cargo")
        .args(arguments)
        .current_dir(project)
        .envs(environment)
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    assert!(output.status.success(), "cargo {arguments:?}: {said}");
    said
}

/// Tests a project and builds it, and returns its component.
fn component(project: &Path) -> PathBuf {
    let toolchain = fs::read_to_string(guests().join("rust.json")).expect("no rust.json: run `make guests`");
    let Toolchain { options, environment } = serde_json::from_str(&toolchain).unwrap();
    // The versions that the samples have, so that nothing is fetched.
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    fs::copy(root.join("guests/Cargo.lock"), project.join("Cargo.lock")).unwrap();
    let target = PathBuf::from(&environment["CARGO_TARGET_DIR"]);
    let native = BTreeMap::from([(
        "CARGO_TARGET_DIR".to_owned(),
        environment["CARGO_TARGET_DIR"].clone(),
    )]);
    let said = cargo(project, &["test"], &native);
    assert!(said.contains("test result: ok. 1 passed"), "{said}");
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    cargo(project, &[&["wasm"], &options[..]].concat(), &environment);
    let name = project.file_name().unwrap().to_str().unwrap().replace('-', "_");
    target.join(format!("wasm32-unknown-unknown/release/{name}.wasm"))
}

#[test]
fn a_new_project_is_tested_built_and_answers_its_fixtures() {
    let (desk, folder) = (Desk::new(), project("my-prices"));
    let (path, sdk) = (
        folder.to_str().unwrap(),
        concat!(env!("CARGO_MANIFEST_DIR"), "/sdk"),
    );
    assert_eq!(desk.json(&["new", path, "--sdk", sdk]).0, 0);
    let built = component(&folder);
    let built = built.to_str().unwrap();
    let (code, found) = desk.json(&["check", built]);
    assert_eq!((code, &found["id"]), (0, &json!("my-prices")));
    let request = folder.join("request.json");
    let (code, run) = desk.json(&["run", built, request.to_str().unwrap()]);
    let change = &run["answer"]["ok"]["adjustments"][0]["change"];
    assert_eq!((code, change), (0, &json!({"percent-off": 1000})));
    let fixtures = folder.join("fixtures");
    let (code, test) = desk.json(&["test", built, fixtures.to_str().unwrap()]);
    assert_eq!((code, test), (0, json!({"passed": 1, "failed": []})));
}

#[test]
fn the_plugin_of_the_readme_works_as_it_is_typed() {
    let readme = include_str!("../../README.md");
    let lesson = readme
        .split("\n## ")
        .find(|it| it.starts_with("A plugin in ten minutes"))
        .unwrap();
    let mut blocks = lesson.split("\n```").skip(1).step_by(2);
    let mut next = |kind: &str| {
        let block = blocks.find(|block| block.starts_with(kind)).unwrap();
        block[kind.len()..].trim_start().to_owned() + "\n"
    };
    let (manifest, config, source) = (next("toml"), next("toml"), next("rust"));
    let folder = project("quiet-mondays");
    fs::create_dir_all(folder.join("src")).unwrap();
    fs::create_dir(folder.join(".cargo")).unwrap();
    // The README's reader has the repository beside the folder.
    let repository = concat!(env!("CARGO_MANIFEST_DIR"), "/../");
    assert_eq!(manifest.matches("../gym/").count(), 1);
    fs::write(folder.join("Cargo.toml"), manifest.replace("../gym/", repository)).unwrap();
    fs::write(folder.join(".cargo/config.toml"), config).unwrap();
    fs::write(folder.join("src/lib.rs"), source).unwrap();
    let built = component(&folder);
    let size = fs::metadata(&built).unwrap().len();
    assert!((18_000..27_000).contains(&size), "about 22 KB, it says: {size}");
    let (code, found) = Desk::new().json(&["check", built.to_str().unwrap()]);
    assert_eq!(
        (code, &found["id"], &found["version"]),
        (0, &json!("quiet-mondays"), &json!("1.0.0"))
    );
    assert_eq!(found["imports"], json!(["log", "settings"]));
}
