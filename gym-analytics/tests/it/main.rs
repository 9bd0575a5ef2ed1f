//! The tests of gym-analytics, in one binary.

mod boost;
mod evaluate;
mod fold;
mod gam;
mod rows;
mod spline;
