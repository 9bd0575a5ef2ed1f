//! The store, on both databases, also from around the library.

#![allow(clippy::unwrap_used, missing_docs)]

mod claims;
mod intake;
mod journal;
mod open;
mod schema;
mod story;
#[path = "../support/mod.rs"]
mod support;
