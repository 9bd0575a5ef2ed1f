//! Plugins of a gym: a business drops a WebAssembly component into a folder, and prices or recommendations change.
//!
//! [`Plugins::load`] makes of every component a [`Pricing`](gym_core::billing::pricing::Pricing) or a
//! [`Recommender`](gym_core::recommendation::Recommender). A plugin proposes; the core disposes. Every call runs in an
//! instance of its own, within [`Limits`], without a system, a clock, a network or a memory of earlier calls; what it
//! can import it was granted.
//!
//! ```
//! use gym_plugins::{Grants, Limits, Plugins};
//!
//! let folder = tempfile::tempdir()?;
//! std::fs::write(folder.path().join("broken.wasm"), "no plugin")?;
//! let plugins = Plugins::load(folder.path(), &Grants::development(), Limits::default())?;
//! assert_eq!(plugins.iter().count(), 0);
//! let why = plugins.faults()[0].to_string();
//! assert!(why.ends_with("it is not a WebAssembly component: it does not begin as WebAssembly does"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod absent;
mod breaker;
mod cache;
mod call;
mod check;
mod compile;
pub mod contract;
mod digest;
mod engine;
mod error;
mod file;
mod grant;
mod home;
mod install;
pub mod json;
mod limits;
mod load;
mod lock;
mod parallel;
mod plugin;
mod pricing;
mod recommendation;
mod record;
mod replay;
mod shadow;
mod signature;
mod state;
mod world;

pub use self::call::{Run, Usage};
pub use self::compile::{Compiler, SUBCOMMAND, compile_stream};
pub use self::digest::{Digest, InvalidDigest};
pub use self::engine::PLACES;
pub use self::error::{CallError, Fault, LoadError};
pub use self::grant::{Capability, Grants, Policy, Tables, Terms, Trust};
pub use self::home::Home;
pub use self::install::{Install, Installed, Package};
pub use self::limits::{Limit, Limits};
pub use self::load::{Plugins, Source};
pub use self::lock::{Found, Installation, Lock};
pub use self::plugin::Plugin;
pub use self::record::Record;
pub use self::replay::Replay;
pub use self::shadow::{Difference, Report, Shadow, Side, Watch};
pub use self::signature::{signature_file, verify};
pub use self::state::{LogLine, Lookup};
pub use self::world::World;
