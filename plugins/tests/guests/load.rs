//! Where the guests are, and how they are loaded.

use std::env;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gym_plugins::{Grants, Home, Limits, Plugin, Plugins, Terms};
use serde_json::Value;

/// The committed components.
pub fn committed() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("guests/built")
}

/// What `make guests` has built.
pub fn fresh() -> PathBuf {
    let folder = env::var_os("GYM_TEST_GUESTS");
    folder
        .map(PathBuf::from)
        .expect("GYM_TEST_GUESTS is not set: run `make test`, or `make guests` and set it to target/guests")
}

/// A file of that name, committed and fresh.
pub fn both(name: &str) -> [PathBuf; 2] {
    [committed(), fresh()].map(|folder| folder.join(name))
}

/// Loads one file, in development, or says why it is not loaded. What was compiled once is taken from the cache.
pub fn load(file: &Path, settings: &Value) -> Result<Arc<Plugin>, String> {
    let limits = Limits {
        // Python is 18 MB of component, and other tests want the processor too.
        component_bytes: 24 << 20,
        compile_ms: 120_000,
        call_ms: 1_000,
        queue_ms: 10_000,
        ..Limits::default()
    };
    let terms = Terms {
        settings: settings.as_object().unwrap().clone(),
        ..Terms::default()
    };
    let grants = Grants {
        home: Some(Home::open(fresh().join("home")).unwrap()),
        ..Grants::anyone(terms)
    };
    let plugins = Plugins::load(vec![file.to_owned()], &grants, limits).unwrap();
    match plugins.iter().next() {
        Some(plugin) => Ok(Arc::clone(plugin)),
        None => Err(plugins.faults()[0].to_string()),
    }
}
