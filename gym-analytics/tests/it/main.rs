//! The tests of gym-analytics, in one binary.

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
