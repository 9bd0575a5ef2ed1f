//! What was compiled for another engine, or whose compiled code is not ours, is made anew by one command.

use std::fs;
use std::path::PathBuf;

use gym_plugins::{Grants, Home, Limits, Plugins};
use serde_json::json;

use crate::{Desk, tenth};

const TO: [&str; 4] = ["--plugins", "plugins", "--home", "home"];

fn load(desk: &Desk) -> Plugins {
    let home = Home::open(desk.path("home")).unwrap();
    let grants = Grants::installed(home).unwrap();
    Plugins::load(desk.path("plugins"), &grants, Limits::default()).unwrap()
}

/// The one file of compiled code.
fn code(desk: &Desk) -> PathBuf {
    let mut folders = vec![desk.path("home")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "code") {
                return path;
            }
        }
    }
    panic!("nothing was compiled");
}

/// Checks that what was done to the compiled code is named with the command, and mended by it.
fn check(harm: impl Fn(&PathBuf)) {
    let desk = Desk::new();
    desk.guest("tenth.wasm", &tenth());
    let install = [&["install", "tenth.wasm", "--unsigned"], &TO[..]].concat();
    assert_eq!(desk.json(&install).0, 0);
    let recompile = [&["recompile"], &TO[..]].concat();
    let engine = load(&desk).get("tenth").unwrap().engine().to_owned();
    let ready = |compiled| {
        let tenth = json!({"id": "tenth", "engine": engine, "compiled": compiled});
        (0, json!({"ready": [tenth], "failed": []}))
    };
    assert_eq!(desk.json(&recompile), ready(false));
    harm(&code(&desk));
    let plugins = load(&desk);
    let why = plugins.faults()[0].to_string();
    assert!(why.contains("(gym-plugin recompile)"), "{why}");
    assert_eq!(desk.json(&recompile), ready(true));
    assert!(load(&desk).faults().is_empty());
    assert_eq!(desk.json(&recompile), ready(false));
}

#[test]
fn code_for_another_engine_is_made_anew() {
    check(|code| {
        let name = code.file_name().unwrap().to_str().unwrap();
        let (component, _) = name.split_once('-').unwrap();
        fs::rename(
            code,
            code.with_file_name(format!("{component}-0123456789abcdef.code")),
        )
        .unwrap();
    });
}

#[test]
fn code_that_is_not_ours_is_made_anew() {
    check(|code| {
        let mut bytes = fs::read(code).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        fs::write(code, bytes).unwrap();
    });
}

#[test]
fn what_was_changed_is_not_compiled_and_what_is_not_installed_is_left() {
    let desk = Desk::new();
    desk.guest("tenth.wasm", &tenth());
    let install = [&["install", "tenth.wasm", "--unsigned"], &TO[..]].concat();
    let recompile = [&["recompile"], &TO[..]].concat();
    assert_eq!(desk.json(&recompile).0, 3, "there is no lock file");
    let (code, installed) = desk.json(&install);
    assert_eq!(code, 0);
    desk.guest("plugins/other.wasm", &tenth());
    assert_eq!(desk.json(&recompile).0, 0);
    let file = installed["file"].as_str().unwrap();
    fs::write(desk.path(file), "changed").unwrap();
    let (code, said) = desk.json(&recompile);
    assert_eq!((code, &said["ready"]), (1, &json!([])));
    assert!(
        said["failed"][0].as_str().unwrap().contains("its digest"),
        "{said}"
    );
}
