//! The tests of gym-analytics, in one binary.

#![allow(clippy::unwrap_used, reason = "what is not there fails the test")]

mod boost;
mod evaluate;
mod fold;
mod gam;
mod hazard;
mod lives;
mod model;
mod rows;
mod spline;
mod uplift;
