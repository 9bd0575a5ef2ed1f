//! What the numbers promise: features against polars, frames against what may come in, models against what is known.

#![allow(
    clippy::unwrap_used,
    missing_docs,
    reason = "what is not there fails the test"
)]

mod bad_input;
mod boost;
mod check;
mod control;
mod demand;
mod determinism;
mod earned;
mod evaluate;
mod feature;
mod feature_oracle;
mod fold;
mod forecast;
mod frame;
mod gam;
mod hazard;
mod knowable;
mod landmark;
mod lives;
mod load;
mod model;
mod no_show;
mod offer;
mod overbook;
mod prediction;
mod random;
mod registry;
mod report;
mod revenue;
mod rows;
mod segment;
#[path = "../../../gym-core/tests/it/support/soak.rs"]
mod soak;
mod spend;
mod spline;
mod timetable;
mod truth;
mod uplift;
