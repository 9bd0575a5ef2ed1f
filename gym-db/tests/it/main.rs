//! The store, on both databases, also from around the library.

#![allow(clippy::unwrap_used, missing_docs)]

mod advice;
mod billing;
mod claims;
mod closed;
mod columns;
mod contract_years;
mod covered_years;
mod entitlement;
mod extremes;
mod filling;
mod given_back;
mod guards;
mod history;
mod import_keys;
mod insight;
mod intake;
mod journal;
mod kept;
mod keys;
mod literals;
mod locks;
mod money;
mod newcomer;
mod odd_files;
mod offers;
mod open;
mod personal;
mod plans;
mod pricing;
mod scenario;
mod schema;
mod statements;
mod steps;
mod story;
#[path = "../support/mod.rs"]
mod support;
mod texts;
mod waitlist;
