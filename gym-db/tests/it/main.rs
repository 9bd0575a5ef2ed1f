//! The store, on both databases, also from around the library.

#![allow(clippy::unwrap_used, missing_docs)]
#![allow(
    clippy::duplicate_mod,
    reason = "the houses of the core and the store repeat their laws as often"
)]

mod advice;
mod billing;
mod chances;
mod claims;
mod closed;
mod columns;
mod contract_years;
#[path = "../support/contracts.rs"]
mod contracts;
mod covered_years;
mod details;
mod entitlement;
mod extremes;
mod filling;
mod free_slots;
mod given_back;
mod guards;
mod histories;
mod history;
#[path = "../../../gym-core/tests/it/support/mod.rs"]
mod houses;
mod import_keys;
mod insight;
mod intake;
mod journal;
mod kept;
mod keys;
mod last_day;
mod literals;
mod locks;
mod money;
mod newcomer;
mod odd_files;
mod offers;
mod open;
mod personal;
mod plans;
mod preview;
mod priced;
mod pricing;
mod rights;
mod scenario;
mod schema;
mod statements;
mod steps;
mod story;
mod subscribed;
#[path = "../support/mod.rs"]
mod support;
mod texts;
mod upgrade;
mod waitlist;
