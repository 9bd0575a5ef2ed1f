//! Lines for the operator. The host bounds their number and bytes, and drops what is beyond.
//!
//! ```
//! gym_plugin_sdk::log::info("no class starts in quiet hours");
//! ```

use crate::bindings::base::gym::plugins::log::Level;

/// Writes what only the author needs.
pub fn debug(line: &str) {
    write(Level::Debug, line);
}

/// Writes what is to be expected.
pub fn info(line: &str) {
    write(Level::Info, line);
}

/// Writes what somebody should look at.
pub fn warn(line: &str) {
    write(Level::Warn, line);
}

/// Writes what does not work.
pub fn error(line: &str) {
    write(Level::Error, line);
}

#[cfg(target_arch = "wasm32")]
fn write(level: Level, line: &str) {
    crate::bindings::base::gym::plugins::log::write(level, line);
}

/// In native tests lines go to standard error.
#[cfg(not(target_arch = "wasm32"))]
fn write(level: Level, line: &str) {
    eprintln!("{level:?}: {line}");
}
