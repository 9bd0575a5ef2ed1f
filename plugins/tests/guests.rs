//! The guests of `plugins/guests` in the host: as they are committed, and as `make guests` has just built them.

#![allow(clippy::unwrap_used)]

#[path = "guests/built.rs"]
mod built;
#[path = "guests/golden.rs"]
mod golden;
#[path = "guests/hostile.rs"]
mod hostile;
#[path = "guests/kept.rs"]
mod kept;
#[path = "guests/load.rs"]
mod load;
#[path = "guests/pricing.rs"]
mod pricing;
#[path = "guests/recommendation.rs"]
mod recommendation;
