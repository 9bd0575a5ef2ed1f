//! The domain of a fitness club: values that are always valid, and decisions that are pure functions.

pub mod id;
pub mod money;
pub mod schedule;
pub mod time;
