//! Storms on both databases: many threads and processes at once, writers around the library, killed processes.

#![allow(clippy::unwrap_used, missing_docs)]

mod boathouse;
mod changes;
mod children;
mod clock;
#[path = "../support/contracts.rs"]
mod contracts;
mod crash;
mod double;
mod dunning;
mod invoices;
mod killed;
mod mixed;
mod oversell;
#[path = "../support/mod.rs"]
mod support;
mod venue;
