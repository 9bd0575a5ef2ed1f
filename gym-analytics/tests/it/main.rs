//! What the numbers promise: features against polars, frames against what may come in, models against what is known.

#![allow(
    clippy::unwrap_used,
    missing_docs,
    reason = "what is not there fails the test"
)]

mod boost;
mod check;
mod demand;
mod evaluate;
mod feature;
mod feature_oracle;
mod fold;
mod forecast;
mod frame;
mod gam;
mod hazard;
mod landmark;
mod lives;
mod load;
mod model;
mod no_show;
mod overbook;
mod random;
mod report;
mod revenue;
mod rows;
mod spline;
mod timetable;
mod uplift;
