//! The store, on both databases, also from around the library.

#![allow(clippy::unwrap_used, missing_docs)]

mod billing;
mod claims;
mod filling;
mod guards;
mod intake;
mod journal;
mod keys;
mod literals;
mod locks;
mod money;
mod open;
mod personal;
mod plans;
mod scenario;
mod schema;
mod statements;
mod steps;
mod story;
#[path = "../support/mod.rs"]
mod support;
mod texts;
mod waitlist;
